"""Mistakes in where cotangents are sent: groups, windows that overlap, borders, entries that were moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pullback.diagnose.steps import Site, Step, with_formula
from pullback.diagnose.windows import ref_of, window_axes, with_ref
from pullback.diagnose.written import Assigned
from pullback.formula import Affine, Ref, Sum
from pullback.formula.affine import Index, Lookup

Found = Iterator[tuple[str, Step, int]]


def groups_ignored(site: Site, step: Step) -> Found:
    """Every group connected to the first group's channels, or all channels to all."""
    f = step.sum
    if f is None or f.ranges.get("g", 1) < 2:
        return
    for k in range(-1, len(f.factors)):
        ref = ref_of(f, k)
        for axis, index in enumerate(ref.at):
            if isinstance(index, Affine) and index.coef("g") and axis == 1:
                without = tuple(index.substitute("g", Affine()) if j == axis else a for j, a in enumerate(ref.at))
                yield "groups-ignored", with_formula(step, with_ref(f, k, replace(ref, at=without))), k != -1
                other = tuple(
                    index.substitute("g", Affine((("g0", 1),))) if j == axis else a for j, a in enumerate(ref.at)
                )
                if k < 0:
                    every = replace(with_ref(f, k, replace(ref, at=other)), sizes=(*f.sizes, ("g0", f.ranges["g"])))
                    yield "groups-ignored", with_formula(step, every), 1
    if site.is_last and "i" in f.out.letters and "g" in f.out.letters:
        yield from _dense(step, f)


def _dense(step: Step, f: Sum) -> Found:
    """The filter's gradient as if every output channel saw every input channel."""
    inputs = f.ranges["i"] * f.ranges["g"]
    read = [
        k for k, r in enumerate(f.factors) if any(isinstance(a, Affine) and {"g", "i"} <= set(a.letters) for a in r.at)
    ]
    if len(read) != 1 or not any(isinstance(a, Affine) and a.letter == "i" for a in f.out.at):
        return
    ref = f.factors[read[0]]
    at = tuple(Affine((("i", 1),)) if isinstance(a, Affine) and {"g", "i"} <= set(a.letters) else a for a in ref.at)
    sizes = tuple((k, inputs if k == "i" else n) for k, n in f.sizes)
    shape = tuple(
        inputs if isinstance(a, Affine) and a.letter == "i" else n for a, n in zip(f.out.at, f.out.shape, strict=True)
    )
    changed = replace(with_ref(f, read[0], replace(ref, at=at)), out=replace(f.out, shape=shape), sizes=sizes)
    yield "groups-ignored", with_formula(step, changed), 1


def overlaps(_: Site, step: Step) -> Found:
    """Windows that overlap are assigned instead of added."""
    f = step.sum
    axes = [w for w in window_axes(f) if w.ref < 0] if f is not None else []
    if f is not None and any(w.taps > 1 and w.stride < (w.taps - 1) * w.dilation + 1 for w in axes):
        for last in ("position", "tap"):
            yield "overlaps-assigned", with_formula(step, Assigned(f, last)), 0 if last == "position" else 1


def borders_of_modes(_: Site, step: Step) -> Found:
    """Reflected, repeated or wrapped borders that were cut off instead of folded back."""
    f = step.sum
    if f is None:
        return
    for axis, index in enumerate(f.out.at):
        if not isinstance(index, Lookup) or isinstance(index.table, str):
            continue
        entries, n = index.table.entries, f.out.shape[axis]
        start = next((k for k in range(len(entries)) if entries[k : k + n] == tuple(range(n))), None)
        if start is not None:
            at = tuple(index.at[0] - start if j == axis else a for j, a in enumerate(f.out.at))
            yield "border-not-folded-back", with_formula(step, replace(f, out=replace(f.out, at=at))), 0


def moved(site: Site, step: Step) -> Found:
    """Entries written or read at p − lo, as by padding with zeros: shifted, not shifted, not cropped."""
    f = step.sum
    if f is None or len(f.factors) != 1:
        return
    for k, ref in ((-1, f.out), (0, f.factors[0])):
        axes = [j for j, a in enumerate(ref.at) if _is_moved(a, ref.shape[j], f)]
        if not axes:
            continue
        for by in (1, -1):
            for some, far in ((axes, 0), *(([j], 1) for j in axes if len(axes) > 1)):
                yield "shifted-by-one", with_formula(step, with_ref(f, k, _move(ref, some, by))), far
        straight = tuple(Affine(a.coefs) if j in axes and isinstance(a, Affine) else a for j, a in enumerate(ref.at))
        if straight != ref.at:
            yield "padding-ignored", with_formula(step, with_ref(f, k, replace(ref, at=straight))), 0
        if k < 0 and site.is_last:
            letters = {j: a.letters[0] for j, a in enumerate(ref.at) if j in axes}
            shape = tuple(f.ranges[letters[j]] if j in axes else n for j, n in enumerate(ref.shape))
            yield "padding-not-cropped", with_formula(step, with_ref(f, k, replace(ref, at=straight, shape=shape))), 0


def _is_moved(index: Index, size: int, f: Sum) -> bool:
    """Whether an axis is addressed by one letter that does not simply run along it."""
    if not isinstance(index, Affine) or len(index.coefs) != 1 or index.coefs[0][1] != 1:
        return False
    return bool(index.const) or f.ranges[index.coefs[0][0]] != size


def _move(ref: Ref, axes: Sequence[int], by: int) -> Ref:
    at = tuple(a + by if j in axes and isinstance(a, Affine) else a for j, a in enumerate(ref.at))
    return replace(ref, at=at)


EDITS = (groups_ignored, overlaps, borders_of_modes, moved)
