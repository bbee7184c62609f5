"""Jacobians, Hessians times vectors, and gradients per sample: many gradients at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback import tree
from pullback.autodiff.gradients import Argnums, grad, vjp
from pullback.errors import ShapeError, message
from pullback.ops.apply import as_array, shape_of


def jacobian(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Make the Jacobian J[…y…, …x…] = ∂y/∂x of a function.

    argnums  the argument, or the arguments, to differentiate by

    Nested results and arguments give nested Jacobians: outside like the result, inside like the argument (a tuple for
    several argnums). An argument that is a list of numbers is an array.

    Raises: ArgumentError, ShapeError, TracingError

    >>> jacobian(lambda x: np.array([[1.0, 2.0], [3.0, 4.0]]) @ x)([1.0, 1.0])
    array([[1., 2.],
           [3., 4.]])
    >>> jacobian(lambda p, x: p["a"] * x + p["b"])({"a": 2.0, "b": 0.0}, np.array([1.0, 5.0]))
    {'a': array([1., 5.]), 'b': array([1., 1.])}
    """
    positions = Argnums.of(argnums)

    def at(*args: Any, **options: Any) -> Any:
        args = tuple(map(_list_as_array, args))
        chosen = positions.choose("jacobian", args)
        y, pullback = vjp(positions.among(function, args, options), *chosen)
        flat = list(tree.leaves(y))
        blocks = []
        for k, value in enumerate(flat):
            rows = []
            for entry in np.ndindex(*shape_of(value)):
                y_bars = [np.zeros(shape_of(v)) for v in flat]
                y_bars[k][entry] = 1.0
                rows.append(pullback(tree.fill(y, iter(y_bars))))
            blocks.append(positions.result(_stacked(rows, shape_of(value), chosen)))
        return tree.fill(y, iter(blocks))

    return at


def _list_as_array(value: Any) -> Any:
    """A list of numbers, or of such lists, as an array of floats; anything else as it is."""
    if isinstance(value, list) and all(isinstance(v, (int, float, np.number)) for v in tree.leaves(value)):
        return as_array(value).astype(np.float64)
    return value


def _stacked(rows: Sequence[Any], shape: tuple[int, ...], like: Sequence[Any]) -> Any:
    """Gradients by the entries of an array of that shape, as arrays over its axes; nested like the arguments."""
    columns = zip(*(tree.leaves(r) for r in rows), strict=True) if rows else ([] for _ in tree.leaves(like))
    blocks = []
    for column, leaf in zip(columns, tree.leaves(like), strict=True):
        size = (*shape, *shape_of(leaf))
        blocks.append(np.stack(column).reshape(size)[()] if column else np.zeros(size))
    return tree.fill(list(like), iter(blocks))


def hvp(function: Callable[[Any], Any], x: Any, v: Any) -> Any:
    """Multiply the Hessian of a scalar function by a vector: H·v = ∂/∂x Σ (∂f/∂x · v), exactly.

    v is nested like x, dictionaries matched by key. For several arguments: hvp(lambda p: f(*p), (x, w), (u, v)).

    Raises: ShapeError

    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    flat = list(tree.leaves_like(x, v, "hvp: the vector is nested like the point"))
    got, need = [shape_of(d) for d in flat], [shape_of(leaf) for leaf in tree.leaves(x)]
    if got != need:
        raise ShapeError(message("hvp: the vector has the shape of the point", got=str(got), need=str(need)))

    def along(z: Any) -> Any:
        parts = [np.sum(g * d) for g, d in zip(tree.leaves(grad(function)(z)), flat, strict=True)]
        return sum(parts[1:], start=parts[0]) if parts else 0.0

    return grad(along)(x)


def _sample(batch: tree.Tree, n: int) -> tree.Tree:
    """A batch of one; a number is every sample's."""
    return tree.map_leaves(lambda v: v[n : n + 1] if shape_of(v) else v, batch)


def per_sample_grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Make the gradients of a loss for every sample by itself: one gradient per entry of the batch axis, stacked.

    The function is called as function(parameters, …, batch…) on batches of one; arguments in `argnums` are parameters,
    all others are batches, split along their first axis.

    >>> per_sample_grad(lambda w, x: np.sum(w * x))(np.ones(2), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    positions = Argnums.of(argnums)
    each = grad(function, positions.numbers)

    def gradients(*args: Any) -> Any:
        chosen = positions.choose("per_sample_grad", args)
        numbers = {k % len(args) for k in positions.numbers}
        batches = [a for k, a in enumerate(args) if k not in numbers]
        counts = {shape_of(v)[0] for v in tree.leaves(batches) if shape_of(v)}
        if len(counts) != 1:
            raise ShapeError(
                message("per_sample_grad: batches differ in length", got=f"lengths {sorted(counts)}", need="one length")
            )
        (count,) = counts
        rows = [each(*(a if k in numbers else _sample(a, n) for k, a in enumerate(args))) for n in range(count)]
        return positions.result(_stacked(rows, (count,), chosen))

    return gradients
