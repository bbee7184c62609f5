"""Long sums to one number, or to a few, in parts for threads to share: the same parts for any number of threads."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from math import prod

from pullback.compile.stages import ACC, Access, Stage, Value, Write
from pullback.compile.sums import TERM
from pullback.formula import expr as ex
from pullback.formula.affine import Affine

LONG = 1 << 14
SHORT = 64
"""Sums over fewer entries are no work for their products' stages."""


def in_parts(stages: Sequence[Stage], products: Container[Value] = ()) -> list[Stage]:
    """The stages, with long sums of few entries cut into parts.

    products  values over which sums are left whole: they may be added up where these are computed (`tallies`)
    """
    found: list[Stage] = []
    for stage in stages:
        is_left = is_whole_sum(stage) and any(a.value in products for _, a in stage.accesses())
        found += [stage] if is_left else _parts(stage)
    return found


def is_whole_sum(stage: Stage) -> bool:
    """Whether a stage adds up something of every entry of the arrays that it reads, to one number."""
    used = set(ex.variables(stage.term))
    if stage.combine != "sum" or stage.free or any(not isinstance(stage.reads[k], Access) for k in used):
        return False
    if used & {k for w in stage.writes for k in ex.variables(w.expression)}:
        return False
    reads = [a for k, a in stage.accesses() if k in used]
    return bool(reads) and all(_is_whole(a, stage) and a.value.size >= SHORT for a in reads)


def _is_whole(access: Access, stage: Stage) -> bool:
    letters = [a.letter if isinstance(a, Affine) else None for a in access.at]
    sizes = tuple(stage.sizes[k] if k else -1 for k in letters)
    return len(set(letters)) == len(letters) == len(stage.over) and sizes == access.value.shape


def _parts(stage: Stage) -> Iterator[Stage]:
    letter = _cut(stage)
    if letter is None:
        yield stage
        return
    size = stage.sizes[letter]
    part = Value((size, *(n for _, n in stage.free)), "float", f"parts of {stage.name}")
    at = tuple(Affine(((k, 1),)) for k in (letter, *(k for k, _ in stage.free)))
    free = ((letter, size), *stage.free)
    over = tuple(x for x in stage.over if x[0] != letter)
    used = set(ex.variables(stage.term))
    inner = {k: v for k, v in stage.reads.items() if k in used}
    yield replace(stage, free=free, over=over, reads=inner, writes=(Write(part, at, ex.Var(ACC)),), combine="sum")
    outer = {k: v for k, v in stage.reads.items() if k not in used}
    yield replace(stage, over=((letter, size),), term=ex.Var("part"), reads={**outer, "part": Access(part, at)})


def _cut(stage: Stage) -> str | None:
    """The letter whose entries become parts; None where a stage is left as it is."""
    entries = prod(n for k, n in stage.free if k != TERM)
    if stage.combine != "sum" or len(stage.over) < 2 or entries > 1:
        return None
    if prod(n for _, n in stage.over) < LONG or any(w.value.kind != "float" for w in stage.writes):
        return None
    if set(ex.variables(stage.term)) & {k for w in stage.writes for k in ex.variables(w.expression)}:
        return None
    return stage.over[0][0]
