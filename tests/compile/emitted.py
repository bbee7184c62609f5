"""Compile an emitted elementwise function and run it on arrays: what the tests of emitted functions share."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from pullback.compile.emit.functions import evaluate
from pullback.compile.native import codegen, jit
from pullback.compile.native.target import Target
from pullback.formula.expr import Expr

I8, I64 = ir.IntType(8), ir.IntType(64)
REALS = {"float32": ir.FloatType(), "float64": ir.DoubleType()}
POINTER = ir.PointerType()
Emit = Callable[[Any, Sequence[Any]], Any]


def _memory(dtype: str) -> Any:
    return REALS.get(dtype) or {"int64": I64, "bool": I8}[dtype]


def module_text(emit: Emit, dtypes: Sequence[str], result: str, lanes: int, flush: bool = False) -> str:
    """Write `void f(ptr in0, .., ptr out, i64 n)`, which applies the emitted code to n entries, `lanes` at a time.

    With `flush` (x86) it runs as compiled steps do: what is below the smallest normal number is 0.
    """
    module = ir.Module("test")
    kind = ir.FunctionType(ir.VoidType(), [POINTER] * (len(dtypes) + 1) + [I64])
    function = ir.Function(module, kind, "f")
    entry, body, done = (function.append_basic_block(name) for name in ("entry", "body", "done"))
    b = ir.IRBuilder(entry)
    mode = _flushing(b) if flush else None
    b.branch(body)
    b.position_at_end(body)
    i = b.phi(I64)
    i.add_incoming(I64(0), entry)
    values = []
    for pointer, dtype in zip(function.args, dtypes, strict=False):
        memory = _memory(dtype)
        whole = memory if lanes == 1 else ir.VectorType(memory, lanes)
        value = b.load(b.gep(pointer, [i], source_etype=memory), typ=whole, align=1)
        values.append(b.icmp_unsigned("!=", value, ir.Constant(whole, None)) if dtype == "bool" else value)
    out = emit(b, values)
    if result == "bool":
        out = b.zext(out, I8 if lanes == 1 else ir.VectorType(I8, lanes))
    b.store(out, b.gep(function.args[-2], [i], source_etype=_memory(result)), align=1)
    following = b.add(i, I64(lanes))
    i.add_incoming(following, b.block)
    b.cbranch(b.icmp_signed("<", following, function.args[-1]), body, done)
    b.position_at_end(done)
    if mode is not None:
        b.call(module.globals["llvm.x86.sse.ldmxcsr"], [mode])
    b.ret_void()
    return str(module)


def _flushing(b: Any) -> Any:
    """Set FTZ and DAZ; give where the mode before is kept."""
    kind = ir.FunctionType(ir.VoidType(), [POINTER])
    store, load = (ir.Function(b.module, kind, f"llvm.x86.sse.{name}") for name in ("stmxcsr", "ldmxcsr"))
    kept, changed = b.alloca(ir.IntType(32)), b.alloca(ir.IntType(32))
    b.call(store, [kept])
    b.store(b.or_(b.load(kept), ir.Constant(ir.IntType(32), 0x8040)), changed)
    b.call(load, [changed])
    return kept


def run(
    emit: Emit,
    arrays: Sequence[np.ndarray],
    result: str,
    lanes: int,
    target: Target | None = None,
    *,
    flush: bool = False,
) -> np.ndarray:
    """Compile and apply emitted code to arrays of one dimension."""
    size = len(arrays[0])
    padded = [np.concatenate([a, np.full(-size % lanes, a[-1])]) for a in arrays]
    out = np.empty(len(padded[0]), result)
    text = module_text(emit, [str(a.dtype) for a in arrays], result, lanes, flush)
    loaded = jit.load(codegen.object_code(text, target or Target.host()), "test")
    pointers = [ctypes.c_void_p(a.ctypes.data) for a in [*padded, out]]
    call = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(pointers), ctypes.c_int64)
    call(loaded.address("f"))(*pointers, len(out))
    return out[:size]


def emitter(expr: Expr, names: Sequence[str], precision: str, lanes: int) -> Emit:
    """Emit an expression of the named variables."""
    return lambda b, values: evaluate(
        b, expr, dict(zip(names, values, strict=True)), lanes=lanes, real=REALS[precision]
    )


def compiled(
    expr: Expr,
    env: Mapping[str, np.ndarray],
    precision: str = "float32",
    lanes: int = 8,
    target: Target | None = None,
    *,
    result: str | None = None,
    flush: bool = False,
) -> np.ndarray:
    """Evaluate an expression by compiled code."""
    emit = emitter(expr, list(env), precision, lanes)
    return run(emit, list(env.values()), result or precision, lanes, target, flush=flush)


def calls(assembly: str) -> set[str]:
    """Name what assembly calls outside the functions that it defines."""
    defined = set(re.findall(r"^\"?([\w.$]+)\"?:", assembly, re.M))
    called = re.findall(r"^\s+(?:callq?|jmp|bl|b)\s+\*?\"?([A-Za-z_][\w.$]*)", assembly, re.M)
    return {name for name in called if name.split("@")[0] not in defined}
