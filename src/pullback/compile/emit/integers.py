"""Elementwise functions of integers: i64, wrapping around as NumPy's do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.compile.emit.lanes import I64, Lanes, splat


def negative(f: Lanes, x: Any) -> Any:
    """Emit −x."""
    return f.b.sub(_constant(f, 0), x)


def absolute(f: Lanes, x: Any) -> Any:
    """Emit |x|."""
    return f.b.select(f.b.icmp_signed("<", x, _constant(f, 0)), negative(f, x), x)


def maximum(f: Lanes, x: Any, y: Any) -> Any:
    """Emit the larger one."""
    return f.b.select(f.b.icmp_signed(">=", x, y), x, y)


def minimum(f: Lanes, x: Any, y: Any) -> Any:
    """Emit the smaller one."""
    return f.b.select(f.b.icmp_signed("<=", x, y), x, y)


def floor_divide(f: Lanes, x: Any, y: Any) -> Any:
    """Emit ⌊x / y⌋; 0 for y = 0, as NumPy gives."""
    b, zero = f.b, _constant(f, 0)
    quotient, rest = _truncated(f, x, y)
    # C rounds towards 0; one less where a rest is left and its sign is not that of y.
    uneven = b.and_(b.icmp_signed("!=", rest, zero), b.icmp_signed("<", b.xor(rest, y), zero))
    floored = b.select(uneven, b.sub(quotient, _constant(f, 1)), quotient)
    return b.select(b.icmp_signed("==", y, zero), zero, floored)


def remainder(f: Lanes, x: Any, y: Any) -> Any:
    """Emit x − y·⌊x / y⌋; 0 for y = 0, as NumPy gives."""
    b, zero = f.b, _constant(f, 0)
    _, rest = _truncated(f, x, y)
    uneven = b.and_(b.icmp_signed("!=", rest, zero), b.icmp_signed("<", b.xor(rest, y), zero))
    return b.select(b.icmp_signed("==", y, zero), zero, b.select(uneven, b.add(rest, y), rest))


def _truncated(f: Lanes, x: Any, y: Any) -> tuple[Any, Any]:
    """Emit the quotient rounded towards 0 and the rest; a divisor of 0 or −1 would trap."""
    b = f.b
    minus_one = b.icmp_signed("==", y, _constant(f, -1))
    traps = b.or_(minus_one, b.icmp_signed("==", y, _constant(f, 0)))
    divisor = b.select(traps, _constant(f, 1), y)
    quotient = b.sdiv(x, divisor)
    rest = b.sub(x, b.mul(quotient, divisor))
    return b.select(minus_one, negative(f, x), quotient), rest


def _constant(f: Lanes, value: int) -> Any:
    return splat(I64, f.lanes, value)


INTEGER: dict[str, Callable[..., Any]] = {
    "add": lambda f, x, y: f.b.add(x, y),
    "subtract": lambda f, x, y: f.b.sub(x, y),
    "multiply": lambda f, x, y: f.b.mul(x, y),
    "negative": negative,
    "abs": absolute,
    "maximum": maximum,
    "minimum": minimum,
    "floor_divide": floor_divide,
    "remainder": remainder,
}
