"""What the benchmark found: outcomes of single claims, and the shares of good ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pullback.diagnose.bench_times import Timing


@dataclass(frozen=True)
class Outcome:
    """What became of one claim.

    kind      "wrong" (the catalogue has the mistake), "beyond" (it has not), "two" mistakes, "correct" or "garbage"
    label     what was done to the gradient
    named     by finding, most plausible first: the mistakes that it names, the indistinguishable ones among them
    untold    findings that name several mistakes and no case that would tell them apart
    rank      the first finding that names the right mistake, counted from 1; 0 where none does
    twins     other mistakes that give the same numbers, and `twins_named` how many of them stand beside it
    """

    kind: str
    family: str
    case: str
    label: str
    form: str
    verdict: str
    named: tuple[tuple[str, ...], ...]
    seconds: float
    untold: int = 0
    rank: int = 0
    twins: int = 0
    twins_named: int = 0

    @property
    def operator(self) -> str:
        """What was differentiated."""
        return self.case.partition(" (")[0]

    @property
    def is_good(self) -> bool:
        """Whether it is what it should be: the right one named first, no false alarm, no confident nonsense."""
        match self.kind:
            case "wrong" | "two":
                return self.rank == 1
            case "correct":
                return self.verdict.startswith("correct")
        return self.verdict == "unknown"


@dataclass(frozen=True)
class Report:
    """The outcomes of one run, and the times of two large layers."""

    seed: int
    outcomes: tuple[Outcome, ...]
    times: tuple[Timing, ...]

    def of(self, kind: str) -> tuple[Outcome, ...]:
        """The outcomes of one kind."""
        return tuple(o for o in self.outcomes if o.kind == kind)

    @property
    def misses(self) -> tuple[Outcome, ...]:
        """What did not come out as it should; mistakes beyond the catalogue and two together aside."""
        return tuple(o for o in self.outcomes if o.kind not in ("beyond", "two") and not o.is_good)

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain data."""
        wrong, right, noise, beyond, two = (self.of(k) for k in ("wrong", "correct", "garbage", "beyond", "two"))
        shared = [o for o in wrong if o.twins]
        return {
            "seed": self.seed,
            "wrong": len(wrong),
            "combinations": len({(o.operator, o.label) for o in wrong}),
            "first": share(o.rank == 1 for o in wrong),
            "first_and_alone": share(o.rank == 1 and len(o.named[0]) == 1 for o in wrong),
            "first_three": share(0 < o.rank <= 3 for o in wrong),
            "indistinguishable": sum(o.twins for o in shared),
            "indistinguishable_named": sum(o.twins_named for o in shared),
            "without_telling_case": sum(o.untold for o in self.outcomes),
            "correct": len(right),
            "false_alarms": sum(not o.is_good for o in right),
            "garbage": len(noise),
            "confident_garbage": sum(not o.is_good for o in noise),
            "two": len(two),
            "two_first": share(o.rank == 1 for o in two),
            "two_first_three": share(0 < o.rank <= 3 for o in two),
            "beyond": len(beyond),
            "beyond_unknown": share(o.is_good for o in beyond),
            "families": {k: _scores(tuple(o for o in wrong if o.family == k)) for k in _sorted(wrong, "family")},
            "mistakes": {k: _scores(tuple(o for o in wrong if o.label == k)) for k in _sorted(wrong, "label")},
            "seconds": sum(o.seconds for o in self.outcomes),
            "times": [t.to_dict() for t in self.times],
            "misses": [
                {"case": o.case, "mistake": o.label, "form": o.form, "verdict": o.verdict, "named": o.named}
                for o in self.misses
            ],
        }


def share(found: Iterable[bool]) -> float | None:
    """The share of true ones; None of none.

    >>> share([True, False, True, True])
    0.75
    """
    values = list(found)
    return sum(values) / len(values) if values else None


def _sorted(outcomes: tuple[Outcome, ...], field: str) -> list[str]:
    return sorted({getattr(o, field) for o in outcomes})


def _scores(outcomes: tuple[Outcome, ...]) -> dict[str, Any]:
    return {
        "count": len(outcomes),
        "first": share(o.rank == 1 for o in outcomes),
        "first_three": share(0 < o.rank <= 3 for o in outcomes),
    }
