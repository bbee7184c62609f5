"""ONNX's training operator Gradient: derivatives inside a model."""

from __future__ import annotations

from collections.abc import Sequence

from pullback.errors import ArgumentError, message
from pullback.io.onnx_import.registry import OnnxOperator
from pullback.ops.apply import Value


def _gradient(*values: Value, xs: Sequence[str], y: str, zs: Sequence[str] = ()) -> Value:
    """Stand in for the signature: the model itself computes this operator, which speaks about values by name."""
    raise ArgumentError(message("Gradient: needs its model", got=f"{len(values)} values, xs={xs}, y={y}, zs={zs}"))


GRADIENT = OnnxOperator("Gradient", _gradient, frozenset())
