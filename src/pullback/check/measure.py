"""The derivative to compare with: by complex step where the function allows it, by differences where it does not."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from math import floor, log2
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pullback import tree
from pullback.check.differences import EPS, Derivative, Rounding, derivative, noise_of
from pullback.check.report import Finding
from pullback.check.subject import Fault, Subject, fault

Array = NDArray[np.float64]
Call: TypeAlias = Callable[[Sequence[Any]], Any]

COMPLEX_STEP = 2.0**-100
"""A power of two near 1e-30, so that dividing by it is exact. Squire & Trapp 1998, SIAM Review 40(1), 110-112."""


class Measure:
    """Derivatives of a subject's outputs, laid out as one vector, along lines through its point."""

    def __init__(self, subject: Subject, method: str, rng: np.random.Generator) -> None:
        self.subject = subject
        self.precision = EPS
        self.evaluations = 0
        self.point: list[Array] = [v.copy() for v in subject.point.values]
        self.typical = [_typical(v) for v in self.point]
        self.shapes: list[tuple[int, ...]] = []
        self.nest: Any = None
        self.start = self._start()
        self._rng = rng
        self._signs = [rng.choice([-1.0, 1.0], v.shape) for v in self.point]
        relative = [np.abs(v) * s for v, s in zip(self.point, self._signs, strict=True)]
        noise = np.maximum(noise_of(self._everywhere(relative), self.start), self.precision * np.abs(self.start))
        self.rounding = Rounding(noise, self.precision)
        self.kinked = False
        self.size = np.abs(self.start)
        self._complex: Call | None = None
        self.why = self._choose(method)

    @property
    def method(self) -> str:
        """complex or central."""
        return "central" if self._complex is None else "complex"

    def _start(self) -> Array:
        """The value at the point; checked to be numbers, finite, and the same in a second call."""
        self.nest = self._call(self.subject.call, self.point)
        outputs = [_numbers(v) for v in tree.leaves(self.nest)]
        if not outputs:
            raise fault("the function returns nothing", got=repr(self.nest), need="an array, or a nest of arrays")
        self.shapes = [v.shape for v in outputs]
        floats = [float(np.finfo(v.dtype).eps) for v in outputs if v.dtype.kind == "f"]
        self.precision = max([EPS, *floats])
        start = _flat(outputs, np.float64)
        if not np.isfinite(start).all():
            bad = int(np.sum(~np.isfinite(start)))
            raise fault("the function is not finite at the point", got=f"{bad} of {start.size} outputs are NaN or ∞")
        again = self._values(self.subject.call, self.point)
        if not np.array_equal(start, again):
            fix = "fix the seed; net.eval() turns dropout off"
            raise fault("the function is not deterministic: two calls at one point differ", fix=fix)
        return start

    def _call(self, call: Call, values: Sequence[Any]) -> Any:
        self.evaluations += 1
        return call([v[()] if v.ndim == 0 else v for v in values])

    def _values(self, call: Call, values: Sequence[Any], dtype: Any = np.float64) -> Any:
        """The outputs as one vector.

        Raises: Fault
        """
        outputs = [_numbers(v) for v in tree.leaves(self._call(call, values))]
        if [v.shape for v in outputs] != self.shapes:
            raise fault("the outputs change their shapes", got=str([v.shape for v in outputs]), need=str(self.shapes))
        return _flat(outputs, dtype)

    def natural(self, y_bar: Array) -> float:
        """Σ|ȳ|·(|y| + how y moves nearby): divided by the size of an argument, the size of a derivative by it."""
        return float(np.sum(np.abs(y_bar) * self.size))

    def split(self, vector: Array) -> list[Array]:
        """One array per output."""
        ends = np.cumsum([int(np.prod(s)) for s in self.shapes])[:-1]
        return [part.reshape(s) for part, s in zip(np.split(vector, ends), self.shapes, strict=True)]

    def _everywhere(self, directions: Sequence[Array], base: Sequence[Array] | None = None) -> Callable[[float], Array]:
        """The outputs along a line; NaN where the function fails or has no value."""
        start = self.point if base is None else base

        def line(t: float) -> Array:
            try:
                moved = [v + t * d for v, d in zip(start, directions, strict=True)]
                return np.asarray(self._values(self.subject.call, moved))
            except Fault:
                return np.full(self.start.size, np.nan)

        return line

    def _directions(self, leaf: int, direction: Array) -> list[Array]:
        return [direction if k == leaf else np.zeros(v.shape) for k, v in enumerate(self.point)]

    def by_differences(self, leaf: int, direction: Array) -> Derivative:
        """The derivative along a direction of one argument, by differences."""
        used = direction != 0
        largest = float(np.max(np.abs(self.point[leaf][used]), initial=0.0))
        length = float(np.max(np.abs(direction), initial=0.0)) or 1.0
        line = self._everywhere(self._directions(leaf, direction))
        reach, near = 0.1 * max(largest, self.typical[leaf]) / length, 0.1 * largest / length
        return derivative(line, self.start, self.rounding, reach, near)

    def along(self, leaf: int, direction: Array) -> Derivative:
        """The derivative along a direction of one argument, by the chosen method."""
        if self._complex is None:
            return self.by_differences(leaf, direction)
        h = COMPLEX_STEP * self._shrink(leaf, direction)
        value = self._complex_slope(self._complex, self._directions(leaf, direction), self.point, h)
        return Derivative(value, 4 * self.precision * np.abs(value), value, value)

    def _shrink(self, leaf: int, direction: Array) -> float:
        """A power of two that keeps the complex step small beside the entries that move, however small they are."""
        moving = np.abs(self.point[leaf][(direction != 0) & (self.point[leaf] != 0)])
        return 2.0 ** max(-600, floor(log2(float(moving.min())))) if moving.size and moving.min() < 1 else 1.0

    def _complex_slope(
        self, call: Call, directions: Sequence[Array], base: Sequence[Array], h: float = COMPLEX_STEP
    ) -> Array:
        """Im f(x + i·h·d) / h: no difference is taken, so no digit is lost."""
        moved = [v + 1j * (h * d) for v, d in zip(base, directions, strict=True)]
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            return np.asarray(self._values(call, moved, np.complex128).imag / h)

    def _choose(self, method: str) -> str:
        """Try the complex step along a random line and compare it with differences; say what was found."""
        sizes = [np.where(v == 0, t, np.abs(v)) for v, t in zip(self.point, self.typical, strict=True)]
        directions = [z * s * self._rng.uniform(0.5, 1.0, s.shape) for z, s in zip(sizes, self._signs, strict=True)]
        # Where kinks meet, what a complex step gives need not lie between the one-sided derivatives: it is tried aside.
        aside = [
            v + z * self._rng.uniform(-(2.0**-9), 2.0**-9, v.shape) for v, z in zip(self.point, sizes, strict=True)
        ]
        line = self._everywhere(directions)
        self.size += np.nan_to_num(np.abs(line(2.0**-4) - self.start), posinf=0.0)
        found = derivative(line, self.start, self.rounding, 2.0**-4)
        self.kinked = bool(found.kinked.any())
        if method == "central":
            return "as asked"
        why = ""
        for call in (self.subject.call, *self.subject.complex):
            problem = self._problem(call, directions, self.point, found)
            if problem and not self._problem(call, directions, aside):
                problem, self.kinked = "", True
            if not problem:
                self._complex = call
                return "" if call is self.subject.call else f"on Pullback's graph, because {why}"
            why = why or problem
        if method == "complex":
            self.subject.findings.append(
                Finding("the function does not allow a complex step", got=why, fix='method="central"')
            )
        return why

    def _problem(
        self, call: Call, directions: list[Array], base: Sequence[Array], found: Derivative | None = None
    ) -> str:
        """Why the complex step cannot be used; empty where it agrees with differences."""
        if found is None:
            line = self._everywhere(directions, base)
            found = derivative(line, line(0.0), self.rounding, 2.0**-10)
            if not np.isfinite(found.value).all():
                return "no value nearby"
        try:
            slope = self._complex_slope(call, directions, base)
        except Fault as error:
            text = " ".join(f"{error.finding.title} {error.finding.got.split(chr(10))[0]}".split())
            return f"on complex numbers {text}"
        slack = 8 * found.error + 1e-6 * np.abs(found.value)
        with np.errstate(all="ignore"):
            wrong = (slope < found.low - slack) | (slope > found.high + slack) | ~np.isfinite(slope)
        wrong &= np.isfinite(found.value)
        if not wrong.any():
            return ""
        k = int(np.argmax(wrong))
        if not slope.any():
            return "the imaginary part vanishes on the way (a comparison, abs, a cast to real numbers, or rounding)"
        return f"a complex step gives {slope[k]:.6g} where differences give {found.value[k]:.6g}"


def _typical(value: Array) -> float:
    """The size of a typical entry that is not 0."""
    size = np.abs(value[(value != 0) & np.isfinite(value)])
    return float(np.median(size)) if size.size else 1.0


def _numbers(value: Any) -> NDArray[Any]:
    array = np.asarray(value)
    if array.dtype.kind not in "fciub":
        got = f"{type(value).__name__} of dtype {array.dtype}"
        raise fault("the function returns something that is not numbers", got=got, need="arrays of floats")
    return array


def _flat(outputs: Sequence[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate([np.ravel(v) for v in outputs]).astype(dtype)
