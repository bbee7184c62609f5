"""The declared maximum, as its switches: where in the source the largest of the candidates lies.

    out[...] = flat position of  max  source[...]        over the letters `over`

Max pooling is a gather by these switches, its gradient a scatter by them, the scatter's gradient a gather again.
Ties: the first candidate in row-major order of the letters wins. NaN wins over every number. Complex numbers are
compared by their real part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from pullback.formula.affine import Affine, Ref
from pullback.formula.strided import Array, Views
from pullback.formula.sums import Factor


@dataclass(frozen=True)
class Argmax:
    """The switches of a maximum over windows of the source; candidates outside the source do not take part.

    A switch is the row-major position h·W + w of the winner along the axes that the letters `over` address
    (`window_axes`), as in PyTorch's `return_indices`.

    >>> from pullback.formula.affine import letters
    >>> p, r = letters("p r")
    >>> Argmax(Ref("t", (p,), (2,)), Ref("x", (2 * p + r,), (4,)), (("p", 2), ("r", 2)), ("r",)).evaluate(
    ...     np.array([3.0, 3.0, 1.0, 7.0]))
    array([0, 3])
    """

    out: Ref
    source: Ref
    sizes: tuple[tuple[str, int], ...]
    over: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the switches."""
        return self.out.shape

    @property
    def operands(self) -> tuple[str, ...]:
        """The one array that is read."""
        return (self.source.array,)

    @cached_property
    def ranges(self) -> dict[str, int]:
        """Letter → size."""
        return dict(self.sizes)

    @property
    def window_axes(self) -> tuple[int, ...]:
        """The axes of the source that the window runs over."""
        return tuple(j for j, a in enumerate(self.source.at) if set(a.letters) & set(self.over))

    def kind(self, kinds: Mapping[str, str]) -> str:
        """Switches are integers."""
        del kinds
        return "int"

    def evaluate(self, x: Array) -> Array:
        """The switches on whole arrays."""
        if 0 in self.shape:
            return np.zeros(self.shape, np.int64)
        kept = self.out.letters
        winner = self._winner(x, (*kept, *self.over))
        taps = dict(zip(self.over, np.unravel_index(winner, [self.ranges[k] for k in self.over]), strict=True))
        switch = np.zeros(self.shape, np.int64)
        for axis in self.window_axes:
            index, size = self.source.at[axis], self.source.shape[axis]
            assert isinstance(index, Affine)  # noqa: S101  (a maximum never reads through tables)
            at = self._positions(index, kept, taps)
            switch = switch * size + at
        return switch

    def _positions(self, index: Affine, kept: tuple[str, ...], taps: Mapping[str, Array]) -> Array:
        """The winner's position along an axis."""
        at: Array = np.asarray(index.const)
        for letter, c in index.coefs:
            if letter in taps:
                at = at + c * taps[letter]
            else:
                at = at + c * np.arange(self.ranges[letter]).reshape([-1 if k == letter else 1 for k in kept])
        return at

    def _winner(self, x: Array, names: tuple[str, ...]) -> Any:
        """The number of the winning candidate, in row-major order of `over`; never one outside the source."""
        real = x.astype(np.int8) if x.dtype == np.bool_ else x.real if np.iscomplexobj(x) else x
        at, inside = Views(self.ranges, {}).flat(self.source, names)
        if inside is None:
            return np.take(real, at).reshape(*self.shape, -1).argmax(axis=-1)
        lowest = -np.inf if real.dtype.kind == "f" else np.iinfo(real.dtype).min
        values = np.where(inside, np.take(real, np.where(inside, at, 0)), real.dtype.type(lowest))
        winner = values.reshape(*self.shape, -1).argmax(axis=-1)
        allowed = inside.reshape(*self.shape, -1)
        wins_inside = np.take_along_axis(allowed, winner[..., None], -1)[..., 0]
        return np.where(wins_inside, winner, allowed.argmax(axis=-1))

    def candidates(self, x: Array, entry: tuple[int, ...]) -> Iterator[Factor]:
        """The source entries that compete for one entry, row-major; those outside are marked."""
        env = dict(zip(self.out.letters, entry, strict=True))
        for tap in np.ndindex(*(self.ranges[k] for k in self.over)):
            here = env | dict(zip(self.over, tap, strict=True))
            index = tuple(a.at(here) for a in self.source.at if isinstance(a, Affine))
            inside = all(0 <= k < n for k, n in zip(index, self.source.shape, strict=True))
            yield Factor(self.source.array, index, x[index].item() if inside else -np.inf, inside)

    def loops(self, x: Array) -> Array:
        """The plain-loop oracle."""
        out = np.zeros(self.shape, np.int64)
        sizes = [self.source.shape[j] for j in self.window_axes]
        weights = [prod(sizes[k + 1 :]) for k in range(len(sizes))]
        for entry in np.ndindex(*self.shape):
            best: Factor | None = None
            for c in self.candidates(x, entry):
                if c.inside and (best is None or _beats(np.real(c.value), np.real(best.value))):
                    best = c
            if best is not None:
                out[entry] = sum(best.index[j] * w for j, w in zip(self.window_axes, weights, strict=True))
        return out


def _beats(a: float, b: float) -> bool:
    return bool(a > b or (np.isnan(a) and not np.isnan(b)))
