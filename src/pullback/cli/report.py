"""What a person or a program reads: lines, tables and JSON on the output, errors and hints beside it."""

from __future__ import annotations

import json
import math
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

import typer

_LABEL_WIDTH = 8  # "  need: "
_FIELD_WIDTH = 10  # "Accuracy  "


def say(text: str) -> None:
    """Print a line for people."""
    typer.echo(text)


def hint(text: str) -> None:
    """Print lines beside the output, where no program reads them."""
    for line in text.split("\n"):
        typer.echo("\n".join(_wrap(line, 0, _width(sys.stderr))), err=True)


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document; NaN and infinity, which JSON lacks, become null."""
    typer.echo(json_text(document))


def json_text(document: Mapping[str, Any]) -> str:
    """Write a JSON document; NaN and infinity, which JSON lacks, become null."""
    return json.dumps(_finite(document), indent=2, allow_nan=False, ensure_ascii=False)


def print_error(error: BaseException) -> None:
    """Print an error as it stands; on a terminal its title in red, and long lines wrapped under their label."""
    title, *lines = str(error).split("\n")
    terminal, width = sys.stderr.isatty(), _width(sys.stderr)
    lines = [part for line in lines for part in _wrap(line, _LABEL_WIDTH if line.startswith("  ") else 0, width)]
    typer.secho(title, err=True, fg=typer.colors.RED if terminal else None, bold=terminal)
    for line in lines:
        typer.echo(line, err=True)


def print_fields(fields: Mapping[str, str]) -> None:
    """Print labels with their texts, in two columns; on a terminal, long texts wrapped in theirs.

    >>> print_fields({"Test": "accuracy 97.50 %", "Augment": "", "Saved": "net.safetensors"})
    Test      accuracy 97.50 %
    Saved     net.safetensors
    """
    for label, text in fields.items():
        line = f"{label:<{_FIELD_WIDTH}}{text}"
        if text:
            say("\n".join(_wrap(line, _FIELD_WIDTH, _width(sys.stdout))))


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]], align: str) -> None:
    """Print a table in columns, each aligned left or right ("<" or ">"), as wide as their widest text.

    >>> print_table(("class", "correct"), [("cat", "7 of 10"), ("parrot", "12 of 12")], "<>")
    class    correct
    cat      7 of 10
    parrot  12 of 12
    """
    table = [tuple(header), *map(tuple, rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (f"{cell:{side}{width}}" for cell, side, width in zip(row, align, widths, strict=True))
        say("  ".join(cells).rstrip())


def percent(part: float) -> str:
    """Write a part of the whole in percent.

    >>> percent(0.9861111)
    '98.61 %'
    """
    return f"{100 * part:.2f} %"


def duration(seconds: float) -> str:
    """Write a time as people do.

    >>> duration(3.21), duration(75), duration(3725)
    ('3.2 s', '1 min 15 s', '1 h 02 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def _width(stream: TextIO) -> int | None:
    """The width of a terminal; None for a file, whose lines are not wrapped."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def _wrap(line: str, indent: int, width: int | None) -> list[str]:
    if width is None or len(line) <= width:
        return [line]
    return textwrap.wrap(line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
