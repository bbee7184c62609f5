"""Wrong gradients of whole backward passes: a mistake of one layer seen from another, or of the loop.

The networks are written out once more in plain NumPy, with a switch for every mistake.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pullback import nn
from pullback.diagnose.bench_cases import Array, Case, Family, Setup, Wrong, normal, one_of
from pullback.diagnose.bench_pointwise import softmax
from pullback.diagnose.bench_windows import Slide, convolved, filter_gradient, input_gradient, read, spread, windows
from pullback.explain.tracing import trace
from pullback.ops.convs import conv2d
from pullback.ops.losses import cross_entropy

POOL = Slide((2, 2), (2, 2), (1, 1), (0, 0))
TAPS = Slide((3, 3), (1, 1), (1, 1), (1, 1))
DERIVATIVES: dict[str, Any] = {
    "Tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2, lambda y: 1 - y**2),
    "Sigmoid": (
        lambda x: 1 / (1 + np.exp(-x)),
        lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2,
        lambda y: y * (1 - y),
    ),
    "ReLU": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0, lambda y: (y > 0) * 1.0),
}


@dataclass(frozen=True, eq=False)
class Perceptron:
    """Linear layers fc1 … fcK with activations between them, and a batch."""

    w: dict[str, Array]
    depth: int
    kind: str
    x: Array
    labels: Array

    def passed(self, slip: str = "") -> dict[str, Array]:
        """All gradients, with one mistake: of the loss, or of the second layer."""
        a, y = [], [self.x]
        for k in range(1, self.depth + 1):
            a.append(y[-1] @ self.w[f"fc{k}.weight"].T + self.w[f"fc{k}.bias"])
            y.append(DERIVATIVES[self.kind][0](a[-1]))
        bar, grads = _loss_bar(a[-1], self.labels, slip), {}
        for k in range(self.depth, 0, -1):
            grads[f"fc{k}.weight"], grads[f"fc{k}.bias"] = bar.T @ y[k - 1], bar.sum(0)
            if k > 1:
                w = self.w[f"fc{k}.weight"]
                bar = bar @ (w.T if slip == "filter-transposed" and k == 3 else w)
                bar = self._through(bar, a[k - 2], y[k - 1], a[0], slip if k == 3 else "")
        return grads

    def _through(self, bar: Array, a: Array, y: Array, other: Array, slip: str) -> Array:
        """The cotangent of an activation's input."""
        _, derivative, by_output = DERIVATIVES[self.kind]
        match slip:
            case "derivative-left-out":
                return bar
            case "derivative-at-output":
                return np.asarray(bar * derivative(y))
            case "derivative-at-input":
                return np.asarray(bar * by_output(a))
            case "sigmoid-for-derivative":
                return bar * y
            case "derivative-at-another-array":
                return np.asarray(bar * derivative(other))
            case "mask-of-cotangent":
                return np.asarray(bar * derivative(bar))
        return np.asarray(bar * derivative(a))


def _perceptron(rng: np.random.Generator) -> list[Case]:
    """Hidden layers of one size, so that gradients of one have the shape of the other's."""
    n, i, h, c = int(rng.integers(2, 6)), int(rng.integers(2, 5)), int(rng.integers(3, 6)), int(rng.integers(3, 6))
    kind = str(one_of(rng, *DERIVATIVES))
    layers: dict[str, Any] = {}
    with nn.init.seeded(int(rng.integers(1 << 30))):
        for k, (wide, high) in enumerate(((i, h), (h, h), (h, h), (h, c)), start=1):
            layers |= {f"act{k - 1}": getattr(nn, kind)()} if k > 1 else {}
            layers[f"fc{k}"] = nn.Linear(wide, high)
        net = nn.Sequential(**layers)
    x, labels = normal(rng, n, i), rng.integers(0, c, n)
    own = Perceptron({k: np.asarray(v, np.float64) for k, v in net.parameters.items()}, 4, kind, x, labels)
    run = trace(net, x, labels, loss=cross_entropy)
    made = Setup("network of linear layers", f"{n}×{i}-{h}-{h}-{h}-{c} {kind}", run)
    slips = ["derivative-left-out", "derivative-at-another-array", "filter-transposed", *LOSS_SLIPS]
    slips += ["mask-of-cotangent"] if kind == "ReLU" else ["derivative-at-output", "derivative-at-input"]
    slips += ["sigmoid-for-derivative"] if kind == "Sigmoid" else []
    right, asked = own.passed(), str(one_of(rng, "fc1.weight", "fc2.weight", "fc2.bias", "fc1.bias"))
    found: Wrong = {slip: own.passed(slip)[asked] for slip in slips}
    before = replace(own, x=normal(rng, n, i), labels=rng.integers(0, c, n)).passed()
    found |= _training(right, before, asked, own.w, rng)
    other = {"fc2.weight": "fc3.weight", "fc2.bias": "fc3.bias", "fc1.bias": "fc2.bias"}.get(asked)
    if other:
        found["another-layer"] = right[other]
    return [made.asks(asked, right[asked], found, before[asked])]


