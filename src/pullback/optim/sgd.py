"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pullback.errors import ArgumentError, message
from pullback.formula import expr as ex
from pullback.ops.apply import Value, calling, elementwise
from pullback.optim.base import Values, check_range, entry_of, gradient_of, rate, step_counter, with_decay, zeros


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent with momentum, Nesterov's momentum and weight decay, as in PyTorch.

    g ← g + weight_decay·p;  b ← momentum·b + (1 − dampening)·g, but b ← g at the first step;
    p ← p − lr·(g + momentum·b) with Nesterov, p ← p − lr·b with momentum, p ← p − lr·g without

    State:   "momentum/<parameter>" with momentum; "step" too with dampening, which tells the first step
    Raises:  ArgumentError
    Source:  Sutskever et al. 2013, "On the importance of initialization and momentum"; torch.optim.SGD

    >>> import numpy as np
    >>> sgd, p, g = SGD(lr=0.1, momentum=0.5), {"w": np.array([1.0])}, {"w": np.array([2.0])}
    >>> p, state = sgd.update(p, g, sgd.init(p), 0.1)
    >>> p, state = sgd.update(p, g, state, 0.1)
    >>> p["w"].round(3), state["momentum/w"]
    (array([0.5]), array([3.]))
    """

    lr: float
    momentum: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        for name in ("lr", "momentum", "dampening", "weight_decay"):
            check_range("SGD", name, getattr(self, name))
        if self.nesterov and (self.momentum == 0 or self.dampening != 0):
            raise ArgumentError(
                message(
                    "SGD: Nesterov's momentum needs momentum, and no dampening",
                    got=f"momentum={self.momentum}, dampening={self.dampening}",
                    need="momentum > 0 and dampening = 0",
                )
            )

    def init(self, params: Mapping[str, Any]) -> Values:
        """The state before the first step."""
        if not self.momentum:
            return {}
        state = zeros(params, "momentum")
        return state | {"step": step_counter(params)} if self.dampening else state

    def update(
        self, params: Mapping[str, Value], grads: Mapping[str, Value], state: Mapping[str, Value], lr: Value
    ) -> tuple[Values, Values]:
        """One step: the new parameters and the new state."""
        new_params: Values = {}
        new_state: Values = {}
        with calling("sgd"):
            for name, p in params.items():
                d = with_decay(gradient_of(grads, name), p, self.weight_decay)
                if self.momentum:
                    b = self._moved(entry_of(state, f"momentum/{name}"), d, state)
                    new_state[f"momentum/{name}"] = b
                    d = elementwise(lambda d, b: d + self.momentum * b, d=d, b=b) if self.nesterov else b
                new_params[name] = elementwise(lambda p, lr, d: p - lr * d, p=p, lr=rate(lr, p), d=d)
            if self.momentum and self.dampening:
                new_state["step"] = elementwise(lambda t: t + 1.0, t=entry_of(state, "step"))
        return new_params, new_state

    def _moved(self, b: Value, g: Value, state: Mapping[str, Value]) -> Value:
        """The momentum after the step. From zeros, momentum·0 + g is the gradient itself; dampening must spare it."""
        if not self.dampening:
            return elementwise(lambda b, g: self.momentum * b + g, b=b, g=g)
        first = entry_of(state, "step")
        part = elementwise(lambda t: ex.where(ex.equal(t, 0.0), ex.Const(1.0), ex.Const(1 - self.dampening)), t=first)
        return elementwise(lambda b, g, a: self.momentum * b + a * g, b=b, g=g, a=part)
