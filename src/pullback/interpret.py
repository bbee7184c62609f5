"""The interpreter: a graph on NumPy, one node after another.

Runs float32, float64 and complex128; every value is kept on request. It is the reference that kernels are compared
with: it is never tuned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pullback.errors import ShapeError, message
from pullback.graph import Constant, Graph, Input, Node

Array = NDArray[Any]


class Values:
    """The values of a graph's nodes, by node; floating-point values in one precision."""

    def __init__(self, dtype: DTypeLike = np.float64) -> None:
        self.dtype = np.dtype(dtype)
        self._values: dict[int, Array] = {}
        self._nodes: list[Node] = []

    def __getitem__(self, node: Node) -> Array:
        return self._values[id(node)]

    def __contains__(self, node: Node) -> bool:
        return id(node) in self._values

    def set(self, node: Node, value: Any) -> None:
        """Give a node its value: an input, or a constant.

        Raises: ShapeError
        """
        array = np.asarray(value)
        if array.shape != node.shape:
            name = node.formula.name if isinstance(node.formula, Input) else node.name
            raise ShapeError(
                message(f"input {name}: another shape than traced", got=f"{array.shape}", need=f"{node.shape}")
            )
        self._store(node, array.astype(self.dtype, copy=False) if node.kind == "float" else array)

    def _store(self, node: Node, array: Array) -> None:
        self._values[id(node)] = array
        self._nodes.append(node)

    def run(self, nodes: Iterable[Node]) -> None:
        """Compute the nodes, in order, that have no value yet."""
        for node in nodes:
            if node not in self:
                self.compute(node)

    def compute(self, node: Node) -> None:
        """Compute one node from its inputs' values."""
        if isinstance(node.formula, Constant):
            self.set(node, node.formula.value)
        elif isinstance(node.formula, Input):
            raise ShapeError(message(f"input {node.formula.name}: no value was given"))
        else:
            value = np.asarray(node.formula.evaluate(*(self[i] for i in node.inputs)))
            if node.kind == "float" and value.dtype != self.dtype:
                value = value.astype(self.dtype)
            self._store(node, value)

    def copy(self) -> Values:
        """The same values, to go on from."""
        new = Values(self.dtype)
        new._values, new._nodes = dict(self._values), list(self._nodes)
        return new

    def drop(self, node: Node) -> None:
        """Forget a value that no later node reads."""
        self._values.pop(id(node), None)


def run(
    graph: Graph, inputs: Sequence[Any], dtype: DTypeLike = np.float64, *, keep: Values | None = None
) -> tuple[Array, ...]:
    """Run a graph and return its outputs.

    dtype  float32, float64 or complex128: the precision of every floating-point value
    keep   a `Values` that receives the value of every node; without it values are forgotten after their last use

    Raises: ShapeError
    """
    values = keep if keep is not None else Values(dtype)
    if len(inputs) != len(graph.inputs):
        names = ", ".join(n.formula.name for n in graph.inputs if isinstance(n.formula, Input))
        raise ShapeError(message("run: one value per input", got=f"{len(inputs)} values", need=f"{names}"))
    for node, value in zip(graph.inputs, inputs, strict=True):
        values.set(node, value)
    if keep is not None:
        values.run(graph.nodes)
    else:
        _run_frugally(graph, values)
    return tuple(values[n] for n in graph.outputs)


def _run_frugally(graph: Graph, values: Values) -> None:
    last = last_uses(graph)
    for position, node in enumerate(graph.nodes):
        if node not in values:
            values.compute(node)
        for spent in last.get(position, ()):
            values.drop(spent)


def last_uses(graph: Graph) -> Mapping[int, list[Node]]:
    """For each position in the graph the nodes whose value is read there for the last time."""
    last: dict[int, int] = {}
    nodes = {id(n): n for n in graph.nodes}
    for position, node in enumerate(graph.nodes):
        for i in node.inputs:
            last[id(i)] = position
    for node in graph.outputs:
        last.pop(id(node), None)
    found: dict[int, list[Node]] = {}
    for key, position in last.items():
        found.setdefault(position, []).append(nodes[key])
    return found
