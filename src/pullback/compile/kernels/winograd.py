"""Convolutions by Winograd's algorithm with the batch in lanes: filters once, then tile after tile.

A part of the work transforms the data under a few tiles, V = Bᵀ d B, for all channels; multiplies, for each of the
(m+2)² positions, a K×C matrix of transformed filters with a C×tiles matrix whose entries are vectors of images; and
transforms back, Y = Aᵀ M A. V and M are memory of the thread's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import product as cartesian
from typing import Any

from llvmlite import ir

from pullback.compile.emit.loops import I32, I64, Emitter
from pullback.compile.kernels.kernel import Declined, Kernel, Site
from pullback.compile.kernels.pooled import Entry, of_windows, write_windows
from pullback.compile.kernels.rank_one import rank_one
from pullback.compile.kernels.reading import Reader
from pullback.compile.kernels.winograd_gradient import filter_gradient_kernel, products_kernel
from pullback.compile.kernels.winograd_layer import Winograd, located
from pullback.compile.kernels.winograd_tiles import Place, Tiles
from pullback.compile.kernels.winograd_transforms import TAPS, Grid, Vectors, both_ways, data, filters, output
from pullback.compile.layout import split_letters
from pullback.compile.stages import ACC, Value

CUTS = 4
UNROLLED = 4


def winograd(site: Site) -> Kernel | Declined:
    """The kernel of a stage that stands for a part of the algorithm."""
    algorithm = site.stage.algorithm
    if not isinstance(algorithm, Winograd):
        return Declined("it is computed directly")
    make = {
        "filters": _filters_kernel,
        "convolution": _convolution_kernel,
        "products": products_kernel,
        "filter gradient": filter_gradient_kernel,
    }
    return make[algorithm.role](site, algorithm)


def filters_size(k: int, c: int, w: Winograd) -> tuple[int, int]:
    """The shape of the transformed filters: positions; groups of channels, channels, channels of a group.

    A vector more than it takes: distances of a power of 2 would meet in one set of the cache.
    """
    return w.products, w.groups(k) * c * w.blocking.k + w.lanes


def _filters_kernel(site: Site, w: Winograd) -> Kernel:
    groups, cuts = w.groups(site.stage.sizes[w.layer.k]), min(CUTS, site.stage.sizes[w.layer.c])
    return Kernel(
        "winograd filters", groups * cuts, 0, lambda e, p, lo, hi: _Filters(site, w, e, p).run(lo, hi, cuts), str(w)
    )


class _Filters:
    """U = G g Gᵀ: [position][group of k][c][k]."""

    def __init__(self, site: Site, w: Winograd, e: Emitter, pointers: Mapping[Value, Any]) -> None:
        self.site, self.w, self.e, self.pointers = site, w, e, pointers
        access, self.address = located(site, w.layer.other)
        self.source = e.at(pointers[access.value], I64(self.address.offset), e.real)

    def run(self, lo: Any, hi: Any, cuts: int) -> None:
        """The parts from lo to hi."""
        e, b, layer = self.e, self.e.b, self.w.layer
        channels = self.site.stage.sizes[layer.c]
        with e.loop(hi, lo, name="part") as part:
            group, cut = b.udiv(part, I64(cuts)), b.urem(part, I64(cuts))
            rows = self._rows(group)
            first, last = (b.udiv(b.mul(x, I64(channels)), I64(cuts)) for x in (cut, b.add(cut, I64(1))))
            with e.loop(last, first, name="c") as c:
                self._transform(rows, group, c, channels)

    def _rows(self, group: Any) -> list[Any]:
        """Where the filters of a group begin; beyond the last channel, the last one's."""
        e, k = self.e, self.w.blocking.k
        size, step = self.site.stage.sizes[self.w.layer.k], self.address.coef(self.w.layer.k)
        found = []
        for lane in range(k):
            number = e.linear([(group, k)], lane)
            number = e.b.select(e.b.icmp_signed("<", number, I64(size)), number, I64(size - 1))
            found.append(e.at(self.source, e.linear([(number, step)], 0), e.real))
        return found

    def _transform(self, rows: list[Any], group: Any, c: Any, channels: int) -> None:
        e, w, k = self.e, self.w, self.w.blocking.k
        here = e.linear([(c, self.address.coef(w.layer.c))], 0)
        rows = [e.at(row, here, e.real) for row in rows]
        grid = both_ways(
            filters(w.m), Vectors(e, k), [[self._tap(rows, r, s) for s in range(TAPS)] for r in range(TAPS)]
        )
        (value,) = self.site.stage.written
        stride = value.shape[1]
        base = e.at(self.pointers[value], e.linear([(group, channels * k), (c, k)], 0), e.real)
        for number, entry in enumerate(x for row in grid for x in row):
            e.store(entry, e.at(base, I64(number * stride), e.real), "float", k)

    def _tap(self, rows: list[Any], r: int, s: int) -> Any:
        """One tap of a group of filters, a channel in each lane."""
        e, layer, address = self.e, self.w.layer, self.address
        places = [TAPS - 1 - t if x.is_flipped else t for t, x in ((r, layer.rows), (s, layer.cols))]
        offset = I64(address.coef(layer.rows.tap) * places[0] + address.coef(layer.cols.tap) * places[1])
        if len(rows) == 1:
            return e.load(e.at(rows[0], offset, e.real), "float")
        found = ir.Constant(ir.VectorType(e.real, len(rows)), ir.Undefined)
        for lane, row in enumerate(rows):
            found = e.b.insert_element(found, e.load(e.at(row, offset, e.real), "float"), I32(lane))
        return found


