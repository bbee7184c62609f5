"""Tiles of images: where they lie, what they read, what they leave out at the edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from pullback.compile.emit.loops import I32, I64, POINTER, VOID, Emitter
from pullback.compile.kernels.kernel import Site
from pullback.compile.kernels.winograd_layer import Edge, Winograd, located
from pullback.compile.kernels.winograd_transforms import TAPS, Grid
from pullback.compile.layout import split_letters
from pullback.compile.stages import Value


@dataclass(frozen=True)
class Place:
    """A tile: emitted numbers of its block of images, its row and its column of tiles."""

    block: Any
    row: Any
    col: Any


class Tiles:
    """The tiles of one layer, as emitted code sees them. zeros: the address of a vector of zeros."""

    def __init__(self, site: Site, winograd: Winograd, e: Emitter, pointers: Mapping[Value, Any], zeros: Any) -> None:
        self.site, self.e, self.pointers, self.zeros = site, e, pointers, zeros
        self.m, self.layer = winograd.m, winograd.layer
        self.lanes = site.split[self.layer.batch]
        self.count = self.layer.tiles(self.m)
        self.blocks = -(-site.stage.sizes[self.layer.batch] // self.lanes)

    def place(self, block: Any, tile: Any) -> Place:
        """A tile by its number within an image."""
        columns = I64(self.layer.cols.tiles(self.m))
        return Place(block, self.e.b.udiv(tile, columns), self.e.b.urem(tile, columns))

    def edge(self, place: Place, rows: int, cols: int) -> Edge:
        """What there is of a tile, if so many rows and columns of the last ones are."""
        b, layer = self.e.b, self.layer
        last_row = b.icmp_unsigned("==", place.row, I64(layer.rows.tiles(self.m) - 1))
        last_col = b.icmp_unsigned("==", place.col, I64(layer.cols.tiles(self.m) - 1))
        return Edge(rows, cols, last_row, last_col)

    def data(self, place: Place, channel: Any) -> Grid:
        """The m+2 by m+2 entries of a channel of the data under a tile."""
        rows, cols = self.layer.rows, self.layer.cols
        edge = self.edge(place, rows.readable(self.m), cols.readable(self.m))
        first = {x.tap: TAPS - 1 if x.is_flipped else 0 for x in (rows, cols)}
        base, steps = self._base(self.layer.data, place, {self.layer.c: channel}, first)
        size = range(self.m + TAPS - 1)
        self._prefetch(base, steps, located(self.site, self.layer.data)[1].coef(self.layer.c))
        return [[self._read(base, i, j, steps, edge) for j in size] for i in size]

    def _prefetch(self, base: Any, steps: Sequence[int], channel: int) -> None:
        """Ask for what the next channel reads, but for the columns that it shares with the tile before."""
        for i, j in product(range(self.m + TAPS - 1), range(TAPS - 1, self.m + TAPS - 1)):
            prefetch(self.e, self.e.at(base, I64(channel + i * steps[0] + j * steps[1]), self.e.real))

    def cotangent(self, place: Place, channel: Any, i: Any, j: Any) -> Any:
        """Entry i, j of a tile of a channel of the output's cotangent, 0 outside."""
        e, b, layer = self.e, self.e.b, self.layer
        pointer, steps = self._base(layer.other, place, {layer.k: channel}, {})
        pointer = e.at(pointer, e.linear([(i, steps[0]), (j, steps[1])], 0), e.real)
        prefetch(e, e.at(pointer, I64(self.m * steps[1]), e.real))
        for axis, tile, entry in ((layer.rows, place.row, i), (layer.cols, place.col, j)):
            if axis.size % self.m:
                outside = b.icmp_signed(">=", e.linear([(tile, self.m), (entry, 1)], 0), I64(axis.size))
                pointer = b.select(outside, self.zeros, pointer)
        return e.load(pointer, "float", self.lanes)

    def _base(
        self, name: str, place: Place, channel: Mapping[str, Any], first: Mapping[str, int]
    ) -> tuple[Any, list[int]]:
        """The address of a tile's first entry, and the steps along rows and columns."""
        e, layer = self.e, self.layer
        access, address = located(self.site, name)
        offset = address.offset + sum(address.coef(k) * v for k, v in first.items())
        terms = [(place.block, address.coef(split_letters(layer.batch)[0]))]
        terms += [(place.row, self.m * address.coef(layer.rows.position))]
        terms += [(place.col, self.m * address.coef(layer.cols.position))]
        terms += [(v, address.coef(k)) for k, v in channel.items()]
        base = e.at(self.pointers[access.value], e.linear(terms, offset), e.real)
        return base, [address.coef(axis.position) for axis in (layer.rows, layer.cols)]

    def _read(self, base: Any, i: int, j: int, steps: Sequence[int], edge: Edge) -> Any:
        e = self.e
        pointer = e.at(base, I64(i * steps[0] + j * steps[1]), e.real)
        outside = edge.is_outside(e.b, i, j)
        if outside is not None:
            pointer = e.b.select(outside, self.zeros, pointer)
        return e.load(pointer, "float", self.lanes)


def prefetch(e: Emitter, pointer: Any) -> None:
    """Bring a line into the second cache."""
    kinds = [POINTER, I32, I32, I32]
    e.b.call(e.intrinsic("llvm.prefetch.p0", VOID, kinds), [pointer, I32(0), I32(2), I32(1)])
