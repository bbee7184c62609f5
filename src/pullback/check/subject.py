"""What is checked, in one form: a point, a function evaluated there, and its claimed pullback."""

from __future__ import annotations

import inspect
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback import tree
from pullback.check.report import Finding

Array = NDArray[Any]


class Fault(Exception):  # noqa: N818  (the user's, not this package's error)
    """A user's mistake that ends the check; it becomes a finding of the report."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.title)
        self.finding = finding


def fault(title: str, **parts: str) -> Fault:
    """A fault with its finding."""
    return Fault(Finding(title, **parts))


def guarded(what: str, call: Callable[..., Any], *args: Any, fix: str = "") -> Any:
    """Call a user's function; what it raises becomes a finding that names the line."""
    try:
        with np.errstate(all="ignore"):
            return call(*args)
    except Fault:
        raise
    except (Exception, SystemExit) as error:
        text = str(error).strip() or "no message"
        at = _line_of(error, call)
        raise fault(
            f"{what} raised {type(error).__name__}", got=text.replace("\n", "\n        "), fix=fix, at=at
        ) from (error)


def _line_of(error: BaseException, call: Any) -> str:
    code = getattr(inspect.unwrap(call), "__code__", None) if callable(call) else None
    frames = traceback.extract_tb(error.__traceback__)[1:]
    own = [f for f in frames if code is not None and f.filename == code.co_filename] or list(frames)
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""


@dataclass(frozen=True)
class Point:
    """The arguments, flattened: which of their leaves are differentiated, and what these are called.

    args      the arguments as given
    names     the name of every argument
    checked   for every leaf: whether it is differentiated
    labels    the names of the leaves that are
    values    their values, in float64
    """

    args: tuple[Any, ...]
    names: tuple[str, ...]
    checked: tuple[bool, ...]
    labels: tuple[str, ...]
    values: tuple[NDArray[np.float64], ...]
    notes: tuple[str, ...] = ()

    def rebuild(self, values: Sequence[Any], other: Callable[[Any], Any] = lambda v: v) -> list[Any]:
        """The arguments with the differentiated leaves replaced by values, and the others by other(leaf)."""
        new = iter(values)
        leaves = tree.leaves(list(self.args))
        filled = [next(new) if on else other(leaf) for on, leaf in zip(self.checked, leaves, strict=True)]
        return list(tree.fill(list(self.args), iter(filled)))

    def active_args(self) -> list[int]:
        """The positions of the arguments of which a leaf is differentiated."""
        flags = iter(self.checked)
        return [k for k, arg in enumerate(self.args) if max([next(flags) for _ in tree.leaves(arg)], default=False)]


def point_of(args: Sequence[Any], names: Sequence[str], argnums: Sequence[int] | None) -> Point:
    """Flatten the arguments and choose the leaves to differentiate: all of floating point, or those of `argnums`.

    Raises: Fault
    """
    checked, labels, values, notes = [], [], [], []
    for position, (name, arg) in enumerate(zip(names, args, strict=True)):
        for path, leaf in _paths(name, arg):
            kind = np.asarray(leaf).dtype
            wanted = argnums is None or position in argnums
            on = wanted and kind.kind == "f"
            if wanted and kind.kind == "c":
                raise fault(f"argument {path} is complex", got=str(kind), need="real floating point")
            if wanted and not on and argnums is not None:
                fix = f"{path} = np.asarray({path}, dtype=float)"
                raise fault(f"argument {path} is not floating point: no derivative by it", got=str(kind), fix=fix)
            if wanted and not on and kind.kind in "iu":
                notes.append(f"{path} holds integers and is not differentiated; to check it, pass floats")
            if on and kind.itemsize < 8:
                notes.append(f"{path} is {kind}; the check runs in float64")
            checked.append(on)
            if on:
                labels.append(path)
                values.append(np.array(leaf, dtype=np.float64))
    if not values:
        got = ", ".join(f"{n}: {_type_text(a)}" for n, a in zip(names, args, strict=True)) or "no arguments"
        raise fault("no argument is of floating point", got=got, fix="np.asarray(x, dtype=float)")
    return Point(tuple(args), tuple(names), tuple(checked), tuple(labels), tuple(values), tuple(notes))


def _type_text(value: Any) -> str:
    return str(getattr(value, "dtype", type(value).__name__))


def _paths(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _paths(f"{name}[{key!r}]" if name else str(key), part)
    elif isinstance(value, (tuple, list)):
        for k, part in enumerate(value):
            yield from _paths(f"{name}[{k}]", part)
    elif value is not None:
        yield name, value


def names_of(function: Any, count: int) -> list[str]:
    """The names of a function's arguments; x0, x1, … where they have none."""
    try:
        given = [p.name for p in inspect.signature(function).parameters.values() if p.kind <= p.POSITIONAL_OR_KEYWORD]
    except (TypeError, ValueError):
        given = []
    return [given[k] if k < len(given) else f"x{k}" for k in range(count)]


@dataclass
class Subject:
    """A function at a point, with its claimed pullback.

    title     what it is, for the report
    call      the function on the arguments: nested outputs, as NumPy arrays
    pull      the claimed pullback at these values: one cotangent per differentiated leaf, None where there is none
    complex   other ways to evaluate the function on complex numbers, tried after `call`
    findings  what went wrong without ending the check
    """

    title: str
    point: Point
    call: Callable[[Sequence[Any]], Any]
    pull: Callable[[Sequence[Any], Sequence[Any]], list[Array | None]]
    complex: tuple[Callable[[Sequence[Any]], Any], ...] = ()
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)

    def find(self, title: str, **parts: str) -> None:
        """Note a finding, once."""
        finding = Finding(title, **parts)
        if finding not in self.findings:
            self.findings.append(finding)


def copied(leaf: Any) -> Any:
    """The leaf, safe from changes; a number for an array without axes."""
    return leaf.copy()[()] if isinstance(leaf, np.ndarray) else leaf


def changed(before: Sequence[Any], after: Sequence[Any]) -> list[int]:
    """The positions of the arguments that a call changed."""
    return [
        k
        for k, (a, b) in enumerate(zip(before, after, strict=True))
        if any(
            not np.array_equal(np.asarray(u), np.asarray(v), equal_nan=np.asarray(u).dtype.kind in "fc")
            for u, v in zip(tree.leaves(a), tree.leaves(b), strict=True)
        )
    ]
