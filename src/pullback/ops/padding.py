"""Padding: the borders that a convolution reads beyond its input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import Affine, Lookup, Ref, Sum, Table
from pullback.ops.apply import Value, apply, axis_names, elementwise, ref, shape_of
from pullback.ops.numbers import check_number
from pullback.ops.registry import bad, operator, sample

MODES = {"constant": "constant", "zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""Our modes (PyTorch's names) and NumPy's names for them."""


def check_mode(op: str, mode: str) -> str:
    """The mode, when there is one of that name.

    Raises: ArgumentError
    """
    if not isinstance(mode, str) or mode not in MODES:
        raise ArgumentError(
            message(f"{op}: no such padding mode", got=f"mode={mode!r}", need=f"one of {', '.join(MODES)}")
        )
    return mode


def _widths(width: Any, rank: int) -> tuple[tuple[int, int], ...]:
    """A (before, after) pair per axis.

    Raises: ArgumentError
    """
    try:
        given = np.asarray(width)
        pairs = np.broadcast_to(given, (rank, 2))
    except ValueError:
        given = pairs = np.zeros((0, 2))
    if len(pairs) != rank or not np.issubdtype(pairs.dtype, np.integer):
        need = f"an integer, one (before, after) pair, or {rank} pairs"
        raise ArgumentError(
            message("pad: width does not fit the array", got=f"width={width!r}, {rank} axes", need=need)
        )
    if given.shape[:-1] != (rank,) and pairs.size and pairs.min() < 0:
        # One width for all axes would crop the batch and the channels too.
        need = f"widths >= 0, or {rank} (before, after) pairs, one per axis"
        fix = f"({'(0, 0), ' * max(rank - 2, 0)}{', '.join(str(tuple(map(int, p))) for p in pairs[-2:])})"
        raise ArgumentError(
            message("pad: one negative width for all axes", got=f"width={width!r}, {rank} axes", need=need, fix=fix)
        )
    return tuple((int(lo), int(hi)) for lo, hi in pairs)


@operator(
    samples=[
        sample({"x": (2, 3)}, width=1),
        sample({"x": (3, 4)}, width=((1, 2), (0, 3)), value=1.5),
        sample({"x": (2, 3, 4, 5)}, width=((0, 0), (0, 0), (1, 2), (3, 0)), mode="reflect"),
        sample({"x": (1, 3)}, width=((0, 0), (7, 8)), mode="reflect"),
        sample({"x": (2, 1)}, width=((0, 0), (2, 3)), mode="reflect"),
        sample({"x": (2, 3)}, width=((0, 0), (5, 4)), mode="circular"),
        sample({"x": (2, 3, 2)}, width=2, mode="replicate"),
        sample({"x": (5, 6)}, width=((-1, 2), (1, -3))),
        sample({"x": (0, 3)}, width=((0, 0), (1, 1))),
    ],
    bad=[
        bad("no such padding mode", {"x": (2, 3)}, width=1, mode="mirror"),
        bad("width does not fit", {"x": (2, 3)}, width=((1, 1), (1, 1), (1, 1))),
        bad("nothing to reflect", {"x": (2, 0)}, width=1, mode="reflect"),
        bad("cuts the array away", {"x": (2, 3)}, width=((-1, -2), (0, 0))),
        bad("negative width", {"x": (2, 3)}, width=((0, 0), (-1, 2)), mode="circular"),
        bad("one negative width for all axes", {"x": (2, 3)}, width=-1),
        bad("one negative width for all axes", {"x": (4, 4)}, width=(-1, 2)),
        bad("value does not fit", {"x": (2, 3)}, width=1, value="a"),
    ],
    source="numpy.pad; ONNX Pad",
    onnx="Pad",
)
def pad(x: Value, width: Any, mode: str = "constant", value: float = 0.0) -> Value:
    """Extend an array beyond its borders.

    y[…,h,…] = x[…, t[h], …] with the table t of the mode; for 1 2 3 4 and width 2:
    constant 00 1234 00, reflect 32 1234 32, replicate 11 1234 44, circular 34 1234 12.

    Shapes:  x (any), width an integer, a pair, or a (before, after) pair per axis -> each axis longer by before + after
    Edges:   any width is legal: reflect bounces and circular wraps as often as needed, as in numpy.pad; reflecting a
             single entry repeats it. Negative widths crop (constant only, and only in pairs per axis: one negative
             width for all would crop the batch too)
    Types:   that of x; integers with a value other than 0 become int64, or float64 where the value is no integer
    Raises:  ArgumentError, ShapeError
    Source:  numpy.pad; PyTorch refuses reflect >= size, ONNX and NumPy bounce

    >>> pad(np.array([1, 2, 3, 4]), 2, "reflect")
    array([3, 2, 1, 2, 3, 4, 3, 2])
    """
    check_mode("pad", mode)
    number = check_number("pad", "value", value)
    shape = shape_of(x)
    widths = _widths(width, len(shape))
    if not any(map(any, widths)):
        return elementwise(lambda x: x, x=x)
    if MODES[mode] != "constant":
        for axis, (lo, hi) in enumerate(widths):
            x = _pad_axis(x, axis, lo, hi, mode)
        return x
    return _pad_constant(x, shape, widths, number)


