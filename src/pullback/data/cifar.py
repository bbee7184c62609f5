"""CIFAR-10 in its binary version: records of a label byte and 3x32x32 pixel bytes, six files of them."""

from __future__ import annotations

import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pullback.data.dataset import Dataset
from pullback.data.download import Progress, Remote
from pullback.data.locate import cached, find_own
from pullback.data.transforms import Normalization
from pullback.data.validation import check_labels
from pullback.errors import DataError, message, place

_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class CifarSource:
    """Where CIFAR-10 is published, and how many records each of its six files holds."""

    remote: Remote
    records: int = 10_000
    name: str = "cifar-10"


CIFAR10 = CifarSource(
    Remote("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", md5="c32a1d4ab5d03f1284b67883e8d87530")
)
CIFAR_FILES = (*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin")
_SHAPE = (3, 32, 32)
_RECORD = 1 + 3 * 32 * 32


def cifar10(progress: Progress | None = None) -> tuple[Dataset, Dataset]:
    """Load CIFAR-10: 60,000 photographs of 32x32 pixels in 10 classes, 50,000 to train, 10,000 to test (170 MB).

    `progress` hears of a download: (file name, bytes received, bytes in all).

    Raises:  DataError, when a file is missing, damaged, or of the wrong size
    Source:  Krizhevsky 2009, Learning multiple layers of features from tiny images
    """
    return load_source(CIFAR10, progress)


def load_source(source: CifarSource, progress: Progress | None = None) -> tuple[Dataset, Dataset]:
    """Find or fetch CIFAR-10, unpacked or as the published archive, and make the training and the test set."""
    loose = find_own(source.name, [(name, f"cifar-10-batches-bin/{name}") for name in CIFAR_FILES])
    if loose:
        batches = [_read_bytes(path) for path in loose]
        places = [str(path) for path in loose]
    else:
        packed = find_own(source.name, [(source.remote.filename,)])
        archive = packed[0] if packed else cached(source.remote, source.name, progress)
        batches = _unpack(archive)
        places = [f"{archive}: {name}" for name in CIFAR_FILES]
    records = [_records(content, where, source.records) for content, where in zip(batches, places, strict=True)]
    return _part(np.concatenate(records[:5]), source.name), _part(records[5], source.name)


def _records(content: bytes, where: str, count: int) -> NDArray[np.uint8]:
    if len(content) != count * _RECORD:
        raise DataError(
            message(
                "cifar-10: the file has the wrong length",
                got=f"{where}: {len(content)} bytes",
                need=f"{count} records of {_RECORD} bytes = {count * _RECORD}",
                fix="fetch the binary version of the data set again",
            )
        )
    records = np.frombuffer(content, np.uint8).reshape(count, _RECORD)
    with place(where):
        check_labels(records[:, 0].astype(np.int64), count, _NAMES, "cifar-10")
    return records


def _part(records: NDArray[np.uint8], name: str) -> Dataset:
    normalization = Normalization(mean=(0.4914, 0.4822, 0.4465), std=(0.2470, 0.2435, 0.2616), scale=255.0)
    labels = records[:, 0].astype(np.int64)
    raw = np.ascontiguousarray(records[:, 1:]).reshape(-1, *_SHAPE)
    return Dataset(raw, labels, _NAMES, name, normalization)


def _unpack(archive: Path) -> list[bytes]:
    """Read the six files out of the archive; nothing is written to disk."""
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                name = member.name.rsplit("/", 1)[-1]
                file = tar.extractfile(member) if name in CIFAR_FILES else None
                if file is not None:
                    contents[name] = file.read()
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise DataError(
            message(
                "cifar-10: damaged archive", got=f"{archive}: {error}", need="a .tar.gz", fix="delete it, try again"
            )
        ) from error
    missing = [name for name in CIFAR_FILES if name not in contents]
    if missing:
        raise DataError(message("cifar-10: incomplete archive", got=f"{archive} lacks {', '.join(missing)}"))
    return [contents[name] for name in CIFAR_FILES]


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(message("cifar-10: cannot read the file", got=f"{path}: {error.strerror or error}")) from error
