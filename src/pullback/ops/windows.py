"""Sliding windows: how stride, padding and dilation map an output position and a tap to an input position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import Affine
from pullback.ops.apply import is_whole

OUT, TAP, POSITION = "zpq", "trs", "dhw"
"""Letters of the output position, the filter position and the input position, for up to three axes."""

Sizes: TypeAlias = int | Sequence[int]
Padding: TypeAlias = int | Sequence[int] | Sequence[Sequence[int]] | Literal["same", "valid"]


def axis_letters(family: str, rank: int) -> tuple[str, ...]:
    """The letters of a family for 1, 2 or 3 axes: p; p q; z p q."""
    return {1: (family[1],), 2: tuple(family[1:]), 3: tuple(family)}[rank]


def size_names(family: str, rank: int) -> str:
    """The sizes of a family, for messages: "H,W"."""
    return ",".join(axis_letters(family, rank)).upper()


@dataclass(frozen=True)
class Window:
    """One axis of a sliding window: output position p and tap r read input position p·stride + r·dilation − low."""

    size: int
    kernel: int
    stride: int
    dilation: int
    low: int
    high: int
    out: int

    def reads(self, p: Affine, r: Affine) -> Affine:
        """The input position that output position p reads at tap r."""
        return p * self.stride + r * self.dilation - self.low

    @property
    def reach(self) -> int:
        """The extent of the dilated window: dilation·(kernel−1) + 1."""
        return self.dilation * (self.kernel - 1) + 1


def per_axis(op: str, name: str, value: Sizes, rank: int, least: int) -> tuple[int, ...]:
    """One integer per axis from an integer or a sequence.

    Raises: ArgumentError
    """
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * rank
    if len(values) != rank or not all(is_whole(v, least) for v in values):
        need = f"an integer >= {least}, or {rank} of them" if rank > 1 else f"an integer >= {least}"
        raise ArgumentError(message(f"{op}: {name} does not fit", got=f"{name}={value!r}", need=need))
    return tuple(int(v) for v in values)  # type: ignore[arg-type]


def check_taps(op: str, kernel: Sequence[int]) -> None:
    """A window has at least one tap per axis.

    Raises: ShapeError
    """
    if 0 in kernel:
        raise ShapeError(message(f"{op}: a filter without taps", got=f"filter size {tuple(kernel)}", need=">= 1"))


def pad_pairs(op: str, padding: Padding, windows: Sequence[tuple[int, int, int, int]]) -> tuple[tuple[int, int], ...]:
    """Padding as one (low, high) pair per axis; `windows` gives (size, kernel, stride, dilation).

    "same" makes the output ceil(size / stride) long, the odd row of padding at the end; "valid" pads nothing.

    Raises: ArgumentError
    """
    rank = len(windows)
    if padding == "valid":
        return ((0, 0),) * rank
    if padding == "same":
        return tuple(_same(*w) for w in windows)
    if (
        isinstance(padding, (tuple, list))
        and len(padding) == rank
        and all(isinstance(p, (tuple, list)) for p in padding)
    ):
        pairs = [per_axis(op, "padding", list(p), 2, 0) for p in padding if not isinstance(p, int)]
        return tuple((lo, hi) for lo, hi in pairs)
    if isinstance(padding, str):
        raise ArgumentError(
            message(
                f"{op}: padding does not fit", got=f"padding={padding!r}", need='"same", "valid", an integer, or pairs'
            )
        )
    return tuple((p, p) for p in per_axis(op, "padding", padding, rank, 0))  # type: ignore[arg-type]


def _same(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    return total // 2, total - total // 2


def sliding_windows(
    op: str,
    sizes: Sequence[int],
    kernel: Sequence[int],
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    *,
    ceil_mode: bool = False,
) -> tuple[Window, ...]:
    """The windows of every axis.

    out = (size + low + high − dilation·(kernel−1) − 1) // stride + 1; with `ceil_mode` rounded up, except that a window
    that would start beyond the input and its low padding is dropped.

    Raises: ShapeError, ArgumentError
    """
    rank = len(sizes)
    check_taps(op, kernel)
    strides, dilations = per_axis(op, "stride", stride, rank, 1), per_axis(op, "dilation", dilation, rank, 1)
    pairs = pad_pairs(op, padding, list(zip(sizes, kernel, strides, dilations, strict=True)))
    rows = zip(
        axis_letters(POSITION, rank), axis_letters(TAP, rank), sizes, kernel, strides, dilations, pairs, strict=True
    )
    return tuple(_window(op, *row, ceil_mode=ceil_mode) for row in rows)


def _window(
    op: str, axis: str, tap: str, n: int, k: int, stride: int, dilation: int, pad: tuple[int, int], *, ceil_mode: bool
) -> Window:
    low, high = pad
    room = n + low + high - dilation * (k - 1) - 1
    out = room // stride + 1
    if ceil_mode:
        out = -(-room // stride) + 1
        if (out - 1) * stride >= n + low:
            out -= 1
    if out < 1:
        raise ShapeError(
            message(
                f"{op}: output would be empty",
                got=f"{axis.upper()}={n} padding={low if low == high else pad} dilation={dilation} {tap.upper()}={k}",
                need=f"({n} + {low} + {high} - {dilation}*({k}-1) - 1) // {stride} + 1 >= 1, is {room // stride + 1}",
                fix=f"padding >= {-(-(low + high - room) // 2)}, {'dilation 1, ' * (dilation > 1)}or a larger image",
            )
        )
    return Window(n, k, stride, dilation, low, high, out)
