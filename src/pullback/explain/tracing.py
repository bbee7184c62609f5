"""A trace: one run of a network or function in float64, with the value and the cotangent of everything by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback import tree
from pullback.autodiff import all_cotangents
from pullback.errors import ArgumentError, ShapeError, message
from pullback.explain.explanation import Explanation
from pullback.explain.explanation import explain as explain_entry
from pullback.explain.names import Names, closest, name_nodes
from pullback.formula import Argmax
from pullback.graph import Graph, Input, Node, Traced, as_node, collecting_marks, kind_of, order
from pullback.interpret import Values, run
from pullback.nn import Module, functional_call
from pullback.ops.apply import Value, shape_of

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Trace:
    """Every value, cotangent, switch and gradient of one forward and backward pass, by name.

    graph      the forward and the backward pass
    names      which node is called what
    """

    graph: Graph
    names: Names
    _values: Values

    @property
    def values(self) -> dict[str, Array]:
        """The forward values: inputs, parameters, layers, what layers compute inside ("conv1/conv2d"), loss."""
        return {name: self._values[node] for name, node in self.names.values.items()}

    @property
    def cotangents(self) -> dict[str, Array]:
        """The cotangents of the forward values, by the same names: zeros where nothing flows back."""
        return {name: self._cotangent(name) for name, node in self.names.values.items() if node.kind == "float"}

    @property
    def grads(self) -> dict[str, Array]:
        """The gradients: the cotangents of the parameters and inputs."""
        return {name: self._cotangent(name) for name in self.names.leaves if self.names.values[name].kind == "float"}

    @property
    def switches(self) -> dict[str, Array]:
        """The switches of max pooling layers: where each maximum came from, as row-major positions in its plane."""
        return {
            named.scope or named.name: self._values[node]
            for node, named in self.names.of.items()
            if isinstance(node.formula, Argmax) and named.of == "value"
        }

    def _cotangent(self, name: str) -> Array:
        node = self.names.cotangents.get(name)
        return np.zeros(self.names.values[name].shape) if node is None else self._values[node]

    def value_of(self, node: Node) -> Array:
        """A node's value."""
        return self._values[node]

    def find(self, name: str, of: str | None = None) -> Node | None:
        """The node of a name; None for a cotangent to which nothing flows.

        of  "value" or "cotangent"; without it the gradient of a parameter or input, and the value of anything else

        Raises: ArgumentError, which lists the names there are
        """
        if name in self.names.steps and of is None:
            return self.names.steps[name]
        if name not in self.names.values:
            known = [*self.names.values, *self.names.steps]
            raise ArgumentError(message("trace: no such name", got=repr(name), need=closest(name, known)))
        if of not in (None, "value", "cotangent"):
            raise ArgumentError(message("trace: a name has a value and a cotangent", got=f"of={of!r}"))
        if of == "value" or (of is None and name not in self.names.leaves):
            return self.names.values[name]
        return self.names.cotangents.get(name)

    def explain(self, name: str, index: Sequence[int] | int = (), of: str | None = None) -> Explanation:
        """Explain one entry: the sum that made it, in symbols and in numbers.

        name   a parameter or input ("conv1.weight": its gradient), a layer ("conv1": its output), or anything else that
               `values` and `cotangents` list
        index  the entry's position
        of     "value" or "cotangent", where it is not the one above

        Raises: ArgumentError (no such name), ShapeError (no such index)

        >>> t = trace(lambda w, x: np.sum(w * x), (np.array([1.0, 2.0]), np.array([3.0, 4.0])))
        >>> print(t.explain("w", 1).total)
        4.0
        """
        return explain_entry(self, name, (index,) if isinstance(index, (int, np.integer)) else tuple(index), of)

    def __repr__(self) -> str:
        rows = [f"  {name:<24} {list(node.shape)}" for name, node in self.names.values.items()]
        return "\n".join(["Trace of", *rows])


def trace(
    function: Callable[..., Any],
    inputs: Any,
    targets: Any = None,
    *,
    loss: Callable[..., Value] | None = None,
    cotangent: Any = None,
    training: bool = False,
    key: tuple[int, int] = (0, 0),
) -> Trace:
    """Run a network or a function forward and backward in float64, and keep everything by name.

    function   a network, or any function of NumPy arrays
    inputs     the input; a tuple for several
    targets    what the loss compares the output with
    loss       loss(output, targets), or loss(output) without targets
    cotangent  instead of a loss: the output's cotangent, or {name: cotangent}: the backward pass starts at these values
    training   the mode of a network; `key` is (seed, step) for its random layers

    Without loss and cotangent the output must be one number; its cotangent is 1.

    Raises: ArgumentError, ShapeError, TracingError

    >>> t = trace(lambda x1, x2: np.log(x1) + x1 * x2 - np.sin(x2), (2.0, 5.0))
    >>> print(*(f"{g:.4f}" for g in t.grads.values()))
    5.5000 1.7163
    """
    if loss is not None and cotangent is not None:
        raise ArgumentError(message("trace: a loss and a cotangent", need="one of them: both start the backward pass"))
    call, arguments = _prepared(function, inputs, training=training, key=key)
    if targets is not None:
        arguments["targets"] = targets
    nodes = {name: Node(Input(name, shape_of(v), kind_of(v)), name="input") for name, v in arguments.items()}
    with collecting_marks() as marks:
        output = call({k: Traced(n) for k, n in nodes.items() if k != "targets"})
        result = output if loss is None else _loss(loss, output, nodes)
    marks |= _result_marks(output, result, loss is not None)
    forward = order([*nodes.values(), *(as_node(v) for v in tree.leaves([output, result]))])
    names = name_nodes(forward, marks, list(nodes))
    seeds = _seeds(names, as_node(next(tree.leaves(result))), cotangent)
    bars = all_cotangents([n for n, _ in seeds], [Traced(as_node(c)) for _, c in seeds], list(nodes.values()))
    return _run(nodes, arguments, forward, bars, names)


