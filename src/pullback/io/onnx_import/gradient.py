"""ONNX's training operator Gradient: derivatives inside a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pullback import autodiff
from pullback.errors import ShapeError, message
from pullback.io.onnx_import.registry import OnnxOperator
from pullback.ops.apply import Value, shape_of


def gradient(
    *values: Value, xs: Sequence[str], y: str, zs: Sequence[str] = (), part: Callable[..., Callable[..., Value]]
) -> tuple[Value, ...]:
    """∂y/∂xs at the node's first inputs; what y depends on beside xs (zs) stays as it is in the model.

    Raises: ShapeError, where y is not one number
    """
    del zs
    value, pullback = autodiff.vjp(part(xs, y), *values[: len(xs)])
    if shape_of(value) != ():
        raise ShapeError(message("Gradient: y is not one number", got=f"{y} {shape_of(value)}", need="()"))
    return tuple(pullback(np.ones(())))


GRADIENT = OnnxOperator("Gradient", gradient, frozenset())
