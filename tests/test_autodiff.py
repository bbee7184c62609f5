"""Derivatives of any order: against formulas worked out by hand, complex steps, and each other."""

from typing import NamedTuple

import numpy as np
import pytest

from pullback.autodiff import backward, grad, hvp, jacobian, per_sample_grad, trace, value_and_grad, vjp
from pullback.errors import ArgumentError, ShapeError, TracingError
from pullback.graph import Traced, order
from pullback.interpret import run
from pullback.ops.convs import conv2d
from pullback.ops.elementwise import maximum, stop_gradient
from pullback.ops.matrix import linear
from pullback.ops.pools import max_pool2d

RNG = np.random.default_rng(0)
STEP = 1e-30
Q = RNG.standard_normal((4, 4))
X4 = RNG.uniform(0.2, 0.9, 4)


def complex_step(function, x, direction):
    """The derivative of a function along a direction, by running its graph on x + ih."""
    graph = trace(function, x).graph
    (value,) = run(graph, [x + 1j * STEP * direction], np.complex128)
    return value.imag / STEP


# Values and gradients


def test_vjp_gives_the_value_and_the_pullback():
    y, pullback = vjp(lambda x, w: x @ w, np.array([1.0, 2.0]), np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]]))
    np.testing.assert_array_equal(y, [1.0, 6.0, 4.0])
    x_bar, w_bar = pullback(np.array([1.0, 10.0, 100.0]))
    np.testing.assert_array_equal(x_bar, [201.0, 130.0])
    np.testing.assert_array_equal(w_bar, [[1.0, 10.0, 100.0], [2.0, 20.0, 200.0]])


def test_a_pullback_is_linear_and_may_be_called_again():
    _, pullback = vjp(np.sin, X4)
    u, v = RNG.standard_normal((2, 4))
    np.testing.assert_allclose(pullback(u)[0] + 2 * pullback(v)[0], pullback(u + 2 * v)[0], rtol=1e-14)
    np.testing.assert_array_equal(pullback(u)[0], pullback(u)[0])


def test_a_value_that_is_used_twice_gets_both_cotangents():
    assert grad(lambda x: x * x + np.sin(x))(0.5) == pytest.approx(1.0 + np.cos(0.5), rel=1e-15)


def test_an_argument_that_is_not_used_has_gradient_zero():
    x_bar, w_bar = grad(lambda x, w: np.sum(x), (0, 1))(X4, Q)
    np.testing.assert_array_equal(x_bar, np.ones(4))
    np.testing.assert_array_equal(w_bar, np.zeros((4, 4)))


def test_a_constant_function_has_gradient_zero():
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.ones(3)))(X4), np.zeros(4))
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.sign(x)))(X4), np.zeros(4))


def test_argnums_choose_the_arguments():
    def f(x, y, z):
        return np.sum(x * y * z)

    x, y, z = (RNG.standard_normal(3) for _ in range(3))
    np.testing.assert_allclose(grad(f, 1)(x, y, z), x * z)
    first, last = grad(f, (0, -1))(x, y, z)
    np.testing.assert_allclose(first, y * z)
    np.testing.assert_allclose(last, x * y)


def test_keyword_arguments_are_handed_on():
    np.testing.assert_allclose(grad(lambda x, *, power: np.sum(x**power))(X4, power=3), 3 * X4**2)


class Layer(NamedTuple):
    w: np.ndarray
    b: np.ndarray


def test_gradients_are_nested_like_their_argument():
    parameters = {"first": Layer(Q[:2], np.zeros(2)), "rest": [np.ones(2), (2.0,)], "none": None}

    def f(p, x):
        y = p["first"].w @ x + p["first"].b
        return np.sum(y * p["rest"][0]) * p["rest"][1][0]

    value, g = value_and_grad(f)(parameters, X4)
    assert value == pytest.approx(2 * np.sum(Q[:2] @ X4))
    assert isinstance(g["first"], Layer)
    np.testing.assert_allclose(g["first"].w, 2 * np.outer(np.ones(2), X4))
    np.testing.assert_allclose(g["first"].b, [2.0, 2.0])
    np.testing.assert_allclose(g["rest"][0], 2 * Q[:2] @ X4)
    assert g["rest"][1][0] == pytest.approx(np.sum(Q[:2] @ X4))
    assert g["none"] is None


