"""How far rounding can move the values of a graph: bounds from the terms that were added, not widened tolerances.

To first order, rounding moves a value y of the graph by no more than c · eps · m. `m` adds the magnitudes along all
paths from the inputs to y, Σ_paths Π |partial derivative| · |input|, and |y| itself. `c` counts the roundings on the
longest path: a sum of k terms rounds k times, an operation of an expression once; an elementary function of NumPy is
good to 4 units in the last place.
"""

from dataclasses import replace

import numpy as np

from pullback.formula import Map, Reshape, Sum
from pullback.formula import expr as ex
from pullback.graph import Constant, Input

FUNCTION_ULPS = 4


def magnitudes(graph, values, seeds):
    """Σ over the paths Π |partial derivative| · seed for every node, by node id; `seeds` holds one array per input."""
    found = {}
    for node, seed in zip(graph.inputs, seeds, strict=True):
        found[id(node)] = np.zeros(node.shape) if seed is None else np.abs(seed)
    for node in graph.nodes:
        if id(node) not in found:
            found[id(node)] = _magnitude(node, values, found)
    return found


def _magnitude(node, values, found):
    f, zero = node.formula, np.zeros(node.shape)
    if node.kind != "float" or isinstance(f, (Constant, Input)):
        return zero
    inputs = {
        k: np.abs(values[i]) if i.kind == "float" else values[i] for k, i in zip(f.operands, node.inputs, strict=True)
    }
    moved = {k: found[id(i)] for k, i in zip(f.operands, node.inputs, strict=True) if i.kind == "float"}
    if isinstance(f, Sum):
        f = replace(f, scale=abs(f.scale))
        return sum((f.evaluate(*{**inputs, k: m}.values()) for k, m in moved.items() if np.any(m)), start=zero)
    if isinstance(f, Map):
        plain = dict(zip(f.operands, (values[i] for i in node.inputs), strict=True))
        return sum((_partial(f, k, plain) * _spread(f, k, m) for k, m in moved.items() if np.any(m)), start=zero)
    return f.evaluate(*moved.values()) if isinstance(f, Reshape) else zero


def _partial(f, operand, values):
    derivative = ex.simplify(ex.derivative(f.expression, operand))
    used = ex.variables(derivative)
    reads = tuple(r for r in f.reads if r.array in used)
    return np.abs(Map(f.out, reads, derivative).evaluate(*(values[r.array] for r in reads)))


def _spread(f, operand, magnitude):
    read = next(r for r in f.reads if r.array == operand)
    return Map(f.out, (read,), ex.Var(operand)).evaluate(magnitude)


def roundings(graph, values):
    """The number of roundings on the longest path to every node, by node id."""
    found = {}
    for node in graph.nodes:
        before = max((found[id(i)] for i in node.inputs), default=0)
        found[id(node)] = before + _own(node, values)
    return found


def _own(node, values):
    f = node.formula
    if isinstance(f, Map):
        return FUNCTION_ULPS * ex.count(f.expression)
    if not isinstance(f, Sum):
        return 0
    ones = [
        np.ones(i.shape) if k in {r.array for r in f.factors} else values[i]
        for k, i in zip(f.operands, node.inputs, strict=True)
    ]
    return len(f.factors) + int(np.max(replace(f, scale=1.0).evaluate(*ones), initial=0))
