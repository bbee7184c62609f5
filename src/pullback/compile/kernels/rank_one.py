"""One step of a register tile: products of the entries of two factors, added to a sum for each pair.

All entries of one factor stay in registers during the step, those of the other stream by. LLVM would read them as
early as its model of the processor advises, and some models advise more than there are registers for. So the order is
written into the data: what is read next lies at an address that is known only after earlier products. That takes no
instruction, and processors that reorder instructions read ahead all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pullback.compile.emit.loops import Emitter
from pullback.compile.kernels.kernel import Machine

Read = Callable[[Any, int], Any]
"""read(pointer, j): the entry number j of the factor that streams by."""


def rank_one(
    e: Emitter, machine: Machine, kept: Sequence[Any], pointer: Any, read: Read, sums: Sequence[Any]
) -> list[Any]:
    """sums[j, i] + streamed[j] · kept[i], row by row, with as many entries read ahead as there is room for."""
    size = len(kept)
    room = max(machine.room(size, len(sums) // size), 1)
    found: list[Any] = []
    for j in range(len(sums) // size):
        if j >= room:
            pointer = e.laundered(pointer, found[(j - room) * size : (j - room + 1) * size])
        entry, row = read(pointer, j), sums[j * size : (j + 1) * size]
        found += [_added(e, machine, total, entry, other) for other, total in zip(kept, row, strict=True)]
    return found


def _added(e: Emitter, machine: Machine, total: Any, entry: Any, other: Any) -> Any:
    return e.fma(entry, other, total) if machine.fused else e.added_in_place(total, e.b.fmul(entry, other))
