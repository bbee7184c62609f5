"""Names and numbers that options take, and what to say about others."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

import typer

NETS = ("softmax", "mlp", "lenet5", "cnn", "vgg", "resnet18")
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adam", "adamw")
SCHEDULES = ("none", "step", "cosine", "one-cycle")
DTYPES = ("float32", "float64")
ENGINES = ("compiled", "reference")
PRECISIONS = ("fast", "strict")
DRAWINGS = (
    "arithmetic",
    "boundary",
    "confusion",
    "curves",
    "deconvnet",
    "equivariance",
    "feature-maps",
    "filter-gradients",
    "filters",
    "grad-cam",
    "gradient-maps",
    "graph",
    "guided-backprop",
    "mistakes",
    "occlusion",
    "page",
    "photo-filters",
    "receptive-field",
    "saliency",
)
FORMATS = ("text", "latex", "md", "html", "json")
DATA_SETS = ("digits", "mnist", "fashion-mnist", "cifar10")


def closest(name: str, names: Iterable[str]) -> str:
    """Suggest the most similar name; nothing when none is similar.

    >>> closest("ltnet5", NETS), closest("transformer", NETS)
    ("did you mean 'lenet5'?", '')
    """
    similar = difflib.get_close_matches(name.lower(), list(names), n=1, cutoff=0.5)
    return f"did you mean '{similar[0]}'?" if similar else ""


def one_of(names: tuple[str, ...], also: str = "") -> Callable[[str | None], str | None]:
    """Make the check of an option that takes one of these names, or any text with `also` in it."""

    def check(value: str | None) -> str | None:
        if value is None or value in names or (also and also in value):
            return value
        suggestion = closest(value, names)
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(names)}{suggestion and f'; {suggestion}'}")

    return check


def at_least(least: int) -> Callable[[int | None], int | None]:
    """Make the check of an option that takes a whole number from `least` on."""

    def check(value: int | None) -> int | None:
        if value is not None and not least <= value < 2**63:
            raise typer.BadParameter(f"{value} is out of range: {least} or more")
        return value

    return check


def fraction(value: float | None) -> float | None:
    """Check an option that takes a part of the whole."""
    if value is not None and not 0 <= value < 1:
        raise typer.BadParameter(f"{value} is out of range: 0 <= x < 1")
    return value
