"""Read and write IDX, the format that MNIST came in: a big-endian array behind a header of sizes."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import struct
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from pullback.errors import DataError, message

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_CODES = {np.dtype(text).newbyteorder("="): code for code, text in _DTYPES.items()}
_GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Read an IDX file, plain or gzipped, as an array of the sizes in its header.

    The file is: two zero bytes, a byte for the element type, a byte for the number of axes, the sizes as big-endian
    32-bit numbers, the elements as big-endian numbers with the last axis fastest.

    Raises:  DataError, when the file is missing, no IDX file, cut short, too long, or damaged
    Source:  LeCun, Cortes & Burges, The MNIST database of handwritten digits, "File formats"
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP_MAGIC
            file.seek(0)
            if not packed:
                return _read(file, path)
            with gzip.open(file) as unpacked:
                return _read(unpacked, path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            message(
                "idx: damaged gzip file",
                got=f"{path}: {error}",
                need="a complete gzip stream with a matching checksum",
                fix="fetch the file again",
            )
        ) from error
    except OSError as error:
        raise DataError(
            message("idx: cannot read the file", got=f"{path}: {error.strerror or error}", need="a readable IDX file")
        ) from error


def write_idx(path: str | os.PathLike[str], array: NDArray[Any]) -> None:
    """Write an array as an IDX file, gzipped when the name ends in .gz.

    Raises:  DataError, when IDX has no such element type
    """
    path = Path(path)
    array = np.asarray(array)
    code = _CODES.get(array.dtype.newbyteorder("="))
    if code is None or array.ndim > 255:
        raise DataError(
            message(
                "idx: no such element type",
                got=f"{array.dtype}, {array.ndim} axes",
                need=", ".join(str(dtype) for dtype in _CODES),
                fix="convert with array.astype(...)",
            )
        )
    content = _header(code, array) + array.astype(_DTYPES[code]).tobytes()
    # Without a time stamp, the same array gives the same file.
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def digest(array: NDArray[Any]) -> str:
    """The SHA-256 of the unpacked IDX file that holds this array.

    >>> digest(np.zeros(0, np.uint8)) == hashlib.sha256(bytes([0, 0, 8, 1, 0, 0, 0, 0])).hexdigest()
    True
    """
    code = _CODES[array.dtype.newbyteorder("=")]
    found = hashlib.sha256(_header(code, array))
    found.update(np.ascontiguousarray(array, _DTYPES[code]).data)
    return found.hexdigest()


def _header(code: int, array: NDArray[Any]) -> bytes:
    return struct.pack(f">2xBB{array.ndim}I", code, array.ndim, *array.shape)


def _read(file: BinaryIO | gzip.GzipFile, path: Path) -> NDArray[Any]:
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _DTYPES:
        raise DataError(
            message(
                "idx: not an IDX file",
                got=f"{path} begins with {head.hex(' ') or 'nothing'}",
                need="00 00, a type byte (08 09 0b 0c 0d 0e), the number of axes",
                fix="give the path of an IDX file, plain or gzipped",
            )
        )
    dtype, axes = np.dtype(_DTYPES[head[2]]), head[3]
    sizes = file.read(4 * axes)
    if len(sizes) < 4 * axes:
        raise _wrong_length(path, f"the header ends after {4 + len(sizes)} bytes", f"{4 + 4 * axes} bytes of header")
    shape = struct.unpack(f">{axes}I", sizes)
    expected = math.prod(shape) * dtype.itemsize
    content = file.read()
    if len(content) != expected:
        need = f"{expected} bytes for {dtype.name} of sizes {shape}"
        raise _wrong_length(path, f"{len(content)} bytes of elements", need)
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _wrong_length(path: Path, got: str, need: str) -> DataError:
    return DataError(
        message("idx: the file has the wrong length", got=f"{path}: {got}", need=need, fix="fetch it again")
    )
