"""What a run is asked to do, and the settings on which its numbers depend."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pullback.compile.precision import Precision
from pullback.engines import DEFAULT_ENGINE
from pullback.errors import StateError, message
from pullback.nn.calls import frozen_layers
from pullback.train.callbacks import Listeners
from pullback.train.describe import are_same, described, described_network
from pullback.train.history import EarlyStopping, Monitor
from pullback.train.sources import Source, fingerprint
from pullback.train.step import Recipe

# What may differ when a run goes on: a longer run, other files, other patience. All else decides the numbers.
SettingsRecord = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Data:
    """What a run reads, and in which portions."""

    train: Source
    validation: Source | None
    batch_size: int

    @property
    def batches(self) -> int:
        """The number of batches in an epoch; the last one may be smaller."""
        return -(-len(self.train) // self.batch_size)


@dataclass(frozen=True)
class Files:
    """Where a run writes its checkpoint, how often (in steps; None after every epoch), and what it goes on from."""

    checkpoint: str | os.PathLike[str] | None = None
    every: int | None = None
    resume_from: str | os.PathLike[str] | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """A run of fit, checked.

    schedule   (step, lr) -> lr, complete
    engine     the name of what runs the steps
    precision  how much rounding its algorithms may add
    """

    recipe: Recipe
    data: Data
    files: Files
    schedule: Callable[[Any, Any], Any]
    epochs: int
    seed: int
    dtype: str
    early_stopping: EarlyStopping | None
    listeners: Listeners
    engine: str = DEFAULT_ENGINE
    precision: Precision = "fast"

    @property
    def monitor(self) -> Monitor:
        """What tells the best epoch."""
        return self.early_stopping.monitor if self.early_stopping else "loss"

    def lr(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        return float(self.schedule(step, self.recipe.optimizer.lr))

    def settings(self) -> SettingsRecord:
        """What decides the numbers of the run, as JSON holds it."""
        recipe, validation = self.recipe, self.data.validation
        shapes = {k: v.shape for k, v in (recipe.net.parameters | recipe.net.buffers).items()}
        return {
            "network": f"{described_network(recipe.net)} {shapes}",
            "frozen layers": frozen_layers(recipe.net),
            "loss": described(recipe.loss),
            "optimizer": described(recipe.optimizer),
            "schedule": described(self.schedule),
            "clip_norm": recipe.clip_norm,
            "clip_value": recipe.clip_value,
            "accuracy": recipe.accuracy,
            "metrics": {m.name: described(m.function) for m in recipe.metrics},
            "monitor": self.monitor,
            "batch_size": self.data.batch_size,
            "seed": self.seed,
            "dtype": self.dtype,
            "engine": self.engine,
            "precision": self.precision,
            "training data": fingerprint(self.data.train),
            "validation data": None if validation is None else fingerprint(validation),
        }


def check_same_settings(path: Any, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on from a run with other settings.

    Raises: StateError, which names the differences
    """
    different = [k for k in now if not are_same(before.get(k), now[k])]
    if different:
        raise StateError(
            message(
                "resume: the checkpoint comes from another run",
                got="\n        ".join(f"{k}: {_change(before.get(k), now[k])}" for k in different),
                need="the same settings, network and data",
                fix=_STRETCHED if _is_stretched(before, now) else _ANEW,
                at=str(path),
            )
        )


_ANEW = "the settings of the checkpoint, or resume=False to start anew"
_STRETCHED = (
    "the epochs of the checkpoint: a schedule over the whole run cannot be stretched afterwards; "
    "for runs that may grow, give it total_steps=... from the start"
)


def _is_stretched(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether two runs differ in the number of steps that their schedule spans."""
    old, new = (str(s.get("schedule")) for s in (before, now))
    spans = re.compile(r"total_steps=\d+")
    return old != new and spans.sub("", old) == spans.sub("", new)


def _change(before: Any, now: Any) -> str:
    """Two settings; of long ones the part where they begin to differ."""
    texts = [str(before), str(now)]
    if max(map(len, texts)) > _LONG:
        first = next((k for k, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
        start = max(0, first - _LONG // 4)
        texts = [("..." if start else "") + _cut(t[start:]) for t in texts]
    return f"{texts[0]} in the checkpoint, {texts[1]} now"


# A setting up to so many characters is shown whole.
_LONG = 160


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else text[:_LONG] + "..."
