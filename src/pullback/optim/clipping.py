"""Gradient clipping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from pullback.formula import expr as ex
from pullback.ops import reduce
from pullback.ops.apply import Value, calling, elementwise, shape_of
from pullback.optim.base import Values, check_range


def global_norm(arrays: Mapping[str, Value]) -> Value:
    """The Euclidean norm of all arrays taken together: √(Σ over arrays Σ entries²), also where the squares overflow.

    >>> float(global_norm({"w": np.array([3.0, 0.0]), "b": np.array([4.0])}))
    5.0
    >>> round(float(global_norm({"w": np.array([3e30, 4e30], np.float32)})) / 1e30, 5)
    5.0
    """
    return norm_and_max(arrays)[0]


def plain_norm(arrays: Mapping[str, Value]) -> Value:
    """The Euclidean norm at the least cost: infinite where the squares overflow."""
    with calling("norm"):
        return elementwise(ex.sqrt, x=_sum_of_squares(arrays.values()))


def norm_and_max(arrays: Mapping[str, Value]) -> tuple[Value, Value]:
    """The Euclidean norm of all arrays taken together, and their largest magnitude, m.

    Where squares could overflow, the norm is m · √(Σ (x/m)²).
    """
    filled = [x for x in arrays.values() if 0 not in shape_of(x)]
    if not filled:
        return np.zeros(()), np.zeros(())
    with calling("norm"):
        largest: Value = None
        for x in filled:
            part = reduce.max(elementwise(ex.abs_, x=x))
            largest = part if largest is None else elementwise(ex.maximum, a=largest, b=part)
        unit = elementwise(_unit, m=largest)
        squares = _sum_of_squares([elementwise(lambda x, u: x / u, x=x, u=unit) for x in filled])
        return elementwise(lambda s, u: u * ex.sqrt(s), s=squares, u=unit), largest


def _sum_of_squares(arrays: Iterable[Value]) -> Value:
    total: Value = None
    for x in arrays:
        part = reduce.sum(elementwise(lambda x: x * x, x=x))
        total = part if total is None else elementwise(lambda a, b: a + b, a=total, b=part)
    return np.zeros(()) if total is None else total


# The squares of 10¹⁴ entries of this size can still be summed in float32.
_LARGE = 1e12


def _unit(m: ex.Expr) -> ex.Expr:
    """1, by which division changes nothing, unless the magnitude is large (and finite)."""
    return ex.where(ex.logical_and(ex.greater(m, _LARGE), ex.isfinite(m)), m, 1.0)


def clip_norm(grads: Mapping[str, Value], max_norm: float, norm: Value | None = None) -> Values:
    """Shorten the gradients, all by one factor, so that their global norm is at most max_norm.

    g · min(1, max_norm / (norm + 1e-6))

    Raises:  ArgumentError
    Source:  Pascanu et al. 2013, arXiv:1211.5063; torch.nn.utils.clip_grad_norm_

    >>> clip_norm({"w": np.array([3.0, 0.0]), "b": np.array([4.0])}, 1.0)["b"].round(4)
    array([0.8])
    """
    check_range("clip_norm", "max_norm", max_norm)
    norm = global_norm(grads) if norm is None else norm
    with calling("clip_norm"):
        factor = elementwise(lambda n: ex.minimum(ex.Const(1.0), max_norm / (n + 1e-6)), n=norm)
        return {name: elementwise(lambda g, a: g * a, g=g, a=factor) for name, g in grads.items()}


def clip_value(grads: Mapping[str, Value], limit: float) -> Values:
    """Keep every entry of the gradients between −limit and limit.

    Raises:  ArgumentError

    >>> clip_value({"w": np.array([-3.0, 0.5])}, 1.0)
    {'w': array([-1. ,  0.5])}
    """
    check_range("clip_value", "limit", limit)
    with calling("clip_value"):
        return {
            name: elementwise(lambda g: ex.maximum(ex.minimum(g, ex.Const(limit)), ex.Const(-limit)), g=g)
            for name, g in grads.items()
        }
