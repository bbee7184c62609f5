"""Blocks as plain text for a terminal, and the same with colours for rich."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

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

if TYPE_CHECKING:
    from rich.text import Text

Span: TypeAlias = tuple[str, str]
Line: TypeAlias = list[Span]

INDENT = "  "
WIDTH = 80
_STYLES = {Math: "", Name: "cyan", Number: "bold", str: ""}


def plain(blocks: Iterable[Block], width: int = WIDTH) -> str:
    """The blocks as text; formulas and sentences wrapped at `width`."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines(blocks, width))


def rich_text(blocks: Iterable[Block], width: int = WIDTH) -> Text:
    """The same with colours."""
    from rich.text import Text

    parts = [Text.assemble(*((text, style) for text, style in line)) for line in lines(blocks, width)]
    return Text("\n").join(parts)


def lines(blocks: Iterable[Block], width: int) -> list[Line]:
    """The lines, with a style for each part; an empty line between blocks."""
    found: list[Line] = []
    for block in blocks:
        if found:
            found.append([])
        found += _lines(block, width)
    return found


def cells(text: str) -> int:
    """How many columns a text takes: the bar over a letter takes none."""
    return sum(not unicodedata.combining(c) for c in text)


def run_text(run: Run) -> str:
    """A part of a phrase as text."""
    return run if isinstance(run, str) else number_text(run.value) if isinstance(run, Number) else run.text


def phrase_text(phrase: Phrase) -> str:
    """A phrase as text."""
    return "".join(map(run_text, phrase))


def _styled(phrase: Phrase) -> Line:
    return [(run_text(run), _STYLES[type(run)]) for run in phrase]


@singledispatch
def _lines(block: Block, width: int) -> list[Line]:
    raise TypeError(f"no text for {type(block).__name__} in {width} columns")


@_lines.register
def _(block: Heading, width: int) -> list[Line]:
    found = [[(text, "bold")] for text in wrap(phrase_text(block.phrase), width, 0)]
    if block.level > 2:
        return found
    rule = "═" if block.level == 1 else "─"
    return [*found, [(rule * min(width, max(cells(line[0][0]) for line in found)), "dim")]]


@_lines.register
def _(block: Paragraph, width: int) -> list[Line]:
    return [[(INDENT + text, "")] for text in wrap(phrase_text(block.phrase), width - len(INDENT), 0)]


@_lines.register
def _(block: Equations, width: int) -> list[Line]:
    margin = max(cells(row.left.text) for row in block.rows)
    found: list[Line] = []
    for row in block.rows:
        gap = " " * (margin - cells(row.left.text))
        relation = f" {row.relation} " if row.relation else "   " if margin else ""
        hanging = len(INDENT) + margin + len(relation)
        first, *rest = wrap(row.right.text, width - hanging, 2)
        found.append([(f"{INDENT}{gap}{row.left.text}{relation}{first}", "")])
        found += [[(" " * hanging + text, "")] for text in rest]
    return found


@_lines.register
def _(block: Legend, width: int) -> list[Line]:
    del width
    margin = max((cells(letter.text) for letter, _ in block.rows), default=0)
    found = []
    for k, (letter, phrase) in enumerate(block.rows):
        word = "where" if k == 0 else "     "
        found.append([(f"{INDENT}{word} {_left(letter.text, margin)} is ", "dim"), *_styled(phrase)])
    return found


@_lines.register
def _(block: Table, width: int) -> list[Line]:
    del width
    columns = _columns(block)
    total = sum(cells(c[0]) + 2 for c in columns) - 2
    margin = INDENT * 2
    rule: Line = [(margin + "─" * total, "dim")]
    found: list[Line] = []
    if any(map(phrase_text, block.header)):
        found = [[(margin + "  ".join(c[0] for c in columns), "bold")], rule]
    found += [[(margin + "  ".join(c[1 + j] for c in columns), "")] for j in range(len(block.rows))]
    if block.foot:
        number = block.number % len(columns)
        label = sum(cells(c[0]) + 2 for c in columns[:number]) - 2
        sums = columns[number][1 + len(block.rows) :]
        texts = [_left(phrase_text(phrase), label) for phrase, _ in block.foot]
        found += [rule, *([(f"{margin}{text}  {value}", "bold")] for text, value in zip(texts, sums, strict=True))]
    return found


