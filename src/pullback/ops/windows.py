"""Sliding windows: how stride, padding and dilation map an output position and a tap to an input position."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Literal, TypeAlias

import numpy as np

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


def plain(value: Any) -> Any:
    """Sizes as Python's integers and tuples, from integers of any type, arrays, lists and nests of them.

    What holds something else stays as it is, for the checks to name.

    >>> plain(np.array([[1, 2], [3, 4]])), plain(np.int64(3)), plain("same")
    (((1, 2), (3, 4)), 3, 'same')
    """
    if isinstance(value, np.ndarray) and value.ndim:
        value = value.tolist()
    if isinstance(value, (tuple, list)):
        return tuple(map(plain, value))
    return operator.index(value) if is_whole(value, -inf) else value


def per_axis(op: str, name: str, value: Sizes, rank: int, least: int) -> tuple[int, ...]:
    """One integer per axis from an integer or a sequence.

    Raises: ArgumentError
    """
    given: Any = plain(value)
    values: tuple[int, ...] = given if isinstance(given, tuple) else (given,) * rank
    if len(values) != rank or not all(is_whole(v, least) for v in values):
        need = f"an integer >= {least}, or {rank} of them" if rank > 1 else f"an integer >= {least}"
        raise ArgumentError(message(f"{op}: {name} does not fit", got=f"{name}={value!r}", need=need))
    return values


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
    rank, padding = len(windows), plain(padding)
    if padding == "valid":
        return ((0, 0),) * rank
    if padding == "same":
        return tuple(_same(*w) for w in windows)
    values = padding if isinstance(padding, tuple) else (padding,) * rank
    pairs = [p if isinstance(p, tuple) else (p, p) for p in values]
    if len(pairs) != rank or not all(len(p) == 2 and is_whole(p[0]) and is_whole(p[1]) for p in pairs):
        need = '"same", "valid", an integer >= 0' + f", {rank} of them" * (rank > 1) + f", or {rank} (low, high) pair"
        low = padding.lower() if isinstance(padding, str) else ""
        fix = f'padding="{low}"' if low in ("same", "valid") else ""
        title, got = f"{op}: padding does not fit", f"padding={padding!r}"
        raise ArgumentError(message(title, got=got, need=need + "s" * (rank > 1), fix=fix))
    return tuple((int(lo), int(hi)) for lo, hi in pairs)


def check_windows(op: str, rank: int, stride: Sizes, padding: Padding, dilation: Sizes) -> None:
    """Check what can be known of sliding windows without the sizes of input and filter.

    Raises: ArgumentError
    """
    per_axis(op, "stride", stride, rank, 1)
    per_axis(op, "dilation", dilation, rank, 1)
    pad_pairs(op, padding, [(1, 1, 1, 1)] * rank)


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
