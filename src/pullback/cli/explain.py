"""`pullback explain`: the working of an example, or the sum behind one of its numbers."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pullback.cli import report
from pullback.errors import ArgumentError, message
from pullback.explain import rendering
from pullback.explain.example import Example, load_example, parse_entry
from pullback.explain.rendering.rendered import LIMIT
from pullback.explain.rendering.text import WIDTH, rich_text

if TYPE_CHECKING:
    from pullback.explain.explanation import Entry, Explanation
    from pullback.explain.rendering import Block

_SUFFIXES = {".txt": "text", ".tex": "latex", ".md": "md", ".html": "html", ".htm": "html", ".json": "json"}


def run(
    path: Path, *, entry: str | None, of: str | None, form: str | None, out: Path | None, depth: int, every: bool
) -> None:
    """Print or write the full solution, or what is behind one entry.

    Raises:  PullbackError
    """
    form = form or _SUFFIXES.get(out.suffix.lower() if out else "", "text")
    example = load_example(path)
    if entry is None:
        if of is not None or depth or every:
            got = " ".join(k for k, given in (("--of", of), ("--depth", depth), ("--all", every)) if given)
            raise ArgumentError(message("explain: these options need an entry", got=got, fix="--entry NAME:INDEX"))
        _solution(example, form, out)
        return
    name, index = parse_entry(entry)
    explanation = example.trace().explain(name, index, of)
    if form == "json":
        _finish(_chain_json(explanation, depth, every), out)
        return
    blocks = explanation.blocks(limit=None if every else LIMIT, zeros=every, depth=depth, call=_call)
    _finish(blocks, out, form)


def _solution(example: Example, form: str, out: Path | None) -> None:
    solution = example.solution()
    if form == "json":
        _finish(solution.to_dict(), out)
    elif form == "html":
        _finish(solution.trace.to_html(title=example.title), out)
    else:
        _finish(solution.blocks(call=_call), out, form)


def _chain_json(explanation: Explanation, depth: int, every: bool) -> dict[str, object]:
    document = explanation.to_dict(None if every else LIMIT)
    return document | {"chain": [step.to_dict(LIMIT) for step in explanation.chain(depth)[1:]]} if depth else document


def _finish(content: list[Block] | dict[str, object] | str, out: Path | None, form: str = "") -> None:
    """Write to the file, or print."""
    if out is None and form == "text" and sys.stdout.isatty() and isinstance(content, list):
        from rich.console import Console

        Console(highlight=False, soft_wrap=True).print(rich_text(content, shutil.get_terminal_size().columns))
        return
    text = content if isinstance(content, str) else _written(content, form)
    if out is None:
        report.say(text.rstrip("\n"))
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ArgumentError(message("explain: cannot write the file", got=f"{out}: {error.strerror}")) from error
    report.say(f"Wrote {out}")


def _written(blocks: list[Block] | dict[str, object], form: str) -> str:
    if isinstance(blocks, dict):
        return report.json_text(blocks) + "\n"
    match form:
        case "latex":
            return rendering.latex(blocks, document=True)
        case "md":
            return rendering.markdown(blocks)
        case "html":
            return rendering.html(blocks, document=True)
    return rendering.plain(blocks, WIDTH) + "\n"


def _call(entry: Entry) -> str:
    """The options that ask for an entry."""
    index = f":{','.join(map(str, entry.index))}" if entry.index else ""
    return f"--entry {entry.name}{index}" + ("" if entry.of == "step" else f" --of {entry.of}")
