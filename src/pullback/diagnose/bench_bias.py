"""Wrong gradients of biases, tied and untied."""

from __future__ import annotations

import numpy as np

from pullback.diagnose.bench_cases import Array, Case, Family, Wrong, cotangent, normal, numbers, setup
from pullback.diagnose.bench_windows import area
from pullback.ops.bias import add_bias
from pullback.ops.locally import locally_connected2d


def wrong_bias(y_bar: Array, taps: int, channels: int) -> tuple[Array, Wrong]:
    """The gradient of a tied bias, and what mistakes make of it; `taps` and `channels` are a filter's."""
    positions, batch = tuple(range(2, y_bar.ndim)), len(y_bar)
    right = y_bar.sum((0, *positions))
    found = {
        "positions-mean": right / area(y_bar.shape[2:]),
        "batch-mean": right / batch,
        "mean": y_bar.mean((0, *positions)),
        "batch-not-summed": y_bar.sum(positions),
        "positions-not-summed": y_bar.sum(0),
        "nothing-summed": y_bar,
        "batch-last-only": y_bar[-1].sum(tuple(k - 1 for k in positions)),
        "channels-summed": np.full(right.shape, right.sum()),
        "per-tap": right * taps,
        "per-weight": right * taps * channels,
        "sign": -right,
    }
    return right, found


def wrong_untied(y_bar: Array, taps: int) -> tuple[Array, Wrong]:
    """The same of an untied bias, which has a number of its own at every position."""
    positions = tuple(range(1, y_bar.ndim - 1))
    right = y_bar.sum(0)
    found = {
        "batch-mean": right / len(y_bar),
        "batch-not-summed": y_bar,
        "batch-last-only": y_bar[-1],
        "positions-summed": np.broadcast_to(right.sum(positions, keepdims=True), right.shape),
        "tied-for-untied": right.sum(positions),
        "channels-summed": np.broadcast_to(right.sum(0, keepdims=True), right.shape),
        "per-tap": right * taps,
        "sign": -right,
    }
    return right, found


def _untied(rng: np.random.Generator) -> list[Case]:
    n, o, p, q, i, r = (int(rng.integers(1, 5)) for _ in range(6))
    x, w = normal(rng, n, i, p + r - 1, q + r - 1), normal(rng, o, p, q, i, r, r)
    y_bar, b = cotangent(rng, n, o, p, q), numbers(rng, o, p, q)
    made = setup("locally_connected2d", lambda x, w, bias: locally_connected2d(x, w, bias), (x, w, b), y_bar)
    return [made.asks("bias", *wrong_untied(y_bar, r * r)), made.asks("w", *_wrong_own_filters(x, y_bar, r))]


def _wrong_own_filters(x: Array, y_bar: Array, r: int) -> tuple[Array, Wrong]:
    """The gradient of filters that are not shared: w̄[o,p,q,i,r,s] = Σ_n ȳ[n,o,p,q] · x[n,i,p+r,q+s]."""
    patches = np.lib.stride_tricks.sliding_window_view(x, (r, r), axis=(2, 3))
    right = np.einsum("nopq,nipqrs->opqirs", y_bar, patches)
    shared = right.sum((1, 2), keepdims=True)
    return right, {
        "filters-shared": np.broadcast_to(shared, right.shape),
        "filter-gradient-flipped": right[..., ::-1, ::-1],
        "batch-mean": right / len(x),
        "batch-last-only": np.einsum("nopq,nipqrs->opqirs", y_bar[-1:], patches[-1:]),
        "channels-summed": np.broadcast_to(right.sum(3, keepdims=True), right.shape),
    }


def _added(rng: np.random.Generator) -> list[Case]:
    sizes = tuple(int(k) for k in rng.integers(1, 5, rng.integers(0, 3)))
    n, o = int(rng.integers(1, 6)), int(rng.integers(1, 5))
    y_bar, b = cotangent(rng, n, o, *sizes), numbers(rng, o)
    made = setup("add_bias", lambda y, b: add_bias(y, b), (numbers(rng, n, o, *sizes), b), y_bar)
    right, wrong = wrong_bias(y_bar, 1, 1)
    return [made.asks("b", right, wrong)]


FAMILIES = (Family("bias", _untied), Family("bias", _added))
