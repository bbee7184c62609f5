"""A table of a TOML file, read key by key: what is missing, unknown or of another type is said with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError, DataError, ShapeError, message
from pullback.explain.names import closest
from pullback.formula import random

Array = NDArray[np.float64]

_KINDS = {str: "a text", int: "a whole number", bool: "true or false", list: "a list", dict: "a table"}


class Fields:
    """The keys of a table; every one has to be taken."""

    def __init__(self, table: Any, place: str) -> None:
        self.place = place
        if not isinstance(table, Mapping):
            raise self.wrong(f"{place.rpartition(', ')[2]} is a table", table, "a table of keys and values")
        self._left = dict(table)

    def __contains__(self, key: str) -> bool:
        return key in self._left

    def take(self, key: str, kind: type | None = None, default: Any = None) -> Any:
        """The value of a key, checked for its type; the default where it is not given."""
        if key not in self._left:
            return default
        value = self._left.pop(key)
        if kind is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise self.wrong(f"{key} has another type", value, _KINDS[kind])
        return value

    def need(self, key: str, kind: type | None = None) -> Any:
        """The value of a key that has to be given."""
        if key not in self._left:
            raise ArgumentError(message(f"example: {key} is missing", at=self.place))
        return self.take(key, kind)

    def rest(self) -> dict[str, Any]:
        """All the keys that are left."""
        left, self._left = self._left, {}
        return left

    def done(self, known: Iterable[str]) -> None:
        """Refuse keys that nobody took."""
        for key in self._left:
            need = closest(key, list(known))
            raise ArgumentError(message("example: unknown key", got=key, need=need, at=self.place))

    def wrong(self, what: str, got: Any, need: str) -> DataError:
        """An error about a value of this table."""
        written = repr(got)
        short = written if len(written) <= 60 else written[:57] + "..."
        return DataError(message(f"example: {what}", got=short, need=need, at=self.place))


def numbers(value: Any, place: str) -> Array:
    """Nested lists of numbers as an array."""
    try:
        array = np.array(value)
    except ValueError:
        array = np.array(None)
    if array.dtype.kind not in "if":
        need = "a number, or lists of numbers of one length at each depth"
        raise DataError(message("example: not an array of numbers", got=_short(value), need=need, at=place))
    return array.astype(np.float64)


def array(spec: Any, place: str, shape: tuple[int, ...] | None = None) -> Array:
    """An array as a file gives it: numbers, entries of an array of zeros, or a seed.

    spec   nested lists; [{index = [0, 2], value = 0.5}, …]; {values = …, shape = …}; or {seed = 1} with
           integers = [low, high], uniform = [low, high] or nothing (standard normal), and a shape where none is known
    shape  the shape that it must have; leading axes of size 1 may be left out

    Raises: ArgumentError, DataError, ShapeError
    """
    if isinstance(spec, Mapping):
        fields = Fields(spec, place)
        shape = _shape(fields, shape)
        found = _drawn(fields, shape) if "seed" in fields else _given(fields, shape)
        fields.done(("values", "shape", "seed", "integers", "uniform"))
        return found
    if isinstance(spec, list) and spec and all(isinstance(item, Mapping) for item in spec):
        return _entries(spec, place, shape)
    return fit(numbers(spec, place), shape, place)


def fit(values: Array, shape: tuple[int, ...] | None, place: str) -> Array:
    """The array with the leading axes of size 1 that it left out.

    Raises: ShapeError
    """
    if shape is None:
        return values
    leading = len(shape) - values.ndim
    if leading < 0 or values.shape != shape[leading:] or prod(shape[:leading]) != 1:
        fix = "leading axes of size 1 may be left out, no others"
        raise ShapeError(
            message("example: an array of another shape", got=f"{values.shape}", need=f"{shape}", fix=fix, at=place)
        )
    return values.reshape(shape)


def _shape(fields: Fields, shape: tuple[int, ...] | None) -> tuple[int, ...] | None:
    sizes = fields.take("shape", list)
    if sizes is None:
        return shape
    if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in sizes):
        raise fields.wrong("shape is a list of sizes", sizes, "whole numbers from 0")
    if shape is not None and tuple(sizes) != shape:
        raise ShapeError(
            message("example: an array of another shape", got=f"shape = {sizes}", need=f"{shape}", at=fields.place)
        )
    return tuple(sizes)


def _given(fields: Fields, shape: tuple[int, ...] | None) -> Array:
    return array(fields.need("values"), fields.place, shape)


def _drawn(fields: Fields, shape: tuple[int, ...] | None) -> Array:
    """Random numbers from a seed."""
    if shape is None:
        raise ArgumentError(message("example: shape is missing", fix="shape = […] beside seed", at=fields.place))
    seed = fields.need("seed", int)
    if seed < 0:
        raise fields.wrong("not a seed", seed, "a whole number from 0")
    integers, uniform = fields.take("integers", list), fields.take("uniform", list)
    ends = integers or uniform or [0, 1]
    if len(ends) != 2 or not all(isinstance(k, (int, float)) for k in ends) or ends[0] > ends[1]:
        raise fields.wrong("not a range", ends, "[lowest, highest]")
    if integers is not None:
        return (int(ends[0]) + random.integers((seed, 0), 0, shape, int(ends[1]) - int(ends[0]) + 1)).astype(np.float64)
    if uniform is not None:
        return float(ends[0]) + (float(ends[1]) - float(ends[0])) * random.uniform((seed, 0), 0, shape)
    return random.normal((seed, 0), 0, shape)


def _entries(spec: list[Any], place: str, shape: tuple[int, ...] | None) -> Array:
    """Zeros but for the entries {index, value}."""
    if shape is None:
        need = "{values = [{index = …, value = …}], shape = […]}"
        raise ArgumentError(message("example: shape is missing", got="entries alone", need=need, at=place))
    found = np.zeros(shape)
    for k, item in enumerate(spec):
        fields = Fields(item, f"{place}, entry {k + 1}")
        index, value = fields.need("index", list), numbers(fields.need("value"), fields.place)
        fields.done(("index", "value"))
        found[_index(index, shape, fields.place)] = fit(value, (), fields.place)
    return found


def _index(index: list[Any], shape: tuple[int, ...], place: str) -> tuple[int, ...]:
    leading = len(shape) - len(index)
    full = [0] * leading + index
    whole = all(isinstance(k, int) and not isinstance(k, bool) for k in index)
    if (
        leading < 0
        or prod(shape[:leading]) != 1
        or not whole
        or not all(0 <= k < n for k, n in zip(full, shape, strict=True))
    ):
        raise ShapeError(message("example: no such entry", got=f"index = {index}", need=f"below {shape}", at=place))
    return tuple(full)


def _short(value: Any) -> str:
    written = repr(value)
    return written if len(written) <= 60 else written[:57] + "..."
