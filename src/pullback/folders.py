"""Where what can be had again is kept: downloads, object code."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder(part: str) -> Path:
    """Give the folder for one kind of things.

    It is that part of the folder that the variable PULLBACK_CACHE names, or else of `pullback` in the user's cache
    folder: ~/.cache (or XDG_CACHE_HOME), ~/Library/Caches on macOS, LOCALAPPDATA on Windows.
    """
    chosen = os.environ.get("PULLBACK_CACHE")
    if chosen:
        return Path(chosen).expanduser() / part
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "pullback" / part
