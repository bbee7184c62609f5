"""A graph to native code for its shapes: stages, layouts, kernels, one arena, one function."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from pullback.compile.assemble import Call, assemble
from pullback.compile.choose import choose
from pullback.compile.kernels.kernel import Machine, Site
from pullback.compile.layout import Layout
from pullback.compile.layouts import lay_out
from pullback.compile.native.codegen import object_code
from pullback.compile.native.target import Target
from pullback.compile.order import views, waiting
from pullback.compile.native.threads import MAX_THREADS
from pullback.compile.plan import LINE, Life, arena, bytes_of
from pullback.compile.schedule import Schedule, schedule
from pullback.compile.stages import Value
from pullback.graph import Graph

HUGE_PAGE = 2 << 20
"""Memory of a thread's own begins at a page, so that no two threads write one page; what is not touched costs nothing."""

DTYPES = {"int": "int64", "bool": "bool", "byte": "uint8"}


@dataclass(frozen=True)
class Slot:
    """An array of the caller's: C-contiguous, of this shape and type."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Dispatch:
    """The kernel of one operator, and why each better one declined."""

    operator: str
    scope: str
    kernel: str
    declined: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Program:
    """Native code for a graph.

    constants  arrays that stand in the pointer table after inputs and outputs
    """

    inputs: tuple[Slot, ...]
    outputs: tuple[Slot, ...]
    constants: tuple[NDArray[Any], ...]
    arena_bytes: int
    code: bytes
    dispatch: tuple[Dispatch, ...]
    clock: int | None = None


def compile_graph(graph: Graph, dtype: str, target: Target | None = None, *, profile: bool = False) -> Program:
    """Compile a graph.

    dtype    float32 or float64: the precision of every floating-point value
    profile  whether the program counts the cycles of each stage, at `clock` in its arena
    """
    target = target or Target.host()
    text, plan, layout_bytes, dispatch = emit(graph, dtype, target, profile=profile)
    constants = tuple(np.ascontiguousarray(a, _dtype(v, dtype)) for v, a in plan.constants.items())
    return Program(
        tuple(Slot(v.shape, _dtype(v, dtype)) for v in plan.inputs),
        tuple(Slot(v.shape, _dtype(v, dtype)) for v in plan.outputs),
        constants,
        layout_bytes + 8 * len(dispatch) * profile,
        object_code(text, target),
        dispatch,
        layout_bytes if profile else None,
    )


def _dtype(value: Value, dtype: str) -> str:
    return DTYPES.get(value.kind, dtype)


def emit(
    graph: Graph, dtype: str, target: Target, *, profile: bool = False
) -> tuple[str, Schedule, int, tuple[Dispatch, ...]]:
    """The module's text, what it computes, the bytes of its arena, and which kernels it calls."""
    item = np.dtype(dtype).itemsize
    machine = Machine(target.vector_bytes // item, target.registers, target.fma)
    plan, layouts = lay_out(schedule(graph), machine)
    stages, roots = views(plan, layouts)
    sites = [Site(s, layouts, machine) for s in stages]
    chosen = [choose(s) for s in sites]
    calls = waiting([Call(s, c.kernel) for s, c in zip(sites, chosen, strict=True)], roots)
    given = {v: ("table", k) for k, v in enumerate(plan.given)}
    offsets, total = arena(lives(calls, layouts, roots, given, item))
    places = given | {v: ("arena", o) for v, o in offsets.items()}
    places |= {v: places[root] for v, root in roots.items() if root in places}
    real = ir.FloatType() if item == 4 else ir.DoubleType()
    dispatch = tuple(
        Dispatch(s.stage.name, s.stage.scope, f"{c.kernel.name} ({c.kernel.detail})", c.declined)
        for s, c in zip(sites, chosen, strict=True)
    )
    own = max((c.kernel.scratch for c in calls), default=0)
    own = -(-own // HUGE_PAGE) * HUGE_PAGE if own else 0
    clock = -(-total // LINE) * LINE + own * MAX_THREADS
    text = assemble(calls, places, real, (clock - own * MAX_THREADS, own), clock if profile else None)
    return text, plan, clock, dispatch


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
        for value in (*call.site.stage.read, *call.site.stage.written):
            value = roots.get(value, value)
            if value in given:
                continue
            layout = layouts[value]
            border = (layout, value.kind) if any(map(any, layout.border)) else None
            known = found.get(value)
            first = time if known is None else known.first
            found[value] = Life(first, time, bytes_of(layout, items[value.kind]), border)
    return found
