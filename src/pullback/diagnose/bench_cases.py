"""Cases of the benchmark: a traced run, one gradient of it, and wrong values for it that were made in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.explain.tracing import Trace, trace

Array = NDArray[Any]
Wrong = dict[str, Array]
"""Wrong gradients by the mistake that made them; two mistakes together are joined by " + "."""


@dataclass(frozen=True, eq=False)
class Case:
    """One gradient with wrong values for it.

    operator  what is differentiated, and `setting` its sizes and options
    name      whose gradient is asked for
    right     the gradient, computed without the library
    wrong     by mistake, likewise
    previous  the gradient of the step before, where the case is one of two
    """

    operator: str
    setting: str
    trace: Trace
    name: str
    right: Array
    wrong: Mapping[str, Array]
    previous: Array | None = None

    def __str__(self) -> str:
        return f"{self.operator} ({self.setting}), gradient of {self.name}"


@dataclass(frozen=True, eq=False)
class Setup:
    """A traced run, of which several gradients are asked for."""

    operator: str
    setting: str
    trace: Trace

    def asks(self, name: str, right: Array, wrong: Wrong, previous: Array | None = None) -> Case:
        """The case of one gradient."""
        made = {label: np.asarray(values, np.float64) for label, values in wrong.items()}
        return Case(self.operator, self.setting, self.trace, name, np.asarray(right, np.float64), made, previous)


@dataclass(frozen=True)
class Family:
    """Cases of one kind, drawn at random from a grid of sizes and options."""

    name: str
    draw: Callable[[np.random.Generator], list[Case]]


def setup(
    operator: str, function: Callable[..., Any], arrays: tuple[Array, ...], y_bar: Array | None, **options: Any
) -> Setup:
    """Trace a function from its output's cotangent; from the output itself where that is one number."""
    sizes = " ".join("×".join(map(str, a.shape)) or "number" for a in arrays)
    chosen = " ".join(f"{key}={value}" for key, value in options.items())
    run = trace(function, arrays) if y_bar is None else trace(function, arrays, cotangent=y_bar)
    return Setup(operator, f"{sizes} {chosen}".strip(), run)


def numbers(rng: np.random.Generator, *shape: int) -> Array:
    """Numbers as people bring them: normal ones, decimals, or small integers without 0."""
    match int(rng.integers(4)):
        case 0:
            return np.round(rng.uniform(-1.0, 1.0, shape), 2)
        case 1:
            return np.asarray(rng.integers(1, 6, shape) * rng.choice((-1.0, 1.0), shape))
        case _:
            return rng.standard_normal(shape)


def normal(rng: np.random.Generator, *shape: int) -> Array:
    """Standard normal numbers, in which no two are equal."""
    return rng.standard_normal(shape)


def cotangent(rng: np.random.Generator, *shape: int) -> Array:
    """A cotangent: full, or with zeros as behind a ReLU or a max pooling."""
    values = numbers(rng, *shape)
    return np.where(rng.random(shape) < 0.6, values, 0.0) if rng.random() < 0.2 else values


def one_of(rng: np.random.Generator, *choices: Any) -> Any:
    """One of the choices, as it is."""
    return choices[int(rng.integers(len(choices)))]
