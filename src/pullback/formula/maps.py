"""Elementwise expressions over letters, reshapes and random numbers: the other kinds of formula."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from pullback.formula import expr as ex
from pullback.formula import random
from pullback.formula.affine import Affine, Ref
from pullback.formula.strided import Array
from pullback.formula.sums import Sum, bar


@dataclass(frozen=True)
class Map:
    """out[letters] = expression of operands, each read at its own letters (a missing letter or a 0 broadcasts).

    >>> from pullback.formula.affine import letters
    >>> n, o = letters("n o")
    >>> f = Map(Ref("y", (n, o), (2, 3)), (Ref("x", (n, o), (2, 3)), Ref("b", (o,), (3,))), ex.Var("x") + ex.Var("b"))
    >>> f.evaluate(np.zeros((2, 3)), np.array([1.0, 2.0, 3.0]))
    array([[1., 2., 3.],
           [1., 2., 3.]])
    """

    out: Ref
    reads: tuple[Ref, ...]
    expression: ex.Expr

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.out.shape

    @cached_property
    def operands(self) -> tuple[str, ...]:
        """The arrays that are read."""
        return tuple(r.array for r in self.reads)

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """Letter and size, one per axis."""
        return tuple(zip(self.out.letters, self.shape, strict=True))

    @property
    def is_identity(self) -> bool:
        """Whether the value is its one operand, entry by entry."""
        return (
            len(self.reads) == 1 and self.expression == ex.Var(self.reads[0].array) and self.reads[0].at == self.out.at
        )

    def kind(self, kinds: Mapping[str, str]) -> str:
        """float, int or bool, as the expression says."""
        return ex.kind(self.expression, kinds)

    def gradient(self, array: str) -> tuple[Map | Sum, ...]:
        """ȳ · ∂expression/∂array, then the sum over the letters along which the operand was broadcast."""
        wrt = next(r for r in self.reads if r.array == array)
        y_bar = bar(self.out.array)
        expression = ex.simplify(ex.Var(y_bar) * ex.derivative(self.expression, array))
        used = ex.variables(expression)
        reads = tuple(r for r in (replace(self.out, array=y_bar), *self.reads) if r.array in used)
        if wrt.at == self.out.at:
            return (Map(replace(self.out, array=_free(bar(array), used)), reads, expression),)
        if expression == ex.Var(y_bar):
            return (Sum(replace(wrt, array=bar(array)), (replace(self.out, array=y_bar),), self.sizes),)
        spread = Map(replace(self.out, array=_free(bar(array) + "_spread", used)), reads, expression)
        return spread, Sum(replace(wrt, array=bar(array)), (spread.out,), self.sizes)

    def evaluate(self, *arrays: Array) -> Array:
        """The value on whole arrays."""
        env = {r.array: self._broadcastable(r, a) for r, a in zip(self.reads, arrays, strict=True)}
        value = np.asarray(ex.evaluate(self.expression, env))
        return value if value.shape == self.shape else np.broadcast_to(value, self.shape)

    def _broadcastable(self, ref: Ref, x: Array) -> Array:
        if ref.at == self.out.at:
            return x
        names = [a.letter for a in ref.at if isinstance(a, Affine)]
        kept = [k for k in names if k]
        x = x.reshape([n for n, k in zip(x.shape, names, strict=True) if k])
        x = x.transpose([kept.index(k) for k in self.out.letters if k in kept])
        return x[tuple(slice(None) if k in kept else None for k in self.out.letters)]

    def loops(self, *arrays: Array) -> Array:
        """The plain-loop oracle: the expression, entry by entry."""
        entries = []
        for entry in np.ndindex(*self.shape):
            env = dict(zip(self.out.letters, entry, strict=True))
            at = [tuple(a.at(env) for a in r.at if isinstance(a, Affine)) for r in self.reads]
            values = {r.array: x[k] for r, x, k in zip(self.reads, arrays, at, strict=True)}
            entries.append(ex.evaluate(self.expression, values))
        return np.array(entries).reshape(self.shape)


def _free(name: str, taken: Collection[str]) -> str:
    """The name with as many bars as it takes that neither it nor its cotangent is among the operands.

    In x̄ = x̄̄ · f(x) the cotangent of x̄ would be named like the operand x̄̄.
    """
    while name in taken or bar(name) in taken:
        name = bar(name)
    return name


@dataclass(frozen=True)
class Reshape:
    """The same entries in row-major order under another shape."""

    source: Ref
    out: Ref

    @property
    def shape(self) -> tuple[int, ...]:
        """The new shape."""
        return self.out.shape

    @property
    def operands(self) -> tuple[str, ...]:
        """The one array that is read."""
        return (self.source.array,)

    @property
    def is_identity(self) -> bool:
        """Whether the shape stays as it is."""
        return self.source.shape == self.out.shape

    def kind(self, kinds: Mapping[str, str]) -> str:
        """As the operand."""
        return kinds[self.source.array]

    def gradient(self, array: str) -> tuple[Reshape, ...]:
        """The cotangent under the old shape."""
        return (Reshape(replace(self.out, array=bar(self.out.array)), replace(self.source, array=bar(array))),)

    def evaluate(self, x: Array) -> Array:
        """The value."""
        return x.reshape(self.shape)

    def loops(self, x: Array) -> Array:
        """The plain-loop oracle."""
        out = np.zeros(self.shape, x.dtype)
        for old, new in zip(np.ndindex(*self.source.shape), np.ndindex(*self.shape), strict=True):
            out[new] = x[old]
        return out


@dataclass(frozen=True)
class Uniform:
    """Uniform random numbers in [0, 1), a function of (seed, step), the stream and the entry alone.

    The operand `key` holds (seed, step) as two integers. See `formula.random` for the generator.
    """

    out: Ref
    stream: int

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.out.shape

    @property
    def operands(self) -> tuple[str, ...]:
        """The key."""
        return ("key",)

    def kind(self, kinds: Mapping[str, str]) -> str:
        """Floating point."""
        del kinds
        return "float"

    def evaluate(self, key: Array) -> Array:
        """The numbers for one (seed, step)."""
        return random.uniform((int(key[0]), int(key[1])), self.stream, self.shape)
