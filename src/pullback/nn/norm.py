"""Normalisation layers with PyTorch's arguments."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar

import numpy as np

from pullback.errors import ArgumentError, message
from pullback.nn import init
from pullback.nn.conv import check_count
from pullback.nn.module import Buffer, Module, Parameter
from pullback.ops import norms
from pullback.ops.apply import Value, check_rank, shape_of


class _BatchNorm(Module):
    """Normalise channels; see BatchNorm2d."""

    ranks: ClassVar[dict[int, str]]
    weight: Any
    bias: Any
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ) -> None:
        check_count(type(self).__name__, num_features=num_features)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = Parameter(init.ones((num_features,))) if affine else None
        self.bias = Parameter(init.zeros((num_features,))) if affine else None
        if track_running_stats:
            self.running_mean = Buffer(init.zeros((num_features,)))
            self.running_var = Buffer(init.ones((num_features,)))
            self.num_batches_tracked = Buffer(np.zeros((), np.int64))

    def forward(self, x: Value) -> Value:
        """Normalise by the batch's statistics in training mode (or where none are kept), else by the running ones."""
        rank = len(shape_of(x))
        if rank not in self.ranks:
            least = min(self.ranks)
            check_rank(type(self).__name__, "x", x, least, self.ranks[least])
        if not self.training and self.track_running_stats:
            return norms.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        y, mean, var = norms.batch_norm_training(x, self.weight, self.bias, self.eps)
        if self.training and self.track_running_stats:
            self._track(mean, var, prod(shape_of(x)) // self.num_features)
        return y

    def _track(self, mean: Value, var: Value, count: int) -> None:
        batches = self.num_batches_tracked + 1
        if self.momentum is None:
            unbiased = var * (count / (count - 1))
            self.running_mean = self.running_mean + (mean - self.running_mean) / batches
            self.running_var = self.running_var + (unbiased - self.running_var) / batches
        else:
            self.running_mean, self.running_var = norms.running_statistics(
                self.running_mean, self.running_var, mean, var, count, self.momentum
            )
        self.num_batches_tracked = batches


class BatchNorm1d(_BatchNorm):
    """Normalise the channels of (N,C) or (N,C,H); see BatchNorm2d."""

    ranks: ClassVar = {2: "N,C", 3: "N,C,H"}


class BatchNorm2d(_BatchNorm):
    """Normalise channels: y[n,o,p,q] = (x[n,o,p,q] − mean[o]) / √(var[o] + eps) · weight[o] + bias[o].

    In training mode mean and (biased) variance are the batch's, over n, p and q, and the running ones move towards
    them: running ← (1 − momentum) · running + momentum · batch, with the unbiased variance. In evaluation mode the
    running ones are used.

    momentum             None averages all batches alike
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
        sizes = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        for n in sizes:
            check_count("LayerNorm", normalized_shape=n)
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

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True) -> None:
        check_count("GroupNorm", num_groups=num_groups, num_channels=num_channels)
        if num_channels % num_groups:
            got = f"num_groups={num_groups}, num_channels={num_channels}"
            raise ArgumentError(message("GroupNorm: groups must divide the channels", got=got))
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self.weight = Parameter(init.ones((num_channels,))) if affine else None
        self.bias = Parameter(init.zeros((num_channels,))) if affine else None

    def forward(self, x: Value) -> Value:
        """Normalise."""
        return norms.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)


class InstanceNorm(Module):
    """Normalise each channel of each sample over its positions; of any number of axes, in both modes alike.

    Shapes:  x (N,C,…) -> like x
    Source:  Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022
    """

    def __init__(self, num_features: int, eps: float = 1e-5, affine: bool = False) -> None:
        check_count(type(self).__name__, num_features=num_features)
        self.num_features, self.eps, self.affine = num_features, eps, affine
        self.weight = Parameter(init.ones((num_features,))) if affine else None
        self.bias = Parameter(init.zeros((num_features,))) if affine else None

    def forward(self, x: Value) -> Value:
        """Normalise."""
        return norms.instance_norm(x, self.weight, self.bias, self.eps)
