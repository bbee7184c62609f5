"""Formulas for people: text, LaTeX and MathML from one structure.

A sum is written with its output letters on the left. Where the output is addressed by more than a letter (the input
gradient of a convolution writes at 2p+r−1), a position letter d, h, w takes its place, and the equation is either
solved for the output position of the cotangent (stride 1: x̄[n,i,h] = Σ_{o,r} ȳ[n,o,h−r+1] · w[o,i,r]) or written as
the sum's condition (Σ_{o,p,r : 2p+r−1 = h} ȳ[n,o,p] · w[o,i,r]). Reads outside an array are 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import TypeAlias

from pullback.errors import MissingExtraError, message
from pullback.formula import expr as ex
from pullback.formula.affine import Affine, Index, Lookup, Ref, mixed_radix
from pullback.formula.maps import Map, Reshape, Uniform
from pullback.formula.maxima import Argmax
from pullback.formula.notation import (
    array_latex,
    array_text,
    index_latex,
    index_text,
    letter_latex,
    letter_text,
    number_latex,
    number_text,
    ref_latex,
    ref_text,
)
from pullback.formula.sums import Sum

Formula: TypeAlias = Sum | Argmax | Map | Reshape | Uniform

POSITIONS = (("h", "hw", "dhw"), ("p", "pq", "zpq"))
"""Letters for one, two and three axes of what a sum writes; the second row where the first is in use."""

TAPS = "trs"
"""Letters of filter positions. Nobody reads a filter beyond its ends, so no equation is solved for these."""


@dataclass(frozen=True)
class Equation:
    """A formula ready for printing: left = scale · Σ over letters (conditions) of the product of the factors."""

    left: Ref
    over: tuple[str, ...]
    conditions: tuple[tuple[Index, str], ...]
    factors: tuple[Ref, ...]
    scale: float


def equation(f: Sum) -> Equation:
    """Name the output's positions and solve for a letter where the equation allows it."""
    f = _without_idle_letters(f)
    left, factors, conditions, gone = list(f.out.at), f.factors, [], set()
    for j, name in _position_names(f).items():
        index, position = f.out.at[j], Affine(((name, 1),))
        left[j] = position
        letter = _solvable(index, f)
        if letter is None or letter in gone or not isinstance(index, Affine):
            conditions.append((index, name))
            continue
        solution = (position - index.substitute(letter, Affine())) * index.coef(letter)
        factors = tuple(substitute(r, letter, solution) for r in factors)
        gone.add(letter)
    shown = {k for a in left for k in a.letters}
    over = tuple(k for k in f.ranges if k not in shown and k not in gone)
    return Equation(replace(f.out, at=tuple(left)), over, tuple(conditions), factors, f.scale)


def _without_idle_letters(f: Sum) -> Sum:
    """Leave out letters that are always 0 and only ever added to others: the o of g+o in a depthwise convolution."""
    indices = [a for r in (f.out, *f.factors) for a in r.at]
    alone = {k for a in indices if not isinstance(a, Affine) or len(a.coefs) == 1 for k in a.letters}
    idle = [k for k, n in f.sizes if n == 1 and k not in alone and any(k in a.letters for a in indices)]
    for k in idle:
        out, *factors = (substitute(r, k, Affine()) for r in (f.out, *f.factors))
        f = replace(f, out=out, factors=tuple(factors), sizes=tuple(row for row in f.sizes if row[0] != k))
    return f


def _position_names(f: Sum) -> dict[int, str]:
    """Names for the output's axes that are addressed by more than a letter: h and w for the last two of four."""
    used, rank = set(f.ranges), len(f.out.at)
    axes = [j for j, (a, n) in enumerate(zip(f.out.at, f.out.shape, strict=True)) if not _is_named(a, n, f)]
    spatial = 3 <= rank <= 5 and all(j >= 2 for j in axes)
    if spatial and axes:
        # h beside 2q+s would mix two ways of saying the same.
        axes = [j for j in range(2, rank) if len(f.out.at[j].letters) > 1 or j in axes]
    for row in POSITIONS if 0 < len(axes) <= 3 else ():
        names = [row[rank - 3][j - 2] for j in axes] if spatial else list(row[len(axes) - 1])
        if not used & set(names):
            return dict(zip(axes, names, strict=True))
    spare = [k for k in "abcefjklmuv" if k not in used] + [f"a{j}" for j in range(rank)]
    return dict(zip(axes, spare, strict=False))


def _is_named(index: Index, size: int, f: Sum) -> bool:
    return isinstance(index, Affine) and bool(index.letter or mixed_radix(index, size, f.ranges))


def _solvable(index: Index, f: Sum) -> str | None:
    """The letter with coefficient ±1 whose range is an axis of a factor: outside it, that factor reads 0."""
    if not isinstance(index, Affine):
        return None

    def ranges_over_an_axis(letter: str) -> bool:
        return any(
            isinstance(a, Affine) and a.letter == letter and n == f.ranges[letter]
            for r in f.factors
            for a, n in zip(r.at, r.shape, strict=True)
        )

    def occurs_once(letter: str) -> bool:
        return sum(letter in a.letters for a in f.out.at) == 1

    found = (k for k, c in index.coefs if abs(c) == 1 and k not in TAPS and occurs_once(k) and ranges_over_an_axis(k))
    return max(found, key=lambda k: f.ranges[k], default=None)


def substitute(ref: Ref, letter: str, by: Affine) -> Ref:
    """The ref with a letter replaced by an affine combination of others."""

    def one(a: Index) -> Index:
        if isinstance(a, Affine):
            return a.substitute(letter, by)
        return replace(a, at=tuple(k.substitute(letter, by) for k in a.at))

    return replace(ref, at=tuple(one(a) for a in ref.at))


