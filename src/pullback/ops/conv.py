"""Convolutions: one trilinear sum of output cotangent, filter and input, read with another array left out each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import Affine, Ref, Sum, letters
from pullback.ops.apply import Value, apply, check_rank, is_whole, shape_of
from pullback.ops.bias import add_bias
from pullback.ops.padding import check_mode, fold_back, pad
from pullback.ops.windows import (
    OUT,
    POSITION,
    TAP,
    Padding,
    Sizes,
    Window,
    axis_letters,
    check_taps,
    pad_pairs,
    per_axis,
    size_names,
    sliding_windows,
)

Widths: TypeAlias = tuple[tuple[int, int], ...]
"""A (before, after) pair per axis."""


@dataclass(frozen=True)
class ConvShapes:
    """The sizes of one convolution: batch N, groups G, channels I -> O, one window per axis."""

    batch: int
    groups: int
    inputs: int
    outputs: int
    windows: tuple[Window, ...]

    @property
    def x(self) -> tuple[int, ...]:
        """The input's shape."""
        return (self.batch, self.inputs, *(w.size for w in self.windows))

    @property
    def w(self) -> tuple[int, ...]:
        """The filter's shape."""
        return (self.outputs, self.inputs // self.groups, *(w.kernel for w in self.windows))

    @property
    def y(self) -> tuple[int, ...]:
        """The output's shape."""
        return (self.batch, self.outputs, *(w.out for w in self.windows))


def conv_sum(s: ConvShapes) -> Sum:
    """Declare the cross-correlation of 1, 2 or 3 axes.

    y[n,o,p,q] = Σ_{i,r,s} w[o,i,r,s] · x[n, i, p·σ + r·δ − π, q·σ + s·δ − π];
    with G groups, o and i count within a group: y[n, g·O/G + o, …], w[g·O/G + o, i, …], x[n, g·I/G + i, …].
    """
    rank = len(s.windows)
    out_names, tap_names = axis_letters(OUT, rank), axis_letters(TAP, rank)
    n, g, o, i = letters("n g o i")
    ps, rs = letters(" ".join(out_names)), letters(" ".join(tap_names))
    if s.groups == 1:
        g = Affine()
    outputs, inputs = s.outputs // s.groups, s.inputs // s.groups
    sizes = [("n", s.batch), *([("g", s.groups)] if s.groups > 1 else []), ("o", outputs), ("i", inputs)]
    sizes += [(k, w.out) for k, w in zip(out_names, s.windows, strict=True)]
    sizes += [(k, w.kernel) for k, w in zip(tap_names, s.windows, strict=True)]
    channel = g * outputs + o
    reads = tuple(w.reads(p, r) for w, p, r in zip(s.windows, ps, rs, strict=True))
    return Sum(
        out=Ref("y", (n, channel, *ps), s.y),
        factors=(Ref("w", (channel, i, *rs), s.w), Ref("x", (n, g * inputs + i, *reads), s.x)),
        sizes=tuple(sizes),
    )


def check_groups(op: str, groups: int, **channels: int) -> int:
    """The number of groups, which must divide the channel counts.

    Raises: ArgumentError
    """
    listed = ", ".join(f"{name}={count}" for name, count in channels.items())
    if not is_whole(groups, least=1) or any(c % groups for c in channels.values()):
        raise ArgumentError(
            message(
                f"{op}: groups must divide the channels",
                got=f"groups={groups!r}, {listed}",
                need="a whole number that divides every channel count",
            )
        )
    return int(groups)


def conv(
    op: str,
    rank: int,
    x: Value,
    w: Value,
    bias: Value | None,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
    padding_mode: str,
) -> Value:
    """Cross-correlate over `rank` axes (the body of conv1d, conv2d and conv3d)."""
    x_shape, w_shape = _check_operands(op, rank, x, w)
    groups = check_groups(op, groups, I=x_shape[1], O=w_shape[0])
    if x_shape[1] != w_shape[1] * groups:
        raise ShapeError(
            message(
                f"{op}: channels do not match",
                got=f"x {x_shape} has I={x_shape[1]}, w {w_shape} has I/groups={w_shape[1]}, groups={groups}",
                need="x.shape[1] == w.shape[1] * groups",
            )
        )
    windows = sliding_windows(op, x_shape[2:], w_shape[2:], stride, padding, dilation)
    if widths := _extension_by_mode(op, windows, padding_mode):
        x = pad(x, widths, padding_mode)
        x_shape = shape_of(x)
        windows = sliding_windows(op, x_shape[2:], w_shape[2:], stride, "valid", dilation)
    shapes = ConvShapes(x_shape[0], groups, x_shape[1], w_shape[0], windows)
    return add_bias(apply(conv_sum(shapes), w, x), bias)


def _check_operands(op: str, rank: int, x: Value, w: Value) -> tuple[tuple[int, ...], tuple[int, ...]]:
    axes = size_names(POSITION, rank)
    taps = size_names(TAP, rank)
    return check_rank(op, "x", x, rank + 2, f"N,I,{axes}"), check_rank(op, "w", w, rank + 2, f"O,I/groups,{taps}")


def conv_input_gradient(
    op: str,
    rank: int,
    y_bar: Value,
    w: Value,
    input_size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
    padding_mode: str,
) -> Value:
    """x̄ of a convolution whose input had the spatial `input_size`: its sum with x left out."""
    axes, taps = size_names(OUT, rank), size_names(TAP, rank)
    y_shape = check_rank(op, "y_bar", y_bar, rank + 2, f"N,O,{axes}")
    w_shape = check_rank(op, "w", w, rank + 2, f"O,I/groups,{taps}")
    groups = check_groups(op, groups, O=w_shape[0])
    size = per_axis(op, "input_size", input_size, rank, 1)
    windows = sliding_windows(op, size, w_shape[2:], stride, padding, dilation)
    widths = _extension_by_mode(op, windows, padding_mode)
    if widths:
        windows = sliding_windows(op, _extended(size, widths), w_shape[2:], stride, "valid", dilation)
    shapes = ConvShapes(y_shape[0], groups, w_shape[1] * groups, w_shape[0], windows)
    _check_cotangent(op, y_shape, shapes)
    x_bar = apply(conv_sum(shapes).gradient("x")[0], y_bar, w)
    return fold_back(x_bar, (*shapes.x[:2], *size), widths, padding_mode) if widths else x_bar


def conv_filter_gradient(
    op: str,
    rank: int,
    x: Value,
    y_bar: Value,
    kernel_size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
    padding_mode: str,
) -> Value:
    """w̄ of a convolution with filters of the spatial size `kernel_size`: its sum with w left out."""
    axes, outs = size_names(POSITION, rank), size_names(OUT, rank)
    x_shape = check_rank(op, "x", x, rank + 2, f"N,I,{axes}")
    y_shape = check_rank(op, "y_bar", y_bar, rank + 2, f"N,O,{outs}")
    groups = check_groups(op, groups, I=x_shape[1], O=y_shape[1])
    kernel = per_axis(op, "kernel_size", kernel_size, rank, 1)
    windows = sliding_windows(op, x_shape[2:], kernel, stride, padding, dilation)
    widths = _extension_by_mode(op, windows, padding_mode)
    if widths:
        x = pad(x, widths, padding_mode)
        x_shape = shape_of(x)
        windows = sliding_windows(op, x_shape[2:], kernel, stride, "valid", dilation)
    shapes = ConvShapes(x_shape[0], groups, x_shape[1], y_shape[1], windows)
    _check_cotangent(op, y_shape, shapes)
    return apply(conv_sum(shapes).gradient("w")[0], y_bar, x)


def _extension_by_mode(op: str, windows: tuple[Window, ...], mode: str) -> Widths:
    """The widths by which a padding mode extends all axes of the input; none where reads outside it give 0."""
    if check_mode(op, mode) in ("zeros", "constant"):
        return ()
    return ((0, 0), (0, 0), *((a.low, a.high) for a in windows))


def _extended(size: tuple[int, ...], widths: Widths) -> tuple[int, ...]:
    return tuple(n + lo + hi for n, (lo, hi) in zip(size, widths[2:], strict=True))


def _check_cotangent(op: str, got: tuple[int, ...], shapes: ConvShapes) -> None:
    if got != shapes.y:
        raise ShapeError(
            message(f"{op}: the cotangent does not have the output's shape", got=f"y_bar {got}", need=f"{shapes.y}")
        )


@dataclass(frozen=True)
class Transposed:
    """The geometry of a transposed convolution: one window per axis of the convolution that it is the adjoint of."""

    windows: tuple[Window, ...]
    extended: tuple[tuple[int, int], ...]
    """How far the input is extended by its padding mode on either side."""


def conv_transpose(
    op: str,
    rank: int,
    x: Value,
    w: Value,
    bias: Value | None,
    stride: Sizes,
    padding: Padding,
    output_padding: Sizes,
    groups: int,
    dilation: Sizes,
    padding_mode: str,
) -> Value:
    """Spread every input entry over a window of the output (the body of conv_transpose1d, 2d and 3d)."""
    axes = size_names(POSITION, rank)
    taps = size_names(TAP, rank)
    x_shape = check_rank(op, "x", x, rank + 2, f"N,I,{axes}")
    w_shape = check_rank(op, "w", w, rank + 2, f"I,O/groups,{taps}")
    groups = check_groups(op, groups, I=x_shape[1])
    if x_shape[1] != w_shape[0]:
        raise ShapeError(
            message(f"{op}: channels do not match", got=f"x {x_shape}, w {w_shape}", need="x.shape[1] == w.shape[0]")
        )
    geometry = transposed_windows(op, x_shape[2:], w_shape[2:], stride, padding, output_padding, dilation, padding_mode)
    if any(map(any, geometry.extended)):
        x = pad(x, ((0, 0), (0, 0), *geometry.extended), padding_mode)
    shapes = ConvShapes(x_shape[0], groups, w_shape[1] * groups, w_shape[0], geometry.windows)
    return add_bias(apply(conv_transpose_sum(shapes), w, x), bias)


def conv_transpose_sum(s: ConvShapes) -> Sum:
    """The input gradient of the convolution `s`, under the names of its own: y[n,o,…] += w[i,o,r,s] · x[n,i,h,w]."""
    names = {"y": "x", "x": "y", "w": "w", "o": "i", "i": "o", "n": "n", "g": "g"}
    rank = len(s.windows)
    names |= dict(zip(axis_letters(OUT, rank), axis_letters("dhw", rank), strict=True))
    names |= {k: k for k in axis_letters(TAP, rank)}
    f = conv_sum(s)

    def renamed(r: Ref) -> Ref:
        at = tuple(Affine(tuple((names[k], c) for k, c in a.coefs), a.const) for a in r.at if isinstance(a, Affine))
        return Ref(names[r.array], at, r.shape)

    w, x = f.factors
    return Sum(renamed(x), (renamed(w), renamed(f.out)), tuple((names[k], n) for k, n in f.sizes))


def transposed_windows(
    op: str,
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: Sizes,
    padding: Padding,
    output_padding: Sizes,
    dilation: Sizes,
    mode: str,
) -> Transposed:
    """Output size (H−1)·σ − low − high + δ·(R−1) + 1 + output_padding, and how far the padding mode extends the input.

    Raises: ArgumentError, ShapeError
    """
    rank = len(sizes)
    check_taps(op, kernel)
    strides, dilations = per_axis(op, "stride", stride, rank, 1), per_axis(op, "dilation", dilation, rank, 1)
    extra = output_paddings(op, output_padding, strides, dilations)
    pairs = pad_pairs(op, _transposed_same(padding, strides, kernel, dilations, extra), [(1, 1, 1, 1)] * rank)
    check_mode(op, mode)
    windows, extended = [], []
    for n, k, s, d, e, (lo, hi) in zip(sizes, kernel, strides, dilations, extra, pairs, strict=True):
        size = (n - 1) * s - lo - hi + d * (k - 1) + 1 + e
        if size < 1:
            need = f"({n}-1)*{s} - {lo} - {hi} + {d}*({k}-1) + 1 + {e} >= 1, is {size}"
            raise ShapeError(message(f"{op}: output would be empty", got=f"size {n}", need=need, fix="less padding"))
        before, after = (0, 0) if mode in ("zeros", "constant") else _extension(n, k, s, d, lo, size)
        windows.append(Window(size, k, s, d, lo + before * s, hi, n + before + after))
        extended.append((before, after))
    return Transposed(tuple(windows), tuple(extended))


def output_paddings(
    op: str, output_padding: Sizes, strides: tuple[int, ...], dilations: tuple[int, ...]
) -> tuple[int, ...]:
    """The output padding of every axis, which is less than the stride or the dilation.

    Raises: ArgumentError
    """
    extra = per_axis(op, "output_padding", output_padding, len(strides), 0)
    for e, s, d in zip(extra, strides, dilations, strict=True):
        if e >= max(s, d):
            got, need = f"output_padding={e}", f"< max(stride={s}, dilation={d})"
            raise ArgumentError(message(f"{op}: output_padding too large", got=got, need=need))
    return extra


def _extension(n: int, k: int, s: int, d: int, low: int, size: int) -> tuple[int, int]:
    """How many input entries before and after the real ones some output position would read."""
    first = -((d * (k - 1) - low) // s)
    last = (size - 1 + low) // s
    return max(0, -first), max(0, last - (n - 1))


def _transposed_same(
    padding: Padding,
    strides: tuple[int, ...],
    kernel: tuple[int, ...],
    dilations: tuple[int, ...],
    extra: tuple[int, ...],
) -> Padding:
    """Translate "same", which here makes the output size · stride long."""
    if padding != "same":
        return padding
    totals = [max(d * (k - 1) + 1 - s + e, 0) for s, k, d, e in zip(strides, kernel, dilations, extra, strict=True)]
    return tuple((t // 2, t - t // 2) for t in totals)
