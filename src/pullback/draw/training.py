"""Pictures of training and testing: curves, the confusion matrix, the worst mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pullback.data import Dataset
from pullback.draw.plot import COLOURS, LARGE, MEDIUM, SMALL, Axes, Plot, colour_bar, new_plot, show_picture
from pullback.errors import ArgumentError, DataError, message
from pullback.nn import Module
from pullback.ops.activations import softmax
from pullback.train import History

Array = NDArray[Any]
NUMBERED = 20
"""Up to so many classes the matrix's numbers are written into it."""


def curves(history: History | Mapping[str, Any]) -> Plot:
    """Draw loss and accuracy over the epochs: training dashed, validation solid, the best epoch marked.

    history  what `pb.fit` returns, or its `to_dict()`

    Raises: ArgumentError (no finished epoch, no such columns), MissingExtraError
    """
    columns = history.to_dict() if isinstance(history, History) else dict(history)
    if not columns.get("epoch") or "loss" not in columns:
        got = "no finished epoch" if "epoch" in columns else f"columns {', '.join(map(str, columns)) or 'none'}"
        raise ArgumentError(message("curves: nothing to draw", got=got, need="a History, or its to_dict()"))
    panels = [("loss", 1.0)]
    if any(_known(columns, k) for k in ("accuracy", "val_accuracy")):
        panels.append(("accuracy", 100.0))
    plot = new_plot(3.6 * len(panels) + 0.4, 3.2)
    for axes, (name, factor) in zip(np.atleast_1d(plot.subplots(1, len(panels))), panels, strict=True):
        _curve(axes, columns, name, factor)
    return plot


def _known(columns: Mapping[str, Any], name: str) -> bool:
    return any(v is not None for v in columns.get(name, ()))


def _curve(axes: Axes, columns: Mapping[str, Any], name: str, factor: float) -> None:
    from matplotlib.ticker import MaxNLocator

    epochs = columns["epoch"]
    lines = [(name, "training", "--", COLOURS[1]), (f"val_{name}", "validation", "-", COLOURS[0])]
    for column, label, style, colour in lines:
        if _known(columns, column):
            values = [np.nan if v is None else factor * v for v in columns[column]]
            axes.plot(epochs, values, style, color=colour, label=label, marker="o", markersize=3, linewidth=1.6)
            if column == f"val_{name}" or not _known(columns, f"val_{name}"):
                _mark_best(axes, epochs, values, highest=name == "accuracy")
    axes.set_xlabel("epoch", fontsize=MEDIUM)
    axes.set_ylabel(f"{name} (%)" if factor != 1 else name, fontsize=MEDIUM)
    axes.tick_params(labelsize=SMALL)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(color="#e4e7eb", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=SMALL, frameon=False)


