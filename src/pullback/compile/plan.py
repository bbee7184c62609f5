"""Layouts of values, and where in the arena each lies and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pullback.compile.layout import Layout
from pullback.compile.stages import Value

LINE = 64
GUARD = 4 * LINE
"""The bytes of a guard zone."""


@dataclass(frozen=True)
class Life:
    """When a value is alive, in groups of stages, and the bytes that it takes.

    border  equal for values whose borders of zeros lie alike: they alone may share memory, which stays zero there
    """

    first: int
    last: int
    size: int
    border: object = None

    def meets(self, other: Life) -> bool:
        """Whether both are alive at one time."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Buffer:
    """A value's own memory in an arena with guard zones: where it begins, and how its entries lie."""

    name: str
    offset: int
    layout: Layout
    dtype: str


def guarded_arena(lives: Mapping[Value, Life], guard: int) -> tuple[dict[Value, int], int]:
    """Byte offsets of the values, and the size of the arena, where no two share memory and zones lie between them."""
    offsets, end = {}, guard
    for value, life in lives.items():
        offsets[value] = end
        end += life.size + guard
    return offsets, end


def arena(lives: Mapping[Value, Life]) -> tuple[dict[Value, int], int]:
    """Byte offsets of the values, and the size of the arena; values that are never alive together share memory."""
    offsets: dict[Value, int] = {}
    base = 0
    slots: dict[object, list[tuple[int, list[Life]]]] = {}
    for value, life in lives.items():
        if life.border is None:
            continue
        mine = slots.setdefault(life.border, [])
        slot = next((s for s in mine if not any(life.meets(o) for o in s[1])), None)
        if slot is None:
            slot = (base, [])
            mine.append(slot)
            base += life.size
        slot[1].append(life)
        offsets[value] = slot[0]
    placed: list[tuple[int, Life]] = []
    plain = [(v, x) for v, x in lives.items() if x.border is None]
    for value, life in sorted(plain, key=lambda vx: (-vx[1].size, vx[1].first)):
        taken = sorted((o, o + other.size) for o, other in placed if life.meets(other))
        offsets[value] = _gap(base, taken, life.size)
        placed.append((offsets[value], life))
    return offsets, max([base, *(o + x.size for o, x in placed)])


def _gap(start: int, taken: Iterable[tuple[int, int]], size: int) -> int:
    """The first place where so many bytes are free."""
    for low, high in taken:
        if start + size <= low:
            break
        start = max(start, -(-high // LINE) * LINE)
    return start


def bytes_of(layout: Layout, item: int) -> int:
    """The memory that a value takes, to whole cache lines."""
    return -(-layout.size * item // LINE) * LINE
