"""Winograd's algorithm for 3×3 convolutions of stride 1: where it pays, and the stages that carry it out.

A pass that convolves becomes two stages: the transform of the filters, and all the rest. A filter gradient becomes two
as well: sums of products over tiles, and the transform of these sums; what the stage did with the gradient, an
optimiser's update, is a stage of its own then. F(4×4, 3×3) rounds 3 to 9 times as coarsely as a direct convolution,
F(2×2, 3×3) about alike; a "strict" precision allows neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pullback.compile.kernels.kernel import Declined, Machine, Site
from pullback.compile.kernels.winograd import filters_size
from pullback.compile.kernels.winograd_gradient import sums_shape
from pullback.compile.kernels.winograd_layer import Blocking, Layer, Winograd, layer_of
from pullback.compile.kernels.winograd_transforms import SIZES
from pullback.compile.layout import Layout, row_major
from pullback.compile.schedule import Schedule
from pullback.compile.stages import ACC, Access, Stage, Value, Write
from pullback.formula import expr as ex
from pullback.formula.affine import Affine

Layouts = dict[Value, Layout]


def with_winograd(
    plan: Schedule, layouts: Layouts, machine: Machine, sizes: Sequence[int] = SIZES
) -> tuple[Schedule, Layouts]:
    """The plan with some convolutions computed by Winograd's algorithm, of the sizes that are allowed.

    The layouts are those of the plan's values; those of the new plan are returned.
    """
    layouts, stages = dict(layouts), []
    for stage in plan.stages:
        algorithm = algorithm_of(Site(stage, layouts, machine), sizes)
        stages += [stage] if isinstance(algorithm, Declined) else _rewritten(stage, algorithm, layouts)
    return replace(plan, stages=tuple(stages)), layouts


def algorithm_of(site: Site, sizes: Sequence[int] = SIZES) -> Winograd | Declined:
    """How a stage is computed by Winograd's algorithm, or why it is not."""
    if not sizes:
        return Declined("the precision is strict")
    layer = layer_of(site)
    if isinstance(layer, Declined):
        return layer
    lanes = site.split[layer.batch]
    if lanes < FEWEST_LANES:
        return Declined(f"the batch fills {lanes} of {site.machine.lanes} lanes")
    if layer.is_gradient and not _is_laid_out(site, layer):
        return Declined("the gradient's axes are not those of filters, or the cotangent lies in no lanes")
    return chosen(site, layer, sizes)


def _is_laid_out(site: Site, layer: Layer) -> bool:
    """Whether the gradient is written as [k][c][r][s], and both factors lie in lanes."""
    stage = site.stage
    letters = (layer.k, layer.c, layer.rows.tap, layer.cols.tap)
    is_plain = all(tuple(a.letter for a in w.at) == letters for w in stage.writes)
    factors = [stage.reads[name] for name in (layer.data, layer.other)]
    lanes = [site.layouts[f.value].lanes for f in factors if isinstance(f, Access)]
    own = site.split[layer.batch]
    return is_plain and stage.sizes[layer.c] * 9 >= own and all(n == own for n in lanes)


@dataclass(frozen=True)
class Costs:
    """About how many cycles: the transform of a vector's tile of data, of outputs, of cotangents; of one filter."""

    data: float
    output: float
    cotangent: float
    filter: float


COSTS = {2: Costs(140, 120, 170, 15), 4: Costs(400, 400, 450, 40)}
WORTH = 0.8
"""Winograd's algorithm is chosen where it takes at most so much of a direct convolution's time."""
FASTEST = 0.9
"""The larger size is chosen where it takes at most so much of the smaller one's time."""
LEAST_PARTS = 8
CACHE = 1 << 20
"""Bytes that a thread's transformed tiles may take in a filter gradient, if they are more than two."""
OWN_CHANNELS = 128
"""A part of the output channels has at least so many: every part transforms all of the data."""
WIDE = 16
"""More accumulators than this slow the register tiles down a little."""
FEWEST_LANES = 4
"""Shorter vectors have too few products for each instruction that moves a tile."""
FEWEST = 16
"""Fewer channels than this leave too little to multiply."""


