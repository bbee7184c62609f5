"""A graph: nodes in order, equal ones merged, checked and printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pullback.errors import PullbackError
from pullback.formula import Formula, Sum, bar, text
from pullback.graph.nodes import Constant, Input, Node


def order(outputs: Iterable[Node]) -> tuple[Node, ...]:
    """The nodes that the outputs depend on, every node after its inputs."""
    done: dict[int, Node] = {}
    stack: list[tuple[Node, bool]] = [(n, False) for n in reversed(list(outputs))]
    while stack:
        node, ready = stack.pop()
        if id(node) in done:
            continue
        if ready:
            done[id(node)] = node
            continue
        stack.append((node, True))
        stack += [(i, False) for i in reversed(node.inputs) if id(i) not in done]
    return tuple(done.values())


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in order, with the inputs and outputs of a function.

    `marks` names nodes for people: the output of layer "conv1" is marked "conv1".
    """

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    nodes: tuple[Node, ...]
    marks: Mapping[str, Node] = field(default_factory=dict)

    @staticmethod
    def of(inputs: Sequence[Node], outputs: Sequence[Node], marks: Mapping[str, Node] | None = None) -> Graph:
        """Collect the nodes that the outputs depend on, equal nodes merged, and check them."""
        merge = _Merge()
        for node in inputs:
            merge.keep(node)
        for node in order([*inputs, *outputs]):
            merge.of(node)
        graph_outputs = tuple(merge.new[id(n)] for n in outputs)
        kept = {k: merge.new[id(n)] for k, n in (marks or {}).items() if id(n) in merge.new}
        graph = Graph(tuple(inputs), graph_outputs, order([*inputs, *graph_outputs]), kept)
        graph.check()
        return graph

    def check(self) -> None:
        """Check that every node follows its inputs, that the shapes its formula declares are theirs, and its names.

        Raises: GraphError
        """
        seen: set[int] = set()
        for node in self.nodes:
            if any(id(i) not in seen for i in node.inputs):
                raise GraphError(f"{node.name}: an input comes after the node")
            seen.add(id(node))
            if not isinstance(node.formula, Input | Constant):
                _check_operands(node, node.formula)

    def __str__(self) -> str:
        names = {id(n): f"%{k}" for k, n in enumerate(self.nodes)}
        lines = []
        for node in self.nodes:
            args = ", ".join(names[id(i)] for i in node.inputs)
            what = node_text(node) + (f"({args})" if args else "")
            where = f"  # {node.scope}" if node.scope else ""
            lines.append(f"{names[id(node)]} : {node.kind}{list(node.shape)} = {what}{where}")
        return "\n".join([*lines, "return " + ", ".join(names[id(n)] for n in self.outputs)])


def _check_operands(node: Node, f: Formula) -> None:
    for ref in reads(f):
        source = node.inputs[f.operands.index(ref.array)]
        if source.shape != ref.shape:
            raise GraphError(f"{node.name}: {ref.array} has shape {source.shape}, its formula says {ref.shape}")
    if bar(f.out.array) in f.operands:
        raise GraphError(f"{node.name}: its cotangent would be named like its operand {bar(f.out.array)}")


class GraphError(PullbackError):
    """A graph that breaks its own rules: a defect of Pullback, never a user's mistake."""


class _Merge:
    """Value numbering: nodes with the same formula and inputs become one."""

    def __init__(self) -> None:
        self.new: dict[int, Node] = {}
        self._by_key: dict[Any, Node] = {}
        self._alive: list[Node] = []

    def keep(self, node: Node) -> None:
        self.new[id(node)] = node

    def of(self, node: Node) -> Node:
        if id(node) in self.new:
            return self.new[id(node)]
        inputs = tuple(self.new[id(i)] for i in node.inputs)
        key = (self._formula_key(node.formula), tuple(map(id, inputs)))
        found = self._by_key.get(key)
        if found is None:
            same = all(a is b for a, b in zip(inputs, node.inputs, strict=True))
            found = node if same else Node(node.formula, inputs, node.name, node.scope)
            self._by_key[key] = found
        self._alive.append(node)
        self.new[id(node)] = found
        return found

    @staticmethod
    def _formula_key(formula: Any) -> Any:
        if isinstance(formula, Input):
            return id(formula)
        if isinstance(formula, Constant):
            return formula.fingerprint
        return formula


def reads(formula: Any) -> tuple[Any, ...]:
    """The refs through which a formula reads its operands."""
    if isinstance(formula, Sum):
        return formula.factors
    many = getattr(formula, "reads", None)
    return many if many is not None else tuple(r for r in (getattr(formula, "source", None),) if r is not None)


def node_text(node: Node) -> str:
    """What a node does, in one line."""
    if isinstance(node.formula, Input):
        return f"input {node.formula.name}"
    if isinstance(node.formula, Constant):
        v = node.formula.value
        return f"constant {v.item():g}" if v.size == 1 and v.dtype.kind == "f" else "constant"
    return f"{node.name}: {text(node.formula)}"
