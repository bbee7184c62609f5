"""What a review found: data first, then the text and the JSON made from it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pullback.review.causes import Cause
from pullback.review.conditions import Condition
from pullback.review.judging import FAULTS, Outcome
from pullback.review.subject import Summary

WIDTH = 80
Verdict = Literal["right", "wrong", "not run"]


@dataclass(frozen=True, eq=False)
class Problem:
    """One thing that is amiss, in one gradient or in the calls as such.

    kind       a key of FAULTS: "wrong", "shape", "raised", …
    name       the gradient; "" where it concerns the whole call
    cases      the numbers of the failing cases, easy ones first
    compared   how many cases tell something of it; in `zero` more the gradient is right, and 0
    condition  under which it happens
    smallest   the first failing case
    details    what happened there
    causes     the diagnosed mistakes, the one that explains most cases first
    """

    kind: str
    name: str
    cases: tuple[int, ...]
    compared: int
    condition: Condition
    smallest: Outcome
    details: str
    zero: int = 0
    causes: tuple[Cause, ...] = ()

    @property
    def title(self) -> str:
        """What is amiss."""
        if not self.name:
            return FAULTS[self.kind]
        return f"gradient of {self.name}: " + {
            "wrong": "wrong numbers",
            "shape": "another shape than its array",
            "nan": "NaN or infinity",
            "missing": "None",
            "kind": "not an array of real numbers",
        }.get(self.kind, self.kind)


@dataclass(frozen=True, eq=False)
class Review:
    """The result of `review`: true where the function is right in every case.

    verdict   "right", "wrong", or "not run" where no case gave a result
    summary   how the function was called
    outcomes  every case with what came of it, easy ones first
    problems  what is amiss, the gravest first
    left_out  how many cases were left out for options that the function has no parameter for, by option
    notes     what was assumed or remarked
    """

    op: str
    verdict: Verdict
    summary: Summary
    outcomes: tuple[Outcome, ...]
    problems: tuple[Problem, ...]
    left_out: dict[str, int]
    notes: tuple[str, ...]
    seed: int

    def __bool__(self) -> bool:
        return self.verdict == "right"

    @property
    def failing(self) -> int:
        """The number of cases in which something is amiss."""
        return len({n for p in self.problems for n in p.cases})

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    def to_dict(self) -> dict[str, Any]:
        """The review as JSON knows it."""
        return {
            "function": self.summary.name,
            "op": self.op,
            "verdict": self.verdict,
            "cases": len(self.outcomes),
            "failing": self.failing,
            "gradients": {name: _tally(self, name)[1] for name in _names(self)},
            "problems": [_problem(p) for p in self.problems],
            "called": self.summary.called,
            "left_out": self.left_out,
            "notes": list(self.notes),
            "seed": self.seed,
            "outcomes": [_outcome(o) for o in self.outcomes],
        }


def _names(review: Review) -> list[str]:
    return list(dict.fromkeys(g.name for o in review.outcomes for g in o.gradients))


def _tally(review: Review, name: str) -> tuple[str, dict[str, int]]:
    of = [g for o in review.outcomes for g in o.gradients if g.name == name]
    wrong = sum(bool(g.fault) for g in of)
    text = f"right in {len(of)} cases" if not wrong else f"WRONG in {wrong} of {len(of)} cases"
    return text, {"compared": len(of), "wrong": wrong}


def _lines(review: Review) -> Iterator[str]:
    verdict = {"right": "right", "wrong": "WRONG", "not run": "NOT RUN"}[review.verdict]
    yield f"review of {review.summary.name}, backward of {review.op}: {verdict}"
    names = _names(review)
    width = max(map(len, names), default=0)
    for name in names:
        yield f"  {name:<{width}}  {_tally(review, name)[0]}"
    explained: set[str] = set()
    for problem in review.problems:
        yield ""
        yield from _problem_lines(problem, explained)
    yield ""
    yield from _field("called", review.summary.called or "without arguments")
    tried = len(review.outcomes)
    yield from _field("cases", f"{tried}, from easy to hard; seed {review.seed}")
    if review.left_out:
        some = ", ".join(f"{k} ({n})" for k, n in review.left_out.items())
        yield from _field("left out", f"cases with {some}: the function has no parameter for it")
    for note in review.notes:
        yield from _field("note", note)


def _problem_lines(problem: Problem, explained: set[str]) -> Iterator[str]:
    yield problem.title
    yield from _field("fails", _fails(problem))
    case = problem.smallest.case
    yield from _field("smallest", f"case {case.number}, {case.title}: {case}")
    for line in problem.details.splitlines():
        label, _, text = line.partition(": ")
        if label in ("what", "where"):
            yield from _field(label, text.strip())
        elif line.startswith(("entry", "[")):
            yield f"{'':13}{line}"
        else:
            yield from _field("", line)
    for cause in problem.causes[:2]:
        yield from _cause_lines(cause, explained)
    if not problem.causes and problem.kind in ("wrong", "shape"):
        yield from _field("mistake", "none that is known gives these numbers")


def _fails(problem: Problem) -> str:
    count, where = f"{len(problem.cases)} of {problem.compared} cases", problem.condition
    zero = f"; in {problem.zero} more the right gradient is 0" if problem.zero else ""
    if where.exact and where.text == "in every case":
        return f"in every case ({count}){zero}"
    if where.exact:
        return f"exactly {where.text} ({count}){zero}"
    return f"in {count}" + (f", {where.text}" if where.text else "; no single condition tells which") + zero


def _cause_lines(cause: Cause, explained: set[str]) -> Iterator[str]:
    yield from _field("mistake", cause.title)
    yield from _field("", cause.count)
    for mistake in cause.mistakes:
        if mistake.key not in explained:
            yield from _field("", mistake.explanation)
        explained.add(mistake.key)
    if cause.match.wrong_formula != cause.match.formula:
        yield from _field("computed", cause.match.wrong_formula)
        yield from _field("right", cause.match.formula)
    if cause.rivals:
        yield from _field("or", "; ".join(cause.rivals) + " (the same numbers in all these cases)")


def _field(label: str, text: str) -> Iterator[str]:
    start = f"  {label + ':' if label else '':<11}"
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_on_hyphens=False,
        drop_whitespace=True,
    ) or [start.rstrip()]


def _problem(problem: Problem) -> dict[str, Any]:
    case = problem.smallest.case
    return {
        "kind": problem.kind,
        "gradient": problem.name or None,
        "what": problem.title,
        "fails": {
            "cases": list(problem.cases),
            "compared": problem.compared,
            "condition": problem.condition.text or None,
            "exact": problem.condition.exact,
        },
        "smallest": {"case": case.number, "title": case.title, "call": str(case), "details": problem.details},
        "mistakes": [_cause(c) for c in problem.causes],
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "keys": [m.key for m in cause.mistakes],
        "title": cause.title,
        "explanation": [m.explanation for m in cause.mistakes],
        "step": cause.match.step,
        "formula": cause.match.formula,
        "wrong_formula": cause.match.wrong_formula,
        "reproduced": cause.reproduced,
        "tried": cause.tried,
        "failing": cause.failing,
        "indistinguishable": list(cause.rivals),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "case": outcome.case.number,
        "title": outcome.case.title,
        "call": str(outcome.case),
        "right": outcome.is_right,
        "faults": [{"kind": k, "gradient": n or None, "details": t} for k, n, t in outcome.faults],
    }
