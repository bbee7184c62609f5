"""The hot loops of the main tiles keep their vectors in registers, whichever processor they are scheduled for."""

from dataclasses import replace
from functools import cache
from unittest import mock

import numpy as np
import pytest

from compile.hot_loops import HotLoop, hot_loops
from compile.networks import training_step
from pullback import nn, optim
from pullback.compile import emission
from pullback.compile.emission import emit
from pullback.compile.native.codegen import assembly
from pullback.compile.native.target import Target

PROCESSORS = {"znver4": "avx512", "znver5": "avx512", "sapphirerapids": "avx512", "alderlake": "avx2"}
"""Processors of several makers, with the generation of their vectors."""
MAIN = 20
"""A main tile has at least so many products in its innermost loop."""


@cache
def _graph():
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
    x, y = np.zeros((64, 32, 14, 14)), np.zeros((64, 128))
    return training_step(net, nn.MSELoss(), optim.SGD(lr=0.1), x, y, rng).graph


@cache
def _text(level, dtype):
    return emit(_graph(), dtype, Target.limited(level), strict=True).module


def _main_tiles(text, target):
    loops = [loop for loop in hot_loops(assembly(text, target)) if loop.function.endswith(".contraction")]
    return [loop for loop in loops if loop.products >= MAIN]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cpu", PROCESSORS)
def test_the_main_tiles_keep_their_vectors_in_registers(cpu, dtype):
    level = PROCESSORS[cpu]
    tiles = _main_tiles(_text(level, dtype), replace(Target.limited(level), cpu=cpu))
    assert len(tiles) >= 6, "convolutions and the linear layer have their forward, data and filter tiles"
    spilled = {loop.function: loop.spills[:3] for loop in tiles if loop.spills}
    assert not spilled


def test_tiles_for_more_registers_than_there_are_are_found_to_spill():
    plain = emission.Machine
    with mock.patch.object(emission, "Machine", lambda lanes, registers, *rest: plain(lanes, 2 * registers, *rest)):
        text = emit(_graph(), "float32", Target.limited("avx2"), strict=True).module
    tiles = _main_tiles(text, replace(Target.limited("avx2"), cpu="alderlake"))
    assert any(loop.spills for loop in tiles)


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
