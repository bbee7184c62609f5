"""Losses that compare numbers with numbers, and the penalty on weights."""

from __future__ import annotations

from math import prod
from typing import Any, Literal

import numpy as np

from pullback import tree
from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import Sum
from pullback.formula import expr as ex
from pullback.ops.apply import Value, apply, axis_names, elementwise, ref, shape_of
from pullback.ops.labels import Reduction, check_reduction, reduced
from pullback.ops.numbers import check_positive
from pullback.ops.registry import Draw, bad, operator, sample


def paired(op: str, prediction: Value, target: Value) -> tuple[int, ...]:
    """The common shape of a prediction and its target.

    Raises: ShapeError
    """
    shape = shape_of(prediction)
    if shape_of(target) != shape:
        got = f"{shape} and {shape_of(target)}"
        fix = "reshape one of them; they are not broadcast, because (N,1) against (N,) would give (N,N)"
        raise ShapeError(message(f"{op}: prediction and target differ in shape", got=got, need="one shape", fix=fix))
    return shape


def _pairs(kind: str = "real") -> list[Any]:
    shapes = ((2, 3), (2, 3, 2, 2), (), (0, 3))
    pairs = [sample({"prediction": Draw(s, kind), "target": Draw(s, "unit")}, reduction="sum") for s in shapes]
    more = [
        sample({"prediction": Draw((2, 3), kind), "target": Draw((2, 3), "unit")}, reduction=r)
        for r in ("mean", "none")
    ]
    return [*pairs, *more]


UNPAIRED = [
    bad("differ in shape", {"prediction": (2, 1), "target": (2,)}),
    bad("no such reduction", {"prediction": (2,), "target": (2,)}, reduction="average"),
    bad("mean over an empty batch", {"prediction": (0, 2), "target": (0, 2)}),
]


@operator(
    samples=[*_pairs(), sample({"prediction": (2, 3), "target": (2, 3)}, reduction="half")],
    bad=UNPAIRED,
    source="PyTorch nn.functional.mse_loss",
)
def mse_loss(prediction: Value, target: Value, reduction: Literal["mean", "sum", "none", "half"] = "mean") -> Value:
    """Square the errors: (y − t)² per entry, whose mean over all entries is taken.

    reduction  "half" is the textbooks' ½ Σ (y − t)², whose gradient is y − t; also "sum" and "none"

    Shapes:  prediction and target of one shape -> (), or that shape
    Raises:  ShapeError (shapes that differ: they are not broadcast; an empty mean), ArgumentError

    >>> float(mse_loss(np.array([1.0, 3.0]), np.array([0.0, 1.0]), reduction="half"))
    2.5
    """
    shape = paired("mse_loss", prediction, target)
    check_reduction("mse_loss", reduction, prod(shape), ("mean", "sum", "none", "half"))
    squares = elementwise(lambda y, t: (y - t) ** 2, y=prediction, t=target)
    return _total(squares, 0.5) if reduction == "half" else reduced(squares, reduction)


def _total(x: Value, scale: float) -> Value:
    """scale · Σ x over all entries."""
    shape = shape_of(x)
    names = axis_names(len(shape))
    sizes = tuple(zip(names, shape, strict=True))
    return apply(Sum(ref("y", (), ()), (ref("x", names, shape),), sizes, scale), x)


@operator(samples=_pairs("distinct"), bad=UNPAIRED, source="PyTorch nn.functional.l1_loss")
def l1_loss(prediction: Value, target: Value, reduction: Reduction = "mean") -> Value:
    """Take the size of the errors: |y − t| per entry, whose mean over all entries is taken.

    Shapes:  prediction and target of one shape -> (), or that shape
    Ties:    the derivative at y = t is 0
    Raises:  ShapeError, ArgumentError
    """
    shape = paired("l1_loss", prediction, target)
    check_reduction("l1_loss", reduction, prod(shape))
    return reduced(elementwise(lambda y, t: ex.abs_(y - t), y=prediction, t=target), reduction)


