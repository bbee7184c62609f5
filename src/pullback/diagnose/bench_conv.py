"""Wrong gradients of convolutions: of the filter, the image and the bias, in 1, 2 and 3 axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pullback.diagnose.bench_bias import wrong_bias
from pullback.diagnose.bench_cases import Array, Case, Family, Wrong, cotangent, numbers, one_of, setup
from pullback.diagnose.bench_windows import (
    Sizes,
    Slide,
    area,
    by_group,
    count_of,
    filter_gradient,
    index,
    input_gradient,
    input_gradient_assigned,
    read,
)
from pullback.ops import convs

RANKS = (1, 2, 2, 2, 3)
OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"stride": 2},
    {"stride": 3},
    {"padding": 1},
    {"padding": 2, "stride": 2},
    {"dilation": 2},
    {"dilation": 2, "padding": 2},
    {"stride": 2, "dilation": 2, "padding": 1},
    {"groups": 2},
    {"groups": 2, "stride": 2, "padding": 1},
)


@dataclass(frozen=True, eq=False)
class Conv:
    """A convolution's arrays and how its filter slides."""

    x: Array
    w: Array
    y_bar: Array
    slide: Slide
    high: Sizes
    groups: int

    @property
    def size(self) -> Sizes:
        """The image's sizes."""
        return self.x.shape[2:]

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.size)

    def spatial(self, *axes: int) -> tuple[int, ...]:
        """These spatial axes of x, w or y."""
        return tuple(2 + k for k in axes or range(self.rank))

    def leftover(self) -> Sizes:
        """The rows at the end that no window reaches, by axis."""
        s = self.slide
        axes = zip(self.size, s.low, self.high, s.dilation, s.taps, s.stride, strict=True)
        return tuple((n + low + high - d * (k - 1) - 1) % s for n, low, high, d, k, s in axes)


