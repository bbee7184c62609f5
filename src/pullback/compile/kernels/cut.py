"""How a long sum is cut into runs, so that what a tile reads again and again stays in the first-level cache.

A tile that adds up its lanes reads m vectors of one factor and p of the other at every step. All tiles of the second
factor read the same m rows: a run of their steps is done for all of them before the next run begins. What a tile has
added up so far waits in memory, its lanes added up already.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from pullback.compile.kernels.tiling import Product, Tiling, steps_of

NEAREST_BYTES = 16 << 10
"""So many bytes stay in the first-level cache while others stream by."""
NEAR_BYTES = 128 << 10
"""So many bytes of what streams by stay in the second-level cache."""
WAITING_BYTES = 512 << 10
"""At most so many bytes of unfinished sums wait in a thread's memory."""


@dataclass(frozen=True)
class Cut:
    """The runs: one for every entry of some letters, and of `size` entries of one more.

    whole   letters of which a run takes one entry
    letter  the letter of which it takes several
    steps   the steps of a run
    """

    whole: tuple[str, ...]
    letter: str
    size: int
    steps: int


def cut_of(product: Product, tiling: Tiling, item: int) -> Cut | None:
    """The runs of a sum whose lanes are added up; None where all of its steps find what they read near."""
    if not tiling.combined:
        return None
    most = max(1, NEAREST_BYTES // (tiling.counts[0] * tiling.lanes * item))
    letters = steps_of(product, tiling)
    if prod(product.sizes[k] for k in letters) <= most:
        return None
    steps = 1
    for number, letter in reversed(list(enumerate(letters))):
        size = product.sizes[letter]
        if steps * size > most:
            runs = -(-size // max(1, most // steps))
            size = -(-size // runs)
            return Cut(letters[:number], letter, size, steps * size)
        steps *= size
    return None


Outer = tuple[str, int, int]
"""A loop over tiles: letter, number of tiles, tile size."""


@dataclass(frozen=True)
class Runs:
    """A sum that is cut into runs: the loops over tiles of the first factor, and for each those of the second."""

    cut: Cut
    kept: tuple[Outer, ...]
    inner: tuple[Outer, ...]
    tiling: Tiling
    item: int

    @property
    def kept_count(self) -> int:
        """How many tiles of the first factor there are."""
        return prod(c for _, c, _ in self.kept)

    @property
    def inner_count(self) -> int:
        """How many tiles of the second factor there are for each."""
        return prod(c for _, c, _ in self.inner)

    @property
    def vectors(self) -> int:
        """How many vectors hold the sums of a tile."""
        return -(-prod(self.tiling.counts) // self.tiling.lanes)

    @property
    def group(self) -> int:
        """How many tiles of the first factor wait together: what they read of the second is read from afar once."""
        each = self.inner_count * self.vectors * self.tiling.lanes * self.item
        return max(1, min(WAITING_BYTES // each, self.kept_count))

    @property
    def block(self) -> int:
        """How many tiles of the second factor stay near while those of the first change."""
        each = self.tiling.counts[1] * self.cut.steps * self.tiling.lanes * self.item
        return max(1, min(NEAR_BYTES // each, self.inner_count))

    @property
    def bytes(self) -> int:
        """How much memory a thread needs for the sums that wait."""
        return self.group * self.inner_count * self.vectors * self.tiling.lanes * self.item
