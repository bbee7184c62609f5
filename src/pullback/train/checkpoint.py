"""Checkpoint files: named arrays and a record in one safetensors file, written all or nothing.

The file is a plain safetensors file. Its metadata hold three strings: "format", "record" (JSON) and "digest", the
BLAKE2b of the record and of every array, so that a damaged file is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.atomic import check_writable, replacing
from pullback.errors import StateError, message

Array = NDArray[Any]

FORMAT = "pullback-checkpoint-1"


def write_checkpoint(path: str | os.PathLike[str], arrays: Mapping[str, Array], record: Mapping[str, Any]) -> None:
    """Write arrays and a record (what JSON can hold) so that the file is the old one or the new one at every moment.

    Two runs may write the same path: each file is whole, and the later one stays (see `pullback.atomic`).

    Raises: StateError
    """
    from safetensors.numpy import save

    path = Path(path)
    text = json.dumps(record)
    whole = {k: np.require(v, requirements="C") for k, v in arrays.items()}
    metadata = {"format": FORMAT, "record": text, "digest": _digest(whole, text)}
    with _written(path), replacing(path) as file:
        file.write(save(whole, metadata))


def check_checkpoint(path: str | os.PathLike[str]) -> None:
    """Refuse a path that no checkpoint can be written to, by trying; nothing is left there.

    Raises: StateError
    """
    with _written(path):
        check_writable(path)


@contextmanager
def _written(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say which checkpoint could not be written."""
    try:
        yield
    except OSError as error:
        raise StateError(
            message(
                "checkpoint cannot be written",
                got=f"{path}: {error}",
                need="a file in a folder that may be written to, with room",
                fix="another path",
            )
        ) from error


def read_checkpoint(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read back arrays and record.

    Raises: StateError, for a file that is missing, damaged or of another kind
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if not path.is_file():
        raise StateError(message("no such checkpoint", got=str(path), fix="resume=False to start anew"))
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118  (the file is no mapping)
    except (SafetensorError, OSError) as error:
        raise StateError(
            message(
                "checkpoint cannot be read",
                got=f"{path}: {error}",
                need="a whole file, as fit(checkpoint=...) writes it",
                fix="another checkpoint, or resume=False to start anew",
            )
        ) from error
    if metadata.get("format") != FORMAT:
        found = metadata.get("format", "a safetensors file without a format")
        raise StateError(
            message(
                "not a checkpoint of a training run",
                got=f"{path}: {found}",
                need=FORMAT,
                fix="load_weights for files that hold parameters alone",
            )
        )
    if _digest(arrays, metadata.get("record", "")) != metadata.get("digest"):
        raise StateError(
            message("checkpoint is damaged", got=f"{path}: digest differs", fix="another checkpoint, or resume=False")
        )
    record: dict[str, Any] = json.loads(metadata["record"])
    return arrays, record


def _digest(arrays: Mapping[str, Array], text: str) -> str:
    digest = hashlib.blake2b(text.encode(), digest_size=16)
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.require(array, requirements="C").tobytes())
    return digest.hexdigest()
