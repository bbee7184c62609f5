"""Losses: from predictions and targets to one number (or one per sample), with PyTorch's names and definitions."""

from __future__ import annotations

from math import exp, prod
from typing import Any

import numpy as np

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import expr as ex
from pullback.ops.activations import log_softmax
from pullback.ops.apply import Value, elementwise, is_integer, recorder, shape_of
from pullback.ops.labels import Labels, Reduction, check_reduction, check_weight, class_axis, class_sum, reduced
from pullback.ops.numbers import check_share
from pullback.ops.registry import Draw, bad, operator, sample
from pullback.ops.regression import (
    UNPAIRED,
    huber_loss,
    l1_loss,
    l2_penalty,
    mse_loss,
    paired,
    smooth_l1_loss,
)

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "huber_loss",
    "l1_loss",
    "l2_penalty",
    "mse_loss",
    "nll_loss",
    "smooth_l1_loss",
]


def _labels(shape: tuple[int, ...], classes: int) -> Draw:
    return Draw(shape, "labels", classes)


WEIGHT = Draw((3,), "positive")
LABELLED = [
    bad("labels must be integers", {"target": (2,)}),
    bad("label out of range", {"target": _labels((90,), 9)}),
    bad("one label per position", {"target": _labels((3,), 3)}),
    bad("one weight per class", {"target": _labels((2,), 3), "weight": (2,)}),
    bad("no such reduction", {"target": _labels((2,), 3)}, reduction="average"),
    bad("mean over an empty batch", {"target": _labels((0,), 3)}),
    bad("all ignored", {"target": _labels((2,), 1)}, ignore_index=0),
]


def _scores(name: str) -> list[Any]:
    """The bad samples of labels with scores of their batch's size."""
    cases = []
    for b in LABELLED:
        rows = 2 if b.match == "one label per position" else b.sample.arrays["target"].shape[0]
        cases.append(bad(b.match, {name: (rows, 3), **b.sample.arrays}, **b.sample.options))
    return cases


@operator(
    samples=[
        sample({"log_probs": (4, 3), "target": _labels((4,), 3)}),
        sample({"log_probs": (4, 3), "target": _labels((4,), 3), "weight": WEIGHT}, reduction="none"),
        sample({"log_probs": (2, 3, 2, 2), "target": _labels((2, 2, 2), 3)}, reduction="sum"),
        sample({"log_probs": (5, 3, 2), "target": _labels((5, 2), 3)}, ignore_index=1),
        sample({"log_probs": (0, 3), "target": _labels((0,), 3)}, reduction="sum"),
        sample({"log_probs": (3,), "target": _labels((), 3)}),
    ],
    bad=[*_scores("log_probs"), bad("axis of classes", {"log_probs": (), "target": _labels((), 3)})],
    linear=("log_probs",),
    source="PyTorch nn.functional.nll_loss",
    onnx="NegativeLogLikelihoodLoss",
)
def nll_loss(
    log_probs: Value,
    target: Value,
    weight: Value | None = None,
    reduction: Reduction = "mean",
    ignore_index: int | None = None,
) -> Value:
    """Read the log-probabilities at the labels: loss[n,p] = −weight[t[n,p]] · log_probs[n, t[n,p], p].

    reduction     "mean" divides the sum by Σ_{n,p} weight[t[n,p]], the number of labels where there are no weights
    ignore_index  a label whose positions count neither in the sum nor in the mean

    Shapes:  log_probs (N,C), (N,C,…) or (C,), target (N,), (N,…) or () of integers, weight (C,) -> (), or like target
    Edges:   labels that are traced cannot be checked: one outside 0 .. C−1 reads 0
    Raises:  ShapeError, ArgumentError (labels that are no integers or out of range, a mean over ignored labels alone)

    >>> round(float(nll_loss(np.log([[0.25, 0.75]]), [1])), 6)
    0.287682
    """
    labels = Labels.of("nll_loss", log_probs, target, weight, ignore_index)
    check_reduction("nll_loss", reduction, labels.count)
    return labels.picked(log_probs, reduction)


