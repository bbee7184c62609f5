"""Elementwise expressions as text and LaTeX, with no more parentheses than the reading needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose, isinf, isnan, pi, sqrt
from typing import Literal, TypeAlias

from pullback.formula import functions as fn
from pullback.formula.expr_tree import Apply, Const, Expr, Var, postorder

Style: TypeAlias = Literal["text", "latex"]

_SUPERSCRIPTS = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_KNOWN = {
    pi: ("π", r"\pi", fn.ATOM),
    sqrt(2): ("√2", r"\sqrt{2}", fn.ATOM),
    sqrt(2 / pi): ("√(2/π)", r"\sqrt{\frac{2}{\pi}}", fn.ATOM),
    2 / sqrt(pi): ("2/√π", r"\frac{2}{\sqrt{\pi}}", fn.PRODUCT),
    1 / sqrt(2): ("1/√2", r"\frac{1}{\sqrt{2}}", fn.PRODUCT),
}
_BRACKETS = {"text": ("(", ")"), "latex": (r"\left(", r"\right)")}
_MINUS = {"text": "−", "latex": "-"}


def text(expr: Expr, names: Mapping[str, str] | None = None) -> str:
    """Write an expression as a line of text; `names` says how variables are written.

    >>> x = Var("x")
    >>> text(Apply("maximum", (x, Const(0.0))) ** 2 - 2 * (x + 1), {"x": "x[n,o]"})
    'max(x[n,o], 0)² − 2 · (x[n,o] + 1)'
    """
    return _write(expr, names or {}, "text")


def latex(expr: Expr, names: Mapping[str, str] | None = None) -> str:
    r"""Write an expression in LaTeX, for math mode; `names` says how variables are written.

    >>> x = Var("x")
    >>> print(latex(1 / (1 + x**2)))
    \frac{1}{1 + x^{2}}
    """
    return _write(expr, names or {}, "latex")


@dataclass(frozen=True, slots=True)
class _Written:
    """A part already written; formatting it with a precedence puts it in parentheses if it binds less."""

    written: str
    precedence: int
    style: Style
    ends_in_quotient: bool = False

    def __format__(self, wanted: str) -> str:
        if not wanted or self.precedence >= int(wanted):
            return self.written
        left, right = _BRACKETS[self.style]
        return f"{left}{self.written}{right}"


def _write(expr: Expr, names: Mapping[str, str], style: Style) -> str:
    done: dict[int, _Written] = {}
    for node in postorder(expr):
        if isinstance(node, Apply):
            done[id(node)] = _application(node, [done[id(a)] for a in node.arguments], style)
        elif isinstance(node, Const):
            done[id(node)] = _number(node.value, style)
        elif isinstance(node, Var):
            done[id(node)] = _Written(names.get(node.name) or _variable(node.name, style), fn.ATOM, style)
    return done[id(expr)].written


def _application(node: Apply, arguments: list[_Written], style: Style) -> _Written:
    function = fn.function_named(node.function, len(arguments))
    template = function.text if style == "text" else function.latex
    minus = _MINUS[style]
    if style == "text" and node.function in ("multiply", "divide") and arguments[0].ends_in_quotient:
        # Neither · nor / may follow a solidus on its line (ISO 80000-2): a / b · c is read both ways.
        arguments = [_Written(f"({arguments[0]})", fn.ATOM, style), arguments[1]]
    if node.function == "add" and arguments[1].written.startswith(minus) and arguments[1].precedence >= fn.SUM:
        written = f"{arguments[0]:{fn.SUM}} {minus} {arguments[1].written[1:]}"
    elif node.function == "power" and style == "text" and re.fullmatch("−?[0-9]+", arguments[1].written):
        written = f"{arguments[0]:{fn.ATOM}}{arguments[1].written.translate(_SUPERSCRIPTS)}"
    else:
        written = template.format(*arguments)
    # A product that begins with a minus sign cannot follow another operator bare.
    leading = function.precedence > fn.MINUS and written.startswith(minus)
    ends_in_quotient = node.function == "divide" or (node.function == "multiply" and arguments[1].ends_in_quotient)
    return _Written(written, fn.MINUS if leading else function.precedence, style, ends_in_quotient)


def _variable(name: str, style: Style) -> str:
    if style == "text" or len(name) == 1:
        return name
    if name.endswith("_bar"):
        return rf"\bar{{{_variable(name.removesuffix('_bar'), style)}}}"
    indexed = re.fullmatch("([A-Za-z])_?([0-9]+)", name)
    if indexed:
        return f"{indexed[1]}_{{{indexed[2]}}}"
    escaped = name.replace("_", r"\_")
    return rf"\mathrm{{{escaped}}}"


def _number(value: float, style: Style) -> _Written:
    if isinstance(value, bool):
        return _Written(str(value).lower() if style == "text" else rf"\text{{{str(value).lower()}}}", fn.ATOM, style)
    written, precedence = _magnitude(abs(value), style)
    if repr(value).startswith("-"):
        return _Written(_MINUS[style] + written, fn.MINUS, style)
    return _Written(written, precedence, style)


def _magnitude(value: float, style: Style) -> tuple[str, int]:
    if isinf(value) or isnan(value):
        special = {"text": "∞", "latex": r"\infty"} if isinf(value) else {"text": "nan", "latex": r"\text{nan}"}
        return special[style], fn.ATOM
    # The last digits may be gone: constants that were folded are rounded once more.
    known = next((constant for constant in _KNOWN if isclose(value, constant, rel_tol=5e-16)), None)
    if known is not None:
        as_text, as_latex, precedence = _KNOWN[known]
        return (as_text if style == "text" else as_latex), precedence
    digits = repr(value).removesuffix(".0")
    inverse = round(1 / value) if 1e-6 < value < 1 else 0
    if len(digits) > 6 and inverse and 1 / inverse == value:
        return (f"1/{inverse}" if style == "text" else rf"\frac{{1}}{{{inverse}}}"), fn.PRODUCT
    mantissa, e, exponent = digits.partition("e")
    if not e or style == "text":
        return digits, fn.ATOM
    power = f"10^{{{int(exponent)}}}"
    return (power if mantissa == "1" else rf"{mantissa} \cdot {power}"), fn.PRODUCT
