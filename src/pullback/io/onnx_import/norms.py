"""ONNX's normalisations and losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pullback.formula import expr as ex
from pullback.io.onnx_import.registry import onnx_operator, unsupported
from pullback.ops import elementwise as ew
from pullback.ops import losses, norms, reduce
from pullback.ops.activations import log_softmax
from pullback.ops.apply import Value, elementwise, normal_axes, normal_axis, shape_of
from pullback.ops.labels import Reduction
from pullback.ops.shape import broadcast_to, reshape


@onnx_operator("BatchNormalization")
def batch_normalization(
    x: Value,
    scale: Value,
    b: Value,
    mean: Value,
    var: Value,
    *,
    epsilon: float = 1e-5,
    is_test: int | None = None,
    momentum: float = 0.9,
    spatial: int = 1,
    training_mode: int = 0,
    opset: int,
    outputs: int = 1,
) -> Any:
    """By running statistics; with training_mode by the batch's own, with the running statistics that follow.

    running ← momentum · running + (1 − momentum) · batch, with the batch's biased variance.
    """
    op = "BatchNormalization"
    if spatial != 1:
        raise unsupported(op, "spatial=1", spatial=spatial)
    if opset < 14 and (outputs > 1 or (opset < 7 and not is_test)):
        raise unsupported(op, "inference, or training_mode from version 14 on", training=True, opset=opset)
    if not training_mode:
        return norms.batch_norm(x, mean, var, scale, b, eps=epsilon)
    y, batch_mean, batch_var = norms.batch_norm_training(x, scale, b, epsilon)

    def carried(running: Value, batch: Value) -> Value:
        return elementwise(lambda r, b: momentum * r + (1 - momentum) * b, r=running, b=batch)

    return (y, carried(mean, batch_mean), carried(var, batch_var))[:outputs]


@onnx_operator("LayerNormalization")
def layer_normalization(
    x: Value,
    scale: Value,
    b: Value | None = None,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,
    outputs: int = 1,
) -> Any:
    """By the statistics over the axes from `axis` on; also the mean and one over the standard deviation."""
    del stash_type
    shape = shape_of(x)
    first = normal_axis("LayerNormalization", axis, len(shape))
    last = shape[first:]
    weight = broadcast_to(scale, last) if shape_of(scale) != last else scale
    bias = broadcast_to(b, last) if b is not None and shape_of(b) != last else b
    y = norms.layer_norm(x, last, weight, bias, epsilon)
    if outputs == 1:
        return y
    axes = tuple(range(first, len(shape)))
    mean = reduce.mean(x, axes, keepdims=True)
    if outputs == 2:
        return y, mean
    return y, mean, elementwise(lambda v: 1.0 / ex.sqrt(v + epsilon), v=reduce.var(x, axes, keepdims=True))


@onnx_operator("RMSNormalization")
def rms_normalization(x: Value, scale: Value, *, axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1) -> Value:
    """x / √(mean of x² + epsilon) · scale, over the axes from `axis` on."""
    del stash_type
    first = normal_axis("RMSNormalization", axis, len(shape_of(x)))
    axes = tuple(range(first, len(shape_of(x))))
    mean = reduce.mean(ew.square(x), axes, keepdims=True)
    return elementwise(lambda x, m, w: x / ex.sqrt(m + epsilon) * w, x=x, m=mean, w=scale)


@onnx_operator("GroupNormalization")
def group_normalization(
    x: Value, scale: Value, bias: Value, *, num_groups: int, epsilon: float = 1e-5, stash_type: int = 1
) -> Value:
    """By the statistics of groups of channels; scale and bias per channel, or per group as up to version 20 of ONNX."""
    del stash_type
    channels = shape_of(x)[1]

    def per_channel(values: Value) -> Value:
        if shape_of(values) != (num_groups,) or num_groups == channels:
            return values
        return reshape(broadcast_to(reshape(values, (num_groups, 1)), (num_groups, channels // num_groups)), channels)

    return norms.group_norm(x, num_groups, per_channel(scale), per_channel(bias), epsilon)


@onnx_operator("InstanceNormalization")
def instance_normalization(x: Value, scale: Value, b: Value, *, epsilon: float = 1e-5) -> Value:
    """By the statistics of every plane."""
    return norms.instance_norm(x, scale, b, epsilon)


@onnx_operator("MeanVarianceNormalization")
def mean_variance_normalization(x: Value, *, axes: Sequence[int] = (0, 2, 3)) -> Value:
    """(x − mean) / (standard deviation + 1e-9)."""
    along = normal_axes("MeanVarianceNormalization", tuple(axes), len(shape_of(x)))
    mean, var = reduce.mean(x, along, keepdims=True), reduce.var(x, along, keepdims=True)
    return elementwise(lambda x, m, v: (x - m) / (ex.sqrt(v) + 1e-9), x=x, m=mean, v=var)


def _reduction(op: str, reduction: str) -> Reduction:
    if reduction not in ("mean", "sum", "none"):
        raise unsupported(op, "mean, sum or none", reduction=reduction)
    return cast(Reduction, reduction)


@onnx_operator("NegativeLogLikelihoodLoss")
def negative_log_likelihood_loss(
    x: Value, target: Value, weight: Value | None = None, *, ignore_index: int | None = None, reduction: str = "mean"
) -> Value:
    """The log-probabilities at the labels, with the sign turned."""
    how = _reduction("NegativeLogLikelihoodLoss", reduction)
    return losses.nll_loss(x, target, weight, how, ignore_index)


@onnx_operator("SoftmaxCrossEntropyLoss")
def softmax_cross_entropy_loss(
    scores: Value,
    labels: Value,
    weights: Value | None = None,
    *,
    ignore_index: int | None = None,
    reduction: str = "mean",
    outputs: int = 1,
) -> Any:
    """Cross-entropy of scores with labels; also the log-probabilities."""
    how = _reduction("SoftmaxCrossEntropyLoss", reduction)
    loss = losses.cross_entropy(scores, labels, weight=weights, reduction=how, ignore_index=ignore_index)
    return (loss, log_softmax(scores, 1)) if outputs > 1 else loss