def test_results_may_be_nested_too():
    y, pullback = vjp(lambda x: {"twice": 2 * x, "parts": (np.sum(x), x[0])}, X4)
    assert set(y) == {"twice", "parts"}
    (x_bar,) = pullback({"twice": np.ones(4), "parts": (10.0, 100.0)})
    np.testing.assert_array_equal(x_bar, [112.0, 12.0, 12.0, 12.0])


def test_python_integers_count_as_numbers():
    assert grad(lambda x: x**3)(2) == 12.0
    y, pullback = vjp(lambda x, y: x * y, 2, 5)
    assert y == 10.0
    assert pullback(1.0) == (5.0, 2.0)


def test_integer_arrays_beside_the_parameters_are_no_obstacle():
    labels = np.array([1, 0])
    g = grad(lambda x, k: np.sum(x[np.arange(2), k]))(Q[:2], labels)
    np.testing.assert_array_equal(g, [[0, 1, 0, 0], [1, 0, 0, 0]])


def test_a_numpy_function_that_ignores_the_argument_is_left_alone():
    np.testing.assert_allclose(grad(lambda x: np.sum(np.linalg.inv(np.eye(4) * 2) @ x))(X4), np.full(4, 0.5))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_gradients_have_the_precision_of_the_argument(dtype):
    x = X4.astype(dtype)
    value, g = value_and_grad(lambda x: np.sum(np.exp(x) * x))(x)
    assert g.dtype == dtype
    assert value.dtype == dtype
    np.testing.assert_allclose(g, np.exp(X4) * (1 + X4), rtol=4 * np.finfo(dtype).eps)


def test_gradients_are_fresh_arrays():
    g = grad(lambda x: np.sum(x * x))(X4)
    g += 1
    np.testing.assert_array_equal(grad(lambda x: np.sum(x * x))(X4), 2 * X4)


# Errors


def test_a_gradient_needs_one_number():
    with pytest.raises(ShapeError, match=r"must give one number\n  got:  shape \(4,\)\n  fix:  np.sum"):
        grad(np.exp)(X4)
    with pytest.raises(ShapeError, match="must give one number"):
        grad(lambda x: (np.sum(x), np.sum(x)))(X4)


def test_there_is_no_gradient_by_integers():
    with pytest.raises(TracingError, match=r"integers has no gradient.*\n.*\n  fix:  x.astype"):
        grad(np.sum)(np.arange(3))


def test_there_is_no_gradient_by_a_truth_value():
    with pytest.raises(TracingError, match="has no gradient\n  got:  bool"):
        grad(lambda x: x * 1.0)(True)


@pytest.mark.parametrize("argnums", ["a", (), (0.5,)])
def test_argnums_are_positions(argnums):
    with pytest.raises(ArgumentError, match="argnums are positions"):
        grad(np.sum, argnums)(X4)


def test_a_function_without_a_result_is_explained():
    with pytest.raises(ShapeError, match="must give one number\n  got:  0 values"):
        grad(lambda x: None)(1.0)


@pytest.mark.parametrize(("function", "x"), [(lambda x: (x, x), X4), (lambda x: x["a"], {"a": X4})])
def test_a_jacobian_is_of_one_array_by_one_array(function, x):
    with pytest.raises(ShapeError, match=r"from one array to one array\n.*\n  fix:  pb.vjp"):
        jacobian(function)(x)


