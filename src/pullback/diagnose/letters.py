"""Mistakes in what is summed: letters of a sum that are averaged, kept, fixed, left out, or summed too many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from math import prod

from pullback.diagnose.steps import Site, Step, fixed, scaled, with_formula
from pullback.formula import Affine, Ref, Sum
from pullback.formula.affine import mixed_radix
from pullback.formula.render import substitute

BATCH, TAPS, CHANNELS = ("n",), ("t", "r", "s"), ("o", "i", "g")
MEANS: dict[tuple[str, ...], str] = {("position",): "mean-over-positions", ("batch",): "mean-over-batch"}
Found = Iterator[tuple[str, Step, int]]


def summed(f: Sum) -> tuple[str, ...]:
    """The letters that are summed over: those that do not address the result."""
    return tuple(k for k in f.ranges if k not in f.out.letters)


def group_of(letter: str) -> str:
    """What a letter counts: batch, channel, tap or position."""
    for name, known in (("batch", BATCH), ("tap", TAPS), ("channel", CHANNELS)):
        if letter in known:
            return name
    return "position"


def groups(f: Sum, letters: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The letters by what they count; a sum over one letter alone is a sum over positions of some kind."""
    found: dict[str, tuple[str, ...]] = {}
    for k in letters:
        if f.ranges[k] > 1:
            found[group_of(k)] = (*found.get(group_of(k), ()), k)
    return found


