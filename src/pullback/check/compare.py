"""Two arrays: a claimed gradient and the exact one, compared entry by entry and put into words."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.check.patterns import Comparison, lengths, what
from pullback.check.report import ArgumentReport, Entry
from pullback.errors import message

SHOWN = 5


def compare(claimed: NDArray[Any], exact: NDArray[Any], name: str, digits: int | None = None) -> str:
    """Say in which entries the claimed gradient is wrong; an empty text where it is right.

    >>> compare(np.ones(2), np.ones(2), "x_bar")
    ''
    """
    if claimed.dtype.kind not in "fiub" or exact.dtype.kind not in "fiub":
        return message(f"{name} is not an array of real numbers", got=f"{claimed.dtype} and {exact.dtype}")
    if claimed.shape != exact.shape:
        return message(f"{name} has another shape", got=f"{claimed.shape}", need=f"{exact.shape}")
    got, want = np.ravel(claimed).astype(np.float64), np.ravel(exact).astype(np.float64)
    if not got.size:
        return ""
    allowed = np.full(got.size, _allowed(claimed, exact, digits))
    with np.errstate(all="ignore"):
        same = (got == want) | (np.isnan(got) & np.isnan(want))
        distance = np.where(same, 0.0, np.abs(got - want))
        ratio = np.where(np.isfinite(distance), distance / allowed, np.inf)
    wrong = ratio > 1
    if not wrong.any():
        return ""
    index = (
        np.stack(np.unravel_index(np.arange(got.size), exact.shape), axis=1) if exact.shape else np.zeros((1, 0), int)
    )
    comparison = Comparison(index, got, want, allowed, wrong, exact.shape)
    worst = [k for k in np.argsort(-ratio, kind="stable") if wrong[k]][:SHOWN]
    entries = tuple(
        Entry(tuple(map(int, index[k])), float(got[k]), float(want[k]), 0.0, float(allowed[k]), float(ratio[k]))
        for k in worst
    )
    with np.errstate(all="ignore"):
        rules, moved = what(comparison, lengths([name], [exact.shape]))
        places = () if moved else (comparison.where(),)
    report = ArgumentReport(
        *(name, exact.shape, False, got.size, False, int(wrong.sum()), 0, 0, tuple(rules), places, entries)
    )
    return "\n".join(line[2:] for line in report.lines())


def _allowed(claimed: NDArray[Any], exact: NDArray[Any], digits: int | None) -> float:
    finite = np.abs(exact[np.isfinite(exact)].astype(np.float64))
    largest = float(finite.max()) if finite.size else 0.0
    if digits is not None:
        return max(0.5 * 10.0 ** (np.floor(np.log10(largest)) + 1 - digits) if largest else 0.5 * 10.0**-digits, 0.0)
    eps = max(float(np.finfo(v.dtype).eps) if v.dtype.kind == "f" else 0.0 for v in (claimed, exact))
    return float(64 * sqrt(exact.size) * (eps or np.finfo(np.float64).eps) * largest + np.finfo(np.float64).tiny)
