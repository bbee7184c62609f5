"""The pipeline: which values, cotangents and parameters are drawn together, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pullback.explain.tracing import Trace
from pullback.formula import Sum
from pullback.graph import Node

PARAMETERS = ("w", "b", "label")
"""Operands that stand beside what a layer reads: filters, biases, targets."""


@dataclass(eq=False)
class Stage:
    """One box of the pipeline: a layer, an operator, an input, the loss.

    own     what the layer computes, in order
    leaves  its parameters
    """

    title: str
    own: list[str] = field(default_factory=list)
    leaves: list[str] = field(default_factory=list)


def stage_rows(trace: Trace) -> list[dict[str, Any]]:
    """The stages as plain data: title, pairs (value and cotangent) in the box and inside it, steps, what it reads."""
    number = {id(n): k for k, n in enumerate(trace.graph.nodes)}
    stages = _stages(trace)
    home = {id(trace.names.values[name]): s.title for s in stages for name in (*s.own, *s.leaves)}
    return [_row(trace, stage, number, home) for stage in stages]


def _stages(trace: Trace) -> list[Stage]:
    """Computed values by layer, in order of computation; parameters with the layer that reads them; inputs in front."""
    values = trace.names.values
    position = {id(n): k for k, n in enumerate(trace.graph.nodes)}
    computed = sorted((k for k in values if k not in trace.names.leaves), key=lambda k: position[id(values[k])])
    stages: list[Stage] = []
    by_scope: dict[str, Stage] = {}
    for name in computed:
        node = values[name]
        key = node.scope or node.name.partition("/")[0]
        stage = by_scope.get(key) if node.scope else (stages[-1] if stages and stages[-1].title == key else None)
        if stage is None:
            stage = Stage(key)
            stages.append(stage)
            if node.scope:
                by_scope[key] = stage
        stage.own.append(name)
    front = []
    for name in trace.names.leaves:
        reader = _layer_of_parameter(trace, name, stages)
        if reader is not None:
            reader.leaves.append(name)
        else:
            front.append(Stage(name, leaves=[name]))
    # The random key, which nobody looks at first, before the inputs.
    front.sort(key=lambda stage: trace.names.given[stage.title] != "key")
    return _titled([*front, *stages])


def _layer_of_parameter(trace: Trace, name: str, stages: list[Stage]) -> Stage | None:
    node = trace.names.values[name]
    if trace.names.given[name] in ("parameter", "buffer"):
        owner = next((s for s in stages if name.startswith(f"{s.title}.")), None)
        if owner is not None:
            return owner
    readers = [
        (s, f.operands[reader.inputs.index(node)])
        for s in stages
        for reader in (trace.names.values[k] for k in s.own)
        if node in reader.inputs
        for f in (reader.formula,)
    ]
    beside = {id(s): s for s, operand in readers if operand in PARAMETERS}
    return next(iter(beside.values())) if len(beside) == 1 and len(beside) == len({id(s) for s, _ in readers}) else None


def _titled(stages: list[Stage]) -> list[Stage]:
    """Number the boxes that would be called the same."""
    seen: dict[str, int] = {}
    for stage in stages:
        seen[stage.title] = seen.get(stage.title, 0) + 1
        if seen[stage.title] > 1:
            stage.title = f"{stage.title}#{seen[stage.title]}"
    return stages


def _row(trace: Trace, stage: Stage, number: dict[int, int], home: dict[int, str]) -> dict[str, Any]:
    values = trace.names.values
    own = {id(values[name]): name for name in reversed(stage.own)}
    result = id(values[stage.own[-1]]) if stage.own else None
    padded = [k for k in own if _is_padding(values[own[k]])][:1]
    shown = [*padded, *(id(values[k]) for k in stage.leaves), *([result] if result is not None else [])]
    shown = list(dict.fromkeys(shown))
    inner = [id(values[k]) for k in dict.fromkeys(stage.own) if id(values[k]) not in shown]
    nodes = {id(n): n for n in values.values()}
    read = {home[id(i)]: None for k in own for i in nodes[k].inputs if id(i) in home}
    return {
        "title": stage.title,
        "operator": _operator(nodes[result]) if result is not None else "",
        "pairs": [_pair(trace, nodes[k], number) for k in shown],
        "inside": [_pair(trace, nodes[k], number) for k in dict.fromkeys(inner)],
        "steps": [number[id(n)] for n in trace.names.steps.values() if _step_home(n) == stage.title],
        "computed": list(dict.fromkeys(number[id(values[k])] for k in stage.own)),
        "reads": [title for title in read if title != stage.title],
    }


def _operator(node: Node) -> str:
    return node.name.partition("/")[0]


def _step_home(node: Node) -> str:
    return node.scope or node.name.partition("/")[0].partition(".")[0]


def _is_padding(node: Node) -> bool:
    return isinstance(node.formula, Sum) and node.name.rpartition("/")[2] == "pad"


def _pair(trace: Trace, node: Node, number: dict[int, int]) -> dict[str, Any]:
    names = [name for name, n in trace.names.values.items() if n is node]
    named = trace.names.of[node].name
    cotangent = next((trace.names.cotangents[k] for k in names if k in trace.names.cotangents), None)
    return {
        "name": named,
        "aliases": [k for k in names if k != named],
        "leaf": trace.names.has_gradient(named),
        "value": number[id(node)],
        "cotangent": None if cotangent is None else number[id(cotangent)],
        "differentiable": node.kind == "float" and trace.names.given.get(named) != "buffer",
    }
