"""Copies between rows and lanes: entries of one image lie side by side on one side, those of many images on the other.

A square of images and entries is turned in registers: of every image a few entries are read at once, and the vectors
written hold one entry of all images; or the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from llvmlite import ir

from pullback.compile.emit.loops import I32, I64, Emitter
from pullback.compile.kernels.kernel import Declined, Kernel, Site
from pullback.compile.kernels.nest import PARTS
from pullback.compile.layout import Address, split_letters
from pullback.compile.stages import Access, Value

WIDTH = 4
"""Entries of an image that are read or written at once: few, so that short rows have them too."""


@dataclass(frozen=True)
class Turn:
    """What is turned.

    rows, vectors          addresses on the side where one image's entries lie side by side, and on the other one
    lanes                  images in a vector; `images` of them in all
    block, lane            the letters that count blocks of images, and images in a block
    along, length, width   the letter of the entries side by side, how many they are, how many are turned at once
    others                 the other letters
    from_rows              whether rows are read
    """

    rows: Address
    vectors: Address
    lanes: int
    images: int
    block: str
    lane: str
    along: str
    length: int
    width: int
    others: tuple[tuple[str, int], ...]
    from_rows: bool

    @property
    def blocks(self) -> int:
        """How many blocks of images there are."""
        return -(-self.images // self.lanes)

    @property
    def loops(self) -> tuple[tuple[str, int], ...]:
        """The loops inside a block, outermost first; the last one counts groups of entries side by side."""
        return (*self.others, (self.along, -(-self.length // self.width)))


def transposition(site: Site) -> Kernel | Declined:
    """Squares turned in registers, for a copy between rows and lanes."""
    turn = turn_of(site)
    if isinstance(turn, Declined):
        return turn
    shared = max(range(len(turn.loops)), key=lambda k: turn.loops[k][1])
    cuts = min(turn.loops[shared][1], max(1, PARTS // turn.blocks))
    return Kernel(
        "transpose",
        turn.blocks * cuts,
        turn.blocks,
        lambda e, p, lo, hi: _Emission(site, turn, shared, cuts, e, p).run(lo, hi),
        f"{turn.lanes}×{turn.width} entries at a time",
    )


def turn_of(site: Site) -> Turn | Declined:
    """What a stage turns, or why it turns nothing."""
    stage = site.stage
    source = stage.copied
    if source is None:
        return Declined("it is no copy")
    (write,) = stage.writes
    if source.value.kind != "float" or write.value.kind != "float":
        return Declined("it copies no floating-point numbers")
    read, written = site.address(source), site.address(Access(write.value, write.at))
    if read is None or written is None or not source.inside(stage.sizes):
        return Declined("its entries are not addressed in strides")
    return _between(site, read, written)


def _between(site: Site, read: Address, written: Address) -> Turn | Declined:
    if len(site.split) != 1:
        return Declined("no batch, or more than one, lies in lanes")
    ((letter, lanes),) = site.split.items()
    block, lane = split_letters(letter)
    if (read.coef(lane) == 1) == (written.coef(lane) == 1):
        return Declined("both sides lie alike")
    from_rows = written.coef(lane) == 1
    rows, vectors = (read, written) if from_rows else (written, read)
    sizes = _merged({k: n for k, n in site.stage.free if k != letter}, rows, vectors)
    along = next((k for k in sizes if rows.coef(k) == 1), None)
    width = min(WIDTH, lanes)
    if along is None or sizes[along] < width:
        return Declined(f"no {width} entries of an image lie side by side")
    others = tuple((k, n) for k, n in sizes.items() if k != along)
    images = site.stage.sizes[letter]
    return Turn(rows, vectors, lanes, images, block, lane, along, sizes[along], width, others, from_rows)


def _merged(sizes: dict[str, int], *addresses: Address) -> dict[str, int]:
    """Letters that always move on together become one; those of one entry are none."""
    sizes = {k: n for k, n in sizes.items() if n > 1 or addresses[0].coef(k) == 1}
    for slow, fast in permutations(tuple(sizes), 2):
        both = slow in sizes and fast in sizes
        if both and all(a.coef(slow) == sizes[fast] * a.coef(fast) for a in addresses):
            sizes[fast] *= sizes.pop(slow)
            return _merged(sizes, *addresses)
    return sizes


class _Emission:
    """The code of one stage."""

    def __init__(
        self, site: Site, turn: Turn, shared: int, cuts: int, e: Emitter, pointers: Mapping[Value, Any]
    ) -> None:
        self.turn, self.shared, self.cuts, self.e = turn, shared, cuts, e
        (source,), (target,) = site.stage.read, site.stage.written
        self.source, self.target = pointers[source], pointers[target]

    def run(self, lo: Any, hi: Any) -> None:
        """All parts from lo to hi."""
        e, turn = self.e, self.turn
        with e.loop(hi, lo, name="part") as part:
            block = part if self.cuts == 1 else e.b.udiv(part, I64(self.cuts))
            within = I64(0) if self.cuts == 1 else e.b.urem(part, I64(self.cuts))
            busy = turn.images % turn.lanes
            if not busy:
                self._loops({turn.block: block}, within, turn.lanes)
                return
            is_last = e.b.icmp_signed("==", block, I64(turn.blocks - 1))
            with e.b.if_else(is_last) as (then, otherwise):
                with then:
                    self._loops({turn.block: I64(turn.blocks - 1)}, within, busy)
                with otherwise:
                    if turn.blocks > 1:
                        self._loops({turn.block: block}, within, turn.lanes)

    def _loops(self, env: dict[str, Any], part: Any, busy: int) -> None:
        """The loops inside a block of which so many lanes hold an image."""
        e = self.e
        with ExitStack() as stack:
            for k, (letter, size) in enumerate(self.turn.loops):
                first, last = 0, size
                if k == self.shared and self.cuts > 1:
                    first, last = (self._cut(size, p) for p in (part, e.b.add(part, I64(1))))
                env[letter] = stack.enter_context(e.loop(last, first, name=letter))
            self._square(env, busy)

    def _cut(self, size: int, part: Any) -> Any:
        return self.e.b.udiv(self.e.b.mul(part, I64(size)), I64(self.cuts))

    def _square(self, env: Mapping[str, Any], busy: int) -> None:
        """Turn the entries of one block of images; the last group of them lies at the end of the row."""
        e, turn = self.e, self.turn
        start = e.b.mul(env[turn.along], I64(turn.width))
        if turn.length % turn.width:
            last = I64(turn.length - turn.width)
            start = e.b.select(e.b.icmp_signed("<", start, last), start, last)
        here = {**env, turn.along: start}
        rows, vectors = (e.linear([(here[k], c) for k, c in a.coefs if k in here], a.offset) for a in self._addresses)
        row, entry = turn.rows.coef(turn.lane), turn.vectors.coef(turn.along)
        if turn.from_rows:
            base = e.at(self.source, rows, e.real)
            found = [self._load(base, j * row, turn.width) if j < busy else None for j in range(turn.lanes)]
            base = e.at(self.target, vectors, e.real)
            for k, vector in enumerate(self._turned(self._side_by_side(found))):
                e.store(vector, e.at(base, I64(k * entry), e.real), "float", turn.lanes)
            return
        base = e.at(self.source, vectors, e.real)
        turned = self._turned([self._load(base, k * entry, turn.lanes) for k in range(turn.width)])
        base = e.at(self.target, rows, e.real)
        for j in range(busy):
            first = j // turn.width * turn.width
            piece = self._shuffled(turned[j % turn.width], None, range(first, first + turn.width))
            e.store(piece, e.at(base, I64(j * row), e.real), "float", turn.width)

    @property
    def _addresses(self) -> tuple[Address, Address]:
        return self.turn.rows, self.turn.vectors

    def _load(self, base: Any, offset: int, count: int) -> Any:
        return self.e.load(self.e.at(base, I64(offset), self.e.real), "float", count)

    def _side_by_side(self, pieces: Sequence[Any]) -> list[Any]:
        """Pieces of images as vectors: vector r holds those of images r, r + width, r + 2·width, …; idle ones are 0."""
        width = self.turn.width
        zero = self.e.zero("float", width)
        return [self._joined([zero if p is None else p for p in pieces[r::width]]) for r in range(width)]

    def _joined(self, pieces: Sequence[Any]) -> Any:
        while len(pieces) > 1:
            size = 2 * pieces[0].type.count
            pieces = [self._shuffled(a, b, range(size)) for a, b in zip(pieces[::2], pieces[1::2], strict=True)]
        return pieces[0]

    def _turned(self, vectors: Sequence[Any]) -> list[Any]:
        """Squares of as many entries as there are vectors, turned in place: entry k of vector r becomes r of k."""
        if self.turn.width == 1:
            return list(vectors)
        if self.turn.width == 2:
            return self._interleaved(*vectors, run=1)
        low, high = zip(*(self._interleaved(*vectors[r : r + 2], run=1) for r in (0, 2)), strict=True)
        return [*self._interleaved(*low, run=2), *self._interleaved(*high, run=2)]

    def _interleaved(self, a: Any, b: Any, *, run: int) -> list[Any]:
        """Runs of two vectors' entries by turns, square by square: those of the first halves, and the others."""
        width, lanes = self.turn.width, self.turn.lanes
        found = []
        for half in (0, width // 2):
            runs = [
                range(s + half + k, s + half + k + run)
                for s in range(0, lanes, width)
                for k in range(0, width // 2, run)
            ]
            found.append(self._shuffled(a, b, [j + side for r in runs for side in (0, lanes) for j in r]))
        return found

    def _shuffled(self, a: Any, b: Any, places: Sequence[int]) -> Any:
        other = ir.Constant(a.type, ir.Undefined) if b is None else b
        mask = ir.Constant(ir.VectorType(I32, len(places)), list(places))
        return self.e.b.shuffle_vector(a, other, mask)
