"""What happens to raw pixels on their way into a network: normalisation, and augmentation in training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pullback.errors import DataError, message
from pullback.formula import random

# Far from the small numbers with which a network counts its random nodes.
AUGMENT_STREAM = 0x5F17_0001
# Two blocks of the generator, of which five numbers are used: shift down, right, crop down, right, flip.
DRAWS_PER_IMAGE = 8

Array = NDArray[Any]


@dataclass(frozen=True)
class Normalization:
    """Standardise raw pixels, channel by channel.

    y[n,i,h,w] = (raw[n,i,h,w] / scale - mean[i]) / std[i]

    Units:   `scale` is the raw value of full white (255 for bytes); `mean` and `std` are in units of it
    Edges:   one mean and one std serve any number of channels
    Raises:  DataError

    >>> Normalization(mean=(0.5,), std=(0.5,), scale=255).apply(np.array([[[[0, 255]]]], np.uint8))
    array([[[[-1.,  1.]]]], dtype=float32)
    """

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    scale: float = 1.0

    def __post_init__(self) -> None:
        numbers = (*self.mean, *self.std, self.scale)
        usable = all(map(math.isfinite, numbers)) and all(s > 0 for s in (*self.std, self.scale))
        if not usable or not self.mean or len(self.mean) != len(self.std):
            raise DataError(
                message(
                    "normalization: unusable statistics",
                    got=f"mean={self.mean} std={self.std} scale={self.scale}",
                    need="as many means as stds, all finite, and std > 0, scale > 0",
                    fix="give a channel that never varies std 1",
                )
            )

    @classmethod
    def of(cls, raw: Array, scale: float | None = None) -> Normalization:
        """Measure mean and standard deviation of every channel of images (N,C,H,W).

        `scale` defaults to 255 for bytes and to 1 for floats. A channel that never varies gets std 1, so that it
        becomes 0 everywhere.

        >>> Normalization.of(np.array([[[[0.0, 4.0]]]]))
        Normalization(mean=(2.0,), std=(2.0,), scale=1.0)
        """
        scale = natural_scale(raw) if scale is None else scale
        mean = raw.mean(axis=(0, 2, 3), dtype=np.float64) / scale
        std = raw.std(axis=(0, 2, 3), dtype=np.float64) / scale
        std = np.where(std == 0, 1.0, std)
        return cls(tuple(mean.tolist()), tuple(std.tolist()), float(scale))

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Normalization:
        """Read back what `to_dict` wrote, also after a trip through JSON."""
        return cls(tuple(record["mean"]), tuple(record["std"]), float(record["scale"]))

    def to_dict(self) -> dict[str, Any]:
        """Give the record as plain lists and numbers, for a checkpoint.

        >>> Normalization(scale=16.0).to_dict()
        {'mean': [0.0], 'std': [1.0], 'scale': 16.0}
        """
        return {"mean": list(self.mean), "std": list(self.std), "scale": self.scale}

    def apply(self, raw: Array, dtype: DTypeLike = np.float32) -> Array:
        """Standardise raw images (N,C,H,W) or one image (C,H,W)."""
        self._check_channels(raw)
        if raw.dtype == np.uint8:
            table = _table(self, np.dtype(dtype))
            if len(table) == 1:
                return np.asarray(table[0][raw])
            channels = np.moveaxis(raw, -3, 0)
            return np.stack([values[plane] for values, plane in zip(table, channels, strict=True)], axis=-3)
        return self.standardize(raw.astype(dtype) / np.asarray(self.scale, dtype), dtype)

    def standardize(self, unit: Array, dtype: DTypeLike = np.float32) -> Array:
        """Standardise images whose full white is 1 already, such as those of `read_image`."""
        self._check_channels(unit)
        mean, std = (np.asarray(v, dtype)[:, None, None] for v in (self.mean, self.std))
        return np.asarray((unit.astype(dtype) - mean) / std)

    def _check_channels(self, images: Array) -> None:
        if images.ndim not in (3, 4) or len(self.mean) not in (1, images.shape[-3]):
            raise DataError(
                message(
                    "normalization: images and statistics do not belong together",
                    got=f"images {images.shape}, statistics of {len(self.mean)} channel(s)",
                    need=f"images (N,{len(self.mean)},H,W) or ({len(self.mean)},H,W)",
                    fix="read the image with the channels that the network was trained on",
                )
            )


def natural_scale(raw: Array) -> float:
    """Give the raw value of full white: 255 for bytes, 1 for floats."""
    return 255.0 if raw.dtype == np.uint8 else 1.0


@lru_cache(maxsize=32)
def _table(normalization: Normalization, dtype: np.dtype[Any]) -> Array:
    """Tabulate the 256 bytes: a look-up is faster than arithmetic, and correctly rounded."""
    unit = np.arange(256, dtype=np.float64) / normalization.scale
    mean, std = (np.array(v, np.float64)[:, None] for v in (normalization.mean, normalization.std))
    table = np.asarray(((unit - mean) / std).astype(dtype))
    table.setflags(write=False)
    return table


@dataclass(frozen=True)
class Augmentation:
    """Vary training images at random: crop, then shift, then flip.

    `crop` pads by so many reflected pixels (crop 2: 1234 -> 32123432) and cuts a window of the old size out of that;
    `shift` moves the image by up to so many pixels and fills with raw zeros, which is
    the same as padding with zeros and cropping; `flip` mirrors left and right in half of the cases.

    Units:   whole pixels; every offset -k..k, down and right, is equally likely
    Raises:  DataError

    >>> Augmentation(shift=1).apply(np.array([[[[1, 2], [3, 4]]]]), np.array([[0.0, 0.5, 0.5, 0.5, 0.9, 0, 0, 0]]))
    array([[[[3, 4],
             [0, 0]]]])
    """

    shift: int = 0
    flip: bool = False
    crop: int = 0

    def __post_init__(self) -> None:
        for name in ("shift", "crop"):
            pixels = getattr(self, name)
            if not isinstance(pixels, (int, np.integer)) or isinstance(pixels, bool) or pixels < 0:
                raise DataError(
                    message(f"augment: {name} is a number of pixels", got=f"{name}={pixels!r}", need="0, 1, 2, ...")
                )
            object.__setattr__(self, name, int(pixels))
        if not isinstance(self.flip, (bool, np.bool_)):
            raise DataError(message("augment: flip or not?", got=f"flip={self.flip!r}", need="True or False"))
        object.__setattr__(self, "flip", bool(self.flip))

    def check_size(self, height: int, width: int) -> None:
        """Refuse images that the augmentation would push out of sight."""
        if max(self.shift, self.crop) >= min(height, width):
            raise DataError(
                message(
                    "augment: the image is too small",
                    got=f"shift={self.shift} crop={self.crop} on images of {height}x{width}",
                    need=f"shift < {min(height, width)} and crop < {min(height, width)}",
                    fix="a smaller shift or crop",
                )
            )

    def apply(self, raw: Array, draws: NDArray[np.float64]) -> Array:
        """Vary raw images (B,C,H,W), each by its own row of uniform numbers `draws` (B,8) in [0,1)."""
        b, c, h, w = np.ix_(*map(np.arange, raw.shape))
        down, right = (offset(draws[:, k], self.shift)[:, None] for k in (0, 1))
        rows, columns = np.arange(raw.shape[2]) - down, np.arange(raw.shape[3]) - right
        if self.flip:
            columns = np.where(draws[:, 4:5] < 0.5, columns[:, ::-1], columns)
        seen = _inside(rows, h.size)[:, None, :, None] & _inside(columns, w.size)[:, None, None, :]
        rows = reflect(rows - offset(draws[:, 2], self.crop)[:, None], h.size)
        columns = reflect(columns - offset(draws[:, 3], self.crop)[:, None], w.size)
        varied = raw[b, c, rows[:, None, :, None], columns[:, None, None, :]]
        return np.asarray(varied if self.shift == 0 else np.where(seen, varied, raw.dtype.type(0)))


def draws(key: tuple[int, int], indices: NDArray[np.int64]) -> NDArray[np.float64]:
    """Draw the uniform numbers of these images: uniform(key, AUGMENT_STREAM, (N,8))[indices], and no others.

    >>> whole = random.uniform((1, 2), AUGMENT_STREAM, (6, DRAWS_PER_IMAGE))
    >>> bool((draws((1, 2), np.array([4, 0])) == whole[[4, 0]]).all())
    True
    """
    seed, step = key
    random.bits(key, AUGMENT_STREAM, 0)  # refuses a seed or a step out of range
    blocks = (2 * indices[:, None] + np.arange(2)).reshape(-1).astype(np.uint64)
    counter = np.empty((4, blocks.size), np.uint64)
    counter[0], counter[1] = blocks & np.uint64(0xFFFFFFFF), blocks >> np.uint64(32)
    counter[2], counter[3] = step, AUGMENT_STREAM
    words = random.philox4x32(counter, (seed & 0xFFFFFFFF, seed >> 32)) >> np.uint32(8)
    return np.asarray(words * 2.0**-24, np.float64).reshape(-1, DRAWS_PER_IMAGE)


def offset(uniform: NDArray[np.float64], reach: int) -> NDArray[np.int64]:
    """Turn uniform numbers in [0,1) into whole offsets -reach..reach, all equally likely.

    >>> offset(np.array([0.0, 0.5, 0.99]), 2)
    array([-2,  0,  2])
    """
    return np.floor(uniform * (2 * reach + 1)).astype(np.int64) - reach


def reflect(index: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Reflect indices about the first and last pixel back into 0..size-1, without repeating the edge.

    >>> reflect(np.arange(-2, 6), 4)
    array([2, 1, 0, 1, 2, 3, 2, 1])
    """
    period = max(2 * (size - 1), 1)
    folded = np.abs(index) % period
    return np.asarray(np.minimum(folded, period - folded) if size > 1 else np.zeros_like(index))


def _inside(index: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    return np.asarray((index >= 0) & (index < size))
