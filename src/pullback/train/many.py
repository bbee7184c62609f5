"""Many training steps in one native call, with the numbers that one call for each step would give, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pullback.data import Dataset, Normalization
from pullback.engines import CompiledEngine
from pullback.errors import ArgumentError, DataError, ShapeError, message
from pullback.train.plan import Plan
from pullback.train.sources import Arrays, Source
from pullback.train.step import Batch, Recipe, State, Stepper, TracedStep

if TYPE_CHECKING:
    from pullback.compile.driver import Driver, Step
    from pullback.compile.rows import Column

Array = NDArray[Any]

SECONDS_PER_CALL = 0.1


@dataclass(frozen=True, eq=False)
class Records:
    """The numbers of steps that were taken, one entry for each step.

    wanted     how many steps were asked for; with fewer taken, a number of the next one was NaN or infinite
    correct    None where accuracy is not counted
    """

    wanted: int
    loss: Array
    correct: Array | None
    grad_norm: Array
    update_norm: Array
    metrics: Mapping[str, Array]

    @property
    def taken(self) -> int:
        """How many steps were taken."""
        return len(self.loss)

    @property
    def is_whole(self) -> bool:
        """Whether all steps were taken."""
        return self.taken == self.wanted


class ManySteps:
    """Training steps on rows of arrays, with the compiled engine: as many as are asked for in one native call.

    The batch is gathered, converted and normalised there too. A step with a number that is not finite is not taken,
    and none after it.

    images, labels  one row for each sample, in numbers that native code reads (`is_readable`); images become floats of
                    the run's precision, whole labels int64

    Raises: ArgumentError, where the arrays do not suit, or the step needs Python
    """

    def __init__(
        self, recipe: Recipe, state: State, images: Array, labels: Array, batch_size: int, dtype: str = "float32"
    ) -> None:
        self._begin(Stepper(recipe, CompiledEngine(), dtype), state, Arrays(images, labels), batch_size)

    @classmethod
    def of(cls, stepper: Stepper, state: State, source: Source, batch_size: int) -> ManySteps:
        """The same on a source of samples, with steps that may be traced already."""
        new = cls.__new__(cls)
        new._begin(stepper, state, source, batch_size)
        return new

    def _begin(self, stepper: Stepper, state: State, source: Source, batch_size: int) -> None:
        from pullback.compile.driver import Driver

        self.batch_size, self._samples = batch_size, len(source)
        self._like, self._real = state, np.dtype(stepper.dtype)
        columns = columns_of(source, self._real)
        if columns is None:
            need = "rows of whole numbers, float32 or float64, each in one piece, not varied at random"
            raise ArgumentError(message("ManySteps: samples that native code cannot read", need=need))
        rows = source.batch(np.zeros(batch_size, np.int64), None, self._real)
        self.labels_per_step = int(rows[1].size)
        taken = stepper.traced(state, Batch(*rows, 0.0, (0, 0)))
        step = compiled_step(taken)
        if step is None:
            need = "the compiled engine, metrics that can be traced, a new state like the old one"
            raise ArgumentError(message("ManySteps: a step that needs Python", need=need))
        self._positions = taken.numbered([k - len(step.state) for k in range(len(step.program.outputs))])
        self._driver: Driver = Driver(step, *columns, batch_size)
        self.state = state

    @property
    def state(self) -> State:
        """The state after the steps taken so far. The next steps overwrite its arrays: copy what is to stay."""
        return self._state

    @state.setter
    def state(self, state: State) -> None:
        self._driver.start_from([v for part in vars(state).values() for v in part.values()])
        self._state = self._found()

    def _check(self, indices: Array, lrs: Array) -> None:
        """Refuse what native code would read beyond the arrays for."""
        if np.shape(indices) != (len(lrs), self.batch_size):
            got = f"indices {np.shape(indices)}, lrs {np.shape(lrs)}"
            raise ShapeError(
                message("ManySteps: a batch and a rate for each step", got=got, need=f"(K,{self.batch_size})")
            )
        if np.size(indices) and not 0 <= np.min(indices) <= np.max(indices) < self._samples:
            got = f"{np.min(indices)} to {np.max(indices)}"
            need = f"0 <= index < {self._samples}"
            raise DataError(message("ManySteps: index outside the data", got=got, need=need))

    def _found(self) -> State:
        """The driver's state by name."""
        arrays = iter(self._driver.state)
        return State(*({k: next(arrays) for k in part} for part in vars(self._like).values()))

    def run(self, indices: Array, lrs: Array, first_step: int = 0, seed: int = 0) -> Records:
        """Take a step for each row of indices.

        Shapes:  indices (K,batch_size), rows of the data; lrs (K,)
        Raises:  ShapeError; DataError, for an index outside the data
        """
        self._check(indices, lrs)
        steps = len(indices)
        keys = np.stack([np.full(steps, seed, np.int64), np.arange(first_step, first_step + steps)], axis=1)
        with np.errstate(over="ignore"):  # a rate that is no number of this precision gives a step that is not finite
            rates = np.ascontiguousarray(lrs, self._real)
        try:
            taken, numbers = self._driver.run(np.ascontiguousarray(indices, np.int64), rates, keys)
        finally:
            self._state = self._found()
        p = self._positions
        return Records(
            steps,
            numbers[p["loss"]][:taken],
            None if p["correct"] is None else numbers[p["correct"]][:taken],
            numbers[p["grad_norm"]][:taken],
            numbers[p["update_norm"]][:taken],
            {name: numbers[k][:taken] for name, k in p["metrics"].items()},
        )


