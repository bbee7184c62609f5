"""Many steps in one native call: gather a batch, call the step, look at its numbers, and on to the next.

    for k in range(count):                      every thread of the team runs this
        images, labels = gather(indices[k])     each thread its share of the rows
        table[slot] = base + k · stride         thread 0: the rate, the key, and where the numbers of step k go
        barrier; step(arena, table); barrier
        stop if a watched number of step k is NaN or infinite

A step reads its state from one set of arrays and writes it to another; the next one does the reverse. So a step whose
numbers are not finite leaves the state before it whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from pullback.compile.emit.loops import I64, POINTER, VOID, Emitter
from pullback.compile.executable import Executable
from pullback.compile.native.barrier import define_barrier
from pullback.compile.native.cache import ObjectCache
from pullback.compile.native.codegen import object_code
from pullback.compile.native.jit import Loaded, load
from pullback.compile.native.target import Target
from pullback.compile.native.team import TEAM
from pullback.compile.program import Program, Slot
from pullback.compile.rows import Column, Form, row_function, type_named

Array = NDArray[Any]

STEPS = "pullback_steps"
_BATCH_FIELDS = ("data", "stride", "channels", "plane", "constants", "rows")
FIELDS = (
    *("step", "count", "first", "batch", "table0", "table1", "moving", "movings", "watched", "watches"),
    *("indices", "taken", *(f"images.{k}" for k in _BATCH_FIELDS), *(f"labels.{k}" for k in _BATCH_FIELDS)),
)
"""The driver's context: fields of eight bytes, a number or a pointer each."""

_POINTERS = frozenset(
    {"table0", "table1", "moving", "watched", "indices"}
    | {f"{part}.{k}" for part in ("images", "labels") for k in ("data", "constants", "rows")}
)


@dataclass(frozen=True, eq=False)
class Step:
    """A compiled training step.

    The program's inputs are the state, then images, labels, rate and key; its outputs the new state in the same order,
    then numbers.

    watched  outputs that must be finite, by position
    """

    executable: Executable
    watched: Sequence[int]

    @property
    def program(self) -> Program:
        """The code, and what it reads and writes."""
        return self.executable.program

    @property
    def state(self) -> Sequence[Slot]:
        """What the step changes."""
        return self.program.inputs[:-4]

    @property
    def numbers(self) -> Sequence[Slot]:
        """What it gives besides the new state."""
        return self.program.outputs[len(self.state) :]

    @property
    def is_steady(self) -> bool:
        """Whether what a step gives can be what the next one takes."""
        return tuple(self.state) == self.program.outputs[: len(self.state)]


