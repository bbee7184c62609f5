"""Object code on disk, so that a second start compiles nothing."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pullback import folders
from pullback.atomic import replacing

MAGIC = b"pullback object code 1\n"
_DIGEST_BYTES = hashlib.sha256().digest_size
_LENGTH_BYTES = 8


def objects_folder() -> Path:
    """Give the folder that object code is kept in: see `folders.cache_folder`."""
    return folders.cache_folder("objects")


@dataclass(frozen=True)
class ObjectCache:
    """A folder of object code, each entry under a key that tells all that the code depends on.

    An entry is a file named by the key's SHA-256; it holds its key, facts about the code, the code, and a checksum of
    all three. A damaged entry counts as none. Entries appear whole or not at all, so any number of processes share
    a folder. When the entries grow beyond `limit_bytes` together, those unused for longest go. A folder that cannot be
    read or written is an empty cache, not an error.
    """

    folder: Path = field(default_factory=objects_folder)
    limit_bytes: int = 256 * 2**20

    def get(self, key: str) -> tuple[bytes, dict[str, Any]] | None:
        """Give the code under a key and the facts put with it, or None."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        found = _unpack(content, key)
        if found is not None:
            with suppress(OSError):
                os.utime(path)  # the time of last use decides what goes first
        return found

    def put(self, key: str, code: bytes, facts: dict[str, Any]) -> None:
        """Keep code under a key, with facts that JSON can hold."""
        content = _pack(key, code, facts)
        if len(content) > self.limit_bytes:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what lies there is going to be run
            with replacing(self._path(key)) as file:
                file.write(content)
        except OSError:
            return
        self._shrink()

    def _path(self, key: str) -> Path:
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()}.object"

    def _shrink(self) -> None:
        """Remove the entries unused for longest until the rest is within the limit."""
        entries = []
        with suppress(OSError):
            for path in self.folder.glob("*.object"):
                with suppress(OSError):  # another process removed it
                    state = path.stat()
                    entries.append((state.st_mtime_ns, state.st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self.limit_bytes:
                return
            with suppress(OSError):
                path.unlink(missing_ok=True)
            total -= size


def _pack(key: str, code: bytes, facts: dict[str, Any]) -> bytes:
    head = json.dumps({"key": key, "facts": facts}).encode()
    body = len(head).to_bytes(_LENGTH_BYTES, "little") + head + code
    return MAGIC + hashlib.sha256(body).digest() + body


def _unpack(content: bytes, key: str) -> tuple[bytes, dict[str, Any]] | None:
    """The code and facts of an entry; None when a single byte is wrong, or the key is another's."""
    start = len(MAGIC) + _DIGEST_BYTES
    body = content[start:]
    if not content.startswith(MAGIC) or content[len(MAGIC) : start] != hashlib.sha256(body).digest():
        return None
    end = _LENGTH_BYTES + int.from_bytes(body[:_LENGTH_BYTES], "little")
    head = json.loads(body[_LENGTH_BYTES:end])
    return (body[end:], head["facts"]) if head["key"] == key else None
