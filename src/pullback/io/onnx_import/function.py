"""A model as a function: on arrays it computes, on traced values it records, so that it differentiates and compiles."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pullback.errors import ArgumentError, ShapeError, message, place
from pullback.graph import mark, scope
from pullback.io.onnx_import import activations, elementwise, norms, reductions, shapes, windows
from pullback.io.onnx_import.model import OnnxInput, OnnxModel, OnnxNode, read_model
from pullback.io.onnx_import.registry import OPERATORS, Array
from pullback.ops.apply import Value, recorder, shape_of

FAMILIES = (activations, elementwise, norms, reductions, shapes, windows)


@dataclass(frozen=True, eq=False)
class OnnxFunction:
    """An ONNX model as a function of its inputs.

    Call it on arrays or traced values, by position or by name; an initializer may be given by name too, and then
    replaces the model's own: pb.grad(lambda w: np.sum(model(x, **w)))(model.weights). One output comes as it is,
    several as a tuple.
    """

    model: OnnxModel

    @property
    def inputs(self) -> tuple[OnnxInput, ...]:
        """The inputs: name, sizes and type of each."""
        return self.model.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return self.model.outputs

    @property
    def initializers(self) -> dict[str, Array]:
        """The arrays stored in the model, by name: weights, and constants of integers."""
        return dict(self.model.initializers)

    @property
    def weights(self) -> dict[str, Array]:
        """The initializers that hold floating-point numbers: what can be differentiated by."""
        return {k: v for k, v in self.model.initializers.items() if v.dtype.kind == "f"}

    @property
    def concrete_inputs(self) -> tuple[str, ...]:
        """The inputs that must be known while tracing, because they decide shapes: axes, pads, sizes."""
        needed: set[str] = set()
        for node in reversed(self.model.nodes):
            if node.operator.name in ("Shape", "Size"):
                continue
            wanted = not needed.isdisjoint(node.outputs)
            at = range(len(node.inputs)) if wanted else node.operator.concrete_at(len(node.inputs))
            needed |= {node.inputs[k] for k in at}
        return tuple(v.name for v in self.inputs if v.name in needed)

    def __call__(self, *args: Value, **named: Value) -> Any:
        """Compute the outputs.

        Raises: ArgumentError, ShapeError, TracingError, and whatever an operator raises, with the node's name
        """
        values: dict[str, Value] = {"": None, **self.model.initializers, **self._bound(args, named)}
        for position, node in enumerate(self.model.nodes):
            values.update(self._apply(position, node, values))
        found = tuple(values[name] for name in self.outputs)
        return found[0] if len(found) == 1 else found

    def __str__(self) -> str:
        given = ", ".join(map(str, self.inputs))
        return f"OnnxFunction({given}) -> {', '.join(self.outputs)}: {len(self.model.nodes)} nodes"

    __repr__ = __str__

    def _bound(self, args: Sequence[Value], named: Mapping[str, Value]) -> dict[str, Value]:
        """The arguments by name, checked."""
        names = [v.name for v in self.inputs]
        twice = sorted(set(names[: len(args)]) & set(named))
        unknown = sorted(set(named) - set(names) - set(self.model.initializers))
        bound = dict(zip(names, args, strict=False)) | dict(named)
        missing = [name for name in names if name not in bound]
        if len(args) > len(names) or twice or unknown or missing:
            got = f"{len(args)} by position" + "".join(f", {k}" for k in named)
            raise ArgumentError(
                message("model: the arguments do not fit the inputs", got=got, need=", ".join(map(str, self.inputs)))
            )
        for name, value in bound.items():
            self._check(name, value)
        return {k: np.asarray(v) if recorder([v]) is None else v for k, v in bound.items()}

    def _check(self, name: str, value: Value) -> None:
        """Check a value against the sizes that the model fixes.

        Raises: ShapeError
        """
        shape = shape_of(value)
        own = self.model.initializers.get(name)
        sizes = own.shape if own is not None else next(v.shape for v in self.inputs if v.name == name)
        if sizes is None:
            return
        if len(sizes) != len(shape) or any(isinstance(n, int) and n != m for n, m in zip(sizes, shape, strict=True)):
            raise ShapeError(message(f"model: input {name} has another shape", got=f"{shape}", need=f"{sizes}"))

    def _apply(self, position: int, node: OnnxNode, values: Mapping[str, Value]) -> dict[str, Value]:
        """The values that one node makes, by name.

        Raises: ArgumentError, where the model asks for more of them than the operator gives
        """

        def part(names: Sequence[str], y: str) -> Callable[..., Value]:
            return lambda *xs: self._from_to(position, {**values, **dict(zip(names, xs, strict=True))}, names, y)

        with scope(node.name), place(node.place):
            inputs = [values[name] for name in node.inputs]
            results = node.operator(inputs, node.attributes, opset=node.opset, outputs=len(node.outputs), part=part)
            if len(results) < len(node.outputs):
                got = f"{len(node.outputs)} outputs"
                raise ArgumentError(
                    message(f"{node.operator.name}: so many outputs are not imported", got=got, need=f"{len(results)}")
                )
        made = {name: self._typed(name, v) for name, v in zip(node.outputs, results, strict=False) if name}
        for name, value in made.items():
            mark(name, value)
        return made

    def _from_to(self, end: int, values: dict[str, Value], names: Sequence[str], y: str) -> Value:
        """The value y when the named values are changed: the nodes before `end` that depend on them, once more."""
        changed = set(names)
        for position, node in enumerate(self.model.nodes[:end]):
            if changed & set(node.inputs) and not set(names) & set(node.outputs):
                values.update(self._apply(position, node, values))
                changed |= set(node.outputs)
        return values[y]

    def _typed(self, name: str, value: Value) -> Value:
        """Known values in the width that the model gives them: the operators add up in int64, and halves in float32."""
        if recorder([value]) is not None:
            return value
        dtype, array = self.model.dtypes.get(name), np.asarray(value)
        whole = dtype is not None and dtype.kind in "iub" and array.dtype.kind in "iub"
        return array.astype(dtype, copy=False) if whole or dtype == np.float16 else array


def load_onnx(source: str | os.PathLike[str] | bytes | Any) -> OnnxFunction:
    """Turn an ONNX model into a function built from Pullback's operators.

    source  a path, the bytes of a file, or an onnx.ModelProto

    The function computes on arrays, traces, differentiates (also by its weights) and compiles. Inputs that decide
    shapes (axes, pads, sizes: `concrete_inputs`) must be numbers while tracing. Dropout is the identity, as in
    inference. Traced integers have 64 bits, whatever width the model declares.

    Raises: MissingExtraError (pip install 'pullback[onnx]'), StateError (not a model), ArgumentError (an operator, an
            attribute or a type that is not imported, with the node's name)
    Source: the operators of ONNX, versions 1 to 28, https://onnx.ai/onnx/operators

    >>> from onnx import TensorProto, helper
    >>> node = helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)
    >>> x, y = (helper.make_tensor_value_info(k, TensorProto.FLOAT, [1, 2]) for k in "xy")
    >>> w = helper.make_tensor("w", TensorProto.FLOAT, [2, 2], [1, 2, 3, 4])
    >>> model = load_onnx(helper.make_model(helper.make_graph([node], "line", [x], [y], [w])))
    >>> print(model)
    OnnxFunction(x float32(1,2)) -> y: 1 nodes
    >>> model(np.array([[1.0, 10.0]]))
    array([[21., 43.]])
    """
    return OnnxFunction(read_model(source))


def supported_operators() -> tuple[str, ...]:
    """The ONNX operators that `load_onnx` imports."""
    return tuple(sorted([*OPERATORS, "Gradient"]))
