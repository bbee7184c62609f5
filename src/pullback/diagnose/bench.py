"""How often `diagnose` names the right mistake: thousands of wrong, correct and random gradients, seeded.

The wrong gradients are made in plain NumPy (bench_*.py), not with the catalogue that `diagnose` searches, so that the
figure says what happens to somebody who made that mistake in code of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count as numbered
from time import perf_counter

import numpy as np

from pullback.diagnose import (
    Diagnosis,
    Finding,
    bench_bias,
    bench_conv,
    bench_loss,
    bench_matrix,
    bench_norm,
    bench_pass,
    bench_pointwise,
    bench_pool,
    diagnose,
)
from pullback.diagnose.bench_cases import Case, Family
from pullback.diagnose.bench_claims import Claim, exact, garbage, right_claim, twins, wrong_claim
from pullback.diagnose.bench_names import ANSWERS, MULTIPLY, SCALES, answers_to
from pullback.diagnose.bench_report import Outcome, Report
from pullback.diagnose.bench_times import timings
from pullback.errors import PullbackError

MODULES = (bench_conv, bench_bias, bench_pool, bench_pointwise, bench_loss, bench_matrix, bench_norm, bench_pass)
FAMILIES: tuple[Family, ...] = tuple(family for module in MODULES for family in module.FAMILIES)
KINDS = ("wrong", "correct", "garbage")
PER_CASE = 4
"""Wrong gradients of one case: those that were tried least so far."""

EVERY = 10.0
"""So many seconds lie between two lines about the progress."""

Diagnose = Callable[..., Diagnosis]
Tried = Counter[tuple[str, str, str]]


def measure(
    count: int = 3000,
    seed: int = 0,
    *,
    timed: bool = True,
    diagnose: Diagnose = diagnose,
    tell: Callable[[str], None] | None = None,
) -> Report:
    """Diagnose `count` wrong gradients, as many correct ones and as much garbage.

    Wrong gradients whose mistake the catalogue does not have, and those of two mistakes together, are diagnosed on the
    way, and not counted.

    timed     also take the times of two large layers
    diagnose  what is measured
    tell      shows a line about the progress, every few seconds
    """
    outcomes: list[Outcome] = []
    left = Counter(dict.fromkeys(KINDS, count))
    progress = _Progress(3 * count, tell)
    for found in _outcomes(seed, diagnose, left):
        outcomes.append(found)
        left[found.kind] -= 1
        done = sum(count - max(left[kind], 0) for kind in KINDS)
        progress.at(done)
        if done == 3 * count:
            break
    return Report(seed, tuple(outcomes), timings(diagnose, seed) if timed else ())


@dataclass
class _Progress:
    """Lines about how far a run has come."""

    total: int
    tell: Callable[[str], None] | None
    started: float = field(default_factory=perf_counter)
    told: float = 0.0

    def at(self, done: int) -> None:
        """Tell it, where the last line was some time ago."""
        seconds = perf_counter() - self.started
        if self.tell is not None and done and seconds - self.told >= EVERY:
            self.told = seconds
            left = seconds * (self.total - done) / done
            self.tell(f"{done} of {self.total} diagnosed in {seconds / 60:.1f} min, about {left / 60:.1f} min left")


def drawn(seed: int) -> Iterator[tuple[Family, Case, np.random.Generator]]:
    """Cases without end: every family in turn, each with random numbers of its own."""
    for turn in numbered():
        for place, family in enumerate(FAMILIES):
            rng = np.random.default_rng((seed, turn, place))
            for case in family.draw(rng):
                yield family, case, rng


def _outcomes(seed: int, diagnose: Diagnose, left: Counter[str]) -> Iterator[Outcome]:
    tried: Tried = Counter()
    for family, case, rng in drawn(seed):
        for label, claim in _wrong(case, rng, tried):
            if left["wrong"] > 0:
                yield _wrong_outcome(family, case, label, claim, diagnose)
        for label, claim in _two_mistakes(case, rng):
            yield _wrong_outcome(family, case, label, claim, diagnose)
        if left["correct"] > 0:
            yield _outcome("correct", family, case, "nothing", right_claim(rng, case.right), diagnose)
        for label, claim in garbage(rng, case.right):
            if left["garbage"] > 0:
                yield _outcome("garbage", family, case, label, claim, diagnose)


def _wrong(case: Case, rng: np.random.Generator, tried: Tried) -> Iterator[tuple[str, Claim]]:
    """The mistakes of the case that were tried least so far, where they show."""

    def times(label: str) -> int:
        return tried[case.operator, case.name, label]

    found = 0
    single = [label for label in case.wrong if " + " not in label]
    for label in sorted(single, key=lambda label: (times(label), rng.random())):
        claim = wrong_claim(rng, case.wrong[label])
        if claim.is_consistent_with(case.right):
            claim = exact(case.wrong[label])
        # An array of zeros says nothing of how it came about: there is no right answer to it.
        if found < PER_CASE and claim.values.any() and not claim.is_consistent_with(case.right):
            found += 1
            tried[case.operator, case.name, label] += 1
            yield label, claim


def _two_mistakes(case: Case, rng: np.random.Generator) -> Iterator[tuple[str, Claim]]:
    """Now and then, wrong gradients of two mistakes: the case's own, and one that another mistake multiplies."""
    right, own = exact(case.right), [label for label in case.wrong if " + " in label]
    kinds = [
        k for k in case.wrong if k in ANSWERS and k not in MULTIPLY and not right.is_consistent_with(case.wrong[k])
    ]
    made = {label: case.wrong[label] for label in own if rng.random() < 0.5}
    if kinds and rng.random() < 0.2:
        label, scale = kinds[int(rng.integers(len(kinds)))], sorted(SCALES)[int(rng.integers(len(SCALES)))]
        made[f"{label} + {scale}"] = case.wrong[label] * SCALES[scale]
    alone = [exact(values) for k, values in case.wrong.items() if " + " not in k]
    for label, values in made.items():
        claim = wrong_claim(rng, values)
        if not any(single.is_consistent_with(values) for single in (right, *alone)):
            yield label, claim


