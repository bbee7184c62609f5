"""Derivatives along a line by differences, extrapolated to step 0, each with an estimate of its own error.

Source: Richardson & Gaunt 1927, doi:10.1098/rsta.1927.0008; the table and its error estimate: Ridders 1982, Advances in
Engineering Software 4(2), 75-76 (Numerical Recipes, section 5.7); the noise of a computed function: Moré & Wild 2011,
Estimating computational noise, SIAM J. Sci. Comput. 33(3), doi:10.1137/100786125, with differences of order 4 to 6.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import factorial, floor, log2

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Line = Callable[[float], Array]

EPS = float(np.finfo(np.float64).eps)
LEVELS = 10
SMALLER_BY = 2.0**-12
# Sums of the absolute weights with which an extrapolated value holds the quotients, Π (bʲ+1)/(bʲ−1): b = 4 and b = 2.
AMPLIFIES = {4: 2.0, 2: 8.3}


@dataclass(frozen=True)
class Derivative:
    """The derivatives of all outputs along one line.

    error      an estimate for each
    low, high  the one-sided derivatives in order of size where they differ (a kink), else both are `value`
    """

    value: Array
    error: Array
    low: Array
    high: Array

    @property
    def kinked(self) -> NDArray[np.bool_]:
        """Where the one-sided derivatives differ."""
        return np.asarray(self.low < self.high)


class _Table:
    """Richardson's table of one difference quotient, for all outputs at once; keeps each one's best entry.

    base  4 where the quotient's error has even powers of the step only, 2 where it has all
    """

    def __init__(self, base: int, size: int) -> None:
        self.base = base
        self.value = np.full(size, np.nan)
        self.error = np.full(size, np.inf)
        self.floor = np.full(size, np.inf)
        self._row: list[Array] = []

    def add(self, quotient: Array, noise: Array) -> None:
        """Add the quotient for half the step; noise is how uncertain rounding makes it."""
        row = [quotient]
        rounding = noise * AMPLIFIES[self.base]
        for j, before in enumerate(self._row, 1):
            row.append(row[-1] + (row[-1] - before) / (self.base**j - 1))
            error = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - before)) + rounding
            self.take_better(row[-1], error, rounding)
        self._row = row

    def take_better(self, value: Array, error: Array, floor: Array) -> None:
        """Take over what is known better: to three digits where the other is not, else by the absolute error.

        By the absolute error alone a step far too large would win where the quotient grows as the step shrinks (1/x).
        """
        new, old = _or_infinite(error / np.abs(value)), _or_infinite(self.error / np.abs(self.value))
        better = np.where(np.minimum(new, old) < 1e-3, new < old, error < self.error)
        self.value = np.where(better, value, self.value)
        self.error = np.where(better, error, self.error)
        self.floor = np.where(better, floor, self.floor)

    def is_settled(self, relative: float, *, as_rounding_lets: bool = True) -> bool:
        """Whether every output is known to this relative error, or as well as rounding lets it at these steps."""
        floor = 4 * self.floor if as_rounding_lets else np.where(self.value == 0, 4 * self.floor, 0.0)
        return bool(np.all(self.error <= relative * np.abs(self.value) + floor))


def _or_infinite(ratio: Array) -> Array:
    return np.where(np.isnan(ratio), np.inf, ratio)


@dataclass(frozen=True)
class Rounding:
    """How uncertain rounding makes the outputs: absolutely, from the values near the point, and relatively."""

    noise: Array
    relative: float = EPS

    def of(self, ahead: Array, behind: Array) -> Array:
        """The uncertainty of the difference of two values."""
        return np.maximum(self.noise, self.relative * np.maximum(np.abs(ahead), np.abs(behind)))


def derivative(line: Line, start: Array, rounding: Rounding, reach: float, near: float = 0.0) -> Derivative:
    """Differentiate the outputs line(t) at t = 0; start = line(0).

    The step begins at `reach` (rounded to a power of two, so that x + h is exact) and is halved; where ten halvings
    do not settle the derivative, again from a step 4096 times smaller, twice, and from `near`.

    >>> def line(t): return np.array([(2 + t) ** 9, abs(t)])
    >>> found = derivative(line, line(0.0), Rounding(np.zeros(2)), reach=0.1)
    >>> print(found.value.round(6), found.low[1], found.high[1])
    [2304.    0.] -1.0 1.0
    """
    tables = [_Table(base, start.size) for base in (4, 2, 2)]
    h = 2.0 ** floor(log2(reach))
    ladders = [h, h * SMALLER_BY, h * SMALLER_BY**2]
    with np.errstate(all="ignore"):
        for step in ladders:
            _climb(tables, line, start, rounding, step)
            if tables[0].is_settled(1e-6):
                break
        # Rounding may hide a derivative at the steps so far, and not where it grows beyond all bounds, as in 1/x.
        if 0 < near < step * SMALLER_BY and not tables[0].is_settled(1e-6, as_rounding_lets=False):
            _climb(tables, line, start, rounding, 2.0 ** floor(log2(near)))
    return _with_kinks(*tables)


def _climb(tables: Sequence[_Table], line: Line, start: Array, rounding: Rounding, h: float) -> None:
    for table, new in zip(tables, _ladder(line, start, rounding, h), strict=True):
        table.take_better(new.value, new.error, new.floor)


def _ladder(line: Line, start: Array, rounding: Rounding, h: float) -> tuple[_Table, _Table, _Table]:
    central, left, right = (_Table(base, start.size) for base in (4, 2, 2))
    with np.errstate(all="ignore"):
        for level in range(LEVELS):
            ahead, behind = line(h), line(-h)
            wobble = rounding.of(ahead, behind) / h
            central.add((ahead - behind) / (2 * h), wobble)
            right.add((ahead - start) / h, 2 * wobble)
            left.add((start - behind) / h, 2 * wobble)
            if level >= 3 and central.is_settled(1e-10):
                break
            h /= 2
    return central, left, right


def _with_kinks(central: _Table, left: _Table, right: _Table) -> Derivative:
    with np.errstate(all="ignore"):
        gap = np.abs(right.value - left.value)
        size = np.abs(right.value) + np.abs(left.value)
        error = right.error + left.error
        kinked = (gap > 8 * error) & (gap > 1e-6 * size)
        # At a kink the central quotient tends to the mean of the two sides.
        kinked &= np.abs(central.value - (left.value + right.value) / 2) <= 8 * (error + central.error) + 1e-3 * gap
    low = np.where(kinked, np.fmin(left.value, right.value), central.value)
    high = np.where(kinked, np.fmax(left.value, right.value), central.value)
    error = np.where(kinked, np.maximum(left.error, right.error), central.error)
    return Derivative(np.where(kinked, (low + high) / 2, central.value), error, low, high)


def noise_of(line: Line, start: Array) -> Array:
    """Estimate the rounding noise of each output, from values so near each other that the function itself is smooth.

    >>> bool(noise_of(lambda t: np.array([(1 + t + 1e8) - 1e8]), np.ones(1))[0] > 1e-9)
    True
    """
    fine = np.max(_noise_levels(line, start, 2.0**-38, (4, 5, 6)), axis=0)
    # A function that works in float32 inside is constant over the fine spacing.
    # Two coarse spacings, since rounding to multiples of one of them would not show.
    coarse = [np.min(_noise_levels(line, start, spacing, (5, 6, 7)), axis=0) for spacing in (6.6e-8, 8.3e-8)]
    found = np.fmax(fine, np.fmax(*coarse))
    return np.asarray(np.maximum(np.where(np.isfinite(found), found, 0.0), EPS * np.abs(start)))


def _noise_levels(line: Line, start: Array, spacing: float, orders: tuple[int, ...]) -> list[Array]:
    values = np.stack([start, *(line(k * spacing) for k in range(1, 8))])
    levels = []
    with np.errstate(all="ignore"):
        for order in orders:
            scale = factorial(order) ** 2 / factorial(2 * order)
            steps = np.diff(values, n=order, axis=0)
            levels.append(np.sqrt(scale * np.mean(steps**2, axis=0)))
    return levels
