"""A trace: one run of a network or function in float64, with the value and the cotangent of everything by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from pullback.autodiff import all_cotangents
from pullback.errors import ArgumentError, ShapeError, message
from pullback.explain.explanation import Explanation
from pullback.explain.explanation import explain as explain_entry
from pullback.explain.given import collect, paths, starts
from pullback.explain.names import EveryCall, Names, closest, name_nodes, unused
from pullback.explain.solution import Solution
from pullback.formula import Argmax
from pullback.graph import Graph, Input, Node, Traced, as_node, collecting_marks, kind_of, order
from pullback.interpret import Values, run
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
        """The forward values: inputs, parameters, layers, what layers compute inside ("conv1/conv2d"), loss.

        The second call of a layer or operator is numbered: "relu", "relu#2".
        """
        return {name: self._values[node] for name, node in self.names.values.items()}

    @property
    def cotangents(self) -> dict[str, Array]:
        """The cotangents of the forward values, by the same names: zeros where nothing flows back."""
        return {name: self._cotangent(name) for name, node in self.names.values.items() if node.kind == "float"}

    @property
    def grads(self) -> dict[str, Array]:
        """The gradients: the cotangents of the parameters and inputs."""
        return {name: self._cotangent(name) for name in self.names.leaves if self.names.has_gradient(name)}

    @property
    def switches(self) -> dict[str, Array]:
        """The switches of every maximum: where it came from, as a row-major position in its plane.

        Those of a max pooling layer have the layer's name, those of a function the operator's.
        """
        found: dict[str, Array] = {}
        for node, named in self.names.of.items():
            if isinstance(node.formula, Argmax) and named.of == "value":
                name = unused(named.scope or named.name.removesuffix(".switches"), found)
                found[name] = self._values[node]
        return found

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
        known = {**self.names.values, **self.names.steps, **self.names.constants}
        if not isinstance(name, str) or name not in known:
            raise ArgumentError(message("trace: no such name", got=repr(name), need=closest(name, list(known))))
        if of not in (None, "value", "cotangent"):
            raise ArgumentError(message("trace: a name has a value and a cotangent", got=f"of={of!r}"))
        if of is None:
            of = "cotangent" if self.names.has_gradient(name) else "value"
        if of == "cotangent" and (name not in self.names.values or known[name].kind != "float"):
            got = f"integers or booleans: {name}" if name in self.names.values else name
            need = "a value of floating-point numbers"
            raise ArgumentError(message("trace: no cotangent", got=got, need=need))
        return known[name] if of == "value" else self.names.cotangents.get(name)

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
        return explain_entry(self, name, tuple(index) if np.iterable(index) else (index,), of)

    def solution(self, title: str = "", description: str = "") -> Solution:
        """Everything in the order in which it was computed, with its formulas and numbers, to be read or printed."""
        return Solution(self, title, description)

    @overload
    def to_html(
        self, path: None = None, *, title: str = ..., labels: Sequence[str] | None = None, max_bytes: int = ...
    ) -> str: ...

    @overload
    def to_html(
        self, path: str | PathLike[str], *, title: str = ..., labels: Sequence[str] | None = None, max_bytes: int = ...
    ) -> Path: ...

    def to_html(
        self,
        path: str | PathLike[str] | None = None,
        *,
        title: str = "Show the working",
        labels: Sequence[str] | None = None,
        max_bytes: int = 3_000_000,
    ) -> str | Path:
        """The run as one HTML page that opens any entry's sum, offline: written to `path`, or as text without one.

        title      the page's heading
        labels     the classes' names, one per entry of the output's last axis
        max_bytes  how large the file may be: what does not fit as float64 is rounded to float32, and the page says so

        Raises: ArgumentError (too many numbers, no such folder), MissingExtraError (without the extra `draw`)
        """
        from pullback.explain import page

        if path is None:
            return page.html(self, title=title, labels=labels, max_bytes=max_bytes)
        return page.write(self, path, title=title, labels=labels, max_bytes=max_bytes)

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
    cotangent  instead of a loss: the output's cotangent (a tuple for several outputs), or {name: cotangent}: the
               backward pass starts at these values
    training   the mode of a network; `key` is (seed, step) for its random layers

    Without loss and cotangent the output must be one number; its cotangent is 1.

    Raises: ArgumentError, ShapeError, TracingError

    >>> t = trace(lambda x1, x2: np.log(x1) + x1 * x2 - np.sin(x2), (2.0, 5.0))
    >>> print(*(f"{g:.4f}" for g in t.grads.values()))
    5.5000 1.7163
    """
    _check_start(targets, loss, cotangent)
    given = collect(function, inputs, targets, training=training, key=key)
    nodes = {name: Node(Input(name, v.shape, kind_of(v)), name="input") for name, v in given.arrays.items()}
    with collecting_marks(EveryCall()) as marks:
        output = given.call({name: Traced(n) for name, n in nodes.items()})
        results = _results(output)
        ends = results if loss is None else {"loss": as_node(_loss(loss, output, nodes.get(given.target or "")))}
    for name, node in (results | ends).items():
        if marks.get(name) is not node:
            marks[name] = node
    nodes = _without_unused_key(nodes, given.roles, (results | ends).values())
    forward = order([*nodes.values(), *results.values(), *ends.values()])
    names = name_nodes(forward, marks, nodes, {k: given.roles[k] for k in nodes})
    start = starts(names, list(ends.values()), cotangent, several=isinstance(output, (tuple, list)))
    return _run(names, forward, [given.arrays[k] for k in nodes], start)


