"""What a classifier of points in the plane has learnt: its regions as filled contours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pullback.draw.plot import COLOURS, MEDIUM, SMALL, Plot, new_plot
from pullback.errors import ArgumentError, ShapeError, message
from pullback.nn import Module
from pullback.ops.activations import softmax

Array = NDArray[Any]
MARKERS = "osD^vP*Xph"


def boundary(
    classifier: Module | Callable[[Array], Any],
    points: ArrayLike,
    labels: ArrayLike,
    classes: Sequence[str] = (),
    resolution: int = 200,
) -> Plot:
    """Colour the plane by the class with the highest score, the fuller the more probable it is, and draw the points.

    classifier  a network, or a function, from points (N,2) to scores (N,K) before softmax
    resolution  how many points are asked along each axis

    Shapes:  points (N,2), labels (N,)
    Raises:  ShapeError, ArgumentError, MissingExtraError
    """
    xy, t = np.asarray(points, float), np.asarray(labels)
    if xy.ndim != 2 or xy.shape[1] != 2 or not len(xy) or t.shape != (len(xy),) or t.dtype.kind not in "iu":
        got = f"points {xy.shape}, labels {t.shape} {t.dtype}"
        raise ShapeError(message("boundary: points and their labels", got=got, need="points (N,2), whole labels (N,)"))
    if not isinstance(resolution, int) or resolution < 2:
        raise ArgumentError(message("boundary: resolution does not fit", got=f"{resolution!r}", need="2 or more"))
    axes_of_plane, probabilities = regions(classifier, xy, resolution)
    count = probabilities.shape[2]
    if t.min() < 0 or t.max() >= count:
        got, need = f"labels {t.min()} to {t.max()}", f"0 to {count - 1}, as the classifier has scores"
        raise ArgumentError(message("boundary: a label without a score", got=got, need=need))
    return _figure(axes_of_plane, probabilities, xy, t, classes)


def regions(classifier: Any, points: Array, resolution: int) -> tuple[tuple[Array, Array], Array]:
    """The probabilities (Y,X,K) on a grid around the points, and the grid's axes.

    Raises: ShapeError
    """
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.15 * np.maximum(high - low, 1e-9)
    x, y = (np.linspace(a - r, b + r, resolution) for a, b, r in zip(low, high, room, strict=True))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    scores = np.asarray(classifier.predict(grid) if isinstance(classifier, Module) else classifier(grid), float)
    if scores.ndim != 2 or len(scores) != len(grid) or scores.shape[1] < 2:
        need = f"({len(grid)}, K) with K >= 2"
        raise ShapeError(message("boundary: one score per class", got=f"scores {scores.shape}", need=need))
    return (x, y), np.asarray(softmax(scores)).reshape(resolution, resolution, -1)


def _figure(plane: tuple[Array, Array], probabilities: Array, xy: Array, t: Array, classes: Sequence[str]) -> Plot:
    from matplotlib.colors import LinearSegmentedColormap, to_rgb

    plot = new_plot(5.0, 4.4)
    axes = plot.add_subplot()
    winner, count = probabilities.argmax(axis=2), probabilities.shape[2]
    levels = np.linspace(1 / count, 1.0, 9)
    for k in range(count):
        colour = COLOURS[k % len(COLOURS)]
        # Mixed with white instead of transparent: transparent contours show seams.
        red, green, blue = (0.4 + 0.6 * c for c in to_rgb(colour))
        shades = LinearSegmentedColormap.from_list("class", [(1.0, 1.0, 1.0), (red, green, blue)])
        own = np.where(winner == k, probabilities[:, :, k], np.nan)
        if np.isfinite(own).any():
            axes.contourf(*plane, np.ma.masked_invalid(own), levels=levels, cmap=shades, extend="both")
    for k in range(count):
        others = np.delete(probabilities, k, axis=2).max(axis=2)
        lead = probabilities[:, :, k] - others
        if (lead > 0).any() and (lead < 0).any():
            axes.contour(*plane, lead, levels=[0.0], colors="#1f2933", linewidths=1.1)
    for k in range(count):
        own_points = xy[t == k]
        name = classes[k] if k < len(classes) else f"class {k}"
        marker = MARKERS[k % len(MARKERS)]
        style: dict[str, Any] = {"s": 22, "linewidths": 0.6, "edgecolors": "white"}
        axes.scatter(*own_points.T, color=COLOURS[k % len(COLOURS)], marker=marker, label=name, zorder=3, **style)
    right = float((winner[_nearest(plane[1], xy[:, 1]), _nearest(plane[0], xy[:, 0])] == t).mean())
    axes.set_title(f"{100 * right:.1f} % of {len(t)} points in their class's region", fontsize=MEDIUM)
    axes.set(xlim=(plane[0][0], plane[0][-1]), ylim=(plane[1][0], plane[1][-1]))
    axes.set_xlabel("x₁", fontsize=MEDIUM)
    axes.set_ylabel("x₂", fontsize=MEDIUM)
    axes.tick_params(labelsize=SMALL)
    axes.legend(fontsize=SMALL, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return plot


def _nearest(axis: Array, values: Array) -> NDArray[np.intp]:
    step = axis[1] - axis[0]
    at: NDArray[np.intp] = np.clip(np.rint((values - axis[0]) / step), 0, len(axis) - 1).astype(np.intp)
    return at
