"""A function becomes a graph, and a graph's outputs become numbers again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pullback import tree
from pullback.errors import TracingError
from pullback.graph import (
    Graph,
    Input,
    Node,
    Recording,
    Traced,
    as_node,
    collecting_marks,
    kind_of,
    order,
    recording,
)
from pullback.interpret import Values
from pullback.ops.apply import shape_of


@dataclass(frozen=True, eq=False)
class Tracing:
    """A function traced on arguments of fixed shapes: a graph, and how its arguments and results are nested."""

    graph: Graph
    result: tree.Tree


def trace(function: Callable[..., Any], *args: tree.Tree, names: Sequence[str] = ()) -> Tracing:
    """Run a function on traced stand-ins of its arguments: the graph it computes, and how its results are nested.

    Arguments may be arrays, numbers, or tuples, lists and dictionaries of them. Arrays that the function reads from
    outside are copied into the graph as they are at that moment.

    Raises: TracingError

    >>> trace(lambda x: {"total": np.sum(x)}, np.ones(3)).result
    {'total': Traced(sum, shape=(), float)}
    """
    with collecting_marks() as marks:
        f = record(function, args, names)
    return Tracing(Graph.of(f.inputs, f.outputs, marks), f.result)


def make_graph(function: Callable[..., Any], *args: tree.Tree) -> Graph:
    """The graph that a function computes for arguments of these shapes: to print, to read, to run.

    >>> print(make_graph(lambda x: np.sum(x * x), np.ones(3)))
    %0 : float[3] = input x0
    %1 : float[3] = multiply: z[n] = x[n] · y[n](%0, %0)
    %2 : float[] = sum: y = Σ_{n} x[n](%1)
    return %2
    """
    return trace(function, *args).graph


@dataclass(frozen=True, eq=False)
class Recorded:
    """A function recorded on its arguments: their nodes, the outputs, and whether an enclosing trace goes on."""

    inputs: list[Node]
    outputs: list[Node]
    result: tree.Tree
    outer: bool


def record(function: Callable[..., Any], args: Sequence[Any], names: Sequence[str] = ()) -> Recorded:
    """Run a function on traced stand-ins of its arguments."""
    flat = list(tree.leaves(list(args)))
    with recording() as own:
        inputs = [input_node(v, names[k] if k < len(names) else f"x{k}", own) for k, v in enumerate(flat)]
        result = _called(function, tree.fill(list(args), (Traced(n) for n in inputs)))
        outputs = [as_node(v) for v in tree.leaves(result)]
    return Recorded(inputs, outputs, result, is_traced(flat) or _captures(outputs, inputs))


def _called(function: Callable[..., Any], args: Sequence[Any]) -> Any:
    try:
        return function(*args)
    except ValueError as error:
        # NumPy wraps our error when a traced value is written into an array.
        if isinstance(error.__cause__, TracingError):
            raise error.__cause__.with_traceback(error.__traceback__) from None
        raise


def input_node(value: Any, name: str, own: Recording | None = None) -> Node:
    """An input of the value's shape and kind."""
    return Node(Input(name, shape_of(value), kind_of(value), recording=own), name="input")


def is_traced(values: tree.Tree) -> bool:
    """Whether one of the values belongs to an enclosing trace."""
    return any(isinstance(v, Traced) for v in tree.leaves(values))


def _captures(outputs: Sequence[Node], own: Sequence[Node]) -> bool:
    """Whether the outputs depend on inputs of an enclosing trace."""
    mine = {id(n) for n in own}
    return any(isinstance(n.formula, Input) and id(n) not in mine for n in order(outputs))


def precision(values: tree.Tree) -> np.dtype[Any]:
    """The precision a function is run in: the widest floating-point type among its arguments, float64 for numbers."""
    dtypes = [v.dtype for v in tree.leaves(values) if isinstance(v, (np.ndarray, np.generic)) and v.dtype.kind in "fc"]
    if not dtypes:
        return np.dtype(np.float64)
    widest = np.result_type(*dtypes)
    return np.dtype(np.float32) if widest == np.float16 else widest


def evaluate(inputs: Sequence[Node], outputs: Sequence[Node], flat: Sequence[Any]) -> list[Any]:
    """The outputs' values for arguments that are arrays and numbers."""
    graph = Graph.of(inputs, outputs)
    values = Values(precision(flat))
    for node, value in zip(graph.inputs, flat, strict=True):
        values.set(node, value)
    values.run(graph.nodes)
    return results(graph, values)


def results(graph: Graph, values: Values) -> list[Any]:
    """The outputs, copied for the caller: arrays, and NumPy scalars where there is one number."""
    return [np.array(values[n]) if n.shape else values[n][()] for n in graph.outputs]


def substitute(inputs: Sequence[Node], outputs: Sequence[Node], flat: Sequence[Any]) -> list[Traced]:
    """The outputs with inputs replaced by the nodes of an enclosing trace."""
    new = {id(n): as_node(v) for n, v in zip(inputs, flat, strict=True)}
    for node in order(outputs):
        if id(node) not in new:
            own = tuple(new[id(i)] for i in node.inputs)
            same = all(a is b for a, b in zip(own, node.inputs, strict=True))
            new[id(node)] = node if same else Node(node.formula, own, node.name, node.scope)
    return [Traced(new[id(n)]) for n in outputs]
