"""The data that fit reads: a data set, or a pair of arrays taken as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from pullback.data import Dataset
from pullback.errors import DataError, message
from pullback.formula import random

# Beside the streams of data augmentation, far from the small numbers with which a network counts its random nodes.
SHUFFLE_STREAM = 0x5F17_0002

Array = NDArray[Any]


class Source(Protocol):
    """Samples with labels, by index."""

    def __len__(self) -> int:
        """The number of samples."""

    def batch(
        self, indices: ArrayLike, key: tuple[int, int] | None = None, dtype: DTypeLike = np.float32
    ) -> tuple[Array, Array]:
        """Some samples and their labels; varied at random when a key is given."""


@dataclass(frozen=True, eq=False)
class Arrays:
    """A pair of arrays as a source: nothing is scaled or varied."""

    images: Array
    labels: Array

    def __len__(self) -> int:
        return len(self.images)

    def batch(
        self, indices: ArrayLike, key: tuple[int, int] | None = None, dtype: DTypeLike = np.float32
    ) -> tuple[Array, Array]:
        """Some samples as floats; labels as int64, or as floats where they are floats."""
        del key
        labels = self.labels[np.asarray(indices)]
        kept = labels.astype(dtype if labels.dtype.kind == "f" else np.int64, copy=False)
        return self.images[np.asarray(indices)].astype(dtype, copy=False), kept


def as_source(data: Any, what: str) -> Source:
    """A data set as it is, a pair (images, labels) as a source.

    Raises: DataError
    """
    if isinstance(data, (tuple, list)):
        data = _as_arrays(data, what)
    if not hasattr(data, "batch") or not hasattr(data, "__len__"):
        raise DataError(
            message(f"fit: {what} of an unknown kind", got=type(data).__name__, need="a Dataset, or (images, labels)")
        )
    if len(data) == 0:
        raise DataError(message(f"fit: {what} hold no image", got="0 images", need="at least one"))
    return data  # type: ignore[no-any-return]


def _as_arrays(data: Sequence[Any], what: str) -> Arrays:
    if len(data) != 2:
        raise DataError(message(f"fit: {what} are a pair", got=f"{len(data)} entries", need="(images, labels)"))
    try:
        images, labels = (np.asarray(part) for part in data)
    except ValueError as error:  # rows of different lengths
        raise DataError(message(f"fit: {what} make no arrays", got=str(error), need="one size for all")) from error
    for name, array in (("images", images), ("labels", labels)):
        if array.dtype.kind not in "biuf" or array.ndim == 0:
            raise DataError(
                message(f"fit: {what}: unusable {name}", got=f"{array.dtype} {array.shape}", need="an array of numbers")
            )
    if len(images) != len(labels):
        raise DataError(
            message(
                f"fit: {what}: as many labels as images are needed",
                got=f"images {images.shape}, labels {labels.shape}",
                need=f"labels ({len(images)}, ...)",
            )
        )
    return Arrays(images, labels)


def shuffled(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """The order of the samples in an epoch: a function of the seed and the epoch alone."""
    return random.permutation((seed, epoch), SHUFFLE_STREAM, count)


def all_labels(source: Source) -> Array:
    """The labels of all samples."""
    labels = getattr(source, "labels", None)
    return labels if labels is not None else source.batch(np.arange(len(source)))[1]


def fingerprint(source: Source) -> str:
    """A digest of the samples, the labels, and how they are normalised and varied."""
    digest = hashlib.blake2b(digest_size=16)
    if isinstance(source, Dataset):
        parts = [source.raw, source.labels]
        digest.update(repr((source.classes, source.normalization, source.augmentation)).encode())
    elif isinstance(source, Arrays):
        parts = [source.images, source.labels]
    else:
        blocks = range(0, len(source), 1024)
        parts = [a for k in blocks for a in source.batch(np.arange(k, min(k + 1024, len(source))))]
    for array in parts:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
