"""`pullback diagnose`: a claimed gradient of an example. Ends with 0 (correct), 1 (wrong) or 2 (could not be read)."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import typer

from pullback.cli import report
from pullback.diagnose import diagnose
from pullback.errors import ArgumentError, DataError, PullbackError, message
from pullback.explain.example import load_example

CORRECT, WRONG, BAD_INPUT = 0, 1, 2
_FILES = (".npy", ".txt", ".csv", ".json")


def run(example: Path, name: str, claimed: str, *, rounding: float | None, previous: str | None, as_json: bool) -> None:
    """Print the diagnosis and end with its code.

    Raises: typer.Exit
    """
    try:
        trace = load_example(example).trace()
        before = None if previous is None else _claimed(previous)
        found = diagnose(trace, name, _claimed(claimed), rounding=rounding, previous=before)
    except PullbackError as error:
        if as_json:
            report.print_json({"name": name, "verdict": "not read", "error": str(error)})
        report.print_error(error)
        raise typer.Exit(BAD_INPUT) from error
    if as_json:
        report.print_json(found.to_dict())
    else:
        report.say(found.text())
    raise typer.Exit(CORRECT if found.is_correct else WRONG)


def _claimed(text: str) -> Any:
    """Numbers from a file, or the text itself.

    Raises: DataError, ArgumentError
    """
    path = Path(text)
    if path.suffix.lower() not in _FILES:
        return text
    try:
        return _read(path)
    except OSError as error:
        got = f"{path}: {error.strerror or error}"
        raise DataError(message("diagnose: cannot read the file", got=got)) from error
    except UnicodeDecodeError as error:
        raise DataError(message("diagnose: not a text file", got=str(path), need="numbers, in UTF-8")) from error


def _read(path: Path) -> Any:
    match path.suffix.lower():
        case ".npy":
            return _array(path)
        case ".json":
            return _json(path)
        case ".csv":
            with path.open(newline="", encoding="utf-8-sig") as file:
                rows = [[cell.strip() for cell in row] for row in csv.reader(file) if any(cell.strip() for cell in row)]
            return rows[0] if len(rows) == 1 else rows
    return path.read_text(encoding="utf-8-sig")


def _array(path: Path) -> Any:
    try:
        return np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise DataError(
            message("diagnose: not a NumPy array file", got=str(path), need="np.save of numbers")
        ) from error


def _json(path: Path) -> Any:
    """Nested lists; numbers keep the digits that they are written with."""
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=str, parse_int=str)
    except json.JSONDecodeError as error:
        raise DataError(message("diagnose: not JSON", got=str(error), at=str(path))) from error
    if isinstance(value, dict):
        need = "nested lists of numbers, such as [[0.1, 0.2], [0.3, 0.4]]"
        raise ArgumentError(message("diagnose: no array in the file", got="an object", need=need, at=str(path)))
    return value
