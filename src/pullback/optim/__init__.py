"""Optimisers, learning-rate schedules and gradient clipping: they run on arrays and are traced alike."""

from pullback.optim.adam import Adam, AdamW
from pullback.optim.base import Optimizer
from pullback.optim.clipping import clip_norm, clip_value, global_norm
from pullback.optim.schedules import CosineLR, MultiStepLR, OneCycleLR, Schedule, StepLR, WarmupLR
from pullback.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "CosineLR",
    "MultiStepLR",
    "OneCycleLR",
    "Optimizer",
    "Schedule",
    "StepLR",
    "WarmupLR",
    "clip_norm",
    "clip_value",
    "global_norm",
]
