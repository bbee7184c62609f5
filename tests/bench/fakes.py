"""Workers that compute nothing: they answer with times and numbers that a test chooses."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pullback.bench.jobs import AccuracyJob, LayerJob, Mode, NetJob, PeakJob
from pullback.bench.records import Report
from pullback.bench.settings import Bench, Settings

LOSSES, OUTPUTS = [2.3, 2.2], [[0.5, -0.25], [1.0, 0.125]]
STATE = {"fc.weight": np.array([[0.5, -1.0]]), "steps": np.array(3)}
EAGER = (Mode("contiguous"), Mode("channels_last"))
COUNTS = {"training": 3_000_000, "inference": 1_000_000}
# What float32 made of float64's numbers.
ROUNDED = 1e-7


@dataclass
class Fake:
    """Answers like a worker; `change(side, job, answer)` may spoil what it answers."""

    milliseconds: dict[str, float] = field(default_factory=lambda: {"pullback": 1.0, "pytorch": 2.0})
    change: Any = None
    jobs: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(self, side, job):
        self.jobs.append((side, job))
        answer = {NetJob: self.net, LayerJob: self.layer, AccuracyJob: self.accuracy, PeakJob: self.peak}[type(job)](
            side, job
        )
        if self.change is not None:
            self.change(side, job, answer)
        return answer

    def times(self, side, job):
        slower = 1.05 if job.mode.layout == "channels_last" else 1.0
        return [self.milliseconds[side] * slower * k * 1e-3 for k in (1.0, 0.5, 4.0)]

    def net(self, side, job):
        off = 0.0 if job.dtype == "float64" else ROUNDED
        answer = {"losses": [x + off for x in LOSSES], "ready": 0.5}
        answer["outputs"] = (np.array(OUTPUTS) + off).tolist()
        if job.state:
            np.savez(job.state, **{k: v + off if v.dtype.kind == "f" else v for k, v in STATE.items()})
        if job.seconds:
            times = self.times(side, job)
            answer |= {"training": times, "inference": times, "memory": {"idle": 1 << 20, "peak": 2 << 20}}
        elif side == "pullback":
            answer["multiply_adds"] = COUNTS
        return answer

    def layer(self, side, job):
        keys = [f"{name} {what}" for name in job.layers for what in ("forward", "backward-data", "backward-filter")]
        answer = {"times": {k: self.times(side, job) for k in keys} if job.seconds else {}}
        if side == "pullback":
            return answer | {"checksums": dict.fromkeys(keys, 7)}
        return answer | {"errors": {k: {"pullback": 0.5, "pytorch": 0.4} for k in keys} if job.outputs else {}}

    def accuracy(self, side, job):
        if job.steps:
            return self.first_steps(job)
        seconds = {"pullback": 2.0, "pytorch": 6.0}[side] + job.seed
        return {"ready": 0.25, "seconds": seconds, "accuracy": 0.989 + 0.001 * job.seed}

    def first_steps(self, job):
        off = 0.0 if job.dtype == "float64" else ROUNDED
        np.savez(job.state, **{k: v + off if v.dtype.kind == "f" else v for k, v in STATE.items()})
        return {"losses": [x + off for x in LOSSES], "rates": [4e-4, 4.002e-4]}

    def peak(self, side, job):
        return {"multiply_adds": [4e9 * job.threads]}


def bench(fake, folder: Path, *, threads=(1,), repeat=3, has_pytorch=True, modes=EAGER) -> Bench:
    """A benchmark with these workers."""
    settings = Settings(threads, repeat, 0.1, "reference", modes)
    return Bench(settings, fake, folder, has_pytorch, Report("title", {}, {}), lambda line: None)
