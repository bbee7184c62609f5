"""A trace's graph as plain data: every formula with its index maps, so that the page can solve and evaluate them."""

from __future__ import annotations

from math import isfinite
from typing import Any

from pullback.explain.page.printed import index_data, printed
from pullback.explain.tracing import Trace
from pullback.formula import Argmax, Map, Ref, Reshape, Sum
from pullback.formula import expr as ex
from pullback.graph import Node


def node_rows(trace: Trace) -> list[dict[str, Any]]:
    """One record per node of the graph, in order."""
    number = {id(n): k for k, n in enumerate(trace.graph.nodes)}
    return [_row(trace, node, number) for node in trace.graph.nodes]


def _row(trace: Trace, node: Node, number: dict[int, int]) -> dict[str, Any]:
    named = trace.names.of.get(node)
    row: dict[str, Any] = {
        "name": named.name if named else "constant",
        "of": named.of if named else "constant",
        "op": node.name,
        "shape": list(node.shape),
        "type": node.kind,
        "inputs": [number[id(i)] for i in node.inputs],
    }
    if not node.inputs:
        role = trace.names.given.get(named.name, "") if named and named.of == "value" else ""
        return row | {"kind": "given", "role": role}
    return row | _formula(node.formula) | {"print": printed(node.formula)}


def _formula(f: Any) -> dict[str, Any]:
    if isinstance(f, Sum):
        operands = _numbered(f.operands)
        return {
            "kind": "sum",
            "letters": [list(pair) for pair in f.sizes],
            "scale": f.scale,
            "out": _at(f.out, operands),
            "reads": [{"operand": operands[r.array], "at": _at(r, operands)} for r in f.factors],
        }
    if isinstance(f, Map):
        operands = _numbered(f.operands)
        return {
            "kind": "map",
            "letters": [list(pair) for pair in f.sizes],
            "out": _at(f.out, operands),
            "reads": [{"operand": operands[r.array], "at": _at(r, operands)} for r in f.reads],
            "expression": _expression(f, operands),
        }
    if isinstance(f, Argmax):
        return {
            "kind": "argmax",
            "letters": [list(pair) for pair in f.sizes],
            "over": list(f.over),
            "axes": list(f.window_axes),
            "out": _at(f.out, {}),
            "reads": [{"operand": 0, "at": _at(f.source, {})}],
        }
    return {"kind": "reshape" if isinstance(f, Reshape) else "random"}


def _numbered(operands: tuple[str, ...]) -> dict[str, int]:
    return {name: k for k, name in enumerate(operands)}


def _at(ref: Ref, operands: dict[str, int]) -> list[dict[str, Any]]:
    return [index_data(a, operands) for a in ref.at]


def _expression(f: Map, operands: dict[str, int]) -> list[list[Any]]:
    """The distinct parts, arguments first: ["read", operand], ["number", value], or [function, positions]."""
    rows: list[list[Any]] = []
    for part, arguments in ex.numbered(f.expression):
        if isinstance(part, ex.Var):
            rows.append(["read", operands[part.name]])
        elif isinstance(part, ex.Const):
            number = float(part.value)
            rows.append(["number", number if isfinite(number) else str(number)])
        elif isinstance(part, ex.Apply):
            rows.append([part.function, list(arguments)])
    return rows
