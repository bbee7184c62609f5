"""One training step as one graph: forward, loss, backward, clipping, update, and the numbers that are reported."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback import tree
from pullback.autodiff import Tracing, backward, trace
from pullback.engines import Engine, StepFunction
from pullback.errors import ArgumentError, ShapeError, StateError, message
from pullback.formula import expr as ex
from pullback.graph import Traced, as_node, mark, scope
from pullback.nn import Module, functional_call
from pullback.nn.calls import fitting_mode
from pullback.ops.apply import Value, elementwise, is_integer, shape_of
from pullback.optim import Optimizer, clip_norm, clip_value
from pullback.optim.clipping import norm_and_max, plain_norm
from pullback.train.metrics import Metric

Array = NDArray[Any]

# The names of these scopes stand beside those of layers in messages.
LOSS, METRICS, UPDATE = "loss", "metrics", "optimizer"


@dataclass(frozen=True, eq=False)
class State:
    """What a step changes: arrays by name."""

    parameters: dict[str, Any]
    buffers: dict[str, Any]
    optimizer: dict[str, Any]

    def copy(self) -> State:
        """The same numbers in arrays of their own."""
        return State(*({k: np.array(v) for k, v in part.items()} for part in vars(self).values()))


@dataclass(frozen=True, eq=False)
class Recipe:
    """What a step does."""

    net: Module
    loss: Callable[[Value, Value], Value]
    optimizer: Optimizer
    clip_norm: float | None = None
    clip_value: float | None = None
    accuracy: bool = False
    metrics: tuple[Metric, ...] = ()
    is_careful: bool = False


@dataclass(frozen=True, eq=False)
class Result:
    """What a step gives.

    checks  numbers that are finite only where all entries of the gradient and of the update are. Those of a careful
            step are the largest magnitudes, also in what the optimiser keeps: NaN or infinity only where an entry is
    """

    state: State
    loss: float
    correct: int | None
    metrics: Mapping[str, float]
    grad_norm: float
    update_norm: float
    checks: Mapping[str, float]

    @property
    def numbers(self) -> dict[str, float]:
        """What must be finite, by name."""
        return {"loss": self.loss, **self.checks}

    @property
    def is_finite(self) -> bool:
        """Whether the step may be taken."""
        return all(map(math.isfinite, self.numbers.values()))


@dataclass(frozen=True, eq=False)
class Batch:
    """The arguments of a step that are not state. key is (seed, step)."""

    images: Array
    labels: Array
    lr: float
    key: tuple[int, int]

    @property
    def arrays(self) -> tuple[Array, ...]:
        """As the graph takes them."""
        return self.images, self.labels, np.asarray(self.lr, np.float64), np.asarray(self.key, np.int64)

    @property
    def signature(self) -> tuple[Any, ...]:
        """What a step is traced anew for."""
        return self.images.shape, self.labels.shape, self.labels.dtype.kind


def step_outputs(recipe: Recipe, state: State, images: Value, labels: Value, lr: Value, key: Value) -> dict[str, Any]:
    """Record a training step on traced values: the new state and the reported numbers."""
    mode = fitting_mode(recipe.net)
    output, updated = functional_call(recipe.net, state.parameters | state.buffers, images, training=mode, key=key)
    with scope(LOSS):
        loss = recipe.loss(output, labels)
        check_loss(loss)
        mark(LOSS, loss)
        correct = count_correct(output, labels) if recipe.accuracy else None
    names = list(state.parameters)
    slopes = backward([loss.node], [Traced(as_node(np.ones(())))], [state.parameters[k].node for k in names])
    updated_state, numbers = _update(recipe, state, dict(zip(names, slopes, strict=True)), lr)
    # In the order of the old state: that is how the next step finds its inputs.
    new = {**updated_state, "buffers": {**state.buffers, **updated}}
    new = {part: in_order_of(old, new[part], part) for part, old in vars(state).items()}
    return new | numbers | {"loss": loss, "correct": correct} | _metrics(recipe, output, labels)


def _metrics(recipe: Recipe, output: Value, labels: Value) -> dict[str, Any]:
    """The metrics that are traced; the output itself where others are called on it."""
    with scope(METRICS):
        traced = {m.name: m(output, labels) for m in recipe.metrics if m.is_traced}
    return {"metrics": traced, "output": None if all(m.is_traced for m in recipe.metrics) else output}


def _update(recipe: Recipe, state: State, grads: dict[str, Value], lr: Value) -> tuple[dict[str, Any], dict[str, Any]]:
    """Record clipping and the optimiser's step: the new state, and the numbers that are reported of it."""
    with scope(UPDATE):
        grad_norm, grad_check = _norm_and_check(recipe, grads)
        if recipe.clip_value is not None:
            grads = clip_value(grads, recipe.clip_value)
        if recipe.clip_norm is not None:
            grads = clip_norm(grads, recipe.clip_norm, grad_norm)
        parameters, memory = recipe.optimizer.update(state.parameters, grads, state.optimizer, lr)
        change = {
            k: elementwise(lambda p, q: p - q, p=p, q=state.parameters[k])
            for k, p in parameters.items()
            if k in state.parameters
        }
        update_norm, update_check = _norm_and_check(recipe, change)
        checks = {"gradient": grad_check, "update": update_check}
        if recipe.is_careful:
            checks["memory"] = _memory_check(state.optimizer, memory)
    numbers = {"grad_norm": grad_norm, "update_norm": update_norm, "checks": checks}
    return {"parameters": parameters, "optimizer": memory}, numbers


