"""A report as tables for people; as a dictionary it is JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pullback.bench.cases import LAYERS, PASSES
from pullback.bench.ratios import geometric_mean
from pullback.bench.records import Accuracy, Report, Timing

# What is missing in a table.
NONE = "–"


@dataclass(frozen=True)
class Table:
    """Rows of text under a header; `align` has "<" or ">" for each column."""

    header: tuple[str, ...]
    align: str
    rows: Sequence[tuple[str, ...]]


def to_dict(report: Report) -> dict[str, Any]:
    """The report as JSON holds it: all medians of all processes, in seconds."""
    return asdict(report)


def tables(report: Report) -> Iterator[Table]:
    """The tables of a report that have rows."""
    made = (_timings, _second_core, _means, _errors, _costs, _accuracies)
    yield from (table for table in (make(report) for make in made) if table.rows)


def _timings(report: Report) -> Table:
    header = ("", "pass", "threads", "Pullback", "PyTorch", "its mode", "ratio", "spread", "GFLOP/s", "of peak")
    return Table(header, "<<>>><>>>>", [_row(t) for t in report.timings])


def _row(t: Timing) -> tuple[str, ...]:
    return (
        t.what,
        t.task,
        str(t.threads),
        milliseconds(t.pullback),
        NONE if t.pytorch is None else milliseconds(t.pytorch),
        t.mode or NONE,
        NONE if t.ratio is None else str(t.ratio),
        NONE if t.ratio is None else t.ratio.spread,
        f"{t.flops / 1e9:.1f}",
        NONE if t.fraction is None else f"{100 * t.fraction:.0f} %",
    )


def _second_core(report: Report) -> Table:
    """How much faster Pullback is with more threads than with one."""
    single = {(t.what, t.task): t.pullback for t in report.timings if t.threads == 1}
    rows = [
        (t.what, t.task, str(t.threads), f"{single[t.what, t.task] / t.pullback:.2f}×")
        for t in report.timings
        if t.threads > 1 and (t.what, t.task) in single
    ]
    return Table(("", "pass", "threads", "faster than with one"), "<<>>", rows)


def _means(report: Report) -> Table:
    """Over convolutions: the geometric mean of the ratios of each pass, and the least."""
    layers = [t for t in report.timings if t.what in LAYERS and t.ratio is not None]
    rows = []
    for threads in sorted({t.threads for t in layers}):
        for task in (*PASSES, "all"):
            found = {(t.what, t.task): t.ratio.median for t in layers if t.ratio and t.threads == threads}
            found = {key: r for key, r in found.items() if task in (key[1], "all")}
            least = min(found, key=lambda key: found[key])
            average = geometric_mean(found.values())
            rows.append((task, str(threads), f"{average:.2f}×", f"{found[least]:.2f}×", " ".join(least)))
    return Table(("pass", "threads", "geometric mean", "least", "of"), "<>>><", rows)


def _errors(report: Report) -> Table:
    """Over convolutions: the greatest rounding errors of each pass."""
    rows = []
    for task in dict.fromkeys(e.task for e in report.errors):
        chosen = [e for e in report.errors if e.task == task]
        ours, theirs = max(e.pullback for e in chosen), max(e.pytorch for e in chosen)
        rows.append((task, f"{ours:.2f}", f"{theirs:.2f}"))
    return Table(("greatest error / √n·u·Σ|products|", "Pullback", "PyTorch"), "<>>", rows)


def _costs(report: Report) -> Table:
    rows = [
        (
            c.what,
            str(c.threads),
            c.library,
            c.mode if c.library == "pytorch" else "",
            f"{c.cold:.2f} s",
            f"{c.cached:.2f} s",
            *(NONE if size is None else f"{size / 2**20:.0f} MiB" for size in (c.peak, c.idle)),
        )
        for c in report.costs
    ]
    header = ("", "threads", "library", "mode", "first step", "from cache", "memory", "before")
    return Table(header, "<><<>>>>", rows)


def _accuracies(report: Report) -> Table:
    header = (
        "library",
        "mode",
        "threads",
        "accuracy",
        "99 %",
        "training",
        "spread",
        "compiling",
        "in all",
        "ratio",
        "its spread",
    )
    return Table(header, "<<>>>>>>>>>", [_accuracy(a) for a in report.accuracies])


def _accuracy(a: Accuracy) -> tuple[str, ...]:
    margin = "" if a.accuracy.margin is None else f" ± {100 * a.accuracy.margin:.2f}"
    return (
        a.library,
        a.mode if a.library == "pytorch" else "",
        str(a.threads),
        f"{100 * a.accuracy.mean:.2f}{margin} %",
        f"{a.reached} of {len(a.runs)}",
        f"{a.seconds:.2f} s",
        f"{a.low:.2f}–{a.high:.2f}",
        f"{a.cold:.2f} s",
        f"{a.total:.1f} s",
        NONE if a.ratio is None else str(a.ratio),
        NONE if a.ratio is None else a.ratio.spread,
    )


def milliseconds(seconds: float) -> str:
    """A time in milliseconds, in three figures.

    >>> milliseconds(0.0000213), milliseconds(0.0711), milliseconds(1.5)
    ('0.0213 ms', '71.1 ms', '1500 ms')
    """
    return f"{_three_figures(seconds * 1e3)} ms"


def _three_figures(x: float) -> str:
    text = f"{x:.3g}"
    return f"{x:.0f}" if "e" in text and x >= 1 else text if "e" not in text else f"{x:.6f}"


def headings(report: Report) -> Iterator[str]:
    """The lines that stand above the tables: what ran, and the peak."""
    yield report.title
    if report.peaks:
        peaks = (f"{2 * p / 1e9:.0f} GFLOP/s with {threads} threads" for threads, p in sorted(report.peaks.items()))
        yield f"Peak of multiply-adds in float32, measured: {', '.join(peaks)}"
