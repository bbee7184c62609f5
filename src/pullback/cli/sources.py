"""Load a data set by the name or the path that the command line gives, and make its parts."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pullback import data
from pullback.cli.choices import DATA_SETS, closest
from pullback.data import Dataset
from pullback.errors import DataError, message

HELD_OUT = 0.1
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Parts:
    """The images to learn from, those to watch the run with, and those to test with."""

    train: Dataset
    validation: Dataset | None
    test: Dataset
    test_is_held_out: bool


def load(source: str) -> tuple[Dataset, Dataset | None]:
    """Load a data set; where a name is unknown, suggest the closest one.

    Raises:  DataError
    """
    if source not in DATA_SETS and not Path(source).exists():
        suggestion = closest(source, DATA_SETS)
        raise DataError(
            message(
                "data: no such data set",
                got=f"{source} (no such file or folder)",
                need=f"one of {', '.join(DATA_SETS)}; an .npz file; a folder of IDX files or of pictures by class",
                fix=suggestion or "correct the name or the path",
            )
        )
    if not sys.stderr.isatty():
        return data.load(source)
    with _Download() as download:
        return data.load(source, download)


def divide(source: str, validation_fraction: float, seed: int) -> Parts:
    """Load a data set, and hold out images for the test, where it has no test part, and for validation.

    The images held out for the test do not depend on the seed, so that `pullback evaluate` finds them again.

    Raises:  DataError
    """
    train, test = load(source)
    held_out = test is None
    if test is None:
        test, train = train.split(HELD_OUT)
    validation = None
    if validation_fraction > 0:
        validation, train = train.split(validation_fraction, seed)
    return Parts(train, validation, test, held_out)


def short_name(source: str) -> str:
    """Name a data set for a file's name."""
    return source if source in DATA_SETS else Path(source).resolve().stem


class _Download:
    """Show on the terminal how much of a file has come."""

    def __init__(self) -> None:
        self._unfinished = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._end_line()

    def __call__(self, name: str, received: int, total: int | None) -> None:
        of = f" of {total / _MEGABYTE:.1f}" if total else ""
        sys.stderr.write(f"\rDownloading {name}: {received / _MEGABYTE:.1f}{of} MB ")
        self._unfinished = True
        if received == total:
            self._end_line()
        sys.stderr.flush()

    def _end_line(self) -> None:
        if self._unfinished:
            sys.stderr.write("\n")
        self._unfinished = False
