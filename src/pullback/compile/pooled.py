"""Max pooling at the end of the convolution before it, so that what the windows are taken of is never written.

A tile of the sum holds whole windows; bias, activation and comparison happen in its registers.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import TypeAlias

from pullback.compile.fuse import merged_leaves
from pullback.compile.kernels.contract import contraction
from pullback.compile.kernels.kernel import Declined, Machine, Site
from pullback.compile.kernels.tiling import cost, tiled
from pullback.compile.kernels.windows import pooling
from pullback.compile.kernels.winograd_layer import Axis, Winograd
from pullback.compile.layout import Layout
from pullback.compile.lower import at_once, substitute
from pullback.compile.stages import Access, Leaf, Letters, Pool, Stage, Value, Write
from pullback.formula import expr as ex
from pullback.formula.affine import Affine

PASS = 3
"""About how many cycles it takes to write a vector and to read it again for its window."""
Reasons: TypeAlias = dict[Stage, str]


def with_pools(
    stages: Sequence[Stage], layouts: Mapping[Value, Layout], machine: Machine, kept: Container[Value]
) -> tuple[list[Stage], Reasons]:
    """The stages, with windows taken where their entries are computed; and of others why they are not.

    kept  values that are written in any case
    """
    found, reasons = list(stages), Reasons()
    for pool in stages:
        if pool.combine != "argmax":
            continue
        answer = _joined(pool, found, layouts, machine, kept)
        if isinstance(answer, Declined):
            reasons[pool] = answer.reason
        else:
            assert answer.pool is not None  # noqa: S101
            source = answer.pool.source
            found = [answer if s is pool else s for s in found if s is not source]
    return found, reasons


def _joined(
    pool: Stage,
    stages: Sequence[Stage],
    layouts: Mapping[Value, Layout],
    machine: Machine,
    kept: Container[Value],
) -> Stage | Declined:
    """A sum of products with the windows of a pool at its end."""
    access = pool.reads["x"]
    writers = [s for s in stages if isinstance(access, Access) and access.value in s.written]
    if not isinstance(access, Access) or len(writers) != 1 or not _is_sum(writers[0]):
        return Declined("what it compares is no sum of products")
    (source,) = writers
    if access.value in kept or len(source.writes) > 1 or [s for s in stages if access.value in s.read] != [pool]:
        return Declined("what it compares is read elsewhere too")
    if not all(index.letter for index in source.writes[0].at):
        return Declined("what it compares is written group by group, or in strides")
    plain = pooling(Site(pool, layouts, machine))
    if isinstance(plain, Declined):
        return plain
    if not _apart(access, pool.over):
        return Declined("its windows overlap: their entries would be computed more than once")
    joined, by = _join(pool, access, source)
    if isinstance(source.algorithm, Winograd):
        return _of_tiles(joined, source.algorithm, by)
    return _worth(Site(source, layouts, machine), Site(joined, layouts, machine))


def _is_sum(stage: Stage) -> bool:
    """Whether a stage computes a sum of products from its first term to its last."""
    is_convolution = isinstance(stage.algorithm, Winograd) and stage.algorithm.role == "convolution"
    return (stage.combine == "sum" or is_convolution) and not stage.tallies


def _apart(access: Access, taps: Letters) -> bool:
    """Whether no entry belongs to two windows."""
    sizes, letters = dict(taps), [k for a in access.affine for k in a.letters]
    for index in access.affine:
        reach = sum(abs(index.coef(k)) * (sizes[k] - 1) for k in index.letters if k in sizes)
        if any(abs(index.coef(k)) <= reach for k in index.letters if k not in sizes):
            return False
    return len(set(letters)) == len(letters) and all(len(a.letters) <= 2 for a in access.affine)


def _join(pool: Stage, access: Access, source: Stage) -> tuple[Stage, dict[str, Affine]]:
    """The sum over the letters of the pool, and what those of the sum are in terms of these."""
    taken = {*source.sizes}
    fresh = {k: _fresh(k, taken) for k in pool.sizes}
    to = {k: Affine(((n, 1),)) for k, n in fresh.items()}
    (write,) = source.writes
    by = {str(a.letter): at_once(index, to) for a, index in zip(write.at, access.affine, strict=True)}
    reads: dict[str, Leaf] = {k: substitute(leaf, by) for k, leaf in source.reads.items()}
    own = {k: substitute(leaf, to) for k, leaf in pool.reads.items() if k != "x"}
    names, more = merged_leaves(reads, own)
    variables = {k: ex.Var(n) for k, n in names.items()}
    writes = tuple(
        Write(w.value, tuple(at_once(a, to) for a in w.at), ex.substitute(w.expression, variables)) for w in pool.writes
    )
    taps = tuple((fresh[k], n) for k, n in pool.over)
    free = (*((fresh[k], n) for k, n in pool.free), *taps)
    last = Pool(taps, write.expression, source)
    return replace(source, free=free, reads=reads | more, writes=writes, pool=last), by


def _fresh(letter: str, taken: Container[str]) -> str:
    """A letter that is not taken."""
    while letter in taken:
        letter += "'"
    return letter


def _worth(plain: Site, joined: Site) -> Stage | Declined:
    """The stage with its windows, if tiles of whole windows cost no more than a pass over all entries."""
    without, answer, kernel = tiled(plain), tiled(joined), contraction(joined)
    if isinstance(without, Declined) or isinstance(answer, Declined) or isinstance(kernel, Declined):
        reasons = [x.reason for x in (without, answer, kernel) if isinstance(x, Declined)]
        return Declined(f"the sum that it compares: {reasons[0]}")
    if answer[1].combined or not answer[1].vector.endswith(".lane"):
        return Declined("the images of what it compares do not lie in the lanes of a tile")
    entries = prod(n for _, n in plain.stage.free) / answer[1].lanes
    if cost(*answer) > cost(*without) + PASS * entries:
        return Declined("tiles of whole windows take longer than a pass over what it compares")
    return joined.stage


def _of_tiles(joined: Stage, w: Winograd, by: Mapping[str, Affine]) -> Stage | Declined:
    """The stage by Winograd's algorithm, if its tiles hold whole windows."""
    assert joined.pool is not None  # noqa: S101
    layer, taps = w.layer, dict(joined.pool.taps)
    plain = [by[k].letter for k in (layer.batch, layer.k)]
    axes = [_in_windows(axis, by[axis.position], taps, w.m, joined) for axis in (layer.rows, layer.cols)]
    batch, k = plain
    rows, cols = axes
    if batch is None or k is None or rows is None or cols is None:
        return Declined("Winograd's tiles do not hold whole windows")
    return replace(joined, algorithm=replace(w, layer=replace(layer, batch=batch, k=k, rows=rows, cols=cols)))


def _in_windows(axis: Axis, index: Affine, taps: Mapping[str, int], m: int, joined: Stage) -> Axis | None:
    """An axis whose positions are those of window after window; None where tiles of m do not hold whole ones."""
    if index.const or len(index.letters) != 2:
        return None
    window, tap = sorted(index.letters, key=lambda k: k in taps)
    size = taps.get(tap)
    if size is None or (index.coef(window), index.coef(tap)) != (size, 1) or m % size:
        return None
    return replace(axis, position=tap, size=size * joined.sizes[window], window=window)
