"""Convolutions and pools in plain NumPy, tap by tap: what the benchmark's wrong gradients are made with.

Nothing here comes from the declarations of `pullback.ops` or from the catalogue of mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Slide:
    """How a window slides: by axis its taps, stride, dilation and padding in front."""

    taps: Sizes
    stride: Sizes
    dilation: Sizes
    low: Sizes

    def places(self, count: Sizes) -> Iterator[tuple[Sizes, list[Array]]]:
        """Every tap with the places that it reads at `count` positions, by axis."""
        for tap in product(*(range(n) for n in self.taps)):
            axes = zip(tap, count, self.stride, self.dilation, self.low, strict=True)
            yield tap, [np.arange(n) * s + r * d - low for r, n, s, d, low in axes]


def read(x: Array, places: list[Array]) -> Array:
    """The entries at these places of the last axes; 0 outside."""
    for axis, at in enumerate(places, start=x.ndim - len(places)):
        inside = (at >= 0) & (at < x.shape[axis])
        shape = [1] * x.ndim
        shape[axis] = len(at)
        x = np.take(x, np.where(inside, at, 0), axis) * inside.reshape(shape)
    return x


def put(x: Array, places: list[Array], values: Array, *, assign: bool = False) -> None:
    """Add values at these places of the last axes, or assign them; what lies outside is dropped."""
    lead = x.ndim - len(places)
    inside = [(at >= 0) & (at < n) for at, n in zip(places, x.shape[lead:], strict=True)]
    if not all(k.any() for k in inside):
        return
    for axis, keep in enumerate(inside, start=lead):
        values = np.compress(keep, values, axis)
    everywhere = (*(np.arange(n) for n in x.shape[:lead]), *(at[keep] for at, keep in zip(places, inside, strict=True)))
    if assign:
        x[np.ix_(*everywhere)] = values
    else:
        x[np.ix_(*everywhere)] += values


def index(*places: Any) -> Any:
    """An index of several axes."""
    return places


def by_group(x: Array, groups: int) -> Array:
    """The channels of axis 1 in groups: (N, G, C/G, …)."""
    return x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:])


def convolved(x: Array, w: Array, slide: Slide, count: Sizes, groups: int = 1) -> Array:
    """y[n,o,p] = Σ w[o,i,r] · x[n,i,p·σ + r·δ − π]."""
    y = np.zeros((x.shape[0], groups, w.shape[0] // groups, *count))
    filters = w.reshape(groups, w.shape[0] // groups, *w.shape[1:])
    for tap, places in slide.places(count):
        y += np.einsum("goi,ngi...->ngo...", filters[index(..., *tap)], by_group(read(x, places), groups))
    return y.reshape(x.shape[0], w.shape[0], *count)


def filter_gradient(x: Array, y_bar: Array, slide: Slide, groups: int = 1) -> Array:
    """w̄[o,i,r] = Σ ȳ[n,o,p] · x[n,i,p·σ + r·δ − π]."""
    out, channels, rank = y_bar.shape[1], x.shape[1] // groups, len(slide.taps)
    w_bar = np.zeros((out, channels, *slide.taps))
    bars = by_group(y_bar, groups).reshape(len(y_bar), groups, out // groups, -1)
    for tap, places in slide.places(y_bar.shape[-rank:]):
        patch = by_group(read(x, places), groups).reshape(len(x), groups, channels, -1)
        w_bar[index(..., *tap)] = np.einsum("ngop,ngip->goi", bars, patch).reshape(out, channels)
    return w_bar


def input_gradient(y_bar: Array, w: Array, slide: Slide, size: Sizes, groups: int = 1) -> Array:
    """x̄[n,i,p·σ + r·δ − π] += Σ_o ȳ[n,o,p] · w[o,i,r]."""
    x_bar = np.zeros((len(y_bar), w.shape[1] * groups, *size))
    filters = w.reshape(groups, w.shape[0] // groups, *w.shape[1:])
    for tap, places in slide.places(y_bar.shape[-len(size) :]):
        part = np.einsum("goi,ngo...->ngi...", filters[index(..., *tap)], by_group(y_bar, groups))
        put(x_bar, places, part.reshape(len(y_bar), -1, *y_bar.shape[2:]))
    return x_bar


def input_gradient_assigned(y_bar: Array, w: Array, slide: Slide, size: Sizes, groups: int = 1) -> Array:
    """The input gradient of someone who writes `=` for `+=`: of windows that overlap, the last one stays."""
    x_bar = np.zeros((len(y_bar), w.shape[1] * groups, *size))
    filters = w.reshape(groups, w.shape[0] // groups, *w.shape[1:])
    for at in product(*(range(n) for n in y_bar.shape[2:])):
        patch = np.einsum("goi...,ngo->ngi...", filters, by_group(y_bar[index(slice(None), slice(None), *at)], groups))
        axes = zip(at, slide.taps, slide.stride, slide.dilation, slide.low, strict=True)
        places = [p * s + np.arange(n) * d - low for p, n, s, d, low in axes]
        put(x_bar, places, patch.reshape(len(y_bar), -1, *slide.taps), assign=True)
    return x_bar


def windows(x: Array, slide: Slide, count: Sizes, outside: float = 0.0) -> Array:
    """Every window: (N, C, *count, number of taps), with `outside` where it leaves x."""
    there = np.ones(x.shape)
    parts = []
    for _, places in slide.places(count):
        inside = read(there, places) > 0
        parts.append(np.where(inside, read(x, places), outside))
    return np.stack(parts, axis=-1)


def spread(shares: Array, slide: Slide, size: Sizes) -> Array:
    """Add what each window's taps get, (N, C, *count, number of taps), at their places."""
    x_bar = np.zeros((*shares.shape[:2], *size))
    for k, (_, places) in enumerate(slide.places(shares.shape[2:-1])):
        put(x_bar, places, shares[..., k])
    return x_bar


def spread_assigned(shares: Array, slide: Slide, size: Sizes, only: Array | None = None) -> Array:
    """The same with `=` for `+=`, window by window; of `only` marked taps, where they are given."""
    x_bar = np.zeros((*shares.shape[:2], *size))
    taps = list(product(*(range(n) for n in slide.taps)))
    for n, c, *at in product(*(range(k) for k in shares.shape[:-1])):
        for k, tap in enumerate(taps):
            axes = zip(at, tap, slide.stride, slide.dilation, slide.low, strict=True)
            place = tuple(p * s + r * d - low for p, r, s, d, low in axes)
            chosen = only is None or only[(n, c, *at, k)]
            if chosen and all(0 <= h < size_ for h, size_ in zip(place, size, strict=True)):
                x_bar[(n, c, *place)] = shares[(n, c, *at, k)]
    return x_bar


def count_of(size: Sizes, slide: Slide, high: Sizes) -> Sizes:
    """The number of positions of a window, by axis."""
    axes = zip(size, slide.taps, slide.stride, slide.dilation, slide.low, high, strict=True)
    return tuple((n + low + up - d * (k - 1) - 1) // s + 1 for n, k, s, d, low, up in axes)


def area(sizes: Sizes) -> int:
    """The product of sizes."""
    return prod(sizes)