def draw_conv(rng: np.random.Generator, rank: int, options: dict[str, Any]) -> Conv:
    """A convolution with such options and sizes that fit them."""
    groups = options.get("groups", 1)
    stride, dilation, padding = (options.get(k, d) for k, d in (("stride", 1), ("dilation", 1), ("padding", 0)))
    square = rng.random() < 0.6
    k = int(rng.integers(2, 4)) if rank < 3 else 2
    taps = (k,) * rank if square else tuple(int(rng.integers(1 + (j == 0), 4)) for j in range(rank))
    slide = Slide(taps, (stride,) * rank, (dilation,) * rank, (padding,) * rank)
    most = 5 if rank < 3 else 4
    least = [max(2, dilation * (n - 1) + 1 - 2 * padding + stride) for n in taps]
    size = (max(least) + int(rng.integers(most)),) * rank
    if not square:
        size = tuple(n + int(rng.integers(most)) for n in least)
    channels, out = groups * int(rng.integers(1, 4)), groups * int(rng.integers(1, 4))
    if rng.random() < 0.3:
        out = channels
    batch = int(rng.integers(1, 4))
    x, w = numbers(rng, batch, channels, *size), numbers(rng, out, channels // groups, *taps)
    y_bar = cotangent(rng, batch, out, *count_of(size, slide, slide.low))
    return Conv(x, w, y_bar, slide, slide.low, groups)


def wrong_filter(c: Conv) -> Wrong:
    """Wrong gradients of the filter."""
    right = filter_gradient(c.x, c.y_bar, c.slide, c.groups)
    found = turned(right, c) | _slides(lambda slide: filter_gradient(c.x, c.y_bar, slide, c.groups), c)
    channels = right.sum(1, keepdims=True)
    found |= {
        "channels-summed": np.broadcast_to(channels, right.shape),
        "channels-identical": np.broadcast_to(right[:, :1], right.shape),
        "batch-last-only": filter_gradient(c.x[-1:], c.y_bar[-1:], c.slide, c.groups),
        "batch-first-only": filter_gradient(c.x[:1], c.y_bar[:1], c.slide, c.groups),
        "batch-mean": right / len(c.x),
        "positions-mean": right / area(c.y_bar.shape[2:]),
        "positions-assigned": _last_position(c),
        "sign": -right,
    }
    if c.groups == 1:
        found["channels-swapped"] = np.swapaxes(right, 0, 1)
    else:
        first = by_group(c.x, c.groups)[:, :1]
        shared = np.broadcast_to(first, by_group(c.x, c.groups).shape).reshape(c.x.shape)
        found["groups-ignored"] = filter_gradient(shared, c.y_bar, c.slide, c.groups)
    if max(c.slide.stride) > 1:
        undilated = filter_gradient(c.x, c.y_bar, replace(c.slide, stride=(1,) * c.rank), c.groups)
        found["stride-ignored + filter-gradient-flipped"] = np.flip(undilated, c.spatial())
        found["stride-ignored + batch-mean"] = undilated / len(c.x)
    if any(c.leftover()) and max(c.slide.dilation) == 1:
        more = tuple(k + rest for k, rest in zip(c.slide.taps, c.leftover(), strict=True))
        found["leftover-kept"] = filter_gradient(c.x, c.y_bar, replace(c.slide, taps=more), c.groups)
    if max(c.slide.stride) == 1 and max(c.slide.dilation) == 1:
        positions = c.y_bar.shape[2:]
        taps = tuple(n + 2 * low + p - 1 for n, low, p in zip(c.size, c.slide.low, positions, strict=True))
        low = tuple(low + p - 1 for low, p in zip(c.slide.low, positions, strict=True))
        found["full-for-valid"] = filter_gradient(c.x, c.y_bar, replace(c.slide, taps=taps, low=low), c.groups)
    return found


def _last_position(c: Conv) -> Array:
    """`=` for `+=` at every position: the last one of the last image stays."""
    last: Array = np.zeros(c.y_bar.shape)
    end = index(-1, slice(None), *(-1,) * c.rank)
    last[end] = c.y_bar[end]
    return filter_gradient(c.x, last, c.slide, c.groups)


def turned(right: Array, c: Conv) -> Wrong:
    """The gradient, turned round."""
    found = {"filter-gradient-flipped": np.flip(right, c.spatial())}
    if c.rank > 1 and right.shape[2] == right.shape[3]:
        found["transposed"] = np.swapaxes(right, 2, 3)
        found["rotated"] = np.rot90(right, axes=(2, 3))
    return found


def _slides(gradient: Callable[[Slide], Array], c: Conv) -> Wrong:
    """What comes out when the window slides otherwise."""
    ones, slide = (1,) * c.rank, c.slide
    found = {
        "stride-ignored": gradient(replace(slide, stride=ones)),
        "dilation-ignored": gradient(replace(slide, dilation=ones)),
        "padding-shifted": gradient(replace(slide, low=tuple(n + 1 for n in slide.low))),
    }
    if any(slide.low):
        found["padding-ignored"] = gradient(replace(slide, low=(0,) * c.rank))
    return found


def wrong_input(c: Conv) -> Wrong:
    """Wrong gradients of the image."""
    right = input_gradient(c.y_bar, c.w, c.slide, c.size, c.groups)

    def of(w: Array, slide: Slide = c.slide, size: Sizes = c.size) -> Array:
        return input_gradient(c.y_bar, w, slide, size, c.groups)

    found = _slides(lambda slide: of(c.w, slide), c)
    found |= {
        "filter-not-flipped": of(np.flip(c.w, c.spatial())),
        "channels-summed": np.broadcast_to(right.sum(1, keepdims=True), right.shape),
        "channels-identical": np.broadcast_to(right[:, :1], right.shape),
        "output-channel-last-only": of(_one_filter(c, -1)),
        "output-channel-first-only": of(_one_filter(c, 0)),
        "windows-assigned": input_gradient_assigned(c.y_bar, c.w, c.slide, c.size, c.groups),
        "sign": -right,
    }
    if c.rank > 1 and c.w.shape[2] == c.w.shape[3]:
        found["filter-transposed"] = of(np.swapaxes(c.w, 2, 3))
    if c.groups == 1 and c.w.shape[0] == c.w.shape[1]:
        found["channels-swapped"] = of(np.swapaxes(c.w, 0, 1))
    if c.groups > 1:
        flat = input_gradient(c.y_bar, c.w, c.slide, c.size)
        found["groups-ignored"] = np.zeros(right.shape)
        found["groups-ignored"][:, : flat.shape[1]] = flat
    flipped = np.flip(c.w, c.spatial())
    if max(c.slide.stride) > 1:
        found["stride-ignored + filter-not-flipped"] = of(flipped, replace(c.slide, stride=(1,) * c.rank))
    if any(c.slide.low):
        found["padding-ignored + filter-not-flipped"] = of(flipped, replace(c.slide, low=(0,) * c.rank))
    if "channels-swapped" in found:
        found["channels-swapped + filter-not-flipped"] = of(np.swapaxes(flipped, 0, 1))
    return found | _other_sizes(c, right)


def _one_filter(c: Conv, o: int) -> Array:
    """The filters of which one per group is left, as when the loop over them assigns."""
    w = c.w.reshape(c.groups, -1, *c.w.shape[1:])
    kept = np.zeros(w.shape)
    kept[:, o] = w[:, o]
    return kept.reshape(c.w.shape)


def _other_sizes(c: Conv, right: Array) -> Wrong:
    """Wrong gradients whose sizes are those of another step."""
    found: Wrong = {}
    ends = tuple(n - rest + high for n, rest, high in zip(c.size, c.leftover(), c.high, strict=True))
    inside = (slice(None), slice(None), *(slice(n) for n in ends))
    if any(c.slide.low):
        padded = tuple(n + low + high for n, low, high in zip(c.size, c.slide.low, c.high, strict=True))
        whole = replace(c.slide, low=(0,) * c.rank)
        found["padding-not-cropped"] = input_gradient(c.y_bar, c.w, whole, padded, c.groups)
    elif any(c.leftover()):
        found["leftover-dropped"] = right[inside]
        found["leftover-duplicated"] = np.pad(
            right[inside], [(0, 0), (0, 0), *((0, rest) for rest in c.leftover())], mode="edge"
        )
    elif max(c.slide.stride) == 1 and max(c.slide.dilation) == 1:
        sizes = tuple(p - k + 1 for p, k in zip(c.y_bar.shape[2:], c.slide.taps, strict=True))
        if min(sizes) > 0:
            crop = (
                slice(None),
                slice(None),
                *(slice(k - 1, k - 1 + n) for k, n in zip(c.slide.taps, sizes, strict=True)),
            )
            found["valid-for-full"] = right[crop]
    return found


def _cases(rng: np.random.Generator) -> list[Case]:
    rank, options = int(one_of(rng, *RANKS)), dict(one_of(rng, *OPTIONS))
    c = draw_conv(rng, rank, options)
    bias = numbers(rng, len(c.w))
    conv = getattr(convs, f"conv{rank}d")
    made = setup(f"conv{rank}d", lambda x, w, bias: conv(x, w, bias, **options), (c.x, c.w, bias), c.y_bar, **options)
    right_bias, wrong = wrong_bias(c.y_bar, area(c.slide.taps), c.w.shape[1])
    return [
        made.asks("w", filter_gradient(c.x, c.y_bar, c.slide, c.groups), wrong_filter(c)),
        made.asks("x", input_gradient(c.y_bar, c.w, c.slide, c.size, c.groups), wrong_input(c)),
        made.asks("bias", right_bias, wrong),
    ]


def _transposed(rng: np.random.Generator) -> list[Case]:
    """Transposed convolution: what is its image is the output of the convolution that it is the adjoint of."""
    rank, options = int(one_of(rng, *RANKS)), dict(one_of(rng, *OPTIONS))
    c = draw_conv(rng, rank, options)
    sizes = zip(c.y_bar.shape[2:], c.slide.taps, c.slide.stride, c.slide.dilation, c.slide.low, strict=True)
    whole = tuple((p - 1) * s - 2 * low + d * (k - 1) + 1 for p, k, s, d, low in sizes)
    if min(whole) < 1:
        return []
    z_bar = cotangent(rng, *c.x.shape[:2], *whole)
    conv = getattr(convs, f"conv_transpose{rank}d")
    made = setup(f"conv_transpose{rank}d", lambda x, w: conv(x, w, **options), (c.y_bar, c.w), z_bar, **options)
    own = replace(c, x=z_bar)
    right = filter_gradient(z_bar, c.y_bar, c.slide, c.groups)
    return [
        made.asks("w", right, _wrong_transposed_filter(own, right)),
        made.asks("x", *_transposed_input(own)),
    ]


def _wrong_transposed_filter(c: Conv, right: Array) -> Wrong:
    found = turned(right, c) | _slides(lambda slide: filter_gradient(c.x, c.y_bar, slide, c.groups), c)
    found["batch-last-only"] = filter_gradient(c.x[-1:], c.y_bar[-1:], c.slide, c.groups)
    found["batch-mean"] = right / len(c.x)
    found["channels-summed"] = np.broadcast_to(right.sum(1, keepdims=True), right.shape)
    found["positions-assigned"] = _last_position(c)
    if c.groups == 1:
        found["channels-swapped"] = np.swapaxes(right, 0, 1)
    return found


def _transposed_input(c: Conv) -> tuple[Array, Wrong]:
    """The gradient is the convolution itself, of the cotangent with the same filter."""
    count = c.y_bar.shape[2:]

    def of(w: Array, slide: Slide) -> Array:
        y = np.zeros(c.y_bar.shape)
        for tap, places in slide.places(count):
            patch = by_group(read(c.x, places), c.groups)
            filters = w.reshape(c.groups, -1, *w.shape[1:])[index(..., *tap)]
            y += np.einsum("goi,ngi...->ngo...", filters, patch).reshape(y.shape)
        return y

    right = of(c.w, c.slide)
    found = _slides(lambda slide: of(c.w, slide), c)
    found["filter-flipped"] = of(np.flip(c.w, c.spatial()), c.slide)
    found["channels-summed"] = np.broadcast_to(right.sum(1, keepdims=True), right.shape)
    found["channels-identical"] = np.broadcast_to(right[:, :1], right.shape)
    found["sign"] = -right
    if c.rank > 1 and c.w.shape[2] == c.w.shape[3]:
        found["filter-transposed"] = of(np.swapaxes(c.w, 2, 3), c.slide)
    if c.groups == 1 and c.w.shape[0] == c.w.shape[1]:
        found["channels-swapped"] = of(np.swapaxes(c.w, 0, 1), c.slide)
    return right, found


FAMILIES = (
    Family("convolution", _cases),
    Family("convolution", _cases),
    Family("convolution", _cases),
    Family("transposed convolution", _transposed),
)