@dataclass
class Pace:
    """How many steps to take in one call, by the time that the last ones took.

    Progress is shown and Ctrl-C is heard between calls.
    """

    seconds_per_step: float | None = None

    @property
    def steps(self) -> int:
        """How many the next call takes: one, as long as nothing is known."""
        if self.seconds_per_step is None:
            return 1
        return max(1, int(SECONDS_PER_CALL / max(self.seconds_per_step, 1e-9)))

    def note(self, steps: int, seconds: float) -> None:
        """Learn from a call."""
        if steps:
            self.seconds_per_step = seconds / steps


def many_steps_of(plan: Plan, stepper: Stepper, state: State) -> ManySteps | None:
    """What takes a run's steps; None where something needs Python after each of them."""
    source, size = plan.data.train, plan.data.batch_size
    if not isinstance(stepper.engine, CompiledEngine) or plan.listeners.step_end or len(source) < size:
        return None
    real = np.dtype(plan.dtype)
    if columns_of(source, real) is None:
        return None
    rows = source.batch(np.zeros(size, np.int64), None, real)
    if compiled_step(stepper.traced(state, Batch(*rows, 0.0, (0, 0)))) is None:
        return None
    return ManySteps.of(stepper, state, source, size)


def compiled_step(taken: TracedStep) -> Step | None:
    """The native step; None where Python has something to do after it, or where its state changes its shape."""
    from pullback.compile.driver import Step
    from pullback.compile.executable import Executable

    executable = taken.function
    if not isinstance(executable, Executable) or taken.tracing.result["output"] is not None:
        return None
    found = taken.numbered(range(len(executable.program.outputs)))
    step = Step(executable, (found["loss"], *found["checks"].values()))
    return step if step.is_steady else None


def columns_of(source: Source, real: np.dtype[Any]) -> tuple[Column, Column] | None:
    """How the source's samples become a batch: what its `batch` does; None where native code cannot do that."""
    from pullback.compile.rows import Column, can_gather

    whole = np.dtype(np.int64)
    if isinstance(source, Arrays) and can_gather(source.images) and can_gather(source.labels):
        return Column(source.images, real), Column(source.labels, real if source.labels.dtype.kind == "f" else whole)
    # A class of one's own may give other batches.
    is_plain = isinstance(source, Dataset) and type(source).batch is Dataset.batch and source.augmentation is None
    if isinstance(source, Dataset) and is_plain and can_gather(source.raw) and can_gather(source.labels):
        return _normalized(source.raw, source.normalization, real), Column(source.labels, whole)
    return None


def _normalized(images: Array, normalization: Normalization, real: np.dtype[Any]) -> Column:
    """Images that are normalised on their way."""
    from pullback.compile.rows import looked_up, standardized

    mean, std, scale = np.array(normalization.mean), np.array(normalization.std), normalization.scale
    if images.dtype != np.uint8:
        return standardized(images, real, scale, mean, std)
    # One image that holds every byte in every channel gives the table.
    every = np.broadcast_to(np.arange(256, dtype=np.uint8).reshape(16, 16), (len(mean), 16, 16))
    table = normalization.apply(every, real).reshape(len(mean), 256)
    return looked_up(images, table, np.stack([1 / (scale * std), -mean / std], axis=1))
