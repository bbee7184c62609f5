"""What the benchmarks give: one record for each thing timed, as numbers; `tables` makes text of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from pullback.bench.alternate import Rounds
from pullback.bench.processes import Side
from pullback.bench.ratios import Mean, Ratio, fastest, ratio


@dataclass(frozen=True)
class Timing:
    """The times of one thing in both libraries, in seconds.

    pullback   the median over the rounds, in its best mode
    pytorch    the same of PyTorch, and its best mode; None where it is not installed
    flops      floating-point operations a second, two for each multiply-add
    fraction   of the measured peak; None where no native code runs
    rounds     all medians, by library, mode and round
    """

    what: str
    task: str
    threads: int
    pullback: float
    pytorch: float | None
    mode: str | None
    ratio: Ratio | None
    flops: float
    fraction: float | None
    rounds: dict[str, dict[str, dict[int, float]]]


@dataclass(frozen=True)
class Cost:
    """What a network's training costs beside the time of its steps: for Pullback, and for PyTorch in its best mode.

    cold    seconds from the network to the end of the first step, less the time of a step, with nothing in the cache
    cached  the same with the compiled code in the cache
    idle    bytes that the process had held before, with the library loaded; None where the system does not say
    peak    bytes that it has held at most after many steps
    """

    what: str
    threads: int
    library: str
    mode: str
    cold: float
    cached: float
    idle: int | None
    peak: int | None


@dataclass(frozen=True)
class Errors:
    """The greatest rounding errors of a convolution's pass, in units of √n·u·Σ|products|."""

    what: str
    task: str
    pullback: float
    pytorch: float


@dataclass(frozen=True)
class Accuracy:
    """Training on MNIST: over the seeds, the accuracy, and the seconds of one run.

    reached  how many runs came to 99 %
    seconds  the median of a run, and the least and greatest; compiling is not in it
    cold     seconds of compiling before the first run of all
    total    seconds of all runs, with that counted once
    ratio    PyTorch's seconds ÷ Pullback's, in Pullback's record
    """

    library: str
    mode: str
    threads: int
    accuracy: Mean
    reached: int
    seconds: float
    low: float
    high: float
    cold: float
    total: float
    ratio: Ratio | None
    runs: list[dict[str, float]]


@dataclass
class Report:
    """Everything that a benchmark found out.

    peaks  multiply-adds a second by number of threads
    """

    title: str
    settings: dict[str, Any]
    machine: dict[str, Any]
    peaks: dict[int, float] = field(default_factory=dict)
    timings: list[Timing] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    errors: list[Errors] = field(default_factory=list)
    accuracies: list[Accuracy] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Add a note, once."""
        if text not in self.notes:
            self.notes.append(text)


def timing(
    what: str,
    task: str,
    threads: int,
    times: Mapping[str, Mapping[str, Mapping[int, float]]],
    multiply_adds: int,
    peak: float | None,
) -> Timing:
    """Compare the times of both libraries: by library, mode and round."""
    ours = times["pullback"][fastest(times["pullback"])]
    best = fastest(times["pytorch"]) if times["pytorch"] else None
    theirs = None if best is None else times["pytorch"][best]
    mine = median(ours.values())
    return Timing(
        what=what,
        task=task,
        threads=threads,
        pullback=mine,
        pytorch=None if theirs is None else median(theirs.values()),
        mode=best,
        ratio=None if theirs is None else ratio(theirs, ours),
        flops=2 * multiply_adds / mine,
        fraction=None if peak is None else multiply_adds / mine / peak,
        rounds={side: {m: dict(r) for m, r in modes.items()} for side, modes in times.items()},
    )


def times_of(rounds: Rounds, read: Any) -> dict[str, dict[str, dict[int, float]]]:
    """The times of both libraries, by library, mode and round."""
    sides: tuple[Side, ...] = ("pullback", "pytorch")
    return {side: rounds.times(side, read) for side in sides}
