"""Functions of the module for what is too long to stand in every loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir

from pullback.compile.emit.lanes import F64, Lanes, Number

Body = Callable[..., Number]


def outlined(name: str, body: Body, *, widen: bool = True) -> Body:
    """Give an emitter that calls a function, which it defines where the module has none yet.

    Unless `widen` is false the body is always emitted for double precision: single precision is converted at its
    border and rounded once, at the end.
    """

    def emit(f: Lanes, *arguments: Number) -> Number:
        symbol = f"pullback.{name}.v{f.lanes}f{f.format.bits}"
        function = f.b.module.globals.get(symbol) or _define(f, symbol, body, len(arguments), widen)
        return f.number(f.b.call(function, [a.value for a in arguments]))

    return emit


def _define(f: Lanes, symbol: str, body: Body, arity: int, widen: bool) -> Any:
    function = ir.Function(f.b.module, ir.FunctionType(f.type, [f.type] * arity), symbol)
    function.linkage = "internal"
    function.attributes.add("nounwind")
    b = ir.IRBuilder(function.append_basic_block("entry"))
    inner = Lanes(b, F64 if widen else f.real, f.lanes)
    widened = inner.real != f.real
    given = [b.fpext(a, inner.type) if widened else a for a in function.args]
    result = body(inner, *map(inner.number, given)).value
    b.ret(b.fptrunc(result, f.type) if widened else result)
    return function


def any_lane(f: Lanes, condition: Any) -> Any:
    """Emit whether a condition holds in some lane."""
    if f.lanes == 1:
        return condition
    return f.b.icmp_unsigned("!=", f.b.bitcast(condition, ir.IntType(f.lanes)), ir.Constant(ir.IntType(f.lanes), 0))
