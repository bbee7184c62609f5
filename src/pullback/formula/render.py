"""Formulas for people: text, LaTeX and MathML from one structure.

A sum is written with its output letters on the left. Where the output is addressed by more than a letter (the input
gradient of a convolution writes at 2p+r−1), a position letter h, w, d takes its place, and the equation is either
solved for one letter
(stride 1: x̄[n,i,h] = Σ w[o,i,r] · ȳ[n,o,h−r+1]) or written as the sum's condition (2p+r−1 = h).
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
from pullback.formula.sums import Sum

Formula: TypeAlias = Sum | Argmax | Map | Reshape | Uniform

POSITIONS = (("", "h", "hw", "dhw"), ("", "p", "pq", "zpq"))


@dataclass(frozen=True)
class Equation:
    """A formula ready for printing: left = operation over letters (condition) of right."""

    left: Ref
    over: tuple[str, ...]
    conditions: tuple[tuple[Index, str], ...]
    factors: tuple[Ref, ...]
    scale: float


def equation(f: Sum) -> Equation:
    """Name the output's positions and solve for a letter where the equation allows it."""
    used = set(f.ranges)
    spare = iter(k for k in "abcefjklmuv" if k not in used)
    axes = enumerate(zip(f.out.at, f.out.shape, strict=True))
    awkward = [j for j, (a, n) in axes if not (isinstance(a, Affine) and (a.letter or mixed_radix(a, n, f.ranges)))]
    known = [row[len(awkward)] for row in POSITIONS if len(awkward) < len(row)]
    names = next((row for row in known if not used & set(row)), "") or "".join(next(spare) for _ in awkward)
    left, factors, conditions, gone = list(f.out.at), f.factors, [], set()
    for j, name in zip(awkward, names, strict=False):
        index, position = f.out.at[j], Affine(((name, 1),))
        left[j] = position
        letter = _solvable(index, f) if isinstance(index, Affine) else None
        if letter is None or letter in gone or len(_axes_with(letter, f.out)) > 1:
            conditions.append((index, name))
            continue
        assert isinstance(index, Affine)  # noqa: S101  (for the type checker: _solvable was asked about an Affine)
        c = index.coef(letter)
        solution = (position - index.substitute(letter, Affine())) * c
        factors = tuple(_substitute(r, letter, solution) for r in factors)
        gone.add(letter)
    shown = {k for a in left for k in a.letters}
    over = tuple(k for k in f.ranges if k not in shown and k not in gone)
    return Equation(replace(f.out, at=tuple(left)), over, tuple(conditions), factors, f.scale)


def _solvable(index: Affine, f: Sum) -> str | None:
    """The longest letter with coefficient ±1 whose range is an axis of a factor: outside it, that factor reads 0."""

    def ranges_over_an_axis(letter: str) -> bool:
        return any(
            isinstance(a, Affine) and a.letter == letter and n == f.ranges[letter]
            for r in f.factors
            for a, n in zip(r.at, r.shape, strict=True)
        )

    found = [k for k, c in index.coefs if abs(c) == 1 and ranges_over_an_axis(k)]
    return max(found, key=lambda k: f.ranges[k], default=None)


def _axes_with(letter: str, ref: Ref) -> list[int]:
    return [j for j, a in enumerate(ref.at) if letter in a.letters]


def _substitute(ref: Ref, letter: str, by: Affine) -> Ref:
    def one(a: Index) -> Index:
        if isinstance(a, Affine):
            return a.substitute(letter, by)
        return replace(a, at=tuple(k.substitute(letter, by) for k in a.at))

    return replace(ref, at=tuple(one(a) for a in ref.at))


def array_text(name: str) -> str:
    """An array's name: x_bar is written x̄."""
    base, bars = _bars(name)
    return base[0] + "\u0304" * bars + base[1:] if bars and len(base) == 1 else base + "\u0304" * bars


