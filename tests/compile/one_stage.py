"""What the tests of kernels share: one stage alone, on arrays in given layouts; programs that no cache keeps."""

import ctypes

import numpy as np
from llvmlite import ir

from pullback.compile.assemble import Call, assemble
from pullback.compile.guards import GuardedExecutable
from pullback.compile.kernels.kernel import Declined, Machine, Site
from pullback.compile.native.codegen import object_code
from pullback.compile.native.jit import load
from pullback.compile.native.target import Target
from pullback.compile.native.team import TEAM
from pullback.compile.program import compile_graph

AROUND = 1 << 12
"""Entries before and behind every array, that nothing may write."""
DTYPES = {"int": "int64", "bool": "bool", "byte": "uint8"}


def guarded(graph, dtype, target=None):
    """Compile a graph between guard zones; a compiler with a defect leaves nothing in the cache."""
    return GuardedExecutable(compile_graph(graph, dtype, target, debug=True))


def machine(dtype, target=None):
    """What kernels know of a processor."""
    return Machine.of(target or Target.host(), dtype)


def in_memory(array, layout, idle):
    """The entries of an array as they lie in a layout; idle lanes hold `idle`, borders 0."""
    if layout.lanes == 1:
        return np.ascontiguousarray(array).ravel()
    n, *rest = array.shape
    blocks = np.full((layout.blocks * layout.lanes, *rest), idle, array.dtype)
    blocks[:n] = array
    blocks = np.moveaxis(blocks.reshape(layout.blocks, layout.lanes, *rest), 1, -1)
    return np.pad(blocks, ((0, 0), *layout.border[1:], (0, 0))).ravel()


def run(stage, layouts, kernel, arrays, dtype, *, idle=np.nan, target=None):
    """Compute a stage: the memory of what it writes, by value; `arrays` by value are what it reads.

    Raises AssertionError where the kernel declines, and where it writes what is not its own.
    """
    site = Site(stage, layouts, machine(dtype, target))
    chosen = kernel(site)
    assert not isinstance(chosen, Declined), chosen.reason
    values = list(dict.fromkeys((*stage.read, *stage.written)))
    real = ir.FloatType() if np.dtype(dtype).itemsize == 4 else ir.DoubleType()
    text = assemble([Call(site, chosen)], {v: ("table", k) for k, v in enumerate(values)}, real, (0, 0))
    loaded = load(object_code(text, target or Target.host()), "one stage")
    memory = {}
    for v in values:
        kind = np.dtype(DTYPES.get(v.kind, dtype))
        own = in_memory(arrays[v].astype(kind), layouts[v], idle) if v in arrays else np.full(layouts[v].size, 99, kind)
        memory[v] = np.pad(own, AROUND, constant_values=77)
    table = (ctypes.c_void_p * len(values))(*(m.ctypes.data + AROUND * m.itemsize for m in memory.values()))
    TEAM.call(loaded.address("step"), 0, ctypes.addressof(table))
    for v, m in memory.items():
        assert (m[:AROUND] == 77).all(), f"{v.name}: written before its begin"
        assert (m[-AROUND:] == 77).all(), f"{v.name}: written behind its end"
    return {v: memory[v][AROUND:-AROUND] for v in stage.written}
