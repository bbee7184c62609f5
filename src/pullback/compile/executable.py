"""A program that can be called."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.compile.native.jit import load
from pullback.compile.native.team import TEAM
from pullback.compile.native.threads import get_num_threads
from pullback.compile.program import Program, Slot
from pullback.errors import ShapeError, message

HUGE_PAGE = 2 << 20
WORTHWHILE = 128 << 10
"""From so many bytes on a large page pays: what lies in it is spread evenly over the second-level cache."""


class Arena:
    """Zeroed memory from the system, in large pages where there are."""

    def __init__(self, size: int) -> None:
        self.size = size
        page = HUGE_PAGE if size >= WORTHWHILE else 64
        self._memory = mmap.mmap(-1, -(-max(size, 1) // page) * page + page)
        if page == HUGE_PAGE and hasattr(mmap, "MADV_HUGEPAGE"):
            self._memory.madvise(mmap.MADV_HUGEPAGE)
        start = np.frombuffer(self._memory, np.uint8).ctypes.data
        self.address = -(-start // page) * page


class Executable:
    """Runs a program on arrays, on the team's threads. Several Python threads may call it at once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._loaded = load(program.code, "pullback")
        self.step_address = self._loaded.address("step")
        self._arenas: list[Arena] = []
        self._constants = [a.ctypes.data for a in program.constants]

    @contextmanager
    def arena(self, threads: int | None = None) -> Iterator[Arena]:
        """Memory for one call at a time, on so many threads: some that is free, or new."""
        arena = self._taken(get_num_threads() if threads is None else threads)
        try:
            yield arena
        finally:
            self._arenas.append(arena)

    def _taken(self, threads: int) -> Arena:
        size = self.program.memory(threads)
        try:
            arena = self._arenas.pop()  # in one step: several Python threads may ask at once
        except IndexError:
            return Arena(size)
        return arena if arena.size >= size else Arena(size)

    def __call__(self, inputs: Sequence[Any]) -> tuple[NDArray[Any], ...]:
        """The outputs, in fresh arrays."""
        p = self.program
        given = [fitted(v, s) for v, s in zip(inputs, p.inputs, strict=True)]
        outputs = tuple([np.empty(s.shape, s.dtype) for s in p.outputs])
        table = addresses([*(a.ctypes.data for a in given), *(a.ctypes.data for a in outputs), *self._constants])
        arena = self._taken(get_num_threads())
        try:
            TEAM.call(self.step_address, arena.address, ctypes.addressof(table))
        finally:
            self._arenas.append(arena)
        return outputs


def pointers(arrays: Sequence[NDArray[Any]]) -> Any:
    """The addresses of arrays, as the step takes them."""
    return addresses([a.ctypes.data for a in arrays])


def addresses(numbers: Sequence[int]) -> Any:
    """Addresses, as the step takes them."""
    return (ctypes.c_void_p * max(1, len(numbers)))(*numbers)


def fitted(value: Any, slot: Slot) -> NDArray[Any]:
    """An array as the program takes it.

    Raises: ShapeError
    """
    array = np.ascontiguousarray(value, slot.dtype)
    # ascontiguousarray makes one axis of none.
    if array.size != prod(slot.shape) or np.shape(value) != slot.shape:
        raise ShapeError(message("another shape than compiled", got=f"{np.shape(value)}", need=f"{slot.shape}"))
    return array
