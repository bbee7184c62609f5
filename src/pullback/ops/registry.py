"""The operator record: what an operator contributes besides its declaration, so that the laws can be run over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from pullback.ops.apply import named

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Draw:
    """How a sample's array is drawn: its shape and its domain.

    kind: "real" (standard normal), "positive" (0.5 .. 2.5), "unit" (−0.9 .. 0.9), "probability" (0.1 .. 0.9),
    "distinct" (entries 0.037 apart, none near 0), "labels" (integers below `high`), "bool", or "key" (seed and step).
    """

    shape: tuple[int, ...]
    kind: str = "real"
    high: int = 0

    @property
    def is_real(self) -> bool:
        """Whether gradients flow to it."""
        return self.kind not in ("labels", "bool", "key")

    def draw(self, rng: np.random.Generator) -> NDArray[Any]:
        """A seeded float64 (or integer, or bool) array."""
        size = int(np.prod(self.shape))
        match self.kind:
            case "real":
                return rng.standard_normal(self.shape)
            case "positive":
                return rng.uniform(0.5, 2.5, self.shape)
            case "unit":
                return rng.uniform(-0.9, 0.9, self.shape)
            case "probability":
                return rng.uniform(0.1, 0.9, self.shape)
            case "distinct":
                return ((rng.permutation(size) - (size - 1) / 2 + 0.25) * 0.037).reshape(self.shape)
            case "labels" | "key":
                return rng.integers(0, max(self.high, 1), self.shape)
            case "bool":
                return rng.random(self.shape) < 0.5
        raise ValueError(f"no such kind of draw: {self.kind}")

    def draw_integers(self, rng: np.random.Generator) -> NDArray[Any]:
        """Small whole numbers as float64, so that sums and products are exact; labels and masks as in `draw`.

        Probabilities are quarters, which are exact too.
        """
        if not self.is_real:
            return self.draw(rng)
        if self.kind == "probability":
            return rng.integers(1, 4, self.shape) / 4
        return rng.integers(1 if self.kind == "positive" else -3, 4, self.shape).astype(np.float64)


@dataclass(frozen=True)
class Sample:
    """One legal call: arrays by argument name, and options."""

    arrays: Mapping[str, Draw]
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        shapes = [f"{k}{list(d.shape)}" for k, d in self.arrays.items()]
        return " ".join(shapes + [f"{k}={v!r}" for k, v in self.options.items()])


@dataclass(frozen=True)
class Bad:
    """One illegal call and a pattern that its error message must match."""

    match: str
    sample: Sample


@dataclass(frozen=True)
class Operator:
    """An operator's record.

    samples    legal calls over a wide grid
    bad        illegal calls with the message each must raise
    linear     arguments in which the operator is linear (bilinear operators name both)
    smooth     whether it is differentiable at the samples' points (law 4 applies)
    source     where the definition comes from
    onnx       the ONNX operator that computes the same, if there is one
    """

    name: str
    function: Callable[..., Any]
    samples: tuple[Sample, ...]
    bad: tuple[Bad, ...]
    linear: tuple[str, ...] = ()
    smooth: bool = True
    source: str = ""
    onnx: str = ""


REGISTRY: dict[str, Operator] = {}


def sample(arrays: Mapping[str, Draw | tuple[int, ...]], **options: Any) -> Sample:
    """A sample whose arrays are given by shape (standard normal) or by Draw."""
    return Sample({k: d if isinstance(d, Draw) else Draw(d) for k, d in arrays.items()}, options)


def bad(match: str, arrays: Mapping[str, Draw | tuple[int, ...]], **options: Any) -> Bad:
    """A bad sample."""
    return Bad(match, sample(arrays, **options))


def operator(
    *,
    samples: Iterable[Sample],
    bad: Iterable[Bad] = (),
    linear: tuple[str, ...] = (),
    smooth: bool = True,
    source: str = "",
    onnx: str = "",
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Register a function as an operator, and name the graph nodes it records after it."""

    def register(function: Callable[P, R]) -> Callable[P, R]:
        name, call = function.__name__, named(function)
        REGISTRY[name] = Operator(name, call, tuple(samples), tuple(bad), linear, smooth, source, onnx)
        return call

    return register
