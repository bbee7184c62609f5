"""Moving data: reshape, transpose, broadcast, concatenate."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import Affine, Ref, Reshape, Sum
from pullback.ops.apply import (
    Value,
    apply,
    axis_names,
    elementwise,
    is_whole,
    named,
    normal_axes,
    normal_axis,
    recorder,
    ref,
    shape_of,
)
from pullback.ops.registry import bad, operator, sample

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
    if not all(is_whole(n, -1) for n in new):
        raise ArgumentError(
            message("reshape: sizes must be whole numbers", got=f"shape={shape!r}", need=">= 0, or one -1")
        )
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
