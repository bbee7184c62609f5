"""Small ONNX models for the tests."""

import numpy as np
import onnx
from onnx import helper, numpy_helper

OPSET = 21


def single(op, inputs, *, weights=None, outputs=("y",), opset=OPSET, **attributes):
    """A model of one node: `inputs` gives the inputs' arrays by name, `weights` the initializers that follow them."""
    weights = weights or {}
    node = helper.make_node(op, [*inputs, *weights], list(outputs), name=f"the_{op}", **attributes)
    return model([node], inputs, outputs, weights, opset=opset)


def model(nodes, inputs, outputs, weights=None, *, opset=OPSET, **more):
    """A model of several nodes, whose inputs have the types and shapes of the given arrays."""
    stored = [numpy_helper.from_array(np.asarray(v), k) for k, v in (weights or {}).items()]
    given = [info(k, np.asarray(v)) for k, v in inputs.items()]
    made = [onnx.ValueInfoProto(name=k) for k in outputs]
    graph = helper.make_graph(nodes, "graph", given, made, stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10, **more)


def info(name, array):
    """The type and shape of an array."""
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
