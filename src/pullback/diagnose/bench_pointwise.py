"""Wrong gradients of functions applied entry by entry, and of softmax."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import erf, pi, sqrt
from typing import Any

import numpy as np

from pullback.diagnose.bench_cases import Array, Case, Family, Wrong, cotangent, normal, one_of, setup
from pullback.ops import activations, elementwise

Function = Callable[[Array], Array]


@dataclass(frozen=True)
class Pointwise:
    """A function of one number, with its derivative as people write it down.

    derivative  by the input x
    by_output   the same by the output y, where textbooks give it so
    slips       derivatives that are wrong in a way of their own
    domain      where it is evaluated
    """

    name: str
    call: Callable[[Any], Any]
    value: Function
    derivative: Function
    by_output: Function | None = None
    slips: dict[str, Function] = field(default_factory=dict)
    domain: tuple[float, float] = (-2.5, 2.5)


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _normal_share(x: Array) -> Array:
    return np.asarray(0.5 * (1 + np.vectorize(erf)(x / sqrt(2))))


def _step(x: Array) -> Array:
    return np.where(x > 0, 1.0, 0.0)


POSITIVE = (0.3, 2.5)
FUNCTIONS = (
    Pointwise("relu", activations.relu, lambda x: np.maximum(x, 0), _step, _step),
    Pointwise(
        "leaky_relu",
        lambda x: activations.leaky_relu(x, 0.1),
        lambda x: np.where(x > 0, x, 0.1 * x),
        lambda x: np.where(x > 0, 1.0, 0.1),
        slips={"slope-left-out": _step},
    ),
    Pointwise(
        "sigmoid", activations.sigmoid, _sigmoid, lambda x: _sigmoid(x) * (1 - _sigmoid(x)), lambda y: y * (1 - y)
    ),
    Pointwise("tanh", elementwise.tanh, np.tanh, lambda x: 1 - np.tanh(x) ** 2, lambda y: 1 - y**2),
    Pointwise("softplus", activations.softplus, lambda x: np.log1p(np.exp(x)), _sigmoid, lambda y: 1 - np.exp(-y)),
    Pointwise(
        "elu",
        activations.elu,
        lambda x: np.where(x > 0, x, np.exp(x) - 1),
        lambda x: np.where(x > 0, 1.0, np.exp(x)),
        lambda y: np.where(y > 0, 1.0, y + 1),
        {"slope-left-out": _step},
    ),
    Pointwise(
        "silu",
        activations.silu,
        lambda x: x * _sigmoid(x),
        lambda x: _sigmoid(x) * (1 + x * (1 - _sigmoid(x))),
        slips={"factor-held-constant": _sigmoid, "sigmoid-derivative-only": lambda x: _sigmoid(x) * (1 - _sigmoid(x))},
    ),
    Pointwise(
        "gelu",
        activations.gelu,
        lambda x: x * _normal_share(x),
        lambda x: _normal_share(x) + x * np.exp(-(x**2) / 2) / sqrt(2 * pi),
        slips={"factor-held-constant": _normal_share},
    ),
    Pointwise("exp", elementwise.exp, np.exp, np.exp, lambda y: y),
    Pointwise("log", elementwise.log, np.log, lambda x: 1 / x, domain=POSITIVE),
    Pointwise("sin", elementwise.sin, np.sin, np.cos, slips={"sign": lambda x: -np.cos(x)}),
    Pointwise("cos", elementwise.cos, np.cos, lambda x: -np.sin(x), slips={"sign": np.sin}),
    Pointwise("tan", elementwise.tan, np.tan, lambda x: 1 + np.tan(x) ** 2, lambda y: 1 + y**2, domain=(-1.2, 1.2)),
    Pointwise("sqrt", elementwise.sqrt, np.sqrt, lambda x: 0.5 / np.sqrt(x), lambda y: 0.5 / y, domain=POSITIVE),
    Pointwise("square", elementwise.square, np.square, lambda x: 2 * x, slips={"factor-half": lambda x: x}),
    # Its own inverse: f′ at the output, and f′ written in y but read at x, are one formula, −x². It stands here once.
    Pointwise("reciprocal", elementwise.reciprocal, lambda x: 1 / x, lambda x: -1 / x**2, domain=POSITIVE),
    Pointwise("sinh", elementwise.sinh, np.sinh, np.cosh, slips={"sign": lambda x: -np.cosh(x)}),
    Pointwise("cosh", elementwise.cosh, np.cosh, np.sinh, slips={"sign": lambda x: -np.sinh(x)}),
    Pointwise("arctan", elementwise.arctan, np.arctan, lambda x: 1 / (1 + x**2)),
    Pointwise("abs", elementwise.abs, np.abs, np.sign),
    Pointwise("log1p", elementwise.log1p, np.log1p, lambda x: 1 / (1 + x), domain=POSITIVE),
)
MASKS = ("relu", "leaky_relu")


def wrong_pointwise(f: Pointwise, x: Array, y_bar: Array) -> Wrong:
    """Wrong cotangents of the input of a pointwise function."""
    y = f.value(x)
    found = {
        "derivative-left-out": y_bar,
        "function-for-derivative": y_bar * y,
        "sign": -y_bar * f.derivative(x),
        "cotangent-left-out": f.derivative(x),
        "derivative-twice": y_bar * f.derivative(x) ** 2,
    }
    with np.errstate(all="ignore"):
        found["derivative-at-output"] = y_bar * f.derivative(y)
        if f.by_output is not None:
            found["derivative-at-input"] = y_bar * f.by_output(x)
    if f.name in MASKS:
        found["mask-of-cotangent"] = y_bar * f.derivative(y_bar)
        found["mask-inverted"] = y_bar * f.derivative(-x)
        found["mask-guided"] = y_bar * f.derivative(x) * _step(y_bar)
    found |= {label: y_bar * slip(x) for label, slip in f.slips.items()}
    return {label: values for label, values in found.items() if np.isfinite(values).all()}


def _shape(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(int(n) for n in rng.integers(2, 5, rng.integers(1, 5)))


def _pointwise(rng: np.random.Generator) -> list[Case]:
    f: Pointwise = one_of(rng, *FUNCTIONS)
    shape = _shape(rng)
    x = np.round(rng.uniform(*f.domain, shape), one_of(rng, 2, 3, 12))
    x[x == 0] = 0.5
    y_bar = cotangent(rng, *shape)
    made = setup(f.name, lambda x: f.call(x), (x,), y_bar)
    return [made.asks("x", y_bar * f.derivative(x), wrong_pointwise(f, x, y_bar))]


def _scaled(rng: np.random.Generator) -> list[Case]:
    """A function with factors on its output and its input: a · f(b · x), whose derivative is a · b · f'(b · x)."""
    f: Pointwise = one_of(rng, *(f for f in FUNCTIONS if f.domain[0] < 0 and f.name not in (*MASKS, "abs", "square")))
    a, b = float(one_of(rng, 2.0, 3.0, 1.7159)), float(one_of(rng, 0.5, 2 / 3, 0.25))
    shape = _shape(rng)
    x, y_bar = rng.uniform(*f.domain, shape), cotangent(rng, *shape)
    made = setup(f.name, lambda x: f.call(x * b) * a, (x,), y_bar, scales=f"{a:g},{b:g}")
    inner = f.derivative(x * b)
    wrong = {
        "output-scale-left-out": y_bar * b * inner,
        "input-scale-left-out": y_bar * a * inner,
        "derivative-left-out": y_bar * a * b,
        "sign": -y_bar * a * b * inner,
    }
    return [made.asks("x", y_bar * a * b * inner, wrong)]


