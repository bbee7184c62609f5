"""The backward pass, recorded node by node.

Each formula knows its own transpose (`formula.gradient(operand)`), so the backward pass needs no table of rules: walk
the nodes from the output back, apply the transposes to the cotangents, add where a value was used twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pullback.formula import bar
from pullback.graph import Constant, Input, Node, Traced, as_node, order, scope
from pullback.ops.apply import apply, calling, elementwise


def backward(outputs: Sequence[Node], cotangents: Sequence[Traced], wrt: Sequence[Node]) -> list[Traced]:
    """Record the cotangents of `wrt`, given those of the outputs; zeros where nothing flows."""
    bars = all_cotangents(outputs, cotangents, wrt)
    return [bars[id(n)] if id(n) in bars else Traced(as_node(np.zeros(n.shape))) for n in wrt]


def all_cotangents(outputs: Sequence[Node], cotangents: Sequence[Traced], wrt: Sequence[Node]) -> dict[int, Traced]:
    """Record the cotangent of every node between `wrt` and the outputs, by the node's identity.

    x̄ = Σ over the uses y of x of the transpose of ∂y/∂x applied to ȳ.
    """
    stop = {id(n) for n in wrt}
    bars: dict[int, Traced] = {}
    for node, cotangent in zip(outputs, cotangents, strict=True):
        _accumulate(bars, node, cotangent)
    nodes = order(outputs)
    reach = reached(nodes, stop)
    for node in reversed(nodes):
        if id(node) in bars and id(node) in reach and id(node) not in stop:
            _pull_back(node, bars, reach)
    return bars


def reached(nodes: Sequence[Node], roots: set[int]) -> set[int]:
    """The roots and every node that depends on one of them."""
    reach = set(roots)
    for node in nodes:
        if any(id(i) in reach for i in node.inputs):
            reach.add(id(node))
    return reach


def _pull_back(node: Node, bars: dict[int, Traced], reach: set[int]) -> None:
    """Send the node's cotangent to its inputs."""
    formula = node.formula
    if isinstance(formula, (Input, Constant)) or not hasattr(formula, "gradient"):
        return
    known: dict[str, Any] = {k: Traced(i) for k, i in zip(formula.operands, node.inputs, strict=True)}
    known[bar(formula.out.array)] = bars[id(node)]
    for operand, source in zip(formula.operands, node.inputs, strict=True):
        if id(source) not in reach or source.kind != "float":
            continue
        with calling(f"{node.name}.{bar(operand)}"), scope(node.scope):
            x_bar = _apply_chain(formula.gradient(operand), known)
        with scope(source.scope):
            _accumulate(bars, source, x_bar)


def _apply_chain(formulas: Sequence[Any], known: Mapping[str, Any]) -> Traced:
    values = dict(known)
    result: Any = None
    for f in formulas:
        if not f.operands:
            return Traced(as_node(np.zeros(formulas[-1].out.shape)))
        result = apply(f, *(values[k] for k in f.operands))
        values[f.out.array] = result
    assert isinstance(result, Traced)  # noqa: S101  (for the type checker: the cotangent is traced)
    return result


def _accumulate(bars: dict[int, Traced], node: Node, cotangent: Traced) -> None:
    if isinstance(cotangent.node.formula, Constant) and not np.any(cotangent.node.formula.value):
        return
    before = bars.get(id(node))
    if before is None:
        bars[id(node)] = cotangent
    else:
        with calling("accumulate"):
            bars[id(node)] = elementwise(lambda a, b: a + b, a=before, b=cotangent)
