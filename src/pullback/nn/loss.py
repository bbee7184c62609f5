"""Losses as modules with PyTorch's names, called as loss(prediction, target)."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from pullback.nn.module import Buffer, Module
from pullback.ops import losses
from pullback.ops.apply import Value
from pullback.ops.labels import Reduction


class _Loss(Module):
    """What losses share: weights are buffers."""

    reduction: Reduction

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
        self.ignore_index, self.reduction, self.label_smoothing = ignore_index, reduction, label_smoothing

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
        self.ignore_index, self.reduction = ignore_index, reduction

    def forward(self, log_probs: Value, target: Value) -> Value:
        """The loss."""
        return losses.nll_loss(log_probs, target, self.weight, self.reduction, self.ignore_index)


class MSELoss(_Loss):
    """Square the errors: (y − t)²; see `pullback.mse_loss`."""

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        self.reduction = reduction

    def forward(self, prediction: Value, target: Value) -> Value:
        """The loss."""
        return losses.mse_loss(prediction, target, self.reduction)


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

    def forward(self, logits: Value, target: Value) -> Value:
        """The loss."""
        return losses.binary_cross_entropy_with_logits(logits, target, self.weight, self.pos_weight, self.reduction)