def _columns(block: Table) -> list[list[str]]:
    """The columns, each with its header, padded to its width; that of the sums with those at its end."""
    header = [phrase_text(p) for p in block.header] or [""] * len(block.align)
    number = block.number % len(block.align)
    columns = []
    for k, side in enumerate(block.align):
        texts = [phrase_text(row[k]) for row in block.rows]
        sums = [number_text(value) for _, value in block.foot] if k == number else []
        columns.append(_column([*texts, *sums], side, header[k]))
    room = sum(cells(c[0]) + 2 for c in columns[:number]) - 2
    missing = max((cells(phrase_text(p)) for p, _ in block.foot), default=0) - room
    if missing > 0 and number:
        columns[number - 1] = [text + " " * missing for text in columns[number - 1]]
    return columns


@_lines.register
def _(block: Matrix, width: int) -> list[Line]:
    del width
    if not block.array.shape:
        return [[(f"{INDENT}{block.name.text} = {number_text(float(block.array))}", "")]]
    found: list[Line] = []
    for index, rows in slices(block.array):
        if found:
            found.append([])
        name = block.name.text + (f"[{','.join(map(str, index))}]" if index else "")
        columns = [_column([number_text(float(row[k])) for row in rows], "n", "")[1:] for k in range(rows.shape[1])]
        hanging = " " * (len(INDENT) + cells(name) + 3)
        for j in range(len(rows)):
            start = f"{INDENT}{name} = " if j == 0 else hanging
            opening, closing = _brackets(j, len(rows))
            found.append([(start, ""), (opening, "dim"), ("  ".join(c[j] for c in columns), ""), (closing, "dim")])
    return found


@_lines.register
def _(block: Calls, width: int) -> list[Line]:
    del width
    margin = max((len(call) for call, _ in block.calls), default=0)
    title: Line = [(INDENT + block.title, "dim")]
    return [title, *([(f"{INDENT * 2}{call:<{margin}}  ", "green"), *_styled(p)] for call, p in block.calls)]


def _brackets(row: int, rows: int) -> tuple[str, str]:
    if rows == 1:
        return "[ ", " ]"
    return ("⎡ ", " ⎤") if row == 0 else ("⎣ ", " ⎦") if row == rows - 1 else ("⎢ ", " ⎥")


def slices(array: np.ndarray) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """The matrices of an array, with the index of each; a vector is a row."""
    if array.ndim < 2:
        yield (), array.reshape(1, -1)
        return
    leading = array.shape[:-2]
    for index in np.ndindex(*leading):
        yield index, array[index]


def _left(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def _column(texts: Sequence[str], side: str, header: str) -> list[str]:
    """A header and cells padded to one width: on the left, or as numbers at the decimal point."""
    if side == "n":
        heads = [_split_number(text) for text in texts]
        before = max((cells(a) for a, _ in heads), default=0)
        after = max((len(b) for _, b in heads), default=0)
        texts = [" " * (before - cells(a)) + a + b + " " * (after - len(b)) for a, b in heads]
    width = max(map(cells, [header, *texts]), default=0)
    if side == "n":
        return [" " * (width - cells(text)) + text for text in [header, *texts]]
    return [_left(text, width) for text in [header, *texts]]


def _split_number(text: str) -> tuple[str, str]:
    """What stands before the decimal point, and the rest."""
    at = next((k for k, c in enumerate(text) if c in ".e"), len(text))
    return text[:at], text[at:]


def wrap(text: str, width: int, hanging: int) -> list[str]:
    """Break a text at spaces outside brackets; lines after the first begin with `hanging` spaces."""
    found: list[str] = []
    line = ""
    for word in _words(text):
        longer = f"{line} {word}" if line else word
        if line.strip() and cells(longer) > width:
            found.append(line)
            longer = " " * hanging + word
        line = longer
    return [*found, line]


def _words(text: str) -> Iterator[str]:
    """Split at spaces that no square or curly bracket encloses."""
    word, depth = "", 0
    for c in text:
        depth += (c in "[{") - (c in "]}")
        if c == " " and depth <= 0:
            yield word
            word = ""
        else:
            word += c
    yield word
