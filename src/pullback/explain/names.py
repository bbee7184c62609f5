"""Which node of a trace is called what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from pullback.graph import Constant, Node


@dataclass(frozen=True)
class Named:
    """What a node stands for.

    name   "conv1.weight", "conv1", "conv1/conv2d"; for a step of the backward pass "conv1/conv2d.w_bar"
    of     "value", "cotangent", or "step": something between two cotangents
    scope  the layer it belongs to
    """

    name: str
    of: str
    scope: str = ""

    def __str__(self) -> str:
        return f"cotangent of {self.name}" if self.of == "cotangent" else self.name


@dataclass(frozen=True, eq=False)
class Names:
    """The nodes by name, and the names by node.

    values, cotangents  the nodes of the forward values, and of their cotangents where something flows back
    steps               the other nodes of the backward pass
    leaves              the names of the inputs and parameters
    of                  what each node is called first
    """

    values: dict[str, Node]
    cotangents: dict[str, Node]
    steps: dict[str, Node]
    leaves: tuple[str, ...]
    of: dict[Node, Named] = field(default_factory=dict)

    def carried_over(self, new: Mapping[int, Node], bars: Mapping[int, Node], nodes: Sequence[Node]) -> Names:
        """The same names for the nodes of a graph in which equal nodes were merged and a backward pass was added.

        new, bars  the new node, and its cotangent's node, by the identity of the old one
        """
        values = {name: new[id(node)] for name, node in self.values.items()}
        cotangents = {name: bars[id(node)] for name, node in self.values.items() if id(node) in bars}
        of: dict[Node, Named] = {}
        for name, node in _layers_first(values):
            of.setdefault(node, Named(name, "value", node.scope))
        for name, node in _layers_first(cotangents):
            of.setdefault(node, Named(name, "cotangent", self.values[name].scope))
        steps: dict[str, Node] = {}
        for node in nodes:
            if node not in of and not isinstance(node.formula, Constant):
                name = _unused(_path(node), {*values, *steps})
                steps[name], of[node] = node, Named(name, "step", node.scope)
        return Names(values, cotangents, steps, self.leaves, of)


def _layers_first(nodes: Mapping[str, Node]) -> list[tuple[str, Node]]:
    """The names of layers, inputs and parameters before the names of what a layer computes inside."""
    return sorted(nodes.items(), key=lambda item: "/" in item[0])


def name_nodes(forward: Iterable[Node], marks: Mapping[str, Node], leaves: Sequence[str]) -> Names:
    """Name the forward pass: inputs by their names, layers by their paths, the rest by layer and operator."""
    nodes = list(forward)
    inputs = {n.formula.name: n for n in nodes if n.name == "input" and hasattr(n.formula, "name")}
    values: dict[str, Node] = {name: inputs[name] for name in leaves}
    ids = {id(n) for n in nodes}
    marked = {name: node for name, node in marks.items() if id(node) in ids and name not in values}
    known = {id(n) for n in (*values.values(), *marked.values())}
    by_node: dict[int, list[str]] = {}
    for name, node in marked.items():
        by_node.setdefault(id(node), []).append(name)
    for node in nodes:
        for name in by_node.get(id(node), []):
            values[name] = node
        if id(node) not in known and not isinstance(node.formula, Constant):
            values[_unused(_path(node), {*values, *marked})] = node
    return Names(values, {}, {}, tuple(leaves))


def _path(node: Node) -> str:
    return f"{node.scope}/{node.name}" if node.scope else node.name or "value"


def _unused(name: str, taken: Iterable[str]) -> str:
    """The name, with a number behind it where it is taken."""
    used, number, found = set(taken), 2, name
    while found in used:
        found, number = f"{name}#{number}", number + 1
    return found


def closest(name: str, known: Sequence[str]) -> str:
    """The names there are, the most similar first."""
    similar = get_close_matches(name, known, n=3, cutoff=0.4)
    return "one of " + ", ".join([*similar, *(k for k in known if k not in similar)])
