"""`fit`: train a network on a data set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from pullback.compile.precision import Precision
from pullback.engines import DEFAULT_ENGINE, engine_named
from pullback.errors import ArgumentError, message
from pullback.nn import Module, functional_call
from pullback.nn.calls import fitting_mode
from pullback.nn.state import own_dtype
from pullback.ops.apply import Value
from pullback.ops.losses import cross_entropy
from pullback.optim import SGD, Optimizer
from pullback.optim.schedules import completed
from pullback.train.callbacks import listeners_of
from pullback.train.checks import accuracy_wanted, check_validation, note_data
from pullback.train.history import EarlyStopping, History
from pullback.train.interrupts import Interrupts
from pullback.train.loop import Run, batch_of
from pullback.train.many import many_steps_of
from pullback.train.metrics import Wanted, settled, wanted_metrics
from pullback.train.options import check_numbers, data_of, files_of, recipe_of, stopping_of
from pullback.train.plan import Plan
from pullback.train.progress import progress_shown
from pullback.train.sources import shuffled
from pullback.train.step import Batch, State, Stepper

StrPath = str | os.PathLike[str]
Metrics = Iterable[str | Callable[[Any, Any], Any]] | Mapping[str, Callable[[Any, Any], Any]] | None

DEFAULT_OPTIMIZER = SGD(lr=0.05, momentum=0.9)


def fit(
    net: Module,
    train: Any,
    *,
    loss: Callable[[Value, Value], Value] = cross_entropy,
    optimizer: Optimizer = DEFAULT_OPTIMIZER,
    epochs: int = 1,
    batch_size: int = 64,
    validation: Any = None,
    schedule: Callable[[Value, Value], Value] | None = None,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    metrics: Metrics = None,
    early_stopping: EarlyStopping | int | None = None,
    callbacks: Iterable[Any] = (),
    seed: int = 0,
    dtype: str | None = None,
    checkpoint: StrPath | None = None,
    checkpoint_every: int | None = None,
    resume: bool | StrPath = False,
    progress: bool | Literal["auto"] = "auto",
    engine: str = DEFAULT_ENGINE,
    precision: Precision = "fast",
) -> History:
    """Train a network: shuffle, step, validate, epoch after epoch; the network holds the result.

    Layers on which the user called .eval() stay in evaluation mode (frozen running statistics, no dropout); a network
    that is in evaluation mode as a whole is trained as a whole.

    A step is one graph (forward, loss, backward, clipping, update), traced once per batch shape. The numbers depend on
    the arguments alone: shuffling, augmentation and random layers draw from (seed, epoch or step).

    train, validation  a Dataset, or a tuple (images, labels) of arrays, which are taken as they are
    loss               (output, labels) -> one number, the mean over the batch
    schedule           a schedule of pullback.optim, or any function (step, lr) -> lr
    clip_norm          shortens the gradient of all parameters to this norm; clip_value cuts each of its entries
    metrics            what is counted besides the loss: "accuracy" and functions (outputs, labels) -> number, listed or
                       in a dictionary by name; None counts accuracy where labels number classes. An epoch's number is
                       the mean over its batches, weighted by their size. A function is traced into the step where
                       that gives what it gives, and called on the step's output elsewhere
    dtype              "float32" or "float64"; None: that of the network's parameters
    early_stopping     EarlyStopping, or its patience in epochs; needs validation; the network ends with the best
                       parameters
    callbacks          objects with on_epoch_end(record, net), on_step_end(record, net), or both; a function (record,
                       net) hears of epochs. What they change in the network's arrays counts: the run goes on from it
    checkpoint         a file that is rewritten after every epoch, or every checkpoint_every steps, and at the end; that
                       it can be written is tried first
    resume             True goes on from `checkpoint` where that file exists; a path goes on from there. The numbers are
                       those of a run that was never interrupted, bit for bit; a run with other settings (see
                       pullback.train.describe) is refused. More epochs make a finished run longer, but for a schedule
                       over the whole run, such as CosineLR() or OneCycleLR(...) without total_steps
    progress           "auto" shows it when standard output is a terminal
    engine             what runs the steps, and the network in validation: a name in pullback.train.ENGINES. "compiled"
                       makes one native function of a step, for this machine, and takes many steps in one call, unless
                       something needs Python in between: an on_step_end callback, a metric that cannot be traced,
                       augmentation, samples that are not a Dataset or plain arrays; then one step per call, with the
                       same numbers bit for bit. "reference" is NumPy, and agrees with it but for rounding
    precision          "fast", or "strict" without Winograd's algorithm: 3×3 convolutions of 16 and more channels then
                       take 1.5 to 3 times as long, and have a third of the rounding errors or less; docs/compiler.md
                       has them measured

    Ctrl-C finishes the step, writes the checkpoint, and leaves the best parameters by validation (without it the
    latest) in the network; a second Ctrl-C raises at once.

    Raises: ArgumentError, ShapeError, DataError (before the first step), StateError (a checkpoint of another run,
            damaged, or that cannot be written), NumericsError (NaN or infinity; the network keeps the parameters from
            before that step)

    >>> import numpy as np
    >>> from pullback import nn
    >>> points = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 2.0], [2.0, 0.0]])
    >>> history = fit(nn.Linear(2, 2), (points, np.array([0, 1, 0, 1])), epochs=20)
    >>> history.epochs[-1].accuracy
    1.0
    """
    recipe = recipe_of(net, loss, optimizer, clip_norm, clip_value)
    dtype = str(own_dtype(net)) if dtype is None else dtype
    check_numbers(epochs, seed, dtype)
    data = data_of(train, validation, batch_size)
    rates = completed(schedule, data.batches, data.batches * epochs)
    stopping, listeners = stopping_of(early_stopping, data), listeners_of(callbacks)
    files = files_of(checkpoint, checkpoint_every, resume)
    engine_named(engine, "fit", precision)
    plan = Plan(recipe, data, files, rates, epochs, int(seed), dtype, stopping, listeners, engine, precision)
    run = prepared(plan, wanted_metrics(metrics))
    if files.resume_from is not None:
        run.resume(files.resume_from)
    note_data(net, data.train)
    with Interrupts() as interrupts, progress_shown(progress, epochs, len(data.train)) as shown:
        return run.train(interrupts, shown)


def prepared(plan: Plan, wanted: Wanted) -> Run:
    """A run before its first step, once network, loss, metrics and data are known to belong together."""
    net, data = plan.recipe.net, plan.data
    parameters, buffers = (
        {k: in_dtype(v, plan.dtype) for k, v in part.items()} for part in (net.parameters, net.buffers)
    )
    state = State(parameters, buffers, plan.recipe.optimizer.init(parameters))
    order = shuffled(plan.seed, 0, len(data.train))
    batch = batch_of(plan, 0, order[: data.batch_size])
    accuracy = accuracy_wanted(net, plan.recipe.loss, data.train, state, batch, wanted.accuracy)
    if plan.monitor == "accuracy" and not accuracy:
        raise ArgumentError(
            message("fit: early stopping monitors accuracy, which is not counted", fix="monitor='loss'")
        )
    if data.validation is not None:
        check_validation(net, plan.recipe.loss, data.validation, state, batch)
    metrics = tuple(settled(m, first_output(net, state, batch), batch.labels) for m in wanted.metrics)
    recipe = replace(plan.recipe, accuracy=accuracy, metrics=metrics)
    stepper = Stepper(recipe, engine_named(plan.engine, "fit", plan.precision), plan.dtype)
    # The last batch of an epoch may be too small for the network, such as one sample for batch normalisation.
    for first in (0, (data.batches - 1) * data.batch_size):
        stepper.traced(state, batch_of(plan, 0, order[first : first + data.batch_size]))
    plan = replace(plan, recipe=recipe)
    return Run(plan, stepper, state, many=many_steps_of(plan, stepper, state))


def first_output(net: Module, state: State, batch: Batch) -> Any:
    """The network's output for the first batch, in training mode."""
    key = np.asarray(batch.key, np.int64)
    with np.errstate(all="ignore"):
        mode = fitting_mode(net)
        output, _ = functional_call(net, state.parameters | state.buffers, batch.images, training=mode, key=key)
    return output


def in_dtype(array: Any, dtype: str) -> Any:
    """A copy; floats in the run's precision, whole numbers as they are."""
    return np.array(array, dtype=dtype if array.dtype.kind == "f" else None)
