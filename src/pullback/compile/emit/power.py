"""power and cbrt."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from pullback.compile.emit.coefficients import CBRT, LN2_PARTS, LOG_PAIR
from pullback.compile.emit.exponential import EXP_BOUNDS, exp_within
from pullback.compile.emit.lanes import Lanes, Number
from pullback.compile.emit.logarithm import log_of_parts, split_power
from pullback.compile.emit.outlined import outlined
from pullback.compile.emit.pairs import Pair, exact_sum, fast_sum, pair_product, product

THIRD = 0.3333333333333333, 1.850371707708594e-17


def power(f: Lanes, x: Number, y: Number) -> Number:
    """Emit x to the power y; of constant exponents those that are products, quotients and roots as such."""
    known = {
        0.0: lambda: f.constant(1.0),
        1.0: lambda: x,
        2.0: lambda: x * x,
        3.0: lambda: x * x * x,
        4.0: lambda: (x * x) * (x * x),
        -1.0: lambda: 1.0 / x,
        # NumPy takes this root too, with −0 for −0 and NaN for −∞; a power would be 0 and ∞ there, as the next one is.
        0.5: lambda: f.sqrt(x),
        -0.5: lambda: f.where(x.equals(-inf), 0.0, 1.0 / f.sqrt(x + 0.0)),
    }
    return known[y.known]() if y.known in known else _GENERAL[f.format.bits](f, x, y)


def _log_pair(f: Lanes, x: Number) -> Pair:
    """Emit log x for a normal x > 0 to about 2^-66 of it."""
    r, e, _ = split_power(f, x)
    # s = r / (r + 2) as a pair: the quotient, and what it leaves over the divisor.
    divisor = fast_sum(f.constant(2.0), r)
    s = r / divisor.high
    back = product(f, s, divisor.high)
    s_low = ((r - back.high) - back.low - s * divisor.low) / divisor.high
    double = Pair(s * 2.0, s_low * 2.0)
    square = pair_product(f, Pair(s, s_low), Pair(s, s_low))
    z = square.high
    third = pair_product(f, square, Pair(f.constant(THIRD[0]), f.constant(THIRD[1])))
    series = fast_sum(third.high, third.low + z * z * f.polynomial(z, LOG_PAIR))
    tail = pair_product(f, double, series)
    near = fast_sum(double.high, tail.high)
    high, low = LN2_PARTS[64]
    scaled = e * high
    total = exact_sum(scaled, near.high)
    return fast_sum(total.high, total.low + (near.low + (double.low + tail.low) + e * low))


def _general_double(f: Lanes, x: Number, y: Number) -> Number:
    size = f.abs(x)
    logarithm = _log_pair(f, size)
    exponent = product(f, y, _with_ends(f, size, logarithm.high))
    value = exp_within(f, exponent.high)
    value = f.fma(value, exponent.low + y * logarithm.low, value)
    return _signed(f, x, y, exponent.high, value)


def _general_single(f: Lanes, x: Number, y: Number) -> Number:
    """The exponent is below 104, so that double precision alone leaves an error of 2^-45."""
    size = f.abs(x)
    r, e, _ = split_power(f, size)
    exponent = y * _with_ends(f, size, log_of_parts(f, r, e))
    return _signed(f, x, y, exponent, exp_within(f, exponent))


def _with_ends(f: Lanes, size: Number, logarithm: Number) -> Number:
    """Give the logarithm of 0, ∞ and NaN too."""
    return f.where(size < inf, f.where(size < f.format.smallest, -inf, logarithm), size)


def _signed(f: Lanes, x: Number, y: Number, exponent: Number, value: Number) -> Number:
    """Emit x^y, where value is e^exponent = |x|^y as long as that is a normal number."""
    bottom, top = EXP_BOUNDS[64]
    value = f.where(exponent < bottom, 0.0, value)
    value = f.where(exponent <= top, value, exponent + inf)
    whole = f.rint(y).equals(y)
    half = y * 0.5
    odd = f.b.and_(whole, f.rint(half).compare("!=", half))
    value = f.where(f.b.and_(x < 0.0, f.b.not_(whole)), f.where(x.equals(-inf), value, nan), value)
    value = f.where(odd, f.copysign(value, x), value)
    ones = f.b.or_(y.equals(0.0), x.equals(1.0))
    infinite = f.b.and_(x.equals(-1.0), f.abs(y).equals(inf))
    return f.where(f.b.or_(ones, infinite), 1.0, value)


def _cbrt_inside(f: Lanes, x: Number) -> Number:
    """∛x by a polynomial and two steps of Halley's, the second of a value whose square is exact."""
    size = f.abs(x)
    r, e, _ = split_power(f, size)
    q = f.rint(e * (1.0 / 3.0))
    # m·2^(e − 3q), from 0.353 to 2.83.
    left = e - q * 3.0
    t = (r + 1.0) * f.where(left > 0.5, 2.0, f.where(left < -0.5, 0.5, 1.0))
    y = f.polynomial(t, CBRT)
    cube = y * y * y
    y = y * ((cube + t * 2.0) / (cube * 2.0 + t))
    y = f.from_bits(f.b.and_(y.bits, f.word(-1 << 30)))
    ratio = t / (y * y)
    y = f.fma(y, (ratio - y) / (y * 2.0 + ratio), y)
    value = f.copysign(f.from_bits(_times_power(f, y, q)), x)
    return f.where(f.b.and_(size < inf, size >= f.format.smallest), value, x)


def _times_power(f: Lanes, y: Number, q: Number) -> Any:
    """Emit the bits of y·2^q, a normal number."""
    shifted = q + 1.5 * 2.0**f.format.mantissa
    return f.b.add(y.bits, f.b.shl(shifted.bits, f.word(f.format.mantissa)))


_GENERAL = {32: outlined("power", _general_single), 64: outlined("power", _general_double)}
cbrt = outlined("cbrt", _cbrt_inside)