def _convolution_kernel(site: Site, w: Winograd) -> Kernel:
    lanes = site.split[w.layer.batch]
    tiles, blocks = w.layer.tiles(w.m), -(-site.stage.sizes[w.layer.batch] // lanes)
    straddles = tiles < w.blocking.tiles
    groups = -(-blocks * tiles // w.blocking.tiles) if straddles else blocks * -(-tiles // w.blocking.tiles)
    shape = _Scratch(site, w, lanes)
    return Kernel(
        "winograd",
        groups * w.blocking.parts,
        0 if straddles else blocks,
        lambda e, p, lo, hi: _Convolution(site, w, e, p, shape).run(lo, hi),
        f"{w}, {w.blocking.k}×{w.blocking.tiles} vectors of {lanes}{of_windows(site.stage)}",
        shape.bytes,
    )


class _Scratch:
    """Where a thread keeps V and M, in entries."""

    def __init__(self, site: Site, w: Winograd, lanes: int) -> None:
        self.zeros = 0
        self.v = lanes
        self.v_stride = site.stage.sizes[w.layer.c] * w.blocking.tiles * lanes + lanes
        self.m = self.v + w.products * self.v_stride
        own = w.groups(site.stage.sizes[w.layer.k]) // w.blocking.parts * w.blocking.k
        self.m_stride = own * w.blocking.tiles * lanes + lanes
        self.bytes = (self.m + w.products * self.m_stride) * site.machine.item


class _Convolution:
    """The parts of a convolution: a few tiles, and a part of the output channels."""

    def __init__(self, site: Site, w: Winograd, e: Emitter, pointers: Mapping[Value, Any], scratch: _Scratch) -> None:
        self.site, self.w, self.e, self.pointers, self.scratch = site, w, e, pointers, scratch
        self.tiles = Tiles(site, w, e, pointers, e.scratch)
        self.lanes = self.tiles.lanes
        self.channels = site.stage.sizes[w.layer.c]
        self.own = w.groups(site.stage.sizes[w.layer.k]) // w.blocking.parts

    def run(self, lo: Any, hi: Any) -> None:
        """The parts from lo to hi."""
        e, parts = self.e, self.w.blocking.parts
        e.store(e.zero("float", self.lanes), e.scratch, "float", self.lanes)
        with e.loop(hi, lo, name="part") as part:
            group, own = (part, I64(0)) if parts == 1 else (e.b.udiv(part, I64(parts)), e.b.urem(part, I64(parts)))
            self._data(group)
            self._products(own)
            with e.loop(self.w.blocking.tiles, name="t") as t:
                self._outputs(self._place(group, t), t, own)

    def _place(self, group: Any, t: Any) -> Place:
        """A tile of a group; beyond the last, the last one again."""
        e, b, count, each = self.e, self.e.b, self.tiles.count, self.w.blocking.tiles
        if count < each:
            number, last = e.linear([(group, each), (t, 1)], 0), self.tiles.blocks * count - 1
            number = b.select(b.icmp_signed("<", number, I64(last)), number, I64(last))
            return self.tiles.place(b.udiv(number, I64(count)), b.urem(number, I64(count)))
        groups = I64(-(-count // each))
        tile = e.linear([(b.urem(group, groups), each), (t, 1)], 0)
        if count % each:
            tile = b.select(b.icmp_signed("<", tile, I64(count)), tile, I64(count - 1))
        return self.tiles.place(b.udiv(group, groups), tile)

    def _data(self, group: Any) -> None:
        """V of the tiles of a group."""
        e, lanes, each = self.e, self.lanes, self.w.blocking.tiles
        with e.loop(self.channels, name="c") as c, e.loop(each, name="t") as t:
            grid = both_ways(data(self.w.m), Vectors(e, lanes), self.tiles.data(self._place(group, t), c))
            base = e.at(e.scratch, e.linear([(c, each * lanes), (t, lanes)], self.scratch.v), e.real)
            for number, entry in enumerate(x for row in grid for x in row):
                e.store(entry, e.at(base, I64(number * self.scratch.v_stride), e.real), "float", lanes)

    def _products(self, own: Any) -> None:
        """M, for each position of the transformed tiles."""
        e, w, lanes = self.e, self.w, self.lanes
        k, each = w.blocking.k, w.blocking.tiles
        transformed, _ = located(self.site, w.layer.other)
        stride = transformed.value.shape[1]
        with e.loop(w.products, name="x") as x, e.loop(self.own, name="group") as group:
            v = e.at(e.scratch, e.linear([(x, self.scratch.v_stride)], self.scratch.v), e.real)
            terms = [(x, stride), (own, self.own * self.channels * k), (group, self.channels * k)]
            u = e.at(self.pointers[transformed.value], e.linear(terms, 0), e.real)
            found = self._tile(u, v)
            terms = [(x, self.scratch.m_stride), (group, k * each * lanes)]
            m = e.at(e.scratch, e.linear(terms, self.scratch.m), e.real)
            for number, vector in enumerate(found):
                e.store(vector, e.at(m, I64(number * lanes), e.real), "float", lanes)

    def _tile(self, u: Any, v: Any) -> list[Any]:
        """k×tiles sums over all channels."""
        e, lanes, k, each = self.e, self.lanes, self.w.blocking.k, self.w.blocking.tiles
        unrolled = next(n for n in (UNROLLED, 2, 1) if self.channels % n == 0)

        def body(i: Any, acc: list[Any]) -> list[Any]:
            us, vs = (e.at(p, e.linear([(i, step)], 0), e.real) for p, step in ((u, k), (v, each * lanes)))
            before: list[Any] = []
            for step in range(unrolled):
                before = acc = self._step(e.laundered(us, before), e.laundered(vs, before), step, acc)
            return acc

        return e.carried(self.channels, unrolled, [e.zero("float", lanes)] * (k * each), body)

    def _step(self, u: Any, v: Any, step: int, acc: list[Any]) -> list[Any]:
        e, lanes, k, each = self.e, self.lanes, self.w.blocking.k, self.w.blocking.tiles
        vectors = [e.load(e.at(v, I64((step * each + t) * lanes), e.real), "float", lanes) for t in range(each)]

        def number(pointer: Any, i: int) -> Any:
            return e.splat(e.load(e.at(pointer, I64(step * k + i), e.real), "float"), lanes)

        return rank_one(e, self.site.machine, vectors, u, number, acc)

    def _outputs(self, place: Place, t: Any, own: Any) -> None:
        """Y of one tile, and what the stage makes of it."""
        e, w, lanes, layer = self.e, self.w, self.lanes, self.w.layer
        size, each = self.site.stage.sizes[layer.k], w.blocking.tiles
        count = self.own * w.blocking.k
        left = e.linear([(own, -count)], size)
        stop = e.b.select(e.b.icmp_signed("<", left, I64(count)), left, I64(count))
        reader = Reader(self.site, e, self.pointers, layer.batch, lanes)
        block, lane = split_letters(layer.batch)
        spots = self._spots(place)
        with e.loop(stop, name="k") as i:
            env = {block: place.block, lane: I64(0), layer.k: e.linear([(own, count), (i, 1)], 0)}
            base = e.at(e.scratch, e.linear([(i, each * lanes), (t, lanes)], self.scratch.m), e.real)
            entries = [
                e.load(e.at(base, I64(n * self.scratch.m_stride), e.real), "float", lanes) for n in range(w.products)
            ]
            grid = [entries[n : n + w.width] for n in range(0, w.products, w.width)]
            outputs = both_ways(output(w.m), Vectors(e, lanes), grid)
            for spot in spots:
                with nullcontext() if spot.outside is None else e.b.if_then(e.b.not_(spot.outside)):
                    self._write(
                        reader, {**env, **spot.letters}, [[outputs[r][s] for s in spot.cols] for r in spot.rows]
                    )

    def _spots(self, place: Place) -> list[Spot]:
        """The parts of a tile that are written at a time."""
        e, m, pool = self.e, self.w.m, self.site.stage.pool
        axes = ((self.w.layer.rows, place.row), (self.w.layer.cols, place.col))
        edge = self.tiles.edge(place, *(axis.busy(m) for axis, _ in axes))
        parts: list[list[tuple[range, str, Any]]] = []
        for axis, tile in axes:
            size = 1 if pool is None else dict(pool.taps)[axis.position]
            letter = axis.window or axis.position
            parts.append(
                [(range(k * size, (k + 1) * size), letter, e.linear([(tile, m // size)], k)) for k in range(m // size)]
            )
        return [
            Spot(rows, cols, {p: row, q: col}, edge.is_outside(e.b, rows[-1], cols[-1]))
            for (rows, p, row), (cols, q, col) in cartesian(*parts)
        ]

    def _write(self, reader: Reader, env: Mapping[str, Any], outputs: Grid) -> None:
        """What the stage makes of an output, or of the outputs of a window."""
        pool, letters = self.site.stage.pool, (self.w.layer.rows.position, self.w.layer.cols.position)
        if pool is None:
            reader.write(env, {ACC: outputs[0][0]})
            return
        entries: list[Entry] = []
        for i, row in enumerate(outputs):
            for j, value in enumerate(row):
                places = dict(zip(letters, (i, j), strict=True))
                entries.append((places, {**env, **{k: I64(v) for k, v in places.items()}}, value))
        write_windows(reader, pool, entries)


@dataclass(frozen=True)
class Spot:
    """A part of a tile: one output, or those of a window.

    letters  what the letters of the rows and columns, or of the windows, are there (emitted numbers)
    outside  whether it lies outside (an emitted truth value); None where it never does
    """

    rows: range
    cols: range
    letters: Mapping[str, Any]
    outside: Any | None
