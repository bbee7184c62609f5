"""Why a factor is 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullback.formula import Map, Sum
from pullback.graph import Constant, Input, Node

if TYPE_CHECKING:
    from pullback.explain.tracing import Trace

RECTIFIERS = ("relu", "maximum", "hardtanh", "relu6")


def why_zero(trace: Trace, name: str, index: tuple[int, ...], of: str | None) -> str:
    """The reason that an entry is 0, in a few words."""
    if name not in trace.names.values and name not in trace.names.steps:
        return "a given 0"
    node = trace.find(name, of)
    return "no cotangent reaches it" if node is None else _why(trace, node, index)


def _why(trace: Trace, node: Node, index: tuple[int, ...]) -> str:
    if isinstance(node.formula, (Input, Constant)):
        return "a given 0"
    operator = node.name.rpartition("/")[2]
    if operator.partition(".")[0] in RECTIFIERS and isinstance(node.formula, Map):
        return _rectified(trace, node, index)
    if isinstance(node.formula, Sum) and any(k.name == "switches" for k in node.formula.out.lookups):
        return "its window has another maximum"
    return "a zero cotangent" if trace.names.of[node].of != "value" else "a value that is 0"


def _rectified(trace: Trace, node: Node, index: tuple[int, ...]) -> str:
    """A rectifier's 0: switched off, or on with nothing coming in."""
    if "_bar" not in node.name:
        return "the ReLU is off"
    incoming = node.inputs[0]
    if incoming.shape == node.shape and trace.value_of(incoming)[index] == 0:
        return _why(trace, incoming, index)
    return "the ReLU is off"
