"""Targets, code generation and loading: the right registers for each machine, clear errors where nothing runs."""

import ctypes
import gc
import sys
from dataclasses import replace

import pytest

from pullback.compile.native import llvm
from pullback.compile.native.codegen import assembly, object_code
from pullback.compile.native.failure import NativeError
from pullback.compile.native.jit import load
from pullback.compile.native.target import LEVELS, Target
from pullback.errors import ArgumentError, PullbackError

FUNCTION = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)
INCREMENT = "define i64 @increment(i64 %a) { %b = add i64 %a, 1  ret i64 %b }"
PLAIN_LOOP = """
define void @scale(ptr noalias %x, ptr noalias %y, i64 %n) {
enter:
  br label %loop
loop:
  %i = phi i64 [0, %enter], [%next, %loop]
  %from = getelementptr inbounds float, ptr %x, i64 %i
  %to = getelementptr inbounds float, ptr %y, i64 %i
  %value = load float, ptr %from
  %sum = fadd float %value, %value
  store float %sum, ptr %to
  %next = add nuw nsw i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}
"""


def fused(lanes):
    """y = x * x + x on one vector."""
    kind = f"<{lanes} x float>"
    return f"""
declare {kind} @llvm.fma.v{lanes}f32({kind}, {kind}, {kind})
define void @f(ptr %x, ptr %y) {{
  %v = load {kind}, ptr %x
  %w = call {kind} @llvm.fma.v{lanes}f32({kind} %v, {kind} %v, {kind} %v)
  store {kind} %w, ptr %y
  ret void
}}"""


@pytest.mark.parametrize(
    ("target", "instruction", "register"),
    [
        (Target.limited("avx512"), "vfmadd", "%zmm"),
        (Target.limited("avx2"), "vfmadd", "%ymm"),
        (Target.aarch64(), "fmla", ".4s"),
    ],
)
def test_a_fused_product_and_sum_of_one_vector_is_one_instruction(target, instruction, register):
    lines = [line for line in assembly(fused(target.float_lanes(32)), target).splitlines() if instruction in line]
    assert len(lines) == 1
    assert register in lines[0]


@pytest.mark.parametrize(("level", "above"), [("avx2", "%zmm"), ("sse2", "%ymm")])
def test_a_limited_target_uses_no_wider_register(level, above):
    text = "define <16 x float> @f(<16 x float> %v) { %w = fadd <16 x float> %v, %v  ret <16 x float> %w }"
    assert above not in assembly(text, Target.limited(level))
    assert "%zmm" in assembly(text, Target.limited("avx512"))


def test_a_target_without_fused_instructions_says_so():
    assert not Target.limited("sse2").fma
    assert "fmaf" in assembly(fused(4), Target.limited("sse2"))  # a call of the library
    assert Target.limited("avx2").fma


def test_loops_that_llvm_makes_vectors_of_use_whole_registers():
    target = replace(Target.limited("avx512"), cpu="skylake-avx512")
    assert "%zmm" in assembly(PLAIN_LOOP, target, optimise=True)
    assert "%zmm" not in assembly(PLAIN_LOOP, replace(target, features=""), optimise=True)


def test_without_optimise_the_code_is_what_was_written():
    assert "addss" in assembly(PLAIN_LOOP, Target.limited("sse2"))
    assert "addps" not in assembly(PLAIN_LOOP, Target.limited("sse2"))
    assert "addps" in assembly(PLAIN_LOOP, Target.limited("sse2"), optimise=True)


@pytest.mark.parametrize(("level", "lanes"), [("avx512", (16, 8)), ("avx2", (8, 4)), ("sse2", (4, 2))])
def test_lanes_fill_one_register(level, lanes):
    target = Target.limited(level)
    assert (target.float_lanes(32), target.float_lanes(64)) == lanes


def test_keys_differ_where_code_does():
    targets = [*map(Target.limited, LEVELS), Target.aarch64(), Target.host()]
    assert len({target.key for target in targets}) == len(targets)
    assert all("llvm" in target.key for target in targets)


def test_an_unknown_generation_is_refused():
    with pytest.raises(ArgumentError, match=r"unknown generation[^$]*'avx3'[^$]*'avx512', 'avx2', 'sse2'"):
        Target.limited("avx3")


