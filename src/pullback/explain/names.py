"""Which node of a trace is called what."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from pullback.formula import Argmax, Map
from pullback.formula import expr as ex
from pullback.graph import Constant, Node

GENERIC = ("x", "y", "a", "b")
"""Names of operands that say nothing of what they hold."""


@dataclass(frozen=True)
class Named:
    """What a node stands for.

    name   "conv1.weight", "conv1", "conv1/conv2d"; for a step of the backward pass "conv1/conv2d.w_bar"
    of     "value", "cotangent", "step" (something between two cotangents), or "constant"
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
    given               what the caller gave, and as what: "input", "parameter", "buffer", "target", "key"
    steps               the other nodes of the backward pass
    constants           the constants of the function
    of                  what each node is called first
    """

    values: dict[str, Node]
    cotangents: dict[str, Node]
    given: dict[str, str]
    steps: dict[str, Node] = field(default_factory=dict)
    constants: dict[str, Node] = field(default_factory=dict)
    of: dict[Node, Named] = field(default_factory=dict)

    @property
    def leaves(self) -> tuple[str, ...]:
        """The names of what the caller gave: parameters, buffers, inputs, targets."""
        return tuple(self.given)

    def has_gradient(self, name: str) -> bool:
        """Whether the name is that of a parameter or an input of floating-point numbers."""
        return self.given.get(name) in ("parameter", "input") and self.values[name].kind == "float"

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
        constants: dict[str, Node] = {}
        taken = ChainMap(values, steps, constants)
        for node in nodes:
            if node not in of:
                constant = isinstance(node.formula, Constant)
                name = unused("constant" if constant else _path(node), taken)
                (constants if constant else steps)[name] = node
                of[node] = Named(name, "constant" if constant else "step", node.scope)
        return Names(values, cotangents, self.given, steps, constants, of)


def _layers_first(nodes: Mapping[str, Node]) -> list[tuple[str, Node]]:
    """The names of layers, inputs and parameters before the names of what a layer computes inside."""
    return sorted(nodes.items(), key=lambda item: "/" in item[0])


class EveryCall(dict[str, Node]):
    """Marks in which the second call of a shared layer gets a name of its own: relu, relu#2."""

    def __setitem__(self, name: str, node: Node) -> None:
        super().__setitem__(unused(name, self), node)


def name_nodes(
    forward: Iterable[Node], marks: Mapping[str, Node], inputs: Mapping[str, Node], given: Mapping[str, str]
) -> Names:
    """Name the forward pass: inputs by their names, layers by their paths, the rest by layer and operator.

    inputs, given  the nodes of what the caller gave, and as what
    """
    nodes = list(forward)
    ids = {id(n) for n in nodes}
    values = dict(inputs)
    marked = {name: node for name, node in marks.items() if id(node) in ids and name not in values}
    known = {id(n) for n in (*values.values(), *marked.values())}
    by_node: dict[int, list[str]] = {}
    for name, node in marked.items():
        by_node.setdefault(id(node), []).append(name)
    paths, taken = _inner_paths(nodes), ChainMap(values, marked)
    for node in nodes:
        for name in by_node.get(id(node), []):
            values[name] = node
        if id(node) not in known and not isinstance(node.formula, Constant):
            values[unused(paths[id(node)], taken)] = node
    return Names(values, {}, dict(given))


def _path(node: Node) -> str:
    return f"{node.scope}/{node.name}" if node.scope else node.name or "value"


def _inner_paths(nodes: Sequence[Node]) -> dict[int, str]:
    """The paths; what an operator computes on the way to its result gets a name of its own: log_softmax.exp.

    A step is called what the operator's next formula calls it (dropout.keep), otherwise by its function.
    """
    paths = {id(n): _path(n) for n in nodes}
    kinds: dict[str, set[str]] = {}
    for n in nodes:
        kinds.setdefault(paths[id(n)], set()).add(_function(n))
    found = dict(paths)
    for user in nodes:
        operator = paths[id(user)]
        for operand, n in zip(user.formula.operands, user.inputs, strict=True):
            own = paths.get(id(n), "")
            inner = len(kinds.get(own, ())) > 1 and (operator == own or operator.startswith(f"{own}/"))
            if inner and found[id(n)] in (own, f"{own}.{_function(n)}"):
                called = operand if operator == own and operand not in GENERIC else _function(n)
                found[id(n)] = f"{own}.{called}" if called else own
    return found


def _function(node: Node) -> str:
    """What a node does: the outermost function of an elementwise expression, the kind of another formula."""
    f = node.formula
    if isinstance(f, Map):
        return f.expression.function if isinstance(f.expression, ex.Apply) else ""
    return "switches" if isinstance(f, Argmax) else ""


def unused(name: str, taken: Container[str]) -> str:
    """The name, with a number behind it where it is taken."""
    number, found = 2, name
    while found in taken:
        found, number = f"{name}#{number}", number + 1
    return found


def closest(name: object, known: Sequence[str]) -> str:
    """The names there are, the most similar first."""
    similar = get_close_matches(str(name), known, n=3, cutoff=0.4)
    return "one of " + ", ".join([*similar, *(k for k in known if k not in similar)])
