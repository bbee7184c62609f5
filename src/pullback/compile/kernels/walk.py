"""The loops of a nest without those that a kernel writes out, shared out to threads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from pullback.compile.emit.loops import I64, Emitter
from pullback.compile.kernels.nest import PARTS, Loop, Nest


@dataclass(frozen=True)
class Walk:
    """Loops over entries: blocks of the batch, then the others; one of them is cut into parts within each block.

    still  letters that stand at 0 all the while
    """

    outer: Loop | None
    loops: tuple[Loop, ...]
    shared: Loop | None
    cuts: int
    still: tuple[str, ...]

    @property
    def blocks(self) -> int:
        """How many blocks of the batch the parts belong to; 0 where they do not."""
        return self.outer.size if self.outer else 0

    @property
    def chunks(self) -> int:
        """How many parts there are."""
        return self.cuts * (self.blocks or 1)

    def run(self, e: Emitter, lo: Any, hi: Any, visit: Callable[[Mapping[str, Any]], None]) -> None:
        """Visit the entries of the parts from lo to hi."""
        with e.loop(hi, lo, name="part") as part, ExitStack() as stack:
            env: dict[str, Any] = dict.fromkeys(self.still, I64(0))
            within = part
            if self.outer is not None:
                env[self.outer.letter] = part if self.cuts == 1 else e.b.udiv(part, I64(self.cuts))
                within = I64(0) if self.cuts == 1 else e.b.urem(part, I64(self.cuts))
            for loop in self.loops:
                first, last = 0, loop.size
                if loop is self.shared and self.cuts > 1:
                    first, last = (self._cut(e, p) for p in (within, e.b.add(within, I64(1))))
                env[loop.letter] = stack.enter_context(e.loop(last, first, name=loop.letter))
            visit(env)

    def _cut(self, e: Emitter, part: Any) -> Any:
        assert self.shared is not None  # noqa: S101  (something is cut)
        if self.shared.size == self.cuts:
            return part
        return e.b.udiv(e.b.mul(part, I64(self.shared.size)), I64(self.cuts))


def walk_of(nest: Nest, written_out: Collection[str]) -> Walk:
    """The loops of a nest over what it writes, without the letters that are written out."""
    loops = tuple(x for x in (*([nest.shared] if nest.shared else []), *nest.inner) if x.letter not in written_out)
    shared = nest.shared if nest.shared in loops else max(loops, key=lambda x: x.size, default=None)
    cuts = 1 if shared is None else min(shared.size, max(1, PARTS // (nest.outer.size if nest.outer else 1)))
    return Walk(nest.outer, loops, shared, cuts, (*nest.merged, *written_out))
