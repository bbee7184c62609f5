"""Sums of computed terms in registers: the statistics of a normalisation, the gradient of a bias.

Several accumulators for each sum, so that no addition waits for the one before; several sums over the same entries in
one pass, where the stage's letter t counts them. Which terms an accumulator adds up depends on the shapes alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pullback.compile.emit.loops import I64, Emitter
from pullback.compile.kernels.idle import BusyLanes
from pullback.compile.kernels.kernel import Declined, Kernel, Site
from pullback.compile.kernels.nest import Loop, Nest, Vector, nest_of
from pullback.compile.kernels.reading import Reader
from pullback.compile.kernels.walk import walk_of
from pullback.compile.layout import split_letters
from pullback.compile.stages import ACC, Access, Position, Stage, Value
from pullback.formula import expr as ex

ACCUMULATORS = 8
"""Additions that are under way at a time: an addition takes about four cycles, and two begin in each."""

Env = Mapping[str, Any]


def reduction(site: Site) -> Kernel | Declined:
    """Accumulators in registers, for a sum over vectors of entries."""
    stage = site.stage
    if stage.combine != "sum":
        return Declined("it adds nothing up")
    letter, terms = terms_of(stage)
    names = dict.fromkeys(k for term in terms for k in ex.variables(term))
    reads = [stage.reads[k] for k in names]
    nest = nest_of(site)
    vector = nest.vector
    if vector is None or vector.letter == letter:
        return Declined("no entries lie side by side")
    if not all(isinstance(leaf, Access) and leaf.value.kind == "float" for leaf in reads):
        return Declined("its terms are not made of floating-point numbers alone")
    if any(ex.kind(term, dict.fromkeys(names, "float")) != "float" for term in terms):
        return Declined("it counts")
    if not all(_is_vector(site, leaf, vector) for leaf in reads if isinstance(leaf, Access)):
        return Declined("its entries do not lie side by side")
    if not vector.is_split and vector.size % vector.lanes:
        return Declined("the last vector of a row is not full")
    walk = walk_of(nest, (letter,) if letter else ())
    # What is left of a batch in lanes is walked lane by lane, by the plain nest alone.
    left = {k for k in site.split if k != vector.letter}
    if any(x.limit is not None for x in walk.loops) or left & {k for k, _ in stage.over} or not nest.over:
        return Declined("another batch lies in lanes")
    return Kernel(
        "reduce",
        walk.chunks,
        walk.blocks,
        lambda e, p, lo, hi: walk.run(e, lo, hi, _Emission(site, nest, vector, letter, terms, e, p).entries),
        f"{len(terms)}×{_copies(nest, len(terms))} vectors of {vector.lanes}",
    )


def terms_of(stage: Stage) -> tuple[str | None, tuple[ex.Expr, ...]]:
    """The letter that counts terms, if there is one, with the terms: those between which the stage's term chooses."""
    name, term = None, stage.term
    found: list[ex.Expr] = []
    while isinstance(term, ex.Apply) and term.function == "where":
        condition, first, rest = term.arguments
        counter = _counter(condition, len(found), stage)
        if counter is None or name not in (None, counter):
            break
        name = counter
        found.append(first)
        term = rest
    leaf = stage.reads[name] if name else None
    letter = leaf.at.letter if isinstance(leaf, Position) else None
    terms = (*found, term)
    others = [x for k, x in stage.reads.items() if k != name]
    if letter is None or dict(stage.free).get(letter) != len(terms) or any(letter in x.letters for x in others):
        return None, (stage.term,)
    if any(name in ex.variables(t) for t in terms):
        return None, (stage.term,)
    return letter, terms


def _counter(condition: ex.Expr, number: int, stage: Stage) -> str | None:
    """The variable of a position that is compared with a number."""
    if not isinstance(condition, ex.Apply) or condition.function != "equal":
        return None
    variable, constant = condition.arguments
    if not isinstance(variable, ex.Var) or constant != ex.Const(number):
        return None
    return variable.name if isinstance(stage.reads[variable.name], Position) else None


