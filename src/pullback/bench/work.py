"""What the workers of both libraries do alike."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pullback.bench.jobs import Answer, NetJob
from pullback.bench.timing import peak_memory, repeated, timed

Array = NDArray[Any]


class Training(Protocol):
    """A network in training."""

    def train(self, steps: int) -> list[float]:
        """Take steps; the losses."""

    def state(self) -> dict[str, Array]:
        """The parameters and buffers."""


def answer_nets(job: NetJob, training: Callable[[], Training], inference: Callable[[], Callable[[], Any]]) -> Answer:
    """Train for the first steps and predict with the first weights; time both, or write the state after the steps.

    Times of a step in seconds; "ready" is how long the first took, with all that precedes it; memory in bytes, after
    the training, with "idle" before it.
    """
    idle = peak_memory()
    started = perf_counter()
    trainee = training()
    losses = trainee.train(1)
    ready = perf_counter() - started
    losses += trainee.train(job.steps - 1) if job.steps > 1 else []
    answer: Answer = {"losses": losses, "ready": ready}
    if job.seconds:
        answer["training"] = timed(trainee.train, job.seconds)
        answer["memory"] = {"idle": idle, "peak": peak_memory()}
    if job.state:
        np.savez(job.state, **trainee.state())  # type: ignore[arg-type]  # any name may be an array's
    del trainee
    predict = inference()
    answer["outputs"] = np.asarray(predict(), np.float64).tolist()
    if job.seconds:
        answer["inference"] = timed(repeated(predict), job.seconds)
    return answer
