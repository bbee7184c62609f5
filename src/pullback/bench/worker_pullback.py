"""The process in which Pullback computes: python -m pullback.bench.worker_pullback KIND JOB."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np

from pullback.bench import ours
from pullback.bench.cases import LAYERS
from pullback.bench.jobs import AccuracyJob, Answer, LayerJob, NetJob, PeakJob, serve
from pullback.bench.timing import repeated, timed
from pullback.bench.work import answer_nets


def nets(job: NetJob) -> Answer:
    """Train and predict; without timing, count the products too."""
    answer = answer_nets(job, lambda: ours.Training(job), lambda: ours.Inference(job))
    if not job.seconds:
        counts = {"training": ours.Training(job).multiply_adds(), "inference": ours.Inference(job).multiply_adds()}
        answer["multiply_adds"] = counts
    return answer


def layers(job: LayerJob) -> Answer:
    """Compute the passes; times and checksums by layer and pass."""
    answer: Answer = {"times": {}, "checksums": {}}
    for number, name in enumerate(job.layers):
        for what, run in ours.layer_passes(LAYERS[name], job).items():
            key = f"{name} {what}"
            output = np.ascontiguousarray(ours.as_nchw(run(), what, job.mode.layout))
            answer["checksums"][key] = zlib.crc32(output.data)
            if job.outputs:
                np.save(Path(job.outputs) / f"{number} {what}.npy", output)
            del output
            if job.seconds:
                answer["times"][key] = timed(repeated(run), job.seconds)
    return answer


def accuracy(job: AccuracyJob) -> Answer:
    """Train on MNIST and test, or take the first steps."""
    return ours.first_steps(job) if job.steps else ours.train_mnist(job)


def peak(job: PeakJob) -> Answer:
    """Add up products in registers."""
    from pullback.bench.peak import measured

    return {"multiply_adds": measured(job.threads, job.seconds)}


if __name__ == "__main__":
    serve({"nets": nets, "layers": layers, "accuracy": accuracy, "peak": peak})
