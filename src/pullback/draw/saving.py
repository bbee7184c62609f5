"""Where pictures go: one rule for all endings, and errors that say what went wrong."""

from __future__ import annotations

import io
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from pullback.atomic import replacing
from pullback.errors import ArgumentError, MissingExtraError, message

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def missing_matplotlib() -> MissingExtraError:
    """The error of a picture that needs matplotlib where there is none."""
    return MissingExtraError(
        message("draw: matplotlib is not installed", need="matplotlib", fix="pip install 'pullback[draw]'")
    )


def target(path: str | PathLike[str], endings: Sequence[str]) -> tuple[Path, str]:
    """The file and its ending, without the dot.

    Raises: ArgumentError
    """
    file = Path(path)
    ending = file.suffix.lower().removeprefix(".")
    if ending not in endings:
        listed = ", ".join(f".{e}" for e in endings)
        still = "a still picture has no frames; " if ending == "gif" else ""
        raise ArgumentError(
            message(
                "draw: cannot write such a file",
                got=f"{file.name!r}",
                need=f"a name that ends in {listed}",
                fix=f"{still}{file.stem or 'picture'}.{endings[0]}",
            )
        )
    return file, ending


def write(file: Path, content: bytes) -> None:
    """Write a whole file, or nothing.

    Raises: ArgumentError
    """
    try:
        with replacing(file) as out:
            out.write(content)
    except OSError as error:
        raise ArgumentError(
            message("draw: cannot write the file", got=f"{file}: {error.strerror or error}", fix="an existing folder")
        ) from error


def write_figure(file: Path, ending: str, figure: Figure, dpi: float) -> None:
    """Write a matplotlib figure; the same figure gives the same bytes.

    Raises: ArgumentError
    """
    write(file, figure_bytes(figure, ending, dpi))


def figure_bytes(figure: Figure, ending: str, dpi: float) -> bytes:
    """A matplotlib figure as the bytes of a file."""
    import matplotlib

    dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    content = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "pullback", "svg.fonttype": "none"}):
        figure.savefig(content, format=ending, dpi=dpi, metadata=dates.get(ending))
    return content.getvalue()
