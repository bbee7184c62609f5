"""Formulas that only mistakes have: sums that assign where they should add, and one formula behind another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pullback.diagnose.letters import group_of
from pullback.formula import Affine, Argmax, Ref, Sum, text
from pullback.formula.strided import Views

Array = NDArray[Any]


@dataclass(frozen=True)
class Chained:
    """A formula, and others of one operand each behind it."""

    first: Any
    rest: tuple[Any, ...]

    @property
    def out(self) -> Ref:
        """The result."""
        return self.rest[-1].out  # type: ignore[no-any-return]

    @property
    def shape(self) -> tuple[int, ...]:
        """The result's shape."""
        return self.out.shape

    @property
    def operands(self) -> tuple[str, ...]:
        """Those of the first formula."""
        return tuple(self.first.operands)

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """The letters of the first formula."""
        return tuple(self.first.sizes)

    def evaluate(self, *arrays: Array) -> Array:
        """The value."""
        value = np.asarray(self.first.evaluate(*arrays))
        for f in self.rest:
            value = np.asarray(f.evaluate(value))
        return value

    def text(self) -> str:
        """The first formula, and what is done to its result."""
        return "; then ".join(text(f) for f in (self.first, *self.rest))


@dataclass(frozen=True)
class OfSum:
    """A formula that puts the terms of a sum together in another way."""

    sum: Sum

    @property
    def out(self) -> Ref:
        """The result."""
        return self.sum.out

    @property
    def shape(self) -> tuple[int, ...]:
        """The result's shape."""
        return self.sum.shape

    @property
    def operands(self) -> tuple[str, ...]:
        """Those of the sum."""
        return self.sum.operands


@dataclass(frozen=True)
class Assigned(OfSum):
    """A sum in a loop over windows that assigns: of the terms that meet in an entry, the last window's stay.

    last  whether the loop runs over the positions, of which the last one stays, or over the taps
    """

    last: Literal["position", "tap"]

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """The letters of the sum."""
        return self.sum.sizes

    @cached_property
    def _window(self) -> tuple[str, ...]:
        """The letters that share an axis of the result with others."""
        shared = [a.letters for a in self.out.at if isinstance(a, Affine) and len(a.letters) == 2]
        return tuple(k for pair in shared for k in pair if {group_of(j) for j in pair} == {"tap", "position"})

    def evaluate(self, *arrays: Array) -> Array:
        """The value: tap by tap, in the order that leaves the last window's terms."""
        f, window = self.sum, self._window
        others = [a for a in f.out.at if not set(a.letters) & set(window)]
        axes = (*others, *(Affine(((k, 1),)) for k in window))
        kept = [n for a, n in zip(f.out.at, f.out.shape, strict=True) if not set(a.letters) & set(window)]
        shape = (*kept, *(f.ranges[k] for k in window))
        terms = replace(f, out=Ref(f.out.array, axes, shape)).evaluate(*arrays)
        terms = np.moveaxis(
            terms,
            [len(kept) + j for j, k in enumerate(window) if group_of(k) == "tap"],
            range(sum(group_of(k) == "tap" for k in window)),
        )
        return self._assign(terms, [k for k in window if group_of(k) == "tap"])

    def _assign(self, terms: Array, taps: list[str]) -> Array:
        f, result = self.sum, np.zeros(self.shape, terms.dtype)
        order = [range(f.ranges[k]) if self.last == "tap" else range(f.ranges[k])[::-1] for k in taps]
        for tap in product(*order):
            env, index, valid = dict(zip(taps, tap, strict=True)), [], []
            for a, n in zip(f.out.at, self.shape, strict=True):
                if not isinstance(a, Affine) or not set(a.letters) & set(self._window):
                    index.append(np.arange(n))
                    valid.append(np.ones(n, bool))
                    continue
                position = next(k for k in a.letters if k not in taps)
                at = np.array([a.at({**env, position: p}) for p in range(f.ranges[position])])
                index.append(at)
                valid.append((at >= 0) & (at < n))
            part = terms[tap][np.ix_(*valid)]
            result[np.ix_(*(k[ok] for k, ok in zip(index, valid, strict=True)))] = part
        return result

    def text(self) -> str:
        """The sum, with the sign of assignment."""
        over = "window by window" if self.last == "position" else "tap by tap"
        return f"{text(self.sum).replace(' = ', ' ← ', 1)}, {over}: the last one stays"


@dataclass(frozen=True)
class LastWindow(OfSum):
    """A scatter by switches that assigns: the last window's cotangent stays."""

    def evaluate(self, *arrays: Array) -> Array:
        """The value: cotangents assigned in row-major order of the windows."""
        f = self.sum
        views = Views(f.ranges, dict(zip(f.operands, arrays, strict=True)))
        names = f.factors[0].letters
        at, inside = views.flat(f.out, names)
        values = arrays[0] * f.scale
        result = np.zeros(prod(f.shape), values.dtype)
        if inside is None:
            result[at.ravel()] = values.ravel()
        else:
            result[at[inside]] = values[inside]
        return result.reshape(f.shape)

    def text(self) -> str:
        """The assignment."""
        return text(self.sum).replace(" = ", " ← ", 1) + ": the last window stays"


@dataclass(frozen=True)
class WholeWindow(OfSum):
    """A loop that assigns each window's gradient as a whole, zeros included: x̄[window] = mask · ȳ."""

    every: Sum
    rule: Argmax

    @property
    def operands(self) -> tuple[str, ...]:
        """Those of the sum."""
        return (*self.sum.operands, "x")

    def evaluate(self, *arrays: Array) -> Array:
        """The value: windows assigned one after another, in row-major order."""
        f, names = self.sum, (*self.rule.out.letters, *self.rule.over)
        views = Views(self.rule.ranges, dict(zip(self.operands, arrays, strict=True)))
        at, inside = views.flat(self.rule.source, names)
        won, _ = Views(f.ranges, dict(zip(self.operands, arrays, strict=True))).flat(f.out, self.rule.out.letters)
        taps = len(self.rule.over)
        values = (at == won.reshape(*won.shape, *(1,) * taps)) * arrays[0].reshape(*arrays[0].shape, *(1,) * taps)
        result = np.zeros(prod(f.shape), values.dtype)
        ok = slice(None) if inside is None else inside.ravel()
        result[at.ravel()[ok]] = (values * f.scale).ravel()[ok]
        return result.reshape(f.shape)

    def text(self) -> str:
        """The assignment."""
        return text(self.every).replace(" = ", " ← ", 1) + " where x is the maximum, 0 elsewhere: the last window stays"
