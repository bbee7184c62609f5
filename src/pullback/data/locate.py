"""Find the files of a published data set: the user's own folder, then the cache folder, then a download."""

from __future__ import annotations

import os
from pathlib import Path

from pullback.data.download import Progress, Remote, cache_folder, download
from pullback.errors import DataError, message


def find_own(name: str, spellings: list[tuple[str, ...]]) -> list[Path] | None:
    """Look for files in the user's own folder; all of them, or none, or an error that says which are missing."""
    own = os.environ.get("PULLBACK_DATA")
    if not own:
        return None
    folder = Path(own).expanduser()
    if not folder.is_dir():
        raise DataError(
            message(
                f"{name}: the folder in PULLBACK_DATA does not exist",
                got=f"PULLBACK_DATA={own}",
                need=f"a folder with a folder {name!r} in it",
                fix="correct the variable, or unset it to use downloads",
            )
        )
    paths = [next((folder / name / s for s in group if (folder / name / s).is_file()), None) for group in spellings]
    found = [path for path in paths if path is not None]
    if found and len(found) < len(spellings):
        missing = [group[0] for group, path in zip(spellings, paths, strict=True) if path is None]
        raise DataError(
            message(
                f"{name}: some files are missing",
                got=f"{folder / name} lacks {', '.join(missing)}",
                need="all files of the data set, or none of them",
                fix="add them, or unset PULLBACK_DATA to use downloads",
            )
        )
    return found or None


def cached(remote: Remote, name: str, progress: Progress | None) -> Path:
    """Give the path of a file in the cache folder, fetching it when it is not there yet."""
    path = cache_folder() / name / remote.filename
    return path if path.is_file() else download(remote, path.parent, progress)
