"""Wrong gradients of pools: maxima with their switches, means, and unpooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.diagnose.bench_cases import Array, Case, Family, Wrong, cotangent, normal, numbers, one_of, setup
from pullback.diagnose.bench_windows import Slide, area, count_of, read, spread, spread_assigned, windows
from pullback.ops import pools

OPTIONS: tuple[dict[str, Any], ...] = (
    {"kernel_size": 2},
    {"kernel_size": 3},
    {"kernel_size": 2, "stride": 1},
    {"kernel_size": 3, "stride": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": 2, "stride": 3},
    {"kernel_size": 2, "stride": 1, "dilation": 2},
)


def _drawn(rng: np.random.Generator) -> tuple[int, dict[str, Any], Slide, tuple[int, ...]]:
    """A rank, options, the window that they make, and the image's shape."""
    rank, options = int(one_of(rng, 1, 2, 2, 2, 3)), dict(one_of(rng, *OPTIONS))
    k: int = options["kernel_size"]
    stride: int = options.get("stride", k)
    dilation, padding = options.get("dilation", 1), options.get("padding", 0)
    slide = Slide((k,) * rank, (stride,) * rank, (dilation,) * rank, (padding,) * rank)
    least = dilation * (k - 1) + 1 + stride - 2 * padding
    size = (
        (least + int(rng.integers(4)),) * rank
        if rng.random() < 0.5
        else tuple(least + int(rng.integers(4)) for _ in range(rank))
    )
    return rank, options, slide, (int(rng.integers(1, 3)), int(rng.integers(1, 3)), *size)


def _hot(choice: Array, taps: int) -> Array:
    """One tap per window."""
    return np.where(np.arange(taps) == choice[..., None], 1.0, 0.0)


def _max(rng: np.random.Generator) -> list[Case]:
    rank, options, slide, shape = _drawn(rng)
    tied = rng.random() < 0.35
    x = rng.integers(0, 3, shape).astype(np.float64) if tied else normal(rng, *shape)
    count = count_of(shape[2:], slide, slide.low)
    y_bar = cotangent(rng, *shape[:2], *count)
    pool = getattr(pools, f"max_pool{rank}d")
    made = setup(f"max_pool{rank}d", lambda x: pool(x, **options), (x,), y_bar, **options, ties=tied)
    seen = windows(x, slide, count, -np.inf)
    inside, taps, bars = np.isfinite(seen), seen.shape[-1], y_bar[..., None]
    size, ties = shape[2:], seen == seen.max(-1, keepdims=True)
    winners = _hot(seen.argmax(-1), taps)
    ends = taps - 1 - ties[..., ::-1].argmax(-1)
    found = {
        "to-every-position": spread(bars * inside, slide, size),
        "split-evenly": spread(bars * np.broadcast_to(1 / taps, seen.shape), slide, size),
        "wrong-switch-minimum": spread(bars * _hot(np.where(inside, seen, np.inf).argmin(-1), taps), slide, size),
        "wrong-switch-first": spread(bars * _hot(np.zeros(count[:0] + seen.shape[:-1]), taps), slide, size),
        "overlaps-assigned": spread_assigned(bars * np.ones(taps), slide, size, winners > 0),
        "sign": -spread(bars * winners, slide, size),
        "times-value": spread(bars * winners, slide, size) * x,
    }
    if tied:
        found["to-all-ties"] = spread(bars * ties, slide, size)
        found["split-among-ties"] = spread(bars * ties / ties.sum(-1, keepdims=True), slide, size)
        found["wrong-switch-last-tie"] = spread(bars * _hot(ends, taps), slide, size)
    return [made.asks("x", spread(bars * winners, slide, size), found)]


def _average(rng: np.random.Generator) -> list[Case]:
    rank, options, slide, shape = _drawn(rng)
    x, count = numbers(rng, *shape), count_of(shape[2:], slide, slide.low)
    y_bar = cotangent(rng, *shape[:2], *count)
    pool = getattr(pools, f"avg_pool{rank}d")
    made = setup(f"avg_pool{rank}d", lambda x: pool(x, **options), (x,), y_bar, **options)
    taps, size = area(slide.taps), shape[2:]
    bars = np.broadcast_to(y_bar[..., None], (*y_bar.shape, taps))
    inside = np.isfinite(windows(x, slide, count, np.inf))
    return [
        made.asks(
            "x",
            spread(bars / taps, slide, size),
            {
                "not-divided": spread(bars, slide, size),
                "divided-twice": spread(bars / taps**2, slide, size),
                "overlaps-assigned": spread_assigned(bars / taps, slide, size),
                "to-one-position": spread(bars * _hot(np.zeros(y_bar.shape), taps), slide, size),
                "padding-not-counted": spread(bars / inside.sum(-1, keepdims=True), slide, size),
                "stride-ignored": spread(bars / taps, Slide(slide.taps, (1,) * rank, slide.dilation, slide.low), size),
                "to-the-maximum": spread(bars * _hot(windows(x, slide, count, -np.inf).argmax(-1), taps), slide, size),
            },
        )
    ]


