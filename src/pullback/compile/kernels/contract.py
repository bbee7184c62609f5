"""Sums of products in register tiles: convolutions, their gradients, matrix products.

One generator for all of them: which letter fills the lanes and which are tiled follows from the addresses alone
(`tiling`). Tiles at an axis' end overlap the ones before: they write the same numbers again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product as cartesian
from math import prod
from typing import Any

from llvmlite import ir

from pullback.compile.emit.loops import I32, I64, POINTER, VOID, Emitter
from pullback.compile.kernels.idle import BusyLanes
from pullback.compile.kernels.kernel import Declined, Kernel, Site
from pullback.compile.kernels.rank_one import rank_one
from pullback.compile.kernels.reading import Reader
from pullback.compile.kernels.tiling import Product, Tiling, has_idle_lanes, is_far, machine_for, tiled, unrolled
from pullback.compile.layout import Address
from pullback.compile.stages import ACC, Access, Value


def contraction(site: Site) -> Kernel | Declined:
    """Register tiles for a sum of products."""
    found = tiled(site)
    if isinstance(found, Declined):
        return found
    product, tiling = found
    tiles = _outer(product, tiling)
    batch = tiles[0] if tiles and tiles[0][0].endswith(".block") else None
    blocks = batch[1] if batch and batch[2] == 1 else 0
    kept = [t for t in tiles if product.a.coef(t[0])]
    if _is_long(product, tiling) and len(kept) < len(tiles):
        inner = [t for t in tiles if t not in kept]
        bytes_ = prod(c for _, c, _ in inner) * prod(tiling.counts) * 8

        def staged(e: Emitter, p: Mapping[Value, Any], lo: Any, hi: Any) -> None:
            _Emission(site, product, tiling, e, p).run_by_blocks(kept, inner, lo, hi)

        detail = f"{tiling}, block by block"
        count = prod(c for _, c, _ in tiles) if _can_tally(product, tiling) else 0
        return Kernel("contraction", prod(c for _, c, _ in kept), 0, staged, detail, bytes_, count)

    def emit(e: Emitter, p: Mapping[Value, Any], lo: Any, hi: Any) -> None:
        _Emission(site, product, tiling, e, p).run(tiles, lo, hi)

    count = prod(c for _, c, _ in tiles)
    return Kernel("contraction", count, blocks, emit, str(tiling), tiles=count if _can_tally(product, tiling) else 0)


def _can_tally(product: Product, tiling: Tiling) -> bool:
    """Whether no lane of a tile is another's, or idle."""
    return tiling.combined or (product.sizes[tiling.vector] % tiling.lanes == 0 and not tiling.vector.endswith(".lane"))


def _is_long(product: Product, tiling: Tiling) -> bool:
    """Whether what a tile reads of the first factor is read again before it is forgotten only if a block is done first.

    Otherwise it is streamed from memory for every tile of the second factor.
    """
    block = tiling.vector.removesuffix(".lane") + ".block"
    if not tiling.combined or block not in product.over or not is_far(product):
        return False
    steps = prod(product.sizes[k] for k in product.over if k not in (tiling.vector, block))
    return steps >= SHORTEST and tiling.counts[0] * steps * product.sizes[block] * VECTOR_BYTES > CACHE_BYTES


SHORTEST = 128
"""Adding up the lanes takes as long as about eight steps of a tile: shorter sums are not cut."""
VECTOR_BYTES = 64
CACHE_BYTES = 1 << 17
"""What a tile reads again and again must leave room in the second-level cache for what streams by."""

Outer = tuple[str, int, int]
"""A loop over tiles: letter, number of tiles, tile size."""


