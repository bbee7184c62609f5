"""How the wrong numbers are made from the right ones, in words: a factor, a sign, a transpose, a flip, a shift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, permutations
from math import prod

import numpy as np
from numpy.typing import NDArray

from pullback.check.places import where

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """The compared entries of one argument.

    index          one row of indices for each
    got, want      their values
    allowed        how far they may be apart
    wrong          which are
    shape          the argument's shape
    """

    index: NDArray[np.intp]
    got: Array
    want: Array
    allowed: Array
    wrong: NDArray[np.bool_]
    shape: tuple[int, ...]

    @property
    def neutral(self) -> NDArray[np.bool_]:
        """Entries that are 0 and have to be."""
        near = 10 * self.allowed
        return ~self.wrong & (np.abs(self.want) <= near) & (np.abs(self.got) <= near)

    def whole(self) -> tuple[Array, Array, Array] | None:
        """got, want and allowed as arrays, where every entry was compared."""
        if len(self.got) != int(np.prod(self.shape)):
            return None
        found = []
        for values in (self.got, self.want, self.allowed):
            array = np.empty(self.shape)
            array[tuple(self.index.T)] = values if self.shape else values[0]
            found.append(array)
        return found[0], found[1], found[2]

    def where(self) -> str:
        """Which entries are wrong."""
        return where(self.index, self.wrong, self.neutral, self.shape)


def what(c: Comparison, sizes: Mapping[int, str]) -> tuple[list[str], bool]:
    """Say how `got` is made from `want`, and whether entries changed places: then it says nothing which are wrong.

    The list is empty where no simple rule fits.

    sizes  numbers that a wrong factor may come from, such as the length of an axis, with what they are
    """
    found = []
    wrong = c.wrong
    lost = ~np.isfinite(c.got)
    if lost.any():
        kind = "NaN" if np.isnan(c.got[lost]).all() else "NaN or infinite"
        found.append(f"{int(lost.sum())} of {len(lost)} entries compared are {kind}")
        wrong = wrong & ~lost
    if not wrong.any():
        return found, False
    scope = "" if wrong.all() or not (~wrong & ~c.neutral & ~lost).any() else ", in the wrong entries"
    scaled = _factor(c, wrong, sizes)
    moved = "" if scaled else _rearranged(c)
    other = scaled or moved or _offset(c, wrong)
    rule = other + (scope if other and not moved else "") or _constant(c)
    return [*found, *([rule] if rule else [])], bool(moved)


def _fits(a: Array, b: Array, slack: Array) -> bool:
    return bool(np.all(np.abs(a - b) <= slack + 1e-9 * np.abs(b)))


def _factor(c: Comparison, wrong: NDArray[np.bool_], sizes: Mapping[int, str]) -> str:
    got, want, slack = c.got[wrong], c.want[wrong], 4 * c.allowed[wrong]
    if _fits(got, np.zeros_like(got), slack):
        return "got is 0 where it should not be" if len(got) > 1 else "got is 0"
    if _fits(want, np.zeros_like(want), slack) or not np.any(want):
        return "got should be 0"
    largest = float(np.max(np.abs(want)))
    scaled = want / largest
    factor = float(np.sum(got / largest * scaled) / np.sum(scaled**2))
    if not _fits(got, factor * want, slack * (1 + abs(factor))):
        return ""
    name = _named(factor, sizes)
    # One number is some multiple of any other: worth saying only where the factor is a likely one.
    if len(got) == 1 and not name:
        return ""
    if abs(factor + 1) < 1e-6:
        return "the sign is reversed: got = −want"
    return f"got = {factor:.6g} · want" + (f" ({name})" if name and not name.isdigit() else "")


def _named(factor: float, sizes: Mapping[int, str]) -> str:
    """Where a factor may come from."""
    size = abs(factor)
    for value, invert in ((size, False), (1 / size if size else 0.0, True)):
        n = round(value)
        if n >= 2 and abs(value - n) <= 1e-6 * n and n in sizes:
            return f"1/{n}; {n} is {sizes[n]}: a mean for a sum?" if invert else f"{n} is {sizes[n]}: a sum for a mean?"
    simple = Fraction(size).limit_denominator(12)
    if abs(float(simple) - size) <= 1e-6 * size and simple.numerator <= 12:
        return str(simple)
    return ""


def _rearranged(c: Comparison) -> str:
    """The right numbers at other places."""
    arrays = c.whole()
    if arrays is None or c.got.size < 2 or not np.isfinite(c.got).all():
        return ""
    got, want, allowed = arrays
    slack = np.full(got.shape, 4 * float(np.max(allowed)))
    for moved, text in _moves(want):
        if moved.shape == want.shape and not np.array_equal(moved, want) and _fits(got, moved, slack):
            return text
    for moved, text in _moves(-want):
        if moved.shape == want.shape and _fits(got, moved, slack):
            return f"{text}, with the sign reversed"
    return ""


def _moves(want: Array) -> Iterator[tuple[Array, str]]:
    axes = [a for a, n in enumerate(want.shape) if n > 1]
    for order in permutations(range(want.ndim)) if want.ndim <= 5 else ():
        if order != tuple(range(want.ndim)):
            text = "got is the transpose of want" if want.ndim == 2 else f"got is want with axes in the order {order}"
            yield want.transpose(order), text
    for count in range(1, len(axes) + 1):
        for some in combinations(axes, count):
            yield np.flip(want, some), f"got is want reversed along {_axes(some)}"
    for axis in axes:
        for step in (1, -1):
            direction = "later" if step == 1 else "earlier"
            yield np.roll(want, step, axis), f"got is want shifted along axis {axis}, one {direction}, round the end"
            yield _shifted(want, step, axis), f"got is want shifted along axis {axis}, one {direction}"
    for axis in axes:
        total = np.broadcast_to(want.sum(axis=axis, keepdims=True), want.shape)
        yield total, f"got is the sum over axis {axis}, the same for every index along it"
        yield total / want.shape[axis], f"got is the mean over axis {axis}, the same for every index along it"


def _shifted(want: Array, step: int, axis: int) -> Array:
    rolled = np.roll(want, step, axis)
    edge = [slice(None)] * want.ndim
    edge[axis] = slice(0, 1) if step == 1 else slice(-1, None)
    rolled[tuple(edge)] = 0
    return rolled


def _axes(some: tuple[int, ...]) -> str:
    return f"axis {some[0]}" if len(some) == 1 else "axes " + " and ".join(map(str, some))


def _offset(c: Comparison, wrong: NDArray[np.bool_]) -> str:
    difference = c.got[wrong] - c.want[wrong]
    offset = float(np.median(difference))
    if len(difference) < 2 or not _fits(difference, np.full_like(difference, offset), 4 * c.allowed[wrong]):
        return ""
    return f"got = want + {offset:.6g}" if offset > 0 else f"got = want − {-offset:.6g}"


def _constant(c: Comparison) -> str:
    """The same numbers for every index along an axis, where the right ones differ."""
    arrays = c.whole()
    if arrays is None:
        return ""
    got, want, allowed = arrays
    axes = [a for a, n in enumerate(got.shape) if n > 1]
    same = [a for a in axes if _fits(got, np.take(got, [0], axis=a) + 0 * got, 4 * allowed)]
    same = [a for a in same if not _fits(want, np.take(want, [0], axis=a) + 0 * want, 4 * allowed)]
    return f"got is the same for every index along {_axes(tuple(same))}; it should differ" if same else ""


def lengths(names: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> dict[int, str]:
    """Lengths of axes and numbers of entries that a wrong factor may come from, with what they are."""
    found: dict[int, str] = {}
    for name, shape in zip(names, shapes, strict=True):
        for axis, n in enumerate(shape):
            found.setdefault(n, f"the length of axis {axis} of {name}")
    for name, shape in zip(names, shapes, strict=True):
        for first in range(len(shape)):
            for last in range(first + 2, len(shape) + 1):
                axes = "all entries" if last - first == len(shape) else f"axes {first} to {last - 1}"
                found.setdefault(prod(shape[first:last]), f"the product of {axes} of {name}")
    return found
