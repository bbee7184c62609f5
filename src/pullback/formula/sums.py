"""The declared sum, from which value, gradients, formula, loops and terms follow.

    out[...] = scale · Σ  factor₁[...] · factor₂[...] · …        over every letter that does not name the entry

Convolutions, matrix products, biases, pooling by average, padding, slicing, reductions and broadcasts are such sums;
gathers and scatters are sums whose index map goes through a table. Leaving out another array gives the gradient
(`Sum.gradient`), which is again a sum: the family is closed under differentiation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pullback.formula.affine import Affine, Index, Lookup, Ref
from pullback.formula.strided import Views, contract, place, widened

Array: TypeAlias = NDArray[np.generic]


def bar(name: str) -> str:
    """The name of an array's cotangent: x̄ is written x_bar."""
    return name + "_bar"


@dataclass(frozen=True)
class Factor:
    """One factor of a term: the entry it was read from. `inside` is False where the read falls into the padding."""

    array: str
    index: tuple[int, ...]
    value: complex | float
    inside: bool = True


@dataclass(frozen=True)
class Term:
    """One product of the sum behind an entry, with the letters that address it."""

    letters: tuple[tuple[str, int], ...]
    factors: tuple[Factor, ...]
    product: complex | float


@dataclass(frozen=True)
class Sum:
    """out = scale · Σ product of factors, over the letters `sizes` (name, range); reads outside an array are 0.

    >>> from pullback.formula.affine import letters
    >>> p, r = letters("p r")
    >>> f = Sum(Ref("y", (p,), (3,)), (Ref("w", (r,), (2,)), Ref("x", (p + r,), (4,))), (("p", 3), ("r", 2)))
    >>> f.evaluate(np.array([1.0, 10.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    array([21., 32., 43.])
    >>> f.gradient("w")[0].evaluate(np.array([1.0, 0.0, 0.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    array([1., 2.])
    """

    out: Ref
    factors: tuple[Ref, ...]
    sizes: tuple[tuple[str, int], ...]
    scale: float = 1.0

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.out.shape

    @cached_property
    def operands(self) -> tuple[str, ...]:
        """The arrays that are read, in the order of `evaluate`'s arguments: factors, then tables."""
        tables = (k.table for ref in (*self.factors, self.out) for k in ref.lookups if isinstance(k.table, str))
        return tuple(dict.fromkeys((*(f.array for f in self.factors), *tables)))

    @cached_property
    def ranges(self) -> dict[str, int]:
        """Letter → size."""
        return dict(self.sizes)

    @property
    def is_identity(self) -> bool:
        """Whether the value is its one factor, entry by entry."""
        if self.scale != 1.0 or len(self.factors) != 1:
            return False
        (x,) = self.factors
        return self.out.plain and x.at == self.out.at and x.shape == self.out.shape

    @cached_property
    def _moves(self) -> bool:
        """Whether every entry of the value is one entry of the one factor: nothing is multiplied or added."""
        letters = self.out.letters
        return self.scale == 1.0 and len(self.factors) == 1 and self.out.plain and set(letters) == set(self.ranges)

    def kind(self, kinds: Mapping[str, str]) -> str:
        """The kind of the value, float or int, from the kinds of the factors."""
        return "int" if self.scale == 1.0 and all(kinds[f.array] != "float" for f in self.factors) else "float"

    def gradient(self, array: str) -> tuple[Sum, ...]:
        """Transpose: swap `array` with the output's cotangent. The same sum, with another array left out."""
        wrt = next(f for f in self.factors if f.array == array)
        rest = tuple(f for f in self.factors if f is not wrt)
        cotangent = replace(self.out, array=bar(self.out.array))
        return (replace(self, out=replace(wrt, array=bar(array)), factors=(cotangent, *rest)),)

    def evaluate(self, *arrays: Array) -> Array:
        """The value on whole arrays: strided views with one axis per letter, matrix products, slices added up."""
        if not self._moves:
            count = len(self.factors)
            arrays = (*(a.astype(widened(a.dtype), copy=False) for a in arrays[:count]), *arrays[count:])
        if 0 in self.ranges.values() or 0 in self.shape:
            return np.zeros(self.shape, np.result_type(*arrays[: len(self.factors)]))
        views = Views(self.ranges, dict(zip(self.operands, arrays, strict=True)))
        factors = [views.read(f) for f in self.factors]
        product = contract(factors, self.out.letters, self.ranges)
        if self.scale != 1.0:
            product = (product[0] * self.scale, product[1])
        return place(product, self.out, views)

    def assignments(
        self, entry: tuple[int, ...], tables: Mapping[str, Array] | None = None
    ) -> Iterator[dict[str, int]]:
        """Every assignment of the letters that addresses the entry, in row-major order of the free letters."""
        found = _solve({}, list(zip(self.out.at, entry, strict=True)), self.ranges, tables or {})
        yield from sorted(found, key=lambda env: tuple(env[k] for k in self.ranges))

    def terms(self, arrays: Mapping[str, Array], entry: tuple[int, ...]) -> list[Term]:
        """The products behind one entry, those that read outside an array included (their product is 0)."""
        return [self._term(arrays, env) for env in self.assignments(entry, arrays)]

    def _term(self, arrays: Mapping[str, Array], env: dict[str, int]) -> Term:
        factors = []
        for ref in self.factors:
            index = tuple(position(a, env, arrays) for a in ref.at)
            inside = all(0 <= k < n for k, n in zip(index, ref.shape, strict=True))
            factors.append(Factor(ref.array, index, arrays[ref.array][index].item() if inside else 0.0, inside))
        value = prod((f.value for f in factors), start=self.scale) if all(f.inside for f in factors) else 0.0
        return Term(tuple(env.items()), tuple(factors), value)

    def loops(self, *arrays: Array) -> Array:
        """The plain-loop oracle: every entry from its terms, one by one."""
        named = dict(zip(self.operands, arrays, strict=True))
        read = [a.dtype if self._moves else widened(a.dtype) for a in arrays[: len(self.factors)]]
        dtype = np.result_type(*read, *(() if self.scale == 1.0 else (np.float32,)))
        out = np.zeros(self.shape, dtype)
        for entry in np.ndindex(*self.shape):
            out[entry] = sum(t.product for t in self.terms(named, entry))
        return out


