"""A unit's receptive field, drawn on the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from pullback.draw.layers import marked
from pullback.draw.plot import MEDIUM, SMALL, Plot, new_plot, show_picture
from pullback.errors import ArgumentError, ShapeError, message
from pullback.nn import Module
from pullback.nn.predict import trace_network
from pullback.nn.receptive import field_between

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EDGE = "#d55e00"


def receptive_field(net: Module, layer: str, image: ArrayLike, position: tuple[int, int] | None = None) -> Plot:
    """Draw the input positions that one unit of a layer is computed from: its theoretical receptive field.

    position  the unit (p,q); by default the middle one

    Shapes:  image (C,H,W)
    Raises:  ArgumentError, ShapeError, MissingExtraError
    Source:  Araujo, Norris & Sim 2019, doi:10.23915/distill.00021
    """
    x = np.asarray(image)
    if x.ndim != 3:
        raise ShapeError(message("receptive_field: one image", got=f"shape {x.shape}", need="(C,H,W)"))
    graph = trace_network(net, (1, *x.shape)).graph
    node = marked(graph, layer, "receptive_field")
    if len(node.shape) != 4:
        need = "(N,C,P,Q): a layer before flattening"
        raise ShapeError(message("receptive_field: the layer gives no planes", got=f"{layer} {node.shape}", need=need))
    field = field_between(graph, graph.inputs[-1], node)
    size = (node.shape[2], node.shape[3])
    unit = (size[0] // 2, size[1] // 2) if position is None else position
    if len(unit) != 2 or not all(0 <= k < n for k, n in zip(unit, size, strict=True)):
        got, need = f"position={position!r}", f"within {size[0]}×{size[1]}"
        raise ArgumentError(message(f"receptive_field: no such unit in {layer}", got=got, need=need))
    tops = [s + j * k for s, j, k in zip(field.start, field.jump, unit, strict=True)]
    height, width = x.shape[1:]
    plot = new_plot(
        4.4, 4.0 * height / width + 0.75, f"{layer} at ({unit[0]}, {unit[1]}) sees {field} of {height}×{width}"
    )
    axes = plot.add_subplot()
    show_picture(axes, x if x.shape[0] in (1, 3) else x[:1])
    _frame(axes, tops[0], tops[1], field.size, (height, width))
    jump = "×".join(f"{j:g}" for j in field.jump)
    axes.set_xlabel(f"the next unit's field lies {jump} pixels further", fontsize=MEDIUM)
    return plot


def _frame(axes: Axes, top: float, left: float, size: tuple[int, ...], image: tuple[int, int]) -> None:
    """The field's border, all else dimmed, and as much paper as it needs beyond the image."""
    from matplotlib.patches import Rectangle

    height, width = image
    x0, y0, x1, y1 = left - 0.5, top - 0.5, left + size[1] - 0.5, top + size[0] - 0.5
    low_x, low_y, high_x, high_y = min(x0, -0.5), min(y0, -0.5), max(x1, width - 0.5), max(y1, height - 0.5)
    dim: dict[str, Any] = {"facecolor": "white", "alpha": 0.55, "linewidth": 0}
    for x, y, w, h in (
        (low_x, low_y, high_x - low_x, y0 - low_y),
        (low_x, y1, high_x - low_x, high_y - y1),
        (low_x, y0, x0 - low_x, y1 - y0),
        (x1, y0, high_x - x1, y1 - y0),
    ):
        axes.add_patch(Rectangle((x, y), w, h, **dim))
    axes.add_patch(Rectangle((-0.5, -0.5), width, height, fill=False, edgecolor="#52606d", linewidth=1))
    axes.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=EDGE, linewidth=2.2, gid="field"))
    room = 0.03 * max(high_x - low_x, high_y - low_y)
    axes.set(xlim=(low_x - room, high_x + room), ylim=(high_y + room, low_y - room))
    axes.set_frame_on(False)
    axes.set_xticks([x0 + 0.5, x1 - 0.5], [_whole(x0 + 0.5), _whole(x1 - 0.5)], fontsize=SMALL)
    axes.set_yticks([y0 + 0.5, y1 - 0.5], [_whole(y0 + 0.5), _whole(y1 - 0.5)], fontsize=SMALL)


def _whole(value: float) -> str:
    return f"{value:g}".replace("-", "−")
