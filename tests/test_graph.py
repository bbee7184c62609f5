"""Graphs: nodes, names, merging, marks, printing, and the check of shapes."""

import copy

import numpy as np
import pytest

from pullback import autodiff
from pullback.autodiff import trace
from pullback.errors import TracingError
from pullback.formula import Affine, Map, Ref, Sum
from pullback.formula import expr as ex
from pullback.graph import (
    Constant,
    Graph,
    GraphError,
    Input,
    Node,
    Traced,
    collecting_marks,
    kind_of,
    mark,
    order,
    scope,
)
from pullback.interpret import run
from pullback.ops.convs import conv2d
from pullback.ops.elementwise import stop_gradient

RNG = np.random.default_rng(0)
M = RNG.uniform(0.2, 0.9, (3, 4))
V = RNG.uniform(0.2, 0.9, 4)
SQUARE = RNG.uniform(0.2, 0.9, (4, 4))


def test_equal_parts_are_computed_once():
    graph = trace(lambda x: np.exp(x) * np.exp(x) + np.exp(x), V).graph
    assert [n.name for n in graph.nodes].count("exp") == 1
    assert len(graph.nodes) == 4


def test_equal_small_constants_are_one_node():
    graph = trace(lambda x: (x + np.ones(4)) * (x - np.ones(4)), V).graph
    assert sum(isinstance(n.formula, Constant) for n in graph.nodes) == 1


def test_equal_large_constants_are_one_node_and_different_ones_are_two():
    big = np.arange(10_000.0)
    graph = trace(lambda x: (x + big) * (x - big.copy()), big).graph
    assert sum(isinstance(n.formula, Constant) for n in graph.nodes) == 1
    graph = trace(lambda x: (x + big) * (x - 2 * big), big).graph
    assert sum(isinstance(n.formula, Constant) for n in graph.nodes) == 2


def test_a_graph_keeps_the_constants_it_was_traced_with():
    c = np.ones(4)
    graph = trace(lambda x: x * c, V).graph
    c[:] = 100
    np.testing.assert_array_equal(run(graph, [V])[0], V)
    (constant,) = (n.formula for n in graph.nodes if isinstance(n.formula, Constant))
    assert not constant.value.flags.writeable


def test_a_constant_that_nobody_can_write_to_is_not_copied():
    c = np.ones(4)
    c.setflags(write=False)
    (constant,) = (n.formula for n in trace(lambda x: x * c, V).graph.nodes if isinstance(n.formula, Constant))
    assert constant.value is c


def test_different_parts_stay_apart():
    graph = trace(lambda x, y: np.exp(x) + np.exp(y) + np.exp(x) * 2, V, V).graph
    assert [n.name for n in graph.nodes].count("exp") == 2


def test_the_graph_holds_only_what_the_outputs_need():
    def function(x):
        np.sin(x)
        return np.exp(x)

    assert [n.name for n in trace(function, V).graph.nodes] == ["input", "exp"]


def test_an_unused_argument_stays_an_input():
    graph = trace(lambda x, y: x + 1, V, M).graph
    assert [n.formula.name for n in graph.inputs] == ["x0", "x1"]
    np.testing.assert_array_equal(run(graph, [V, M])[0], V + 1)


def test_inputs_take_the_names_that_are_given():
    graph = trace(lambda x, w: x @ w, V, SQUARE, names=("image", "weight")).graph
    assert [n.formula.name for n in graph.inputs] == ["image", "weight"]
    assert "input image" in str(graph)


def test_what_does_nothing_leaves_no_node():
    graph = trace(lambda x: np.transpose(x.reshape(4), (0,))[:].copy(), V).graph
    assert len(graph.nodes) == 1


def test_nested_arguments_and_results_are_flattened_in_order():
    tracing = trace(lambda p, x: {"y": p["w"] * x, "z": (p["b"], x)}, {"w": V, "b": 1.0}, V)
    assert [n.shape for n in tracing.graph.inputs] == [(4,), (), (4,)]
    assert [n.shape for n in tracing.graph.outputs] == [(4,), (), (4,)]
    assert set(tracing.result) == {"y", "z"}


def test_nodes_carry_the_operator_and_the_layer_they_belong_to():
    def function(x):
        with scope("block.conv1"):
            y = conv2d(x, np.ones((1, 1, 2, 2)), np.ones(1))
        return np.exp(y)

    nodes = trace(function, np.ones((1, 1, 3, 3))).graph.nodes
    named = {n.name: n.scope for n in nodes}
    assert named["conv2d"] == "block.conv1"
    assert named["conv2d/add_bias"] == "block.conv1"
    assert named["exp"] == ""


def test_the_backward_pass_belongs_to_the_layer_it_came_from():
    def loss(x):
        with scope("conv1"):
            y = conv2d(x, np.ones((1, 1, 2, 2)))
        return np.sum(y)

    nodes = trace(autodiff.grad(loss), np.ones((1, 1, 3, 3))).graph.nodes
    assert {n.name: n.scope for n in nodes}["conv2d.x_bar"] == "conv1"


def test_composed_functions_name_their_nodes():
    graph = trace(lambda x: np.stack([np.clip(x, 0, 1), -x]), V).graph
    names = {n.name for n in graph.nodes}
    assert {"clip/maximum", "clip/minimum", "negative"} <= names
    assert "" not in names
    assert any(name.startswith("stack/concatenate") for name in names)


