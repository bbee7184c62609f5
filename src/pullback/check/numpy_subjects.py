"""Subjects made of NumPy functions: traced by Pullback, with a hand-written backward, or giving their own pullback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from pullback import autodiff, tree
from pullback.check.cotangents import matched
from pullback.check.subject import Array, Point, Subject, changed, copied, fault, guarded, names_of, point_of
from pullback.graph import Graph, Input, Node, Traced
from pullback.interpret import run
from pullback.nn.calls import functional_call
from pullback.nn.module import Module

WATCHED_CALLS = 8


def with_backward(
    function: Callable[..., Any], args: Sequence[Any], argnums: Sequence[int] | None, backward: Any, *, residuals: bool
) -> Subject:
    """A function with backward(y_bar, *args), or with backward(y_bar, residuals) where it returns (y, residuals)."""
    point = point_of(args, names_of(function, len(args)), argnums)

    def forward(values: Sequence[Any]) -> tuple[Any, list[Any]]:
        given = point.rebuild([copied(v) for v in values], copied)
        result = _unchanged(subject, "the function", function, given)
        if not residuals:
            return result, [copied(v) if isinstance(v, np.ndarray) else v for v in point.rebuild(values, copied)]
        if not isinstance(result, tuple) or len(result) != 2:
            got = type(result).__name__ if not isinstance(result, tuple) else f"{len(result)} values"
            raise fault("with residuals=True the function returns (y, residuals)", got=got)
        return result[0], [result[1]]

    def pull(values: Sequence[Any], y_bars: Sequence[Any]) -> list[Array | None]:
        y, rest = forward(values)
        y_bar = tree.fill(y, iter([copied(v) for v in y_bars]))
        return matched(_unchanged(subject, "backward", backward, [y_bar, *rest], residuals=residuals), subject)

    title = "NumPy function with its backward"
    subject = Subject(title, point, lambda values: forward(values)[0], pull, notes=list(point.notes))
    return subject


def _unchanged(
    subject: Subject, what: str, call: Callable[..., Any], args: list[Any], *, residuals: bool = False
) -> Any:
    """Call, and note a finding where one of the first calls changed its arguments, other than the residuals."""
    watched = args[:1] if residuals else args
    subject.calls[what] += 1
    before = [tree.map_leaves(copied, a) for a in watched] if subject.calls[what] <= WATCHED_CALLS else []
    result = guarded(what, call, *args)
    names = ["y_bar", *subject.point.names] if what == "backward" else subject.point.names
    for k in changed(before, args[: len(before)]):
        subject.find(f"{what} changes its argument {names[k]}", fix=f"work on {names[k]}.copy()")
    return result


def with_pullback(function: Callable[..., Any], args: Sequence[Any], argnums: Sequence[int] | None) -> Subject:
    """A function that returns (y, pullback), as a vjp does."""

    def forward(*given: Any) -> Any:
        return function(*given)

    def backward(y_bar: Any, pullback: Callable[[Any], Any]) -> Any:
        return pullback(y_bar)

    forward.__wrapped__ = function  # type: ignore[attr-defined]
    subject = with_backward(forward, args, argnums, backward, residuals=True)
    subject.title = "function that returns (y, pullback)"
    return subject


def traced(function: Callable[..., Any], args: Sequence[Any], argnums: Sequence[int] | None) -> Subject:
    """A NumPy function that Pullback traces: its derivative is pb.vjp's."""
    point = point_of(args, names_of(function, len(args)), argnums)

    def of_values(*values: Any) -> Any:
        return function(*point.rebuild(values))

    def call(values: Sequence[Any]) -> Any:
        return _unchanged(subject, "the function", function, point.rebuild([copied(v) for v in values], copied))

    @cache
    def graph() -> Graph:
        return autodiff.make_graph(of_values, *point.values)

    def interpreted(values: Sequence[Any]) -> Any:
        return run(guarded("tracing", graph), values, np.complex128)

    def pull(values: Sequence[Any], y_bars: Sequence[Any]) -> list[Array | None]:
        fix = "give its derivative: gradcheck(function, args, backward=…)"
        y, pullback = guarded("Pullback cannot trace the function: it", autodiff.vjp, of_values, *values, fix=fix)
        return [np.asarray(v) for v in pullback(tree.fill(y, iter(y_bars)))]

    subject = Subject("function traced by Pullback", point, call, pull, (interpreted,), notes=list(point.notes))
    return subject


def of_graph(graph: Graph, args: Sequence[Any], argnums: Sequence[int] | None) -> Subject:
    """A Pullback graph: evaluated by the interpreter, differentiated by autodiff."""
    names = [n.formula.name if isinstance(n.formula, Input) else f"x{k}" for k, n in enumerate(graph.inputs)]
    if len(args) != len(names):
        raise fault("a graph takes one value per input", got=f"{len(args)} values", need=", ".join(names))
    point = point_of(args, names, argnums)

    def call(values: Sequence[Any]) -> Any:
        dtype = np.result_type(np.float64, *(np.asarray(v).dtype for v in values))
        return guarded("the graph", run, graph, point.rebuild(values), dtype)

    def pull(values: Sequence[Any], y_bars: Sequence[Any]) -> list[Array | None]:
        checked = [n for n, on in zip(graph.inputs, point.checked, strict=True) if on]
        floats = [(n, y) for n, y in zip(graph.outputs, y_bars, strict=True) if n.kind == "float"]
        bars = [Node(Input(f"y_bar{k}", n.shape), name="input") for k, (n, _) in enumerate(floats)]
        found = autodiff.backward([n for n, _ in floats], [Traced(n) for n in bars], checked)
        whole = Graph.of([*graph.inputs, *bars], [v.node for v in found])
        return list(run(whole, [*point.rebuild(values), *(y for _, y in floats)]))

    return Subject("Pullback graph", point, call, pull, notes=list(point.notes))


def of_module(net: Module, args: Sequence[Any], argnums: Sequence[int] | None) -> Subject:
    """A Pullback network: checked by its parameters and by its floating-point arguments."""

    def function(parameters: Any, *given: Any) -> Any:
        return functional_call(net, parameters, *given, training=net.training, key=np.zeros(2, int))[0]

    own = {k: np.asarray(v, np.float64) for k, v in net.parameters.items()}
    chosen = None if argnums is None else [0, *(k + 1 for k in argnums)]
    subject = traced(function, [own, *args], chosen)
    subject.title = f"network {type(net).__name__}"
    subject.point = _renamed(subject.point, names_of(net.forward, len(args)))
    return subject


def _renamed(point: Point, names: Sequence[str]) -> Point:
    """Parameters by their own names, arguments by those of `forward`."""
    labels = []
    for label in point.labels:
        if label.startswith("parameters["):
            labels.append(label[len("parameters['") : -2])
        else:
            head, _, rest = label.partition("[")
            labels.append(names[point.names.index(head) - 1] + (f"[{rest}" if rest else ""))
    return Point(point.args, ("parameters", *names), point.checked, tuple(labels), point.values, point.notes)


def gives_pullback(result: Any) -> bool:
    """Whether a function's result is (y, pullback)."""
    return isinstance(result, tuple) and len(result) == 2 and callable(result[1]) and not callable(result[0])


__all__ = ["gives_pullback", "of_graph", "of_module", "traced", "with_backward", "with_pullback"]
