"""Wrong gradients of linear layers, matrix products, broadcasting, sums, and what moves entries about."""

from __future__ import annotations

import numpy as np

from pullback.diagnose.bench_bias import wrong_bias
from pullback.diagnose.bench_cases import Array, Case, Family, Wrong, cotangent, normal, numbers, one_of, setup
from pullback.ops import indexing, matrix, padding, shape
from pullback.ops.reduce import max as largest
from pullback.ops.reduce import mean
from pullback.ops.reduce import sum as total

PAD_MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def _linear(rng: np.random.Generator) -> list[Case]:
    n, i, o = (int(k) for k in rng.integers(1, 6, 3))
    i = o if rng.random() < 0.4 else i
    x, w, y_bar = numbers(rng, n, i), numbers(rng, o, i), cotangent(rng, n, o)
    made = setup("linear", lambda x, w, bias: matrix.linear(x, w, bias), (x, w, numbers(rng, o)), y_bar)
    w_bar, x_bar = y_bar.T @ x, y_bar @ w
    of_w: Wrong = {
        "transposed": w_bar.T,
        "batch-mean": w_bar / n,
        "batch-last-only": np.outer(y_bar[-1], x[-1]),
        "batch-not-summed": np.einsum("no,ni->noi", y_bar, x),
        "channels-summed": np.broadcast_to(w_bar.sum(1, keepdims=True), w_bar.shape),
        "input-left-out": np.broadcast_to(y_bar.sum(0)[:, None], w_bar.shape),
        "cotangent-left-out": np.broadcast_to(x.sum(0), w_bar.shape),
        "sign": -w_bar,
    }
    of_x: Wrong = {
        "output-channel-last-only": np.outer(y_bar[:, -1], w[-1]),
        "channels-summed": np.broadcast_to(x_bar.sum(1, keepdims=True), x_bar.shape),
        "outputs-mean": x_bar / o,
        "batch-summed": np.broadcast_to(x_bar.sum(0), x_bar.shape),
        "sign": -x_bar,
    }
    if i == o:
        of_x["filter-transposed"] = y_bar @ w.T
    return [
        made.asks("w", w_bar, of_w),
        made.asks("x", x_bar, of_x),
        made.asks("bias", *_of_bias(y_bar)),
    ]


def _of_bias(y_bar: Array) -> tuple[Array, Wrong]:
    right, found = wrong_bias(y_bar, 1, 1)
    kept = ("batch-mean", "batch-not-summed", "batch-last-only", "channels-summed", "sign")
    return right, {label: found[label] for label in kept}


def _matmul(rng: np.random.Generator) -> list[Case]:
    n = int(rng.integers(2, 5))
    i, j, k = (n, n, n) if rng.random() < 0.6 else (int(m) for m in rng.integers(1, 5, 3))
    a, b, y_bar = numbers(rng, i, j), numbers(rng, j, k), cotangent(rng, i, k)
    made = setup("matmul", lambda a, b: matrix.matmul(a, b), (a, b), y_bar)
    of_a: Wrong = {"transposed": b @ y_bar.T, "sign": -y_bar @ b.T}
    of_b: Wrong = {"transposed": y_bar.T @ a, "sign": -a.T @ y_bar}
    if i == j == k:
        of_a |= {"other-factor-not-transposed": y_bar @ b, "factors-in-wrong-order": b.T @ y_bar}
        of_b |= {"other-factor-not-transposed": a @ y_bar, "factors-in-wrong-order": y_bar @ a.T}
    return [made.asks("a", y_bar @ b.T, of_a), made.asks("b", a.T @ y_bar, of_b)]


def _broadcast(rng: np.random.Generator) -> list[Case]:
    n, c = int(rng.integers(2, 5)), int(rng.integers(2, 5))
    c = n if rng.random() < 0.3 else c
    x, y, z_bar = numbers(rng, n, c), rng.uniform(0.5, 2.0, c), cotangent(rng, n, c)
    product = setup("multiply", lambda x, y: x * y, (x, y), z_bar)
    ratio = setup("divide", lambda x, y: x / y, (x, y), z_bar)
    sum_ = setup("add", lambda x, y: x + y, (x, y), z_bar)

    def unsummed(each: Array) -> Wrong:
        found: Wrong = {
            "broadcast-not-summed": each,
            "broadcast-mean": each.mean(0),
            "batch-last-only": each[-1],
            "sign": -each.sum(0),
        }
        if n == c:
            found["sum-over-wrong-axis"] = each.sum(1)
        return found

    of_product = unsummed(z_bar * x) | {
        "factor-left-out": z_bar.sum(0),
        "own-factor": (z_bar * y).sum(0),
        "cotangent-left-out": x.sum(0),
    }
    each = -z_bar * x / y**2
    of_ratio = unsummed(each) | {
        "square-forgotten": (-z_bar * x / y).sum(0),
        "numerator-left-out": (-z_bar / y**2).sum(0),
        "as-numerator": (z_bar / y).sum(0),
    }
    return [
        sum_.asks("y", z_bar.sum(0), unsummed(z_bar)),
        product.asks("y", (z_bar * x).sum(0), of_product),
        product.asks("x", z_bar * y, {"own-factor": z_bar * x, "factor-left-out": z_bar, "sign": -z_bar * y}),
        ratio.asks("y", each.sum(0), of_ratio),
        ratio.asks("x", z_bar / y, {"factor-left-out": z_bar, "multiplied-for-divided": z_bar * y}),
    ]


