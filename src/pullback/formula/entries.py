"""One entry of a formula: its equation with the indices put in, and the terms behind it as arrays.

`Sum.terms` lists terms one by one; `term_table` finds the same terms all at once, so that an entry with thousands of
terms is found in milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.formula import render
from pullback.formula.affine import Affine, Index, Lookup, Ref
from pullback.formula.maps import Map
from pullback.formula.maxima import Argmax
from pullback.formula.sums import Sum

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class TermTable:
    """The terms behind one entry, one row each, in row-major order of the letters.

    letters   every letter's value
    indices   per factor, the position along each axis
    values    per factor, what is read there: 0 outside the array
    inside    per factor, whether the read falls inside the array
    products  scale times the product of the factors
    """

    letters: dict[str, Array]
    indices: tuple[tuple[Array, ...], ...]
    values: tuple[Array, ...]
    inside: tuple[Array, ...]
    products: Array

    def __len__(self) -> int:
        return len(self.products)


def term_table(f: Sum, arrays: Mapping[str, Array], entry: Sequence[int]) -> TermTable:
    """All terms behind one entry of a sum.

    >>> from pullback.formula.affine import letters
    >>> p, r = letters("p r")
    >>> f = Sum(Ref("y", (p,), (3,)), (Ref("w", (r,), (2,)), Ref("x", (p + r,), (4,))), (("p", 3), ("r", 2)))
    >>> term_table(f, {"w": np.array([1.0, 10.0]), "x": np.array([1.0, 2.0, 3.0, 4.0])}, (1,)).products
    array([ 2., 30.])
    """
    letters, count = _assignments(f, arrays, entry)
    indices, values, inside = [], [], []
    for ref in f.factors:
        at = tuple(np.broadcast_to(_positions(a, letters, arrays), (count,)) for a in ref.at)
        ok = np.ones(count, bool)
        for k, n in zip(at, ref.shape, strict=True):
            ok &= (k >= 0) & (k < n)
        read = arrays[ref.array][tuple(np.where(ok, k, 0) for k in at)] if prod(ref.shape) else np.zeros(count)
        indices.append(at)
        inside.append(ok)
        values.append(np.where(ok, read, 0) if ref.at else np.broadcast_to(read, (count,)))
    products = np.full(count, f.scale)
    for value in values:
        products = products * value
    return TermTable(letters, tuple(indices), tuple(values), tuple(inside), products)


def _assignments(f: Sum, arrays: Mapping[str, Array], entry: Sequence[int]) -> tuple[dict[str, Array], int]:
    """Every letter's value in every assignment that addresses the entry, and how many there are."""
    fixed = _fixed_letters(f.out, entry)
    equations = [(a, v) for a, v in zip(f.out.at, entry, strict=True) if set(a.letters) - set(fixed)]
    solved = _solved_letters(equations, fixed, f.ranges)
    free = [k for k in f.ranges if k not in fixed and k not in solved]
    grids = np.meshgrid(*(np.arange(f.ranges[k]) for k in free), indexing="ij") if free else []
    letters: dict[str, Array] = {k: np.asarray(v) for k, v in fixed.items()}
    letters |= {k: g.ravel() for k, g in zip(free, grids, strict=True)}
    ok: Array = np.ones(prod(f.ranges[k] for k in free), bool)
    for letter, (index, value) in solved.items():
        rest = value - _positions(index, {**letters, letter: np.asarray(0)}, arrays)
        letters[letter], remainder = np.divmod(rest, index.coef(letter))
        ok &= (remainder == 0) & (letters[letter] >= 0) & (letters[letter] < f.ranges[letter])
    for at, wanted in zip(f.out.at, entry, strict=True):
        ok &= _positions(at, letters, arrays) == wanted
    for letter, value in fixed.items():
        ok &= 0 <= value < f.ranges[letter]
    table = {k: np.broadcast_to(letters[k], ok.shape)[ok] for k in f.ranges}
    order = np.lexsort(list(table.values())[::-1]) if table else None
    return {k: v[order] for k, v in table.items()}, int(ok.sum())


