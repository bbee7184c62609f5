"""Padding layers, and upsampling by repetition.

The order of the pads is PyTorch's, the last axis first: (left, right), (left, right, top, bottom), (left, right, top,
bottom, front, back); one number stands for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import ClassVar

from pullback.errors import ArgumentError, message
from pullback.nn.module import Module
from pullback.ops import padding as ops
from pullback.ops.apply import Value, check_rank, is_whole
from pullback.ops.numbers import check_number
from pullback.ops.resize import upsample_nearest
from pullback.ops.windows import per_axis, plain


class _PadNd(Module):
    """Extend the spatial axes."""

    rank: ClassVar[int]
    mode: ClassVar[str]
    value: float = 0.0

    def __init__(self, padding: int | Sequence[int]) -> None:
        self.padding = plain(padding)
        self._widths()

    def _widths(self) -> tuple[tuple[int, int], ...]:
        """The (before, after) pair of every axis, in the order of the axes.

        Raises: ArgumentError
        """
        padding, count = self.padding, 2 * self.rank
        values = padding if isinstance(padding, tuple) else (padding,) * count
        # A negative width crops, where what is added is a number: the modes that read x cannot.
        least = -inf if self.mode == "constant" else 0
        if len(values) != count or not all(is_whole(v, least) for v in values):
            title = f"{type(self).__name__}: padding does not fit"
            need = f"an integer{' >= 0' * (least == 0)}, or {count} of them, the last axis first"
            raise ArgumentError(message(title, got=f"padding={padding!r}", need=need))
        pairs = list(zip(values[::2], values[1::2], strict=True))
        return ((0, 0), (0, 0), *reversed(pairs))

    def forward(self, x: Value) -> Value:
        """Pad."""
        axes = ",".join("DHW"[-self.rank :]) if self.rank != 1 else "H"
        check_rank(type(self).__name__, "x", x, self.rank + 2, f"N,C,{axes}")
        return ops.pad(x, self._widths(), self.mode, self.value)


class _ConstantPadNd(_PadNd):
    """Extend the spatial axes by a number."""

    mode = "constant"

    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        self.value = check_number(type(self).__name__, "value", value)


class ConstantPad1d(_ConstantPadNd):
    """Extend a sequence by a number."""

    rank = 1


class ConstantPad2d(_ConstantPadNd):
    """Extend an image by a number."""

    rank = 2


class ConstantPad3d(_ConstantPadNd):
    """Extend a volume by a number."""

    rank = 3


class ZeroPad1d(_PadNd):
    """Extend a sequence by zeros: 00 1234 00."""

    rank = 1
    mode = "constant"


class ZeroPad2d(_PadNd):
    """Extend an image by zeros: 00 1234 00."""

    rank = 2
    mode = "constant"


class ZeroPad3d(_PadNd):
    """Extend a volume by zeros: 00 1234 00."""

    rank = 3
    mode = "constant"


class ReflectionPad1d(_PadNd):
    """Extend a sequence by reflection: 32 1234 32."""

    rank = 1
    mode = "reflect"


class ReflectionPad2d(_PadNd):
    """Extend an image by reflection: 32 1234 32."""

    rank = 2
    mode = "reflect"


class ReflectionPad3d(_PadNd):
    """Extend a volume by reflection: 32 1234 32."""

    rank = 3
    mode = "reflect"


class ReplicationPad1d(_PadNd):
    """Extend a sequence by repeating its border: 11 1234 44."""

    rank = 1
    mode = "replicate"


class ReplicationPad2d(_PadNd):
    """Extend an image by repeating its border: 11 1234 44."""

    rank = 2
    mode = "replicate"


class ReplicationPad3d(_PadNd):
    """Extend a volume by repeating its border: 11 1234 44."""

    rank = 3
    mode = "replicate"


class CircularPad1d(_PadNd):
    """Extend a sequence by going around: 34 1234 12."""

    rank = 1
    mode = "circular"


class CircularPad2d(_PadNd):
    """Extend an image by going around: 34 1234 12."""

    rank = 2
    mode = "circular"


class CircularPad3d(_PadNd):
    """Extend a volume by going around: 34 1234 12."""

    rank = 3
    mode = "circular"


class Upsample(Module):
    """Repeat every entry along the spatial axes: y[n,o,p,q] = x[n, o, ⌊p/scale⌋, ⌊q/scale⌋] (nearest neighbour).

    scale_factor  an integer, or one per spatial axis

    Shapes:  x (N,C,H,…) -> (N,C,H·scale,…)
    Raises:  ArgumentError, and when called ShapeError
    """

    def __init__(self, scale_factor: int | Sequence[int]) -> None:
        self.scale_factor = plain(scale_factor)
        scales = self.scale_factor if isinstance(self.scale_factor, tuple) else (self.scale_factor,)
        per_axis("Upsample", "scale_factor", scales, max(len(scales), 1), 1)

    def forward(self, x: Value) -> Value:
        """Repeat."""
        return upsample_nearest(x, self.scale_factor)