def _power(rng: np.random.Generator) -> list[Case]:
    sizes, n = tuple(int(k) for k in rng.integers(2, 5, 2)), int(one_of(rng, 2, 3, 4))
    x, y_bar = normal(rng, *sizes), cotangent(rng, *sizes)
    made = setup("power", lambda x: x**n, (x,), y_bar, exponent=n)
    wrong = {
        "exponent-factor-left-out": y_bar * x ** (n - 1),
        "exponent-not-lowered": y_bar * n * x**n,
        "derivative-left-out": y_bar,
        "sign": -y_bar * n * x ** (n - 1),
    }
    return [made.asks("x", y_bar * n * x ** (n - 1), wrong)]


def _reduced(rng: np.random.Generator) -> list[Case]:
    n, c = int(rng.integers(2, 6)), int(rng.integers(2, 6))
    n = c if rng.random() < 0.4 else n
    x, y_bar = normal(rng, n, c), cotangent(rng, c)
    every = np.broadcast_to(y_bar, (n, c))
    hot = (x == x.max(0)).astype(np.float64)
    added = setup("sum", lambda x: total(x, 0), (x,), y_bar, axis=0)
    mean_ = setup("mean", lambda x: mean(x, 0), (x,), y_bar, axis=0)
    best = setup("max", lambda x: largest(x, 0), (x,), y_bar, axis=0)
    of_sum, of_mean = {"mean-for-sum": every / n, "times-value": every * x}, {"not-divided": every}
    if n == c:
        of_sum["sum-over-wrong-axis"] = every.T
        of_mean["sum-over-wrong-axis"] = every.T / n
    else:
        of_mean["divided-by-other-axis"] = every / c
    wrong = {
        "to-every-position": every,
        "split-evenly": every / n,
        "wrong-switch-minimum": every * (x == x.min(0)),
        "times-value": every * hot * x,
    }
    return [
        added.asks("x", every, of_sum | {"sign": -every}),
        mean_.asks("x", every / n, of_mean | {"divided-twice": every / n**2}),
        best.asks("x", every * hot, wrong),
    ]


def _padded(rng: np.random.Generator) -> list[Case]:
    mode = str(one_of(rng, *PAD_MODES))
    n, c, h, w = (*(int(k) for k in rng.integers(1, 3, 2)), *(int(k) for k in rng.integers(3, 6, 2)))
    low, high = int(rng.integers(1, 3)), int(rng.integers(0, 3))
    width = ((0, 0), (0, 0), (low, high), (low, high))
    x, y_bar = numbers(rng, n, c, h, w), cotangent(rng, n, c, h + low + high, w + low + high)
    made = setup("pad", lambda x: padding.pad(x, width, mode), (x,), y_bar, width=(low, high), mode=mode)
    where = np.pad(np.arange(h * w).reshape(h, w), width[2:], PAD_MODES[mode])  # type: ignore[call-overload]
    inside = np.zeros(where.shape, bool)
    inside[low : low + h, low : low + w] = True
    right: Array = np.zeros((n, c, h * w))
    counted = inside if mode == "constant" else np.ones(where.shape, bool)
    for place in zip(*np.nonzero(counted), strict=True):
        right[:, :, where[place]] += y_bar[(slice(None), slice(None), *place)]
    right = right.reshape(x.shape)
    crop = y_bar[:, :, low : low + h, low : low + w]
    wrong: Wrong = {"padding-not-cropped": y_bar, "border-not-added": crop}
    if mode == "constant":
        wrong = {"padding-not-cropped": y_bar}
        wrong["padding-shifted"] = y_bar[:, :, low - 1 : low - 1 + h, low - 1 : low - 1 + w]
        wrong["padding-ignored"] = y_bar[:, :, :h, :w]
    return [made.asks("x", right, wrong)]


def _moved(rng: np.random.Generator) -> list[Case]:
    n = int(rng.integers(2, 5))
    m = n if rng.random() < 0.7 else n + 1
    x, y_bar = normal(rng, n, m), cotangent(rng, m, n)
    turned = setup("transpose", lambda x: shape.transpose(x), (x,), y_bar)
    flat = setup("reshape", lambda x: shape.reshape(x, (n * m,)), (x,), y_bar.reshape(-1))
    a, b, c_bar = normal(rng, n, m), normal(rng, n, m), cotangent(rng, 2 * n, m)
    joined = setup("concatenate", lambda a, b: shape.concatenate([a, b]), (a, b), c_bar)
    index = rng.integers(0, n, n + 2)
    t_bar = cotangent(rng, n + 2, m)
    taken = setup("take", lambda x, index: indexing.take(x, index), (x, index), t_bar)
    right, last = np.zeros((n, m)), np.zeros((n, m))
    np.add.at(right, index, t_bar)
    for k, row in zip(index, t_bar, strict=True):
        last[k] = row
    return [
        turned.asks("x", y_bar.T, {"not-transposed-back": y_bar, "sign": -y_bar.T}),
        flat.asks("x", y_bar.reshape(n, m), {"reshaped-in-column-order": y_bar.reshape(-1).reshape(n, m, order="F")}),
        joined.asks("a", c_bar[:n], {"other-part": c_bar[n:], "parts-summed": c_bar[:n] + c_bar[n:]}),
        taken.asks("x", right, {"overlaps-assigned": last}),
    ]


FAMILIES = (
    Family("linear", _linear),
    Family("linear", _linear),
    Family("matmul", _matmul),
    Family("arithmetic", _broadcast),
    Family("arithmetic", _power),
    Family("reduction", _reduced),
    Family("padding", _padded),
    Family("moved entries", _moved),
)
