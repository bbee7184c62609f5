"""Wrong gradients of normalisations and dropout."""

from __future__ import annotations

import numpy as np

from pullback.diagnose.bench_cases import Array, Case, Family, Wrong, cotangent, normal, numbers, one_of, setup
from pullback.ops import norms
from pullback.ops.dropout import dropout

EPS = 1e-5


def wrong_normalised(x: Array, gain: Array, y_bar: Array, axes: tuple[int, ...]) -> tuple[Array, Wrong]:
    """The gradient of x in γ·(x − μ)/√(v + ε), with μ and v over `axes`, and what mistakes make of it."""

    def mean(a: Array) -> Array:
        return np.asarray(a.mean(axes, keepdims=True))

    deviation = np.sqrt(x.var(axes, keepdims=True) + EPS)
    z = (x - mean(x)) / deviation
    bars = y_bar * gain
    right = (bars - mean(bars) - z * mean(bars * z)) / deviation
    found: Wrong = {
        "mean-and-variance-constant": bars / deviation,
        "variance-constant": (bars - mean(bars)) / deviation,
        "mean-constant": (bars - z * mean(bars * z)) / deviation,
        "gain-left-out": (y_bar - mean(y_bar) - z * mean(y_bar * z)) / deviation,
        "deviation-not-divided": bars - mean(bars) - z * mean(bars * z),
        "variance-for-deviation": (bars - mean(bars) - z * mean(bars * z)) / deviation**2,
        "sign": -right,
    }
    return right, found


def wrong_gain(x: Array, y_bar: Array, axes: tuple[int, ...], over: tuple[int, ...]) -> tuple[Array, Wrong]:
    """The gradient of γ, normalised over `axes` and shared over `over`."""
    deviation = np.sqrt(x.var(axes, keepdims=True) + EPS)
    centred = x - x.mean(axes, keepdims=True)
    z = centred / deviation
    right = (y_bar * z).sum(over)
    found: Wrong = {
        "mean": (y_bar * z).mean(over),
        "input-not-normalised": (y_bar * x).sum(over),
        "deviation-not-divided": (y_bar * centred).sum(over),
        "input-left-out": y_bar.sum(over),
        "nothing-summed": y_bar * z,
        "sign": -right,
    }
    return right, found


def wrong_shift(y_bar: Array, over: tuple[int, ...]) -> tuple[Array, Wrong]:
    """The gradient of β."""
    right = y_bar.sum(over)
    return right, {"mean": y_bar.mean(over), "nothing-summed": y_bar, "sign": -right}


def _batch(rng: np.random.Generator) -> list[Case]:
    n, c = int(rng.integers(3, 6)), int(rng.integers(1, 4))
    sizes = tuple(int(k) for k in rng.integers(1, 4, one_of(rng, 0, 2)))
    x, y_bar = normal(rng, n, c, *sizes), cotangent(rng, n, c, *sizes)
    weight, bias = rng.uniform(0.5, 2.0, c), numbers(rng, c)
    made = setup(
        "batch_norm",
        lambda x, weight, bias: norms.batch_norm_training(x, weight, bias)[0],
        (x, weight, bias),
        y_bar,
    )
    axes = (0, *range(2, x.ndim))
    gain = weight.reshape(1, c, *(1 for _ in sizes))
    return [
        made.asks("x", *wrong_normalised(x, gain, y_bar, axes)),
        made.asks("weight", *wrong_gain(x, y_bar, axes, axes)),
        made.asks("bias", *wrong_shift(y_bar, axes)),
    ]


def _layer(rng: np.random.Generator) -> list[Case]:
    n, c = int(rng.integers(2, 5)), int(rng.integers(3, 7))
    x, y_bar = normal(rng, n, c), cotangent(rng, n, c)
    weight, bias = rng.uniform(0.5, 2.0, c), numbers(rng, c)
    made = setup("layer_norm", lambda x, weight, bias: norms.layer_norm(x, c, weight, bias), (x, weight, bias), y_bar)
    return [
        made.asks("x", *wrong_normalised(x, weight, y_bar, (1,))),
        made.asks("weight", *wrong_gain(x, y_bar, (1,), (0,))),
        made.asks("bias", *wrong_shift(y_bar, (0,))),
    ]


def _instance(rng: np.random.Generator) -> list[Case]:
    shape = (int(rng.integers(1, 4)), int(rng.integers(1, 4)), *(int(k) for k in rng.integers(2, 5, 2)))
    x, y_bar = normal(rng, *shape), cotangent(rng, *shape)
    made = setup("instance_norm", lambda x: norms.instance_norm(x), (x,), y_bar)
    right, found = wrong_normalised(x, np.ones(1), y_bar, (2, 3))
    del found["gain-left-out"]
    return [made.asks("x", right, found)]


def _dropout(rng: np.random.Generator) -> list[Case]:
    shape, p = tuple(int(k) for k in rng.integers(3, 6, 2)), float(one_of(rng, 0.5, 0.2, 0.3))
    x, y_bar = normal(rng, *shape), cotangent(rng, *shape)
    key = np.array([int(rng.integers(1000)), 0])
    made = setup("dropout", lambda x, key: dropout(x, p, key), (x, key), y_bar, p=p)
    kept = (np.asarray(dropout(x, p, key)) != 0).astype(np.float64)
    wrong: Wrong = {
        "mask-left-out": y_bar / (1 - p),
        "derivative-left-out": y_bar,
        "scale-left-out": y_bar * kept,
        "scale-of-dropped": y_bar * kept / p,
        "mask-inverted": y_bar * (1 - kept) / (1 - p),
        "scaled-twice": y_bar * kept / (1 - p) ** 2,
    }
    return [made.asks("x", y_bar * kept / (1 - p), wrong)]


FAMILIES = (
    Family("normalisation", _batch),
    Family("normalisation", _layer),
    Family("normalisation", _instance),
    Family("dropout", _dropout),
)
