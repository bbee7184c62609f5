"""What is known of the contents of published files, so that one in the place of another is noticed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.data.idx import digest
from pullback.errors import DataError, message

Array = NDArray[Any]


@dataclass(frozen=True)
class Contents:
    """One part (training or test) of a published data set.

    class_counts  how many images each class has
    mean          of the pixels, in units of full white; the same data in another order pass
    images        the SHA-256 of the unpacked file of images, where it is known
    labels        that of the labels
    """

    class_counts: tuple[int, ...]
    mean: float
    images: str | None = None
    labels: str | None = None


# Far more than the rounding of a published mean, far less than what sets two data sets apart.
_MEAN_TOLERANCE = 0.01
_FIX = "the published files; pullback.data.idx_folder(path) for other data in this form"


def check_contents(
    name: str, contents: Contents, known: Mapping[str, str], images: tuple[Path, Array], labels: tuple[Path, Array]
) -> None:
    """Refuse files that are those of other data, by their digests, their classes and their brightness.

    known  the names of published files by their digests

    Raises: DataError
    """
    found_images = _checked_digest(name, contents.images, known, *images)
    found_labels = _checked_digest(name, contents.labels, known, *labels)
    counts = np.bincount(labels[1], minlength=len(contents.class_counts))
    if tuple(counts.tolist()) != contents.class_counts:
        got, need = (" ".join(map(str, c)) for c in (counts.tolist(), contents.class_counts))
        raise _other_data(f"{name}: the labels are not those of this data set", labels[0], f"{got} per class", need)
    mean = float(images[1].mean()) / 255
    if abs(mean - contents.mean) > _MEAN_TOLERANCE:
        title = f"{name}: the images are not those of this data set"
        raise _other_data(title, images[0], f"pixels of mean {mean:.4f}", f"mean {contents.mean:.4f}")
    if contents.images is not None and found_images == contents.images and found_labels != contents.labels:
        got = f"SHA-256 {found_labels}, beside the published images"
        raise _other_data(f"{name}: the labels do not belong to the images", labels[0], got, f"{contents.labels}")


def _checked_digest(name: str, own: str | None, known: Mapping[str, str], path: Path, array: Array) -> str:
    found = digest(array)
    if found in known and found != own:
        raise _other_data(f"{name}: a file of another kind", path, f"the content of {known[found]}", path.name)
    return found


def _other_data(title: str, path: Path, got: str, need: str) -> DataError:
    return DataError(message(title, got=f"{path}: {got}", need=need, fix=_FIX))
