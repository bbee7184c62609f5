"""Numbers as unevaluated sums of two, the second below the first's last place: twice the precision.

Nothing here may be fused or reordered; LLVM does neither of its own accord. The products are Dekker's, since not every
target has a fused multiply-add.

Source: Dekker 1971, Numer. Math. 18:224, doi:10.1007/BF01397083
"""

from __future__ import annotations

from dataclasses import dataclass

from pullback.compile.emit.lanes import Lanes, Number


@dataclass(frozen=True)
class Pair:
    """high + low."""

    high: Number
    low: Number


def fast_sum(a: Number, b: Number) -> Pair:
    """Emit a + b exactly, for |a| >= |b|."""
    total = a + b
    return Pair(total, b - (total - a))


def exact_sum(a: Number, b: Number) -> Pair:
    """Emit a + b exactly (Knuth)."""
    total = a + b
    shadow = total - a
    return Pair(total, (a - (total - shadow)) + (b - shadow))


def upper_half(f: Lanes, x: Number) -> Number:
    """Emit x cut to the first half of its bits, the square of which is exact."""
    dropped = (f.format.mantissa + 2) // 2
    return f.from_bits(f.b.and_(x.bits, f.word(-1 << dropped)))


def product(f: Lanes, a: Number, b: Number) -> Pair:
    """Emit a·b, exact to twice the precision."""
    p = a * b
    a1, b1 = upper_half(f, a), upper_half(f, b)
    a2, b2 = a - a1, b - b1
    return Pair(p, ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2)


def pair_product(f: Lanes, a: Pair, b: Pair) -> Pair:
    """Emit the product of two pairs."""
    p = product(f, a.high, b.high)
    return fast_sum(p.high, p.low + (a.high * b.low + a.low * b.high))
