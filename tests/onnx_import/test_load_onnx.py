"""The imported function: reading, calling, tracing, differentiating, and what is told when it cannot be."""

import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import pullback as pb
from onnx_import.models import info, model, single
from pullback.errors import ArgumentError, MissingExtraError, ShapeError, StateError

RNG = np.random.default_rng(1)
X = RNG.standard_normal((2, 4, 6, 5))
W = RNG.standard_normal((6, 2, 3, 2))
B = RNG.standard_normal(6)
OPTIONS = {"strides": [2, 1], "dilations": [1, 2], "pads": [1, 0, 2, 1], "group": 2}


def our_conv(x, w, b):
    return pb.conv2d(x, w, b, stride=(2, 1), dilation=(1, 2), padding=((1, 2), (0, 1)), groups=2)


def test_the_gradient_of_an_imported_conv_is_that_of_conv2d():
    function = pb.io.load_onnx(single("Conv", {"x": X, "w": W, "b": B}, **OPTIONS))
    (y, pullback), (want, want_pullback) = pb.vjp(function, X, W, B), pb.vjp(our_conv, X, W, B)
    np.testing.assert_array_equal(y, want)
    y_bar = RNG.standard_normal(y.shape)
    for got, expected in zip(pullback(y_bar), want_pullback(y_bar), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_an_imported_function_differentiates_by_its_weights_by_name():
    function = pb.io.load_onnx(single("Conv", {"x": X}, weights={"conv.weight": W, "conv.bias": B}, **OPTIONS))
    assert function.weights.keys() == {"conv.weight", "conv.bias"}
    found = pb.grad(lambda weights: np.sum(function(X, **weights) ** 2))(function.weights)
    expected = pb.grad(lambda w, b: np.sum(our_conv(X, w, b) ** 2), argnums=(0, 1))(W, B)
    np.testing.assert_allclose(found["conv.weight"], expected[0])
    np.testing.assert_allclose(found["conv.bias"], expected[1])


def test_an_imported_function_is_traced_inside_another_function_with_its_nodes_named():
    function = pb.io.load_onnx(single("Conv", {"x": X, "w": W, "b": B}, **OPTIONS))
    graph = pb.make_graph(lambda x: np.sum(function(x, W, B) * 2.0), X)
    assert {n.scope for n in graph.nodes} >= {"the_Conv"}
    assert set(graph.marks) == {"y"}


def test_shape_arithmetic_of_an_exported_flatten_needs_no_numbers_of_the_input():
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Gather", ["s", "zero"], ["n"]),
        helper.make_node("Unsqueeze", ["n", "axis"], ["n1"]),
        helper.make_node("Concat", ["n1", "rest"], ["shape"], axis=0),
        helper.make_node("Reshape", ["x", "shape"], ["y"]),
    ]
    weights = {"zero": np.array(0), "axis": np.array([0]), "rest": np.array([-1])}
    function = pb.io.load_onnx(model(nodes, {"x": X}, ["y"], weights))
    assert function.concrete_inputs == ()
    assert function.weights == {}
    assert pb.make_graph(function, X).outputs[0].shape == (2, 120)


def test_an_input_that_reaches_a_shape_by_arithmetic_is_listed_as_concrete():
    nodes = [helper.make_node("Mul", ["n", "two"], ["m"]), helper.make_node("Expand", ["x", "m"], ["y"])]
    function = pb.io.load_onnx(
        model(nodes, {"x": X[0, 0], "n": np.array([3, 3, 3])}, ["y"], {"two": np.array([1, 2, 1])})
    )
    assert function.concrete_inputs == ("n",)
    assert pb.make_graph(lambda x: function(x, np.array([1, 3, 5])), X[0, 0]).outputs[0].shape == (1, 6, 5)


def test_inputs_go_by_position_or_by_name_and_precision_is_that_of_the_arguments():
    function = pb.io.load_onnx(single("Sub", {"a": np.float32([1]), "b": np.float32([2])}))
    assert str(function) == "OnnxFunction(a float32(1), b float32(1)) -> y: 1 nodes"
    assert function.outputs == ("y",)
    assert function(np.float32([5]), b=np.float32([3])) == [2]
    assert function(a=[5.0], b=[3.0]).dtype == np.float64
    assert function(np.float32([5]), np.float32([3])).dtype == np.float32


def test_open_sizes_take_any_number_and_several_outputs_come_as_a_tuple():
    proto = single("Split", {"x": X}, outputs=("a", "b"), num_outputs=2)
    proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    proto.graph.input[0].type.tensor_type.shape.dim[1].ClearField("value")
    function = pb.io.load_onnx(proto)
    assert function.inputs[0].shape == ("batch", None, 6, 5)
    assert str(function.inputs[0]) == "x float64(batch,?,6,5)"
    a, b = function(np.ones((4, 1, 6, 5)))
    assert a.shape == b.shape == (2, 1, 6, 5)


