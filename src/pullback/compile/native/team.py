"""The threads that run compiled steps: started once, called in microseconds, shared by all of a process's callers."""

from __future__ import annotations

import ctypes
import hashlib
import os
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from pullback.compile.native import barrier
from pullback.compile.native.barrier import define_barrier
from pullback.compile.native.cache import ObjectCache
from pullback.compile.native.codegen import object_code
from pullback.compile.native.crew import AVAILABLE, LONG_SPIN, SHARED_BYTES, SHORT_SPIN, crew_text
from pullback.compile.native.jit import Loaded, load
from pullback.compile.native.system import calls
from pullback.compile.native.target import Target
from pullback.compile.native.threads import MAX_THREADS, available_threads, check_threads, get_num_threads

__all__ = ["TEAM", "Team", "define_barrier"]

SPIN_SECONDS = 30e-6
"""How long a thread looks at a word before it offers its processor, when there is a processor for every thread."""
_SHORT_SPIN = 16

_Address = ctypes.c_void_p
_CALL = ctypes.CFUNCTYPE(ctypes.c_int64, _Address, _Address, _Address, _Address, _Address, ctypes.c_int64)
_WORKER = ctypes.CFUNCTYPE(None, _Address, ctypes.c_int64)
_SPIN = ctypes.CFUNCTYPE(None, ctypes.c_int32, _Address)


@dataclass(frozen=True)
class _Native:
    """The native functions that crews run on, as Python calls them, and how many looks fill the time of a spin."""

    code: Loaded
    call: Callable[[int, int, int, int, int, int], int]
    worker: Callable[[int, int], None]
    spin: int


class _Memory:
    """Zeroed memory at an address on a line of its own."""

    def __init__(self, size: int) -> None:
        self._bytes = ctypes.create_string_buffer(size + barrier.LINE)
        self.address = -(-ctypes.addressof(self._bytes) // barrier.LINE) * barrier.LINE

    def set_word(self, offset: int, value: int) -> None:
        ctypes.c_int32.from_address(self.address + offset).value = value

    def set_pointer(self, offset: int, value: int) -> None:
        ctypes.c_int64.from_address(self.address + offset).value = value


class _Crew:
    """Workers that wait for one caller at a time; the native side decides whose turn it is."""

    def __init__(self, functions: _Native) -> None:
        self._functions = functions
        self._memory = _Memory(barrier.CREW_BYTES)
        self._memory.set_pointer(barrier.WAIT, functions.code.address("pullback_wait"))
        self._memory.set_pointer(barrier.WAKE, functions.code.address("pullback_wake"))
        self.address = self._memory.address
        self.workers = 0

    def grow(self, workers: int) -> None:
        """Start workers until there are so many.

        Raises: RuntimeError, when the system gives no more threads
        """
        while self.workers < workers:
            number = self.workers + 1
            threading.Thread(target=self._serve, args=(number,), name=f"pullback-{number}", daemon=True).start()
            self.workers = number
            self._memory.set_word(barrier.WORKERS, number)

    def _serve(self, number: int) -> None:
        """A worker's life. This frame keeps the crew's memory alive; the native side never returns."""
        self._functions.worker(self.address, number)


class Team:
    """The threads of a process, for compiled steps; `TEAM` is the one.

    One caller at a time has all threads it asks for. Python threads that call meanwhile run with crews of their own on
    the processors that are left, at least on one: nobody waits for another. In a forked child, whose workers are not
    there, new ones start at its first call.
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget all workers, as a child that has none of its parent's threads has to."""
        self._growing = threading.Lock()
        self._crews: list[_Crew] = []
        self._shared: _Memory | None = None

    def call(self, step_address: int, arena: int, table: int, threads: int | None = None) -> int:
        """Run `step(arena, table, team, thread, threads)` on every thread of a team, and wait for all of them.

        The caller is thread 0. Denormal numbers count as zero inside. The result is the number of threads that ran it:
        `threads` (by default `get_num_threads()`) or, while others call too, as many as there are processors left.

        Raises: ArgumentError, NativeError
        """
        wanted = get_num_threads() if threads is None else check_threads(threads, "threads")
        shared = self._shared or self._start()
        call = _native().call
        while True:
            for crew in self._crews:
                ran = call(shared.address, crew.address, step_address, arena, table, wanted)
                if ran > 0:
                    return ran
                if ran < 0:
                    wanted = min(wanted, self._grow(crew, -ran))
                    break
            else:
                self._crews.append(_Crew(_native()))

    def _start(self) -> _Memory:
        with self._growing:
            if self._shared is None:
                shared = _Memory(SHARED_BYTES)
                shared.set_word(AVAILABLE, available_threads())
                shared.set_word(LONG_SPIN, _native().spin)
                shared.set_word(SHORT_SPIN, _SHORT_SPIN)
                self._shared = shared
            return self._shared

    def _grow(self, crew: _Crew, threads: int) -> int:
        """Bring a crew to so many threads, the caller's among them; the result is how many there can be."""
        with self._growing:
            try:
                crew.grow(threads - 1)
            except RuntimeError as error:
                warnings.warn(f"{error}: running on {crew.workers + 1} threads", RuntimeWarning, stacklevel=4)
                return crew.workers + 1
            except BaseException:  # whether the last worker started is not known: two must never serve one place
                self._crews.remove(crew)
                raise
            return MAX_THREADS


@cache
def _native() -> _Native:
    target = Target.host()
    system = calls()
    text = crew_text(target, system)
    key = f"crew;{target.key};{hashlib.sha256(text.encode()).hexdigest()}"
    kept = ObjectCache().get(key)
    code = kept[0] if kept else object_code(text, target)
    if kept is None:
        ObjectCache().put(key, code, {})
    loaded = load(code, "crew", system.symbols)
    return _Native(
        loaded,
        _CALL(loaded.address("pullback_call")),
        _WORKER(loaded.address("pullback_worker")),
        _looks(_SPIN(loaded.address("pullback_spin"))),
    )


def _looks(spin: Callable[[int, int], None]) -> int:
    """How many looks at a word take SPIN_SECONDS on this machine."""
    word, looks = ctypes.c_int32(), 200
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        spin(looks, ctypes.addressof(word))
        seconds.append(time.perf_counter() - start)
    return max(_SHORT_SPIN, min(100_000, round(looks * SPIN_SECONDS / max(min(seconds), 1e-9))))


TEAM = Team()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=TEAM.restart)