def _prepared(
    function: Callable[..., Any], inputs: Any, *, training: bool, key: tuple[int, int]
) -> tuple[Callable[[dict[str, Value]], Any], dict[str, Any]]:
    """The call on named values, and the values: a network's parameters, then the inputs by their names."""
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    forward = function.forward if isinstance(function, Module) else function
    labels = _argument_names(forward, len(given))
    if isinstance(function, Module) and len(given) == 1:
        labels = ["input"]
    paths = [list(_paths(label, value)) for label, value in zip(labels, given, strict=True)]
    flat = {name: value for rows in paths for name, value in rows}
    state = function.parameters | function.buffers if isinstance(function, Module) else {}
    arguments = {k: _as_float64(v) for k, v in {**state, **flat}.items()}

    def call(values: dict[str, Value]) -> Any:
        leaves = iter([values[name] for name in flat])
        args = tree.fill(list(given), leaves)
        if not isinstance(function, Module):
            return function(*args)
        return functional_call(function, {k: values[k] for k in state}, *args, training=training, key=np.asarray(key))[
            0
        ]

    return call, arguments


def _as_float64(value: Any) -> Array:
    array = np.asarray(value)
    number = isinstance(value, int) and not isinstance(value, bool)
    return np.array(array, np.float64) if number or array.dtype.kind == "f" else array


def _argument_names(function: Callable[..., Any], count: int) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return [f"x{k}" for k in range(count)]
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return named[:count] + [f"x{k}" for k in range(len(named), count)]


def _paths(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The leaves of an argument with their names: params.w, layers.0."""
    if isinstance(value, Mapping):
        for k, v in value.items():
            yield from _paths(f"{prefix}.{k}", v)
    elif isinstance(value, (tuple, list)):
        for j, v in enumerate(value):
            yield from _paths(f"{prefix}.{j}", v)
    elif value is not None:
        yield prefix, value


def _loss(loss: Callable[..., Value], output: Any, nodes: Mapping[str, Node]) -> Value:
    value = loss(output, Traced(nodes["targets"])) if "targets" in nodes else loss(output)
    if shape_of(value) != ():
        raise ShapeError(message("trace: the loss is one number", got=f"shape {shape_of(value)}", need="()"))
    return value


def _result_marks(output: Any, result: Any, has_loss: bool) -> dict[str, Node]:
    outputs = [as_node(v) for v in tree.leaves(output)]
    marks = {"output" if len(outputs) == 1 else f"output.{k}": n for k, n in enumerate(outputs)}
    return marks | ({"loss": as_node(result)} if has_loss else {})


def _seeds(names: Names, result: Node, cotangent: Any) -> list[tuple[Node, Array]]:
    """Where the backward pass starts, with which values.

    Raises: ArgumentError, ShapeError
    """
    if cotangent is None:
        if result.shape != ():
            need = "loss=…, or cotangent=… of the output's shape"
            raise ShapeError(
                message("trace: where should the backward pass start?", got=f"output {result.shape}", need=need)
            )
        return [(result, np.ones(()))]
    given = cotangent if isinstance(cotangent, Mapping) else {None: cotangent}
    seeds = []
    for name, value in given.items():
        if name is not None and name not in names.values:
            raise ArgumentError(message("trace: no such name", got=repr(name), need=closest(name, list(names.values))))
        node = result if name is None else names.values[name]
        array = np.asarray(value, np.float64)
        if array.shape != node.shape:
            title = f"trace: a cotangent has the shape of {name or 'the output'}"
            raise ShapeError(message(title, got=f"{array.shape}", need=f"{node.shape}"))
        seeds.append((node, array))
    return seeds


def _run(
    nodes: Mapping[str, Node],
    arguments: Mapping[str, Any],
    forward: Sequence[Node],
    bars: dict[int, Traced],
    names: Names,
) -> Trace:
    """Join forward and backward pass to one graph, run it, and carry the names over to its nodes."""
    with_bar = [n for n in forward if id(n) in bars]
    graph = Graph.of(list(nodes.values()), [*forward, *(bars[id(n)].node for n in with_bar)])
    new = dict(zip(map(id, forward), graph.outputs, strict=False))
    new_bars = dict(zip(map(id, with_bar), graph.outputs[len(forward) :], strict=True))
    values = Values(np.float64)
    run(graph, list(arguments.values()), keep=values)
    return Trace(graph, names.carried_over(new, new_bars, graph.nodes), values)
