"""Gradient clipping."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pullback.formula import expr as ex
from pullback.ops import reduce
from pullback.ops.apply import Value, calling, elementwise
from pullback.optim.base import Values, check_range


def global_norm(arrays: Mapping[str, Value]) -> Value:
    """The Euclidean norm of all arrays taken together: √(Σ over arrays Σ entries²).

    >>> global_norm({"w": np.array([3.0, 0.0]), "b": np.array([4.0])})
    array(5.)
    """
    with calling("norm"):
        total: Value = None
        for x in arrays.values():
            part = reduce.sum(elementwise(lambda x: x * x, x=x))
            total = part if total is None else elementwise(lambda a, b: a + b, a=total, b=part)
        return np.zeros(()) if total is None else elementwise(ex.sqrt, x=total)


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
