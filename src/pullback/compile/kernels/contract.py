"""Sums of products in register tiles: convolutions, their gradients, matrix products.

One generator for all of them: which letter fills the lanes and which are tiled follows from the addresses alone
(`tiling`). Tiles at an axis' end overlap the ones before: they write the same numbers again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import product as cartesian
from math import prod
from typing import Any

from pullback.compile.emit.loops import I32, I64, POINTER, VOID, Emitter
from pullback.compile.kernels.cut import Outer, Runs, cut_of
from pullback.compile.kernels.finish import side_of
from pullback.compile.kernels.idle import BusyLanes
from pullback.compile.kernels.kernel import Declined, Kernel, Site
from pullback.compile.kernels.lane_sums import packed, parts
from pullback.compile.kernels.pooled import Entry, of_windows, write_windows
from pullback.compile.kernels.rank_one import rank_one
from pullback.compile.kernels.reading import Reader
from pullback.compile.kernels.tiling import Product, Tiling, has_idle_lanes, machine_for, tiled, unrolled
from pullback.compile.layout import Address
from pullback.compile.stages import ACC, Access, Value


def contraction(site: Site) -> Kernel | Declined:
    """Register tiles for a sum of products."""
    found = tiled(site)
    if isinstance(found, Declined):
        return found
    product, tiling = found
    tiles = _outer(product, tiling)
    count = prod(c for _, c, _ in tiles)
    tally = count if _can_tally(product, tiling) else 0
    kept = [t for t in tiles if product.a.coef(t[0])]
    inner = [t for t in tiles if t not in kept]
    cut = cut_of(product, tiling, site.machine.item) if inner else None
    if cut is not None:
        runs = Runs(cut, tuple(kept), tuple(inner), tiling, site.machine.item)

        def staged(e: Emitter, p: Mapping[Value, Any], lo: Any, hi: Any) -> None:
            _Emission(site, product, tiling, e, p).run_by_runs(runs, lo, hi)

        return Kernel("contraction", runs.kept_count, 0, staged, f"{tiling}, in runs", runs.bytes, tally)

    def emit(e: Emitter, p: Mapping[Value, Any], lo: Any, hi: Any) -> None:
        _Emission(site, product, tiling, e, p).run(tiles, lo, hi)

    batch = tiles[0] if tiles and tiles[0][0].endswith(".block") else None
    blocks = batch[1] if batch and batch[2] == 1 else 0
    return Kernel("contraction", count, blocks, emit, f"{tiling}{of_windows(site.stage)}", tiles=tally)


def _can_tally(product: Product, tiling: Tiling) -> bool:
    """Whether no lane of a tile is another's, or idle."""
    return tiling.combined or (product.sizes[tiling.vector] % tiling.lanes == 0 and not tiling.vector.endswith(".lane"))


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


def _next_tile(product: Product, tiling: Tiling) -> int | None:
    """How far the next tile of the second factor lies behind one."""
    inner = [k for k, _, _ in _outer(product, tiling) if product.b.coef(k)]
    return product.b.coef(inner[-1]) * tiling.entries(inner[-1]) if inner else None


