"""How well a network does on a data set, class by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback import nn
from pullback.cli.computing import Computing
from pullback.data import Dataset
from pullback.nn.predict import Predictor, predicted
from pullback.ops.losses import cross_entropy

_BATCH = 256


@dataclass(frozen=True)
class Score:
    """The mean loss, and for each class how many of its images were named rightly."""

    loss: float
    classes: tuple[str, ...]
    correct: tuple[int, ...]
    count: tuple[int, ...]

    @property
    def accuracy(self) -> float:
        """The part of all images that was named rightly."""
        return sum(self.correct) / sum(self.count)

    def to_dict(self) -> dict[str, Any]:
        """The numbers for JSON; a class without images has the accuracy null."""
        return {
            "loss": self.loss,
            "accuracy": self.accuracy,
            "correct": sum(self.correct),
            "images": sum(self.count),
            "classes": {
                name: {"accuracy": right / of if of else None, "correct": right, "images": of}
                for name, right, of in zip(self.classes, self.correct, self.count, strict=True)
            },
        }


def score(net: nn.Module, dataset: Dataset, by: Computing, dtype: str = "float32") -> Score:
    """Run a network over a data set, in evaluation mode.

    Raises:  ShapeError, when the network does not take such images or has another number of classes
    """
    outputs = outputs_of(net, dataset, by, dtype)
    classes, labels = len(dataset.classes), dataset.labels
    right = outputs.argmax(axis=1) == labels
    return Score(
        float(cross_entropy(outputs, labels)),
        dataset.classes,
        tuple(np.bincount(labels[right], minlength=classes).tolist()),
        tuple(np.bincount(labels, minlength=classes).tolist()),
    )


def outputs_of(net: nn.Module, dataset: Dataset, by: Computing, dtype: str = "float32") -> NDArray[Any]:
    """The network's outputs for all images of a data set, which are normalised batch by batch."""
    predictor = Predictor(net, dtype, engine=by.engine, precision=by.precision)
    starts = range(0, len(dataset), _BATCH)
    parts = [dataset.batch(np.arange(k, min(k + _BATCH, len(dataset))), dtype=dtype)[0] for k in starts]
    return np.concatenate([np.asarray(predicted(predictor, images, _BATCH)) for images in parts])