def _fixed_letters(out: Ref, entry: Sequence[int]) -> dict[str, int]:
    """The letters that the entry fixes by an equation with no other letter in it."""
    fixed: dict[str, int] = {}
    for index, value in zip(out.at, entry, strict=True):
        if isinstance(index, Affine) and len(index.coefs) == 1:
            letter, c = index.coefs[0]
            solution, remainder = divmod(value - index.const, c)
            fixed.setdefault(letter, solution if remainder == 0 else -1)
    return fixed


def _solved_letters(
    equations: list[tuple[Index, int]], fixed: Mapping[str, int], ranges: Mapping[str, int]
) -> dict[str, tuple[Affine, int]]:
    """For each remaining equation its longest letter, to be solved for while the others run."""
    solved: dict[str, tuple[Affine, int]] = {}
    taken: set[str] = set()
    for index, value in equations:
        open_letters = [k for k in index.letters if k not in fixed and k not in taken]
        if isinstance(index, Affine) and open_letters and not set(index.letters) & set(solved):
            solved[max(open_letters, key=lambda k: ranges[k])] = (index, value)
            taken |= set(index.letters)
    return solved


def _positions(index: Index, letters: Mapping[str, Array], arrays: Mapping[str, Array]) -> Array:
    if isinstance(index, Lookup):
        at = tuple(_positions(a, letters, arrays) for a in index.at)
        entries = arrays[index.table][at] if isinstance(index.table, str) else np.asarray(index.table.entries)[at[0]]
        quotient = entries // index.stride
        return quotient if index.size is None else quotient % index.size
    total: Array = np.asarray(index.const)
    for letter, c in index.coefs:
        total = total + c * letters[letter]
    return total


def entry_text(f: render.Formula, entry: Sequence[int]) -> str:
    """The formula of one entry as text: its indices put in.

    >>> from pullback.formula.affine import letters
    >>> p, r = letters("p r")
    >>> f = Sum(Ref("y", (p,), (3,)), (Ref("w", (r,), (2,)), Ref("x", (2 * p + r,), (7,))), (("p", 3), ("r", 2)))
    >>> print(entry_text(f, (2,)))
    y[2] = Σ_{r} w[r] · x[r+4]
    """
    return render.equation_text(_at_entry(f, entry)) if isinstance(f, Sum) else render.text(_record_at(f, entry))


def entry_latex(f: render.Formula, entry: Sequence[int]) -> str:
    """The formula of one entry as LaTeX."""
    return render.equation_latex(_at_entry(f, entry)) if isinstance(f, Sum) else render.latex(_record_at(f, entry))


def _at_entry(f: Sum, entry: Sequence[int]) -> render.Equation:
    e = render.equation(f)
    known = _known_letters(e.left, entry)
    left = replace(e.left, at=tuple(Affine((), int(k)) for k in entry))
    factors = tuple(_put_in(r, known) for r in e.factors)
    conditions = []
    for index, name in e.conditions:
        put = _put_in(Ref("", (index,), (1,)), known).at[0]
        if put.letters:
            conditions.append((put, str(known.get(name, name))))
    return replace(e, left=left, factors=factors, conditions=tuple(conditions))


def _known_letters(left: Ref, entry: Sequence[int]) -> dict[str, int]:
    """What the entry says of the letters on the left: n=0; 2g+o=5 gives g=2, o=1."""
    known: dict[str, int] = {}
    for index, value in zip(left.at, entry, strict=True):
        rest = int(value)
        for letter, c in sorted(index.coefs if isinstance(index, Affine) else (), key=lambda kc: -kc[1]):
            known[letter], rest = divmod(rest, c) if len(index.letters) > 1 else (rest, 0)
    return known


def _put_in(ref: Ref, known: Mapping[str, int]) -> Ref:
    for letter, value in known.items():
        ref = render.substitute(ref, letter, Affine((), value))
    return ref


def _record_at(f: render.Formula, entry: Sequence[int]) -> render.Formula:
    known = _known_letters(f.out, entry)
    if isinstance(f, Map):
        return replace(f, out=_put_in(f.out, known), reads=tuple(_put_in(r, known) for r in f.reads))
    if isinstance(f, Argmax):
        return replace(f, out=_put_in(f.out, known), source=_put_in(f.source, known))
    return f