def test_the_host_runs_its_own_code_and_no_other_architectures():
    host = Target.host()
    foreign = Target.limited("avx2") if host.is_arm else Target.aarch64()
    assert host.runs_here
    assert not foreign.runs_here


@pytest.mark.parametrize("level", [None, *LEVELS])
@pytest.mark.parametrize("optimise", [False, True])
def test_loaded_code_runs(level, optimise):
    target = Target.host() if level is None else Target.limited(level)
    if not target.runs_here:
        pytest.skip("this machine does not run such code")
    loaded = load(object_code(INCREMENT, target, optimise=optimise), "increment")
    assert FUNCTION(loaded.address("increment"))(41) == 42


def test_equal_names_stay_apart():
    code = [object_code(INCREMENT.replace("%a, 1", f"%a, {n}"), Target.host()) for n in (1, 2)]
    first, second = (load(c, "same") for c in code)
    assert FUNCTION(first.address("increment"))(0) == 1
    assert FUNCTION(second.address("increment"))(0) == 2


def test_code_goes_when_nothing_holds_it_and_the_rest_stays():
    code = object_code(INCREMENT, Target.host())
    kept = load(code, "kept")
    for _ in range(20):
        load(code, "dropped").address("increment")
    gc.collect()
    assert FUNCTION(kept.address("increment"))(1) == 2


def test_code_calls_the_c_library_and_given_symbols():
    text = """
    declare i64 @labs(i64)
    declare i64 @given(i64)
    define i64 @both(i64 %a) { %b = call i64 @labs(i64 %a)  %c = call i64 @given(i64 %b)  ret i64 %c }"""
    double = FUNCTION(lambda a: 2 * a)
    symbols = {"given": ctypes.cast(double, ctypes.c_void_p).value}
    loaded = load(object_code(text, Target.host()), "both", symbols)
    assert FUNCTION(loaded.address("both"))(-21) == 42


def test_a_symbol_that_is_not_there_is_named():
    loaded = load(object_code(INCREMENT, Target.host()), "increment")
    with pytest.raises(NativeError, match="object code of 'increment' has no 'decrement'"):
        loaded.address("decrement")


@pytest.mark.parametrize("damaged", [b"", b"no object", b"x" * 300])
def test_bytes_that_are_no_object_code_are_refused(damaged):
    with pytest.raises(NativeError, match=f"object code of 'damaged' cannot be loaded\n.*{len(damaged)} bytes"):
        load(damaged, "damaged")


@pytest.mark.parametrize("text", ["define i64 @f( {", "define i64 @f() { ret i64 %undefined }"])
def test_text_that_is_not_valid_is_refused(text):
    with pytest.raises(NativeError, match="LLVM refuses the emitted text"):
        object_code(text, Target.host())
    with pytest.raises(NativeError, match="LLVM refuses the emitted text"):
        assembly(text, Target.aarch64())


def test_a_target_that_llvm_does_not_know_is_refused():
    with pytest.raises(NativeError, match=r"LLVM makes no code for this machine\n.*quantum-unknown-linux"):
        object_code(INCREMENT, Target("quantum-unknown-linux", "", "", 16, 16))


@pytest.fixture
def fresh_llvm():
    llvm.binding.cache_clear()
    llvm.check_runs.cache_clear()
    yield
    llvm.binding.cache_clear()
    llvm.check_runs.cache_clear()


@pytest.mark.usefixtures("fresh_llvm")
def test_without_llvm_the_error_names_the_engine_that_needs_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    with pytest.raises(NativeError, match=r'LLVM cannot be loaded[^$]*engine="reference"'):
        load(b"", "nothing")


@pytest.mark.usefixtures("fresh_llvm")
def test_where_no_memory_may_hold_code_the_error_says_so(monkeypatch):
    def forbidden():
        raise OSError(13, "cannot allocate executable memory")

    code = object_code(INCREMENT, Target.host())
    monkeypatch.setattr(llvm.binding(), "check_jit_execution", forbidden)
    with pytest.raises(NativeError, match=r'does not run code[^$]*cannot allocate[^$]*engine="reference"'):
        load(code, "increment")


def test_native_errors_are_pullbacks_own():
    assert issubclass(NativeError, PullbackError)