def _global(rng: np.random.Generator) -> list[Case]:
    shape = tuple(int(k) for k in rng.integers(1, 5, 4))
    x, y_bar, cells = normal(rng, *shape), cotangent(rng, *shape[:2], 1, 1), area(shape[2:])
    mean = setup("global_avg_pool", lambda x: pools.global_avg_pool(x), (x,), y_bar)
    best = setup("global_max_pool", lambda x: pools.global_max_pool(x), (x,), y_bar)
    every = np.broadcast_to(y_bar, shape)
    hot = (x == x.max((2, 3), keepdims=True)).astype(np.float64)
    low = (x == x.min((2, 3), keepdims=True)).astype(np.float64)
    wrong_mean = {"not-divided": every, "divided-twice": every / cells**2, "to-the-maximum": every * hot}
    wrong_best = {"to-every-position": every, "split-evenly": every / cells, "wrong-switch-minimum": every * low}
    return [mean.asks("x", every / cells, wrong_mean), best.asks("x", every * hot, wrong_best)]


def _unpool(rng: np.random.Generator) -> list[Case]:
    n, c, p, q = (int(k) for k in rng.integers(1, 4, 4))
    k = int(rng.integers(2, 4))
    y, spots = normal(rng, n, c, p, q), rng.integers(0, k * k, (n, c, p, q))
    rows = np.arange(p)[:, None] * k + spots // k
    columns = np.arange(q) * k + spots % k
    switches = rows * (q * k) + columns
    x_bar = cotangent(rng, n, c, p * k, q * k)
    made = setup(
        "max_unpool2d", lambda y, switches: pools.max_unpool2d(y, switches, k), (y, switches), x_bar, kernel_size=k
    )
    slide = Slide((k, k), (k, k), (1, 1), (0, 0))
    seen = windows(x_bar, slide, (p, q))
    right = np.take_along_axis(seen, spots[..., None], -1)[..., 0]
    wrong: Wrong = {
        "wrong-switch-first": seen[..., 0],
        "windows-summed": seen.sum(-1),
        "windows-averaged": seen.mean(-1),
        "wrong-switch-maximum": seen.max(-1),
    }
    return [made.asks("y", right, wrong)]


def _lp(rng: np.random.Generator) -> list[Case]:
    k = int(rng.integers(2, 4))
    shape = (int(rng.integers(1, 3)), int(rng.integers(1, 3)), k * int(rng.integers(1, 4)), k * int(rng.integers(1, 4)))
    x = rng.uniform(0.5, 2.0, shape)
    slide = Slide((k, k), (k, k), (1, 1), (0, 0))
    count = count_of(shape[2:], slide, slide.low)
    y_bar = cotangent(rng, *shape[:2], *count)
    made = setup("lp_pool2d", lambda x: pools.lp_pool2d(x, 2.0, k), (x,), y_bar, norm_type=2, kernel_size=k)
    seen = windows(x, slide, count)
    norm = np.sqrt((seen**2).sum(-1, keepdims=True))
    bars = y_bar[..., None]
    return [
        made.asks(
            "x",
            spread(bars * seen / norm, slide, shape[2:]),
            {
                "norm-not-divided": spread(bars * seen, slide, shape[2:]),
                "factor-2": spread(2 * bars * seen / norm, slide, shape[2:]),
                "derivative-left-out": spread(bars * np.ones(seen.shape), slide, shape[2:]),
            },
        )
    ]


def _upsampled(rng: np.random.Generator) -> list[Case]:
    from pullback.ops.resize import upsample_nearest

    shape, k = tuple(int(n) for n in rng.integers(1, 4, 4)), int(rng.integers(2, 4))
    x, y_bar = numbers(rng, *shape), cotangent(rng, shape[0], shape[1], shape[2] * k, shape[3] * k)
    made = setup("upsample_nearest", lambda x: upsample_nearest(x, k), (x,), y_bar, scale_factor=k)
    seen = windows(y_bar, Slide((k, k), (k, k), (1, 1), (0, 0)), shape[2:])
    corner = read(y_bar, [np.arange(n) * k for n in shape[2:]])
    wrong = {"windows-averaged": seen.mean(-1), "windows-assigned": seen[..., -1], "to-one-position": corner}
    return [made.asks("x", seen.sum(-1), wrong)]


FAMILIES = (
    Family("max pooling", _max),
    Family("max pooling", _max),
    Family("average pooling", _average),
    Family("average pooling", _global),
    Family("unpooling", _unpool),
    Family("pooling", _lp),
    Family("pooling", _upsampled),
)
