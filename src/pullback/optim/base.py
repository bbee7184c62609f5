"""What every optimiser is, and the checks they share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

import numpy as np

from pullback.errors import ArgumentError, StateError, message
from pullback.ops.apply import Value, elementwise, recorder

Values: TypeAlias = dict[str, Any]
"""Arrays or traced values by name."""


class Optimizer(Protocol):
    """A rule that makes new parameters from gradients.

    It holds its settings only. What it remembers between steps is a dictionary of arrays with flat names
    ("momentum/conv1.weight", "step"), which goes in and comes out: nothing is changed in place.
    """

    @property
    def lr(self) -> float:
        """The learning rate where no schedule changes it."""

    def init(self, params: Mapping[str, Any]) -> Values:
        """The state before the first step."""

    def update(
        self, params: Mapping[str, Value], grads: Mapping[str, Value], state: Mapping[str, Value], lr: Value
    ) -> tuple[Values, Values]:
        """One step: the new parameters and the new state."""


def check_range(owner: str, name: str, value: Any, low: float = 0.0, high: float = math.inf) -> None:
    """Refuse an option that is no number with low <= value < high.

    Raises: ArgumentError
    """
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not low <= value < high:
        need = f"{low:g} <= {name} < {high:g}" if math.isfinite(high) else f"a finite {name} >= {low:g}"
        raise ArgumentError(message(f"{owner}: {name} out of range", got=f"{name}={value!r}", need=need))


def gradient_of(grads: Mapping[str, Value], name: str) -> Value:
    """The gradient of one parameter.

    Raises: ArgumentError
    """
    if name not in grads:
        raise ArgumentError(
            message("update: a parameter has no gradient", got=f"gradients of {list(grads)}", need=f"{name!r} too")
        )
    return grads[name]


def entry_of(state: Mapping[str, Value], name: str) -> Value:
    """One array of the optimiser's state.

    Raises: StateError
    """
    if name not in state:
        raise StateError(
            message(
                "update: the optimiser's state lacks an array",
                got=f"{list(state)}",
                need=repr(name),
                fix="state = optimizer.init(params), with the same optimiser",
            )
        )
    return state[name]


def rate(lr: Value, param: Value) -> Value:
    """The learning rate in the parameter's precision, so that float32 stays float32."""
    if recorder([lr]) is not None:
        return lr
    dtype = getattr(param, "dtype", np.dtype(np.float64)) if recorder([param]) is None else np.dtype(np.float64)
    return np.asarray(lr, dtype)


def with_decay(grad: Value, param: Value, weight_decay: float) -> Value:
    """Add the gradient of the L2 penalty λ/2 · Σ p²: g + λ·p."""
    return elementwise(lambda g, p: g + weight_decay * p, g=grad, p=param) if weight_decay else grad


def zeros(params: Mapping[str, Any], *prefixes: str) -> Values:
    """One array of zeros per parameter and prefix."""
    return {f"{prefix}/{name}": np.zeros_like(p) for name, p in params.items() for prefix in prefixes}


def step_counter(params: Mapping[str, Any]) -> Any:
    """The number of steps taken, as a float: exact to 2²⁴ in float32, long after every bias correction has become 1."""
    return np.zeros((), np.result_type(*params.values()) if params else np.float32)