@operator(
    samples=[
        sample({"logits": (4, 3), "target": _labels((4,), 3)}),
        sample({"logits": (2, 3, 2, 2), "target": _labels((2, 2, 2), 3)}, reduction="none"),
        sample({"logits": (4, 3), "target": _labels((4,), 3), "weight": WEIGHT}),
        sample({"logits": (5, 3), "target": _labels((5,), 3), "weight": WEIGHT}, label_smoothing=0.2, ignore_index=1),
        sample({"logits": (4, 3, 2), "target": _labels((4, 2), 3)}, label_smoothing=0.1, reduction="sum"),
        sample({"logits": (4, 3), "target": Draw((4, 3), "positive")}),
        sample({"logits": (2, 3, 2), "target": (2, 3, 2), "weight": WEIGHT}, label_smoothing=0.1),
        sample({"logits": (2, 3, 2), "target": (2, 3, 2), "weight": WEIGHT}, reduction="none"),
        sample({"logits": (0, 3), "target": _labels((0,), 3)}, reduction="sum"),
        sample({"logits": (3,), "target": _labels((), 3)}),
    ],
    bad=[
        *_scores("logits"),
        bad("axis of classes", {"logits": (), "target": _labels((), 3)}),
        bad("label_smoothing", {"logits": (2, 3), "target": _labels((2,), 3)}, label_smoothing=1.5),
        bad("one-hot labels of integers", {"logits": (2, 3), "target": _labels((2, 3), 1)}),
        bad("probabilities have no label to ignore", {"logits": (2, 3), "target": (2, 3)}, ignore_index=0),
        bad("one weight per class", {"logits": (2, 3), "target": (2, 3), "weight": (2,)}),
        bad("mean over an empty batch", {"logits": (0, 3), "target": (0, 3)}),
    ],
    source="PyTorch nn.functional.cross_entropy; label smoothing: arXiv:1512.00567",
    onnx="SoftmaxCrossEntropyLoss",
)
def cross_entropy(
    logits: Value,
    target: Value,
    *,
    weight: Value | None = None,
    label_smoothing: float = 0.0,
    reduction: Reduction = "mean",
    ignore_index: int | None = None,
) -> Value:
    """Compare scores with labels: loss[n] = −log softmax(logits[n])[t[n]], with gradient softmax(logits) − onehot(t).

    With probabilities q as target, loss[n] = −Σ_o weight[o] · q[n,o] · log softmax(logits[n])[o].

    weight           one factor per class: loss[n] · weight[t[n]]
    label_smoothing  ε replaces the one-hot target (or q) by (1 − ε)·onehot + ε/C: with weights the loss becomes
                     (1 − ε) · weight[t] · loss_t + ε/C · Σ_o weight[o] · loss_o
    reduction        "mean" divides the sum by Σ_n weight[t[n]]; for probabilities by the number of samples, whatever
                     the weights are
    ignore_index     a label whose positions count neither in the sum nor in the mean (PyTorch's default is −100)

    Shapes:  logits (N,C), (N,C,…) or (C,); target (N,), (N,…) or () of integers, or probabilities like the logits;
             weight (C,) -> (), or a loss per label
    Edges:   a logit of −∞ with probability 0 counts 0; labels that are traced cannot be checked: one outside 0 .. C−1
             reads 0 (and Σ_o weight[o] · loss_o where labels are smoothed)
    Raises:  ShapeError, ArgumentError (labels that are no integers or out of range, a mean over ignored labels alone)
    Source:  PyTorch nn.functional.cross_entropy; Szegedy et al. 2016, arXiv:1512.00567, section 7 (smoothing)

    >>> round(float(cross_entropy(np.array([[0.0, 0.0, 0.0]]), [2])), 6)
    1.098612
    """
    op = "cross_entropy"
    axis = class_axis(op, "logits", logits)
    check_share(op, "label_smoothing", label_smoothing)
    if shape_of(target) == shape_of(logits):
        return _soft_cross_entropy(logits, target, weight, label_smoothing, reduction, ignore_index)
    labels = Labels.of(op, logits, target, weight, ignore_index)
    check_reduction(op, reduction, labels.count)
    log_probs = log_softmax(logits, axis)
    hard = labels.picked(log_probs, reduction)
    if label_smoothing == 0:
        return hard
    share = label_smoothing / shape_of(logits)[axis]
    spread = labels.spread(log_probs, reduction)
    return elementwise(lambda h, s: (1 - label_smoothing) * h + share * s, h=hard, s=spread)


