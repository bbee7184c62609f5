"""What ONNX's cases leave open: channels in indices, ties, old versions, tracing; against loops and worked numbers."""

import numpy as np
import pytest

import pullback as pb
from onnx_import.cases import as_tuple, interpreted
from onnx_import.models import single
from pullback.errors import ArgumentError, ShapeError, TracingError

RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 3, 5, 4))


def both(op, inputs, **options):
    """The outputs on arrays, after checking that the interpreter gives the same."""
    function = pb.io.load_onnx(single(op, inputs, **options))
    outputs = as_tuple(function(*inputs.values()))
    for a, b in zip(outputs, interpreted(function, list(inputs.values())), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    return outputs


@pytest.mark.parametrize("storage_order", [0, 1])
def test_max_pool_indices_count_entries_of_the_whole_array(storage_order):
    y, indices = both(
        "MaxPool", {"x": X}, outputs=("y", "i"), kernel_shape=[2, 2], strides=[1, 2], storage_order=storage_order
    )
    planes = X if storage_order == 0 else X.swapaxes(2, 3)
    np.testing.assert_array_equal(planes.reshape(-1)[indices], y)
    assert y.shape == (2, 3, 4, 2)


def test_max_pool_indices_of_volumes_count_column_major_on_request():
    x = RNG.standard_normal((2, 2, 3, 4, 5))
    y, indices = both("MaxPool", {"x": x}, outputs=("y", "i"), kernel_shape=[2, 2, 2], storage_order=1)
    np.testing.assert_array_equal(x.transpose(0, 1, 4, 3, 2).reshape(-1)[indices], y)


def test_max_unpool_puts_the_values_of_every_channel_back_where_max_pool_found_them():
    y, indices = both("MaxPool", {"x": X[..., :4, :]}, outputs=("y", "i"), kernel_shape=[2, 2], strides=[2, 2])
    (back,) = both("MaxUnpool", {"y": y, "i": indices}, kernel_shape=[2, 2], strides=[2, 2], outputs=("x",))
    kept = back != 0
    np.testing.assert_array_equal(back[kept], X[..., :4, :][kept])
    assert kept.sum() == y.size


def test_max_unpool_refuses_an_index_of_another_plane():
    inputs = {"y": np.ones((1, 2, 1, 1)), "i": np.array([[[[0]], [[3]]]])}
    with pytest.raises(ShapeError, match="outside its own plane"):
        pb.io.load_onnx(single("MaxUnpool", inputs, kernel_shape=[2, 2]))(*inputs.values())


@pytest.mark.parametrize(
    ("auto_pad", "rows"),
    [("SAME_UPPER", (0, 1)), ("SAME_LOWER", (1, 0))],
    ids=["odd row at the end", "at the beginning"],
)
def test_conv_transpose_to_a_given_shape_splits_the_padding_as_onnx_says(auto_pad, rows):
    # x (1,1,2), w (1,1,3), stride 2: the full output has 5 entries, the shape asks for 4, so that one is cut off.
    x, w = np.array([[[1.0, 10.0]]]), np.array([[[1.0, 2.0, 3.0]]])
    full = np.array([1.0, 2.0, 13.0, 20.0, 30.0])
    (y,) = both("ConvTranspose", {"x": x, "w": w}, strides=[2], output_shape=[4], auto_pad=auto_pad)
    np.testing.assert_array_equal(y[0, 0], full[rows[0] : 5 - rows[1]])


def test_conv_transpose_to_a_larger_shape_adds_zeros_at_the_end():
    x, w = np.array([[[1.0, 10.0]]]), np.array([[[1.0, 2.0, 3.0]]])
    (y,) = both("ConvTranspose", {"x": x, "w": w}, strides=[2], output_shape=[6])
    np.testing.assert_array_equal(y[0, 0], [1, 2, 13, 20, 30, 0])


@pytest.mark.parametrize("size", [1, 3, 4])
def test_local_response_normalisation_sums_over_neighbouring_channels(size):
    x = RNG.standard_normal((2, 6, 3, 2))
    options = {"alpha": 0.5, "beta": 0.75, "bias": 1.5}
    (y,) = both("LRN", {"x": x}, size=size, **options)
    for c in range(6):
        low, high = max(0, c - (size - 1) // 2), min(5, c + size // 2)
        total = sum(x[:, k] ** 2 for k in range(low, high + 1))
        np.testing.assert_allclose(y[:, c], x[:, c] / (1.5 + 0.5 / size * total) ** 0.75, rtol=1e-6)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_global_lp_pool_is_the_norm_of_every_plane(p):
    (y,) = both("GlobalLpPool", {"x": X}, p=p)
    np.testing.assert_allclose(y[:, :, 0, 0], np.linalg.norm(X.reshape(2, 3, -1), ord=p, axis=2), rtol=1e-12)
    assert y.shape == (2, 3, 1, 1)


@pytest.mark.parametrize("op", ["Softmax", "LogSoftmax"])
def test_softmax_up_to_version_12_normalises_over_all_axes_from_the_given_one_on(op):
    (old,) = both(op, {"x": X}, opset=11, axis=2)
    (new,) = both(op, {"x": X.reshape(2, 3, 20)}, opset=13, axis=2)
    np.testing.assert_allclose(old, new.reshape(X.shape))
    (default,) = both(op, {"x": X}, opset=11)
    assert np.exp(default).sum() == pytest.approx(2) if op == "LogSoftmax" else default.sum() == pytest.approx(2)


def test_the_legacy_broadcast_attribute_aligns_from_an_axis_on():
    (y,) = both("Add", {"a": X, "b": np.arange(3.0)}, opset=6, broadcast=1, axis=1)
    np.testing.assert_array_equal(y, X + np.arange(3.0)[:, None, None])


def test_negative_indices_count_from_the_end_also_when_they_are_traced():
    (y,) = both("Gather", {"x": X, "i": np.array([-1, 0, -3])}, axis=1)
    np.testing.assert_array_equal(y, X[:, [2, 0, 0]])


def test_gather_elements_takes_indices_that_are_shorter_beside_the_axis():
    x, i = np.arange(12.0).reshape(3, 4), np.array([[3, 0]])
    (y,) = both("GatherElements", {"x": x, "i": i}, axis=1)
    np.testing.assert_array_equal(y, [[3, 0]])


def test_the_quotient_of_integers_is_cut_off_towards_zero():
    x, y = np.array([7, -7, 7, -7, 6]), np.array([2, 2, -2, -2, 3])
    (q,) = both("Div", {"x": x, "y": y})
    np.testing.assert_array_equal(q, [3, -3, -3, 3, 2])


def test_a_narrow_integer_wraps_around_as_its_type_does():
    (y,) = as_tuple(
        pb.io.load_onnx(single("Add", {"a": np.uint8([250]), "b": np.uint8([10])}))(np.uint8([250]), np.uint8([10]))
    )
    assert y.dtype == np.uint8
    assert y == [4]


@pytest.mark.parametrize(
    ("dtype", "to", "expected"), [(bool, 1, 1.0), (bool, 7, 1), (int, 1, 3.0), (int, 9, True), (float, 9, True)]
)
def test_a_traced_value_changes_its_kind(dtype, to, expected):
    (y,) = both("Cast", {"x": np.array([0, 3]).astype(dtype)}, to=to)
    np.testing.assert_array_equal(y, [0 * expected, expected])


def test_the_mean_of_integers_is_cut_off_to_an_integer():
    function = pb.io.load_onnx(single("ReduceMean", {"x": np.array([1, 2])}, keepdims=0))
    assert function(np.array([1, 2])) == 1
    assert function(np.array([1, 2])).dtype == np.int64


def test_the_minimum_of_no_truth_values_is_true():
    (y,) = both("ReduceMin", {"x": np.ones((2, 0), bool)}, weights={"axes": np.array([1])}, keepdims=0)
    np.testing.assert_array_equal(y, [True, True])


def test_layer_normalisation_returns_mean_and_inverse_deviation_and_broadcasts_its_scale():
    x = RNG.standard_normal((2, 3, 4))
    inputs = {"x": x, "scale": np.array([2.0])}
    y, mean = both("LayerNormalization", inputs, outputs=("y", "m"), axis=1, epsilon=0.0)
    np.testing.assert_allclose(mean, x.mean((1, 2), keepdims=True))
    np.testing.assert_allclose(y, 2 * (x - mean) / x.std((1, 2), keepdims=True))


@pytest.mark.parametrize(
    "value", [{"value_float": 1.5}, {"value_floats": [1.5, 2.0]}, {"value_int": 3}, {"value_ints": [3]}]
)
def test_a_constant_is_given_in_any_of_its_forms(value):
    (expected,) = value.values()
    np.testing.assert_array_equal(pb.io.load_onnx(single("Constant", {}, **value))(), expected)


def test_negative_pads_crop_before_the_border_is_reflected():
    x = np.arange(5.0)
    (y,) = both("Pad", {"x": x}, weights={"pads": np.array([-1, 2])}, mode="reflect")
    np.testing.assert_array_equal(y, [1, 2, 3, 4, 3, 2])


@pytest.mark.parametrize("equation", ["...ij,...jk->...ik", "...ij,...jk"])
def test_the_ellipsis_of_an_einsum_stands_for_the_axes_that_are_not_named(equation):
    a, b = RNG.standard_normal((2, 3, 4, 5)), RNG.standard_normal((2, 3, 5, 2))
    (y,) = both("Einsum", {"a": a, "b": b}, equation=equation)
    np.testing.assert_allclose(y, a @ b)


def test_prelu_up_to_version_6_has_one_slope_per_channel():
    slope = np.array([0.1, 0.2, 0.3])
    (y,) = both("PRelu", {"x": X, "slope": slope}, opset=6)
    np.testing.assert_allclose(y, np.where(X < 0, X * slope[:, None, None], X))


def test_batch_normalisation_in_training_returns_running_statistics_with_the_biased_variance():
    x = RNG.standard_normal((4, 2, 3))
    inputs = {"x": x, "s": np.ones(2), "b": np.zeros(2), "m": np.array([1.0, 2.0]), "v": np.array([3.0, 4.0])}
    y, mean, var = both("BatchNormalization", inputs, outputs=("y", "m2", "v2"), training_mode=1, momentum=0.75)
    np.testing.assert_allclose(y.mean((0, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(mean, 0.75 * inputs["m"] + 0.25 * x.mean((0, 2)))
    np.testing.assert_allclose(var, 0.75 * inputs["v"] + 0.25 * x.var((0, 2)))


def test_group_normalisation_takes_one_scale_per_group_up_to_version_20():
    x, ones = RNG.standard_normal((2, 4, 3)), np.ones(4)
    (per_group,) = both(
        "GroupNormalization", {"x": x, "s": np.array([2.0, 3.0]), "b": np.zeros(2)}, num_groups=2, opset=18
    )
    (plain,) = both("GroupNormalization", {"x": x, "s": ones, "b": 0 * ones}, num_groups=2, opset=21)
    np.testing.assert_allclose(per_group, plain * np.array([2.0, 2.0, 3.0, 3.0])[:, None], rtol=1e-6)


def test_log_sum_exp_of_large_numbers_does_not_overflow():
    (y,) = both("ReduceLogSumExp", {"x": np.array([1000.0, 1000.0])}, keepdims=0)
    assert y == pytest.approx(1000 + np.log(2))


@pytest.mark.parametrize(
    ("op", "inputs", "options"),
    [
        ("Reshape", {"x": X, "shape": np.array([-1])}, {}),
        ("Slice", {"x": X, "starts": np.array([0]), "ends": np.array([1])}, {}),
        ("ReduceSum", {"x": X, "axes": np.array([0])}, {}),
        ("Pad", {"x": X[0, 0, 0], "pads": np.array([1, 1])}, {}),
        ("Expand", {"x": X, "shape": np.array([2, 2, 3, 5, 4])}, {}),
        ("Split", {"x": X, "split": np.array([1, 1])}, {"outputs": ("a", "b")}),
        ("MaxUnpool", {"x": X, "i": np.zeros(X.shape, int), "shape": np.array([2, 3, 9, 9])}, {"kernel_shape": [1, 1]}),
        ("Dropout", {"x": X, "ratio": np.float64(0), "training_mode": np.bool_(False)}, {}),
    ],
)
def test_an_input_that_decides_shapes_must_be_known_while_tracing(op, inputs, options):
    function = pb.io.load_onnx(single(op, inputs, **options))
    assert function.concrete_inputs == tuple(inputs)[1 if op != "MaxUnpool" else 2 :]
    with pytest.raises(TracingError, match=f"{op}: .* decides the shape") as caught:
        pb.make_graph(function, *inputs.values())
    assert f"at:   node 0 'the_{op}' ({op})" in str(caught.value)


def test_a_traced_float_does_not_become_an_integer():
    with pytest.raises(TracingError, match="a traced float does not become an integer"):
        pb.make_graph(pb.io.load_onnx(single("Cast", {"x": X}, to=7)), X)


@pytest.mark.parametrize(
    ("op", "inputs", "options", "text"),
    [
        ("Conv", {"x": X, "w": np.ones((1, 3, 2, 2))}, {"auto_pad": "SAME"}, "no such auto_pad"),
        ("Conv", {"x": X, "w": np.ones((1, 3, 2, 2))}, {"pads": [1, 1]}, "pads do not fit"),
        ("Conv", {"x": X, "w": np.ones((1, 3, 2, 2))}, {"strides": [1]}, "strides does not fit"),
        ("Conv", {"x": X, "w": np.ones((1, 3, 2, 2))}, {"kernel_shape": [3, 3]}, "kernel_shape is not that"),
        ("Conv", {"x": np.ones((1, 1)), "w": np.ones((1, 1))}, {}, "1, 2 or 3 spatial axes"),
        ("Conv", {"x": X, "w": np.ones((1, 2, 2, 2))}, {}, "channels do not match"),
        ("Gemm", {"a": np.ones(3), "b": np.ones((3, 2))}, {}, "a is not a matrix"),
        ("Gelu", {"x": X}, {"approximate": "sigmoid"}, "Gelu: this is not imported"),
        ("Pad", {"x": X, "p": np.zeros(8, int)}, {"mode": "mirror"}, "Pad: this is not imported"),
        ("Flatten", {"x": X}, {"axis": 9}, "Flatten: no such axis"),
        ("DepthToSpace", {"x": X}, {"blocksize": 2}, "blocks do not fit"),
        ("DepthToSpace", {"x": X}, {"blocksize": 1, "mode": "X"}, "DepthToSpace: this is not imported"),
        ("SpaceToDepth", {"x": X[0]}, {"blocksize": 1}, "x needs 4 axes"),
        ("Dropout", {"x": X}, {"is_test": 0, "opset": 6}, "Dropout: this is not imported"),
        ("CenterCropPad", {"x": X, "shape": np.array([2])}, {}, "one size per axis"),
        ("Reshape", {"x": X[0, 0, 0], "shape": np.array([4, 0])}, {}, "keeps an axis that is not there"),
        ("Expand", {"x": X, "shape": np.array([3])}, {}, "shapes do not broadcast"),
        ("Tile", {"x": X, "repeats": np.array([2])}, {}, "one repeat per axis"),
        ("Split", {"x": X, "split": np.array([1, 2])}, {"outputs": ("a", "b")}, "do not add up"),
        ("Slice", {"x": X, "starts": np.array([0]), "ends": np.array([1, 2])}, {}, "one start, end and step"),
        ("NegativeLogLikelihoodLoss", {"x": X[0, 0], "t": np.zeros(5, int)}, {"reduction": "half"}, "not imported"),
        ("Cast", {"x": X}, {"to": 17}, "this type is not imported"),
        ("Constant", {}, {}, "Constant: no value"),
        ("Upsample", {"x": X, "s": np.float32([1, 1, 1.5, 2])}, {"opset": 9}, "Upsample: this is not imported"),
        ("Slice", {"x": X, "s": np.array([0]), "e": np.array([1]), "a": np.array([7])}, {}, "Slice: no such axis"),
        ("Pad", {"x": X, "p": np.array([1])}, {}, "pads do not fit"),
        (
            "MaxUnpool",
            {"x": X, "i": np.zeros(X.shape, int) + np.arange(6).reshape(2, 3, 1, 1) * 20, "s": np.ones(4, int)},
            {"kernel_shape": [1, 1]},
            "output_shape does not fit",
        ),
        ("BatchNormalization", dict.fromkeys("xsbmv", np.ones((2, 2))), {"spatial": 0, "opset": 7}, "spatial=0"),
        ("BatchNormalization", dict.fromkeys("xsbmv", np.ones((2, 2))), {"opset": 6}, "training=True"),
        (
            "BatchNormalization",
            dict.fromkeys("xsbmv", np.ones(2)) | {"x": np.ones((3, 2))},
            {"outputs": ("y", "m", "v")},
            "so many outputs",
        ),
        ("Einsum", {"x": X}, {"equation": "i,i->"}, "one term per input"),
    ],
)
def test_a_misfit_is_told_with_the_name_of_its_node(op, inputs, options, text):
    with pytest.raises((ArgumentError, ShapeError), match=text) as caught:
        pb.io.load_onnx(unchecked(op, inputs, **options))(*inputs.values())
    assert f"node 0 'the_{op}' ({op})" in str(caught.value)


def unchecked(op, inputs, **options):
    """A model whose inputs have no shape, so that ONNX's own inference does not find the misfit first."""
    found = single(op, inputs, **options)
    for value in found.graph.input:
        value.type.tensor_type.ClearField("shape")
    return found
