"""The whole nets that ONNX ships, against its outputs, and with random weights against its reference evaluator."""

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper, version_converter
from onnx.reference import ReferenceEvaluator

import pullback as pb
from onnx_import.cases import DATA, interpreted

LIGHT = DATA / "light"
QUICK = ("inception_v1", "inception_v2", "resnet50", "shufflenet", "squeezenet")
HEAVY = ("bvlc_alexnet", "densenet121", "vgg19", "zfnet512")
SLOW = [pytest.param(n, marks=pytest.mark.slow) for n in HEAVY]


def test_every_net_of_the_package_is_tried():
    assert {p.stem.removeprefix("light_") for p in LIGHT.glob("*.onnx")} == {*QUICK, *HEAVY}


@pytest.mark.parametrize("net", [*QUICK, *SLOW])
def test_the_net_gives_the_published_output(net):
    function = pb.io.load_onnx(LIGHT / f"light_{net}.onnx")
    x = ramp(function.inputs[0].shape)
    expected = onnx.TensorProto.FromString((LIGHT / f"light_{net}_output_0.pb").read_bytes())
    (y,) = interpreted(function, [x])
    np.testing.assert_allclose(y, numpy_helper.to_array(expected), rtol=1e-3, atol=1e-7)


def ramp(shape):
    """The input that ONNX made its outputs for."""
    size = int(np.prod(shape))
    return (np.arange(size).reshape(shape) / size).astype(np.float32)


@pytest.mark.parametrize(
    "net",
    [
        "squeezenet",
        *(
            pytest.param(n, marks=pytest.mark.slow)
            for n in ("shufflenet", "densenet121", "resnet50", "inception_v2", "vgg19")
        ),
    ],
)
def test_the_net_with_random_weights_agrees_with_the_reference_evaluator(net):
    # The weights that ONNX ships are constants, under which every class gets the same probability. Its evaluator knows
    # only the newest meaning of softmax and batch normalisation: it runs the net converted to it, the importer the net
    # as it is. The nets with LRN are left out: the evaluator takes the size of the batch for the number of channels.
    proto = with_random_weights(onnx.load(LIGHT / f"light_{net}.onnx"))
    function = pb.io.load_onnx(proto)
    x = np.random.default_rng(1).standard_normal(function.inputs[0].shape).astype(np.float32)
    converted = version_converter.convert_version(proto, 15)
    (expected,) = ReferenceEvaluator(converted).run(None, {function.inputs[0].name: x})
    y = function(x)
    assert np.ptp(expected) > 0.05 * np.abs(expected).max()
    np.testing.assert_allclose(y, expected, rtol=1e-3, atol=1e-5 * np.abs(expected).max())


def with_random_weights(proto):
    """The net with its constant weights replaced, scaled so that values neither vanish nor explode."""
    rng = np.random.default_rng(0)
    shapes = {t.name: tuple(numpy_helper.to_array(t)) for t in proto.graph.initializer}
    kept = [n for n in proto.graph.node if n.op_type != "ConstantOfShape"]
    made = []
    for node in proto.graph.node:
        if node.op_type == "ConstantOfShape":
            shape = shapes[node.input[0]]
            scale = np.sqrt(np.prod(shape[1:]))
            weight = rng.standard_normal(shape) / scale if len(shape) > 1 else rng.uniform(0.5, 1.5, shape)
            made.append(numpy_helper.from_array(weight.astype(np.float32), node.output[0]))
    graph = helper.make_graph(kept, "net", proto.graph.input, proto.graph.output, [*proto.graph.initializer, *made])
    return helper.make_model(graph, opset_imports=proto.opset_import, ir_version=8)