@pytest.mark.parametrize(
    ("args", "named", "error", "text"),
    [
        ((), {}, ArgumentError, "do not fit the inputs"),
        ((X, X), {}, ArgumentError, "do not fit the inputs"),
        ((X,), {"x": X}, ArgumentError, "do not fit the inputs"),
        ((X,), {"z": X}, ArgumentError, r"need: x float64\(2,4,6,5\)"),
        ((X[0],), {}, ShapeError, "input x has another shape"),
        ((X[:1],), {}, ShapeError, "input x has another shape"),
        ((X,), {"w": W[:1]}, ShapeError, "input w has another shape"),
    ],
)
def test_arguments_that_do_not_fit_are_told(args, named, error, text):
    with pytest.raises(error, match=text):
        pb.io.load_onnx(single("Conv", {"x": X}, weights={"w": W}, group=2))(*args, **named)


def test_an_operator_that_is_not_imported_is_named_with_its_node_and_what_is():
    with pytest.raises(ArgumentError, match="the operator Det is not imported") as caught:
        pb.io.load_onnx(single("Det", {"x": np.eye(2)}))
    assert "node 0 'the_Det' (Det)" in str(caught.value)
    assert "Conv, ConvTranspose" in str(caught.value)


def test_an_operator_of_another_domain_is_not_taken_for_ours():
    with pytest.raises(ArgumentError, match=r"the operator Conv of com\.example is not imported"):
        pb.io.load_onnx(single("Conv", {"x": X, "w": W}, domain="com.example"))


@pytest.mark.parametrize(
    ("op", "options", "text"),
    [
        ("Conv", {"activation": "relu"}, "this attribute is not imported"),
        ("Einsum", {}, "an attribute is missing"),
        ("Relu", {}, "wrong number of inputs"),
        ("Clip", {"min": 1.0, "step": 2.0}, "this attribute is not imported"),
    ],
)
def test_an_attribute_that_is_not_understood_is_told_when_the_model_is_loaded(op, options, text):
    with pytest.raises(ArgumentError, match=text) as caught:
        pb.io.load_onnx(single(op, {"x": X, "w": W}, **options))
    assert f"at:   node 0 'the_{op}' ({op})" in str(caught.value)


def test_a_model_is_read_from_a_path_from_bytes_and_from_memory(tmp_path):
    proto = single("Neg", {"x": X})
    path = tmp_path / "neg.onnx"
    onnx.save(proto, path)
    for source in (path, str(path), path.read_bytes(), proto):
        np.testing.assert_array_equal(pb.io.load_onnx(source)(X), -X)


def test_weights_in_a_file_of_their_own_are_read(tmp_path):
    proto = single("Add", {"x": X}, weights={"w": X * 2})
    onnx.save(proto, tmp_path / "add.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert (tmp_path / "weights.bin").stat().st_size == X.nbytes
    np.testing.assert_array_equal(pb.io.load_onnx(tmp_path / "add.onnx")(X), X * 3)


def test_functions_of_a_model_are_written_out():
    twice = helper.make_function(
        "local", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 21)]
    )
    node = helper.make_node("Twice", ["x"], ["y"], domain="local")
    proto = model([node], {"x": X}, ["y"], functions=[twice])
    proto.opset_import.append(helper.make_opsetid("local", 1))
    np.testing.assert_array_equal(pb.io.load_onnx(proto)(X), 2 * X)


def test_optional_inputs_and_outputs_that_are_left_out_stay_out():
    nodes = [
        helper.make_node("LayerNormalization", ["x", "w"], ["y", "", "inverse"], axis=3),
        helper.make_node("Clip", ["y", "", "top"], ["z"]),
    ]
    function = pb.io.load_onnx(model(nodes, {"x": X}, ["z", "inverse"], {"w": np.ones(5), "top": np.array(0.5)}))
    z, inverse = function(X)
    assert z.max() == 0.5
    assert z.min() < 0
    np.testing.assert_allclose(inverse[..., 0], 1 / np.sqrt(X.var(-1) + 1e-5))


@pytest.mark.parametrize(
    ("source", "error", "text"),
    [
        ("nowhere.onnx", StateError, "there is no such file"),
        (b"\xff\xff\xff", StateError, "not an ONNX model"),
        (b"", StateError, "not an ONNX model"),
        (3, ArgumentError, "no model"),
    ],
)
def test_what_is_no_model_is_told(source, error, text):
    with pytest.raises(error, match=text):
        pb.io.load_onnx(source)


