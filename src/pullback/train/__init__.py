"""Training: `fit`, its history, early stopping, checkpoints, and the engines that run its steps."""

from pullback.engines import ENGINES, Engine
from pullback.train.checkpoint import read_checkpoint, write_checkpoint
from pullback.train.fitting import fit
from pullback.train.history import EarlyStopping, EpochRecord, History, StepRecord

__all__ = [
    "ENGINES",
    "EarlyStopping",
    "Engine",
    "EpochRecord",
    "History",
    "StepRecord",
    "fit",
    "read_checkpoint",
    "write_checkpoint",
]
