"""Moving data: reshape, transpose, concatenate, slice, gather."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import EllipsisType
from typing import Any

import numpy as np

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import Affine, Index, Lookup, Ref, Reshape, Sum, Table
from pullback.formula.sums import digits
from pullback.ops.apply import (
    Value,
    apply,
    axis_names,
    elementwise,
    is_integer,
    named,
    normal_axes,
    normal_axis,
    recorder,
    ref,
    shape_of,
)
from pullback.ops.padding import take_table
from pullback.ops.registry import Draw, bad, operator, sample

LINEAR = ("x",)


@operator(
    samples=[
        sample({"x": (2, 3, 4)}, shape=(6, 4)),
        sample({"x": (2, 6)}, shape=(2, -1, 3)),
        sample({"x": (1,)}, shape=()),
        sample({"x": (0, 4)}, shape=(0, 2, 2)),
    ],
    bad=[
        bad("does not hold", {"x": (2, 3)}, shape=(4, 2)),
        bad("does not hold", {"x": (2, 3)}, shape=(4, -1)),
        bad("one -1", {"x": (2, 3)}, shape=(-1, -1)),
    ],
    linear=LINEAR,
    source="numpy.reshape",
    onnx="Reshape",
)
def reshape(x: Value, shape: int | Sequence[int]) -> Value:
    """Give the same entries, in row-major order, another shape; one size may be −1.

    Raises: ShapeError, ArgumentError

    >>> reshape(np.arange(6), (2, -1))
    array([[0, 1, 2],
           [3, 4, 5]])
    """
    old = shape_of(x)
    new = [shape] if isinstance(shape, (int, np.integer)) else list(shape)
    if new.count(-1) > 1:
        raise ArgumentError(message("reshape: more than one -1", got=f"shape={tuple(new)}", need="at most one -1"))
    if -1 in new:
        known = prod(n for n in new if n != -1)
        new[new.index(-1)] = prod(old) // known if known else 0
    if prod(new) != prod(old) or any(n < 0 for n in new):
        raise ShapeError(
            message(
                "reshape: the new shape does not hold the entries",
                got=f"{old} -> {tuple(shape) if not isinstance(shape, int) else shape}",
                need=f"{prod(old)} entries",
            )
        )
    to = tuple(map(int, new))
    return apply(Reshape(ref("x", axis_names(len(old)), old), ref("y", axis_names(len(to)), to)), x)


@operator(
    samples=[
        sample({"x": (2, 3)}),
        sample({"x": (2, 3, 4)}, axes=(2, 0, 1)),
        sample({"x": (2, 3, 4)}, axes=(0, -1, 1)),
    ],
    bad=[bad("name each axis once", {"x": (2, 3)}, axes=(0, 0)), bad("as many axes", {"x": (2, 3)}, axes=(0,))],
    linear=LINEAR,
    source="numpy.transpose",
    onnx="Transpose",
)
def transpose(x: Value, axes: Sequence[int] | None = None) -> Value:
    """Reorder the axes; without `axes`, reverse them: y[o,n] = x[n,o].

    Raises: ArgumentError
    """
    shape = shape_of(x)
    order = list(axes) if axes is not None else list(range(len(shape)))[::-1]
    if len(order) != len(shape):
        raise ArgumentError(
            message("transpose: needs as many axes as the array has", got=f"axes={tuple(order)} for {shape}")
        )
    order = [normal_axis("transpose", a, len(shape)) for a in order]
    normal_axes("transpose", order, len(shape))
    names = axis_names(len(shape))
    out = ref("y", [names[a] for a in order], tuple(shape[a] for a in order))
    return apply(Sum(out, (ref("x", names, shape),), tuple(zip(names, shape, strict=True))), x)


@operator(
    samples=[
        sample({"x": (3, 1)}, shape=(2, 3, 4)),
        sample({"x": ()}, shape=(2, 2)),
        sample({"x": (2, 3)}, shape=(2, 3)),
    ],
    bad=[bad("does not broadcast", {"x": (2, 3)}, shape=(3, 3))],
    linear=LINEAR,
    source="numpy.broadcast_to",
    onnx="Expand",
)
def broadcast_to(x: Value, shape: Sequence[int]) -> Value:
    """Repeat along axes of size 1 and along new leading axes: y[n,o] = x[o].

    Raises: ShapeError
    """
    old, new = shape_of(x), tuple(shape)
    aligned = (1,) * (len(new) - len(old)) + old
    if len(new) < len(old) or any(m not in (1, n) for m, n in zip(aligned, new, strict=True)):
        raise ShapeError(
            message("broadcast_to: the array does not broadcast", got=f"{old} -> {new}", need="equal sizes, or 1")
        )
    names = axis_names(len(new))
    own = names[len(new) - len(old) :]
    at = tuple(
        Affine() if m != n else Affine(((k, 1),)) for k, m, n in zip(own, old, new[len(new) - len(old) :], strict=True)
    )
    return apply(Sum(ref("y", names, new), (Ref("x", at, old),), tuple(zip(names, new, strict=True))), x)


@operator(
    samples=[
        sample({"a": (2, 3), "b": (2, 1)}, axis=1),
        sample({"a": (1, 2, 2), "b": (3, 2, 2)}),
        sample({"a": (2, 0), "b": (2, 3)}, axis=-1),
    ],
    bad=[
        bad("differ beside the axis", {"a": (2, 3), "b": (3, 3)}, axis=1),
        bad("no such axis", {"a": (2,), "b": (2,)}, axis=1),
    ],
    linear=("a+b",),
    source="numpy.concatenate",
    onnx="Concat",
)
def _concatenate_two(a: Value, b: Value, axis: int = 0) -> Value:
    return concatenate((a, b), axis)


@named
def concatenate(arrays: Sequence[Value], axis: int = 0) -> Value:
    """Join arrays along an axis: each is placed at its offset, y[n, h + offset] = x[n, h], and the parts are added.

    Raises: ShapeError, ArgumentError

    >>> concatenate([np.array([1, 2]), np.array([3])])
    array([1, 2, 3])
    """
    parts = list(arrays)
    if not parts:
        raise ArgumentError(message("concatenate: no arrays", need="at least one"))
    shapes = [shape_of(x) for x in parts]
    axis = normal_axis("concatenate", axis, len(shapes[0]))
    if any(s[:axis] + s[axis + 1 :] != shapes[0][:axis] + shapes[0][axis + 1 :] for s in shapes):
        raise ShapeError(
            message(
                "concatenate: sizes differ beside the axis",
                got=f"{shapes}, axis={axis}",
                need="equal sizes but for that axis",
            )
        )
    if recorder(parts) is None:
        return np.concatenate([np.asarray(x) for x in parts], axis)
    total = sum(s[axis] for s in shapes)
    result, offset = None, 0
    for x, its in zip(parts, shapes, strict=True):
        placed = _place(x, axis, offset, total)
        result = placed if result is None else elementwise(lambda a, b: a + b, a=result, b=placed)
        offset += its[axis]
    return result


def _place(x: Value, axis: int, offset: int, total: int) -> Value:
    """x at an offset along an axis of an array of zeros."""
    shape = shape_of(x)
    names = axis_names(len(shape))
    at = tuple(Affine(((k, 1),), offset if j == axis else 0) for j, k in enumerate(names))
    out = Ref("y", at, (*shape[:axis], total, *shape[axis + 1 :]))
    return apply(Sum(out, (ref("x", names, shape),), tuple(zip(names, shape, strict=True))), x)


@named
def stack(arrays: Sequence[Value], axis: int = 0) -> Value:
    """Join arrays along a new axis.

    >>> stack([np.array([1, 2]), np.array([3, 4])], axis=1)
    array([[1, 3],
           [2, 4]])
    """
    return concatenate([expand_dims(x, axis) for x in arrays], axis)


def expand_dims(x: Value, axis: int | Sequence[int]) -> Value:
    """Insert axes of size 1."""
    shape = list(shape_of(x))
    axes = [axis] if isinstance(axis, int) else list(axis)
    for a in normal_axes("expand_dims", axes, len(shape) + len(axes)):
        shape.insert(a, 1)
    return reshape(x, shape)


def squeeze(x: Value, axis: int | Sequence[int] | None = None) -> Value:
    """Drop axes of size 1.

    Raises: ShapeError
    """
    shape = shape_of(x)
    gone = [k for k, n in enumerate(shape) if n == 1] if axis is None else normal_axes("squeeze", axis, len(shape))
    if any(shape[k] != 1 for k in gone):
        raise ShapeError(message("squeeze: an axis is longer than 1", got=f"{shape}, axis={axis}", need="size 1"))
    return reshape(x, [n for k, n in enumerate(shape) if k not in gone])


def flatten(x: Value, start_dim: int = 1, end_dim: int = -1) -> Value:
    """Merge the axes start_dim .. end_dim into one, row-major."""
    shape = shape_of(x)
    first, last = normal_axis("flatten", start_dim, len(shape)), normal_axis("flatten", end_dim, len(shape))
    if first > last:
        raise ArgumentError(
            message("flatten: start_dim comes after end_dim", got=f"start_dim={start_dim}, end_dim={end_dim}")
        )
    return reshape(x, [*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :]])


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


def _full_key(key: tuple[Any, ...], rank: int) -> list[Any]:
    given = sum(k is not None and k is not Ellipsis for k in key)
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
            start, stop, step = k.indices(n)
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

    Raises: ArgumentError, ShapeError
    """
    if not is_integer(index):
        raise ArgumentError(
            message(f"{op}: indices must be integers", got=str(getattr(index, "dtype", type(index).__name__)))
        )
    if recorder([index]) is not None:
        return index
    array = np.asarray(index)
    if array.size and (array.min() < -size or array.max() >= size):
        wrong = array[(array < -size) | (array >= size)].flat[0]
        raise ShapeError(
            message(f"{op}: index outside the axis", got=f"index {wrong}", need=f"{-size} <= index < {size}")
        )
    return np.where(array < 0, array + size, array)