def test_a_value_that_is_used_before_it_is_made_is_told():
    nodes = [helper.make_node("Neg", ["z"], ["y"], name="first"), helper.make_node("Neg", ["x"], ["z"])]
    with pytest.raises(StateError, match="used before it is made"):
        pb.io.load_onnx(model(nodes, {"x": X}, ["y"]))
    with pytest.raises(StateError, match="an output is never made"):
        pb.io.load_onnx(model(nodes[1:], {"x": X}, ["y"]))


def test_types_that_do_not_fit_together_are_told():
    with pytest.raises(StateError, match="types do not fit together"):
        pb.io.load_onnx(single("Add", {"x": X, "k": np.array([1])}))


def test_types_and_attributes_that_are_not_imported_are_told():
    text = helper.make_tensor_value_info("x", TensorProto.STRING, [1])
    proto = single("Identity", {"x": X})
    proto.graph.input[0].CopyFrom(text)
    with pytest.raises(ArgumentError, match="input 'x' has a type that is not imported"):
        pb.io.load_onnx(proto)
    proto = single("Identity", {"x": X})
    proto.graph.initializer.append(helper.make_tensor("t", TensorProto.STRING, [1], [b"a"]))
    with pytest.raises(ArgumentError, match="initializer 't' has a type that is not imported"):
        pb.io.load_onnx(proto)
    proto = single("Identity", {"x": X})
    proto.graph.input[0].type.CopyFrom(helper.make_sequence_type_proto(info("s", X).type))
    with pytest.raises(ArgumentError, match="input 'x' is not an array"):
        pb.io.load_onnx(proto)
    proto = single("Constant", {}, value=helper.make_tensor("t", TensorProto.STRING, [1], [b"a"]))
    with pytest.raises(ArgumentError, match=r"attribute value of node 0 .* has a type"):
        pb.io.load_onnx(proto)
    sparse = helper.make_sparse_tensor(
        numpy_helper.from_array(np.ones(1), "v"), numpy_helper.from_array(np.array([0])), [3]
    )
    with pytest.raises(ArgumentError, match="this attribute is not imported"):
        pb.io.load_onnx(single("Constant", {}, sparse_value=sparse))


def test_a_gradient_inside_a_model_is_the_derivative_and_can_be_differentiated_again():
    nodes = [
        helper.make_node("Mul", ["x", "x"], ["xx"]),
        helper.make_node("Mul", ["xx", "x"], ["cube"]),
        helper.make_node("Gradient", ["x"], ["slope"], domain="ai.onnx.preview.training", xs=["x"], y="cube"),
    ]
    proto = model(nodes, {"x": np.float64(2)}, ["cube", "slope"])
    proto.opset_import.append(helper.make_opsetid("ai.onnx.preview.training", 1))
    function = pb.io.load_onnx(proto)
    assert [float(v) for v in function(np.float64(2))] == [8, 12]
    assert pb.grad(lambda x: function(x)[1])(2.0) == 12


def test_a_gradient_holds_what_it_does_not_ask_for_fixed_also_at_a_value_inside_the_model():
    nodes = [
        helper.make_node("Mul", ["x", "w"], ["a"]),
        helper.make_node("Mul", ["a", "a"], ["b"]),
        helper.make_node("Mul", ["b", "w"], ["y"]),
        helper.make_node("Gradient", ["a"], ["slope"], domain="ai.onnx.preview.training", xs=["a"], zs=["w"], y="y"),
    ]
    proto = model(nodes, {"x": np.float64(2), "w": np.float64(5)}, ["slope"])
    proto.opset_import.append(helper.make_opsetid("ai.onnx.preview.training", 1))
    assert pb.io.load_onnx(proto)(2.0, 5.0) == 2 * 10 * 5


def test_a_gradient_of_several_numbers_is_refused():
    nodes = [
        helper.make_node("Neg", ["x"], ["y"]),
        helper.make_node("Gradient", ["x"], ["slope"], domain="ai.onnx.preview.training", xs=["x"], y="y"),
    ]
    proto = model(nodes, {"x": X}, ["slope"])
    proto.opset_import.append(helper.make_opsetid("ai.onnx.preview.training", 1))
    with pytest.raises(ShapeError, match="y is not one number"):
        pb.io.load_onnx(proto)(X)


def test_without_the_package_onnx_the_cure_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'pullback\[onnx\]'"):
        pb.io.load_onnx("net.onnx")


def test_the_package_onnx_is_imported_only_when_a_model_is_loaded():
    code = "import sys, pullback.io; sys.exit('onnx' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": ":".join(sys.path)}).returncode
        == 0
    )
