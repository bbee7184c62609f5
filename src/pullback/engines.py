"""What runs a graph: an engine turns it into a function of arrays.

compiled   native code, made by LLVM for this machine
reference  the interpreter, which compiled code is compared with
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pullback.compile.precision import Precision, checked_precision
from pullback.errors import ArgumentError, message
from pullback.graph import Graph
from pullback.interpret import run

StepFunction: TypeAlias = Callable[[Sequence[Any]], Sequence[NDArray[Any]]]
"""The graph's inputs -> its outputs. The outputs are the caller's: no later call changes them."""

DEFAULT_ENGINE = "compiled"


class Engine(Protocol):
    """Turns graphs into functions."""

    def step_function(self, graph: Graph, dtype: str) -> StepFunction:
        """The function that the graph describes, in this type."""

    def with_precision(self, precision: Precision) -> Engine:
        """The same engine, which keeps to the plain sums where that is "strict"."""


class ReferenceEngine:
    """The interpreter: one node after another, on NumPy. It knows nothing but the plain sums."""

    def with_precision(self, precision: Precision) -> Engine:  # noqa: ARG002  # there is nothing to forbid
        """Itself."""
        return self

    def step_function(self, graph: Graph, dtype: str) -> StepFunction:
        """Run the graph. NumPy's warnings are off: fit looks for NaN and infinity itself."""

        def step(inputs: Sequence[Any]) -> Sequence[NDArray[Any]]:
            with np.errstate(all="ignore"):
                return run(graph, inputs, dtype)

        return step


@dataclass(frozen=True)
class CompiledEngine:
    """The compiler: the whole graph as one native function."""

    precision: Precision = "fast"

    def with_precision(self, precision: Precision) -> Engine:
        """The same, in this precision."""
        return replace(self, precision=precision)

    def step_function(self, graph: Graph, dtype: str) -> StepFunction:
        """Compile the graph.

        Raises: NativeError, where LLVM cannot make or run code for this machine; it names engine="reference"
        """
        from pullback.compile.function import native

        return native(graph, str(dtype), self.precision)


ENGINES: dict[str, Engine] = {"compiled": CompiledEngine(), "reference": ReferenceEngine()}


def engine_named(name: str, owner: str = "fit", precision: Precision = "fast") -> Engine:
    """The engine of this name, in this precision.

    Raises: ArgumentError
    """
    if name not in ENGINES:
        raise ArgumentError(
            message(f"{owner}: no such engine", got=f"engine={name!r}", need=f"one of {', '.join(map(repr, ENGINES))}")
        )
    return ENGINES[name].with_precision(checked_precision(precision, owner))
