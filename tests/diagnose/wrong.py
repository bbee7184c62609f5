"""Small runs and their wrong gradients, by hand: loops and plain NumPy, nothing of the library's own."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

import pullback as pb
from pullback.explain import Trace

Array = Any


def numbers(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng((seed, *shape)).standard_normal(shape)


def conv(x: Array, w: Array, y_bar: Array, bias: Array | None = None, **options: Any) -> Trace:
    """A run of conv2d from its output's cotangent."""
    arrays = (x, w) if bias is None else (x, w, bias)
    return pb.trace(lambda *a: pb.conv2d(*a, **options), arrays, cotangent=y_bar)


def windows(shape: tuple[int, ...], taps: tuple[int, ...], **options: int):
    """Every (position, tap, row, column) of a sliding window."""
    stride, dilation, padding = (options.get(k, d) for k, d in (("stride", 1), ("dilation", 1), ("padding", 0)))
    for p, q in np.ndindex(*shape):
        for r, s in np.ndindex(*taps):
            yield p, q, r, s, p * stride + r * dilation - padding, q * stride + s * dilation - padding


def filter_gradient(x: Array, y_bar: Array, taps: tuple[int, int], **options: int) -> Array:
    """w̄[o,i,r,s] = Σ ȳ[n,o,p,q] · x[n,i,row,column], loop by loop."""
    w_bar = np.zeros((y_bar.shape[1], x.shape[1], *taps))
    for p, q, r, s, h, v in windows(y_bar.shape[2:], taps, **options):
        if 0 <= h < x.shape[2] and 0 <= v < x.shape[3]:
            for n, o, i in product(range(len(x)), range(y_bar.shape[1]), range(x.shape[1])):
                w_bar[o, i, r, s] += y_bar[n, o, p, q] * x[n, i, h, v]
    return w_bar


def input_gradient(y_bar: Array, w: Array, size: tuple[int, int], *, add: bool = True, **options: int) -> Array:
    """x̄[n,i,row,column] += Σ ȳ[n,o,p,q] · w[o,i,r,s], loop by loop; `add` False assigns instead."""
    x_bar = np.zeros((len(y_bar), w.shape[1], *size))
    for p, q, r, s, h, v in windows(y_bar.shape[2:], w.shape[2:], **options):
        if 0 <= h < size[0] and 0 <= v < size[1]:
            part = np.einsum("no,oi->ni", y_bar[:, :, p, q], w[:, :, r, s])
            x_bar[:, :, h, v] = x_bar[:, :, h, v] + part if add else part
    return x_bar