@named
def take_points(x: Value, keys: Sequence[Value]) -> Value:
    """Gather single entries along the leading axes: y[k,…] = x[i[k], j[k], …], as x[i, j] in NumPy.

    Raises: ArgumentError, ShapeError
    """
    shape = shape_of(x)
    if len(keys) > len(shape) or any(isinstance(k, slice) or k is None or k is Ellipsis for k in keys):
        raise ArgumentError(message("indexing: arrays and slices are mixed", fix="pb.take for one axis, then slices"))
    tables = [
        check_index("indexing", np.asarray(k) if recorder([k]) is None else k, n)
        for k, n in zip(keys, shape, strict=False)
    ]
    shapes = {shape_of(t) for t in tables if shape_of(t)} or {()}
    if len(shapes) > 1:
        raise ShapeError(message("indexing: index arrays differ in shape", got=f"{sorted(shapes)}", need="one shape"))
    (its,) = shapes
    names = tuple(f"k{j}" for j in range(len(its)))
    rest = tuple(f"a{j}" for j in range(len(tables), len(shape)))
    point = tuple(Affine(((k, 1),)) for k in names)
    at: list[Index] = [Lookup(f"index{j}", point if shape_of(t) else ()) for j, t in enumerate(tables)]
    at += [Affine(((k, 1),)) for k in rest]
    out = (*its, *shape[len(tables) :])
    letters = (*names, *rest)
    return apply(
        Sum(ref("y", letters, out), (Ref("x", tuple(at), shape),), tuple(zip(letters, out, strict=True))), x, *tables
    )


def take_static(x: Value, entries: Sequence[int], axis: int) -> Value:
    """Gather along an axis by a fixed table."""
    return take_table(x, axis, Table("take", tuple(map(int, entries))))


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