def _outer(product: Product, tiling: Tiling) -> list[Outer]:
    """The loops over tiles, outermost first: blocks of the batch, then the letters of b; those of a go round fastest.

    Where the lanes are added up, a tile's part of a is long, and is kept while those of b change.
    """
    letters = [k for k in product.free if k != tiling.vector or not k.endswith(".lane")]
    mine = [k for k in letters if product.a.coef(k) and not product.b.coef(k)]
    others = [k for k in letters if k not in mine]
    ordered = mine + others if tiling.combined else others + mine
    blocks = [k for k in ordered if k.endswith(".block") and tiling.entries(k) == 1]
    ordered = blocks + [k for k in ordered if k not in blocks]
    found = [(k, -(-product.sizes[k] // tiling.entries(k)), tiling.entries(k)) for k in ordered]
    return [f for f in found if f[1] > 1 or f[2] == 1]


class _Emission:
    """The code of one stage."""

    def __init__(self, site: Site, product: Product, tiling: Tiling, e: Emitter, pointers: Mapping[Value, Any]) -> None:
        self.site, self.product, self.tiling, self.e, self.pointers = site, product, tiling, e, pointers
        self.loops, self.unrolled = unrolled(product, tiling)
        if self._has_idle_lanes and self._block in self.unrolled:
            at = self.unrolled.index(self._block) + 1
            self.loops, self.unrolled = (*self.loops, *self.unrolled[:at]), self.unrolled[at:]
        self.machine = machine_for(site, tiling.vector, tiling.combined)
        self.busy: BusyLanes | None = None
        self.env: Mapping[str, Any] = {}

    def run(self, tiles: Sequence[Outer], lo: Any, hi: Any) -> None:
        """All tiles from lo to hi."""
        e = self.e
        with e.loop(hi, lo, name="tile") as part:
            env: dict[str, Any] = {k: I64(0) for k in self.product.free}
            env |= self._starts(tiles, part)
            sums = self._sums(env)
            self._finish(env, self._across_all(sums) if self.tiling.combined else sums, part)

    def run_by_blocks(self, kept: Sequence[Outer], inner: Sequence[Outer], lo: Any, hi: Any) -> None:
        """The tiles of the first factor; for each, block after block, all tiles of the second. Sums wait in memory."""
        e = self.e
        block = self._block
        self.loops = tuple(k for k in self.loops if k != block)
        count, tile = prod(c for _, c, _ in inner), prod(self.tiling.counts)
        with e.loop(hi, lo, name="tile") as part:
            env: dict[str, Any] = {k: I64(0) for k in self.product.free}
            env |= self._starts(kept, part)
            with e.loop(count * tile, name="zero") as i:
                e.store(e.zero("float"), e.at(e.scratch, i, e.real), "float")
            with e.loop(self.product.sizes[block], name=block) as number, e.loop(count, name="inner") as k:
                here = env | self._starts(inner, k) | {block: number}
                place = e.at(e.scratch, e.linear([(k, tile)], 0), e.real)
                for j, total in enumerate(self._across_all(self._sums(here))):
                    at = e.at(place, I64(j), e.real)
                    e.store(e.b.fadd(e.load(at, "float"), total), at, "float")
            with e.loop(count, name="inner") as k:
                place = e.at(e.scratch, e.linear([(k, tile)], 0), e.real)
                totals = [e.load(e.at(place, I64(j), e.real), "float") for j in range(tile)]
                self._finish(env | self._starts(inner, k), totals, e.linear([(part, count), (k, 1)], 0))

    def _starts(self, tiles: Sequence[Outer], part: Any) -> dict[str, Any]:
        """Where the tile of a number starts along each letter."""
        e, env, rest = self.e, {}, part
        for k, (letter, count, size) in reversed(list(enumerate(tiles))):
            number = rest
            if k:
                number, rest = e.b.urem(rest, I64(count)), e.b.udiv(rest, I64(count))
            env[letter] = self._start(letter, number, size)
        return env

    def _start(self, letter: str, number: Any, size: int) -> Any:
        """Where a tile starts: the last one lies at the end."""
        if size == 1:
            return number
        start, last = self.e.b.mul(number, I64(size)), self.product.sizes[letter] - size
        if self.product.sizes[letter] % size == 0:
            return start
        return self.e.b.select(self.e.b.icmp_signed("<", start, I64(last)), start, I64(last))

    def _sums(self, env: Mapping[str, Any]) -> list[Any]:
        """The accumulators of a tile."""
        e, (m, p) = self.e, self.tiling.counts
        if self._has_idle_lanes and self._block in env:
            self.busy = self._busy(env[self._block])
        self.env = env
        a = self._base(self.product.first, self.product.a, env)
        b = self._base(self.product.second, self.product.b, env)
        sums = self._reduce(self.loops, a, b, [e.zero("float", self.tiling.lanes)] * (m * p))
        # Without a loop between them, the last products would be taken one by one beside what is made of each sum.
        return sums if self.loops else e.together(sums)

    @property
    def _block(self) -> str:
        return self.tiling.vector.removesuffix(".lane") + ".block"

    @property
    def _has_idle_lanes(self) -> bool:
        return has_idle_lanes(self.site, self.tiling.vector, self.tiling.combined)

    def _busy(self, block: Any) -> BusyLanes:
        size = self.site.stage.sizes[self.tiling.vector.removesuffix(".lane")]
        return BusyLanes(self.e, self.machine, size, self.tiling.lanes, block)

    def _base(self, name: str, address: Address, env: Mapping[str, Any]) -> Any:
        """The address of a factor's first entry in a tile."""
        e, access = self.e, self.site.stage.reads[name]
        terms = [(env[k], c) for k, c in address.coefs if k in env and not k.endswith(".lane")]
        return e.at(self.pointers[access.value], e.linear(terms, address.offset), e.real)  # type: ignore[union-attr]

    def _reduce(self, loops: Sequence[str], a: Any, b: Any, acc: list[Any]) -> list[Any]:
        """The combined letters' loops, around the steps that are written out."""
        e, product = self.e, self.product
        if not loops:
            return self._steps(a, b, acc)
        letter = loops[0]

        span = self._span(letter)

        def body(i: Any, values: list[Any]) -> list[Any]:
            if self._has_idle_lanes and letter == self._block:
                self.busy = self._busy(i)
            here = [
                e.at(base, e.linear([(i, address.coef(letter))], 0), e.real) if address.coef(letter) else base
                for base, address in ((a, product.a), (b, product.b))
            ]
            return self._reduce(loops[1:], here[0], here[1], values)

        return e.carried(product.sizes[letter], 1, acc, body) if span is None else e.carried_between(*span, acc, body)

    def _span(self, letter: str) -> tuple[Any, Any] | None:
        """Where the second factor's reads lie inside along an axis, in terms of a letter: outside they are 0."""
        e, stage = self.e, self.site.stage
        access = stage.reads[self.product.second]
        assert isinstance(access, Access)  # noqa: S101
        for index, size in zip(access.affine, access.value.shape, strict=True):
            low, high = index.bounds(stage.sizes)
            others = [k for k in index.letters if k != letter]
            c = index.coef(letter)
            if abs(c) != 1 or (low >= 0 and high < size) or any(self.tiling.entries(k) > 1 for k in others):
                continue
            if letter in self.site.split or not all(k in self.env for k in others):
                continue
            base = e.linear([(self.env[k], index.coef(k)) for k in others], index.const)
            first, last = (
                (e.linear([(base, -1)], 0), e.linear([(base, -1)], size - 1))
                if c == 1
                else (e.linear([(base, 1)], 1 - size), base)
            )
            return e.larger(first, I64(0)), e.smaller(e.linear([(last, 1)], 1), I64(stage.sizes[letter]))
        return None

    def _steps(self, a: Any, b: Any, acc: list[Any]) -> list[Any]:
        """The innermost letters, written out."""
        product = self.product
        before: list[Any] = []
        for places in cartesian(*(range(product.sizes[k]) for k in self.unrolled)):
            env = dict(zip(self.unrolled, places, strict=True))
            shifts = [sum(address.coef(k) * v for k, v in env.items()) for address in (product.a, product.b)]
            here = [self.e.laundered(p, before) if self.unrolled else p for p in (a, b)]
            before = acc = self._step(here[0], here[1], shifts, acc)
        return acc

    def _step(self, a: Any, b: Any, shifts: Sequence[int], acc: list[Any]) -> list[Any]:
        e, product, tiling = self.e, self.product, self.tiling
        m_at = self._offsets(tiling.m, product.a, shifts[0])
        p_at = self._offsets(tiling.p, product.b, shifts[1])
        if tiling.combined:
            self._fetch_ahead(b, max(p_at))
        m, p, machine = len(m_at), len(p_at), self.machine
        if m <= p:
            kept = [self._read(a, o, product.a) for o in m_at]
            columns = [acc[i * p + j] for j in range(p) for i in range(m)]
            found = rank_one(e, machine, kept, b, lambda pointer, j: self._read(pointer, p_at[j], product.b), columns)
            return [found[j * m + i] for i in range(m) for j in range(p)]
        kept = [self._read(b, o, product.b) for o in p_at]
        return rank_one(e, machine, kept, a, lambda pointer, i: self._read(pointer, m_at[i], product.a), acc)

    def _fetch_ahead(self, b: Any, offset: int) -> None:
        """Ask for what the next row will read: it streams by, and comes from far."""
        e, letters = self.e, (*self.loops, *self.unrolled)
        if len(letters) < 2:
            return
        row = self.product.b.coef(letters[-2])
        fetch = e.intrinsic("llvm.prefetch.p0", VOID, [POINTER, I32, I32, I32])
        e.b.call(fetch, [e.at(b, I64(offset + row), e.real), I32(0), I32(3), I32(1)])

    def _offsets(self, tile: Sequence[tuple[str, int]], address: Address, shift: int) -> list[int]:
        steps = [address.coef(k) * self.tiling.step(k) for k, _ in tile]
        places = cartesian(*(range(t) for _, t in tile))
        return [shift + sum(c * v for c, v in zip(steps, at, strict=True)) for at in places]

    def _read(self, base: Any, offset: int, address: Address) -> Any:
        """A vector of a factor, or one entry in all lanes."""
        e, lanes = self.e, self.tiling.lanes
        pointer = e.at(base, I64(offset), e.real)
        if address.coef(self.tiling.vector):
            value = e.load(pointer, "float", lanes)
            return value if self.busy is None else self.busy.only(value)
        return e.splat(e.load(pointer, "float"), lanes)

    def _finish(self, env: Mapping[str, Any], acc: list[Any], number: Any) -> None:
        """Compute and write what the accumulators of a tile stand for, and add it up."""
        e, tiling, site = self.e, self.tiling, self.site
        letter = tiling.vector.removesuffix(".lane")
        combined = tiling.combined
        reader = Reader(site, e, self.pointers, None if combined else letter, 1 if combined else tiling.lanes)
        tiled = (*tiling.m, *tiling.p)
        totals = [e.zero("float", reader.lanes) for _ in site.stage.tallies]
        for at, value in zip(cartesian(*(range(t) for _, t in tiled)), acc, strict=True):
            here = dict(env)
            for (k, _), v in zip(tiled, at, strict=True):
                here[k] = e.linear([(env[k], 1)], v * tiling.step(k))
            terms = self._write(here, reader, value)
            own = self._is_own(env, dict(zip((k for k, _ in tiled), at, strict=True))) if terms else None
            for j, term in enumerate(terms):
                counted = (
                    term if own is None else e.b.select(e.splat(own, reader.lanes), term, e.zero("float", reader.lanes))
                )
                totals[j] = e.b.fadd(totals[j], counted)
        for tally, total in zip(site.stage.tallies, totals, strict=True):
            one = total if combined else self._across_all([total])[0]
            e.store(one, e.at(self.pointers[tally.parts], number, e.real), "float")

    def _is_own(self, env: Mapping[str, Any], at: Mapping[str, int]) -> Any:
        """Whether an entry is this tile's, and not the one's before, which the last tile overlaps; None: certainly."""
        e, own = self.e, None
        for letter, place in at.items():
            size, entries = self.product.sizes[letter], self.tiling.entries(letter)
            if size % entries == 0 or place * self.tiling.step(letter) >= entries - size % entries:
                continue
            inner = e.b.icmp_signed("!=", env[letter], I64(size - entries))
            own = inner if own is None else e.b.and_(own, inner)
        return own

    def _write(self, env: Mapping[str, Any], reader: Reader, total: Any) -> list[Any]:
        """Write what an accumulator stands for; the terms of the tallies."""
        found = {ACC: total}
        reader.write(env, found)
        return [reader.evaluate(t.term, env, found) for t in self.site.stage.tallies]

    def _across_all(self, vectors: Sequence[Any]) -> list[Any]:
        """The sum of the lanes of each vector: pairs of vectors become one of the sums of neighbours, and so on."""
        e, lanes = self.e, self.tiling.lanes
        found: list[Any] = []
        for start in range(0, len(vectors), lanes):
            group = list(vectors[start : start + lanes])
            count = len(group)
            group += [e.zero("float", lanes)] * (lanes - count)
            while len(group) > 1:
                group = [self._neighbours(a, b) for a, b in zip(group[::2], group[1::2], strict=True)]
            found += [e.b.extract_element(group[0], I32(k)) for k in range(count)]
        return found

    def _neighbours(self, a: Any, b: Any) -> Any:
        """The sums of neighbouring lanes, those of a first."""
        lanes, builder = self.tiling.lanes, self.e.b
        even, odd = (ir.Constant(ir.VectorType(I32, lanes), list(range(s, 2 * lanes, 2))) for s in (0, 1))
        return builder.fadd(builder.shuffle_vector(a, b, even), builder.shuffle_vector(a, b, odd))
