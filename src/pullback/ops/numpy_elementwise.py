"""NumPy's elementwise functions on traced values: our operators by NumPy's names, and compositions of them."""

from __future__ import annotations

from collections.abc import Callable
from math import log, pi
from typing import Any

import numpy as np

from pullback.errors import TracingError, message
from pullback.formula import expr as ex
from pullback.ops import elementwise as ew
from pullback.ops import matrix
from pullback.ops.apply import Value, as_array, calling, elementwise, is_whole, named, recorder, shape_of
from pullback.ops.shape import broadcast_to


def _composed(name: str, expression: Callable[..., ex.Expr]) -> Callable[..., Value]:
    def call(*values: Value) -> Value:
        with calling(name):
            return elementwise(expression, **dict(zip("xyz", values, strict=False)))

    return call


def _logaddexp(x: ex.Expr, y: ex.Expr) -> ex.Expr:
    """log(exp x + exp y) = larger + softplus(smaller − larger). In a tie x is the larger, y the smaller one."""
    first = ex.greater_equal(x, y)
    larger, smaller = ex.where(first, x, y), ex.where(first, y, x)
    return larger + ex.softplus(ex.where(ex.isfinite(larger), smaller - larger, 0.0))


@named
def hypot(x: Value, y: Value) -> Value:
    """√(x² + y²), scaled so that the squares do not overflow; derivative 0 where both are 0."""

    def scale(x: ex.Expr, y: ex.Expr) -> ex.Expr:
        larger = ex.stop(ex.maximum(ex.abs_(x), ex.abs_(y)))
        return ex.where(ex.logical_and(ex.greater(larger, 0.0), ex.isfinite(larger)), larger, 1.0)

    s = elementwise(scale, x=x, y=y)
    squares = elementwise(lambda x, y, s: (x / s) ** 2 + (y / s) ** 2, x=x, y=y, s=s)
    return ew.multiply(s, ew.lp_root(squares, 2))


def _heaviside(x: ex.Expr, y: ex.Expr) -> ex.Expr:
    """0 below 0, y at 0, 1 above; NaN stays."""
    return ex.where(ex.equal(x, 0.0), y, ex.where(ex.not_equal(x, x), x, ex.where(ex.greater(x, 0.0), 1.0, 0.0)))


_EXPRESSIONS: dict[str, Callable[..., ex.Expr]] = {
    "arcsinh": ex.arcsinh,
    "arccosh": ex.arccosh,
    "arctanh": ex.arctanh,
    "arctan2": ex.arctan2,
    "cbrt": ex.cbrt,
    "floor_divide": ex.floor_divide,
    "remainder": ex.remainder,
    "logaddexp": _logaddexp,
    "heaviside": _heaviside,
    # The one that is a number where the other is NaN; ties as in maximum.
    "fmax": lambda x, y: ex.where(ex.logical_or(ex.greater_equal(x, y), ex.not_equal(y, y)), x, y),
    "fmin": lambda x, y: ex.where(ex.logical_or(ex.less_equal(x, y), ex.not_equal(y, y)), x, y),
    "isnan": lambda x: ex.not_equal(x, x),
    "isinf": lambda x: ex.logical_not(ex.logical_or(ex.isfinite(x), ex.not_equal(x, x))),
    "logical_xor": lambda x, y: ex.not_equal(ex.logical_not(x), ex.logical_not(y)),
}
UFUNCS: dict[str, Callable[..., Value]] = {
    f.__name__: f
    for f in (
        *(ew.add, ew.subtract, ew.multiply, ew.divide, ew.power, ew.maximum, ew.minimum, ew.negative),
        *(ew.exp, ew.log, ew.log1p, ew.expm1, ew.sin, ew.cos, ew.tan, ew.sinh, ew.cosh, ew.tanh),
        *(ew.arcsin, ew.arccos, ew.arctan, ew.sqrt, ew.square, ew.reciprocal, hypot),
        *(ew.sign, ew.floor, ew.ceil, ew.rint, ew.isfinite, ew.logical_not),
    )
} | {
    **dict.fromkeys(("absolute", "fabs"), ew.abs),
    "positive": lambda x: x,
    "float_power": ew.power,
    "matmul": matrix.matmul,
    "exp2": lambda x: ew.exp(ew.multiply(x, log(2.0))),
    "log2": lambda x: ew.multiply(ew.log(x), 1 / log(2.0)),
    "log10": lambda x: ew.multiply(ew.log(x), 1 / log(10.0)),
    **dict.fromkeys(("deg2rad", "radians"), lambda x: ew.multiply(x, pi / 180)),
    **dict.fromkeys(("rad2deg", "degrees"), lambda x: ew.multiply(x, 180 / pi)),
    **{name: lambda x, y, name=name: ew.compare(name, x, y) for name in ew.COMPARISONS},
    **{name: _composed(name, expression) for name, expression in _EXPRESSIONS.items()},
}
UFUNCS["divmod"] = lambda x, y: (UFUNCS["floor_divide"](x, y), UFUNCS["remainder"](x, y))


