"""What a kernel is: code for one stage, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from pullback.compile.layout import Address, Layout, address
from pullback.compile.native.target import Target
from pullback.compile.stages import Access, Digit, Index, Stage, Value


@dataclass(frozen=True)
class Machine:
    """What kernels have to know of the target.

    lanes      how many numbers of the program's precision a vector holds
    registers  how many vectors a register tile may keep
    item       bytes of a number
    vectors    the letter of inline assembly for a vector register
    fused      whether a product and a sum are one instruction
    masks      whether a choice between lanes lies in a register that is none of these
    """

    lanes: int
    registers: int
    item: int = 8
    vectors: str = "x"
    fused: bool = True
    masks: bool = False

    @staticmethod
    def of(target: Target, dtype: str) -> Machine:
        """Give what kernels have to know of a target for programs of a precision."""
        item = np.dtype(dtype).itemsize
        # Where a product and a sum are two instructions, the product and a copy of the factor that it destroys wait.
        registers = target.registers if target.fma else target.registers - 2
        letter, masks = target.vector_constraint, target.has_mask_registers
        return Machine(target.vector_bytes // item, registers, item, letter, target.fma, masks)

    def keeping(self, vectors: int) -> Machine:
        """The machine while so many vectors more stay in registers."""
        return replace(self, registers=self.registers - vectors)

    def room(self, kept: int, streamed: int) -> int:
        """How many entries of one factor have room beside those of the other, and all their sums; below 1: none.

        A tile keeps `kept` entries of one factor, reads `streamed` of the other, and has a sum for each pair.
        """
        return self.registers - kept * (streamed + 1)


@dataclass(frozen=True)
class Kernel:
    """Code for a stage.

    chunks   the work is cut into so many parts, numbered; the cut does not depend on the number of threads
    blocks   where every part belongs to one block of the batch: how many blocks; parts are in order of the block
    emit     emit(emitter, pointers by value, first part, end): the code for a range of parts
    detail   what was chosen, for people: "4×6 of 16"
    scratch  bytes of memory that each thread needs for itself while it works; the emitter's `scratch` points there
    tiles    how many parts of a tally it gives; 0: it adds nothing up
    """

    name: str
    chunks: int
    blocks: int
    emit: Callable[[Any, Mapping[Value, Any], Any, Any], None]
    detail: str = ""
    scratch: int = 0
    tiles: int = 0


@dataclass(frozen=True)
class Declined:
    """Why a kernel has no code for a stage."""

    reason: str


@dataclass(frozen=True, eq=False)
class Site:
    """A stage with the layouts of what it reads and writes."""

    stage: Stage
    layouts: Mapping[Value, Layout]
    machine: Machine

    @cached_property
    def split(self) -> dict[str, int]:
        """The letters of batches that lie in lanes, with the number of lanes."""
        found: dict[str, int] = {}
        ats: list[tuple[Value, tuple[Index, ...]]] = [(w.value, w.at) for w in self.stage.writes]
        ats += [(a.value, a.at) for a in self.deep_accesses]
        if self.stage.targets:
            ats.append((self.stage.writes[0].value, self.stage.targets))
        for value, at in ats:
            layout = self.layouts[value]
            letter = None if layout.lanes == 1 or not at or isinstance(at[0], Digit) else at[0].letter
            if letter is not None and self.stage.sizes[letter] == layout.shape[0]:
                found.setdefault(letter, layout.lanes)
        return found

    @cached_property
    def deep_accesses(self) -> list[Access]:
        """The entries that are read, those of tables too."""
        found: list[Access] = []
        pending: list[Any] = [leaf for leaf in self.stage.reads.values() if isinstance(leaf, Access)]
        pending += [t.of for t in self.stage.targets if isinstance(t, Digit) and isinstance(t.of, Access)]
        while pending:
            access = pending.pop()
            found.append(access)
            pending += [a.of for a in access.at if isinstance(a, Digit) and isinstance(a.of, Access)]
        return found

    def address(self, access: Access) -> Address | None:
        """Where an entry lies, if its address is affine in the letters."""
        return address(access, self.layouts[access.value], self.split)

    def is_safe(self, access: Access) -> bool:
        """Whether every read lies in memory that answers it: inside, or in a border of zeros."""
        sizes = self.stage.sizes
        if access.inside(sizes):
            return True
        return access.is_affine and self.layouts[access.value].has_border(access.affine, sizes)