def _mark_best(axes: Axes, epochs: Sequence[int], values: Sequence[float], *, highest: bool) -> None:
    if np.all(np.isnan(values)):
        return
    best = int(np.nanargmax(values) if highest else np.nanargmin(values))
    axes.plot(epochs[best], values[best], "o", markersize=9, markerfacecolor="none", markeredgecolor="#1f2933")
    written = f"{values[best]:.2f}" if highest else f"{values[best]:.4g}"
    axes.annotate(
        f"{written} in epoch {epochs[best]}",
        (epochs[best], values[best]),
        xytext=(0, -20 if highest else 12),
        textcoords="offset points",
        fontsize=SMALL,
        bbox={"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
        ha="right" if best > len(epochs) / 2 else "left",
    )


def confusion_matrix(labels: ArrayLike, predicted: ArrayLike, classes: int) -> NDArray[np.int64]:
    """Count: entry (t, k) is the number of images of class t that were taken for class k.

    >>> confusion_matrix([0, 0, 1], [0, 1, 1], 2)
    array([[1, 1],
           [0, 1]])
    """
    found = np.zeros((classes, classes), np.int64)
    np.add.at(found, (np.asarray(labels), np.asarray(predicted)), 1)
    return found


def outputs_of(net: Module, dataset: Dataset) -> Array:
    """The network's outputs for a data set, in evaluation mode.

    Raises: DataError (another number of classes), ShapeError
    """
    parts = [dataset.batch(np.arange(k, min(k + 256, len(dataset))))[0] for k in range(0, len(dataset), 256)]
    outputs = np.concatenate([np.asarray(net.predict(p)) for p in parts])
    if outputs.ndim != 2 or outputs.shape[1] != len(dataset.classes):
        got = f"outputs {outputs.shape}, {len(dataset.classes)} classes"
        raise DataError(
            message("draw: the network has other classes than the data", got=got, need="one score per class")
        )
    return outputs


def confusion(net: Module, dataset: Dataset) -> Plot:
    """Draw the confusion matrix: rows are the labels, columns what the network says, each coloured by its row's share.

    Raises: DataError, ShapeError, MissingExtraError
    """
    names = dataset.classes
    counts = confusion_matrix(dataset.labels, outputs_of(net, dataset).argmax(axis=1), len(names))
    totals = counts.sum(axis=1, keepdims=True)
    share = 100 * counts / np.maximum(totals, 1)
    right, of = int(np.trace(counts)), int(counts.sum())
    side = min(8.0, 2.2 + 0.42 * len(names))
    plot = new_plot(side + 0.9, side, f"{100 * right / of:.2f} % right: {right:,} of {of:,}")
    axes = plot.add_subplot()
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=100)
    if len(names) <= NUMBERED:
        _write_counts(axes, counts, share)
    rotation = 0 if max(map(len, names)) <= 2 else 60
    step = max(1, len(names) // 40)
    places = list(range(0, len(names), step))
    axes.set_xticks(places, names[::step], rotation=rotation, fontsize=SMALL, ha="right" if rotation else "center")
    axes.set_yticks(places, names[::step], fontsize=SMALL)
    axes.set_xlabel("the network says", fontsize=MEDIUM)
    axes.set_ylabel("label", fontsize=MEDIUM)
    colour_bar(plot, image, axes, "% of the label's images")
    return plot


def _write_counts(axes: Axes, counts: NDArray[np.int64], share: Array) -> None:
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if share[row, column] > 55 else "#1f2933"
            size = SMALL if len(counts) <= 12 else 6
            axes.text(column, row, f"{count}", ha="center", va="center", fontsize=size, color=colour)


def mistakes(net: Module, dataset: Dataset, count: int = 15) -> Plot:
    """Show the images that the network gets wrong with the greatest loss: label → what it says, and how sure it is.

    Raises: ArgumentError, DataError, ShapeError, MissingExtraError
    """
    if not isinstance(count, int) or count < 1:
        raise ArgumentError(message("mistakes: how many", got=f"count={count!r}", need="1 or more"))
    probabilities = np.asarray(softmax(outputs_of(net, dataset).astype(np.float64)))
    predicted, labels = probabilities.argmax(axis=1), dataset.labels
    wrong = np.flatnonzero(predicted != labels)
    worst = wrong[np.argsort(probabilities[wrong, labels[wrong]], kind="stable")][:count]
    title = f"the {len(worst)} worst of {len(wrong):,} mistakes among {len(dataset):,} images"
    if not len(worst):
        plot = new_plot(4.0, 1.0)
        plot.text(0.5, 0.5, f"no mistakes among {len(dataset):,} images", ha="center", va="center", fontsize=LARGE)
        return plot
    columns = min(5, len(worst))
    rows = ceil(len(worst) / columns)
    plot = new_plot(1.5 * columns + 0.2, 2.0 * rows + 0.5, title if len(worst) > 1 else "")
    grid = plot.subplots(rows, columns, squeeze=False).ravel()
    for axes, k in zip(grid, worst, strict=False):
        show_picture(axes, dataset.raw[k])
        said, label = dataset.classes[predicted[k]], dataset.classes[labels[k]]
        sure, true = probabilities[k, predicted[k]], probabilities[k, labels[k]]
        axes.set_title(f"{label} → {said}", fontsize=MEDIUM)
        axes.set_xlabel(f"P({said}) = {_percent(sure)}\nP({label}) = {_percent(true)}", fontsize=7)
    for axes in grid[len(worst) :]:
        axes.set_axis_off()
    return plot


def _percent(p: float) -> str:
    return f"{100 * p:.0f} %" if p >= 0.01 else f"{100 * p:.2g} %"
