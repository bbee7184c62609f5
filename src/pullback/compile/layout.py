"""Where the entries of a value lie in memory.

Row-major, or with the batch in lanes: entry n of the first axis lies in lane n mod L of block n div L, so that the same
entry of L images is one vector. A border of zeros around the other axes answers reads outside the value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

from pullback.compile.stages import Access
from pullback.formula.affine import Affine

Border: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Layout:
    """Entry index lies at offset + Σ index·stride; with lanes, axis 0 at (n // lanes)·stride + n % lanes.

    size  how many entries of memory there are, border and idle lanes included
    """

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    lanes: int = 1
    border: Border = ()
    offset: int = 0
    size: int = 1

    @property
    def is_row_major(self) -> bool:
        """Whether the entries lie in row-major order, without gaps."""
        return self.lanes == 1 and not any(map(any, self.border))

    @property
    def blocks(self) -> int:
        """How many blocks of lanes there are."""
        return -(-self.shape[0] // self.lanes)

    def has_border(self, at: Sequence[Affine], sizes: Mapping[str, int]) -> bool:
        """Whether the border answers every read that falls outside."""
        for index, n, (before, after) in zip(at, self.shape, self.border or ((0, 0),) * len(self.shape), strict=True):
            low, high = index.bounds(sizes)
            if low < -before or high >= n + after:
                return False
        return True


def row_major(shape: Sequence[int]) -> Layout:
    """Entries in row-major order."""
    strides = tuple(prod(shape[k + 1 :]) for k in range(len(shape)))
    return Layout(tuple(shape), strides, border=((0, 0),) * len(shape), size=prod(shape))


def in_lanes(shape: Sequence[int], lanes: int, border: Border = ()) -> Layout:
    """The first axis in blocks of lanes, innermost; zeros around the others."""
    if not shape:
        return row_major(shape)
    border = border or ((0, 0),) * len(shape)
    padded = [n + a + b for n, (a, b) in zip(shape[1:], border[1:], strict=True)]
    strides = [lanes * prod(padded[k:]) for k in range(len(padded) + 1)]
    offset = sum(a * s for (a, _), s in zip(border[1:], strides[1:], strict=True))
    blocks = -(-shape[0] // lanes)
    return Layout(tuple(shape), tuple(strides), lanes, border, offset, blocks * strides[0])


@dataclass(frozen=True)
class Address:
    """offset + Σ coefficient · letter, in entries; the letter n of a batch in lanes counts as n.block and n.lane."""

    coefs: tuple[tuple[str, int], ...]
    offset: int

    def coef(self, letter: str) -> int:
        """The coefficient of a letter."""
        return dict(self.coefs).get(letter, 0)


def split_letters(letter: str) -> tuple[str, str]:
    """The letters that count the blocks and the lanes of a letter."""
    return letter + ".block", letter + ".lane"


def address(access: Access, layout: Layout, split: Mapping[str, int]) -> Address | None:
    """The address of an entry, or None where it is not affine in the letters.

    split  letters that are counted in blocks of so many lanes
    """
    if not access.is_affine:
        return None
    total: dict[str, int] = {}
    offset = layout.offset
    for axis, (index, stride) in enumerate(zip(access.affine, layout.strides, strict=True)):
        if axis == 0 and layout.lanes > 1:
            letter = index.letter
            if letter is None or split.get(letter) != layout.lanes:
                return None
            block, lane = split_letters(letter)
            total[block] = total.get(block, 0) + stride
            total[lane] = total.get(lane, 0) + 1
            continue
        offset += index.const * stride
        for k, c in index.coefs:
            if k in split:
                block, lane = split_letters(k)
                total[block] = total.get(block, 0) + c * stride * split[k]
                total[lane] = total.get(lane, 0) + c * stride
            else:
                total[k] = total.get(k, 0) + c * stride
    return Address(tuple(total.items()), offset)
