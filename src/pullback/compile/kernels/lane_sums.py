"""The sums of the lanes of many vectors at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from pullback.compile.emit.loops import I32, Emitter


def packed(e: Emitter, vectors: Sequence[Any], item: int) -> list[Any]:
    """The sums of the lanes, side by side: pairs of vectors become one of the sums of neighbours, and so on.

    item  bytes of a number
    """
    lanes, found = vectors[0].type.count, []
    for start in range(0, len(vectors), lanes):
        group = list(vectors[start : start + lanes])
        group += [e.zero("float", lanes)] * (lanes - len(group))
        while len(group) > 1:
            sums = lanes // len(group)
            group = [_neighbours(e, a, b, sums, item) for a, b in zip(group[::2], group[1::2], strict=True)]
        found += group
    return found


def parts(e: Emitter, vector: Any, width: int) -> list[Any]:
    """A vector as vectors of so many lanes, or as single numbers."""
    lanes = vector.type.count
    if width == 1:
        return [e.b.extract_element(vector, I32(k)) for k in range(lanes)]
    undefined = ir.Constant(vector.type, ir.Undefined)
    places = (_places(range(start, start + width)) for start in range(0, lanes, width))
    return [e.b.shuffle_vector(vector, undefined, at) for at in places]


def _neighbours(e: Emitter, a: Any, b: Any, sums: int, item: int) -> Any:
    """The sums of neighbours among a, then among b, within 16 bytes as long as there are neighbours.

    Shuffles within 16 bytes, and of 16 bytes, take one instruction; others would need a table in a register.

    sums  so many vectors' lanes have been added up in each of a and b: their sums lie side by side
    """
    lanes = a.type.count
    near = min(lanes, 16 // item)
    one, block = (1, near) if sums < near else (near, lanes)
    firsts = [
        at + side + k
        for start in range(0, lanes, block)
        for side in (0, lanes)
        for at in range(start, start + block, 2 * one)
        for k in range(one)
    ]
    return e.b.fadd(*(e.b.shuffle_vector(a, b, _places(k + shift for k in firsts)) for shift in (0, one)))


def _places(numbers: Any) -> Any:
    chosen = list(numbers)
    return ir.Constant(ir.VectorType(I32, len(chosen)), chosen)
