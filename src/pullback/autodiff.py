"""Reverse-mode derivatives: the backward pass is a graph of the same kinds of formula.

Each formula knows its own transpose (`formula.gradient(operand)`), so the backward pass needs no table of rules: walk
the nodes from the output back, apply the transposes to the cotangents, add where a value was used twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback import tree
from pullback.errors import ArgumentError, ShapeError, TracingError, message
from pullback.formula import bar
from pullback.graph import Constant, Graph, Input, Node, Traced, as_node, collecting_marks, kind_of, order, scope
from pullback.interpret import Values
from pullback.ops.apply import apply, calling, elementwise, shape_of


def backward(outputs: Sequence[Node], cotangents: Sequence[Traced], wrt: Sequence[Node]) -> list[Traced]:
    """Record the cotangents of `wrt`, given those of the outputs; zeros where nothing flows."""
    bars = all_cotangents(outputs, cotangents, wrt)
    return [bars[id(n)] if id(n) in bars else Traced(as_node(np.zeros(n.shape))) for n in wrt]


def all_cotangents(outputs: Sequence[Node], cotangents: Sequence[Traced], wrt: Sequence[Node]) -> dict[int, Traced]:
    """Record the cotangent of every node between `wrt` and the outputs, by the node's identity.

    x̄ = Σ over the uses y of x of the transpose of ∂y/∂x applied to ȳ.
    """
    stop = {id(n) for n in wrt}
    bars: dict[int, Traced] = {}
    for node, cotangent in zip(outputs, cotangents, strict=True):
        _accumulate(bars, node, cotangent)
    nodes = order(outputs)
    reach = _reached(nodes, stop)
    for node in reversed(nodes):
        if id(node) in bars and id(node) in reach and id(node) not in stop:
            _pull_back(node, bars, reach)
    return bars


def _pull_back(node: Node, bars: dict[int, Traced], reach: set[int]) -> None:
    """Send the node's cotangent to its inputs."""
    formula = node.formula
    if isinstance(formula, (Input, Constant)) or not hasattr(formula, "gradient"):
        return
    known: dict[str, Any] = {k: Traced(i) for k, i in zip(formula.operands, node.inputs, strict=True)}
    known[bar(formula.out.array)] = bars[id(node)]
    for operand, source in zip(formula.operands, node.inputs, strict=True):
        if id(source) not in reach or source.kind != "float":
            continue
        with calling(f"{node.name}.{bar(operand)}"), scope(node.scope):
            x_bar = _apply_chain(formula.gradient(operand), known)
            _accumulate(bars, source, x_bar)


def _apply_chain(formulas: Sequence[Any], known: Mapping[str, Any]) -> Traced:
    values = dict(known)
    result: Any = None
    for f in formulas:
        if not f.operands:
            return Traced(as_node(np.zeros(formulas[-1].out.shape)))
        result = apply(f, *(values[k] for k in f.operands))
        values[f.out.array] = result
    assert isinstance(result, Traced)  # noqa: S101  (for the type checker: the cotangent is traced)
    return result


def _accumulate(bars: dict[int, Traced], node: Node, cotangent: Traced) -> None:
    if isinstance(cotangent.node.formula, Constant) and not np.any(cotangent.node.formula.value):
        return
    before = bars.get(id(node))
    if before is None:
        bars[id(node)] = cotangent
    else:
        with calling("accumulate"):
            bars[id(node)] = elementwise(lambda a, b: a + b, a=before, b=cotangent)


@dataclass(frozen=True, eq=False)
class Tracing:
    """A function traced on arguments of fixed shapes: a graph, and how its arguments and results are nested."""

    graph: Graph
    result: tree.Tree


def trace(function: Callable[..., Any], *args: tree.Tree, names: Sequence[str] = ()) -> Tracing:
    """Run a function on traced stand-ins of its arguments: the graph it computes, and how its results are nested.

    Arguments may be arrays, numbers, or tuples, lists and dictionaries of them.

    Raises: TracingError

    >>> trace(lambda x: {"total": np.sum(x)}, np.ones(3)).result
    {'total': Traced(sum, shape=(), float)}
    """
    flat = list(tree.leaves(list(args)))
    inputs = [_input(v, names[k] if k < len(names) else f"x{k}") for k, v in enumerate(flat)]
    with collecting_marks() as marks:
        result = function(*tree.fill(list(args), (Traced(n) for n in inputs)))
    outputs = [as_node(v) for v in tree.leaves(result)]
    return Tracing(Graph.of(inputs, outputs, marks), result)


