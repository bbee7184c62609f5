"""Norms of filter gradients are added up where the gradients are computed."""

import numpy as np
import pytest

from compile.steps import training_step
from pullback.autodiff import trace
from pullback.compile.emission import emit
from pullback.compile.executable import Executable
from pullback.compile.native.target import Target
from pullback.compile.program import compile_graph
from pullback.interpret import run

every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
RNG = np.random.default_rng(3)


def stages_of(graph, dtype="float32"):
    return [stage for stage, _ in emit(graph, dtype, Target.limited("avx2")).choices]


def norms(x, y):
    """Σ g² and Σ |g − x₀| of g = ȳᵀx, whose tiles do not divide its axes."""
    g = y.T @ x
    return np.sum(g * g), np.sum(np.abs(g - x[0]))


@every_dtype
@pytest.mark.parametrize(("outputs", "inputs"), [(7, 48), (13, 112), (16, 64), (5, 16)])
def test_sums_over_a_product_are_those_of_its_entries(dtype, outputs, inputs):
    x, y = RNG.integers(-3, 4, (24, inputs)).astype(float), RNG.integers(-3, 4, (24, outputs)).astype(float)
    graph = trace(norms, x, y).graph
    got = Executable(compile_graph(graph, dtype))([x, y])
    # Whole numbers: exact in either precision, however they are added up.
    assert [float(v) for v in got] == [float(v) for v in run(graph, [x, y])]


def test_what_only_its_norm_reads_is_never_written():
    x, y = np.ones((24, 48)), np.ones((24, 7))
    stages = stages_of(trace(norms, x, y).graph)
    product = next(s for s in stages if s.tallies)
    assert product.writes == ()
    assert len(product.tallies) == 2


def test_what_is_asked_for_is_written_too():
    x, y = np.ones((24, 48)), np.ones((24, 7))
    graph = trace(lambda x, y: (y.T @ x, np.sum((y.T @ x) ** 2)), x, y).graph
    product = next(s for s in stages_of(graph) if s.tallies)
    assert [w.value.shape for w in product.writes] == [(7, 48)]


def test_a_training_step_writes_no_gradient_of_a_filter():
    graph, _ = training_step("lenet5", (1, 28, 28), 32)
    shapes = [n.shape for n in graph.inputs]
    for stage in stages_of(graph):
        if stage.tallies:
            # The momentum and the parameter, not the gradient.
            assert len(stage.writes) == 2
            assert all(w.value.shape in shapes for w in stage.writes)
    assert sum(len(s.tallies) for s in stages_of(graph)) >= 8


def test_a_sum_that_weighs_entries_by_something_computed_later_is_left_alone():
    def program(x, y):
        g = y.T @ x
        return np.sum(g * np.exp(-g @ g.T @ g / 1e4))

    x, y = RNG.standard_normal((24, 48)), RNG.standard_normal((24, 7))
    graph = trace(program, x, y).graph
    got = Executable(compile_graph(graph, "float64"))([x, y])[0]
    assert got == pytest.approx(run(graph, [x, y])[0], rel=1e-10)


def test_the_comparison_sees_one_entry_counted_twice():
    x, y = np.ones((24, 48)), np.ones((24, 7))
    graph = trace(norms, x, y).graph
    got = Executable(compile_graph(graph, "float64"))([x, y])
    assert float(got[0]) == 7 * 48 * 24**2
    assert float(got[0]) != (7 * 48 + 1) * 24**2
