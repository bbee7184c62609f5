"""Which accumulators of a tile are finished side by side, as one vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product as cartesian

from pullback.compile.kernels.tiling import Product, Tiling, row_of


@dataclass(frozen=True)
class Side:
    """How accumulators are finished: groups of them, whose sums lie side by side along a letter.

    letter  the letter of the lanes in which they are finished; None: one by one
    width   the number of lanes
    groups  the numbers of the accumulators that are finished together
    places  where the first of each group lies in the tile, by letter
    """

    letter: str | None
    width: int
    groups: tuple[tuple[int, ...], ...]
    places: tuple[Mapping[str, int], ...]


def side_of(product: Product, tiling: Tiling) -> Side:
    """The groups: of one accumulator each, whose lanes are entries; or of neighbours, whose lanes are added up."""
    tiled = (*tiling.m, *tiling.p)
    letters = [k for k, _ in tiled]
    numbers = {at: j for j, at in enumerate(cartesian(*(range(t) for _, t in tiled)))}
    if not tiling.combined:
        return Side(tiling.vector.removesuffix(".lane"), tiling.lanes, *_runs(numbers, letters, None, 1))
    letter, width = row_of(product, tiling)
    return Side(letter, width, *_runs(numbers, letters, letter, width))


def _runs(
    numbers: Mapping[tuple[int, ...], int], letters: list[str], letter: str | None, run: int
) -> tuple[tuple[tuple[int, ...], ...], tuple[Mapping[str, int], ...]]:
    """The accumulators in runs along a letter, and where the first of each lies."""
    axis = 0 if letter is None else letters.index(letter)
    starts = [at for at in numbers if run == 1 or at[axis] % run == 0]
    groups = tuple(tuple(numbers[_moved(at, axis, k)] for k in range(run)) for at in starts)
    return groups, tuple(dict(zip(letters, at, strict=True)) for at in starts)


def _moved(at: tuple[int, ...], axis: int, by: int) -> tuple[int, ...]:
    return (*at[:axis], at[axis] + by, *at[axis + 1 :]) if by else at