def _is_vector(site: Site, access: Access, vector: Vector) -> bool:
    """Whether entries lie side by side along the vector, or one stands for all lanes."""
    address = site.address(access)
    if address is None or not site.is_safe(access):
        return False
    if vector.letter not in access.letters:
        return True
    lane = split_letters(vector.letter)[1] if vector.is_split else vector.letter
    in_lanes = not vector.is_split or site.layouts[access.value].lanes == vector.lanes
    return address.coef(lane) == 1 and in_lanes


def _copies(nest: Nest, terms: int) -> int:
    """How many accumulators each sum has."""
    return min(max(1, ACCUMULATORS // terms), nest.over[-1].size)


class _Emission:
    """The code of one stage."""

    def __init__(
        self,
        site: Site,
        nest: Nest,
        vector: Vector,
        letter: str | None,
        terms: Sequence[ex.Expr],
        e: Emitter,
        pointers: Mapping[Value, Any],
    ) -> None:
        self.site, self.stage, self.nest, self.vector, self.e = site, site.stage, nest, vector, e
        self.letter, self.terms, self.copies = letter, terms, _copies(nest, len(terms))
        self.inner = Reader(site, e, pointers, vector.letter, vector.lanes)
        combined = vector.is_combined
        self.outer = Reader(site, e, pointers, None, 1) if combined else self.inner
        self.busy: BusyLanes | None = None

    def entries(self, env: Env) -> None:
        """Compute and write the sums at one place."""
        e, vector, stage = self.e, self.vector, self.stage
        if vector.is_combined or vector.is_split:
            here = env
        else:
            here = {**env, vector.letter: e.b.mul(env[vector.block], I64(vector.lanes))}
        zero = e.zero("float", vector.lanes)
        fixed = {
            k: self.inner.leaf(stage.reads[k], here)
            for k in dict.fromkeys(k for t in self.terms for k in ex.variables(t))
            if not set(stage.reads[k].letters) & {k for k, _ in stage.over}
        }
        sums = self._summed(here, self.nest.over, [zero] * len(self.terms) * self.copies, fixed)
        for k in range(len(self.terms)):
            total = self._together(sums[k :: len(self.terms)])
            self.outer.write({**here, **({self.letter: I64(k)} if self.letter else {})}, {ACC: total})

    def _summed(self, env: Env, loops: Sequence[Loop], acc: list[Any], fixed: Env) -> list[Any]:
        e, (loop, *inner) = self.e, loops
        if inner:
            return e.carried(
                loop.size, 1, acc, lambda i, sums: self._summed(self._at(env, loop, i), inner, sums, fixed)
            )

        def added(i: Any, sums: list[Any], first: int, count: int) -> list[Any]:
            sums = list(sums)
            for u in range(count):
                here = self._at(env, loop, e.linear([(i, 1)], first + u))
                for k, value in enumerate(self._values(here, fixed)):
                    at = u * len(self.terms) + k
                    sums[at] = e.b.fadd(sums[at], value)
            return sums

        whole = loop.size - loop.size % self.copies
        acc = e.carried(whole, self.copies, acc, lambda i, sums: added(i, sums, 0, self.copies))
        return added(I64(0), acc, whole, loop.size - whole)

    def _at(self, env: Env, loop: Loop, i: Any) -> Env:
        vector = self.vector
        if loop.letter != vector.block:
            return {**env, loop.letter: i}
        if not vector.is_split:
            return {**env, vector.letter: self.e.b.mul(i, I64(vector.lanes))}
        if vector.size % vector.lanes:
            self.busy = BusyLanes(self.e, self.site.machine, vector.size, vector.lanes, i)
        return {**env, loop.letter: i}

    def _values(self, env: Env, fixed: Env) -> list[Any]:
        """The terms at one place; 0 in lanes beyond the batch's end."""
        found = dict(fixed)
        values = [self.inner.evaluate(t, env, found) for t in self.terms]
        return values if self.busy is None else [self.busy.only(v) for v in values]

    def _together(self, parts: Sequence[Any]) -> Any:
        """The sum of accumulators, and of their lanes where those are summed: halves added to halves."""
        b = self.e.b
        while len(parts) > 1:
            parts = [*map(b.fadd, parts[::2], parts[1::2]), *parts[len(parts) // 2 * 2 :]]
        (total,) = parts
        if not self.vector.is_combined:
            return total
        return self.e.across(total)
