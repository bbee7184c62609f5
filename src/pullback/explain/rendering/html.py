"""Blocks as an HTML fragment, with formulas as MathML (needs the extra `draw`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, singledispatch
from html import escape

from pullback.errors import MissingExtraError, message
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
from pullback.explain.rendering.text import slices

_STYLE = """<style>
.pullback { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; overflow-x: auto; }
.pullback math { font-size: 1.1em; }
.pullback table { border-collapse: collapse; margin: 0.5rem 0 0.5rem 1.5rem; width: auto; }
.pullback th, .pullback td { border: 0; padding: 0.1rem 0.5rem; text-align: left; background: none; }
.pullback thead th { border-bottom: 1px solid currentColor; }
.pullback tfoot tr:first-child td { border-top: 1px solid currentColor; }
.pullback tfoot td { font-weight: 600; }
.pullback .number { text-align: right; font-variant-numeric: tabular-nums; white-space: pre; }
.pullback .left { text-align: right; padding-right: 0; }
.pullback .equations math { display: inline math; math-style: normal; }
.pullback .matrix { border: solid currentColor; border-width: 0 2px; border-radius: 0.6rem; margin: 0; }
.pullback .matrix { border-collapse: separate; border-spacing: 0; }
.pullback .array { align-items: center; display: flex; gap: 0.5rem; margin: 0.5rem 0 0.5rem 1.5rem; }
</style>
"""

FIGURE_SPACE, POINT_SPACE = "\u2007", "\u2008"

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body>
{body}</body>
</html>
"""


def html(blocks: Iterable[Block], *, document: bool = False) -> str:
    """The blocks as HTML. What to type next is left out.

    document  a page of its own; else a fragment

    Raises: MissingExtraError (without latex2mathml)
    """
    kept = [block for block in blocks if not isinstance(block, Calls)]
    body = "\n".join(_write(block) for block in kept)
    fragment = f'<section class="pullback">\n{_STYLE}{body}\n</section>\n'
    return _PAGE.format(title=_title(kept), body=fragment) if document else fragment


def _title(blocks: Sequence[Block]) -> str:
    title = next((block.phrase for block in blocks if isinstance(block, Heading)), ("pullback",))
    return "".join(escape(_plain(run)) for run in title)


def _plain(run: Run) -> str:
    return number_text(run.value) if isinstance(run, Number) else run if isinstance(run, str) else run.text


@lru_cache(4096)
def _mathml(latex: str, *, block: bool = False) -> str:
    written = _converter()(latex, display="block" if block else "inline")
    # Sums with what they run over below, as in print.
    return written.replace("<msub><mo>&#x02211;</mo>", '<munder><mo movablelimits="false">&#x02211;</mo>')


def _converter() -> Callable[..., str]:
    try:
        from latex2mathml.converter import convert
    except ImportError as error:
        raise MissingExtraError(
            message("html: formulas need latex2mathml", fix="pip install 'pullback[draw]'"), name="latex2mathml"
        ) from error
    result: Callable[..., str] = convert
    return result


def _math(math: Math, *, block: bool = False) -> str:
    if not math.latex.strip():
        return ""
    written = _mathml(math.latex, block=block)
    return f'<span title="{escape(math.hint)}">{written}</span>' if math.hint else written


def _run(run: Run) -> str:
    if isinstance(run, Math):
        return _math(run)
    return f"<code>{escape(run.text)}</code>" if isinstance(run, Name) else escape(_plain(run))


def _phrase(phrase: Phrase) -> str:
    return "".join(map(_run, phrase))


@singledispatch
def _write(block: Block) -> str:
    raise TypeError(f"no HTML for {type(block).__name__}")


@_write.register
def _(block: Heading) -> str:
    return f"<h{block.level}>{_phrase(block.phrase)}</h{block.level}>"


@_write.register
def _(block: Paragraph) -> str:
    return f"<p>{_phrase(block.phrase)}</p>"


@_write.register
def _(block: Equations) -> str:
    rows = []
    for row in block.rows:
        right = Math("", f"{row.relation} {row.right.latex}".strip())
        rows.append(f'<tr><td class="left">{_math(row.left)}</td><td>{_math(right, block=True)}</td></tr>')
    return '<table class="equations">\n' + "\n".join(rows) + "\n</table>"


@_write.register
def _(block: Legend) -> str:
    rows = ", ".join(f"{_run(letter)} is {_phrase(phrase)}" for letter, phrase in block.rows)
    return f"<p>where {rows}.</p>"


@_write.register
def _(block: Table) -> str:
    number = block.number % len(block.align)
    parts = ['<table class="terms">']
    if any(block.header):
        cells = "".join(
            f"<th{_class(side)}>{_phrase(p)}</th>" for p, side in zip(block.header, block.align, strict=True)
        )
        parts.append(f"<thead><tr>{cells}</tr></thead>")
    parts.append("<tbody>")
    columns = [_column([row[k] for row in block.rows], side) for k, side in enumerate(block.align)]
    parts += [f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True)]
    parts.append("</tbody>")
    if block.foot:
        rows = (
            f'<tr><td colspan="{number}">{_phrase(p)}</td><td class="number">{number_text(v)}</td></tr>'
            for p, v in block.foot
        )
        parts.append(f"<tfoot>{''.join(rows)}</tfoot>")
    return "\n".join([*parts, "</table>"])


def _column(cells: Sequence[Phrase], side: str) -> list[str]:
    if side != "n":
        return [f"<td>{_phrase(cell)}</td>" for cell in cells]
    texts = _decimal(["".join(map(_plain, cell)) for cell in cells])
    return [f'<td class="number">{escape(text)}</td>' for text in texts]


def _decimal(texts: Sequence[str]) -> list[str]:
    """The numbers with spaces behind them, as wide as digits, so that the decimal points stand below each other."""
    after = [len(text.partition(".")[2]) if "." in text else -1 for text in texts]
    most = max(after, default=-1)
    point = [POINT_SPACE if k < 0 <= most else "" for k in after]
    return [t + p + FIGURE_SPACE * (most - max(k, 0)) for t, p, k in zip(texts, point, after, strict=True)]


def _class(side: str) -> str:
    return ' class="number"' if side == "n" else ""


@_write.register
def _(block: Matrix) -> str:
    if not block.array.shape:
        return f"<p>{_math(Math('', f'{block.name.latex} ='))} {number_text(float(block.array))}</p>"
    parts = []
    for index, rows in slices(block.array):
        at = ",".join(map(str, index))
        name = Math("", f"{block.name.latex}_{{{at}}} =" if at else f"{block.name.latex} =")
        columns = [_column([(Number(float(v)),) for v in rows[:, k]], "n") for k in range(rows.shape[1])]
        body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True))
        parts.append(f'<div class="array">{_math(name)}<table class="matrix">{body}</table></div>')
    return "\n".join(parts)
