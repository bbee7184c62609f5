"""The process in which PyTorch computes: python -m pullback.bench.worker_pytorch KIND JOB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pullback.bench import theirs
from pullback.bench.cases import LAYERS
from pullback.bench.jobs import AccuracyJob, Answer, LayerJob, Mode, NetJob, serve
from pullback.bench.timing import repeated, timed
from pullback.bench.verify import in_units_of_rounding
from pullback.bench.work import answer_nets


def nets(job: NetJob) -> Answer:
    """Train and predict."""
    torch = theirs.ready_torch(job.threads)
    return answer_nets(job, lambda: theirs.Training(torch, job), lambda: theirs.Inference(torch, job))


def layers(job: LayerJob) -> Answer:
    """Compute the passes; times by layer and pass, and how far the numbers of both libraries are from float64's."""
    torch = theirs.ready_torch(job.threads)
    answer: Answer = {"times": {}, "errors": {}}
    for number, name in enumerate(job.layers):
        passes = theirs.layer_passes(torch, LAYERS[name], job.batch, job.mode, "float32")
        if job.outputs:
            answer["errors"] |= _errors(torch, number, job, passes)
        if job.seconds:
            answer["times"] |= {f"{name} {what}": timed(repeated(run), job.seconds) for what, run in passes.items()}
    return answer


def _errors(torch: Any, number: int, job: LayerJob, passes: dict[str, Any]) -> dict[str, dict[str, float]]:
    """By pass, the errors of both libraries in units of the rounding that a sum of so many products may have."""
    name = job.layers[number]
    case = LAYERS[name]
    exact = theirs.layer_passes(torch, case, job.batch, Mode(), "float64")
    magnitudes = theirs.layer_magnitudes(torch, case, job.batch)
    errors = {}
    for what, run in passes.items():
        found = {"pullback": np.load(Path(job.outputs) / f"{number} {what}.npy"), "pytorch": run().numpy()}
        reference, size, terms = exact[what]().numpy(), magnitudes[what].numpy(), case.terms(what, job.batch)
        errors[f"{name} {what}"] = {k: in_units_of_rounding(v, reference, size, terms) for k, v in found.items()}
    return errors


def accuracy(job: AccuracyJob) -> Answer:
    """Train on MNIST and test, or take the first steps."""
    torch = theirs.ready_torch(job.threads)
    return theirs.first_steps(torch, job) if job.steps else theirs.train_mnist(torch, job)


if __name__ == "__main__":
    serve({"nets": nets, "layers": layers, "accuracy": accuracy})
