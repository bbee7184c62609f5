"""Gradients inside gradients, and their closures."""

import numpy as np
import pytest

from pullback.autodiff import grad, hvp, trace, value_and_grad, vjp
from pullback.interpret import run
from pullback.ops.elementwise import stop_gradient

RNG = np.random.default_rng(0)
Q = RNG.standard_normal((4, 4))
X4 = RNG.uniform(0.2, 0.9, 4)


def test_the_derivative_of_a_derivative():
    for k, expected in enumerate([np.sin(0.7), np.cos(0.7), -np.sin(0.7), -np.cos(0.7), np.sin(0.7)]):
        f = np.sin
        for _ in range(k):
            f = grad(f)
        assert f(0.7) == pytest.approx(expected, rel=1e-14)


def test_perturbations_are_not_confused():
    """d/dx [x · d/dy (x + y)] at y = x is 1; confusing the two variables gives 2 (Siskind & Pearlmutter 2005)."""
    assert grad(lambda x: x * grad(lambda y: x + y)(x))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0


def test_a_closure_over_an_outer_variable_is_differentiated():
    def outer(x):
        return grad(lambda y: np.sin(x * y))(2.0)

    # d/dx [x cos 2x] = cos 2x − 2x sin 2x
    assert grad(outer)(0.3) == pytest.approx(np.cos(0.6) - 0.6 * np.sin(0.6), rel=1e-14)


def test_a_closure_that_ignores_its_own_argument():
    assert grad(lambda x: grad(lambda y: x * x)(1.0) + x)(3.0) == 1.0


def test_three_levels_with_closures():
    def f(x):
        return grad(lambda y: grad(lambda z: x * y**2 * z**3)(2.0))(5.0)

    # ∂/∂z = 3xy²z² = 12xy², ∂/∂y = 24xy = 120x
    assert f(1.0) == 120.0
    assert grad(f)(1.0) == 120.0


def test_a_pullback_is_differentiated_by_its_cotangent_and_by_its_point():
    def slope(x, u):
        return np.sum(vjp(np.sin, x)[1](u)[0])

    by_x, by_u = grad(slope, (0, 1))(X4, np.full(4, 2.0))
    np.testing.assert_allclose(by_x, -2 * np.sin(X4))
    np.testing.assert_allclose(by_u, np.cos(X4))


def test_a_traced_cotangent_may_meet_a_plain_pullback():
    _, pullback = vjp(np.sin, X4)
    np.testing.assert_allclose(grad(lambda u: np.sum(pullback(u)[0]))(np.ones(4)), np.cos(X4))


def test_a_gradient_can_be_traced_as_part_of_a_training_step():
    def step(w, x):
        loss, g = value_and_grad(lambda w: np.sum((w @ x) ** 2))(w)
        return loss, w - 0.1 * g

    loss, w = run(trace(step, Q, X4).graph, [Q, X4])
    assert loss == pytest.approx(np.sum((Q @ X4) ** 2))
    np.testing.assert_allclose(w, Q - 0.2 * np.outer(Q @ X4, X4), rtol=1e-13)


def test_stopping_the_gradient_stops_it_at_every_order():
    def f(x):
        return np.sum(stop_gradient(x) * x**2)

    np.testing.assert_allclose(grad(f)(X4), 2 * X4**2)
    # In ∂/∂x (stop(x)·2x) the stopped factor counts as a constant again.
    np.testing.assert_allclose(hvp(f, X4, np.ones(4)), 2 * X4)