def _soft_cross_entropy(
    logits: Value, target: Value, weight: Value | None, smoothing: float, reduction: Reduction, ignore_index: int | None
) -> Value:
    """Cross-entropy with class probabilities."""
    op, shape = "cross_entropy", shape_of(logits)
    axis = class_axis(op, "logits", logits)
    if is_integer(target):
        fix = f"target.argmax(axis={axis}), or target.astype(float)"
        raise ArgumentError(message(f"{op}: one-hot labels of integers", got=f"target {shape}", need="floats", fix=fix))
    if ignore_index is not None:
        title = f"{op}: probabilities have no label to ignore"
        raise ArgumentError(message(title, got=f"ignore_index={ignore_index}", fix="weight, or leave it out"))
    check_weight(op, weight, shape[axis])
    samples = prod(shape[:axis] + shape[axis + 1 :])
    check_reduction(op, reduction, samples)
    share = smoothing / shape[axis]

    def product(q: ex.Expr, logp: ex.Expr) -> ex.Expr:
        smooth = (1 - smoothing) * q + share if smoothing else q
        # 0 · log 0 is 0, and only the value is chosen here: the derivatives stay log p and q.
        return ex.where(ex.logical_or(ex.isfinite(logp), ex.not_equal(smooth, 0.0)), smooth * logp, 0.0)

    products = elementwise(product, q=target, logp=log_softmax(logits, axis))
    return reduced(class_sum(products, weight, axis), reduction)


def _binary_samples(name: str, kind: str) -> list[Any]:
    pairs = [
        sample({name: Draw(s, kind), "target": Draw(s, "probability")}, reduction="sum")
        for s in ((2, 3), (2, 1, 2, 2), (), (0, 3))
    ]
    more = {name: Draw((2, 3), kind), "target": Draw((2, 3), "probability")}
    weight = {"weight": Draw((3,), "positive")}
    return [*pairs, sample(more), sample({**more, **weight}), sample({**more, **weight}, reduction="none")]


def _binary_bad(name: str) -> list[Any]:
    cases = [bad(b.match, {name: d["prediction"], "target": d["target"]}, **b.sample.options) for b, d in _UNPAIRED]
    return [*cases, bad("weight does not broadcast", {name: (2, 3), "target": (2, 3), "weight": (2,)})]


_UNPAIRED = [(b, b.sample.arrays) for b in UNPAIRED]


def _check_broadcast(op: str, name: str, value: Value | None, shape: tuple[int, ...]) -> None:
    """Factors must not make the loss larger than the prediction."""
    its = () if value is None else shape_of(value)
    own = shape[len(shape) - len(its) :]
    if len(its) > len(shape) or any(m not in (1, n) for m, n in zip(its, own, strict=True)):
        title = f"{op}: {name} does not broadcast to the prediction"
        raise ShapeError(message(title, got=f"{name} {its}, prediction {shape}", need="equal sizes, or 1"))


def _weighted(losses: Value, weight: Value | None, reduction: str) -> Value:
    return reduced(losses if weight is None else elementwise(lambda x, w: x * w, x=losses, w=weight), reduction)