class _Emission:
    """The code of one stage."""

    def __init__(self, site: Site, product: Product, tiling: Tiling, e: Emitter, pointers: Mapping[Value, Any]) -> None:
        self.site, self.product, self.tiling, self.e, self.pointers = site, product, tiling, e, pointers
        self.side = side_of(product, tiling)
        self.loops, self.unrolled = unrolled(product, tiling)
        if self._has_idle_lanes and self._block in self.unrolled:
            at = self.unrolled.index(self._block) + 1
            self.loops, self.unrolled = (*self.loops, *self.unrolled[:at]), self.unrolled[at:]
        self.machine = machine_for(site, tiling.vector, tiling.combined)
        self.busy: BusyLanes | None = None
        self.spans: Mapping[str, tuple[Any, Any]] = {}
        self.env: Mapping[str, Any] = {}
        self.next = _next_tile(product, tiling)

    def run(self, tiles: Sequence[Outer], lo: Any, hi: Any) -> None:
        """All tiles from lo to hi."""
        e = self.e
        with e.loop(hi, lo, name="tile") as part:
            env: dict[str, Any] = {k: I64(0) for k in self.product.free}
            env |= self._starts(tiles, part)
            sums = self._sums(env)
            self._finish(env, self._finished(sums), part)

    def run_by_runs(self, runs: Runs, lo: Any, hi: Any) -> None:
        """Groups of tiles of the first factor; run after run of their steps, for all tiles of the second."""
        e, cut = self.e, runs.cut
        kept, count, each = runs.group, runs.inner_count, runs.vectors * self.tiling.lanes
        steps = (*self.loops, *self.unrolled)
        after = steps.index(cut.letter) + 1
        held = max(after, len(self.loops))
        self.loops, self.unrolled = steps[after - 1 : held], steps[held:]
        with e.loop(hi, lo, kept, name="group") as first:
            last = e.smaller(e.linear([(first, 1)], kept), hi)
            with e.loop(kept * count * each, 0, self.tiling.lanes, name="zero") as i:
                e.store(e.zero("float", self.tiling.lanes), e.at(e.scratch, i, e.real), "float", self.tiling.lanes)
            with ExitStack() as around:
                here = {k: around.enter_context(e.loop(self.product.sizes[k], name=k)) for k in cut.whole}
                size = self.product.sizes[cut.letter]
                start = around.enter_context(e.loop(size, 0, cut.size, name=cut.letter))
                self.spans = {cut.letter: (start, e.smaller(e.linear([(start, 1)], cut.size), I64(size)))}
                for env, place, _ in self._pairs(runs, first, last, runs.block):
                    sums = self._sums(env | here)
                    for j, total in enumerate(packed(e, self._in_order(sums), runs.item)):
                        at = e.at(place, I64(j * self.tiling.lanes), e.real)
                        e.store(e.b.fadd(e.load(at, "float", self.tiling.lanes), total), at, "float", self.tiling.lanes)
            for env, place, number in self._pairs(runs, first, last, count):
                places = range(0, prod(self.tiling.counts), self.side.width)
                self._finish(
                    env, [e.load(e.at(place, I64(j), e.real), "float", self.side.width) for j in places], number
                )

    def _pairs(self, runs: Runs, first: Any, last: Any, block: int) -> Iterator[tuple[dict[str, Any], Any, Any]]:
        """Loops over blocks of tiles of the second factor, a group's tiles of the first, and the block's tiles.

        Gives where the two tiles start, where their sums wait, and their number.
        """
        e, count, each = self.e, runs.inner_count, runs.vectors * self.tiling.lanes
        with e.loop(count, 0, block, name="block") as begin, e.loop(last, first, name="tile") as part:
            end = e.smaller(e.linear([(begin, 1)], block), I64(count))
            with e.loop(end, begin, name="inner") as k:
                env: dict[str, Any] = {letter: I64(0) for letter in self.product.free}
                env |= self._starts(runs.kept, part) | self._starts(runs.inner, k)
                offset = e.linear([(e.b.sub(part, first), count * each), (k, each)], 0)
                yield env, e.at(e.scratch, offset, e.real), e.linear([(part, count), (k, 1)], 0)

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

        span = self._within(letter, self._span(letter))

        def body(i: Any, values: list[Any]) -> list[Any]:
            if self._has_idle_lanes and letter == self._block:
                self.busy = self._busy(i)
            here = [
                e.at(base, e.linear([(i, address.coef(letter))], 0), e.real) if address.coef(letter) else base
                for base, address in ((a, product.a), (b, product.b))
            ]
            return self._reduce(loops[1:], here[0], here[1], values)

        return e.carried(product.sizes[letter], 1, acc, body) if span is None else e.carried_between(*span, acc, body)

    def _within(self, letter: str, span: tuple[Any, Any] | None) -> tuple[Any, Any] | None:
        """The part of a span that lies in the run."""
        run = self.spans.get(letter)
        if run is None or span is None:
            return run or span
        return self.e.larger(run[0], span[0]), self.e.smaller(run[1], span[1])

    def _span(self, letter: str) -> tuple[Any, Any] | None:
        """Where the second factor's reads lie inside along an axis, in terms of a letter: outside they are 0."""
        e, stage, taps = self.e, self.site.stage, dict(self.product.taps)
        access = stage.reads[self.product.second]
        assert isinstance(access, Access)  # noqa: S101
        for index, size in zip(access.affine, access.value.shape, strict=True):
            low, high = index.bounds(stage.sizes)
            others = [k for k in index.letters if k != letter]
            c = index.coef(letter)
            if abs(c) != 1 or (low >= 0 and high < size):
                continue
            if any(self.tiling.entries(k) > 1 for k in others if k not in taps):
                continue
            if letter in self.site.split or not all(k in self.env for k in others):
                continue
            base = e.linear([(self.env[k], index.coef(k)) for k in others], index.const)
            # The entries of a window are read in the same steps: those that any of them reads inside.
            below, above = (sum(f(0, index.coef(k) * (taps[k] - 1)) for k in others if k in taps) for f in (min, max))
            first, last = (
                (e.linear([(base, -1)], -above), e.linear([(base, -1)], size - 1 - below))
                if c == 1
                else (e.linear([(base, 1)], 1 - size + below), e.linear([(base, 1)], above))
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
            self._fetch_ahead(b, p_at)
        m, p, machine = len(m_at), len(p_at), self.machine
        if m <= p:
            kept = [self._read(a, o, product.a) for o in m_at]
            columns = [acc[i * p + j] for j in range(p) for i in range(m)]
            found = rank_one(e, machine, kept, b, lambda pointer, j: self._read(pointer, p_at[j], product.b), columns)
            return [found[j * m + i] for i in range(m) for j in range(p)]
        kept = [self._read(b, o, product.b) for o in p_at]
        return rank_one(e, machine, kept, a, lambda pointer, i: self._read(pointer, m_at[i], product.a), acc)

    def _fetch_ahead(self, b: Any, offsets: Sequence[int]) -> None:
        """Ask for what the next tile of the second factor will read at this step: it comes from afar."""
        e, product = self.e, self.product
        if self.next is None:
            return
        steps = [k for k in (*self.loops, *self.unrolled) if product.sizes[k] > 1]
        step = product.b.coef(steps[-1]) if steps else 0
        fetch = e.intrinsic("llvm.prefetch.p0", VOID, [POINTER, I32, I32, I32])
        for offset in offsets:
            if step and offset + step in offsets:
                continue  # the step before has asked for it
            e.b.call(fetch, [e.at(b, I64(offset + self.next), e.real), I32(0), I32(3), I32(1)])

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

    def _in_order(self, acc: Sequence[Any]) -> list[Any]:
        """The accumulators in the order in which they are finished."""
        return [acc[k] for group in self.side.groups for k in group]

    def _finished(self, acc: list[Any]) -> list[Any]:
        """What the accumulators of a tile stand for, in groups that are finished side by side."""
        if not self.tiling.combined:
            return acc
        sums = packed(self.e, self._in_order(acc), self.site.machine.item)
        return [part for s in sums for part in parts(self.e, s, self.side.width)][: len(self.side.groups)]

    def _finish(self, env: Mapping[str, Any], values: Sequence[Any], number: Any) -> None:
        """Compute and write what the accumulators of a tile stand for, and add it up."""
        e, site, side = self.e, self.site, self.side
        reader = Reader(site, e, self.pointers, side.letter, side.width)
        entries = self._entries(env, values)
        if site.stage.pool is not None:
            write_windows(reader, site.stage.pool, entries)
            return
        totals = [e.zero("float", reader.lanes) for _ in site.stage.tallies]
        for at, here, value in entries:
            terms = self._write(here, reader, value)
            own = self._is_own(env, at) if terms else None
            for j, term in enumerate(terms):
                counted = (
                    term if own is None else e.b.select(e.splat(own, reader.lanes), term, e.zero("float", reader.lanes))
                )
                totals[j] = e.b.fadd(totals[j], counted)
        for tally, total in zip(site.stage.tallies, totals, strict=True):
            one = total if side.width == 1 else e.across(total)
            e.store(one, e.at(self.pointers[tally.parts], number, e.real), "float")

    def _entries(self, env: Mapping[str, Any], values: Sequence[Any]) -> Iterator[Entry]:
        """What a tile stands for, entry by entry."""
        for at, value in zip(self.side.places, values, strict=True):
            yield (
                at,
                {**env, **{k: self.e.linear([(env[k], 1)], v * self.tiling.step(k)) for k, v in at.items()}},
                value,
            )

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
