"""Fetch published files once, check them, and keep them in a cache folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pullback import folders
from pullback.atomic import replacing
from pullback.errors import DataError, message

if TYPE_CHECKING:
    from http.client import HTTPResponse

Progress = Callable[[str, int, int | None], None]
"""Told the file's name, the bytes received, and the bytes to come in all (None when the server does not say)."""

_CHUNK = 1 << 16
_TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Remote:
    """A published file: its address and its MD5 checksum."""

    url: str
    md5: str

    @property
    def filename(self) -> str:
        """The last part of the address."""
        return self.url.rsplit("/", 1)[-1]


def cache_folder() -> Path:
    """Give the folder that downloaded data sets are kept in: see `folders.cache_folder`."""
    return folders.cache_folder("data")


def download(remote: Remote, folder: Path, progress: Progress | None = None) -> Path:
    """Fetch a file into a folder, and return its path; nothing is left there unless the checksum agrees.

    The bytes go to a file of another name first, which is renamed when it is whole: no reader ever sees a part, and
    two processes that fetch at the same time do not disturb each other.

    Raises:  DataError, when the server cannot be reached, the file is cut short or altered, or cannot be written
    """
    target = folder / remote.filename
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(target) as part:
            received, announced, digest = _receive(remote, part, folder, progress)
            if announced is not None and received != announced:
                raise _failed(remote, folder, f"{received} bytes", f"{announced} bytes, as the server announced")
            if digest != remote.md5:
                raise _failed(remote, folder, f"MD5 {digest} of {received} bytes", f"MD5 {remote.md5}, as published")
    except OSError as error:
        raise DataError(
            message(
                "download: cannot write to the cache folder",
                got=f"{folder}: {error.strerror or error}",
                need="a folder that can be written to",
                fix="set PULLBACK_CACHE to one",
            )
        ) from error
    return target


def _receive(remote: Remote, part: BinaryIO, folder: Path, progress: Progress | None) -> tuple[int, int | None, str]:
    """Copy the file into `part`; give the bytes received, the bytes announced, and the checksum."""
    from http.client import HTTPException

    digest = hashlib.md5(usedforsecurity=False)
    received = 0
    try:
        with _open(remote.url) as response:
            announced = response.length
            while chunk := response.read(_CHUNK):
                part.write(chunk)
                digest.update(chunk)
                received += len(chunk)
                if progress is not None:
                    progress(remote.filename, received, announced)
    except (OSError, HTTPException) as error:
        raise _failed(remote, folder, f"{error}", "the file") from error
    return received, announced, digest.hexdigest()


def _open(url: str) -> HTTPResponse:
    from urllib.request import urlopen

    # The addresses are constants of this package, all of them http or https.
    response: HTTPResponse = urlopen(url, timeout=_TIMEOUT_SECONDS)  # noqa: S310
    return response


def _failed(remote: Remote, folder: Path, got: str, need: str) -> DataError:
    return DataError(
        message(
            f"download: {remote.filename} did not arrive",
            got=f"{got} from {remote.url}",
            need=need,
            fix=f"try again, or put the file into {folder} by hand, or name a folder that has it in PULLBACK_DATA",
        )
    )
