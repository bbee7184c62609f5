"""The plain loop nest: it computes every stage, in any layout. The last of every list of candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

from llvmlite import ir

from pullback.compile.emit.loops import I1, I64, Emitter, kind_of
from pullback.compile.emit.random import uniform
from pullback.compile.kernels.kernel import Kernel, Site
from pullback.compile.kernels.nest import Loop, Nest, Vector, flat_position, nest_of
from pullback.compile.kernels.reading import Reader
from pullback.compile.layout import split_letters
from pullback.compile.stages import ACC, SWITCH, Access, Value
from pullback.formula import expr as ex
from pullback.formula.affine import Affine

Env = Mapping[str, Any]
"""Where the letters stand; of a batch in lanes, where its blocks and its lanes stand."""


def plain_loops(site: Site) -> Kernel:
    """The loop nest of a stage."""
    nest = nest_of(site)
    detail = "one entry at a time" if nest.vector is None else f"{nest.vector.lanes} entries at a time"
    return Kernel(
        "loops", nest.chunks, nest.blocks, lambda e, p, lo, hi: _Emission(site, nest, e, p).run(lo, hi), detail
    )


class _Emission:
    """The code of one stage."""

    def __init__(self, site: Site, nest: Nest, e: Emitter, pointers: Mapping[Value, Any]) -> None:
        self.site, self.nest, self.e, self.pointers = site, nest, e, pointers
        self.stage = site.stage

    def run(self, lo: Any, hi: Any) -> None:
        """All parts from lo to hi."""
        e, nest = self.e, self.nest
        if self.stage.combine == "scatter":
            self._clear(lo, hi)
        with e.loop(hi, lo, name="part") as part:
            env: dict[str, Any] = dict.fromkeys(nest.merged, I64(0))
            within = part
            if nest.outer is not None:
                env[nest.outer.letter] = part if nest.cuts == 1 else e.b.udiv(part, I64(nest.cuts))
                within = I64(0) if nest.cuts == 1 else e.b.urem(part, I64(nest.cuts))
            if nest.shared is None:
                self._free(env, nest.inner)
                return
            first, last = (self._cut(nest.shared, p) for p in (within, e.b.add(within, I64(1))))
            with e.loop(last, first, name=nest.shared.letter) as i:
                self._free(env | {nest.shared.letter: i}, nest.inner)

    def _cut(self, shared: Loop, part: Any) -> Any:
        """Where a part of the shared loop begins."""
        if shared.size == self.nest.cuts:
            return part
        return self.e.b.udiv(self.e.b.mul(part, I64(shared.size)), I64(self.nest.cuts))

    def _free(self, env: Env, loops: Sequence[Loop]) -> None:
        with ExitStack() as stack:
            for loop in loops:
                env = {**env, loop.letter: stack.enter_context(self._range(loop, env))}
            self._entries(env)

    def _range(self, loop: Loop, env: Env) -> AbstractContextManager[Any]:
        """A loop; over the lanes of a batch it ends where the batch does."""
        if loop.limit is None or loop.limit % loop.size == 0:
            return self.e.loop(loop.size, name=loop.letter)
        block = env[split_letters(loop.letter.removesuffix(".lane"))[0]]
        left = self.e.b.sub(I64(loop.limit), self.e.b.mul(block, I64(loop.size)))
        is_last = self.e.b.icmp_signed("<", left, I64(loop.size))
        return self.e.loop(self.e.b.select(is_last, left, I64(loop.size)), name=loop.letter)

    def _entries(self, env: Env) -> None:
        """The entries of one assignment: a vector of them, or one by one where a row's last vector is not full."""
        e, vector = self.e, self.nest.vector
        if vector is None or vector.is_split or vector.is_combined:
            self._compute(env, vector)
            return
        start = e.b.mul(env[vector.block], I64(vector.lanes))
        if vector.size % vector.lanes == 0:
            self._compute({**env, vector.letter: start}, vector)
            return
        is_full = e.b.icmp_signed("<=", start, I64(vector.size - vector.lanes))
        with e.b.if_else(is_full) as (then, otherwise):
            with then:
                self._compute({**env, vector.letter: start}, vector)
            with otherwise, e.loop(vector.size, start, name=vector.letter) as i:
                self._compute({**env, vector.letter: i}, None)

    def _compute(self, env: Env, vector: Vector | None) -> None:
        """Write the entries at one place: one, or a vector."""
        stage, whole = self.stage, vector if vector is None or not vector.is_combined else None
        reader = self._reader(whole)
        found: dict[str, Any] = {}
        if stage.combine == "scatter":
            self._add(env, reader)
            return
        if stage.combine == "sum":
            found[ACC] = self._sum(env, vector)
        elif stage.combine == "argmax":
            found[ACC], found[SWITCH] = self._largest(env, reader)
        elif stage.combine == "uniform":
            found[ACC] = self._uniform(env, reader)
        reader.write(env, found)

    def _reader(self, vector: Vector | None) -> Reader:
        letter, lanes = (None, 1) if vector is None else (vector.letter, vector.lanes)
        return Reader(self.site, self.e, self.pointers, letter, lanes)

    def _sum(self, env: Env, vector: Vector | None) -> Any:
        """The sum of the terms over the combined letters, in one entry or in lanes.

        Where they fill the lanes, the lanes are added up in the end, and what a row's last vector would not fill is
        added up apart.
        """
        e, kind = self.e, self._term_kind()
        adds_lanes = vector is not None and vector.is_combined
        lanes = 1 if vector is None else vector.lanes
        start = [e.zero(kind, lanes)] + [e.zero(kind)] * adds_lanes
        total, *rest = self._summed(env, self.nest.over, start, vector, kind)
        if not adds_lanes:
            return total
        return self._plus(self.e.across(total), rest[0], kind)

    def _summed(self, env: Env, loops: Sequence[Loop], acc: list[Any], vector: Vector | None, kind: str) -> list[Any]:
        e = self.e
        if not loops:
            value = e.convert(self._reader(vector).evaluate(self.stage.term, env, {}), kind, self._lanes(vector))
            return [self._plus(acc[0], self._alive(value, env, vector), kind), *acc[1:]]
        loop, inner = loops[0], loops[1:]
        fills_lanes = vector is not None and loop.letter == vector.block
        acc = e.carried(
            loop.size, 1, acc, lambda i, sums: self._summed(self._at(env, loop, i), inner, sums, vector, kind)
        )
        if not fills_lanes or vector is None or vector.is_split or vector.size % vector.lanes == 0:
            return acc
        done = loop.size * vector.lanes

        def one(i: Any, sums: list[Any]) -> list[Any]:
            here = {**env, vector.letter: e.linear([(i, 1)], done)}
            return self._summed(here, inner, sums, None, kind)

        return [acc[0], *e.carried(vector.size - done, 1, acc[1:], one)]

    def _lanes(self, vector: Vector | None) -> int:
        return 1 if vector is None else vector.lanes

    def _at(self, env: Env, loop: Loop, i: Any) -> Env:
        """Where the letters stand in one turn of a combined loop."""
        vector, letter = self.nest.vector, loop.letter
        if vector is not None and letter == vector.block and not vector.is_split:
            return {**env, vector.letter: self.e.b.mul(i, I64(vector.lanes))}
        if letter in self.site.split:
            block, lane = split_letters(letter)
            lanes = I64(self.site.split[letter])
            return {**env, block: self.e.b.udiv(i, lanes), lane: self.e.b.urem(i, lanes)}
        return {**env, letter: i}

    def _alive(self, value: Any, env: Env, vector: Vector | None) -> Any:
        """The value; 0 in combined lanes beyond the batch's end."""
        if vector is None or not vector.is_combined or not vector.is_split or vector.size % vector.lanes == 0:
            return value
        e, lanes = self.e, vector.lanes
        left = e.b.sub(I64(vector.size), e.b.mul(env[vector.block], I64(lanes)))
        numbers = ir.Constant(ir.VectorType(I64, lanes), list(range(lanes)))
        alive = e.b.icmp_signed("<", numbers, e.splat(left, lanes))
        return e.b.select(alive, value, e.zero(kind_of(value), lanes))

    def _term_kind(self) -> str:
        kinds = {k: leaf.value.kind if isinstance(leaf, Access) else "int" for k, leaf in self.stage.reads.items()}
        kind = ex.kind(self.stage.term, {k: "int" if v == "byte" else v for k, v in kinds.items()})
        return "int" if kind == "bool" else kind

    def _plus(self, a: Any, b: Any, kind: str) -> Any:
        return self.e.b.fadd(a, b) if kind == "float" else self.e.b.add(a, b)

    def _largest(self, env: Env, reader: Reader) -> tuple[Any, Any]:
        """The largest term, first in order among equals, and its position; NaN is larger than any number."""
        e, lanes = self.e, reader.lanes
        access, where = self.stage.reads["x"], self.stage.where
        assert isinstance(access, Access)  # noqa: S101  (a maximum reads one array)
        assert where is not None  # noqa: S101
        kind = "float" if access.value.kind == "float" else "int"
        low = ir.Constant(e.real, float("-inf")) if kind == "float" else I64(-(2**63))
        start = [e.splat(low, lanes), e.zero("int", lanes), e.splat(I1(0), lanes)]

        def nest(here: Env, loops: Sequence[Loop], best: list[Any]) -> list[Any]:
            if loops:
                return e.carried(loops[0].size, 1, best, lambda i, v: nest(self._at(here, loops[0], i), loops[1:], v))
            acc, switch, found = best
            x, inside = reader.guarded(access, here)
            x = e.convert(x, kind, lanes)
            wins = e.b.and_(e.b.or_(self._beats(x, acc, kind), e.b.not_(found)), inside)
            position = reader.position(where, here)
            return [e.b.select(wins, x, acc), e.b.select(wins, position, switch), e.b.or_(found, inside)]

        acc, switch, _ = nest(env, self.nest.over, start)
        return acc, switch

    def _beats(self, x: Any, acc: Any, kind: str) -> Any:
        b = self.e.b
        if kind != "float":
            return b.icmp_signed(">", x, acc)
        return b.and_(b.fcmp_unordered(">", x, acc), b.fcmp_ordered("ord", acc, acc))

    def _uniform(self, env: Env, reader: Reader) -> Any:
        stage, e = self.stage, self.e
        assert stage.key is not None  # noqa: S101  (random numbers have a key)
        seed, step = (e.load(e.at(self.pointers[stage.key], I64(k), I64), "int") for k in range(2))
        position = reader.position(flat_position(stage), env)
        return uniform(e.b, seed, step, stage.stream, position, lanes=reader.lanes, real=e.real)

    def _clear(self, lo: Any, hi: Any) -> None:
        """Zero what the parts from lo to hi add to."""
        e, nest, (w,) = self.e, self.nest, self.stage.writes
        layout, memory = self.site.layouts[w.value], e.memory_type(w.value.kind)
        zero, pointer = ir.Constant(memory, None), self.pointers[w.value]
        own = nest.outer or nest.shared
        if own is None:  # one part, which only the first thread has
            with e.loop(hi, lo, name="part"), e.loop(layout.size, name="zero") as i:
                e.b.store(zero, e.at(pointer, i, memory))
            return
        letter = own.letter.removesuffix(".block")
        axis = next(k for k, t in enumerate(self.stage.targets) if isinstance(t, Affine) and t.letter == letter)
        before, after = (0, 0) if nest.outer else layout.border[axis]
        stride = layout.strides[axis]
        padded = stride * (own.size + before + after)
        first, last = (lo, hi) if nest.outer else (self._cut(own, lo), self._cut(own, hi))
        with (
            e.loop(layout.size // padded, name="row") as row,
            e.loop(last, first, name="own") as k,
            e.loop(stride, name="zero") as i,
        ):
            at = e.linear([(row, padded), (k, stride), (i, 1)], before * stride)
            e.b.store(zero, e.at(pointer, at, memory))

    def _add(self, env: Env, reader: Reader) -> None:
        """Add a term to the entry that the targets name, where it lies inside."""
        e, (w,) = self.e, self.stage.writes
        term = reader.evaluate(self.stage.term, env, {})
        kind = "int" if kind_of(term) == "bool" else kind_of(term)
        value = reader.evaluate(w.expression, env, {ACC: e.convert(term, kind)})
        value = e.convert(value, w.value.kind)
        offset, inside = reader.place(Access(w.value, self.stage.targets), env)
        with nullcontext() if inside is None else e.b.if_then(inside):
            pointer = e.at(self.pointers[w.value], offset, e.memory_type(w.value.kind))
            total = self._plus(e.load(pointer, w.value.kind), value, w.value.kind)
            e.store(total, pointer, w.value.kind)
