"""How a product of two factors is computed in registers: which letter fills the lanes, which are tiled.

A tile keeps m·p accumulators in registers. For every step of the combined letters it reads m vectors (or single
numbers, spread over the lanes) of one factor and p of the other, and takes m·p fused multiply-adds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product as cartesian
from math import prod

from pullback.compile.kernels.kernel import Declined, Machine, Site
from pullback.compile.layout import Address, split_letters
from pullback.compile.stages import Access, Letters
from pullback.formula import expr as ex

UNROLLED = 256
"""At most so many multiply-adds stand in the innermost loop's body."""


@dataclass(frozen=True)
class Product:
    """A stage that adds up products of two factors, in loops whose letters count blocks and lanes apart.

    sizes   the loops' letters with their sizes
    a, b    the two factors' addresses
    writes  the addresses that are written
    taps    the free letters that count the entries of a window; a tile holds whole windows
    """

    first: str
    second: str
    sizes: Mapping[str, int]
    free: tuple[str, ...]
    over: tuple[str, ...]
    a: Address
    b: Address
    writes: tuple[Address, ...]
    taps: Letters = ()

    @property
    def swapped(self) -> Product:
        """The same with the factors in the other order."""
        return replace(self, first=self.second, second=self.first, a=self.b, b=self.a)


