"""Elementwise arithmetic, choices and decisions on floats."""

from __future__ import annotations

from math import inf, isnan

from pullback.compile.emit.lanes import Lanes, Number


def maximum(f: Lanes, a: Number, b: Number) -> Number:
    """Emit the larger one, a in a tie; NaN where either is NaN."""
    larger = f.where(b > a, b, a)
    return larger if b.known is not None and not isnan(b.known) else f.where(b.is_nan, b, larger)


def minimum(f: Lanes, a: Number, b: Number) -> Number:
    """Emit the smaller one, a in a tie; NaN where either is NaN."""
    smaller = f.where(b < a, b, a)
    return smaller if b.known is not None and not isnan(b.known) else f.where(b.is_nan, b, smaller)


def sign(f: Lanes, x: Number) -> Number:
    """Emit −1, 0, 1, or NaN."""
    positive = f.where(x > 0.0, 1.0, f.where(x.equals(0.0), 0.0, x))
    return f.where(x < 0.0, -1.0, positive)


def floor(f: Lanes, x: Number) -> Number:
    """Emit the largest integer up to x."""
    near = f.rint(x)
    return f.where(near > x, near - 1.0, near)


def ceil(f: Lanes, x: Number) -> Number:
    """Emit the smallest integer from x on; that of −½ is −0."""
    near = f.rint(x)
    return f.where(near < x, f.copysign(near + 1.0, x), near)


def isfinite(f: Lanes, x: Number) -> object:
    """Emit the test |x| < ∞."""
    return f.abs(x) < inf
