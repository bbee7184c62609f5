"""The arguments of `fit`, each checked and made into what a run needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from pullback.errors import ArgumentError, message
from pullback.nn import Module
from pullback.nn.state import check_writeable
from pullback.train.callbacks import check_call, name_of
from pullback.train.checkpoint import check_checkpoint
from pullback.train.history import EarlyStopping
from pullback.train.plan import Data, Files
from pullback.train.sources import as_source
from pullback.train.step import Recipe


def check_numbers(epochs: Any, seed: Any, dtype: Any) -> None:
    """Check the options that are plain numbers and words.

    Raises: ArgumentError
    """
    check_count("epochs", epochs)
    if not isinstance(seed, (int, np.integer)) or not 0 <= seed < 1 << 63:
        raise ArgumentError(message("fit: seed out of range", got=f"seed={seed!r}", need="0 <= seed < 2^63"))
    if dtype not in ("float32", "float64"):
        raise ArgumentError(message("fit: dtype", got=f"dtype={dtype!r}", need="'float32' or 'float64'"))


def check_count(name: str, value: Any) -> None:
    """Refuse anything but a whole number from 1.

    Raises: ArgumentError
    """
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        raise ArgumentError(message(f"fit: {name} is a positive whole number", got=f"{name}={value!r}"))


def data_of(train: Any, validation: Any, batch_size: Any) -> Data:
    """What the run reads.

    Raises: ArgumentError, DataError
    """
    check_count("batch_size", batch_size)
    held_out = None if validation is None else as_source(validation, "validation data")
    return Data(as_source(train, "training data"), held_out, int(batch_size))


def recipe_of(net: Any, loss: Any, optimizer: Any, clip_norm: Any, clip_value: Any) -> Recipe:
    """What a step does.

    Raises: ArgumentError
    """
    if not isinstance(net, Module):
        raise ArgumentError(message("fit: not a network", got=type(net).__name__, need="an nn.Module"))
    if not net.parameters:
        raise ArgumentError(message("fit: the network has no parameters", got=repr(net)))
    check_writeable("fit", net.named_arrays())
    _check_loss(loss)
    if isinstance(optimizer, type) or not all(hasattr(optimizer, name) for name in ("lr", "init", "update")):
        raise ArgumentError(
            message(
                "fit: not an optimiser",
                got=repr(optimizer),
                need="SGD(...), Adam(...), or an object like them",
                fix=f"optimizer={optimizer.__name__}(lr=...)" if isinstance(optimizer, type) else "",
            )
        )
    _check_clipping(clip_norm, clip_value)
    return Recipe(net, loss, optimizer, clip_norm, clip_value)


def _check_loss(loss: Any) -> None:
    title, need = "fit: the loss is no function", "loss(output, labels) -> one number"
    if isinstance(loss, type):
        raise ArgumentError(message(title, got=f"the class {loss.__name__}", need=need, fix=f"loss={loss.__name__}()"))
    if not callable(loss):
        fix = "loss=pullback.cross_entropy" + (", the function instead of its name" if isinstance(loss, str) else "")
        raise ArgumentError(message(title, got=f"loss={loss!r}", need=need, fix=fix))
    check_call(f"fit: the loss {name_of(loss)} does not take (output, labels)", loss)


def _check_clipping(norm: Any, value: Any) -> None:
    """Refuse two ways of clipping at once, and limits that stop all learning."""
    if norm is not None and value is not None:
        raise ArgumentError(message("fit: clip by norm or by value", got=f"clip_norm={norm}, clip_value={value}"))
    for name, limit in (("clip_norm", norm), ("clip_value", value)):
        number = isinstance(limit, (int, float, np.integer, np.floating)) and not isinstance(limit, bool)
        if limit is not None and not (number and 0 < limit < float("inf")):
            raise ArgumentError(
                message(f"fit: {name} out of range", got=f"{name}={limit!r}", need=f"a finite {name} > 0")
            )


def stopping_of(stopping: Any, data: Data) -> EarlyStopping | None:
    """When the run stops early: a number of epochs is the patience.

    Raises: ArgumentError
    """
    if stopping is None:
        return None
    if not isinstance(stopping, EarlyStopping):
        if not isinstance(stopping, (int, np.integer)) or isinstance(stopping, bool):
            need = "EarlyStopping(...), or the patience as a number of epochs"
            raise ArgumentError(message("fit: early_stopping", got=f"early_stopping={stopping!r}", need=need))
        stopping = EarlyStopping(int(stopping))
    found: EarlyStopping = stopping
    if data.validation is None:
        raise ArgumentError(
            message(
                "fit: early stopping needs validation data", fix="validation=..., such as a part of train.split(0.9)"
            )
        )
    return found


def files_of(checkpoint: Any, every: Any, resume: Any) -> Files:
    """Where the run is written down and what it goes on from; that the checkpoint can be written is tried.

    Raises: ArgumentError, StateError
    """
    path = None if checkpoint is None else _as_path("checkpoint", checkpoint)
    if every is not None:
        check_count("checkpoint_every", every)
        if path is None:
            fix = 'checkpoint="run.ckpt"'
            raise ArgumentError(message("fit: checkpoint_every without a file", got=f"{every}", fix=fix))
    if path is not None:
        if not path.absolute().parent.is_dir():
            raise ArgumentError(
                message("fit: the checkpoint's folder does not exist", got=str(path), fix="make the folder first")
            )
        check_checkpoint(path)
    if not isinstance(resume, (bool, np.bool_)):
        return Files(path, every, _as_path("resume", resume))
    if resume and path is None:
        raise ArgumentError(message("fit: resume=True without a checkpoint", fix='checkpoint="run.ckpt"'))
    return Files(path, every, path if resume and path is not None and path.exists() else None)


def _as_path(name: str, value: Any) -> Path:
    if not isinstance(value, (str, os.PathLike)) or not isinstance(os.fspath(value), str):
        need = "a path" + (", True or False" if name == "resume" else "")
        raise ArgumentError(message(f"fit: {name} is no path", got=f"{name}={value!r}", need=need))
    return Path(value)
