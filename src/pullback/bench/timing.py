"""Times and memory of a process, measured by itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

# A clock reading costs little beside this, and a time slice of the system's scheduler fits into few.
CHUNK_SECONDS = 0.05
LEAST_CHUNKS = 3


def timed(run: Callable[[int], object], seconds: float) -> list[float]:
    """Times of one call, each the mean over a chunk of calls; run(n) makes n calls.

    The chunk is doubled until it lasts 0.05 s; these first calls warm up and do not count.
    """
    count = 1
    while _lasts(run, count) < CHUNK_SECONDS:
        count *= 2
    times: list[float] = []
    while len(times) < LEAST_CHUNKS or sum(times) * count < seconds:
        times.append(_lasts(run, count) / count)
    return times


def _lasts(run: Callable[[int], object], count: int) -> float:
    started = perf_counter()
    run(count)
    return perf_counter() - started


def repeated(call: Callable[[], object]) -> Callable[[int], None]:
    """Make a function of a count that calls so many times."""

    def run(count: int) -> None:
        for _ in range(count):
            call()

    return run


def peak_memory() -> int | None:
    """The most bytes of memory that this process has held; None where the system does not say."""
    # Linux's ru_maxrss of a new process begins with what its parent held; the kernel's own record does not.
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        if "VmHWM" in fields:
            return int(fields["VmHWM"].split()[0]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
