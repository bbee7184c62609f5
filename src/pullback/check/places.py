"""Which entries of an array are wrong, in words: along every axis the indices at which they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations
from math import prod

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def where(index: NDArray[np.intp], wrong: Mask, neutral: Mask, shape: Sequence[int]) -> str:
    """Say where the wrong entries lie.

    index    the entries that were compared, one row of indices each
    wrong    which of them are wrong
    neutral  which tell nothing, since they are 0 and have to be: they do not break a pattern

    >>> index = np.argwhere(np.ones((4, 3)))
    >>> where(index, index[:, 0] % 2 == 1, np.zeros(12, bool), (4, 3))
    'where the index along axis 0 is odd'
    """
    if not wrong.any():
        return ""
    if wrong.sum() == 1:
        only = list(map(int, index[wrong][0]))
        return f"only entry {only}" if len(wrong) > 1 else "its only entry"
    for telling in (np.ones_like(wrong), ~neutral):
        text = _pattern(index[telling], wrong[telling], shape)
        if text:
            return text if telling.all() else f"{text} (entries that are 0 left aside)"
    return (
        _region(index, wrong, shape) or f"{int(wrong.sum())} of the {len(wrong)} entries compared; they follow no axis"
    )


def _pattern(index: NDArray[np.intp], wrong: Mask, shape: Sequence[int]) -> str:
    if wrong.all():
        return "every entry" if len(wrong) == prod(shape) else "every entry compared"
    bad, good = _box(index[wrong], shape), _box(index[~wrong], shape)
    for axes in _subsets(_restricted(bad, index)):
        if wrong[_is_inside(index, bad, axes)].all():
            return "where " + " and ".join(_restrictions(bad, index, shape, axes))
    for axes in _subsets(_restricted(good, index)):
        if not wrong[_is_inside(index, good, axes)].any():
            border = _border(good, index, shape, axes)
            return border or "everywhere but where " + " and ".join(_restrictions(good, index, shape, axes))
    return ""


def _region(index: NDArray[np.intp], wrong: Mask, shape: Sequence[int]) -> str:
    """A part of the array outside of which nothing is wrong, if it is at most half of it."""
    bad = _box(index[wrong], shape)
    axes = _restricted(bad, index)
    inside = int(_is_inside(index, bad, axes).sum())
    if not axes or 2 * inside > len(wrong):
        return ""
    some = " and ".join(_restrictions(bad, index, shape, axes))
    return f"only where {some}: {int(wrong.sum())} of the {inside} entries there"


def _subsets(axes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Few axes first: a pattern along fewer is the plainer one."""
    return chain.from_iterable(combinations(axes, count) for count in range(1, len(axes) + 1))


def _restricted(box: Sequence[set[int]], index: NDArray[np.intp]) -> tuple[int, ...]:
    """The axes along which a box leaves out indices that occur."""
    return tuple(a for a, allowed in enumerate(box) if allowed != set(map(int, np.unique(index[:, a]))))


def _box(index: NDArray[np.intp], shape: Sequence[int]) -> list[set[int]]:
    """Along each axis the indices that occur."""
    return [set(map(int, np.unique(index[:, a]))) for a in range(len(shape))]


def _is_inside(index: NDArray[np.intp], box: Sequence[set[int]], axes: Sequence[int]) -> Mask:
    inside = np.ones(len(index), dtype=bool)
    for axis in axes:
        inside &= np.isin(index[:, axis], list(box[axis]))
    return inside


def _restrictions(
    box: Sequence[set[int]], index: NDArray[np.intp], shape: Sequence[int], axes: Sequence[int]
) -> list[str]:
    """The indices that a box allows along some axes, in words."""
    every = _box(index, shape)
    return [f"the index along axis {a} is {_indices(sorted(box[a]), every[a], shape[a])}" for a in axes]


def _indices(few: list[int], everything: set[int], size: int) -> str:
    """A set of indices along an axis, in words."""
    first, last = few[0], few[-1]
    if len(few) == 1:
        name = {0: " (the first)", size - 1: " (the last)"}.get(first, "")
        return f"{first}{name}"
    if few == [0, size - 1]:
        return "the first or the last"
    if set(few) == {k for k in everything if first <= k <= last}:
        return f"{first} or more" if last == size - 1 else f"{last} or less" if first == 0 else f"{first} to {last}"
    for step in range(2, size):
        if set(few) == {k for k in everything if k % step == first % step}:
            if step == 2:
                return "even" if first % 2 == 0 else "odd"
            return f"a multiple of {step}" if first % step == 0 else f"a multiple of {step} plus {first % step}"
    missing = sorted(everything - set(few))
    if len(missing) == 1:
        return f"not {missing[0]}"
    shown = ", ".join(map(str, few[:8])) + (", …" if len(few) > 8 else "")
    return f"one of {shown}"


def _border(good: Sequence[set[int]], index: NDArray[np.intp], shape: Sequence[int], axes: Sequence[int]) -> str:
    """The right entries as an interior: the wrong ones are its border."""
    widths = set()
    for axis in axes:
        low, high = min(good[axis]), max(good[axis])
        if good[axis] != {k for k in _box(index, shape)[axis] if low <= k <= high}:
            return ""
        widths.add((low, shape[axis] - 1 - high))
    if len(axes) < 2 or len(widths) != 1:
        return ""
    before, after = widths.pop()
    wide = f"{before} wide" if before == after else f"{before} wide at the start, {after} at the end"
    return f"only at the border of axes {' and '.join(map(str, axes))}, {wide}"
