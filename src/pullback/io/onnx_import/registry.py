"""Which function stands for which ONNX operator.

A function takes the node's inputs by position and its attributes by keyword, under their ONNX names, so that its
signature says what is understood. What older versions of ONNX pass as an attribute and newer ones as an input (axes,
pads, shape, …) is a positional argument with a default: it may come either way. Three keywords are not attributes:
`opset` receives the version of ONNX the model is written for, `outputs` the number of the node's outputs, and `part` a
function (names, y) -> function that makes the part of the model from the values of these names to the value y.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError, TracingError, message
from pullback.ops.apply import Value, recorder

Array: TypeAlias = NDArray[Any]
F = TypeVar("F", bound=Callable[..., Any])

ELEMENT_TYPES: Mapping[int, np.dtype[Any]] = {
    number: np.dtype(name)
    for number, name in {
        1: "float32",
        2: "uint8",
        3: "int8",
        4: "uint16",
        5: "int16",
        6: "int32",
        7: "int64",
        9: "bool",
        10: "float16",
        11: "float64",
        12: "uint32",
        13: "uint64",
    }.items()
}
"""ONNX's numbers for the types of entries that NumPy has too (TensorProto.DataType)."""

WITHOUT_EFFECT = frozenset({"consumed_inputs"})
"""Attributes that do not change the value: a memory hint of the first version of ONNX."""

CONTEXT = frozenset({"opset", "outputs", "part"})
"""Keywords of a function that are not attributes."""


@dataclass(frozen=True)
class OnnxOperator:
    """An ONNX operator that can be imported.

    concrete  the inputs that must be known while tracing, because they decide shapes: axes, pads, shape
    """

    name: str
    function: Callable[..., Any]
    concrete: frozenset[str]

    @cached_property
    def _parameters(self) -> tuple[inspect.Parameter, ...]:
        return tuple(inspect.signature(self.function).parameters.values())

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs, in order; a name that takes any number of inputs begins with *."""
        own = (p for p in self._parameters if p.kind != p.KEYWORD_ONLY)
        return tuple("*" * (p.kind == p.VAR_POSITIONAL) + p.name for p in own)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names of the attributes that are understood."""
        keywords = {p.name for p in self._parameters if p.kind == inspect.Parameter.KEYWORD_ONLY}
        either = {p.name for p in self._parameters if p.default is not p.empty}
        return frozenset((keywords | either) - CONTEXT)

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(p.name for p in self._parameters if p.kind == p.KEYWORD_ONLY and p.default is p.empty)

    def concrete_at(self, count: int) -> tuple[int, ...]:
        """The positions of the inputs, among the first `count`, that must be known while tracing."""
        return tuple(k for k, name in enumerate(self.inputs[:count]) if name in self.concrete)

    def check(self, inputs: Sequence[str], attributes: Mapping[str, Any]) -> None:
        """Check a node's attributes and the number of its inputs.

        Raises: ArgumentError
        """
        unknown = sorted(set(attributes) - self.attributes)
        if unknown:
            got = ", ".join(f"{k}={attributes[k]!r}" for k in unknown)
            known = ", ".join(sorted(self.attributes)) or "no attributes"
            raise ArgumentError(message(f"{self.name}: this attribute is not imported", got=got, need=known))
        missing = sorted(self._required - set(attributes) - CONTEXT)
        if missing:
            raise ArgumentError(message(f"{self.name}: an attribute is missing", need=", ".join(missing)))
        many = any(name.startswith("*") for name in self.inputs)
        least = sum(p.default is p.empty and p.kind == p.POSITIONAL_OR_KEYWORD for p in self._parameters)
        most = len(inputs) if many else len(self.inputs)
        if not least <= len(inputs) <= most:
            listed = ", ".join(self.inputs) or "no inputs"
            raise ArgumentError(message(f"{self.name}: wrong number of inputs", got=str(len(inputs)), need=listed))

    def __call__(self, inputs: Sequence[Value], attributes: Mapping[str, Any], **context: Any) -> tuple[Value, ...]:
        """Apply the operator; an optional input that is left out is None.

        Raises: TracingError (an input that decides shapes is traced), and what the operator raises
        """
        names = [name for name in self.inputs if not name.startswith("*")]
        given = list(inputs)
        for k in self.concrete_at(len(given)):
            given[k] = self.known(names[k], given[k])
        asked = {k: v for k, v in context.items() if k in self._context}
        options = {k: v for k, v in attributes.items() if k not in names[: len(given)]}
        result = self.function(*given, **options, **asked)
        return tuple(result) if isinstance(result, (tuple, list)) else (result,)

    @cached_property
    def _context(self) -> frozenset[str]:
        return CONTEXT & {p.name for p in self._parameters}

    def known(self, name: str, value: Value) -> Array | None:
        """The numbers of an input that decides shapes.

        Raises: TracingError
        """
        if value is None:
            return None
        if recorder([value]) is not None:
            raise TracingError(
                message(
                    f"{self.name}: {name} decides the shape of the result, and its numbers are not known while tracing",
                    got=f"a traced value of shape {value.shape}",
                    need=f"numbers for {name}",
                    fix="keep this input outside the function that is traced: trace(lambda x: model(x, shape), x)",
                )
            )
        return np.asarray(value)


OPERATORS: dict[str, OnnxOperator] = {}


def onnx_operator(*names: str, concrete: Sequence[str] = ()) -> Callable[[F], F]:
    """Register a function under the names of the ONNX operators that it computes."""

    def register(function: F) -> F:
        for name in names:
            OPERATORS[name] = OnnxOperator(name, function, frozenset(concrete))
        return function

    return register


def ints(values: Any) -> tuple[int, ...] | None:
    """Integers from an attribute or an input; None stays None."""
    return None if values is None else tuple(int(v) for v in np.asarray(values).reshape(-1))


def of_type(value: Value, x: Value) -> Value:
    """A known value cut off to integers when x holds known ones: where ONNX keeps the type of x, and NumPy does not."""
    if recorder([value, x]) is not None or np.asarray(x).dtype.kind not in "iu":
        return value
    return np.asarray(value).astype(np.asarray(x).dtype)


def unsupported(op: str, need: str, **options: Any) -> ArgumentError:
    """The error for an option that is not imported, and what is."""
    got = ", ".join(f"{k}={v!r}" for k, v in options.items())
    return ArgumentError(message(f"{op}: this is not imported", got=got, need=need))
