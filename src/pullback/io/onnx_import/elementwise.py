"""ONNX's elementwise arithmetic, comparisons, choices and casts, and its matrix products."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from typing import Any

import numpy as np

from pullback.errors import ArgumentError, ShapeError, TracingError, message
from pullback.formula import expr as ex
from pullback.io.onnx_import.registry import ELEMENT_TYPES, of_type, onnx_operator
from pullback.ops import elementwise as ew
from pullback.ops import matrix
from pullback.ops.apply import Value, elementwise, is_integer, recorder, shape_of
from pullback.ops.shape import reshape, transpose

UNARY: dict[str, Callable[[Value], Value]] = {
    "Abs": ew.abs,
    "Acos": ew.arccos,
    "Asin": ew.arcsin,
    "Atan": ew.arctan,
    "Ceil": ew.ceil,
    "Cos": ew.cos,
    "Cosh": ew.cosh,
    "Erf": ew.erf,
    "Exp": ew.exp,
    "Floor": ew.floor,
    "Log": ew.log,
    "Neg": ew.negative,
    "Not": ew.logical_not,
    "Reciprocal": ew.reciprocal,
    "Round": ew.rint,
    "Sign": ew.sign,
    "Sin": ew.sin,
    "Sinh": ew.sinh,
    "Sqrt": ew.sqrt,
    "Tan": ew.tan,
    "Tanh": ew.tanh,
}


def number(value: Value) -> Value:
    """A known single number as a Python number, which becomes part of the expression."""
    return value.item() if isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0 else value


def divide(x: Value, y: Value) -> Value:
    """x / y; between integers the quotient is cut off towards 0."""
    if not (is_integer(x) and is_integer(y)):
        return ew.divide(x, y)
    if recorder([x, y]) is None:
        below = np.floor_divide(x, y)
        inexact = (np.multiply(below, y) != x) & (np.less(x, 0) != np.less(y, 0))
        return below + inexact.astype(below.dtype)

    def cut(x: ex.Expr, y: ex.Expr) -> ex.Expr:
        return ex.where(ex.less(x / y, 0.0), ex.ceil(x / y), ex.floor(x / y))

    return elementwise(cut, x=x, y=y)


def power(x: Value, y: Value) -> Value:
    """x to the power y; one known exponent becomes part of the formula."""
    y = np.asarray(y) if recorder([y]) is None else y
    single = recorder([y]) is None and y.size == 1 and y.ndim <= len(shape_of(x))
    return of_type(ew.power(x, y.item() if single else y), x)


BINARY: dict[str, Callable[[Value, Value], Value]] = {
    "Add": ew.add,
    "Sub": ew.subtract,
    "Mul": ew.multiply,
    "Div": divide,
    "Pow": power,
    "And": partial(ew.compare, "logical_and"),
    "Or": partial(ew.compare, "logical_or"),
    "Xor": partial(ew.compare, "not_equal"),
    "Equal": partial(ew.compare, "equal"),
    "Greater": partial(ew.compare, "greater"),
    "GreaterOrEqual": partial(ew.compare, "greater_equal"),
    "Less": partial(ew.compare, "less"),
    "LessOrEqual": partial(ew.compare, "less_equal"),
}


def _unary(function: Callable[[Value], Value]) -> Callable[..., Value]:
    def call(x: Value) -> Value:
        return function(x)

    return call


def _binary(function: Callable[[Value, Value], Value]) -> Callable[..., Value]:
    def call(x: Value, y: Value, *, axis: int | None = None, broadcast: int = 0) -> Value:
        return function(x, _aligned(x, y, axis) if broadcast else y)

    return call


def _aligned(x: Value, y: Value, axis: int | None) -> Value:
    """Broadcasting up to version 6 of ONNX: the axes of y stand under those of x from `axis` on."""
    rank, own = len(shape_of(x)), shape_of(y)
    if axis is None or not own:
        return y
    first = axis % rank
    return reshape(y, (*own, *(1,) * (rank - first - len(own))))


for _name, _function in UNARY.items():
    onnx_operator(_name)(_unary(_function))
for _name, _two in BINARY.items():
    onnx_operator(_name)(_binary(_two))


def _variadic(function: Callable[[Value, Value], Value]) -> Callable[..., Value]:
    def call(*values: Value) -> Value:
        return reduce(function, values)

    return call


for _name, _two in {"Max": ew.maximum, "Min": ew.minimum, "Sum": ew.add}.items():
    onnx_operator(_name)(_variadic(_two))


@onnx_operator("Mean")
def mean(*values: Value) -> Value:
    """The mean of several arrays."""
    return ew.multiply(reduce(ew.add, values), 1 / len(values))


@onnx_operator("Where")
def where(condition: Value, x: Value, y: Value) -> Value:
    """x where the condition holds, y elsewhere."""
    return ew.where(condition, x, y)


@onnx_operator("Clip")
def clip(x: Value, min: Value | None = None, max: Value | None = None) -> Value:
    """x kept between min and max; where they cross, max wins."""
    return ew.clip(x, number(min), number(max))


@onnx_operator("Cast")
def cast(x: Value, *, to: int, saturate: int = 1, round_mode: str = "up") -> Value:
    """x as another type; see `as_type`. The two options concern types of 8 bits and fewer, which are not imported."""
    del saturate, round_mode
    if to not in ELEMENT_TYPES:
        names = ", ".join(f"{k} ({v})" for k, v in ELEMENT_TYPES.items())
        raise ArgumentError(message("Cast: this type is not imported", got=f"to={to}", need=names))
    return as_type(x, ELEMENT_TYPES[to])


@onnx_operator("CastLike")
def cast_like(x: Value, like: Value, *, saturate: int = 1, round_mode: str = "up") -> Value:
    """x as the type of another value."""
    del saturate, round_mode
    if recorder([like]) is None:
        return as_type(x, np.asarray(like).dtype)
    return as_type(x, np.dtype({"float": np.float64, "int": np.int64, "bool": np.bool_}[like.kind]))


def as_type(x: Value, dtype: np.dtype[Any]) -> Value:
    """An array converted; a traced value changes only its kind (float, integer or truth value), the run sets the bits.

    Raises: TracingError, from float to integer
    """
    if recorder([x]) is None:
        return np.asarray(x).astype(dtype)
    wanted = {"f": "float", "i": "int", "u": "int", "b": "bool"}[dtype.kind]
    if x.kind == wanted:
        return x
    if wanted == "bool":
        return ew.compare("not_equal", x, 0)
    if x.kind == "bool":
        return ew.where(x, 1.0, 0.0) if wanted == "float" else ew.where(x, 1, 0)
    if wanted == "float":
        return ew.multiply(x, 1.0)
    raise TracingError(
        message(
            "Cast: a traced float does not become an integer",
            got=f"{x.shape} to {dtype}",
            fix="keep it outside the function that is traced",
        )
    )


@onnx_operator("MatMul")
def matmul(a: Value, b: Value) -> Value:
    """The matrix product, broadcasting the leading axes."""
    return matrix.matmul(a, b)


@onnx_operator("Gemm")
def gemm(
    a: Value,
    b: Value,
    c: Value | None = None,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    broadcast: int = 1,
    transA: int = 0,
    transB: int = 0,
) -> Value:
    """alpha · A·B + beta · C, with A and B transposed on request."""
    del broadcast
    for name, x in (("a", a), ("b", b)):
        if len(shape_of(x)) != 2:
            raise ShapeError(message(f"Gemm: {name} is not a matrix", got=f"{name} {shape_of(x)}", need="2 axes"))
    y = matrix.matmul(transpose(a) if transA else a, transpose(b) if transB else b)
    y = y if alpha == 1 else ew.multiply(y, alpha)
    if c is None or beta == 0:
        return y
    return ew.add(y, c if beta == 1 else ew.multiply(c, beta))


@onnx_operator("Einsum")
def einsum(*arrays: Value, equation: str) -> Value:
    """Sums of products over repeated letters; an ellipsis stands for the axes that are not named."""
    terms, arrow, out = equation.replace(" ", "").partition("->")
    inputs = terms.split(",")
    if len(inputs) != len(arrays):
        raise ArgumentError(message("Einsum: one term per input", got=f"{equation!r} for {len(arrays)} inputs"))
    hidden = [
        len(shape_of(x)) - len(t.replace("...", "")) if "..." in t else 0 for t, x in zip(inputs, arrays, strict=True)
    ]
    free = [k for k in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if k not in equation][: max(hidden, default=0)]
    named = [t.replace("...", "".join(free[len(free) - n :])) for t, n in zip(inputs, hidden, strict=True)]
    if not arrow:
        once = sorted(k for k in set(terms) - set(",.") if terms.count(k) == 1)
        out = ("..." if "..." in terms else "") + "".join(once)
    return matrix.einsum(f"{','.join(named)}->{out.replace('...', ''.join(free))}", *arrays)
