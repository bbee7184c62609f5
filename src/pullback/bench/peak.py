"""What the processor can do at most: a loop of multiply-adds in registers, on as many threads as the benchmark has."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from pullback.bench.timing import timed

# So many registers are left for the two other operands, and for the compiler.
SPARE_REGISTERS = 4


def loop_text(lanes: int, chains: int, *, fma: bool) -> str:
    """LLVM's text of `float products(i64 count, float a, float b)`: chains of v ← v·a + b, in float32 vectors.

    The chains are independent of each other, more than enough to hide how long one multiply-add takes.

    fma  whether a multiply-add is one instruction; else a product and a sum
    """
    vector = f"<{lanes} x float>"
    chained = range(chains)

    def splat(name: str) -> list[str]:
        undefined = f"insertelement {vector} poison, float %{name}, i32 0"
        mask = f"<{lanes} x i32> zeroinitializer"
        return [f"%{name}1 = {undefined}", f"%{name}v = shufflevector {vector} %{name}1, {vector} poison, {mask}"]

    def step(k: int) -> list[str]:
        if fma:
            call = f"call {vector} @llvm.fma.v{lanes}f32({vector} %v{k}, {vector} %av, {vector} %bv)"
            return [f"%n{k} = {call}"]
        return [f"%m{k} = fmul {vector} %v{k}, %av", f"%n{k} = fadd {vector} %m{k}, %bv"]

    starts = [", ".join([f"float {k}.0"] * lanes) for k in chained]
    lines = [
        f"declare {vector} @llvm.fma.v{lanes}f32({vector}, {vector}, {vector})",
        "define float @products(i64 %count, float %a, float %b) {",
        *("entry:", *splat("a"), *splat("b"), "br label %loop"),
        *("loop:", "%i = phi i64 [0, %entry], [%j, %loop]"),
        *(f"%v{k} = phi {vector} [<{starts[k]}>, %entry], [%n{k}, %loop]" for k in chained),
        *(line for k in chained for line in step(k)),
        "%j = add i64 %i, 1",
        *("%more = icmp slt i64 %j, %count", "br i1 %more, label %loop, label %exit"),
        *("exit:", f"%s0 = fadd {vector} %n0, %n0"),
        *(f"%s{k} = fadd {vector} %s{k - 1}, %n{k}" for k in chained[1:]),
        *(f"%r = extractelement {vector} %s{chains - 1}, i32 0", "ret float %r", "}"),
    ]
    return "\n".join(lines)


def loop() -> tuple[Callable[[int], float], int]:
    """The loop as a function of how often it runs, and the multiply-adds of one round.

    Raises: NativeError, where no native code runs
    """
    from pullback.compile.native.codegen import object_code
    from pullback.compile.native.jit import load
    from pullback.compile.native.target import Target

    target = Target.host()
    lanes, chains = target.float_lanes(32), target.registers - SPARE_REGISTERS
    loaded = load(object_code(loop_text(lanes, chains, fma=target.fma), target), "peak")
    function = ctypes.CFUNCTYPE(ctypes.c_float, ctypes.c_int64, ctypes.c_float, ctypes.c_float)(
        loaded.address("products")
    )

    def run(count: int) -> float:
        """Chains that tend to 1: neither too great nor too small for full speed."""
        result: float = function(count, 0.5, 0.5)
        return result

    run.code = loaded  # type: ignore[attr-defined]  # it must live as long as the function
    return run, lanes * chains


ROUNDS = 10_000


def measured(threads: int, seconds: float) -> list[float]:
    """Multiply-adds a second of all threads together, float32, measured again and again.

    Raises: NativeError, where no native code runs
    """
    run, each = loop()
    with ThreadPoolExecutor(threads) as pool:

        def together(count: int) -> None:
            list(pool.map(partial(_again, run), [count] * threads))

        times = timed(together, seconds)
    return [threads * ROUNDS * each / t for t in times]


def _again(run: Callable[[int], float], count: int) -> None:
    run(count * ROUNDS)
