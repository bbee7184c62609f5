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
from pullback.formula.affine import Affine, Index, Lookup, Ref, mixed_radix
from pullback.formula.maps import Map, Reshape, Uniform
from pullback.formula.maxima import Argmax
from pullback.formula.notation import ref_latex, ref_text
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
    # A term that reads outside is 0, even where another factor is infinite.
    counts = np.all(inside, axis=0) if inside else np.ones(count, bool)
    products = np.where(counts, f.scale, 0.0)
    for value in values:
        products = products * np.where(counts, value, 0.0)
    return TermTable(letters, tuple(indices), tuple(values), tuple(inside), products)


def _assignments(f: Sum, arrays: Mapping[str, Array], entry: Sequence[int]) -> tuple[dict[str, Array], int]:
    """Every letter's value in every assignment that addresses the entry, and how many there are."""
    fixed = _fixed_letters(f.out, entry)
    if not all(0 <= v < f.ranges[k] for k, v in fixed.items()):
        return {k: np.zeros(0, np.intp) for k in f.ranges}, 0
    equations = [(a, v) for a, v in zip(f.out.at, entry, strict=True) if set(a.letters) - set(fixed)]
    solved = _solved_letters(equations, fixed, f.ranges)
    free = [k for k in f.ranges if k not in fixed and k not in solved]
    grids = np.meshgrid(*(np.arange(f.ranges[k]) for k in free), indexing="ij") if free else []
    ok: Array = np.ones(prod(f.ranges[k] for k in free), bool)
    letters: dict[str, Array] = {k: np.asarray(v) for k, v in fixed.items()}
    letters |= {k: g.ravel() for k, g in zip(free, grids, strict=True)}
    for letter, (index, value) in solved.items():
        rest = value - _positions(index, {**letters, letter: np.asarray(0)}, arrays)
        found, remainder = np.divmod(rest, index.coef(letter))
        fits = (remainder == 0) & (found >= 0) & (found < f.ranges[letter])
        ok, letters[letter] = ok & fits, np.where(fits, found, 0)
    for at, wanted in zip(f.out.at, entry, strict=True):
        ok = ok & (_positions(at, letters, arrays) == wanted)
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
    left = ref_text(_entry_ref(f.out, entry))
    if isinstance(f, Sum):
        e = _at_entry(f, entry)
        return f"{left} = 0" if e is None else render.equation_text(e)
    if isinstance(f, Reshape):
        return f"{left} = {ref_text(_source_entry(f, entry))}"
    if isinstance(f, Uniform):
        return f"{left} = uniform number in [0, 1) from stream {f.stream}"
    return render.text(_record_at(f, entry))


def entry_latex(f: render.Formula, entry: Sequence[int]) -> str:
    """The formula of one entry as LaTeX."""
    left = ref_latex(_entry_ref(f.out, entry))
    if isinstance(f, Sum):
        e = _at_entry(f, entry)
        return f"{left} = 0" if e is None else render.equation_latex(e)
    if isinstance(f, Reshape):
        return f"{left} = {ref_latex(_source_entry(f, entry))}"
    if isinstance(f, Uniform):
        return rf"{left} \sim \mathcal{{U}}[0, 1)"
    return render.latex(_record_at(f, entry))


def source_index(f: Reshape, entry: Sequence[int]) -> tuple[int, ...]:
    """Where a reshape takes an entry from: the same place in row-major order."""
    flat = np.ravel_multi_index(tuple(entry), f.shape) if f.shape else 0
    return tuple(int(k) for k in np.unravel_index(flat, f.source.shape)) if f.source.shape else ()


def _source_entry(f: Reshape, entry: Sequence[int]) -> Ref:
    return _entry_ref(f.source, source_index(f, entry))


def _entry_ref(ref: Ref, entry: Sequence[int]) -> Ref:
    """The array at an entry: x[0,2]."""
    return replace(ref, at=tuple(Affine((), int(k)) for k in entry))


def _at_entry(f: Sum, entry: Sequence[int]) -> render.Equation | None:
    """The equation with the entry's indices put in; None where nothing is written to the entry: it is 0."""
    e = render.equation(f)
    known = _known_letters(e.left, entry, f.ranges)
    if any(v >= f.ranges.get(k, v + 1) for k, v in known.items()):
        return None
    if any(_position(a) != k for a, k in zip(_put_in(e.left, known).at, entry, strict=True)):
        return None
    conditions: list[tuple[Index, str]] = []
    for index, name in e.conditions:
        put = _put_in(Ref("", (index,), (1,)), known).at[0]
        found = _position(put)
        if found is None:
            conditions.append((put, str(known[name])))
        elif found != known[name]:
            return None
    factors = tuple(_put_in(r, known) for r in e.factors)
    return replace(e, left=_entry_ref(e.left, entry), factors=factors, conditions=tuple(conditions))


def _position(index: Index) -> int | None:
    """The position that an index without letters stands for; None where it has letters, or reads an operand."""
    if index.letters:
        return None
    if isinstance(index, Affine):
        return index.const
    if isinstance(index.table, str):
        return None
    return index.digit(index.table.entries[index.at[0].const])


def _known_letters(left: Ref, entry: Sequence[int], ranges: Mapping[str, int]) -> dict[str, int]:
    """What the entry says of the letters on the left: n=0; 2g+o=5 gives g=2, o=1."""
    known: dict[str, int] = {}
    for index, value, size in zip(left.at, entry, left.shape, strict=True):
        digits = mixed_radix(index, size, ranges)
        if digits is None:
            known |= dict.fromkeys(index.letters, int(value))
        else:
            at = np.unravel_index(int(value), [ranges[k] for k in digits])
            known |= {k: int(v) for k, v in zip(digits, at, strict=True)}
    return known


def _put_in(ref: Ref, known: Mapping[str, int]) -> Ref:
    for letter, value in known.items():
        ref = render.substitute(ref, letter, Affine((), value))
    return ref


def _record_at(f: Map | Argmax, entry: Sequence[int]) -> Map | Argmax:
    known = _known_letters(f.out, entry, dict(f.sizes))
    if isinstance(f, Map):
        return replace(f, out=_put_in(f.out, known), reads=tuple(_put_in(r, known) for r in f.reads))
    return replace(f, out=_put_in(f.out, known), source=_put_in(f.source, known))
