"""How an operator meets its arguments: on arrays it computes, on traced values it records.

A traced value takes part through a protocol, as in NumPy's `__array_function__`: a type with a method
`__pullback_apply__(formula, values, name)` receives every operator in which it occurs.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar

import numpy as np

from pullback.errors import ArgumentError, PullbackError, ShapeError, message
from pullback.formula import Affine, Formula, Map, Ref, bar
from pullback.formula import expr as ex

P = ParamSpec("P")
R = TypeVar("R")

Value: TypeAlias = Any
"""A NumPy array (or a number), or a traced value."""

_calls: ContextVar[tuple[str, ...]] = ContextVar("calls", default=())


@contextmanager
def calling(name: str) -> Iterator[None]:
    """Name the operator that nodes recorded inside the block belong to."""
    token = _calls.set((*_calls.get(), name))
    try:
        yield
    finally:
        _calls.reset(token)


def named(function: Callable[P, R]) -> Callable[P, R]:
    """Name the graph nodes that a function records after it."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with calling(function.__name__):
            return function(*args, **kwargs)

    return call


def call_name() -> str:
    """The operators being called, outermost first: "softmax/exp"."""
    return "/".join(_calls.get())


def recorder(values: Sequence[Value]) -> Callable[[Formula, Sequence[Value], str], Value] | None:
    """The tracing protocol's method when one of the values is traced."""
    for value in values:
        method = getattr(type(value), "__pullback_apply__", None)
        if method is not None:
            return method  # type: ignore[no-any-return]
    return None


def apply(formula: Formula, *values: Value) -> Value:
    """Compute the formula on arrays, or record it when a value is traced. One number comes as a NumPy scalar."""
    record = recorder(values)
    if record is not None:
        return record(formula, values, call_name())
    arrays = [_numeric(v) for v in values]
    result = np.asarray(formula.evaluate(*arrays))
    shared = any(np.may_share_memory(result, a) for a in arrays)
    if not result.shape:
        return result[()]
    return result.copy() if shared or not result.flags.writeable else result


def as_array(value: Value) -> Any:
    """The value as a NumPy array.

    Raises: ShapeError, for rows of different lengths; ArgumentError, for what NumPy cannot read
    """
    try:
        return np.asarray(value)
    except PullbackError:
        raise
    except ValueError as error:
        title, got = f"{call_name() or 'operator'}: not an array", str(error)
        if "inhomogeneous" in got:
            raise ShapeError(
                message(title, got=f"a {type(value).__name__} with parts of different shapes", need="equal shapes")
            ) from None
        raise ArgumentError(message(title, got=got, need="numbers")) from None
    except (TypeError, RuntimeError) as error:
        title = f"{call_name() or 'operator'}: a {type(value).__name__} is not an array"
        fix = "a NumPy array; x.detach().cpu().numpy() of a PyTorch tensor"
        raise ArgumentError(message(title, got=str(error).partition("\n")[0], fix=fix)) from None


def _numeric(value: Value) -> Any:
    _check_one(value)
    array = as_array(value)
    if array.dtype.kind not in "biufc":
        got = f"{type(value).__name__} of dtype {array.dtype}"
        raise ArgumentError(message(f"{call_name() or 'operator'}: not an array of numbers", got=got, need="numbers"))
    return array


def shape_of(value: Value) -> tuple[int, ...]:
    """The shape of an array, a number or a traced value.

    Raises: ArgumentError, for a tuple of arrays
    """
    if hasattr(value, "shape"):
        return tuple(value.shape)
    _check_one(value)
    return as_array(value).shape  # type: ignore[no-any-return]


def _check_one(value: Value) -> None:
    """Refuse a tuple of arrays, such as a layer's two results, which NumPy would stack. Nested numbers are an array."""
    if isinstance(value, tuple) and any(getattr(part, "shape", ()) for part in value):
        shapes = ", ".join(str(getattr(part, "shape", "a number")) for part in value)
        title = f"{call_name() or 'operator'}: a tuple of {len(value)} arrays where one array is needed"
        fix = "one of them, such as y, switches = max_pool2d(…, return_indices=True); np.stack(…) if one array is meant"
        raise ArgumentError(message(title, got=shapes, fix=fix))


def is_integer(value: Value) -> bool:
    """Whether the value holds integers (labels, switches)."""
    kind = getattr(value, "kind", None)
    return kind == "int" if kind is not None else bool(np.issubdtype(as_array(value).dtype, np.integer))