def _together(parts: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Every choice of parts: one by one, two together, and so on."""
    for count in range(1, len(parts) + 1):
        yield from combinations(parts, count)


def means(_: Site, step: Step) -> Found:
    """A mean instead of a sum: over the batch, the positions, or all."""
    f = step.sum
    if f is None:
        return
    parts = groups(f, summed(f))
    for some in _together(parts):
        size = prod(f.ranges[k] for name in some for k in parts[name])
        key = MEANS.get(some, "mean-instead-of-sum")
        far = 0 if len(some) == len(parts) or set(some) <= {"batch", "position"} else 2
        yield key, scaled(step, 1 / size), far
    spread = [k for k in f.out.letters if f.ranges[k] > 1 and not any(k in r.letters for r in f.factors)]
    if spread and f.out.plain:
        yield "mean-instead-of-sum", scaled(step, 1 / prod(f.ranges[k] for k in spread)), 1


def not_summed(site: Site, step: Step) -> Found:
    """One value per sample, per position, or per both."""
    f = step.sum
    if f is None or not site.is_last:
        return
    parts = groups(f, summed(f))
    batch, positions = parts.get("batch", ()), parts.get("position", ())
    if positions and not batch:
        batch = tuple(k for k in summed(f) if k in BATCH)
    for key, kept in (
        ("batch-not-summed", batch),
        ("positions-not-summed", positions),
        ("nothing-summed", (*batch, *positions)),
    ):
        if kept and (key != "nothing-summed" or (batch and positions)):
            yield key, with_formula(step, _keeping(f, kept)), 0
    if batch and not positions and not summed(f)[1:]:
        yield "nothing-summed", with_formula(step, _keeping(f, batch)), 1


def _keeping(f: Sum, kept: Sequence[str]) -> Sum:
    """The sum with letters more on its left: the batch in front, positions behind."""
    front = [k for k in kept if group_of(k) == "batch"]
    back = [k for k in kept if group_of(k) != "batch"]
    at = (*(Affine(((k, 1),)) for k in front), *f.out.at, *(Affine(((k, 1),)) for k in back))
    shape = (*(f.ranges[k] for k in front), *f.out.shape, *(f.ranges[k] for k in back))
    return replace(f, out=Ref(f.out.array, at, shape))


def fixed_letters(_: Site, step: Step) -> Found:
    """Only the last term (assigned instead of added), or only the first."""
    f = step.sum
    if f is None:
        return
    parts = groups(f, summed(f))
    for some in _together(parts):
        letters = [k for name in some for k in parts[name]]
        keys = ("only-one-channel",) * 2 if some == ("channel",) else ("overwritten", "only-first")
        ends = ({k: f.ranges[k] - 1 for k in letters}, dict.fromkeys(letters, 0))
        for key, end in zip(keys, ends, strict=True):
            yield key, with_formula(step, fixed(f, end)), len(some) - 1


def left_out(_: Site, step: Step) -> Found:
    """A loop that stops one too early."""
    f = step.sum
    if f is None:
        return
    free = {k: n for k, n in f.sizes if n > 1 and any(k in r.letters for r in f.factors)}
    for letters in [(k,) for k in free] + [tuple(k for k in free if group_of(k) == "position")]:
        if letters and not (set(letters) & set(f.out.letters) and all(_alone(f.out, k) for k in letters)):
            sizes = tuple((k, n - 1 if k in letters else n) for k, n in f.sizes)
            yield "one-left-out", with_formula(step, replace(f, sizes=sizes)), 0


def _alone(ref: Ref, letter: str) -> bool:
    """Whether a letter addresses an axis by itself."""
    return any(isinstance(a, Affine) and a.letter == letter for a in ref.at)


def too_much(site: Site, step: Step) -> Found:
    """Summed over letters that the result has: all their indices get the same number, or the axis is gone."""
    f = step.sum
    if f is None:
        return
    own = [k for k in f.out.letters if _addresses(f, k) and f.ranges[k] > 1]
    for name, letters in groups(f, own).items():
        if name == "tap" or (name == "batch" and site.family != "sum"):
            continue
        many = _axes(f, letters) if name == "channel" else [letters]
        key = "summed-over-channels" if name == "channel" else "summed-over-positions"
        for some in many:
            spread = _spread(f, some)
            if spread is not None:
                yield key, with_formula(step, spread), 1 if name == "channel" else 0
                mean = replace(spread, scale=spread.scale / prod(f.ranges[k] for k in some))
                yield key, with_formula(step, mean), 3
            if site.is_last and (len(some) > 1 or _alone(f.out, some[0])):
                yield key, with_formula(step, _without(f, some)), 1


def _axes(f: Sum, letters: Sequence[str]) -> list[tuple[str, ...]]:
    """The letters one by one, and those together that address one axis (g·O + o)."""
    joint = [tuple(k for k in a.letters if k in letters) for a in f.out.at]
    return list(dict.fromkeys([*(j for j in joint if len(j) > 1), *((k,) for k in letters)]))


def _addresses(f: Sum, letter: str) -> bool:
    """Whether a letter of the result addresses an axis alone or as a digit of it (g·O + o)."""
    for index, size in zip(f.out.at, f.out.shape, strict=True):
        if isinstance(index, Affine) and letter in index.letters:
            return index.letter == letter or letter in (mixed_radix(index, size, f.ranges) or ())
    return False


def _spread(f: Sum, letters: Sequence[str]) -> Sum | None:
    """The factors read at letters of their own, which are summed; the result keeps its letters."""
    factors = f.factors
    sizes = list(f.sizes)
    for k in letters:
        new = k + "0"
        factors = tuple(substitute(r, k, Affine(((new, 1),))) for r in factors)
        sizes.append((new, f.ranges[k]))
    return replace(f, factors=factors, sizes=tuple(sizes))


def _without(f: Sum, letters: Sequence[str]) -> Sum:
    """The result without the axes of some letters."""
    kept = [j for j, a in enumerate(f.out.at) if not set(a.letters) & set(letters)]
    out = Ref(f.out.array, tuple(f.out.at[j] for j in kept), tuple(f.out.shape[j] for j in kept))
    return replace(f, out=out)


def identical(_: Site, step: Step) -> Found:
    """One channel's numbers for all: an index of a factor is fixed."""
    f = step.sum
    if f is None:
        return
    own = [k for k in f.out.letters if group_of(k) in ("channel", "batch") and f.ranges[k] > 1 and _addresses(f, k)]
    for letters in _axes(f, own):
        channel = group_of(letters[0]) == "channel"
        for last in (False, True):
            factors = f.factors
            for k in letters:
                value = f.ranges[k] - 1 if last else 0
                factors = tuple(substitute(r, k, Affine((), value)) for r in factors)
            key = "identical-over-channels" if channel else "overwritten" if last else "only-first"
            yield key, with_formula(step, replace(f, factors=factors)), 0 if channel else 2


EDITS = (means, not_summed, fixed_letters, left_out, too_much, identical)
