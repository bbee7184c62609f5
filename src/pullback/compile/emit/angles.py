"""Angles brought to −π/4 .. π/4: x = n·π/2 + r, with r as a pair of doubles.

Up to 2^19, n times a third of π/2's bits is exact and subtracted three times (Cody & Waite). Beyond, x·2/π is computed
modulo 4 in integers, from as many bits of 2/π as x leaves of weight (Payne & Hanek), lane by lane.

Source: Payne & Hanek 1983, SIGNUM Newsl. 18:19, doi:10.1145/1057600.1057602
"""

from __future__ import annotations

from math import inf
from typing import Any

from llvmlite import ir

from pullback.compile.emit.lanes import F64, I1, I64, Lanes, Number
from pullback.compile.emit.outlined import any_lane
from pullback.compile.emit.pairs import Pair, exact_sum, fast_sum, product

TWO_OVER_PI = 0.6366197723675814
# π/2 in three parts of 33 bits and a rest.
HALF_PI_PARTS = (1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32)
HALF_PI_PAIR = (1.5707963267948966, 6.123233995736766e-17)
DIRECT_UP_TO = 2.0**19
# 64 zeros, then the first 1280 bits of 2/π.
BITS = (
    0x0000000000000000,
    0xA2F9836E4E441529,
    0xFC2757D1F534DDC0,
    0xDB6295993C439041,
    0xFE5163ABDEBBC561,
    0xB7246E3A424DD2E0,
    0x06492EEA09D1921C,
    0xFE1DEB1CB129A73E,
    0xE88235F52EBB4484,
    0xE99C7026B45F7E41,
    0x3991D639835339F4,
    0x9C845F8BBDF9283B,
    0x1FF897FFDE05980F,
    0xEF2F118B5A0A6D1F,
    0x6D367ECF27CB09B7,
    0x4F463F669E5FEA2D,
    0x7527BAC7EBE5F17B,
    0x3D0739F78A5292EA,
    0x6BFB5FB11F8D5D08,
    0x56033046FC7B6BAB,
    0xF0CFBC209AF4361D,
)
I32, I128 = ir.IntType(32), ir.IntType(128)
RESULT = ir.LiteralStructType([I64, F64, F64])


def reduced(f: Lanes, x: Number) -> tuple[Any, Pair]:
    """Emit n (the low bits of a word) and r; the builder goes on in another block."""
    shift = 1.5 * 2.0**f.format.mantissa
    shifted = f.fma(x, TWO_OVER_PI, shift)
    n = shifted - shift
    first, second, third, rest = HALF_PI_PARTS
    a = exact_sum(x - n * first, -(n * second))
    c = exact_sum(a.high, -(n * third))
    r = fast_sum(c.high, (a.low + c.low) - n * rest)
    size = f.abs(x)
    far = f.b.and_(size >= DIRECT_UP_TO, size < inf)
    return _with_far_lanes(f, x, far, (shifted.bits, r.high.value, r.low.value))


def _with_far_lanes(f: Lanes, x: Number, far: Any, near: tuple[Any, ...]) -> tuple[Any, Pair]:
    """Replace n and r in the lanes whose angle is far."""
    b, before = f.b, f.b.block
    body, after = (b.function.append_basic_block(name) for name in ("far", "reduced"))
    b.cbranch(any_lane(f, far), body, after)
    b.position_at_end(body)
    lane = b.phi(I64)
    lane.add_incoming(I64(0), before)
    phis = [b.phi(value.type) for value in near]
    entry = _entry if f.lanes > 1 else lambda _, value, __: value
    # The table ends where near angles, infinities and NaN would read it.
    angle = f.where(far, x, DIRECT_UP_TO)
    found = b.call(_far_function(b.module), [entry(b, angle.value, lane)])
    here = entry(b, far, lane)
    new = []
    for position, (phi, value) in enumerate(zip(phis, near, strict=True)):
        phi.add_incoming(value, before)
        one = b.select(here, b.extract_value(found, position), entry(b, phi, lane))
        new.append(b.insert_element(phi, one, lane) if f.lanes > 1 else one)
        phi.add_incoming(new[-1], body)
    following = b.add(lane, I64(1))
    lane.add_incoming(following, body)
    b.cbranch(b.icmp_unsigned("<", following, I64(f.lanes)), body, after)
    b.position_at_end(after)
    results = []
    for value, other in zip(near, new, strict=True):
        results.append(b.phi(value.type))
        results[-1].add_incoming(value, before)
        results[-1].add_incoming(other, body)
    n, high, low = results
    return n, Pair(f.number(high), f.number(low))


def _entry(b: Any, value: Any, lane: Any) -> Any:
    return b.extract_element(value, lane)


