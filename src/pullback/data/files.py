"""Data sets in the user's own files: NumPy archives, folders of IDX files, folders of pictures."""

from __future__ import annotations

import dataclasses
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.data.cifar import cifar10
from pullback.data.dataset import Dataset
from pullback.data.download import Progress
from pullback.data.idx import read_idx
from pullback.data.pictures import holds_pictures, image_folder
from pullback.data.published import digits, fashion_mnist, mnist
from pullback.data.transforms import Normalization
from pullback.errors import DataError, message, place

Parts = tuple[Dataset, Dataset | None]

PUBLISHED: dict[str, Callable[[Progress | None], tuple[Dataset, Dataset]]] = {
    "digits": lambda _: digits(),
    "mnist": mnist,
    "fashion-mnist": fashion_mnist,
    "cifar-10": cifar10,
}


def load(source: str | os.PathLike[str], progress: Progress | None = None) -> Parts:
    """Load a data set by its name or from a path: the training part, and the test part where there is one.

    Names are digits, mnist, fashion-mnist and cifar-10; paths are an .npz file (see `npz`), a folder of IDX files (see
    `idx_folder`) or a folder of pictures (see `image_folder`). To load a path that reads like a name, write ./digits.

    Raises:  DataError, when the source is none of these or cannot be read

    >>> train, test = load("digits")
    >>> train.name, len(train)
    ('digits', 1437)
    """
    known = PUBLISHED.get(str(source).replace("_", "-").replace("cifar10", "cifar-10"))
    if known is not None:
        return known(progress)
    path = Path(source)
    if path.suffix == ".npz":
        return npz(path)
    if path.is_dir() and _idx_files(path, "train", "images"):
        return idx_folder(path)
    if path.is_dir() and holds_pictures(path):
        return image_folder(path)
    raise DataError(
        message(
            "data: no such data set",
            got=f"{source}" + ("" if path.exists() else " (no such file or folder)"),
            need=f"one of {', '.join(PUBLISHED)}; an .npz file; a folder of IDX files or of pictures by class",
            fix="correct the name or the path",
        )
    )


def npz(path: str | os.PathLike[str]) -> Parts:
    """Load a NumPy archive with the arrays images and labels, or x_train, y_train, x_test and y_test.

    An array of strings `classes` may name the classes. Pixels are normalised with the mean and the standard deviation
    of the training part.

    Shapes:  images (N,C,H,W) or (N,H,W); labels (N,)
    Units:   bytes 0..255, or floats
    Raises:  DataError
    """
    path = Path(path)
    arrays = _read_npz(path)
    names = ("images", "labels") if "images" in arrays else ("x_train", "y_train")
    missing = [name for name in names if name not in arrays]
    if missing or ("x_test" in arrays) != ("y_test" in arrays):
        raise DataError(
            message(
                "npz: arrays are missing",
                got=f"{path} holds {', '.join(arrays) or 'nothing'}",
                need="images and labels; or x_train and y_train, with both x_test and y_test or neither",
                fix="np.savez(path, images=images, labels=labels)",
            )
        )
    _check_channels_first(path, arrays[names[0]])
    classes = [str(name) for name in arrays["classes"]] if "classes" in arrays else None
    with place(str(path)):
        train = _measured(Dataset.of(arrays[names[0]], arrays[names[1]], classes=classes, name=path.stem))
        return train, _like(train, arrays["x_test"], arrays["y_test"]) if "x_test" in arrays else None


def idx_folder(path: str | os.PathLike[str]) -> Parts:
    """Load a folder of IDX files with MNIST's names: *train-images*, *train-labels*, *t10k-* or *test-*.

    Pixels are normalised with the mean and the standard deviation of the training part.

    Raises:  DataError
    """
    path = Path(path)
    with place(str(path)):
        train = _measured(Dataset.of(*_read_idx_pair(path, "train"), name=path.resolve().name))
        part = next((p for p in ("t10k", "test") if _idx_files(path, p, "images")), None)
        return train, None if part is None else _like(train, *_read_idx_pair(path, part))


def _read_npz(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise _unreadable(path, f"begins with {_first_bytes(file)}, which is no archive")
            file.seek(0)
            with np.load(file, allow_pickle=False) as stored:
                return {name: _member(path, stored, name) for name in stored.files}
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except (EOFError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise _unreadable(path, f"damaged archive: {error}") from error


def _member(path: Path, stored: Any, name: str) -> NDArray[Any]:
    try:
        array = stored[name]
    except (ValueError, TypeError, SyntaxError) as error:  # NumPy's words would advise to run code from the file
        raise _unreadable(path, f"{name!r} holds Python objects, or its header is damaged") from error
    if not isinstance(array, np.ndarray):
        raise _unreadable(path, f"{name!r} is no array")
    return array


def _first_bytes(file: Any) -> str:
    file.seek(0)
    return file.read(4).hex(" ") or "nothing"


def _unreadable(path: Path, trouble: str) -> DataError:
    return DataError(
        message(
            "npz: cannot read the archive",
            got=f"{path}: {trouble}",
            need="a complete .npz file of plain arrays",
            fix="write it again with np.savez_compressed",
        )
    )


def _check_channels_first(path: Path, images: NDArray[Any]) -> None:
    """Refuse (N,H,W,C): the sizes alone would make images of H channels."""
    if images.ndim == 4 and images.shape[3] in (1, 3, 4) and images.shape[1] == images.shape[2] > 4:
        raise DataError(
            message(
                "npz: the channels come last",
                got=f"{path}: images {images.shape}",
                need="(N,C,H,W)",
                fix="images.transpose(0, 3, 1, 2)",
            )
        )


def _measured(train: Dataset) -> Dataset:
    return dataclasses.replace(train, normalization=Normalization.of(train.raw))


def _like(train: Dataset, images: NDArray[Any], labels: NDArray[Any]) -> Dataset:
    """Make the test part, which must look like the training part and is normalised in the same way."""
    name = f"{train.name} (test)"
    test = Dataset.of(images, labels, classes=train.classes, name=name, normalization=train.normalization)
    if test.image_shape != train.image_shape or test.raw.dtype != train.raw.dtype:
        raise DataError(
            message(
                f"{train.name}: training and test images differ in kind",
                got=f"{train.image_shape} {train.raw.dtype} and {test.image_shape} {test.raw.dtype}",
                need="the same size and type",
            )
        )
    return test


def _idx_files(folder: Path, part: str, kind: str) -> list[Path]:
    return sorted(path for path in folder.glob(f"*{part}-{kind}*") if "ubyte" in path.name or "idx" in path.name)


def _read_idx_pair(folder: Path, part: str) -> tuple[NDArray[Any], NDArray[Any]]:
    return read_idx(_one_idx_file(folder, part, "images")), read_idx(_one_idx_file(folder, part, "labels"))


def _one_idx_file(folder: Path, part: str, kind: str) -> Path:
    found = _idx_files(folder, part, kind)
    if len(found) != 1:
        raise DataError(
            message(
                f"idx: one file of the {part} {kind} is needed",
                got=f"{folder} holds {', '.join(path.name for path in found) or 'none'}",
                need=f"one file such as {part}-{kind}-idx{3 if kind == 'images' else 1}-ubyte.gz",
            )
        )
    return found[0]
