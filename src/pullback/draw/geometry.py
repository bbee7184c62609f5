"""Where the taps of a convolution lie for every output position, from the index maps of the operators' own sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pullback.formula import Affine, Sum
from pullback.ops.conv import ConvShapes, conv_sum, conv_transpose_sum, transposed_windows
from pullback.ops.windows import Padding, Sizes, Window, per_axis, sliding_windows

Cell: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Step:
    """One output position, and what it is computed from.

    output  its position (p,q)
    window  for every tap (r,s) the cell of the grid that it lies on
    terms   the products: tap (r,s) and input position (h,w); taps that meet padding or an inserted zero have none
    """

    output: Cell
    window: tuple[tuple[Cell, Cell], ...]
    terms: tuple[tuple[Cell, Cell], ...]


@dataclass(frozen=True)
class Geometry:
    """A convolution on one channel, or a transposed one, as positions.

    places  for every input position its cell of the grid; a transposed convolution spreads them by its stride
    grid    the first and last cell of the grid per axis, padding and inserted zeros included
    """

    input: Cell
    kernel: Cell
    output: Cell
    places: dict[Cell, Cell]
    grid: tuple[tuple[int, int], tuple[int, int]]
    steps: tuple[Step, ...]
    caption: tuple[str, ...]


def convolution_geometry(
    size: Sizes, kernel: Sizes, stride: Sizes = 1, padding: Padding = 0, dilation: Sizes = 1
) -> Geometry:
    """The positions of a convolution: output (p,q) reads input (p·σ + r·δ − top, q·σ + s·δ − left) at tap (r,s).

    Raises: ArgumentError, ShapeError
    """
    sizes, taps = per_axis("arithmetic", "size", size, 2, 1), per_axis("arithmetic", "kernel", kernel, 2, 1)
    windows = sliding_windows("arithmetic", sizes, taps, stride, padding, dilation)
    f = conv_sum(ConvShapes(1, 1, 1, 1, (windows[0], windows[1])))
    reads = [a for a in f.factors[1].at[2:] if isinstance(a, Affine)]

    def cell(p: Cell, r: Cell) -> Cell:
        env = dict(zip("pqrs", (*p, *r), strict=True))
        return reads[0].at(env), reads[1].at(env)

    output = (windows[0].out, windows[1].out)
    steps = tuple(
        Step(p, tuple((r, cell(p, r)) for r in _cells(taps)), _terms(f, p, "rs", cell, sizes)) for p in _cells(output)
    )
    grid = tuple((-w.low, w.size + w.high - 1) for w in windows)
    places = {h: h for h in _cells(sizes)}
    caption = (_caption(windows, sizes, output, "padding"), _size_text(windows[0]))
    return Geometry(_pair(sizes), _pair(taps), output, places, (grid[0], grid[1]), steps, caption)


def transposed_geometry(
    size: Sizes,
    kernel: Sizes,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    output_padding: Sizes = 0,
) -> Geometry:
    """The positions of a transposed convolution: input (h,w) adds to output (h·σ + r·δ − top, w·σ + s·δ − left).

    The grid is that of the output: input (h,w) lies on cell (h·σ − top, w·σ − left), and output (p,q) reads the cells
    (p − r·δ, q − s·δ), which are zeros where no input lies.

    Raises: ArgumentError, ShapeError
    """
    op = "arithmetic"
    sizes, taps = per_axis(op, "size", size, 2, 1), per_axis(op, "kernel", kernel, 2, 1)
    windows = transposed_windows(op, sizes, taps, stride, padding, output_padding, dilation, "zeros").windows
    f = conv_transpose_sum(ConvShapes(1, 1, 1, 1, windows))
    writes = [a for a in f.out.at[2:] if isinstance(a, Affine)]

    def place(h: Cell) -> Cell:
        env = {"h": h[0], "w": h[1], "r": 0, "s": 0}
        return writes[0].at(env), writes[1].at(env)

    def cell(p: Cell, r: Cell) -> Cell:
        return p[0] - writes[0].coef("r") * r[0], p[1] - writes[1].coef("s") * r[1]

    output = (windows[0].size, windows[1].size)
    places = {h: place(h) for h in _cells(sizes)}
    steps = tuple(
        Step(p, tuple((r, cell(p, r)) for r in _cells(taps)), _transposed_terms(f, p)) for p in _cells(output)
    )
    cells = [c for s in steps for _, c in s.window] + list(places.values())
    grid = tuple((min(c[k] for c in cells), max(c[k] for c in cells)) for k in (0, 1))
    caption = (_caption(windows, sizes, output, "padding", output_padding), _transposed_text(windows[0]))
    return Geometry(_pair(sizes), _pair(taps), output, places, (grid[0], grid[1]), steps, caption)


def _terms(f: Sum, p: Cell, taps: str, cell: Any, sizes: Sequence[int]) -> tuple[tuple[Cell, Cell], ...]:
    found = []
    for env in f.assignments((0, 0, *p)):
        r = (env[taps[0]], env[taps[1]])
        h = cell(p, r)
        if all(0 <= k < n for k, n in zip(h, sizes, strict=True)):
            found.append((r, h))
    return tuple(found)


def _transposed_terms(f: Sum, p: Cell) -> tuple[tuple[Cell, Cell], ...]:
    found = []
    for env in f.assignments((0, 0, *p)):
        found.append(((env["r"], env["s"]), (env["h"], env["w"])))
    return tuple(sorted(found))


def _cells(sizes: Sequence[int]) -> Iterator[Cell]:
    for i in range(sizes[0]):
        for j in range(sizes[1]):
            yield i, j


def _pair(values: Sequence[int]) -> Cell:
    return values[0], values[1]


def _both(values: Sequence[Any]) -> str:
    return f"{values[0]}" if values[0] == values[1] else f"{values[0]}, {values[1]}"


def _caption(windows: Sequence[Window], sizes: Sequence[int], output: Cell, name: str, extra: Sizes = 0) -> str:
    pads = [w.low if w.low == w.high else (w.low, w.high) for w in windows]
    parts = [f"{name} {_both(pads)}", f"stride {_both([w.stride for w in windows])}"]
    if any(w.dilation > 1 for w in windows):
        parts.append(f"dilation {_both([w.dilation for w in windows])}")
    if extra:
        parts.append(f"output padding {extra if isinstance(extra, int) else _both(list(extra))}")
    kernel = f"{windows[0].kernel}×{windows[1].kernel}"
    return f"input {sizes[0]}×{sizes[1]}, filter {kernel}, {', '.join(parts)} → output {output[0]}×{output[1]}"


def _size_text(w: Window) -> str:
    shrunk = f"{w.dilation}·({w.kernel}−1)"
    numbers = f"⌊({w.size} + {w.low} + {w.high} − {shrunk} − 1) / {w.stride}⌋ + 1 = {w.out}"
    return f"P = ⌊(H + top + bottom − δ·(R−1) − 1) / σ⌋ + 1 = {numbers}"


def _transposed_text(w: Window) -> str:
    spread = f"({w.out}−1)·{w.stride} − {w.low} − {w.high} + {w.dilation}·({w.kernel}−1) + 1"
    extra = w.size - ((w.out - 1) * w.stride - w.low - w.high + w.dilation * (w.kernel - 1) + 1)
    more = f" + {extra}" if extra else ""
    return f"P = (H−1)·σ − top − bottom + δ·(R−1) + 1 = {spread}{more} = {w.size}"
