"""The interpreter: precisions, kept values, frugal runs, and what it says about wrong inputs."""

import numpy as np
import pytest

from pullback.autodiff import grad, trace
from pullback.errors import ShapeError
from pullback.formula import Uniform
from pullback.formula.affine import Affine, Ref
from pullback.graph import Constant, Graph, Input, Node
from pullback.interpret import Values, last_uses, run
from pullback.ops.convs import conv2d
from pullback.ops.elementwise import maximum
from pullback.ops.pools import max_pool2d

RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 1, 6, 6))
W = RNG.standard_normal((3, 1, 3, 3))
V = RNG.standard_normal((2, 12))


def loss(x, w, v):
    y = max_pool2d(maximum(conv2d(x, w), 0.0), 2)
    return np.sum(np.tanh(y.reshape(2, 12)) * v)


def step():
    return trace(lambda x, w, v: (loss(x, w, v), *grad(loss, (0, 1, 2))(x, w, v)), X, W, V).graph


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
def test_every_floating_point_value_is_in_the_precision_of_the_run(dtype):
    graph, values = step(), Values(dtype)
    run(graph, [X, W, V], dtype, keep=values)
    for node in graph.nodes:
        assert values[node].dtype == (dtype if node.kind == "float" else values[node].dtype)
        assert values[node].dtype.kind == {"float": np.dtype(dtype).kind, "int": "i", "bool": "b"}[node.kind]


def test_precisions_agree_to_their_rounding():
    exact = run(step(), [X, W, V])
    for low, value in zip(run(step(), [X, W, V], np.float32), exact, strict=True):
        # Sums of at most 32 · 9 terms of order 1, each rounded to 2⁻²⁴.
        np.testing.assert_allclose(low, value, rtol=0, atol=300 * 2.0**-24)


def test_a_complex_run_with_no_imaginary_part_is_the_real_run():
    for value, expected in zip(run(step(), [X, W, V], np.complex128), run(step(), [X, W, V]), strict=True):
        # 1 − tanh² cancels where tanh is near 1: there the error is one of order 1 in the last place.
        np.testing.assert_allclose(value.real, expected, rtol=1e-13, atol=1e-14)
        np.testing.assert_array_equal(value.imag, 0)


def test_keeping_keeps_every_value_with_the_shape_that_its_node_declares():
    graph, values = step(), Values()
    outputs = run(graph, [X, W, V], keep=values)
    assert all(node in values for node in graph.nodes)
    assert all(values[node].shape == node.shape for node in graph.nodes)
    np.testing.assert_array_equal(values[graph.outputs[0]], outputs[0])
    np.testing.assert_array_equal(values[graph.inputs[1]], W)


def test_a_frugal_run_gives_the_same():
    graph = step()
    for frugal, kept in zip(run(graph, [X, W, V]), run(graph, [X, W, V], keep=Values()), strict=True):
        np.testing.assert_array_equal(frugal, kept)


def test_a_frugal_run_forgets_a_value_after_its_last_use():
    graph = step()
    last = last_uses(graph)
    forgotten = [node for nodes in last.values() for node in nodes]
    position = {id(node): k for k, node in enumerate(graph.nodes)}
    assert len({id(n) for n in forgotten}) == len(forgotten)
    assert not {id(n) for n in forgotten} & {id(n) for n in graph.outputs}
    for k, nodes in last.items():
        for node in nodes:
            readers = [position[id(r)] for r in graph.nodes if any(i is node for i in r.inputs)]
            assert max(readers) == k


def test_an_output_that_is_read_again_is_not_forgotten():
    graph = trace(lambda x: (np.exp(x), np.exp(x) + 1), V).graph
    first, second = run(graph, [V])
    np.testing.assert_array_equal(second, first + 1)


def test_an_input_may_be_an_output():
    graph = trace(lambda x: (x, x), V).graph
    first, second = run(graph, [V])
    np.testing.assert_array_equal(first, V)
    np.testing.assert_array_equal(second, V)


def test_inputs_are_not_changed():
    x, w, v = X.copy(), W.copy(), V.copy()
    run(step(), [x, w, v])
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(w, W)


def test_integers_and_bools_stay_what_they_are():
    graph = trace(lambda k, c: (k * 2, c), np.arange(3), np.array([True])).graph
    doubled, same = run(graph, [np.arange(3), np.array([True])], np.float32)
    assert doubled.dtype == np.int64
    assert same.dtype == np.bool_


def test_an_input_of_another_shape_is_explained():
    graph = trace(np.exp, V, names=("logits",)).graph
    with pytest.raises(ShapeError, match=r"input logits: another shape than traced\n  got:  \(3,\)\n  need: \(2, 12\)"):
        run(graph, [np.zeros(3)])


def test_a_missing_input_is_explained():
    node = Node(Input("x", (2,)))
    graph = Graph((), (node,), (node,))
    with pytest.raises(ShapeError, match="input x: no value was given"):
        run(graph, [])


def test_a_run_takes_one_value_per_input():
    graph = trace(lambda x, w: x @ w, V, V.T, names=("x", "w")).graph
    with pytest.raises(ShapeError, match="run: one value per input\n  got:  1 values\n  need: x, w"):
        run(graph, [V])


def test_values_can_be_copied_to_go_on_from():
    a, b = Node(Constant(np.ones(2))), Node(Constant(np.zeros(2)))
    values = Values()
    values.run([a])
    other = values.copy()
    other.run([b])
    assert a in other
    assert b in other
    assert b not in values


def test_values_that_are_there_already_are_not_computed_again():
    graph = trace(lambda x: np.exp(x) + 1, V).graph
    values = Values()
    values.set(graph.nodes[1], np.full(V.shape, 41.0))
    values.set(graph.inputs[0], V)
    values.run(graph.nodes)
    np.testing.assert_array_equal(values[graph.outputs[0]], 42.0)


def test_random_numbers_are_a_function_of_the_key_in_every_precision():
    u = Node(Uniform(Ref("u", (Affine((("n", 1),)),), (1000,)), 3), (Node(Constant(np.array([7, 0]))),), "uniform")
    graph = Graph((), (u,), (*u.inputs, u))
    (first,), (again,), (single,) = run(graph, []), run(graph, []), run(graph, [], np.float32)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(single, first, atol=2.0**-23)
    assert 0.4 < first.mean() < 0.6
