"""Mistakes in whole passes: another layer's gradient, one not zeroed, an update for a gradient, float32."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pullback.diagnose.losses import same
from pullback.diagnose.steps import Array, Computed, Read, Site, Step, scaled
from pullback.formula import Map
from pullback.formula import expr as ex
from pullback.graph import Constant, Input
from pullback.interpret import Values

Found = Iterator[tuple[str, Step, int]]

LEARNING_RATES = (0.1, 0.01, 0.001, 0.5, 0.05, 0.2, 0.0001, 0.005, 0.3, 0.02, 0.002, 0.03, 0.0005, 0.003)
"""Learning rates that people use, the usual ones first."""


def other_gradients(site: Site, step: Step) -> Found:
    """The gradient of another parameter or layer of the same shape."""
    if not site.is_last:
        return
    shape, y = site.node.shape, same("y", site.node.shape)
    for name, node in site.context.other_gradients():
        f = Map(same("g", node.shape), (same("y", node.shape),), ex.Var("y"))
        if node.shape == shape:
            yield "another-layer", Step(f, {"y": node}, written=f"the gradient of {name}"), 0
        elif _holds(node.shape, shape) and "pad" in site.operator:
            yield "padding-not-cropped", Step(f, {"y": node}, written=f"the gradient of {name}"), 0
    previous = site.context.previous
    if previous is not None and previous.shape == shape:
        source = Computed("the previous step's gradient", lambda _: previous)
        yield "previous-step", Step(Map(y, (same("g", shape),), ex.Var("g")), {"g": source}), 0
        both = Map(y, (same("g", shape), same("h", shape)), ex.Var("g") + ex.Var("h"))
        own = Computed("this step's gradient", lambda read: step.value(read))
        if step.shape == shape:
            yield "not-zeroed", Step(both, {"g": own, "h": source}), 0
    yield "not-zeroed", scaled(step, 2.0), 1


def _holds(larger: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether a shape is larger along some axes, and along none smaller."""
    return len(larger) == len(shape) and all(n >= m for n, m in zip(larger, shape, strict=True))


def updates(site: Site, step: Step) -> Found:
    """A learning rate in the gradient; the update, or the parameter after it, instead of the gradient."""
    if not site.is_last:
        return
    value = site.context.parameter
    shape = site.node.shape
    own = Computed("its gradient", lambda read: step.value(read))
    for k, rate in enumerate(LEARNING_RATES):
        yield "learning-rate-included", scaled(step, rate), k // 3
        yield "update-given", scaled(step, -rate), k // 3
        if value is not None and step.shape == shape:
            for key, sign in (("parameter-after-update", -1.0), ("update-with-plus", 1.0)):
                moved = ex.simplify(ex.Var("w") + sign * rate * ex.Var("g"))
                f = Map(same("v", shape), (same("w", shape), same("g", shape)), moved)
                yield key, Step(f, {"w": value, "g": own}), k // 3


def single_precision(site: Site, step: Step) -> Found:
    """The same passes in float32."""
    if not site.is_last or step is not site.step:
        return

    def rounded(read: Read) -> Array:
        del read
        values = Values(np.float32)
        graph = site.context.trace.graph
        for node in graph.nodes:
            if isinstance(node.formula, Input | Constant):
                values.set(node, site.context.trace.value_of(node))
        with np.errstate(all="ignore"):
            values.run(n for n in graph.nodes if n in site.context.ancestors)
        return values[site.node].astype(np.float64)

    f = Map(same("y", site.node.shape), (same("x", site.node.shape),), ex.Var("x"))
    yield "float32-cancellation", Step(f, {"x": Computed("float32", rounded)}, written=replace(step).text()), 0


EDITS = (other_gradients, updates, single_precision)
