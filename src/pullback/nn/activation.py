"""Activations as layers."""

from __future__ import annotations

from typing import Literal

from pullback.nn.module import Module
from pullback.ops import activations
from pullback.ops.apply import Value
from pullback.ops.elementwise import tanh


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
        self.negative_slope = negative_slope

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.leaky_relu(x, self.negative_slope)


class ELU(Module):
    """Let what is negative saturate: y = x for x > 0, alpha · (exp(x) − 1) otherwise."""

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.elu(x, self.alpha)


class GELU(Module):
    """Weigh x by the normal distribution: y = x·Φ(x); approximate="tanh" for the approximation by tanh."""

    def __init__(self, approximate: Literal["none", "tanh"] = "none") -> None:
        self.approximate = approximate

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.gelu(x, self.approximate)


class Softplus(Module):
    """Smooth max(0, x): y = log(1 + exp(beta·x)) / beta."""

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = beta

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.softplus(x, self.beta)


class Hardtanh(Module):
    """Cut off both ends: y = min(max_val, max(min_val, x))."""

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        self.min_val, self.max_val = min_val, max_val

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.hardtanh(x, self.min_val, self.max_val)


class Softmax(Module):
    """Turn scores into probabilities along an axis: y[o] = exp(x[o]) / Σ_k exp(x[k])."""

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.softmax(x, self.dim)


class LogSoftmax(Module):
    """The logarithm of softmax along an axis, without its overflow: y[o] = x[o] − log Σ_k exp(x[k])."""

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Value) -> Value:
        """Apply it."""
        return activations.log_softmax(x, self.dim)
