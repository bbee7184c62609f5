"""Pictures of filters, feature maps and their gradients: many planes, one scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pullback.draw.layers import Array, feature_maps_of, filters_of, gradients_of
from pullback.draw.plot import Grid, Plot, Scale, colour_bar, new_plot, show_picture
from pullback.errors import ArgumentError, ShapeError, message
from pullback.nn import Module
from pullback.ops.losses import cross_entropy

MOST = 64


def filters(net: Module, layer: str, most: int = MOST) -> Plot:
    """Show a convolution's filters: a row for each output channel o, a column for each input channel i.

    With one input channel the filters stand in rows by themselves. Blue is negative, red positive, white 0.

    most  how many filters and how many of their channels are shown

    Raises: ArgumentError, MissingExtraError
    """
    return weight_grid(filters_of(net, layer), f"filters of {layer or 'the layer'}", "w", most)


def weight_grid(weights: Array, title: str, label: str, most: int = MOST) -> Plot:
    """Show filters (O,I,R,S), or gradients of their shape, on one scale.

    Raises: ArgumentError
    """
    _check_most(most)
    outputs, inputs, height, width = weights.shape
    shown = weights[:most, :most]
    title += f" ({outputs}×{inputs}, {height}×{width})" + _left_out("filters", outputs, most)
    if inputs == 1:
        return plane_grid(shown[:, 0], title, label)
    grid = Grid(np.asarray(shown, float))
    wide, high = grid.size()
    plot = new_plot(wide + 1.1, high + 0.8, title)
    axes = plot.add_subplot()
    rows = [f"o={k}" if k == 0 else f"{k}" for k in range(len(shown))]
    columns = [f"i={k}" if k == 0 else f"{k}" for k in range(shown.shape[1])]
    image = grid.show(axes, Scale.of(shown), rows, columns)
    colour_bar(plot, image, axes, label)
    return plot


def plane_grid(planes: Array, title: str, label: str = "", most: int = MOST) -> Plot:
    """Show planes (C,H,W) in rows on one scale.

    Raises: ArgumentError
    """
    _check_most(most)
    grid = Grid.near_square(planes[:most])
    wide, high = grid.size()
    plot = new_plot(wide + 1.1, high + 0.8, title + _left_out("channels", len(planes), most))
    axes = plot.add_subplot()
    image = grid.show(axes, Scale.of(planes[:most]), _row_names(grid, len(planes[:most])))
    colour_bar(plot, image, axes, label)
    return plot


def _row_names(grid: Grid, count: int) -> list[str]:
    columns = grid.planes.shape[1]
    ends = [(k, min(k + columns, count) - 1) for k in range(0, count, columns)]
    return [f"{a}" if a == b else f"{a}–{b}" for a, b in ends]


def _left_out(what: str, count: int, most: int) -> str:
    return f": the first {most} of {count} {what}" if count > most else ""


def _check_most(most: int) -> None:
    if not isinstance(most, int) or most < 1:
        raise ArgumentError(message("draw: most is how many are shown", got=f"{most!r}", need="1 or more"))


def _planes(values: Array, layer: str, what: str) -> Array:
    if values.ndim != 4:
        title = f"{what}: the layer gives no planes"
        need = "(N,C,H,W): a layer before flattening"
        raise ShapeError(message(title, got=f"{layer} {values.shape}", need=need))
    return values


def feature_maps(net: Module, image: ArrayLike, layer: str, most: int = MOST) -> Plot:
    """Show what a layer makes of one image: a plane per channel, beside the image, on one scale.

    Shapes:  image (C,H,W)
    Raises:  ArgumentError, ShapeError, MissingExtraError
    """
    x = _one(image, "feature_maps")
    planes = _planes(feature_maps_of(net, x[None], layer), layer, "feature_maps")[0]
    return _beside(x, planes, f"feature maps of {layer}", "activation", most)


def gradient_maps(
    net: Module,
    image: ArrayLike,
    label: int,
    layer: str,
    loss: Callable[..., Any] = cross_entropy,
    most: int = MOST,
) -> Plot:
    """Show the loss's cotangent of a layer's output for one image: where each feature map should rise or fall.

    Shapes:  image (C,H,W)
    Raises:  ArgumentError, ShapeError, MissingExtraError
    """
    x = _one(image, "gradient_maps")
    planes = _planes(gradients_of(net, x[None], np.asarray([label]), layer, loss).output, layer, "gradient_maps")[0]
    return _beside(x, planes, f"∂loss/∂{layer}", "cotangent", most)


def filter_gradients(
    net: Module,
    images: ArrayLike,
    labels: ArrayLike,
    layer: str,
    loss: Callable[..., Any] = cross_entropy,
    most: int = MOST,
) -> Plot:
    """Show the gradient of a convolution's filters for a batch, laid out as `filters` lays them out.

    Shapes:  images (N,C,H,W), labels (N,)
    Raises:  ArgumentError, ShapeError, MissingExtraError
    """
    filters_of(net, layer)
    found = gradients_of(net, images, labels, layer, loss).parameters[f"{layer}.weight"]
    return weight_grid(found, f"∂loss/∂{layer}.weight", "gradient", most)


def _one(image: ArrayLike, what: str) -> Array:
    x = np.asarray(image)
    if x.ndim != 3:
        fix = "images[0]" if x.ndim == 4 else ""
        raise ShapeError(message(f"{what}: one image", got=f"shape {x.shape}", need="(C,H,W)", fix=fix))
    return x


def _beside(x: Array, planes: Array, title: str, label: str, most: int) -> Plot:
    _check_most(most)
    channels, height, width = planes.shape
    shown = planes[:most]
    grid = Grid.near_square(shown)
    wide, high = grid.size(6.0)
    plot = new_plot(
        wide + 3.0,
        max(high, 2.0) + 0.8,
        f"{title} ({channels}×{height}×{width})" + _left_out("channels", channels, most),
    )
    left, right = plot.subplots(1, 2, width_ratios=(1.5, wide))
    show_picture(left, x if x.shape[0] in (1, 3) else x[:1])
    left.set_title("input" if x.shape[0] in (1, 3) else "input, channel 0", fontsize=9)
    image = grid.show(right, Scale.of(shown), _row_names(grid, len(shown)))
    colour_bar(plot, image, right, label)
    return plot