def product_of(site: Site) -> Product | Declined:
    """The stage as a sum of products, or why it is none."""
    stage = site.stage
    if stage.combine != "sum":
        return Declined("it adds nothing up")
    term = stage.term
    if not (isinstance(term, ex.Apply) and term.function == "multiply" and len(set(ex.variables(term))) == 2):
        return Declined("its terms are not products of two factors")
    if not all(isinstance(a, ex.Var) for a in term.arguments):
        return Declined("its factors are computed, not read")
    first, second = (a.name for a in term.arguments if isinstance(a, ex.Var))
    factors = [stage.reads[k] for k in (first, second)]
    addresses = []
    for factor in factors:
        if not isinstance(factor, Access) or factor.value.kind != "float":
            return Declined("its factors are not both floating-point numbers")
        address = site.address(factor)
        if address is None:
            return Declined("an index is read from a table")
        if not site.is_safe(factor):
            return Declined("it reads outside an array that has no border of zeros")
        addresses.append(address)
    written = [site.address(Access(w.value, w.at)) for w in stage.writes]
    if not all(written):
        return Declined("what it writes is not addressed in strides")
    sizes: dict[str, int] = {}
    parts = []
    for letters in (stage.free, stage.over):
        names: list[str] = []
        for letter, size in letters:
            lanes = site.split.get(letter)
            if lanes is None:
                sizes[letter] = size
                names.append(letter)
                continue
            block, lane = split_letters(letter)
            sizes[block], sizes[lane] = -(-size // lanes), lanes
            names += [block, lane]
        parts.append(tuple(names))
    free, over = parts
    taps = stage.pool.taps if stage.pool else ()
    return Product(first, second, sizes, free, over, addresses[0], addresses[1], tuple(w for w in written if w), taps)


@dataclass(frozen=True)
class Tiling:
    """The choice.

    vector    the letter whose entries fill the lanes, or the lanes of a batch
    lanes     their number
    combined  whether the lanes are added up in the end
    m, p      tiled letters with their tile sizes, those of the factor a and those of b; of the vector's letter, vectors
    """

    vector: str
    lanes: int
    combined: bool
    m: tuple[tuple[str, int], ...]
    p: tuple[tuple[str, int], ...]

    @property
    def counts(self) -> tuple[int, int]:
        """How many entries of each factor a tile reads."""
        return prod(t for _, t in self.m), prod(t for _, t in self.p)

    def entries(self, letter: str) -> int:
        """How many entries along a letter one tile takes."""
        tile = dict((*self.m, *self.p)).get(letter, 1)
        return tile * self.lanes if letter == self.vector and not letter.endswith(".lane") else tile

    def step(self, letter: str) -> int:
        """How many entries lie between two of a tile along a letter."""
        return self.lanes if letter == self.vector else 1

    def __str__(self) -> str:
        m, p = self.counts
        return f"{m}×{p} vectors of {self.lanes}"


def tiled(site: Site) -> tuple[Product, Tiling] | Declined:
    """The stage as a product, and its best tiling by the number of instructions that it takes.

    The second factor is read as vectors; the first one too where the lanes run along both.
    """
    given = product_of(site)
    if isinstance(given, Declined):
        return given
    found: list[tuple[float, Product, Tiling]] = []
    idle = {split_letters(k)[1] for k, n in site.split.items() if site.stage.sizes[k] % n}
    for vector, lanes, combined in _vectors(site, given):
        if idle - {vector}:  # lanes without an image would be added up, or written where there is no memory
            continue
        machine = machine_for(site, vector, combined)
        one = given if given.b.coef(vector) else given.swapped
        for product in (one, one.swapped) if combined else (one,):
            for m, p in _tiles(product, vector, lanes, machine):
                tiling = Tiling(vector, lanes, combined, m, p)
                found.append((cost(product, tiling), product, tiling))
    if not found:
        return Declined("no letter lies side by side in what is written and in a factor")
    return min(found, key=lambda f: f[0])[1:]


def has_idle_lanes(site: Site, vector: str, combined: bool) -> bool:
    """Whether lanes are added up of which the last block leaves some idle."""
    letter = vector.removesuffix(".lane")
    return combined and site.stage.sizes[letter] % site.split[letter] != 0


def machine_for(site: Site, vector: str, combined: bool) -> Machine:
    """The registers that a tile may use: which lanes are idle may take one."""
    return site.machine.keeping(has_idle_lanes(site, vector, combined) and not site.machine.masks)


def _vectors(site: Site, product: Product) -> Iterator[tuple[str, int, bool]]:
    """The letters whose entries can fill the lanes."""
    machine = site.machine
    for letter, lanes in site.split.items():
        lane = split_letters(letter)[1]
        pair = product.a.coef(lane), product.b.coef(lane)
        if lane in product.free and all(w.coef(lane) == 1 for w in product.writes) and sorted(pair) in ([0, 1], [1, 1]):
            yield lane, lanes, False
        if lane in product.over and pair == (1, 1):
            yield lane, lanes, True
    for letter in product.free:
        size = product.sizes[letter]
        pair = product.a.coef(letter), product.b.coef(letter)
        lanes = machine.lanes
        while lanes > size:
            lanes //= 2
        if letter.endswith(".lane") or lanes < 2 or letter.endswith(".block"):
            continue
        if all(w.coef(letter) == 1 for w in product.writes) and sorted(pair) in ([0, 1], [1, 1]):
            yield letter, lanes, False


Tile = tuple[tuple[str, int], ...]


def _tiles(product: Product, vector: str, lanes: int, machine: Machine) -> Iterator[tuple[Tile, Tile]]:
    """Tiles whose accumulators stay in registers."""
    sizes = dict(product.sizes)
    if not vector.endswith(".lane"):
        sizes[vector] //= lanes
    only_a = _alone(product, product.a, product.b, vector)
    only_b = _alone(product, product.b, product.a, vector)
    windows_a, windows_b = (tuple(t for t in product.taps if x.coef(t[0])) for x in (product.a, product.b))
    if sorted((*windows_a, *windows_b)) != sorted(product.taps):
        return  # what a window reads of both factors is no tile
    for m, p in cartesian(_sizes(only_a, sizes, machine.registers), _sizes(only_b, sizes, machine.registers)):
        m, p = (*windows_a, *m), (*windows_b, *p)
        kept, streamed = sorted((prod(t for _, t in m), prod(t for _, t in p)))
        if machine.room(kept, streamed) >= 1:
            yield m, p


def _alone(product: Product, mine: Address, other: Address, vector: str) -> list[str]:
    """The letters of one factor alone, those that lie closest together first."""
    taps = dict(product.taps)
    letters = [k for k in product.free if mine.coef(k) and not other.coef(k) and k not in taps]
    return sorted((k for k in letters if k != vector or not k.endswith(".lane")), key=lambda k: abs(mine.coef(k)))


def _sizes(letters: Sequence[str], sizes: Mapping[str, int], registers: int) -> Iterator[Tile]:
    """A part of the first letter, or all of it and a part of the second."""
    yield ()
    if not letters:
        return
    first = letters[0]
    for t in range(2, min(sizes[first], registers) + 1):
        yield ((first, t),)
    if len(letters) > 1 and sizes[first] <= registers // 2:
        whole = ((first, sizes[first]),) if sizes[first] > 1 else ()
        for t in range(2, min(sizes[letters[1]], registers // sizes[first]) + 1):
            yield (*whole, (letters[1], t))


def cost(product: Product, tiling: Tiling) -> float:
    """About how many cycles the stage takes."""
    m, p = tiling.counts
    count = 1.0
    for letter in product.free:
        if not (letter == tiling.vector and letter.endswith(".lane")):
            count *= -(-product.sizes[letter] // tiling.entries(letter))
    steps = prod(product.sizes[k] for k in product.over if k != tiling.vector)
    far = _streams(product, tiling, product.b, tiling.p)
    # Spreading a number over the lanes takes a load as well; below four products the adders are not busy.
    step = max(m * p, 1.2 * (m + p), 4) + 0.5
    if tiling.combined:
        # Both factors are vectors, of which one streams by: its lines are moved while others are read.
        finish = m * p * (2 + 10 / row_of(product, tiling)[1])
        return count * (steps * (step + 0.5 * (m + p) + 0.5 * far) + finish)
    # A vector that no neighbouring step has read comes from the second-level cache, or from beyond.
    return count * (steps * max(step + 0.03 * (m + p), 3 * far) + 2 * m * p)


def _streams(product: Product, tiling: Tiling, factor: Address, tile: Tile) -> int:
    """How many vectors of a factor a step reads that were not read by a neighbouring one."""
    if not factor.coef(tiling.vector):
        return 0
    stepped = {abs(factor.coef(k)) for k in product.over if product.sizes[k] > 1}
    return prod(t for k, t in tile if abs(factor.coef(k)) not in stepped)


def unrolled(product: Product, tiling: Tiling) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The combined letters, outermost first: those of loops, and those that are written out."""
    m, p = tiling.counts
    ordered = steps_of(product, tiling)
    body, kept = m * p, 0
    for letter in reversed(ordered):
        body *= product.sizes[letter]
        if body > UNROLLED:
            break
        kept += 1
    cut = len(ordered) - kept
    return ordered[:cut], ordered[cut:]


def steps_of(product: Product, tiling: Tiling) -> tuple[str, ...]:
    """The combined letters that are counted step by step, those whose entries lie closest together last."""
    letters = [k for k in product.over if k != tiling.vector]
    return tuple(sorted(letters, key=lambda k: -max(abs(product.a.coef(k)), abs(product.b.coef(k)))))


def row_of(product: Product, tiling: Tiling) -> tuple[str | None, int]:
    """The letter along which sums of lanes are written side by side, and how many; None and 1 where there is none."""
    for letter, tile in (*tiling.m, *tiling.p):
        if letter.endswith((".block", ".lane")) or product.sizes[letter] % tile:
            continue
        width = tiling.lanes
        while tile % width:
            width //= 2
        if width > 1 and all(w.coef(letter) == 1 for w in product.writes):
            return letter, width
    return None, 1
