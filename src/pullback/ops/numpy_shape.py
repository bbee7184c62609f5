"""NumPy's functions that move data, on traced values: reshapes, stacks, splits, tiles, windows, diagonals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.errors import ArgumentError, ShapeError, TracingError, message
from pullback.formula import Affine, Ref, Sum, Table
from pullback.ops import elementwise as ew
from pullback.ops import indexing, padding, reduce, shape
from pullback.ops.apply import Value, apply, axis_names, is_whole, named, normal_axis, ref, shape_of
from pullback.ops.numpy_elementwise import astype, only


def _listed(axes: Any) -> list[int]:
    return list(axes) if isinstance(axes, (tuple, list)) else [axes]


def _row_major(name: str, order: str) -> None:
    if order not in ("C", "K"):
        raise TracingError(message(f"np.{name}: only row-major order is traced", got=f"order={order!r}", need="'C'"))


def reshape(x: Value, shape_: Any = (), order: str = "C", **named_: Any) -> Value:
    """np.reshape."""
    _row_major("reshape", order)
    return shape.reshape(x, only(named_, "shape").get("shape", shape_))


def reshape_method(x: Value, *sizes: Any, order: str = "C") -> Value:
    """x.reshape(2, 3), or x.reshape((2, 3))."""
    return reshape(x, sizes[0] if len(sizes) == 1 else sizes, order)


def transpose_method(x: Value, *axes: Any) -> Value:
    """x.transpose(1, 0), x.transpose((1, 0)) or x.transpose()."""
    return shape.transpose(x, (axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes) or None)


def ravel(x: Value, order: str = "C") -> Value:
    """np.ravel."""
    _row_major("ravel", order)
    return shape.reshape(x, -1)


def swapaxes(x: Value, first: int, second: int) -> Value:
    """np.swapaxes."""
    rank = len(shape_of(x))
    order = list(range(rank))
    a, b = normal_axis("swapaxes", first, rank), normal_axis("swapaxes", second, rank)
    order[a], order[b] = order[b], order[a]
    return shape.transpose(x, order)


def moveaxis(x: Value, source: Any, destination: Any) -> Value:
    """np.moveaxis."""
    rank = len(shape_of(x))
    start = [normal_axis("moveaxis", a, rank) for a in _listed(source)]
    end = [normal_axis("moveaxis", a, rank) for a in _listed(destination)]
    order = [a for a in range(rank) if a not in start]
    for to, a in sorted(zip(end, start, strict=True)):
        order.insert(to, a)
    return shape.transpose(x, order)


def at_least(rank: int) -> Callable[..., Value]:
    """np.atleast_1d, np.atleast_2d and np.atleast_3d."""

    def widened(x: Value) -> Value:
        its = shape_of(x)
        # NumPy puts a third axis last: (3,) becomes (1,3,1).
        front = (1,) * (min(rank, 2) - len(its))
        return shape.reshape(x, (*front, *its, *(1,) * (rank - len(its) - len(front))))

    def call(*arrays: Value) -> Value:
        return widened(arrays[0]) if len(arrays) == 1 else tuple(map(widened, arrays))

    return call


def concatenate(arrays: Sequence[Value], axis: int | None = 0, out: None = None) -> Value:
    """np.concatenate."""
    del out
    parts = arrays if axis is not None else [shape.reshape(x, -1) for x in arrays]
    return shape.concatenate(parts, axis or 0)


@named
def hstack(arrays: Sequence[Value]) -> Value:
    """np.hstack."""
    parts = [at_least(1)(x) for x in arrays]
    return shape.concatenate(parts, 0 if parts and len(shape_of(parts[0])) == 1 else 1)


@named
def column_stack(arrays: Sequence[Value]) -> Value:
    """np.column_stack."""
    parts = [shape.reshape(x, (-1, 1)) if len(shape_of(x)) < 2 else x for x in arrays]
    return shape.concatenate(parts, 1)


@named
def append(x: Value, values: Value, axis: int | None = None) -> Value:
    """np.append."""
    return concatenate([x, values], axis)


def _cut(x: Value, cuts: Sequence[int], axis: int) -> list[Value]:
    before = (slice(None),) * axis
    return [
        indexing.slice_(x, (*before, slice(a, b))) for a, b in zip([0, *cuts], [*cuts, shape_of(x)[axis]], strict=True)
    ]


def array_split(x: Value, sections: Any, axis: int = 0) -> list[Value]:
    """np.array_split: the first parts are one longer where the axis does not divide."""
    axis = normal_axis("split", axis, len(shape_of(x)))
    if not is_whole(sections):
        return _cut(x, [int(k) for k in sections], axis)
    if sections < 1:
        raise ArgumentError(message("split: sections must be positive", got=f"{sections} sections", need=">= 1"))
    short, longer = divmod(shape_of(x)[axis], int(sections))
    return _cut(x, [short * k + min(k, longer) for k in range(1, int(sections))], axis)


def split(x: Value, sections: Any, axis: int = 0) -> list[Value]:
    """np.split."""
    axis = normal_axis("split", axis, len(shape_of(x)))
    if is_whole(sections, 1) and shape_of(x)[axis] % sections:
        got = f"{sections} sections of {shape_of(x)[axis]}"
        raise TracingError(message("split: sections must divide the axis", got=got, fix="np.array_split"))
    return array_split(x, sections, axis)


def flip(x: Value, axis: Any = None) -> Value:
    """np.flip."""
    rank = len(shape_of(x))
    axes = range(rank) if axis is None else _listed(axis)
    flipped = {normal_axis("flip", a, rank) for a in axes}
    return indexing.slice_(x, tuple(slice(None, None, -1 if j in flipped else 1) for j in range(rank)))


def pad(x: Value, pad_width: Any, mode: str = "constant", constant_values: float = 0.0) -> Value:
    """np.pad."""
    names = {numpy_name: ours for ours, numpy_name in padding.MODES.items() if ours != "zeros"}
    if mode not in names:
        raise TracingError(
            message("np.pad: this mode is not traced", got=f"mode={mode!r}", need=f"one of {', '.join(names)}")
        )
    if np.ndim(constant_values) != 0:
        raise TracingError(message("np.pad: one value for all borders", got=f"constant_values={constant_values!r}"))
    return padding.pad(x, pad_width, names[mode], constant_values)


def take(x: Value, indices: Value, axis: int | None = None, out: None = None) -> Value:
    """np.take."""
    del out
    return indexing.take(shape.reshape(x, -1), indices) if axis is None else indexing.take(x, indices, axis)


def _by_table(x: Value, axis: int, name: str, entries: Any) -> Value:
    return padding.take_table(x, axis, Table(name, tuple(map(int, entries))))


@named
def tile(x: Value, reps: Any) -> Value:
    """np.tile."""
    counts = [int(k) for k in _listed(reps)]
    its = shape_of(x)
    rank = max(len(its), len(counts))
    x = shape.reshape(x, (*(1,) * (rank - len(its)), *its))
    for axis, count in enumerate((*(1,) * (rank - len(counts)), *counts)):
        if count != 1:
            x = _by_table(x, axis, "tile", np.tile(np.arange(shape_of(x)[axis]), count))
    return x


@named
def repeat(x: Value, repeats: Any, axis: int | None = None) -> Value:
    """np.repeat."""
    x = shape.reshape(x, -1) if axis is None else x
    axis = normal_axis("repeat", 0 if axis is None else axis, len(shape_of(x)))
    size = shape_of(x)[axis]
    if np.size(repeats) not in (1, size) or np.min(repeats, initial=0) < 0:
        need = f"one number >= 0, or one for each of the {size} entries"
        raise ArgumentError(message("np.repeat: repeats do not fit", got=f"repeats={repeats!r}", need=need))
    return _by_table(x, axis, "repeat", np.repeat(np.arange(size), repeats))


@named
def roll(x: Value, shift: Any, axis: Any = None) -> Value:
    """np.roll."""
    its = shape_of(x)
    y = shape.reshape(x, -1) if axis is None else x
    for by, a in np.broadcast(shift, 0 if axis is None else axis):
        j = normal_axis("roll", a, len(shape_of(y)))
        y = _by_table(y, j, "roll", np.roll(np.arange(shape_of(y)[j]), by))
    return shape.reshape(y, its)


@named
def diff(x: Value, n: int = 1, axis: int = -1) -> Value:
    """np.diff."""
    before = (slice(None),) * normal_axis("diff", axis, len(shape_of(x)))
    for _ in range(n):
        later, earlier = (indexing.slice_(x, (*before, s)) for s in (slice(1, None), slice(None, -1)))
        x = ew.subtract(later, earlier)
    return x


@named
def diagonal(x: Value, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Value:
    """np.diagonal: y[…,p] = x[…, p + a, …, p + b], a or b being the offset."""
    its = shape_of(x)
    rows, columns = (normal_axis("diagonal", a, len(its)) for a in (axis1, axis2))
    if rows == columns:
        raise ArgumentError(message("diagonal: an axis occurs twice", got=f"axes {axis1}, {axis2}", need="two axes"))
    start = {rows: max(-offset, 0), columns: max(offset, 0)}
    size = max(0, min(its[j] - k for j, k in start.items()))
    names = tuple(f"a{j}" for j in range(len(its)))
    at = tuple(Affine((("p", 1),), start[j]) if j in start else Affine(((k, 1),)) for j, k in enumerate(names))
    sizes = (*((k, its[j]) for j, k in enumerate(names) if j not in start), ("p", size))
    letters, out = zip(*sizes, strict=True)
    return apply(Sum(ref("y", letters, out), (Ref("x", at, its),), sizes), x)


@named
def diag(x: Value, k: int = 0) -> Value:
    """np.diag: the diagonal of a matrix, or the matrix with this diagonal."""
    its = shape_of(x)
    if len(its) == 2:
        return diagonal(x, k)
    if len(its) != 1:
        raise ShapeError(message("np.diag: needs 1 or 2 axes", got=f"{its}", need="(N,) or (N,M)"))
    at = (Affine((("p", 1),), max(-k, 0)), Affine((("p", 1),), max(k, 0)))
    size = its[0] + abs(k)
    return apply(Sum(Ref("y", at, (size, size)), (ref("x", ("p",), its),), (("p", its[0]),)), x)


def trace(x: Value, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: None = None) -> Value:
    """np.trace."""
    del out
    y = reduce.sum(diagonal(x, offset, axis1, axis2), -1)
    return y if dtype is None else astype(y, dtype)


def triangle(name: str, keep: Callable[..., Any]) -> Callable[..., Value]:
    """np.triu and np.tril."""

    @named
    def call(x: Value, k: int = 0) -> Value:
        its = shape_of(x)
        return ew.where(keep(np.ones((*its[-1:], *its[-1:]) if len(its) == 1 else its[-2:], bool), k), x, 0)

    call.__name__ = name
    return call


@named
def sliding_window_view(
    x: Value, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Value:
    """np.lib.stride_tricks.sliding_window_view: y[…,p,…,r] = x[…,p+r,…]."""
    del subok, writeable  # of views
    its = shape_of(x)
    windows = _listed(window_shape)
    axes = [
        normal_axis("sliding_window_view", a, len(its)) for a in (range(len(its)) if axis is None else _listed(axis))
    ]
    if len(windows) != len(axes):
        got = f"{len(windows)} window sizes for {len(axes)} axes"
        raise ArgumentError(message("sliding_window_view: one size per axis", got=got, need="as many sizes as axes"))
    names, taps = axis_names(len(its)), [f"r{j}" for j in range(len(windows))]
    at, out = [Affine(((k, 1),)) for k in names], list(its)
    for j, tap, size in zip(axes, taps, windows, strict=True):
        at[j], out[j] = at[j] + Affine(((tap, 1),)), out[j] - size + 1
    if min(out, default=1) < 0 or min(windows, default=1) < 0 or any(out[j] < 1 for j in axes):
        got = f"x {its}, windows {tuple(windows)} along {tuple(axes)}"
        raise ShapeError(message("sliding_window_view: the window is larger than the array", got=got, need="it fits"))
    letters, size_ = (*names, *taps), (*out, *windows)
    return apply(Sum(ref("y", letters, size_), (Ref("x", tuple(at), its),), tuple(zip(letters, size_, strict=True))), x)
