"""ONNX's sliding windows: Conv, ConvTranspose and the pools."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from pullback.errors import ArgumentError, ShapeError, message
from pullback.io.onnx_import.registry import Array, ints, onnx_operator, unsupported
from pullback.ops import convs, pools, reduce
from pullback.ops import elementwise as ew
from pullback.ops.apply import Value, recorder, shape_of
from pullback.ops.indexing import take
from pullback.ops.matrix import einsum
from pullback.ops.padding import pad
from pullback.ops.resize import upsample_nearest

Ints = Sequence[int] | None
Pairs = tuple[tuple[int, int], ...]

CONVS = {1: convs.conv1d, 2: convs.conv2d, 3: convs.conv3d}
TRANSPOSED = {1: convs.conv_transpose1d, 2: convs.conv_transpose2d, 3: convs.conv_transpose3d}
MAX_POOLS = {1: pools.max_pool1d, 2: pools.max_pool2d, 3: pools.max_pool3d}
MAX_UNPOOLS = {1: pools.max_unpool1d, 2: pools.max_unpool2d, 3: pools.max_unpool3d}
AVG_POOLS = {1: pools.avg_pool1d, 2: pools.avg_pool2d, 3: pools.avg_pool3d}
LP_POOLS = {1: pools.lp_pool1d, 2: pools.lp_pool2d, 3: pools.lp_pool3d}


def _rank(op: str, x: Value) -> int:
    """The number of spatial axes.

    Raises: ShapeError
    """
    rank = len(shape_of(x)) - 2
    if rank not in (1, 2, 3):
        raise ShapeError(
            message(
                f"{op}: 1, 2 or 3 spatial axes are supported",
                got=f"x {shape_of(x)}",
                need="(N,C,H), (N,C,H,W) or (N,C,D,H,W)",
            )
        )
    return rank


def _per_axis(op: str, name: str, values: Ints, rank: int) -> tuple[int, ...]:
    """One number per spatial axis, 1 where the attribute is left out."""
    result = (1,) * rank if values is None else tuple(values)
    if len(result) != rank:
        raise ArgumentError(message(f"{op}: {name} does not fit", got=f"{name}={list(result)}", need=f"{rank} numbers"))
    return result


def _pairs(op: str, pads: Ints, rank: int) -> Pairs:
    """ONNX lists every beginning, then every end."""
    flat = (0,) * (2 * rank) if pads is None else tuple(pads)
    if len(flat) != 2 * rank:
        raise ArgumentError(message(f"{op}: pads do not fit", got=f"pads={list(flat)}", need=f"{2 * rank} numbers"))
    return tuple(zip(flat[:rank], flat[rank:], strict=True))


def _halves(total: int, *, upper: bool) -> tuple[int, int]:
    """Padding split in two; the odd one at the end (SAME_UPPER) or at the beginning."""
    small = total // 2
    return (small, total - small) if upper else (total - small, small)


def _check_auto_pad(op: str, auto_pad: str) -> None:
    if auto_pad not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
        raise ArgumentError(
            message(
                f"{op}: no such auto_pad", got=f"auto_pad={auto_pad!r}", need="NOTSET, VALID, SAME_UPPER or SAME_LOWER"
            )
        )


def _padding(
    op: str,
    x: Value,
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    dilations: tuple[int, ...],
    pads: Ints,
    auto_pad: str,
) -> Pairs:
    """The padding that auto_pad asks for, or that is given: SAME makes the output ceil(size / stride) long."""
    _check_auto_pad(op, auto_pad)
    sizes = shape_of(x)[2:]
    if auto_pad == "NOTSET":
        return _pairs(op, pads, len(sizes))
    if auto_pad == "VALID":
        return ((0, 0),) * len(sizes)
    rows = zip(sizes, kernel, strides, dilations, strict=True)
    totals = [max((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0) for n, k, s, d in rows]
    return tuple(_halves(t, upper=auto_pad == "SAME_UPPER") for t in totals)


def _kernel(op: str, w: Value, kernel_shape: Ints) -> tuple[int, ...]:
    """The filter's spatial size, which kernel_shape may only repeat.

    Raises: ShapeError
    """
    size = shape_of(w)[2:]
    if kernel_shape is not None and tuple(kernel_shape) != size:
        raise ShapeError(
            message(
                f"{op}: kernel_shape is not that of the filter",
                got=f"kernel_shape={list(kernel_shape)}",
                need=f"{list(size)}",
            )
        )
    return size


@onnx_operator("Conv")
def conv(
    x: Value,
    w: Value,
    b: Value | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Ints = None,
    group: int = 1,
    kernel_shape: Ints = None,
    pads: Ints = None,
    strides: Ints = None,
) -> Value:
    """Cross-correlation of 1, 2 or 3 axes."""
    rank = _rank("Conv", x)
    kernel = _kernel("Conv", w, kernel_shape)
    stride, dilation = _per_axis("Conv", "strides", strides, rank), _per_axis("Conv", "dilations", dilations, rank)
    padding = _padding("Conv", x, kernel, stride, dilation, pads, auto_pad)
    return CONVS[rank](x, w, b, stride=stride, padding=padding, dilation=dilation, groups=group)


@onnx_operator("ConvTranspose")
def conv_transpose(
    x: Value,
    w: Value,
    b: Value | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Ints = None,
    group: int = 1,
    kernel_shape: Ints = None,
    output_padding: Ints = None,
    output_shape: Ints = None,
    pads: Ints = None,
    strides: Ints = None,
) -> Value:
    """Transposed convolution; output_shape wins over auto_pad, and that over pads.

    Padding that comes out negative, for an output_shape beyond what the windows reach, is output padding.
    """
    op = "ConvTranspose"
    _check_auto_pad(op, auto_pad)
    rank = _rank(op, x)
    kernel = _kernel(op, w, kernel_shape)
    stride, dilation = _per_axis(op, "strides", strides, rank), _per_axis(op, "dilations", dilations, rank)
    extra = (0,) * rank if output_padding is None else _per_axis(op, "output_padding", output_padding, rank)
    sizes = shape_of(x)[2:]
    if output_shape is None and auto_pad.startswith("SAME"):
        output_shape = [n * s for n, s in zip(sizes, stride, strict=True)]
    if output_shape is None:
        padding = ((0, 0),) * rank if auto_pad == "VALID" else _pairs(op, pads, rank)
    else:
        wanted = _per_axis(op, "output_shape", tuple(output_shape)[-rank:], rank)
        rows = zip(sizes, kernel, stride, dilation, extra, wanted, strict=True)
        totals = [s * (n - 1) + e + d * (k - 1) + 1 - out for n, k, s, d, e, out in rows]
        padding = tuple(_halves(max(t, 0), upper=auto_pad == "SAME_UPPER") for t in totals)
        extra = tuple(e + max(-t, 0) for e, t in zip(extra, totals, strict=True))
    return TRANSPOSED[rank](
        x, w, b, stride=stride, padding=padding, output_padding=extra, groups=group, dilation=dilation
    )


@onnx_operator("MaxPool")
def max_pool(
    x: Value,
    *,
    kernel_shape: Sequence[int],
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Ints = None,
    pads: Ints = None,
    storage_order: int = 0,
    strides: Ints = None,
    outputs: int = 1,
) -> Any:
    """Maximum of every window; the indices count entries of the whole array, row-major.

    With storage_order 1 the position within a plane counts column-major.
    """
    options = _pool_options("MaxPool", x, kernel_shape, strides, dilations, pads, auto_pad)
    y, switches = MAX_POOLS[_rank("MaxPool", x)](x, **options, ceil_mode=bool(ceil_mode), return_indices=True)
    if outputs == 1:
        return y
    shape = shape_of(x)
    if storage_order:
        columns = np.arange(prod(shape[2:])).reshape(shape[:1:-1]).transpose().reshape(-1)
        switches = take(columns, switches)
    return y, ew.add(switches, _plane_starts(shape[:2], shape[2:]))


def _plane_starts(planes: tuple[int, ...], size: tuple[int, ...]) -> Array:
    """Where each plane begins in the whole array, row-major."""
    starts = np.arange(prod(planes), dtype=np.int64) * prod(size)
    return starts.reshape(*planes, *(1 for _ in size))


def _pool_options(
    op: str, x: Value, kernel_shape: Sequence[int], strides: Ints, dilations: Ints, pads: Ints, auto_pad: str
) -> dict[str, Any]:
    rank = _rank(op, x)
    kernel = _per_axis(op, "kernel_shape", kernel_shape, rank)
    stride, dilation = _per_axis(op, "strides", strides, rank), _per_axis(op, "dilations", dilations, rank)
    padding = _padding(op, x, kernel, stride, dilation, pads, auto_pad)
    return {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}


@onnx_operator("MaxUnpool", concrete=("output_shape",))
def max_unpool(
    x: Value,
    indices: Value,
    output_shape: Array | None = None,
    *,
    kernel_shape: Sequence[int],
    pads: Ints = None,
    strides: Ints = None,
) -> Value:
    """Every value at its index, 0 elsewhere.

    The indices count entries of the whole array of the size that kernel_shape, strides and pads give; a larger
    output_shape adds zeros at the end of the axes, as ONNX's own cases have it.
    """
    op = "MaxUnpool"
    rank, shape = _rank(op, x), shape_of(x)
    kernel, stride = _per_axis(op, "kernel_shape", kernel_shape, rank), _per_axis(op, "strides", strides, rank)
    rows = zip(shape[2:], stride, _pairs(op, pads, rank), kernel, strict=True)
    size = tuple((n - 1) * s - lo - hi + k for n, s, (lo, hi), k in rows)
    switches = ew.subtract(indices, _plane_starts(shape[:2], size))
    if recorder([indices]) is None and switches.size and not 0 <= switches.min() <= switches.max() < prod(size):
        raise ShapeError(
            message(f"{op}: an index points outside its own plane", need=f"N, C and positions within {size}")
        )
    y = MAX_UNPOOLS[rank](x, switches, kernel, output_size=size)
    wanted = ints(output_shape)
    if wanted is None or wanted[2:] == size:
        return y
    if len(wanted) != rank + 2 or any(n < m for n, m in zip(wanted[2:], size, strict=True)):
        raise ShapeError(
            message(f"{op}: output_shape does not fit", got=f"{wanted}", need=f"(N,C,…) with sizes >= {size}")
        )
    return pad(y, ((0, 0), (0, 0), *((0, n - m) for n, m in zip(wanted[2:], size, strict=True))))


@onnx_operator("AveragePool")
def average_pool(
    x: Value,
    *,
    kernel_shape: Sequence[int],
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: Ints = None,
    pads: Ints = None,
    strides: Ints = None,
) -> Value:
    """Average of every window."""
    options = _pool_options("AveragePool", x, kernel_shape, strides, dilations, pads, auto_pad)
    pool = AVG_POOLS[_rank("AveragePool", x)]
    return pool(x, **options, ceil_mode=bool(ceil_mode), count_include_pad=bool(count_include_pad))


@onnx_operator("LpPool")
def lp_pool(
    x: Value,
    *,
    kernel_shape: Sequence[int],
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Ints = None,
    p: float = 2,
    pads: Ints = None,
    strides: Ints = None,
) -> Value:
    """The p-norm of every window."""
    options = _pool_options("LpPool", x, kernel_shape, strides, dilations, pads, auto_pad)
    return LP_POOLS[_rank("LpPool", x)](x, norm_type=p, **options, ceil_mode=bool(ceil_mode))


def _planes(x: Value) -> tuple[int, ...]:
    return tuple(range(2, len(shape_of(x))))


@onnx_operator("GlobalLpPool")
def global_lp_pool(x: Value, *, p: float = 2) -> Value:
    """The p-norm of every plane."""
    return ew.lp_root(reduce.sum(ew.lp_power(x, p), _planes(x), keepdims=True), p)


onnx_operator("GlobalMaxPool")(pools.global_max_pool)
onnx_operator("GlobalAveragePool")(pools.global_avg_pool)


@onnx_operator("LRN")
def lrn(x: Value, *, size: int, alpha: float = 1e-4, beta: float = 0.75, bias: float = 1.0) -> Value:
    """Local response normalisation: x / (bias + alpha/size · Σ x²)^beta, the sum over `size` neighbouring channels.

    Source: Krizhevsky, Sutskever & Hinton 2012, section 3.3
    """
    channels = shape_of(x)[1]
    distance = np.arange(channels) - np.arange(channels)[:, None]
    near = (-((size - 1) // 2) <= distance) & (distance <= size // 2)
    dtype = getattr(x, "dtype", np.dtype(np.float64))
    rest = "hwdabc"[: len(shape_of(x)) - 2]
    total = einsum(f"oi,ni{rest}->no{rest}", near.astype(dtype), ew.square(x))
    scale = ew.add(ew.multiply(total, alpha / size), bias)
    return ew.multiply(x, ew.power(scale, -beta))


@onnx_operator("Upsample", concrete=("scales",))
def upsample(x: Value, scales: Array | None = None, *, mode: str = "nearest") -> Value:
    """Every entry repeated along the spatial axes, by whole factors.

    Raises: ArgumentError, for other factors and modes
    """
    factors = [] if scales is None else np.asarray(scales).reshape(-1).tolist()
    whole = [round(f) for f in factors]
    if mode != "nearest" or len(factors) != len(shape_of(x)) or factors != whole or whole[:2] != [1, 1]:
        raise unsupported("Upsample", "nearest, whole factors, 1 for N and C", mode=mode, scales=factors)
    return upsample_nearest(x, tuple(whole[2:]))
