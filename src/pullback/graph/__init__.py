"""Graphs: what a traced function computes, as formulas in order.

A `Node` is one formula applied to earlier nodes. A `Traced` value stands for a node while a function runs; NumPy's own
protocols (`__array_ufunc__`, `__array_function__`) bring a user's NumPy code here, the operators' protocol
(`__pullback_apply__`) brings ours.

    nodes   inputs, constants, nodes
    places  the layer that nodes belong to, and names for values
    traced  the value that records
    graphs  nodes in order, equal ones merged, checked and printed
"""

from pullback.graph.graphs import Graph, GraphError, node_text, order, reads
from pullback.graph.nodes import Constant, Input, Node, Recording, recording
from pullback.graph.places import collecting_marks, current_scope, mark, scope
from pullback.graph.traced import Traced, as_node, kind_of

__all__ = [
    "Constant",
    "Graph",
    "GraphError",
    "Input",
    "Node",
    "Recording",
    "Traced",
    "as_node",
    "collecting_marks",
    "current_scope",
    "kind_of",
    "mark",
    "node_text",
    "order",
    "reads",
    "recording",
    "scope",
]
