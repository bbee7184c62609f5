"""Where a crew keeps what its threads share, and the barrier that compiled code calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import llvmlite.ir as ir

from pullback.compile.native.threads import MAX_THREADS

LINE = 128
"""Bytes that one thread writes and another reads lie this far apart: processors fetch lines of 64 bytes in pairs."""

CLAIMED, WORKERS, SPIN = 0, 4, 8
WAIT, WAKE = 16, 24
STEP, ARENA, TABLE, THREADS = LINE, LINE + 8, LINE + 16, LINE + 24
ARRIVALS = 2 * LINE
PHASE, PHASE_SLEEPERS = 3 * LINE, 3 * LINE + 4
PENDING, PENDING_SLEEPERS = 4 * LINE, 4 * LINE + 4
GO, GO_SLEEPERS = 5 * LINE, 5 * LINE + 4
"""The first worker's; each further one's is a line on."""
CREW_BYTES = (5 + MAX_THREADS) * LINE

NAME = "pullback_barrier"
_I8, _I32, _I64, _PTR, _VOID = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.PointerType(), ir.VoidType()


def define_barrier(module: Any) -> Any:
    """Define `void pullback_barrier(ptr team, i64 thread, i64 threads)` in an llvmlite.ir module, once, and give it.

    Every thread of the team waits there for all others. The last to arrive counts the phase up; the others look at the
    phase for some microseconds, then offer their processor to others, then sleep until they are woken. What a thread
    wrote before the barrier, every thread sees after it. One thread alone passes at once.

    Source: Mellor-Crummey & Scott 1991, doi:10.1145/103727.103729, section 3.1 (centralised barrier)
    """
    if NAME in module.globals:
        return module.globals[NAME]
    function = ir.Function(module, ir.FunctionType(_VOID, (_PTR, _I64, _I64)), NAME)
    function.linkage = "internal"
    function.attributes.add("nounwind")
    function.attributes.add("noinline")
    for argument, name in zip(function.args, ("team", "thread", "threads"), strict=True):
        argument.name = name
    team, _, threads = function.args
    alone, arrive, last, wake, wait, done = (
        function.append_basic_block(name) for name in ("alone", "arrive", "last", "wake", "wait", "done")
    )
    b = ir.IRBuilder(alone)
    b.cbranch(b.icmp_unsigned("<=", threads, _I64(1)), done, arrive)

    b.position_at_end(arrive)
    phase_at, arrivals_at = _at(b, team, PHASE), _at(b, team, ARRIVALS)
    phase = b.load_atomic(phase_at, "monotonic", 4, "phase", typ=_I32)
    before = b.atomic_rmw("add", arrivals_at, _I32(1), "acq_rel", "before")
    b.cbranch(b.icmp_unsigned("==", b.add(before, _I32(1)), b.trunc(threads, _I32)), last, wait)

    b.position_at_end(last)
    b.store(_I32(0), arrivals_at)  # nobody else looks at it before the phase changes
    b.atomic_rmw("add", phase_at, _I32(1), "seq_cst")
    # Sequentially consistent on both sides: either the sleeper is seen here, or it sees the new phase.
    sleepers = b.load_atomic(_at(b, team, PHASE_SLEEPERS), "seq_cst", 4, "sleepers", typ=_I32)
    b.cbranch(b.icmp_unsigned("==", sleepers, _I32(0)), done, wake)

    b.position_at_end(wake)
    _call_back(b, team, WAKE, phase_at)
    b.branch(done)

    b.position_at_end(wait)
    spin = b.load(_at(b, team, SPIN), "spin", typ=_I32)
    _call_back(b, team, WAIT, phase_at, phase, _at(b, team, PHASE_SLEEPERS), spin)
    b.branch(done)

    b.position_at_end(done)
    b.ret_void()
    return function


def _at(b: Any, team: Any, offset: int) -> Any:
    return b.gep(team, [_I64(offset)], inbounds=True, source_etype=_I8)


@dataclass(frozen=True)
class _Pointed:
    """What llvmlite asks of a function that is called, for one that a pointer leads to."""

    pointer: Any
    function_type: Any

    def get_reference(self) -> str:
        return str(self.pointer.get_reference())


def _call_back(b: Any, team: Any, offset: int, *arguments: Any) -> None:
    """Call the native side's function that the team's memory points to."""
    pointer = b.load(_at(b, team, offset), typ=_PTR)
    b.call(_Pointed(pointer, ir.FunctionType(_VOID, [argument.type for argument in arguments])), arguments)
