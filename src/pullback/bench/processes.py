"""Starting workers: one process each, with a number of threads and folders for what it compiles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias

from pullback.bench.jobs import Answer, Job, written
from pullback.errors import PullbackError, message

Side: TypeAlias = Literal["pullback", "pytorch"]
Start: TypeAlias = Callable[[Side, Job], Answer]
"""Does a job on one side, in a process of its own."""


class WorkerError(PullbackError, RuntimeError):
    """A worker that ended without an answer."""


@dataclass(frozen=True)
class Workers:
    """Starts workers.

    folder  holds what they compile; a fresh one makes the first start of each job a cold one
    """

    folder: Path

    def __call__(self, side: Side, job: Job) -> Answer:
        """Do the job in a process of its own.

        Raises: WorkerError
        """
        command = [sys.executable, "-m", f"pullback.bench.worker_{side}", *written(job)]
        ended = subprocess.run(command, env=self.environment(job.threads), capture_output=True, text=True)  # noqa: S603  # this program's own modules
        if ended.returncode != 0:
            said = ended.stderr.strip().split("\n")[-_SAID:]
            raise WorkerError(
                message(
                    f"bench: the process of {side} ended without an answer",
                    got=f"exit code {ended.returncode}: " + "\n        ".join(said),
                    at=f"{type(job).__name__}, {job.threads} threads",
                )
            )
        answer: Answer = json.loads(ended.stdout)
        return answer

    def environment(self, threads: int) -> dict[str, str]:
        """The variables of a worker: this process's, the number of threads, and where compiled code goes."""
        count = dict.fromkeys(_THREADS, str(threads))
        caches = {"PULLBACK_CACHE": str(self.folder / "cache"), "TORCHINDUCTOR_CACHE_DIR": str(self.folder / "torch")}
        return {**os.environ, **count, **caches}


# So many lines of what a worker said stand in the message.
_SAID = 12
_THREADS = ("PULLBACK_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def has_pytorch() -> bool:
    """Whether there is anything to compare with; PyTorch itself is not imported."""
    return find_spec("torch") is not None
