"""What the claimed pullback says at the point, and how far rounding may have moved it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.check.measure import Measure
from pullback.check.subject import Fault, Subject

Array = NDArray[np.float64]

JACOBIAN_ROWS = 64
JACOBIAN_ENTRIES = 50_000
NUDGE = 2.0**-17


@dataclass(frozen=True)
class Claims:
    """The claimed cotangents of every differentiated leaf.

    y_bars    the cotangents they belong to, one row each: the one that was drawn or given, then, where the whole
              Jacobian is compared, a 1 at each output
    values    for every leaf one row of claimed entries per cotangent; None where nothing usable was returned
    rounding  for every leaf how far rounding may have moved the entries
    """

    y_bars: Array
    values: tuple[Array | None, ...]
    rounding: tuple[Array, ...]


def claims_of(measure: Measure, y_bar: Array, *, jacobian: bool) -> Claims:
    """Ask the claimed pullback; check on the way that it is linear in its cotangent.

    Raises: Fault
    """
    subject = measure.subject
    found = _pull(measure, subject.point.values, y_bar)
    rounding = _rounding(measure, y_bar, found)
    _check_linear(measure, y_bar, found, rounding)
    rows = [[np.ravel(v).astype(np.float64)] if v is not None else None for v in found]
    y_bars = [y_bar]
    entries = y_bar.size * sum(v.size for v in subject.point.values)
    if jacobian and 1 < y_bar.size <= JACOBIAN_ROWS and entries <= JACOBIAN_ENTRIES:
        for one in np.eye(y_bar.size):
            y_bars.append(one)
            for row, value in zip(rows, _pull(measure, subject.point.values, one), strict=True):
                if row is not None:
                    row.append(np.full(row[0].shape, np.nan) if value is None else np.ravel(value).astype(np.float64))
    return Claims(np.stack(y_bars), tuple(None if r is None else np.stack(r) for r in rows), tuple(rounding))


def _pull(measure: Measure, values: Sequence[Array], y_bar: Array) -> list[NDArray[Any] | None]:
    bars = [v[()] if v.ndim == 0 else v for v in measure.split(y_bar)]
    return measure.subject.pull([v.copy()[()] for v in values], bars)


def _rounding(measure: Measure, y_bar: Array, found: Sequence[NDArray[Any] | None]) -> list[Array]:
    """8·√n·eps·(condition), n numbers being handled.

    The condition is measured: how much an entry moves when all numbers that it is made from move by one part in 2¹⁷, up
    or down at random. The square root: Higham & Mary 2019, SIAM J. Sci. Comput. 41(5), doi:10.1137/18M1226312.
    """
    rng = np.random.default_rng(0)
    values = measure.subject.point.values
    count = sum(v.size for v in values) + y_bar.size
    largest = [_sizes(v) if v is not None else np.zeros(0) for v in found]
    for _ in range(2):
        nudged = [v * (1 + NUDGE * rng.choice([-1, 1], v.shape)) for v in values]
        try:
            moved = _pull(measure, nudged, y_bar * (1 + NUDGE * rng.choice([-1, 1], y_bar.shape)))
        except Fault:
            continue
        for k, (a, b) in enumerate(zip(found, moved, strict=True)):
            if a is not None and b is not None:
                change = np.abs(np.ravel(b).astype(np.float64) - np.ravel(a)) / NUDGE
                largest[k] = np.fmax(largest[k], np.where(np.isfinite(change), change, 0))
    return [8 * sqrt(max(count, 16)) * _eps(v) * size for v, size in zip(found, largest, strict=True)]


def _sizes(value: NDArray[Any]) -> Array:
    size = np.abs(np.ravel(value)).astype(np.float64)
    return np.where(np.isfinite(size), size, 0.0)


def _eps(value: NDArray[Any] | None) -> float:
    narrow = value is not None and value.dtype.kind == "f" and value.dtype.itemsize < 8
    return float(np.finfo(value.dtype if value is not None and narrow else np.float64).eps)


def _check_linear(measure: Measure, y_bar: Array, found: Sequence[Any], rounding: Sequence[Array]) -> None:
    """A pullback gives −2·x_bar for −2·y_bar; one that gives x_bar again does not use it."""
    subject: Subject = measure.subject
    unused, bent = [], []
    again = _pull(measure, subject.point.values, -2 * y_bar)
    for label, a, b, slack in zip(subject.point.labels, found, again, rounding, strict=True):
        if a is None or b is None or not np.isfinite(a).all() or not np.any(a):
            continue
        first, second = np.ravel(a).astype(np.float64), np.ravel(b).astype(np.float64)
        near = 8 * slack + 1e-12 * np.abs(first)
        if np.all(np.abs(second - first) <= near):
            unused.append(label)
        elif not np.all(np.abs(second + 2 * first) <= near):
            bent.append(label)
    if unused:
        fix = "multiply by y_bar, the cotangent that flows back from the loss"
        subject.find(
            f"backward does not use y_bar for {', '.join(unused)}", got="the same for y_bar and −2·y_bar", fix=fix
        )
    if bent:
        got = "not −2·x_bar for −2·y_bar"
        subject.find(f"the cotangent of {', '.join(bent)} is not linear in y_bar", got=got, need="x_bar = Jᵀ · y_bar")
