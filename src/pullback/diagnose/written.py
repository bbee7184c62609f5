"""Formulas that only mistakes have: sums that assign where they should add, and one formula behind another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pullback.diagnose.letters import group_of
from pullback.formula import Affine, Ref, Sum, text

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
class Assigned:
    """A sum in a loop over windows that assigns: of the terms that meet in an entry, the last window's stay.

    last  whether the loop runs over the positions, of which the last one stays, or over the taps
    """

    sum: Sum
    last: Literal["position", "tap"]

    @property
    def out(self) -> Ref:
        """The result."""
        return self.sum.out

    @property
    def shape(self) -> tuple[int, ...]:
        """The result's shape."""
        return self.sum.out.shape

    @property
    def operands(self) -> tuple[str, ...]:
        """Those of the sum."""
        return self.sum.operands

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
