"""Pictures in files: folders of them by class, and single ones to predict. Pillow is asked for only here."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pullback.data.dataset import Dataset
from pullback.data.transforms import Normalization
from pullback.errors import DataError, MissingExtraError, message

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})


def image_folder(
    path: str | os.PathLike[str], *, channels: int | None = None, size: tuple[int, int] | None = None
) -> tuple[Dataset, Dataset | None]:
    """Load pictures from one subfolder for each class, or from such folders inside train/ and test/.

    Classes are the subfolders' names in alphabetical order, pictures the files in them with a picture's suffix, in
    alphabetical order. Pixels are normalised with the mean and the standard deviation of the training part.

    Units:   `channels` 1 or 3 (those of the first picture by default), `size` (H,W) to resize to (none by default)
    Edges:   transparent pixels are laid on white; test/ may lack classes, but not add any
    Raises:  DataError; MissingExtraError without Pillow
    """
    path = Path(path)
    nested = (path / "train").is_dir()
    train_files = _files_by_class(path / "train" if nested else path)
    form = _Form.of(next(iter(train_files.values()))[0], channels, size)
    classes, name = tuple(train_files), path.resolve().name
    train = _read(train_files, form, classes, name)
    train = dataclasses.replace(train, normalization=Normalization.of(train.raw))
    if not nested or not (path / "test").is_dir():
        return train, None
    test_files = _files_by_class(path / "test")
    _check_classes(path / "test", test_files, classes)
    test = _read(test_files, form, classes, f"{name} (test)")
    return train, dataclasses.replace(test, normalization=train.normalization)


def holds_pictures(path: Path) -> bool:
    """Tell whether this folder has the form that `image_folder` reads."""
    root = path / "train" if (path / "train").is_dir() else path
    return any(_pictures_in(folder) for folder in _subfolders(root))


def read_image(path: str | os.PathLike[str], *, channels: int, size: tuple[int, int]) -> NDArray[np.float32]:
    """Read one picture for a network that takes `channels` channels of `size` (H,W).

    Colours become grey by 0.299 R + 0.587 G + 0.114 B; grey serves all three channels; another size is reached by
    averaging (smaller) or linear interpolation (larger), whatever that does to the proportions.

    Shapes:  (channels, H, W)
    Units:   0 black to 1 white; `Normalization.standardize` does the rest. MNIST's digits are white on black: for
             black on white, take 1 - image first
    Raises:  DataError; MissingExtraError without Pillow
    """
    form = _Form(channels, size, resize=True)
    return np.asarray(form.pixels(Path(path)), np.float32) / np.float32(255)


@dataclass(frozen=True)
class _Form:
    """What every picture of a set is brought to: 1 or 3 channels of (H,W) pixels."""

    channels: int
    size: tuple[int, int]
    resize: bool

    def __post_init__(self) -> None:
        if self.channels not in (1, 3) or np.shape(self.size) != (2,) or min(self.size) < 1:
            raise DataError(
                message(
                    "image: unusable form",
                    got=f"channels={self.channels} size={self.size}",
                    need="channels 1 or 3, size (H,W) of at least 1",
                )
            )

    @classmethod
    def of(cls, first: Path, channels: int | None, size: tuple[int, int] | None) -> _Form:
        """Take what is not given from the first picture."""
        picture = _open(first)
        natural = 1 if picture.mode == "L" else 3
        return cls(
            natural if channels is None else channels, _size(picture) if size is None else size, resize=size is not None
        )

    def pixels(self, file: Path) -> NDArray[np.uint8]:
        """Read a picture as bytes (channels,H,W)."""
        picture = _open(file)
        if _size(picture) != tuple(self.size):
            if not self.resize:
                raise DataError(
                    message(
                        "images: pictures of different sizes",
                        got="{}: {}x{}".format(file, *_size(picture)),
                        need="{}x{}, as the first picture".format(*self.size),
                        fix="give the size to resize to: image_folder(path, size=(H, W))",
                    )
                )
            from PIL.Image import Resampling

            picture = picture.resize(self.size[::-1], Resampling.BILINEAR)
        array = np.asarray(picture.convert("L" if self.channels == 1 else "RGB"), np.uint8)
        return array.reshape(*self.size, self.channels).transpose(2, 0, 1)


def _read(files: dict[str, list[Path]], form: _Form, classes: tuple[str, ...], name: str) -> Dataset:
    labels = [classes.index(label) for label, group in files.items() for _ in group]
    pixels = np.stack([form.pixels(file) for group in files.values() for file in group])
    return Dataset.of(pixels, labels, classes=classes, name=name)


def _files_by_class(root: Path) -> dict[str, list[Path]]:
    folders = _subfolders(root)
    files = {folder.name: _pictures_in(folder) for folder in folders}
    empty = [str(root / label) for label, group in files.items() if not group]
    if empty or not folders:
        raise DataError(
            message(
                "images: no pictures by class",
                got=f"no picture in {empty[0]}" if empty else f"no subfolder in {root}",
                need=f"a subfolder for each class, with pictures ({' '.join(sorted(SUFFIXES))})",
                fix="add pictures, or remove the empty folder",
            )
        )
    return files


def _check_classes(root: Path, files: dict[str, list[Path]], classes: tuple[str, ...]) -> None:
    foreign = sorted(set(files) - set(classes))
    if foreign:
        raise DataError(
            message(
                "images: the test part has a class of its own",
                got=f"{root / foreign[0]}",
                need=f"only {', '.join(classes)}",
                fix="rename or remove the folder",
            )
        )


def _subfolders(root: Path) -> list[Path]:
    try:
        return sorted(entry for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except OSError as error:
        raise DataError(
            message("images: cannot read the folder", got=f"{root}: {error.strerror or error}", need="a folder")
        ) from error


def _pictures_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.name[0] != ".")


def _size(picture: Image) -> tuple[int, int]:
    return picture.height, picture.width


def _open(path: Path) -> Image:
    """Read a picture, turned upright and laid on white, with bytes for grey ("L") or for colours ("RGB")."""
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise MissingExtraError(
            message("images: Pillow is not installed", got=f"{path}", fix="pip install 'pullback[images]'")
        ) from error
    try:
        with Image.open(path) as file:
            picture = ImageOps.exif_transpose(file)
            picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(
            message(
                "image: cannot read the picture",
                got=f"{path}: {getattr(error, 'strerror', None) or error}",
                need="a complete picture of a common format",
                fix="save it again as PNG",
            )
        ) from error
    if picture.mode[0] in "IF":
        raise DataError(
            message(
                "image: too many bits", got=f"{path}: mode {picture.mode}", need="8 bits", fix="save it with 8 bits"
            )
        )
    target = "L" if picture.mode in ("1", "L", "LA") else "RGB"
    if picture.has_transparency_data:
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture.convert("RGBA"))
    return picture.convert(target)