LOSS_SLIPS = ("mean-left-out", "softmax-not-subtracted", "target-not-subtracted", "jacobian-diagonal")


def _loss_bar(z: Array, labels: Array, slip: str) -> Array:
    n, p = len(z), softmax(z)
    hot = np.eye(z.shape[1])[labels]
    match slip:
        case "mean-left-out":
            return p - hot
        case "softmax-not-subtracted":
            return np.asarray(-hot / n)
        case "target-not-subtracted":
            return p / n
        case "jacobian-diagonal":
            return np.asarray(-hot * (1 - p) / n)
    return np.asarray((p - hot) / n)


def _training(
    right: dict[str, Array], previous: dict[str, Array], asked: str, w: dict[str, Array], rng: np.random.Generator
) -> Wrong:
    """Mistakes of the loop around the pass."""
    rate = float(one_of(rng, 0.1, 0.01, 0.001, 0.5, 0.05))
    g, before = right[asked], previous[asked]
    return {
        "learning-rate-included": rate * g,
        "update-for-gradient": -rate * g,
        "not-zeroed": g + before,
        "previous-step": before,
        "same-gradient-twice": 2 * g,
        "sign": -g,
        "updated-parameter": w[asked] - rate * g,
        "update-with-plus": w[asked] + rate * g,
    }


