"""Networks to the third order against complex steps, and the backward pass as a graph."""

import numpy as np
import pytest

from pullback.autodiff import backward, grad, hvp, trace, value_and_grad, vjp
from pullback.graph import Traced, order
from pullback.interpret import run
from pullback.ops.convs import conv2d
from pullback.ops.elementwise import maximum
from pullback.ops.matrix import linear
from pullback.ops.pools import max_pool2d

RNG = np.random.default_rng(0)
Q = RNG.standard_normal((4, 4))
X4 = RNG.uniform(0.2, 0.9, 4)
STEP = 1e-30


def complex_step(function, x, direction):
    """The derivative of a function along a direction, by running its graph on x + ih."""
    graph = trace(function, x).graph
    (value,) = run(graph, [x + 1j * STEP * direction], np.complex128)
    return value.imag / STEP


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
