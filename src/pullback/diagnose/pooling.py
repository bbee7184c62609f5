"""Mistakes in pooling: cotangents sent to other entries than the winner, averages that are not averages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.diagnose.letters import TAPS
from pullback.diagnose.steps import Computed, Read, Site, Step, fixed, with_formula
from pullback.diagnose.written import LastWindow, WholeWindow
from pullback.formula import Affine, Argmax, Ref, Sum, digits
from pullback.formula.affine import Lookup
from pullback.formula.strided import Views
from pullback.graph import Node

Array = NDArray[Any]
Found = Iterator[tuple[str, Step, int]]


@dataclass(frozen=True, eq=False)
class Pool:
    """The maximum that a scatter by switches belongs to.

    rule     the declared maximum, with its windows
    source   what it was taken of
    table    the operand that holds the switches
    """

    rule: Argmax
    source: Node
    table: str

    @property
    def names(self) -> tuple[str, ...]:
        """The letters of every candidate: the windows', then the taps'."""
        return (*self.rule.out.letters, *self.rule.over)

    def candidates(self, read: Read) -> tuple[Array, Array, Array]:
        """Every candidate's value, its flat position in its plane, and whether it lies inside."""
        x = read(self.source)
        shape = tuple(self.rule.ranges[k] for k in self.names)
        views = Views(self.rule.ranges, {})
        at, inside = views.flat(self.rule.source, self.names)
        inside = np.ones(shape, bool) if inside is None else inside
        values = np.take(x, np.where(inside, at, 0))
        plane: Array = np.zeros((), np.int64)
        for axis in self.rule.window_axes:
            plane = plane * self.rule.source.shape[axis] + views.positions(self.rule.source.at[axis], self.names)
        return values, np.broadcast_to(plane, shape), inside


def pool_of(site: Site) -> Pool | None:
    """The maximum whose switches the step's sum scatters by."""
    f = site.step.sum
    lookups = f.out.lookups if f is not None else ()
    if not lookups or not isinstance(lookups[0].table, str):
        return None
    table = lookups[0].table
    node = site.step.sources[table]
    if not isinstance(node, Node) or not isinstance(node.formula, Argmax):
        return None
    return Pool(node.formula, node.inputs[0], table)


def _flat(values: Array, taps: int) -> Array:
    return values.reshape(*values.shape[: values.ndim - taps], -1)


Choice = Callable[[Array, Array], Array]
"""From the candidates' values and which of them lie inside, the number of the one that is chosen."""


def _lowest(values: Array, inside: Array) -> Array:
    chosen: Array = np.where(inside, values, np.inf).argmin(-1)
    return chosen


def _last_of_equals(values: Array, inside: Array) -> Array:
    seen = np.where(inside, values, -np.inf)
    chosen: Array = seen.shape[-1] - 1 - seen[..., ::-1].argmax(-1)
    return chosen


def _first(values: Array, inside: Array) -> Array:
    return np.zeros(values.shape[:-1], np.int64) * inside[..., 0]


def _first_inside(values: Array, inside: Array) -> Array:
    del values
    chosen: Array = inside.argmax(-1)
    return chosen


def _last(values: Array, inside: Array) -> Array:
    chosen: Array = inside.shape[-1] - 1 - inside[..., ::-1].argmax(-1) + 0 * values[..., 0].astype(np.int64)
    return chosen


def _largest_size(values: Array, inside: Array) -> Array:
    chosen: Array = np.where(inside, np.abs(values), -np.inf).argmax(-1)
    return chosen


CHOICES: tuple[tuple[Choice, str, int], ...] = (
    (_lowest, "the smallest entry", 0),
    (_last_of_equals, "the last of equal maxima", 0),
    (_first, "the window's first entry", 1),
    (_first_inside, "the window's first entry inside", 1),
    (_last, "the window's last entry", 2),
    (_largest_size, "the entry of the largest size", 2),
)


def _scatter(site: Site, step: Step) -> tuple[Pool, Sum] | None:
    """The pool and the scatter by its switches, where the step still is one."""
    pool, f = pool_of(site), step.sum
    return (pool, f) if pool is not None and f is not None and _as_declared(site, f) else None


def switches(site: Site, step: Step) -> Found:
    """Cotangents sent to the wrong entry of the window."""
    found = _scatter(site, step)
    if found is None:
        return
    pool, f = found
    taps = len(pool.rule.over)
    for choice, what, far in CHOICES:

        def chosen(read: Read, choice: Choice = choice) -> Array:
            values, plane, inside = (_flat(v, taps) for v in pool.candidates(read))
            winner = choice(values, inside)[..., None]
            at = np.take_along_axis(plane, winner, -1)[..., 0]
            # A choice outside the image is written nowhere.
            return np.where(np.take_along_axis(inside, winner, -1)[..., 0], at, _beyond(pool))

        yield "wrong-switch", with_formula(step, f, **{pool.table: Computed(f"switches: {what}", chosen)}), far
    exchanged = _rows_and_columns(f)
    if exchanged is not None:
        yield "wrong-switch", with_formula(step, exchanged), 2


