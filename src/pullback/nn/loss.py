"""Losses as modules with PyTorch's names, called as loss(prediction, target)."""

from __future__ import annotations

from math import inf
from typing import Any, Literal

from numpy.typing import ArrayLike

from pullback.errors import ArgumentError, message
from pullback.nn.module import Buffer, Module
from pullback.ops import losses
from pullback.ops.apply import Value, is_whole
from pullback.ops.labels import REDUCTIONS, Reduction, check_reduction
from pullback.ops.numbers import check_positive, check_share
from pullback.ops.windows import plain


class _Loss(Module):
    """What losses share: weights are buffers."""

    reduction: Any

    def _check(self, ignore_index: int | None = None) -> None:
        """Check what all losses share.

        Raises: ArgumentError
        """
        name = type(self).__name__
        check_reduction(name, self.reduction, 1)
        if ignore_index is not None and not is_whole(ignore_index, -inf):
            got = f"ignore_index={ignore_index!r}"
            raise ArgumentError(message(f"{name}: ignore_index is a label", got=got, need="an integer, or None"))

    def options(self) -> dict[str, Any]:
        """The constructor's arguments, weights as lists."""
        return {k: v if v is None or not hasattr(v, "tolist") else v.tolist() for k, v in super().options().items()}


class CrossEntropyLoss(_Loss):
    """Compare scores with labels: −log softmax(x)[t]; see `pullback.cross_entropy`.

    weight           one factor per class
    ignore_index     a label whose samples do not count
    reduction        "mean", "sum" or "none"
    label_smoothing  the share of the target that is spread evenly over the classes
    """

    def __init__(
        self,
        weight: ArrayLike | None = None,
        *,
        ignore_index: int | None = None,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        self.weight = None if weight is None else Buffer(weight)
        self.ignore_index, self.reduction, self.label_smoothing = plain(ignore_index), reduction, label_smoothing
        self._check(ignore_index)
        check_share(type(self).__name__, "label_smoothing", label_smoothing)

    def forward(self, logits: Value, target: Value) -> Value:
        """The loss."""
        return losses.cross_entropy(
            logits,
            target,
            weight=self.weight,
            label_smoothing=self.label_smoothing,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
        )


class NLLLoss(_Loss):
    """Read log-probabilities at the labels: −weight[t] · log_probs[t]; see `pullback.nll_loss`."""

    def __init__(
        self, weight: ArrayLike | None = None, *, ignore_index: int | None = None, reduction: Reduction = "mean"
    ) -> None:
        self.weight = None if weight is None else Buffer(weight)
        self.ignore_index, self.reduction = plain(ignore_index), reduction
        self._check(ignore_index)

    def forward(self, log_probs: Value, target: Value) -> Value:
        """The loss."""
        return losses.nll_loss(log_probs, target, self.weight, self.reduction, self.ignore_index)


class MSELoss(_Loss):
    """Square the errors: (y − t)²; see `pullback.mse_loss`."""

    def __init__(self, *, reduction: Literal["mean", "sum", "none", "half"] = "mean") -> None:
        self.reduction = reduction
        check_reduction(type(self).__name__, reduction, 1, (*REDUCTIONS, "half"))

    def forward(self, prediction: Value, target: Value) -> Value:
        """The loss."""
        return losses.mse_loss(prediction, target, self.reduction)


class L1Loss(_Loss):
    """Take the size of the errors: |y − t|; see `pullback.l1_loss`."""

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        self.reduction = reduction
        self._check()

    def forward(self, prediction: Value, target: Value) -> Value:
        """The loss."""
        return losses.l1_loss(prediction, target, self.reduction)


class HuberLoss(_Loss):
    """Square small errors, take large ones linearly: ½d² for |d| ≤ delta, delta · (|d| − ½·delta) beyond."""

    def __init__(self, reduction: Reduction = "mean", delta: float = 1.0) -> None:
        self.reduction, self.delta = reduction, delta
        self._check()
        check_positive("HuberLoss", "delta", delta)

    def forward(self, prediction: Value, target: Value) -> Value:
        """The loss."""
        return losses.huber_loss(prediction, target, self.reduction, self.delta)


class SmoothL1Loss(_Loss):
    """Round off |d| near 0: ½d²/beta for |d| ≤ beta, |d| − ½·beta beyond; see `pullback.smooth_l1_loss`."""

    def __init__(self, *, reduction: Reduction = "mean", beta: float = 1.0) -> None:
        self.reduction, self.beta = reduction, beta
        self._check()
        check_positive("SmoothL1Loss", "beta", beta)

    def forward(self, prediction: Value, target: Value) -> Value:
        """The loss."""
        return losses.smooth_l1_loss(prediction, target, self.reduction, self.beta)


class BCELoss(_Loss):
    """Compare probabilities with yes-or-no targets; see `pullback.binary_cross_entropy`."""

    def __init__(self, weight: ArrayLike | None = None, *, reduction: Reduction = "mean") -> None:
        self.weight = None if weight is None else Buffer(weight)
        self.reduction = reduction
        self._check()

    def forward(self, p: Value, target: Value) -> Value:
        """The loss."""
        return losses.binary_cross_entropy(p, target, self.weight, self.reduction)


class BCEWithLogitsLoss(_Loss):
    """Compare scores with yes-or-no targets; see `pullback.binary_cross_entropy_with_logits`."""

    def __init__(
        self,
        weight: ArrayLike | None = None,
        *,
        reduction: Reduction = "mean",
        pos_weight: ArrayLike | None = None,
    ) -> None:
        self.weight = None if weight is None else Buffer(weight)
        self.pos_weight = None if pos_weight is None else Buffer(pos_weight)
        self.reduction = reduction
        self._check()

    def forward(self, logits: Value, target: Value) -> Value:
        """The loss."""
        return losses.binary_cross_entropy_with_logits(logits, target, self.weight, self.pos_weight, self.reduction)
