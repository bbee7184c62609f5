"""Dropout: random zeros that are a function of (seed, step), the stream and the entry alone."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import Map, Uniform
from pullback.formula import expr as ex
from pullback.ops.apply import Value, apply, axis_names, elementwise, is_integer, recorder, ref, shape_of
from pullback.ops.numbers import check_share
from pullback.ops.registry import Bad, Draw, bad, operator, sample

SOURCE = "Srivastava et al. 2014, JMLR 15:1929"
KEY = Draw((2,), "key", 9)


def _bad(shape: tuple[int, ...]) -> list[Bad]:
    return [
        bad("p is a probability", {"x": shape, "key": KEY}, p=1.5),
        bad("p is a probability", {"x": shape, "key": KEY}, p=-0.1),
        bad("key is a pair of integers", {"x": shape, "key": (2,)}, p=0.5),
        bad("key is a pair of integers", {"x": shape, "key": Draw((3,), "key", 9)}, p=0.5),
    ]


@operator(
    samples=[
        sample({"x": (4, 5), "key": KEY}, p=0.5),
        sample({"x": (2, 3, 4, 4), "key": KEY}, p=0.2, stream=3),
        sample({"x": (3,), "key": KEY}, p=1.0),
        sample({"x": (3,), "key": KEY}, p=0.0),
        sample({"x": (3,), "key": KEY}, p=0.5, training=False),
        sample({"x": (0, 3), "key": KEY}, p=0.5),
    ],
    bad=_bad((2, 3)),
    linear=("x",),
    source=SOURCE,
    onnx="Dropout",
)
def dropout(x: Value, p: float, key: Value, stream: int = 0, training: bool = True) -> Value:
    """Drop every entry with probability p and scale the others up: y = x/(1 − p) where u ≥ p, 0 elsewhere.

    key     (seed, step), two integers: u is a function of them, the stream and the entry's position alone, so that
            the same key gives the same mask in every engine and on any number of threads
    stream  a number that tells this dropout from the others of a network
    The gradient passes through the same mask: x̄ = ȳ/(1 − p) where u ≥ p.

    Edges:   p = 1 gives zeros, p = 0 and training=False give x
    Raises:  ArgumentError, ShapeError (another key than two numbers)
    Source:  Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, JMLR 15:1929 (there scaled when testing)

    >>> dropout(np.ones(6), 0.5, key=(0, 0))
    array([0., 2., 2., 2., 2., 0.])
    """
    return _drop("dropout", x, p, key, stream, training, tuple(range(len(shape_of(x)))))


@operator(
    samples=[
        sample({"x": (2, 3, 2, 2), "key": KEY}, p=0.5),
        sample({"x": (4, 3, 2), "key": KEY}, p=0.2, stream=1),
        sample({"x": (2, 3), "key": KEY}, p=1.0),
        sample({"x": (0, 3, 2), "key": KEY}, p=0.5),
    ],
    bad=[*_bad((2, 3, 2)), bad("needs a batch and a channel axis", {"x": (3,), "key": KEY}, p=0.5)],
    linear=("x",),
    source="arXiv:1411.4280; PyTorch nn.functional.dropout2d",
)
def dropout_channels(x: Value, p: float, key: Value, stream: int = 0, training: bool = True) -> Value:
    """Drop whole channels with probability p: y[n,o,…] = x[n,o,…]/(1 − p) where u[n,o] ≥ p, 0 elsewhere.

    PyTorch's dropout1d, dropout2d and dropout3d. The arguments are those of `dropout`.

    Shapes:  x (N,C,…) -> like x
    Edges:   p = 1 gives zeros, p = 0 and training=False give x
    Raises:  ArgumentError, ShapeError
    Source:  Tompson, Goroshin, Jain, LeCun & Bregler 2015, arXiv:1411.4280
    """
    shape = shape_of(x)
    if len(shape) < 2:
        raise ShapeError(
            message("dropout_channels: x needs a batch and a channel axis", got=f"x {shape}", need="(N,C,…)")
        )
    return _drop("dropout_channels", x, p, key, stream, training, (0, 1))


def _drop(op: str, x: Value, p: float, key: Value, stream: int, training: bool, axes: Sequence[int]) -> Value:
    """Dropout with one decision per entry of the axes."""
    check_share(op, "p", p)
    if not training or p == 0:
        return elementwise(lambda x: x, x=x)
    shape = shape_of(x)
    names = axis_names(len(shape))
    its, own = tuple(shape[j] for j in axes), [names[j] for j in axes]
    u = apply(Uniform(ref("u", own, its), stream), _checked_key(op, key))
    # u is a multiple of 2⁻²⁴. So is this threshold, which float32 holds exactly: every precision decides alike.
    threshold = ceil(p * 2**24) / 2**24
    keep = elementwise(lambda u: ex.greater_equal(u, threshold), u=u)
    scale = 1 / (1 - p) if p < 1 else 0.0
    chosen = ex.where(ex.Var("keep"), ex.Var("x") * scale, 0.0)
    return apply(Map(ref("y", names, shape), (ref("x", names, shape), ref("keep", own, its)), chosen), x, keep)


def _checked_key(op: str, key: Value) -> Value:
    key = key if recorder([key]) is not None else np.asarray(key)
    if shape_of(key) != (2,) or not is_integer(key):
        fix = "key=(seed, step)"
        got = f"shape {shape_of(key)}, {'integers' if is_integer(key) else 'not integers'}"
        raise (ArgumentError if shape_of(key) == (2,) else ShapeError)(
            message(f"{op}: key is a pair of integers", got=got, need="shape (2,), integers", fix=fix)
        )
    return key
