"""ONNX operators that move data or speak about shapes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import expr as ex
from pullback.io.onnx_import.registry import Array, ints, onnx_operator, unsupported
from pullback.ops import indexing
from pullback.ops import shape as sh
from pullback.ops.apply import Value, elementwise, normal_axes, normal_axis, recorder, shape_of
from pullback.ops.padding import pad as pad_array

PAD_MODES = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


@onnx_operator("Identity")
def identity(x: Value) -> Value:
    """x."""
    return x


@onnx_operator("Constant")
def constant(
    *,
    value: Array | None = None,
    value_float: float | None = None,
    value_floats: Sequence[float] | None = None,
    value_int: int | None = None,
    value_ints: Sequence[int] | None = None,
) -> Array:
    """A number or an array."""
    if value is not None:
        return value
    for given, dtype in (
        (value_float, np.float32),
        (value_floats, np.float32),
        (value_int, np.int64),
        (value_ints, np.int64),
    ):
        if given is not None:
            return np.asarray(given, dtype)
    raise ArgumentError(message("Constant: no value", need="value, value_float, value_floats, value_int or value_ints"))


@onnx_operator("ConstantOfShape", concrete=("shape",))
def constant_of_shape(shape: Array, *, value: Array | None = None) -> Array:
    """An array of one repeated number, 0 unless given."""
    entry = np.zeros(1, np.float32) if value is None else value
    return np.full(ints(shape) or (), entry.reshape(-1)[0], entry.dtype)


@onnx_operator("Shape")
def shape(x: Value, *, start: int = 0, end: int | None = None) -> Array:
    """The sizes of the axes start .. end − 1, known also while tracing."""
    return np.asarray(shape_of(x)[start:end], np.int64)


@onnx_operator("Size")
def size(x: Value) -> Array:
    """The number of entries, known also while tracing."""
    return np.asarray(prod(shape_of(x)), np.int64)


@onnx_operator("Reshape", concrete=("shape",))
def reshape(x: Value, shape: Array | None = None, *, allowzero: int = 0) -> Value:
    """Another shape; −1 is worked out, and 0 keeps the axis unless allowzero is set."""
    old, new = shape_of(x), list(ints(shape) or ())
    if not allowzero:
        if any(n == 0 and k >= len(old) for k, n in enumerate(new)):
            raise ShapeError(message("Reshape: a 0 keeps an axis that is not there", got=f"{old} -> {tuple(new)}"))
        new = [old[k] if n == 0 else n for k, n in enumerate(new)]
    return sh.reshape(x, new)


@onnx_operator("Flatten")
def flatten(x: Value, *, axis: int = 1) -> Value:
    """A matrix: the axes before `axis` merged, and the others."""
    old = shape_of(x)
    first = axis if axis == len(old) else normal_axis("Flatten", axis, len(old))
    return sh.reshape(x, (prod(old[:first]), prod(old[first:])))


@onnx_operator("Transpose")
def transpose(x: Value, *, perm: Sequence[int] | None = None) -> Value:
    """Another order of the axes."""
    return sh.transpose(x, perm)


@onnx_operator("Concat")
def concat(*arrays: Value, axis: int = 1) -> Value:
    """Arrays joined along an axis."""
    return sh.concatenate(arrays, axis)


@onnx_operator("Squeeze", concrete=("axes",))
def squeeze(x: Value, axes: Array | None = None) -> Value:
    """Axes of size 1 dropped."""
    return sh.squeeze(x, ints(axes))


@onnx_operator("Unsqueeze", concrete=("axes",))
def unsqueeze(x: Value, axes: Array | None = None) -> Value:
    """Axes of size 1 inserted."""
    return sh.expand_dims(x, ints(axes) or ())


@onnx_operator("Expand", concrete=("shape",))
def expand(x: Value, shape: Array) -> Value:
    """x repeated to the shape it has when broadcast against `shape`."""
    try:
        new = np.broadcast_shapes(shape_of(x), ints(shape) or ())
    except ValueError:
        raise ShapeError(
            message(
                "Expand: shapes do not broadcast", got=f"x {shape_of(x)}, shape {ints(shape)}", need="equal sizes, or 1"
            )
        ) from None
    return sh.broadcast_to(x, new)


@onnx_operator("Tile", concrete=("repeats",))
def tile(x: Value, repeats: Array) -> Value:
    """x repeated as a whole along each axis."""
    old, times = shape_of(x), ints(repeats) or ()
    if len(times) != len(old):
        raise ShapeError(message("Tile: one repeat per axis", got=f"repeats={times} for {old}"))
    spread = sh.reshape(x, [k for n in old for k in (1, n)])
    spread = sh.broadcast_to(spread, [k for pair in zip(times, old, strict=True) for k in pair])
    return sh.reshape(spread, [t * n for t, n in zip(times, old, strict=True)])


@onnx_operator("Slice", concrete=("starts", "ends", "axes", "steps"))
def slice_(
    x: Value,
    starts: Array | None = None,
    ends: Array | None = None,
    axes: Array | None = None,
    steps: Array | None = None,
) -> Value:
    """x[start:end:step] along the given axes; ends beyond an axis are cut back to it."""
    first, last = ints(starts) or (), ints(ends) or ()
    rank = len(shape_of(x))
    along = range(len(first)) if axes is None else [normal_axis("Slice", a, rank) for a in ints(axes) or ()]
    by = ints(steps) or (1,) * len(first)
    if not len(first) == len(last) == len(along) == len(by):
        raise ArgumentError(
            message("Slice: one start, end and step per axis", got=f"{first}, {last}, axes {list(along)}, steps {by}")
        )
    key: list[Any] = [slice(None)] * rank
    for axis, a, b, step in zip(along, first, last, by, strict=True):
        key[axis] = slice(a, b, step)
    return indexing.slice_(x, tuple(key))


@onnx_operator("Split", concrete=("split",))
def split(
    x: Value, split: Array | None = None, *, axis: int = 0, num_outputs: int | None = None, outputs: int = 1
) -> tuple[Value, ...]:
    """x cut along an axis: into parts of the sizes in `split`, or into equal ones, the last one smaller."""
    axis = normal_axis("Split", axis, len(shape_of(x)))
    total, sizes = shape_of(x)[axis], ints(split)
    if sizes is None:
        each = -(-total // (num_outputs or outputs))
        sizes = tuple(max(min(each, total - k * each), 0) for k in range(num_outputs or outputs))
    if sum(sizes) != total:
        raise ShapeError(message("Split: the parts do not add up to the axis", got=f"{sizes}", need=f"{total} in all"))
    ends = np.cumsum(sizes).tolist()
    before = (slice(None),) * axis
    return tuple(indexing.slice_(x, (*before, slice(e - n, e))) for e, n in zip(ends, sizes, strict=True))


def _from_the_front(indices: Value, size: int) -> Value:
    """Negative indices count from the end, also where they are not known while tracing."""
    if recorder([indices]) is None:
        return np.asarray(indices)
    return elementwise(lambda i: ex.where(ex.less(i, 0), i + size, i), i=indices)


@onnx_operator("Gather")
def gather(x: Value, indices: Value, *, axis: int = 0) -> Value:
    """x[…, indices[…], …] along an axis."""
    axis = normal_axis("Gather", axis, len(shape_of(x)))
    return indexing.take(x, _from_the_front(indices, shape_of(x)[axis]), axis)


@onnx_operator("GatherElements")
def gather_elements(x: Value, indices: Value, *, axis: int = 0) -> Value:
    """One entry of x per entry of the indices, which may be shorter than x beside the axis."""
    old, its = shape_of(x), shape_of(indices)
    axis = normal_axis("GatherElements", axis, len(old))
    if len(its) == len(old):
        x = indexing.slice_(x, tuple(slice(None) if k == axis else slice(0, n) for k, n in enumerate(its)))
    return indexing.take_along_axis(x, _from_the_front(indices, old[axis]), axis)


@onnx_operator("Pad", concrete=("pads", "constant_value", "axes"))
def pad(
    x: Value,
    pads: Array | None = None,
    constant_value: Array | None = None,
    axes: Array | None = None,
    *,
    mode: str = "constant",
    value: float = 0.0,
) -> Value:
    """x extended beyond its borders; negative pads crop first."""
    if mode not in PAD_MODES:
        raise unsupported("Pad", ", ".join(PAD_MODES), mode=mode)
    rank, flat = len(shape_of(x)), ints(pads) or ()
    along = range(rank) if axes is None else [normal_axis("Pad", a, rank) for a in ints(axes) or ()]
    if len(flat) != 2 * len(along):
        raise ArgumentError(message("Pad: pads do not fit", got=f"pads={list(flat)}", need=f"{2 * len(along)} numbers"))
    widths = [(0, 0)] * rank
    for axis, low, high in zip(along, flat[: len(along)], flat[len(along) :], strict=True):
        widths[axis] = (low, high)
    fill = value if constant_value is None else np.asarray(constant_value).reshape(-1)[0].item()
    if mode == "constant":
        return pad_array(x, widths, value=float(fill))
    x = pad_array(x, [(min(lo, 0), min(hi, 0)) for lo, hi in widths])
    return pad_array(x, [(max(lo, 0), max(hi, 0)) for lo, hi in widths], PAD_MODES[mode])


@onnx_operator("CenterCropPad", concrete=("shape",))
def center_crop_pad(x: Value, shape: Array, *, axes: Sequence[int] | None = None) -> Value:
    """x cropped, or extended by zeros, about its centre; an odd entry is added or dropped at the end."""
    old, wanted = shape_of(x), ints(shape) or ()
    along = (
        normal_axes("CenterCropPad", None, len(old))
        if axes is None
        else [normal_axis("CenterCropPad", a, len(old)) for a in axes]
    )
    if len(wanted) != len(along):
        raise ArgumentError(
            message("CenterCropPad: one size per axis", got=f"shape={wanted}", need=f"{len(along)} sizes")
        )
    widths = [(0, 0)] * len(old)
    for axis, n in zip(along, wanted, strict=True):
        more = abs(n - old[axis])
        low = more // 2
        widths[axis] = (low, more - low) if n >= old[axis] else (-low, low - more)
    return pad_array(x, widths)


def _blocks(op: str, x: Value, blocksize: int, mode: str) -> tuple[int, ...]:
    if mode not in ("DCR", "CRD"):
        raise unsupported(op, "DCR or CRD", mode=mode)
    shape = shape_of(x)
    if len(shape) != 4:
        raise ShapeError(message(f"{op}: x needs 4 axes", got=f"x {shape}", need="(N,C,H,W)"))
    divided = shape[1:2] if op == "DepthToSpace" else shape[2:]
    unit = blocksize**2 if op == "DepthToSpace" else blocksize
    if any(n % unit for n in divided):
        raise ShapeError(
            message(f"{op}: blocks do not fit", got=f"x {shape}, blocksize={blocksize}", need=f"multiples of {unit}")
        )
    return shape


@onnx_operator("DepthToSpace")
def depth_to_space(x: Value, *, blocksize: int, mode: str = "DCR") -> Value:
    """Channels moved into blocks of positions (PyTorch's pixel shuffle is mode CRD)."""
    b = blocksize
    n, c, h, w = _blocks("DepthToSpace", x, b, mode)
    if mode == "DCR":
        y = sh.transpose(sh.reshape(x, (n, b, b, c // b**2, h, w)), (0, 3, 4, 1, 5, 2))
    else:
        y = sh.transpose(sh.reshape(x, (n, c // b**2, b, b, h, w)), (0, 1, 4, 2, 5, 3))
    return sh.reshape(y, (n, c // b**2, h * b, w * b))


@onnx_operator("SpaceToDepth")
def space_to_depth(x: Value, *, blocksize: int, mode: str = "DCR") -> Value:
    """Blocks of positions moved into channels."""
    b = blocksize
    n, c, h, w = _blocks("SpaceToDepth", x, b, mode)
    order = (0, 3, 5, 1, 2, 4) if mode == "DCR" else (0, 1, 3, 5, 2, 4)
    y = sh.transpose(sh.reshape(x, (n, c, h // b, b, w // b, b)), order)
    return sh.reshape(y, (n, c * b**2, h // b, w // b))
