"""Vector pictures: a few shapes, written as SVG by themselves, as pixels by matplotlib.

Lengths are CSS pixels (96 to the inch), y grows downwards.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import hypot
from os import PathLike
from typing import TYPE_CHECKING, Literal, TypeAlias

from pullback.draw import saving

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Point: TypeAlias = tuple[float, float]

INK = "#1f2933"
FAINT = "#9aa5b1"
# Okabe & Ito's blue and vermilion: told apart by colour-blind readers, and in grey print.
FORWARD = "#0072b2"
BACKWARD = "#c04a00"
FONT = "DejaVu Sans, Verdana, Segoe UI, Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Pen:
    """How a shape's outline and inside look; "none" draws nothing."""

    stroke: str = INK
    fill: str = "none"
    width: float = 1.2
    dashed: bool = False
    opacity: float = 1.0


@dataclass(frozen=True)
class Box:
    """A rectangle with its upper left corner at (x, y)."""

    x: float
    y: float
    width: float
    height: float
    pen: Pen = Pen()
    radius: float = 0.0


@dataclass(frozen=True)
class Disc:
    """An ellipse around (x, y)."""

    x: float
    y: float
    rx: float
    ry: float
    pen: Pen = Pen()


@dataclass(frozen=True)
class Line:
    """Straight pieces through the points; `curved` reads them as 1 + 3k points of cubic Bézier curves."""

    points: tuple[Point, ...]
    pen: Pen = Pen()
    closed: bool = False
    curved: bool = False


@dataclass(frozen=True)
class Label:
    """One line of text whose baseline is at y. A halo of white keeps it legible on lines."""

    x: float
    y: float
    text: str
    size: float = 13.0
    fill: str = INK
    anchor: Literal["start", "middle", "end"] = "middle"
    bold: bool = False
    halo: bool = False


Shape: TypeAlias = Box | Disc | Line | Label


@dataclass(frozen=True)
class Drawing:
    """A still picture of shapes on white; notebooks show it.

    >>> Drawing(40, 20, (Label(20, 14, "ȳ"),), "a letter").svg.splitlines()[0][:29]
    '<svg xmlns="http://www.w3.org'
    """

    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str = ""

    @property
    def svg(self) -> str:
        """The picture as an SVG document."""
        return _document(self.width, self.height, self.title, svg_lines(self.shapes))

    def _repr_svg_(self) -> str:
        return self.svg

    @property
    def texts(self) -> list[str]:
        """Every text in the picture, in order."""
        return [s.text for s in self.shapes if isinstance(s, Label)]

    def figure(self) -> Figure:
        """The picture as a matplotlib figure.

        Raises: MissingExtraError without matplotlib
        """
        from pullback.draw import canvas

        return canvas.figure_of(self)

    def save(self, path: str | PathLike[str], dpi: float = 192) -> None:
        """Write the picture as its ending says: .svg, .png or .pdf.

        dpi  dots per inch of a .png

        Raises: ArgumentError (another ending, no such folder), MissingExtraError (pixels without matplotlib)
        """
        file, ending = saving.target(path, ("svg", "png", "pdf"))
        if ending == "svg":
            saving.write(file, self.svg.encode())
        else:
            saving.write_figure(file, ending, self.figure(), dpi)


def svg_lines(shapes: Iterable[Shape]) -> Iterator[str]:
    """SVG elements, one a line."""
    for shape in shapes:
        yield _element(shape)


def _document(width: float, height: float, title: str, lines: Iterable[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}" '
        f'viewBox="0 0 {_n(width)} {_n(height)}" font-family="{FONT}" role="img">'
    )
    paper = f'<rect width="{_n(width)}" height="{_n(height)}" fill="white"/>'
    return "\n".join([head, f"<title>{html.escape(title)}</title>", paper, *lines, "</svg>", ""])


