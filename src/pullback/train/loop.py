"""The training loop: steps, epochs, validation, checkpoints; what it holds can be written down and taken up again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import StateError, message
from pullback.nn import Module
from pullback.nn.predict import Predictor, evaluated
from pullback.train.checkpoint import read_checkpoint, write_checkpoint
from pullback.train.history import EpochRecord, History, StepRecord, best_position
from pullback.train.interrupts import Interrupts
from pullback.train.many import ManySteps, Pace, Records
from pullback.train.numerics import Moment, failure
from pullback.train.plan import Plan, check_same_settings
from pullback.train.progress import Progress
from pullback.train.sources import shuffled
from pullback.train.step import Batch, Result, State, Stepper

Array = NDArray[Any]


@dataclass(frozen=True)
class Cursor:
    """How far a run has come, and the sums of the epoch under way.

    epoch     finished epochs
    position  finished batches of the epoch under way
    step      finished steps of the run
    """

    epoch: int = 0
    position: int = 0
    step: int = 0
    seen: int = 0
    labels: int = 0
    loss_sum: float = 0.0
    correct: int | None = None
    seconds: float = 0.0
    metric_sums: Mapping[str, float] = field(default_factory=dict)

    def after(self, result: Result, batch: Batch, seconds: float) -> Cursor:
        """One step later."""
        n = len(batch.images)
        return replace(
            self,
            position=self.position + 1,
            step=self.step + 1,
            seen=self.seen + n,
            labels=self.labels + batch.labels.size,
            loss_sum=self.loss_sum + result.loss * n,
            correct=None if result.correct is None else (self.correct or 0) + result.correct,
            seconds=self.seconds + seconds,
            metric_sums={k: self.metric_sums.get(k, 0.0) + v * n for k, v in result.metrics.items()},
        )

    def after_many(self, records: Records, samples: int, labels: int, seconds: float) -> Cursor:
        """Several steps later, of so many samples and labels each: what `after` gives step by step."""
        correct = None if records.correct is None else (self.correct or 0) + sum(map(int, records.correct.tolist()))
        return replace(
            self,
            position=self.position + records.taken,
            step=self.step + records.taken,
            seen=self.seen + samples * records.taken,
            labels=self.labels + labels * records.taken,
            loss_sum=_weighted(self.loss_sum, records.loss, samples),
            correct=correct if records.taken else self.correct,
            seconds=self.seconds + seconds,
            metric_sums={k: _weighted(self.metric_sums.get(k, 0.0), v, samples) for k, v in records.metrics.items()},
        )

    @property
    def loss(self) -> float:
        """The mean loss so far."""
        return self.loss_sum / self.seen

    @property
    def accuracy(self) -> float | None:
        """The share of correct labels so far."""
        return None if self.correct is None else self.correct / self.labels

    @property
    def metrics(self) -> dict[str, float]:
        """The means of the metrics so far."""
        return {k: v / self.seen for k, v in self.metric_sums.items()}

    @property
    def numbers(self) -> dict[str, float]:
        """All means so far, by name."""
        accuracy = {} if self.accuracy is None else {"accuracy": self.accuracy}
        return {"loss": self.loss, **accuracy, **self.metrics}


@dataclass(eq=False)
class Run:
    """A run under way."""

    plan: Plan
    stepper: Stepper
    state: State
    cursor: Cursor = Cursor()
    records: list[EpochRecord] = field(default_factory=list)
    best: State | None = None
    many: ManySteps | None = None
    pace: Pace = field(default_factory=Pace)
    _saved: Cursor | None = None
    _settings: dict[str, Any] | None = None

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.cursor.epoch >= self.plan.epochs or self.stopped_early

    @property
    def stopped_early(self) -> bool:
        """Whether early stopping has ended the run."""
        stopping = self.plan.early_stopping
        return stopping is not None and stopping.is_exhausted(self.records)

    def train(self, interrupts: Interrupts, progress: Progress) -> History:
        """Train to the end, or until Ctrl-C. Whatever happens, the network holds the last good parameters."""
        if self.plan.files.checkpoint is not None and self._settings is None:
            self._settings = self.plan.settings()
        try:
            while not self.is_complete and not interrupts.requested:
                self._take_steps(interrupts, progress)
                if self.cursor.position == self.plan.data.batches and not interrupts.requested:
                    self._finish_epoch(progress)
        except BaseException:
            with suppress(StateError):  # where a callback changed the layers, which has a message of its own
                self._load(self.state)
            raise
        self._load(self.state)
        self._save()
        interrupted = not self.is_complete
        if self.best is not None and (interrupted or self.plan.early_stopping is not None):
            self._load(self.best)
        stopped_early = self.stopped_early and self.cursor.epoch < self.plan.epochs
        return History(tuple(self.records), interrupted, stopped_early, self.plan.monitor)

    def _take_steps(self, interrupts: Interrupts, progress: Progress) -> None:
        """Finish the epoch's batches, unless interrupted."""
        plan = self.plan
        order = shuffled(plan.seed, self.cursor.epoch, len(plan.data.train))
        progress.start_epoch(self.cursor.epoch + 1, self.cursor.seen)
        while self.cursor.position < plan.data.batches and not interrupts.requested:
            first, size = self.cursor.position * plan.data.batch_size, plan.data.batch_size
            count = self._steps_per_call()
            if self.many is not None and count:
                self._take_many(self.many, order[first : first + count * size].reshape(count, size))
            else:
                self._take_step(order[first : first + size])
            progress.step(self.cursor.seen, self.cursor.numbers)
            if plan.files.every is not None and self.cursor.step % plan.files.every == 0:
                self._save()

    def _steps_per_call(self) -> int:
        """How many of the next steps one native call takes; 0 where Python takes the next one."""
        plan, cursor = self.plan, self.cursor
        if self.many is None:
            return 0
        whole = len(plan.data.train) // plan.data.batch_size - cursor.position
        until_saved = whole if plan.files.every is None else plan.files.every - cursor.step % plan.files.every
        return max(0, min(whole, until_saved, self.pace.steps))

    def _take_many(self, many: ManySteps, indices: Array) -> None:
        started, first = time.perf_counter(), self.cursor.step
        if self.state is not many.state:
            many.state = self.state
        rates = np.array([self.plan.lr(first + k) for k in range(len(indices))])
        try:
            records = many.run(indices, rates, first, self.plan.seed)
        finally:
            self.state = many.state
        seconds = time.perf_counter() - started
        self.cursor = self.cursor.after_many(records, many.batch_size, many.labels_per_step, seconds)
        self.pace.note(records.taken, seconds)
        if not records.is_whole:  # with care, or with an error that says why
            self._take_step(indices[records.taken])

    def _take_step(self, indices: Array) -> None:
        started = time.perf_counter()
        batch = batch_of(self.plan, self.cursor.step, indices)
        result = self.stepper(self.state, batch)
        if not result.is_finite:
            moment = Moment(self.cursor.epoch + 1, self.cursor.step + 1, batch.lr, indices)
            raise failure(self.stepper, self.state, batch, result, moment)
        self.state, self.cursor = result.state, self.cursor.after(result, batch, time.perf_counter() - started)
        if self.plan.listeners.step_end:
            self._load(self.state)
            record = StepRecord(
                self.cursor.epoch + 1, self.cursor.step, result.loss, batch.lr, result.grad_norm, result.update_norm
            )
            self._tell(self.plan.listeners.step_end, record)

    def _tell(self, listeners: Iterable[Callable[[Any, Module], Any]], record: StepRecord | EpochRecord) -> None:
        """Call the callbacks, and take over what they change in the network, which holds the state."""
        net = self.plan.recipe.net
        for listener in listeners:
            listener(record, net)
            self.state = taken_over(self.state, net)

    def _finish_epoch(self, progress: Progress) -> None:
        """Validate, record, remember the best, tell the callbacks, write the checkpoint."""
        started = time.perf_counter()
        self._load(self.state)
        found = self._validated()
        cursor, plan = self.cursor, self.plan
        own = {f"val_{m.name}": found[m.name] for m in plan.recipe.metrics if found}
        record = EpochRecord(
            epoch=cursor.epoch + 1,
            loss=cursor.loss,
            accuracy=cursor.accuracy,
            val_loss=found.get("loss"),
            val_accuracy=found.get("accuracy") if plan.recipe.accuracy else None,
            lr=plan.lr(cursor.step - 1),
            seconds=cursor.seconds + time.perf_counter() - started,
            metrics=cursor.metrics | own,
        )
        self.records.append(record)
        if plan.data.validation is not None and best_position(self.records, plan.monitor) == len(self.records) - 1:
            self.best = self.state.copy()
        self.cursor = Cursor(epoch=cursor.epoch + 1, step=cursor.step)
        progress.end_epoch(record)
        try:
            self._tell(plan.listeners.epoch_end, record)
        finally:  # a callback that fails does not cost the epoch
            if plan.files.every is None:
                self._save()

    def _validated(self) -> Mapping[str, float]:
        """The means over the validation data, in the run's precision and with the run's own parameters."""
        data, recipe, state = self.plan.data, self.plan.recipe, self.state
        if data.validation is None:
            return {}
        metrics = {m.name: m.number for m in recipe.metrics}
        self._predictor.take(state.parameters | state.buffers)
        with np.errstate(all="ignore"):
            return evaluated(self._predictor, data.validation, recipe.loss, data.batch_size, metrics)

    @cached_property
    def _predictor(self) -> Predictor:
        """The network as validation runs it."""
        plan, state = self.plan, self.state.parameters | self.state.buffers
        return Predictor(plan.recipe.net, plan.dtype, state, engine=plan.engine, precision=plan.precision)

    def _load(self, state: State) -> None:
        self.plan.recipe.net.load_state_dict(state.parameters | state.buffers)

    def _save(self) -> None:
        """Write the checkpoint, unless the file holds this very moment."""
        path = self.plan.files.checkpoint
        if path is None or self._saved == self.cursor:
            return
        record = {
            "settings": self._settings,
            "cursor": asdict(self.cursor),
            "epochs": [asdict(r) for r in self.records],
            "has_best": self.best is not None,
        }
        arrays = _flat("", self.state) | ({} if self.best is None else _flat("best/", self.best))
        write_checkpoint(path, arrays, record)
        self._saved = self.cursor

    def resume(self, path: str | os.PathLike[str]) -> None:
        """Take up the run that a checkpoint holds.

        Raises: StateError, for a file that is damaged or comes from a run with other settings
        """
        arrays, record = read_checkpoint(path)
        self._settings = self.plan.settings()
        check_same_settings(path, record["settings"], self._settings)
        self.best = _nested("best/", arrays, self.state) if record["has_best"] else None
        self.state = _nested("", arrays, self.state)
        self.cursor = Cursor(**record["cursor"])
        self.records = [EpochRecord(**r) for r in record["epochs"]]


