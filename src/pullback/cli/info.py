"""`pullback info`: this installation, or a saved network."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pullback import __version__
from pullback.cli import kernels, models, report
from pullback.errors import ArgumentError, message

_PACKAGES = ("numpy", "llvmlite", "safetensors", "pillow", "matplotlib", "onnx")

_LABELS = {
    "input_shape": "Images",
    "classes": "Classes",
    "normalization": "Pixels",
    "data": "Data",
    "net": "Network",
}


def run(path: Path | None, *, net: str | None, dispatch: str | None, precision: str, as_json: bool) -> None:
    """Print what is known about the installation, about the network in a file, or about how one is computed.

    Raises:  StateError; ArgumentError for two questions at once
    """
    if dispatch is not None:
        if path is not None:
            title, got = "info: one question at a time", f"{path} --dispatch {dispatch}"
            raise ArgumentError(message(title, got=got, fix=f"pullback info --dispatch {path}"))
        kernels.run(dispatch, net, precision, as_json=as_json)
    elif precision != "fast":
        got, fix = f"--precision {precision}", f"pullback info --dispatch NET --precision {precision}"
        raise ArgumentError(message("info: precision of what?", got=got, need="--dispatch", fix=fix))
    elif path is not None:
        _print_model(path, net, as_json=as_json)
    elif as_json:
        report.print_json(installation())
    else:
        _print_installation(installation())


def installation() -> dict[str, Any]:
    """The versions, the engines, and the folders of data sets."""
    from pullback.compile.native.threads import get_num_threads
    from pullback.data import cache_folder
    from pullback.engines import DEFAULT_ENGINE, ENGINES

    cache = cache_folder()
    kept = sorted(p.name for p in cache.iterdir() if p.is_dir()) if cache.is_dir() else []
    return {
        "pullback": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "engines": list(ENGINES),
        "default_engine": DEFAULT_ENGINE,
        "threads": get_num_threads(),
        "data": {"PULLBACK_DATA": os.environ.get("PULLBACK_DATA"), "cache": str(cache), "cached": kept},
    }


def _print_installation(found: dict[str, Any]) -> None:
    packages = ", ".join(f"{name} {number or 'not installed'}" for name, number in found["packages"].items())
    data = found["data"]
    fields = {
        "Pullback": found["pullback"],
        "Python": f"{found['python']} on {found['platform']}, {found['processors']} processors",
        "Packages": packages,
        "Engines": f"{', '.join(found['engines'])}; {found['default_engine']} by default, on {_threads(found)}",
        "Own data": data["PULLBACK_DATA"] or "none (PULLBACK_DATA names a folder)",
        "Cache": f"{data['cache']}: {', '.join(data['cached']) or 'nothing yet'}",
    }
    report.print_fields(fields)


def _print_model(path: Path, own: str | None, *, as_json: bool) -> None:
    net = models.load_net(path, own)
    summary = net.summary()
    if as_json:
        report.print_json({"model": str(path), **summary.to_dict(), "info": net.info})
        return
    report.say(f"{summary}\n")
    info = net.info | {"input_shape": "x".join(map(str, net.info.get("input_shape", ())))}
    report.print_fields({_LABELS.get(key, key): _text(value) for key, value in info.items()})


def _text(value: Any) -> str:
    """A value of a network's info for people.

    >>> _text([1, 8, 8]), _text({"mean": [0.3], "scale": 16.0})
    ('1, 8, 8', 'mean 0.3; scale 16.0')
    """
    if isinstance(value, dict):
        return "; ".join(f"{key} {_text(item)}" for key, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _threads(found: dict[str, Any]) -> str:
    return "1 thread" if found["threads"] == 1 else f"{found['threads']} threads"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
