"""The cases of a review: calls of an operator from easy to hard, with the exact gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import Parameter, Signature, signature
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError, PullbackError, message
from pullback.explain import Trace, trace
from pullback.explain.names import closest
from pullback.ops import load_all
from pullback.ops.registry import REGISTRY, Draw, Operator, Sample

Array = NDArray[Any]

NEVER = ("return_indices", "training", "momentum", "threshold", "divisor_override", "ignore_index")
"""Options that change what an operator returns or means, not how hard its gradient is."""


@dataclass(frozen=True)
class Plan:
    """One case before its numbers are drawn: how it is called in the report, and a sample of the operator.

    tied  whether the numbers are drawn so that a maximum has ties, or a kink is met
    """

    title: str
    sample: Sample
    tied: bool = False


@dataclass(frozen=True, eq=False)
class Case:
    """One call of the operator, with the cotangent of its output.

    number  the position in the review, from 1
    title   what is new in it: "stride 2"
    """

    number: int
    op: str
    title: str
    arrays: dict[str, Array]
    options: dict[str, Any]
    y_bar: Array
    tied: bool = False

    @cached_property
    def trace(self) -> Trace:
        """The operator run forward and backward."""
        return trace(
            bound(self.op, tuple(self.arrays), self.options), tuple(self.arrays.values()), cotangent=self.y_bar
        )

    @cached_property
    def exact(self) -> dict[str, Array]:
        """The exact gradient of every array of floating-point numbers."""
        return self.trace.grads

    @property
    def size(self) -> int:
        """The number of entries of all arrays."""
        return sum(a.size for a in self.arrays.values())

    def __str__(self) -> str:
        shapes = [f"{k}{list(a.shape)}".replace(" ", "") for k, a in self.arrays.items()]
        return " ".join(shapes + [f"{k}={v!r}" for k, v in self.options.items()])


def bound(op: str, names: Sequence[str], options: Mapping[str, Any]) -> Callable[..., Any]:
    """The operator as a function of these arrays alone; of several outputs the first."""
    function = operator_of(op).function

    def call(*values: Any) -> Any:
        y = function(**dict(zip(names, values, strict=True)), **options)
        return y[0] if isinstance(y, tuple) else y

    call.__signature__ = Signature([Parameter(n, Parameter.POSITIONAL_ONLY) for n in names])  # type: ignore[attr-defined]
    return call


def operator_of(op: str) -> Operator:
    """The record of an operator that can be reviewed.

    Raises: ArgumentError
    """
    load_all()
    known = sorted(n for n, o in REGISTRY.items() if is_reviewable(o))
    if op not in known:
        need = closest(op, known) if isinstance(op, str) else f"a name: {', '.join(known)}"
        raise ArgumentError(message("review: no such operator", got=repr(op), need=need))
    return REGISTRY[op]


LEFT_OUT = ("ceil", "floor", "isfinite", "rint", "sign", "slice_")
"""Operators without a gradient worth writing."""


def is_reviewable(operator: Operator) -> bool:
    """Whether an operator has a gradient, and no random key."""
    kinds = {d.kind for s in operator.samples for d in s.arrays.values()}
    return not operator.name.startswith("_") and "key" not in kinds and operator.name not in LEFT_OUT


def arrays_of(operator: Operator) -> list[str]:
    """The operator's array parameters, in its order."""
    used = {name for s in operator.samples for name in s.arrays}
    return [name for name in signature(operator.function).parameters if name in used]


def differentiable(operator: Operator) -> list[str]:
    """The arrays a gradient flows to."""
    integer = {n for s in operator.samples for n, d in s.arrays.items() if not d.is_real}
    real = {n for s in operator.samples for n, d in s.arrays.items() if d.is_real}
    both = integer & real
    return [n for n in arrays_of(operator) if n in real and n not in both]


def options_of(operator: Operator) -> dict[str, Any]:
    """The operator's options with their defaults; `Parameter.empty` where there is none."""
    arrays = arrays_of(operator)
    given = signature(operator.function).parameters.items()
    return {k: p.default for k, p in given if k not in arrays and k not in NEVER}


def draw(plan: Plan, op: str, number: int, seed: int, *, unit: bool, hot: bool = False) -> Case:
    """Draw the numbers of a case.

    unit  whether the output's cotangent is 1 everywhere
    hot   whether labels are given as one-hot rows
    """
    rng = np.random.default_rng([seed, number])
    arrays = {k: _short(d, d.draw(rng)) for k, d in plan.sample.arrays.items()}
    if plan.tied:
        arrays = {k: np.zeros_like(a) if a.dtype.kind == "f" else a for k, a in arrays.items()}
    if hot:
        classes = next(iter(arrays.values())).shape[1]
        arrays["target"] = np.eye(classes)[arrays["target"]]
    options = dict(plan.sample.options)
    y = np.asarray(bound(op, tuple(arrays), options)(*arrays.values()))
    y_bar = np.round(rng.uniform(0.2, 2.0, y.shape) * rng.choice([-1.0, 1.0], y.shape), 2)
    return Case(number, op, plan.title, arrays, options, np.ones(y.shape) if unit else y_bar, plan.tied)