@operator(
    samples=[
        *_binary_samples("logits", "real"),
        sample(
            {"logits": (2, 3), "target": Draw((2, 3), "probability"), "pos_weight": Draw((3,), "positive")},
            reduction="none",
        ),
    ],
    bad=[
        *_binary_bad("logits"),
        bad("pos_weight does not broadcast", {"logits": (2, 3), "target": (2, 3), "pos_weight": (2, 1, 3)}),
    ],
    source="PyTorch nn.functional.binary_cross_entropy_with_logits",
)
def binary_cross_entropy_with_logits(
    logits: Value,
    target: Value,
    weight: Value | None = None,
    pos_weight: Value | None = None,
    reduction: Reduction = "mean",
) -> Value:
    """Compare scores with yes-or-no targets: pos_weight · t · softplus(−x) + (1 − t) · softplus(x).

    softplus(x) = max(x, 0) + log(1 + exp(−|x|)) = −log(1 − σ(x)), so that this is −t·log σ(x) − (1 − t)·log(1 − σ(x)),
    exact for every x. Without weights the gradient is σ(x) − t.

    weight      factors per entry, broadcast to the logits; a mean still divides by the number of entries
    pos_weight  the factor of the positive part, broadcast to the logits

    Shapes:  logits and target of one shape -> (), or that shape
    Raises:  ShapeError, ArgumentError

    >>> round(float(binary_cross_entropy_with_logits(np.array([0.0]), np.array([1.0]))), 6)
    0.693147
    """
    op = "binary_cross_entropy_with_logits"
    shape = paired(op, logits, target)
    check_reduction(op, reduction, prod(shape))
    _check_broadcast(op, "weight", weight, shape)
    _check_broadcast(op, "pos_weight", pos_weight, shape)

    def loss(x: ex.Expr, t: ex.Expr, p: ex.Operand) -> ex.Expr:
        return p * (t * ex.softplus(-x)) + (1.0 - t) * ex.softplus(x)

    if pos_weight is None:
        losses = elementwise(lambda x, t: loss(x, t, 1.0), x=logits, t=target)
    else:
        losses = elementwise(loss, x=logits, t=target, p=pos_weight)
    return _weighted(losses, weight, reduction)


@operator(
    samples=_binary_samples("p", "probability"),
    bad=[
        *_binary_bad("p"),
        bad("p is a probability", {"p": Draw((40,)), "target": (40,)}),
    ],
    source="PyTorch nn.functional.binary_cross_entropy",
)
def binary_cross_entropy(p: Value, target: Value, weight: Value | None = None, reduction: Reduction = "mean") -> Value:
    """Compare probabilities with yes-or-no targets: −t · log p − (1 − t) · log(1 − p), the logarithms kept above −100.

    weight  factors per entry, broadcast to p; a mean still divides by the number of entries

    Shapes:  p and target of one shape -> (), or that shape
    Edges:   p = 0 with t = 1 costs 100, as in PyTorch; there the gradient is that of the cut-off logarithm, 0 (PyTorch
             gives −10¹²). binary_cross_entropy_with_logits needs no cut
    Raises:  ShapeError, ArgumentError (a p outside 0 .. 1; traced ones cannot be checked, and are taken as 0 or 1)

    >>> round(float(binary_cross_entropy(np.array([0.8, 0.0]), np.array([1.0, 0.0]))), 6)
    0.111572
    """
    op = "binary_cross_entropy"
    shape = paired(op, p, target)
    check_reduction(op, reduction, prod(shape))
    _check_broadcast(op, "weight", weight, shape)
    _check_probabilities(op, p)

    def loss(p: ex.Expr, t: ex.Expr) -> ex.Expr:
        # log p is above −100 exactly where p is above exp(−100); 1 − p never comes so close to 0 without reaching it.
        yes = ex.where(ex.greater(p, exp(-100.0)), ex.log(p), -100.0)
        no = ex.where(ex.less(p, 1.0), ex.log1p(-p), -100.0)
        return -(t * yes) - (1.0 - t) * no

    return _weighted(elementwise(loss, p=p, t=target), weight, reduction)


def _check_probabilities(op: str, p: Value) -> None:
    if recorder([p]) is not None:
        return
    values = np.real(np.asarray(p))
    wrong = ~((values >= 0) & (values <= 1))
    if wrong.any():
        where = tuple(map(int, np.argwhere(wrong)[0]))
        got, fix = f"{values[where]:g} at {list(where)}", f"{op}_with_logits for scores"
        raise ArgumentError(message(f"{op}: p is a probability", got=got, need="0 <= p <= 1", fix=fix))
