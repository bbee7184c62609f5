"""Where nodes belong, and what values are called: the layer being called, and marks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pullback.graph.nodes import Node

_scope: ContextVar[str] = ContextVar("scope", default="")
_marks: ContextVar[dict[str, Any] | None] = ContextVar("marks", default=None)


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Name the layer that nodes recorded inside the block belong to."""
    token = _scope.set(name)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def collecting_marks(marks: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    """Collect the values that `mark` names inside the block, in a given dictionary or a new one."""
    marks = {} if marks is None else marks
    token = _marks.set(marks)
    try:
        yield marks
    finally:
        _marks.reset(token)


def mark(name: str, value: Any) -> None:
    """Name a traced value for people: layer "conv1" marks its output so; a shared layer's last call counts."""
    marks = _marks.get()
    node = getattr(value, "node", None)
    if marks is not None and isinstance(node, Node):
        marks[name] = node


def current_scope() -> str:
    """The layer whose nodes are being recorded."""
    return _scope.get()
