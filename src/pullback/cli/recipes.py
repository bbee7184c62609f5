"""How each network is trained when the user does not say: optimiser, learning rate, schedule, epochs, batch size."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from pullback.cli.choices import NETS
from pullback.cli.settings import Chosen, Settings
from pullback.data import Dataset
from pullback.errors import ArgumentError, message
from pullback.optim import SGD, Adam, AdamW, CosineLR, OneCycleLR, StepLR
from pullback.optim.base import Optimizer
from pullback.optim.schedules import Schedule

VALIDATION_FRACTION = 0.1  # where early stopping needs one
SMALL_DATA = 10_000  # fewer images take smaller batches and more epochs


@dataclass(frozen=True)
class Recipe:
    """The settings that suit a network."""

    epochs: int
    lr: float
    optimizer: str = "adam"
    schedule: str = "cosine"
    batch_size: int = 64


LARGE = {
    "softmax": Recipe(epochs=5, lr=1e-3),
    "mlp": Recipe(epochs=5, lr=1e-3),
    "lenet5": Recipe(epochs=3, lr=2e-3),
    "cnn": Recipe(epochs=3, lr=1e-3),
    "vgg": Recipe(epochs=20, lr=1e-3, schedule="one-cycle"),
    "resnet18": Recipe(epochs=20, lr=0.1, optimizer="nesterov", schedule="one-cycle", batch_size=128),
}
SMALL = {
    "softmax": Recipe(epochs=30, lr=1e-2, batch_size=32),
    "mlp": Recipe(epochs=30, lr=3e-3, batch_size=32),
    "lenet5": Recipe(epochs=20, lr=3e-3, batch_size=32),
    "cnn": Recipe(epochs=20, lr=3e-3, batch_size=32),
    "vgg": Recipe(epochs=15, lr=2e-3, schedule="one-cycle", batch_size=32),
    "resnet18": Recipe(epochs=20, lr=1e-3, batch_size=32),
}
OWN = {"large": Recipe(epochs=5, lr=1e-3), "small": Recipe(epochs=20, lr=1e-3, batch_size=32)}
LEARNING_RATES = {"sgd": 0.1, "momentum": 0.02, "nesterov": 0.02, "adam": 1e-3, "adamw": 1e-3}

# Shift, flip and crop that suit a data set.
AUGMENTATIONS = {
    "digits": (1, False, 0),
    "mnist": (2, False, 0),
    "fashion-mnist": (2, True, 0),
    "cifar10": (0, True, 4),
}
# Where convolutional networks learn the training images by heart otherwise; others suffer more than they gain.
AUGMENTED = ("digits", "cifar10")
NOT_CONVOLUTIONAL = ("softmax", "mlp")


def complete(asked: Settings, train: Dataset) -> Chosen:
    """Fill in what the user left open."""
    net = asked.net or ("lenet5" if train.image_shape[1:] == (28, 28) else "cnn")
    small = len(train) < SMALL_DATA
    recipe = (SMALL if small else LARGE)[net] if net in NETS else OWN["small" if small else "large"]
    optimizer = asked.optimizer or recipe.optimizer
    lr = recipe.lr if optimizer == recipe.optimizer else LEARNING_RATES[optimizer]
    shift, flip, crop = _augmentation(asked, net, train)
    given = {field.name: getattr(asked, field.name) for field in dataclasses.fields(Settings)}
    chosen = {
        "net": net,
        "epochs": recipe.epochs if asked.epochs is None else asked.epochs,
        "batch_size": recipe.batch_size if asked.batch_size is None else asked.batch_size,
        "optimizer": optimizer,
        "lr": lr if asked.lr is None else asked.lr,
        "schedule": asked.schedule or recipe.schedule,
        "validation_fraction": validation_fraction(asked),
        "shift": shift,
        "flip": flip,
        "crop": crop,
    }
    return Chosen(**(given | chosen))


def validation_fraction(asked: Settings) -> float:
    """The part of the training images to hold out: early stopping needs some."""
    if asked.validation_fraction is None:
        return VALIDATION_FRACTION if asked.early_stopping else 0.0
    if asked.early_stopping and asked.validation_fraction == 0:
        raise ArgumentError(
            message(
                "train: early stopping needs validation images",
                got=f"--early-stopping {asked.early_stopping} --validation-fraction 0",
                need="--validation-fraction > 0",
                fix=f"leave --validation-fraction out: it is then {VALIDATION_FRACTION}",
            )
        )
    return asked.validation_fraction


def optimizer_of(settings: Chosen) -> Optimizer:
    """Make the optimiser.

    Raises:  ArgumentError, for a number out of range or an option that the optimiser does not take
    """
    name, lr, momentum, decay = settings.optimizer, settings.lr, settings.momentum, settings.weight_decay
    if momentum is not None and name not in ("momentum", "nesterov"):
        raise ArgumentError(
            message(
                "train: the optimiser takes no momentum",
                got=f"--optimizer {name} --momentum {momentum}",
                need="momentum or nesterov",
                fix="--optimizer momentum",
            )
        )
    if name == "adamw":
        return AdamW(lr) if decay is None else AdamW(lr, weight_decay=decay)
    if name == "adam":
        return Adam(lr, weight_decay=decay or 0.0)
    usual = 0.0 if name == "sgd" else 0.9
    return SGD(lr, usual if momentum is None else momentum, nesterov=name == "nesterov", weight_decay=decay or 0.0)


def schedule_of(settings: Chosen) -> Schedule | None:
    """Make the learning-rate schedule."""
    schedules: dict[str, Callable[[], Schedule]] = {
        "step": lambda: StepLR(-(-settings.epochs // 3)),
        "cosine": CosineLR,
        "one-cycle": lambda: OneCycleLR(settings.lr),
    }
    return schedules[settings.schedule]() if settings.schedule in schedules else None


def _augmentation(asked: Settings, net: str, train: Dataset) -> tuple[int, bool, int]:
    """What was asked for by number; for the rest what suits the data set, or nothing."""
    wanted = asked.data in AUGMENTED and net not in NOT_CONVOLUTIONAL if asked.augment is None else asked.augment
    tenth = max(1, train.image_shape[1] // 10)
    usual = AUGMENTATIONS.get(asked.data, (tenth, False, 0)) if wanted else (0, False, 0)
    given = (asked.shift, asked.flip, asked.crop)
    shift, flip, crop = (u if g is None else g for u, g in zip(usual, given, strict=True))
    return int(shift), bool(flip), int(crop)
