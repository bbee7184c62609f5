"""The error of a machine that native code cannot be made for, or cannot run on."""

from __future__ import annotations

from pullback.errors import PullbackError


class NativeError(PullbackError, RuntimeError):
    """Native code that cannot be made, loaded or run on this machine."""
