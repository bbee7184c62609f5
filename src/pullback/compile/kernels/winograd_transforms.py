"""The transforms of Winograd's minimal filtering F(m×m, 3×3): points, matrices, and the steps that apply them.

    Y = Aᵀ [(G g Gᵀ) ∘ (Bᵀ d B)] A

    d  m+2 by m+2 entries of the data;  g  3×3 filter;  Y  m×m outputs. Every entry of the product in brackets is one
    multiplication, (m+2)² instead of 9m².

The matrices follow from interpolation at m+1 points a and at infinity. Aᵀ holds powers of the points, G the powers
divided by N = Π (a − other points), Bᵀ the coefficients of the polynomials Π (x − other points).

Source: Lavin & Gray 2016, arXiv:1509.09308; Blahut 2010, Fast Algorithms for Signal Processing, section 5.3; the points
1/2 and −2 instead of ±2: Barabasz et al. 2018, arXiv:1803.10986
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

from llvmlite import ir

from pullback.compile.emit.loops import Emitter

TAPS = 3
POINTS = {2: (0, 1, -1), 4: (0, 1, -1, Fraction(1, 2), -2)}
"""The finite points of each size m."""

SIZES = tuple(POINTS)
Grid: TypeAlias = list[list[Any]]


class Arithmetic(Protocol):
    """Numbers that the transforms compute with: vectors of emitted code, or exact fractions where they are tested."""

    def add(self, x: Any, y: Any) -> Any:
        """x + y."""

    def subtract(self, x: Any, y: Any) -> Any:
        """x − y."""

    def scale(self, c: Fraction | float, x: Any) -> Any:
        """c·x."""

    def fma(self, c: Fraction | float, x: Any, y: Any) -> Any:
        """c·x + y."""


class Vectors:
    """Arithmetic that emits instructions on vectors of so many lanes."""

    def __init__(self, e: Emitter, lanes: int) -> None:
        self.e, self.lanes = e, lanes

    def _constant(self, c: Fraction | float) -> Any:
        return self.e.splat(ir.Constant(self.e.real, float(c)), self.lanes)

    def add(self, x: Any, y: Any) -> Any:
        """x + y."""
        return self.e.b.fadd(x, y)

    def subtract(self, x: Any, y: Any) -> Any:
        """x − y."""
        return self.e.b.fsub(x, y)

    def scale(self, c: Fraction | float, x: Any) -> Any:
        """c·x."""
        return self.e.b.fmul(self._constant(c), x)

    def fma(self, c: Fraction | float, x: Any, y: Any) -> Any:
        """c·x + y, rounded once."""
        return self.e.fma(self._constant(c), x, y)


def denominators(m: int) -> list[Fraction]:
    """N of every finite point: the product of its distances from the others."""
    found = []
    for a in POINTS[m]:
        product = Fraction(1)
        for other in POINTS[m]:
            product *= a - other if other != a else 1
        found.append(product)
    return found


def filter_matrix(m: int) -> list[list[Fraction]]:
    """G, (m+2)×3."""
    rows = [[Fraction(a) ** i / n for i in range(TAPS)] for a, n in zip(POINTS[m], denominators(m), strict=True)]
    return [*rows, [Fraction(0), Fraction(0), Fraction(1)]]


def output_matrix(m: int) -> list[list[Fraction]]:
    """Aᵀ, m×(m+2)."""
    return [[*(Fraction(a) ** i for a in POINTS[m]), Fraction(int(i == m - 1))] for i in range(m)]


def data_matrix(m: int) -> list[list[Fraction]]:
    """Bᵀ, (m+2)×(m+2)."""
    rows = []
    for left_out in (*POINTS[m], None):
        row = [Fraction(1)]
        for a in POINTS[m]:
            if a != left_out or left_out is None:
                row = [x - a * y for x, y in zip([Fraction(0), *row], [*row, Fraction(0)], strict=True)]
        rows.append(row + [Fraction(0)] * (m + 2 - len(row)))
    return rows


def amplification(m: int) -> float:
    """By how many times more rounding moves an output of F(m×m, 3×3) than the plain sum of nine products.

    In a plain sum every product of independent numbers of variance 1 adds the same to the variance of the error. Here
    the product at place ξ has the variance Σ G[ξ,·]² · Σ Bᵀ[ξ,·]², and enters output i with Aᵀ[i,ξ]²; both ways of
    the image alike. The worst output of a tile counts.

    Source: after Barabasz et al. 2018, arXiv:1803.10986, section 3
    """
    filters, data = (
        [sum(float(x) ** 2 for x in row) for row in matrix] for matrix in (filter_matrix(m), data_matrix(m))
    )
    products = [g * b for g, b in zip(filters, data, strict=True)]
    return max(sum(float(a) ** 2 * p for a, p in zip(row, products, strict=True)) / TAPS for row in output_matrix(m))


def data(m: int) -> Callable[[Arithmetic, Sequence[Any]], list[Any]]:
    """Bᵀ d for one column."""
    return {2: _data_2, 4: _data_4}[m]


def _data_2(a: Arithmetic, d: Sequence[Any]) -> list[Any]:
    return [a.subtract(d[2], d[0]), a.add(d[2], d[1]), a.subtract(d[2], d[1]), a.subtract(d[3], d[1])]


def _data_4(a: Arithmetic, d: Sequence[Any]) -> list[Any]:
    even, odd = a.subtract(d[4], d[2]), a.subtract(d[3], d[1])
    u, w = a.fma(1.5, d[3], even), a.fma(1.5, d[2], odd)
    return [
        a.add(a.fma(1.5, odd, even), a.subtract(d[0], d[2])),
        a.add(u, w),
        a.subtract(u, w),
        a.fma(2, odd, even),
        a.fma(-0.5, odd, even),
        a.subtract(a.fma(1.5, even, a.subtract(d[5], d[3])), odd),
    ]


def output(m: int) -> Callable[[Arithmetic, Sequence[Any]], list[Any]]:
    """Aᵀ x for one column."""
    return {2: _output_2, 4: _output_4}[m]


def _output_2(a: Arithmetic, x: Sequence[Any]) -> list[Any]:
    return [a.add(x[0], a.add(x[1], x[2])), a.add(a.subtract(x[1], x[2]), x[3])]


def _output_4(a: Arithmetic, x: Sequence[Any]) -> list[Any]:
    even, odd = a.add(x[1], x[2]), a.subtract(x[1], x[2])
    return [
        a.add(a.add(x[0], even), a.add(x[3], x[4])),
        a.fma(0.5, x[3], a.fma(-2, x[4], odd)),
        a.fma(0.25, x[3], a.fma(4, x[4], even)),
        a.add(a.fma(0.125, x[3], a.fma(-8, x[4], odd)), x[5]),
    ]


def gradient(m: int) -> Callable[[Arithmetic, Sequence[Any]], list[Any]]:
    """A ȳ for one column: the adjoint of `output`."""
    return {2: _gradient_2, 4: _gradient_4}[m]


def _gradient_2(a: Arithmetic, y: Sequence[Any]) -> list[Any]:
    return [y[0], a.add(y[0], y[1]), a.subtract(y[0], y[1]), y[1]]


def _gradient_4(a: Arithmetic, y: Sequence[Any]) -> list[Any]:
    even, odd = a.add(y[0], y[2]), a.add(y[1], y[3])
    half = a.fma(0.5, a.fma(0.25, y[3], y[1]), a.fma(0.25, y[2], y[0]))
    two = a.fma(-2, a.fma(4, y[3], y[1]), a.fma(4, y[2], y[0]))
    return [y[0], a.add(even, odd), a.subtract(even, odd), half, two, y[3]]


def filters(m: int) -> Callable[[Arithmetic, Sequence[Any]], list[Any]]:
    """G g for one column."""

    def apply(a: Arithmetic, g: Sequence[Any]) -> list[Any]:
        rows = []
        for point, n in zip(POINTS[m], denominators(m), strict=True):
            row = g[0] if point == 0 else _times(a, point, _times(a, point, g[2], g[1]), g[0])
            rows.append(row if n == 1 else a.scale(1 / n, row))
        return [*rows, g[2]]

    return apply


def filter_gradient(m: int) -> Callable[[Arithmetic, Sequence[Any]], list[Any]]:
    """Gᵀ x for one column: the adjoint of `filters`."""

    def apply(a: Arithmetic, x: Sequence[Any]) -> list[Any]:
        scaled = [v if n == 1 else a.scale(1 / n, v) for v, n in zip(x, denominators(m), strict=False)]
        sums: list[Any] = [scaled[0], None, x[m + 1]]
        for point, v in zip(POINTS[m][1:], scaled[1:], strict=True):
            for i in range(TAPS):
                sums[i] = v if sums[i] is None else _times(a, Fraction(point) ** i, v, sums[i])
        return sums

    return apply


def _times(a: Arithmetic, c: Fraction | int, x: Any, y: Any) -> Any:
    """c·x + y."""
    return a.add(y, x) if c == 1 else a.subtract(y, x) if c == -1 else a.fma(c, x, y)


def both_ways(transform: Callable[[Arithmetic, Sequence[Any]], list[Any]], a: Arithmetic, grid: Grid) -> Grid:
    """A transform of the columns of a grid, then of its rows."""
    columns = [transform(a, column) for column in zip(*grid, strict=True)]
    return [transform(a, row) for row in zip(*columns, strict=True)]
