"""Names that may be chosen, and what to say about one that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

import typer

NETS = ("softmax", "mlp", "lenet5", "cnn", "vgg", "resnet18")
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adam", "adamw")
SCHEDULES = ("none", "step", "cosine", "one-cycle")
DTYPES = ("float32", "float64")
DATA_SETS = ("digits", "mnist", "fashion-mnist", "cifar10")


def closest(name: str, names: Iterable[str]) -> str:
    """Suggest the most similar name, as the end of a sentence; nothing when none is similar.

    >>> closest("ltnet", NETS), closest("transformer", NETS)
    (" (did you mean 'lenet5'?)", '')
    """
    similar = difflib.get_close_matches(name.lower(), list(names), n=1, cutoff=0.6)
    return f" (did you mean '{similar[0]}'?)" if similar else ""


def one_of(names: tuple[str, ...], also: str = "") -> Callable[[str | None], str | None]:
    """Make the check of an option that takes one of these names, or a value that holds the text `also`."""

    def check(value: str | None) -> str | None:
        if value is None or value in names or (also and also in value):
            return value
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(names)}{closest(value, names)}")

    return check
