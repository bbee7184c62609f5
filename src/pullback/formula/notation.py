"""How names, letters, indices and numbers are written, in text and in LaTeX."""

from __future__ import annotations

import re
from unicodedata import normalize

from pullback.formula.affine import Affine, Index, Lookup, Ref

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_MACRON = "\u0304"


def array_text(name: str) -> str:
    """An array's name: x_bar is written x̄."""
    base, bars = _bars(name)
    letter = re.fullmatch("([A-Za-z])([0-9]*)", base)
    stem, rest = letter.groups() if letter else (base, "")
    return normalize("NFC", stem + _MACRON * bars) + rest


def array_latex(name: str) -> str:
    r"""An array's name in LaTeX: x_bar is written \bar{x}."""
    base, bars = _bars(name)
    if len(base) == 1:
        return r"\bar{" * bars + base + "}" * bars
    return r"\overline{" * bars + rf"\mathrm{{{base.replace('_', chr(92) + '_')}}}" + "}" * bars


def _bars(name: str) -> tuple[str, int]:
    base, bars = name.replace("_spread", ""), 0
    while base.endswith("_bar"):
        base, bars = base.removesuffix("_bar"), bars + 1
    return base, bars


def letter_text(letter: str) -> str:
    """A letter: k0 is written k₀."""
    return letter[0] + letter[1:].translate(_SUBSCRIPTS)


def letter_latex(letter: str) -> str:
    """A letter in LaTeX: k0 is written k_{0}."""
    return f"{letter[0]}_{{{letter[1:]}}}" if letter[1:] else letter


def index_text(index: Index) -> str:
    """An index as text: 2p+r−1, reflect[p], ⌊switches[n]/4⌋, switches[n] mod 4.

    >>> p, r = (Affine(((k, 1),)) for k in "pr")
    >>> print(index_text(2 * p + r - 1), index_text(5 - 2 * p))
    2p+r−1 5−2p
    """
    if isinstance(index, Affine):
        return _combination(index, latex=False).replace("-", "−")
    at = ",".join(map(index_text, index.at))
    entry = f"{index.name}[{at}]" if at else index.name
    return _digit(index, entry, "⌊{0}/{1}⌋", "{0} mod {1}")


def index_latex(index: Index) -> str:
    r"""An index as LaTeX: 2p+r-1, \mathrm{switches}_{n} \bmod 4."""
    if isinstance(index, Affine):
        return _combination(index, latex=True)
    at = ",".join(map(index_latex, index.at))
    entry = rf"\mathrm{{{index.name}}}_{{{at}}}" if at else rf"\mathrm{{{index.name}}}"
    return _digit(index, entry, r"\left\lfloor {0} / {1} \right\rfloor", r"{0} \bmod {1}")


def _combination(index: Affine, *, latex: bool) -> str:
    write = letter_latex if latex else letter_text
    parts = [(c, write(k)) for k, c in index.coefs] + ([(index.const, "")] if index.const else [])
    if parts and parts[0][0] < 0:
        # 5−2p rather than −2p+5
        first = next((j for j, (c, _) in enumerate(parts) if c > 0), 0)
        parts = [parts[first], *parts[:first], *parts[first + 1 :]]
    written = (("-" if c < 0 else "+") + ("" if abs(c) == 1 and k else str(abs(c))) + k for c, k in parts)
    return "".join(written).removeprefix("+") or "0"


def _digit(index: Lookup, entry: str, quotient: str, remainder: str) -> str:
    shifted = quotient.format(entry, index.stride) if index.stride > 1 else entry
    return shifted if index.size is None else remainder.format(shifted, index.size)


def ref_text(ref: Ref) -> str:
    """An addressed array as text: x[n,i,2p+r−1]."""
    if not ref.at:
        return array_text(ref.array)
    at = list(map(index_text, ref.at))
    separator = ", " if any(" " in index for index in at) else ","
    return f"{array_text(ref.array)}[{separator.join(at)}]"


def ref_latex(ref: Ref) -> str:
    """An addressed array as LaTeX."""
    at = ",".join(map(index_latex, ref.at))
    return f"{array_latex(ref.array)}_{{{at}}}" if at else array_latex(ref.array)


def number_text(value: float) -> str:
    """A scale factor, 1/k where it is one, as people write it.

    >>> number_text(0.25), number_text(-0.5), number_text(1.5)
    ('1/4', '−1/2', '1.5')
    """
    sign, top, bottom = _number(value)
    return sign.replace("-", "−") + (f"{top}/{bottom}" if bottom else top)


def number_latex(value: float) -> str:
    """A scale factor in LaTeX."""
    sign, top, bottom = _number(value)
    return sign + (rf"\tfrac{{{top}}}{{{bottom}}}" if bottom else top)


def _number(value: float) -> tuple[str, str, str]:
    size = abs(value)
    inverse = 1 / size if size else 0.0
    whole = inverse > 1 and abs(inverse - round(inverse)) < 1e-9 * inverse
    return "-" if value < 0 else "", "1" if whole else f"{size:g}", str(round(inverse)) if whole else ""