def _weighted(total: float, values: Array, samples: int) -> float:
    """The total with each value times the samples added, one after another."""
    for value in values.tolist():
        total += float(value) * samples
    return total


def batch_of(plan: Plan, step: int, indices: Array) -> Batch:
    """The arguments of a step: its samples, its learning rate, and the key of its random numbers."""
    key = (plan.seed, step)
    images, labels = plan.data.train.batch(indices, key, np.dtype(plan.dtype))
    return Batch(images, labels, plan.lr(step), key)


def taken_over(state: State, net: Module) -> State:
    """The state with the entries that differ in the network, whose arrays were loaded from it and may be narrower.

    Raises: StateError, where the network has other arrays than before
    """
    now = net.parameters | net.buffers
    before = state.parameters | state.buffers
    if {k: v.shape for k, v in now.items()} != {k: np.shape(v) for k, v in before.items()}:
        raise StateError(
            message(
                "fit: a callback changed the layers of the network",
                got=", ".join(sorted(now.keys() ^ before.keys())) or "other shapes",
                need="the layers with which the run began",
                fix="train in two runs of fit",
            )
        )

    def taken(own: Array, found: Array) -> Array:
        loaded = own.astype(found.dtype)
        changed = (found != loaded) & ~(np.isnan(found) & np.isnan(loaded))
        return np.where(changed, found, own).astype(own.dtype) if changed.any() else own

    found = {k: taken(np.asarray(v), now[k]) for k, v in before.items()}
    return State({k: found[k] for k in state.parameters}, {k: found[k] for k in state.buffers}, state.optimizer)


def _flat(prefix: str, state: State) -> dict[str, Array]:
    return {f"{prefix}{part}/{k}": v for part, arrays in vars(state).items() for k, v in arrays.items()}


def _nested(prefix: str, arrays: Mapping[str, Array], like: State) -> State:
    """The state under a prefix, in the order of another: sums over the parameters depend on their order."""
    parts = vars(like).items()
    return State(*({k: arrays[f"{prefix}{part}/{k}"] for k in named} for part, named in parts))
