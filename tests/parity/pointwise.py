"""PyTorch's counterparts of elementwise operators, shapes, reductions, matrices and activations."""

from typing import Any

import torch

F = torch.nn.functional

SAME_NAME = (
    *("add", "subtract", "multiply", "divide", "maximum", "minimum"),
    *("negative", "exp", "log", "log1p", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh"),
    *("arcsin", "arccos", "arctan", "sqrt", "square", "reciprocal", "abs", "sign", "floor", "ceil", "erf", "isfinite"),
)
ACTIVATIONS = (
    *("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softsign", "hardtanh", "relu6"),
    *("hardswish", "mish", "logsigmoid"),
)


def pointwise(name: str) -> Any:
    """torch.exp and the like, under our argument names x and y."""
    function = getattr(torch, name)
    return lambda x, *y, **named: function(x, *y, *named.values())


def activation(name: str) -> Any:
    """F.relu and the like."""
    function = getattr(F, name)
    return lambda x, **options: function(x, **options)


def softplus(x: Any, beta: float = 1.0, threshold: float | None = None) -> Any:
    """F.softplus, whose threshold of 20 no argument of ours reaches where we have none."""
    return F.softplus(x, beta, 20.0 if threshold is None else threshold)


def prelu(x: Any, weight: Any) -> Any:
    """F.prelu."""
    return F.prelu(x, weight)


def hardsigmoid(x: Any) -> Any:
    """min(1, max(0, x/6 + 1/2)): F.hardsigmoid has no second derivative, and a slope of 1/6 in single precision."""
    return F.relu6(x + 3) / 6


def power(x: Any, y: Any) -> Any:
    """x to the power y."""
    return x**y


def where(condition: Any, x: Any, y: Any) -> Any:
    """torch.where."""
    return torch.where(condition, x, y)


def pad(x: Any, width: Any, mode: str = "constant", value: float = 0.0) -> Any:
    """F.pad: constants on all axes at once, other modes axis by axis, because PyTorch extends the last axes only."""
    rank = x.dim()
    pairs = [(width, width)] * rank if isinstance(width, int) else [tuple(p) for p in width]
    if mode in ("constant", "zeros"):
        return F.pad(x, [n for pair in reversed(pairs) for n in pair], "constant", value)
    for axis, (low, high) in enumerate(pairs):
        rows = x.movedim(axis, -1)
        flat = _extend(rows.reshape(1, -1, rows.shape[-1]), low, high, mode)
        x = flat.reshape(*rows.shape[:-1], -1).movedim(-1, axis)
    return x


def _extend(rows: Any, low: int, high: int, mode: str) -> Any:
    """Extend the last axis as far as wanted, in steps of what PyTorch allows at once."""
    size = rows.shape[-1]
    if mode == "circular":
        whole = 1 + low // size + high // size
        return F.pad(torch.cat([rows] * whole, -1), (low % size, high % size), mode)
    if mode == "reflect" and size == 1:
        return F.pad(rows, (low, high), "replicate")
    while mode == "reflect" and max(low, high) > rows.shape[-1] - 1:
        step = rows.shape[-1] - 1
        rows = F.pad(rows, (min(low, step), min(high, step)), mode)
        low, high = low - min(low, step), high - min(high, step)
    return F.pad(rows, (low, high), mode)


def transpose(x: Any, axes: Any = None) -> Any:
    """Tensor.permute."""
    return x.permute(*(axes or reversed(range(x.dim()))))


def concatenate(a: Any, b: Any, axis: int = 0) -> Any:
    """torch.cat."""
    return torch.cat((a, b), axis)


def slice_(x: Any, key: tuple[Any, ...]) -> Any:
    """Indexing; PyTorch has no steps backwards, so that those axes are flipped."""
    parts = []
    for axis, k in enumerate(key):
        if isinstance(k, slice) and (k.step or 1) < 0:
            at = range(*k.indices(x.shape[axis]))
            x = x.index_select(axis, torch.tensor(list(at), dtype=torch.int64))
            parts.append(slice(None))
        else:
            parts.append(k)
    return x[tuple(parts)]


def take(x: Any, index: Any, axis: int = 0) -> Any:
    """index_select, for tables of any shape."""
    y = x.index_select(axis, index.reshape(-1))
    return y.reshape(*x.shape[:axis], *index.shape, *x.shape[axis + 1 :])


def axes_of(x: Any, axis: Any) -> tuple[int, ...]:
    """The axes of a reduction; None means all."""
    return tuple(range(x.dim())) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)


def sum_over(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """torch.sum."""
    return torch.sum(x, axes_of(x, axis), keepdim=keepdims)


def mean_over(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """torch.mean."""
    return torch.mean(x, axes_of(x, axis), keepdim=keepdims)


def max_over(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """torch.amax, for entries that differ."""
    return torch.amax(x, axes_of(x, axis), keepdim=keepdims)


def min_over(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """torch.amin, for entries that differ."""
    return torch.amin(x, axes_of(x, axis), keepdim=keepdims)


def variance(x: Any, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Any:
    """torch.var."""
    return torch.var(x, axes_of(x, axis), correction=ddof, keepdim=keepdims)


def linear(x: Any, w: Any, bias: Any = None) -> Any:
    """F.linear."""
    return F.linear(x, w, bias)


def einsum(a: Any, b: Any, subscripts: str) -> Any:
    """torch.einsum."""
    return torch.einsum(subscripts, a, b)


def softmax(x: Any, axis: int = -1) -> Any:
    """F.softmax."""
    return F.softmax(x, axis)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """F.log_softmax."""
    return F.log_softmax(x, axis)
