"""Activations as layers."""

from __future__ import annotations

from math import inf
from typing import Any, Literal

import numpy as np

from pullback.errors import ArgumentError, message
from pullback.nn.conv import check_count
from pullback.nn.module import Module, Parameter
from pullback.ops import activations
from pullback.ops.apply import Value, is_whole
from pullback.ops.elementwise import tanh
from pullback.ops.numbers import check_number, check_positive
from pullback.ops.windows import plain


class ReLU(Module):
    """Cut off what is negative: y = max(0, x)."""

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.relu(x)


class ReLU6(Module):
    """Cut off at 0 and 6: y = min(6, max(0, x))."""

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.relu6(x)


class SELU(Module):
    """Normalise activations by themselves: y = λ·x for x > 0, λ·α·(exp(x) − 1) otherwise."""

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.selu(x)


class SiLU(Module):
    """Weigh x by its sigmoid: y = x / (1 + exp(−x))."""

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.silu(x)


class Sigmoid(Module):
    """Squash x into (0, 1): y = 1 / (1 + exp(−x))."""

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.sigmoid(x)


class Tanh(Module):
    """Squash x into (−1, 1): y = tanh(x)."""

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return tanh(x)


class Softsign(Module):
    """Squash x into (−1, 1): y = x / (1 + |x|)."""

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.softsign(x)


class Hardsigmoid(Module):
    """Approximate the sigmoid by three lines: y = min(1, max(0, x/6 + 1/2))."""

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.hardsigmoid(x)


class Hardswish(Module):
    """Weigh x by its hard sigmoid: y = x · min(1, max(0, x/6 + 1/2))."""

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.hardswish(x)


class Mish(Module):
    """Weigh x by the tanh of its softplus: y = x · tanh(log(1 + exp(x)))."""

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.mish(x)


class LeakyReLU(Module):
    """Flatten what is negative: y = x for x > 0, negative_slope · x otherwise."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = check_number("LeakyReLU", "negative_slope", negative_slope)

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.leaky_relu(x, self.negative_slope)


class ELU(Module):
    """Let what is negative saturate: y = x for x > 0, alpha · (exp(x) − 1) otherwise."""

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = check_number("ELU", "alpha", alpha)

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.elu(x, self.alpha)


class GELU(Module):
    """Weigh x by the normal distribution: y = x·Φ(x); approximate="tanh" for the approximation by tanh."""

    def __init__(self, approximate: Literal["none", "tanh"] = "none") -> None:
        if approximate not in ("none", "tanh"):
            need = '"none" or "tanh"'
            raise ArgumentError(message("GELU: no such approximation", got=f"{approximate!r}", need=need))
        self.approximate = approximate

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.gelu(x, self.approximate)


class Softplus(Module):
    """Smooth max(0, x): y = log(1 + exp(beta·x)) / beta.

    threshold  where the straight line y = x takes over, at beta·x > threshold: 20 in PyTorch; None: nowhere
    """

    def __init__(self, beta: float = 1.0, threshold: float | None = None) -> None:
        self.beta = check_positive("Softplus", "beta", beta)
        self.threshold = None if threshold is None else check_number("Softplus", "threshold", threshold)

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.softplus(x, self.beta, self.threshold)


class LogSigmoid(Module):
    """Take the logarithm of the sigmoid, exact where that is tiny: y = −log(1 + exp(−x))."""

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.logsigmoid(x)


class PReLU(Module):
    """Flatten what is negative by a slope that is learnt: y[n,o] = x[n,o] for x > 0, weight[o] · x[n,o] otherwise.

    num_parameters  one slope for all, or one per channel
    init            the slope to start from

    Source:  He, Zhang, Ren & Sun 2015, arXiv:1502.01852
    """

    weight: Any

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        check_count("PReLU", num_parameters=num_parameters)
        self.num_parameters, self.init = plain(num_parameters), check_number("PReLU", "init", init)
        self.weight = Parameter(np.full((self.num_parameters,), self.init))

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.prelu(x, self.weight)


class Hardtanh(Module):
    """Cut off both ends: y = min(max_val, max(min_val, x))."""

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        low, high = check_number("Hardtanh", "min_val", min_val), check_number("Hardtanh", "max_val", max_val)
        if not low < high:
            got = f"min_val={min_val!r}, max_val={max_val!r}"
            raise ArgumentError(message("Hardtanh: empty range", got=got, need="min_val < max_val"))
        self.min_val, self.max_val = low, high

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.hardtanh(x, self.min_val, self.max_val)


def _axis(layer: Module, dim: int) -> int:
    """The axis, if it is a whole number; how many there are is known when the layer is called.

    Raises: ArgumentError
    """
    if not is_whole(dim, -inf):
        raise ArgumentError(message(f"{type(layer).__name__}: dim does not fit", got=f"dim={dim!r}", need="an integer"))
    return int(dim)


class Softmax(Module):
    """Turn scores into probabilities along an axis: y[o] = exp(x[o]) / Σ_k exp(x[k])."""

    def __init__(self, dim: int = -1) -> None:
        self.dim = _axis(self, dim)

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.softmax(x, self.dim)


class LogSoftmax(Module):
    """The logarithm of softmax along an axis, without its overflow: y[o] = x[o] − log Σ_k exp(x[k])."""

    def __init__(self, dim: int = -1) -> None:
        self.dim = _axis(self, dim)

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.log_softmax(x, self.dim)
