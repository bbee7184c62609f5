"""The arithmetic of convolutions as pictures: which input positions every output position is computed from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pullback.draw.film import Film
from pullback.draw.geometry import Cell, Geometry, Step, convolution_geometry, transposed_geometry
from pullback.draw.network import number_text
from pullback.draw.scene import FAINT, INK, Box, Label, Pen, Shape, arrow, text_width
from pullback.errors import ArgumentError, ShapeError, message
from pullback.ops.windows import Padding, Sizes

Array: TypeAlias = NDArray[Any]

SIDE = 34.0
MARGIN = 22.0
BETWEEN = 3.0
MOST_FRAMES = 400
LONGEST_SUM = 9
INPUT = "#9fc9e8"
OUTPUT = "#a8dcc4"
CURRENT = "#2e9e6f"
MUTED = "#52606d"
SHADE = "#33475b"


def arithmetic(
    size: Sizes = 5,
    kernel: Sizes = 3,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    *,
    transposed: bool = False,
    output_padding: Sizes = 0,
    x: ArrayLike | None = None,
    w: ArrayLike | None = None,
) -> Film:
    """Show a convolution one output position after another: the window on the input, the output that grows.

    Blue: the input, with padding (and, in a transposed convolution, the zeros between its rows) dashed. Dark: the taps
    of the filter, where they lie for this output. Green: the output so far.

    x, w  an input (H,W) and a filter (R,S): their numbers are then written into the cells, and `size` and `kernel` are
          theirs

    Raises:  ArgumentError, ShapeError
    Source:  Dumoulin & Visin 2016, arXiv:1603.07285 (the geometry; the drawing is our own)

    >>> film = arithmetic(4, 3)
    >>> len(film), film.still().texts[0]
    (4, 'input 4×4, filter 3×3, padding 0, stride 1 → output 2×2')
    """
    numbers = _numbers(x, w)
    if numbers is not None:
        size, kernel = numbers[0].shape, numbers[1].shape
    if output_padding and not transposed:
        title = "arithmetic: output_padding belongs to transposed convolutions"
        raise ArgumentError(message(title, got=f"output_padding={output_padding}", fix="transposed=True"))
    if transposed:
        geometry = transposed_geometry(size, kernel, stride, padding, dilation, output_padding)
    else:
        geometry = convolution_geometry(size, kernel, stride, padding, dilation)
    _check_frames(geometry)
    return _Sheet(geometry, numbers).film()


def _check_frames(geometry: Geometry) -> None:
    if len(geometry.steps) > MOST_FRAMES:
        got, need = f"output {geometry.output[0]}×{geometry.output[1]}", f"at most {MOST_FRAMES} positions"
        raise ArgumentError(message("arithmetic: too many frames", got=got, need=need, fix="a smaller input"))


def _numbers(x: ArrayLike | None, w: ArrayLike | None) -> tuple[Array, Array] | None:
    if x is None and w is None:
        return None
    if x is None or w is None:
        raise ArgumentError(message("arithmetic: numbers for both or for none", got="x or w alone", fix="x=…, w=…"))
    arrays = np.asarray(x), np.asarray(w)
    if arrays[0].ndim != 2 or arrays[1].ndim != 2:
        got = f"x {arrays[0].shape}, w {arrays[1].shape}"
        raise ShapeError(message("arithmetic: one plane and one filter", got=got, need="x (H,W), w (R,S)"))
    return arrays


@dataclass(frozen=True)
class _Sheet:
    """The places of both grids, and the shapes in them."""

    geometry: Geometry
    numbers: tuple[Array, Array] | None

    def film(self) -> Film:
        g = self.geometry
        columns = g.grid[1][1] - g.grid[1][0] + 1
        frames = tuple(self._frames())
        texts = [*g.caption, *(s.text for f in frames for s in f if isinstance(s, Label))]
        width = max(2 * MARGIN + (columns + BETWEEN + g.output[1]) * SIDE, *(text_width(t, 12) + 44 for t in texts))
        below = MARGIN + self._most_rows() * SIDE
        caption = [Label(MARGIN, below + 44 + 20 * k, t, 12, anchor="start") for k, t in enumerate(g.caption)]
        base = (*caption, *self._input_cells(), *self._output_cells(), *self._names(below + 18))
        return Film(width, self._height(), base, frames, title=g.caption[0])

    def _most_rows(self) -> int:
        return max(self._rows(), self.geometry.output[0])

    def _height(self) -> float:
        return MARGIN + self._most_rows() * SIDE + (80 if self.numbers is None else 104)

    def _corner(self, cell: Cell) -> tuple[float, float]:
        """The upper left corner of a cell of the input's grid."""
        (top, _), (left, _) = self.geometry.grid
        return MARGIN + (cell[1] - left) * SIDE, self._top(self._rows()) + (cell[0] - top) * SIDE

    def _output_corner(self, p: Cell) -> tuple[float, float]:
        (_, _), (left, right) = self.geometry.grid
        x = MARGIN + (right - left + 1 + BETWEEN) * SIDE
        return x + p[1] * SIDE, self._top(self.geometry.output[0]) + p[0] * SIDE

    def _rows(self) -> int:
        return self.geometry.grid[0][1] - self.geometry.grid[0][0] + 1

    def _top(self, rows: int) -> float:
        """Both grids are centred on the same line."""
        return MARGIN + (self._most_rows() - rows) * SIDE / 2

    def _names(self, y: float) -> list[Shape]:
        g = self.geometry
        left, right = self._corner((g.grid[0][0], g.grid[1][0]))[0], self._output_corner((0, 0))[0]
        span = g.grid[1][1] - g.grid[1][0] + 1
        return [
            Label(left + span * SIDE / 2, y, "input", 12, MUTED),
            Label(right + g.output[1] * SIDE / 2, y, "output", 12, MUTED),
        ]

    def _input_cells(self) -> list[Shape]:
        g = self.geometry
        (top, bottom), (left, right) = g.grid
        at = {c: h for h, c in g.places.items()}
        empty = [c for c in ((i, j) for i in range(top, bottom + 1) for j in range(left, right + 1)) if c not in at]
        shapes: list[Shape] = [Box(*self._corner(c), SIDE, SIDE, Pen(FAINT, width=0.8, dashed=True)) for c in empty]
        for cell, h in at.items():
            shapes.append(Box(*self._corner(cell), SIDE, SIDE, Pen(INK, INPUT, 1)))
            if self.numbers is not None:
                shapes.append(self._number(self._corner(cell), self.numbers[0][h]))
        return shapes

    def _output_cells(self) -> list[Shape]:
        cells = [s.output for s in self.geometry.steps]
        return [Box(*self._output_corner(p), SIDE, SIDE, Pen(INK, "white", 1)) for p in cells]

    def _frames(self) -> Iterator[tuple[Shape, ...]]:
        done: list[Shape] = []
        for step in self.geometry.steps:
            corner = self._output_corner(step.output)
            value: list[Shape] = []
            line: list[Shape] = []
            if self.numbers is not None:
                x, w = self.numbers
                total = sum((w[r] * x[h] for r, h in step.terms), start=np.zeros((), np.result_type(x, w)))
                value, line = [self._number(corner, total[()])], [self._sum(step, total[()])]
            now = Box(*corner, SIDE, SIDE, Pen(INK, CURRENT, 1.6))
            yield (*done, now, *value, *self._window(step), *self._pointer(step), *line)
            done += [Box(*corner, SIDE, SIDE, Pen(INK, OUTPUT, 1)), *value]

    def _window(self, step: Step) -> list[Shape]:
        shapes: list[Shape] = []
        for r, cell in step.window:
            x, y = self._corner(cell)
            shapes.append(Box(x, y, SIDE, SIDE, Pen("none", SHADE, 0, opacity=0.32)))
            shapes.append(Box(x, y, SIDE, SIDE, Pen(INK, width=1.8)))
            if self.numbers is not None:
                weight = number_text(self.numbers[1][r].item(), 3)
                shapes.append(Label(x + SIDE - 3, y + SIDE - 3, weight, 10, "#7a1f00", "end", bold=True))
        return shapes

    def _pointer(self, step: Step) -> tuple[Shape, ...]:
        """An arrow from beside the window's middle to beside the output position, over no cell."""
        right = self.geometry.grid[1][1]
        rows = [c[0] for _, c in step.window]
        x0 = self._corner((0, right))[0] + SIDE + 8
        y0 = (self._corner((min(rows), 0))[1] + self._corner((max(rows), 0))[1] + SIDE) / 2
        x1 = self._output_corner((0, 0))[0] - 8
        y1 = self._output_corner(step.output)[1] + SIDE / 2
        middle = (x0 + x1) / 2
        return arrow([(x0, y0), (middle, y0), (middle, y1), (x1, y1)], Pen(SHADE, width=1.6), curved=True)

    def _sum(self, step: Step, total: Any) -> Label:
        """The products behind the output, in a line."""
        assert self.numbers is not None  # noqa: S101  (for the type checker: asked where there are numbers)
        x, w = self.numbers
        text = sum_text([(w[r].item(), x[h].item()) for r, h in step.terms], total.item())
        return Label(MARGIN, self._height() - 20, f"y[{step.output[0]},{step.output[1]}] = {text}", 12, anchor="start")

    def _number(self, corner: tuple[float, float], value: Any) -> Label:
        text = number_text(value.item(), 3)
        return Label(corner[0] + SIDE / 2, corner[1] + SIDE / 2 + 4, text, 13 if len(text) < 5 else 10)


def sum_text(products: Sequence[tuple[float, float]], total: float) -> str:
    """Products and their total in a line; beyond nine, only how many there are.

    >>> sum_text([(2, 3), (-1, 4)], 2)
    '2·3 + (−1)·4 = 2'
    """
    if len(products) > LONGEST_SUM or not products:
        return f"{len(products)} products = {number_text(total)}"

    def factor(value: float) -> str:
        text = number_text(value, 3)
        return f"({text})" if text.startswith("−") else text

    return " + ".join(f"{factor(a)}·{factor(b)}" for a, b in products) + f" = {number_text(total)}"
