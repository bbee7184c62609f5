"""Padding layers, and upsampling by repetition. PyTorch's order of pads: the last axis first, (left, right, top, bottom)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from pullback.errors import ArgumentError, message
from pullback.nn.module import Module
from pullback.ops import padding as ops
from pullback.ops.apply import Value, check_rank, shape_of
from pullback.ops.shape import take_static
from pullback.ops.windows import per_axis


class _PadNd(Module):
    """Extend the spatial axes."""

    rank: ClassVar[int]
    mode: ClassVar[str]
    value: float = 0.0

    def __init__(self, padding: int | Sequence[int]) -> None:
        self.padding = padding
        self._check()

    def _check(self) -> None:
        padding, count = self.padding, 2 * self.rank
        values = [padding] * count if isinstance(padding, int) else list(padding)
        if len(values) != count or any(isinstance(v, bool) or not isinstance(v, int) for v in values):
            need = f"an integer, or {count} of them, the last axis first"
            title = f"{type(self).__name__}: padding does not fit"
            raise ArgumentError(message(title, got=f"padding={padding!r}", need=need))
        pairs = list(zip(values[::2], values[1::2], strict=True))
        self._widths = ((0, 0), (0, 0), *reversed(pairs))

    def forward(self, x: Value) -> Value:
        """Pad."""
        axes = ",".join("DHW"[-self.rank :]) if self.rank != 1 else "H"
        check_rank(type(self).__name__, "x", x, self.rank + 2, f"N,C,{axes}")
        return ops.pad(x, self._widths, self.mode, self.value)


class _ConstantPadNd(_PadNd):
    """Extend the spatial axes by a number."""

    mode = "constant"

    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        self.padding, self.value = padding, value
        self._check()


class ConstantPad1d(_ConstantPadNd):
    """Extend a sequence by a number; padding is (left, right), or one number for all."""

    rank = 1


class ConstantPad2d(_ConstantPadNd):
    """Extend an image by a number; padding is (left, right, top, bottom), or one number for all."""

    rank = 2


class ConstantPad3d(_ConstantPadNd):
    """Extend a volume by a number; padding is (left, right, top, bottom, front, back), or one number for all."""

    rank = 3


class ZeroPad1d(_PadNd):
    """Extend a sequence by zeros: 00 1234 00; padding is (left, right), or one number for all."""

    rank = 1
    mode = "constant"


class ZeroPad2d(_PadNd):
    """Extend an image by zeros: 00 1234 00; padding is (left, right, top, bottom), or one number for all."""

    rank = 2
    mode = "constant"


class ZeroPad3d(_PadNd):
    """Extend a volume by zeros: 00 1234 00; padding is (left, right, top, bottom, front, back), or one number for all."""

    rank = 3
    mode = "constant"


class ReflectionPad1d(_PadNd):
    """Extend a sequence by reflection at the border entry: 32 1234 32; padding is (left, right), or one number for all."""

    rank = 1
    mode = "reflect"


class ReflectionPad2d(_PadNd):
    """Extend an image by reflection at the border entry: 32 1234 32; padding is (left, right, top, bottom), or one number for all."""

    rank = 2
    mode = "reflect"


class ReflectionPad3d(_PadNd):
    """Extend a volume by reflection at the border entry: 32 1234 32; padding is (left, right, top, bottom, front, back), or one number for all."""

    rank = 3
    mode = "reflect"


class ReplicationPad1d(_PadNd):
    """Extend a sequence by repeating the border entry: 11 1234 44; padding is (left, right), or one number for all."""

    rank = 1
    mode = "replicate"


class ReplicationPad2d(_PadNd):
    """Extend an image by repeating the border entry: 11 1234 44; padding is (left, right, top, bottom), or one number for all."""

    rank = 2
    mode = "replicate"


class ReplicationPad3d(_PadNd):
    """Extend a volume by repeating the border entry: 11 1234 44; padding is (left, right, top, bottom, front, back), or one number for all."""

    rank = 3
    mode = "replicate"


class CircularPad1d(_PadNd):
    """Extend a sequence by going around: 34 1234 12; padding is (left, right), or one number for all."""

    rank = 1
    mode = "circular"


class CircularPad2d(_PadNd):
    """Extend an image by going around: 34 1234 12; padding is (left, right, top, bottom), or one number for all."""

    rank = 2
    mode = "circular"


class CircularPad3d(_PadNd):
    """Extend a volume by going around: 34 1234 12; padding is (left, right, top, bottom, front, back), or one number for all."""

    rank = 3
    mode = "circular"


class Upsample(Module):
    """Repeat every entry along the spatial axes: y[n,o,p,q] = x[n, o, ⌊p/scale⌋, ⌊q/scale⌋] (nearest neighbour).

    scale_factor  an integer, or one per spatial axis

    Shapes:  x (N,C,H,…) -> (N,C,H·scale,…)
    Raises:  ArgumentError, and when called ShapeError
    """

    def __init__(self, scale_factor: int | Sequence[int]) -> None:
        scales = [scale_factor] if isinstance(scale_factor, int) else list(scale_factor)
        per_axis("Upsample", "scale_factor", scales, len(scales), 1)
        self.scale_factor = scale_factor

    def forward(self, x: Value) -> Value:
        """Repeat."""
        rank = len(shape_of(x)) - 2
        check_rank("Upsample", "x", x, max(rank, 1) + 2, "N,C,H")
        for axis, scale in enumerate(per_axis("Upsample", "scale_factor", self.scale_factor, rank, 1), start=2):
            x = take_static(x, np.repeat(np.arange(shape_of(x)[axis]), scale).tolist(), axis)
        return x
