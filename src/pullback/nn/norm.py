"""Normalisation layers with PyTorch's arguments."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar

import numpy as np

from pullback.errors import ArgumentError, ShapeError, message
from pullback.nn import init
from pullback.nn.conv import check_count
from pullback.nn.module import Buffer, Module, Parameter
from pullback.ops import norms, reduce
from pullback.ops.apply import Value, shape_of
from pullback.ops.numbers import check_share
from pullback.ops.windows import plain


class _ChannelNorm(Module):
    """What the layers share that keep a weight, a bias and running statistics per channel."""

    ranks: ClassVar[dict[int, str]]
    weight: Any
    bias: Any
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return super().options() | {"bias": self.bias is not None or not self.affine}


class _BatchNorm(_ChannelNorm):
    """Normalise channels; see BatchNorm2d."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
    ) -> None:
        _set_up(self, num_features, eps, affine, bias)
        _track_statistics(self, momentum, track_running_stats)

    def forward(self, x: Value) -> Value:
        """Normalise by the batch's statistics in training mode (or where none are kept), else by the running ones."""
        _check_axes(self, x)
        if not self.training and self.track_running_stats:
            return norms.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        y, mean, var = norms.batch_norm_training(x, self.weight, self.bias, self.eps)
        if self.training and self.track_running_stats:
            _track(self, mean, var, prod(shape_of(x)) // self.num_features)
        return y


def _set_up(layer: Any, num_features: int, eps: float, affine: bool, bias: bool) -> None:
    """Check and keep what all layers of one weight and one bias per channel share.

    Raises: ArgumentError
    """
    name = type(layer).__name__
    check_count(name, num_features=num_features)
    norms.check_eps(name, eps)
    layer.num_features, layer.eps, layer.affine = plain(num_features), eps, affine
    layer.weight = Parameter(init.ones((layer.num_features,))) if affine else None
    layer.bias = Parameter(init.zeros((layer.num_features,))) if affine and bias else None


def _track_statistics(layer: Any, momentum: float | None, tracked: bool) -> None:
    """Give the layer buffers for running statistics, if it is to keep some.

    Raises: ArgumentError
    """
    if momentum is not None:
        check_share(type(layer).__name__, "momentum", momentum)
    layer.momentum, layer.track_running_stats = momentum, tracked
    if tracked:
        layer.running_mean = Buffer(init.zeros((layer.num_features,)))
        layer.running_var = Buffer(init.ones((layer.num_features,)))
        layer.num_batches_tracked = Buffer(np.zeros((), np.int64))


def _track(layer: Any, mean: Value, var: Value, count: int) -> None:
    """Move the running statistics towards a mean and a biased variance of `count` values."""
    batches = layer.num_batches_tracked + 1
    if layer.momentum is None:
        unbiased = var * (count / (count - 1))
        layer.running_mean = layer.running_mean + (mean - layer.running_mean) / batches
        layer.running_var = layer.running_var + (unbiased - layer.running_var) / batches
    else:
        layer.running_mean, layer.running_var = norms.running_statistics(
            layer.running_mean, layer.running_var, mean, var, count, layer.momentum
        )
    layer.num_batches_tracked = batches


def _check_axes(layer: Any, x: Value) -> None:
    """Refuse another number of axes than the layer's.

    Raises: ShapeError
    """
    shape, name = shape_of(x), type(layer).__name__
    if len(shape) in layer.ranks:
        return
    right = {rank: f"{name[:-2]}{max(rank - 2, 1)}d" for rank in (3, 4, 5)}.get(len(shape), "")
    title = f"{name}: x needs {' or '.join(map(str, layer.ranks))} axes"
    need = " or ".join(f"({axes})" for axes in layer.ranks.values())
    raise ShapeError(message(title, got=f"x {shape}", need=need, fix=f"{right} for {len(shape)} axes" if right else ""))


class BatchNorm1d(_BatchNorm):
    """Normalise the channels of (N,C) or (N,C,H); see BatchNorm2d."""

    ranks: ClassVar = {2: "N,C", 3: "N,C,H"}


class BatchNorm2d(_BatchNorm):
    """Normalise channels: y[n,o,p,q] = (x[n,o,p,q] − mean[o]) / √(var[o] + eps) · weight[o] + bias[o].

    In training mode mean and (biased) variance are the batch's, over n, p and q, and the running ones move towards
    them: running ← (1 − momentum) · running + momentum · batch, with the unbiased variance. In evaluation mode the
    running ones are used.

    momentum             None averages all batches alike
    affine, bias         whether there is a weight; and beside it a bias
    track_running_stats  False: the batch's statistics in both modes

    Shapes:  x (N,C,H,W) -> like x
    Raises:  ArgumentError, and when called ShapeError
    Source:  Ioffe & Szegedy 2015, arXiv:1502.03167
    """

    ranks: ClassVar = {4: "N,C,H,W"}


class BatchNorm3d(_BatchNorm):
    """Normalise the channels of (N,C,D,H,W); see BatchNorm2d."""

    ranks: ClassVar = {5: "N,C,D,H,W"}


class LayerNorm(Module):
    """Normalise each sample over its last axes: y = (x − mean) / √(var + eps) · weight + bias.

    normalized_shape  the sizes of the last axes

    Source:  Ba, Kiros & Hinton 2016, arXiv:1607.06450
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        sizes = norms.last_sizes("LayerNorm", normalized_shape, least=1)
        norms.check_eps("LayerNorm", eps)
        self.normalized_shape, self.eps, self.elementwise_affine = sizes, eps, elementwise_affine
        self.weight = Parameter(init.ones(sizes)) if elementwise_affine else None
        self.bias = Parameter(init.zeros(sizes)) if elementwise_affine and bias else None

    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return super().options() | {"bias": self.bias is not None or not self.elementwise_affine}

    def forward(self, x: Value) -> Value:
        """Normalise."""
        return norms.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)


class GroupNorm(Module):
    """Normalise each sample over groups of neighbouring channels and all positions.

    Shapes:  x (N,C,…) -> like x; num_groups divides C = num_channels
    Raises:  ArgumentError, and when called ShapeError
    Source:  Wu & He 2018, arXiv:1803.08494
    """

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, *, bias: bool = True
    ) -> None:
        check_count("GroupNorm", num_groups=num_groups, num_channels=num_channels)
        norms.check_eps("GroupNorm", eps)
        if num_channels % num_groups:
            got = f"num_groups={num_groups}, num_channels={num_channels}"
            raise ArgumentError(message("GroupNorm: groups must divide the channels", got=got))
        self.num_groups, self.num_channels, self.eps, self.affine = plain(num_groups), plain(num_channels), eps, affine
        self.weight = Parameter(init.ones((self.num_channels,))) if affine else None
        self.bias = Parameter(init.zeros((self.num_channels,))) if affine and bias else None

    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return super().options() | {"bias": self.bias is not None or not self.affine}

    def forward(self, x: Value) -> Value:
        """Normalise."""
        return norms.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)


class InstanceNorm(Module):
    """Normalise each channel of each sample over its positions; of any number of axes, in both modes alike.

    Shapes:  x (N,C,…) -> like x
    Source:  Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022
    """

    def __init__(self, num_features: int, eps: float = 1e-5, affine: bool = False) -> None:
        _set_up(self, num_features, eps, affine, bias=True)

    def forward(self, x: Value) -> Value:
        """Normalise."""
        return norms.instance_norm(x, self.weight, self.bias, self.eps)


class _InstanceNormNd(_ChannelNorm):
    """Normalise every plane by its own statistics; see InstanceNorm2d."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        bias: bool = True,
    ) -> None:
        _set_up(self, num_features, eps, affine, bias)
        _track_statistics(self, momentum, track_running_stats)

    def forward(self, x: Value) -> Value:
        """Normalise by each plane's statistics; by the running ones in evaluation mode, where some are kept."""
        _check_axes(self, x)
        if self.track_running_stats and not self.training:
            return norms.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        y = norms.instance_norm(x, self.weight, self.bias, self.eps)
        if self.track_running_stats:
            axes = tuple(range(2, len(shape_of(x))))
            mean, var = reduce.mean(reduce.mean(x, axes), 0), reduce.mean(reduce.var(x, axes), 0)
            _track(self, mean, var, prod(shape_of(x)[2:]))
        return y


class InstanceNorm1d(_InstanceNormNd):
    """Normalise every channel of every sequence (N,C,H) by its own statistics; see InstanceNorm2d."""

    ranks: ClassVar = {3: "N,C,H"}


class InstanceNorm2d(_InstanceNormNd):
    """Normalise every plane: y[n,o,p,q] = (x[n,o,p,q] − mean[n,o]) / √(var[n,o] + eps) · weight[o] + bias[o].

    track_running_stats  keep the mean over the batch of these statistics, as BatchNorm2d does, and normalise by it in
                         evaluation mode
    affine, bias         whether there is a weight; and beside it a bias

    Shapes:  x (N,C,H,W) -> like x
    Raises:  ArgumentError, and when called ShapeError
    Source:  Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022
    """

    ranks: ClassVar = {4: "N,C,H,W"}


class InstanceNorm3d(_InstanceNormNd):
    """Normalise every channel of every volume (N,C,D,H,W) by its own statistics; see InstanceNorm2d."""

    ranks: ClassVar = {5: "N,C,D,H,W"}