@dataclass(frozen=True, eq=False)
class Image:
    """A small network of images and its data: two convolutions of as many channels, each with its activation."""

    net: nn.Sequential
    x: Array
    labels: Array
    w: dict[str, Array]
    kind: str

    def passed(self, slip: str = "") -> dict[str, Array]:
        """All gradients, with one mistake."""
        function, derivative, _ = DERIVATIVES[self.kind]
        w1, w2, w3 = (self.w[f"{k}.weight"] for k in ("conv1", "conv2", "fc"))
        size = self.x.shape[2:]
        a1 = convolved(self.x, w1, TAPS, size) + self.w["conv1.bias"][:, None, None]
        h1 = function(a1)
        a2 = convolved(h1, w2, TAPS, size) + self.w["conv2.bias"][:, None, None]
        h2 = function(a2)
        seen = windows(h2, POOL, (size[0] // 2, size[1] // 2))
        flat = seen.max(-1).reshape(len(self.x), -1)
        d4 = _loss_bar(flat @ w3.T + self.w["fc.bias"], self.labels, slip)
        d3 = spread((d4 @ w3).reshape(seen.shape[:-1])[..., None] * _shares(seen, slip), POOL, size)
        d2 = d3 if slip == "derivative-left-out" else d3 * derivative(h2 if slip == "derivative-at-output" else a2)
        filters = {"filter-not-flipped": np.flip(w2, (2, 3)), "channels-swapped": np.swapaxes(w2, 0, 1)}.get(slip, w2)
        back = input_gradient(d2, filters, TAPS, size)
        d1 = back * derivative(a1)
        return {
            "conv1.weight": filter_gradient(self.x, d1, TAPS), "conv1.bias": d1.sum((0, 2, 3)),
            "conv2.weight": filter_gradient(h1, d2, TAPS), "conv2.bias": d2.sum((0, 2, 3)),
        }  # fmt: skip


def _shares(seen: Array, slip: str) -> Array:
    """How each window's cotangent is shared among its taps."""
    match slip:
        case "to-every-position":
            return np.ones(seen.shape)
        case "split-evenly":
            return np.full(seen.shape, 0.25)
        case "to-all-ties":
            return np.asarray((seen == seen.max(-1, keepdims=True)) * 1.0)
    return np.asarray((np.arange(4) == seen.argmax(-1)[..., None]) * 1.0)


def _image_net(rng: np.random.Generator) -> list[Case]:
    n, c, h = int(rng.integers(1, 4)), int(rng.integers(2, 4)), 2 * int(rng.integers(2, 4))
    kind = str(one_of(rng, *DERIVATIVES))
    with nn.init.seeded(int(rng.integers(1 << 30))):
        act = getattr(nn, kind)
        net = nn.Sequential(
            conv1=nn.Conv2d(c, c, 3, padding=1), act1=act(), conv2=nn.Conv2d(c, c, 3, padding=1), act2=act(),
            pool=nn.MaxPool2d(2), flatten=nn.Flatten(), fc=nn.Linear(c * h * h // 4, 3),
        )  # fmt: skip
    x, labels = normal(rng, n, c, h, h), rng.integers(0, 3, n)
    w = {k: np.asarray(v, np.float64) for k, v in net.parameters.items()}
    image = Image(net, x, labels, w, kind)
    made = Setup("convolutional network", f"{n}×{c}×{h}×{h} {kind}", trace(net, x, labels, loss=cross_entropy))
    right = image.passed()
    slips = [*LOSS_SLIPS, "derivative-left-out", "filter-not-flipped", "channels-swapped"]
    slips += ["to-every-position", "split-evenly", "to-all-ties"]
    slips += [] if kind == "ReLU" else ["derivative-at-output"]
    asked = str(one_of(rng, "conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"))
    found: Wrong = {slip: image.passed(slip)[asked] for slip in slips}
    before = replace(image, x=normal(rng, *x.shape), labels=rng.integers(0, 3, n)).passed()
    found |= _training(right, before, asked, w, rng)
    other = {"conv1": "conv2", "conv2": "conv1"}[asked.split(".")[0]] + "." + asked.split(".")[1]
    found["another-layer"] = right[other]
    return [made.asks(asked, right[asked], found, before[asked])]


def _cancelling(rng: np.random.Generator) -> list[Case]:
    """A filter gradient whose terms are large and cancel, added up one by one in float32."""
    n, i, o = int(rng.integers(1, 4)), int(rng.integers(1, 4)), int(rng.integers(1, 4))
    h = int(rng.integers(6, 12))
    slide = Slide((2, 2), (1, 1), (1, 1), (0, 0))
    x = (1000 + normal(rng, n, i, h, h)).astype(np.float32)
    y_bar = normal(rng, n, o, h - 1, h - 1)
    y_bar = (y_bar - y_bar.mean((0, 2, 3), keepdims=True)).astype(np.float32)
    w = normal(rng, o, i, 2, 2)
    exact = filter_gradient(x.astype(np.float64), y_bar.astype(np.float64), slide)
    rounded = np.zeros(exact.shape, np.float32)
    for tap, places in slide.places((h - 1, h - 1)):
        patch = read(x.astype(np.float64), places).astype(np.float32)
        for a, b in np.ndindex(o, i):
            rounded[(a, b, *tap)] = np.cumsum((y_bar[:, a] * patch[:, b]).ravel(), dtype=np.float32)[-1]
    run = trace(lambda x, w: conv2d(x, w), (x, w), cotangent=y_bar.astype(np.float64))
    return [Setup("conv2d", f"{n}×{i}×{h}×{h} float32", run).asks("w", exact, {"float32": rounded})]


FAMILIES = (
    Family("whole pass", _cancelling),
    Family("whole pass", _perceptron),
    Family("whole pass", _perceptron),
    Family("whole pass", _image_net),
)
