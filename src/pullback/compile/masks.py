"""Masks of activations: 0 ≥ x is 0 ≥ max(0, x), so that the input of a ReLU need not be kept for its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pullback.compile.stages import Access, Leaf, Stage, Value
from pullback.formula import expr as ex
from pullback.formula.expr_tree import postorder


def read_activations(stages: Sequence[Stage]) -> list[Stage]:
    """The stages, with masks read from activations instead of their inputs."""
    activations: dict[Value, Value] = {}
    for stage in stages:
        source = _rectified(stage)
        if source is not None:
            activations.setdefault(source, stage.writes[0].value)
    return [_masked(s, activations) for s in stages]


def _rectified(stage: Stage) -> Value | None:
    """What a stage is the ReLU of, entry by entry."""
    if not stage.is_pure or len(stage.reads) != 1 or len(stage.writes) != 1:
        return None
    ((name, access),) = stage.reads.items()
    (write,) = stage.writes
    if not isinstance(access, Access) or access.at != write.at or access.value.shape != write.value.shape:
        return None
    if write.expression != ex.Apply("maximum", (ex.Const(0.0), ex.Var(name))):
        return None
    return access.value


def _masked(stage: Stage, activations: dict[Value, Value]) -> Stage:
    reads: dict[str, Leaf] = {}
    for name, leaf in stage.reads.items():
        known = isinstance(leaf, Access) and leaf.value in activations and stage.is_pure
        if known and isinstance(leaf, Access) and _only_masks(stage, name):
            leaf = Access(activations[leaf.value], leaf.at)
        reads[name] = leaf
    return replace(stage, reads=reads)


def _only_masks(stage: Stage, name: str) -> bool:
    """Whether a variable occurs in 0 ≥ x alone."""
    found = False
    for write in stage.writes:
        for node in postorder(write.expression):
            if isinstance(node, ex.Apply) and ex.Var(name) in node.arguments:
                if node != ex.Apply("greater_equal", (ex.Const(0.0), ex.Var(name))):
                    return False
                found = True
    return found
