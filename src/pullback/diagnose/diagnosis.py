"""The answer: which mistake reproduces the claimed numbers, where it was made, and how it is mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from pullback.diagnose.mistake import Mistake
from pullback.diagnose.search import Candidate
from pullback.diagnose.wording import paragraphs
from pullback.explain.explanation import Explanation
from pullback.explain.tracing import Trace

Verdict = Literal["correct", "correct up to rounding", "mistake", "unknown"]


@dataclass(frozen=True, eq=False)
class Finding:
    """One mistake, or two together, that reproduce the claimed numbers.

    mistakes           what was done
    formula            how the step is computed, as text; wrong_formula how the mistake computes it
    step               which step of the backward pass it is
    entry, got, want   one entry of the gradient, as claimed and as it should be
    predicted          what the mistake gives there
    indistinguishable  other mistakes that give the same numbers in this case
    telling_case       a case that would tell them apart
    chance             how probable it is that the numbers fit by chance
    """

    mistakes: tuple[Mistake, ...]
    formula: str
    wrong_formula: str
    step: str
    entry: tuple[int, ...]
    got: float
    want: float | None
    predicted: float
    indistinguishable: tuple[Mistake, ...]
    telling_case: str
    chance: float
    candidate: Candidate
    trace: Trace
    name: str

    @property
    def title(self) -> str:
        """What was done, in a sentence."""
        return "; and ".join(m.title for m in self.mistakes)

    @property
    def explanation(self) -> str:
        """What was done, why it is wrong, and how it is mended."""
        return " ".join(m.explanation for m in self.mistakes)

    @cached_property
    def place(self) -> Explanation | None:
        """The sum behind the entry, as it should be; None where the claimed entry has none of its own."""
        if self.want is None:
            return None
        return self.trace.explain(self.name, self.entry, "cotangent")

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain data."""
        return {
            "mistakes": [{"key": m.key, "family": m.family, "title": m.title} for m in self.mistakes],
            "explanation": self.explanation,
            "step": self.step,
            "formula": self.formula,
            "wrong_formula": self.wrong_formula,
            "entry": {"index": list(self.entry), "got": self.got, "want": self.want, "predicted": self.predicted},
            "indistinguishable": [{"key": m.key, "title": m.title} for m in self.indistinguishable],
            "telling_case": self.telling_case,
            "chance": self.chance,
        }


@dataclass(frozen=True)
class Closest:
    """A mistake that does not reproduce the claimed numbers, but comes near.

    distance  from the claimed numbers, relative to that of the exact gradient: 0 would be a match
    share     the share of the wrong entries that it reproduces
    fits      whether it does reproduce them all, but so few digits were given that this says little
    """

    mistakes: tuple[Mistake, ...]
    distance: float
    share: float
    fits: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        keys = [m.key for m in self.mistakes]
        return {"mistakes": keys, "distance": self.distance, "share": self.share, "fits": self.fits}


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What is wrong with a claimed gradient.

    name      whose gradient
    verdict   "correct", "correct up to rounding", "mistake", or "unknown": wrong, and no mistake explains it
    findings  the mistakes that reproduce the claimed numbers, most plausible first
    closest   for "unknown", what comes nearest
    differs   which entries differ, and by what pattern
    precision how precise the claimed numbers are
    tried     how many mistakes were tried
    """

    name: str
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    closest: tuple[Closest, ...] = ()
    differs: tuple[str, ...] = ()
    precision: str = ""
    tried: int = 0
    notes: tuple[str, ...] = ()

    @property
    def is_correct(self) -> bool:
        """Whether the claimed gradient is right, up to rounding."""
        return self.verdict in ("correct", "correct up to rounding")

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """The mistakes of the most plausible finding."""
        return self.findings[0].mistakes if self.findings else ()

    def text(self) -> str:
        """The answer for people."""
        return "\n".join(paragraphs(self))

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        keys = " + ".join(m.key for m in self.mistakes)
        return f"<Diagnosis of {self.name}: {self.verdict}{': ' + keys if keys else ''}>"

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data for JSON."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "correct": self.is_correct,
            "findings": [f.to_dict() for f in self.findings],
            "closest": [c.to_dict() for c in self.closest],
            "differs": list(self.differs),
            "precision": self.precision,
            "tried": self.tried,
            "notes": list(self.notes),
        }


def keys(mistakes: Sequence[Mistake]) -> tuple[str, ...]:
    """The mistakes' keys."""
    return tuple(m.key for m in mistakes)
