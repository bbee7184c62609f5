"""How the benchmark's numbers are claimed: as they are, or rounded, as arrays or as text; and random garbage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pullback.diagnose.bench_cases import Array, Case, one_of

EXACT = 1e-9
"""How near, in parts of the largest entry, two float64 results of one sum are taken for the same."""
LEAST = 6
"""Entries that garbage rounded to a few digits has to have, and permuted garbage distinct ones."""


@dataclass(frozen=True, eq=False)
class Claim:
    """Numbers as somebody brings them.

    given   what `diagnose` is called with
    values  the numbers in it, and `half` how far each may be off by its rounding
    form    "float64", "float32", "array, 4 digits", "decimals, 4 digits", "scientific, 4 digits"
    """

    given: Any
    values: Array
    half: Array
    form: str

    def is_consistent_with(self, values: Array) -> bool:
        """Whether these numbers could be the ones that were claimed."""
        if values.shape != self.values.shape:
            return self._has_entries_of(values) and self.reshaped(values.shape).is_consistent_with(values)
        slack = EXACT * max(float(np.abs(values).max(initial=0)), float(np.abs(self.values).max(initial=0)))
        return bool((np.abs(values - self.values) <= self.half * (1 + EXACT) + slack).all())

    def _has_entries_of(self, values: Array) -> bool:
        """Whether the shapes differ by axes of size 1 alone."""
        return self.values.squeeze().shape == values.squeeze().shape

    def reshaped(self, shape: tuple[int, ...]) -> Claim:
        """The claim under another shape."""
        return Claim(self.given, self.values.reshape(shape), self.half.reshape(shape), self.form)


def exact(values: Array) -> Claim:
    """The numbers as float64."""
    return Claim(values, values, np.zeros(values.shape), "float64")


def single(values: Array) -> Claim:
    """The numbers as float32."""
    kept = values.astype(np.float32)
    return Claim(kept, kept.astype(np.float64), np.abs(values) * 1e-6, "float32")


def rounded(values: Array, digits: int, form: str) -> Claim:
    """The numbers to so many digits: of the largest entry ("array", "decimals"), or of each ("scientific")."""
    if form == "scientific":
        text = np.array([f"{v:.{digits - 1}e}" for v in values.ravel()], dtype=object)
        half = np.array([0.5 * 10.0 ** (int(t.partition("e")[2]) - digits + 1) for t in text])
    else:
        largest = float(np.abs(values).max(initial=0)) or 1.0
        decimals = max(digits - 1 - int(np.floor(np.log10(largest))), 0)
        text = np.array([f"{v:.{decimals}f}" for v in values.ravel()], dtype=object)
        half = np.full(values.size, 0.5 * 10.0**-decimals)
    numbers = text.astype(np.float64).reshape(values.shape)
    given = numbers if form == "array" else text.reshape(values.shape).tolist()
    return Claim(given, numbers, half.reshape(values.shape), f"{form}, {digits} digits")


def wrong_claim(rng: np.random.Generator, values: Array) -> Claim:
    """Every second one as it is, the others rounded to 3 to 6 digits."""
    if rng.random() < 0.5:
        return exact(values)
    return rounded(values, int(rng.integers(3, 7)), _text_form(rng))


def right_claim(rng: np.random.Generator, values: Array) -> Claim:
    """As it is, in float32, or rounded to 3 to 8 digits."""
    form = str(one_of(rng, "float64", "float32", "array", "decimals", "decimals", "scientific", "scientific"))
    if form == "float64":
        return exact(values)
    return single(values) if form == "float32" else rounded(values, int(rng.integers(3, 9)), form)


def garbage(rng: np.random.Generator, right: Array) -> Iterator[tuple[str, Claim]]:
    """Numbers of the right shape and size that no mistake made."""
    size = float(np.sqrt(np.mean(right**2))) or 1.0
    place = np.arange(right.size).reshape(right.shape)
    wave = np.sin(rng.uniform(0.05, 2) * place + rng.uniform(0, 6)) * size
    kinds = {
        "noise": rng.standard_normal(right.shape) * size,
        "scaled noise": right * (1 + 0.3 * rng.standard_normal(right.shape)),
        "added noise": right + 0.05 * size * rng.standard_normal(right.shape),
        "smooth": wave,
        "large noise": rng.standard_normal(right.shape) * size * 10.0 ** rng.integers(1, 6),
    }
    if len(np.unique(right[right != 0])) >= LEAST:
        kinds["permutation"] = rng.permutation(right.ravel()).reshape(right.shape)
    for kind, values in kinds.items():
        whole = right.size < LEAST or rng.random() < 0.5
        claim = exact(values) if whole else rounded(values, int(rng.integers(3, 9)), _text_form(rng))
        if not claim.is_consistent_with(right):
            yield kind, claim


def _text_form(rng: np.random.Generator) -> str:
    return str(one_of(rng, "decimals", "scientific"))


def twins(case: Case, label: str) -> tuple[str, ...]:
    """The other mistakes of the case that give the same array."""
    own = case.wrong[label]
    same = (
        k for k, values in case.wrong.items() if values.shape == own.shape and exact(own).is_consistent_with(values)
    )
    return tuple(k for k in same if k != label and " + " not in k)
