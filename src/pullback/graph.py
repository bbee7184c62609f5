"""Graphs: what a traced function computes, as formulas in order.

A `Node` is one formula applied to earlier nodes. A `Traced` value stands for a node while a function runs; NumPy's own
protocols (`__array_ufunc__`, `__array_function__`) bring a user's NumPy code here, the operators' protocol
(`__pullback_apply__`) brings ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from pullback.errors import PullbackError, TracingError, message
from pullback.formula import Formula, Sum, bar, text
from pullback.ops import numpy_table

Array: TypeAlias = NDArray[Any]

_scope: ContextVar[str] = ContextVar("scope", default="")
_marks: ContextVar[dict[str, Any] | None] = ContextVar("marks", default=None)


@dataclass(frozen=True)
class Input:
    """A value given when the graph runs."""

    name: str
    shape: tuple[int, ...]
    value_kind: str = "float"

    operands: tuple[str, ...] = ()

    def kind(self, kinds: Mapping[str, str]) -> str:
        """float, int or bool."""
        del kinds
        return self.value_kind


@dataclass(frozen=True, eq=False)
class Constant:
    """A value fixed when the graph was traced."""

    value: Array
    operands: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The value's shape."""
        return self.value.shape

    def kind(self, kinds: Mapping[str, str]) -> str:
        """float, int or bool."""
        del kinds
        return kind_of(self.value)


@dataclass(frozen=True, eq=False)
class Node:
    """One formula applied to earlier nodes.

    name   the operator that recorded it: "conv2d", "softmax/exp", "conv2d.x_bar"
    scope  the layer it belongs to: "block1.conv1"
    """

    formula: Formula | Input | Constant
    inputs: tuple[Node, ...] = ()
    name: str = ""
    scope: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.formula.shape

    @property
    def kind(self) -> str:
        """float, int or bool."""
        return self._kind

    _kind: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        kinds = {k: i.kind for k, i in zip(self.formula.operands, self.inputs, strict=True)}
        object.__setattr__(self, "_kind", self.formula.kind(kinds))


def kind_of(value: Any) -> str:
    """float, int or bool: what an array, a number or a traced value holds.

    Raises: TracingError
    """
    if isinstance(value, Traced):
        return value.node.kind
    dtype = np.asarray(value).dtype
    kinds = {"f": "float", "c": "float", "i": "int", "u": "int", "b": "bool"}
    if dtype.kind not in kinds:
        raise TracingError(
            message(
                "not an array of numbers",
                got=f"{type(value).__name__} of dtype {dtype}",
                need="floats, integers or booleans",
            )
        )
    return kinds[dtype.kind]


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Name the layer that nodes recorded inside the block belong to."""
    token = _scope.set(name)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def collecting_marks() -> Iterator[dict[str, Any]]:
    """Collect the values that `mark` names inside the block."""
    marks: dict[str, Any] = {}
    token = _marks.set(marks)
    try:
        yield marks
    finally:
        _marks.reset(token)


def mark(name: str, value: Any) -> None:
    """Name a traced value for people: layer "conv1" marks its output so; a shared layer's last call counts."""
    marks = _marks.get()
    if marks is not None and isinstance(value, Traced):
        marks[name] = value.node


def current_scope() -> str:
    """The layer whose nodes are being recorded."""
    return _scope.get()


