"""What a rendering needs to know of an explanation, beyond its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pullback.explain.names import Named
from pullback.explain.rendering.blocks import number_text, shape_text
from pullback.formula import Argmax, Sum
from pullback.graph import Node, reads

if TYPE_CHECKING:
    from pullback.explain.explanation import Entry, Explanation


def word(e: Explanation, name: str) -> str:
    """What the cotangent of a name is called: the gradient of a parameter or input."""
    return "gradient" if e.trace.names.has_gradient(name) else "cotangent"


def symbols(e: Explanation) -> tuple[str, ...]:
    """The names in the formula of a term's factors, in their order."""
    return tuple(ref.array for ref in reads(_formula(e)) or ()) or _formula(e).operands


def legend(e: Explanation) -> list[tuple[str, Named, tuple[str, ...]]]:
    """The arrays of the formula, what they stand for and more about it; index tables (switches, labels) included."""
    f, node = _formula(e), _node(e)
    sources = dict(zip(f.operands, node.inputs, strict=True))
    own: dict[str, Node] = {f.out.array: node}
    for ref in reads(f):
        own[ref.array] = sources[ref.array]
    for ref in (f.out, *reads(f)) if isinstance(f, Sum) else ():
        own |= {k.table: sources[k.table] for k in ref.lookups if isinstance(k.table, str)}
    own |= sources if not reads(f) else {}
    return [(array, *_described(e, n)) for array, n in own.items()]


def _described(e: Explanation, node: Node) -> tuple[Named, tuple[str, ...]]:
    named = e.trace.names.of.get(node)
    size = f" ({shape_text(node.shape)})" if node.shape else ""
    if named is None:
        return Named("constant", "constant"), (size or f" {number_text(float(e.trace.value_of(node)))}",)
    positions = ": where the largest lie" if isinstance(node.formula, Argmax) else ""
    return named, (size + positions,)


def chooser(e: Explanation) -> Argmax | None:
    """The rule by which a maximum was chosen."""
    found = _choosing_node(e)
    return found.formula if found is not None and isinstance(found.formula, Argmax) else None


def winner(e: Explanation) -> Entry | None:
    """The largest of the candidates: the first of equals; NaN before all."""
    inside = [c for c in e.candidates if c.inside]
    if e.kind == "maximum":
        chosen = e.terms[0].factors[0].index
        return next(c for c in inside if c.index == chosen)
    return next((c for c in inside if c.value != c.value), max(inside, key=lambda c: c.value, default=None))


def candidate_symbol(e: Explanation) -> str:
    """The name of the array that the candidates come from."""
    rule = chooser(e)
    return rule.source.array if rule is not None else symbols(e)[0]


def why_empty(e: Explanation) -> str:
    """Why a sum has no terms."""
    f = _formula(e)
    if isinstance(f, Sum) and any(k.name == "switches" for k in f.out.lookups):
        return "The sum is empty: no window has its maximum here."
    return "The sum is empty: nothing that counts was computed from it."


def _choosing_node(e: Explanation) -> Node | None:
    f, node = _formula(e), _node(e)
    if isinstance(f, Argmax):
        return node
    if e.kind != "maximum":
        return None
    table = f.factors[0].lookups[0].table
    chosen: Node = node.inputs[f.operands.index(table)]
    return chosen


def _formula(e: Explanation) -> Any:
    return _node(e).formula


def _node(e: Explanation) -> Node:
    assert e.node is not None  # noqa: S101  (what has a formula has a node)
    return e.node
