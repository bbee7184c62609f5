"""`fit`: train a network on a data set."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pullback.errors import ArgumentError, message
from pullback.nn import Module
from pullback.ops.apply import Value
from pullback.ops.losses import cross_entropy
from pullback.optim import SGD, Optimizer
from pullback.optim.schedules import completed
from pullback.train.checks import (
    accuracy_wanted,
    check_clipping,
    check_network,
    check_options,
    check_validation,
    note_data,
)
from pullback.train.engines import Engine, engine_named
from pullback.train.history import EarlyStopping, History
from pullback.train.interrupts import Interrupts
from pullback.train.loop import Run, batch_of
from pullback.train.plan import Plan
from pullback.train.progress import progress_shown
from pullback.train.sources import as_source, shuffled
from pullback.train.step import Recipe, State, Stepper

StrPath = str | os.PathLike[str]

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
    metrics: Sequence[str] | None = None,
    early_stopping: EarlyStopping | None = None,
    callbacks: Sequence[Any] = (),
    seed: int = 0,
    dtype: str = "float32",
    checkpoint: StrPath | None = None,
    checkpoint_every: int | None = None,
    resume: bool | StrPath = False,
    progress: bool | Literal["auto"] = "auto",
    engine: str = "reference",
) -> History:
    """Train a network: shuffle, step, validate, epoch after epoch; the network holds the result.

    A step is one graph (forward, loss, backward, clipping, update), traced once per batch shape. The numbers depend on
    the arguments alone: shuffling, augmentation and random layers draw from (seed, epoch or step).

    train, validation  a Dataset, or a tuple (images, labels) of arrays, which are taken as they are
    loss               (output, labels) -> one number, the mean over the batch
    schedule           a schedule of pullback.optim, or any function (step, lr) -> lr
    clip_norm          shortens the gradient of all parameters to this norm; clip_value cuts each of its entries
    metrics            ("accuracy",) or (); None counts accuracy where labels number classes
    early_stopping     needs validation; the network ends with the best parameters
    callbacks          objects with on_epoch_end(record, net), on_step_end(record, net), or both
    checkpoint         a file that is rewritten after every epoch, or every checkpoint_every steps, and at the end
    resume             True goes on from `checkpoint` where that file exists; a path goes on from there. The numbers are
                       those of a run that was never interrupted, bit for bit
    progress           "auto" shows it when standard output is a terminal
    engine             what runs the steps: a name in pullback.train.ENGINES

    Ctrl-C finishes the step, writes the checkpoint, and leaves the best parameters by validation (without it the
    latest) in the network; a second Ctrl-C raises at once.

    Raises: ArgumentError, ShapeError, DataError (before the first step), StateError (a checkpoint of another run, or
            damaged), NumericsError (NaN or infinity; the network keeps the parameters from before that step)

    >>> import numpy as np
    >>> from pullback import nn
    >>> points = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 2.0], [2.0, 0.0]])
    >>> history = fit(nn.Linear(2, 2), (points, np.array([0, 1, 0, 1])), epochs=20)
    >>> history.epochs[-1].accuracy
    1.0
    """
    check_network(net)
    check_options(epochs, batch_size, seed, dtype, checkpoint_every, metrics)
    check_clipping(clip_norm, clip_value)
    source = as_source(train, "training data")
    held_out = None if validation is None else as_source(validation, "validation data")
    steps_per_epoch = -(-len(source) // batch_size)
    plan = Plan(
        recipe=Recipe(net, loss, checked_optimizer(optimizer), clip_norm, clip_value),
        train=source,
        validation=held_out,
        schedule=completed(schedule, steps_per_epoch, steps_per_epoch * epochs),
        epochs=epochs,
        batch_size=batch_size,
        seed=int(seed),
        dtype=dtype,
        early_stopping=early_stopping,
        callbacks=tuple(callbacks),
        checkpoint=checkpoint,
        checkpoint_every=checkpoint_every,
    )
    check_plan(plan)
    run = prepared(plan, engine_named(engine), metrics)
    where = checkpoint_to_resume(resume, checkpoint)
    if where is not None:
        run.resume(where)
    note_data(net, source)
    with Interrupts() as interrupts, progress_shown(progress, epochs, len(source)) as shown:
        return run.train(interrupts, shown)


def checked_optimizer(optimizer: Any) -> Optimizer:
    """The optimiser, if it is one.

    Raises: ArgumentError
    """
    if not all(hasattr(optimizer, name) for name in ("lr", "init", "update")):
        raise ArgumentError(
            message("fit: not an optimiser", got=repr(optimizer), need="SGD(...), Adam(...), or an object like them")
        )
    found: Optimizer = optimizer
    return found


def check_plan(plan: Plan) -> None:
    """Check what concerns several options at once.

    Raises: ArgumentError
    """
    if plan.early_stopping is not None and plan.validation is None:
        raise ArgumentError(
            message(
                "fit: early stopping needs validation data", fix="validation=..., such as a part of train.split(0.9)"
            )
        )
    if plan.checkpoint_every is not None and plan.checkpoint is None:
        raise ArgumentError(
            message("fit: checkpoint_every without a file", got=f"{plan.checkpoint_every}", fix='checkpoint="run.ckpt"')
        )
    if plan.checkpoint is not None and not Path(plan.checkpoint).absolute().parent.is_dir():
        raise ArgumentError(
            message(
                "fit: the checkpoint's folder does not exist", got=str(plan.checkpoint), fix="make the folder first"
            )
        )


def checkpoint_to_resume(resume: bool | StrPath, checkpoint: StrPath | None) -> StrPath | None:
    """The file to go on from, if any.

    Raises: ArgumentError
    """
    if resume is False:
        return None
    if resume is not True:
        return resume
    if checkpoint is None:
        raise ArgumentError(message("fit: resume=True without a checkpoint", fix='checkpoint="run.ckpt"'))
    return checkpoint if Path(checkpoint).exists() else None


def prepared(plan: Plan, engine: Engine, metrics: Sequence[str] | None) -> Run:
    """A run before its first step, once network, loss and data are known to belong together."""
    net = plan.recipe.net
    parameters, buffers = (
        {k: in_dtype(v, plan.dtype) for k, v in part.items()} for part in (net.parameters, net.buffers)
    )
    state = State(parameters, buffers, plan.recipe.optimizer.init(parameters))
    order = shuffled(plan.seed, 0, len(plan.train))
    batch = batch_of(plan, 0, order[: plan.batch_size])
    accuracy = accuracy_wanted(net, plan.recipe.loss, plan.train, state, batch, metrics)
    if plan.early_stopping is not None and plan.monitor == "accuracy" and not accuracy:
        raise ArgumentError(
            message("fit: early stopping monitors accuracy, which is not counted", fix="monitor='loss'")
        )
    if plan.validation is not None:
        check_validation(net, plan.recipe.loss, plan.validation, state, batch)
    recipe = replace(plan.recipe, accuracy=accuracy)
    stepper = Stepper(recipe, engine, plan.dtype)
    # The last batch of an epoch may be too small for the network, such as one sample for batch normalisation.
    for first in (0, (plan.batches - 1) * plan.batch_size):
        stepper.traced(state, batch_of(plan, 0, order[first : first + plan.batch_size]))
    return Run(replace(plan, recipe=recipe), stepper, state)


def in_dtype(array: Any, dtype: str) -> Any:
    """A copy; floats in the run's precision, whole numbers as they are."""
    return np.array(array, dtype=dtype if array.dtype.kind == "f" else None)