class Driver:
    """Takes many steps in a call, on memory of its own: two copies of the state and a batch."""

    def __init__(self, step: Step, images: Column, labels: Column, batch: int) -> None:
        self._step, self._columns, self._batch = step, (images, labels), batch
        inputs = step.program.inputs
        self._sides = [[_aligned(s.shape, s.dtype) for s in step.state] for _ in range(2)]
        self._rows = [_aligned(s.shape, s.dtype) for s in inputs[-4:-2]]
        self._loaded = driver(images.form, labels.form, np.dtype(inputs[-2].dtype).str[1:])
        self._tables = [self._table(side) for side in (0, 1)]
        self._side = 0

    @property
    def state(self) -> list[Array]:
        """The state after the steps taken so far; the next steps overwrite these arrays."""
        return self._sides[self._side]

    def start_from(self, state: Sequence[Any]) -> None:
        """Take over a state."""
        for own, given in zip(self.state, state, strict=True):
            own[...] = given

    def run(self, indices: Array, rates: Array, keys: Array) -> tuple[int, list[Array]]:
        """Take a step for each row of indices, and stop before the first one with a number that is not finite.

        Returns how many steps were taken, and for each number its values, one for each step. The values of the step
        that was not taken stand behind those.

        Shapes:  indices (K,batch) and keys (K,2) int64; rates (K,) in the step's precision
        """
        state, inputs = len(self._step.state), len(self._step.program.inputs)
        numbers = [np.zeros(len(indices), s.dtype) for s in self._step.numbers]
        watched = np.array([numbers[k - state].ctypes.data for k in self._step.watched], np.int64)
        moving = [(inputs - 2, rates), (inputs - 1, keys), *((inputs + state + k, v) for k, v in enumerate(numbers))]
        moves = np.array([(slot, a.ctypes.data, a.strides[0]) for slot, a in moving], np.int64)
        context = self._context(indices, moves, watched)
        try:
            if len(indices):
                with self._step.executable.arena() as arena:
                    TEAM.call(self._loaded.address(STEPS), arena.address, context.ctypes.data)
        finally:  # also where Ctrl-C raises as soon as the call returns
            taken = int(context[FIELDS.index("taken")])
            self._side ^= taken & 1
        return taken, numbers

    def _context(self, indices: Array, moves: Array, watched: Array) -> Array:
        """The context of a call."""
        fields = {
            "step": self._step.executable.step_address,
            "count": len(indices),
            "first": self._side,
            "batch": self._batch,
            "table0": self._tables[0].ctypes.data,
            "table1": self._tables[1].ctypes.data,
            "moving": moves.ctypes.data,
            "movings": len(moves),
            "watched": watched.ctypes.data,
            "watches": len(watched),
            "indices": indices.ctypes.data,
            "taken": 0,
        }
        for name, column, rows in zip(("images", "labels"), self._columns, self._rows, strict=True):
            own = {**column.fields, "rows": rows.ctypes.data}
            fields |= {f"{name}.{k}": v for k, v in own.items()}
        return np.array([fields[name] for name in FIELDS], np.int64)

    def _table(self, side: int) -> Array:
        """Where a step finds its inputs, with the state on this side, and its outputs, with the state on the other."""
        batch = [rows.ctypes.data for rows in self._rows]
        old, new = ([a.ctypes.data for a in self._sides[k]] for k in (side, 1 - side))
        constants = [a.ctypes.data for a in self._step.program.constants]
        return np.array([*old, *batch, 0, 0, *new, *[0] * len(self._step.numbers), *constants], np.int64)


def _aligned(shape: tuple[int, ...], dtype: Any) -> Array:
    """Zeros that begin at a cache line."""
    count = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    memory = np.zeros(count + 64, np.uint8)
    start = -memory.ctypes.data % 64
    found: Array = memory[start : start + count].view(dtype).reshape(shape)
    return found


@lru_cache(maxsize=64)
def driver(images: Form, labels: Form, real: str) -> Loaded:
    """The driver for batches of this kind and steps of this precision, ready to be called."""
    text, target, cache = driver_text(images, labels, real), Target.host(), ObjectCache()
    key = f"steps;{target.key};{hashlib.sha256(text.encode()).hexdigest()}"
    kept = cache.get(key)
    code = kept[0] if kept else object_code(text, target, optimise=True)
    if kept is None:
        cache.put(key, code, {})
    return load(code, STEPS)


def driver_text(images: Form, labels: Form, real: str) -> str:
    """The driver in LLVM's language: void pullback_steps(arena, context, team, thread, threads)."""
    module = ir.Module("driver")
    gathers = {name: row_function(module, name, form) for name, form in (("images", images), ("labels", labels))}
    barrier = define_barrier(module)
    kind = ir.FunctionType(VOID, [POINTER, POINTER, POINTER, I64, I64])
    function = ir.Function(module, kind, STEPS)
    _Steps(Emitter(function, type_named(real)), gathers, barrier, kind).emit()
    return str(module)