def is_whole(value: object, least: float = 0) -> bool:
    """Whether a value is an integer of any type, not a truth value, and at least `least`."""
    try:
        return not isinstance(value, bool) and operator.index(value) >= least  # type: ignore[arg-type]
    except TypeError:
        return False


def check_rank(op: str, name: str, value: Value, rank: int, axes: str) -> tuple[int, ...]:
    """The value's shape when it has the wanted number of axes.

    Raises: ShapeError
    """
    shape = shape_of(value)
    if len(shape) != rank:
        fix = f"add a batch axis: {name}[None]" if name == "x" and len(shape) == rank - 1 else ""
        raise ShapeError(message(f"{op}: {name} needs {rank} axes", got=f"{name} {shape}", need=f"({axes})", fix=fix))
    return shape


def axis_names(rank: int) -> tuple[str, ...]:
    """Letters for the axes of an array of any rank: n, o, then positions.

    >>> axis_names(4)
    ('n', 'o', 'p', 'q')
    """
    if rank <= 5:
        return (("n", "o", *"zpq") if rank == 5 else ("n", "o", "p", "q"))[:rank]
    return tuple(f"a{k}" for k in range(rank))


def ref(array: str, names: Sequence[str], shape: tuple[int, ...]) -> Ref:
    """An array addressed by plain letters."""
    return Ref(array, tuple(Affine(((k, 1),)) for k in names), shape)


def elementwise(expression: Callable[..., ex.Expr], **values: Value) -> Value:
    """Apply an expression to values that broadcast as in NumPy. Plain numbers become constants of the expression.

    >>> elementwise(lambda x, y: x * y + 1, x=np.array([1.0, 2.0]), y=3.0)
    array([4., 7.])
    """
    numbers = {k: v for k, v in values.items() if isinstance(v, (bool, int, float)) and not isinstance(v, np.generic)}
    if len(numbers) == len(values):
        first = next(iter(numbers))
        values[first] = np.asarray(numbers.pop(first))
    arrays = {k: v for k, v in values.items() if k not in numbers}
    body = expression(*(ex.Const(numbers[k]) if k in numbers else ex.Var(k) for k in values))
    return apply(broadcast_map({k: shape_of(v) for k, v in arrays.items()}, body), *arrays.values())


def broadcast_map(shapes: dict[str, tuple[int, ...]], expression: ex.Expr) -> Map:
    """The Map of an expression over operands that broadcast as in NumPy.

    Raises: ShapeError
    """
    try:
        shape = np.broadcast_shapes(*shapes.values())
    except ValueError:
        listed = ", ".join(f"{k} {s}" for k, s in shapes.items())
        raise ShapeError(
            message(
                f"{call_name() or 'elementwise'}: shapes do not broadcast",
                got=listed,
                need="equal sizes, or 1, axis by axis from the right",
            )
        ) from None
    names = axis_names(len(shape))

    def operand(name: str, its: tuple[int, ...]) -> Ref:
        own = names[len(shape) - len(its) :]
        at = (
            Affine(((k, 1),)) if n == m else Affine()
            for k, n, m in zip(own, its, shape[len(shape) - len(its) :], strict=True)
        )
        return Ref(name, tuple(at), its)

    free = next(k for k in "yzuv" if k not in shapes and bar(k) not in shapes)
    return Map(ref(free, names, shape), tuple(operand(k, s) for k, s in shapes.items()), expression)


def normal_axis(op: str, axis: int, rank: int) -> int:
    """An axis counted from the front.

    Raises: ArgumentError
    """
    if not is_whole(axis, -rank) or not -rank <= axis < rank:
        raise ArgumentError(message(f"{op}: no such axis", got=f"axis={axis!r}", need=f"{-rank} <= axis < {rank}"))
    return int(axis) % rank


def normal_axes(op: str, axis: int | Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """Distinct axes counted from the front, in order; None means all.

    Raises: ArgumentError
    """
    if axis is None:
        return tuple(range(rank))
    axes = [normal_axis(op, a, rank) for a in (axis if isinstance(axis, Sequence) else [axis])]
    if len(set(axes)) < len(axes):
        raise ArgumentError(message(f"{op}: an axis occurs twice", got=f"axis={axis!r}", fix="name each axis once"))
    return tuple(sorted(axes))
