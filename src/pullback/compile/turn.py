"""Filters that a sum goes through across their rows are turned first.

An input gradient adds up over the outputs, which count a filter's rows: every step of the sum would read another line
of memory, of which it uses an entry or two. Of a large filter these lines do not stay in the first-level cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from math import prod

from pullback.compile.layout import Layout, row_major
from pullback.compile.layouts import is_product
from pullback.compile.schedule import Schedule
from pullback.compile.stages import Access, Stage, Value, Write
from pullback.formula import expr as ex
from pullback.formula.affine import Affine

LINE = 16
"""So many entries apart two entries lie in different lines of memory."""
MANY = 256
"""So many lines, for each entry of a tile, do not stay in the first-level cache beside what else is read."""
WORTHWHILE = 64
"""An entry that is read so often pays for being copied."""


def with_turned_filters(plan: Schedule, layouts: Mapping[Value, Layout]) -> tuple[Schedule, dict[Value, Layout]]:
    """The plan with a turned copy of each filter that is read across its rows, and the layouts of all values."""
    copies: dict[tuple[Value, tuple[int, ...]], Value] = {}
    stages = tuple(_turned(plan.stages, layouts, copies))
    return replace(plan, stages=stages), {**layouts, **{v: row_major(v.shape) for v in copies.values()}}


def _turned(
    stages: Iterable[Stage], layouts: Mapping[Value, Layout], copies: dict[tuple[Value, tuple[int, ...]], Value]
) -> Iterator[Stage]:
    """The stages, of turned filters where that pays; the copies are filled in."""
    for stage in stages:
        name = _filter_of(stage, layouts)
        access = stage.reads[name] if name is not None else None
        order = _order(stage, access) if isinstance(access, Access) else None
        if name is None or not isinstance(access, Access) or order is None:
            yield stage
            continue
        key = access.value, order
        if key not in copies:
            copies[key] = Value(tuple(access.value.shape[k] for k in order), access.value.kind, access.value.name)
            yield _turning(access.value, copies[key], order)
        turned = Access(copies[key], tuple(access.at[k] for k in order))
        yield replace(stage, reads={**stage.reads, name: turned})


def _filter_of(stage: Stage, layouts: Mapping[Value, Layout]) -> str | None:
    """The one factor of a sum of products that does not lie in lanes."""
    factors = [] if stage.algorithm is not None else is_product(stage)
    found = [f for f in factors if layouts[f.value].is_row_major]
    names = [k for k, leaf in stage.reads.items() if len(found) == 1 and leaf is found[0]]
    return names[0] if len(factors) == 2 and names else None


def _order(stage: Stage, access: Access) -> tuple[int, ...] | None:
    """The filter's axes, the one that the sum goes across last; None where it is read well as it is."""
    over, free = dict(stage.over), dict(stage.free)
    strides = row_major(access.value.shape).strides
    kept = [k for k, index in enumerate(access.affine) if any(v in free for v in index.letters)]
    summed = [k for k in range(len(strides)) if k not in kept]
    if not kept or not summed:
        return None
    across = max(summed, key=lambda k: strides[k])
    lines = prod(over[v] for v in access.affine[across].letters)
    uses = prod(n for k, n in stage.free if k not in access.letters)
    if strides[across] < LINE or lines < MANY or uses < WORTHWHILE:
        return None
    return (*kept, *(k for k in summed if k != across), across)


def _turning(value: Value, copy: Value, order: tuple[int, ...]) -> Stage:
    """The same entries with the axes in another order."""
    free = tuple((f"a{k}", n) for k, n in enumerate(value.shape))
    at = tuple(Affine(((k, 1),)) for k, _ in free)
    x = ex.Var("x")
    write = Write(copy, tuple(at[k] for k in order), x)
    return Stage(f"turn of {value.name}", free, (), "", x, {"x": Access(value, at)}, (write,))
