"""Elementwise expressions: what the Map nodes of a graph compute, entry by entry.

    >>> x, y = Var("x"), Var("y")
    >>> f = log(x) + x * y - sin(y)
    >>> text(derivative(f, "x"))
    '1 / x + y'
    >>> evaluate(derivative(f, "x"), {"x": np.array([2.0, 4.0]), "y": np.array([5.0, 5.0])})
    array([5.5 , 5.25])

An expression is built from `Var`, numbers, the arithmetic operators and the functions named here (`exp`, `maximum`,
`where`, ...). The parts live in expr_tree (the tree), functions (the table of functions), elementwise (their values on
NumPy), expr_derivative (derivatives and simplification) and expr_print (text and LaTeX); all is reached from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula.expr_derivative import derivative, simplify
from pullback.formula.expr_print import latex, text
from pullback.formula.expr_tree import (
    Apply,
    Const,
    Expr,
    Operand,
    Var,
    abs_,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cbrt,
    ceil,
    cos,
    cosh,
    equal,
    erf,
    exp,
    expm1,
    floor,
    floor_divide,
    greater,
    greater_equal,
    isfinite,
    less,
    less_equal,
    lift,
    log,
    log1p,
    logical_and,
    logical_not,
    logical_or,
    maximum,
    minimum,
    not_equal,
    numbered,
    postorder,
    remainder,
    rint,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    stop,
    substitute,
    tan,
    tanh,
    variables,
    where,
)
from pullback.formula.functions import FUNCTIONS, Function, Kind, call, function_named, kind_of, result_kind

__all__ = [
    "FUNCTIONS",
    "Apply",
    "Const",
    "Expr",
    "Function",
    "Kind",
    "Operand",
    "Var",
    "abs_",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "count",
    "derivative",
    "equal",
    "erf",
    "evaluate",
    "exp",
    "expm1",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "isfinite",
    "kind",
    "latex",
    "less",
    "less_equal",
    "lift",
    "log",
    "log1p",
    "logical_and",
    "logical_not",
    "logical_or",
    "maximum",
    "minimum",
    "not_equal",
    "numbered",
    "postorder",
    "remainder",
    "rint",
    "sigmoid",
    "sign",
    "simplify",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "stop",
    "substitute",
    "tan",
    "tanh",
    "text",
    "variables",
    "where",
]

Array: TypeAlias = NDArray[Any]


def kind(expr: Expr, kinds: Mapping[str, str]) -> Kind:
    """Say whether the value is float, int or bool, given the kinds of the variables.

    Raises:  ArgumentError, for a variable without a kind

    >>> kind(Var("n") + 1, {"n": "int"}), kind(Var("n") / 2, {"n": "int"}), kind(greater(Var("x"), 0), {"x": "float"})
    ('int', 'float', 'bool')
    """
    known: dict[int, Kind] = {}
    for node in postorder(expr):
        if isinstance(node, Apply):
            function = function_named(node.function, len(node.arguments))
            known[id(node)] = result_kind(function, [known[id(a)] for a in node.arguments])
        elif isinstance(node, Const):
            known[id(node)] = kind_of(node.value)
        elif isinstance(node, Var):
            known[id(node)] = _kind_named(_lookup(node.name, kinds), node.name)
    return known[id(expr)]


def _kind_named(word: str, variable: str) -> Kind:
    kinds: dict[str, Kind] = {"float": "float", "int": "int", "bool": "bool"}
    if word in kinds:
        return kinds[word]
    raise ArgumentError(message("kind: no such kind", got=f"{variable!r} is {word!r}", need="float, int or bool"))


def _lookup(name: str, env: Mapping[str, Any]) -> Any:
    if name not in env:
        raise ArgumentError(
            message(
                f"expression: variable {name!r} has no value",
                got=", ".join(map(repr, env)) or "no variables",
                need=repr(name),
            )
        )
    return env[name]


def count(expr: Expr) -> int:
    """Count the operations that one entry takes: the distinct applications of functions, but stop, which does nothing.

    >>> count((Var("x") + 1) * (Var("x") + 1))
    2
    """
    return sum(isinstance(node, Apply) and node.function != "stop" for node, _ in numbered(expr))


@dataclass(frozen=True, slots=True)
class _Step:
    """One distinct part: where its arguments stand, which of them are not read again, and whether where guards it."""

    node: Expr
    arguments: tuple[int, ...]
    last_uses: tuple[int, ...]
    guarded: bool


@lru_cache(maxsize=1024)
def _steps(expr: Expr) -> tuple[_Step, ...]:
    rows = numbered(expr)
    reader: dict[int, int] = {}
    for position, (_, arguments) in enumerate(rows):
        reader.update(dict.fromkeys(arguments, position))
    plain = {len(rows) - 1}
    for position in reversed(range(len(rows))):
        node, arguments = rows[position]
        if position in plain:
            chooses = isinstance(node, Apply) and node.function == "where"
            plain.update(arguments[:1] if chooses else arguments)
    return tuple(
        _Step(node, arguments, tuple(a for a in set(arguments) if reader[a] == position), position not in plain)
        for position, (node, arguments) in enumerate(rows)
    )


def evaluate(expr: Expr, env: Mapping[str, Any], *, dtype: DTypeLike | None = None) -> Array:
    """Compute an expression on arrays that broadcast against each other.

    Equal parts are computed once. Float inputs are brought to their common precision, and everything that is float is
    computed in it; numbers in the expression (and Python numbers in `env`) are weak. Without a float input the
    precision is that of `dtype` (float64 unless given). Integers are computed in int64. Complex inputs stay
    complex; see formula.elementwise.
    What only a branch of `where` needs may be undefined where the branch is not taken: it raises no NumPy warning.

    Shapes:  the broadcast shape of the variables that occur; () when none does
    Raises:  ArgumentError, for a variable without a value or of no numeric dtype; ShapeError

    >>> x = Var("x")
    >>> evaluate(where(greater(x, 0), log(x), 0), {"x": np.array([-1, 1], np.float32)})
    array([0., 0.], dtype=float32)
    """
    arrays = {name: _value(name, _lookup(name, env)) for name in variables(expr)}
    _check_shapes(arrays)
    precision = _precision(list(arrays.values()), dtype)
    arrays = {name: _at_precision(value, precision) for name, value in arrays.items()}
    values: list[Any] = []
    # A result too small for the format is 0: what rounding gives, whatever the caller's NumPy settings are.
    with np.errstate(under="ignore"):
        for step in _steps(expr):
            values.append(_run(step, values, arrays, precision))
            for position in step.last_uses:
                values[position] = None
    return np.asarray(values[-1])


def _run(step: _Step, values: list[Any], arrays: Mapping[str, Any], precision: np.dtype[Any]) -> Any:
    node = step.node
    if isinstance(node, Var):
        return arrays[node.name]
    if isinstance(node, Const):
        return _at_precision(node.value, precision)
    assert isinstance(node, Apply)  # noqa: S101  (for the type checker: there is no other kind of part)
    function = function_named(node.function, len(node.arguments))
    arguments = [values[a] for a in step.arguments]
    if not step.guarded:
        return call(function, arguments, precision)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return call(function, arguments, precision)


def _value(name: str, value: Any) -> Any:
    if isinstance(value, bool | int | float) and not isinstance(value, np.generic):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        raise ArgumentError(
            message(
                f"expression: variable {name!r} is not numeric", got=f"dtype {array.dtype}", need="numbers or bools"
            )
        )
    return array


def _check_shapes(arrays: Mapping[str, Any]) -> None:
    shapes = {name: np.shape(value) for name, value in arrays.items()}
    if len(set(shapes.values()) - {()}) < 2:
        return
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:
        raise ShapeError(
            message(
                "expression: shapes do not broadcast",
                got=", ".join(f"{name} {shape}" for name, shape in shapes.items()),
                need="sizes that are equal or 1, axis by axis from the last",
            )
        ) from None


def _precision(values: Sequence[Any], dtype: DTypeLike | None) -> np.dtype[Any]:
    """Find the common real dtype of the float and complex arrays."""
    real = {np.zeros((), v.dtype).real.dtype for v in values if isinstance(v, np.ndarray) and v.dtype.kind in "fc"}
    if real:
        return np.result_type(*real)
    return np.dtype(np.float64 if dtype is None else dtype)


def _at_precision(value: Any, precision: np.dtype[Any]) -> Any:
    """Bring a float or complex value to the given real precision, an integer array to int64."""
    if isinstance(value, float):
        return precision.type(value)
    if not isinstance(value, np.ndarray) or value.dtype.kind == "b":
        return value
    if value.dtype.kind in "iu":
        return value.astype(np.int64, copy=False)
    wanted = np.result_type(precision, np.complex64) if value.dtype.kind == "c" else precision
    return value.astype(wanted, copy=False)
