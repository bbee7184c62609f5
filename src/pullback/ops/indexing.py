"""Indexing: slices by affine maps, gathers by tables of integers and by switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import EllipsisType
from typing import Any

import numpy as np

from pullback.errors import ArgumentError, ShapeError, TracingError, message
from pullback.formula import Affine, Index, Lookup, Ref, Sum
from pullback.formula import expr as ex
from pullback.formula.sums import digits
from pullback.ops.apply import (
    Value,
    apply,
    as_array,
    axis_names,
    elementwise,
    is_integer,
    is_whole,
    named,
    normal_axis,
    recorder,
    ref,
    shape_of,
)
from pullback.ops.registry import Draw, bad, operator, sample
from pullback.ops.shape import LINEAR, broadcast_to, expand_dims


@operator(
    samples=[
        sample({"x": (5, 4)}, key=(slice(1, None, 2), slice(None))),
        sample({"x": (5, 4)}, key=(slice(None, None, -1),)),
        sample({"x": (5, 4)}, key=(2,)),
        sample({"x": (5, 4)}, key=(slice(None), -1)),
        sample({"x": (2, 3, 4)}, key=(Ellipsis, None, slice(0, 2))),
        sample({"x": (5, 4)}, key=(slice(3, 3), slice(None))),
    ],
    bad=[
        bad("outside the axis", {"x": (5, 4)}, key=(5,)),
        bad("too many indices", {"x": (5,)}, key=(0, 0)),
        bad("cannot index", {"x": (5,)}, key=(1.5,)),
    ],
    linear=LINEAR,
    source="numpy basic indexing",
    onnx="Slice",
)
def slice_(x: Value, key: tuple[int | slice | EllipsisType | None, ...]) -> Value:
    """Take x[key] for integers, slices with steps, … and None: y[p] = x[start + step·p].

    Raises: ShapeError, ArgumentError

    >>> slice_(np.arange(6), (slice(None, None, -2),))
    array([5, 3, 1])
    """
    shape = shape_of(x)
    at, out, new_axes = _affine_key(_full_key(key, len(shape)), shape)
    names = [k for a in at for k in a.letters]
    y = apply(Sum(ref("y", names, tuple(out)), (Ref("x", tuple(at), shape),), tuple(zip(names, out, strict=True))), x)
    return expand_dims(y, new_axes) if new_axes else y


def _full_key(key: Sequence[Any], rank: int) -> list[Any]:
    """The key with … written out as slices."""
    given = sum(k.ndim if _is_mask(k) else k is not None and k is not Ellipsis for k in key)
    if given > rank or sum(k is Ellipsis for k in key) > 1:
        raise ShapeError(message("slice: too many indices", got=f"{given} for {rank} axes"))
    full = list(key) if Ellipsis in [k for k in key if k is Ellipsis] else [*key, Ellipsis]
    where = next(j for j, k in enumerate(full) if k is Ellipsis)
    return full[:where] + [slice(None)] * (rank - given) + full[where + 1 :]


def _affine_key(key: list[Any], shape: tuple[int, ...]) -> tuple[list[Affine], list[int], list[int]]:
    """Per axis of x its index map, the sizes that remain, and where new axes go."""
    kept = iter(axis_names(len(shape)))
    at: list[Affine] = []
    out: list[int] = []
    new_axes: list[int] = []
    for k in key:
        if k is None:
            new_axes.append(len(out) + len(new_axes))
            continue
        n = shape[len(at)]
        if isinstance(k, slice):
            start, stop, step = _range(k, n)
            at.append(Affine(((next(kept), step),), start))
            out.append(len(range(start, stop, step)))
        elif isinstance(k, (int, np.integer)) and not isinstance(k, bool):
            if not -n <= k < n:
                raise ShapeError(
                    message("slice: index outside the axis", got=f"{k} on axis {len(at)}", need=f"{-n} <= index < {n}")
                )
            at.append(Affine((), int(k) % n))
        else:
            raise ArgumentError(
                message(
                    f"slice: cannot index with {type(k).__name__}",
                    need="integers, slices, ..., None, or pb.take for arrays",
                )
            )
    return at, out, new_axes


def _range(k: slice, n: int) -> tuple[int, int, int]:
    """Start, stop and step of a slice of an axis.

    Raises: ArgumentError
    """
    ends = [v for v in (k.start, k.stop, k.step) if v is not None]
    if k.step == 0 or not all(is_whole(v, -np.inf) for v in ends):
        got = ":".join("" if v is None else str(v) for v in (k.start, k.stop, k.step))
        raise ArgumentError(
            message(
                "slice: bounds and step are whole numbers", got=f"x[{got}]", need="known integers, and a step not 0"
            )
        )
    return k.indices(n)


@operator(
    samples=[
        sample({"x": (4, 3), "index": Draw((5,), "labels", 4)}),
        sample({"x": (4, 3), "index": Draw((2, 2), "labels", 3)}, axis=1),
        sample({"x": (4, 3), "index": Draw((0,), "labels", 3)}, axis=1),
    ],
    bad=[
        bad("integers", {"x": (4, 3), "index": (2,)}),
        bad("outside the axis", {"x": (2, 3), "index": Draw((50,), "labels", 9)}),
    ],
    linear=LINEAR,
    source="numpy.take",
    onnx="Gather",
)
def take(x: Value, index: Value, axis: int = 0) -> Value:
    """Gather along an axis by an index table: y[…,k,…] = x[…, index[k], …].

    The gradient adds back where the table points: x̄[…,h,…] = Σ_{k : index[k]=h} ȳ[…,k,…].

    Raises: ArgumentError, ShapeError
    """
    shape, its = shape_of(x), shape_of(index)
    axis = normal_axis("take", axis, len(shape))
    index = check_index("take", index, shape[axis])
    names = tuple(f"a{k}" for k in range(len(shape)))
    table_names = tuple(f"k{j}" for j in range(len(its)))
    at: list[Index] = [Affine(((k, 1),)) for k in names]
    at[axis] = Lookup("index", tuple(Affine(((k, 1),)) for k in table_names))
    letters = (*names[:axis], *table_names, *names[axis + 1 :])
    out = (*shape[:axis], *its, *shape[axis + 1 :])
    return apply(
        Sum(ref("y", letters, out), (Ref("x", tuple(at), shape),), tuple(zip(letters, out, strict=True))), x, index
    )


def check_index(op: str, index: Value, size: int) -> Value:
    """Indices must be integers; known ones must lie inside the axis. Negative ones count from the end.

    A traced index outside the axis reads 0: its numbers are not known while tracing.

    Raises: ArgumentError, ShapeError
    """
    if not is_integer(index):
        raise ArgumentError(
            message(f"{op}: indices must be integers", got=str(getattr(index, "dtype", type(index).__name__)))
        )
    if recorder([index]) is not None:
        return elementwise(lambda index: ex.where(ex.less(index, 0), index + size, index), index=index)
    array = np.asarray(index)
    if array.size and (array.min() < -size or array.max() >= size):
        wrong = array[(array < -size) | (array >= size)].flat[0]
        raise ShapeError(
            message(f"{op}: index outside the axis", got=f"index {wrong}", need=f"{-size} <= index < {size}")
        )
    return np.where(array < 0, array + size, array)


def check_switches(op: str, switches: Value, size: int) -> None:
    """Switches must be integers; known ones must lie inside the plane of `size` entries.

    Raises: ArgumentError, ShapeError
    """
    if recorder([switches]) is None:
        check_index(op, switches, size)
        if np.size(switches) and np.min(switches) < 0:
            raise ShapeError(message(f"{op}: a switch outside the plane", got=f"{np.min(switches)}", need=">= 0"))
    elif not is_integer(switches):
        raise ArgumentError(message(f"{op}: indices must be integers", got=getattr(switches, "kind", "")))


@named
def take_points(x: Value, tables: Mapping[int, Value]) -> Value:
    """Gather by one table per axis: y[k,…] = x[i[k], j[k], …], as x[i, j] in NumPy.

    The tables broadcast against each other. Their axes stand where the first of them did, or in front where the axes
    that they index are apart.

    Raises: ArgumentError, ShapeError
    """
    shape = shape_of(x)
    checked = {axis: check_index("indexing", t, shape[axis]) for axis, t in tables.items()}
    try:
        its = np.broadcast_shapes(*map(shape_of, checked.values()))
    except ValueError:
        got = f"{[shape_of(t) for t in checked.values()]}"
        title = "indexing: index arrays differ in shape"
        raise ShapeError(message(title, got=got, need="shapes that broadcast")) from None
    spread = {axis: broadcast_to(t, its) if shape_of(t) else t for axis, t in checked.items()}
    names = tuple(f"k{j}" for j in range(len(its)))
    point = tuple(Affine(((k, 1),)) for k in names)
    at: list[Index] = [
        Lookup(f"index{j}", point if shape_of(spread[j]) else ()) if j in spread else Affine(((f"a{j}", 1),))
        for j in range(len(shape))
    ]
    together = max(tables) - min(tables) < len(tables)
    rest = [(f"a{j}", n) for j, n in enumerate(shape) if j not in tables]
    front = min(tables) if together else 0
    sizes = (*rest[:front], *zip(names, its, strict=True), *rest[front:])
    letters, out = zip(*sizes, strict=True) if sizes else ((), ())
    return apply(Sum(ref("y", letters, out), (Ref("x", tuple(at), shape),), sizes), x, *spread.values())


def index(x: Value, key: Any) -> Value:
    """Take x[key] as NumPy does: integers, slices, …, None, integer arrays and constant masks, in any mixture.

    Raises: ArgumentError, ShapeError; TracingError for a mask that is not known while tracing
    """
    parts = [_index_part(k) for k in (key if isinstance(key, tuple) else (key,))]
    if not any(_is_table(k) for k in parts):
        return slice_(x, tuple(parts))
    shape = shape_of(x)
    basic: list[Any] = []
    tables: dict[int, Value] = {}
    axis = 0
    for k in _full_key(parts, len(shape)):
        if k is None or isinstance(k, slice):
            basic.append(k)
            axis += k is not None
            continue
        for table in _mask_tables(k, shape, axis) if _is_mask(k) else [k]:
            # An integer beside tables is a table of one entry.
            tables[len(basic)] = table if _is_table(table) else np.asarray(table)
            basic.append(slice(None))
            axis += 1
    y = slice_(x, tuple(basic))
    if len(tables) == 1:
        ((at, table),) = tables.items()
        return take(y, table, at)
    return take_points(y, tables)


def _index_part(k: Any) -> Any:
    """One part of a key; lists become arrays, arrays of one integer integers.

    Raises: ArgumentError, TracingError
    """
    if recorder([k]) is not None:
        if k.kind == "bool":
            title = "a traced mask cannot select entries: how many there are is not known while tracing"
            fix = "np.where(mask, x, 0), or x * mask: the same shape, with 0 where the mask is false"
            raise TracingError(message(title, got=f"x[mask], mask {shape_of(k)}", fix=fix))
        return k
    if isinstance(k, (bool, np.bool_)):
        raise ArgumentError(message("indexing: a truth value is no index", got=f"x[{k}]", need="an integer, or a mask"))
    if isinstance(k, (list, np.ndarray)):
        array = as_array(k)
        array = array.astype(np.int64) if not array.size and array.dtype.kind == "f" else array
        return array if array.shape or array.dtype.kind not in "iu" else int(array)
    return k


def _is_table(k: Any) -> bool:
    return isinstance(k, np.ndarray) or recorder([k]) is not None


def _is_mask(k: Any) -> bool:
    return isinstance(k, np.ndarray) and k.dtype == np.bool_


def _mask_tables(mask: Any, shape: tuple[int, ...], axis: int) -> tuple[Any, ...]:
    """Where a mask holds: one table per axis of the mask.

    Raises: ShapeError
    """
    need = shape[axis : axis + mask.ndim]
    if mask.shape != need:
        raise ShapeError(
            message("indexing: a mask has the shape of the axes it selects from", got=f"{mask.shape}", need=f"{need}")
        )
    return tuple(np.nonzero(mask))


@operator(
    samples=[
        sample({"x": (2, 3), "index": Draw((2, 2), "labels", 3)}, axis=1),
        sample({"x": (2, 3, 4), "index": Draw((2, 3, 1), "labels", 4)}, axis=-1),
    ],
    bad=[bad("beside the axis", {"x": (2, 3), "index": Draw((3, 1), "labels", 3)}, axis=1)],
    linear=LINEAR,
    source="numpy.take_along_axis",
    onnx="GatherElements",
)
def take_along_axis(x: Value, index: Value, axis: int) -> Value:
    """Gather one entry per entry of the table: y[n,k] = x[n, index[n,k]].

    Raises: ShapeError, ArgumentError
    """
    shape, its = shape_of(x), shape_of(index)
    axis = normal_axis("take_along_axis", axis, len(shape))
    if len(its) != len(shape) or its[:axis] + its[axis + 1 :] != shape[:axis] + shape[axis + 1 :]:
        raise ShapeError(
            message("take_along_axis: sizes differ beside the axis", got=f"x {shape}, index {its}, axis={axis}")
        )
    index = check_index("take_along_axis", index, shape[axis])
    names = axis_names(len(its))
    plain = tuple(Affine(((k, 1),)) for k in names)
    at: tuple[Index, ...] = tuple(Lookup("index", plain) if j == axis else a for j, a in enumerate(plain))
    return apply(Sum(ref("y", names, its), (Ref("x", at, shape),), tuple(zip(names, its, strict=True))), x, index)


def by_switches(x: Value, switches: Value, axes: tuple[int, ...]) -> Value:
    """Read x at flat positions along several axes: y[n,o,p,q] = x[n,o, ⌊t/W⌋, t mod W] with t = switches[n,o,p,q].

    The axes of the switches are those of x, with other sizes along `axes` (or without them, when they are fewer).
    """
    shape, its = shape_of(x), shape_of(switches)
    f = switch_sum(shape, its, axes)
    return apply(f, x, switches)


def switch_sum(shape: tuple[int, ...], its: tuple[int, ...], axes: tuple[int, ...]) -> Sum:
    """Declare the gather of `by_switches`."""
    names = axis_names(len(shape))
    own = names if len(its) == len(shape) else tuple(k for j, k in enumerate(names) if j not in axes)
    table_at = tuple(Affine(((k, 1),)) for k in own)
    found = dict(zip(axes, digits("switches", table_at, tuple(shape[j] for j in axes)), strict=True))
    at: tuple[Index, ...] = tuple(found[j] if j in found else Affine(((k, 1),)) for j, k in enumerate(names))
    return Sum(ref("y", own, its), (Ref("x", at, shape),), tuple(zip(own, its, strict=True)))
