"""Parameters and buffers by name: copies out, checked values in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pullback.errors import ArgumentError, StateError, message

if TYPE_CHECKING:
    from pullback.nn.module import Module

Array = NDArray[Any]
LISTED = 8


@dataclass(frozen=True)
class Loaded:
    """What a state had too little and too much of, and which of its values were rounded to the network's precision."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    rounded: tuple[str, ...] = ()


def state_dict(net: Module) -> dict[str, Array]:
    """Copies of all parameters and buffers under all their names; a shared array is one copy under several names."""
    copies: dict[int, Array] = {}
    return {name: copies.setdefault(id(own), own.copy()) for name, own in net.named_arrays()}


def load_state_dict(net: Module, state: Mapping[str, Any], *, strict: bool = True) -> Loaded:
    """Write values into the network's arrays, once all of them fit.

    Raises: StateError, which lists what is missing, unexpected and misshapen; the network is then unchanged
    """
    if not isinstance(state, Mapping):
        title, need = "load_state_dict: not a state dict", "arrays by name, as net.state_dict() gives them"
        raise StateError(message(title, got=type(state).__name__, need=need))
    names = dict(net.named_arrays())
    given = {name: as_array(name, value) for name, value in state.items()}
    held = {id(names[name]) for name in given if name in names}
    missing = tuple(name for name, own in names.items() if id(own) not in held)
    unexpected = tuple(name for name in given if name not in names)
    values, wrong = _checked(names, {k: v for k, v in given.items() if k in names})
    if wrong or (strict and (missing or unexpected)):
        raise StateError(_complaint(missing, unexpected, wrong))
    write("load_state_dict", [(k, names[k], values[id(names[k])][1]) for k in names if id(names[k]) in values])
    rounded = (k for k in given if k in names and _is_rounded(given[k], names[k]))
    return Loaded(missing, unexpected, tuple(rounded))


def write(what: str, changes: Sequence[tuple[str, Array, Any]]) -> None:
    """Write new values into arrays of a network: (name, array, value). All of them, or none.

    Raises: StateError, for an array that is read-only
    """
    check_writeable(what, ((name, own) for name, own, _ in changes))
    for _, own, value in changes:
        own[...] = value


def check_writeable(what: str, named: Iterable[tuple[str, Array]]) -> None:
    """Refuse arrays of a network that are read-only.

    Raises: StateError
    """
    locked = [name for name, own in named if not own.flags.writeable]
    if locked:
        fix = "layer.weight = layer.weight, which puts a copy in its place, or array.flags.writeable = True"
        raise StateError(message(f"{what}: arrays of the network are read-only", got=_listed(locked), fix=fix))


def _is_rounded(value: Array, own: Array) -> bool:
    """Whether the network's precision is too small for the value."""
    return value.dtype != own.dtype and not np.array_equal(value, own, equal_nan=value.dtype.kind == "f")


def astype(net: Module, dtype: DTypeLike) -> None:
    """See `Module.astype`."""
    try:
        wanted = np.dtype(dtype)
    except TypeError:
        wanted = np.dtype(object)
    if wanted not in (np.float32, np.float64):
        raise ArgumentError(message("astype: not a precision of networks", got=f"{dtype!r}", need="float32 or float64"))
    # A shared array stays shared.
    new: dict[int, Array] = {}
    for module in net.modules():
        for register in (module._parameters, module._buffers):
            for name, own in register.items():
                kind = wanted if own.dtype.kind == "f" else own.dtype
                register[name] = new.setdefault(id(own), own if own.dtype == kind else own.astype(kind))


def own_dtype(net: Module) -> np.dtype[Any]:
    """The precision of the network's floating-point arrays: the widest of them; float32 where there are none."""
    kinds = [a.dtype for _, a in net.named_arrays() if a.dtype.kind == "f"]
    return np.result_type(*kinds) if kinds else np.dtype(np.float32)


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
        # NumPy has no bfloat16; float32 holds its numbers exactly.
        value = value.float() if str(getattr(value, "dtype", "")).endswith("bfloat16") else value
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise StateError(
            message(f"{name}: cannot be read as an array", got=f"{type(value).__name__}: {error}")
        ) from error
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
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
