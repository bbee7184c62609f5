"""`pullback draw`: one picture of a network, a run, a function or a convolution."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pullback.cli import models, report, sources
from pullback.errors import ArgumentError, DataError, message


@dataclass(frozen=True)
class Drawing:
    """What the command line says: a kind, where its material lies, and options as the kinds name them."""

    kind: str
    out: Path | None
    model: Path | None
    own: str | None
    data: str | None
    photograph: Path | None
    points: Path | None
    history: Path | None
    at: tuple[str, ...]
    position: str | None
    shift: str | None
    options: Mapping[str, Any]


def run(drawing: Drawing) -> None:
    """Draw the picture and write it.

    Raises:  ArgumentError, StateError, DataError, MissingExtraError
    """
    from pullback import draw

    material: dict[str, Any] = {k: v for k, v in drawing.options.items() if v is not None}
    if drawing.model is not None:
        material["net"] = models.load_net(drawing.model, drawing.own)
    if drawing.data is not None:
        train, test = sources.load(drawing.data)
        material["data"] = test if test is not None else train
    if drawing.photograph is not None:
        from pullback.draw.photographs import read_photograph

        material["photograph"] = read_photograph(drawing.photograph)
    if drawing.points is not None:
        material["points"], material["labels"] = read_points(drawing.points)
    if drawing.history is not None:
        material["history"] = read_history(drawing.history)
    if drawing.at:
        material["at"] = values_of(drawing.at)
    for name, text in (("position", drawing.position), ("shift", drawing.shift)):
        if text is not None:
            material[name] = pair_of(name, text)
    check_needs(drawing.kind, draw.commands[drawing.kind].needs, material)
    out = drawing.out or Path(f"pullback-{drawing.kind}.{'html' if drawing.kind == 'page' else 'png'}")
    draw.picture(drawing.kind, draw.Request(**material)).save(str(out))
    report.print_fields({"Drawn": str(out)})


_FLAGS = {
    "net": "--model FILE",
    "history": "--history FILE",
    "photograph": "--photograph FILE",
    "points": "--points FILE.npz",
    "labels": "",
}


def check_needs(kind: str, needs: tuple[str, ...], given: Mapping[str, Any]) -> None:
    """Name the options without which a kind cannot be drawn.

    Raises:  ArgumentError
    """
    missing = [name for name in needs if name not in given]
    if missing:
        flags = [_FLAGS.get(name, f"--{name} {name.upper()}") for name in missing]
        need = ", ".join(flag for flag in flags if flag)
        raise ArgumentError(message(f"draw {kind}: something is missing", need=need, fix="pullback draw --help"))


def values_of(texts: tuple[str, ...]) -> dict[str, float]:
    """The values of variables: "x1=2" gives {"x1": 2.0}.

    Raises:  ArgumentError

    >>> values_of(("x1=2", "x2=5"))
    {'x1': 2.0, 'x2': 5.0}
    """
    found = {}
    for text in texts:
        name, _, number = text.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise ArgumentError(message("draw: not a value", got=f"--at {text}", need="--at NAME=NUMBER")) from None
    return found


def pair_of(name: str, text: str) -> tuple[int, int]:
    """Two whole numbers: "3,4" gives (3, 4).

    Raises:  ArgumentError
    """
    try:
        first, second = (int(part) for part in text.split(","))
    except ValueError:
        raise ArgumentError(message(f"draw: not a {name}", got=f"--{name} {text}", need=f"--{name} 3,4")) from None
    return first, second


def read_points(path: Path) -> tuple[Any, Any]:
    """Points (N,2) and their labels (N,) from an .npz file.

    Raises:  DataError
    """
    need = "an .npz file with points (N,2) and labels (N,)"
    try:
        with np.load(path) as arrays:
            return arrays["points"], arrays["labels"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(message("draw: no points in this file", got=str(path), need=need)) from error


def read_history(path: Path) -> dict[str, Any]:
    """The history in what `pullback train --json` printed.

    Raises:  DataError
    """
    need = "what `pullback train --json` printed"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        history: dict[str, Any] = document["history"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(message("draw: no history in this file", got=str(path), need=need)) from error
    return history
