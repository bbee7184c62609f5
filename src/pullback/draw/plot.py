"""Figures of arrays with matplotlib: their look, their saving, grids of planes with one colour scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from os import PathLike
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pullback.draw import saving
from pullback.errors import ShapeError, message

__all__ = [
    "COLOURS",
    "LARGE",
    "MEDIUM",
    "SMALL",
    "Axes",
    "Grid",
    "Plot",
    "Scale",
    "as_picture",
    "colour_bar",
    "new_plot",
    "show",
    "show_picture",
]

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
except ImportError as error:
    raise saving.missing_matplotlib() from error

Array: TypeAlias = NDArray[Any]

SMALL, MEDIUM, LARGE = 8.0, 9.0, 11.0
SIGNED = "RdBu_r"
POSITIVE = "viridis"
GREY = "gray"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31", "#6b6b6b", "#f0e442", "#7b3294")
"""Okabe and Ito's colours, which colour-blind readers tell apart, and three more."""


class Plot(Figure):
    """A matplotlib figure that notebooks show by themselves, with `save`."""

    def save(self, path: str | PathLike[str], dpi: float = 192) -> None:
        """Write the figure as its ending says: .png, .svg or .pdf. The same figure gives the same file.

        Raises: ArgumentError (another ending, a folder that is not there)
        """
        file, ending = saving.target(path, ("png", "svg", "pdf"))
        saving.write_figure(file, ending, self, dpi)

    def _repr_png_(self) -> bytes:
        return saving.figure_bytes(self, "png", 120)


def new_plot(width: float, height: float, title: str = "") -> Plot:
    """An empty figure of so many inches."""
    plot = Plot(figsize=(width, height), layout="constrained")
    if title:
        plot.suptitle(title, fontsize=LARGE)
    return plot


@dataclass(frozen=True)
class Scale:
    """How numbers become colours: the same for all planes of a figure."""

    low: float
    high: float
    colours: str

    @staticmethod
    def of(values: Any) -> Scale:
        """Symmetric about 0, where there are negative numbers; otherwise from 0 up.

        >>> Scale.of([-1.0, 3.0])
        Scale(low=-3.0, high=3.0, colours='RdBu_r')
        """
        array = np.asarray(values, float)
        finite = array[np.isfinite(array)]
        if (finite < 0).any():
            return Scale.signed(finite)
        return Scale(0.0, float(finite.max(initial=0.0)) or 1.0, POSITIVE)

    @staticmethod
    def signed(values: Any) -> Scale:
        """Symmetric about 0, whatever the signs."""
        largest = float(np.abs(np.asarray(values, float)).max(initial=0.0)) or 1.0
        return Scale(-largest, largest, SIGNED)


def show(axes: Axes, plane: Array, scale: Scale) -> AxesImage:
    """Show a plane (H,W) in a scale's colours, pixel by pixel."""
    axes.set_xticks([])
    axes.set_yticks([])
    return axes.imshow(
        plane, cmap=scale.colours, vmin=scale.low, vmax=scale.high, interpolation="nearest", aspect="equal"
    )


def show_picture(axes: Axes, image: Array) -> AxesImage:
    """Show an image (C,H,W) of 1 or 3 channels, however normalised: its smallest number black, its largest white.

    Raises: ShapeError
    """
    axes.set_xticks([])
    axes.set_yticks([])
    return axes.imshow(as_picture(image), cmap=GREY, vmin=0, vmax=1, interpolation="nearest", aspect="equal")


def as_picture(image: Any) -> Array:
    """An image (C,H,W) or (H,W) as (H,W) or (H,W,3), from 0 to 1.

    Raises: ShapeError
    """
    array = np.asarray(image, float)
    array = array[None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[0] not in (1, 3):
        raise ShapeError(
            message("draw: not a picture", got=f"shape {np.shape(image)}", need="(H,W), (1,H,W) or (3,H,W)")
        )
    low, high = float(array.min(initial=np.inf)), float(array.max(initial=-np.inf))
    array = (array - low) / (high - low) if high > low else np.zeros_like(array)
    return array[0] if len(array) == 1 else array.transpose(1, 2, 0)


@dataclass(frozen=True)
class Grid:
    """Planes of one size side by side in rows, a gap of one pixel between them (NaN).

    planes  (rows, columns, H, W); NaN where there is none
    """

    planes: Array

    @staticmethod
    def near_square(planes: Array) -> Grid:
        """Put (C,H,W) into rows."""
        count, height, width = planes.shape
        columns = max(1, min(count, ceil(sqrt(count * (height + 1) / (width + 1)))))
        rows = ceil(count / columns)
        padded = np.full((rows * columns, height, width), np.nan)
        padded[:count] = planes
        return Grid(padded.reshape(rows, columns, height, width))

    @property
    def tiled(self) -> Array:
        """All planes as one."""
        rows, columns, height, width = self.planes.shape
        tiles = np.full((rows, columns, height + 1, width + 1), np.nan)
        tiles[:, :, :height, :width] = self.planes
        whole: Array = tiles.transpose(0, 2, 1, 3).reshape(rows * (height + 1), columns * (width + 1))
        return whole[:-1, :-1]

    def show(self, axes: Axes, scale: Scale, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> AxesImage:
        """Show the planes with one scale, and a name beside every row and above every column."""
        image = show(axes, self.tiled, scale)
        n_rows, n_columns, height, width = self.planes.shape
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0, labelsize=SMALL)
        axes.xaxis.tick_top()
        if rows:
            axes.set_yticks([k * (height + 1) + (height - 1) / 2 for k in range(n_rows)], list(rows))
        if columns:
            axes.set_xticks([k * (width + 1) + (width - 1) / 2 for k in range(n_columns)], list(columns))
        return image

    def size(self, widest: float = 7.0) -> tuple[float, float]:
        """Inches that suit the grid's proportions."""
        height, width = self.tiled.shape
        wide = min(widest, max(2.4, 0.1 * width))
        return wide, min(9.0, wide * height / width)


def colour_bar(plot: Plot, image: AxesImage, axes: Axes, label: str = "") -> None:
    """Add the scale of colours, as high as the image."""
    bar = plot.colorbar(image, cax=axes.inset_axes((1.03, 0.0, 0.045, 1.0)))
    bar.ax.tick_params(labelsize=SMALL)
    bar.set_label(label, fontsize=MEDIUM)
