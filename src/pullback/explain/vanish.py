"""Why a factor is 0."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pullback.formula import Map, Ref, Reshape, Sum
from pullback.formula.entries import source_index, term_table
from pullback.graph import Constant, Input, Node

if TYPE_CHECKING:
    from pullback.explain.tracing import Trace

RECTIFIERS = ("relu", "maximum", "hardtanh", "relu6")
DROPOUTS = ("dropout", "dropout_channels")

Place = tuple[Node, tuple[int, ...]]


class Reasons:
    """Why entries of a trace are 0, in a few words: the first cause, found by following the 0 back through copies."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._reached = cache(self._reached_entries)

    def of(self, node: Node, index: tuple[int, ...]) -> str:
        """The reason that an entry is 0."""
        found: str | Place = (node, index)
        while not isinstance(found, str):
            found = self._step(*found)
        return found

    def _step(self, node: Node, index: tuple[int, ...]) -> str | Place:
        """The reason, or the entry that this one repeats."""
        f = node.formula
        if isinstance(f, Input | Constant):
            return "a given 0" if node.name != "cotangent" else "a zero cotangent"
        if isinstance(f, Reshape):
            return node.inputs[0], source_index(f, index)
        if isinstance(f, Sum):
            return self._of_sum(node, f, index)
        return self._of_map(node, f, index) if isinstance(f, Map) else "a value that is 0"

    def _of_sum(self, node: Node, f: Sum, index: tuple[int, ...]) -> str | Place:
        if not self._reached(node)[index]:
            if any(k.name == "switches" for k in f.out.lookups):
                return "its window has another maximum"
            return "nothing reads it" if self._is_cotangent(node) else "nothing is written to it"
        if len(f.factors) == 1:
            arrays = {k: self._trace.value_of(i) for k, i in zip(f.operands, node.inputs, strict=True)}
            table = term_table(f, arrays, index)
            if not any(table.inside[0]):
                return "padding"
            if len(table) == 1:
                return node.inputs[0], tuple(int(axis[0]) for axis in table.indices[0])
        return self._plainly(node)

    def _of_map(self, node: Node, f: Map, index: tuple[int, ...]) -> str | Place:
        name, _, bar = node.name.rpartition("/")[2].partition(".")
        # The first operand, which is read at the same index: a cotangent, one of two to be added, what dropout drops.
        incoming = (node.inputs[0], index)
        is_backward = bar.endswith("_bar")
        if name == "accumulate" or (
            (is_backward or name in DROPOUTS) and self._trace.value_of(incoming[0])[index] == 0
        ):
            return incoming
        if is_backward:
            return self._off(name, len(f.operands) < 3) or f"the derivative of {name} is 0"
        return self._off(name, len(f.operands) < 2) or self._plainly(node)

    @staticmethod
    def _off(name: str, alone: bool) -> str:
        """What a ReLU or dropout does with an entry that comes out as 0; `alone`: x is compared with a number."""
        if name in DROPOUTS:
            return "dropped"
        return "the ReLU is off" if alone and name in ("relu", "maximum") else ""

    def _plainly(self, node: Node) -> str:
        return "a zero cotangent" if self._is_cotangent(node) else "a value that is 0"

    def _is_cotangent(self, node: Node) -> bool:
        named = self._trace.names.of[node].of
        return named in ("cotangent", "step")

    def _reached_entries(self, node: Node) -> NDArray[np.bool_]:
        """Which entries a sum writes to at all."""
        f: Any = node.formula
        sizes = tuple((k, n) for k, n in f.sizes if k in f.out.letters)
        counting = Sum(f.out, (Ref("one", (), ()),), sizes)
        tables = dict(zip(f.operands, node.inputs, strict=True))
        operands = [np.ones(()), *(self._trace.value_of(tables[k]) for k in counting.operands[1:])]
        counts: NDArray[Any] = counting.evaluate(*operands)
        return counts > 0
