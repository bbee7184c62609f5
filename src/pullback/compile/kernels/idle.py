"""The last block of a batch may have idle lanes: where lanes are added up, they count 0."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from pullback.compile.emit.loops import I64, Emitter
from pullback.compile.kernels.kernel import Machine


class BusyLanes:
    """Which lanes of a block hold an entry of the batch: the first `size` − block · `lanes` of them.

    They are told once a block, and LLVM is kept from telling them again at every use: that takes two registers.
    """

    def __init__(self, e: Emitter, machine: Machine, size: int, lanes: int, block: Any) -> None:
        self.e, self.lanes, self.masks = e, lanes, machine.masks
        left = e.smaller(e.b.sub(I64(size), e.b.mul(block, I64(lanes))), I64(lanes))
        if self.masks:
            bits = ir.IntType(lanes)
            ones = e.b.sub(e.b.shl(I64(1), left), I64(1))
            self._busy = e.b.bitcast(e.b.trunc(ones, bits), ir.VectorType(ir.IntType(1), lanes))
            return
        integer = ir.IntType(8 * machine.item)
        self._integers = ir.VectorType(integer, lanes)
        numbers = ir.Constant(self._integers, list(range(lanes)))
        narrow = left if integer == I64 else e.b.trunc(left, integer)
        self._busy = e.opaque(e.b.sext(e.b.icmp_signed("<", numbers, e.splat(narrow, lanes)), self._integers))

    def only(self, vector: Any) -> Any:
        """The vector with 0 in idle lanes, whatever they hold."""
        b = self.e.b
        if self.masks:
            return b.select(self._busy, vector, self.e.zero("float", self.lanes))
        return b.bitcast(b.and_(b.bitcast(vector, self._integers), self._busy), vector.type)
