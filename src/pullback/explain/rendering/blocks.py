"""What is said, before it is decided how it looks: phrases of words, names, mathematics and numbers, in blocks."""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf, isnan
from typing import Any, TypeAlias

from numpy.typing import NDArray

DIGITS = 6
"""Significant digits: enough to check a product by hand."""


@dataclass(frozen=True)
class Math:
    """Mathematics on one line, as text and as LaTeX; `hint` says what it stands for."""

    text: str
    latex: str
    hint: str = ""

    def __add__(self, other: Math) -> Math:
        return Math(self.text + other.text, self.latex + other.latex)


@dataclass(frozen=True)
class Name:
    """A name as the user types it: conv1.weight."""

    text: str


@dataclass(frozen=True)
class Number:
    """A number, written with `DIGITS` significant digits."""

    value: float


Run: TypeAlias = str | Math | Name | Number
Phrase: TypeAlias = tuple[Run, ...]


@dataclass(frozen=True)
class Heading:
    """A title. Level 1 is the document's."""

    phrase: Phrase
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """A sentence or a few."""

    phrase: Phrase


@dataclass(frozen=True)
class Row:
    """One line of displayed mathematics: left relation right; without a relation it goes on from the line before."""

    left: Math
    relation: str
    right: Math


@dataclass(frozen=True)
class Equations:
    """Displayed mathematics, aligned at the relation."""

    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Legend:
    """What the letters of the equation before it stand for."""

    rows: tuple[tuple[Math, Phrase], ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells; `align` has one letter per column: l left, n number (aligned at the decimal point).

    foot  lines below a rule: a label, and a number in the column `number`
    """

    header: tuple[Phrase, ...]
    align: str
    rows: tuple[tuple[Phrase, ...], ...]
    foot: tuple[tuple[Phrase, float], ...] = ()
    number: int = -1


@dataclass(frozen=True, eq=False)
class Matrix:
    """An array, its last two axes as a matrix: one matrix per index of the axes before."""

    name: Math
    array: NDArray[Any]


@dataclass(frozen=True)
class Calls:
    """What to ask next. Only for readers who sit at a prompt."""

    title: str
    calls: tuple[tuple[str, Phrase], ...]


Block: TypeAlias = Heading | Paragraph | Equations | Legend | Table | Matrix | Calls


def number_text(value: float) -> str:
    """A number for people: six significant digits, whole numbers whole, the minus sign of print.

    >>> print(number_text(-0.0112620004), number_text(12345678.0), number_text(-0.0), number_text(1.5e-7))
    −0.011262 12345678 0 1.5e−07
    """
    if isinf(value):
        return "−∞" if value < 0 else "∞"
    if isnan(value):
        return "nan"
    whole = value.is_integer() and abs(value) < 1e9
    written = str(int(value)) if whole else f"{value:.{DIGITS}g}"
    return written.replace("-", "−")


def number_latex(value: float) -> str:
    r"""A number in LaTeX.

    >>> print(number_latex(-1.5e-7), number_latex(0.25))
    -1.5 \cdot 10^{-7} 0.25
    """
    if isinf(value):
        return r"-\infty" if value < 0 else r"\infty"
    if isnan(value):
        return r"\text{nan}"
    mantissa, e, exponent = number_text(value).replace("−", "-").partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else mantissa


def number(value: float) -> Math:
    """A number as mathematics."""
    return Math(number_text(value), number_latex(value))


def factor(value: float) -> Math:
    """A number as a factor: in parentheses where it begins with a minus."""
    written = number(value)
    return Math(f"({written.text})", f"({written.latex})") if written.text.startswith("−") else written


def math(formula: str, latex: str) -> Row:
    """A printed formula, split at its first equals sign."""
    left, relation, right = formula.partition(" = ")
    left_latex, _, right_latex = latex.partition(" = ")
    if not relation or not right_latex:
        return Row(Math("", ""), "", Math(formula, latex))
    return Row(Math(left, left_latex), "=", Math(right, right_latex))


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape for people: 2×3, "one number"."""
    return "×".join(map(str, shape)) if shape else "one number"
