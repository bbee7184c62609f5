"""NumPy's reductions on traced values: sums, products, extremes, norms, running sums."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

from pullback.errors import ArgumentError, TracingError, message
from pullback.formula import Affine, Ref, Sum
from pullback.formula import expr as ex
from pullback.ops import elementwise as ew
from pullback.ops import indexing, reduce, shape
from pullback.ops.apply import Value, apply, axis_names, elementwise, named, normal_axes, normal_axis, ref, shape_of
from pullback.ops.numpy_elementwise import astype


def _selected(x: Value, where: Value, otherwise: float) -> Value:
    return x if where is True else ew.where(where, x, otherwise)


def sum_(
    x: Value,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Value = None,
    where: Value = True,
) -> Value:
    """np.sum."""
    del out
    y = _selected(x if dtype is None else astype(x, dtype), where, 0)
    y = reduce.sum(y, axis, bool(keepdims))
    return y if initial is None else ew.add(y, initial)


def mean(
    x: Value, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False, where: Value = True
) -> Value:
    """np.mean."""
    del out
    y = x if dtype is None else astype(x, dtype)
    if where is True:
        return reduce.mean(y, axis, bool(keepdims))
    count = reduce.sum(shape.broadcast_to(where, shape_of(x)), axis, bool(keepdims))
    return ew.divide(sum_(y, axis, keepdims=keepdims, where=where), count)


@named
def prod(
    x: Value,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Value = None,
    where: Value = True,
) -> Value:
    """np.prod, by halves: log₂ N products, so that no entry is divided by and zeros do no harm."""
    del out
    x = _selected(x if dtype is None else astype(x, dtype), where, 1)
    its = shape_of(x)
    axes = normal_axes("prod", axis, len(its))
    rest = [j for j in range(len(its)) if j not in axes]
    y = shape.reshape(
        shape.transpose(x, (*rest, *axes)), (*(its[j] for j in rest), int(np.prod([its[j] for j in axes])))
    )
    result: Value = None
    while (n := shape_of(y)[-1]) > 1:
        if n % 2:
            last = indexing.slice_(y, (..., -1))
            result = last if result is None else ew.multiply(result, last)
        y = ew.multiply(
            indexing.slice_(y, (..., slice(0, n // 2))), indexing.slice_(y, (..., slice(n // 2, n // 2 * 2)))
        )
    if n == 1:
        last = indexing.slice_(y, (..., 0))
        result = last if result is None else ew.multiply(result, last)
    else:
        result = np.ones(shape_of(y)[:-1])
    result = shape.reshape(result, [1 if j in axes else k for j, k in enumerate(its)]) if keepdims else result
    return result if initial is None else ew.multiply(result, initial)


def _extreme(op: str, largest: Callable[..., Value], pair: Callable[..., Value]) -> Callable[..., Value]:
    def call(
        x: Value,
        axis: Any = None,
        out: None = None,
        keepdims: bool = False,
        initial: Value = None,
        where: Value = True,
    ) -> Value:
        del out
        if where is not True and initial is None:
            need = "initial=, the value where nothing is selected"
            raise ArgumentError(message(f"np.{op}: where= alone", got="no initial=", need=need))
        y = largest(_selected(x, where, initial), axis, bool(keepdims))
        return y if initial is None else pair(y, initial)

    return call


max_, min_ = _extreme("max", reduce.max, ew.maximum), _extreme("min", reduce.min, ew.minimum)


def argmax(x: Value, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Value:
    """np.argmax."""
    del out
    its = shape_of(x)
    y = reduce.argmax(shape.reshape(x, -1), 0) if axis is None else reduce.argmax(x, axis)
    gone = normal_axes("argmax", axis, len(its))
    return shape.reshape(y, [1 if j in gone else n for j, n in enumerate(its)]) if keepdims else y


@named
def argmin(x: Value, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Value:
    """np.argmin."""
    return argmax(ew.negative(x), axis, out, keepdims=keepdims)


def var(
    x: Value, axis: Any = None, dtype: Any = None, out: None = None, ddof: int = 0, keepdims: bool = False
) -> Value:
    """np.var."""
    del out
    return reduce.var(x if dtype is None else astype(x, dtype), axis, bool(keepdims), ddof)


def std(
    x: Value, axis: Any = None, dtype: Any = None, out: None = None, ddof: int = 0, keepdims: bool = False
) -> Value:
    """np.std."""
    return ew.sqrt(var(x, axis, dtype, out, ddof, keepdims))


def count_nonzero(x: Value, axis: Any = None, *, keepdims: bool = False) -> Value:
    """np.count_nonzero."""
    return reduce.sum(ew.where(ew.compare("not_equal", x, 0), 1, 0), axis, bool(keepdims))


def any_(x: Value, axis: Any = None, out: None = None, keepdims: bool = False) -> Value:
    """np.any."""
    del out
    return ew.compare("greater", count_nonzero(x, axis, keepdims=keepdims), 0)


def all_(x: Value, axis: Any = None, out: None = None, keepdims: bool = False) -> Value:
    """np.all."""
    del out
    return ew.compare("equal", count_nonzero(ew.logical_not(x), axis, keepdims=keepdims), 0)


@named
def average(x: Value, axis: Any = None, weights: Value = None, *, keepdims: bool = False) -> Value:
    """np.average."""
    if weights is None:
        return reduce.mean(x, axis, keepdims)
    its = shape_of(x)
    if shape_of(weights) != its:
        (j,) = normal_axes("average", axis, len(its)) if axis is not None else (-1,)
        if shape_of(weights) != its[j : j + 1]:
            need = f"{its}, or {its[j : j + 1]} with axis={axis}" if axis is not None else f"{its}"
            raise ArgumentError(message("np.average: weights do not fit", got=f"{shape_of(weights)}", need=need))
        weights = shape.broadcast_to(shape.reshape(weights, [n if k == j else 1 for k, n in enumerate(its)]), its)
    return ew.divide(reduce.sum(ew.multiply(x, weights), axis, keepdims), reduce.sum(weights, axis, keepdims))


@named
def ptp(x: Value, axis: Any = None, out: None = None, keepdims: bool = False) -> Value:
    """np.ptp: the largest less the smallest entry."""
    del out
    return ew.subtract(reduce.max(x, axis, keepdims), reduce.min(x, axis, keepdims))


@named
def logsumexp(x: Value, axis: Any = 0, keepdims: bool = False) -> Value:
    """np.logaddexp.reduce: m + log Σ exp(x − m), m the largest entry where that is finite."""
    m = reduce.max(ew.stop_gradient(x), axis, keepdims=True)
    m = ew.where(ew.isfinite(m), m, 0.0)
    total = reduce.sum(elementwise(lambda x, m: ex.exp(x - m), x=x, m=m), axis, keepdims=True)

    def logarithm(t: ex.Expr, m: ex.Expr) -> ex.Expr:
        # Scores that are all −∞ give −∞; the inner choice keeps 1/0 out of the derivative.
        return ex.where(ex.equal(t, 0.0), -inf, ex.log(ex.where(ex.equal(t, 0.0), 1.0, t))) + m

    total = elementwise(logarithm, t=total, m=m)
    return total if keepdims else shape.squeeze(total, axis)


@named
def norm(x: Value, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Value:
    """np.linalg.norm of vectors, and the Frobenius, 1 and ∞ norms of matrices; the derivative at 0 is 0."""
    rank = len(shape_of(x))
    axes = normal_axes("norm", axis, rank)
    if ord is None or (ord == "fro" and len(axes) == 2):
        return ew.lp_root(reduce.sum(ew.square(x), axes, keepdims), 2)
    sizes = ew.abs(x)
    if len(axes) == 1 and ord in (inf, -inf):
        return (reduce.max if ord > 0 else reduce.min)(sizes, axes, keepdims)
    if len(axes) == 1 and isinstance(ord, (int, float)) and ord > 0:
        return ew.lp_root(reduce.sum(ew.lp_power(x, ord), axes, keepdims), ord)
    if len(axes) == 2 and ord in (1, -1, inf, -inf):
        rows, columns = axes if axis is None else [normal_axis("norm", a, rank) for a in axis]
        along, across = (rows, columns) if abs(ord) == 1 else (columns, rows)
        result = (reduce.max if ord > 0 else reduce.min)(reduce.sum(sizes, along, keepdims=True), across, keepdims=True)
        return result if keepdims else shape.squeeze(result, axes)
    need = "a number > 0 or ±inf for vectors; 'fro', ±1, ±inf for matrices"
    raise TracingError(message("np.linalg.norm: this norm is not traced", got=f"ord={ord!r}", need=need))


@named
def cumsum(x: Value, axis: int | None = None, dtype: Any = None, out: None = None) -> Value:
    """np.cumsum as one sum: y[p] = Σ_{r} x[p−r], where reads before the first entry give 0."""
    del out
    x = x if dtype is None else astype(x, dtype)
    x = shape.reshape(x, -1) if axis is None else x
    its = shape_of(x)
    j = normal_axis("cumsum", 0 if axis is None else axis, len(its))
    names = axis_names(len(its))
    at = tuple(Affine(((k, 1), ("r", -1)) if i == j else ((k, 1),)) for i, k in enumerate(names))
    sizes = (*zip(names, its, strict=True), ("r", its[j]))
    return apply(Sum(ref("y", names, its), (Ref("x", at, its),), sizes), x)
