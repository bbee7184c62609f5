"""Formulas for the page: MathML with blanks, which the page fills with an entry's indices or numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pullback.errors import MissingExtraError, message
from pullback.formula import Affine, Argmax, Lookup, Map, Ref, Reshape, Sum, latex
from pullback.formula import expr as ex
from pullback.formula.affine import Index
from pullback.formula.notation import array_latex
from pullback.formula.render import Equation, equation, equation_latex


def printed(f: Any) -> dict[str, Any]:
    """How a formula is written.

    general     the formula as MathML
    at          the same with blanks: @0 for what is computed, @1, @2, … for what is read, @c0, @c1, … for conditions
    refs        what goes into the blanks, with letters
    conditions  index and name of each condition of a sum, and whether it stays open once an entry's indices are put in
    """
    if isinstance(f, Sum):
        return _sum(f)
    if isinstance(f, Map):
        blanks = {r.array: _blank(k + 1) for k, r in enumerate(f.reads)}
        at = f"{_blank(0)} = {ex.latex(f.expression, blanks)}"
        return _record(latex(f), at, (f.out, *f.reads))
    if isinstance(f, Argmax):
        at = latex(replace(f, out=_named(0), source=_named(1)))
        return _record(latex(f), _with_blanks(at), (f.out, f.source))
    if isinstance(f, Reshape):
        return _record(latex(f), f"{_blank(0)} = {_blank(1)}", (f.out, f.source))
    return _record(latex(f), latex(f), ())


def _sum(f: Sum) -> dict[str, Any]:
    e = equation(f)
    left = {k for a in e.left.at for k in a.letters}
    conditions = [{"index": index_data(a), "name": name, "open": _is_open(a, left)} for a, name in e.conditions]
    blanks = Equation(
        _named(0),
        e.over,
        tuple((Affine(((f"@c{k}", 1),)), _blank(f"n{k}")) for k, row in enumerate(conditions) if row["open"]),
        tuple(_named(k + 1) for k in range(len(e.factors))),
        e.scale,
    )
    return _record(latex(f), _with_blanks(equation_latex(blanks)), (e.left, *e.factors), conditions)


def _is_open(index: Index, known: set[str]) -> bool:
    """Whether an index depends on more than the known letters."""
    return bool(set(index.letters) - known) or (isinstance(index, Lookup) and isinstance(index.table, str))


def _record(general: str, at: str, refs: tuple[Ref, ...], conditions: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    return {
        "general": to_mathml(general),
        "at": to_mathml(at),
        "refs": [
            {"array": to_mathml(array_latex(r.array), inner=True), "at": list(map(index_data, r.at))} for r in refs
        ],
        "conditions": list(conditions),
    }


def _blank(k: int | str) -> str:
    return rf"\text{{@{k}}}"


def _named(k: int) -> Ref:
    return Ref(f"blank{k}", (), ())


def _with_blanks(written: str) -> str:
    written = re.sub(r"\\mathrm\{blank(\d+)\}", r"\\text{@\1}", written)
    return re.sub(r"@_\{(c\d+)\}", r"\\text{@\1}", written)


def index_data(index: Index, operands: Mapping[str, int] | None = None) -> dict[str, Any]:
    """An index map as plain data: {k, c} for Σ c·letter + k, or {table or operand, name, at, stride, size}."""
    if isinstance(index, Affine):
        return {"k": index.const, "c": [list(pair) for pair in index.coefs]}
    row: dict[str, Any] = {"name": index.name, "at": list(map(index_data, index.at)), "stride": index.stride}
    if index.size is not None:
        row["size"] = index.size
    if not isinstance(index.table, str):
        return row | {"table": list(index.table.entries)}
    return row | ({"operand": operands[index.table]} if operands else {})


@lru_cache(maxsize=4096)
def to_mathml(written: str, *, inner: bool = False) -> str:
    """LaTeX as MathML; `inner` leaves the outer element out.

    Raises: MissingExtraError
    """
    try:
        from latex2mathml.converter import convert
    except ImportError as error:
        raise MissingExtraError(
            message("page: formulas need latex2mathml", fix="pip install 'pullback[draw]'"), name="latex2mathml"
        ) from error
    text = re.sub(r"&#x([0-9A-F]+);", _character, str(convert(written, display="block")))
    text = text.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "").replace("―", "¯")
    return re.sub(r"^<math[^>]*>|</math>$", "", text) if inner else text


def _character(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return match[0] if character in "<>&" else character
