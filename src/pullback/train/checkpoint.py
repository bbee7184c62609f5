"""Checkpoint files: named arrays and a record in one safetensors file, written all or nothing.

The file is a plain safetensors file. Its metadata hold three strings: "format", "record" (JSON) and "digest", the
BLAKE2b of the record and of every array, so that a damaged file is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import StateError, message

Array = NDArray[Any]

FORMAT = "pullback-checkpoint-1"


def write_checkpoint(path: str | os.PathLike[str], arrays: Mapping[str, Array], record: Mapping[str, Any]) -> None:
    """Write arrays and a record (what JSON can hold) so that the file is the old one or the new one at every moment.

    The bytes go to a temporary file beside it, to the disk, and then under the name. A run that is killed meanwhile
    leaves the temporary file ".<name>.partial", which the next write replaces.

    Raises: StateError
    """
    from safetensors.numpy import save

    path = Path(path)
    text = json.dumps(record)
    whole = {k: np.require(v, requirements="C") for k, v in arrays.items()}
    metadata = {"format": FORMAT, "record": text, "digest": _digest(whole, text)}
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(save(whole, metadata))
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise StateError(
            message("checkpoint cannot be written", got=f"{path}: {error}", fix="an existing folder with room")
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


def _sync_folder(folder: Path) -> None:
    """Bring the new name itself to the disk; Windows has no such call for folders."""
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
