"""The page's one file: template, style, scripts, formulas and numbers put together."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from pullback.atomic import replacing
from pullback.errors import ArgumentError, message
from pullback.explain.page.nodes import node_rows
from pullback.explain.page.stages import stage_rows
from pullback.explain.page.tensors import Packed, pack
from pullback.explain.tracing import Trace

SCRIPTS = (
    "data",
    "index",
    "functions",
    "sources",
    "reasons",
    "explain",
    "color",
    "geometry",
    "formula",
    "view",
    "active",
    "panel",
    "terms",
    "stages",
    "steps",
    "main",
)
"""The page's scripts, in the order in which they build on each other."""

MAX_BYTES = 3_000_000


def html(
    trace: Trace, *, title: str = "Show the working", labels: Sequence[str] | None = None, max_bytes: int = MAX_BYTES
) -> str:
    """The page as text.

    title      its heading
    labels     the classes' names, one per entry of the output's last axis
    max_bytes  how large the file may be: numbers are rounded to float32 where it would be larger, and marked so

    Raises: ArgumentError, MissingExtraError
    """
    names = _checked_labels(trace, labels)
    data: dict[str, Any] = {"title": title, "labels": names, "nodes": node_rows(trace), "stages": stage_rows(trace)}
    fixed = len(_filled(data, "", title).encode()) + 64 * len(data["nodes"])
    packed = pack([np.asarray(trace.value_of(n)) for n in trace.graph.nodes], max(0, (max_bytes - fixed) * 3 // 4))
    _place(data, packed)
    return _filled(data, base64.b64encode(packed.data).decode(), title)


def write(trace: Trace, path: str | PathLike[str], **options: Any) -> Path:
    """Write the page as a file: whole, or not at all.

    Raises: ArgumentError, MissingExtraError
    """
    target = Path(path)
    text = html(trace, **options)
    try:
        with replacing(target) as file:
            file.write(text.encode())
    except OSError as error:
        got = f"{target}: {error.strerror or error}"
        raise ArgumentError(message("page: cannot write the file", got=got, fix="an existing folder")) from error
    return target


def _checked_labels(trace: Trace, labels: Sequence[str] | None) -> dict[str, Any] | None:
    """The labels, with the shape of what they label."""
    if labels is None:
        return None
    output = trace.names.values.get("output")
    shape = output.shape if output is not None else ()
    if not shape or len(labels) != shape[-1]:
        title = "page: one label per entry of the output's last axis"
        raise ArgumentError(message(title, got=f"{len(labels)} labels, output {shape}"))
    return {"names": [str(k) for k in labels], "shape": list(shape)}


def _place(data: dict[str, Any], packed: Packed) -> None:
    for row, (name, offset) in zip(data["nodes"], packed.places, strict=True):
        row["format"], row["offset"] = name, offset


def _filled(data: dict[str, Any], numbers: str, title: str) -> str:
    assets = files("pullback.explain.page") / "assets"
    script = "\n".join((assets / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    parts = {
        "TITLE": escape(title),
        "STYLE": (assets / "page.css").read_text(encoding="utf-8"),
        # "<" would end the element it stands in.
        "DATA": json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c"),
        "NUMBERS": numbers,
        "SCRIPT": f'"use strict";\n(() => {{\n{script}\n}})();',
    }
    page = (assets / "template.html").read_text(encoding="utf-8")
    head, *rest = page.split("{{")
    return head + "".join(parts[name] + tail for name, _, tail in (piece.partition("}}") for piece in rest))
