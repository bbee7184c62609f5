"""The error function."""

from __future__ import annotations

from pullback.compile.emit.coefficients import ERF_DOUBLE, ERF_SINGLE, ERFC_DOUBLE, ERFC_SINGLE
from pullback.compile.emit.exponential import exp_within
from pullback.compile.emit.lanes import Lanes, Number
from pullback.compile.emit.outlined import outlined

# Where erf is 1 to the last bit.
ONE_FROM = {32: 3.95, 64: 6.0}


def erf(f: Lanes, x: Number) -> Number:
    """Emit erf x: a polynomial up to 1, one less its complement beyond."""
    return _erf_single(f, x) if f.format.bits == 32 else _erf_double(f, x)


def _joined(f: Lanes, x: Number, size: Number, polynomial: Number, complement: Number) -> Number:
    near = f.fma(x, polynomial, x)
    far = f.where(size < ONE_FROM[f.format.bits], 1.0 - complement, 1.0)
    return f.where(size > 1.0, f.copysign(far, x), near)


def _erf_single(f: Lanes, x: Number) -> Number:
    size = f.abs(x)
    clamped = f.where(size < ONE_FROM[32], size, ONE_FROM[32])
    complement = exp_within(f, f.polynomial(clamped, ERFC_SINGLE))
    return _joined(f, x, size, f.polynomial(x * x, ERF_SINGLE), complement)


def _erf_inside(f: Lanes, x: Number) -> Number:
    size = f.abs(x)
    clamped = f.where(size < ONE_FROM[64], size, ONE_FROM[64])
    t = (clamped - 3.0) / (clamped + 3.0)
    complement = exp_within(f, -(clamped * clamped)) * f.polynomial(t, ERFC_DOUBLE)
    return _joined(f, x, size, f.polynomial(x * x, ERF_DOUBLE), complement)


_erf_double = outlined("erf", _erf_inside)
