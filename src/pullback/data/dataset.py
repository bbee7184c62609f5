"""A data set: raw images, their labels, and how they become the input of a network."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from pullback.data.transforms import Augmentation, Normalization, draws, natural_scale
from pullback.errors import DataError, message
from pullback.formula import random

from . import validation

# Far from the small numbers with which a network counts its random nodes.
SPLIT_STREAM = 0x5F17_0000

UNCHANGED = Normalization()

Array = NDArray[Any]
Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Hold labelled images as they were read; normalise and augment them on the way out.

    Shapes:  raw (N,C,H,W) bytes or floats, labels (N,) with 0 <= label < len(classes)
    Raises:  DataError, when the arrays do not fit together, or hold NaN or infinity

    >>> data = Dataset.of(np.zeros((3, 4, 4), np.uint8), [0, 1, 1], classes=("cat", "dog"))
    >>> data
    Dataset 'arrays': 3 images 1x4x4 uint8, 2 classes
    >>> images, labels = data.batch([2, 0])
    >>> images.shape, images.dtype, labels
    ((2, 1, 4, 4), dtype('float32'), array([1, 0]))
    """

    raw: Array
    labels: Labels
    classes: tuple[str, ...]
    name: str = "arrays"
    normalization: Normalization = UNCHANGED
    augmentation: Augmentation | None = None

    def __post_init__(self) -> None:
        validation.check_images(self.raw, self.name)
        validation.check_labels(self.labels, len(self.raw), self.classes, self.name)
        for field in ("raw", "labels"):
            view = getattr(self, field).view()
            view.setflags(write=False)
            object.__setattr__(self, field, view)

    @classmethod
    def of(
        cls,
        images: ArrayLike,
        labels: ArrayLike,
        *,
        classes: Sequence[str] | None = None,
        name: str = "arrays",
        normalization: Normalization | None = None,
    ) -> Dataset:
        """Make a data set of your own arrays.

        Shapes:  images (N,C,H,W), or (N,H,W) for one channel; labels (N,) whole numbers from 0
        Units:   whole-number images are bytes 0..255 and are divided by 255; floats stay as they are
                 (give a `normalization` for anything else)
        Edges:   without `classes`, the classes are "0" to the largest label
        Raises:  DataError
        """
        raw, numbers = validation.as_images(images, name), validation.as_labels(labels, name)
        if classes is None:
            classes = [str(k) for k in range(int(numbers.max(initial=0)) + 1)]
        normalization = normalization or Normalization(scale=natural_scale(raw))
        return cls(raw, numbers, tuple(classes), name, normalization)

    @property
    def images(self) -> NDArray[np.float32]:
        """All images, normalised, as float32 (N,C,H,W); computed anew at every access."""
        return np.asarray(self.normalization.apply(self.raw), np.float32)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of one image."""
        channels, height, width = self.raw.shape[1:]
        return channels, height, width

    def __len__(self) -> int:
        return len(self.raw)

    def __repr__(self) -> str:
        size = "x".join(map(str, self.image_shape))
        augmented = f", {self.augmentation}" if self.augmentation else ""
        counts = f"{len(self)} images {size} {self.raw.dtype}, {len(self.classes)} classes"
        return f"Dataset {self.name!r}: {counts}{augmented}"

    def __iter__(self) -> Iterator[tuple[Array, int]]:
        return (self[k] for k in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> tuple[Array, int]: ...
    @overload
    def __getitem__(self, index: slice | Sequence[int] | Array) -> Dataset: ...
    def __getitem__(self, index: int | slice | Sequence[int] | Array) -> tuple[Array, int] | Dataset:
        """Give one normalised image with its label for a number, a part of the data set for a slice or indices."""
        if isinstance(index, slice):
            return dataclasses.replace(self, raw=self.raw[index], labels=self.labels[index])
        if np.ndim(index) == 0:
            images, labels = self.batch(np.reshape(index, 1))
            return images[0], int(labels[0])
        return self.subset(index)

    def subset(self, indices: ArrayLike) -> Dataset:
        """Keep the images at these indices, or where this mask is true, in this order."""
        chosen = validation.as_indices(indices, len(self), self.name)
        return dataclasses.replace(self, raw=self.raw[chosen], labels=self.labels[chosen])

    def split(self, fraction: float, seed: int = 0) -> tuple[Dataset, Dataset]:
        """Split at random: `fraction` of the images, rounded to the nearest number, and the rest.

        The same seed gives the same split everywhere.

        Raises:  DataError, when a part would be empty

        >>> data = Dataset.of(np.zeros((10, 2, 2)), np.arange(10))
        >>> [len(part) for part in data.split(0.7)]
        [7, 3]
        """
        first = math.floor(fraction * len(self) + 0.5) if math.isfinite(fraction) else 0
        if not 0 < first < len(self):
            raise DataError(
                message(
                    f"{self.name}: a part of the split would be empty",
                    got=f"fraction={fraction} of {len(self)} images",
                    need="0 < fraction < 1, and at least one image on each side",
                )
            )
        order = random.permutation((seed, 0), SPLIT_STREAM, len(self))
        return self.subset(order[:first]), self.subset(order[first:])

    def augment(self, *, shift: int = 0, flip: bool = False, crop: int = 0) -> Dataset:
        """Vary the images of this data set at random whenever `batch` is given a key (see `Augmentation`).

        >>> Dataset.of(np.zeros((1, 32, 32)), [0]).augment(crop=4, flip=True)
        Dataset 'arrays': 1 images 1x32x32 float64, 1 classes, Augmentation(shift=0, flip=True, crop=4)
        """
        augmentation = Augmentation(shift=shift, flip=flip, crop=crop)
        augmentation.check_size(*self.image_shape[1:])
        return dataclasses.replace(self, augmentation=augmentation)

    def batch(
        self, indices: ArrayLike, key: tuple[int, int] | None = None, dtype: DTypeLike = np.float32
    ) -> tuple[Array, Labels]:
        """Gather images and labels; augment them when a key is given; normalise.

        `key` is (seed, step). How an image is varied depends on the key and on the image's index alone, so that
        neither the order of a batch nor its division among machines changes it.

        Shapes:  indices (B,) -> images (B,C,H,W), labels (B,)
        Raises:  DataError, when an index is outside the data set
        """
        chosen = validation.as_indices(indices, len(self), self.name)
        raw = self.raw[chosen]
        if key is not None and self.augmentation is not None:
            raw = self.augmentation.apply(raw, draws(key, chosen))
        return self.normalization.apply(raw, dtype), self.labels[chosen]
