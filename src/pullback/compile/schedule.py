"""A graph as stages in order: lowered, fused, its inputs, outputs and constants bound to places outside the arena."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pullback.compile.fuse import fuse
from pullback.compile.lower import Tables, lower
from pullback.compile.stages import Access, Stage, Value, Write
from pullback.compile.sums import in_one_pass
from pullback.formula import expr as ex
from pullback.formula.affine import Affine
from pullback.graph import Constant, Graph, Input, Node
from pullback.interpret import Array


@dataclass(frozen=True, eq=False)
class Schedule:
    """Stages in order.

    inputs, outputs  the values that the caller's arrays hold
    constants        where arrays that are part of the program come from: the number of the graph's node, or entries
    rows             values that lie in row-major order for those who read them
    """

    stages: tuple[Stage, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    constants: Mapping[Value, int | tuple[int, ...]]
    rows: frozenset[Value] = frozenset()

    @property
    def given(self) -> tuple[Value, ...]:
        """What lies outside the arena, in the order of the pointer table."""
        return (*self.inputs, *self.outputs, *self.constants)


def schedule(graph: Graph) -> Schedule:
    """Lower and fuse a graph."""
    values = {node: Value(node.shape, node.kind, _name(node)) for node in graph.nodes}
    numbers = {values[n]: n.formula.value for n in graph.nodes if isinstance(n.formula, Constant)}
    sources: dict[Value, int | tuple[int, ...]] = {
        values[n]: k for k, n in enumerate(graph.nodes) if values[n] in numbers
    }
    tables, stages = Tables(), []
    for node in graph.nodes:
        if not isinstance(node.formula, Input | Constant):
            stages += [s for s in map(without_empty_sum, lower(node, values, tables)) if 0 not in dict(s.free).values()]
    sources |= {v: entries for entries, v in tables.values.items()}
    stages = [_with_numbers(s, numbers) for s in stages]
    outputs, copies = _outputs(graph, values)
    inputs = tuple(values[n] for n in graph.inputs)
    kept = frozenset(outputs)
    fused = fuse(in_one_pass([*stages, *copies], kept), kept)
    read = {v for s in fused for v in s.read}
    return Schedule(tuple(fused), inputs, outputs, {v: a for v, a in sources.items() if v in read})


def _name(node: Node) -> str:
    return node.formula.name if isinstance(node.formula, Input) else node.name


def _outputs(graph: Graph, values: Mapping[Node, Value]) -> tuple[tuple[Value, ...], list[Stage]]:
    """The values that the caller receives: each its own; what is no new value is copied."""
    found: list[Value] = []
    copies: list[Stage] = []
    for node in graph.outputs:
        value = values[node]
        if value in found or isinstance(node.formula, Input | Constant):
            value = Value(value.shape, value.kind, value.name)
            copies.append(copy_stage(values[node], value))
        found.append(value)
    return tuple(found), [c for c in copies if 0 not in c.sizes.values()]


def copy_stage(source: Value, target: Value) -> Stage:
    """The same entries in another place, or another layout."""
    free = tuple((f"a{k}", n) for k, n in enumerate(source.shape))
    at = tuple(Affine(((k, 1),)) for k, _ in free)
    x = ex.Var("x")
    return Stage(f"copy of {source.name}", free, (), "", x, {"x": Access(source, at)}, (Write(target, at, x),))


def without_empty_sum(stage: Stage) -> Stage:
    """A sum over nothing is 0."""
    if stage.combine == "scatter" and 0 in stage.sizes.values():
        (w,) = stage.writes
        letters = tuple((f"a{k}", n) for k, n in enumerate(w.value.shape))
        at = tuple(Affine(((k, 1),)) for k, _ in letters)
        zero = ex.Const(0.0 if w.value.kind == "float" else 0)
        return Stage(stage.name, letters, (), "", zero, {}, (Write(w.value, at, zero),), stage.scope)
    if stage.combine == "sum" and 0 in dict(stage.over).values():
        (w,) = stage.writes
        zero = ex.Const(0.0 if w.value.kind == "float" else 0)
        return Stage(stage.name, stage.free, (), "", zero, {}, (Write(w.value, w.at, zero),), stage.scope)
    return stage


def _with_numbers(stage: Stage, constants: Mapping[Value, Array]) -> Stage:
    """A constant that is one number stands in the expression itself."""
    numbers = {
        k: ex.Const(constants[a.value].item())
        for k, a in stage.accesses()
        if a.value in constants and a.value.shape == ()
    }
    if not numbers or stage.combine in ("argmax", "scatter"):
        return stage
    reads = {k: leaf for k, leaf in stage.reads.items() if k not in numbers}
    writes = tuple(Write(w.value, w.at, ex.substitute(w.expression, numbers)) for w in stage.writes)
    term = ex.substitute(stage.term, numbers)
    return replace(stage, term=term, reads=reads, writes=writes)
