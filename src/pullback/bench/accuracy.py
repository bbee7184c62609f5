"""`pullback bench accuracy`: the seconds of training to 99 % on MNIST, and whether it is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np

from pullback.bench.alternate import Entry, Rounds, alternate
from pullback.bench.jobs import AccuracyJob, Answer
from pullback.bench.nets import STEPS, check_parameters, room_for
from pullback.bench.networks import read_weights
from pullback.bench.ours import mnist_net
from pullback.bench.processes import Side
from pullback.bench.ratios import fastest, mean, ratio
from pullback.bench.records import Accuracy
from pullback.bench.settings import Bench
from pullback.bench.verify import check_close
from pullback.errors import place
from pullback.nn import init

GOAL = 0.99


def run_accuracy(bench: Bench, seeds: int, epochs: int = 1, images: int | None = None) -> None:
    """Train with each seed and each number of threads; the records go into the bench's report.

    The recipe is the same in both libraries; the random numbers, and so the accuracies, are each library's own. No time
    is told before the first steps, from the same weights through the same images, have given the same numbers. That
    comes last: the first run of all has to compile.

    images  how many training images; None: all

    Raises: NumericsError, where the numbers differ; WorkerError, also where MNIST cannot be read
    """
    found = {threads: _trained(bench, seeds, epochs, threads, images) for threads in bench.settings.threads}
    _verify(bench, epochs, images)
    first = next(iter(found.values()))
    for threads, rounds in found.items():
        bench.report.accuracies.extend(_records(rounds, threads, first))


def _trained(bench: Bench, seeds: int, epochs: int, threads: int, images: int | None) -> Rounds:
    """The answers of all runs with one number of threads."""

    def work(entry: Entry, seed: int) -> Answer:
        side, mode = entry
        settings = bench.settings
        job = AccuracyJob(seed, epochs, threads, settings.engine, images, mode, settings.precision)
        return bench.start(side, job)

    rounds = alternate(bench.entries(), seeds, work, lambda a: {"seconds": [a["seconds"]]}, bench.tell)
    for mode, error in rounds.failed.items():
        bench.report.note(f"PyTorch {mode} does not work here. {error}")
    return rounds


def _verify(bench: Bench, epochs: int, images: int | None) -> None:
    """Compare the losses and parameters of the first steps, and the learning rates of all.

    Raises: NumericsError, WorkerError
    """
    if not bench.has_pytorch:
        bench.report.note("The numbers were not compared: PyTorch is not installed.")
        return
    bench.tell("the first steps, to compare")
    settings, weights = bench.settings, bench.folder / "mnist.npz"
    init.seed(0)
    net = mnist_net()
    np.savez(weights, **net.state_dict())  # type: ignore[arg-type]  # any name may be an array's
    job = AccuracyJob(0, epochs, settings.threads[0], settings.engine, images, precision=settings.precision)

    def numbers(side: Side, dtype: str) -> tuple[Answer, Path]:
        path = bench.folder / f"mnist-{side}-{dtype}.npz"
        asked = replace(job, weights=str(weights), steps=STEPS, state=str(path), dtype=dtype)
        return bench.start(side, asked), path

    (ours, own), (exact, right), (single, other) = (
        numbers("pullback", "float32"),
        numbers("pytorch", "float64"),
        numbers("pytorch", "float32"),
    )
    room = room_for(net, settings.precision)
    with place(f"MNIST, the first {STEPS} steps"):
        check_close("losses", ours["losses"], exact["losses"], single["losses"], room=room)
        check_close("learning rates", ours["rates"], exact["rates"], exact["rates"], unit=2.0**-53)
        own_state, exact_state, single_state = (read_weights(path) for path in (own, right, other))
        check_parameters(
            own_state, exact_state, single_state, room, lambda: read_weights(numbers("pullback", "float64")[1])
        )


def _records(rounds: Rounds, threads: int, first: Rounds) -> list[Accuracy]:
    """The records of Pullback and of PyTorch's best mode.

    first  those that ran before all others: they had to compile
    """
    sides: tuple[Side, ...] = ("pullback", "pytorch")
    best = {side: _best(rounds, side) for side in sides if rounds.of(side)}
    seconds = {side: {k: a["seconds"] for k, a in runs.items()} for side, (_, runs) in best.items()}
    compared = ratio(seconds["pytorch"], seconds["pullback"]) if "pytorch" in seconds else None
    found = []
    for side, (mode, runs) in best.items():
        accuracies = [a["accuracy"] for a in runs.values()]
        compiling = first.of(side).get(mode, runs)
        cold = compiling[min(compiling)]["ready"]
        found.append(
            Accuracy(
                library=side,
                mode=mode,
                threads=threads,
                accuracy=mean(accuracies),
                reached=sum(a >= GOAL for a in accuracies),
                seconds=median(seconds[side].values()),
                low=min(seconds[side].values()),
                high=max(seconds[side].values()),
                cold=cold,
                total=cold + sum(seconds[side].values()),
                ratio=compared if side == "pullback" else None,
                runs=list(runs.values()),
            )
        )
    return found


def _best(rounds: Rounds, side: Side) -> tuple[str, Mapping[int, Answer]]:
    answers = rounds.of(side)
    mode = fastest({m: {k: a["seconds"] for k, a in runs.items()} for m, runs in answers.items()})
    return mode, answers[mode]