@singledispatch
def text(formula: Formula) -> str:
    """The formula as one line of text.

    >>> from pullback.formula.affine import letters
    >>> p, r = letters("p r")
    >>> f = Sum(Ref("y", (p,), (3,)), (Ref("w", (r,), (2,)), Ref("x", (p + r,), (4,))), (("p", 3), ("r", 2)))
    >>> print(text(f))
    y[p] = Σ_{r} w[r] · x[p+r]
    >>> print(text(f.gradient("x")[0]))
    x̄[h] = Σ_{r} ȳ[h−r] · w[r]
    """
    raise TypeError(f"no text for {type(formula).__name__}")


@text.register
def _(f: Sum) -> str:
    return equation_text(equation(f))


def equation_text(e: Equation) -> str:
    """An equation as one line of text."""
    conditions = [_condition(a, name, index_text, " = ") for a, name in e.conditions]
    product = " · ".join(map(ref_text, e.factors)) or "1"
    scale = "" if e.scale == 1 else f"{number_text(e.scale)} · "
    if conditions and not e.over:
        return f"{ref_text(e.left)} = {scale}{product} if {' and '.join(conditions)} else 0"
    below = " : ".join(part for part in (_listed(e.over, letter_text), ", ".join(conditions)) if part)
    return f"{ref_text(e.left)} = {scale}{f'Σ_{{{below}}} ' if below else ''}{product}"


def _condition(index: Index, name: str, write: Callable[[Index], str], equals: str) -> str:
    """2p+r−1 = h; a fixed position after its name: w = 3."""
    sides = [write(index), name]
    return equals.join(sides if index.letters or isinstance(index, Lookup) else sides[::-1])


def _listed(names: Iterable[str], write: Callable[[str], str]) -> str:
    return ",".join(map(write, names))


@text.register
def _(f: Argmax) -> str:
    return f"{ref_text(f.out)} = position of max_{{{_listed(f.over, letter_text)}}} {ref_text(f.source)}"


@text.register
def _(f: Map) -> str:
    return f"{ref_text(f.out)} = {ex.text(f.expression, {r.array: ref_text(r) for r in f.reads})}"


@text.register
def _(f: Reshape) -> str:
    return f"{array_text(f.out.array)} = {array_text(f.source.array)} in shape {_shape(f.shape)}"


@text.register
def _(f: Uniform) -> str:
    return f"{array_text(f.out.array)} = uniform numbers in [0, 1) from stream {f.stream}"


@singledispatch
def latex(formula: Formula) -> str:
    r"""The formula as LaTeX, for math mode.

    >>> from pullback.formula.affine import letters
    >>> p, r = letters("p r")
    >>> f = Sum(Ref("y", (p,), (2,)), (Ref("w", (r,), (2,)), Ref("x", (2 * p + r,), (4,))), (("p", 2), ("r", 2)))
    >>> print(latex(f))
    y_{p} = \sum_{r} w_{r} \, x_{2p+r}
    """
    raise TypeError(f"no LaTeX for {type(formula).__name__}")


@latex.register
def _(f: Sum) -> str:
    return equation_latex(equation(f))


def equation_latex(e: Equation) -> str:
    """An equation as LaTeX."""
    conditions = [_condition(a, name, index_latex, "=") for a, name in e.conditions]
    scale = "" if e.scale == 1 else number_latex(e.scale) + r" \, "
    product = r" \, ".join(map(ref_latex, e.factors)) or "1"
    if conditions and not e.over:
        condition = r" \text{ and } ".join(conditions)
        cases = rf"{scale}{product} & \text{{if }} {condition} \\ 0 & \text{{otherwise}}"
        return rf"{ref_latex(e.left)} = \begin{{cases}} {cases} \end{{cases}}"
    return f"{ref_latex(e.left)} = {scale}{_sigma_latex(e.over, conditions)}{product}"


def _sigma_latex(over: Iterable[str], conditions: list[str]) -> str:
    lines = [line for line in (_listed(over, letter_latex), *conditions) if line]
    if not lines:
        return ""
    stacked = r" \\ ".join(lines)
    below = rf"\substack{{{stacked}}}" if len(lines) > 1 else stacked
    return rf"\sum_{{{below}}} "


@latex.register
def _(f: Argmax) -> str:
    over = _listed(f.over, letter_latex)
    return rf"{ref_latex(f.out)} = \text{{position of }} \max_{{{over}}} {ref_latex(f.source)}"


@latex.register
def _(f: Map) -> str:
    return f"{ref_latex(f.out)} = {ex.latex(f.expression, {r.array: ref_latex(r) for r in f.reads})}"


@latex.register
def _(f: Reshape) -> str:
    shape = _shape(f.shape, r" \times ")
    return rf"{array_latex(f.out.array)} = \operatorname{{reshape}}({array_latex(f.source.array)}, {shape})"


@latex.register
def _(f: Uniform) -> str:
    return rf"{array_latex(f.out.array)} \sim \mathcal{{U}}[0, 1)"


def _shape(shape: tuple[int, ...], times: str = "×") -> str:
    return times.join(map(str, shape)) or "()"


def mathml(formula: Formula) -> str:
    """The formula as MathML (needs the extra `draw`).

    Raises: MissingExtraError
    """
    return _converter()(latex(formula))


def _converter() -> Callable[[str], str]:
    try:
        from latex2mathml.converter import convert
    except ImportError as error:
        raise MissingExtraError(
            message("mathml: needs latex2mathml", fix="pip install 'pullback[draw]'"), name="latex2mathml"
        ) from error
    result: Callable[[str], str] = convert
    return result
