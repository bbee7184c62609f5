"""sin, cos, tan and their inverses, in double precision."""

from __future__ import annotations

from math import inf, pi
from typing import Any

from pullback.compile.emit.angles import HALF_PI_PAIR, reduced
from pullback.compile.emit.coefficients import ARCSIN, ARCTAN, COS, SIN
from pullback.compile.emit.lanes import Lanes, Number
from pullback.compile.emit.outlined import outlined
from pullback.compile.emit.pairs import Pair, upper_half

# Below this, sin x and tan x are x to the last bit.
TINY = 2.0**-27
PI_LOW = 2 * HALF_PI_PAIR[1]


def _sin_of(f: Lanes, r: Pair) -> Number:
    z = r.high * r.high
    tail = f.fma(r.low, z * -0.5, r.low)
    return r.high + f.fma(z * r.high, f.polynomial(z, SIN), tail)


def _cos_of(f: Lanes, r: Pair) -> Number:
    z = r.high * r.high
    half = z * 0.5
    whole = 1.0 - half
    tail = f.fma(z * z, f.polynomial(z, COS), -(r.high * r.low))
    return whole + (((1.0 - whole) - half) + tail)


def _is_odd(f: Lanes, n: Any) -> Any:
    return f.b.icmp_unsigned("!=", f.b.and_(n, f.word(1)), f.word(0))


def _quarter_turned(f: Lanes, n: Any, r: Pair) -> Number:
    """Emit sin(r + n·π/2)."""
    value = f.where(_is_odd(f, n), _cos_of(f, r), _sin_of(f, r))
    return f.from_bits(f.b.xor(value.bits, f.b.shl(f.b.and_(n, f.word(2)), f.word(62))))


def _sin(f: Lanes, x: Number) -> Number:
    value = _quarter_turned(f, *reduced(f, x))
    return f.where(f.abs(x) < TINY, x, value)


def _cos(f: Lanes, x: Number) -> Number:
    n, r = reduced(f, x)
    return _quarter_turned(f, f.b.add(n, f.word(1)), r)


def _tan(f: Lanes, x: Number) -> Number:
    n, r = reduced(f, x)
    odd, sine, cosine = _is_odd(f, n), _sin_of(f, r), _cos_of(f, r)
    value = f.where(odd, -cosine, sine) / f.where(odd, sine, cosine)
    return f.where(f.abs(x) < TINY, x, value)


def _arctan_of_positive(f: Lanes, x: Number) -> Number:
    """arctan x = arctan c + arctan((x − c) / (1 + c·x)), for the nearest c of 0, ½, 1, 1½ and ∞."""
    centres = (
        (7 / 16, 0.5, 0.4636476090008061, 2.2698777452961687e-17),
        (11 / 16, 1.0, 0.7853981633974483, 3.061616997868383e-17),
        (19 / 16, 1.5, 0.982793723247329, 1.3903311031230998e-17),
    )
    c, high, low = f.constant(0.0), f.constant(0.0), f.constant(0.0)
    for start, centre, first, second in centres:
        beyond = x >= start
        c, high, low = f.where(beyond, centre, c), f.where(beyond, first, high), f.where(beyond, second, low)
    far = x >= 39 / 16
    top, bottom = f.where(far, -1.0, x - c), f.where(far, x, f.fma(c, x, 1.0))
    high, low = f.where(far, HALF_PI_PAIR[0], high), f.where(far, HALF_PI_PAIR[1], low)
    t = top / bottom
    z = t * t
    return high + (t + f.fma(t * z, f.polynomial(z, ARCTAN), low))


def _arctan(f: Lanes, x: Number) -> Number:
    return f.copysign(_arctan_of_positive(f, f.abs(x)), x)


def _arctan2(f: Lanes, y: Number, x: Number) -> Number:
    rise, run = f.abs(y), f.abs(x)
    ratio = f.where(rise.equals(0.0), 0.0, f.where(f.b.and_(rise.equals(inf), run.equals(inf)), 1.0, rise / run))
    angle = _arctan_of_positive(f, ratio)
    left = f.copysign(1.0, x) < 0.0
    angle = f.copysign(f.where(left, pi - (angle - PI_LOW), angle), y)
    return f.where(x.is_nan, x, f.where(y.is_nan, y, angle))


def _root_parts(f: Lanes, z: Number) -> tuple[Number, Number, Number]:
    """Emit √z, its upper half, and the rest of √z after that."""
    root = f.sqrt(z)
    upper = upper_half(f, root)
    rest = (z - upper * upper) / f.where(root.equals(0.0), 1.0, root + upper)
    return root, upper, rest


def _arcsin(f: Lanes, x: Number) -> Number:
    """By its polynomial up to ½, by π/2 − 2·arcsin √((1 − |x|)/2) beyond."""
    size = f.abs(x)
    near = size < 0.5
    z = f.where(near, size * size, f.fma(size, -0.5, 0.5))
    series = z * f.polynomial(z, ARCSIN)
    root, upper, rest = _root_parts(f, z)
    quarter = HALF_PI_PAIR[0] / 2
    tail = root * 2.0 * series - (HALF_PI_PAIR[1] - rest * 2.0)
    far = quarter - (tail - (quarter - upper * 2.0))
    return f.copysign(f.where(near, f.fma(size, series, size), far), x)


def _arccos(f: Lanes, x: Number) -> Number:
    size = f.abs(x)
    near = size < 0.5
    z = f.where(near, size * size, f.fma(size, -0.5, 0.5))
    series = z * f.polynomial(z, ARCSIN)
    high, low = HALF_PI_PAIR
    middle = high - (x - (low - x * series))
    root, upper, rest = _root_parts(f, z)
    right = (upper + f.fma(root, series, rest)) * 2.0
    left = (high - (root + f.fma(root, series, -low))) * 2.0
    return f.where(near, middle, f.where(x < 0.0, left, right))


sin, cos, tan = outlined("sin", _sin), outlined("cos", _cos), outlined("tan", _tan)
arcsin, arccos, arctan = outlined("arcsin", _arcsin), outlined("arccos", _arccos), outlined("arctan", _arctan)
arctan2 = outlined("arctan2", _arctan2)