def make_graph(function: Callable[..., Any], *args: tree.Tree) -> Graph:
    """The graph that a function computes for arguments of these shapes: to print, to read, to run.

    >>> print(make_graph(lambda x: np.sum(x * x), np.ones(3)))
    %0 : float[3] = input x0
    %1 : float[3] = multiply: z[n] = x[n] · y[n](%0, %0)
    %2 : float[] = sum: y = Σ_{n} x[n](%1)
    return %2
    """
    return trace(function, *args).graph


def _input(value: Any, name: str) -> Node:
    return Node(Input(name, shape_of(value), kind_of(value)), name="input")


def _is_outer(args: Any) -> bool:
    return any(isinstance(v, Traced) for v in tree.leaves(args))


def _captures(graph_outputs: Sequence[Node], own: Sequence[Node]) -> bool:
    """Whether the outputs depend on inputs of an enclosing trace."""
    mine = {id(n) for n in own}
    return any(isinstance(n.formula, Input) and id(n) not in mine for n in order(graph_outputs))


def precision(values: Any) -> np.dtype[Any]:
    """The precision a function is run in: the widest floating-point type among its arguments, float64 for numbers."""
    dtypes = [v.dtype for v in tree.leaves(values) if isinstance(v, (np.ndarray, np.generic)) and v.dtype.kind in "fc"]
    if not dtypes:
        return np.dtype(np.float64)
    widest = np.result_type(*dtypes)
    return np.dtype(np.float32) if widest == np.float16 else widest


@dataclass(frozen=True, eq=False)
class _Forward:
    """A function traced on its arguments: their nodes, the outputs, and whether an enclosing trace goes on."""

    inputs: list[Node]
    outputs: list[Node]
    result: tree.Tree
    outer: bool


def _forward(function: Callable[..., Any], args: Sequence[Any]) -> _Forward:
    flat = list(tree.leaves(list(args)))
    inputs = [_input(v, f"x{k}") for k, v in enumerate(flat)]
    result = function(*tree.fill(list(args), (Traced(n) for n in inputs)))
    outputs = [as_node(v) for v in tree.leaves(result)]
    return _Forward(inputs, outputs, result, _is_outer(list(args)) or _captures(outputs, inputs))


def _finish(inputs: Sequence[Node], outputs: Sequence[Node], args: Sequence[Any], *, outer: bool) -> list[Any]:
    """The outputs' values for the arguments: numbers, or traced values inside an enclosing trace."""
    flat = list(tree.leaves(list(args)))
    if outer:
        return _substitute(outputs, {id(n): as_node(v) for n, v in zip(inputs, flat, strict=True)})
    graph = Graph.of(inputs, outputs)
    values = Values(precision(flat))
    for node, value in zip(graph.inputs, flat, strict=True):
        values.set(node, value)
    values.run(graph.nodes)
    return [np.array(values[n]) if n.shape else values[n][()] for n in graph.outputs]


def _substitute(outputs: Sequence[Node], new: dict[int, Node]) -> list[Traced]:
    """The outputs with inputs replaced by the nodes of an enclosing trace."""
    for node in order(outputs):
        if id(node) not in new:
            inputs = tuple(new[id(i)] for i in node.inputs)
            same = all(a is b for a, b in zip(inputs, node.inputs, strict=True))
            new[id(node)] = node if same else Node(node.formula, inputs, node.name, node.scope)
    return [Traced(new[id(n)]) for n in outputs]


