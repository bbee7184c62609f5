"""The worker process: it loads a user's function, calls it case by case, and reports what came back.

The user's code runs here and nowhere else. What it prints is dropped, what it raises is told; what it does to the
process ends the process, not the review.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib.util
import inspect
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError, PullbackError, message
from pullback.explain.names import closest
from pullback.review import limits, messages
from pullback.review.binding import Values
from pullback.review.subject import Request, Subject, subject_of

Array = NDArray[Any]
Load = Callable[[], tuple[Any, Any, Any]]

SPARE = 64
"""A result may have so many times the entries of the arguments; of a larger one only the shape is sent."""


def serve(requests: IO[bytes], answers: IO[bytes], load: Load) -> None:
    """Load the function, say what is known of it, then answer one case after another until there are no more.

    load  gives the function, its forward and its adapter, the last two None where there are none
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        document, _ = messages.read(requests)
        limited = limits.limit_memory(document["memory"])
        subject, refusal = _loaded(load, _request(document))
        if subject is None:
            messages.write(answers, {"error": refusal})
            return
        messages.write(answers, {"summary": asdict(subject.summary), "limited": limited})
        while True:
            try:
                document, arrays = messages.read(requests)
            except EOFError:
                return
            limits.limit_time(document["seconds"])
            reply, found = _answer(subject, document, arrays)
            messages.write(answers, reply, found)


def _request(document: Mapping[str, Any]) -> Request:
    return Request(document["op"], plain_options(document["fixed"]), document["names"], tuple(document["returns"]))


def _loaded(load: Load, request: Request) -> tuple[Subject | None, dict[str, str]]:
    try:
        target, forward, adapter = load()
        return subject_of(target, request, forward=forward, adapter=adapter), {}
    except PullbackError as error:
        return None, {"text": str(error)}
    except BaseException as error:
        return None, {"text": _told("review: the file could not be run", error)}


def _told(title: str, error: BaseException) -> str:
    text = (error.msg if isinstance(error, SyntaxError) else str(error)).strip() or "no message"
    return message(title, got=f"{type(error).__name__}: {text}".replace("\n", "\n        "), at=_place(error))


def _place(error: BaseException) -> str:
    """The deepest line outside this package and the libraries."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name}, line {error.lineno}: {(error.text or '').strip()}"
    own = str(Path(__file__).parent)
    frames = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if not f.filename.startswith((own, "<frozen")) and "site-packages" not in f.filename
    ]
    if not frames:
        return ""
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" + (
        f": {frames[-1].line}" * bool(frames[-1].line)
    )


def plain_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as they were before they were JSON: lists are tuples."""
    return {k: _tuples(v) for k, v in options.items()}


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _answer(subject: Subject, document: Mapping[str, Any], arrays: list[Array]) -> tuple[dict[str, Any], list[Array]]:
    """Run one case twice on copies of the numbers, and tell what came back."""
    values = _values(document, arrays)
    first = _called(subject, values)
    if "error" in first.reply:
        return first.reply, []
    second = _called(subject, values)
    same = "error" not in second.reply and first.is_like(second)
    return {**first.reply, "repeated": same}, first.arrays


def _values(document: Mapping[str, Any], arrays: list[Array]) -> Values:
    named = dict(zip(document["arrays"], arrays, strict=True))
    special = {k: named.pop(k, None) for k in ("@y_bar", "@y", "@switches")}
    y_bar, y = special["@y_bar"], special["@y"]
    if y_bar is None or y is None:
        raise messages.Garbled
    return Values(named, plain_options(document["options"]), y_bar, y, special["@switches"])


class _Outcome:
    """What one call gave."""

    def __init__(self, reply: dict[str, Any], arrays: list[Array]) -> None:
        self.reply, self.arrays = reply, arrays

    def is_like(self, other: _Outcome) -> bool:
        """Whether two calls gave the same to the last bit."""
        pairs = zip(self.arrays, other.arrays, strict=False)
        return self.reply["result"] == other.reply["result"] and all(
            np.array_equal(a, b, equal_nan=a.dtype.kind in "fc") for a, b in pairs
        )


