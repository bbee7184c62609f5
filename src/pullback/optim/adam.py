"""Adam and AdamW."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pullback.errors import ArgumentError, message
from pullback.formula import expr as ex
from pullback.ops.apply import Value, calling, elementwise
from pullback.optim.base import Values, check_range, entry_of, gradient_of, rate, step_counter, with_decay, zeros


@dataclass(frozen=True)
class Adam:
    """Adam, with the L2 penalty in the gradient, as in PyTorch.

    g ← g + weight_decay·p;  m ← β₁·m + (1 − β₁)·g;  v ← β₂·v + (1 − β₂)·g²;
    p ← p − lr·m̂/(√v̂ + eps),  m̂ = m/(1 − β₁ᵗ),  v̂ = v/(1 − β₂ᵗ),  t = 1, 2, …

    State:   "mean/<parameter>" (m), "square/<parameter>" (v), "step" (t)
    Raises:  ArgumentError
    Source:  Kingma & Ba 2015, arXiv:1412.6980, algorithm 1; torch.optim.Adam

    >>> import numpy as np
    >>> adam, p = Adam(lr=0.1), {"w": np.array([1.0])}
    >>> p, state = adam.update(p, {"w": np.array([4.0])}, adam.init(p), 0.1)
    >>> p["w"].round(6), state["mean/w"].round(6), state["square/w"].round(6), float(state["step"])
    (array([0.9]), array([0.4]), array([0.016]), 1.0)
    """

    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0

    decoupled: ClassVar[bool] = False

    def __post_init__(self) -> None:
        owner = type(self).__name__
        for name in ("lr", "eps", "weight_decay"):
            check_range(owner, name, getattr(self, name))
        if not isinstance(self.betas, (tuple, list)) or len(self.betas) != 2:
            raise ArgumentError(message(f"{owner}: betas are two numbers", got=f"betas={self.betas!r}"))
        object.__setattr__(self, "betas", tuple(self.betas))
        for k, beta in enumerate(self.betas):
            check_range(owner, f"betas[{k}]", beta, 0.0, 1.0)

    def init(self, params: Mapping[str, Any]) -> Values:
        """The state before the first step."""
        return zeros(params, "mean", "square") | {"step": step_counter(params)}

    def update(
        self, params: Mapping[str, Value], grads: Mapping[str, Value], state: Mapping[str, Value], lr: Value
    ) -> tuple[Values, Values]:
        """One step: the new parameters and the new state."""
        new_params: Values = {}
        new_state: Values = {}
        with calling(type(self).__name__.lower()):
            t = elementwise(lambda t: t + 1.0, t=entry_of(state, "step"))
            corrections = [_bias_correction(t, beta) for beta in self.betas]
            for name, p in params.items():
                m, v = entry_of(state, f"mean/{name}"), entry_of(state, f"square/{name}")
                new_params[name], new_state[f"mean/{name}"], new_state[f"square/{name}"] = self._one(
                    p, gradient_of(grads, name), m, v, corrections, rate(lr, p)
                )
        return new_params, new_state | {"step": t}

    def _one(
        self, p: Value, g: Value, m: Value, v: Value, corrections: list[Value], lr: Value
    ) -> tuple[Value, Value, Value]:
        """One parameter's step: its new value, mean and mean square."""
        b1, b2 = self.betas
        if self.decoupled:
            p = elementwise(lambda p, lr: p * (1.0 - lr * self.weight_decay), p=p, lr=lr) if self.weight_decay else p
        else:
            g = with_decay(g, p, self.weight_decay)
        m = elementwise(lambda m, g: b1 * m + (1 - b1) * g, m=m, g=g)
        v = elementwise(lambda v, g: b2 * v + (1 - b2) * (g * g), v=v, g=g)
        p = elementwise(
            lambda p, lr, c1, c2, m, v: p - (lr / c1) * (m / (ex.sqrt(v) / ex.sqrt(c2) + self.eps)),
            **{"p": p, "lr": lr, "c1": corrections[0], "c2": corrections[1], "m": m, "v": v},
        )
        return p, m, v


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with weight decay outside the adaptive step: p ← (1 − lr·weight_decay)·p, then Adam's step.

    State:   as Adam
    Raises:  ArgumentError
    Source:  Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2; torch.optim.AdamW

    >>> import numpy as np
    >>> adamw, p = AdamW(lr=0.1, weight_decay=0.5), {"w": np.array([1.0])}
    >>> p, state = adamw.update(p, {"w": np.array([4.0])}, adamw.init(p), 0.1)
    >>> p["w"].round(6)
    array([0.85])
    """

    weight_decay: float = 1e-2

    decoupled: ClassVar[bool] = True


def _bias_correction(t: Value, beta: float) -> Value:
    """1 − βᵗ, as −expm1(t·ln β): in float32 the plain form loses four digits at β = 0.999, t = 1."""
    if beta == 0:
        return elementwise(lambda t: 0.0 * t + 1.0, t=t)
    return elementwise(lambda t: -ex.expm1(t * math.log(beta)), t=t)
