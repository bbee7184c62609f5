"""Optical digits (bundled), MNIST and Fashion-MNIST: the same images in the same order as published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pullback.data.contents import Contents, check_contents
from pullback.data.dataset import Dataset
from pullback.data.download import Progress, Remote
from pullback.data.idx import read_idx
from pullback.data.locate import cached, find_own
from pullback.data.transforms import Normalization
from pullback.errors import DataError, message, place

Pair = tuple[Dataset, Dataset]

_DIGIT_NAMES = tuple("0123456789")
_CLOTHES = "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot"

DIGITS_TRAIN = 1437


def digits() -> Pair:
    """Load 1,797 handwritten digits of 8x8 pixels, which come with the package: 1,437 to train, 360 to test.

    The images stand in the published order, in which those of one writer follow each other, and are not shuffled
    before they are divided: the network is tested mostly on writers it has not seen, which is harder, and more
    honest, than a random split. Pixels count the dark points of a 4x4 block, 0..16; mean and standard deviation are
    those of the training part.

    Source:  Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits (its test part), doi:10.24432/C50P49,
             CC BY 4.0

    >>> train, test = digits()
    >>> train
    Dataset 'digits': 1437 images 1x8x8 uint8, 10 classes
    >>> len(test), test.labels[:5]
    (360, array([2, 3, 4, 5, 6]))
    """
    with np.load(Path(__file__).with_name("digits.npz"), allow_pickle=False) as stored:
        raw, labels = stored["images"], stored["labels"].astype(np.int64)
    normalization = Normalization(mean=(0.3054,), std=(0.3755,), scale=16.0)
    whole = Dataset(raw, labels, _DIGIT_NAMES, "digits", normalization)
    return whole[:DIGITS_TRAIN], whole[DIGITS_TRAIN:]


@dataclass(frozen=True)
class IdxSource:
    """A data set published as four IDX files: training images and labels, test images and labels."""

    name: str
    mirror: str
    md5: tuple[str, str, str, str]
    classes: tuple[str, ...]
    normalization: Normalization
    contents: tuple[Contents, Contents] | None
    counts: tuple[int, int] = (60_000, 10_000)
    size: tuple[int, int] = (28, 28)

    def remotes(self) -> tuple[Remote, ...]:
        """Give the four files in order."""
        return tuple(Remote(self.mirror + name, md5) for name, md5 in zip(IDX_NAMES, self.md5, strict=True))


IDX_NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)

MNIST = IdxSource(
    name="mnist",
    mirror="https://ossci-datasets.s3.amazonaws.com/mnist/",
    md5=(
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
    classes=_DIGIT_NAMES,
    normalization=Normalization(mean=(0.1307,), std=(0.3081,), scale=255.0),
    contents=(
        Contents(
            (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
            mean=0.1307,
            images="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            labels="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        Contents(
            (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
            mean=0.1325,
            images="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            labels="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
)

FASHION_MNIST = IdxSource(
    name="fashion-mnist",
    mirror="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    md5=(
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
    classes=tuple(_CLOTHES.split(",")),
    normalization=Normalization(mean=(0.2860,), std=(0.3530,), scale=255.0),
    contents=(Contents((6000,) * 10, mean=0.2860), Contents((1000,) * 10, mean=0.2868)),
)


def _known_files() -> dict[str, str]:
    """The names of published files by the digests of their unpacked contents."""
    parts = [(s.name, k, part) for s in (MNIST, FASHION_MNIST) for k, part in enumerate(s.contents or ())]
    named = [
        (d, f"{name}'s {IDX_NAMES[2 * k + j]}") for name, k, p in parts for j, d in enumerate((p.images, p.labels))
    ]
    return {digest: name for digest, name in named if digest is not None}


def mnist(progress: Progress | None = None) -> Pair:
    """Load MNIST: 70,000 handwritten digits of 28x28 pixels, 60,000 to train, 10,000 to test (11 MB).

    `progress` hears of a download: (file name, bytes received, bytes in all).

    Raises:  DataError, when a file is missing, damaged, of the wrong size, or that of other data
    Source:  LeCun, Bottou, Bengio & Haffner 1998, doi:10.1109/5.726791
    """
    return load_idx_source(MNIST, progress)


def fashion_mnist(progress: Progress | None = None) -> Pair:
    """Load Fashion-MNIST: 70,000 articles of clothing in MNIST's sizes (30 MB). The arguments are those of `mnist`.

    Raises:  DataError, when a file is missing, damaged, of the wrong size, or that of other data
    Source:  Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747
    """
    return load_idx_source(FASHION_MNIST, progress)


def load_idx_source(source: IdxSource, progress: Progress | None = None) -> Pair:
    """Find or fetch the four files of a source, and make the training and the test set of them."""
    remotes = source.remotes()
    found = find_own(source.name, [_idx_spellings(remote.filename) for remote in remotes])
    paths = found or [cached(remote, source.name, progress) for remote in remotes]
    return _idx_part(source, 0, *paths[:2]), _idx_part(source, 1, *paths[2:])


def _idx_part(source: IdxSource, part: int, images: Path, labels: Path) -> Dataset:
    """The training part, 0, or the test part, 1."""
    raw = read_exactly(images, (source.counts[part], *source.size))
    numbers = read_exactly(labels, (source.counts[part],))
    with place(str(labels)):
        found = Dataset(raw[:, None], numbers.astype(np.int64), source.classes, source.name, source.normalization)
    if source.contents is not None:
        check_contents(source.name, source.contents[part], _known_files(), (images, raw), (labels, numbers))
    return found


def read_exactly(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Read an IDX file of bytes that must have these sizes."""
    array = read_idx(path)
    if array.dtype != np.uint8 or array.shape != shape:
        raise DataError(
            message(
                "idx: not the file that was expected",
                got=f"{path} holds {array.dtype} {array.shape}",
                need=f"uint8 {shape}",
                fix="check that the files were not exchanged",
            )
        )
    return array


def _idx_spellings(filename: str) -> tuple[str, ...]:
    plain = filename.removesuffix(".gz")
    return filename, plain, plain.replace("-idx", ".idx")