def _as_declared(site: Site, f: Sum) -> bool:
    """Whether a scatter by switches is still the one that was declared, but for a factor."""
    own = site.step.sum
    return own is not None and (own.out, own.factors, own.sizes) == (f.out, f.factors, f.sizes) and len(f.factors) == 1


def _beyond(pool: Pool) -> int:
    return prod(pool.rule.source.shape[axis] for axis in pool.rule.window_axes)


def _rows_and_columns(f: Sum) -> Sum | None:
    """The switches split with the plane's height where its width belongs."""
    at = [(j, a) for j, a in enumerate(f.out.at) if isinstance(a, Lookup)]
    if len(at) != 2 or f.out.shape[at[0][0]] == f.out.shape[at[1][0]]:
        return None
    height = f.out.shape[at[0][0]]
    changed = {at[0][0]: replace(at[0][1], stride=height), at[1][0]: replace(at[1][1], size=height)}
    return replace(f, out=replace(f.out, at=tuple(changed.get(j, a) for j, a in enumerate(f.out.at))))


def _over_windows(pool: Pool, f: Sum) -> Sum:
    """The scatter with every tap instead of the winner: x̄[n,o,p·σ+r·δ−π,…] += ȳ[n,o,p,q]."""
    return Sum(Ref(f.out.array, pool.rule.source.at, f.out.shape), f.factors, pool.rule.sizes, f.scale)


def to_many(site: Site, step: Step) -> Found:
    """Cotangents sent to the whole window, or to all of several equal maxima."""
    found = _scatter(site, step)
    if found is None:
        return
    pool, f = found
    every = _over_windows(pool, f)
    count = prod(pool.rule.ranges[k] for k in pool.rule.over)
    yield "to-every-position", with_formula(step, every), 0
    yield "split-evenly", with_formula(step, replace(every, scale=every.scale / count)), 0
    weight = Ref("m", tuple(Affine(((k, 1),)) for k in pool.names), tuple(pool.rule.ranges[k] for k in pool.names))
    weighted = replace(every, factors=(*every.factors, weight))
    axes = tuple(range(-len(pool.rule.over), 0))

    def ties(read: Read) -> Array:
        values, _, inside = pool.candidates(read)
        seen = np.where(inside, values, -np.inf)
        return np.asarray(seen == seen.max(axes, keepdims=True), np.float64)

    def shares(read: Read) -> Array:
        equal = ties(read)
        return np.asarray(equal / equal.sum(axes, keepdims=True))

    def counted(read: Read) -> Array:
        inside = pool.candidates(read)[2].astype(float)
        return np.asarray(inside / inside.sum(axes, keepdims=True))

    yield "to-all-ties", with_formula(step, weighted, m=Computed("1 where x is the maximum", ties)), 0
    yield "split-among-ties", with_formula(step, weighted, m=Computed("1/ties where x is the maximum", shares)), 0
    yield "split-evenly", with_formula(step, weighted, m=Computed("1/entries inside", counted)), 1


def assigned(site: Site, step: Step) -> Found:
    """Windows that overlap, or indices that repeat, assign to their entry instead of adding to it."""
    found, f = _scatter(site, step), step.sum
    if found is not None and _overlap(found[0]):
        pool, f = found
        whole = WholeWindow(f, _over_windows(pool, f), pool.rule)
        yield "overlaps-assigned", with_formula(step, LastWindow(f)), 0
        yield "overlaps-assigned", with_formula(step, whole, x=pool.source), 2
    elif f is not None and pool_of(site) is None and f.out.lookups and _copies(f):
        yield "overlaps-assigned", with_formula(step, LastWindow(f)), 0


def _copies(f: Sum) -> bool:
    """Whether every term is one entry of the only factor."""
    return len(f.factors) == 1 and f.factors[0].plain and set(f.factors[0].letters) == set(f.ranges)


def _overlap(pool: Pool) -> bool:
    for axis in pool.rule.window_axes:
        index = pool.rule.source.at[axis]
        if isinstance(index, Affine):
            taps = sum(c * (pool.rule.ranges[k] - 1) for k, c in index.coefs if k in pool.rule.over)
            strides = [c for k, c in index.coefs if k not in pool.rule.over and pool.rule.ranges[k] > 1]
            if strides and min(strides) <= taps:
                return True
    return False


