"""One entry's sum in numbers: w̄[0,0] = 0.0686 · 0.88 + 0.0364 · 0.62 + … = 0.044606."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pullback.explain.parts import symbols
from pullback.explain.rendering.blocks import Math, Row, factor, math, number
from pullback.formula import Map
from pullback.formula import expr as ex
from pullback.formula.notation import array_latex, array_text, number_latex, number_text

if TYPE_CHECKING:
    from pullback.explain.explanation import Entry, Explanation, Term

MOST = 12
"""Terms that are written out; of longer sums the largest three."""

LARGEST = 3
LINE = 60
"""Characters of a line of the sum."""

WHOLE = 72
"""Characters of a calculation that stands on one line with its result."""

NOTHING = Math("", "")


def symbol(array: str, text: str = "") -> Math:
    """An array of a formula."""
    return Math(text or array_text(array), array_latex(array))


def entry_math(array: str, entry: Entry) -> Math:
    """An entry under its letter in the formula: ȳ[0,0,1,2]."""
    name = symbol(array)
    if not entry.index:
        return Math(name.text, name.latex, str(entry))
    at = ",".join(map(str, entry.index))
    return Math(f"{name.text}[{at}]".replace("-", "−"), f"{name.latex}_{{{at}}}", str(entry))


def scale_math(scale: float) -> Math:
    """The number before a sum: 1/4."""
    return Math(number_text(scale), number_latex(scale))


def worked(e: Explanation, most: int | None = MOST) -> list[Row]:
    """The entry as a calculation in numbers, over as many lines as it needs."""
    left = math(e.entry_formula, e.entry_formula_latex).left
    if e.kind in ("maximum", "position"):
        lines = _maximum(e, most)
    elif e.kind == "copy":
        (source,) = e.terms[0].factors
        lines = [entry_math(symbols(e)[0], source)]
    elif e.kind == "expression":
        lines = [numbers_put_in(e)]
    else:
        lines = _sum(e, most)
    result = number(e.entry.value)
    rows = [Row(left if k == 0 else NOTHING, "=" if k == 0 else "", line) for k, line in enumerate(lines)]
    if len(lines) == 1 and lines[0].text == result.text:
        return rows
    line = rows[0].right
    if len(rows) == 1 and len(left.text) + len(line.text) + len(result.text) <= WHOLE:
        return [Row(left, "=", line + Math(" = ", " = ") + result)]
    return [*rows, Row(NOTHING, "=", result)]


def numbers_put_in(e: Explanation) -> Math:
    """An expression with its operands' numbers."""
    f = e.node.formula if e.node is not None else None
    assert isinstance(f, Map)  # noqa: S101  (the kind of explanation says so)
    numbers = dict(zip(symbols(e), (factor(x.value) for x in e.terms[0].factors), strict=True))
    texts = {name: written.text for name, written in numbers.items()}
    latexes = {name: written.latex for name, written in numbers.items()}
    return Math(_opened(ex.text(f.expression, texts)), _opened(ex.latex(f.expression, latexes)))


def _opened(written: str) -> str:
    """Without the parentheses that a negative number does not need: (−2) + 5 is −2 + 5, exp((−2)) is exp(−2)."""
    first = re.sub(r"^\(([-−][^() ]*)\)(?=$| [-+−] )", r"\1", written)
    return re.sub(r"(\(|, )\(([-−][^()]*)\)(?=\\right\)|\)|,)", r"\1\2", first)


def _sum(e: Explanation, most: int | None) -> list[Math]:
    counted = np.flatnonzero(e.products)
    if not len(counted):
        return [Math("0", "0")]
    hidden = 0
    if most is not None and len(counted) > most:
        hidden = len(counted) - LARGEST
        counted = counted[np.argsort(-np.abs(e.products[counted]), kind="stable")[:LARGEST]]
    terms = [e[int(k)] for k in counted]
    parts = [_product(t) for t in terms]
    if len(terms) == 1 and not hidden and e.scale != 1:
        return [scale_math(e.scale) + Math(" · ", r" \cdot ") + parts[0]]
    lines = _broken(parts)
    if hidden:
        words = f"{hidden} smaller term{'' if hidden == 1 else 's'}"
        lines[-1] += Math(f" + … ({words})", rf" + \cdots \text{{ ({words})}}")
    if e.scale != 1:
        lines[0] = scale_math(e.scale) + Math(" · (", r" \cdot (") + lines[0]
        lines[-1] += Math(")", ")")
    return lines


def _product(term: Term) -> Math:
    """0.0686 · 0.88; a minus inside the product in parentheses."""
    first, *rest = (f.value for f in term.factors)
    product = number(first)
    for value in rest:
        product += Math(" · ", r" \cdot ") + factor(value)
    return product


def _broken(parts: Sequence[Math]) -> list[Math]:
    """The parts added up, as many on a line as it holds."""
    lines: list[Math] = []
    for k, part in enumerate(parts):
        minus = k > 0 and part.text.startswith("−")
        shown = Math(part.text[1:], part.latex[1:]) if minus else part
        sign = Math("− ", "- ") if minus else Math("+ ", "+ ")
        if not k:
            lines.append(shown)
        elif len(lines[-1].text) + len(shown.text) > LINE:
            lines.append(sign + shown)
        else:
            lines[-1] += Math(" ", " ") + sign + shown
    return lines


def _maximum(e: Explanation, most: int | None) -> list[Math]:
    inside = [c for c in e.candidates if c.inside]
    shown = inside if most is None or len(inside) <= most else inside[:LARGEST]
    numbers = [number(c.value) for c in shown]
    texts, latexes = [n.text for n in numbers], [n.latex for n in numbers]
    if len(shown) < len(inside):
        texts.append(f"… {len(inside)} in all")
        latexes.append(rf"\ldots \text{{ {len(inside)} in all}}")
    before = "position of " if e.kind == "position" else ""
    before_latex = r"\text{position of } " if before else ""
    return [Math(f"{before}max({', '.join(texts)})", rf"{before_latex}\max({', '.join(latexes)})")]