def _called(subject: Subject, values: Values) -> _Outcome:
    mine = _copied(values)
    try:
        result, forward = subject.run(mine)
        arrays: list[Array] = []
        most = SPARE * (1024 + sum(a.size for a in values.arrays.values()) + values.y.size)
        reply = {"result": _described(result, arrays, most), "forward": None}
        if forward is not None:
            reply["forward"] = _described(forward, arrays, most)
        return _Outcome({**reply, "changed": _changed(values, mine)}, arrays)
    except MemoryError:
        return _Outcome({"error": {"kind": "memory", "text": "", "at": ""}}, [])
    except BaseException as error:  # sys.exit() and KeyboardInterrupt of the function's own making end it as well
        text = " ".join(str(error).split())[:300] or "no message"
        told = {"kind": "raised", "text": f"{type(error).__name__}: {text}", "at": _place(error)}
        return _Outcome({"error": told}, [])


def _copied(values: Values) -> Values:
    switches = None if values.switches is None else values.switches.copy()
    arrays = {k: a.copy() for k, a in values.arrays.items()}
    return Values(arrays, dict(values.options), values.y_bar.copy(), values.y.copy(), switches)


def _changed(before: Values, after: Values) -> list[str]:
    pairs = [(k, before.arrays[k], after.arrays.get(k)) for k in before.arrays]
    pairs += [("ȳ", before.y_bar, after.y_bar), ("y", before.y, after.y)]
    return [k for k, a, b in pairs if b is None or not np.array_equal(a, b)]


def _described(result: Any, arrays: list[Array], most: int) -> Any:
    """A result as data: where its arrays are in the message, and what else it holds."""
    if result is None:
        return {"kind": "none"}
    if isinstance(result, Mapping):
        return {"kind": "named", "parts": {str(k): _described(v, arrays, most) for k, v in list(result.items())[:64]}}
    if isinstance(result, tuple) or (isinstance(result, list) and any(isinstance(v, np.ndarray) for v in result)):
        return {"kind": "several", "parts": [_described(v, arrays, most) for v in list(result)[:64]]}
    try:
        array = np.asarray(result)
    except (ValueError, TypeError):
        return {"kind": "other", "type": type(result).__name__}
    if array.dtype.kind not in "fiubc":
        return {"kind": "other", "type": f"{type(result).__name__} of {array.dtype}"}
    if array.size > most or array.dtype.itemsize > 16:
        return {"kind": "large", "shape": list(array.shape), "dtype": str(array.dtype)}
    arrays.append(array)
    return {"kind": "array", "at": len(arrays) - 1}


def from_file(words: Mapping[str, str]) -> Load:
    """What loads the functions that texts such as "homework.py:conv_backward" name."""

    def load() -> tuple[Any, Any, Any]:
        target, forward, adapter = (
            _found(words[k]) if words.get(k) else None for k in ("target", "forward", "adapter")
        )
        return target, forward, adapter

    return load


_modules: dict[Path, Any] = {}


def _found(text: str) -> Any:
    """Run the file, which may import its neighbours, and look the name up."""
    file, _, name = text.rpartition(":")
    path = Path(file).resolve()
    if path not in _modules:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None:
            raise ArgumentError(message("review: not a Python file", got=file, need="file.py:name"))
        module = importlib.util.module_from_spec(spec)
        sys.path.insert(0, str(path.parent))
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        _modules[path] = module
    value: Any = _modules[path]
    for part in name.split("."):
        value = getattr(value, part, None)
    if callable(value):
        return value
    own = [k for k, v in vars(_modules[path]).items() if inspect.isfunction(v) and not k.startswith("_")]
    need = closest(name, own) if own else "a function"
    raise ArgumentError(message("review: no such function in the file", got=f"{file}:{name}", need=need))


def main() -> None:
    """Serve over standard input and output, which the user's code does not get to see."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    silence()
    words, _ = messages.read(requests)
    with contextlib.suppress(EOFError, BrokenPipeError, messages.Garbled):
        serve(requests, answers, from_file(words))


def silence() -> None:
    """Give the user's code an empty input, and drop what it prints, and what Python says of a crash."""
    faulthandler.disable()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115  (open as long as the process)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