@operator(
    samples=[*_pairs(), sample({"prediction": (3, 4), "target": (3, 4)}, delta=0.3)],
    bad=[*UNPAIRED, bad("delta does not fit", {"prediction": (2,), "target": (2,)}, delta=0.0)],
    source="Huber 1964; PyTorch nn.functional.huber_loss",
)
def huber_loss(prediction: Value, target: Value, reduction: Reduction = "mean", delta: float = 1.0) -> Value:
    """Square small errors d = y − t, take large ones linearly: ½d² for |d| ≤ delta, delta · (|d| − ½·delta) beyond.

    Shapes:  prediction and target of one shape -> (), or that shape
    Raises:  ShapeError, ArgumentError
    Source:  Huber 1964, Ann. Math. Statist. 35:73, doi:10.1214/aoms/1177703732
    """
    check_positive("huber_loss", "delta", delta)
    return _huber("huber_loss", prediction, target, reduction, delta, 1.0)


@operator(
    samples=[*_pairs(), sample({"prediction": (3, 4), "target": (3, 4)}, beta=0.3)],
    bad=[*UNPAIRED, bad("beta does not fit", {"prediction": (2,), "target": (2,)}, beta=0.0)],
    source="arXiv:1504.08083; PyTorch nn.functional.smooth_l1_loss",
)
def smooth_l1_loss(prediction: Value, target: Value, reduction: Reduction = "mean", beta: float = 1.0) -> Value:
    """Round off |d|, d = y − t, near 0: ½d²/beta for |d| ≤ beta, |d| − ½·beta beyond (huber_loss / beta).

    Shapes:  prediction and target of one shape -> (), or that shape
    Raises:  ShapeError, ArgumentError (beta = 0 is l1_loss)
    Source:  Girshick 2015, arXiv:1504.08083, equation 3
    """
    check_positive("smooth_l1_loss", "beta", beta)
    return _huber("smooth_l1_loss", prediction, target, reduction, beta, 1 / beta)


def _huber(op: str, prediction: Value, target: Value, reduction: str, delta: float, scale: float) -> Value:
    shape = paired(op, prediction, target)
    check_reduction(op, reduction, prod(shape))

    def loss(y: ex.Expr, t: ex.Expr) -> ex.Expr:
        d = y - t
        far = delta * scale * (ex.abs_(d) - 0.5 * delta)
        return ex.where(ex.less_equal(ex.abs_(d), delta), 0.5 * scale * d**2, far)

    return reduced(elementwise(loss, y=prediction, t=target), reduction)


@operator(
    samples=[
        sample({"params": (2, 3)}, factor=0.1),
        sample({"params": (2, 3, 2, 2)}, factor=2),
        sample({"params": ()}, factor=0.0),
        sample({"params": (0, 3)}, factor=1.0),
    ],
    bad=[bad("factor must not be negative", {"params": (2,)}, factor=-0.1)],
    source="Hoerl & Kennard 1970 (ridge regression)",
)
def l2_penalty(params: Any, factor: float) -> Value:
    """Penalise large weights: factor · Σ w², over every entry of an array, or of a list or dictionary of arrays.

    The gradient is 2 · factor · w: there is no ½ (an optimiser's weight_decay = d is the penalty d/2 · Σ w²).

    Raises:  ArgumentError

    >>> float(l2_penalty({"w": np.array([1.0, -2.0]), "v": [np.array([[3.0]])]}, 0.5))
    7.0
    """
    if not factor >= 0:
        title = "l2_penalty: factor must not be negative"
        raise ArgumentError(message(title, got=f"factor={factor!r}", need="factor >= 0"))
    penalty: Value = None
    for w in tree.leaves(params):
        part = _total(elementwise(lambda w: w**2, w=w), float(factor))
        penalty = part if penalty is None else elementwise(lambda a, b: a + b, a=penalty, b=part)
    return np.zeros(()) if penalty is None else penalty
