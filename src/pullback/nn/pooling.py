"""Pooling layers of 1, 2 and 3 axes with PyTorch's arguments. The stride defaults to the kernel size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from pullback.nn.module import Module
from pullback.ops import pools
from pullback.ops.apply import Value
from pullback.ops.pool import adaptive_sizes, check_divisor, check_norm
from pullback.ops.windows import Padding, Sizes, check_windows, per_axis, plain


def _check_kernel(layer: Any) -> None:
    """Check the windows' size and stride.

    Raises: ArgumentError
    """
    per_axis(type(layer).__name__, "kernel_size", layer.kernel_size, layer.rank, 1)
    if layer.stride is not None:
        per_axis(type(layer).__name__, "stride", layer.stride, layer.rank, 1)


def _check_windows(layer: Any, dilation: Sizes = 1) -> None:
    _check_kernel(layer)
    check_windows(type(layer).__name__, layer.rank, 1, layer.padding, dilation)


class _MaxPoolNd(Module):
    """Take the largest entry of every window; see MaxPool2d."""

    rank: ClassVar[int]

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Padding = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size, self.stride, self.padding = plain((kernel_size, stride, padding))
        self.dilation, self.return_indices, self.ceil_mode = plain(dilation), return_indices, ceil_mode
        _check_windows(self, self.dilation)

    def forward(self, x: Value) -> Any:
        """Pool; with return_indices give the switches too."""
        op = (pools.max_pool1d, pools.max_pool2d, pools.max_pool3d)[self.rank - 1]
        return op(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)


class MaxPool1d(_MaxPoolNd):
    """Take the largest entry of every window of a sequence; see MaxPool2d."""

    rank = 1


class MaxPool2d(_MaxPoolNd):
    """Take the largest entry of every window: y[n,o,p,q] = max_{r,s} x[n, o, p·σ + r·δ − π, q·σ + s·δ − π].

    return_indices  give (y, switches): the winner's row-major position h·W + w in its plane

    Ties:    the first in row-major order wins
    Raises:  ArgumentError, and when called ShapeError
    """

    rank = 2


class MaxPool3d(_MaxPoolNd):
    """Take the largest entry of every window of a volume; see MaxPool2d."""

    rank = 3


class _MaxUnpoolNd(Module):
    """Put every value where its switch points; see MaxUnpool2d."""

    rank: ClassVar[int]

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        self.kernel_size, self.stride, self.padding = plain((kernel_size, stride, padding))
        _check_kernel(self)
        per_axis(type(self).__name__, "padding", padding, self.rank, 0)

    def forward(self, x: Value, indices: Value, output_size: Sequence[int] | None = None) -> Value:
        """Unpool x by the switches that the pooling layer gave."""
        op = (pools.max_unpool1d, pools.max_unpool2d, pools.max_unpool3d)[self.rank - 1]
        return op(x, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool1d(_MaxUnpoolNd):
    """Put every value of a sequence where its switch points; see MaxUnpool2d."""

    rank = 1


class MaxUnpool2d(_MaxUnpoolNd):
    """Put every value where its switch points and 0 elsewhere; values that meet are added.

    Called as layer(x, switches, output_size=None), where the size defaults to (P−1)·stride − 2·padding + kernel_size.

    Raises:  ArgumentError, and when called ShapeError
    """

    rank = 2


class MaxUnpool3d(_MaxUnpoolNd):
    """Put every value of a volume where its switch points; see MaxUnpool2d."""

    rank = 3


class _AvgPoolNd(Module):
    """Average every window; see AvgPool2d."""

    rank: ClassVar[int]

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Padding = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        self.kernel_size, self.stride, self.padding = plain((kernel_size, stride, padding))
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad
        self.divisor_override = plain(divisor_override)
        _check_windows(self)
        check_divisor(type(self).__name__, self.divisor_override)

    def forward(self, x: Value) -> Value:
        """Pool."""
        op = (pools.avg_pool1d, pools.avg_pool2d, pools.avg_pool3d)[self.rank - 1]
        more = (self.ceil_mode, self.count_include_pad, self.divisor_override)
        return op(x, self.kernel_size, self.stride, self.padding, *more)


class AvgPool1d(_AvgPoolNd):
    """Average every window of a sequence; see AvgPool2d."""

    rank = 1


class AvgPool2d(_AvgPoolNd):
    """Average every window: y[n,o,p,q] = 1/c · Σ_{r,s} x[n, o, p·σ + r − π, q·σ + s − π].

    count_include_pad  whether padding counts in c;  divisor_override  c itself

    Raises:  ArgumentError, and when called ShapeError
    """

    rank = 2


class AvgPool3d(_AvgPoolNd):
    """Average every window of a volume; see AvgPool2d."""

    rank = 3


class _LPPoolNd(Module):
    """Take the p-norm of every window; see LPPool2d."""

    rank: ClassVar[int]

    def __init__(
        self, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
    ) -> None:
        self.norm_type, self.ceil_mode = plain(norm_type), ceil_mode
        self.kernel_size, self.stride = plain((kernel_size, stride))
        check_norm(type(self).__name__, norm_type)
        _check_kernel(self)

    def forward(self, x: Value) -> Value:
        """Pool."""
        op = (pools.lp_pool1d, pools.lp_pool2d, pools.lp_pool3d)[self.rank - 1]
        return op(x, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool1d(_LPPoolNd):
    """Take the p-norm of every window of a sequence; see LPPool2d."""

    rank = 1


class LPPool2d(_LPPoolNd):
    """Take the p-norm of every window: y = (Σ_{r,s} |x|^norm_type)^(1/norm_type).

    The absolute value is taken, as in ONNX; PyTorch takes none. With ceil_mode, a window that is cut off at the border
    is the norm of what it covers; PyTorch scales that up.

    Raises:  ArgumentError, and when called ShapeError
    """

    rank = 2


class LPPool3d(_LPPoolNd):
    """Take the p-norm of every window of a volume; see LPPool2d."""

    rank = 3


class _AdaptivePoolNd(Module):
    """Pool to a given size; see AdaptiveAvgPool2d."""

    rank: ClassVar[int]

    def __init__(self, output_size: int | Sequence[int | None]) -> None:
        self.output_size = plain(output_size)
        adaptive_sizes(type(self).__name__, self.rank, self.output_size)


class _AdaptiveAvgPoolNd(_AdaptivePoolNd):
    """Average to a given size; see AdaptiveAvgPool2d."""

    def forward(self, x: Value) -> Value:
        """Pool."""
        op = (pools.adaptive_avg_pool1d, pools.adaptive_avg_pool2d, pools.adaptive_avg_pool3d)[self.rank - 1]
        return op(x, self.output_size)


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """Average a sequence to a given length; see AdaptiveAvgPool2d."""

    rank = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """Average over windows that divide the plane: window p covers rows ⌊p·H/P⌋ .. ⌈(p+1)·H/P⌉ − 1.

    output_size  (P, Q), or one number for both; None keeps an axis

    Raises:  ArgumentError, and when called ShapeError
    """

    rank = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """Average a volume to a given size; see AdaptiveAvgPool2d."""

    rank = 3


class _AdaptiveMaxPoolNd(_AdaptivePoolNd):
    """Take maxima to a given size; see AdaptiveMaxPool2d."""

    def __init__(self, output_size: int | Sequence[int | None], return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, x: Value) -> Any:
        """Pool; with return_indices give the switches too."""
        op = (pools.adaptive_max_pool1d, pools.adaptive_max_pool2d, pools.adaptive_max_pool3d)[self.rank - 1]
        return op(x, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """Take maxima of a sequence to a given length; see AdaptiveMaxPool2d."""

    rank = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """Take the largest entry of windows that divide the plane, as in AdaptiveAvgPool2d.

    return_indices  give (y, switches): the winner's row-major position h·W + w in its plane
    """

    rank = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """Take maxima of a volume to a given size; see AdaptiveMaxPool2d."""

    rank = 3


class GlobalAvgPool(Module):
    """Average every plane: (N,C,H,…) -> (N,C,1,…)."""

    def forward(self, x: Value) -> Value:
        """Pool."""
        return pools.global_avg_pool(x)


class GlobalMaxPool(Module):
    """Take the largest entry of every plane: (N,C,H,…) -> (N,C,1,…). Ties: the first in row-major order."""

    def forward(self, x: Value) -> Value:
        """Pool."""
        return pools.global_max_pool(x)
