"""`pullback bench accuracy`: the seconds of training to 99 % on MNIST, and whether it is reached."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from pullback.bench.alternate import Entry, Rounds, alternate
from pullback.bench.jobs import AccuracyJob, Answer
from pullback.bench.processes import Side
from pullback.bench.ratios import fastest, mean, ratio
from pullback.bench.records import Accuracy
from pullback.bench.settings import Bench

GOAL = 0.99


def run_accuracy(bench: Bench, seeds: int, epochs: int = 1, images: int | None = None) -> None:
    """Train with each seed and each number of threads; the records go into the bench's report.

    The recipe is the same in both libraries; the random numbers, and so the accuracies, are each library's own.

    images  how many training images; None: all

    Raises: WorkerError, DataError where MNIST cannot be read
    """
    for threads in bench.settings.threads:

        def work(entry: Entry, seed: int, threads: int = threads) -> Answer:
            side, mode = entry
            settings = bench.settings
            job = AccuracyJob(seed, epochs, threads, settings.engine, images, mode, settings.precision)
            return bench.start(side, job)

        rounds = alternate(bench.entries(), seeds, work, lambda a: {"seconds": [a["seconds"]]}, bench.tell)
        for mode, error in rounds.failed.items():
            bench.report.note(f"PyTorch {mode} does not work here. {error}")
        bench.report.accuracies.extend(_records(rounds, threads))


def _records(rounds: Rounds, threads: int) -> list[Accuracy]:
    """The records of Pullback and of PyTorch's best mode."""
    sides: tuple[Side, ...] = ("pullback", "pytorch")
    best = {side: _best(rounds, side) for side in sides if rounds.of(side)}
    seconds = {side: {k: a["seconds"] for k, a in runs.items()} for side, (_, runs) in best.items()}
    compared = ratio(seconds["pytorch"], seconds["pullback"]) if "pytorch" in seconds else None
    found = []
    for side, (mode, runs) in best.items():
        accuracies = [a["accuracy"] for a in runs.values()]
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
                cold=runs[min(runs)]["ready"],
                ratio=compared if side == "pullback" else None,
                runs=list(runs.values()),
            )
        )
    return found


def _best(rounds: Rounds, side: Side) -> tuple[str, Mapping[int, Answer]]:
    answers = rounds.of(side)
    mode = fastest({m: {k: a["seconds"] for k, a in runs.items()} for m, runs in answers.items()})
    return mode, answers[mode]
