"""The exception tree, and the one builder of error texts.

    PullbackError
    ├── ShapeError(ValueError)          arrays whose sizes do not fit together
    ├── ArgumentError(ValueError)       an option outside its range, or two that exclude each other
    ├── TracingError(TypeError)         a traced value used where a number is needed
    ├── NumericsError(ArithmeticError)  NaN or infinity in a loss, a gradient or a parameter
    ├── StateError(ValueError)          parameters, checkpoints and files that do not belong to the network
    ├── DataError(ValueError)           data sets and images that cannot be read
    └── MissingExtraError(ImportError)  an optional dependency that is not installed

Every message tells the rule, the numbers, the cure and the place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_place: ContextVar[str] = ContextVar("place", default="")


class PullbackError(Exception):
    """Base of every error that Pullback raises on purpose."""


class ShapeError(PullbackError, ValueError):
    """Arrays whose sizes do not fit together."""


class ArgumentError(PullbackError, ValueError):
    """An option outside its range, or two options that exclude each other."""


class TracingError(PullbackError, TypeError):
    """A traced value used where a number is needed, or a NumPy function that cannot be traced."""


class NumericsError(PullbackError, ArithmeticError):
    """NaN or infinity in a loss, a gradient or a parameter."""


class StateError(PullbackError, ValueError):
    """Parameters, checkpoints and files that do not belong to the network."""


class DataError(PullbackError, ValueError):
    """A data set or an image that cannot be read."""


class MissingExtraError(PullbackError, ImportError):
    """An optional dependency that is not installed."""


def message(title: str, *, got: str = "", need: str = "", fix: str = "", at: str = "") -> str:
    """Build an error text: the rule, the numbers, the cure, the place.

    `at` defaults to the layer that is being called (see `place`).

    >>> print(message("conv2d: output would be empty", got="H=4", need="H >= 5", fix="padding >= 1"))
    conv2d: output would be empty
      got:  H=4
      need: H >= 5
      fix:  padding >= 1
    """
    parts = {"got": got, "need": need, "fix": fix, "at": at or _place.get()}
    return "\n".join([title, *(f"  {label + ':':<5} {text}" for label, text in parts.items() if text)])


@contextmanager
def place(text: str) -> Iterator[None]:
    """Name the place (such as "layer 2 'conv2'") that errors raised inside the block point to."""
    token = _place.set(text)
    try:
        yield
    finally:
        _place.reset(token)
