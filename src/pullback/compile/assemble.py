"""Kernels to one module: each distinct kernel a function, and the step that calls them in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from pullback.compile.emit.loops import I64, POINTER, VOID, Emitter
from pullback.compile.kernels.kernel import Kernel, Site
from pullback.compile.native.barrier import define_barrier
from pullback.compile.signature import signature
from pullback.compile.stages import Value


@dataclass(frozen=True, eq=False)
class Call:
    """One stage with its kernel. waits: whether all threads must have come so far before it begins."""

    site: Site
    kernel: Kernel
    waits: bool = True


Place = Callable[[Value], tuple[str, int]]
"""Where a value lies: ("arena", byte offset) or ("table", number)."""

STEP = "step"


def assemble(
    calls: Sequence[Call],
    places: Mapping[Value, tuple[str, int]],
    real: Any,
    scratch: tuple[int, int],
    clock: int | None = None,
) -> str:
    """The module's text.

    scratch  where in the arena the threads have memory for themselves, and how many bytes each
    clock    where in the arena the first thread adds up the cycles of each call, 8 bytes each; None: nowhere
    """
    module = ir.Module("pullback")
    barrier = define_barrier(module)
    step = ir.Function(module, ir.FunctionType(VOID, [POINTER, POINTER, POINTER, I64, I64]), STEP)
    arena, table, team, thread, threads = step.args
    e = Emitter(step, real)
    pointers = _pointers(e, calls, places, arena, table)
    own = e.at(arena, e.linear([(thread, scratch[1])], scratch[0]), ir.IntType(8)) if scratch[1] else arena
    functions: dict[Any, Any] = {}
    ticks = Clock(e, arena, thread, clock)
    for k, call in enumerate(calls):
        values = operands(call.site)
        key = (call.kernel.name, call.kernel.detail, signature(call.site))
        if key not in functions:
            functions[key] = _function(module, f"k{len(functions)}.{call.kernel.name}", call, values, real)
        if k and (call.waits or call.kernel.blocks):
            _wait(e, barrier, call, team, thread, threads)
        lo, hi = (_share(e, call.kernel, t, threads) for t in (thread, e.b.add(thread, I64(1))))
        e.b.call(functions[key], [own, *(pointers[v] for v in values), lo, hi])
        ticks.add(k)
    e.b.ret_void()
    return str(module)


class Clock:
    """Adds up the cycles between calls, waiting included, where the first thread passes."""

    def __init__(self, e: Emitter, arena: Any, thread: Any, offset: int | None) -> None:
        self.e, self.arena, self.thread, self.offset = e, arena, thread, offset
        if offset is not None:
            self._read = e.intrinsic("llvm.readcyclecounter", I64, [])
            self._last = e.b.alloca(I64)
            e.b.store(e.b.call(self._read, []), self._last)

    def add(self, number: int) -> None:
        """Count the cycles since the last call to this one."""
        if self.offset is None:
            return
        b = self.e.b
        with b.if_then(b.icmp_signed("==", self.thread, I64(0))):
            now = b.call(self._read, [])
            place = self.e.at(self.arena, I64(self.offset + 8 * number), ir.IntType(8))
            spent = b.sub(now, b.load(self._last, typ=I64))
            b.store(b.add(b.load(place, typ=I64), spent), place)
            b.store(now, self._last)


def operands(site: Site) -> tuple[Value, ...]:
    """The values that a stage reads and writes."""
    return tuple(dict.fromkeys((*site.stage.read, *site.stage.written)))


def _pointers(
    e: Emitter, calls: Sequence[Call], places: Mapping[Value, tuple[str, int]], arena: Any, table: Any
) -> dict[Value, Any]:
    found: dict[Value, Any] = {}
    for call in calls:
        for v in operands(call.site):
            if v not in found:
                where, number = places[v]
                if where == "arena":
                    found[v] = e.at(arena, I64(number), ir.IntType(8))
                else:
                    found[v] = e.b.load(e.at(table, I64(number), POINTER), typ=POINTER)
    return found


def _function(module: Any, name: str, call: Call, values: Sequence[Value], real: Any) -> Any:
    kind = ir.FunctionType(VOID, [POINTER] * (1 + len(values)) + [I64, I64])
    function = ir.Function(module, kind, name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    function.attributes.add("nounwind")
    for argument in function.args[: 1 + len(values)]:
        argument.add_attribute("noalias")
    scratch, *bases, lo, hi = function.args
    e = Emitter(function, real, scratch, call.site.machine.vectors)
    call.kernel.emit(e, dict(zip(values, bases, strict=True)), lo, hi)
    e.b.ret_void()
    return function


def _share(e: Emitter, kernel: Kernel, thread: Any, threads: Any) -> Any:
    """The first part of a thread: parts are dealt out in order, those of one block to one thread where blocks are."""
    if kernel.chunks == 1:
        return e.b.zext(e.b.icmp_signed(">", thread, I64(0)), I64)
    return e.b.udiv(e.b.mul(thread, I64(kernel.chunks)), threads)


def _wait(e: Emitter, barrier: Any, call: Call, team: Any, thread: Any, threads: Any) -> None:
    """Wait for all threads; for one's own blocks only where every thread has as many of them."""
    if call.waits:
        e.b.call(barrier, [team, thread, threads])
        return
    rest = e.b.urem(I64(call.kernel.blocks), threads)
    with e.b.if_then(e.b.icmp_signed("!=", rest, I64(0))):
        e.b.call(barrier, [team, thread, threads])