def _short(how: Draw, values: Array) -> Array:
    """Numbers that are short to print; distinct ones stay distinct."""
    return np.round(values, 4 if how.kind == "distinct" else 2) if values.dtype.kind == "f" else values


def from_samples(operator: Operator, fixed: Mapping[str, Any]) -> Iterator[Plan]:
    """The operator's own samples from small to large, with smaller and larger ones of the same form."""
    own = [s for s in (_usual(operator, s, fixed) for s in operator.samples) if s is not None]
    more = [t for s in own for t in _resized(s)]
    unique = {str(s): s for s in (*own, *more) if is_legal(operator, s)}
    ordered = sorted(unique.values(), key=lambda s: _difficulty(s, fixed))
    for s in ordered:
        yield Plan(_title(s), s)
    if _has_kink(operator):
        yield Plan("x = 0", Sample({"x": Draw((1, 1), "distinct")}, fixed), tied=True)


def _usual(operator: Operator, sample: Sample, fixed: Mapping[str, Any]) -> Sample | None:
    """The sample with the options that the caller fixed; None where it uses what a review leaves alone.

    That is an option of `NEVER`, an empty array or a number, and class probabilities where there could be labels.
    """
    integer = {n for s in operator.samples for n, d in s.arrays.items() if not d.is_real}
    if any(sample.options.get(k) for k in NEVER) or any(n in integer and d.is_real for n, d in sample.arrays.items()):
        return None
    shapes = [d.shape for d in sample.arrays.values()]
    if not all(map(prod, shapes)) or not shapes[0]:
        return None
    defaults = options_of(operator)
    options = {k: v for k, v in sample.options.items() if k not in NEVER and v != defaults.get(k, Parameter.empty)}
    return Sample(sample.arrays, {**options, **fixed})


def is_legal(operator: Operator, sample: Sample) -> bool:
    """Whether the operator takes this call."""
    rng = np.random.default_rng(0)
    arrays = {k: np.full(d.shape, d.high - 1) if d.high else d.draw(rng) for k, d in sample.arrays.items()}
    try:
        y = bound(operator.name, tuple(arrays), sample.options)(*arrays.values())
    except PullbackError:
        return False
    return bool(np.asarray(y).size)


def _resized(sample: Sample) -> Iterator[Sample]:
    """The sample with every length, and with one length after the other, brought to 1; and with all lengths grown."""
    lengths = sorted({n for d in sample.arrays.values() for n in d.shape if n > 1})
    for small in (lengths, *([n] for n in lengths)):
        yield _with_lengths(sample, dict.fromkeys(small, 1))
    for more in (1, 2):
        yield _with_lengths(sample, {n: n + more for n in lengths})


def _with_lengths(sample: Sample, new: Mapping[int, int]) -> Sample:
    arrays = {
        k: Draw(tuple(new.get(n, n) for n in d.shape), d.kind, new.get(d.high, d.high))
        for k, d in sample.arrays.items()
    }
    return Sample(arrays, sample.options)


def _has_kink(operator: Operator) -> bool:
    """Whether an elementwise operator of one array is continuous, and not smooth, at 0."""
    if arrays_of(operator) != ["x"] or any(d.kind != "distinct" for s in operator.samples for d in s.arrays.values()):
        return False
    try:
        y = np.asarray(operator.function(np.array([[-1e-6, 0.0, 1e-6]])))
    except (PullbackError, TypeError):
        return False
    if y.shape != (1, 3):
        return False
    low, middle, high = y[0]
    return bool(abs(high - low) < 1e-3 and abs(high + low - 2 * middle) > 1e-8)


def _difficulty(sample: Sample, fixed: Mapping[str, Any]) -> tuple[int, int, int]:
    ranks = max((len(d.shape) for d in sample.arrays.values()), default=0)
    return len(sample.options.keys() - fixed.keys()), sum(prod(d.shape) for d in sample.arrays.values()), ranks


def _title(sample: Sample) -> str:
    first = next(iter(sample.arrays.values())).shape
    size = "one number" if prod(first) == 1 else "×".join(map(str, first))
    return ", ".join([size, *(f"{k} {v}" for k, v in sample.options.items())])
