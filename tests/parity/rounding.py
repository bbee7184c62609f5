"""The magnitudes whose multiples of eps bound rounding errors, with the cancellation inside expressions counted.

As laws.rounding, with one thing more: 1 − tanh² x near 1, or x·Φ(x) far below 0, lose digits between the operations of
one expression, which the magnitudes of its arguments do not show. Here every part of an expression carries its own.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from pullback.formula import Map, Reshape, Sum
from pullback.formula import expr as ex
from pullback.formula.expr_tree import Apply, Const, Var, numbered
from pullback.formula.functions import call, function_named
from pullback.graph import Constant, Input

DOUBLE = np.dtype(np.float64)


def magnitudes(graph: Any, values: Any, seeds: Any) -> dict[int, Any]:
    """Σ over the paths Π |partial derivative| · magnitude, by node id; `seeds` holds one array per input."""
    found: dict[int, Any] = {}
    for node, seed in zip(graph.inputs, seeds, strict=True):
        found[id(node)] = np.zeros(node.shape) if seed is None else np.abs(seed)
    for node in graph.nodes:
        if id(node) not in found:
            found[id(node)] = _magnitude(node, values, found)
    return found


def _magnitude(node: Any, values: Any, found: dict[int, Any]) -> Any:
    f, zero = node.formula, np.zeros(node.shape)
    if node.kind != "float" or isinstance(f, Input):
        return zero
    if isinstance(f, Constant):
        return np.abs(values[node])
    moved = {k: found[id(i)] for k, i in zip(f.operands, node.inputs, strict=True) if i.kind == "float"}
    plain = dict(zip(f.operands, (values[i] for i in node.inputs), strict=True))
    if isinstance(f, Map):
        return _of_map(f, plain, moved)
    if isinstance(f, Sum):
        absolute = {k: np.abs(v) if k in moved else v for k, v in plain.items()}
        f = replace(f, scale=abs(f.scale))
        return sum((f.evaluate(*{**absolute, k: m}.values()) for k, m in moved.items() if np.any(m)), start=zero)
    return f.evaluate(*moved.values()) if isinstance(f, Reshape) else zero


def _of_map(f: Any, plain: dict[str, Any], moved: dict[str, Any]) -> Any:
    """The magnitude of a Map's value: the largest of its own, and of what its parts' magnitudes come to."""
    values: list[Any] = []
    sizes: list[Any] = []
    with np.errstate(all="ignore"):
        for part, positions in numbered(f.expression):
            if isinstance(part, Apply):
                arguments = [values[k] for k in positions]
                value = call(function_named(part.function, len(arguments)), arguments, DOUBLE)
                moves = [np.abs(slope) * sizes[k] for slope, k in zip(_slopes(part, arguments), positions, strict=True)]
                # nan is 0·∞: a branch that is not taken.
                size = np.maximum(np.abs(value), sum(np.nan_to_num(m, nan=0.0, posinf=np.inf) for m in moves))
            else:
                value = _read(f, part.name, plain) if isinstance(part, Var) else part.value
                size = np.abs(value)
                if isinstance(part, Var) and part.name in moved:
                    size = np.maximum(size, _read(f, part.name, moved))
            values.append(value)
            sizes.append(np.asarray(size, np.float64))
    return np.broadcast_to(sizes[-1], f.shape)


def _read(f: Any, name: str, arrays: dict[str, Any]) -> Any:
    """An operand spread over the letters of the Map."""
    (read,) = (r for r in f.reads if r.array == name)
    return Map(f.out, (read,), ex.Var(name)).evaluate(arrays[name])


def _slopes(part: Any, arguments: list[Any]) -> list[Any]:
    """The partial derivatives of one function at its arguments."""
    fixed = tuple(a.value if isinstance(a, Const) else None for a in part.arguments)
    named = {f"a{k}": v for k, v in enumerate(arguments)}
    return [ex.evaluate(d, {k: named[k] for k in ex.variables(d)}) for d in _derivatives(part.function, fixed)]


@lru_cache(maxsize=512)
def _derivatives(function: str, fixed: tuple[Any, ...]) -> tuple[Any, ...]:
    """The symbolic partial derivatives; an argument that is a number stays one."""
    arguments = [Var(f"a{k}") if v is None else Const(v) for k, v in enumerate(fixed)]
    return tuple(ex.simplify(d(*arguments)) for d in function_named(function, len(fixed)).derivatives)
