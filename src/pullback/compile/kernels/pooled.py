"""Windows at the end of a sum of products: the largest entry of each is found among a tile's accumulators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from pullback.compile.kernels.reading import Reader
from pullback.compile.kernels.windows import largest_of, write_winners
from pullback.compile.stages import ACC, Pool, Stage

Entry: TypeAlias = tuple[Mapping[str, int], Mapping[str, Any], Any]
"""One entry of a tile: where it lies in the tile, by letter; all letters; its sum."""


def of_windows(stage: Stage) -> str:
    """What to say of a kernel whose sums end in windows."""
    return "" if stage.pool is None else ", windows of " + "×".join(str(n) for _, n in stage.pool.taps)


def write_windows(reader: Reader, pool: Pool, entries: Iterable[Entry]) -> None:
    """Write the largest entry of every window of a tile, and what else the stage makes of it."""
    taps = dict(pool.taps)
    windows: dict[Any, list[Entry]] = {}
    for entry in entries:
        windows.setdefault(tuple((k, v) for k, v in entry[0].items() if k not in taps), []).append(entry)
    for window in windows.values():
        _write_window(reader, pool, sorted(window, key=lambda entry: _number(entry[0], pool)))


def _number(places: Mapping[str, int], pool: Pool) -> int:
    """The number of a tap in its window."""
    number = 0
    for letter, size in pool.taps:
        number = number * size + places[letter]
    return number


def _write_window(reader: Reader, pool: Pool, window: Sequence[Entry]) -> None:
    """What a window's entries are compared by, and then all writes of the stage."""
    letters = {k for k, _ in pool.taps}
    shared: dict[str, Any] = {}
    values = []
    for _, env, total in window:
        found = {**shared, ACC: total}
        values.append(reader.evaluate(pool.entry, env, found))
        own = {k for k in found if k != ACC and letters & set(reader.site.stage.reads[k].letters)}
        shared = {k: v for k, v in found.items() if k != ACC and k not in own}
    write_winners(reader, window[0][1], *largest_of(reader.e, values, range(len(values))))
