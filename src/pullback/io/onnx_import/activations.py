"""ONNX's activations, softmax and dropout."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from pullback.formula import expr as ex
from pullback.io.onnx_import.registry import Array, onnx_operator, unsupported
from pullback.ops import activations as act
from pullback.ops import elementwise as ew
from pullback.ops.apply import Value, elementwise, is_integer, normal_axis, shape_of
from pullback.ops.shape import reshape

PLAIN: dict[str, Callable[..., Value]] = {
    "HardSwish": act.hardswish,
    "Mish": act.mish,
    "Sigmoid": act.sigmoid,
    "Softsign": act.softsign,
}


def _plain(function: Callable[..., Value]) -> Callable[..., Value]:
    def call(x: Value) -> Value:
        return function(x)

    return call


for _name, _function in PLAIN.items():
    onnx_operator(_name)(_plain(_function))


@onnx_operator("Relu")
def relu(x: Value) -> Value:
    """max(0, x), for integers too."""
    return ew.maximum(0, x) if is_integer(x) else act.relu(x)


@onnx_operator("Softplus")
def softplus(x: Value) -> Value:
    """log(1 + exp(x))."""
    return act.softplus(x)


@onnx_operator("LeakyRelu")
def leaky_relu(x: Value, *, alpha: float = 0.01) -> Value:
    """x, or alpha · x where x is negative."""
    return act.leaky_relu(x, alpha)


@onnx_operator("PRelu")
def prelu(x: Value, slope: Value, *, opset: int) -> Value:
    """x, or slope · x where x is negative; up to version 6 of ONNX there is one slope per channel."""
    if opset < 7 and len(shape_of(slope)) == 1:
        slope = reshape(slope, (*shape_of(slope), *(1,) * (len(shape_of(x)) - 2)))
    return elementwise(lambda x, a: ex.where(ex.less(x, 0), a * x, x), x=x, a=slope)


@onnx_operator("Elu")
def elu(x: Value, *, alpha: float = 1.0) -> Value:
    """x, or alpha · (exp(x) − 1) where x is negative."""
    return act.elu(x, alpha)


@onnx_operator("Selu")
def selu(x: Value, *, alpha: float = 1.67326319217681884765625, gamma: float = 1.05070102214813232421875) -> Value:
    """gamma · elu(x, alpha)."""
    return ew.multiply(act.elu(x, alpha), gamma)


@onnx_operator("Celu")
def celu(x: Value, *, alpha: float = 1.0) -> Value:
    """x, or alpha · (exp(x/alpha) − 1) where x is negative."""
    return ew.multiply(act.elu(ew.divide(x, alpha)), alpha)


@onnx_operator("Gelu")
def gelu(x: Value, *, approximate: str = "none") -> Value:
    """x weighed by the normal distribution."""
    if approximate not in ("none", "tanh"):
        raise unsupported("Gelu", "none or tanh", approximate=approximate)
    return act.gelu(x, "tanh" if approximate == "tanh" else "none")


@onnx_operator("HardSigmoid")
def hard_sigmoid(x: Value, *, alpha: float = 0.2, beta: float = 0.5) -> Value:
    """alpha · x + beta, kept between 0 and 1."""
    return elementwise(lambda x: ex.minimum(1.0, ex.maximum(0.0, alpha * x + beta)), x=x)


@onnx_operator("Swish")
def swish(x: Value, *, alpha: float = 1.0) -> Value:
    """x · σ(alpha · x)."""
    return elementwise(lambda x: x * ex.sigmoid(alpha * x), x=x)


@onnx_operator("ThresholdedRelu")
def thresholded_relu(x: Value, *, alpha: float = 1.0) -> Value:
    """x where it is above alpha, 0 elsewhere."""
    return elementwise(lambda x: ex.where(ex.greater(x, alpha), x, 0.0), x=x)


@onnx_operator("Shrink")
def shrink(x: Value, *, bias: float = 0.0, lambd: float = 0.5) -> Value:
    """x + bias below −lambd, x − bias above lambd, 0 in between."""

    def shrunk(x: ex.Expr) -> ex.Expr:
        return ex.where(ex.less(x, -lambd), x + bias, ex.where(ex.greater(x, lambd), x - bias, 0.0))

    return elementwise(shrunk, x=x)


def _along(function: Callable[[Value, int], Value], x: Value, axis: int | None, opset: int) -> Value:
    """Along one axis (the last), or, up to version 12 of ONNX, over all axes from `axis` on (from 1 on)."""
    if opset >= 13:
        return function(x, -1 if axis is None else axis)
    shape = shape_of(x)
    first = normal_axis("Softmax", 1 if axis is None else axis, len(shape))
    rows = reshape(x, (prod(shape[:first]), prod(shape[first:])))
    return reshape(function(rows, 1), shape)


@onnx_operator("Softmax")
def softmax(x: Value, *, axis: int | None = None, opset: int) -> Value:
    """exp(x) / Σ exp(x)."""
    return _along(act.softmax, x, axis, opset)


@onnx_operator("LogSoftmax")
def log_softmax(x: Value, *, axis: int | None = None, opset: int) -> Value:
    """The logarithm of softmax."""
    return _along(act.log_softmax, x, axis, opset)


@onnx_operator("Dropout", concrete=("ratio", "training_mode"))
def dropout(
    x: Value,
    ratio: Array | None = None,
    training_mode: Array | None = None,
    *,
    is_test: int = 1,
    seed: int | None = None,
    opset: int,
    outputs: int = 1,
) -> Any:
    """x as it is: in training too when the ratio is 0. Other random numbers than those of the model are no import."""
    del seed
    training = (training_mode is not None and bool(training_mode)) or (opset < 7 and not is_test)
    rate = 0.5 if ratio is None else float(ratio)
    if training and rate:
        raise unsupported("Dropout", "inference, or ratio 0", training_mode=True, ratio=rate)
    return (x, np.ones(shape_of(x), np.bool_)) if outputs > 1 else x
