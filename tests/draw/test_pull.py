"""The backward pass on arrays: cotangents, what every edge carries, replaced ReLU rules."""

import numpy as np
import pytest

import pullback as pb
from pullback.draw.pull import is_relu, pull
from pullback.interpret import Values, run


def pulled_of(function, *args, rule=None):
    graph = pb.make_graph(function, *args)
    values = Values(np.float64)
    run(graph, args, keep=values)
    return graph, pull(graph, values, [(graph.outputs[0], np.ones(()))], graph.inputs, rule)


def residual(x, w):
    h = pb.relu(pb.conv2d(x, w, padding=1))
    return np.sum(np.tanh(pb.max_pool2d(h + x, 2)) ** 2)


def test_cotangents_are_the_gradients():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 3, 6, 6)), rng.normal(size=(3, 3, 3, 3))
    graph, found = pulled_of(residual, x, w)
    expected = pb.grad(residual, (0, 1))(x, w)
    for node, gradient in zip(graph.inputs, expected, strict=True):
        np.testing.assert_allclose(found.of(node), gradient, rtol=1e-12, atol=1e-14)


def test_a_replaced_rule_changes_the_cotangents():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 3, 6, 6)), rng.normal(size=(3, 3, 3, 3))
    graph, found = pulled_of(residual, x, w, rule=lambda x, y_bar: y_bar)
    assert not np.allclose(found.of(graph.inputs[1]), pb.grad(residual, 1)(x, w))


def test_edges_of_a_value_used_twice_add_up_to_its_cotangent():
    graph, found = pulled_of(lambda x1, x2: np.log(x1) + x1 * x2 - np.sin(x2), 2.0, 5.0)
    sent = [
        float(found.edges[id(node), k])
        for node in graph.nodes
        for k, source in enumerate(node.inputs)
        if source is graph.inputs[0]
    ]
    assert sorted(sent) == [0.5, 5.0]
    assert found.of(graph.inputs[0]) == 5.5


def test_a_value_that_does_not_matter_has_cotangent_zero():
    graph, found = pulled_of(lambda x, y: np.sum(x), np.ones(3), np.ones(2))
    assert (found.of(graph.inputs[1]) == 0).all()


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (pb.relu, True),
        (lambda x: np.maximum(x, 0), True),
        (lambda x: np.maximum(0.0, x), True),
        (lambda x: np.maximum(x, 1.0), False),
        (lambda x: np.minimum(x, 0.0), False),
        (lambda x: pb.leaky_relu(x), False),
    ],
)
def test_a_relu_is_known_however_it_is_written(function, expected):
    graph = pb.make_graph(function, np.ones(3))
    assert any(is_relu(n) for n in graph.nodes) is expected
