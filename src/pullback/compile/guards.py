"""Memory safety: a program compiled with `debug=True` runs between guard zones, on poisoned memory.

Every value of the arena and every array of the caller's lies between zones that nothing may write, and holds a pattern
before it is written: as a number NaN, as an index far outside. After the run the zones, the borders of zeros and what
the program only reads must be as they were. What was read before it was written shows as NaN in the outputs.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from pullback.compile.executable import Executable, fitted, pointers
from pullback.compile.native.team import TEAM
from pullback.compile.plan import GUARD, LINE, Buffer
from pullback.compile.program import Program, Slot
from pullback.errors import PullbackError, message

Array = NDArray[Any]

POISON = {4: 0x7FA57FA5, 8: 0x7FF47FA57FF47FA5}
"""Words that are NaN as a float of their size, and far outside any array as an index."""


class MemoryFaultError(PullbackError):
    """Compiled code wrote where it may not."""


class GuardedExecutable(Executable):
    """Runs a program of `compile_graph(.., debug=True)` and looks after every run where it wrote."""

    def __call__(self, inputs: Sequence[Any]) -> tuple[Array, ...]:
        """The outputs, in fresh arrays.

        Raises: MemoryFaultError, ShapeError
        """
        p = self.program
        given = [fitted(v, s) for v, s in zip(inputs, p.inputs, strict=True)]
        fenced = [_Fenced(s, v) for s, v in zip(p.inputs, given, strict=True)]
        fenced += [_Fenced(s, None) for s in p.outputs]
        fenced += [_Fenced(Slot(c.shape, str(c.dtype)), c) for c in p.constants]
        table = pointers([f.array for f in fenced])
        with self.arena() as arena:
            memory = np.ctypeslib.as_array((ctypes.c_uint8 * p.arena_bytes).from_address(arena.address))
            poison_arena(p, memory)
            TEAM.call(self.step_address, arena.address, ctypes.addressof(table))
            faults = arena_faults(p, memory)
        names = [f"{kind} {k}" for kind, part in _parts(p) for k in range(len(part))]
        faults += [fault for name, f in zip(names, fenced, strict=True) for fault in f.faults(name)]
        if faults:
            raise MemoryFaultError(message("compiled code wrote outside", got="; ".join(faults)))
        return tuple(f.array.copy() for f in fenced[len(p.inputs) : len(p.inputs) + len(p.outputs)])


def _parts(p: Program) -> tuple[tuple[str, Sequence[Any]], ...]:
    return ("input", p.inputs), ("output", p.outputs), ("constant", p.constants)


class _Fenced:
    """An array of the caller's between two guard zones, which holds the content, or the pattern."""

    def __init__(self, slot: Slot, content: Array | None) -> None:
        size = int(np.prod(slot.shape)) * np.dtype(slot.dtype).itemsize
        self._memory = _aligned(size + 2 * GUARD)
        self._size, self._content = size, content
        _poison(self._memory, np.dtype(slot.dtype).itemsize)
        self._before = self._memory.copy()
        self.array: Array = self._memory[GUARD : GUARD + size].view(slot.dtype).reshape(slot.shape)
        if content is not None:
            self.array[...] = content

    def faults(self, name: str) -> list[str]:
        """Where it was written and must not be."""
        found = []
        end = GUARD + self._size
        if not np.array_equal(self._memory[:GUARD], self._before[:GUARD]):
            found.append(f"before {name}")
        if not np.array_equal(self._memory[end:], self._before[end:]):
            found.append(f"behind {name}")
        if self._content is not None and self.array.tobytes() != self._content.tobytes():
            found.append(f"in {name}")
        return found


def _aligned(size: int) -> NDArray[np.uint8]:
    memory = np.empty(size + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    return memory[start : start + size]


def _poison(memory: NDArray[np.uint8], item: int) -> None:
    word = POISON[4 if item == 4 else 8].to_bytes(4 if item == 4 else 8, "little")
    memory[:] = np.resize(np.frombuffer(word, np.uint8), memory.size)


def poison_arena(p: Program, memory: NDArray[np.uint8]) -> None:
    """Fill the arena with the pattern, and the borders with zeros."""
    _poison(memory, 8)
    for buffer in p.buffers:
        own = _own(buffer, memory)
        _poison(own.view(np.uint8), own.itemsize)
        if any(map(any, buffer.layout.border)):
            inside = _entries(buffer, own).copy()
            own[:] = 0
            _entries(buffer, own)[...] = inside


def arena_faults(p: Program, memory: NDArray[np.uint8]) -> list[str]:
    """The zones and borders of the arena that a run has changed."""
    found, end = [], 0
    clean = np.empty_like(memory)
    _poison(clean, 8)
    for buffer in p.buffers:
        own = _own(buffer, memory)
        if not np.array_equal(memory[end : buffer.offset], clean[end : buffer.offset]):
            found.append(f"before {buffer.name}")
        end = buffer.offset + own.nbytes
        border = own.copy()
        _entries(buffer, border)[...] = 0
        if any(map(any, buffer.layout.border)) and border.view(np.uint8).any():
            found.append(f"the border of {buffer.name}")
    last = slice(end, end + GUARD)
    return found if np.array_equal(memory[last], clean[last]) else [*found, "behind the last value"]


def _own(buffer: Buffer, memory: NDArray[np.uint8]) -> Array:
    """All memory of a value, border and idle lanes included."""
    item = np.dtype(buffer.dtype).itemsize
    return memory[buffer.offset : buffer.offset + buffer.layout.size * item].view(buffer.dtype)


def _entries(buffer: Buffer, own: Array) -> Array:
    """The entries in their places, those of idle lanes too."""
    layout, item = buffer.layout, own.itemsize
    shape, strides = layout.shape, layout.strides
    if layout.lanes > 1:
        shape, strides = (layout.blocks, *shape[1:], layout.lanes), (*strides, 1)
    return as_strided(own[layout.offset :], shape, [s * item for s in strides])
