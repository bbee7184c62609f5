"""Reductions: sums, means and maxima over axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from pullback.errors import ShapeError, message
from pullback.formula import Argmax, Sum
from pullback.ops.apply import Value, apply, axis_names, elementwise, named, normal_axes, ref, shape_of
from pullback.ops.indexing import by_switches
from pullback.ops.registry import Draw, bad, operator, sample
from pullback.ops.shape import reshape

Axes = int | Sequence[int] | None


def _reduce(x: Value, axis: Axes, keepdims: bool, op: str, mean: bool) -> Value:
    shape = shape_of(x)
    axes = normal_axes(op, axis, len(shape))
    names = axis_names(len(shape))
    kept = [(k, n) for j, (k, n) in enumerate(zip(names, shape, strict=True)) if j not in axes]
    count = prod(shape[j] for j in axes)
    if mean and count == 0:
        raise ShapeError(message("mean: of no entries", got=f"x {shape}, axis={axis}", need="at least one entry"))
    out = ref("y", [k for k, _ in kept], tuple(n for _, n in kept))
    scale = 1 / count if mean else 1.0
    y = apply(Sum(out, (ref("x", names, shape),), tuple(zip(names, shape, strict=True)), scale), x)
    return reshape(y, [1 if j in axes else n for j, n in enumerate(shape)]) if keepdims else y


@operator(
    samples=[
        sample({"x": (2, 3, 4)}),
        sample({"x": (2, 3, 4)}, axis=1),
        sample({"x": (2, 3, 4)}, axis=(0, -1), keepdims=True),
        sample({"x": (0, 3)}, axis=0),
        sample({"x": ()}),
    ],
    bad=[bad("no such axis", {"x": (2, 3)}, axis=2), bad("occurs twice", {"x": (2, 3)}, axis=(0, -2))],
    linear=("x",),
    source="numpy.sum",
    onnx="ReduceSum",
)
def sum(x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
    """Add the entries along axes: y[o] = Σ_n x[n,o].

    Raises: ArgumentError
    """
    return _reduce(x, axis, keepdims, "sum", mean=False)


@operator(
    samples=[
        sample({"x": (2, 3, 4)}),
        sample({"x": (2, 3, 4)}, axis=(0, 2)),
        sample({"x": (2, 5)}, axis=-1, keepdims=True),
    ],
    bad=[bad("of no entries", {"x": (0, 3)}, axis=0)],
    linear=("x",),
    source="numpy.mean",
    onnx="ReduceMean",
)
def mean(x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
    """Average the entries along axes: y[o] = 1/N · Σ_n x[n,o].

    Raises: ArgumentError, ShapeError (no entries)
    """
    return _reduce(x, axis, keepdims, "mean", mean=True)


def argmax_over(x: Value, axes: tuple[int, ...]) -> Value:
    """The switches of the maximum over axes: row-major positions along them, the first of equals."""
    shape = shape_of(x)
    names = axis_names(len(shape))
    kept = [j for j in range(len(shape)) if j not in axes]
    out = ref("switches", [names[j] for j in kept], tuple(shape[j] for j in kept))
    return apply(
        Argmax(out, ref("x", names, shape), tuple(zip(names, shape, strict=True)), tuple(names[j] for j in axes)), x
    )


@operator(
    samples=[
        sample({"x": Draw((2, 3, 4), "distinct")}),
        sample({"x": Draw((2, 3, 4), "distinct")}, axis=1),
        sample({"x": Draw((2, 3, 4), "distinct")}, axis=(0, 2), keepdims=True),
    ],
    bad=[bad("of no entries", {"x": (0, 3)}, axis=0)],
    source="numpy.max; ties as in max pooling",
    onnx="ReduceMax",
)
def max(x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
    """Take the largest entry along axes.

    Ties:    the first in row-major order; the whole cotangent goes there (PyTorch's amax and JAX split it evenly)
    Edges:   NaN wins over every number; complex numbers are compared by their real part
    Raises:  ArgumentError, ShapeError (no entries)
    """
    shape = shape_of(x)
    axes = normal_axes("max", axis, len(shape))
    if any(shape[j] == 0 for j in axes):
        raise ShapeError(message("max: of no entries", got=f"x {shape}, axis={axis}", need="at least one entry"))
    if not axes:
        return elementwise(lambda x: x, x=x)
    y = by_switches(x, argmax_over(x, axes), axes)
    return reshape(y, [1 if j in axes else n for j, n in enumerate(shape)]) if keepdims else y


@named
def min(x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
    """Take the smallest entry along axes: −max(−x)."""
    return elementwise(lambda x: -x, x=max(elementwise(lambda x: -x, x=x), axis, keepdims))


@named
def argmax(x: Value, axis: int) -> Value:
    """The position of the largest entry along an axis, the first of equals."""
    (j,) = normal_axes("argmax", axis, len(shape_of(x)))
    return argmax_over(x, (j,))


@named
def var(x: Value, axis: Axes = None, keepdims: bool = False, ddof: int = 0) -> Value:
    """The variance: Σ (x − mean)² / (N − ddof)."""
    shape = shape_of(x)
    count = prod(shape[j] for j in normal_axes("var", axis, len(shape)))
    if count <= ddof:
        raise ShapeError(
            message("var: too few entries", got=f"{count} entries, ddof={ddof}", need="more entries than ddof")
        )
    centre = mean(x, axis, keepdims=True)
    squares = elementwise(lambda x, m: (x - m) ** 2, x=x, m=centre)
    return elementwise(lambda s: s * (1 / (count - ddof)), s=sum(squares, axis, keepdims))
