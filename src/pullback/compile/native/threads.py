"""How many threads a compiled function runs on: what the system grants, what the user wants."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from pullback.errors import ArgumentError, message

MAX_THREADS = 256
VARIABLE = "PULLBACK_NUM_THREADS"

_chosen: int | None = None


def get_num_threads() -> int:
    """Give the number of threads that compiled functions run on.

    What `set_num_threads` set; or else the variable PULLBACK_NUM_THREADS, read at first use; or else
    `available_threads`. Results do not depend on it.

    Raises: ArgumentError, when the variable holds no such number
    """
    return _default() if _chosen is None else _chosen


def set_num_threads(number: int | None) -> None:
    """Set the number of threads that compiled functions run on; None goes back to the default.

    >>> set_num_threads(1)
    >>> get_num_threads()
    1
    >>> set_num_threads(None)

    Raises: ArgumentError, unless 1 <= number <= 256
    """
    global _chosen
    if number is None:
        _default.cache_clear()
        _chosen = None
    else:
        _chosen = check_threads(number, "set_num_threads")


def check_threads(number: object, where: str) -> int:
    """Give a number of threads as it was given, if it is one.

    Raises: ArgumentError
    """
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= MAX_THREADS:
        return number
    raise ArgumentError(
        message(f"{where}: not a number of threads", got=repr(number), need=f"a whole number from 1 to {MAX_THREADS}")
    )


def available_threads(root: Path = Path("/")) -> int:
    """Give the number of processors that the system lets this process use, at least 1.

    The smaller of its affinity and, under Linux, the whole processors in the quota of its control groups (version 1
    or 2, those above it included), read under `root`.

    Source: Linux, Documentation/admin-guide/cgroup-v2.rst (cpu.max), Documentation/scheduler/sched-bwc.rst
    """
    limits = [_affinity(), MAX_THREADS, *(int(quota) for quota in _quotas(root))]
    return max(1, min(limits))


@cache
def _default() -> int:
    text = os.environ.get(VARIABLE)
    if not text:
        return available_threads()
    try:
        number: object = int(text)
    except ValueError:
        number = text
    return check_threads(number, VARIABLE)


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[float]:
    """The limits, in processors, of every control group that this process is in."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    mount = root / "sys/fs/cgroup"
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if not controllers:
            folders, read = [mount], _quota_of_version_2
        elif "cpu" in controllers.split(","):
            folders, read = [mount / controllers, mount / "cpu"], _quota_of_version_1
        else:
            continue
        for folder in folders:
            for path in _with_parents(group):
                quota = read(folder / path)
                if quota is not None:
                    yield quota


def _with_parents(group: str) -> list[PurePosixPath]:
    """A group's path below the mount, and those of the groups above it; inside a container it may lie outside."""
    path = PurePosixPath(group.lstrip("/"))
    return [PurePosixPath()] if ".." in path.parts else [path, *path.parents]


def _quota_of_version_2(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None


def _quota_of_version_1(folder: Path) -> float | None:
    try:
        quota = int((folder / "cpu.cfs_quota_us").read_text())
        period = int((folder / "cpu.cfs_period_us").read_text())
        return quota / period if quota > 0 else None
    except (OSError, ValueError, ZeroDivisionError):
        return None
