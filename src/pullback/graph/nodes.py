"""Nodes: one formula applied to earlier nodes; inputs and constants, where they begin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pullback.errors import TracingError, message
from pullback.formula import Formula

Array: TypeAlias = NDArray[Any]


class Recording:
    """One run of a function on traced values; when it has ended, its values stand for nothing any more."""

    __slots__ = ("open",)

    def __init__(self) -> None:
        self.open = True


@contextmanager
def recording() -> Iterator[Recording]:
    """A recording that is open inside the block."""
    new = Recording()
    try:
        yield new
    finally:
        new.open = False


@dataclass(frozen=True)
class Input:
    """A value given when the graph runs."""

    name: str
    shape: tuple[int, ...]
    value_kind: str = "float"

    operands: tuple[str, ...] = ()
    recording: Recording | None = field(default=None, compare=False, repr=False)

    def kind(self, kinds: Mapping[str, str]) -> str:
        """float, int or bool."""
        del kinds
        return self.value_kind


@dataclass(frozen=True, eq=False)
class Constant:
    """A value fixed when the graph was traced."""

    value: Array
    operands: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The value's shape."""
        return self.value.shape

    def kind(self, kinds: Mapping[str, str]) -> str:
        """float, int or bool."""
        del kinds
        return kind_of_array(self.value)

    @cached_property
    def fingerprint(self) -> tuple[Any, ...]:
        """What equal constants have in common: shape, type and a digest of the numbers."""
        v = self.value
        return v.shape, v.dtype.str, blake2b(np.ascontiguousarray(v).data).digest()


@dataclass(frozen=True, eq=False)
class Node:
    """One formula applied to earlier nodes.

    name        the operator that recorded it: "conv2d", "softmax/exp", "conv2d.x_bar"
    scope       the layer it belongs to: "block1.conv1"
    recordings  those whose inputs it depends on
    """

    formula: Formula | Input | Constant
    inputs: tuple[Node, ...] = ()
    name: str = ""
    scope: str = ""
    recordings: frozenset[Recording] = field(init=False, repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.formula.shape

    @property
    def kind(self) -> str:
        """float, int or bool."""
        return self._kind

    _kind: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        kinds = {k: i.kind for k, i in zip(self.formula.operands, self.inputs, strict=True)}
        object.__setattr__(self, "_kind", self.formula.kind(kinds))
        own = self.formula.recording if isinstance(self.formula, Input) else None
        mine = frozenset() if own is None else frozenset([own])
        object.__setattr__(self, "recordings", mine.union(*(i.recordings for i in self.inputs)))


def kind_of_array(array: Array) -> str:
    """float, int or bool: what an array holds.

    Raises: TracingError
    """
    kinds = {"f": "float", "c": "float", "i": "int", "u": "int", "b": "bool"}
    if array.dtype.kind not in kinds:
        raise TracingError(
            message("not an array of numbers", got=f"dtype {array.dtype}", need="floats, integers or booleans")
        )
    return kinds[array.dtype.kind]