def chosen(site: Site, layer: Layer, sizes: Sequence[int]) -> Winograd | Declined:
    """The cheapest size, if it is worth it."""
    stage = site.stage
    if min(stage.sizes[layer.k], stage.sizes[layer.c]) < FEWEST:
        return Declined(f"fewer than {FEWEST} channels")
    best, limit = None, WORTH * direct_cost(site, layer)
    for m in sizes:
        found = blocked(site, layer, m)
        cost = cost_of(site, found)
        if cost <= limit:
            best, limit = found, FASTEST * cost
    return best or Declined("a direct convolution takes fewer cycles")


def direct_cost(site: Site, layer: Layer) -> float:
    """About how many cycles a direct convolution takes."""
    sizes = site.stage.sizes
    positions = layer.rows.size * layer.cols.size * _blocks(site, layer)
    return 9.5 * sizes[layer.k] * sizes[layer.c] * positions


def cost_of(site: Site, w: Winograd) -> float:
    """About how many cycles the two stages take."""
    sizes, layer, blocking, costs = site.stage.sizes, w.layer, w.blocking, COSTS[w.m]
    k, c, items = sizes[layer.k], sizes[layer.c], layer.tiles(w.m) * _blocks(site, layer)
    if layer.is_gradient:
        per = _step(blocking.k, blocking.vectors) * -(-c // blocking.k) * blocking.parts * w.lanes
        transforms = blocking.parts * c * costs.data + k * costs.cotangent
        groups = _blocks(site, layer) * -(-layer.tiles(w.m) // blocking.tiles)
        sums = w.products * k * c / w.lanes
        return items * (w.products * per + transforms) + sums * (2 * groups + blocking.sums) + k * c * costs.filter
    per = _step(blocking.k, blocking.tiles) * w.groups(k) * c / blocking.tiles
    transforms = blocking.parts * c * costs.data + k * costs.output
    count = -(-items // blocking.tiles) * blocking.tiles
    return count * (w.products * per + transforms) + k * c * costs.filter


def _step(numbers: int, vectors: int) -> float:
    """About how many cycles a step of a register tile takes."""
    products = numbers * vectors
    return max(products, 8) * (1.05 if products > WIDE else 1) + 0.1 * (numbers + vectors) + 0.5


def _blocks(site: Site, layer: Layer) -> int:
    return -(-site.stage.sizes[layer.batch] // site.split[layer.batch])


def blocked(site: Site, layer: Layer, m: int) -> Winograd:
    """The algorithm of size m with the blocking that takes the fewest cycles."""
    make = _gradient_blockings if layer.is_gradient else _blockings
    role, lanes = "products" if layer.is_gradient else "convolution", site.split[layer.batch]
    found = [Winograd(role, m, layer, x, lanes) for x in make(site, layer, m)]
    return min(found, key=lambda w: cost_of(site, w))


def _register_tiles(site: Site, most: int) -> Iterator[tuple[int, int]]:
    """Numbers and vectors whose products stay in registers."""
    for vectors in range(1, most + 1):
        for numbers in range(1, site.machine.registers):
            if site.machine.room(vectors, numbers) >= 1:
                yield numbers, vectors


def _blockings(site: Site, layer: Layer, m: int) -> Iterator[Blocking]:
    k = site.stage.sizes[layer.k]
    items = layer.tiles(m) * _blocks(site, layer)
    for numbers, tiles in _register_tiles(site, min(items, 6)):
        if numbers > k:
            continue
        parts = 1
        while -(-items // tiles) * parts < LEAST_PARTS and k >= 2 * parts * OWN_CHANNELS:
            parts *= 2
        yield Blocking(numbers, tiles, parts)


def _gradient_blockings(site: Site, layer: Layer, m: int) -> Iterator[Blocking]:
    k, c, lanes = site.stage.sizes[layer.k], site.stage.sizes[layer.c], site.split[layer.batch]
    count = -(-k // lanes)
    for numbers, vectors in _register_tiles(site, min(count, 6)):
        if numbers > c:
            continue
        parts = -(-count // vectors)
        each = (m + 2) ** 2 * (vectors * lanes + c) * lanes * site.machine.item
        cuts = -(-layer.tiles(m) // max(2, CACHE // each))
        tiles = -(-layer.tiles(m) // cuts)
        groups = _blocks(site, layer) * -(-layer.tiles(m) // tiles)
        sums = 1 if 2 * parts >= LEAST_PARTS else min(groups, LEAST_PARTS // parts)
        yield Blocking(numbers, tiles, parts, sums, vectors)


def _rewritten(stage: Stage, w: Winograd, layouts: Layouts) -> list[Stage]:
    """The stages that compute the same by the algorithm."""
    return (_gradient_stages if w.layer.is_gradient else _convolution_stages)(stage, w, layouts)


ORIGIN = Affine()


def _at(*letters: str) -> tuple[Affine, ...]:
    return tuple(Affine(((k, 1),)) for k in letters)


def _convolution_stages(stage: Stage, w: Winograd, layouts: Layouts) -> list[Stage]:
    layer, sizes = w.layer, stage.sizes
    filters = stage.reads[layer.other]
    shape = filters_size(sizes[layer.k], sizes[layer.c], w)
    transformed = Value(shape, "float", "transformed filters")
    layouts[transformed] = row_major(shape)
    place, taps = Access(transformed, (ORIGIN, ORIGIN)), (layer.rows.tap, layer.cols.tap)
    var = ex.Var(layer.other)
    first = Stage(
        f"filters of {stage.name}",
        tuple((x, sizes[x]) for x in (layer.k, layer.c)),
        tuple((x, sizes[x]) for x in taps),
        "winograd",
        var,
        {layer.other: filters},
        (Write(transformed, place.affine, var),),
        stage.scope,
        algorithm=replace(w, role="filters"),
    )
    return [first, replace(stage, combine="winograd", reads={**stage.reads, layer.other: place}, algorithm=w)]


def _gradient_stages(stage: Stage, w: Winograd, layouts: Layouts) -> list[Stage]:
    layer, sizes = w.layer, stage.sizes
    shape = sums_shape(sizes[layer.c], w)
    sums = Value(shape, "float", "sums of products")
    layouts[sums] = row_major(shape)
    place, acc = Access(sums, (ORIGIN,) * 4), ex.Var(ACC)
    factors = {name: stage.reads[name] for name in (layer.data, layer.other)}
    write = Write(sums, place.affine, acc)
    products = replace(stage, combine="winograd", reads=factors, writes=(write,), algorithm=w)
    letters = (layer.k, layer.c, layer.rows.tap, layer.cols.tap)
    at = _at(*letters)
    write = stage.writes[0]
    if len(stage.writes) == 1 and write.expression == acc and layouts[write.value].is_row_major:
        return [products, _transform(stage, w, place, write)]
    gradient = Value(tuple(sizes[k] for k in letters), "float", "filter gradient")
    layouts[gradient] = row_major(gradient.shape)
    used = {name for x in stage.writes for name in ex.variables(x.expression)}
    reads = {name: leaf for name, leaf in stage.reads.items() if name in used}
    rest = replace(stage, over=(), combine="", term=acc, reads={**reads, ACC: Access(gradient, at)})
    return [products, _transform(stage, w, place, Write(gradient, at, acc)), rest]


def _transform(stage: Stage, w: Winograd, sums: Access, write: Write) -> Stage:
    """The stage that makes the gradient of the sums."""
    algorithm = replace(w, role="filter gradient")
    acc = ex.Var("sums")
    return replace(
        stage, over=(), combine="winograd", term=acc, reads={"sums": sums}, writes=(write,), algorithm=algorithm
    )
