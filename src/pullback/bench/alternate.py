"""Rounds of one process after another: what slows the machine for a while meets both libraries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeAlias

from pullback.bench.jobs import Answer, Mode
from pullback.bench.processes import Side, WorkerError

Tell: TypeAlias = Callable[[str], None]
"""Shows a line about the progress."""

Entry: TypeAlias = tuple[Side, Mode]

# A mode of PyTorch that is so much slower than its best one in the first round sits out the others.
OUTCLASSED = 1.15


@dataclass
class Rounds:
    """The answers of all rounds, by entry and round, and what went wrong.

    failed  modes of PyTorch that do not work here, with their last words
    """

    answers: dict[Entry, dict[int, Answer]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def of(self, side: Side) -> dict[str, dict[int, Answer]]:
        """The answers of one library, by mode and round."""
        return {str(mode): rounds for (which, mode), rounds in self.answers.items() if which == side}

    def times(self, side: Side, read: Callable[[Answer], Sequence[float]]) -> dict[str, dict[int, float]]:
        """The median time in each process, by mode and round; `read` finds the times in an answer."""
        return {m: {k: median(read(a)) for k, a in rounds.items()} for m, rounds in self.of(side).items()}


def alternate(
    entries: Sequence[Entry],
    repeat: int,
    work: Callable[[Entry, int], Answer],
    keys: Callable[[Answer], Mapping[str, Sequence[float]]],
    tell: Tell,
) -> Rounds:
    """Let all entries work in every round, in turn forwards and backwards.

    work  does an entry's work in the round of this number
    keys  finds the times in an answer, by what was timed: a mode of PyTorch goes on while it is near the best of any
    """
    rounds = Rounds()
    entries = list(entries)
    for number in range(repeat):
        for entry in entries if number % 2 == 0 else reversed(entries):
            side, mode = entry
            tell(f"round {number + 1} of {repeat}: {side} {mode}")
            try:
                answer = work(entry, number)
            except WorkerError as error:
                # Pullback must work; a mode of PyTorch may need a compiler that is not there.
                if side == "pullback" or number > 0:
                    raise
                rounds.failed[str(mode)] = str(error)
                continue
            rounds.answers.setdefault(entry, {})[number] = answer
        if number == 0:
            entries = _contenders(rounds, keys)
    return rounds


def _contenders(rounds: Rounds, keys: Callable[[Answer], Mapping[str, Sequence[float]]]) -> list[Entry]:
    """The entries that stay after the first round: Pullback's, and the modes of PyTorch that are near its best."""
    times = {entry: {k: median(v) for k, v in keys(found[0]).items()} for entry, found in rounds.answers.items()}
    theirs = [entry for entry in times if entry[0] == "pytorch"]
    best = {k: min(times[entry][k] for entry in theirs) for k in (times[theirs[0]] if theirs else ())}
    return [
        entry
        for entry, found in times.items()
        if entry[0] == "pullback" or any(found[k] <= OUTCLASSED * least for k, least in best.items())
    ]
