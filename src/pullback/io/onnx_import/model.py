"""Reading an ONNX file: protocol buffers in, plain records out. The only importer of `onnx`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from pullback.errors import ArgumentError, MissingExtraError, StateError, message, place
from pullback.io.onnx_import.gradient import GRADIENT
from pullback.io.onnx_import.registry import ELEMENT_TYPES, OPERATORS, WITHOUT_EFFECT, Array, OnnxOperator

DOMAINS = ("", "ai.onnx")
TRAINING = "ai.onnx.preview.training"


@dataclass(frozen=True)
class OnnxInput:
    """An input of a model: its name, its sizes (a name or None where the model leaves one open), its type.

    shape  None where the model does not even fix the number of axes
    """

    name: str
    shape: tuple[int | str | None, ...] | None
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        sizes = "…" if self.shape is None else ",".join("?" if n is None else str(n) for n in self.shape)
        return f"{self.name} {self.dtype}({sizes})"


@dataclass(frozen=True, eq=False)
class OnnxNode:
    """One operator of a model, applied to named values. "" stands for an optional input or output that is left out."""

    operator: OnnxOperator
    name: str
    place: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    opset: int


@dataclass(frozen=True, eq=False)
class OnnxModel:
    """What a file holds.

    dtypes  the types of the values, as far as ONNX can infer them
    """

    inputs: tuple[OnnxInput, ...]
    outputs: tuple[str, ...]
    initializers: Mapping[str, Array]
    nodes: tuple[OnnxNode, ...]
    dtypes: Mapping[str, np.dtype[Any]] = field(default_factory=dict)


def read_model(source: Any) -> OnnxModel:
    """Read a model from a path, from bytes, or from an onnx.ModelProto.

    Raises: MissingExtraError, StateError (no readable model), ArgumentError (something that is not imported)
    """
    proto = _proto(source)
    if proto.functions:
        proto = import_module("onnx.inliner").inline_local_functions(proto)
    graph = proto.graph
    if graph.sparse_initializer:
        raise ArgumentError(message("load_onnx: sparse initializers are not imported", got=graph.name))
    initializers = {t.name: _array(t, f"initializer '{t.name}'") for t in graph.initializer}
    inputs = tuple(_input(v) for v in graph.input if v.name not in initializers)
    opsets = {entry.domain: entry.version for entry in proto.opset_import}
    nodes = tuple(_node(n, k, opsets) for k, n in enumerate(graph.node))
    outputs = tuple(v.name for v in graph.output)
    _check_names({v.name for v in inputs} | set(initializers), nodes, outputs)
    return OnnxModel(inputs, outputs, initializers, nodes, _dtypes(proto))


def _onnx(name: str = "onnx") -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            message("load_onnx: the package onnx is not installed", got=str(error), fix="pip install 'pullback[onnx]'")
        ) from None


def _proto(source: Any) -> Any:
    onnx = _onnx()
    if isinstance(source, onnx.ModelProto):
        return source
    if not isinstance(source, (str, bytes, os.PathLike)):
        raise ArgumentError(
            message("load_onnx: no model", got=type(source).__name__, need="a path, bytes or an onnx.ModelProto")
        )
    if not isinstance(source, bytes) and not os.path.isfile(source):
        raise StateError(message("load_onnx: there is no such file", got=str(source)))
    try:
        proto = onnx.load_model_from_string(source) if isinstance(source, bytes) else onnx.load(source)
    except Exception as error:
        # Whatever the parser of protocol buffers raises: its exception type differs between its implementations.
        raise StateError(message("load_onnx: not an ONNX model", got=f"{type(error).__name__}: {error}")) from None
    if not proto.HasField("graph"):
        raise StateError(message("load_onnx: not an ONNX model", got="a file without a graph"))
    return proto


def _array(tensor: Any, what: str) -> Array:
    """The numbers of a TensorProto.

    Raises: ArgumentError
    """
    if tensor.data_type not in ELEMENT_TYPES:
        raise ArgumentError(
            message(
                f"load_onnx: {what} has a type that is not imported",
                got=_type_name(tensor.data_type),
                need=_type_names(),
            )
        )
    return np.array(_onnx("onnx.numpy_helper").to_array(tensor))


def _type_name(number: int) -> str:
    return str(_onnx().TensorProto.DataType.Name(number)).lower()


def _type_names() -> str:
    return ", ".join(str(dtype) for dtype in ELEMENT_TYPES.values())


def _input(value: Any) -> OnnxInput:
    what = f"input '{value.name}'"
    if not value.type.HasField("tensor_type"):
        kind = value.type.WhichOneof("value") or "no type"
        raise ArgumentError(message(f"load_onnx: {what} is not an array", got=kind, need="tensor_type"))
    tensor = value.type.tensor_type
    if tensor.elem_type not in ELEMENT_TYPES:
        raise ArgumentError(
            message(
                f"load_onnx: {what} has a type that is not imported",
                got=_type_name(tensor.elem_type),
                need=_type_names(),
            )
        )
    sizes = None
    if tensor.HasField("shape"):
        sizes = tuple(d.dim_value if d.HasField("dim_value") else d.dim_param or None for d in tensor.shape.dim)
    return OnnxInput(value.name, sizes, ELEMENT_TYPES[tensor.elem_type])


def _node(proto: Any, position: int, opsets: Mapping[str, int]) -> OnnxNode:
    """The record of a node.

    Raises: ArgumentError, where it is not imported
    """
    outputs = tuple(proto.output)
    name = proto.name or next((o for o in outputs if o), str(position))
    where = f"node {position} '{name}' ({proto.op_type})"
    operator = OPERATORS.get(proto.op_type) if proto.domain in DOMAINS else None
    if (proto.domain, proto.op_type) == (TRAINING, "Gradient"):
        operator = GRADIENT
    if operator is None:
        domain = f" of {proto.domain}" if proto.domain not in DOMAINS else ""
        title = f"load_onnx: the operator {proto.op_type}{domain} is not imported"
        raise ArgumentError(message(title, got=where, need=", ".join(sorted(OPERATORS))))
    attributes = {a.name: _attribute(a, where) for a in proto.attribute if a.name not in WITHOUT_EFFECT}
    with place(where):
        operator.check(tuple(proto.input), attributes)
    opset = opsets.get("", opsets.get("ai.onnx", 1))
    return OnnxNode(operator, name, where, tuple(proto.input), outputs, attributes, opset)


def _attribute(proto: Any, where: str) -> Any:
    """The value of an attribute: numbers, texts, lists of them, or an array.

    Raises: ArgumentError
    """
    kinds = _onnx().AttributeProto
    if proto.type == kinds.TENSOR:
        return _array(proto.t, f"attribute {proto.name} of {where}")
    single = {kinds.FLOAT: "f", kinds.INT: "i", kinds.FLOATS: "floats", kinds.INTS: "ints"}
    if proto.type in single:
        value = getattr(proto, single[proto.type])
        return list(value) if proto.type in (kinds.FLOATS, kinds.INTS) else value
    if proto.type == kinds.STRING:
        return proto.s.decode()
    if proto.type == kinds.STRINGS:
        return [s.decode() for s in proto.strings]
    got = f"{proto.name} of type {kinds.AttributeType.Name(proto.type).lower()}"
    raise ArgumentError(message("load_onnx: this attribute is not imported", got=got, at=where))


def _check_names(known: set[str], nodes: tuple[OnnxNode, ...], outputs: tuple[str, ...]) -> None:
    """Every value must be made before it is used.

    Raises: StateError
    """
    made = known | {""}
    for node in nodes:
        for name in node.inputs:
            if name not in made:
                raise StateError(message("load_onnx: a value is used before it is made", got=repr(name), at=node.place))
        made |= set(node.outputs)
    for name in outputs:
        if name not in made:
            raise StateError(message("load_onnx: an output is never made", got=repr(name)))


def _dtypes(proto: Any) -> dict[str, np.dtype[Any]]:
    """The types of the values, as ONNX infers them.

    Raises: StateError
    """
    inference = _onnx("onnx.shape_inference")
    try:
        graph = inference.infer_shapes(proto, check_type=True).graph
    except inference.InferenceError as error:
        raise StateError(
            message("load_onnx: the model's types do not fit together", got=str(error).splitlines()[0])
        ) from None
    values = [*graph.value_info, *graph.output]
    found = {v.name: v.type.tensor_type.elem_type for v in values}
    return {name: ELEMENT_TYPES[number] for name, number in found.items() if number in ELEMENT_TYPES}
