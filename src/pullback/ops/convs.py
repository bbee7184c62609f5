"""The named convolutions of 1, 2 and 3 axes."""

from __future__ import annotations

from collections.abc import Iterator

from pullback.ops import conv as body
from pullback.ops.apply import Value
from pullback.ops.registry import Bad, Sample, bad, operator, sample
from pullback.ops.windows import Padding, Sizes

SOURCE = "Dumoulin & Visin 2016, arXiv:1603.07285"
GRID: tuple[dict[str, object], ...] = (
    {},
    {"stride": 2},
    {"padding": 1},
    {"dilation": 2},
    {"stride": 2, "padding": 1, "dilation": 2},
    {"stride": 3, "padding": 2},
    {"stride": 4, "padding": 1},
    {"dilation": 3, "padding": 3},
    {"padding": "same"},
    {"padding": "same", "stride": 2},
    {"padding": "same", "stride": 3, "dilation": 2},
    {"padding": "valid", "stride": 2},
    {"padding": 2, "padding_mode": "reflect"},
    {"padding": 3, "padding_mode": "replicate", "stride": 2},
    {"padding": 2, "padding_mode": "circular", "dilation": 2},
)


def _conv_samples(rank: int) -> Iterator[Sample]:
    size = (7, 6, 5)[:rank] if rank < 3 else (5, 4, 5)
    taps = (3, 2, 2)[:rank]
    for options in GRID:
        yield sample({"x": (2, 3, *size), "w": (4, 3, *taps), "bias": (4,)}, **options)
    pairs = tuple((k % 2, 2) for k in range(rank))
    yield sample({"x": (2, 3, *size), "w": (4, 3, *taps)}, padding=pairs, stride=2)
    wide = tuple((3, 2 + 2 * k) for k in range(rank))
    yield sample({"x": (2, 4, *size), "w": (6, 2, *taps)}, padding=wide, dilation=3, groups=2)
    for groups in (2, 4):
        yield sample({"x": (2, 4, *size), "w": (4, 4 // groups, *taps)}, groups=groups, stride=2, padding=1)
    yield sample({"x": (1, 2, *size), "w": (6, 1, *taps)}, groups=2, dilation=2)
    # Two positions of three taps, two apart, read each of six entries once: p + 2r counts the axis.
    yield sample({"x": (1, 1, *(6,) * rank), "w": (2, 1, *(3,) * rank)}, dilation=2)
    yield sample({"x": (0, 3, *size), "w": (4, 3, *taps)})
    yield sample({"x": (2, 1) + (1,) * rank, "w": (1, 1) + (1,) * rank})
    yield sample({"x": (2, 3, *size), "w": (2, 3) + (1,) * rank}, stride=2)
    yield sample({"x": (1, 1) + (4,) * rank, "w": (1, 1) + (4,) * rank})


def _conv_bad(rank: int, *, transposed: bool = False) -> Iterator[Bad]:
    x, w = (2, 3) + (4,) * rank, (3, 3) + (3,) * rank
    yield bad("channels do not match", {"x": x, "w": (4, 4, *w[2:])})
    yield bad("groups must divide", {"x": x, "w": w}, groups=2)
    yield bad("a filter without taps", {"x": x, "w": (*w[:2], *(0,) * rank)})
    yield bad("stride does not fit", {"x": x, "w": w}, stride=0)
    yield bad("padding does not fit", {"x": x, "w": w}, padding="full")
    yield bad("no such padding mode", {"x": x, "w": w}, padding=1, padding_mode="mirror")
    yield bad("bias does not fit", {"x": x, "w": w, "bias": (5,)})
    yield bad("add a batch axis", {"x": x[1:], "w": w})
    if transposed:
        yield bad("output_padding too large", {"x": x, "w": w}, output_padding=1)
        yield bad("output would be empty", {"x": (2, 3) + (1,) * rank, "w": w}, padding=2)
    else:
        yield bad("output would be empty", {"x": x, "w": w}, dilation=2)


LINEAR = ("x+bias", "w+bias")


@operator(samples=_conv_samples(1), bad=_conv_bad(1), linear=LINEAR, source=SOURCE, onnx="Conv")
def conv1d(
    x: Value,
    w: Value,
    bias: Value | None = None,
    *,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> Value:
    """Cross-correlate sequences with filters: y[n,o,p] = Σ_{i,r} w[o,i,r] · x[n, i, p·σ + r·δ − π] + b[o].

    Shapes:  x (N,I,H), w (O,I/groups,R), bias (O,) or (O,P) -> y (N,O,P); see conv2d
    Raises:  ShapeError, ArgumentError
    """
    return body.conv("conv1d", 1, x, w, bias, stride, padding, dilation, groups, padding_mode)


@operator(samples=_conv_samples(2), bad=_conv_bad(2), linear=LINEAR, source=SOURCE, onnx="Conv")
def conv2d(
    x: Value,
    w: Value,
    bias: Value | None = None,
    *,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> Value:
    """Cross-correlate images with filters: slide the filter, do not flip it.

    y[n,o,p,q] = Σ_{i,r,s} w[o,i,r,s] · x[n, i, p·σ + r·δ − top, q·σ + s·δ − left] + b[o]

    padding       an integer, one per axis, a (low, high) pair per axis, "valid" (none), or "same": P = ceil(H/stride),
                  the odd row of padding at the bottom, also with stride > 1 (where PyTorch refuses)
    padding_mode  what reads outside x give: "zeros", "reflect", "replicate", "circular" (as `pad`, any width)
    groups        the channels in that many separate convolutions
    bias          (O,) tied or (O,P,Q) untied: one number per channel, or per channel and position

    Shapes:  x (N,I,H,W), w (O,I/groups,R,S) -> y (N,O,P,Q), P = (H + top + bottom − δ·(R−1) − 1) // σ + 1
    Edges:   rows that no window reaches have gradient 0
    Raises:  ShapeError, ArgumentError
    Source:  Dumoulin & Visin 2016, arXiv:1603.07285, relationship 15

    >>> import numpy as np
    >>> conv2d(np.arange(9.0).reshape(1, 1, 3, 3), np.ones((1, 1, 2, 2)))[0, 0]
    array([[ 8., 12.],
           [20., 24.]])
    """
    return body.conv("conv2d", 2, x, w, bias, stride, padding, dilation, groups, padding_mode)


@operator(samples=_conv_samples(3), bad=_conv_bad(3), linear=LINEAR, source=SOURCE, onnx="Conv")
def conv3d(
    x: Value,
    w: Value,
    bias: Value | None = None,
    *,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> Value:
    """Cross-correlate volumes with filters.

    y[n,o,z,p,q] = Σ_{i,t,r,s} w[o,i,t,r,s] · x[n, i, z·σ + t·δ − π, p·σ + r·δ − π, q·σ + s·δ − π] + b[o]

    Shapes:  x (N,I,D,H,W), w (O,I/groups,T,R,S) -> y (N,O,Z,P,Q); see conv2d
    Raises:  ShapeError, ArgumentError
    """
    return body.conv("conv3d", 3, x, w, bias, stride, padding, dilation, groups, padding_mode)


TRANSPOSED_GRID: tuple[dict[str, object], ...] = (
    {},
    {"stride": 2},
    {"stride": 2, "padding": 1},
    {"stride": 2, "padding": 1, "output_padding": 1},
    {"stride": 3, "output_padding": 2},
    {"stride": 4, "padding": 1, "output_padding": 1},
    {"dilation": 2, "padding": 1},
    {"stride": 2, "dilation": 3, "output_padding": 2},
    {"padding": "same", "stride": 2},
    {"padding": 1, "padding_mode": "reflect"},
    {"stride": 2, "padding": 1, "padding_mode": "replicate"},
    {"stride": 2, "dilation": 2, "padding_mode": "circular", "output_padding": 1},
)


def _transposed_samples(rank: int) -> Iterator[Sample]:
    size = (4, 3, 3)[:rank]
    taps = (3, 2, 2)[:rank]
    for options in TRANSPOSED_GRID:
        yield sample({"x": (2, 3, *size), "w": (3, 2, *taps), "bias": (2,)}, **options)
    yield sample({"x": (2, 3, *size), "w": (3, 2, *taps)}, padding=tuple((k % 2, 2) for k in range(rank)), stride=2)
    for groups in (2, 4):
        yield sample({"x": (2, 4, *size), "w": (4, 3, *taps)}, groups=groups, stride=2, padding=1)
    yield sample({"x": (0, 3, *size), "w": (3, 2, *taps)})
    yield sample({"x": (2, 1) + (1,) * rank, "w": (1, 1) + (1,) * rank})


@operator(
    samples=_transposed_samples(1),
    bad=_conv_bad(1, transposed=True),
    linear=LINEAR,
    source=SOURCE,
    onnx="ConvTranspose",
)
def conv_transpose1d(
    x: Value,
    w: Value,
    bias: Value | None = None,
    *,
    stride: Sizes = 1,
    padding: Padding = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
    padding_mode: str = "zeros",
) -> Value:
    """Spread every input entry over a window of the output.

    y[n,o,p] = Σ_{i,h,r : h·σ + r·δ − π = p} w[i,o,r] · x[n,i,h] + b[o]

    Shapes:  x (N,I,H), w (I,O/groups,R), bias (O,) or (O,P) -> y (N,O,P); see conv_transpose2d
    Raises:  ShapeError, ArgumentError
    """
    return body.conv_transpose(
        "conv_transpose1d", 1, x, w, bias, stride, padding, output_padding, groups, dilation, padding_mode
    )


@operator(
    samples=_transposed_samples(2),
    bad=_conv_bad(2, transposed=True),
    linear=LINEAR,
    source=SOURCE,
    onnx="ConvTranspose",
)
def conv_transpose2d(
    x: Value,
    w: Value,
    bias: Value | None = None,
    *,
    stride: Sizes = 1,
    padding: Padding = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
    padding_mode: str = "zeros",
) -> Value:
    """Spread every input entry over a window of the output: the adjoint of conv2d with the same options.

    y[n,o,p,q] = Σ w[i,o,r,s] · x[n,i,h,w] + b[o]   over i,h,w,r,s with h·σ + r·δ − top = p and w·σ + s·δ − left = q

    output_padding  rows added at the bottom and right; legal up to max(stride, dilation) − 1
    padding_mode    what reads outside x give, as in conv2d: the mode extends the input as far as any output reads
    padding         as in conv2d; "same" makes the output H·stride long

    Shapes:  x (N,I,H,W), w (I,O/groups,R,S), bias (O,) or (O,P,Q) -> y (N,O,P,Q),
             P = (H−1)·σ − top − bottom + δ·(R−1) + 1 + output_padding
    Raises:  ShapeError, ArgumentError
    Source:  Dumoulin & Visin 2016, arXiv:1603.07285, relationship 14
    """
    return body.conv_transpose(
        "conv_transpose2d", 2, x, w, bias, stride, padding, output_padding, groups, dilation, padding_mode
    )


@operator(
    samples=_transposed_samples(3),
    bad=_conv_bad(3, transposed=True),
    linear=LINEAR,
    source=SOURCE,
    onnx="ConvTranspose",
)
def conv_transpose3d(
    x: Value,
    w: Value,
    bias: Value | None = None,
    *,
    stride: Sizes = 1,
    padding: Padding = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
    padding_mode: str = "zeros",
) -> Value:
    """Spread every input entry over a window of the output: the adjoint of conv3d.

    Shapes:  x (N,I,D,H,W), w (I,O/groups,T,R,S), bias (O,) or (O,Z,P,Q) -> y (N,O,Z,P,Q); see conv_transpose2d
    Raises:  ShapeError, ArgumentError
    """
    return body.conv_transpose(
        "conv_transpose3d", 3, x, w, bias, stride, padding, output_padding, groups, dilation, padding_mode
    )


__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
]
