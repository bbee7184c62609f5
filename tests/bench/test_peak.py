import re

import pytest

from pullback.bench.peak import SPARE_REGISTERS, loop, loop_text, measured
from pullback.compile.native.codegen import assembly
from pullback.compile.native.target import Target

TARGETS = {
    "avx512": Target.limited("avx512"),
    "avx2": Target.limited("avx2"),
    "sse2": Target.limited("sse2"),
    "aarch64": Target.aarch64(),
}


def body(target):
    """The instructions of the loop."""
    text = loop_text(target.float_lanes(32), target.registers - SPARE_REGISTERS, fma=target.fma)
    lines = [line.split() for line in assembly(text, target).splitlines()]
    jump = next(k for k, line in enumerate(lines) if line and re.match(r"j[lng]|b\.", line[0]))
    label = lines[jump][-1] + ":"
    start = max(k for k in range(jump) if lines[k] and lines[k][0] == label)
    return [" ".join(line) for line in lines[start + 1 : jump]]


@pytest.mark.parametrize("name", TARGETS)
def test_the_loop_has_a_multiply_add_for_each_chain_and_touches_no_memory(name):
    target = TARGETS[name]
    instructions, chains = body(target), target.registers - SPARE_REGISTERS
    multiply = r"vfmadd\d+ps|fmla" if target.fma else "mulps"
    assert sum(bool(re.match(multiply, line)) for line in instructions) == chains
    assert not [line for line in instructions if "(" in line or "[sp" in line]


def test_the_check_sees_a_loop_that_does_not_fit_into_the_registers():
    target = TARGETS["avx2"]
    text = assembly(loop_text(8, 20, fma=True), target)
    assert re.search(r"ymm\d+.*\(%rsp\)|\(%rsp\).*ymm", text)


def test_the_loop_computes_its_products():
    run, each = loop()
    host = Target.host()
    chains = each // host.float_lanes(32)
    # v ← v/2 + 1/2 tends to 1 from every start; the sum has the first chain twice.
    assert run(100) == chains + 1
    # After one round from k: k/2 + 1/2.
    assert run(1) == sum(k / 2 + 0.5 for k in range(chains)) + 0.5


def test_the_peak_of_a_processor_is_more_than_one_product_a_nanosecond():
    assert all(1e9 < rate < 1e13 for rate in measured(threads=1, seconds=0.01))