@pytest.mark.parametrize("v", [np.ones(3), (np.ones(4), 1.0)])
def test_the_vector_of_hvp_has_the_shape_of_the_point(v):
    with pytest.raises(ShapeError, match="hvp: the vector has the shape of the point"):
        hvp(lambda x: np.sum(x**3), X4, v)


def test_a_pullback_remembers_the_point_it_was_made_at():
    x = X4.copy()
    _, pullback = vjp(lambda x: np.sum(x**2), x)
    x += 100
    np.testing.assert_array_equal(pullback(1.0)[0], 2 * X4)


def test_there_is_no_gradient_by_an_argument_that_was_not_given():
    with pytest.raises(ArgumentError, match="no such argument"):
        grad(lambda x: np.sum(x), 1)(X4)


def test_a_cotangent_has_the_shape_of_its_output():
    _, pullback = vjp(np.exp, X4)
    with pytest.raises(ShapeError, match=r"got:  \[\(3,\)\]\n  need: \[\(4,\)\]"):
        pullback(np.ones(3))


# Gradients inside gradients


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


# Jacobians and Hessians


def test_the_jacobian_of_a_linear_map_is_its_matrix():
    np.testing.assert_array_equal(jacobian(lambda x: Q @ x)(X4), Q)


def test_the_jacobian_of_an_elementwise_map_is_diagonal():
    np.testing.assert_allclose(jacobian(np.sin)(X4), np.diag(np.cos(X4)))


def test_a_jacobian_has_the_axes_of_the_output_then_of_the_input():
    j = jacobian(lambda x: np.sum(x, axis=1) * 2)(np.ones((2, 3)))
    assert j.shape == (2, 2, 3)
    np.testing.assert_array_equal(j, 2 * np.eye(2)[:, :, None] * np.ones(3))


def test_the_jacobian_of_a_number():
    np.testing.assert_allclose(jacobian(lambda x: np.sum(x**2))(X4), 2 * X4)
    np.testing.assert_allclose(jacobian(np.sin)(0.5), np.cos(0.5))


def test_the_jacobian_of_nothing_is_empty():
    assert jacobian(lambda x: x[:0])(X4).shape == (0, 4)


def test_a_jacobian_can_be_traced_and_differentiated():
    def trace_of_hessian(x):
        return np.einsum("ii", jacobian(grad(lambda z: np.sum(z**4)))(x))

    np.testing.assert_allclose(grad(trace_of_hessian)(X4), 24 * X4, rtol=1e-13)


def test_hvp_of_a_quadratic_form_is_the_symmetric_matrix():
    v = RNG.standard_normal(4)
    np.testing.assert_allclose(hvp(lambda x: x @ Q @ x, X4, v), (Q + Q.T) @ v, rtol=1e-13)


def test_hvp_of_the_log_sum_exp():
    """∂²/∂x² log Σ exp x = diag(p) − p pᵀ."""
    p = np.exp(X4) / np.sum(np.exp(X4))
    v = RNG.standard_normal(4)
    expected = (np.diag(p) - np.outer(p, p)) @ v
    np.testing.assert_allclose(hvp(lambda x: np.log(np.sum(np.exp(x))), X4, v), expected, rtol=1e-13, atol=1e-16)


def test_hvp_of_the_rosenbrock_function():
    def rosenbrock(x):
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    a, b = 0.3, -0.7
    hessian = np.array([[1200 * a**2 - 400 * b + 2, -400 * a], [-400 * a, 200]])
    found = np.stack([hvp(rosenbrock, np.array([a, b]), v) for v in np.eye(2)])
    np.testing.assert_allclose(found, hessian, rtol=1e-13)


def test_hvp_by_nested_arguments():
    def f(p):
        return np.sum(p["a"] ** 3) + np.sum(p["a"] * p["b"])

    out = hvp(f, {"a": X4, "b": np.ones(4)}, {"a": np.ones(4), "b": 2 * np.ones(4)})
    np.testing.assert_allclose(out["a"], 6 * X4 + 2)
    np.testing.assert_allclose(out["b"], np.ones(4))


