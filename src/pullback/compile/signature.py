"""What two stages have in common that are computed by the same code; what a cached program is found by."""

from __future__ import annotations

from typing import Any

from pullback.compile.kernels.kernel import Site
from pullback.compile.stages import Access, Digit, Index, Leaf, Position, Value
from pullback.formula import Map
from pullback.formula import expr as ex
from pullback.formula.expr_tree import numbered
from pullback.graph import Constant, Graph


def signature(site: Site) -> Any:
    """All that the code of a stage depends on; values count by their order and layout."""
    stage = site.stage
    order = {v: k for k, v in enumerate(dict.fromkeys((*stage.read, *stage.written)))}
    layouts = tuple((site.layouts[v], v.kind) for v in order)
    reads = tuple((k, _leaf(leaf, order)) for k, leaf in stage.reads.items())
    writes = tuple((order[w.value], w.at, expression(w.expression)) for w in stage.writes)
    targets = tuple(_index(t, order) for t in stage.targets)
    tallies = tuple((expression(t.term), order[t.parts]) for t in stage.tallies)
    pool = None if stage.pool is None else (stage.pool.taps, expression(stage.pool.entry))
    rest = (tallies, stage.where, stage.stream, None if stage.key is None else order[stage.key], stage.algorithm, pool)
    return (
        site.machine,
        layouts,
        stage.free,
        stage.over,
        stage.combine,
        expression(stage.term),
        reads,
        writes,
        targets,
        rest,
    )


def _leaf(leaf: Leaf, order: dict[Value, int]) -> Any:
    return leaf.at if isinstance(leaf, Position) else _access(leaf, order)


def _access(access: Access, order: dict[Value, int]) -> Any:
    return order[access.value], tuple(_index(a, order) for a in access.at)


def _index(index: Index, order: dict[Value, int]) -> Any:
    if not isinstance(index, Digit):
        return index
    of = _access(index.of, order) if isinstance(index.of, Access) else index.of
    return "digit", of, index.stride, index.size


def expression(expr: ex.Expr) -> Any:
    """An expression as a table of its distinct parts."""
    return tuple((node.function, parts) if isinstance(node, ex.Apply) else repr(node) for node, parts in numbered(expr))


def fingerprint(graph: Graph) -> str:
    """A text that equal graphs have in common."""
    number = {node: k for k, node in enumerate(graph.nodes)}
    rows = []
    for node in graph.nodes:
        formula = node.formula
        if isinstance(formula, Constant):
            what: Any = formula.fingerprint
        elif isinstance(formula, Map):
            what = (formula.out, formula.reads, expression(formula.expression))
        else:
            what = formula
        rows.append((type(formula).__name__, what, node.kind, node.name, node.scope, [number[i] for i in node.inputs]))
    ends = [number[n] for n in graph.inputs], [number[n] for n in graph.outputs]
    return repr((rows, ends))