class _Steps:
    """Emits the loop over the steps."""

    def __init__(self, emitter: Emitter, gathers: dict[str, Any], barrier: Any, step: Any) -> None:
        self.e, self.b, self.gathers, self.barrier, self.step = emitter, emitter.b, gathers, barrier, step
        self.arena, self.context, self.team, self.thread, self.threads = emitter.function.args

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The context's fields, read once."""
        return {
            name: self.b.load(self.at(self.context, I64(k), I64), typ=self.type_of(name))
            for k, name in enumerate(FIELDS)
        }

    def type_of(self, field: str) -> Any:
        """The type of a field."""
        if field == "step":
            return self.step.as_pointer()
        return POINTER if field in _POINTERS else I64

    def at(self, base: Any, index: Any, element: Any) -> Any:
        """The address of an element."""
        return self.b.gep(base, [index], source_etype=element)

    def emit(self) -> None:
        """The whole function."""
        b, f = self.b, self.fields
        self.bad = b.alloca(ir.IntType(1))
        rows = b.mul(f["batch"], self.thread), b.mul(f["batch"], b.add(self.thread, I64(1)))
        first, last = (b.sdiv(r, self.threads) for r in rows)
        entry = b.block
        body, after, end = (self.e.function.append_basic_block(name) for name in ("step", "taken", "end"))
        b.branch(body)
        b.position_at_end(body)
        k = b.phi(I64, "k")
        k.add_incoming(I64(0), entry)
        self.gather(k, first, last)
        odd = b.and_(b.add(k, f["first"]), I64(1))
        table = b.select(b.icmp_signed("==", odd, I64(0)), f["table0"], f["table1"])
        with b.if_then(b.icmp_signed("==", self.thread, I64(0))):
            self.move(k, table)
        b.call(self.barrier, [self.team, self.thread, self.threads])
        b.call(f["step"], [self.arena, table, self.team, self.thread, self.threads])
        b.call(self.barrier, [self.team, self.thread, self.threads])
        b.cbranch(self.is_finite(k), after, end)
        finished = b.block
        b.position_at_end(after)
        following = b.add(k, I64(1))
        k.add_incoming(following, b.block)
        b.cbranch(b.icmp_signed("<", following, f["count"]), body, end)
        b.position_at_end(end)
        taken = b.phi(I64, "taken")
        taken.add_incoming(k, finished)
        taken.add_incoming(following, after)
        with b.if_then(b.icmp_signed("==", self.thread, I64(0))):
            b.store(taken, self.at(self.context, I64(FIELDS.index("taken")), I64))
        b.ret_void()

    def gather(self, k: Any, first: Any, last: Any) -> None:
        """Bring this thread's rows of the batch in place."""
        b, f = self.b, self.fields
        indices = self.at(f["indices"], b.mul(k, f["batch"]), I64)
        with self.e.loop(last, first) as row:
            index = b.load(self.at(indices, row, I64), typ=I64)
            for part, function in self.gathers.items():
                own = {name: f[f"{part}.{name}"] for name in _BATCH_FIELDS}
                source = self.at(own["data"], b.mul(index, own["stride"]), ir.IntType(8))
                size = b.mul(own["channels"], own["plane"])
                element = function.target
                target = self.at(own["rows"], b.mul(row, size), element)
                b.call(function.row, [source, target, own["constants"], own["channels"], own["plane"]])

    def move(self, k: Any, table: Any) -> None:
        """Set the pointers that are others for every step."""
        b, f = self.b, self.fields
        with self.e.loop(f["movings"]) as j:
            entry = self.at(f["moving"], b.mul(j, I64(3)), I64)
            slot, stride = (b.load(self.at(entry, I64(n), I64), typ=I64) for n in (0, 2))
            base = b.load(self.at(entry, I64(1), I64), typ=POINTER)
            b.store(self.at(base, b.mul(k, stride), ir.IntType(8)), self.at(table, slot, POINTER))

    def is_finite(self, k: Any) -> Any:
        """Whether no watched number of the step is NaN or infinite; the same in all threads."""
        b, f = self.b, self.fields
        bad, bit = self.bad, ir.IntType(1)
        b.store(bit(0), bad)
        with self.e.loop(f["watches"]) as j:
            base = b.load(self.at(f["watched"], j, POINTER), typ=POINTER)
            number = b.load(self.at(base, k, self.e.real), typ=self.e.real)
            zero = b.fsub(number, number)  # NaN for infinity too
            b.store(b.or_(b.load(bad, typ=bit), b.fcmp_unordered("uno", zero, zero)), bad)
        return b.not_(b.load(bad, typ=bit))