def array_latex(name: str) -> str:
    r"""An array's name in LaTeX: x_bar is written \bar{x}."""
    base, bars = _bars(name)
    base = base if len(base) == 1 else rf"\mathrm{{{base.replace('_', chr(92) + '_')}}}"
    return r"\bar{" * bars + base + "}" * bars


def _bars(name: str) -> tuple[str, int]:
    base, bars = name.removesuffix("_spread"), 0
    while base.endswith("_bar"):
        base, bars = base.removesuffix("_bar"), bars + 1
    return base, bars


def index_text(index: Index) -> str:
    """An index as text, with a real minus sign."""
    return (
        str(index).replace("-", "−").replace("//", "÷") if isinstance(index, Affine) else _lookup(index, "÷", " mod ")
    )


def index_latex(index: Index) -> str:
    """An index as LaTeX."""
    return str(index) if isinstance(index, Affine) else _lookup(index, r"\div ", r"\bmod ", latex=True)


def _lookup(index: Lookup, div: str, mod: str, *, latex: bool = False) -> str:
    at = ",".join((index_latex if latex else index_text)(a) for a in index.at)
    name = rf"\mathrm{{{index.name}}}" if latex else index.name
    text = f"{name}_{{{at}}}" if latex else f"{name}[{at}]"
    if index.size is None:
        return text
    return f"({text}{div}{index.stride}){mod}{index.size}" if index.stride > 1 else f"{text}{mod}{index.size}"


def ref_text(ref: Ref) -> str:
    """An addressed array as text: x[n,i,2p+r−1]."""
    return f"{array_text(ref.array)}[{','.join(map(index_text, ref.at))}]" if ref.at else array_text(ref.array)


def ref_latex(ref: Ref) -> str:
    """An addressed array as LaTeX."""
    at = ",".join(map(index_latex, ref.at))
    return f"{array_latex(ref.array)}_{{{at}}}" if at else array_latex(ref.array)


def number(value: float) -> str:
    """A scale factor: 1/k where it is one, as people write it."""
    inverse = 1 / value if value else 0.0
    return f"1/{inverse:.0f}" if inverse > 1 and abs(inverse - round(inverse)) < 1e-9 else f"{value:g}"


def _number_latex(value: float) -> str:
    top, _, bottom = number(value).partition("/")
    return rf"\tfrac{{{top}}}{{{bottom}}}" if bottom else top


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
    e = equation(f)
    conditions = ", ".join(f"{index_text(a)}={name}" for a, name in e.conditions)
    product = " · ".join([*([number(e.scale)] if e.scale != 1 else []), *map(ref_text, e.factors)]) or "1"
    sigma = _over("Σ", e.over, conditions)
    return f"{ref_text(e.left)} = {sigma}{product}"


def _over(symbol: str, over: Iterable[str], conditions: str) -> str:
    letters = ",".join(over)
    if not letters and not conditions:
        return ""
    return f"{symbol}_{{{letters}{' : ' if letters and conditions else ''}{conditions}}} "


@text.register
def _(f: Argmax) -> str:
    return f"{ref_text(f.out)} = argmax_{{{','.join(f.over)}}} {ref_text(f.source)}"


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
    e = equation(f)
    conditions = [f"{index_latex(a)}={name}" for a, name in e.conditions]
    product = r" \, ".join([*([_number_latex(e.scale)] if e.scale != 1 else []), *map(ref_latex, e.factors)]) or "1"
    return f"{ref_latex(e.left)} = {_sum_latex(e.over, conditions)}{product}"


def _sum_latex(over: tuple[str, ...], conditions: list[str]) -> str:
    lines = [",".join(over)] * bool(over) + conditions
    if not lines:
        return ""
    stacked = r" \\ ".join(lines)
    below = lines[0] if len(lines) == 1 else rf"\substack{{{stacked}}}"
    return rf"\sum_{{{below}}} "


@latex.register
def _(f: Argmax) -> str:
    return rf"{ref_latex(f.out)} = \operatorname*{{arg\,max}}_{{{','.join(f.over)}}} {ref_latex(f.source)}"


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