def _wrong_outcome(family: Family, case: Case, label: str, claim: Claim, diagnose: Diagnose) -> Outcome:
    """A wrong gradient's outcome: where the right mistake stands, and whether its twins stand beside it."""
    answers = answers_to(label)
    kind = "two" if " + " in label else "wrong" if answers else "beyond"
    found = _outcome(kind, family, case, label, claim, diagnose)
    ranks = [k for k, names in enumerate(found.named, start=1) if answers & set(names)]
    same = [answers_to(k) for k in twins(case, label)] if kind == "wrong" else []
    others = [keys for keys in same if keys and not keys & answers]
    beside = found.named[ranks[0] - 1] if ranks else ()
    together = sum(bool(set(keys) & set(beside)) for keys in others)
    return replace(found, rank=ranks[0] if ranks else 0, twins=len(others), twins_named=together)


def _outcome(kind: str, family: Family, case: Case, label: str, claim: Claim, diagnose: Diagnose) -> Outcome:
    start = perf_counter()
    try:
        given = {} if case.previous is None else {"previous": case.previous}
        result = diagnose(case.trace, case.name, claim.given, **given)
    except PullbackError as error:
        seconds = perf_counter() - start
        return Outcome(kind, family.name, str(case), label, claim.form, f"error: {error}", (), seconds)
    seconds = perf_counter() - start
    named = tuple(_names(finding) for finding in result.findings)
    untold = sum(bool(f.indistinguishable) and not f.telling_case for f in result.findings)
    return Outcome(kind, family.name, str(case), label, claim.form, result.verdict, named, seconds, untold)


def _names(finding: Finding) -> tuple[str, ...]:
    """The mistakes that a finding names; two together are one name."""
    return (" + ".join(m.key for m in finding.mistakes), *(m.key for m in finding.indistinguishable))
