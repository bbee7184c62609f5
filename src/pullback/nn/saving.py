"""Networks in files: one safetensors file with the state dict, and in its header the architecture and `info`.

    file      a plain safetensors state dict, which other programs can read
    header    "pullback": JSON of {version, architecture, shared, info}
    written   to a temporary file in the same folder, then renamed: a crash leaves the old file or the new one

Only Pullback's own layers are built again from a file, by name and by plain arguments: no code in a file is run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pullback.atomic import replacing
from pullback.errors import PullbackError, StateError, message
from pullback.nn import init, state

if TYPE_CHECKING:
    from pullback.nn.module import Module

Array = NDArray[Any]
VERSION = 1
HEADER = "pullback"

_built_in: dict[str, type[Module]] = {}


@dataclass(frozen=True)
class Header:
    """What a file says about its network besides the arrays."""

    architecture: dict[str, Any]
    shared: list[list[str]] = field(default_factory=list)
    info: dict[str, Any] = field(default_factory=dict)
    version: int = VERSION


def register(cls: type[Module]) -> None:
    """Note a layer of Pullback's own, which `load` may build."""
    if cls.__module__.startswith("pullback.nn."):
        _built_in[cls.__name__] = cls


def is_built_in(cls: type[Module]) -> bool:
    """Whether a class is one of Pullback's own layers."""
    return _built_in.get(cls.__name__) is cls


def save(net: Module, path: str | PathLike[str]) -> None:
    """See `Module.save`."""
    groups: dict[int, list[str]] = {}
    for name, array in net.named_arrays():
        groups.setdefault(id(array), []).append(name)
    header = Header(_describe(net, "", {}), [names for names in groups.values() if len(names) > 1], net.info)
    write(path, net.state_dict(), {HEADER: _to_json(path, asdict(header))})


def load(path: str | PathLike[str]) -> Module:
    """Build the network that a file describes and load its arrays.

    Raises: StateError, where the file is not a whole safetensors file of Pullback's, or holds a network of a class of
    your own (then: build the network, `net.load_weights(path)`)
    """
    arrays, metadata = read(path)
    header = _header(path, metadata)
    if header is None:
        fix = "build the network, then net.load_weights(path)"
        raise StateError(message(f"{path}: holds arrays, but no network", got="no architecture in the header", fix=fix))
    with init.blank():
        net = _build(path, header.architecture, "", {})
    _share(path, net, header.shared)
    if any(a.dtype == np.float64 for a in arrays.values()):
        net.astype(np.float64)
    _load_into(path, net, arrays, strict=True)
    net.info = header.info
    return net


def load_weights(net: Module, path: str | PathLike[str], *, strict: bool = True) -> state.Loaded:
    """See `Module.load_weights`."""
    arrays, metadata = read(path)
    header = _header(path, metadata)
    loaded = _load_into(path, net, arrays, strict=strict)
    if header is not None:
        net.info = header.info
    return loaded


def _load_into(path: str | PathLike[str], net: Module, arrays: Mapping[str, Array], *, strict: bool) -> state.Loaded:
    try:
        return state.load_state_dict(net, arrays, strict=strict)
    except StateError as error:
        raise StateError(f"{path}: {error}") from error