def fold_back(y_bar: Value, shape: tuple[int, ...], widths: Sequence[tuple[int, int]], mode: str) -> Value:
    """The adjoint of padding an array of that shape: what was read several times is added up, x̄[t[h]] += ȳ[h]."""
    for axis in reversed([j for j, pair in enumerate(widths) if any(pair)]):
        its = (*shape_of(y_bar)[:axis], *shape[axis:])
        f = _table_sum(its, axis, _table(shape[axis], *widths[axis], mode))
        y_bar = apply(f.gradient("x")[0], y_bar)
    return y_bar


def _pad_constant(x: Value, shape: tuple[int, ...], widths: Sequence[tuple[int, int]], value: float) -> Value:
    out = tuple(n + lo + hi for n, (lo, hi) in zip(shape, widths, strict=True))
    if any(n < 0 for n in out):
        raise ShapeError(
            message("pad: a negative width cuts the array away", got=f"x {shape}, width {widths}", need="sizes >= 0")
        )
    names = axis_names(len(shape))
    at = tuple(Affine(((k, 1),)) - lo for k, (lo, _) in zip(names, widths, strict=True))
    y = apply(Sum(ref("y", names, out), (Ref("x", at, shape),), tuple(zip(names, out, strict=True))), x)
    if value == 0:
        return y
    inside = tuple(
        slice(max(lo, 0), max(lo, 0) + n + min(lo, 0) + min(hi, 0)) for n, (lo, hi) in zip(shape, widths, strict=True)
    )
    border = np.full(out, value)
    border[inside] = 0.0
    dtype = np.dtype(getattr(y, "dtype", border.dtype))
    if dtype.kind in "biu":
        # Their own type may be unable to hold the value, such as −1 around unsigned pixels.
        dtype = np.dtype(np.int64) if value.is_integer() and abs(value) < 2**63 else border.dtype
    return elementwise(lambda y, c: y + c, y=y, c=border.astype(dtype))


def _pad_axis(x: Value, axis: int, lo: int, hi: int, mode: str) -> Value:
    shape = shape_of(x)
    if lo < 0 or hi < 0:
        raise ArgumentError(
            message(f"pad: negative width with mode {mode}", got=f"({lo}, {hi}) on axis {axis}", need="widths >= 0")
        )
    if lo == hi == 0:
        return x
    if shape[axis] == 0:
        raise ShapeError(
            message("pad: an empty axis has nothing to reflect or repeat", got=f"x {shape}", need="size >= 1")
        )
    return take_table(x, axis, _table(shape[axis], lo, hi, mode))


def _table(size: int, lo: int, hi: int, mode: str) -> Table:
    entries = np.pad(np.arange(size), (lo, hi), mode=MODES[mode])  # type: ignore[call-overload]
    return Table(mode, tuple(map(int, entries)))


def take_table(x: Value, axis: int, table: Table) -> Value:
    """y[…,h,…] = x[…,table[h],…]."""
    return apply(_table_sum(shape_of(x), axis, table), x)


def _table_sum(shape: tuple[int, ...], axis: int, table: Table) -> Sum:
    names = axis_names(len(shape))
    out = (*shape[:axis], len(table.entries), *shape[axis + 1 :])
    at = tuple(Lookup(table, (Affine(((k, 1),)),)) if j == axis else Affine(((k, 1),)) for j, k in enumerate(names))
    return Sum(ref("y", names, out), (Ref("x", at, shape),), tuple(zip(names, out, strict=True)))
