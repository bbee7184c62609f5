"""Windows at the end of a sum of products: the largest entry of each is found among a tile's accumulators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    windows: dict[Any, dict[int, Entry]] = {}
    for entry in entries:
        places, _, _ = entry
        window = tuple((k, v) for k, v in places.items() if k not in taps)
        windows.setdefault(window, {})[_number(places, pool)] = entry
    for window in windows.values():
        _write_window(reader, pool, window)


def _number(places: Mapping[str, int], pool: Pool) -> int:
    """The number of a tap in its window."""
    number = 0
    for letter, size in pool.taps:
        number = number * size + places[letter]
    return number


def _write_window(reader: Reader, pool: Pool, window: Mapping[int, Entry]) -> None:
    """What a window's entries are compared by, and then all writes of the stage."""
    taps, shared = dict(pool.taps), {}
    numbers, values = sorted(window), []
    for number in numbers:
        _, env, total = window[number]
        found = {**shared, ACC: total}
        values.append(reader.evaluate(pool.entry, env, found))
        shared |= {k: v for k, v in found.items() if k != ACC and not taps.keys() & reader.site.stage.reads[k].letters}
    write_winners(reader, window[0][1], *largest_of(reader.e, values, numbers))
