"""Code for other processors: older x86 run here, 64-bit ARM as assembly."""

import re
from functools import cache

import numpy as np
import pytest

from compile.agreement import check_agree, compiled
from compile.emitted import calls
from compile.networks import training_step
from compile.test_law5 import CASES, law
from pullback import nn, optim
from pullback.compile.emission import emit
from pullback.compile.native.codegen import assembly
from pullback.compile.native.target import Target

SYSTEM: set[str] = set()
LEVELS = ["avx2", "sse2"]
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
every_level = pytest.mark.parametrize("level", LEVELS)


def _target(level):
    target = Target.limited(level)
    if not target.runs_here:
        pytest.skip(f"this machine does not run {level}")
    return target


def _step(batch=18):
    """A step through convolutions with and without padding and strides, pooling, batch norm, dropout, linear layers."""
    rng = np.random.default_rng(0)
    with nn.init.seeded(0):
        net = nn.Sequential(
            nn.Conv2d(3, 5, 3, padding=1),
            nn.BatchNorm2d(5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(5, 6, 3, stride=2),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(24, 20),
            nn.GELU(),
            nn.Dropout(0.3),
            nn.Linear(20, 7),
        )
    x, labels = rng.standard_normal((batch, 3, 10, 10)), rng.integers(0, 7, batch)
    return training_step(net, nn.CrossEntropyLoss(), optim.SGD(lr=0.1, momentum=0.9), x, labels, rng)


@cache
def _assembly(target, dtype):
    return assembly(emit(_step().graph, dtype, target).module, target)


@every_level
@every_dtype
def test_a_training_step_for_an_older_processor_is_the_reference(level, dtype):
    example = _step()
    check_agree(example.graph, compiled(example.graph, dtype, _target(level)), example.inputs, dtype)


@every_level
@pytest.mark.parametrize("case", CASES[:: len(CASES) // 20], ids=str)
def test_operators_for_an_older_processor_are_the_reference(level, case):
    target = _target(level)
    law(case, "float32", lambda graph, dtype: compiled(graph, dtype, target))


@pytest.mark.slow
@every_level
@every_dtype
@pytest.mark.parametrize("case", CASES, ids=str)
def test_all_operators_for_an_older_processor_are_the_reference(level, case, dtype):
    target = _target(level)
    law(case, dtype, lambda graph, dtype: compiled(graph, dtype, target))


@pytest.mark.parametrize("level", [*LEVELS, "avx512"])
@every_dtype
def test_code_for_a_generation_uses_its_vectors_and_none_that_are_wider(level, dtype):
    text = _assembly(Target.limited(level), dtype)
    widest = {"sse2": "xmm", "avx2": "ymm", "avx512": "zmm"}
    assert widest[level] in text
    assert not any(wider in text for wider in ("ymm", "zmm") if wider > widest[level])
    assert ("vfmadd" in text) == (level != "sse2")


@every_dtype
def test_code_for_arm_uses_its_vectors_and_fused_products(dtype):
    text = _assembly(Target.aarch64(), dtype)
    lanes = {"float32": "4s", "float64": "2d"}[dtype]
    assert re.search(rf"fmla\s+v\d+\.{lanes}", text)


@every_dtype
@pytest.mark.parametrize("target", [*map(Target.limited, [*LEVELS, "avx512"]), Target.aarch64()], ids=lambda t: t.cpu)
def test_a_step_calls_nothing_outside_but_the_system(target, dtype):
    assert calls(_assembly(target, dtype)) <= SYSTEM
