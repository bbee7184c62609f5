"""The text of a program: stages, layouts, kernels, one arena, one function."""

from __future__ import annotations

import gc
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from llvmlite import ir

from pullback.compile.assemble import Call, assemble
from pullback.compile.choose import Choice, choose
from pullback.compile.kernels.contract import contraction
from pullback.compile.kernels.kernel import Kernel, Machine, Site
from pullback.compile.kernels.winograd_transforms import SIZES
from pullback.compile.layout import Layout, row_major
from pullback.compile.layouts import lay_out
from pullback.compile.native.target import Target
from pullback.compile.order import sooner, views, waiting
from pullback.compile.partial import in_parts
from pullback.compile.plan import LINE, Buffer, Life, arena, bytes_of, guarded_arena
from pullback.compile.pooled import with_pools
from pullback.compile.schedule import Schedule, schedule
from pullback.compile.stages import Stage, Value
from pullback.compile.tallies import with_tallies
from pullback.compile.turn import with_turned_filters
from pullback.compile.winograd import with_winograd
from pullback.graph import Graph

HUGE_PAGE = 2 << 20
"""Memory of a thread's own begins at a page: no two threads write one, and what is not touched costs nothing."""


@dataclass(frozen=True, eq=False)
class Text:
    """An emitted module.

    schedule     what it computes
    choices      for each stage the kernel that was chosen
    arena_bytes  the memory that it works in, its clock included
    own_bytes    the memory that each thread has for itself, behind that
    clock        where in the arena it counts the cycles of each stage; None: nowhere
    buffers      of an arena with guard zones: the values' memory
    """

    module: str
    schedule: Schedule
    choices: tuple[tuple[Stage, Choice], ...]
    arena_bytes: int
    own_bytes: int
    clock: int | None
    buffers: tuple[Buffer, ...]


def emit(
    graph: Graph, dtype: str, target: Target, *, profile: bool = False, strict: bool = False, guard: int = 0
) -> Text:
    """Write the module that computes a graph; with memory of its own for every value, where there are guard zones."""
    with _without_collection():
        return _emit(graph, dtype, target, profile, strict, guard)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Emitting makes hundreds of thousands of objects that all stay: looking for garbage among them takes longest."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _emit(graph: Graph, dtype: str, target: Target, profile: bool, strict: bool, guard: int) -> Text:
    item = np.dtype(dtype).itemsize
    machine = Machine.of(target, dtype)
    plan, layouts = lay_out(schedule(graph), machine)
    plan, layouts = with_winograd(plan, layouts, machine, () if strict else SIZES)
    plan, layouts = with_turned_filters(plan, layouts)
    stages, roots = views(plan, layouts)
    kept = frozenset((*plan.given, *roots, *roots.values()))

    def tiles(stage: Stage) -> int:
        answer = contraction(Site(stage, layouts, machine))
        return answer.tiles if isinstance(answer, Kernel) and not answer.blocks else 0

    stages = in_parts(with_tallies(stages, layouts, kept, tiles))
    stages, reasons = with_pools(stages, layouts, machine, kept)
    stages = sooner(stages, roots)
    layouts |= {v: row_major(v.shape) for s in stages for v in s.written if v not in layouts}
    sites = [Site(s, layouts, machine) for s in stages]
    chosen = [_told(choose(s), reasons.get(s.stage)) for s in sites]
    calls = waiting([Call(s, c.kernel) for s, c in zip(sites, chosen, strict=True)], roots)
    given = {v: ("table", k) for k, v in enumerate(plan.given)}
    alive = lives(calls, layouts, roots, given, item)
    offsets, total = guarded_arena(alive, guard) if guard else arena(alive)
    places = given | {v: ("arena", o) for v, o in offsets.items()}
    places |= {v: places[root] for v, root in roots.items() if root in places}
    own = max((c.kernel.scratch for c in calls), default=0)
    own = -(-own // HUGE_PAGE) * HUGE_PAGE
    clock = -(-total // LINE) * LINE
    size = clock + -(-8 * len(calls) * profile // LINE) * LINE
    real = ir.FloatType() if item == 4 else ir.DoubleType()
    module = assemble(calls, places, real, (size, own), clock if profile else None)
    dtypes = {"float": dtype, "int": "int64", "bool": "bool", "byte": "uint8"}
    buffers = tuple(Buffer(v.name, o, layouts[v], dtypes[v.kind]) for v, o in offsets.items()) if guard else ()
    return Text(module, plan, tuple(zip(stages, chosen, strict=True)), size, own, clock if profile else None, buffers)


def _told(choice: Choice, reason: str | None) -> Choice:
    """A choice that tells why windows are not taken where their entries are computed."""
    return choice if reason is None else replace(choice, declined=(("end of a sum", reason), *choice.declined))


def lives(
    calls: Sequence[Call],
    layouts: Mapping[Value, Layout],
    roots: Mapping[Value, Value],
    given: Container[Value],
    item: int,
) -> dict[Value, Life]:
    """When the values of the arena are alive. Stages that do not wait for one another are of one time."""
    items = {"float": item, "int": 8, "bool": 1, "byte": 1}
    found: dict[Value, Life] = {}
    time = 0
    for call in calls:
        time += call.waits
        for touched in (*call.site.stage.read, *call.site.stage.written):
            value = roots.get(touched, touched)
            if value in given:
                continue
            layout = layouts[value]
            border = (layout, value.kind) if any(map(any, layout.border)) else None
            known = found.get(value)
            first = time if known is None else known.first
            found[value] = Life(first, time, bytes_of(layout, items[value.kind]), border)
    return found
