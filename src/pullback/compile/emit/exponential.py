"""exp, expm1 and the functions made of them: sigmoid, tanh, sinh, cosh.

With n = rint(x / ln 2) and r = x − n·ln 2, |r| <= 0.347: eˣ = 2ⁿ·(1 + r + r²·q(r)). ln 2 is subtracted in two parts,
the first of so few bits that n times it is exact, fused or not.
"""

from __future__ import annotations

from math import inf
from typing import Any

from pullback.compile.emit.coefficients import EXP_SINGLE, EXPM1_DOUBLE, EXPM1_SINGLE, LN2_PARTS
from pullback.compile.emit.lanes import Lanes, Number
from pullback.compile.emit.outlined import outlined

LOG2_E = 1.4426950408889634
# Below the first, eˣ is no normal number (compiled code flushes those to 0); above the second it overflows.
EXP_BOUNDS = {32: (-87.33654, 88.72283), 64: (-708.3964185322641, 709.782712893384)}
# Below the first, expm1 is −1 to the last bit; above the second, expm1 overflows; tanh is 1 from the third on.
EXPM1_LOW = {32: -18.0, 64: -40.0}
TANH_ONE_FROM = {32: 9.1, 64: 20.0}
COSH_HIGH = 710.4758600739439


def _split(f: Lanes, x: Number) -> tuple[Any, Number]:
    """Emit n (in the low bits of a word) and r, where x = n·ln 2 + r."""
    shift = 1.5 * 2.0**f.format.mantissa
    shifted = f.fma(x, LOG2_E, shift)
    n = shifted - shift
    high, low = LN2_PARTS[f.format.bits]
    return shifted.bits, f.fma(n, -low, f.fma(n, -high, x))


def exp_within(f: Lanes, x: Number, power: int = 0) -> Number:
    """Emit 2^power·eˣ for x where that is a normal number."""
    word, r = _split(f, x)
    q = f.polynomial(r, EXP_SINGLE if f.format.bits == 32 else EXPM1_DOUBLE)
    p = f.fma(r * r, q, r) + 1.0
    n = f.b.add(word, f.word(power)) if power else word
    # Added to the exponent's bits: 2^n itself may be out of range where p·2^n is not.
    return f.from_bits(f.b.add(p.bits, f.b.shl(n, f.word(f.format.mantissa))))


def exp(f: Lanes, x: Number) -> Number:
    """Emit eˣ."""
    low, high = EXP_BOUNDS[f.format.bits]
    normal = f.where(x < low, 0.0, exp_within(f, x))
    return f.where(x <= high, normal, x + inf)


def exp_of_negative(f: Lanes, x: Number) -> Number:
    """Emit eˣ for x <= 0 or NaN."""
    value = f.where(x < EXP_BOUNDS[f.format.bits][0], 0.0, exp_within(f, x))
    return f.where(x.is_nan, x, value)


def _half_expm1(f: Lanes, x: Number) -> Number:
    """Emit (eˣ − 1)/2 for x from EXPM1_LOW on that does not overflow; tiny x may give 0."""
    word, r = _split(f, x)
    q = f.polynomial(r, EXPM1_SINGLE if f.format.bits == 32 else EXPM1_DOUBLE)
    # Half of 2^n, because n may be the exponent that is infinity's.
    half = f.from_bits(f.b.shl(f.b.add(word, f.word(f.format.bias - 1)), f.word(f.format.mantissa)))
    return f.fma(half, f.fma(r * r, q, r), half - 0.5)


def expm1(f: Lanes, x: Number) -> Number:
    """Emit eˣ − 1, accurate near 0."""
    low = EXPM1_LOW[f.format.bits]
    value = _half_expm1(f, f.where(x < low, low, x)) * 2.0
    value = f.where(x <= EXP_BOUNDS[f.format.bits][1], value, x + inf)
    return f.where(f.abs(x) < f.format.epsilon / 2, x, value)


def sigmoid(f: Lanes, x: Number) -> Number:
    """Emit 1 / (1 + e^−x) by e^−|x|, as the reference does."""
    decay = exp_of_negative(f, -f.abs(x))
    return f.where(x >= 0.0, 1.0, decay) / (decay + 1.0)


def tanh(f: Lanes, x: Number) -> Number:
    """Emit (e^2|x| − 1) / (e^2|x| + 1) with the sign of x."""
    size, end = f.abs(x), TANH_ONE_FROM[f.format.bits]
    half = _half_expm1(f, f.where(size > end, end, size) * 2.0)
    value = f.where(size < f.format.epsilon / 2, size, half / (half + 1.0))
    return f.copysign(value, x)


def _sinh(f: Lanes, x: Number) -> Number:
    size = f.abs(x)
    half = _half_expm1(f, f.where(size > 1.0, 1.0, size))
    small = half + half / (half * 2.0 + 1.0)
    grown = exp_within(f, size, power=-1)
    large = f.where(size <= COSH_HIGH, grown - 0.25 / grown, size + inf)
    value = f.where(size < 1.0, f.where(size < f.format.epsilon / 2, size, small), large)
    return f.copysign(value, x)


def _cosh(f: Lanes, x: Number) -> Number:
    size = f.abs(x)
    grown = exp_within(f, size, power=-1)
    return f.where(size <= COSH_HIGH, grown + 0.25 / grown, size + inf)


sinh, cosh = outlined("sinh", _sinh), outlined("cosh", _cosh)
