"""What is checked before the first step: that data, network and loss belong together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.autodiff import trace
from pullback.data import Dataset
from pullback.errors import ArgumentError, DataError, ShapeError, message, place
from pullback.nn import Module, functional_call
from pullback.nn.calls import fitting_mode
from pullback.ops.apply import shape_of
from pullback.train.sources import Arrays, Source, all_labels
from pullback.train.step import Batch, State, are_classes

Array = NDArray[Any]


def accuracy_wanted(net: Module, loss: Any, source: Source, state: State, batch: Batch, asked: bool | None) -> bool:
    """Run the first batch's shape through the network, check the labels, and say whether accuracy is counted.

    Raises: ShapeError, ArgumentError, DataError
    """
    output = output_shape(net, state, batch, training=fitting_mode(net))
    classes = are_classes(output, batch.labels)
    if classes:
        check_labels(all_labels(source), output[1], ignored_label(loss))
    if asked and not classes:
        raise ArgumentError(
            message(
                "fit: accuracy needs labels that number classes",
                got=f"labels {batch.labels.dtype} {batch.labels.shape}, output {output}",
                need=f"whole numbers {(output[0], *output[2:])}",
                fix="metrics=()",
            )
        )
    return classes if asked is None else asked


def check_validation(net: Module, loss: Any, source: Source, state: State, train_batch: Batch) -> None:
    """Refuse validation data that do not go with the network, before an epoch is spent.

    Raises: ShapeError, DataError
    """
    count = min(len(source), len(train_batch.images))
    images, labels = source.batch(np.arange(count))
    batch = replace(train_batch, images=images, labels=labels)
    with place("fit: the validation data"):
        output = output_shape(net, state, batch, training=False)
        if are_classes(output, batch.labels):
            check_labels(all_labels(source), output[1], ignored_label(loss))


def ignored_label(loss: Any) -> int | None:
    """The label that a loss leaves out, where functools.partial or a loss module says so."""
    found: int | None = getattr(loss, "keywords", {}).get("ignore_index", getattr(loss, "ignore_index", None))
    return found


def output_shape(net: Module, state: State, batch: Batch, *, training: bool | None) -> tuple[int, ...]:
    """The shape of the network's output for a batch.

    Raises: ShapeError, ArgumentError, and what else the network's layers refuse
    """

    def forward(values: dict[str, Any], images: Any, key: Any) -> Any:
        return functional_call(net, values, images, training=training, key=key)[0]

    result = trace(forward, state.parameters | state.buffers, batch.images, np.asarray(batch.key, np.int64)).result
    if not hasattr(result, "shape"):
        raise ArgumentError(message("fit: the network gives one array", got=type(result).__name__, need="one output"))
    output = shape_of(result)
    if output[:1] != batch.images.shape[:1]:
        raise ShapeError(
            message(
                "fit: the network gives one row per image",
                got=f"output {output} for images {batch.images.shape}",
                need=f"({len(batch.images)}, ...)",
            )
        )
    return output


def check_labels(labels: Array, outputs: int, ignored: int | None) -> None:
    """Refuse labels that name no output.

    Raises: DataError
    """
    wrong = (labels < 0) | (labels >= outputs)
    if ignored is not None:
        wrong &= labels != ignored
    if wrong.any():
        first = np.argwhere(wrong)[0]
        raise DataError(
            message(
                "fit: a label names no output of the network",
                got=f"label {labels[tuple(first)]} of image {first[0]}, {np.count_nonzero(wrong)} such label(s)",
                need=f"0 <= label < {outputs} outputs",
                fix=f"a last layer with {int(labels.max()) + 1} outputs, or labels that count from 0"
                if labels.min() >= 0
                else "labels that count from 0; partial(cross_entropy, ignore_index=...) for labels to leave out",
            )
        )


def note_data(net: Module, source: Any) -> None:
    """Write into the network's `info` what its input is and what its outputs mean."""
    if isinstance(source, Arrays):
        net.info["input_shape"] = list(source.images.shape[1:])
    if isinstance(source, Dataset):
        net.info["input_shape"] = list(source.image_shape)
        net.info["normalization"] = source.normalization.to_dict()
        net.info["classes"] = list(source.classes)
