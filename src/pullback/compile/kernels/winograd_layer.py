"""Which stages are passes of a 3×3 convolution of stride 1, and what kernels for Winograd's algorithm are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pullback.compile.kernels.kernel import Declined, Site
from pullback.compile.kernels.tiling import product_of
from pullback.compile.kernels.winograd_transforms import TAPS
from pullback.compile.layout import Address
from pullback.compile.stages import Access
from pullback.formula.affine import Affine


def ceil_divide(a: int, b: int) -> int:
    """a / b, rounded up."""
    return -(-a // b)


@dataclass(frozen=True)
class Axis:
    """One spatial axis: data[… position ± tap + origin …].

    origin  the entry of the data under the first tap, in order of memory, of position 0
    size    how many positions there are
    end     how many entries of the data may be read: its own, and the border of zeros after them
    window  where the outputs end in windows: the letter that counts these; position counts the entries of one then
    """

    position: str
    tap: str
    is_flipped: bool
    origin: int
    size: int
    end: int
    window: str | None = None

    def tiles(self, m: int) -> int:
        """How many tiles of m positions there are."""
        return -(-self.size // m)

    def busy(self, m: int) -> int:
        """How many positions of the last tile there are."""
        return self.size - (self.tiles(m) - 1) * m

    def readable(self, m: int) -> int:
        """How many entries under the last tile may be read."""
        return min(m + TAPS - 1, self.end - (self.tiles(m) - 1) * m - self.origin)


@dataclass(frozen=True)
class Layer:
    """A pass of a convolution, by the letters and variables of its stage.

    data    the variable that is read at shifted places
    other   the variable that holds the filter; of a filter gradient, the cotangent of the output
    batch   letter of the images; k, c: letters of the other's own channels and of the data's channels
    """

    data: str
    other: str
    batch: str
    k: str
    c: str
    rows: Axis
    cols: Axis
    is_gradient: bool

    def tiles(self, m: int) -> int:
        """How many tiles an image has."""
        return self.rows.tiles(m) * self.cols.tiles(m)


@dataclass(frozen=True)
class Blocking:
    """How the work is cut, whatever the number of threads.

    k       channels of a register tile (of filter gradients: data channels, beside `vectors` vectors of the others)
    tiles   tiles that are transformed at a time
    parts   into how many parts the output channels are cut
    sums    of filter gradients: how many partial sums there are
    vectors of filter gradients: vectors of output channels in a part
    """

    k: int
    tiles: int
    parts: int = 1
    sums: int = 1
    vectors: int = 1


@dataclass(frozen=True)
class Winograd:
    """What a stage stands for in Winograd's algorithm F(m×m, 3×3).

    role  "filters": G g Gᵀ; "convolution": everything after it; "products": of a filter gradient, the sums over tiles
          of products; "filter gradient": Gᵀ x G of these sums
    lanes the images, or channels, of a vector
    """

    role: str
    m: int
    layer: Layer
    blocking: Blocking
    lanes: int

    @property
    def products(self) -> int:
        """Multiplications for each tile."""
        return (self.m + TAPS - 1) ** 2

    @property
    def width(self) -> int:
        """Rows of a transformed tile."""
        return self.m + TAPS - 1

    def groups(self, channels: int) -> int:
        """How many groups of output channels there are, so many that all parts have as many."""
        groups = ceil_divide(channels, self.blocking.k)
        return ceil_divide(groups, self.blocking.parts) * self.blocking.parts

    def __str__(self) -> str:
        return f"F({self.m}×{self.m}, 3×3)"


def layer_of(site: Site) -> Layer | Declined:
    """The convolution that a stage is a pass of, or why it is none."""
    product = product_of(site)
    if isinstance(product, Declined):
        return product
    stage = site.stage
    if len(stage.free) != 4 or len(stage.over) != 3:
        return Declined("it is no pass of a two-dimensional convolution")
    for data, other in ((product.first, product.second), (product.second, product.first)):
        layer = _layer(site, data, other)
        if layer is not None:
            return layer
    return Declined("its filter is not 3×3 with stride 1 and dilation 1")


def _layer(site: Site, data: str, other: str) -> Layer | None:
    """The layer, if the factor `data` is read at shifted places and the other one at letters alone."""
    read, fixed = located(site, data)[0], located(site, other)[0]
    letters = [_whole(a, n, site) for a, n in zip(fixed.affine, fixed.value.shape, strict=True)]
    if len(read.at) != 4 or len(set(letters) - {None}) != 4:
        return None
    batch, c = (_whole(a, n, site) for a, n in zip(read.affine[:2], read.value.shape, strict=False))
    if batch is None or c is None or batch not in site.split:
        return None
    is_gradient = batch in letters
    free, over = ({k for k, _ in x} for x in (site.stage.free, site.stage.over))
    axes = [_axis(site, read, axis, over if is_gradient else free) for axis in (2, 3)]
    rows, cols = axes
    if rows is None or cols is None:
        return None
    positions, taps = {rows.position, cols.position}, {rows.tap, cols.tap}
    rest = (free | over) - positions - taps - {batch, c}
    if len(rest) != 1:
        return None
    (k,) = rest
    if is_gradient:
        fits = set(letters) == {batch, k} | positions and free == {k, c} | taps
    else:
        fits = set(letters) == {k, c} | taps and over == {c} | taps
    return Layer(data, other, batch, k, c, rows, cols, is_gradient) if fits else None


def located(site: Site, name: str) -> tuple[Access, Address]:
    """What a variable of a sum of products reads, and its address, which is affine."""
    access = site.stage.reads[name]
    address = site.address(access) if isinstance(access, Access) else None
    if not isinstance(access, Access) or address is None:
        raise TypeError(f"{name} is no factor of a sum of products")  # pragma: no cover
    return access, address


def _whole(index: Affine, size: int, site: Site) -> str | None:
    """The letter that alone runs over a whole axis."""
    letter = index.letter
    return letter if letter is not None and site.stage.sizes[letter] == size else None


def _axis(site: Site, read: Access, axis: int, positions: set[str]) -> Axis | None:
    """position ± tap + a constant, if an index is of this form."""
    index, sizes = read.affine[axis], site.stage.sizes
    own = [k for k in index.letters if k in positions]
    taps = [k for k in index.letters if k not in positions]
    if len(own) != 1 or len(taps) != 1 or index.coef(own[0]) != 1:
        return None
    step = index.coef(taps[0])
    if abs(step) != 1 or sizes[taps[0]] != TAPS:
        return None
    layout = site.layouts[read.value]
    after = layout.border[axis][1] if layout.border else 0
    origin = index.const - (TAPS - 1 if step < 0 else 0)
    return Axis(own[0], taps[0], step < 0, origin, sizes[own[0]], read.value.shape[axis] + after)


@dataclass(frozen=True)
class Edge:
    """Which entries of a tile there are, where it is the last of its row or column.

    rows, cols          how many, of the last tile
    last_row, last_col  whether this is one (emitted truth values)
    """

    rows: int
    cols: int
    last_row: Any
    last_col: Any

    def is_outside(self, b: Any, i: int, j: int) -> Any | None:
        """Whether an entry of the tile lies outside; None where it never does."""
        conditions = [c for c, beyond in ((self.last_row, i >= self.rows), (self.last_col, j >= self.cols)) if beyond]
        if not conditions:
            return None
        return conditions[0] if len(conditions) == 1 else b.or_(*conditions)
