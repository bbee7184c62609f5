"""The check of one argument: which entries to compare, their derivatives, what is wrong and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pullback.check.claims import Claims
from pullback.check.differences import EPS, Derivative
from pullback.check.measure import Measure
from pullback.check.patterns import Comparison, what
from pullback.check.places import where
from pullback.check.report import ArgumentReport, Entry

Array = NDArray[np.float64]

SECOND_OPINIONS = 64
PROJECTIONS = 4
UNDECIDED = 0.1
SHARP = 1e-10
NOTHING = 100 * float(np.finfo(np.float64).tiny)
SHOWN = 5


class Bounds:
    """Between which values entries may lie: a row of cotangents for every entry, as derivatives with their errors."""

    def __init__(self, found: Derivative, y_bars: Array) -> None:
        used = y_bars != 0
        parts = [np.where(used, y_bars * side, 0.0) for side in (found.low, found.high)]
        self.low, self.high = np.minimum(*parts).sum(axis=1), np.maximum(*parts).sum(axis=1)
        self.want = np.where(used, y_bars * found.value, 0.0).sum(axis=1)
        self.error = np.where(used, np.abs(y_bars) * found.error, 0.0).sum(axis=1)
        self.scale = np.where(used, np.abs(y_bars * found.value), 0.0).sum(axis=1)
        kinked = bool(found.kinked.any())
        if not kinked:
            self.low = self.high = self.want


class ArgumentCheck:
    """The check of one differentiated leaf; `run` gives the report."""

    def __init__(self, measure: Measure, claims: Claims, leaf: int, budget: int, rng: np.random.Generator) -> None:
        self.measure, self.leaf, self.budget, self.rng = measure, leaf, budget, rng
        self.y_bars = claims.y_bars
        claimed = claims.values[leaf]
        assert claimed is not None  # noqa: S101  (for the type checker: the caller leaves such leaves out)
        self.claimed = claimed
        self.rounding = claims.rounding[leaf]
        self.shape = measure.point[leaf].shape
        self.numbers = sum(v.size for v in measure.point) + measure.start.size
        self.bounds: dict[int, Bounds] = {}
        self.joint = ""

    def run(self, sizes: Mapping[int, str]) -> ArgumentReport:
        """Compare, ask again by differences where a complex step disagrees, and describe."""
        size = self.claimed.shape[1]
        sampled = size > self.budget
        chosen = np.sort(self.rng.choice(size, self.budget, replace=False)) if sampled else np.arange(size)
        for j in chosen:
            self.bounds[int(j)] = self._bounds(int(j))
        self._ask_again()
        unlocated = sampled and not self._project()
        self._along_all_kinks()
        return self._report(sizes, sampled=sampled, unlocated=unlocated)

    def _unit(self, entries: Iterable[int]) -> Array:
        direction = np.zeros(self.claimed.shape[1])
        direction[list(entries)] = 1.0
        return direction.reshape(self.shape)

    def _bounds(self, j: int) -> Bounds:
        return Bounds(self.measure.along(self.leaf, self._unit([j])), self.y_bars)

    def _allowed(self, j: int, b: Bounds) -> Array:
        """4 times the derivative's estimated error, and the rounding of both computations."""
        own = 8 * np.sqrt(max(self.numbers, 16)) * EPS * np.maximum(b.scale, _finite(np.abs(self.claimed[:, j])))
        return np.asarray(4 * b.error + np.maximum(self.rounding[j], own) + np.finfo(np.float64).tiny)

    def _ratio(self, j: int) -> Array:
        """Per cotangent the distance of the claimed entry from what it may be, in units of what is allowed."""
        b = self.bounds[j]
        return _ratio(self.claimed[:, j], b, self._allowed(j, b))

    def _is_wrong(self, j: int) -> bool:
        return bool((self._ratio(j) > 1).any())

    def _ask_again(self) -> None:
        """Take differences where the complex step disagrees: at a kink it sees one side only.

        Where the point lies on a kink, entries that agree are looked at too, so that the report can say which they are.
        """
        if self.measure.method != "complex":
            return
        entries = list(self.bounds)
        wrong = [j for j in entries if self._is_wrong(j)]
        first = [wrong[k] for k in sorted(self.rng.permutation(len(wrong))[:SECOND_OPINIONS])]
        accepted = [self._second_opinion(j) for j in first]
        if any(accepted):
            for j in set(wrong) - set(first):
                self._second_opinion(j)
        if self.measure.kinked:
            asked = set(wrong)
            for j in [j for j in entries if j not in asked][: self.budget]:
                found = Bounds(self.measure.by_differences(self.leaf, self._unit([j])), self.y_bars)
                if (found.low < found.high).any():
                    old = self.bounds[j]
                    # A complex step and the claimed entry chose the same side: both belong to what is accepted.
                    found.low, found.high = np.fmin(found.low, old.want), np.fmax(found.high, old.want)
                    self.bounds[j] = found

    def _second_opinion(self, j: int) -> bool:
        """Ask differences about an entry; true where they accept it or see a kink."""
        found = Bounds(self.measure.by_differences(self.leaf, self._unit([j])), self.y_bars)
        wrong = _ratio(self.claimed[:, j], found, self._allowed(j, found)) > 1
        natural = self.measure.natural(self.y_bars[0]) / self.measure.typical[self.leaf]
        size = np.maximum(found.scale, _finite(np.abs(self.claimed[:, j])))
        sharp = self._allowed(j, found) <= 1e-4 * size + 1e-8 * natural
        if (not wrong.any() and sharp.all()) or (found.low < found.high).any():
            self.bounds[j] = found
            return True
        return False

    def _project(self) -> bool:
        """Compare random signed sums over all entries; where one is wrong, look for the entry by halving.

        Returns whether every sum is right or has led to a wrong entry.
        """
        located = True
        for _ in range(PROJECTIONS):
            signs = self.rng.choice([-1.0, 1.0], self.claimed.shape[1])
            every = np.arange(signs.size)
            if self._sum_ratio(every, signs) <= 1 or any(self._is_wrong(j) for j in self.bounds):
                continue
            while every.size > 1:
                halves = np.array_split(every, 2)
                ratios = [self._sum_ratio(half, signs) for half in halves]
                every = halves[int(np.argmax(ratios))]
                if max(ratios) <= 1:
                    break
            if every.size == 1:
                self.bounds[int(every[0])] = self._bounds(int(every[0]))
                self._second_if_needed(int(every[0]))
            located = located and every.size == 1
        return located

    def _second_if_needed(self, j: int) -> None:
        if self.measure.method == "complex" and self._is_wrong(j):
            self._second_opinion(j)

    def _sum_ratio(self, entries: NDArray[np.intp], signs: Array) -> float:
        """The distance of Σ ±x_bar over some entries from its derivative, in units of what is allowed."""
        direction = np.zeros(signs.size)
        direction[entries] = signs[entries]
        got = np.array([self.claimed[0] @ direction])
        shaped = direction.reshape(self.shape)
        slack = np.sqrt(np.sum(self.rounding[entries] ** 2)) * np.sqrt(max(entries.size, 1))
        ratio = np.inf
        tries = [self.measure.along] + ([self.measure.by_differences] if self.measure.method == "complex" else [])
        for derivative in tries:
            b = Bounds(derivative(self.leaf, shaped), self.y_bars[:1])
            own = 8 * np.sqrt(max(self.numbers, 16)) * EPS * b.scale
            ratio = min(ratio, float(_ratio(got, b, 4 * b.error + slack + own)[0]))
            if ratio <= 1:
                break
        return ratio

    def _along_all_kinks(self) -> None:
        """At a tie each entry may lie anywhere between its one-sided derivatives, but not all at once."""
        kinks = [j for j, b in self.bounds.items() if b.low[0] < b.high[0]]
        if len(kinks) < 2 or any(self._is_wrong(j) for j in kinks):
            return
        direction = self._unit(kinks)
        b = Bounds(self.measure.by_differences(self.leaf, direction), self.y_bars[:1])
        got = np.array([self.claimed[0] @ direction.ravel()])
        allowed = 4 * b.error + np.sum(self.rounding[kinks]) + 8 * np.sqrt(self.numbers) * EPS * b.scale
        if _ratio(got, b, allowed)[0] > 1 and not self._agrees_with_complex(kinks, float(got[0])):
            low, high = float(b.low[0]), float(b.high[0])
            limits = f"{low:.6g}" if low == high else f"between {low:.6g} and {high:.6g}"
            self.joint = (
                f"the {len(kinks)} entries at kinks together: got {float(got[0]):.6g} along all of them, want {limits} "
                "(does every tied maximum receive the whole cotangent?)"
            )

    def _agrees_with_complex(self, kinks: Sequence[int], got: float) -> bool:
        """Whether the function itself, by complex step, chooses the same sides."""
        if self.measure.method != "complex":
            return False
        b = Bounds(self.measure.along(self.leaf, self._unit(kinks)), self.y_bars[:1])
        allowed = float(np.sum(self.rounding[list(kinks)])) + 1e-9 * float(b.scale[0])
        singly = all(
            abs(self.claimed[0, j] - self._bounds(j).want[0]) <= 1e-9 * abs(self.claimed[0, j]) + self.rounding[j]
            for j in kinks
        )
        return singly and abs(float(b.want[0]) - got) <= allowed

    def _report(self, sizes: Mapping[int, str], *, sampled: bool, unlocated: bool) -> ArgumentReport:
        entries = sorted(self.bounds)
        bounds = [self.bounds[j] for j in entries]
        index = np.stack(np.unravel_index(entries, self.shape), axis=1) if self.shape else np.zeros((1, 0), np.intp)
        allowed = np.array([self._allowed(j, b)[0] for j, b in zip(entries, bounds, strict=True)])
        ratios = np.array([self._ratio(j) for j in entries])
        want = np.array([b.want[0] for b in bounds])
        got = self.claimed[0, entries]
        natural = self.measure.natural(self.y_bars[0]) / self.measure.typical[self.leaf]
        decided = _decided(want, got, allowed, natural)
        wrong = (ratios[:, 0] > 1) & decided
        through = (ratios[:, 1:] > 1) & decided[:, None]
        comparison = Comparison(index, got, want, allowed, wrong, self.shape)
        rules, places = self._describe(comparison, through, sizes)
        if unlocated:
            rules.append("sums over all entries are wrong, though the entries compared are right")
        listed = [self._entry(j, index[k], r) for k, (j, r) in enumerate(zip(entries, ratios[:, 0], strict=True))]
        bad = [listed[k] for k in np.argsort(-ratios[:, 0], kind="stable") if wrong[k]]
        kinks = [e for e, w in zip(listed, wrong, strict=True) if e.interval is not None and not w]
        count = int((wrong | through.any(axis=1)).sum())
        at_kinks = sum(e.interval is not None for e in listed)
        right = not count and not self.joint and not unlocated and bool(decided.any() or not entries)
        undecided = int((~decided).sum())
        return ArgumentReport(
            *(self.measure.subject.point.labels[self.leaf], self.shape, right, len(entries), sampled, count, undecided),
            *(at_kinks, tuple(rules), tuple(places), tuple(bad[:SHOWN]), tuple(kinks[:SHOWN])),
        )

    def _describe(
        self, c: Comparison, through: NDArray[np.bool_], sizes: Mapping[int, str]
    ) -> tuple[list[str], list[str]]:
        rules, moved = what(c, sizes) if c.wrong.any() else ([], False)
        places = [c.where()] if c.wrong.any() and not moved else []
        outputs = np.asarray(through.any(axis=0))
        if outputs.any() and not outputs.all() and len(self.measure.shapes) == 1:
            shape = self.measure.shapes[0]
            at = np.stack(np.unravel_index(np.arange(outputs.size), shape), axis=1)
            places.append(f"of the output: {where(at, outputs, np.zeros_like(outputs), shape)}")
        if outputs.any() and not c.wrong.any():
            rules.append("right for the cotangent drawn, but wrong for a cotangent of a single output")
        return [*rules, *([self.joint] if self.joint else [])], places

    def _entry(self, j: int, index: NDArray[np.intp], ratio: float) -> Entry:
        b = self.bounds[j]
        low, high = float(b.low[0]), float(b.high[0])
        numbers = (float(self.claimed[0, j]), float(b.want[0]), float(b.error[0]), float(self._allowed(j, b)[0]))
        return Entry(tuple(map(int, index)), *numbers, float(ratio), (low, high) if low < high else None)


