"""The wrong gradients that the mistakes would give: single ones, and two together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations, islice, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.diagnose import activations, bias, letters, losses, passes, places, pooling, turns, windows
from pullback.diagnose.losses import same
from pullback.diagnose.mistake import Mistake
from pullback.diagnose.sites import Context
from pullback.diagnose.steps import WHOLE, Array, Change, Edit, Read, Step, again, changes, picked, scaled
from pullback.explain.tracing import Trace
from pullback.formula import Map
from pullback.formula import expr as ex
from pullback.graph import Input, Node

RULES: tuple[Edit, ...] = (
    *letters.EDITS,
    *turns.EDITS,
    *windows.EDITS,
    *places.EDITS,
    *pooling.EDITS,
    *activations.EDITS,
    losses.diagonals,
    losses.paths,
    bias.per_tap,
)
PASSES: tuple[Edit, ...] = (losses.loss_factors, *passes.EDITS)
ALONE = ("another-layer", "previous-step", "float32-cancellation", "parameter-after-update", "update-with-plus")
"""Mistakes that are not combined with others."""
THROUGHOUT = ("derivative-left-out", "path-left-out", "border-not-folded-back")
"""Mistakes that are made at several steps of an operator at once."""
LIKELY = 4
"""The rank up to which mistakes are tried two by two."""
PAIRED = 50
"""So many mistakes, the most plausible, are tried two by two."""
BUDGET = 2_000_000_000
"""So many products are computed at most for mistakes further up in the backward pass: a few seconds."""
LAST = 100_000
"""So many products, at most, the last step is counted with: of a large one only a few entries are computed."""


@dataclass(frozen=True, eq=False)
class Details:
    """Where a mistake was made, and the formulas as they should be and as they were.

    place   what the step computes: "cotangent of relu1"
    right, wrong  the formulas as text
    """

    changes: tuple[Change, ...]

    @property
    def place(self) -> str:
        """What the changed steps compute."""
        return " and ".join(dict.fromkeys(c.site.name for c in self.changes))

    @property
    def right(self) -> str:
        """The formulas as they should be."""
        return "; ".join(dict.fromkeys(c.site.step.text() for c in self.changes))

    @property
    def wrong(self) -> str:
        """The formulas as the mistakes make them."""
        last = {c.site.node: c for c in self.changes}
        return "; ".join(c.step.text() for c in last.values())


@dataclass(frozen=True, eq=False)
class Candidate:
    """What one mistake, or two together, would give for one gradient."""

    mistakes: tuple[Mistake, ...]
    details: Details
    shape: tuple[int, ...]
    rank: int
    _run: Run = field(repr=False)
    _entries: dict[bytes, Array] = field(default_factory=dict, repr=False)

    @cached_property
    def values(self) -> Array:
        """The wrong gradient."""
        return self._run.value(self.details.changes)

    def entries(self, index: NDArray[np.intp]) -> Array:
        """Some entries of it, one per row of indices."""
        if "values" in self.__dict__ or self.work < WHOLE:
            return picked(self.values, index)
        key = index.tobytes()
        if key not in self._entries:
            self._entries[key] = self._run.entries(self.details.changes, index)
        return self._entries[key]

    @property
    def work(self) -> int:
        """How many products it takes."""
        return self._run.work(self.details.changes)


@dataclass(frozen=True, eq=False)
class Run:
    """The backward pass run again with some steps changed."""

    context: Context
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    def value(self, made: Sequence[Change]) -> Array:
        """The gradient that comes out."""
        with np.errstate(all="ignore"):
            step, values = self._upto(made)
            return step.value(self._reader(values))

    def entries(self, made: Sequence[Change], index: NDArray[np.intp]) -> Array:
        """Some entries of the gradient that comes out."""
        with np.errstate(all="ignore"):
            step, values = self._upto(made)
            return step.entries(self._reader(values), index)

    def _upto(self, made: Sequence[Change]) -> tuple[Step, dict[Node, Array]]:
        """The last step, and the values of the steps before it that are changed."""
        target = self.context.target
        changed = {c.site.node: c.step for c in made}
        last = changed.pop(target, None) or _as_it_is(target)
        key = tuple((id(node), id(step)) for node, step in changed.items())
        if changed and self._kept.get("key") != key:
            self._kept.update(key=key, values=self._above(changed), steps=changed)
        return last, self._kept["values"] if changed else {}

    def _above(self, changed: Mapping[Node, Step]) -> dict[Node, Array]:
        """The values of all steps but the last that follow from changed ones."""
        values: dict[Node, Array] = {}
        read, touched = self._reader(values), set(changed)
        for node in self.context.backward:
            if node is self.context.target or (node not in touched and not any(i in touched for i in node.inputs)):
                continue
            touched.add(node)
            values[node] = (changed.get(node) or _as_it_is(node)).value(read)
        return values

    def _reader(self, values: Mapping[Node, Array]) -> Read:
        trace = self.context.trace
        return lambda node: values[node] if node in values else trace.value_of(node)

    def work(self, made: Sequence[Change]) -> int:
        """How many products a run takes, but for the last step, of which a few entries can be had one by one."""
        total = 0
        changed = {c.site.node: c.step for c in made}
        touched = set(changed)
        for node in self.context.backward:
            if node in touched or any(i in touched for i in node.inputs):
                touched.add(node)
                size = (changed.get(node) or _as_it_is(node)).work
                total += size if node is not self.context.target else min(size, LAST)
        return total


def _as_it_is(node: Node) -> Step:
    if isinstance(node.formula, Input):
        return Step(Map(same("y", node.shape), (same("x", node.shape),), ex.Var("x")), {"x": node})
    return Step(node.formula, dict(zip(node.formula.operands, node.inputs, strict=True)))


class Search:
    """The candidates of one gradient, in the order of their plausibility."""

    def __init__(self, trace: Trace, name: str, previous: Array | None = None) -> None:
        target = trace.find(name, "cotangent")
        self.target = target
        self.skipped = 0
        self.known: list[Candidate] = []
        if target is not None:
            self.context = Context(trace, name, target, previous)
            self.run = Run(self.context)
            self.changes = self._all_changes()

    def _all_changes(self) -> list[Change]:
        found: list[Change] = []
        for site in self.context.sites():
            found += changes(site, (*RULES, *PASSES) if site.is_last else RULES)
        return sorted(found, key=lambda c: c.rank)

    def single(self) -> Iterator[Candidate]:
        """One mistake each."""
        if self.target is None:
            return
        spent = 0
        self.known = []
        for change in self.changes:
            candidate = self._candidate((change,))
            if not change.site.is_last:
                spent += candidate.work
                if spent > BUDGET:
                    self.skipped += 1
                    continue
            self.known.append(candidate)
            yield candidate
        for made in self._throughout():
            candidate = self._candidate(made, one=True)
            self.known.append(candidate)
            yield candidate

    def _throughout(self) -> Iterator[tuple[Change, ...]]:
        """One mistake at several steps of one operator: all derivatives left out, all other paths."""
        order = {n: k for k, n in enumerate(self.context.backward)}
        groups: dict[tuple[str, str], dict[Node, list[Change]]] = {}
        for change in self.changes:
            if change.mistakes[0].key in THROUGHOUT:
                operator = change.site.operator
                steps = groups.setdefault((change.mistakes[0].key, operator), {})
                steps.setdefault(change.site.node, []).append(change)
        for steps in groups.values():
            for count in (2, 3):
                for nodes in combinations(sorted(steps, key=lambda n: order[n]), count):
                    yield from islice(product(*(steps[n] for n in nodes)), 12)

    @cached_property
    def factors(self) -> list[tuple[float, Change]]:
        """The mistakes that multiply the gradient by a number, the most plausible for each number."""
        found: list[tuple[float, Change]] = []
        for change in self.changes:
            factor = change.factor if change.site.is_last else None
            if factor is not None and all(abs(factor - f) > 1e-9 * abs(f) for f, _ in found):
                found.append((factor, change))
        return found

    def times(self, made: tuple[Change, ...], factor: float, scale: Change) -> Candidate:
        """A mistake together with one that multiplies the gradient."""
        if made[-1].site.is_last:
            last = made[-1]
            changed = Change(scale.mistakes, last.site, scaled(last.step, factor), scale.edit, scale.extra)
        else:
            changed = scale
        return self._candidate((*made, changed))

    def pairs(self, shape: tuple[int, ...] | None = None) -> Iterator[Candidate]:
        """Two mistakes together of which none only multiplies: at different steps, or one after the other at one."""
        if self.target is None:
            return
        eligible = [c for c in self.changes if c.factor is None and c.mistakes[0].key not in ALONE and c.rank <= LIKELY]
        spent = 0
        for pair in self._together(eligible[:PAIRED]):
            candidate = self._candidate(pair)
            if shape is not None and candidate.shape != shape:
                continue
            spent += candidate.work
            if spent > BUDGET:
                self.skipped += 1
                return
            yield candidate

    def _together(self, eligible: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
        yield from self._at_one_step(eligible)
        yield from self._at_two_steps(eligible)

    def _at_two_steps(self, eligible: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
        """Changes of two steps, those that share the earlier one together: what follows from it is computed once."""
        order = {n: k for k, n in enumerate(self.context.backward)}
        for a in eligible:
            for b in eligible:
                if order[a.site.node] < order[b.site.node] and a.mistakes != b.mistakes:
                    yield a, b

    def _at_one_step(self, eligible: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
        """One change, and another of what it has left: in one order, since they hardly ever depend on it."""
        edits = {c.site: tuple(dict.fromkeys(k.edit for k in eligible if k.site is c.site)) for c in eligible}
        known = {(c.site, c.mistakes, c.extra) for c in eligible}
        for a in eligible:
            for b in again(a.site, edits[a.site], a.step):
                later = (b.rank, b.mistakes[0].key) > (a.rank, a.mistakes[0].key) and b.mistakes != a.mistakes
                if later and (b.site, b.mistakes, b.extra) in known and _twofold(a.step, b):
                    yield (a, b)

    def _candidate(self, made: tuple[Change, ...], *, one: bool = False) -> Candidate:
        mistakes = made[0].mistakes if one else tuple(m for c in made for m in c.mistakes)
        last = [c.step for c in made if c.site.is_last]
        shape = last[-1].shape if last else self.context.target.shape
        return Candidate(mistakes, Details(made), shape, sum(c.rank for c in made), self.run)


def _twofold(step: Step, change: Change) -> bool:
    """Whether a change of a changed step is more than a factor."""
    before, after = step.sum, change.step.sum
    if before is None or after is None:
        return change.step.formula is not step.formula
    return replace(after, scale=before.scale) != before


def candidates(trace: Trace, name: str, *, pairs: bool = False, previous: Array | None = None) -> Iterator[Candidate]:
    """Every gradient that an applicable mistake would give for `name`, most plausible first.

    pairs     also two mistakes together, after the single ones
    previous  the same gradient of the step before, where it is known

    Raises: ArgumentError (no such name)
    """
    search = Search(trace, name, previous)
    yield from search.single()
    if not pairs or search.target is None:
        return
    for k, (first, a) in enumerate(search.factors):
        for second, b in search.factors[k + 1 :]:
            if a.mistakes != b.mistakes and abs(first * second - 1) > 1e-9:
                yield search.times((a,), second, b)
    for change in search.changes:
        if change.factor is None and change.mistakes[0].key not in ALONE:
            for factor, scale in search.factors:
                yield search.times((change,), factor, scale)
    yield from search.pairs()
