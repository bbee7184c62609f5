"""Sums that share a pass: what becomes of a batch normalisation's gradient."""

from unittest import mock

import numpy as np
import pytest

from compile.agreement import check_agree
from compile.one_stage import guarded
from pullback.autodiff import trace, vjp
from pullback.compile import schedule, sums
from pullback.compile.sums import in_one_pass
from pullback.formula import expr as ex
from pullback.ops.activations import relu
from pullback.ops.norms import batch_norm_training

RNG = np.random.default_rng(0)
X, W, B = RNG.standard_normal((18, 4, 16, 16)), RNG.uniform(0.5, 2, 4), RNG.standard_normal(4)
INPUTS = [X, W, B, RNG.standard_normal(X.shape)]

every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


def _gradients(x, w, b, y_bar):
    y, back = vjp(lambda x, w, b: relu(batch_norm_training(x, w, b)[0]), x, w, b)
    return (y, *back(y_bar))


GRAPH = trace(_gradients, *INPUTS).graph


def _lowered(graph):
    """The stages that a graph is lowered to, before any are joined or fused."""
    found = []

    def joined(stages, kept):
        found.append((list(stages), kept))
        return list(stages)

    with mock.patch.object(schedule, "in_one_pass", joined):
        schedule.schedule(graph)
    return found[0]


def _long_sums(stages):
    return [s for s in stages if s.combine == "sum"]


def _compiled(dtype, graph=GRAPH):
    return guarded(graph, dtype)


@every_dtype
def test_gradients_of_a_batch_normalisation_are_the_interpreters(dtype):
    check_agree(GRAPH, _compiled(dtype), INPUTS, dtype)


def test_its_four_sums_read_the_gradient_and_the_images_in_one_pass():
    stages, kept = _lowered(GRAPH)
    before, after = _long_sums(stages), _long_sums(in_one_pass(stages, kept))
    # Mean, variance; then the gradients of weight, bias, mean and variance.
    assert len(before) == 6
    assert len(after) == 3
    (joined,) = (s for s in after if s.free[0][0] == sums.TERM)
    # Σ ȳ(x − μ), Σ ȳ, Σ (x − μ) of every channel.
    assert joined.free == ((sums.TERM, 3), ("a1", 4))
    assert len([v for v in joined.read if v.shape == X.shape]) == 2


@every_dtype
def test_a_sum_joins_an_earlier_one_though_its_factor_is_computed_later(dtype):
    graph = trace(lambda x, y: (np.sum(x, axis=(0, 2, 3)), np.sum(x * np.exp(y), axis=(0, 2, 3))), X, INPUTS[3]).graph
    stages, kept = _lowered(graph)
    assert len(_long_sums(in_one_pass(stages, kept))) == 1
    check_agree(graph, _compiled(dtype, graph), [X, INPUTS[3]], dtype)


def test_sums_to_one_number_are_left_to_the_stages_that_compute_what_they_add_up():
    graph = trace(lambda x, y: (np.sum(x), np.sum(x * y)), X, INPUTS[3]).graph
    stages, kept = _lowered(graph)
    assert in_one_pass(stages, kept) == stages


def test_the_variance_does_not_join_the_mean_that_it_needs():
    graph = trace(lambda x: batch_norm_training(x)[0], X).graph
    stages, kept = _lowered(graph)
    assert in_one_pass(stages, kept) == stages


def test_joined_stages_are_left_as_they_are():
    stages, kept = _lowered(GRAPH)
    once = in_one_pass(stages, kept)
    assert in_one_pass(once, kept) == once


def _sum(expression, env):
    """Σ of an expression of x[k], y[k] and the number c, over k."""
    return float(np.sum(np.broadcast_to(ex.evaluate(expression, env), env["x"].shape)))


x, y, c = (ex.Var(k) for k in "xyc")


@pytest.mark.parametrize(
    ("term", "factors"),
    [
        (2.0 * (y * x) - y / c, {"x*y", "y"}),
        (-(c * x) + x * 3.0, {"x"}),
        (x * (y * c) * x, {"x*x*y"}),
        (x - c, {"x - c"}),
        (c * (x - c) * y, {"(x - c)*y"}),
        (c + c, set()),
        (ex.Apply("maximum", (x, c)) * c, {"max(x, c)"}),
        ((x + y) * (x - y), {"(x + y)*(x - y)"}),
        (c / x, {"c/x"}),
    ],
)
def test_coefficients_times_sums_of_factors_are_the_sum(term, factors):
    env = {"x": np.array([1.0, 2.0, 8.0]), "y": np.array([4.0, -2.0, 0.5]), "c": np.array(4.0)}
    parts = sums._taken_apart(term, {"x", "y"})
    total = 0.0
    for coefficient, fs in parts:
        assert "x" not in ex.variables(coefficient)
        assert "y" not in ex.variables(coefficient)
        product = ex.Const(1.0)
        for f in fs:
            product = product * f
        total += float(ex.evaluate(coefficient, env)) * _sum(product, env)
    assert total == pytest.approx(_sum(term, env), rel=1e-12)
    assert len({fs for _, fs in parts if fs}) == len(factors)


def test_a_coefficient_that_is_forgotten_fails():
    def combined(node, arguments, plain=sums._combined):
        return arguments[0] if node.function == "divide" else plain(node, arguments)

    with mock.patch.object(sums, "_combined", combined), pytest.raises(AssertionError, match="output"):
        check_agree(GRAPH, _compiled("float64"), INPUTS, "float64")
