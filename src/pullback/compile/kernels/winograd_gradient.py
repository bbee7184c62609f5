"""Filter gradients by Winograd's algorithm: ḡ = Gᵀ [Σ (A ȳ Aᵀ) ∘ (Bᵀ d B)] G, the sum over tiles and images.

The cotangents are transposed first, so that output channels lie side by side and an image is a number: then sums over
images are sums of products of vectors of channels with single numbers, and no lanes are added up in the end. The tiles
are cut into a fixed number of parts, whose sums are added in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llvmlite import ir

from pullback.compile.emit.loops import I32, I64, Emitter
from pullback.compile.kernels.kernel import Kernel, Site
from pullback.compile.kernels.rank_one import rank_one
from pullback.compile.kernels.winograd_layer import Winograd
from pullback.compile.kernels.winograd_tiles import Place, Tiles
from pullback.compile.kernels.winograd_transforms import TAPS, Vectors, both_ways, data, filter_gradient, gradient
from pullback.compile.stages import Value


def sums_shape(c: int, w: Winograd) -> tuple[int, int, int, int]:
    """The shape of the sums: partial sums, parts of the output channels, positions, c by k."""
    rows = -(-c // w.blocking.k) * w.blocking.k
    return w.blocking.sums, w.blocking.parts, w.products, (rows * w.blocking.vectors + 1) * w.lanes


def products_kernel(site: Site, w: Winograd) -> Kernel:
    """The sums over tiles and images of products of transformed data and cotangents."""
    shape = _Scratch(site, w)
    return Kernel(
        "winograd products",
        w.blocking.sums * w.blocking.parts,
        0,
        lambda e, p, lo, hi: _Products(site, w, e, p, shape).run(lo, hi),
        f"{w}, {w.blocking.k}×{w.blocking.vectors} vectors of {site.split[w.layer.batch]}",
        shape.bytes,
    )


class _Scratch:
    """Where a thread keeps the transformed data and cotangents, in entries."""

    def __init__(self, site: Site, w: Winograd) -> None:
        lanes = site.split[w.layer.batch]
        steps = w.blocking.tiles * lanes
        rows = -(-site.stage.sizes[w.layer.c] // w.blocking.k) * w.blocking.k
        self.transposed = lanes
        self.v = self.transposed + lanes * w.m * w.m * lanes
        self.row = steps
        self.v_stride = rows * steps + lanes
        self.y = self.v + w.products * self.v_stride
        self.step = w.blocking.vectors * lanes
        self.y_stride = steps * self.step + lanes
        self.bytes = (self.y + w.products * self.y_stride) * site.machine.item


class _Products:
    """[part of the tiles][part of k][position][c][k]: one sum over images and tiles each."""

    def __init__(self, site: Site, w: Winograd, e: Emitter, pointers: Mapping[Value, Any], scratch: _Scratch) -> None:
        self.site, self.w, self.e, self.pointers, self.scratch = site, w, e, pointers, scratch
        self.tiles = Tiles(site, w, e, pointers, e.scratch)
        self.lanes = self.tiles.lanes
        self.k, self.c = site.stage.sizes[w.layer.k], site.stage.sizes[w.layer.c]
        self.groups = -(-self.tiles.count // w.blocking.tiles)
        self.vector = ir.VectorType(e.real, self.lanes)

    def run(self, lo: Any, hi: Any) -> None:
        """The parts from lo to hi."""
        e, b, blocking = self.e, self.e.b, self.w.blocking
        e.store(e.zero("float", self.lanes), e.scratch, "float", self.lanes)
        (value,) = self.site.stage.written
        size = value.shape[2] * value.shape[3]
        groups = self.tiles.blocks * self.groups
        with e.loop(hi, lo, name="part") as part:
            which, own = b.udiv(part, I64(blocking.parts)), b.urem(part, I64(blocking.parts))
            out = e.at(self.pointers[value], e.linear([(part, size)], 0), e.real)
            first, last = (b.udiv(b.mul(x, I64(groups)), I64(blocking.sums)) for x in (which, b.add(which, I64(1))))
            with e.loop(last, first, name="group") as group:
                self._group(group, own, out, b.icmp_signed("==", group, first))

    def _group(self, group: Any, own: Any, out: Any, is_first: Any) -> None:
        """Add the products of a few tiles of one block of images."""
        e, b, each = self.e, self.e.b, self.w.blocking.tiles
        block, number = b.udiv(group, I64(self.groups)), b.urem(group, I64(self.groups))
        start = e.linear([(number, each)], 0)
        count = self._least(e.linear([(start, -1)], self.tiles.count), each)
        images = self._images(block)
        with e.loop(self.c, name="c") as c, e.loop(count, name="t") as t:
            self._data(self.tiles.place(block, b.add(start, t)), c, b.mul(t, images))
        with e.loop(count, name="t") as t:
            self._cotangents(self.tiles.place(block, b.add(start, t)), b.mul(t, images), images, own)
        self._multiply(b.mul(count, images), out, is_first)

    def _least(self, number: Any, most: int) -> Any:
        return self.e.b.select(self.e.b.icmp_signed("<", number, I64(most)), number, I64(most))

    def _images(self, block: Any) -> Any:
        """How many images of a block there are."""
        size = self.site.stage.sizes[self.w.layer.batch]
        if size % self.lanes == 0:
            return I64(self.lanes)
        return self._least(self.e.linear([(block, -self.lanes)], size), self.lanes)

    def _data(self, place: Place, c: Any, first: Any) -> None:
        """[position][c][tile and image]; what lies beyond the images is written over, or not read."""
        e = self.e
        grid = both_ways(data(self.w.m), Vectors(e, self.lanes), self.tiles.data(place, c))
        base = e.at(e.scratch, e.linear([(c, self.scratch.row), (first, 1)], self.scratch.v), e.real)
        for number, entry in enumerate(x for row in grid for x in row):
            e.store(entry, e.at(base, I64(number * self.scratch.v_stride), e.real), "float", self.lanes)

    def _cotangents(self, place: Place, first: Any, images: Any, own: Any) -> None:
        """[position][tile and image][k]."""
        e, w, lanes, scratch = self.e, self.w, self.lanes, self.scratch
        with e.loop(w.blocking.vectors, name="v") as v:
            k = e.linear([(own, w.blocking.vectors * lanes), (v, lanes)], 0)
            self._transpose(place, k)
            with e.loop(images, name="n") as n:
                base = e.at(e.scratch, e.linear([(n, w.m * w.m * lanes)], scratch.transposed), e.real)
                entries = [e.load(e.at(base, I64(i * lanes), e.real), "float", lanes) for i in range(w.m * w.m)]
                grid = [entries[i : i + w.m] for i in range(0, w.m * w.m, w.m)]
                terms = [(first, scratch.step), (n, scratch.step), (v, lanes)]
                target = e.at(e.scratch, e.linear(terms, scratch.y), e.real)
                grid = both_ways(gradient(w.m), Vectors(e, lanes), grid)
                for number, entry in enumerate(x for row in grid for x in row):
                    e.store(entry, e.at(target, I64(number * scratch.y_stride), e.real), "float", lanes)

    def _transpose(self, place: Place, k: Any) -> None:
        """[image][entry of the tile][k] of as many channels as there are lanes; beyond the last, the last one again."""
        e, w, lanes = self.e, self.w, self.lanes
        channels = []
        for lane in range(lanes):
            number = e.linear([(k, 1)], lane)
            channels.append(self._least(number, self.k - 1) if self.k % lanes else number)
        with e.loop(w.m, name="i") as i, e.loop(w.m, name="j") as j:
            vectors = transposed(e, [self.tiles.cotangent(place, c, i, j) for c in channels])
            terms = [(i, w.m * lanes), (j, lanes)]
            base = e.at(e.scratch, e.linear(terms, self.scratch.transposed), e.real)
            for n, vector in enumerate(vectors):
                e.store(vector, e.at(base, I64(n * w.m * w.m * lanes), e.real), "float", lanes)

    def _multiply(self, steps: Any, out: Any, is_first: Any) -> None:
        """Add the products of so many tiles and images to the sums."""
        e, w, scratch, lanes = self.e, self.w, self.scratch, self.lanes
        (value,) = self.site.stage.written
        tiles = -(-self.c // w.blocking.k)
        with e.loop(w.products, name="x") as x, e.loop(tiles, name="tile") as tile:
            v = e.at(
                e.scratch, e.linear([(x, scratch.v_stride), (tile, w.blocking.k * scratch.row)], scratch.v), e.real
            )
            y = e.at(e.scratch, e.linear([(x, scratch.y_stride)], scratch.y), e.real)
            terms = [(x, value.shape[3]), (tile, w.blocking.k * scratch.step)]
            sums = e.at(out, e.linear(terms, 0), e.real)
            places = [e.at(sums, I64(n * lanes), e.real) for n in range(w.blocking.k * w.blocking.vectors)]
            zero = e.zero("float", lanes)
            acc = [e.b.select(is_first, zero, e.load(p, "float", lanes)) for p in places]
            acc = e.carried(steps, 1, acc, lambda j, found: self._step(v, y, j, found))
            for place, vector in zip(places, acc, strict=True):
                e.store(vector, place, "float", lanes)

    def _step(self, v: Any, y: Any, j: Any, acc: list[Any]) -> list[Any]:
        e, w, scratch, lanes = self.e, self.w, self.scratch, self.lanes
        here = e.at(y, e.linear([(j, scratch.step)], 0), e.real)
        numbers = e.at(v, j, e.real)
        vectors = [e.load(e.at(here, I64(n * lanes), e.real), "float", lanes) for n in range(w.blocking.vectors)]

        def number(pointer: Any, c: int) -> Any:
            return e.splat(e.load(e.at(pointer, I64(c * scratch.row), e.real), "float"), lanes)

        return rank_one(e, self.site.machine, vectors, numbers, number, acc)


def transposed(e: Emitter, rows: Sequence[Any]) -> list[Any]:
    """As many vectors as they have lanes: lane i of vector j becomes lane j of vector i."""
    found, lanes, step = list(rows), len(rows), 1
    while step < lanes:
        low = [i if not i & step else lanes + i - step for i in range(lanes)]
        high = [i + step if not i & step else lanes + i for i in range(lanes)]
        for i in range(lanes):
            if not i & step:
                pair = found[i], found[i + step]
                found[i], found[i + step] = (_shuffled(e, *pair, order) for order in (low, high))
        step *= 2
    return found


def _shuffled(e: Emitter, a: Any, b: Any, order: Sequence[int]) -> Any:
    return e.b.shuffle_vector(a, b, ir.Constant(ir.VectorType(I32, len(order)), list(order)))


def filter_gradient_kernel(site: Site, w: Winograd) -> Kernel:
    """Gᵀ x G of the sums."""
    (value,) = site.stage.written
    lanes = w.lanes
    vectors = -(-value.shape[0] // lanes)
    rows = -(-value.shape[1] * TAPS * TAPS // lanes) * lanes
    return Kernel(
        "winograd filter gradient",
        vectors,
        0,
        lambda e, p, lo, hi: _FilterGradient(site, w, e, p).run(lo, hi),
        str(w),
        rows * lanes * site.machine.item,
    )


class _FilterGradient:
    """ḡ[k][c][r][s], a vector of k at a time."""

    def __init__(self, site: Site, w: Winograd, e: Emitter, pointers: Mapping[Value, Any]) -> None:
        self.w, self.e, self.lanes = w, e, w.lanes
        (self.sums,), (self.value,) = site.stage.read, site.stage.written
        self.pointers = pointers

    def run(self, lo: Any, hi: Any) -> None:
        """The parts from lo to hi."""
        e = self.e
        with e.loop(hi, lo, name="v") as v:
            with e.loop(self.value.shape[1], name="c") as c:
                self._transform(v, c)
            self._transpose(v)

    def _transform(self, v: Any, c: Any) -> None:
        """The taps of a vector of filters, to the scratch: [c][r][s][k]."""
        e, w, lanes, vectors = self.e, self.w, self.lanes, self.w.blocking.vectors
        sums, parts, _, stride = self.sums.shape
        part, within = e.b.udiv(v, I64(vectors)), e.b.urem(v, I64(vectors))
        terms = [(part, w.products * stride), (within, lanes), (c, vectors * lanes)]
        base = e.at(self.pointers[self.sums], e.linear(terms, 0), e.real)
        arithmetic, entries = Vectors(e, lanes), []
        for x in range(w.products):
            places = [e.at(base, I64((n * parts * w.products + x) * stride), e.real) for n in range(sums)]
            total = e.load(places[0], "float", lanes)
            for place in places[1:]:
                total = arithmetic.add(total, e.load(place, "float", lanes))
            entries.append(total)
        grid = [entries[n : n + w.width] for n in range(0, w.products, w.width)]
        grid = both_ways(filter_gradient(w.m), arithmetic, grid)
        flips = [x.is_flipped for x in (w.layer.rows, w.layer.cols)]
        grid = [row[::-1] if flips[1] else row for row in (grid[::-1] if flips[0] else grid)]
        target = e.at(e.scratch, e.linear([(c, TAPS * TAPS * lanes)], 0), e.real)
        for number, entry in enumerate(x for row in grid for x in row):
            e.store(entry, e.at(target, I64(number * lanes), e.real), "float", lanes)

    def _transpose(self, v: Any) -> None:
        """From [c][r][s][k] to [k][c][r][s]; of a row's last entries, those that overlap the ones before."""
        e, lanes = self.e, self.lanes
        filters, row = self.value.shape[0], self.value.shape[1] * TAPS * TAPS
        with e.loop(-(-row // lanes), name="i") as i:
            start = e.b.mul(i, I64(lanes))
            if row % lanes:
                start = e.b.select(e.b.icmp_signed("<", start, I64(row - lanes)), start, I64(row - lanes))
            base = e.at(e.scratch, e.linear([(start, lanes)], 0), e.real)
            vectors = [e.load(e.at(base, I64(n * lanes), e.real), "float", lanes) for n in range(lanes)]
            for lane, vector in enumerate(transposed(e, vectors)):
                k = e.linear([(v, lanes)], lane)
                if filters % lanes:
                    k = e.b.select(e.b.icmp_signed("<", k, I64(filters)), k, I64(filters - 1))
                place = e.at(self.pointers[self.value], e.linear([(k, row), (start, 1)], 0), e.real)
                e.store(vector, place, "float", lanes)