def write(path: str | PathLike[str], arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file, all or nothing: a reader, or a crash, never sees half a file.

    Raises: StateError, where the file cannot be written; an old file is then still there
    """
    from safetensors.numpy import save as to_bytes

    data = to_bytes({name: np.ascontiguousarray(a).reshape(a.shape) for name, a in arrays.items()}, dict(metadata))
    try:
        with replacing(path) as file:
            file.write(data)
    except OSError as error:
        raise StateError(
            message(
                f"{path}: cannot be written", got=str(error), fix="an existing folder with room, and no folder's name"
            )
        ) from error


def read(path: str | PathLike[str]) -> tuple[dict[str, Array], dict[str, str]]:
    """Read a safetensors file: its arrays and its metadata.

    Raises: StateError
    """
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise StateError(message(f"{path}: no such file", fix="the path that save was given"))
    try:
        with safe_open(os.fspath(path), "np") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a mapping)
            return arrays, file.metadata() or {}
    except (SafetensorError, OSError, TypeError, ValueError, AttributeError) as error:
        need = "a whole safetensors file of floats or integers"
        raise StateError(message(f"{path}: cannot be read", got=str(error), need=need)) from error


def _header(path: str | PathLike[str], metadata: Mapping[str, str]) -> Header | None:
    if HEADER not in metadata:
        return None
    try:
        found = json.loads(metadata[HEADER])
        version = found["version"]
        header = Header(found["architecture"], found["shared"], found["info"], version) if version == VERSION else None
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(message(f"{path}: the header is damaged", got=f"{type(error).__name__}: {error}")) from error
    if header is None:
        raise StateError(
            message(
                f"{path}: written by another version",
                got=f"format {version}",
                need=f"format {VERSION}",
                fix="a newer pullback",
            )
        )
    return header


def _describe(net: Module, path: str, seen: dict[int, str]) -> dict[str, Any]:
    """The class, its arguments and the layers inside; a layer met before is named by its first path."""
    if id(net) in seen:
        return {"same_as": seen[id(net)]}
    seen[id(net)] = path
    known = is_built_in(type(net))
    record: dict[str, Any] = {
        "class": type(net).__name__ if known else f"{type(net).__module__}.{type(net).__qualname__}"
    }
    if known:
        record["arguments"] = net.options()
    layers = {k: _describe(child, f"{path}.{k}" if path else k, seen) for k, child in net.named_children()}
    return record | ({"layers": layers} if layers else {})


def _build(path: str | PathLike[str], record: Mapping[str, Any], name: str, built: dict[str, Module]) -> Module:
    try:
        if "same_as" in record:
            return built[record["same_as"]]
        cls = _built_in.get(record["class"])
        if cls is None:
            raise StateError(_own_class(path, record["class"], name))
        net = cls(**{k: _tuples(v) for k, v in record["arguments"].items()})
        built[name] = net
        layers = record.get("layers", {})
        for extra in [k for k, _ in net.named_children() if k not in layers]:
            delattr(net, extra)
        for k, child in layers.items():
            setattr(net, k, _build(path, child, f"{name}.{k}" if name else k, built))
    except StateError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, PullbackError) as error:
        got = f"{type(error).__name__}: {error}"
        raise StateError(message(f"{path}: the architecture is damaged", got=got, at=f"layer {name!r}")) from error
    return net


def _own_class(path: str | PathLike[str], cls: str, name: str) -> str:
    return message(
        f"{path}: the network has a layer of a class that is not Pullback's",
        got=f"class {cls}" + (f" at {name!r}" if name else ""),
        need="built-in layers alone, for nn.load",
        fix="build the network, then net.load_weights(path)",
    )


def _share(path: str | PathLike[str], net: Module, groups: list[list[str]]) -> None:
    """Let names that shared an array share it again."""
    modules = dict(net.walk())
    try:
        for first, *others in groups:
            array = dict(net.named_arrays())[first]
            for name in others:
                owner, _, attribute = name.rpartition(".")
                setattr(modules[owner], attribute, array)
    except (KeyError, TypeError, ValueError, PullbackError) as error:
        raise StateError(message(f"{path}: the header is damaged", got=f"shared names {groups}")) from error


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _to_json(path: str | PathLike[str], value: Any) -> str:
    try:
        return json.dumps(value, default=_plain)
    except (TypeError, ValueError) as error:
        need = "numbers, strings, lists and dictionaries in net.info and in the layers' arguments"
        raise StateError(message(f"{path}: cannot be saved", got=str(error), need=need)) from error


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} {value!r}")
