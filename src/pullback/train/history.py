"""What a run of fit leaves behind: one record per finished epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from pullback.errors import ArgumentError, message

Monitor = Literal["loss", "accuracy"]


@dataclass(frozen=True)
class EpochRecord:
    """One epoch in numbers.

    loss, accuracy          means over the training images, each seen with the parameters of its own step
    val_loss, val_accuracy  of the validation data after the epoch
    lr                      the learning rate of the epoch's last step
    metrics                 those of one's own, by name; of the validation data under "val_<name>"
    None where a number was not asked for.
    """

    epoch: int
    loss: float
    accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None
    lr: float
    seconds: float
    metrics: Mapping[str, float] = field(default_factory=dict, hash=False)

    @property
    def numbers(self) -> dict[str, float]:
        """All that was counted, by name: of the training data first, then of the validation data."""
        own = {k: v for k, v in self.metrics.items() if not k.startswith("val_")}
        first = {"loss": self.loss, "accuracy": self.accuracy, **own}
        second = {"val_loss": self.val_loss, "val_accuracy": self.val_accuracy}
        return {k: v for k, v in (first | second | dict(self.metrics)).items() if v is not None}


@dataclass(frozen=True)
class StepRecord:
    """One training step in numbers.

    step         counted from 1 over the whole run
    grad_norm    the Euclidean norm of the gradient of all parameters, before clipping
    update_norm  the Euclidean norm of the change of all parameters
    """

    epoch: int
    step: int
    loss: float
    lr: float
    grad_norm: float
    update_norm: float


@dataclass(frozen=True)
class History:
    """The records of a run.

    interrupted    Ctrl-C ended the run
    stopped_early  early stopping ended it

    >>> record = EpochRecord(epoch=1, loss=0.5, accuracy=0.75, val_loss=None, val_accuracy=None, lr=0.1, seconds=2.0)
    >>> history = History((record,))
    >>> history.best.epoch, history.to_dict()["accuracy"]
    (1, [0.75])
    """

    epochs: tuple[EpochRecord, ...] = ()
    interrupted: bool = False
    stopped_early: bool = False
    monitor: Monitor = "loss"

    @property
    def best(self) -> EpochRecord | None:
        """The epoch with the best validation loss (or what early stopping monitors); without validation, training loss.

        None before the first epoch is finished; the first of equals.
        """
        position = best_position(self.epochs, self.monitor)
        return None if position is None else self.epochs[position]

    def to_dict(self) -> dict[str, Any]:
        """The records as columns, with the flags; metrics of one's own have a column each."""
        rows = [{k: v for k, v in vars(r).items() if k != "metrics"} | dict(r.metrics) for r in self.epochs]
        names = [f.name for f in fields(EpochRecord) if f.name != "metrics"]
        names += list(dict.fromkeys(k for r in self.epochs for k in r.metrics))
        columns: dict[str, Any] = {name: [r.get(name) for r in rows] for name in names}
        return columns | {"interrupted": self.interrupted, "stopped_early": self.stopped_early}


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when validation has not improved for `patience` epochs; the network then holds its best parameters.

    monitor    "loss" (smaller is better) or "accuracy", of the validation data
    min_delta  a change of not more than this is no improvement

    Raises: ArgumentError
    """

    patience: int
    monitor: Monitor = "loss"
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.patience, int) or isinstance(self.patience, bool) or self.patience < 1:
            raise ArgumentError(
                message("EarlyStopping: patience is a number of epochs", got=f"{self.patience!r}", need="1 or more")
            )
        if self.monitor not in ("loss", "accuracy"):
            raise ArgumentError(
                message("EarlyStopping: nothing to monitor", got=f"{self.monitor!r}", need="'loss' or 'accuracy'")
            )
        if not self.min_delta >= 0:
            raise ArgumentError(message("EarlyStopping: min_delta is negative", got=f"{self.min_delta}", need=">= 0"))

    def is_exhausted(self, records: Sequence[EpochRecord]) -> bool:
        """Whether the patience is used up."""
        position = best_position(records, self.monitor, self.min_delta)
        return position is not None and len(records) - 1 - position >= self.patience


def best_position(records: Sequence[EpochRecord], monitor: Monitor, min_delta: float = 0.0) -> int | None:
    """The last epoch that improved on all before it by more than min_delta."""
    best: int | None = None
    for position, record in enumerate(records):
        if best is None or _score(record, monitor) > _score(records[best], monitor) + min_delta:
            best = position
    return best


def _score(record: EpochRecord, monitor: Monitor) -> float:
    """A number that grows as the epoch gets better; NaN counts as the worst."""
    if monitor == "accuracy":
        value = record.accuracy if record.val_accuracy is None else record.val_accuracy
    else:
        loss = record.loss if record.val_loss is None else record.val_loss
        value = -loss
    return float("-inf") if value is None or value != value else value
