"""A trace's numbers in one block of bytes, as exact as the size of the file allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError, message

Array = NDArray[Any]

ALIGNMENT = 8


@dataclass(frozen=True)
class Packed:
    """The bytes, and per array its (format, offset): f8, f4, i4, u1, or rounded (f4 where f8 would not fit)."""

    data: bytes
    places: tuple[tuple[str, int], ...]


def pack(arrays: Sequence[Array], limit: int) -> Packed:
    """Put arrays behind one another, equal ones once.

    An array is kept in the smallest format that holds it exactly. Where all of them together exceed `limit` bytes, the
    largest ones that need float64 are rounded to float32, and marked so.

    Raises: ArgumentError, where they do not fit even so

    >>> pack([np.array([1.0, 2.0]), np.array([1, 2]), np.array([0.1])], 100).places
    (('f4', 0), ('u1', 8), ('f8', 16))
    """
    formats = [_exact_format(a) for a in arrays]
    keys = [_key(a, name) for a, name in zip(arrays, formats, strict=True)]
    first = {key: k for k, key in reversed(list(enumerate(keys)))}
    total = sum(_length(arrays[k], formats[k]) for k in first.values())
    for k in sorted(first.values(), key=lambda k: -arrays[k].size):
        if total > limit and formats[k] == "f8":
            formats[k] = "rounded"
            total += _length(arrays[k], "rounded") - _length(arrays[k], "f8")
    if total > limit:
        title = "page: the numbers of this run do not fit"
        got = f"{total / 1e6:.1f} MB in float32, where the file has room for {limit / 1e6:.1f} MB"
        raise ArgumentError(message(title, got=got, fix="fewer samples, a smaller network, or a larger max_bytes"))
    blocks, places, end = [], {}, 0
    for key, k in sorted(first.items(), key=lambda item: item[1]):
        places[key] = (formats[k], end)
        blocks.append(_block(arrays[k], formats[k]))
        end += len(blocks[-1])
    return Packed(b"".join(blocks), tuple(places[key] for key in keys))


def _exact_format(a: Array) -> str:
    if a.dtype.kind in "bui":
        fits = (k for k in ("u1", "i4") if not a.size or (np.iinfo(k).min <= a.min() and a.max() <= np.iinfo(k).max))
        return next(fits, "f8")
    with np.errstate(over="ignore", under="ignore"):
        return "f4" if np.array_equal(a.astype(np.float32), a, equal_nan=True) else "f8"


def _key(a: Array, name: str) -> tuple[str, int, bytes]:
    return name, a.size, blake2b(np.ascontiguousarray(a).tobytes()).digest()


def _length(a: Array, name: str) -> int:
    size = a.size * {"u1": 1, "f8": 8}.get(name, 4)
    return size + -size % ALIGNMENT


def _block(a: Array, name: str) -> bytes:
    block = np.ascontiguousarray(a).astype("<f4" if name == "rounded" else f"<{name}").tobytes()
    return block + bytes(-len(block) % ALIGNMENT)
