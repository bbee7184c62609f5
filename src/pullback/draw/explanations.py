"""Pictures of attributions and reconstructions."""

from __future__ import annotations

import numpy as np

from pullback.draw.attribution import Attribution
from pullback.draw.deconv import DeconvNet
from pullback.draw.plot import (
    MEDIUM,
    SMALL,
    Array,
    Axes,
    Grid,
    Plot,
    Scale,
    as_picture,
    colour_bar,
    new_plot,
    show,
    show_picture,
)
from pullback.errors import ArgumentError, message

MOST_CHANNELS = 16


def attribution_figure(found: Attribution, names: tuple[str, ...] = ()) -> Plot:
    """Every image in a row: the image, its map, and the map over the image. Each row has a scale of its own."""
    count = len(found.images)
    plot = new_plot(7.2, 2.3 * count + 0.4, found.method)
    grid = plot.subplots(count, 3, squeeze=False)
    for row, image, values, label, score in zip(
        grid, found.images, found.maps, found.classes, found.scores, strict=True
    ):
        picture = image if image.shape[0] in (1, 3) else image[:1]
        show_picture(row[0], picture)
        name = names[label] if label < len(names) else f"class {label}"
        row[0].set_ylabel(f"{name}\nscore {score:.3g}".replace("-", "−"), fontsize=MEDIUM)
        scale = Scale.of(values)
        shown = show(row[1], values, scale)
        colour_bar(plot, shown, row[1])
        _overlay(row[2], picture, values, scale)
    for axes, title in zip(grid[0], ("image", "map", "map over image"), strict=True):
        axes.set_title(title, fontsize=MEDIUM)
    return plot


def _overlay(axes: Axes, picture: Array, values: Array, scale: Scale) -> None:
    """The map, stretched over the image, the more opaque the further from 0."""
    shown = as_picture(picture)
    grey = shown if shown.ndim == 2 else shown.mean(axis=2)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.imshow(grey, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    height, width = grey.shape
    strength = np.clip(np.abs(values) / scale.high, 0, 1)
    axes.imshow(
        values,
        cmap="inferno" if scale.low == 0 else scale.colours,
        vmin=scale.low,
        vmax=scale.high,
        alpha=0.75 * strength,
        extent=(-0.5, width - 0.5, height - 0.5, -0.5),
        interpolation="nearest" if values.shape == grey.shape else "bilinear",
    )


def deconvnet_figure(found: DeconvNet, image: int = 0) -> Plot:
    """Every stage of a reconstruction from left to right: its channels, each stage on a scale of its own."""
    if not 0 <= image < len(found.images):
        need = f"0 to {len(found.images) - 1}"
        raise ArgumentError(message("deconvnet: no such image", got=f"image={image!r}", need=need))
    stages = [s for s in found.stages if s.values.ndim == 4]
    count = len(stages) + 1
    columns = min(4, count)
    rows = -(-count // columns)
    title = f"{found.layer}, channel {found.channel}: activation {found.activations[image]:.4g}"
    plot = new_plot(2.3 * columns, 2.55 * rows + 0.4, title.replace("-", "−"))
    grid = plot.subplots(rows, columns, squeeze=False).ravel()
    own = found.images[image]
    show_picture(grid[0], own if own.shape[0] in (1, 3) else own[:1])
    grid[0].set_title("image", fontsize=SMALL)
    for number, (axes, stage) in enumerate(zip(grid[1:], stages, strict=False), start=1):
        planes = stage.values[image]
        shown = planes[_strongest(planes)]
        tiles = Grid.near_square(shown)
        picture = tiles.show(axes, Scale.of(shown))
        colour_bar(plot, picture, axes)
        channels = f"{len(planes)} channels" if len(planes) > 1 else "1 channel"
        some = f", {len(shown)} strongest shown" if len(shown) < len(planes) else ""
        what = stage.operation if stage.operation == "start" else f"{stage.layer}: {stage.operation}"
        size = f"{planes.shape[1]}×{planes.shape[2]}"
        axes.set_title(f"{number}. {what}\n{channels} of {size}{some}", fontsize=7)
    for axes in grid[count:]:
        axes.set_axis_off()
    return plot


def _strongest(planes: Array) -> Array:
    """The channels with the largest entries, in their order."""
    if len(planes) <= MOST_CHANNELS:
        return np.arange(len(planes))
    strength = np.abs(planes).reshape(len(planes), -1).max(axis=1)
    return np.sort(np.argsort(-strength, kind="stable")[:MOST_CHANNELS])
