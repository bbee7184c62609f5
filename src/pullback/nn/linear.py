"""Linear layers, biases, and layers that only reshape."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from pullback.errors import ArgumentError, ShapeError, message
from pullback.nn import init
from pullback.nn.conv import check_count
from pullback.nn.module import Module, Parameter
from pullback.ops import matrix, shape
from pullback.ops.apply import Value, is_whole, normal_axis, shape_of
from pullback.ops.bias import add_bias
from pullback.ops.windows import per_axis, plain


class Linear(Module):
    """Multiply by a matrix: y[n,o] = Σ_i w[o,i] · x[n,i] + b[o].

    Shapes:  x (…,I), weight (O,I), bias (O,) -> (…,O)
    Raises:  ArgumentError, and when called ShapeError

    >>> from pullback import nn
    >>> {name: a.shape for name, a in nn.Linear(3, 2).parameters.items()}
    {'weight': (2, 3), 'bias': (2,)}
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        check_count("Linear", in_features=in_features, out_features=out_features)
        inputs, outputs = self.in_features, self.out_features = plain((in_features, out_features))
        self.weight = Parameter(init.fan_in_uniform((outputs, inputs), inputs))
        self.bias = Parameter(init.fan_in_uniform((outputs,), inputs)) if bias else None

    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return super().options() | {"bias": self.bias is not None}

    def forward(self, x: Value) -> Value:
        """Multiply."""
        return matrix.linear(x, self.weight, self.bias)


class Bias(Module):
    """Add a bias that starts at 0: tied b[o] for size=(O,), untied b[o,p,q] for size=(O,P,Q).

    Shapes:  x (N,O,…) -> like x
    Raises:  ArgumentError, and when called ShapeError
    """

    def __init__(self, size: int | Sequence[int]) -> None:
        self.size = plain(size)
        sizes = self.size if isinstance(self.size, tuple) else (self.size,)
        per_axis("Bias", "size", sizes, max(len(sizes), 1), 1)
        self.bias = Parameter(init.zeros(sizes))

    def forward(self, x: Value) -> Value:
        """Add the bias."""
        return add_bias(x, self.bias)


def _check_axis(layer: str, name: str, axis: int) -> None:
    """An axis is a whole number; how many there are is known when the layer is called.

    Raises: ArgumentError
    """
    if not is_whole(axis, -inf):
        raise ArgumentError(message(f"{layer}: {name} does not fit", got=f"{name}={axis!r}", need="an integer"))


class Identity(Module):
    """Give the input back."""

    def forward(self, x: Value) -> Value:
        """Give x."""
        return x


class Flatten(Module):
    """Merge the axes start_dim .. end_dim into one, row-major: (N,C,H,W) -> (N,C·H·W)."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        for name, axis in (("start_dim", start_dim), ("end_dim", end_dim)):
            _check_axis("Flatten", name, axis)
        self.start_dim, self.end_dim = plain((start_dim, end_dim))

    def forward(self, x: Value) -> Value:
        """Flatten."""
        return shape.flatten(x, self.start_dim, self.end_dim)


class Unflatten(Module):
    """Split the axis `dim` into axes of the given sizes, one of which may be −1.

    Raises: ArgumentError, and when called ShapeError
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        _check_axis("Unflatten", "dim", dim)
        sizes, got = plain(unflattened_size), f"unflattened_size={unflattened_size!r}"
        if not isinstance(sizes, tuple) or not sizes:
            raise ArgumentError(message("Unflatten: sizes are missing", got=got, need="a tuple of sizes"))
        if not all(is_whole(n, -1) for n in sizes) or sizes.count(-1) > 1:
            raise ArgumentError(message("Unflatten: sizes do not fit", got=got, need="sizes >= 0, one of them -1"))
        self.dim, self.unflattened_size = plain(dim), sizes

    def forward(self, x: Value) -> Value:
        """Unflatten."""
        old = shape_of(x)
        if not old:
            raise ShapeError(message("Unflatten: a number has no axis", got="x ()", need="at least one axis"))
        axis = normal_axis("Unflatten", self.dim, len(old))
        return shape.reshape(x, (*old[:axis], *self.unflattened_size, *old[axis + 1 :]))
