"""A diagnosis in words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pullback.explain.rendering.blocks import number_text
from pullback.formula import Sum
from pullback.formula.entries import entry_text

if TYPE_CHECKING:
    from pullback.diagnose.diagnosis import Closest, Diagnosis, Finding
    from pullback.diagnose.steps import Change

WIDTH = 100
SHOWN = 3


def paragraphs(d: Diagnosis) -> Iterator[str]:
    """The lines of the answer."""
    yield _headline(d)
    for number, finding in enumerate(d.findings[:SHOWN]):
        yield ""
        yield from _finding(finding, number, len(d.findings))
    if len(d.findings) > SHOWN:
        yield ""
        yield f"  … and {len(d.findings) - SHOWN} more that fit the digits given."
    if d.verdict == "unknown":
        yield from _unknown(d)
    for note in d.notes:
        yield from _wrapped(note, "  ")


def _headline(d: Diagnosis) -> str:
    what = f"gradient of {d.name}"
    match d.verdict:
        case "correct":
            return f"{what}: correct"
        case "correct up to rounding":
            return f"{what}: correct up to rounding ({d.precision})"
        case "mistake":
            return f"{what}: WRONG: {d.findings[0].title}"
    return f"{what}: WRONG; no mistake that is known here explains it"


def _finding(f: Finding, number: int, count: int) -> Iterator[str]:
    if number:
        yield from _wrapped(f"or: {f.title}", "  ")
        yield from (f"    {line}" for line in _formulas(f))
        return
    del count
    yield from _wrapped(f.explanation, "  ")
    yield ""
    yield f"  step:     {f.step}"
    yield f"  yours:    {f.wrong_formula}"
    yield f"  correct:  {f.formula}"
    yield from _entry(f)
    if f.indistinguishable:
        yield ""
        names = "; ".join(m.title for m in f.indistinguishable)
        yield from _wrapped(f"The same numbers come out here if {names}.", "  ")
        yield from _wrapped(f"What would tell them apart: {f.telling_case}.", "  ")


def _formulas(f: Finding) -> Iterator[str]:
    yield f"yours:    {f.wrong_formula}"
    yield f"correct:  {f.formula}"


def _entry(f: Finding) -> Iterator[str]:
    at = f"[{','.join(map(str, f.entry))}]" if f.entry else ""
    yield ""
    yield f"  entry {f.name}{at}:"
    change = f.candidate.details.changes[-1]
    yield f"    yours     {_of_entry(change, f, wrong=True)}{number_text(f.got)}"
    if f.want is not None:
        yield f"    correct   {_of_entry(change, f, wrong=False)}{number_text(f.want)}"


def _of_entry(change: Change, f: Finding, *, wrong: bool) -> str:
    """The sum of the entry with its indices put in."""
    step = change.step if wrong else change.site.step
    if not change.site.is_last or step.sum is None or not isinstance(step.sum, Sum) or len(f.entry) != len(step.shape):
        return ""
    if step.factor != 1.0:
        return ""
    return f"{entry_text(step.sum, f.entry)} = "


def _unknown(d: Diagnosis) -> Iterator[str]:
    for line in d.differs:
        yield from _wrapped(line, "  ")
    if not d.closest:
        return
    yield ""
    fitting = [c for c in d.closest if c.fits]
    if fitting:
        yield "  fits the digits given, but so few digits would fit other numbers, too:"
        for c in fitting:
            yield from _wrapped(f"- {_titles(c)}", "    ")
    near = [c for c in d.closest if not c.fits]
    if near:
        yield "  nearest, though it does not reproduce your numbers:"
        for c in near:
            share = f"{_percent(c.share)} of the wrong entries fit" if c.share else "no wrong entry fits"
            yield from _wrapped(f"- {_titles(c)} ({share}; {_percent(c.distance)} of the error remains)", "    ")


def _percent(share: float) -> str:
    """A share in percent, never rounded to nothing or to everything.

    >>> _percent(1.0), _percent(0.004), _percent(0.996), _percent(0.17), _percent(12.3)
    ('100 %', 'less than 1 %', 'more than 99 %', '17 %', '1230 %')
    """
    if 0 < share < 0.01:
        return "less than 1 %"
    return "more than 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


def _titles(c: Closest) -> str:
    return "; and ".join(m.title for m in c.mistakes)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
