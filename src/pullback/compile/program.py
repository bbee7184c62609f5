"""A graph as native code for its shapes: compiled once, and found again in the object cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.compile.emission import Text, emit
from pullback.compile.native.cache import ObjectCache
from pullback.compile.native.codegen import object_code
from pullback.compile.native.target import Target
from pullback.compile.plan import GUARD, Buffer
from pullback.compile.precision import Precision, checked_precision
from pullback.compile.signature import fingerprint
from pullback.graph import Constant, Graph, Node

DTYPES = {"int": "int64", "bool": "bool", "byte": "uint8"}


@dataclass(frozen=True)
class Slot:
    """An array of the caller's: C-contiguous, of this shape and type."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Dispatch:
    """The kernel of one operator, and why each better one declined."""

    operator: str
    scope: str
    kernel: str
    declined: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Program:
    """Native code for a graph.

    constants  arrays that stand in the pointer table after inputs and outputs
    clock      where in its arena it counts the cycles of each stage; None: nowhere
    buffers    compiled for debugging: the memory of each value, between guard zones
    """

    inputs: tuple[Slot, ...]
    outputs: tuple[Slot, ...]
    constants: tuple[NDArray[Any], ...]
    arena_bytes: int
    own_bytes: int
    code: bytes
    dispatch: tuple[Dispatch, ...]
    clock: int | None = None
    buffers: tuple[Buffer, ...] = ()

    def memory(self, threads: int) -> int:
        """The bytes that a call on so many threads works in."""
        return self.arena_bytes + self.own_bytes * threads


def compile_graph(
    graph: Graph,
    dtype: str,
    target: Target | None = None,
    *,
    profile: bool = False,
    precision: Precision = "fast",
    debug: bool = False,
) -> Program:
    """Compile a graph, or find it in the object cache.

    dtype      float32 or float64: the precision of every floating-point value
    profile    whether the program counts the cycles of each stage, at `clock` in its arena
    precision  "strict" forbids algorithms whose rounding errors are larger than those of the plain sums
    debug      whether every value has memory of its own between guard zones, for `guards.GuardedExecutable`

    Raises: ArgumentError, for another precision; NativeError
    """
    strict = checked_precision(precision, "compile_graph") == "strict"
    target = target or Target.host()
    if debug:
        text = emit(graph, dtype, target, profile=profile, strict=strict, guard=GUARD)
        return replace(_program(graph, dtype, object_code(text.module, target), _facts(text)), buffers=text.buffers)
    options = (dtype, profile, precision)
    key = blake2b(repr((_generator(), target.key, options, fingerprint(graph))).encode(), digest_size=32).hexdigest()
    cache = ObjectCache()
    found = cache.get(key)
    if found is None:
        text = emit(graph, dtype, target, profile=profile, strict=strict)
        found = object_code(text.module, target), _facts(text)
        cache.put(key, *found)
    return _program(graph, dtype, *found)


def _facts(text: Text) -> dict[str, Any]:
    """What must be known of the code, as JSON holds it."""
    return {
        "outputs": [(v.shape, v.kind) for v in text.schedule.outputs],
        "constants": list(text.schedule.constants.values()),
        "arena_bytes": text.arena_bytes,
        "own_bytes": text.own_bytes,
        "clock": text.clock,
        "dispatch": [(s.name, s.scope, f"{c.kernel.name} ({c.kernel.detail})", c.declined) for s, c in text.choices],
    }


def _program(graph: Graph, dtype: str, code: bytes, facts: dict[str, Any]) -> Program:
    inputs = tuple(Slot(n.shape, _dtype(n.kind, dtype)) for n in graph.inputs)
    outputs = tuple(Slot(tuple(shape), _dtype(kind, dtype)) for shape, kind in facts["outputs"])
    dispatch = tuple(Dispatch(a, b, c, tuple((n, why) for n, why in d)) for a, b, c, d in facts["dispatch"])
    constants = tuple(_constant(graph.nodes, source, dtype) for source in facts["constants"])
    return Program(inputs, outputs, constants, facts["arena_bytes"], facts["own_bytes"], code, dispatch, facts["clock"])


def _constant(nodes: Sequence[Node], source: Any, dtype: str) -> NDArray[Any]:
    """A constant of the graph, by the number of its node; a table of integers by its entries."""
    if not isinstance(source, int):
        return np.array(source, np.int64)
    formula = nodes[source].formula
    assert isinstance(formula, Constant)  # noqa: S101
    return np.array(formula.value, _dtype(nodes[source].kind, dtype), order="C", copy=None)


def _dtype(kind: str, dtype: str) -> str:
    return DTYPES.get(kind, dtype)


@cache
def _generator() -> str:
    """A digest of the code that generates code: what an older one made is not used."""
    digest = blake2b(digest_size=16)
    folder = Path(__file__).parent
    for file in sorted((*folder.rglob("*.py"), *(folder.parent / "formula").glob("*.py"))):
        digest.update(file.read_bytes())
    return digest.hexdigest()
