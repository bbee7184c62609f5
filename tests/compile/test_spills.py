"""The hot loops of the main tiles keep their vectors in registers, whichever processor they are scheduled for."""

from dataclasses import replace
from functools import cache
from unittest import mock

import numpy as np
import pytest

from compile.hot_loops import HotLoop, hot_loops
from compile.networks import training_step
from pullback import nn, optim
from pullback.compile.emission import emit
from pullback.compile.emit.loops import Emitter
from pullback.compile.kernels.kernel import Machine
from pullback.compile.native.codegen import assembly
from pullback.compile.native.target import Target

GENERATIONS = {
    "avx512": ["znver4", "znver5", "skylake-avx512", "icelake-server", "sapphirerapids"],
    "avx2": ["haswell", "skylake", "alderlake", "znver2", "znver3"],
    "sse2": ["x86-64", "nehalem"],
    "arm": ["generic", "neoverse-n1", "neoverse-v2", "apple-m1"],
}
"""Processors of several makers, by their vectors: for each, LLVM has another model of what to do when."""
PROCESSORS = [(level, cpu) for level, cpus in GENERATIONS.items() for cpu in cpus]
ONE_OF_EACH = [(level, cpus[0]) for level, cpus in GENERATIONS.items()]
CASES = [(*p, "float32", 64) for p in PROCESSORS]
CASES += [(*p, *form) for p in ONE_OF_EACH for form in (("float64", 64), ("float32", 30))]
MAIN = 16
"""A main tile has at least so many products in its innermost loop."""


@cache
def _graph(batch):
    """A step through convolutions without and with padding and a linear layer: nine main tiles."""
    net = nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.Conv2d(64, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * 36, 128),
    )
    rng = np.random.default_rng(0)
    x, y = np.zeros((batch, 32, 14, 14)), np.zeros((batch, 128))
    return training_step(net, nn.MSELoss(), optim.SGD(lr=0.1), x, y, rng).graph


def _target(level):
    return Target.aarch64() if level == "arm" else Target.limited(level)


def _emitted(level, dtype, batch=64, *, strict=True):
    return emit(_graph(batch), dtype, _target(level), strict=strict).module


_text = cache(_emitted)


def _loops(text, level, cpu):
    return hot_loops(assembly(text, replace(_target(level), cpu=cpu)))


def _main_tiles(text, level, cpu):
    loops = [loop for loop in _loops(text, level, cpu) if loop.function.endswith(".contraction")]
    return [loop for loop in loops if loop.products >= MAIN]


def _spilled(tiles):
    return {loop.function: loop.spills[:3] for loop in tiles if loop.spills}


@pytest.mark.parametrize(("level", "cpu", "dtype", "batch"), CASES)
def test_the_main_tiles_keep_their_vectors_in_registers(level, cpu, dtype, batch):
    tiles = _main_tiles(_text(level, dtype, batch), level, cpu)
    assert len(tiles) >= 5, "convolutions and the linear layer have their forward, data and filter tiles"
    assert not _spilled(tiles)


@pytest.mark.parametrize(("level", "cpu"), ONE_OF_EACH)
def test_the_products_of_winograds_algorithm_keep_their_vectors_in_registers(level, cpu):
    loops = [loop for loop in _loops(_text(level, "float32", strict=False), level, cpu) if "winograd" in loop.function]
    products = [loop for loop in loops if not loop.writes]
    assert len(products) == 5, "forward of two layers, data of one, filters of two"
    assert not _spilled(products)


@pytest.mark.parametrize(("level", "cpu"), ONE_OF_EACH)
def test_tiles_for_more_registers_than_there_are_are_found_to_spill(level, cpu):
    plain = Machine.of
    with mock.patch.object(Machine, "of", lambda *of: plain(*of).keeping(-4)):
        text = _emitted(level, "float32")
    assert _spilled(_main_tiles(text, level, cpu))


@pytest.mark.parametrize("level_and_cpu", [("avx512", "skylake-avx512"), ("avx2", "skylake"), ("avx2", "znver2")])
def test_without_an_order_what_is_read_too_early_is_found_to_spill(level_and_cpu):
    plain = Emitter.laundered
    with mock.patch.object(Emitter, "laundered", lambda e, pointer, after=(): plain(e, pointer)):
        text = _emitted(level_and_cpu[0], "float32")
    assert _spilled(_main_tiles(text, *level_and_cpu))


def test_without_its_place_a_sum_of_two_instructions_is_found_to_spill():
    with mock.patch.object(Emitter, "added_in_place", lambda e, total, addend: e.b.fadd(total, addend)):
        text = _emitted("sse2", "float32")
    assert _spilled(_main_tiles(text, "sse2", "x86-64"))


@pytest.mark.parametrize(
    "line",
    [
        "\tvmovups\t%zmm8, 64(%rsp)                 # 64-byte Spill",
        "\tvmovups\t-72(%rsp), %zmm10",
        "\tvfmadd231ps\t-104(%rsp), %ymm12, %ymm1",
        "\tmovaps\t%xmm3, (%rsp)",
        "\tstr\tq12, [sp, #384]",
        "\tldp\tq7, q17, [sp, #96]",
    ],
)
def test_vectors_on_the_stack_are_told(line):
    assert HotLoop("f", (line,)).spills


@pytest.mark.parametrize(
    "line",
    [
        "\tvmovups\t(%rsi,%rax,4), %zmm8",
        "\tmovq\t%rax, 8(%rsp)",
        "\tvfmadd231ps\t%zmm1, %zmm2, %zmm3",
        "\tldr\tq1, [x2]",
    ],
)
def test_other_instructions_are_no_spills(line):
    assert not HotLoop("f", (line,)).spills


@pytest.mark.parametrize(
    ("line", "writes"),
    [
        ("\tvmovups\t%zmm8, 64(%rdi,%rax)", True),
        ("\tmovaps\t%xmm3, (%r8)", True),
        ("\tstr\tq12, [x8, #384]", True),
        ("\tvmovups\t%zmm8, 64(%rsp)", False),
        ("\tvmovups\t64(%rdi), %zmm8", False),
        ("\tvmovaps\t%zmm8, %zmm9", False),
        ("\tstr\tq12, [sp, #384]", False),
    ],
)
def test_loops_that_write_vectors_elsewhere_are_told(line, writes):
    assert HotLoop("f", (line,)).writes == writes


def test_only_innermost_loops_that_multiply_are_hot():
    text = """
f:
.LBB0_1:
	addq	$1, %rax
.LBB0_2:
	vfmadd231ps	%zmm1, %zmm2, %zmm3
	jne	.LBB0_2
	vfmadd231ps	64(%rsp), %zmm2, %zmm3
	jne	.LBB0_1
.LBB0_3:
	addq	$1, %rax
	jne	.LBB0_3
	retq
"""
    (loop,) = hot_loops(text)
    assert (loop.function, loop.products, loop.spills) == ("f", 1, [])
