"""Make the network that `--net` names: one of the package's, or one from the user's own file."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from pullback import nn
from pullback.cli.choices import closest
from pullback.errors import ArgumentError, PullbackError, message

Shape = tuple[int, int, int]


def make(name: str, input_shape: Shape, classes: int) -> nn.Module:
    """Make a network for images of this shape.

    Raises:  ArgumentError; and whatever the user's own file raises (see `blaming`)
    """
    if ".py" not in name:
        net: nn.Module = nn.zoo.NETS[name](input_shape, classes)
        return net
    path, attribute = _parts(name)
    module = _import(path)
    found = _look_up(module, path, attribute)
    if isinstance(found, nn.Module):
        return found
    arguments = _arguments(found, name, input_shape, classes)
    made = found(*arguments)
    if not isinstance(made, nn.Module):
        raise ArgumentError(
            message(f"{name}: the function makes no network", got=repr(made), need="a pullback.nn.Module", at=str(path))
        )
    return made


def short_name(name: str) -> str:
    """Name a network for a file's name.

    >>> short_name("lenet5"), short_name("nets/mine.py:small")
    ('lenet5', 'small')
    """
    return name.rpartition(":")[2] if ".py" in name else name


def _parts(name: str) -> tuple[Path, str]:
    """Divide file.py:name."""
    path, _, attribute = name.rpartition(":")
    if not path.endswith(".py"):
        raise ArgumentError(
            message("net: no name in the file", got=f"--net {name}", need="file.py:name", fix=f"--net {name}:NAME")
        )
    if not Path(path).is_file():
        raise ArgumentError(message("net: no such file", got=path, need="a Python file", fix="correct the path"))
    return Path(path), attribute


def _import(path: Path) -> ModuleType:
    """Run the user's file, which may import its neighbours, as `python file.py` could."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ArgumentError(message("net: not a Python file", got=str(path), need="file.py:name"))
    module, loader = importlib.util.module_from_spec(spec), spec.loader
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules.setdefault(path.stem, module)
    loader.exec_module(module)
    return module


def _look_up(module: ModuleType, path: Path, attribute: str) -> Any:
    found = getattr(module, attribute, None)
    if isinstance(found, nn.Module) or callable(found):
        return found
    names = [k for k, v in vars(module).items() if _is_own(v, module) and not k.startswith("_")]
    raise ArgumentError(
        message(
            "net: no such network in the file",
            got=f"{path}:{attribute}" + ("" if found is None else f" is {found!r}"),
            need=f"one of {', '.join(names)}" if names else "a network, or a function that makes one",
            fix=closest(attribute, names),
        )
    )


def _is_own(value: Any, module: ModuleType) -> bool:
    return isinstance(value, nn.Module) or (callable(value) and getattr(value, "__module__", "") == module.__name__)


def _arguments(function: Callable[..., Any], name: str, input_shape: Shape, classes: int) -> tuple[Any, ...]:
    """Give the function what it asks for: (input_shape, classes), or nothing."""
    signature = inspect.signature(function)
    for arguments in ((input_shape, classes), ()):
        try:
            signature.bind(*arguments)
        except TypeError:
            continue
        return arguments
    raise ArgumentError(
        message(
            "net: the function takes other arguments",
            got=f"{name}{signature}",
            need=f"{short_name(name)}(input_shape, classes), or {short_name(name)}()",
        )
    )


@contextmanager
def blaming(name: str) -> Iterator[None]:
    """Tell an error that comes from the user's own file with its place there; other errors pass.

    Raises:  ArgumentError
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        own = Path(name.rpartition(":")[0]) if ".py" in name else None
        place = "" if own is None else _place(error, own)
        if own is None or not place:
            raise
        if isinstance(error, PullbackError):
            raise type(error)(f"{error}\n  at:   {place}") from error
        title = f"{own.name}: {type(error).__name__}"
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        raise ArgumentError(message(title, got=text, at=place)) from error


def _place(error: BaseException, path: Path) -> str:
    """Give the deepest line of the user's file that the error came through; nothing when it did not."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).resolve() == path.resolve():
        return f"{path}, line {error.lineno}: {(error.text or '').strip()}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).resolve() == path.resolve()]
    if not frames:
        return ""
    frame = frames[-1]
    where = "" if frame.name == "<module>" else f", in {frame.name}"
    return f"{path}, line {frame.lineno}{where}: {frame.line}"
