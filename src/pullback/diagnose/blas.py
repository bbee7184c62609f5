"""Matrix products on one thread.

A diagnosis computes thousands of small sums. A BLAS that shares each of them among threads spends most of the time on
waiting for the slowest: on a busy machine, minutes.
"""

from __future__ import annotations

from contextlib import ContextDecorator
from threading import Lock
from typing import Any

from threadpoolctl import threadpool_limits


class OneThread(ContextDecorator):
    """While any thread is inside, NumPy's BLAS computes on one thread; the last one out sets it back.

    The number of threads is one for the whole process, so that those who enter are counted.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._limits: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._limits = threadpool_limits(1, user_api="blas")
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._limits.restore_original_limits()


one_thread = OneThread()
