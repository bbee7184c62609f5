"""`diagnose`: compare a claimed gradient with the exact one, and with those that mistakes would give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.check.patterns import Comparison as Entries
from pullback.check.patterns import lengths, what
from pullback.diagnose.blas import one_thread
from pullback.diagnose.claims import Claim, fitted, is_short, read_claim
from pullback.diagnose.diagnosis import Closest, Diagnosis, Finding, keys
from pullback.diagnose.matching import CERTAIN, CLOSE, FIRST, Comparison, same_numbers, squeezed
from pullback.diagnose.mistake import Mistake
from pullback.diagnose.search import ALONE, Candidate, Search
from pullback.diagnose.steps import picked
from pullback.diagnose.telling import telling_case
from pullback.errors import ShapeError, message
from pullback.explain.tracing import Trace

Array = NDArray[np.float64]
NEAREST = 12
"""So many candidates that come near by a few entries are compared whole."""
SHOWN = 20_000
"""So many entries, spread over the array, are searched for a pattern."""


@one_thread
def diagnose(
    trace: Trace, name: str, claimed: Any, *, rounding: float | None = None, previous: Any = None
) -> Diagnosis:
    """Say whether a claimed gradient is correct, and which mistake was made where it is not.

    name      a parameter, an input, or a layer (its cotangent)
    claimed   an array, nested lists of numbers, or text: "0.0364" means ±0.00005
    rounding  how far every claimed number may be off, instead of what its digits say
    previous  the same gradient of the step before, where it is known: to find one that was not set to zero

    Raises: ArgumentError (no such name, no numbers), ShapeError (a shape that no mistake explains; of `previous`)

    >>> from pullback.explain import trace
    >>> run = trace(lambda w, x: np.sum(w * x), (np.array([1.0, 2.0]), np.array([3.0, 4.0])))
    >>> print(diagnose(run, "w", [-3.0, -4.0]).findings[0].title)
    the sign is reversed
    """
    target = trace.find(name, "cotangent")
    exact = np.asarray(trace.value_of(target) if target is not None else np.zeros(trace.names.values[name].shape))
    search = Search(trace, name, None if previous is None else _previous(previous, name, exact.shape))
    claim = fitted(read_claim(claimed, rounding), exact.shape)
    scale = float(np.abs(exact).max(initial=0.0))
    if claim.values.shape != exact.shape:
        return _other_shape(search, trace, name, claim, exact, scale)
    compared = Comparison(claim, exact, scale)
    if compared.is_exact:
        return Diagnosis(name, "correct", precision=claim.how)
    if compared.is_rounded:
        return Diagnosis(name, "correct up to rounding", precision=claim.how, notes=_coarse(compared))
    if not np.isfinite(claim.values).all() or compared.is_zero:
        return Diagnosis(name, "unknown", differs=_differs(compared, name), precision=claim.how)
    return _at_both_precisions(search, trace, name, compared, exact)


def _previous(previous: Any, name: str, shape: tuple[int, ...]) -> Array:
    """The gradient of the step before, in the shape of this one's.

    Raises: ArgumentError (no numbers), ShapeError
    """
    values = fitted(read_claim(previous), shape).values
    if values.shape != shape:
        what = f"diagnose: the previous gradient of {name} has another shape"
        raise ShapeError(message(what, got=str(values.shape), need=str(shape)))
    return values


def _coarse(compared: Comparison) -> tuple[str, ...]:
    """What to say of a claim that is right, but by too few digits to be told from zeros."""
    if not compared.exact_is_zero_to_the_digits:
        return ()
    return ("The digits given are so few that zeros would agree with the gradient as well.",)


def _at_both_precisions(search: Search, trace: Trace, name: str, compared: Comparison, exact: Array) -> Diagnosis:
    """Short numbers may be exact or rounded: where that is possible, they are first taken as they stand.

    Numbers that were typed are taken so only where the gradient itself has few digits: those of made-up examples.
    """
    claim = compared.claim
    if claim.may_be_exact and (claim.how != "as typed" or is_short(exact)):
        stands = Claim(claim.values, np.zeros(claim.values.shape), claim.how)
        found = _searched(search, trace, name, Comparison(stands, compared.exact, compared.scale))
        if found.verdict == "mistake" and len(found.mistakes) == 1:
            return found
    return _searched(search, trace, name, compared)


def _other_shape(search: Search, trace: Trace, name: str, claim: Claim, exact: Array, scale: float) -> Diagnosis:
    """A claim of another shape than the gradient: a mistake may explain the shape."""
    shapes = {c.shape: c for c in [*search.single()][::-1] if c.shape != exact.shape}
    alike = {squeezed(s): s for s in shapes}
    own = claim.values.shape
    if own not in shapes:
        own = alike.get(squeezed(own), own)
    if own in shapes:
        return _at_both_precisions(search, trace, name, Comparison(claim.reshaped(own), None, scale), exact)
    known = "; ".join(f"{s}: {c.mistakes[0].title}" for s, c in list(shapes.items())[:4])
    fix = f"shapes that a mistake would give: {known}" if known else ""
    raise ShapeError(
        message(
            f"diagnose: the claimed gradient of {name} has another shape",
            got=str(claim.values.shape),
            need=str(exact.shape),
            fix=fix,
        )
    )


@dataclass
class _Groups:
    """The candidates that fit, those with the same numbers together; and what came near."""

    compared: Comparison
    fitting: list[list[Candidate]] = field(default_factory=list)
    chances: list[float] = field(default_factory=list)
    near: list[Candidate] = field(default_factory=list)
    tried: int = 0
    comparable: int = 0

    def take(self, candidates: Iterable[Candidate], limit: int, *, far: float = 0.0) -> None:
        """Try candidates, most plausible first."""
        for candidate in candidates:
            self.tried += 1
            # One of another shape could not have fitted by accident.
            self.comparable += squeezed(candidate.shape) == squeezed(self.compared.claim.values.shape)
            if self.compared.reproduces(candidate):
                self._add(candidate, far)
            elif not far and candidate.shape == self.compared.claim.values.shape:
                self._note(candidate)
            if self.tried >= limit:
                break

    def _add(self, candidate: Candidate, far: float) -> None:
        for group in self.fitting:
            if same_numbers(group[0].values, candidate.values):
                group.append(candidate)
                return
        self.fitting.append([candidate])
        bits = (
            self.compared.bits(candidate.values.reshape(self.compared.claim.values.shape))
            - float(np.log2(1 + self.comparable))
            - far
        )
        self.chances.append(2.0 ** -max(min(bits, 1000.0), 0.0))

    def cancelled(self, search: Search) -> None:
        """Whether the claim is the exact gradient but for what float32 loses where large terms cancel."""
        exact = self.compared.exact
        found = next((c for c in search.known if c.mistakes[0].key == "float32-cancellation"), None)
        if exact is None or found is None:
            return
        lost = float(np.abs(found.values - exact).max(initial=0.0))
        distance = np.abs(self.compared.claim.values - exact)
        if lost > 0 and bool(np.all(distance <= self.compared.slack + 8 * lost)) and 20 * lost < self.compared.scale:
            self.fitting.append([found])
            self.chances.append(float(min(1.0, (20 * lost / self.compared.scale) ** min(exact.size, 4))))

    def _note(self, candidate: Candidate) -> None:
        """Keep what comes near."""
        with np.errstate(all="ignore"):
            if self.compared.is_near(candidate):
                self.near.append(candidate)

    @property
    def certain(self) -> list[tuple[list[Candidate], float]]:
        """The groups whose fit is no accident."""
        pairs = zip(self.fitting, self.chances, strict=True)
        return [(group, chance) for group, chance in pairs if chance <= 2.0**-CERTAIN]


def _searched(search: Search, trace: Trace, name: str, compared: Comparison) -> Diagnosis:
    groups = _Groups(compared)
    groups.take(search.single(), 10**9)
    if not groups.certain:
        groups.cancelled(search)
    if not groups.certain:
        groups.take(_multiplied(search, compared), 10**9, far=2.0)
        groups.take(search.pairs(compared.claim.values.shape), 10**9, far=2.0)
    notes = _notes(search)
    differs = _differs(compared, name)
    if groups.certain:
        findings = tuple(_finding(group, chance, trace, name, compared) for group, chance in groups.certain)
        how = compared.claim.how
        return Diagnosis(name, "mistake", findings, (), differs, how, groups.tried, notes)
    closest = _closest(groups)
    return Diagnosis(name, "unknown", (), closest, differs, compared.claim.how, groups.tried, notes)


def _multiplied(search: Search, compared: Comparison) -> Iterator[Candidate]:
    """Mistakes together with one that multiplies everything by a number: those numbers that fit a few entries."""
    if search.target is None:
        return
    factors = np.array([f for f, _ in search.factors])
    few = compared.probes[:FIRST]
    slack, claimed = picked(compared.slack, few), picked(compared.claim.values, few)
    for candidate in search.known:
        change = candidate.details.changes[-1]
        if candidate.shape != compared.claim.values.shape or change.mistakes[0].key in ALONE:
            continue
        if change.factor is not None and not change.site.is_last:
            continue
        values = candidate.entries(few)
        fits = np.all(np.abs(np.multiply.outer(factors, values) - claimed) <= slack, axis=1)
        for k in np.flatnonzero(fits):
            factor, scale = search.factors[int(k)]
            if scale.mistakes != change.mistakes:
                yield search.times(candidate.details.changes, factor, scale)


def _notes(search: Search) -> tuple[str, ...]:
    if not search.skipped:
        return ()
    return ("Not every combination was tried: they would have taken too long.",)


def _closest(groups: _Groups) -> tuple[Closest, ...]:
    found = [Closest(group[0].mistakes, 0.0, 1.0, fits=True) for group in groups.fitting[:3]]
    seen = {keys(c.mistakes) for c in found}
    near: list[Closest] = []
    for candidate in groups.near:
        if keys(candidate.mistakes) not in seen and len(near) < NEAREST:
            seen.add(keys(candidate.mistakes))
            distance, share = groups.compared.nearness(candidate)
            near.append(Closest(candidate.mistakes, distance, share))
    near = [c for c in near if c.distance < 0.3 or c.share > 0.5]
    return (*found, *sorted(near, key=lambda c: (c.distance, -c.share))[: 3 - len(found)])


def _finding(group: list[Candidate], chance: float, trace: Trace, name: str, compared: Comparison) -> Finding:
    best = group[0]
    claim, exact = compared.claim, compared.exact
    others: dict[tuple[str, ...], Candidate] = {}
    for candidate in group[1:]:
        if len(candidate.mistakes) == 1 and not set(keys(candidate.mistakes)) <= set(keys(best.mistakes)):
            others.setdefault(keys(candidate.mistakes), candidate)
    values = best.values.reshape(claim.values.shape)
    entry = _telling_entry(values, exact)
    same: tuple[Mistake, ...] = tuple(c.mistakes[0] for c in others.values())
    return Finding(
        mistakes=best.mistakes,
        formula=best.details.right,
        wrong_formula=best.details.wrong,
        step=best.details.place,
        entry=entry,
        got=float(claim.values[entry]),
        want=None if exact is None else float(exact[entry]),
        predicted=float(values[entry]),
        indistinguishable=same,
        telling_case=telling_case(best, list(others.values())) if others else "",
        chance=chance,
        candidate=best,
        trace=trace,
        name=name,
    )


def _telling_entry(values: Array, exact: Array | None) -> tuple[int, ...]:
    """The entry in which the mistake shows most."""
    distance = np.abs(values) if exact is None else np.abs(values - exact)
    return tuple(int(k) for k in np.unravel_index(int(distance.argmax()), values.shape)) if values.shape else ()


def _differs(compared: Comparison, name: str) -> tuple[str, ...]:
    """Which entries are wrong, and in which pattern."""
    exact, got = compared.exact, compared.claim.values
    if exact is None or not exact.size:
        return ()
    some = np.arange(0, exact.size, -(-exact.size // SHOWN))
    index = np.stack(np.unravel_index(some, exact.shape), axis=1) if exact.shape else np.zeros((1, 0), np.intp)
    claimed, want, slack = (np.ravel(a)[some] for a in (got, exact, compared.slack))
    with np.errstate(all="ignore"):
        wrong = ~(np.abs(claimed - want) <= np.maximum(slack, CLOSE * compared.scale))
        entries = Entries(index, claimed, want, slack, wrong, exact.shape)
        rules, moved = what(entries, lengths([name], [exact.shape]))
    places = [] if moved else [f"wrong: {entries.where()}"]
    return (*rules, *places)
