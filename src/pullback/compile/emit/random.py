"""Random numbers by position as code: Philox4x32-10, bit for bit the layout that formula.random describes."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from pullback.compile.emit.lanes import I32, I64, splat, widened

MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
KEY_STEPS = 0x9E3779B9, 0xBB67AE85
ROUNDS = 10
LOW = 0xFFFFFFFF


def uniform(b: Any, seed: Any, step: Any, stream: int, position: Any, *, lanes: int, real: Any) -> Any:
    """Emit the uniform numbers of [0, 1) at row-major positions: formula.random.uniform((seed, step), stream, ..)[i].

    `seed` (64 bits) and `step` (32 bits) are scalars of type i64; `position` is i64, or a vector of `lanes` of them.
    """
    low = splat(I64, lanes, LOW)
    block = b.lshr(position, splat(I64, lanes, 2))
    counter = (
        b.and_(block, low),
        b.lshr(block, splat(I64, lanes, 32)),
        broadcast(b, b.and_(step, I64(LOW)), lanes),
        splat(I64, lanes, stream),
    )
    words = _philox(b, counter, (b.and_(seed, I64(LOW)), b.lshr(seed, I64(32))), lanes)
    word = words[3]
    which = b.and_(position, splat(I64, lanes, 3))
    for place in (2, 1, 0):
        word = b.select(b.icmp_unsigned("==", which, splat(I64, lanes, place)), words[place], word)
    bits = b.trunc(b.lshr(word, splat(I64, lanes, 8)), widened(I32, lanes))
    # 24 bits: exact as a float of either precision.
    return b.fmul(b.sitofp(bits, widened(real, lanes)), splat(real, lanes, 2.0**-24))


def _philox(b: Any, counter: tuple[Any, ...], key: tuple[Any, Any], lanes: int) -> tuple[Any, ...]:
    """Emit the ten rounds on words of 32 bits that lie in 64, so that one product gives both halves."""
    low, half = splat(I64, lanes, LOW), splat(I64, lanes, 32)
    m0, m1 = (splat(I64, lanes, m) for m in MULTIPLIERS)
    c0, c1, c2, c3 = counter
    for turn in range(ROUNDS):
        k0, k1 = (
            broadcast(b, b.and_(b.add(k, I64(turn * by & LOW)), I64(LOW)), lanes)
            for k, by in zip(key, KEY_STEPS, strict=True)
        )
        p0, p1 = b.mul(m0, c0), b.mul(m1, c2)
        c0, c1 = b.xor(b.xor(b.lshr(p1, half), c1), k0), b.and_(p1, low)
        c2, c3 = b.xor(b.xor(b.lshr(p0, half), c3), k1), b.and_(p0, low)
    return c0, c1, c2, c3


def broadcast(b: Any, scalar: Any, lanes: int) -> Any:
    """Emit a vector with the scalar in every lane; the scalar itself for one lane."""
    if lanes == 1:
        return scalar
    whole = ir.VectorType(scalar.type, lanes)
    first = b.insert_element(ir.Constant(whole, ir.Undefined), scalar, I64(0))
    return b.shuffle_vector(first, ir.Constant(whole, ir.Undefined), ir.Constant(ir.VectorType(I32, lanes), None))
