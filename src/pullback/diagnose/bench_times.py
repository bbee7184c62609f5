"""How long a diagnosis of a large layer takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import numpy as np

from pullback.explain.tracing import Trace, trace
from pullback.ops.activations import relu
from pullback.ops.convs import conv2d


@dataclass(frozen=True)
class Timing:
    """The longest diagnosis of one layer's filter gradient: of a flipped one, a correct one and of noise."""

    layer: str
    seconds: float
    limit: float
    slowest: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Layer:
    """A convolution's sizes, and how long its diagnosis may take."""

    name: str
    batch: int
    channels: int
    filters: int
    size: int
    taps: int
    limit: float


LAYERS = (
    Layer("LeNet-5, second convolution, batch 64 (16×6×5×5)", 64, 6, 16, 14, 5, 2.0),
    Layer("256×256×3×3 filters, batch 4, 14×14", 4, 256, 256, 16, 3, 10.0),
)


def timings(diagnose: Callable[[Trace, str, object], Any], seed: int) -> tuple[Timing, ...]:
    """The times of the large layers; the trace's own is not counted."""
    return tuple(_timing(layer, diagnose, np.random.default_rng(seed)) for layer in LAYERS)


def _timing(layer: Layer, diagnose: Callable[[Trace, str, object], Any], rng: np.random.Generator) -> Timing:
    x = rng.standard_normal((layer.batch, layer.channels, layer.size, layer.size))
    w = rng.standard_normal((layer.filters, layer.channels, layer.taps, layer.taps))
    count = layer.size - layer.taps + 1
    y_bar = rng.standard_normal((layer.batch, layer.filters, count, count))
    run = trace(lambda x, w: relu(conv2d(x, w)), (x, w), cotangent=y_bar)
    right = run.grads["w"]
    claims = {
        "flipped": right[:, :, ::-1, ::-1],
        "correct": right,
        "noise": rng.standard_normal(right.shape) * right.std(),
        "scaled by 1.1": right * 1.1,
    }
    seconds = {}
    for name, claimed in claims.items():
        start = perf_counter()
        diagnose(run, "w", claimed)
        seconds[name] = perf_counter() - start
    slowest = max(seconds, key=lambda name: seconds[name])
    return Timing(layer.name, seconds[slowest], layer.limit, slowest)