def _finite(values: Array) -> Array:
    return np.where(np.isfinite(values), values, 0.0)


def _ratio(got: Array, b: Bounds, allowed: Array) -> Array:
    """How far outside its bounds a number lies; ∞ for NaN; 0 where the derivative itself is unknown."""
    with np.errstate(all="ignore"):
        distance = np.maximum(np.maximum(b.low - got, got - b.high), 0.0)
        found = np.where(np.isfinite(got), distance / allowed, np.inf)
    return np.where(np.isfinite(b.want) & np.isfinite(allowed), found, 0.0)


def _decided(want: Array, got: Array, allowed: Array, natural: float) -> NDArray[np.bool_]:
    """Where the derivative is known well enough to tell: to a tenth of its size, or of a typical entry's.

    Where it is 0 as far as can be seen, that is known well enough if it is sharp beside natural = Σ|ȳ·y| / |x|.
    """
    finite = np.isfinite(want)
    if not finite.any():
        return np.zeros(want.shape, dtype=bool)
    typical = float(np.sqrt(np.mean(want[finite] ** 2)))
    size = np.maximum(np.maximum(np.abs(want), np.abs(_finite(got))), typical)
    known: NDArray[np.bool_] = (
        finite & np.isfinite(allowed) & ((allowed <= UNDECIDED * size) | (allowed <= SHARP * natural + NOTHING))
    )
    return known
