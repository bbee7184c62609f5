"""What hears of a run: functions of one's own that are called after steps and epochs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pullback.errors import ArgumentError, message
from pullback.nn import Module
from pullback.train.history import EpochRecord, StepRecord

_FORMS = "on_epoch_end(record, net), on_step_end(record, net), or a function (record, net) for epochs"


@dataclass(frozen=True)
class Listeners:
    """The callbacks of a run, by occasion."""

    step_end: tuple[Callable[[StepRecord, Module], Any], ...] = ()
    epoch_end: tuple[Callable[[EpochRecord, Module], Any], ...] = ()


def listeners_of(callbacks: Any) -> Listeners:
    """Sort callbacks by what they want to hear; a plain function hears of epochs.

    Raises: ArgumentError, where something would never be called, or could not be
    """
    if not isinstance(callbacks, Iterable) or isinstance(callbacks, (str, bytes, dict)):
        raise ArgumentError(
            message(
                "fit: callbacks are a list",
                got=f"callbacks={callbacks!r}",
                need=f"objects with {_FORMS}",
                fix=f"callbacks=[{name_of(callbacks)}]" if callable(callbacks) else "callbacks=[...]",
            )
        )
    steps: list[Any] = []
    epochs: list[Any] = []
    for callback in callbacks:
        for methods, found in ((steps, _method(callback, "on_step_end")), (epochs, _epoch_end(callback))):
            if found is not None:
                check_call("fit: a callback does not take (record, net)", found)
                methods.append(found)
    return Listeners(tuple(steps), tuple(epochs))


def check_call(title: str, function: Callable[..., Any]) -> None:
    """Refuse a function that cannot be called with two arguments.

    Raises: ArgumentError
    """
    target = function.forward if isinstance(function, Module) else function
    try:
        signature = inspect.signature(target)
    except (TypeError, ValueError):  # a function that is not Python's may not tell
        return
    try:
        signature.bind(None, None)
    except TypeError as error:
        got = f"{name_of(function)}{signature}: {error}"
        raise ArgumentError(message(title, got=got, need="a function of two arguments")) from error


def name_of(function: Any) -> str:
    """A function's name for messages; the class's for an object."""
    return str(getattr(function, "__name__", type(function).__name__))


def _epoch_end(callback: Any) -> Any:
    own = _method(callback, "on_epoch_end")
    if own is not None or _method(callback, "on_step_end") is not None:
        return own
    if not callable(callback) or isinstance(callback, type):
        raise ArgumentError(
            message(
                "fit: a callback would never be called",
                got=f"{callback!r}",
                need=_FORMS,
                fix=f"an object: {callback.__name__}(...)" if isinstance(callback, type) else "one of these methods",
            )
        )
    return callback


def _method(callback: Any, name: str) -> Any:
    found = None if isinstance(callback, type) else getattr(callback, name, None)
    if found is not None and not callable(found):
        raise ArgumentError(message(f"fit: {name} of a callback is no method", got=repr(found), need=_FORMS))
    return found
