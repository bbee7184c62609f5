"""What a training run was asked for: the options of `pullback train`, of the same names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pullback.compile.precision import Precision


@dataclass(frozen=True)
class Settings:
    """The options of one run; None where the choice is left to the recipe of the network."""

    data: str
    net: str | None = None
    dtype: str = "float32"
    seed: int = 0
    engine: str | None = None
    precision: Precision = "fast"
    threads: int | None = None
    epochs: int | None = None
    batch_size: int | None = None
    optimizer: str | None = None
    lr: float | None = None
    momentum: float | None = None
    weight_decay: float | None = None
    schedule: str | None = None
    clip_norm: float | None = None
    early_stopping: int | None = None
    validation_fraction: float | None = None
    augment: bool | None = None
    shift: int | None = None
    flip: bool | None = None
    crop: int | None = None
    save: Path | None = None
    no_save: bool = False
    checkpoint: Path | None = None
    resume: bool = False
    json: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Chosen(Settings):
    """The same, with nothing left open that a run needs."""

    net: str = "cnn"
    engine: str = "compiled"
    epochs: int = 1
    batch_size: int = 64
    optimizer: str = "adam"
    lr: float = 1e-3
    schedule: str = "none"
    validation_fraction: float = 0.0
    shift: int = 0
    flip: bool = False
    crop: int = 0
