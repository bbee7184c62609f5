"""Mistakes in how arrays are turned: filters flipped, gradients rotated or transposed, channels exchanged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product

from pullback.diagnose.letters import group_of
from pullback.diagnose.steps import Site, Step, with_formula
from pullback.diagnose.windows import at_axis, ref_of, window_axes, with_ref
from pullback.formula import Affine, Ref, Sum
from pullback.formula.render import substitute

Found = Iterator[tuple[str, Step, int]]


def _reversed(ref: Ref, letters: Sequence[str], f: Sum) -> Ref:
    for k in letters:
        ref = substitute(ref, k, Affine(((k, -1),), f.ranges[k] - 1))
    return ref


def _subsets(letters: Sequence[str]) -> Iterator[tuple[tuple[str, ...], int]]:
    """All letters, and each by itself."""
    yield tuple(letters), 0
    if len(letters) > 1:
        yield from (((k,), 2) for k in letters)


def _plain(ref: Ref, wanted: str) -> list[str]:
    """The letters of one kind that address an axis by themselves."""
    letters = (a.letter for a in ref.at if isinstance(a, Affine))
    return [k for k in letters if k is not None and group_of(k) == wanted]


def turned(_: Site, step: Step) -> Found:
    """Filters and cotangents that are flipped, rotated or transposed."""
    f = step.sum
    if f is None or not window_axes(f):
        return
    for k in range(-1, len(f.factors)):
        ref = ref_of(f, k)
        for kind in ("tap", "position"):
            letters = [x for x in _plain(ref, kind) if f.ranges[x] > 1]
            key = "gradient-rotated" if k < 0 else "filter-flipped" if kind == "tap" else "arguments-swapped"
            for some, far in _subsets(letters) if letters else ():
                yield key, with_formula(step, with_ref(f, k, _reversed(ref, some, f))), far + (kind == "position") * 2
            yield from _quarter_turns(step, f, k, letters)
    yield from _reversed_result(step, f)


def _quarter_turns(step: Step, f: Sum, k: int, letters: Sequence[str]) -> Found:
    """Two axes exchanged, with one of them reversed or none."""
    for a, b in combinations(letters, 2):
        yield from _quarter_turn(step, f, k, a, b)


def _quarter_turn(step: Step, f: Sum, k: int, a: str, b: str) -> Found:
    ref = ref_of(f, k)
    exchanged = exchange(ref, a, b)
    if k >= 0 and f.ranges[a] != f.ranges[b]:
        return
    keys = ("gradient-transposed", "gradient-rotated") if k < 0 else ("filter-transposed", "filter-flipped")
    if k < 0:
        exchanged = replace(exchanged, shape=_shape_of(exchanged, f))
    yield keys[0], with_formula(step, with_ref(f, k, exchanged)), 0 if k < 0 else 1
    for one in (a, b):
        yield keys[1], with_formula(step, with_ref(f, k, _reversed(exchanged, (one,), f))), 2


def exchange(ref: Ref, a: str, b: str) -> Ref:
    """The ref with two letters exchanged."""
    ref = substitute(substitute(ref, a, Affine((("#", 1),))), b, Affine(((a, 1),)))
    return substitute(ref, "#", Affine(((b, 1),)))


def _shape_of(ref: Ref, f: Sum) -> tuple[int, ...]:
    """A result's shape from the letters that address it."""
    return tuple(
        f.ranges[a.letter] if isinstance(a, Affine) and a.letter else n for a, n in zip(ref.at, ref.shape, strict=True)
    )


def _reversed_result(step: Step, f: Sum) -> Found:
    """The gradient of an input, reversed along all its window axes."""
    axes = [w for w in window_axes(f) if w.ref < 0]
    if axes:
        changed = f
        for w in axes:
            index = Affine(((w.position, -w.stride), (w.tap, -w.dilation)), w.size - 1 + w.low)
            changed = at_axis(changed, w, index)
        yield "arguments-swapped", with_formula(step, changed), 0


def transposed(site: Site, step: Step) -> Found:
    """Channels exchanged; a gradient transposed."""
    f = step.sum
    if f is None:
        return
    for k in range(-1, len(f.factors)):
        ref = ref_of(f, k)
        own = [a.letter for a in ref.at if isinstance(a, Affine) and a.letter]
        channels = [x for x in own if x is not None and group_of(x) == "channel"]
        for a, b in ((x, y) for x, y in product(channels, channels) if x < y):
            if k >= 0 and f.ranges[a] != f.ranges[b]:
                continue
            changed = exchange(ref, a, b)
            key = "gradient-transposed" if k < 0 and len(ref.at) == 2 else "channels-swapped"
            if k < 0:
                changed = replace(changed, shape=_shape_of(changed, f))
                taps = [x for x in _plain(ref, "tap") if f.ranges[x] > 1]
                if taps:
                    both = with_ref(f, k, _reversed(changed, taps, f))
                    yield "arguments-swapped", with_formula(step, both), 1
            yield key, with_formula(step, with_ref(f, k, changed)), 0
    if len(f.out.at) == 2 and f.out.plain and not window_axes(f) and len(_plain(f.out, "channel")) < 2:
        a, b = (str(x.letter) for x in f.out.at if isinstance(x, Affine))
        changed = Ref(f.out.array, tuple(reversed(f.out.at)), tuple(reversed(f.out.shape)))
        if site.is_last:
            yield "gradient-transposed", with_formula(step, with_ref(f, -1, changed)), 0
        del a, b


def factors_reversed(site: Site, step: Step) -> Found:
    """A product of two matrices in the other order, both transposed: bᵀ·ȳ for ȳ·bᵀ."""
    f = step.sum
    if f is None or len(f.factors) != 2 or any(len(r.at) != 2 for r in (f.out, *f.factors)) or not f.out.plain:
        return
    a, b = (str(x.letter) for x in f.out.at if isinstance(x, Affine))
    if len({f.ranges[k] for k in f.ranges}) == 1 and all(r.plain for r in f.factors):
        turned_round = tuple(exchange(replace(r, at=tuple(reversed(r.at))), a, b) for r in f.factors)
        yield "arguments-swapped", with_formula(step, replace(f, factors=turned_round)), 0
    for k, r in enumerate(f.factors):
        if r.plain and r.shape[0] == r.shape[1]:
            flipped = replace(r, at=tuple(reversed(r.at)))
            yield (
                "filter-transposed",
                with_formula(step, with_ref(f, k, flipped)),
                1 if r.array == site.cotangent else 0,
            )


EDITS = (turned, transposed, factors_reversed)
