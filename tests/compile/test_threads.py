"""Whole programs give the same bits for any number of threads, and in every run."""

import ctypes

import numpy as np
import pytest

import pullback as pb
from compile import steps
from pullback.compile.executable import Executable, fitted, pointers
from pullback.compile.native.team import TEAM
from pullback.compile.program import compile_graph

NETS = {
    "softmax": ((1, 28, 28), 64),
    "lenet5": ((1, 28, 28), 64),
    "lenet5 with a batch that fills no vector": ((1, 28, 28), 21),
    "cnn": ((1, 14, 14), 33),
    "vgg": ((3, 16, 16), 16),
    "resnet18": ((3, 8, 8), 20),
}


def outputs(program, executable, given, threads):
    """What the program computes on so many threads."""
    arrays = [fitted(v, s) for v, s in zip(given, program.inputs, strict=True)]
    found = [np.zeros(s.shape, s.dtype) for s in program.outputs]
    table = pointers((*arrays, *found, *program.constants))
    with executable.arena(threads) as arena:
        TEAM.call(executable.step_address, arena.address, ctypes.addressof(table), threads)
    return found


@pytest.fixture(scope="module")
def compiled():
    """Compiles each network's training step once."""
    known = {}

    def get(name):
        if name not in known:
            shape, batch = NETS[name]
            graph, given = steps.training_step(name.split()[0], shape, batch)
            program = compile_graph(graph, "float32")
            known[name] = program, Executable(program), given
        return known[name]

    return get


@pytest.mark.parametrize("name", NETS)
def test_a_training_step_gives_the_same_bits_for_any_number_of_threads(name, compiled):
    program, executable, given = compiled(name)
    alone = outputs(program, executable, given, 1)
    for threads in (2, 3, 4, 8):
        together = outputs(program, executable, given, threads)
        for k, (a, b) in enumerate(zip(alone, together, strict=True)):
            assert a.tobytes() == b.tobytes(), (k, threads)


@pytest.mark.parametrize("name", ["lenet5", "resnet18"])
def test_a_training_step_gives_the_same_bits_in_every_run(name, compiled):
    program, executable, given = compiled(name)
    first = outputs(program, executable, given, 2)
    for _ in range(5):
        again = outputs(program, executable, given, 2)
        assert all(a.tobytes() == b.tobytes() for a, b in zip(first, again, strict=True))


def test_sums_in_another_order_have_other_bits(compiled):
    """What the comparison above would see: the same step with the images in another order."""
    program, executable, given = compiled("lenet5")
    order = np.random.default_rng(0).permutation(64)
    at = next(k for k, s in enumerate(program.inputs) if s.shape == (64, 1, 28, 28))
    other = list(given)
    other[at], other[at + 1] = given[at][order], given[at + 1][order]
    a, b = outputs(program, executable, given, 1), outputs(program, executable, other, 1)
    assert any(x.tobytes() != y.tobytes() for x, y in zip(a, b, strict=True))
    np.testing.assert_allclose(a[0], b[0], rtol=1e-3, atol=1e-5)


def test_rows_of_a_large_sum_are_shared_out_and_still_exact():
    x = np.arange(1 << 16, dtype=np.float64).reshape(256, 256)
    assert pb.compile(np.sum)(x) == x.sum()
