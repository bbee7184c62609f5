"""PyTorch's counterparts of losses and normalisation, under our argument names."""

from typing import Any

import torch

F = torch.nn.functional

NOT_IGNORED = -100


def nll_loss(log_probs: Any, target: Any, weight: Any = None, reduction: str = "mean", ignore_index: Any = None) -> Any:
    """F.nll_loss."""
    ignored = NOT_IGNORED if ignore_index is None else ignore_index
    return F.nll_loss(log_probs, target, weight, ignore_index=ignored, reduction=reduction)


def cross_entropy(logits: Any, target: Any, *, ignore_index: Any = None, **options: Any) -> Any:
    """F.cross_entropy."""
    return F.cross_entropy(
        logits, target, ignore_index=NOT_IGNORED if ignore_index is None else ignore_index, **options
    )


def mse_loss(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """F.mse_loss; the textbooks' half of the sum from its sum."""
    if reduction == "half":
        return F.mse_loss(prediction, target, reduction="sum") / 2
    return F.mse_loss(prediction, target, reduction=reduction)


def paired(name: str) -> Any:
    """F.l1_loss, F.huber_loss, F.smooth_l1_loss."""
    function = getattr(F, name)
    return lambda prediction, target, **options: function(prediction, target, **options)


def with_logits(logits: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: str = "mean") -> Any:
    """F.binary_cross_entropy_with_logits."""
    return F.binary_cross_entropy_with_logits(logits, target, weight, pos_weight=pos_weight, reduction=reduction)


def binary_cross_entropy(p: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """F.binary_cross_entropy."""
    return F.binary_cross_entropy(p, target, weight, reduction=reduction)


def binary_cross_entropy_composed(p: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """−t·log p − (1 − t)·log(1 − p) from logarithms."""
    losses = -target * p.log() - (1 - target) * torch.log1p(-p)
    losses = losses if weight is None else losses * weight
    return {"none": losses, "sum": losses.sum(), "mean": losses.sum() / max(losses.numel(), 1)}[reduction]


def l2_penalty(params: Any, factor: float) -> Any:
    """factor · Σ w²."""
    return factor * params.square().sum()


def _ones_beside(bias: Any, weight: Any) -> Any:
    """A weight of ones beside a bias alone: there PyTorch's gradients fail for want of a weight."""
    return torch.ones_like(bias) if weight is None and bias is not None else weight


def batch_norm(x: Any, mean: Any, var: Any, weight: Any = None, bias: Any = None, *, eps: float = 1e-5) -> Any:
    """F.batch_norm with running statistics."""
    weight = _ones_beside(bias, weight)
    return F.batch_norm(x, mean, var, weight, bias, training=False, eps=eps)


def batch_norm_training(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """F.batch_norm with the batch's statistics, and these by torch.var_mean."""
    weight = _ones_beside(bias, weight)
    axes = (0, *range(2, x.dim()))
    var, mean = torch.var_mean(x, axes, correction=0)
    return F.batch_norm(x, None, None, weight, bias, training=True, eps=eps), mean, var


def running_statistics(x: Any, mean: Any, var: Any, momentum: float) -> Any:
    """The running mean and variance after F.batch_norm has changed them in place."""
    mean, var = mean.clone(), var.clone()
    y = F.batch_norm(x, mean, var, training=True, momentum=momentum)
    return y, mean, var


def layer_norm(x: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """F.layer_norm."""
    weight = _ones_beside(bias, weight)
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    return F.layer_norm(x, shape, weight, bias, eps)


def group_norm(x: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """F.group_norm."""
    weight = _ones_beside(bias, weight)
    return F.group_norm(x, num_groups, weight, bias, eps)


def instance_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """F.instance_norm."""
    weight = _ones_beside(bias, weight)
    return F.instance_norm(x, weight=weight, bias=bias, eps=eps)