def test_marks_name_values_for_people():
    def function(x):
        y = np.exp(x)
        mark("hidden", y)
        return y + 1

    graph = trace(function, V).graph
    assert set(graph.marks) == {"hidden"}
    assert graph.marks["hidden"].name == "exp"
    assert graph.marks["hidden"] in graph.nodes


def test_marks_outside_a_trace_do_nothing():
    mark("x", V)
    with collecting_marks() as marks:
        mark("x", V)
    assert marks == {}


def test_marks_of_values_that_nobody_needs_are_dropped():
    def function(x):
        mark("unused", np.sin(x))
        return np.exp(x)

    assert trace(function, V).graph.marks == {}


def test_a_graph_is_printed_line_by_line():
    graph = trace(lambda x, w: np.sum(x @ w) * 2.0, np.ones(3), np.ones((3, 2))).graph
    assert str(graph).splitlines() == [
        "%0 : float[3] = input x0",
        "%1 : float[3, 2] = input x1",
        "%2 : float[2] = matmul: y[o] = Σ_{i} a[i] · b[i,o](%0, %1)",
        "%3 : float[] = sum: y = Σ_{n} x[n](%2)",
        "%4 : float[] = multiply: y = x · 2(%3)",
        "return %4",
    ]


def test_a_traced_value_tells_where_it_came_from():
    shown = []
    trace(lambda x: shown.extend([repr(x), repr(np.exp(x))]) or x, V)
    assert shown == ["Traced(input, shape=(4,), float)", "Traced(exp, shape=(4,), float)"]


def test_kinds_of_values():
    assert [kind_of(v) for v in (1.0, 2, True, np.float32(1), np.int8(1), 1j)] == [
        "float", "int", "bool", "float", "int", "float",
    ]  # fmt: skip
    with pytest.raises(TracingError, match="not an array of numbers"):
        kind_of(np.array(["a"]))
    with pytest.raises(TracingError, match="not an array of numbers"):
        kind_of(None)


def test_stop_gradient_keeps_the_value_and_drops_the_slope():
    np.testing.assert_array_equal(run(trace(stop_gradient, V).graph, [V])[0], V)
    np.testing.assert_array_equal(autodiff.grad(lambda x: np.sum(stop_gradient(x) * x))(V), V)


def test_a_deep_graph_needs_no_deep_recursion():
    def deep(x):
        for _ in range(3000):
            x = np.sin(x)
        return x

    graph = trace(deep, 0.5).graph
    assert len(graph.nodes) == 3001
    assert np.isfinite(run(graph, [0.5])[0])


# The type check and what it rejects


def _node(shape, name="x"):
    return Node(Input(name, shape))


def _sum_of(declared, given):
    n = Affine((("n", 1),))
    f = Sum(Ref("y", (), ()), (Ref("x", (n,), (declared,)),), (("n", declared),))
    return Node(f, (_node((given,)),), "sum")


def test_the_check_accepts_a_right_graph():
    node = _sum_of(3, 3)
    Graph((node.inputs[0],), (node,), order([node])).check()


def test_the_check_rejects_an_operand_of_another_shape():
    node = _sum_of(3, 4)
    with pytest.raises(GraphError, match=r"sum: x has shape \(4,\), its formula says \(3,\)"):
        Graph((node.inputs[0],), (node,), order([node])).check()
    with pytest.raises(GraphError, match="its formula says"):
        Graph.of((node.inputs[0],), (node,))


def test_the_check_rejects_a_wrong_operand_of_a_map():
    n = Affine((("n", 1),))
    f = Map(Ref("y", (n,), (3,)), (Ref("x", (n,), (3,)),), ex.exp(ex.Var("x")))
    node = Node(f, (_node((4,)),), "exp")
    with pytest.raises(GraphError, match="exp: x has shape"):
        Graph((node.inputs[0],), (node,), order([node])).check()


def test_the_check_rejects_an_operand_named_like_the_cotangent():
    n = Affine((("n", 1),))
    f = Map(Ref("x_bar", (n,), (3,)), (Ref("x_bar_bar", (n,), (3,)),), ex.exp(ex.Var("x_bar_bar")))
    node = Node(f, (_node((3,)),), "exp")
    with pytest.raises(GraphError, match="its cotangent would be named like its operand x_bar_bar"):
        Graph((node.inputs[0],), (node,), order([node])).check()


def test_the_check_rejects_nodes_out_of_order():
    node = _sum_of(3, 3)
    with pytest.raises(GraphError, match="an input comes after the node"):
        Graph((node.inputs[0],), (node,), (node, node.inputs[0])).check()


def test_a_node_takes_as_many_inputs_as_its_formula_reads():
    n = Affine((("n", 1),))
    f = Sum(Ref("y", (), ()), (Ref("x", (n,), (3,)),), (("n", 3),))
    with pytest.raises(ValueError, match="zip"):
        Node(f, (), "sum")


def test_a_traced_value_can_be_copied():
    kept = []
    trace(lambda x: kept.append(copy.copy(x)) or x, V)
    assert isinstance(kept[0], Traced)
