"""What repeated, alternating measurements say: medians, ratios with their spread, means with their confidence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev


@dataclass(frozen=True)
class Ratio:
    """PyTorch's time ÷ Pullback's: the median over the rounds, the least and the greatest."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f}×"

    @property
    def spread(self) -> str:
        """The range.

        >>> Ratio(1.5, 1.25, 2.0).spread
        '1.25–2.00'
        """
        return f"{self.low:.2f}–{self.high:.2f}"


def ratio(theirs: Mapping[int, float], ours: Mapping[int, float]) -> Ratio:
    """The ratios of the rounds that both took part in; times by round.

    >>> ratio({0: 4.0, 1: 3.0, 2: 6.0}, {0: 2.0, 1: 2.0, 2: 2.0})
    Ratio(median=2.0, low=1.5, high=3.0)
    """
    found = [theirs[k] / ours[k] for k in sorted(ours.keys() & theirs.keys())]
    return Ratio(median(found), min(found), max(found))


def fastest(times: Mapping[str, Mapping[int, float]]) -> str:
    """The mode with the least median; each has its times by round.

    A mode that was left out after the first round is judged by that round, in which all took part.

    >>> fastest({"eager": {0: 3.0, 1: 2.0, 2: 2.0}, "compile": {0: 2.9}})
    'eager'
    """
    first = {mode: rounds[min(rounds)] for mode, rounds in times.items()}
    stayed = max(map(len, times.values()))
    candidates = [mode for mode, rounds in times.items() if len(rounds) == stayed] or list(first)
    return min(candidates, key=lambda mode: median(times[mode].values()))


def geometric_mean(values: Iterable[float]) -> float:
    """The n-th root of the product.

    >>> round(geometric_mean([0.5, 2.0, 8.0]), 6)
    2.0
    """
    return math.exp(fmean(map(math.log, values)))


# The 97.5 % points of Student's t distribution by degrees of freedom; beyond 30 within 2 % of 2.
_STUDENT = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


@dataclass(frozen=True)
class Mean:
    """A mean, and half the width of its 95 % confidence interval; None for a single value."""

    mean: float
    margin: float | None


def mean(values: Sequence[float]) -> Mean:
    """The mean with its confidence.

    Source: Student 1908, "The probable error of a mean": mean ± t·s/√n

    >>> mean([1.0, 3.0])
    Mean(mean=2.0, margin=12.706)
    """
    n = len(values)
    if n == 1:
        return Mean(values[0], None)
    t = _STUDENT[min(n - 1, len(_STUDENT)) - 1]
    return Mean(fmean(values), t * stdev(values) / math.sqrt(n))