def softmax(x: Array) -> Array:
    """Softmax over the last axis."""
    e = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))


def _softmax(rng: np.random.Generator) -> list[Case]:
    shape = (*(int(n) for n in rng.integers(1, 5, rng.integers(0, 2))), int(rng.integers(3, 7)))
    x, y_bar = normal(rng, *shape), cotangent(rng, *shape)
    p = softmax(x)
    inner = (y_bar * p).sum(-1, keepdims=True)
    plain = setup("softmax", lambda x: activations.softmax(x), (x,), y_bar)
    logs = setup("log_softmax", lambda x: activations.log_softmax(x), (x,), y_bar)
    total = y_bar.sum(-1, keepdims=True)
    wrong: Wrong = {
        "jacobian-diagonal": y_bar * p * (1 - p),
        "sum-left-out": y_bar * p,
        "derivative-left-out": y_bar,
        "probabilities-left-out": y_bar - inner,
        "sign": -p * (y_bar - inner),
        "sum-over-wrong-axis": p * (y_bar - (y_bar * p).sum(0)),
    }
    wrong_logs: Wrong = {
        "derivative-left-out": y_bar,
        "probabilities-left-out": y_bar - total,
        "jacobian-diagonal": y_bar * (1 - p),
        "cotangent-sum-left-out": y_bar - p,
        "sign": p * total - y_bar,
    }
    return [plain.asks("x", p * (y_bar - inner), wrong), logs.asks("x", y_bar - p * total, wrong_logs)]


FAMILIES = (
    Family("activation", _pointwise),
    Family("activation", _pointwise),
    Family("activation", _scaled),
    Family("softmax", _softmax),
)
