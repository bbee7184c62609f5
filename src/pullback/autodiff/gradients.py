"""Gradients: vjp, and the gradients of scalar functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pullback import tree
from pullback.autodiff import tracing
from pullback.autodiff.reverse import backward, reached
from pullback.errors import ArgumentError, ShapeError, TracingError, message
from pullback.graph import Graph, Node, Traced, kind_of
from pullback.interpret import Values
from pullback.ops.apply import is_whole, shape_of


def vjp(function: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Evaluate a function and return its value with its pullback.

    y, pullback = vjp(f, x);  pullback(ȳ) = (x̄, …), x̄ = Σ ȳ · ∂y/∂x: one cotangent per argument, nested like it.

    ȳ is nested like y, dictionaries matched by key; a list is an array where y has one. Values and cotangents that
    are one number are NumPy scalars, as from NumPy's own functions.

    Raises: ShapeError (a cotangent of another shape or nesting), TracingError

    >>> f = lambda x1, x2: np.log(x1) + x1 * x2 - np.sin(x2)
    >>> y, pullback = vjp(f, 2.0, 5.0)
    >>> print(f"{y:.4f}", *(f"{g:.4f}" for g in pullback(1.0)))
    11.6521 5.5000 1.7163
    """
    primals = tuple(tree.map_leaves(_number_as_float, p) for p in primals)
    flat = list(tree.leaves(list(primals)))
    f = tracing.record(function, primals)
    values = (tracing.substitute if f.outer else tracing.evaluate)(f.inputs, f.outputs, flat)
    bars = [tracing.input_node(np.zeros(n.shape), f"y_bar{k}") for k, n in enumerate(f.outputs)]
    gradients = [g.node for g in backward(f.outputs, [Traced(n) for n in bars], f.inputs)]
    replay = None if f.outer else _Replay([*f.inputs, *bars], gradients, flat)

    def pullback(y_bar: Any) -> tuple[Any, ...]:
        given = list(tree.leaves_like(f.result, y_bar, "pullback: the cotangent is nested like the output"))
        _check_cotangents(given, f.outputs)
        if replay is None or tracing.is_traced(given):
            found: Sequence[Any] = tracing.substitute([*f.inputs, *bars], gradients, [*flat, *given])
        else:
            found = replay(given)
        return tuple(tree.fill(list(primals), iter(found)))

    return tree.fill(f.result, iter(values)), pullback


def _number_as_float(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


class _Replay:
    """A backward pass traced once and run for many cotangents: what does not depend on them is computed once."""

    def __init__(self, inputs: Sequence[Node], gradients: Sequence[Node], flat: Sequence[Any]) -> None:
        self.graph = Graph.of(inputs, gradients)
        self.bars = self.graph.inputs[len(flat) :]
        self.forward = Values(tracing.precision(flat))
        for node, value in zip(self.graph.inputs, flat, strict=False):
            # A copy: the caller may change the array before the pullback is called.
            self.forward.set(node, np.array(value))
        self.moving = reached(self.graph.nodes, {id(n) for n in self.bars})
        self.started = False

    def __call__(self, cotangents: Sequence[Any]) -> list[Any]:
        if not self.started:
            self.forward.run(n for n in self.graph.nodes if id(n) not in self.moving)
            self.started = True
        values = self.forward.copy()
        for node, value in zip(self.bars, cotangents, strict=True):
            values.set(node, value)
        values.run(self.graph.nodes)
        return tracing.results(self.graph, values)


def _check_cotangents(given: Sequence[Any], outputs: Sequence[Node]) -> None:
    got, need = [shape_of(v) for v in given], [n.shape for n in outputs]
    if got != need:
        raise ShapeError(message("pullback: a cotangent has the shape of its output", got=str(got), need=str(need)))


@dataclass(frozen=True)
class Argnums:
    """The positions of the arguments to differentiate by; `single` where they were given as one integer."""

    numbers: tuple[int, ...]
    single: bool

    @classmethod
    def of(cls, argnums: int | Sequence[int]) -> Argnums:
        """Read an integer or a sequence of them.

        Raises: ArgumentError
        """
        single = is_whole(argnums, -np.inf)
        numbers: Any = (argnums,) if single else argnums
        if isinstance(numbers, (str, int)) or not hasattr(numbers, "__len__") or not len(numbers):
            numbers = (None,)
        if not all(is_whole(k, -np.inf) for k in numbers):
            raise ArgumentError(message("grad: argnums are positions", got=f"argnums={argnums!r}", need="0, or (0, 1)"))
        return cls(tuple(int(k) for k in numbers), single)

    def choose(self, op: str, args: Sequence[Any]) -> list[Any]:
        """The arguments to differentiate by.

        Raises: ArgumentError where there is no such argument, TracingError where it holds integers
        """
        if any(not -len(args) <= k < len(args) for k in self.numbers):
            got = f"argnums={self.numbers[0] if self.single else self.numbers} for {len(args)} arguments"
            raise ArgumentError(message(f"{op}: no such argument", got=got))
        chosen = [args[k] for k in self.numbers]
        for v in tree.leaves(chosen):
            if kind_of(v) == "bool" or (kind_of(v) == "int" and not isinstance(v, int)):
                got = v.kind if isinstance(v, Traced) else str(np.asarray(v).dtype)
                title = f"{op}: an argument of integers has no gradient"
                raise TracingError(message(title, got=got, fix="x.astype(float)"))
        return chosen

    def among(self, function: Callable[..., Any], args: Sequence[Any], options: Any) -> Callable[..., Any]:
        """The function of the chosen arguments alone, with the others as they are."""

        def of_chosen(*values: Any) -> Any:
            full = list(args)
            for k, v in zip(self.numbers, values, strict=True):
                full[k] = v
            return function(*full, **options)

        return of_chosen

    def result(self, found: Sequence[Any]) -> Any:
        """One result per argument; the result itself for a single argument."""
        return found[0] if self.single else tuple(found)


def value_and_grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., tuple[Any, Any]]:
    """Make the function that returns a scalar function's value and its gradient.

    argnums  the argument, or the arguments, to differentiate by

    The gradient is nested like the argument; a part that is one number is a NumPy scalar.

    Raises: ShapeError where the value is not one number, ArgumentError where there is no such argument

    >>> value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    positions = Argnums.of(argnums)

    def gradient(*args: Any, **options: Any) -> tuple[Any, Any]:
        chosen = positions.choose("grad", args)
        y, pullback = vjp(positions.among(function, args, options), *chosen)
        values = list(tree.leaves(y))
        if len(values) != 1 or shape_of(values[0]) != ():
            got = f"shape {shape_of(values[0])}" if len(values) == 1 else f"{len(values)} values"
            raise ShapeError(message("grad: the function must give one number", got=got, fix="np.sum(...), or pb.vjp"))
        return y, positions.result(pullback(tree.fill(y, iter([1.0]))))

    return gradient


def grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Make the gradient of a scalar function, nested like the argument. It can be differentiated again.

    >>> grad(grad(lambda x: x**3))(2.0)
    np.float64(12.0)
    """
    both = value_and_grad(function, argnums)

    def gradient(*args: Any, **options: Any) -> Any:
        return both(*args, **options)[1]

    return gradient
