"""Saved networks: what `pullback train` writes beside the parameters, and how the other commands read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pullback import nn
from pullback.cli import networks
from pullback.cli.choices import closest
from pullback.cli.networks import Shape
from pullback.data import Normalization
from pullback.errors import StateError, message
from pullback.nn import saving

SUFFIX = ".safetensors"


@dataclass(frozen=True)
class Model:
    """A network with what it needs to read pictures and to name what it sees."""

    path: Path
    net: nn.Module
    input_shape: Shape
    classes: tuple[str, ...]
    normalization: Normalization


def load_net(path: Path, own: str | None = None) -> nn.Module:
    """Load a network that was saved with its architecture, or one of the user's own file.py:name.

    Raises:  StateError; ArgumentError for errors in the user's file
    """
    if not path.is_file():
        near = [str(p) for p in path.parent.glob(f"*{SUFFIX}")] if path.parent.is_dir() else []
        saved = closest(str(path), near) or (f"one of {', '.join(sorted(near)[:5])}" if near else "")
        raise StateError(
            message(
                "model: no such file",
                got=str(path),
                need="a network that `pullback train` saved",
                fix=saved or "pullback train DATA --save FILE",
            )
        )
    if own is None:
        try:
            return nn.load(path)
        except StateError as error:
            if "net.load_weights" not in str(error):
                raise
            raise StateError(f"{error}\n        here: --net file.py:name, as it was trained") from error
    info = _info(path)
    _check_info(path, info)
    with networks.blaming(own):
        net = networks.make(own, tuple(info["input_shape"]), len(info["classes"]))
    net.load_weights(path)
    return net


def load(path: Path, own: str | None = None) -> Model:
    """Load a network that `pullback train` saved.

    Raises:  StateError, also where the file does not tell how to read images; ArgumentError for errors in the user's
             file
    """
    net = load_net(path, own)
    _check_info(path, net.info)
    channels, height, width = net.info["input_shape"]
    normalization = Normalization.from_dict(net.info["normalization"])
    return Model(path, net, (channels, height, width), tuple(net.info["classes"]), normalization)


def _info(path: Path) -> dict[str, Any]:
    """What a file says beside the parameters, whatever layers the network has."""
    _, metadata = saving.read(path)
    try:
        info: dict[str, Any] = json.loads(metadata.get(saving.HEADER, "{}")).get("info", {})
    except (ValueError, AttributeError) as error:
        raise StateError(message(f"{path}: the header is damaged", got=str(error))) from error
    return info


def _check_info(path: Path, info: dict[str, Any]) -> None:
    missing = [key for key in ("input_shape", "classes", "normalization") if key not in info]
    if missing:
        raise StateError(
            message(
                "model: the file does not tell how to read images",
                got=f"{path} has no {', no '.join(missing)} in its info",
                need="a network that `pullback train` saved",
                fix="set net.info['input_shape'], ['classes'] and ['normalization'], and save it again",
            )
        )
