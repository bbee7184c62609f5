"""Wrong gradients of losses."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pullback.diagnose.bench_cases import Array, Case, Family, Wrong, normal, numbers, one_of, setup
from pullback.diagnose.bench_pointwise import softmax
from pullback.ops import losses, regression
from pullback.ops.reduce import sum as total


def scalings(right: Array, batch: int, entries: int) -> Wrong:
    """Wrong factors of a gradient that a mean over `entries` numbers, `batch` rows of them, starts."""
    return {
        "mean-left-out": right * entries,
        "mean-doubled": right / entries,
        "mean-over-rows-only": right * entries / batch,
        "factor-2": right * 2,
        "factor-half": right / 2,
        "sign": -right,
    }


def _cross_entropy(rng: np.random.Generator) -> list[Case]:
    n, c = int(rng.integers(1, 7)), int(rng.integers(3, 9))
    z, labels = normal(rng, n, c), rng.integers(0, c, n)
    p, hot = softmax(z), np.eye(c)[labels]
    reduction: Literal["mean", "sum"] = one_of(rng, "mean", "mean", "sum")
    share = n if reduction == "mean" else 1
    made = setup(
        "cross_entropy",
        lambda logits, target: losses.cross_entropy(logits, target, reduction=reduction),
        (z, labels),
        None,
        reduction=reduction,
    )
    right = (p - hot) / share
    found = {
        "target-not-subtracted": p / share,
        "softmax-not-subtracted": -hot / share,
        "softmax-not-applied": (z - hot) / share,
        "jacobian-diagonal": p * (1 - p) * (-hot / p) / share,
        "softmax-derivative-twice": right * p * (1 - p),
        "mean-over-classes": right / c,
        "factor-2": right * 2,
        "factor-half": right / 2,
        "sign": -right,
    }
    if reduction == "mean":
        found |= {"mean-left-out": right * n, "mean-doubled": right / n}
    else:
        found["mean-for-sum"] = right / n
    return [made.asks("logits", right, found)]


def _smoothed(rng: np.random.Generator) -> list[Case]:
    n, c = int(rng.integers(2, 7)), int(rng.integers(3, 9))
    z, labels, weight = normal(rng, n, c), rng.integers(0, c, n), rng.uniform(0.5, 2.0, c)
    p, hot = softmax(z), np.eye(c)[labels]
    smooth = setup(
        "cross_entropy",
        lambda logits, target: losses.cross_entropy(logits, target, label_smoothing=0.1),
        (z, labels),
        None,
        label_smoothing=0.1,
    )
    soft = 0.9 * hot + 0.1 / c
    weighted = setup(
        "cross_entropy",
        lambda logits, target: losses.cross_entropy(logits, target, weight=weight),
        (z, labels),
        None,
        weight="per class",
    )
    own = weight[labels][:, None]
    right = (p - soft) / n, own * (p - hot) / own.sum()
    wrong_smooth = {
        "smoothing-left-out": (p - hot) / n,
        "softmax-not-subtracted": -soft / n,
        "target-not-subtracted": p / n,
        "mean-left-out": p - soft,
        "sign": -right[0],
    }
    wrong_weighted = {
        "weights-left-out": (p - hot) / own.sum(),
        "weights-in-mean-left-out": own * (p - hot) / n,
        "mean-left-out": own * (p - hot),
        "sign": -right[1],
    }
    return [smooth.asks("logits", right[0], wrong_smooth), weighted.asks("logits", right[1], wrong_weighted)]


def _nll(rng: np.random.Generator) -> list[Case]:
    n, c = int(rng.integers(2, 7)), int(rng.integers(3, 9))
    labels = rng.integers(0, c, n)
    z = np.log(softmax(normal(rng, n, c)))
    hot = np.eye(c)[labels]
    made = setup("nll_loss", lambda log_probs, target: losses.nll_loss(log_probs, target), (z, labels), None)
    found = scalings(-hot / n, n, n)
    del found["mean-over-rows-only"]
    found["label-ignored"] = np.full(z.shape, -1 / n)
    found["mean-over-classes"] = -hot / n / c
    return [made.asks("log_probs", -hot / n, found)]


def _squared(rng: np.random.Generator) -> list[Case]:
    shape = tuple(int(n) for n in rng.integers(2, 6, rng.integers(1, 3)))
    y, t = numbers(rng, *shape), normal(rng, *shape)
    reduction: Literal["mean", "sum", "half"] = one_of(rng, "mean", "sum", "half")
    made = setup(
        "mse_loss",
        lambda prediction, target: regression.mse_loss(prediction, target, reduction),
        (y, t),
        None,
        reduction=reduction,
    )
    right = {"mean": 2 * (y - t) / y.size, "sum": 2 * (y - t), "half": y - t}[reduction]
    found = scalings(right, shape[0], y.size)
    if reduction != "mean":
        found["mean-for-sum"] = found["mean-doubled"]
        del found["mean-left-out"], found["mean-doubled"], found["mean-over-rows-only"]
    found["target-not-subtracted"] = right * y / (y - t)
    found["error-not-signed"] = np.abs(right)
    return [made.asks("prediction", right, found)]


def _binary(rng: np.random.Generator) -> list[Case]:
    shape = tuple(int(n) for n in rng.integers(2, 6, rng.integers(1, 3)))
    z, t = normal(rng, *shape), rng.integers(0, 2, shape).astype(np.float64)
    s = 1 / (1 + np.exp(-z))
    made = setup(
        "binary_cross_entropy_with_logits",
        lambda logits, target: losses.binary_cross_entropy_with_logits(logits, target),
        (z, t),
        None,
    )
    right = (s - t) / z.size
    found = scalings(right, shape[0], z.size)
    found["target-not-subtracted"] = s / z.size
    found["sigmoid-not-applied"] = (z - t) / z.size
    found["sigmoid-derivative-twice"] = right * s * (1 - s)
    plain = setup("binary_cross_entropy", lambda p, target: losses.binary_cross_entropy(p, target), (s, t), None)
    of_p = (s - t) / (s * (1 - s)) / z.size
    wrong = scalings(of_p, shape[0], z.size)
    wrong["denominator-left-out"] = right
    return [made.asks("logits", right, found), plain.asks("p", of_p, wrong)]


def _absolute(rng: np.random.Generator) -> list[Case]:
    shape = tuple(int(n) for n in rng.integers(2, 6, 2))
    y, t = normal(rng, *shape), normal(rng, *shape)
    plain = setup("l1_loss", lambda prediction, target: regression.l1_loss(prediction, target), (y, t), None)
    round_ = setup("huber_loss", lambda prediction, target: regression.huber_loss(prediction, target), (y, t), None)
    d = y - t
    right, rounded = np.sign(d) / d.size, np.clip(d, -1, 1) / d.size
    wrong, wrong_round = scalings(right, shape[0], d.size), scalings(rounded, shape[0], d.size)
    wrong["sign-left-out"] = np.abs(right)
    wrong["derivative-left-out"] = d / d.size
    wrong_round["not-clipped"] = d / d.size
    return [plain.asks("prediction", right, wrong), round_.asks("prediction", rounded, wrong_round)]


def _penalised(rng: np.random.Generator) -> list[Case]:
    """½Σ(y − t)² + λ|w|² with y = X·w."""
    n, i, factor = int(rng.integers(2, 6)), int(rng.integers(2, 6)), float(one_of(rng, 0.1, 0.05, 0.5))
    x, w, t = normal(rng, n, i), numbers(rng, i), normal(rng, n)

    def loss(w: Array, x: Array, t: Array) -> Array:
        error = regression.mse_loss(x @ w, t, "half")
        return error + factor * total(w**2)  # type: ignore[no-any-return]

    made = setup("l2_penalty", loss, (w, x, t), None, factor=factor)
    data = x.T @ (x @ w - t)
    wrong = {
        "penalty-left-out": data,
        "penalty-factor-half": data + factor * w,
        "penalty-factor-2": data + 4 * factor * w,
        "penalty-sign": data - 2 * factor * w,
        "penalty-alone": 2 * factor * w,
        "penalty-factor-1": data + 2 * w,
        "sign": -data - 2 * factor * w,
        "mean-for-sum": data / n + 2 * factor * w,
        "data-sign": -data + 2 * factor * w,
    }
    return [made.asks("w", data + 2 * factor * w, wrong)]


FAMILIES = (
    Family("loss", _cross_entropy),
    Family("loss", _smoothed),
    Family("loss", _nll),
    Family("loss", _squared),
    Family("loss", _binary),
    Family("loss", _absolute),
    Family("penalty", _penalised),
)