def animated_svg(
    width: float, height: float, title: str, base: Sequence[Shape], frames: Sequence[Sequence[Shape]], seconds: float
) -> str:
    """A document that shows one frame after another over the base, for ever."""
    lines = list(svg_lines(base))
    total, count = _n(seconds * len(frames)), len(frames)
    for k, frame in enumerate(frames):
        times = sorted({0.0, k / count, (k + 1) / count} - {1.0})
        shown = ";".join("inline" if k / count <= t < (k + 1) / count else "none" for t in times)
        at = ";".join(f"{t:.5g}" for t in times)
        # Viewers that do not animate show the last frame.
        hidden = "" if k == count - 1 else ' display="none"'
        lines.append(f"<g{hidden}>")
        if count > 1:
            lines.append(
                f'<animate attributeName="display" calcMode="discrete" dur="{total}s" repeatCount="indefinite" '
                f'values="{shown}" keyTimes="{at}"/>'
            )
        lines += [*svg_lines(frame), "</g>"]
    return _document(width, height, title, lines)


def _element(shape: Shape) -> str:
    if isinstance(shape, Label):
        return _text_element(shape)
    look = _look(shape.pen)
    if isinstance(shape, Box):
        corner = f' rx="{_n(shape.radius)}"' if shape.radius else ""
        at = f'x="{_n(shape.x)}" y="{_n(shape.y)}" width="{_n(shape.width)}" height="{_n(shape.height)}"'
        return f"<rect {at}{corner} {look}/>"
    if isinstance(shape, Disc):
        return f'<ellipse cx="{_n(shape.x)}" cy="{_n(shape.y)}" rx="{_n(shape.rx)}" ry="{_n(shape.ry)}" {look}/>'
    first, *rest = (f"{_n(x)} {_n(y)}" for x, y in shape.points)
    return f'<path d="M{first} {"C" if shape.curved else "L"}{" ".join(rest)}{"Z" if shape.closed else ""}" {look}/>'


def _text_element(label: Label) -> str:
    weight = ' font-weight="bold"' if label.bold else ""
    halo = ' stroke="white" stroke-width="4" stroke-linejoin="round" paint-order="stroke"' if label.halo else ""
    at = f'x="{_n(label.x)}" y="{_n(label.y)}" font-size="{_n(label.size)}" text-anchor="{label.anchor}"'
    return f'<text {at} fill="{label.fill}"{weight}{halo}>{html.escape(label.text)}</text>'


def _look(pen: Pen) -> str:
    dash = ' stroke-dasharray="4 3"' if pen.dashed else ""
    faint = f' opacity="{_n(pen.opacity)}"' if pen.opacity < 1 else ""
    return f'fill="{pen.fill}" stroke="{pen.stroke}" stroke-width="{_n(pen.width)}"{dash}{faint}'


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def arrow(points: Sequence[Point], pen: Pen, *, curved: bool = False, size: float = 8.0) -> tuple[Shape, ...]:
    """A line with a head at its last point."""
    (x0, y0), (x1, y1) = points[-2], points[-1]
    length = hypot(x1 - x0, y1 - y0) or 1.0
    dx, dy = (x1 - x0) / length * size, (y1 - y0) / length * size
    neck = (x1 - 0.9 * dx, y1 - 0.9 * dy)
    wing = 0.42
    head = ((x1, y1), (x1 - dx - wing * dy, y1 - dy + wing * dx), (x1 - dx + wing * dy, y1 - dy - wing * dx))
    tip = Line(head, Pen(pen.stroke, pen.stroke, 0.5), closed=True)
    return Line((*points[:-1], neck), pen, curved=curved), tip


def text_width(text: str, size: float) -> float:
    """About how wide a line of text is: on the safe side for common sans-serif fonts."""
    narrow = sum(c in " .,:;'|!il()[]·" for c in text)
    marks = sum("\u0300" <= c <= "\u036f" for c in text)
    return size * (0.64 * (len(text) - narrow - marks) + 0.38 * narrow)
