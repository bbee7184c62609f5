r"""Blocks as LaTeX: a fragment that needs amsmath and longtable, or a document of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import singledispatch
from typing import Any

from numpy.typing import NDArray

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
    number_latex,
)
from pullback.explain.rendering.text import slices

_PREAMBLE = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage[a4paper,margin=25mm]{geometry}
\usepackage{amsmath,longtable}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.6em}
\setlength{\emergencystretch}{5em}
\allowdisplaybreaks
\begin{document}

"""

_SECTIONS = {1: "section*", 2: "subsection*", 3: "subsubsection*"}
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "−": "$-$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "…": r"\ldots{}",
    "½": r"$\tfrac{1}{2}$",
    "²": "$^{2}$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "→": r"$\to$",
    "∞": r"$\infty$",
    "Σ": r"$\Sigma$",
    "\u0304": "",
    **dict(zip("₀₁₂₃₄₅₆₇₈₉", (f"$_{{{k}}}$" for k in range(10)), strict=True)),
    **{"α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "δ": r"$\delta$", "ε": r"$\epsilon$", "λ": r"$\lambda$"},
    **{"μ": r"$\mu$", "π": r"$\pi$", "σ": r"$\sigma$"},
    **{c: rf"$\bar{{{base}}}$" for c, base in zip("āēḡīōūȳ", "aegiouy", strict=True)},
}


def latex(blocks: Iterable[Block], *, document: bool = False) -> str:
    """The blocks as LaTeX. What to type next is left out.

    document  with a preamble, ready to be compiled; else a fragment for one that loads amsmath and longtable
    """
    body = "\n\n".join(_write(block) for block in blocks if not isinstance(block, Calls)) + "\n"
    return f"{_PREAMBLE}{body}\n\\end{{document}}\n" if document else body


def escape(text: str) -> str:
    r"""Plain text in LaTeX.

    >>> print(escape("50 % of w_bar"))
    50 \% of w\_bar
    """
    barred = re.sub("([A-Za-z])\u0304", r"\\bar{\1}", text)
    pieces = re.split(r"(\\bar\{[A-Za-z]\})", barred)
    return "".join(f"${p}$" if k % 2 else "".join(_SPECIAL.get(c, c) for c in p) for k, p in enumerate(pieces))


def _run(run: Run) -> str:
    if isinstance(run, Math):
        return f"${run.latex}$" if run.latex.strip() else ""
    if isinstance(run, Name):
        return rf"\texttt{{{escape(run.text)}}}"
    return f"${number_latex(run.value)}$" if isinstance(run, Number) else escape(run)


def _phrase(phrase: Phrase) -> str:
    return "".join(map(_run, phrase))


def aligned(block: Equations) -> str:
    """Displayed mathematics aligned at its relations, without the delimiters."""
    rows = []
    for row in block.rows:
        relation = row.relation or (r"\quad" if row.left.latex or len(block.rows) > 1 else "")
        rows.append(f"{row.left.latex} &{relation} {row.right.latex}".strip())
    if len(rows) == 1:
        return rows[0].replace("&", "", 1)
    lines = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"


def matrix_latex(block: Matrix) -> str:
    """An array as a matrix, or as several beside each other."""
    return " \\\\\n".join(
        f"{_indexed(block.name, index)} = {_matrix(rows, scalar=not block.array.shape)}"
        for index, rows in slices(block.array)
    )


def _indexed(name: Math, index: tuple[int, ...]) -> str:
    return f"{name.latex}_{{{','.join(map(str, index))}}}" if index else name.latex


def _matrix(rows: NDArray[Any], *, scalar: bool = False) -> str:
    if scalar:
        return number_latex(float(rows[0, 0]))
    lines = [" & ".join(number_latex(float(v)) for v in row) for row in rows]
    columns = "r" * max((line.count("&") + 1 for line in lines), default=1)
    body = r" \\ ".join(lines)
    return rf"\left[\begin{{array}}{{{columns}}} {body} \end{{array}}\right]"


@singledispatch
def _write(block: Block) -> str:
    raise TypeError(f"no LaTeX for {type(block).__name__}")


@_write.register
def _(block: Heading) -> str:
    return rf"\{_SECTIONS[block.level]}{{{_phrase(block.phrase)}}}"


@_write.register
def _(block: Paragraph) -> str:
    return _phrase(block.phrase)


@_write.register
def _(block: Equations) -> str:
    if len(block.rows) == 1:
        return f"\\[\n{aligned(block)}\n\\]"
    # Unlike aligned, align* may go on on the next page.
    return aligned(block).replace("{aligned}", "{align*}")


@_write.register
def _(block: Legend) -> str:
    return f"where {', '.join(f'{_run(letter)} is {_phrase(phrase)}' for letter, phrase in block.rows)}."


@_write.register
def _(block: Matrix) -> str:
    return "\n".join(
        f"\\[\n{_indexed(block.name, index)} = {_matrix(rows, scalar=not block.array.shape)}\n\\]"
        for index, rows in slices(block.array)
    )


@_write.register
def _(block: Table) -> str:
    columns = "".join("r@{}l" if side == "n" else "l" for side in block.align)
    lines = [rf"\begin{{longtable}}{{{columns}}}"]
    if any(block.header):
        cells = (
            rf"\multicolumn{{2}}{{r}}{{{_phrase(p)}}}" if side == "n" else _phrase(p) for p, side in _headed(block)
        )
        lines += [" & ".join(cells) + r" \\", r"\hline", r"\endhead"]
    lines += [
        " & ".join(_cell(cell, side) for cell, side in zip(row, block.align, strict=True)) + r" \\"
        for row in block.rows
    ]
    if block.foot:
        before = sum(2 if side == "n" else 1 for side in block.align[: block.number % len(block.align)])
        after = " &" * sum(2 if side == "n" else 1 for side in block.align[block.number % len(block.align) + 1 :])
        lines.append(r"\hline")
        for phrase, value in block.foot:
            label = rf"\multicolumn{{{before}}}{{l}}{{{_phrase(phrase)}}}"
            lines.append(rf"{label} & {_cell((Number(value),), 'n')}{after} \\")
    return "\n".join([*lines, r"\end{longtable}"])


def _headed(block: Table) -> Iterable[tuple[Phrase, str]]:
    return zip(block.header, block.align, strict=True)


def _cell(cell: Phrase, side: str) -> str:
    """A cell; a number in two, so that the decimal points stand below each other."""
    if side != "n":
        return _phrase(cell)
    written = "".join(number_latex(run.value) if isinstance(run, Number) else _run(run) for run in cell)
    whole, point, rest = written.partition(".")
    return f"${whole}$ & ${point}{rest}$" if point else f"${whole}$ &"
