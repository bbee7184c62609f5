"""Blocks as Markdown with LaTeX formulas between dollar signs, as GitHub, Jupyter, Pandoc and MyST read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import singledispatch

from pullback.explain.rendering.blocks import (
    Block,
    Calls,
    Equations,
    Heading,
    Legend,
    Math,
    Matrix,
    Name,
    Number,
    Paragraph,
    Phrase,
    Run,
    Table,
    number_text,
)
from pullback.explain.rendering.latex import aligned, matrix_latex

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_<>|#$"})


def markdown(blocks: Iterable[Block]) -> str:
    """The blocks as Markdown. What to type next is left out: a document is read elsewhere."""
    return "\n\n".join(_write(block) for block in blocks if not isinstance(block, Calls)) + "\n"


def _run(run: Run) -> str:
    if isinstance(run, Math):
        return f"${run.latex}$" if run.latex.strip() else ""
    if isinstance(run, Name):
        return f"`{run.text}`"
    return number_text(run.value) if isinstance(run, Number) else run.translate(_SPECIAL)


def _phrase(phrase: Phrase) -> str:
    return "".join(map(_run, phrase))


@singledispatch
def _write(block: Block) -> str:
    raise TypeError(f"no Markdown for {type(block).__name__}")


@_write.register
def _(block: Heading) -> str:
    return f"{'#' * block.level} {_phrase(block.phrase)}"


@_write.register
def _(block: Paragraph) -> str:
    text = _phrase(block.phrase)
    number, dot, rest = text.partition(". ")
    # "1. " would begin a list of its own at every step.
    return rf"{number}\. {rest}" if dot and number.isdigit() else text


@_write.register
def _(block: Equations) -> str:
    return f"$$\n{aligned(block)}\n$$"


@_write.register
def _(block: Legend) -> str:
    rows = (f"{_run(letter)} is {_phrase(phrase)}" for letter, phrase in block.rows)
    return f"where {', '.join(rows)}."


@_write.register
def _(block: Table) -> str:
    header = [_phrase(p) for p in block.header] or [""] * len(block.align)
    rules = ["---:" if side == "n" else "---" for side in block.align]
    body = [[_phrase(cell) for cell in row] for row in block.rows]
    foot = []
    for phrase, value in block.foot:
        cells = [""] * len(block.align)
        cells[0], cells[block.number] = f"**{_phrase(phrase)}**", f"**{number_text(value)}**"
        foot.append(cells)
    return "\n".join(map(_line, [header, rules, *body, *foot]))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


@_write.register
def _(block: Matrix) -> str:
    return f"$$\n{matrix_latex(block)}\n$$"
