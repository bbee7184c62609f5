"""What a benchmark is asked for, and what all three need to run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from pullback.bench.alternate import Entry, Tell
from pullback.bench.jobs import MODES, Mode, PeakJob
from pullback.bench.processes import Start, WorkerError
from pullback.bench.records import Report
from pullback.compile.precision import Precision


@dataclass(frozen=True)
class Settings:
    """What is common to the benchmarks.

    repeat     rounds in which the libraries alternate
    seconds    how long each thing is timed in each process
    modes      the modes of PyTorch that are tried; the fastest counts
    precision  Pullback's
    """

    threads: tuple[int, ...]
    repeat: int = 5
    seconds: float = 1.0
    engine: str = "compiled"
    modes: tuple[Mode, ...] = MODES
    precision: Precision = "fast"


@dataclass(frozen=True)
class Bench:
    """A benchmark under way.

    folder       for the files that go between the processes
    has_pytorch  whether there is anything to compare with
    """

    settings: Settings
    start: Start
    folder: Path
    has_pytorch: bool
    report: Report
    tell: Tell

    def entries(self, own: Sequence[Mode] = (Mode(),)) -> list[Entry]:
        """Who takes part; `own` are Pullback's modes."""
        theirs: list[Entry] = [("pytorch", mode) for mode in self.settings.modes] if self.has_pytorch else []
        return [*(("pullback", mode) for mode in own), *theirs]

    def peak(self, threads: int) -> float | None:
        """Measure the multiply-adds a second that so many threads reach; None where no native code runs."""
        try:
            answer = self.start("pullback", PeakJob(threads, PEAK_SECONDS))
        except WorkerError as error:
            self.report.note(f"The peak could not be measured. {error}")
            return None
        found: float = median(answer["multiply_adds"])
        self.report.peaks[threads] = max(found, self.report.peaks.get(threads, 0.0))
        return found


PEAK_SECONDS = 0.3