def _check_start(targets: Any, loss: Any, cotangent: Any) -> None:
    if loss is not None and cotangent is not None:
        raise ArgumentError(message("trace: a loss and a cotangent", need="one of them: both start the backward pass"))
    if loss is None and targets is not None:
        need = "loss=…, which compares the output with them"
        raise ArgumentError(message("trace: targets without a loss", need=need))
    if loss is not None and not callable(loss):
        need = "a function: loss(output, targets), or loss(output) without targets"
        raise ArgumentError(message("trace: not a loss", got=type(loss).__name__, need=need))


def _loss(loss: Callable[..., Value], output: Any, target: Node | None) -> Value:
    value = loss(output) if target is None else loss(output, Traced(target))
    if shape_of(value) != ():
        raise ShapeError(message("trace: the loss is one number", got=f"shape {shape_of(value)}", need="()"))
    return value


def _results(output: Any) -> dict[str, Node]:
    """The outputs by name: output, or output.0, output.logits of several.

    Raises: ArgumentError
    """
    results = {name: as_node(value) for name, value in paths("output", output)}
    if not results:
        raise ArgumentError(message("trace: the function returns nothing", got="None", fix="return the result"))
    return results


def _without_unused_key(nodes: dict[str, Node], roles: Mapping[str, str], ends: Iterable[Node]) -> dict[str, Node]:
    """The given nodes; the key only where a random layer reads it."""
    read = {id(n) for n in order(ends)}
    return {name: n for name, n in nodes.items() if roles[name] != "key" or id(n) in read}


def _run(names: Names, forward: Sequence[Node], arrays: Sequence[Array], starts: Sequence[tuple[Node, Array]]) -> Trace:
    """Add the backward pass, run both, and carry the names over to the nodes of the one graph."""
    inputs = [names.values[name] for name in names.given]
    seeds = [Node(Input("cotangent", n.shape), name="cotangent") for n, _ in starts]
    bars = all_cotangents([n for n, _ in starts], [Traced(s) for s in seeds], inputs)
    with_bar = [n for n in forward if id(n) in bars]
    graph = Graph.of([*inputs, *seeds], [*forward, *(bars[id(n)].node for n in with_bar)])
    new = dict(zip(map(id, forward), graph.outputs, strict=False))
    new_bars = dict(zip(map(id, with_bar), graph.outputs[len(forward) :], strict=True))
    values = Values(np.float64)
    run(graph, [*arrays, *(array for _, array in starts)], keep=values)
    return Trace(graph, names.carried_over(new, new_bars, graph.nodes), values)
