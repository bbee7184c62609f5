"""What parent and worker say to each other: a document as JSON and arrays, without pickle.

A worker runs code that nobody has checked, so its messages are read as data alone.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 1 << 30
_HEAD = struct.Struct(">QQ")


class Garbled(Exception):  # noqa: N818  (the sender's, not this package's error)
    """A message that is none."""


def write(stream: IO[bytes], document: dict[str, Any], arrays: Sequence[NDArray[Any]] = ()) -> None:
    """Send a document and arrays of numbers."""
    text = json.dumps(document).encode()
    body = io.BytesIO()
    for array in arrays:
        np.lib.format.write_array(body, np.asarray(array), allow_pickle=False)
    stream.write(_HEAD.pack(len(text), body.tell()) + text + body.getvalue())
    stream.flush()


def read(stream: IO[bytes]) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """Receive a document and its arrays.

    Raises: EOFError where the sender has gone, Garbled
    """
    length, size = _HEAD.unpack(_exactly(stream, _HEAD.size))
    if length + size > LARGEST:
        raise Garbled
    try:
        document = json.loads(_exactly(stream, length))
        body = io.BytesIO(_exactly(stream, size))
        arrays = []
        while body.tell() < size:
            arrays.append(np.lib.format.read_array(body, allow_pickle=False))
    except (ValueError, TypeError, UnicodeDecodeError) as error:
        raise Garbled from error
    if not isinstance(document, dict):
        raise Garbled
    return document, arrays


def _exactly(stream: IO[bytes], count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = stream.read(count - len(found))
        if not part:
            raise EOFError
        found += part
    return found