def position(index: Index, env: Mapping[str, int], tables: Mapping[str, Array]) -> int:
    """The position along an axis for an assignment of the letters."""
    if isinstance(index, Affine):
        return index.at(env)
    at = tuple(a.at(env) for a in index.at)
    entry = tables[index.table][at].item() if isinstance(index.table, str) else index.table.entries[at[0]]
    return index.digit(int(entry))


def _solve(
    env: dict[str, int], equations: list[tuple[Index, int]], ranges: Mapping[str, int], tables: Mapping[str, Array]
) -> Iterator[dict[str, int]]:
    """Fix letters by affine equations with one unknown; loop over a letter only where no equation is left to solve."""
    env, pending = dict(env), list(equations)
    open_equations: list[tuple[Index, int]] = []
    while pending:
        index, value = pending.pop()
        unknown = [k for k in index.letters if k not in env]
        if not unknown:
            if position(index, env, tables) != value:
                return
        elif len(unknown) == 1 and isinstance(index, Affine):
            rest = value - index.at({**env, unknown[0]: 0})
            solution, remainder = divmod(rest, index.coef(unknown[0]))
            if remainder or not 0 <= solution < ranges[unknown[0]]:
                return
            env[unknown[0]] = solution
            pending += open_equations
            open_equations = []
        else:
            open_equations.append((index, value))
    free = [k for k in ranges if k not in env]
    if not free:
        yield env
        return
    tied = [k for k in free if any(k in index.letters for index, _ in open_equations)]
    letter = (tied or free)[0]
    for value in range(ranges[letter]):
        yield from _solve({**env, letter: value}, open_equations, ranges, tables)


def digits(table: str, at: tuple[Affine, ...], sizes: tuple[int, ...]) -> tuple[Lookup, ...]:
    """Indices along several axes from one flat, row-major position: switches hold h·W + w.

    A position beyond the last lies outside the first axis.

    >>> [str(k) for k in digits("t", (), (3, 4, 5))]
    ['t[]//20', '(t[]//5)%4', 't[]%5']
    """
    strides = [prod(sizes[k + 1 :]) for k in range(len(sizes))]
    moduli = [None, *sizes[1:]]
    return tuple(Lookup(table, at, stride, size) for stride, size in zip(strides, moduli, strict=True))
