"""What arrays must be to make a data set; every refusal says which rule, with the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pullback.errors import DataError, message

Array = NDArray[Any]


def as_images(images: ArrayLike, name: str) -> Array:
    """Bring images to (N,C,H,W), and whole numbers to bytes."""
    raw = _as_array(images, f"{name}: images")
    if raw.ndim == 3:
        raw = raw[:, None]
    if raw.dtype.kind in "iu" and raw.dtype != np.uint8 and raw.size:
        low, high = int(raw.min()), int(raw.max())
        if low < 0 or high > 255:
            raise DataError(
                message(
                    f"{name}: whole-number images are not bytes",
                    got=f"{raw.dtype} from {low} to {high}",
                    need="0..255",
                    fix="convert to floats: images.astype(np.float32) / white",
                )
            )
        raw = raw.astype(np.uint8)
    return raw.astype(np.uint8) * np.uint8(255) if raw.dtype == np.bool_ else raw


def as_labels(labels: ArrayLike, name: str) -> NDArray[np.int64]:
    """Bring whole-number labels to int64."""
    numbers = _as_array(labels, f"{name}: labels")
    if numbers.dtype.kind not in "iu":
        raise DataError(
            message(
                f"{name}: labels are no whole numbers",
                got=f"{numbers.dtype} {_excerpt(numbers)}",
                need="class numbers 0, 1, 2, ...",
                fix="classes, labels = np.unique(labels, return_inverse=True)",
            )
        )
    return numbers.astype(np.int64)


def check_images(raw: Array, name: str) -> None:
    """Refuse anything but finite images (N,C,H,W) of bytes or floats."""
    if raw.ndim != 4 or 0 in raw.shape:
        raise DataError(
            message(
                f"{name}: images have the wrong shape",
                got=f"{raw.shape}",
                need="(N,C,H,W), or (N,H,W) for one channel, with no axis of size 0",
                fix="images.reshape(N, C, H, W)",
            )
        )
    if raw.dtype != np.uint8 and raw.dtype.kind != "f":
        raise DataError(
            message(f"{name}: images of an unusable type", got=f"{raw.dtype}", need="uint8 or a real float type")
        )
    if raw.dtype.kind == "f" and not np.isfinite(raw).all():
        bad = int(np.argmin(np.isfinite(raw).all(axis=(1, 2, 3))))
        raise DataError(
            message(
                f"{name}: NaN or infinity in an image",
                got=f"image {bad} (and perhaps more)",
                need="finite pixels",
                fix="drop the image, or replace with np.nan_to_num",
            )
        )


def check_labels(labels: Array, count: int, classes: tuple[str, ...], name: str) -> None:
    """Refuse labels that do not name one class for every image."""
    if len(set(classes)) != len(classes):
        twice = next(c for c in classes if classes.count(c) > 1)
        raise DataError(message(f"{name}: a class is named twice", got=f"{twice!r}", need="distinct class names"))
    if labels.ndim != 1 or labels.dtype != np.int64:
        raise DataError(
            message(
                f"{name}: labels have the wrong shape or type",
                got=f"{labels.dtype} {labels.shape}",
                need=f"int64 ({count},)",
                fix="labels.argmax(axis=1) for one-hot rows, labels.reshape(-1) for a column",
            )
        )
    if len(labels) != count:
        raise DataError(
            message(
                f"{name}: as many labels as images are needed",
                got=f"{count} images, {len(labels)} labels",
                need=f"{count} labels",
                fix="check that both files belong to the same part of the data set",
            )
        )
    wrong = np.flatnonzero((labels < 0) | (labels >= len(classes)))
    if wrong.size:
        raise DataError(
            message(
                f"{name}: a label names no class",
                got=f"label {labels[wrong[0]]} of image {wrong[0]}, {wrong.size} such label(s)",
                need=f"0 <= label < {len(classes)} classes",
                fix="count classes from 0",
            )
        )


def as_indices(indices: ArrayLike, count: int, name: str) -> NDArray[np.int64]:
    """Bring indices or a mask to indices 0..count-1; negative ones count from the end."""
    chosen = _as_array(indices, f"{name}: indices")
    if chosen.dtype == np.bool_ and chosen.shape == (count,):
        return np.flatnonzero(chosen)
    if chosen.size == 0:
        chosen = chosen.astype(np.int64)
    if chosen.ndim != 1 or chosen.dtype.kind not in "iu":
        raise DataError(
            message(
                f"{name}: unusable indices",
                got=f"{chosen.dtype} {chosen.shape}",
                need=f"whole numbers (B,), or a mask ({count},)",
            )
        )
    outside = chosen[(chosen < -count) | (chosen >= count)]
    if outside.size:
        raise DataError(
            message(f"{name}: index outside the data set", got=f"{outside[0]}", need=f"0 <= index < {count}")
        )
    return np.where(chosen < 0, chosen + count, chosen).astype(np.int64)


def _as_array(values: ArrayLike, what: str) -> Array:
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise DataError(
            message(f"{what} make no array", got=str(error), need="one size for all", fix="resize the images first")
        ) from error
    return array


def _excerpt(array: Array) -> str:
    shown = ", ".join(map(repr, array.reshape(-1)[:3].tolist()))
    return f"[{shown}{', ...' if array.size > 3 else ''}]"
