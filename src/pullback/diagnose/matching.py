"""Whether a wrong gradient reproduces the claimed numbers, and how likely it would by chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pullback.diagnose.claims import Claim
from pullback.diagnose.search import Candidate
from pullback.diagnose.steps import picked

Array = NDArray[np.float64]

EPS = 2e-10
"""How far numbers in full precision may be apart, relative to the largest: they are added up in another order."""
CLOSE = 1e-6
"""What is nearer than this to the exact gradient, relative to the largest entry, is rounding in any precision."""
CERTAIN = 6.0
"""So many bits must remain when the number of candidates tried is taken off: 1 in 64 by chance."""
EXPONENT = 3.0
"""So many bits tell the order of magnitude of a number."""
PROBES = 12
FIRST = 2
"""So many entries are compared before any others."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """The claim against the exact gradient.

    exact  the gradient in the claim's shape; None where the shapes differ
    """

    claim: Claim
    exact: Array | None
    scale: float

    @cached_property
    def slack(self) -> Array:
        """How far each claimed entry may be from the number it stands for."""
        return np.asarray(self.claim.slack + EPS * max(self.scale, self._largest) + 1e-300)

    @property
    def _largest(self) -> float:
        finite = np.abs(self.claim.values[np.isfinite(self.claim.values)])
        return float(finite.max()) if finite.size else 0.0

    @cached_property
    def is_exact(self) -> bool:
        """Whether the claim is the exact gradient but for the last bits."""
        return self.exact is not None and bool(
            np.all(np.abs(self.claim.values - self.exact) <= EPS * self.scale + 1e-300)
        )

    @cached_property
    def is_rounded(self) -> bool:
        """Whether the claim is the exact gradient up to rounding."""
        if self.exact is None or not np.isfinite(self.claim.values).all():
            return False
        distance = np.abs(self.claim.values - self.exact)
        return bool(np.all(distance <= np.maximum(self.slack * (1 + 1e-6), CLOSE * self.scale)))

    @property
    def is_zero(self) -> bool:
        """Whether the claim is nothing but zeros, as far as its digits tell: that says nothing of how they came."""
        return bool(np.all(np.abs(self.claim.values) <= self.slack))

    @property
    def exact_is_zero_to_the_digits(self) -> bool:
        """Whether the gradient is not zero, but would be if it were rounded as the claim is."""
        return self.exact is not None and self.scale > 0 and bool(np.all(np.abs(self.exact) <= self.slack))

    @cached_property
    def probes(self) -> NDArray[np.intp]:
        """A few entries by which most candidates are ruled out: the largest errors first."""
        size = self.claim.values.size
        flat = np.abs(self.claim.values.ravel() - (0 if self.exact is None else self.exact.ravel()))
        flat = np.nan_to_num(flat, nan=np.inf)
        first = np.argsort(-flat, kind="stable")[: PROBES // 2]
        more = np.linspace(0, size - 1, min(size, PROBES // 2)).astype(np.intp)
        chosen = np.array(list(dict.fromkeys([*map(int, first), *map(int, more)])), np.intp)
        shape = self.claim.values.shape
        return np.stack(np.unravel_index(chosen, shape), axis=1) if shape else np.zeros((1, 0), np.intp)

    def reproduces(self, candidate: Candidate) -> bool:
        """Whether a candidate gives the claimed numbers, and not the exact ones."""
        shape = self.claim.values.shape
        if candidate.shape != shape and squeezed(candidate.shape) != squeezed(shape):
            return False
        if candidate.shape == shape:
            for probes in (self.probes[:FIRST], self.probes[FIRST:]):
                distance = np.abs(candidate.entries(probes) - picked(self.claim.values, probes))
                if not np.all(distance <= picked(self.slack, probes)):
                    return False
        values = candidate.values.reshape(shape)
        # Zeros, as far as the digits tell, say nothing of how they came about.
        if np.all(np.abs(values) <= self.slack):
            return False
        return bool(np.all(np.abs(values - self.claim.values) <= self.slack)) and not self.is_right(values)

    def is_right(self, values: Array) -> bool:
        """Whether values are the exact gradient as far as the claim's digits can tell."""
        if self.exact is None or values.shape != self.exact.shape:
            return False
        return bool(np.all(np.abs(values - self.exact) <= np.maximum(self.slack, CLOSE * self.scale)))

    def bits(self, values: Array) -> float:
        """How improbable it is that other numbers fit as well: log₂ of the choices that the digits leave."""
        reach = 2 * max(self.scale, self._largest) + 1e-300
        telling = np.log2(1 + reach / (2 * self.slack))
        # A number far below the largest tells its own digits and how small it is, no more: any small factor gives one.
        telling = np.minimum(telling, EXPONENT + np.log2(1 + np.abs(values) / self.slack))
        telling = np.where(values == 0, np.minimum(4.0, telling), np.minimum(telling, 40.0))
        # What the digits only round to 0, any small factor would bring there.
        telling = np.where((values != 0) & (np.abs(values) <= self.slack), 0.0, telling)
        if self.exact is not None:
            telling = np.where(np.abs(values - self.exact) > self.slack, telling, 0.0)
        return float(telling.sum())

    def is_near(self, candidate: Candidate) -> bool:
        """Whether a few entries come near the claimed ones, or some of them fit."""
        few = self.probes[:FIRST]
        difference = np.abs(candidate.entries(few) - picked(self.claim.values, few))
        exact = np.zeros(len(few)) if self.exact is None else picked(self.exact, few)
        base = float(np.linalg.norm(picked(self.claim.values, few) - exact))
        return bool(np.linalg.norm(difference) < 0.3 * base or np.any(difference <= picked(self.slack, few)))

    def nearness(self, candidate: Candidate) -> tuple[float, float]:
        """How far it is from the claim relative to the exact gradient, and the share of wrong entries that fit."""
        exact = np.zeros(self.claim.values.shape) if self.exact is None else self.exact
        difference, error = np.abs(self.claim.values - candidate.values), np.abs(self.claim.values - exact)
        wrong = error > np.maximum(self.slack, CLOSE * self.scale)
        fits = float(np.mean((difference <= self.slack)[wrong])) if wrong.any() else 0.0
        return float(np.linalg.norm(difference)) / (float(np.linalg.norm(error)) or 1.0), fits


def squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without its axes of length 1."""
    return tuple(n for n in shape if n != 1)


def same_numbers(a: Array, b: Array) -> bool:
    """Whether two wrong gradients are the same numbers."""
    if squeezed(a.shape) != squeezed(b.shape):
        return False
    b = b.reshape(a.shape)
    scale = float(max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0)))
    return bool(np.all(np.abs(a - b) <= EPS * scale + 1e-300))
