"""Entries read and written inside a nest: addresses, guards, lanes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from llvmlite import ir

from pullback.compile.emit.functions import evaluate
from pullback.compile.emit.loops import I1, I32, I64, Emitter
from pullback.compile.kernels.kernel import Site
from pullback.compile.layout import Address, split_letters
from pullback.compile.stages import Access, Digit, Index, Leaf, Position, Value
from pullback.formula import expr as ex
from pullback.formula.affine import Affine

Env = Mapping[str, Any]


class Reader:
    """Reads and writes for one assignment of the letters; `lanes` entries along `vector` at once.

    In the environment stand the letters, and of a batch in lanes the block and the lane; what the vector's letter is
    worth is that of its first lane. Lanes beyond the end of a batch are idle: only values that lie in lanes too have
    memory for them.
    """

    def __init__(self, site: Site, e: Emitter, pointers: Mapping[Value, Any], vector: str | None, lanes: int) -> None:
        self.site, self.e, self.pointers, self.vector, self.lanes = site, e, pointers, vector, lanes
        self._has_idle = vector in site.split and site.stage.sizes[vector] % lanes != 0

    def leaf(self, leaf: Leaf, env: Env) -> Any:
        """The value of a leaf, in all lanes."""
        return self.position(leaf.at, env) if isinstance(leaf, Position) else self.guarded(leaf, env)[0]

    def evaluate(self, expression: ex.Expr, env: Mapping[str, Any], found: dict[str, Any]) -> Any:
        """An expression of what is found already and of leaves, which are read once and found from then on."""
        for name in ex.variables(expression):
            if name not in found:
                found[name] = self.leaf(self.site.stage.reads[name], env)
        return evaluate(self.e.b, expression, found, lanes=self.lanes, real=self.e.real)

    def write(self, env: Mapping[str, Any], found: dict[str, Any]) -> None:
        """All that the stage writes."""
        for w in self.site.stage.writes:
            self.store(w.value, w.at, env, self.evaluate(w.expression, env, found))

    def letter(self, letter: str, env: Env, lane: int = 0) -> Any:
        """Where a letter stands, in one lane."""
        if letter in self.site.split:
            block, inner = split_letters(letter)
            within = I64(lane) if letter == self.vector else env[inner]
            return self.e.linear([(env[block], self.site.split[letter]), (within, 1)], 0)
        return self.e.linear([(env[letter], 1)], lane if letter == self.vector else 0)

    def number(self, index: Affine, env: Env, lane: int = 0) -> Any:
        """Where an index stands, in one lane."""
        return self.e.linear([(self.letter(k, env, lane), c) for k, c in index.coefs], index.const)

    def position(self, index: Affine, env: Env) -> Any:
        """Where an index stands, in all lanes."""
        first = self.e.splat(self.number(index, env), self.lanes)
        c = 0 if self.vector is None else index.coef(self.vector)
        if self.lanes == 1 or c == 0:
            return first
        steps = ir.Constant(ir.VectorType(I64, self.lanes), [c * k for k in range(self.lanes)])
        return self.e.b.add(first, steps)

    def guarded(self, access: Access, env: Env) -> tuple[Any, Any]:
        """An entry, 0 outside; and whether it is inside."""
        base, kind = self.pointers[access.value], access.value.kind
        if self._is_side_by_side(access):
            offset, inside = self.place(access, env)
            return self._load(base, offset, inside, kind, self.lanes), self._certain(inside)
        if self.lanes == 1 or self.vector not in access.letters:
            offset, inside = self.place(access, env)
            return self.e.splat(self._load(base, offset, inside, kind, 1), self.lanes), self._certain(inside)
        return self._gather(access, env)

    def _certain(self, inside: Any) -> Any:
        return self.e.splat(I1(1) if inside is None else inside, self.lanes)

    def _is_side_by_side(self, access: Access) -> bool:
        """Whether the entries of all lanes lie side by side, and are inside together or outside together."""
        address = self.site.address(access)
        if address is None or self._lane is None or address.coef(self._lane) != 1 or self._is_exposed(access):
            return False
        return self.site.is_safe(access) or all(
            self.vector not in a.letters or self._is_within(a, n)
            for a, n in zip(access.at, access.value.shape, strict=True)
        )

    @property
    def _lane(self) -> str | None:
        """The letter by which lanes are told apart."""
        return split_letters(self.vector)[1] if self.vector in self.site.split else self.vector

    def _is_exposed(self, access: Access) -> bool:
        """Whether idle lanes have no memory in the value."""
        if not self._has_idle or self.vector not in access.letters:
            return False
        first, *others = access.at
        addresses_batch = isinstance(first, Affine) and first.letter == self.vector
        lies_in_lanes = addresses_batch and self.site.layouts[access.value].lanes == self.lanes
        return not lies_in_lanes or any(self.vector in a.letters for a in others)

    def _is_within(self, index: Index, size: int) -> bool:
        if not isinstance(index, Affine):
            return False
        low, high = index.bounds(self.site.stage.sizes)
        return low >= 0 and high < size

    def _load(self, base: Any, offset: Any, inside: Any, kind: str, lanes: int) -> Any:
        e, memory = self.e, self.e.memory_type(kind)
        if inside is None:
            return e.load(e.at(base, offset, memory), kind, lanes)
        # Read the first entry instead, whose value is not used: it exists, and there is no branch.
        value = e.load(e.at(base, e.b.select(inside, offset, I64(0)), memory), kind, lanes)
        return e.b.select(inside, value, e.zero(kind, lanes))

    def _gather(self, access: Access, env: Env) -> tuple[Any, Any]:
        e, kind = self.e, access.value.kind
        values = ir.Constant(e.type_of(kind, self.lanes), ir.Undefined)
        insides = ir.Constant(ir.VectorType(I1, self.lanes), ir.Undefined)
        for lane in range(self.lanes):
            offset, inside = self.place(access, env, lane)
            value = self._load(self.pointers[access.value], offset, inside, kind, 1)
            values = e.b.insert_element(values, value, I32(lane))
            insides = e.b.insert_element(insides, I1(1) if inside is None else inside, I32(lane))
        return values, insides

    def place(self, access: Access, env: Env, lane: int = 0) -> tuple[Any, Any]:
        """The offset of an entry in one lane, and whether it is inside; None where that is certain."""
        e, address = self.e, self.site.address(access)
        inside = self._is_busy(env, lane) if self._is_exposed(access) else None
        if address is not None and self.site.is_safe(access):
            return self._linear(address, env, lane), inside
        places = [self._digit(a, env, lane) if isinstance(a, Digit) else self.number(a, env, lane) for a in access.at]
        for place, index, size in zip(places, access.at, access.value.shape, strict=True):
            if not self._is_within(index, size):
                here = e.b.icmp_unsigned("<", place, I64(size))
                inside = here if inside is None else e.b.and_(inside, here)
        return self._offset(access, places), inside

    def _is_busy(self, env: Env, lane: int) -> Any:
        """Whether a lane holds an entry of the batch."""
        assert self.vector is not None  # noqa: S101  (only a vector has idle lanes)
        return self.e.b.icmp_signed("<", self.letter(self.vector, env, lane), I64(self.site.stage.sizes[self.vector]))

    def _linear(self, address: Address, env: Env, lane: int) -> Any:
        """An offset in one lane."""
        of_lane = address.coef(self._lane) if self._lane is not None else 0
        terms = [(env[k], c) for k, c in address.coefs if k != self._lane or k == self.vector]
        return self.e.linear(terms, address.offset + lane * of_lane)

    def _offset(self, access: Access, places: Sequence[Any]) -> Any:
        layout, terms, e = self.site.layouts[access.value], [], self.e
        for axis, (place, stride) in enumerate(zip(places, layout.strides, strict=True)):
            if axis == 0 and layout.lanes > 1:
                terms.append((e.b.udiv(place, I64(layout.lanes)), stride))
                terms.append((e.b.urem(place, I64(layout.lanes)), 1))
            else:
                terms.append((place, stride))
        return e.linear(terms, layout.offset)

    def _digit(self, digit: Digit, env: Env, lane: int) -> Any:
        """(of // stride) % size, rounded down."""
        e = self.e
        if isinstance(digit.of, Affine):
            value = self.number(digit.of, env, lane)
        else:
            offset, inside = self.place(digit.of, env, lane)
            value = self._load(self.pointers[digit.of.value], offset, inside, digit.of.value.kind, 1)
            if value.type == I1:
                value = e.b.zext(value, I64)
        if digit.stride > 1:
            value = self._floor_divide(value, digit.stride)
        if digit.size is not None:
            quotient = self._floor_divide(value, digit.size)
            value = e.b.sub(value, e.b.mul(quotient, I64(digit.size)))
        return value

    def _floor_divide(self, value: Any, by: int) -> Any:
        b = self.e.b
        quotient = b.sdiv(value, I64(by))
        short = b.icmp_signed("<", b.srem(value, I64(by)), I64(0))
        return b.sub(quotient, b.zext(short, I64))

    def store(self, value: Value, at: tuple[Affine, ...], env: Env, number: Any) -> None:
        """Write entries; not those of idle lanes that have no memory."""
        e, access = self.e, Access(value, at)
        number, memory = e.convert(number, value.kind, self.lanes), e.memory_type(value.kind)
        if self.lanes == 1 or self._is_side_by_side(access):
            offset, _ = self.place(access, env)
            e.store(number, e.at(self.pointers[value], offset, memory), value.kind, self.lanes)
            return
        for k in range(self.lanes):
            offset, inside = self.place(access, env, k)
            one = e.b.extract_element(number, I32(k))
            with nullcontext() if inside is None else e.b.if_then(inside):
                e.store(one, e.at(self.pointers[value], offset, memory), value.kind)
