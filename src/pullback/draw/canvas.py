"""Shapes on a matplotlib canvas: how drawings become pixels."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pullback.draw.saving import missing_matplotlib
from pullback.draw.scene import Box, Disc, Drawing, Label, Line, Pen, Shape

try:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Ellipse, FancyBboxPatch, PathPatch, Rectangle
    from matplotlib.path import Path
    from matplotlib.patheffects import withStroke
except ImportError as error:
    raise missing_matplotlib() from error

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from PIL.Image import Image

PIXELS_PER_INCH = 96
POINTS_PER_PIXEL = 72 / PIXELS_PER_INCH


def figure_of(drawing: Drawing) -> Figure:
    """A drawing as a matplotlib figure of its size."""
    figure, axes = _sheet(drawing.width, drawing.height)
    for order, shape in enumerate(drawing.shapes):
        _put(axes, shape, order)
    return figure


def gif(
    width: float, height: float, base: Sequence[Shape], frames: Sequence[Sequence[Shape]], seconds: float, dpi: float
) -> bytes:
    """An animated GIF that starts over for ever: each frame drawn over the base."""
    figure, axes = _sheet(width, height)
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    for order, shape in enumerate(base):
        _put(axes, shape, order)
    pictures = []
    for frame in frames:
        artists = [_put(axes, shape, len(base) + order) for order, shape in enumerate(frame)]
        pictures.append(_pixels(canvas))
        for artist in artists:
            artist.remove()
    content = io.BytesIO()
    first, *rest = pictures
    first.save(
        content,
        "GIF",
        save_all=True,
        append_images=rest,
        duration=round(1000 * seconds),
        loop=0,
        disposal=1,
        optimize=False,
    )
    return content.getvalue()


def _pixels(canvas: FigureCanvasAgg) -> Image:
    from PIL import Image

    canvas.draw()  # type: ignore[no-untyped-call]
    return Image.fromarray(_rgb(canvas)).quantize(64)


def _rgb(canvas: FigureCanvasAgg) -> Any:
    import numpy as np

    pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    return np.array(np.asarray(pixels)[..., :3])


def _sheet(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width / PIXELS_PER_INCH, height / PIXELS_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def _put(axes: Axes, shape: Shape, order: int) -> Artist:
    if isinstance(shape, Label):
        return _put_label(axes, shape, order)
    look = _look(shape.pen) | {"zorder": order + 1}
    if isinstance(shape, Box) and shape.radius:
        style = f"round,pad=0,rounding_size={shape.radius}"
        return axes.add_patch(FancyBboxPatch((shape.x, shape.y), shape.width, shape.height, boxstyle=style, **look))
    if isinstance(shape, Box):
        return axes.add_patch(Rectangle((shape.x, shape.y), shape.width, shape.height, **look))
    if isinstance(shape, Disc):
        return axes.add_patch(Ellipse((shape.x, shape.y), 2 * shape.rx, 2 * shape.ry, **look))
    return axes.add_patch(PathPatch(_path(shape), **look))


def _path(line: Line) -> Path:
    step = Path.CURVE4 if line.curved else Path.LINETO
    codes = [Path.MOVETO, *[step] * (len(line.points) - 1)]
    if line.closed:
        return Path([*line.points, line.points[0]], [*codes, Path.CLOSEPOLY])
    return Path(line.points, codes)


def _put_label(axes: Axes, label: Label, order: int) -> Artist:
    place: Any = {"start": "left", "middle": "center", "end": "right"}[label.anchor]
    text = axes.text(
        label.x,
        label.y,
        # A dollar sign would start mathematics.
        label.text.replace("$", r"\$"),
        fontsize=label.size * POINTS_PER_PIXEL,
        color=label.fill,
        ha=place,
        va="baseline",
        fontweight="bold" if label.bold else "normal",
        zorder=order + 1,
    )
    if label.halo:
        text.set_path_effects([withStroke(linewidth=3, foreground="white")])
    return text


def _look(pen: Pen) -> dict[str, Any]:
    dash = (0, (4, 3)) if pen.dashed else "solid"
    return {
        "edgecolor": pen.stroke,
        "facecolor": pen.fill,
        "linewidth": pen.width * POINTS_PER_PIXEL,
        "linestyle": dash,
        "alpha": pen.opacity if pen.opacity < 1 else None,
    }
