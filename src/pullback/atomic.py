"""Files that appear whole: the bytes go to a temporary file beside the target, to the disk, and then under its name."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

if os.name == "posix":
    import fcntl


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the path's place when the block ends well; otherwise nothing changes.

    The temporary file is ".<name>.<8 hex digits>.part": writers of the same path do not meet. It is removed when the
    block fails. A process that is killed leaves it behind; the next writer of the path removes it (on Windows, you).

    Raises: OSError
    """
    target = Path(path)
    _remove_abandoned(target)
    file, part = _open_part(target)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if os.name == "posix":  # still locked, so that nobody takes the file for an abandoned one
                os.replace(part, target)
        if os.name != "posix":  # where an open file cannot be renamed
            os.replace(part, target)
        _sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Try whether `replacing` could write this path: make a temporary file beside it, and remove it.

    Raises: OSError
    """
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder")
    _remove_abandoned(target)
    file, part = _open_part(target)
    file.close()
    part.unlink(missing_ok=True)


def _open_part(target: Path) -> tuple[BinaryIO, Path]:
    """A new temporary file, locked while it is open."""
    while True:
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        file = part.open("xb")
        if os.name == "posix":
            with suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX)
        if part.exists():  # nobody took it for abandoned before it was locked
            return file, part
        file.close()


def _remove_abandoned(target: Path) -> None:
    """Remove the temporary files of writers that were killed: a living one holds a lock on its file."""
    if os.name != "posix":
        return
    name = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}\.part")
    with suppress(OSError), os.scandir(target.parent) as entries:
        for part in [Path(e.path) for e in entries if name.fullmatch(e.name)]:
            with suppress(OSError), part.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Bring the new name itself to the disk; Windows has no such call for folders."""
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