def _of_truth_values(name: str, logical: Callable[..., Value]) -> Callable[..., Value]:
    """&, |, ^ and ~ of comparisons."""

    def call(*values: Value) -> Value:
        kinds = [getattr(v, "kind", None) or as_array(v).dtype.name for v in values]
        if any(kind != "bool" for kind in kinds):
            raise TracingError(
                message(f"np.{name} of numbers is not traced", got=", ".join(kinds), need="truth values")
            )
        return logical(*values)

    return call


UFUNCS |= {
    "bitwise_and": _of_truth_values("bitwise_and", UFUNCS["logical_and"]),
    "bitwise_or": _of_truth_values("bitwise_or", UFUNCS["logical_or"]),
    "bitwise_xor": _of_truth_values("bitwise_xor", UFUNCS["logical_xor"]),
    "invert": _of_truth_values("invert", UFUNCS["logical_not"]),
}


def where(condition: Value, x: Value, y: Value) -> Value:
    """np.where with all three arguments."""
    return ew.where(condition, x, y)


def clip(x: Value, low: Value = None, high: Value = None, out: None = None, **named_: Any) -> Value:
    """np.clip; its bounds have two names each."""
    del out
    bounds = only(named_, "a_min", "a_max", "min", "max")
    return ew.clip(x, bounds.get("a_min", bounds.get("min", low)), bounds.get("a_max", bounds.get("max", high)))


def round_(x: Value, decimals: int = 0, out: None = None) -> Value:
    """np.round to whole numbers."""
    del out
    if decimals != 0:
        raise TracingError(message("np.round: only to whole numbers", got=f"decimals={decimals}", need="0"))
    return ew.rint(x)


def isclose(a: Value, b: Value, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Value:
    """Whether |a − b| <= atol + rtol·|b|; infinities are close to themselves."""

    def close(a: ex.Expr, b: ex.Expr) -> ex.Expr:
        finite = ex.logical_and(ex.less_equal(ex.abs_(a - b), atol + rtol * ex.abs_(b)), ex.isfinite(b))
        same = ex.logical_or(ex.equal(a, b), finite)
        return ex.logical_or(same, ex.logical_and(ex.not_equal(a, a), ex.not_equal(b, b))) if equal_nan else same

    with calling("isclose"):
        return elementwise(close, a=a, b=b)


def astype(x: Value, dtype: Any, copy: bool = True) -> Value:
    """Between precisions nothing changes while tracing: the run decides; truth values become numbers."""
    del copy  # a new value either way
    kind = np.dtype(dtype).kind
    have = getattr(x, "kind", "float")
    if kind in "fc":
        return x if have == "float" else ew.multiply(x, 1.0) if have == "int" else ew.where(x, 1.0, 0.0)
    if kind in "iu" and have != "float":
        return x if have == "int" else ew.where(x, 1, 0)
    if kind == "b":
        return x if have == "bool" else ew.compare("not_equal", x, 0)
    raise TracingError(message("astype: not traced", got=f"{have} to {np.dtype(dtype)}", need="a floating-point type"))


def full_like(
    x: Value, fill_value: Value, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None
) -> Value:
    """An array of one value, by default of the type and the shape of x."""
    del order, subok
    size: Any = shape_of(x) if shape is None else shape
    dtype = x.dtype if dtype is None else dtype
    if recorder([fill_value]) is None:
        return np.full(size, fill_value, dtype)
    return broadcast_to(astype(fill_value, dtype), (int(size),) if is_whole(size) else size)


def constant_like(value: float) -> Callable[..., Value]:
    """zeros_like and its kin."""

    def like(x: Value, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None) -> Value:
        return full_like(x, value, dtype, order, subok, shape)

    return like


def only(options: dict[str, Any], *allowed: str) -> dict[str, Any]:
    """The options, when they are among those that are traced.

    Raises: TracingError
    """
    for k in options:
        if k not in allowed:
            raise TracingError(
                message(f"option {k} is not traced", got=f"{k}={options[k]!r}", need=f"only {', '.join(allowed)}")
            )
    return options
