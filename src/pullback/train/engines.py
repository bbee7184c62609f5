"""What runs a training step: an engine turns the step's graph into a function of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError, message
from pullback.graph import Graph
from pullback.interpret import run

StepFunction: TypeAlias = Callable[[Sequence[Any]], Sequence[NDArray[Any]]]
"""The graph's inputs -> its outputs. The outputs are the caller's: no later call changes them."""


class Engine(Protocol):
    """Turns graphs into functions."""

    def step_function(self, graph: Graph, dtype: str) -> StepFunction:
        """The function that the graph describes, in this precision."""


class ReferenceEngine:
    """The interpreter: one node after another, on NumPy."""

    def step_function(self, graph: Graph, dtype: str) -> StepFunction:
        """Run the graph. NumPy's warnings are off: fit looks for NaN and infinity itself."""

        def step(inputs: Sequence[Any]) -> Sequence[NDArray[Any]]:
            with np.errstate(all="ignore"):
                return run(graph, inputs, dtype)

        return step


ENGINES: dict[str, Engine] = {"reference": ReferenceEngine()}


def engine_named(name: str) -> Engine:
    """The engine of this name.

    Raises: ArgumentError
    """
    if name not in ENGINES:
        raise ArgumentError(
            message("fit: no such engine", got=f"engine={name!r}", need=f"one of {', '.join(map(repr, ENGINES))}")
        )
    return ENGINES[name]