def vjp(function: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Evaluate a function and return its value with its pullback.

    y, pullback = vjp(f, x);  pullback(ȳ) = (x̄, …), x̄ = Σ ȳ · ∂y/∂x: one cotangent per argument, nested like it.

    Raises: ShapeError (a cotangent of another shape), TracingError

    >>> f = lambda x1, x2: np.log(x1) + x1 * x2 - np.sin(x2)
    >>> y, pullback = vjp(f, 2.0, 5.0)
    >>> print(f"{y:.4f}", *(f"{g:.4f}" for g in pullback(1.0)))
    11.6521 5.5000 1.7163
    """
    primals = tuple(tree.map_leaves(_number_as_float, p) for p in primals)
    f = _forward(function, primals)
    y = tree.fill(f.result, iter(_finish(f.inputs, f.outputs, primals, outer=f.outer)))
    bars = [_input(np.zeros(n.shape), f"y_bar{k}") for k, n in enumerate(f.outputs)]
    gradients = [g.node for g in backward(f.outputs, [Traced(n) for n in bars], f.inputs)]
    flat = list(tree.leaves(list(primals)))
    replay = None if f.outer else _Replay([*f.inputs, *bars], gradients, flat)

    def pullback(y_bar: Any) -> tuple[Any, ...]:
        given = list(tree.leaves(y_bar))
        _check_cotangents(given, f.outputs)
        if replay is None or _is_outer(given):
            found = _finish([*f.inputs, *bars], gradients, [*flat, *given], outer=True)
        else:
            found = replay(given)
        return tuple(tree.fill(list(primals), iter(found)))

    return y, pullback


def _number_as_float(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


class _Replay:
    """A backward pass traced once and run for many cotangents: what does not depend on them is computed once."""

    def __init__(self, inputs: Sequence[Node], gradients: Sequence[Node], flat: Sequence[Any]) -> None:
        self.graph = Graph.of(inputs, gradients)
        self.bars = self.graph.inputs[len(flat) :]
        self.forward = Values(precision(flat))
        for node, value in zip(self.graph.inputs, flat, strict=False):
            # A copy: the caller may change the array before the pullback is called.
            self.forward.set(node, np.array(value))
        bars = {id(n) for n in self.bars}
        self.moving = _reached(self.graph.nodes, bars)
        self.started = False

    def __call__(self, cotangents: Sequence[Any]) -> list[Any]:
        if not self.started:
            self.forward.run(n for n in self.graph.nodes if id(n) not in self.moving)
            self.started = True
        values = self.forward.copy()
        for node, value in zip(self.bars, cotangents, strict=True):
            values.set(node, value)
        values.run(self.graph.nodes)
        return [np.array(values[n]) if n.shape else values[n][()] for n in self.graph.outputs]


def _reached(nodes: Sequence[Node], roots: set[int]) -> set[int]:
    """The roots and every node that depends on one of them."""
    reach = set(roots)
    for node in nodes:
        if any(id(i) in reach for i in node.inputs):
            reach.add(id(node))
    return reach


def _check_cotangents(given: Sequence[Any], outputs: Sequence[Node]) -> None:
    got, need = [shape_of(v) for v in given], [n.shape for n in outputs]
    if got != need:
        raise ShapeError(message("pullback: a cotangent has the shape of its output", got=str(got), need=str(need)))


def value_and_grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., tuple[Any, Any]]:
    """Make the function that returns a scalar function's value and its gradient.

    argnums  the argument, or the arguments, to differentiate by

    Raises: ShapeError where the value is not one number, ArgumentError where there is no such argument

    >>> value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    numbers = _numbers(argnums)

    def gradient(*args: Any, **options: Any) -> tuple[Any, Any]:
        if any(not -len(args) <= k < len(args) for k in numbers):
            raise ArgumentError(message("grad: no such argument", got=f"argnums={argnums} for {len(args)} arguments"))
        chosen = [args[k] for k in numbers]
        _check_floats(chosen)

        def of_chosen(*values: Any) -> Any:
            full = list(args)
            for k, v in zip(numbers, values, strict=True):
                full[k] = v
            return function(*full, **options)

        y, pullback = vjp(of_chosen, *chosen)
        values = list(tree.leaves(y))
        if len(values) != 1 or shape_of(values[0]) != ():
            got = f"shape {shape_of(values[0])}" if len(values) == 1 else f"{len(values)} values"
            raise ShapeError(message("grad: the function must give one number", got=got, fix="np.sum(...), or pb.vjp"))
        found = pullback(np.ones(()))
        return y, found[0] if isinstance(argnums, int) else found

    return gradient


def _numbers(argnums: int | Sequence[int]) -> tuple[int, ...]:
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    if not numbers or not all(isinstance(k, int) for k in numbers):
        raise ArgumentError(message("grad: argnums are positions", got=f"argnums={argnums!r}", need="0, or (0, 1)"))
    return numbers


def _check_floats(values: Any) -> None:
    for v in tree.leaves(values):
        if kind_of(v) == "bool" or (kind_of(v) == "int" and not isinstance(v, int)):
            got = v.kind if isinstance(v, Traced) else str(np.asarray(v).dtype)
            raise TracingError(message("grad: an argument of integers has no gradient", got=got, fix="x.astype(float)"))


def grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Make the gradient of a scalar function, nested like the argument. It can be differentiated again.

    >>> grad(grad(lambda x: x**3))(2.0)
    np.float64(12.0)
    """

    def gradient(*args: Any, **options: Any) -> Any:
        return value_and_grad(function, argnums)(*args, **options)[1]

    return gradient


def jacobian(function: Callable[[Any], Any]) -> Callable[[Any], NDArray[Any]]:
    """Make the Jacobian J[…y…, …x…] = ∂y/∂x of a function from one array to one array.

    Raises: ShapeError

    >>> jacobian(lambda x: np.array([[1.0, 2.0], [3.0, 4.0]]) @ x)(np.ones(2))
    array([[1., 2.],
           [3., 4.]])
    """

    def at(x: Any) -> NDArray[Any]:
        y, pullback = vjp(function, x)
        if isinstance(x, (tuple, list, Mapping)) or isinstance(y, (tuple, list, Mapping)):
            got = f"{type(x).__name__} to {type(y).__name__}"
            raise ShapeError(message("jacobian: from one array to one array", got=got, fix="pb.vjp"))
        shape = shape_of(y)
        rows = []
        for entry in np.ndindex(*shape):
            one = np.zeros(shape)
            one[entry] = 1.0
            rows.append(pullback(one)[0])
        size = (*shape, *shape_of(x))
        return np.stack(rows).reshape(size) if rows else np.zeros(size)

    return at


def hvp(function: Callable[[Any], Any], x: Any, v: Any) -> Any:
    """Multiply the Hessian of a scalar function by a vector: H·v = ∂/∂x Σ (∂f/∂x · v), exactly.

    Raises: ShapeError

    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    got, need = [[shape_of(leaf) for leaf in tree.leaves(t)] for t in (v, x)]
    if got != need:
        raise ShapeError(message("hvp: the vector has the shape of the point", got=str(got), need=str(need)))

    def along(z: Any) -> Any:
        slopes = tree.leaves(grad(function)(z))
        parts = [np.sum(g * d) for g, d in zip(slopes, tree.leaves(v), strict=True)]
        return sum(parts[1:], start=parts[0])

    return grad(along)(x)


def _sample(batch: tree.Tree, n: int) -> tree.Tree:
    """A batch of one."""
    return tree.map_leaves(lambda v: v[n : n + 1], batch)


def per_sample_grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Make the gradients of a loss for every sample by itself: one gradient per entry of the batch axis, stacked.

    The function is called as function(parameters, …, batch…) on batches of one; arguments in `argnums` are parameters,
    all others are batches, split along their first axis.

    >>> per_sample_grad(lambda w, x: np.sum(w * x))(np.ones(2), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    numbers = _numbers(argnums)

    def gradients(*args: Any) -> Any:
        batches = [a for k, a in enumerate(args) if k not in numbers]
        counts = {shape_of(v)[0] for v in tree.leaves(batches) if shape_of(v)}
        if len(counts) != 1:
            raise ShapeError(
                message("per_sample_grad: batches differ in length", got=f"lengths {sorted(counts)}", need="one length")
            )
        rows = []
        for n in range(counts.pop()):
            rows.append(grad(function, argnums)(*(a if k in numbers else _sample(a, n) for k, a in enumerate(args))))
        if not rows:
            empty = tree.map_leaves(lambda v: np.zeros((0, *shape_of(v))), [args[k] for k in numbers])
            return empty[0] if isinstance(argnums, int) else tuple(empty)
        stacked = (np.stack(column) for column in zip(*(tree.leaves(r) for r in rows), strict=True))
        return tree.fill(rows[0], stacked)

    return gradients
