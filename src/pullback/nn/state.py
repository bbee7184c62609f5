"""Parameters and buffers by name: copies out, checked values in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import StateError, message

if TYPE_CHECKING:
    from pullback.nn.module import Module

Array = NDArray[Any]
LISTED = 8


@dataclass(frozen=True)
class Loaded:
    """What a state had too little and too much of."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]


def state_dict(net: Module) -> dict[str, Array]:
    """Copies of all parameters and buffers under all their names; a shared array is one copy under several names."""
    copies: dict[int, Array] = {}
    return {name: copies.setdefault(id(own), own.copy()) for name, own in net.named_arrays()}


def load_state_dict(net: Module, state: Mapping[str, Any], *, strict: bool = True) -> Loaded:
    """Write values into the network's arrays, once all of them fit.

    Raises: StateError, which lists what is missing, unexpected and misshapen; the network is then unchanged
    """
    names = dict(net.named_arrays())
    given = {name: as_array(name, value) for name, value in state.items()}
    held = {id(names[name]) for name in given if name in names}
    missing = tuple(name for name, own in names.items() if id(own) not in held)
    unexpected = tuple(name for name in given if name not in names)
    values, wrong = _checked(names, {k: v for k, v in given.items() if k in names})
    if wrong or (strict and (missing or unexpected)):
        raise StateError(_complaint(missing, unexpected, wrong))
    for own, value in values.values():
        own[...] = value
    return Loaded(missing, unexpected)


def _checked(
    names: Mapping[str, Array], given: Mapping[str, Array]
) -> tuple[dict[int, tuple[Array, Array]], list[str]]:
    """The new value of every array, and what is wrong with the values given."""
    values: dict[int, tuple[Array, Array]] = {}
    wrong = []
    for name, value in given.items():
        own = names[name]
        if value.shape != own.shape:
            wrong.append(f"{name} {value.shape}, not {own.shape}")
        elif not np.can_cast(value.dtype, own.dtype, "same_kind"):
            wrong.append(f"{name} {value.dtype}, not {own.dtype}")
        elif id(own) in values and not np.array_equal(values[id(own)][1], value, equal_nan=value.dtype.kind == "f"):
            wrong.append(f"{name} differs from the value that another name gives this shared array")
        else:
            values.setdefault(id(own), (own, value))
    return values, wrong


def as_array(name: str, value: Any) -> Array:
    """A NumPy array from anything that is one: tensors are detached and brought to memory first.

    Raises: StateError
    """
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise StateError(
            message(f"{name}: cannot be read as an array", got=f"{type(value).__name__}: {error}")
        ) from error
    if array.dtype.kind not in "fiub":
        raise StateError(message(f"{name}: not an array of real numbers", got=f"{type(value).__name__}, {array.dtype}"))
    return array


def _complaint(missing: Iterable[str], unexpected: Iterable[str], wrong: Iterable[str]) -> str:
    parts = {"missing": list(missing), "unexpected": list(unexpected), "misfit": list(wrong)}
    got = "\n        ".join(f"{kind}: {_listed(names)}" for kind, names in parts.items() if names)
    fix = "" if parts["misfit"] else "strict=False loads what fits"
    need = "the names and shapes of net.state_dict()"
    return message("load_state_dict: the state does not belong to this network", got=got, need=need, fix=fix)


def _listed(names: list[str]) -> str:
    more = len(names) - LISTED
    return ", ".join(names[:LISTED]) + (f" and {more} more" if more > 0 else "")