class Traced(NDArrayOperatorsMixin):
    """A value of a function being traced: it has a shape, and every NumPy operation on it records a node."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node

    @classmethod
    def __pullback_apply__(cls, formula: Formula, values: Sequence[Any], name: str) -> Traced:
        inputs = tuple(as_node(v) for v in values)
        if getattr(formula, "is_identity", False):
            return cls(inputs[0])
        return cls(Node(formula, inputs, name, current_scope()))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape."""
        return self.node.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return int(np.prod(self.shape))

    @property
    def kind(self) -> str:
        """float, int or bool."""
        return self.node.kind

    @property
    def T(self) -> Traced:  # noqa: N802  (NumPy's name)
        """The transpose."""
        return numpy_table.METHODS["transpose"](self)  # type: ignore[no-any-return]

    def __len__(self) -> int:
        if not self.shape:
            raise TracingError(message("len() of a traced number", need="at least one axis"))
        return self.shape[0]

    def __iter__(self) -> Iterator[Traced]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, key: Any) -> Traced:
        return numpy_table.getitem(self, key)  # type: ignore[no-any-return]

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TracingError(
            message(
                "a traced value cannot be changed in place",
                got=f"x[{key!r}] = …",
                fix="np.where, np.concatenate or np.stack make a new value",
            )
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return numpy_table.call_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        del types
        return numpy_table.call_function(function, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        method = numpy_table.METHODS.get(name)
        if method is None:
            known = ", ".join(sorted(numpy_table.METHODS))
            raise AttributeError(f"a traced value has no attribute {name!r}; it has shape, ndim, size, T, {known}")
        return lambda *args, **kwargs: numpy_table.call_method(name, self, args, kwargs)

    def __bool__(self) -> bool:
        raise self._needs_number("a truth value")

    def __float__(self) -> float:
        raise self._needs_number("a number")

    def __int__(self) -> int:
        raise self._needs_number("an integer")

    def __index__(self) -> int:
        raise self._needs_number("an index")

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        raise self._needs_number("an array")

    def _needs_number(self, what: str) -> TracingError:
        return TracingError(
            message(
                f"{what} is needed from a traced value",
                got=f"the result of {self.node.name or 'an argument'}, shape {self.shape}, not known while tracing",
                fix="np.where instead of if; np.stack around a list; keep to NumPy functions that Pullback traces",
            )
        )

    def __repr__(self) -> str:
        return f"Traced({self.node.name or 'input'}, shape={self.shape}, {self.kind})"


def as_node(value: Any) -> Node:
    """The node of a traced value; an array becomes a constant."""
    if isinstance(value, Traced):
        return value.node
    array = np.asarray(value)
    kind_of(array)
    return Node(Constant(array))


def order(outputs: Iterable[Node]) -> tuple[Node, ...]:
    """The nodes that the outputs depend on, every node after its inputs."""
    done: dict[int, Node] = {}
    stack: list[tuple[Node, bool]] = [(n, False) for n in reversed(list(outputs))]
    while stack:
        node, ready = stack.pop()
        if id(node) in done:
            continue
        if ready:
            done[id(node)] = node
            continue
        stack.append((node, True))
        stack += [(i, False) for i in reversed(node.inputs) if id(i) not in done]
    return tuple(done.values())


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in order, with the inputs and outputs of a function.

    `marks` names nodes for people: the output of layer "conv1" is marked "conv1".
    """

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    nodes: tuple[Node, ...]
    marks: Mapping[str, Node] = field(default_factory=dict)

    @staticmethod
    def of(inputs: Sequence[Node], outputs: Sequence[Node], marks: Mapping[str, Node] | None = None) -> Graph:
        """Collect the nodes that the outputs depend on, equal nodes merged, and check them."""
        merge = _Merge()
        for node in inputs:
            merge.keep(node)
        for node in order([*inputs, *outputs]):
            merge.of(node)
        graph_outputs = tuple(merge.new[id(n)] for n in outputs)
        kept = {k: merge.new[id(n)] for k, n in (marks or {}).items() if id(n) in merge.new}
        graph = Graph(tuple(inputs), graph_outputs, order([*inputs, *graph_outputs]), kept)
        graph.check()
        return graph

    def check(self) -> None:
        """Check that every node follows its inputs, that the shapes its formula declares are theirs, and its names.

        Raises: GraphError
        """
        seen: set[int] = set()
        for node in self.nodes:
            if any(id(i) not in seen for i in node.inputs):
                raise GraphError(f"{node.name}: an input comes after the node")
            seen.add(id(node))
            if not isinstance(node.formula, Input | Constant):
                _check_operands(node, node.formula)

    def __str__(self) -> str:
        names = {id(n): f"%{k}" for k, n in enumerate(self.nodes)}
        lines = []
        for node in self.nodes:
            args = ", ".join(names[id(i)] for i in node.inputs)
            what = node_text(node) + (f"({args})" if args else "")
            where = f"  # {node.scope}" if node.scope else ""
            lines.append(f"{names[id(node)]} : {node.kind}{list(node.shape)} = {what}{where}")
        return "\n".join([*lines, "return " + ", ".join(names[id(n)] for n in self.outputs)])


def _check_operands(node: Node, f: Formula) -> None:
    for ref in reads(f):
        source = node.inputs[f.operands.index(ref.array)]
        if source.shape != ref.shape:
            raise GraphError(f"{node.name}: {ref.array} has shape {source.shape}, its formula says {ref.shape}")
    if bar(f.out.array) in f.operands:
        raise GraphError(f"{node.name}: its cotangent would be named like its operand {bar(f.out.array)}")


class GraphError(PullbackError):
    """A graph that breaks its own rules: a defect of Pullback, never a user's mistake."""


class _Merge:
    """Value numbering: nodes with the same formula and inputs become one."""

    def __init__(self) -> None:
        self.new: dict[int, Node] = {}
        self._by_key: dict[Any, Node] = {}
        self._alive: list[Node] = []

    def keep(self, node: Node) -> None:
        self.new[id(node)] = node

    def of(self, node: Node) -> Node:
        if id(node) in self.new:
            return self.new[id(node)]
        inputs = tuple(self.new[id(i)] for i in node.inputs)
        key = (self._formula_key(node.formula), tuple(map(id, inputs)))
        found = self._by_key.get(key)
        if found is None:
            same = all(a is b for a, b in zip(inputs, node.inputs, strict=True))
            found = node if same else Node(node.formula, inputs, node.name, node.scope)
            self._by_key[key] = found
        self._alive.append(node)
        self.new[id(node)] = found
        return found

    @staticmethod
    def _formula_key(formula: Any) -> Any:
        if isinstance(formula, Input):
            return id(formula)
        if isinstance(formula, Constant):
            v = formula.value
            return (v.shape, v.dtype.str, v.tobytes()) if v.size <= 4096 else id(v)
        return formula


def reads(formula: Any) -> tuple[Any, ...]:
    """The refs through which a formula reads its operands."""
    if isinstance(formula, Sum):
        return formula.factors
    many = getattr(formula, "reads", None)
    return many if many is not None else tuple(r for r in (getattr(formula, "source", None),) if r is not None)


def node_text(node: Node) -> str:
    """What a node does, in one line."""
    if isinstance(node.formula, Input):
        return f"input {node.formula.name}"
    if isinstance(node.formula, Constant):
        v = node.formula.value
        return f"constant {v.item():g}" if v.size == 1 and v.dtype.kind == "f" else "constant"
    return f"{node.name}: {text(node.formula)}"
