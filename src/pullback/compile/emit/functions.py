"""Elementwise expressions as code: every function of formula.functions, on scalars or on vectors.

The kinds and promotions are those of `formula.functions.call`: float is the program's precision, int is i64, bool i1.
NaN, infinities, signed zeros and ties come out as there, but that a tie of 0 and −0 gives the first. Compiled code
treats numbers below the smallest normal one as 0. No function calls a library.

The largest errors seen, in units in the last place, on a dense sample (float32: every 257th number):

    float32   log 0.8   exp 1.0   erf 1.1   log1p, expm1 1.4   softplus 1.7   sigmoid, tanh 2.4
              0.5, through double precision: sin cos tan sinh cosh arc... power cbrt
    float64   cbrt 0.7   sin cos log arcsin arctan erf 0.9   exp arccos 1.0   arctan2 log1p cosh 1.4   power 1.5
              arctanh softplus 1.7   arcsinh arccosh expm1 1.9   tan 2.2   sigmoid 2.3   sinh tanh 2.5
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from pullback.compile.emit import arithmetic, division, error_function, exponential, logarithm, power, trigonometric
from pullback.compile.emit.integers import INTEGER
from pullback.compile.emit.lanes import I1, I64, Lanes, Number, element_of, splat, widened
from pullback.errors import ArgumentError, message
from pullback.formula.expr_tree import Apply, Const, Expr, Var, numbered
from pullback.formula.functions import Function, Kind, call, function_named, kind_of, result_kind


@dataclass(frozen=True)
class _Literal:
    """A number of the expression: weak, until it meets values that have a type."""

    value: float


_Value: TypeAlias = Any  # an ir.Value or a _Literal


def evaluate(b: Any, expr: Expr, env: Mapping[str, Any], *, lanes: int, real: Any) -> Any:
    """Emit the value of an expression at the builder's place.

    Each value of `env` is a scalar (lanes = 1) or a vector of `lanes`, of type `real`, i64 or i1, and so is the
    result. Equal parts are emitted once. The builder stays in its block; what is long becomes a function of the module.

    Raises:  ArgumentError, for a variable without a value or with one of another type, an integer beyond 64 bits
    """
    scope = Lanes(b, real, lanes)
    values: list[_Value] = []
    for node, arguments in numbered(expr):
        if isinstance(node, Var):
            values.append(_variable(scope, node.name, env))
        elif isinstance(node, Const):
            values.append(_Literal(node.value))
        else:
            assert isinstance(node, Apply)  # noqa: S101  (for the type checker: there is no other kind of part)
            values.append(_apply(scope, function_named(node.function, len(arguments)), [values[a] for a in arguments]))
    return _fitted(scope, values[-1], _kind(scope, values[-1]))


def _variable(scope: Lanes, name: str, env: Mapping[str, Any]) -> Any:
    if name not in env:
        got = ", ".join(map(repr, env)) or "no variables"
        raise ArgumentError(message(f"expression: variable {name!r} has no value", got=got, need=repr(name)))
    value = env[name]
    allowed = [widened(element, scope.lanes) for element in (scope.real, I64, I1)]
    if value.type not in allowed:
        need = " or ".join(map(str, allowed))
        raise ArgumentError(message(f"expression: variable {name!r} has another type", got=str(value.type), need=need))
    return value


def _kind(scope: Lanes, value: _Value) -> Kind:
    if isinstance(value, _Literal):
        return kind_of(value.value)
    element = element_of(value.type)
    return "float" if element == scope.real else "int" if element == I64 else "bool"


def _apply(scope: Lanes, function: Function, values: Sequence[_Value]) -> _Value:
    """Emit one function of its arguments; where all of them are known, the reference computes it."""
    if all(isinstance(v, _Literal) for v in values):
        dtype = scope.format.dtype
        known = [dtype.type(v.value) if isinstance(v.value, float) else v.value for v in values]
        with np.errstate(all="ignore"):
            return _Literal(np.asarray(call(function, known, dtype)).item())
    truths = [_truth(scope, v) for v in values[: function.conditions]]
    numeric = values[function.conditions :]
    if not numeric:
        return _LOGIC[function.name](scope.b, *truths)
    kinds = [_kind(scope, v) for v in values]
    wanted = _common(result_kind(function, kinds), kinds[function.conditions :])
    if function.name == "where":
        return scope.b.select(truths[0], *(_fitted(scope, v, wanted) for v in numeric))
    if function.name == "stop":
        return numeric[0]
    if function.name == "isfinite" and wanted != "float":
        return _Literal(True)
    if wanted == "float":
        value = FLOAT[function.name](scope, *(_number(scope, v) for v in numeric))
        return value.value if isinstance(value, Number) else value
    fitted = [_fitted(scope, v, wanted) for v in numeric]
    if function.name in _COMPARISONS:
        emit = scope.b.icmp_unsigned if wanted == "bool" else scope.b.icmp_signed
        return emit(_COMPARISONS[function.name], *fitted)
    return INTEGER[function.name](scope, *fitted)


def _common(result: Kind, numeric: Sequence[Kind]) -> Kind:
    """Give the kind in which the arguments meet."""
    if result == "float" or "float" in numeric:
        return "float"
    return "int" if result == "int" or "int" in numeric else "bool"


def _number(scope: Lanes, value: _Value) -> Number:
    if isinstance(value, _Literal):
        return scope.constant(float(value.value))
    return scope.number(_fitted(scope, value, "float"))


def _fitted(scope: Lanes, value: _Value, kind: Kind) -> Any:
    """Emit the conversion of a value to a kind as wide as its own, or wider."""
    b, found = scope.b, _kind(scope, value)
    if isinstance(value, _Literal):
        return scope.constant(float(value.value)).value if kind == "float" else _integer(scope, value, kind)
    if found == kind:
        return value
    if kind == "int":
        return b.zext(value, widened(I64, scope.lanes))
    return scope.where(value, 1.0, 0.0).value if found == "bool" else b.sitofp(value, scope.type)


def _integer(scope: Lanes, literal: _Literal, kind: Kind) -> Any:
    value = int(literal.value)
    if not -(2**63) <= value < 2**63:
        raise ArgumentError(message("expression: integer too large", got=str(value), need="-2^63 <= i < 2^63"))
    return splat(I1 if kind == "bool" else I64, scope.lanes, value)


def _truth(scope: Lanes, value: _Value) -> Any:
    """Emit value ≠ 0; NaN is true."""
    kind = _kind(scope, value)
    if isinstance(value, _Literal):
        return splat(I1, scope.lanes, int(value.value != 0))
    if kind == "bool":
        return value
    if kind == "float":
        return scope.number(value).compare("!=", 0.0, unordered=True)
    return scope.b.icmp_signed("!=", value, splat(I64, scope.lanes, 0))


_COMPARISONS = {
    "greater": ">",
    "greater_equal": ">=",
    "less": "<",
    "less_equal": "<=",
    "equal": "==",
    "not_equal": "!=",
}


def _comparison(operator: str) -> Callable[..., Any]:
    return lambda _, x, y: x.compare(operator, y, unordered=operator == "!=")


_LOGIC: dict[str, Callable[..., Any]] = {
    "logical_and": lambda b, x, y: b.and_(x, y),
    "logical_or": lambda b, x, y: b.or_(x, y),
    "logical_not": lambda b, x: b.not_(x),
}

FLOAT: dict[str, Callable[..., Any]] = {
    "add": lambda _, x, y: x + y,
    "subtract": lambda _, x, y: x - y,
    "multiply": lambda _, x, y: x * y,
    "divide": lambda _, x, y: x / y,
    "negative": lambda _, x: -x,
    "power": power.power,
    "exp": exponential.exp,
    "log": logarithm.log_of,
    "log1p": logarithm.log1p,
    "expm1": exponential.expm1,
    "sin": trigonometric.sin,
    "cos": trigonometric.cos,
    "tan": trigonometric.tan,
    "sinh": exponential.sinh,
    "cosh": exponential.cosh,
    "tanh": exponential.tanh,
    "arcsin": trigonometric.arcsin,
    "arccos": trigonometric.arccos,
    "arctan": trigonometric.arctan,
    "arcsinh": logarithm.arcsinh,
    "arccosh": logarithm.arccosh,
    "arctanh": logarithm.arctanh,
    "arctan2": trigonometric.arctan2,
    "cbrt": power.cbrt,
    "sqrt": Lanes.sqrt,
    "sigmoid": exponential.sigmoid,
    "softplus": logarithm.softplus,
    "erf": error_function.erf,
    "abs": Lanes.abs,
    "sign": arithmetic.sign,
    "floor": arithmetic.floor,
    "ceil": arithmetic.ceil,
    "rint": Lanes.rint,
    "floor_divide": division.floor_divide,
    "remainder": division.remainder,
    "maximum": arithmetic.maximum,
    "minimum": arithmetic.minimum,
    "isfinite": arithmetic.isfinite,
    **{name: _comparison(operator) for name, operator in _COMPARISONS.items()},
}
