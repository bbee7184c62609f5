"""A traced function as boxes and links: what the picture of a graph shows, before it has places.

At the level of operators every node is a box; at the level of layers the nodes of one layer, or of one composed
operator such as softmax, are one, and parameters are hidden inside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pullback.formula import Argmax, Map, text
from pullback.graph import Constant, Graph, Input, Node

Detail: TypeAlias = Literal["operators", "layers"]
SIGNS = {
    "add": "+",
    "subtract": "−",
    "multiply": "×",
    "divide": "÷",
    "log": "ln",
    "negative": "−",
    "matmul": "@",
    "maximum": "max",
    "minimum": "min",
    "accumulate": "+",
}
"""What stands in a circle for an operator of the whole values; others show their name."""
LONGEST = 14


@dataclass(frozen=True)
class Vertex:
    """One thing in the picture: an input, an operator, a layer, or where the result comes out."""

    kind: Literal["input", "constant", "operator", "layer", "output"]
    lines: tuple[str, ...]
    node: Node


@dataclass
class Link:
    """A value on its way from one thing to another; `uses` are the (node, operand number) that read it there."""

    source: int
    target: int
    value: Node
    uses: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Network:
    """Things and links, every thing after those it depends on."""

    vertices: tuple[Vertex, ...]
    links: tuple[Link, ...]


def network_of(graph: Graph, detail: Detail, hidden: frozenset[str] = frozenset()) -> Network:
    """The boxes and links of a graph; inputs of these names are left out where layers are drawn."""
    groups = _groups(graph) if detail == "layers" else {id(n): k for k, n in enumerate(graph.nodes)}
    left_out = _left_out(graph, hidden) if detail == "layers" else set()
    members: dict[int, list[Node]] = {}
    for node in graph.nodes:
        if id(node) not in left_out:
            members.setdefault(groups[id(node)], []).append(node)
    # A group stands where its last node stands, so that links lead forward.
    position = {id(n): k for k, n in enumerate(graph.nodes)}
    ordered = sorted(members, key=lambda g: position[id(members[g][-1])])
    number = {g: k for k, g in enumerate(ordered)}
    vertices = [_vertex(members[g], detail) for g in ordered]
    links = _links(graph, {id(n): number[groups[id(n)]] for n in graph.nodes if id(n) not in left_out})
    for k, node in enumerate(graph.outputs):
        name = "y" if len(graph.outputs) == 1 else f"y{k}"
        links.append(Link(number[groups[id(node)]], len(vertices), node))
        vertices.append(Vertex("output", (pretty_name(name),), node))
    return Network(tuple(vertices), tuple(links))


def _left_out(graph: Graph, hidden: frozenset[str]) -> set[int]:
    found = set()
    for node in graph.nodes:
        parameter = isinstance(node.formula, Input) and node.formula.name in hidden
        if (
            parameter
            or isinstance(node.formula, Constant)
            or (node.inputs and all(id(i) in found for i in node.inputs))
        ):
            found.add(id(node))
    return found - {id(n) for n in graph.outputs}


def _groups(graph: Graph) -> dict[int, int]:
    """The number of the group that every node belongs to: one layer's call, or one composed operator's."""
    groups: dict[int, int] = {}
    keys: list[str | None] = []
    above: list[set[int]] = []
    for node in graph.nodes:
        key = node.scope or node.name.split("/")[0]
        before = {groups[id(i)] for i in node.inputs}
        # A node that reaches a group by way of another one would close a circle.
        fitting = (g for g in before if keys[g] == key and not any(g in above[k] for k in before - {g}))
        own = next(fitting, None)
        if own is None:
            own = len(keys)
            # Two multiplications in a row are two; what an operator is composed of is one.
            keys.append(key if node.scope or "/" in node.name else None)
            above.append(set())
        groups[id(node)] = own
        above[own] |= (before - {own}).union(*(above[g] for g in before - {own}))
    return groups


def _links(graph: Graph, number: Mapping[int, int]) -> list[Link]:
    links: dict[tuple[int, int, int], Link] = {}
    for node in graph.nodes:
        for operand, source in enumerate(node.inputs):
            if id(node) not in number or id(source) not in number or number[id(node)] == number[id(source)]:
                continue
            key = (number[id(source)], number[id(node)], id(source))
            link = links.setdefault(key, Link(key[0], key[1], source))
            link.uses.append((id(node), operand))
    return list(links.values())


def _vertex(nodes: Sequence[Node], detail: Detail) -> Vertex:
    node = nodes[-1]
    if isinstance(node.formula, Input):
        return Vertex("input", (pretty_name(node.formula.name),), node)
    if isinstance(node.formula, Constant):
        value = node.formula.value
        return Vertex("constant", (number_text(value.item()) if value.size == 1 else shape_text(value.shape),), node)
    if detail == "layers":
        name = node.name.split("/")[0]
        return Vertex("layer", (node.scope, name) if node.scope else (name,), node)
    return Vertex("operator", (_sign(node),), node)


def _sign(node: Node) -> str:
    name = node.name.split("/")[-1]
    operands = len(node.formula.operands)
    if isinstance(node.formula, Argmax):
        return "switches"
    if name in SIGNS and (operands == 2 or name in ("log", "negative")):
        return SIGNS[name]
    if isinstance(node.formula, Map) and operands == 1 and (name in SIGNS or name == "power"):
        # An expression with numbers in it says more than its name: x², x / 2.
        written = re.sub(r"\[[^]]*\]", "", text(node.formula).split(" = ", 1)[-1])
        if any(c.isdigit() or c in "²³" for c in written) and len(written) <= LONGEST:
            return written
    return name


def pretty_name(name: str) -> str:
    """A name as in print: x1 becomes x₁.

    >>> pretty_name("x12"), pretty_name("conv1.weight")
    ('x₁₂', 'conv1.weight')
    """
    if re.fullmatch(r"[A-Za-z]\d+", name):
        return name[0] + name[1:].translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
    return name


def barred(name: str) -> str:
    """The name of a cotangent: x̄₁."""
    return name[0] + "\u0304" + name[1:]


def shape_text(shape: Sequence[int]) -> str:
    """A shape as 6×28×28."""
    return "×".join(map(str, shape)) if shape else "number"


def number_text(value: complex, digits: int = 4) -> str:
    """A number with four digits and a true minus.

    >>> number_text(-0.95892), number_text(5.5), number_text(10.0)
    ('−0.9589', '5.5', '10')
    """
    return f"{value:.{digits}g}".replace("-", "−")
