"""Convolution layers of 1, 2 and 3 axes, plain, transposed and locally connected, with PyTorch's arguments.

Weights and biases start as in PyTorch: U(−1/√fan_in, 1/√fan_in), fan_in = the channels times the taps behind one output
(for transposed convolutions PyTorch counts the output's channels; so do we).
"""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar, Literal, TypeAlias

from pullback.errors import ArgumentError, message
from pullback.nn import init
from pullback.nn.module import Module, Parameter
from pullback.ops import convs, locally
from pullback.ops.apply import Value, is_whole
from pullback.ops.conv import check_groups, output_paddings
from pullback.ops.padding import check_mode
from pullback.ops.windows import Padding, Sizes, axis_letters, check_windows, per_axis, plain, sliding_windows

BiasKind: TypeAlias = bool | Literal["tied", "untied"] | None


def check_count(layer: str, **counts: int) -> None:
    """Numbers of channels or features are integers from 1.

    Raises: ArgumentError
    """
    for name, n in counts.items():
        if not is_whole(n, 1):
            raise ArgumentError(message(f"{layer}: {name} does not fit", got=f"{name}={n!r}", need="an integer >= 1"))


class _Convolution(Module):
    """What convolution layers share: weight, bias and geometry."""

    rank: ClassVar[int]
    transposed: ClassVar[bool] = False

    in_channels: int
    out_channels: int
    kernel_size: Sizes
    stride: Sizes
    padding: Padding
    dilation: Sizes
    groups: int
    padding_mode: str
    output_size: Sizes | None
    weight: Any
    bias: Any

    def _set_up(self, bias: BiasKind) -> None:
        name = type(self).__name__
        check_count(name, in_channels=self.in_channels, out_channels=self.out_channels)
        check_groups(name, self.groups, in_channels=self.in_channels, out_channels=self.out_channels)
        check_windows(name, self.rank, self.stride, self.padding, self.dilation)
        check_mode(name, self.padding_mode)
        taps = per_axis(name, "kernel_size", self.kernel_size, self.rank, 1)
        first, second = self.out_channels, self.in_channels
        if self.transposed:
            first, second = second, first
        shape = (first, second // self.groups, *taps)
        fan_in = init.fans(shape)[0]
        self.weight = Parameter(init.fan_in_uniform(shape, fan_in))
        self.bias = _new_bias(self, bias, self.out_channels, self.output_size, fan_in)

    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        bias = _bias_option(self)
        size = self.output_size if bias == "untied" else None
        return super().options() | {"bias": bias, "output_size": size}


def _new_bias(layer: Any, kind: BiasKind, channels: int, output_size: Sizes | None, fan_in: int) -> Parameter | None:
    """The bias of a layer: none, one number per channel, or one per channel and position."""
    name = type(layer).__name__
    if kind not in (True, False, None, "tied", "untied"):
        need = 'True or "tied", "untied", False or None'
        raise ArgumentError(message(f"{name}: no such bias", got=f"bias={kind!r}", need=need))
    if kind == "untied" and output_size is None:
        axes = ", ".join(k.upper() for k in axis_letters("zpq", layer.rank))
        got = 'bias="untied", output_size=None'
        fix = f"output_size=({axes}), the size of the layer's output"
        raise ArgumentError(message(f"{name}: an untied bias needs to know its positions", got=got, fix=fix))
    if kind != "untied" and output_size is not None:
        got, fix = f"bias={kind!r}, output_size={output_size!r}", 'bias="untied", or no output_size'
        raise ArgumentError(message(f"{name}: only an untied bias has an output_size", got=got, fix=fix))
    if not kind:
        return None
    positions = per_axis(name, "output_size", output_size or 1, layer.rank, 1) if kind == "untied" else ()
    return Parameter(init.fan_in_uniform((channels, *positions), fan_in))


def _bias_option(layer: Any) -> BiasKind:
    if layer.bias is None:
        return False
    return "untied" if layer.bias.ndim > 1 else True


class _ConvNd(_Convolution):
    """Cross-correlate with filters; see Conv2d."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: BiasKind = True,
        padding_mode: str = "zeros",
        *,
        output_size: Sizes | None = None,
    ) -> None:
        self.in_channels, self.out_channels, self.groups = plain((in_channels, out_channels, groups))
        self.kernel_size, self.stride, self.padding, self.dilation = plain((kernel_size, stride, padding, dilation))
        self.padding_mode, self.output_size = padding_mode, plain(output_size)
        self._set_up(bias)

    def forward(self, x: Value) -> Value:
        """Cross-correlate x with the filters."""
        op = (convs.conv1d, convs.conv2d, convs.conv3d)[self.rank - 1]
        return op(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            padding_mode=self.padding_mode,
        )


class Conv1d(_ConvNd):
    """Cross-correlate sequences with filters; see Conv2d."""

    rank = 1


class Conv2d(_ConvNd):
    """Cross-correlate images with filters.

    y[n,o,p,q] = Σ_{i,r,s} w[o,i,r,s] · x[n, i, p·σ + r·δ − π, q·σ + s·δ − π] + b[o]

    padding      an integer, one per axis, a (before, after) pair per axis, "same" or "valid"
    bias         True or "tied": b[o]; "untied": b[o,p,q], which needs `output_size`; False or None: no bias
    output_size  (P, Q), the positions of an untied bias, and for no other

    Shapes:  x (N,I,H,W), weight (O,I/groups,R,S) -> (N,O,P,Q)
    Raises:  ArgumentError, and when called ShapeError

    >>> from pullback import nn
    >>> nn.Conv2d(3, 8, 3, padding=1)
    Conv2d(3, 8, 3, padding=1)
    """

    rank = 2


class Conv3d(_ConvNd):
    """Cross-correlate volumes with filters; see Conv2d."""

    rank = 3


class _ConvTransposeNd(_Convolution):
    """Spread every input entry over a window of the output; see ConvTranspose2d."""

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: BiasKind = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        *,
        output_size: Sizes | None = None,
    ) -> None:
        self.in_channels, self.out_channels, self.groups = plain((in_channels, out_channels, groups))
        self.kernel_size, self.stride, self.padding, self.dilation = plain((kernel_size, stride, padding, dilation))
        self.output_padding, self.padding_mode, self.output_size = (
            plain(output_padding),
            padding_mode,
            plain(output_size),
        )
        self._set_up(bias)
        name = type(self).__name__
        strides, dilations = (per_axis(name, "", v, self.rank, 1) for v in (self.stride, self.dilation))
        output_paddings(name, self.output_padding, strides, dilations)

    def forward(self, x: Value) -> Value:
        """Spread x by the filters."""
        op = (convs.conv_transpose1d, convs.conv_transpose2d, convs.conv_transpose3d)[self.rank - 1]
        return op(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            output_padding=self.output_padding,
            groups=self.groups,
            dilation=self.dilation,
            padding_mode=self.padding_mode,
        )


class ConvTranspose1d(_ConvTransposeNd):
    """Spread every entry of a sequence over a window of the output; see ConvTranspose2d."""

    rank = 1


class ConvTranspose2d(_ConvTransposeNd):
    """Spread every input entry over a window of the output: the adjoint of a convolution with the same options.

    y[n,o,p,q] = Σ w[i,o,r,s] · x[n,i,h,w] + b[o]   over i,h,w,r,s with h·σ + r·δ − top = p and w·σ + s·δ − left = q

    output_padding  rows added at the bottom and right, less than max(stride, dilation)
    bias            as in Conv2d

    Shapes:  x (N,I,H,W), weight (I,O/groups,R,S) -> (N,O,P,Q),
             P = (H−1)·σ − top − bottom + δ·(R−1) + 1 + output_padding
    Raises:  ArgumentError, and when called ShapeError
    """

    rank = 2


class ConvTranspose3d(_ConvTransposeNd):
    """Spread every entry of a volume over a window of the output; see ConvTranspose2d."""

    rank = 3


class _LocallyConnectedNd(Module):
    """Apply a filter of its own at every output position; see LocallyConnected2d."""

    rank: ClassVar[int]
    weight: Any
    bias: Any

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        input_size: Sizes,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        bias: BiasKind = True,
    ) -> None:
        name = type(self).__name__
        check_count(name, in_channels=in_channels, out_channels=out_channels)
        self.in_channels, self.out_channels, self.input_size = plain((in_channels, out_channels, input_size))
        self.kernel_size, self.stride, self.padding, self.dilation = plain((kernel_size, stride, padding, dilation))
        sizes = per_axis(name, "input_size", input_size, self.rank, 1)
        taps = per_axis(name, "kernel_size", kernel_size, self.rank, 1)
        positions = tuple(w.out for w in sliding_windows(name, sizes, taps, stride, padding, dilation))
        fan_in = self.in_channels * prod(taps)
        shape = (self.out_channels, *positions, self.in_channels, *taps)
        self.weight = Parameter(init.fan_in_uniform(shape, fan_in))
        size = positions if bias == "untied" else None
        self.bias = _new_bias(self, bias, self.out_channels, size, fan_in)

    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return super().options() | {"bias": _bias_option(self)}

    def forward(self, x: Value) -> Value:
        """Apply every position's filter."""
        op = (locally.locally_connected1d, locally.locally_connected2d, locally.locally_connected3d)[self.rank - 1]
        return op(x, self.weight, self.bias, stride=self.stride, padding=self.padding, dilation=self.dilation)


class LocallyConnected1d(_LocallyConnectedNd):
    """Apply a filter of its own at every position of a sequence; see LocallyConnected2d."""

    rank = 1


class LocallyConnected2d(_LocallyConnectedNd):
    """Apply a filter of its own at every output position: a convolution without shared weights.

    y[n,o,p,q] = Σ_{i,r,s} w[o,p,q,i,r,s] · x[n, i, p·σ + r·δ − π, q·σ + s·δ − π] + b

    input_size  (H, W), the spatial size of the input, which fixes the output positions
    bias        True or "tied": b[o]; "untied": b[o,p,q]; False or None: no bias

    Shapes:  x (N,I,H,W), weight (O,P,Q,I,R,S) -> (N,O,P,Q)
    Raises:  ArgumentError, ShapeError
    Source:  LeCun 1989, "Generalization and network design strategies"
    """

    rank = 2


class LocallyConnected3d(_LocallyConnectedNd):
    """Apply a filter of its own at every position of a volume; see LocallyConnected2d."""

    rank = 3
