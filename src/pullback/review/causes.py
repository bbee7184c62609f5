"""Which mistake explains the failing cases: mistakes are tried in every one, and those that recur are counted."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from pullback.diagnose import Candidate, Mistake, candidates, diagnose
from pullback.diagnose.blas import one_thread
from pullback.errors import PullbackError
from pullback.review.cases import Case
from pullback.review.judging import Array

CLOSE = 1e-9
TOGETHER = 2
"""Two mistakes together are looked for in so many cases that no single one explains."""
ZEROS = 3
"""A mistake that gives zeros, as many do, has to explain so many cases."""

WITNESSES = 4
"""So many cases that are right are asked whether a mistake would show there."""

Keys = tuple[str, ...]
Claim = tuple[Case, Array]


@dataclass(frozen=True)
class Match:
    """A mistake, or two together, that gives the returned numbers in one case.

    rank                    its place in the order of plausibility
    step                    what the changed step computes
    formula, wrong_formula  how it should be computed, and how the mistake computes it
    """

    mistakes: tuple[Mistake, ...]
    rank: int
    step: str
    formula: str
    wrong_formula: str


@dataclass(frozen=True)
class Cause:
    """A mistake, or two made together, with the failing cases that it explains.

    reproduced  in how many of the `tried` failing cases it gives the returned numbers
    failing     how many cases fail, tried or not
    rivals      other mistakes that give the same numbers in all these cases
    match       how it looks in the smallest of these cases
    """

    mistakes: tuple[Mistake, ...]
    reproduced: int
    tried: int
    failing: int
    rivals: tuple[str, ...]
    match: Match

    @property
    def title(self) -> str:
        """The mistakes' titles."""
        return "; and ".join(m.title for m in self.mistakes)

    @property
    def count(self) -> str:
        """In how many cases the numbers are reproduced."""
        text = f"{self.reproduced} of {self.tried} failing cases reproduced"
        return text if self.tried == self.failing else f"{text} ({self.failing} fail; {self.tried} were diagnosed)"


@one_thread
def causes(failing: Sequence[Claim], right: Sequence[Case], name: str, seconds: float) -> list[Cause]:
    """The mistakes that explain the returned gradients of `name`, the one that explains most first.

    failing  the failing cases, easy ones first, each with the gradient that was returned
    right    cases in which the gradient is right: a mistake that would show there is less likely
    seconds  how long to go on
    """
    end = time.monotonic() + seconds
    told: list[dict[Keys, Match]] = []
    for case, claimed in failing:
        told.append(_singly(case, claimed, name))
        if time.monotonic() > end:
            break
    open_cases = [k for k, one in enumerate(told) if not one]
    _add_pairs(told, [(k, failing[k]) for k in open_cases], name, end)
    keys = list(dict.fromkeys(k for one in told for k in one))
    doubtful = _contradicted(keys, right, name) if len(keys) > 1 else set()
    return list(_cover(told, failing, doubtful))


def _singly(case: Case, claimed: Array, name: str) -> dict[Keys, Match]:
    """The single mistakes that give the returned numbers, the most plausible first."""
    found: dict[Keys, Match] = {}
    with np.errstate(all="ignore"):
        for rank, candidate in enumerate(candidates(case.trace, name)):
            keys = tuple(m.key for m in candidate.mistakes)
            if keys not in found and _gives(candidate, claimed):
                details = candidate.details
                found[keys] = Match(candidate.mistakes, rank, details.place, details.right, details.wrong)
    return found


def _gives(candidate: Candidate, claimed: Array) -> bool:
    if candidate.shape != claimed.shape:
        return False
    slack = CLOSE * float(np.abs(claimed).max(initial=0.0))
    return bool(np.all(np.abs(candidate.values - claimed) <= slack))


def _add_pairs(told: list[dict[Keys, Match]], left: Sequence[tuple[int, Claim]], name: str, end: float) -> None:
    """Look for two mistakes together where no single one explains a case; go on while that succeeds."""
    for tries, (k, (case, claimed)) in enumerate(left):
        if time.monotonic() > end or (tries == TOGETHER and not any(told[j] for j, _ in left)):
            return
        try:
            findings = diagnose(case.trace, name, claimed).findings
        except PullbackError:
            continue
        for rank, f in enumerate(findings):
            keys = tuple(m.key for m in f.mistakes)
            told[k].setdefault(keys, Match(f.mistakes, rank, f.step, f.formula, f.wrong_formula))


def _contradicted(keys: Sequence[Keys], right: Sequence[Case], name: str) -> set[Keys]:
    """The mistakes that would give wrong numbers in a case that is right."""
    found: set[Keys] = set()
    some = right[:: max(len(right) // WITNESSES, 1)][-WITNESSES:]
    for case in some:
        want = case.exact[name]
        shows: dict[Keys, bool] = {}
        with np.errstate(all="ignore"):
            for candidate in candidates(case.trace, name):
                own = tuple(m.key for m in candidate.mistakes)
                if own in keys and shows.get(own, True):
                    shows[own] = not _gives(candidate, want)
        found |= {k for k, shown in shows.items() if shown}
    return found


def _cover(told: Sequence[dict[Keys, Match]], failing: Sequence[Claim], doubtful: set[Keys]) -> Iterator[Cause]:
    """Explain as many cases as possible by one mistake, then as many of the rest by another."""
    open_cases = list(range(len(told)))
    while open_cases:
        best = _most_frequent((told[k] for k in open_cases), doubtful)
        covered = [k for k in open_cases if best in told[k]] if best else []
        if best is None or not (len(covered) >= ZEROS or any(np.any(failing[k][1]) for k in covered)):
            return
        matches = [told[k] for k in covered]
        first = matches[0][best]
        rivals = _rivals(best, matches, doubtful)
        yield Cause(first.mistakes, len(covered), len(told), len(failing), rivals, first)
        open_cases = [k for k in open_cases if k not in covered]


def _most_frequent(told: Iterable[dict[Keys, Match]], doubtful: set[Keys]) -> Keys | None:
    """The explanation of most cases; of several one without contradiction, with fewer mistakes, the more plausible."""
    matches: dict[Keys, list[int]] = {}
    for one in told:
        for keys, match in one.items():
            matches.setdefault(keys, []).append(match.rank)
    if not matches:
        return None
    return min(matches, key=lambda k: (-len(matches[k]), k in doubtful, len(k), sum(matches[k]) / len(matches[k])))


def _rivals(best: Keys, matches: Sequence[dict[Keys, Match]], doubtful: set[Keys]) -> tuple[str, ...]:
    others = [k for k in matches[0] if k != best and len(k) <= len(best) and (best in doubtful or k not in doubtful)]
    same = [k for k in others if all(k in one for one in matches)]
    return tuple(dict.fromkeys(" and ".join(m.title for m in matches[0][k].mistakes) for k in islice(same, 3)))
