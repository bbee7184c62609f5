"""Which layer made the first NaN or infinity of a training step: the step is run again with every value kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import NumericsError, message
from pullback.graph import Constant, Graph, Input, Node
from pullback.interpret import Values, run
from pullback.train.step import UPDATE, Batch, Result, State, Stepper, inputs_of

Array = NDArray[Any]

# What of the operators' domains a cure can name.
_DOMAINS = {
    "log": "keep the argument of log above 0: np.log(x + 1e-7)",
    "sqrt": "keep the argument of sqrt above 0, where its derivative is finite: np.sqrt(x + 1e-7)",
    "divide": "keep the divisor away from 0",
    "reciprocal": "keep the divisor away from 0",
    "power": "keep the base above 0",
}


@dataclass(frozen=True)
class Moment:
    """When it happened: epoch and step counted from 1, the learning rate, and the samples of the batch."""

    epoch: int
    step: int
    lr: float
    indices: Array

    def __str__(self) -> str:
        return f"epoch {self.epoch}, step {self.step}, learning rate {self.lr:g}"


def failure(stepper: Stepper, state: State, batch: Batch, result: Result, moment: Moment) -> NumericsError:
    """The error for a careful step whose numbers are not finite. The state is the one before the step."""
    step = stepper.careful.traced(state, batch)
    graph = step.tracing.graph
    values = Values(stepper.dtype)
    with np.errstate(all="ignore"):
        run(graph, inputs_of(state, batch), stepper.dtype, keep=values)
    nodes = step.numbered(graph.outputs)
    name, number = next((k, v) for k, v in result.numbers.items() if not math.isfinite(v))
    what = "what the optimiser remembers" if name == "memory" else f"the {name}"
    origin = first_nonfinite(values, nodes["loss"] if name == "loss" else nodes["checks"][name])
    kind = "NaN" if math.isnan(number) else "infinite"
    return NumericsError(
        message(
            f"fit: {what} is {kind}; the network keeps the parameters from before this step",
            got=_described(graph, values, origin, moment),
            need="finite numbers throughout the step",
            fix=_cure(values, origin, moment),
            at=str(moment),
        )
    )


def first_nonfinite(values: Values, start: Node) -> Node:
    """Follow NaN and infinity back to a node that makes them from finite inputs, or to an input that holds them.

    NaN is followed before infinity: an infinity may be meant (padding under a maximum), a NaN never is.
    """
    node = start
    while True:
        bad = [i for i in node.inputs if not isinstance(i.formula, Constant) and not np.isfinite(values[i]).all()]
        if not bad:
            return node
        node = next((i for i in bad if np.isnan(values[i]).any()), bad[0])


def _described(graph: Graph, values: Values, origin: Node, moment: Moment) -> str:
    """Where the numbers went wrong, in words."""
    x = values[origin]
    if isinstance(origin.formula, Input):
        return _input_described(origin.formula.name, x, moment)
    if np.isfinite(x).all():
        return (
            f"{_place(graph, origin)} in compiled code; the reference engine, which adds in another order, stays finite"
        )
    counts = f"{np.isnan(x).sum()} NaN and {np.isinf(x).sum()} infinite of {x.size} numbers"
    read = [values[i] for i in origin.inputs if i.kind == "float" and values[i].size]
    largest = max((float(np.abs(v).max()) for v in read), default=0.0)
    return f"{_place(graph, origin)} makes {counts}, from finite inputs up to {largest:.3g}"


def _place(graph: Graph, node: Node) -> str:
    """A node's layer and operator."""
    operator = node.name or "a constant"
    if node.scope == UPDATE:
        return f"the optimiser ({operator})"
    backward = "_bar" in operator
    layer = node.scope or next((k for k, n in graph.marks.items() if n is node), "")
    where = f"layer '{layer}' ({operator})" if layer and layer != "loss" else f"the loss ({operator})"
    return f"{where}, backward," if backward else where


def _input_described(name: str, x: Array, moment: Moment) -> str:
    what = "NaN" if np.isnan(x).any() else "infinity"
    if name in ("images", "labels"):
        rows = np.flatnonzero(~np.isfinite(x.reshape(len(x), -1)).all(axis=1))
        part = "input batch holds" if name == "images" else "labels of the batch hold"
        listed = ", ".join(str(k) for k in moment.indices[rows[:5]])
        return f"the {part} {what}: samples {listed}{', ...' if len(rows) > 5 else ''} of the training data"
    return f"{name} holds {what} before the step"


def _cure(values: Values, origin: Node, moment: Moment) -> str:
    if isinstance(origin.formula, Input):
        if origin.formula.name in ("images", "labels"):
            return "drop these samples, or replace their values with np.nan_to_num"
        if origin.formula.name == "lr":
            return "a schedule that gives a finite rate at every step"
        return "start from finite parameters"
    operator = origin.name.split("/")[-1].split(".")[0]
    if operator in _DOMAINS and any(np.any(values[i] <= 0) for i in origin.inputs if i.kind == "float"):
        return _DOMAINS[operator]
    return f"a smaller learning rate, such as {moment.lr / 10:.1g}; clip_norm=1.0; a warm-up (WarmupLR)"
