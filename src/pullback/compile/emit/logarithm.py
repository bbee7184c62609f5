"""log, log1p and the functions made of them: softplus and the inverse hyperbolic ones.

x = m·2ᵉ with √½ <= m < √2, so that log x = e·ln 2 + log m, where log m has no part that e·ln 2 could cancel.
"""

from __future__ import annotations

from math import inf, log, nan
from typing import Any

from pullback.compile.emit.coefficients import LN2_PARTS, LOG_DOUBLE, LOG_SINGLE
from pullback.compile.emit.exponential import exp_of_negative
from pullback.compile.emit.lanes import Lanes, Number
from pullback.compile.emit.outlined import outlined

LN2 = log(2.0)
SQRT_HALF_BITS = {32: 0x3F3504F3, 64: 0x3FE6A09E667F3BCD}


def split_power(f: Lanes, x: Number) -> tuple[Number, Number, Any]:
    """Emit m − 1, e, and e + bias as a word, where x = m·2ᵉ and √½ <= m < √2, for a normal x > 0."""
    form, b = f.format, f.b
    root = SQRT_HALF_BITS[form.bits]
    word = b.add(x.bits, f.word((form.bias << form.mantissa) - root))
    biased = b.lshr(word, f.word(form.mantissa))
    # An integer below 2^23 or 2^52 becomes a float when it is put under the leading bit of that power of two.
    leading = (form.bias + form.mantissa) << form.mantissa
    e = f.from_bits(b.or_(biased, f.word(leading))) - (2.0**form.mantissa + form.bias)
    m = f.from_bits(b.add(b.and_(word, f.word((1 << form.mantissa) - 1)), f.word(root)))
    return m - 1.0, e, biased


def log_of_parts(f: Lanes, r: Number, e: Number) -> Number:
    """Emit e·ln 2 + log(1 + r)."""
    high, low = LN2_PARTS[f.format.bits]
    square = r * r
    half = square * 0.5
    if f.format.bits == 32:
        tail = f.fma(square * r, f.polynomial(r, LOG_SINGLE), e * low)
    else:
        s = r / (r + 2.0)
        z = s * s
        tail = f.fma(s, f.fma(z, f.polynomial(z, LOG_DOUBLE), half), e * low)
    return f.fma(e, high, r - (half - tail))


def log_of(f: Lanes, x: Number) -> Number:
    """Emit the natural logarithm."""
    r, e, _ = split_power(f, x)
    value = f.where(x < f.format.smallest, f.where(x < 0.0, nan, -inf), log_of_parts(f, r, e))
    return f.where(x < inf, value, x)


def _log1p_within(f: Lanes, x: Number) -> Number:
    """Emit log(1 + x) for finite x > −1."""
    form, b = f.format, f.b
    _, e, biased = split_power(f, x + 1.0)
    # (1 + x)·2^−e − 1 with one rounding; 4·2^−e instead of 2^−e, which might be no normal number.
    scale = f.from_bits(b.shl(b.sub(f.word(2 * form.bias + 2), biased), f.word(form.mantissa)))
    r = f.fma(x * 0.25, scale, f.fma(scale, 0.25, -1.0))
    return f.where(f.abs(x) < form.epsilon / 2, x, log_of_parts(f, r, e))


def log1p(f: Lanes, x: Number) -> Number:
    """Emit log(1 + x), accurate near 0."""
    value = f.where(x > -1.0, _log1p_within(f, x), f.where(x < -1.0, nan, -inf))
    return f.where(x < inf, value, x)


def softplus(f: Lanes, x: Number) -> Number:
    """Emit max(x, 0) + log(1 + e^−|x|), which cannot overflow."""
    return f.where(x > 0.0, x, 0.0) + _log1p_within(f, exp_of_negative(f, -f.abs(x)))


# From here on √(x² ± 1) is x to the last bit.
_LARGE = 2.0**28


def _arcsinh(f: Lanes, x: Number) -> Number:
    size = f.abs(x)
    small = f.where(size < _LARGE, size, 1.0)
    square = small * small
    near = log1p(f, small + square / (f.sqrt(square + 1.0) + 1.0))
    return f.copysign(f.where(size < _LARGE, near, log_of(f, size) + LN2), x)


def _arccosh(f: Lanes, x: Number) -> Number:
    t = f.where(x < _LARGE, x, 1.0) - 1.0
    near = log1p(f, t + f.sqrt(f.fma(t, t, t * 2.0)))
    value = f.where(x < _LARGE, near, log_of(f, x) + LN2)
    return f.where(x < 1.0, nan, value)


def _arctanh(f: Lanes, x: Number) -> Number:
    size = f.abs(x)
    twice = size * 2.0
    ratio = f.where(size < 0.5, twice + twice * size / (1.0 - size), twice / (1.0 - size))
    return f.copysign(log1p(f, ratio) * 0.5, x)


arcsinh, arccosh, arctanh = outlined("arcsinh", _arcsinh), outlined("arccosh", _arccosh), outlined("arctanh", _arctanh)