def _norm_and_check(recipe: Recipe, arrays: dict[str, Value]) -> tuple[Value, Value]:
    """The norm, and a number for `Result.checks`. A plain norm is both: where it is finite, all entries are."""
    if recipe.is_careful:
        return norm_and_max(arrays)
    norm = plain_norm(arrays)
    return norm, norm


def _memory_check(before: dict[str, Value], now: dict[str, Value]) -> Value:
    """The largest magnitude in what the optimiser remembers."""
    # What was infinite before is meant, such as the best of no losses.
    spoilt = {
        k: elementwise(lambda m, n: ex.where(ex.isfinite(m), n, 0.0), m=before[k], n=n)
        for k, n in now.items()
        if k in before and not is_integer(n)
    }
    return norm_and_max(spoilt)[1]


def in_order_of(old: Mapping[str, Value], new: Mapping[str, Value], part: str) -> dict[str, Value]:
    """The new values in the order of the old ones.

    Raises: StateError, where an optimiser returns other names than it was given
    """
    if set(old) != set(new):
        raise StateError(
            message(f"fit: a step changes the names of the {part}", got=f"{list(new)}", need=f"{list(old)}")
        )
    return {k: new[k] for k in old}


def check_loss(loss: Any) -> None:
    """Refuse a loss that is not one number computed from the network.

    Raises: ArgumentError, ShapeError
    """
    if not isinstance(loss, Traced):
        raise ArgumentError(
            message(
                "fit: the loss does not depend on the network", got=type(loss).__name__, need="loss(output, labels)"
            )
        )
    if loss.shape != ():
        raise ShapeError(
            message(
                "fit: the loss is one number", got=f"shape {loss.shape}", need="()", fix='np.mean, or reduction="mean"'
            )
        )


def count_correct(output: Value, labels: Value) -> Value:
    """How many labels the largest output names. A float counts exactly to 2²⁴ in float32."""
    return np.sum(np.where(np.argmax(output, axis=1) == labels, 1.0, 0.0))


def are_classes(output: tuple[int, ...], labels: Value) -> bool:
    """Whether labels are the numbers of classes: whole, one for each row of outputs (N,K,...)."""
    whole = as_node(labels).kind == "int"
    return whole and len(output) >= 2 and shape_of(labels) == (output[0], *output[2:])


@dataclass(frozen=True, eq=False)
class TracedStep:
    """A step for one batch shape: its graph and the function that runs it."""

    tracing: Tracing
    function: StepFunction

    def numbered(self, outputs: Sequence[Any]) -> dict[str, Any]:
        """The outputs by name."""
        found: dict[str, Any] = tree.fill(self.tracing.result, iter(outputs))
        return found


class Stepper:
    """Takes training steps; a step is traced once for each batch shape."""

    def __init__(self, recipe: Recipe, engine: Engine, dtype: str) -> None:
        self.recipe, self.engine, self.dtype = recipe, engine, dtype
        self._steps: dict[tuple[Any, ...], TracedStep] = {}

    def traced(self, state: State, batch: Batch) -> TracedStep:
        """The step for a batch of this shape."""
        key = batch.signature
        if key not in self._steps:
            tracing = self._trace(state, batch)
            self._steps[key] = TracedStep(tracing, self.engine.step_function(tracing.graph, self.dtype))
        return self._steps[key]

    def _trace(self, state: State, batch: Batch) -> Tracing:
        parts = (state.parameters, state.buffers, state.optimizer)

        def step(
            parameters: dict[str, Value], buffers: dict[str, Value], optimizer: dict[str, Value], *rest: Value
        ) -> dict[str, Any]:
            return step_outputs(self.recipe, State(parameters, buffers, optimizer), *rest)

        names = [*state.parameters, *state.buffers, *state.optimizer, "images", "labels", "lr", "key"]
        return trace(step, *parts, *batch.arrays, names=names)

    def __call__(self, state: State, batch: Batch) -> Result:
        """Take one step from a state; the state stays as it is.

        A norm that is not finite may be that of finite entries, whose squares overflow: then the step is taken anew
        with care. Where it is finite, so is all else: what the optimisers keep are means of entries and of squares.
        """
        result = self._taken(state, batch)
        return result if result.is_finite or self.recipe.is_careful else self.careful(state, batch)

    @cached_property
    def careful(self) -> Stepper:
        """The same with norms that do not overflow, and with checks of the entries, which cost time."""
        return Stepper(replace(self.recipe, is_careful=True), self.engine, self.dtype)

    def _taken(self, state: State, batch: Batch) -> Result:
        step = self.traced(state, batch)
        with np.errstate(all="ignore"):  # NaN and infinity are looked for in the result
            found = step.numbered(step.function(inputs_of(state, batch)))
        new = State(found["parameters"], found["buffers"], found["optimizer"])
        return Result(
            new,
            loss=float(found["loss"]),
            correct=None if found["correct"] is None else int(found["correct"]),
            metrics=self._metrics(found, batch.labels),
            grad_norm=float(found["grad_norm"]),
            update_norm=float(found["update_norm"]),
            checks={k: float(v) for k, v in found["checks"].items()},
        )

    def _metrics(self, found: dict[str, Any], labels: Array) -> dict[str, float]:
        traced = found["metrics"]
        metrics = self.recipe.metrics
        return {m.name: float(traced[m.name]) if m.is_traced else m.number(found["output"], labels) for m in metrics}


def inputs_of(state: State, batch: Batch) -> list[Array]:
    """The graph's inputs, in order."""
    parts: list[Mapping[str, Any]] = [state.parameters, state.buffers, state.optimizer]
    return [*(v for part in parts for v in part.values()), *batch.arrays]
