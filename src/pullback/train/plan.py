"""What a run is asked to do, and the settings on which its numbers depend."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from typing import Any

import numpy as np

from pullback.errors import StateError, message
from pullback.train.history import EarlyStopping, Monitor
from pullback.train.sources import Source, fingerprint
from pullback.train.step import Recipe

# What may differ when a run goes on: a longer run, other files, other patience. All else decides the numbers.
SettingsRecord = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Plan:
    """A run of fit, checked.

    schedule          (step, lr) -> lr, complete
    checkpoint_every  in steps; None writes after every epoch
    """

    recipe: Recipe
    train: Source
    validation: Source | None
    schedule: Callable[[Any, Any], Any]
    epochs: int
    batch_size: int
    seed: int
    dtype: str
    early_stopping: EarlyStopping | None
    callbacks: Sequence[Any]
    checkpoint: str | os.PathLike[str] | None
    checkpoint_every: int | None

    @property
    def batches(self) -> int:
        """The number of batches in an epoch; the last one may be smaller."""
        return -(-len(self.train) // self.batch_size)

    @property
    def monitor(self) -> Monitor:
        """What tells the best epoch."""
        return self.early_stopping.monitor if self.early_stopping else "loss"

    def lr(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        return float(self.schedule(step, self.recipe.optimizer.lr))

    def settings(self) -> SettingsRecord:
        """What decides the numbers of the run, as JSON holds it."""
        recipe = self.recipe
        shapes = {k: list(v.shape) for k, v in (recipe.net.parameters | recipe.net.buffers).items()}
        network = hashlib.blake2b(repr((repr(recipe.net), shapes)).encode(), digest_size=16).hexdigest()
        return {
            "network": network,
            "loss": described(recipe.loss),
            "optimizer": described(recipe.optimizer),
            "schedule": described(self.schedule),
            "clip_norm": recipe.clip_norm,
            "clip_value": recipe.clip_value,
            "accuracy": recipe.accuracy,
            "monitor": self.monitor,
            "batch_size": self.batch_size,
            "seed": self.seed,
            "dtype": self.dtype,
            "training data": fingerprint(self.train),
            "validation data": None if self.validation is None else fingerprint(self.validation),
        }


def described(value: Any) -> str:
    """A setting in words that are the same in every process: no addresses.

    >>> from pullback.optim import SGD
    >>> described(SGD(0.1)), described(partial(round, ndigits=2))
    ('SGD(lr=0.1, momentum=0.0, dampening=0.0, nesterov=False, weight_decay=0.0)', 'builtins.round(ndigits=2)')
    """
    if is_dataclass(value) and not isinstance(value, type):
        inside = (f"{f.name}={described(getattr(value, f.name))}" for f in fields(value))
        return f"{type(value).__name__}({', '.join(inside)})"
    if isinstance(value, partial):
        options = (f"{k}={described(v)}" for k, v in value.keywords.items())
        return f"{described(value.func)}({', '.join([*map(described, value.args), *options])})"
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(described, value))})"
    if callable(value):
        owner = value if hasattr(value, "__qualname__") else type(value)
        return f"{owner.__module__}.{owner.__qualname__}"
    return repr(value.item() if isinstance(value, np.generic) else value)


def check_same_settings(path: Any, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on from a run with other settings.

    Raises: StateError, which names the differences
    """
    different = [k for k in now if before.get(k) != now[k]]
    if different:
        raise StateError(
            message(
                "resume: the checkpoint comes from another run",
                got="\n        ".join(f"{k}: {before.get(k)} in the checkpoint, {now[k]} now" for k in different),
                need="the same settings, network and data",
                fix="the settings of the checkpoint, or resume=False to start anew",
                at=str(path),
            )
        )