def test_the_jacobian_of_a_gradient_is_the_symmetric_hessian():
    hessian = jacobian(grad(lambda x: np.sum(np.tanh(Q @ x) ** 2)))(X4)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(hessian[:, 1], hvp(lambda x: np.sum(np.tanh(Q @ x) ** 2), X4, np.eye(4)[1]), rtol=1e-12)


# Gradients per sample


BATCH = RNG.standard_normal((5, 4))
TARGET = RNG.standard_normal((5, 3))


def squared_error(w, x, t):
    return 0.5 * np.sum((linear(x, w) - t) ** 2)


def test_gradients_per_sample_are_those_of_batches_of_one():
    w = RNG.standard_normal((3, 4))
    found = per_sample_grad(squared_error)(w, BATCH, TARGET)
    one_by_one = [grad(squared_error)(w, BATCH[k : k + 1], TARGET[k : k + 1]) for k in range(5)]
    np.testing.assert_array_equal(found, np.stack(one_by_one))
    np.testing.assert_allclose(found.sum(axis=0), grad(squared_error)(w, BATCH, TARGET), rtol=1e-12)


def test_gradients_per_sample_of_a_linear_layer_are_outer_products():
    w = RNG.standard_normal((3, 4))
    expected = np.einsum("no,ni->noi", BATCH @ w.T - TARGET, BATCH)
    np.testing.assert_allclose(per_sample_grad(squared_error)(w, BATCH, TARGET), expected, rtol=1e-12)


def test_gradients_per_sample_by_nested_parameters():
    def f(p, x):
        return np.sum(np.tanh(linear(x, p["w"], p["b"])))

    p = {"w": RNG.standard_normal((3, 4)), "b": RNG.standard_normal(3)}
    found = per_sample_grad(f)(p, BATCH)
    slope = 1 - np.tanh(BATCH @ p["w"].T + p["b"]) ** 2
    np.testing.assert_allclose(found["b"], slope, rtol=1e-12)
    np.testing.assert_allclose(found["w"], np.einsum("no,ni->noi", slope, BATCH), rtol=1e-12)


def test_gradients_per_sample_by_two_arguments():
    w, b = RNG.standard_normal((3, 4)), RNG.standard_normal(3)
    by_w, by_b = per_sample_grad(lambda w, b, x: np.sum(linear(x, w, b) ** 2), (0, 1))(w, b, BATCH)
    assert by_w.shape == (5, 3, 4)
    np.testing.assert_allclose(by_b, 2 * (BATCH @ w.T + b), rtol=1e-12)


def test_no_samples_give_no_gradients():
    found = per_sample_grad(squared_error)(np.ones((3, 4)), np.zeros((0, 4)), np.zeros((0, 3)))
    assert found.shape == (0, 3, 4)


def test_batches_of_different_lengths_are_refused():
    with pytest.raises(ShapeError, match=r"batches differ in length\n  got:  lengths \[4, 5\]"):
        per_sample_grad(squared_error)(np.ones((3, 4)), BATCH, TARGET[:4])


# Convolutional networks, to the third order


IMAGES = RNG.standard_normal((2, 1, 6, 6))
FILTERS = RNG.standard_normal((2, 1, 3, 3)) * 0.4
WEIGHTS = RNG.standard_normal((3, 8)) * 0.4


def smooth_net(filters):
    """conv (dilated, padded, strided) → tanh → pool → linear → log Σ exp."""
    y = np.tanh(conv2d(IMAGES, filters, padding=((1, 2), (2, 0)), stride=(1, 2), dilation=(2, 1)))
    y = max_pool2d(y, (2, 1), (2, 2))
    return np.sum(np.log(np.sum(np.exp(linear(y.reshape(2, -1), WEIGHTS)), axis=1)))


