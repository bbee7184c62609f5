"""`pullback bench layers`: the three passes of single convolutions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from shutil import rmtree

from pullback.bench.alternate import Entry, alternate
from pullback.bench.cases import LAYERS, PASSES
from pullback.bench.jobs import Answer, LayerJob, Mode
from pullback.bench.records import Errors, times_of, timing
from pullback.bench.settings import Bench
from pullback.bench.verify import check_rounding
from pullback.errors import NumericsError, message

OWN_MODES = (Mode("contiguous", compiled=True), Mode("channels_last", compiled=True))
"""The layouts in which Pullback takes and gives images; the faster one counts, as for PyTorch."""

# So many bytes of outputs are compared at a time.
PORTION_BYTES = 512 << 20


def run_layers(bench: Bench, layers: Sequence[str], batch: int) -> None:
    """Verify all convolutions, then time them with each number of threads; the records go into the bench's report.

    Raises: NumericsError, for a convolution with other numbers than rounding explains; WorkerError
    """
    settings = bench.settings
    job = LayerJob(tuple(layers), batch, settings.threads[0], settings.engine, settings.seconds)
    job = replace(job, precision=settings.precision)
    checksums = {mode: _verified(bench, replace(job, mode=mode)) for mode in OWN_MODES}
    for threads in settings.threads:
        _timed(bench, replace(job, threads=threads), checksums)


def _verified(bench: Bench, job: LayerJob) -> dict[str, int]:
    """The checksums of Pullback's outputs, once they have been compared with float64's."""
    checksums: dict[str, int] = {}
    for portion in _portions(job.layers, job.batch):
        bench.tell(f"comparing {portion[0]} to {portion[-1]}, {job.mode.layout}")
        folder = bench.folder / "outputs"
        folder.mkdir()
        part = replace(job, layers=portion, seconds=0.0, outputs=str(folder))
        checksums |= bench.start("pullback", part)["checksums"]
        if bench.has_pytorch:
            _check(bench, bench.start("pytorch", replace(part, mode=Mode())), job.mode)
        rmtree(folder)
    if not bench.has_pytorch:
        bench.report.note("The numbers were not compared: PyTorch is not installed.")
    return checksums


def _check(bench: Bench, answer: Answer, mode: Mode) -> None:
    for name, error in answer["errors"].items():
        check_rounding(f"{name}, Pullback {mode.layout}", error["pullback"])
        check_rounding(f"{name}, PyTorch", error["pytorch"])
        if mode == OWN_MODES[0]:
            layer, _, what = name.rpartition(" ")
            bench.report.errors.append(Errors(layer, what, error["pullback"], error["pytorch"]))


def _portions(layers: Sequence[str], batch: int) -> Iterator[tuple[str, ...]]:
    """The layers in portions whose outputs are not too large for the disk."""
    portion: list[str] = []
    held = 0
    for name in layers:
        size = 4 * sum(a.size for a in LAYERS[name].arrays(batch))
        if portion and held + size > PORTION_BYTES:
            yield tuple(portion)
            portion, held = [], 0
        portion.append(name)
        held += size
    if portion:
        yield tuple(portion)


def _timed(bench: Bench, job: LayerJob, checksums: dict[Mode, dict[str, int]]) -> None:
    """Time the passes with one number of threads."""
    bench.tell(f"{len(job.layers)} layers, {job.threads} threads")
    peak = bench.peak(job.threads)

    def work(entry: Entry, number: int) -> Answer:
        del number
        side, mode = entry
        answer = bench.start(side, replace(job, mode=mode))
        if side == "pullback":
            _check_same(checksums[mode], answer["checksums"], job.threads)
        return answer

    rounds = alternate(bench.entries(OWN_MODES), bench.settings.repeat, work, lambda a: a["times"], bench.tell)
    for mode, error in rounds.failed.items():
        bench.report.note(f"PyTorch {mode} does not work here. {error}")
    for name in job.layers:
        for what in PASSES:
            times = times_of(rounds, lambda a, key=f"{name} {what}": a["times"][key])
            count = LAYERS[name].multiply_adds(job.batch)
            bench.report.timings.append(timing(name, what, job.threads, times, count, peak))


def _check_same(before: dict[str, int], now: dict[str, int], threads: int) -> None:
    """Refuse outputs that are not, bit for bit, those that were compared.

    Raises: NumericsError
    """
    different = [name for name, checksum in before.items() if now.get(name) != checksum]
    if different:
        raise NumericsError(
            message(
                "bench: outputs differ between runs",
                got=f"other checksums of {', '.join(different)} with {threads} threads",
                need="the same bits in every run and with any number of threads",
                fix="no time is reported for different numbers: report this",
            )
        )
