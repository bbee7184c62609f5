"""`pullback bench nets`: a training step and a prediction of whole networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.bench.alternate import Entry, Rounds, alternate
from pullback.bench.jobs import Answer, NetJob
from pullback.bench.networks import our_net, read_weights, write_weights
from pullback.bench.processes import Side
from pullback.bench.ratios import fastest
from pullback.bench.records import Cost, times_of, timing
from pullback.bench.settings import Bench
from pullback.bench.verify import ROOM, check_all_close, check_close, check_finite, farthest
from pullback.compile.precision import Precision
from pullback.errors import place
from pullback.nn import Conv2d, Module

Array = NDArray[Any]
TASKS = ("training", "inference")
STEPS = 5
"""So many first steps are compared."""


@dataclass(frozen=True)
class Expected:
    """A network's numbers as PyTorch computes them, in float64 and in float32; None where it is not installed."""

    exact: Answer
    single: Answer
    room: float

    def check(self, who: str, answer: Answer) -> None:
        """Refuse losses and outputs that rounding does not explain.

        Raises: NumericsError
        """
        moved = farthest(self.single["outputs"], self.exact["outputs"])
        with place(who):
            check_close("outputs", answer["outputs"], self.exact["outputs"], self.single["outputs"], room=self.room)
            # |∂loss/∂logits| adds up to 2·(1 − p) at most, so that a loss moves by twice what its logits do.
            check_close("losses", answer["losses"], self.exact["losses"], self.single["losses"], 2 * moved, self.room)


def run_nets(bench: Bench, nets: Sequence[str], batch: int) -> None:
    """Verify each network, then time it with each number of threads; the records go into the bench's report.

    Raises: NumericsError, for a network that computes other numbers than PyTorch; WorkerError
    """
    for net in nets:
        bench.tell(f"{net}: first weights, and the numbers to compare")
        weights = bench.folder / f"{net}.npz"
        write_weights(net, weights)
        settings = bench.settings
        job = NetJob(net, batch, settings.threads[0], settings.engine, str(weights), STEPS, settings.seconds)
        job = replace(job, precision=settings.precision)
        ours, expected = _verified(bench, job)
        for threads in settings.threads:
            _timed(bench, replace(job, threads=threads), ours, expected)


def room_for(net: Module, precision: Precision) -> float:
    """By how many times more rounding may move Pullback's numbers than PyTorch's, which has no Winograd's algorithm."""
    from pullback.compile.kernels.winograd_transforms import SIZES, amplification

    layers = [m for m in net.modules() if isinstance(m, Conv2d)]
    is_fast = any(m.weight.shape[1] >= 16 and m.weight.shape[2:] == (3, 3) for m in layers)
    return ROOM * max(map(amplification, SIZES)) if is_fast and precision == "fast" else ROOM


def _verified(bench: Bench, job: NetJob) -> tuple[Answer, Expected | None]:
    """Pullback's numbers, compared with PyTorch's: the losses of the first steps, the state after them, the outputs."""
    untimed = replace(job, seconds=0.0)

    def numbers(name: str, dtype: str) -> tuple[Answer, Path]:
        path = bench.folder / f"{job.net}-{name}.npz"
        side: Side = "pullback" if name.startswith("pullback") else "pytorch"
        return bench.start(side, replace(untimed, dtype=dtype, state=str(path))), path

    # The first time that Pullback sees the network: it compiles.
    ours, own_state = numbers("pullback", "float32")
    check_finite(f"the losses of {job.net}", ours["losses"])
    if not bench.has_pytorch:
        bench.report.note("The numbers were not compared: PyTorch is not installed.")
        return ours, None
    exact, exact_state = numbers("double", "float64")
    single, single_state = numbers("single", "float32")
    expected = Expected(exact, single, room_for(our_net(job.net), job.precision))
    expected.check(f"{job.net}, Pullback", ours)
    with place(f"{job.net}, after {job.steps} steps"):
        own, right, other = (read_weights(p) for p in (own_state, exact_state, single_state))
        check_parameters(own, right, other, expected.room, lambda: read_weights(numbers("pullback64", "float64")[1]))
    return ours, expected


def check_parameters(
    own: Mapping[str, Array],
    exact: Mapping[str, Array],
    other: Mapping[str, Array],
    room: float,
    own_in_double: Callable[[], Mapping[str, Array]],
) -> None:
    """Refuse parameters that rounding does not explain.

    exact, other  PyTorch's in float64 and in float32

    Raises: NumericsError
    """
    if room == ROOM:
        check_all_close("parameters", own, exact, other)
        return
    # Larger rounding errors move more images over a kink of max pooling or ReLU, where a gradient jumps.
    # So the same algorithms are compared in float64, where none comes so close to one.
    check_all_close("parameters", own_in_double(), exact, _as_in_double(exact, other), room, 2.0**-53)


def _as_in_double(exact: Mapping[str, Array], single: Mapping[str, Array]) -> dict[str, Array]:
    """Numbers as far from float64's as float32's are, but for the ratio of the two roundings, 2⁻²⁹."""
    return {
        k: v + (single[k].astype(np.float64) - v) * 2.0**-29 if v.dtype.kind == "f" else v for k, v in exact.items()
    }


def _timed(bench: Bench, job: NetJob, ours: Answer, expected: Expected | None) -> None:
    """Time a network with one number of threads."""
    bench.tell(f"{job.net}, {job.threads} threads")
    peak = bench.peak(job.threads)

    def work(entry: Entry, number: int) -> Answer:
        del number
        side, mode = entry
        answer = bench.start(side, replace(job, mode=mode))
        if expected is not None:
            expected.check(f"{job.net}, {side} {mode}, {job.threads} threads", answer)
        return answer

    rounds = alternate(bench.entries(), bench.settings.repeat, work, lambda a: {k: a[k] for k in TASKS}, bench.tell)
    for mode, error in rounds.failed.items():
        bench.report.note(f"{job.net}: PyTorch {mode} does not work here. {error}")
    for task in TASKS:
        times = times_of(rounds, lambda a, task=task: a[task])
        count = ours["multiply_adds"][task]
        bench.report.timings.append(timing(job.net, task, job.threads, times, count, peak))
    bench.report.costs.extend(_costs(job, rounds, ours))


def _costs(job: NetJob, rounds: Rounds, ours: Answer) -> list[Cost]:
    """What the training costs each library: compiling, and memory."""
    found = []
    sides: tuple[Side, ...] = ("pullback", "pytorch")
    for library in sides:
        answers = rounds.of(library)
        if not answers:
            continue
        mode = fastest(rounds.times(library, lambda a: a["training"]))
        by_round = answers[mode]
        # The first process of a mode has compiled, the later ones have found the code in the cache.
        later = [a for k, a in by_round.items() if k > 0] or list(by_round.values())
        step = median(median(a["training"]) for a in by_round.values())
        first = ours if library == "pullback" else by_round[min(by_round)]
        found.append(
            Cost(
                what=job.net,
                threads=job.threads,
                library=library,
                mode=mode,
                cold=max(0.0, first["ready"] - step),
                cached=max(0.0, median(a["ready"] for a in later) - step),
                idle=_memory(later, "idle"),
                peak=_memory(later, "peak"),
            )
        )
    return found


def _memory(answers: Sequence[Answer], which: str) -> int | None:
    """The median of the bytes; None where the system does not say."""
    found = [a["memory"][which] for a in answers]
    return None if None in found else int(median(found))