def _far_function(module: Any) -> Any:
    """Define {n, r.high, r.low} of one finite double from 2^19 on, unless the module has it."""
    name = "pullback.far_angle"
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(RESULT, [F64]), name)
    function.linkage = "internal"
    function.attributes.add("nounwind")
    b = ir.IRBuilder(function.append_basic_block("entry"))
    f = Lanes(b, F64, 1)
    x = f.number(function.args[0])
    quarter, high, low = _modulo_four(b, f.abs(x).bits)
    negative = b.icmp_signed("<", high, I64(0))
    fraction = _wide(b, high, low)
    r = _fraction_pair(f, b.select(negative, b.neg(fraction), fraction))
    # The sign of x turns both n and r round.
    backward = x < 0.0
    flip = b.xor(negative, backward)
    signed = [b.select(flip, (-part).value, part.value) for part in (r.high, r.low)]
    n = b.select(backward, b.neg(quarter), quarter)
    result: Any = ir.Constant(RESULT, ir.Undefined)
    for position, value in enumerate((n, *signed)):
        result = b.insert_value(result, value, position)
    b.ret(result)
    return function


def _wide(b: Any, high: Any, low: Any) -> Any:
    return b.or_(b.shl(b.zext(high, I128), I128(64)), b.zext(low, I128))


def _modulo_four(b: Any, bits: Any) -> tuple[Any, Any, Any]:
    """Emit n and the words of the signed rest, in units of 2^-126, of x·2/π mod 4."""
    mantissa = b.or_(b.and_(bits, I64((1 << 52) - 1)), I64(1 << 52))
    # x = mantissa·2^k; the bits of 2/π before the place k − 2 only give multiples of 4.
    skip = b.add(b.sub(b.lshr(bits, I64(52)), I64(1075)), I64(62))
    words = _window(b, b.lshr(skip, I64(6)), b.and_(skip, I64(63)))
    factor = b.zext(mantissa, I128)
    carry: Any = I128(0)
    product_words = []
    for word in reversed(words):
        total = b.add(b.mul(factor, b.zext(word, I128)), carry)
        product_words.append(b.trunc(total, I64))
        carry = b.lshr(total, I128(64))
    _, middle, top = product_words
    quarter = b.lshr(b.add(top, I64(1 << 61)), I64(62))
    return quarter, b.sub(top, b.shl(quarter, I64(62))), middle


def _window(b: Any, start: Any, offset: Any) -> list[Any]:
    """Emit the three words of 2/π that begin `offset` bits after word `start`, the first one of most weight."""
    table = _table(b.module)
    loaded = [b.load(b.gep(table, [b.add(start, I64(i))], source_etype=I64), typ=I64, align=8) for i in range(4)]
    shift = b.module.globals.get("llvm.fshl.i64") or ir.Function(
        b.module, ir.FunctionType(I64, [I64] * 3), "llvm.fshl.i64"
    )
    return [b.call(shift, [loaded[i], loaded[i + 1], offset]) for i in range(3)]


def _table(module: Any) -> Any:
    name = "pullback.two_over_pi"
    if name not in module.globals:
        kind = ir.ArrayType(I64, len(BITS))
        table = ir.GlobalVariable(module, kind, name)
        table.linkage, table.global_constant = "internal", True
        table.initializer = ir.Constant(kind, list(BITS))
    return module.globals[name]


def _fraction_pair(f: Lanes, fraction: Any) -> Pair:
    """Emit the positive 128-bit fraction, times 2^-126·π/2, as a pair."""
    b = f.b
    count = b.module.globals.get("llvm.ctlz.i128") or ir.Function(
        b.module, ir.FunctionType(I128, [I128, I1]), "llvm.ctlz.i128"
    )
    zeros = b.call(count, [fraction, I1(0)])
    normal = b.shl(fraction, zeros)
    # The first 53 bits and the next 53, both exact as doubles; the first bit's weight is 2^(1 − zeros).
    upper = b.trunc(b.lshr(normal, I128(75)), I64)
    lower = b.and_(b.trunc(b.lshr(normal, I128(22)), I64), I64((1 << 53) - 1))
    scale = f.from_bits(b.shl(b.sub(I64(1023 - 51), b.trunc(zeros, I64)), I64(52)))
    a = f.number(b.sitofp(upper, F64)) * scale
    c = f.number(b.sitofp(lower, F64)) * scale * 2.0**-53
    whole = product(f, a, f.constant(HALF_PI_PAIR[0]))
    return fast_sum(whole.high, whole.low + (a * HALF_PI_PAIR[1] + c * HALF_PI_PAIR[0]))
