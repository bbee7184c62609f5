"""What the caller of a trace gave: a function, its arguments by name, and where the backward pass starts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback import tree
from pullback.errors import ArgumentError, ShapeError, message
from pullback.explain.names import Names, closest, unused
from pullback.graph import Node, Traced
from pullback.nn import Module, functional_call
from pullback.ops.apply import Value

Array = NDArray[Any]


@dataclass(frozen=True)
class Given:
    """A call on named arrays.

    arrays   parameters, buffers, inputs, targets and the random key by name, floating-point numbers as float64
    roles    what each is: "parameter", "buffer", "input", "target", "key"
    call     from values by name to the output
    """

    arrays: dict[str, Array]
    roles: dict[str, str]
    call: Callable[[Mapping[str, Value]], Any]

    @property
    def target(self) -> str | None:
        """The name of the targets, where there are some."""
        return next((name for name, role in self.roles.items() if role == "target"), None)


def collect(function: Any, inputs: Any, targets: Any, *, training: bool, key: Any) -> Given:
    """Name the arguments of a call.

    Raises: ArgumentError
    """
    if not callable(function):
        fix = "pb.trace(net, x): the network or function first"
        raise ArgumentError(message("trace: not a network or function", got=type(function).__name__, fix=fix))
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    net = function if isinstance(function, Module) else None
    arrays: dict[str, Array] = {}
    roles: dict[str, str] = {}

    def add(name: str, array: Array, role: str) -> str:
        name = unused(name, arrays)
        arrays[name], roles[name] = array, role
        return name

    state = [add(k, _array(k, v), "parameter") for k, v in net.parameters.items()] if net else []
    state += [add(k, _array(k, v), "buffer") for k, v in net.buffers.items()] if net else []
    named = zip(_labels(function, given), given, strict=True)
    own = [add(path, _array(path, v), "input") for label, value in named for path, v in paths(label, value)]
    if targets is not None:
        add("targets", _array("targets", targets), "target")
    key_name = add("key", _key(key), "key") if net and training else None

    def call(values: Mapping[str, Value]) -> Any:
        args = tree.fill(list(given), iter([values[name] for name in own]))
        if net is None:
            return function(*args)
        seed = values[key_name] if key_name is not None else None
        return functional_call(net, {k: values[k] for k in state}, *args, training=training, key=seed)[0]

    return Given(arrays, roles, call)


def _labels(function: Any, given: Sequence[Any]) -> list[str]:
    """What the inputs are called: the one input of a network "input", others as the function calls them."""
    labels = _argument_names(function.forward if isinstance(function, Module) else function, given)
    return ["input"] if isinstance(function, Module) and len(given) == 1 else labels


def _array(name: str, value: Any) -> Array:
    """An array of its own: numbers and floating-point arrays as float64, integers and booleans as they are.

    Raises: ArgumentError
    """
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        got = f"{type(value).__name__} of dtype {array.dtype}"
        raise ArgumentError(message(f"trace: {name} is no array of real numbers", got=got, need="real numbers"))
    number = isinstance(value, int) and not isinstance(value, bool)
    return np.array(array, np.float64 if number or array.dtype.kind == "f" else None)


def _key(key: Any) -> Array:
    array = np.asarray(key)
    if array.shape != (2,) or array.dtype.kind not in "iu":
        raise ArgumentError(message("trace: not a random key", got=f"key={key!r}", need="(seed, step), two integers"))
    return array


def _argument_names(function: Callable[..., Any], given: Sequence[Any]) -> list[str]:
    """The function's own names for its arguments.

    Raises: ArgumentError, where it does not take that many
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return [f"x{k}" for k in range(len(given))]
    try:
        signature.bind(*given)
    except TypeError as error:
        got = f"{len(given)} input{'s' * (len(given) != 1)}; {error}"
        fix = "a tuple of inputs for several arguments; lambda x: f(x, option=…) for the others"
        raise ArgumentError(
            message("trace: the function cannot be called so", got=got, need=f"f{signature}", fix=fix)
        ) from error
    named = [p.name for p in signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return named[: len(given)] + [f"x{k}" for k in range(len(named), len(given))]


def paths(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The leaves of a nest with their names: params.w, layers.0."""
    if isinstance(value, Mapping):
        for k, v in value.items():
            yield from paths(f"{prefix}.{k}", v)
    elif isinstance(value, (tuple, list)):
        for j, v in enumerate(value):
            yield from paths(f"{prefix}.{j}", v)
    elif value is not None:
        yield prefix, value


def starts(names: Names, results: Sequence[Node], cotangent: Any, *, several: bool) -> list[tuple[Node, Array]]:
    """Where the backward pass starts, with which values; `several`: the function returns a tuple.

    Raises: ArgumentError, ShapeError
    """
    if cotangent is None:
        return [_start("the output", _one_number(results), 1.0)]
    if isinstance(cotangent, Mapping):
        return [_start(str(name), _named(names, name), value) for name, value in cotangent.items()]
    values = cotangent if several and isinstance(cotangent, (tuple, list)) else [cotangent]
    if len(values) != len(results):
        got, need = f"{len(values)} for {len(results)} outputs", "a tuple with one each, or {name: cotangent}"
        raise ArgumentError(message("trace: one cotangent per output", got=got, need=need))
    return [_start("the output", node, value) for node, value in zip(results, values, strict=True)]


def _one_number(results: Sequence[Node]) -> Node:
    if len(results) != 1 or results[0].shape != ():
        got = f"output of shape {', '.join(str(n.shape) for n in results)}"
        need = "loss=…, or cotangent=… of the output's shape"
        raise ShapeError(message("trace: where should the backward pass start?", got=got, need=need))
    return results[0]


def _named(names: Names, name: Any) -> Node:
    if name not in names.values:
        raise ArgumentError(message("trace: no such name", got=repr(name), need=closest(name, list(names.values))))
    return names.values[name]


def _start(what: str, node: Node, value: Any) -> tuple[Node, Array]:
    if node.kind != "float":
        got = "integers" if node.kind == "int" else "booleans"
        raise ArgumentError(message(f"trace: {what} has no cotangent", got=got, need="floating-point numbers"))
    if isinstance(value, Traced) or np.asarray(value).dtype.kind not in "biuf":
        got = type(value).__name__
        raise ArgumentError(message(f"trace: the cotangent of {what} is no array of real numbers", got=got))
    array = np.array(value, np.float64)
    if array.shape != node.shape:
        title = f"trace: a cotangent has the shape of {what}"
        raise ShapeError(message(title, got=f"{array.shape}", need=f"{node.shape}"))
    return node, array
