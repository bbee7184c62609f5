"""floor_divide and remainder of floats, as NumPy computes them: exact, for any size of the quotient."""

from __future__ import annotations

from math import inf, nan

from pullback.compile.emit.lanes import Lanes, Number
from pullback.compile.emit.outlined import any_lane, outlined


def _truncated_rest(f: Lanes, a: Number, b: Number) -> Number:
    """Emit |a| mod |b| for finite a and b ≠ 0, by long division: subtract b·2^k, for k down to 0, where it fits.

    Every difference is exact, since what it leaves is below b·2^k and no finer than the operands.
    """
    build, bits = f.b, f.format
    size, divisor = f.abs(a), f.abs(b)
    exponents = f.word(-1 << bits.mantissa)
    raised = build.sub(build.and_(size.bits, exponents), build.and_(divisor.bits, exponents))
    start = f.where(size < divisor, divisor, f.from_bits(build.add(divisor.bits, raised)))
    before = build.block
    body, after = (build.function.append_basic_block(name) for name in ("divide", "divided"))
    build.branch(body)
    build.position_at_end(body)
    rest, step = f.number(build.phi(f.type)), f.number(build.phi(f.type))
    # Other lanes may go on longer: below its divisor, a lane is done.
    fits = build.and_(rest >= step, step >= divisor)
    less = f.where(fits, rest - step, rest)
    halved = step * 0.5
    for phi, first, following in ((rest, size, less), (step, start, halved)):
        phi.value.add_incoming(first.value, before)
        phi.value.add_incoming(following.value, body)
    build.cbranch(any_lane(f, halved >= divisor), body, after)
    build.position_at_end(after)
    return less


def _divided(f: Lanes, a: Number, b: Number) -> tuple[Number, Number]:
    """Emit NumPy's divmod for b ≠ 0: the quotient rounded down, and the remainder, which has the sign of b."""
    defined = f.b.and_(f.abs(a) < inf, f.abs(b) > 0.0)
    bounded = f.b.and_(defined, f.abs(b) < inf)
    rest = _truncated_rest(f, f.where(bounded, a, 0.0), f.where(bounded, b, 1.0))
    rest = f.copysign(f.where(bounded, rest, f.where(defined, f.abs(a), nan)), a)
    rest = f.where(b.is_nan, b, rest)
    quotient = (a - rest) / b
    uneven = f.b.and_(rest.compare("!=", 0.0), f.b.xor(rest < 0.0, b < 0.0))
    remainder = f.where(uneven, rest + b, f.where(rest.equals(0.0), f.copysign(0.0, b), rest))
    quotient = f.where(uneven, quotient - 1.0, quotient)
    near = f.rint(quotient)
    down = f.where(near > quotient, near - 1.0, near)
    down = f.where(quotient - down > 0.5, down + 1.0, down)
    return f.where(quotient.equals(0.0), f.copysign(0.0, a / b), down), remainder


def _floor_divide(f: Lanes, a: Number, b: Number) -> Number:
    quotient, _ = _divided(f, a, b)
    return f.where(b.equals(0.0), a / b, quotient)


def _remainder(f: Lanes, a: Number, b: Number) -> Number:
    _, remainder = _divided(f, a, b)
    return f.where(b.equals(0.0), nan, remainder)


floor_divide = outlined("floor_divide", _floor_divide, widen=False)
remainder = outlined("remainder", _remainder, widen=False)