def averages(site: Site, step: Step) -> Found:
    """An average that is not divided, divided twice, by another number, or sent to one entry."""
    f = step.sum
    if f is None or site.family == "loss" or pool_of(site) is not None or (f.scale == 1.0 and site.family != "pooling"):
        return
    taps = [k for k in TAPS if k in f.ranges]
    count = prod(f.ranges[k] for k in taps) if taps else round(1 / f.scale) if f.scale else 1
    if f.scale != 1.0:
        yield "average-not-divided", with_formula(step, replace(f, scale=1.0)), 0
        yield "divided-twice", with_formula(step, replace(f, scale=f.scale**2)), 0
    weights = [r for r in f.factors if r.array == "c"]
    if weights:
        plain = replace(f, factors=tuple(r for r in f.factors if r.array != "c"))
        yield "average-not-divided", with_formula(step, plain), 0
        yield "padding-not-counted", with_formula(step, replace(plain, scale=1 / count)), 0
    elif taps and f.scale != 1.0:
        yield from _inside_only(step, f)
    if taps:
        for at in (dict.fromkeys(taps, 0), {k: f.ranges[k] - 1 for k in taps}):
            yield "average-as-maximum", with_formula(step, replace(fixed(f, at), scale=1.0)), 0


def _inside_only(step: Step, f: Sum) -> Found:
    """The average over the entries inside the image alone."""
    ones = replace(f, out=f.factors[0], factors=(replace(f.out, array="x"),), scale=1.0)
    counts = ones.evaluate(np.ones(f.out.shape))
    whole = prod(f.ranges[k] for k in TAPS if k in f.ranges)
    if counts.min() == whole or not counts.min():
        return
    weight = Ref("c", f.factors[0].at, counts.shape)
    shares = 1 / np.asarray(counts, np.float64)
    inside = Computed("1/entries inside", lambda _: shares)
    yield "padding-not-counted", with_formula(step, replace(f, factors=(weight, *f.factors), scale=1.0), c=inside), 0


def average_as_maximum(site: Site, step: Step) -> Found:
    """An average whose cotangent went to the largest entry of each window."""
    f = step.sum
    forward = site.forward
    if f is None or site.family != "pooling" or forward is None or not isinstance(forward.formula, Sum):
        return
    own = forward.formula
    over = tuple(k for k in own.ranges if k not in own.out.letters)
    reads = [r for r in own.factors if r.array == site.operand]
    if pool_of(site) is not None or not over or len(reads) != 1 or not own.out.plain or reads[0].lookups:
        return
    rule = Argmax(Ref("switches", own.out.at, own.out.shape), reads[0], own.sizes, over)
    axes = rule.window_axes
    sizes = tuple(reads[0].shape[j] for j in axes)
    source = forward.inputs[own.operands.index(site.operand)]
    found = dict(zip(axes, digits("switches", own.out.at, sizes), strict=True))  # type: ignore[arg-type]
    out = Ref(f.out.array, tuple(found.get(j, a) for j, a in enumerate(reads[0].at)), f.out.shape)
    cotangent = replace(own.out, array=site.cotangent)
    kept = tuple((k, n) for k, n in own.sizes if k not in over)
    changed = Sum(out, (cotangent,), kept)
    table = Computed("where the largest entry lies", lambda read: rule.evaluate(read(source)))
    yield "average-as-maximum", with_formula(step, changed, switches=table), 1


def unpooled(site: Site, step: Step) -> Found:
    """Unpooling's gradient read at another place of each window than the switch says, or over all of it."""
    f = step.sum
    if f is None or site.family != "pooling" or len(f.factors) != 1 or not f.factors[0].lookups:
        return
    (x,) = f.factors
    places = [j for j, a in enumerate(x.at) if isinstance(a, Lookup)]
    sizes = {j: (x.shape[j], f.out.shape[j]) for j in places if j < len(f.out.shape)}
    if len(sizes) < len(places) or not f.out.plain or any(n % m or n < m for n, m in sizes.values()):
        return
    taps = dict(zip(places, ("r", "s", "t"), strict=False))
    at = tuple(
        Affine(((str(f.out.at[j].letters[0]), x.shape[j] // f.out.shape[j]), (taps[j], 1))) if j in taps else a
        for j, a in enumerate(x.at)
    )
    extra = tuple((taps[j], x.shape[j] // f.out.shape[j]) for j in places)
    every = replace(f, factors=(replace(x, at=at),), sizes=(*f.sizes, *extra))
    yield "wrong-switch", with_formula(step, fixed(every, dict.fromkeys((k for k, _ in extra), 0))), 0
    yield "to-every-position", with_formula(step, every), 1
    yield "mean-instead-of-sum", with_formula(step, replace(every, scale=1 / prod(n for _, n in extra))), 1


EDITS = (switches, to_many, assigned, averages, average_as_maximum, unpooled)
