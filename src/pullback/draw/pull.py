"""A backward pass on arrays that keeps what every edge carries, and in which the rule of a node can be replaced.

Along the edge from x to a node y it carries ȳ · ∂y/∂x; a value's cotangent is the sum over its edges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pullback.formula import Map, bar
from pullback.formula import expr as ex
from pullback.graph import Constant, Graph, Input, Node
from pullback.interpret import Values

Array: TypeAlias = NDArray[Any]
Rule: TypeAlias = Callable[[Array, Array], Array]
"""(x, ȳ) -> x̄ of a ReLU y = max(0, x)."""


@dataclass
class Pulled:
    """What a backward pass found.

    cotangents  by the node's identity: the sum over its edges
    edges       by the node's identity and the operand's number: what went back along that edge
    order       the nodes in the order in which they were visited
    """

    cotangents: dict[int, Array] = field(default_factory=dict)
    edges: dict[tuple[int, int], Array] = field(default_factory=dict)
    order: list[Node] = field(default_factory=list)

    def of(self, node: Node) -> Array:
        """The node's cotangent; zeros where nothing flowed."""
        found = self.cotangents.get(id(node))
        return np.zeros(node.shape) if found is None else found


def pull(
    graph: Graph, values: Values, seeds: Sequence[tuple[Node, Array]], wrt: Sequence[Node], rule: Rule | None = None
) -> Pulled:
    """Pull cotangents back from the seeded nodes to those of `wrt`; `rule` takes the place of every ReLU's own."""
    pulled = Pulled()
    for node, seed in seeds:
        pulled.cotangents[id(node)] = np.asarray(seed, values.dtype)
    reach = _reached(graph, wrt)
    ends = {id(n) for n in wrt}
    for node in reversed(graph.nodes):
        if id(node) in pulled.cotangents and id(node) in reach and id(node) not in ends:
            pulled.order.append(node)
            _pull_node(node, values, pulled, reach, rule)
    return pulled


def _reached(graph: Graph, roots: Sequence[Node]) -> set[int]:
    reach = {id(n) for n in roots}
    for node in graph.nodes:
        if any(id(i) in reach for i in node.inputs):
            reach.add(id(node))
    return reach


def _pull_node(node: Node, values: Values, pulled: Pulled, reach: set[int], rule: Rule | None) -> None:
    formula: Any = node.formula
    if isinstance(formula, (Input, Constant)) or not hasattr(formula, "gradient"):
        return
    y_bar = pulled.cotangents[id(node)]
    known = {k: values[i] for k, i in zip(formula.operands, node.inputs, strict=True)}
    known[bar(formula.out.array)] = y_bar
    for number, (operand, source) in enumerate(zip(formula.operands, node.inputs, strict=True)):
        if id(source) not in reach or source.kind != "float":
            continue
        if rule is not None and is_relu(node):
            x_bar = rule(values[source], y_bar)
        else:
            x_bar = _through(formula.gradient(operand), known, source.shape)
        pulled.edges[id(node), number] = x_bar
        before = pulled.cotangents.get(id(source))
        pulled.cotangents[id(source)] = x_bar if before is None else before + x_bar


def _through(chain: Sequence[Any], known: Mapping[str, Array], shape: tuple[int, ...]) -> Array:
    arrays = dict(known)
    result: Array = np.zeros(shape)
    for f in chain:
        result = np.asarray(f.evaluate(*(arrays[k] for k in f.operands)))
        arrays[f.out.array] = result
    return result


def is_relu(node: Node) -> bool:
    """Whether a node is max(0, x), however it was written."""
    f = node.formula
    if not isinstance(f, Map) or len(f.reads) != 1:
        return False
    x = ex.Var(f.reads[0].array)
    return any(f.expression in (ex.maximum(zero, x), ex.maximum(x, zero)) for zero in (0.0, 0))