def relu_net(filters):
    y = max_pool2d(maximum(conv2d(IMAGES, filters), 0.0), 2)
    return np.sum(np.tanh(linear(y.reshape(2, -1), WEIGHTS)) ** 2)


nets = pytest.mark.parametrize("net", [smooth_net, relu_net])


@pytest.mark.parametrize("order", [2, 3, 4, 5])
@pytest.mark.parametrize("f", [np.sin, np.tanh, lambda x: np.exp(x) / (1 + x**2)])
def test_mixed_derivatives_of_any_order_are_complex_steps_of_the_order_below(f, order):
    """Every level has a cotangent of its own, so that none may be taken for another."""
    directions = RNG.standard_normal((order, 4))

    def derivative(level):
        if level == 0:
            return lambda x: np.sum(f(x) * directions[0])
        return lambda x: np.sum(grad(derivative(level - 1))(x) * directions[level])

    below, v = derivative(order - 2), directions[order - 1]
    assert derivative(order - 1)(X4) == pytest.approx(complex_step(below, X4, v), rel=1e-11)


@nets
def test_the_gradient_of_a_network_is_its_complex_step(net):
    v = RNG.standard_normal(FILTERS.shape)
    assert np.sum(grad(net)(FILTERS) * v) == pytest.approx(complex_step(net, FILTERS, v), rel=1e-11)


@nets
def test_the_second_derivative_of_a_network_is_the_complex_step_of_the_first(net):
    u, v = RNG.standard_normal((2, *FILTERS.shape))

    def slope(x):
        return np.sum(grad(net)(x) * v)

    assert np.sum(hvp(net, FILTERS, v) * u) == pytest.approx(complex_step(slope, FILTERS, u), rel=1e-10)
    assert np.sum(hvp(net, FILTERS, v) * u) == pytest.approx(np.sum(hvp(net, FILTERS, u) * v), rel=1e-10)


@nets
def test_the_third_derivative_of_a_network_is_the_complex_step_of_the_second(net):
    u, v, s = RNG.standard_normal((3, *FILTERS.shape))

    def curvature(x):
        return np.sum(grad(lambda z: np.sum(grad(net)(z) * v))(x) * u)

    third = np.sum(grad(curvature)(FILTERS) * s)
    assert third == pytest.approx(complex_step(curvature, FILTERS, s), rel=1e-9)


def test_the_comparison_with_complex_steps_notices_a_thousandth():
    v = RNG.standard_normal(FILTERS.shape)
    assert np.sum(1.001 * grad(smooth_net)(FILTERS) * v) != pytest.approx(
        complex_step(smooth_net, FILTERS, v), rel=1e-11
    )


# The backward pass as a graph


def test_the_backward_pass_is_a_graph_of_formulas():
    graph = trace(grad(lambda w: np.sum(conv2d(IMAGES, w) ** 2)), FILTERS).graph
    assert "conv2d.w_bar" in [n.name for n in graph.nodes]
    assert "conv2d.x_bar" not in [n.name for n in graph.nodes]


def test_forward_values_are_shared_with_the_backward_pass():
    graph = trace(value_and_grad(lambda x: np.sum(np.exp(x))), X4).graph
    assert sum(n.name == "exp" for n in graph.nodes) == 1


def test_cotangents_can_be_injected_at_any_node():
    graph = trace(lambda x: (np.exp(x), np.sum(np.sin(x))), X4).graph
    first, second = graph.outputs
    (x_bar,) = backward([first, second], [Traced(first), Traced(second)], graph.inputs)
    nodes = order([x_bar.node])
    assert graph.inputs[0] in nodes


def test_a_cotangent_of_zero_leaves_no_nodes():
    graph = trace(lambda x: vjp(np.exp, x)[1](np.zeros(4))[0], X4).graph
    np.testing.assert_array_equal(run(graph, [X4])[0], np.zeros(4))
