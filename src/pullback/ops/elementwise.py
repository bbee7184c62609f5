"""Elementwise operators: arithmetic, elementary functions, comparisons and choices, all broadcasting as in NumPy.

Each is one expression; its derivative is symbolic (`formula.expr`). At a kink one subgradient is chosen and documented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pullback.formula import expr as ex
from pullback.ops.apply import Value, calling, elementwise, named
from pullback.ops.registry import Draw, bad, operator, sample

PAIRS = (
    {"x": (2, 3), "y": (2, 3)},
    {"x": (2, 3), "y": (3,)},
    {"x": (2, 1, 3), "y": (4, 1)},
    {"x": (), "y": (2,)},
    {"x": (0, 3), "y": (1,)},
)
MISFIT = bad("shapes do not broadcast", {"x": (2, 3), "y": (2,)})


def _distinct(arrays: Mapping[str, tuple[int, ...]]) -> dict[str, Draw]:
    """The first array away from 0, the second positive: away from kinks and poles."""
    return {k: Draw(s, "positive" if k == "y" else "distinct") for k, s in arrays.items()}


@operator(samples=[sample(a) for a in PAIRS], bad=[MISFIT], linear=("x+y",), source="numpy.add", onnx="Add")
def add(x: Value, y: Value) -> Value:
    """x + y."""
    return elementwise(lambda x, y: x + y, x=x, y=y)


@operator(samples=[sample(a) for a in PAIRS], bad=[MISFIT], linear=("x+y",), source="numpy.subtract", onnx="Sub")
def subtract(x: Value, y: Value) -> Value:
    """x − y."""
    return elementwise(lambda x, y: x - y, x=x, y=y)


@operator(samples=[sample(a) for a in PAIRS], bad=[MISFIT], linear=("x", "y"), source="numpy.multiply", onnx="Mul")
def multiply(x: Value, y: Value) -> Value:
    """x · y."""
    return elementwise(lambda x, y: x * y, x=x, y=y)


@operator(samples=[sample(_distinct(a)) for a in PAIRS], bad=[MISFIT], linear=("x",), source="numpy.divide", onnx="Div")
def divide(x: Value, y: Value) -> Value:
    """x / y."""
    return elementwise(lambda x, y: x / y, x=x, y=y)


@operator(
    samples=[
        sample({"x": Draw((2, 3), "positive"), "y": (2, 3)}),
        sample({"x": Draw((2, 3), "positive"), "y": (3,)}),
        sample({"x": Draw((2, 3), "distinct")}, y=2.0),
        sample({"x": Draw((2, 3), "distinct")}, y=-3.0),
    ],
    bad=[MISFIT],
    source="numpy.power",
    onnx="Pow",
)
def power(x: Value, y: Value) -> Value:
    """x to the power y; a constant exponent differentiates to y·x^(y−1) for negative x too."""
    return elementwise(lambda x, y: x**y, x=x, y=y)


@operator(
    samples=[sample({"x": Draw((2, 6), "distinct"), "y": Draw((2, 6), "positive")})],
    bad=[MISFIT],
    source="numpy.maximum",
    onnx="Max",
)
def maximum(x: Value, y: Value) -> Value:
    """The larger of two values. Ties: x gets the whole cotangent (PyTorch and JAX give each a half)."""
    return elementwise(ex.maximum, x=x, y=y)


@operator(
    samples=[sample({"x": Draw((2, 6), "distinct"), "y": Draw((2, 6), "positive")})],
    bad=[MISFIT],
    source="numpy.minimum",
    onnx="Min",
)
def minimum(x: Value, y: Value) -> Value:
    """The smaller of two values. Ties: x gets the whole cotangent."""
    return elementwise(ex.minimum, x=x, y=y)


@operator(
    samples=[
        sample({"condition": Draw((2, 3), "bool"), "x": (2, 3), "y": (2, 1)}),
        sample({"condition": Draw((3,), "bool"), "x": (2, 3)}, y=0.0),
    ],
    bad=[bad("shapes do not broadcast", {"condition": Draw((2,), "bool"), "x": (2, 3), "y": (2, 3)})],
    linear=("x+y",),
    source="numpy.where",
    onnx="Where",
)
def where(condition: Value, x: Value, y: Value) -> Value:
    """x where the condition holds, y elsewhere; the cotangent goes the same way."""
    return elementwise(ex.where, condition=condition, x=x, y=y)


def _unary(
    name: str, draw: str, function: Callable[[ex.Expr], ex.Expr], doc: str, *, linear: bool = False, onnx: str = ""
) -> Callable[[Any], Any]:
    def op(x: Value) -> Value:
        return elementwise(function, x=x)

    op.__name__ = op.__qualname__ = name
    op.__doc__ = doc
    samples = [sample({"x": Draw(s, draw)}) for s in ((2, 3), (), (0, 2), (2, 3, 4))]
    return operator(samples=samples, linear=("x",) if linear else (), source=f"numpy.{name}", onnx=onnx)(op)


negative = _unary("negative", "real", lambda x: -x, "−x.", linear=True, onnx="Neg")
exp = _unary("exp", "unit", ex.exp, "The exponential; its derivative is itself.", onnx="Exp")
log = _unary("log", "positive", ex.log, "The natural logarithm; derivative 1/x.", onnx="Log")
log1p = _unary("log1p", "positive", ex.log1p, "log(1 + x), accurate near 0.")
expm1 = _unary("expm1", "unit", ex.expm1, "exp(x) − 1, accurate near 0.")
sin = _unary("sin", "real", ex.sin, "The sine; derivative cos x.", onnx="Sin")
cos = _unary("cos", "real", ex.cos, "The cosine; derivative −sin x.", onnx="Cos")
tan = _unary("tan", "unit", ex.tan, "The tangent; derivative 1 + tan² x.", onnx="Tan")
sinh = _unary("sinh", "real", ex.sinh, "The hyperbolic sine.", onnx="Sinh")
cosh = _unary("cosh", "real", ex.cosh, "The hyperbolic cosine.", onnx="Cosh")
tanh = _unary("tanh", "real", ex.tanh, "The hyperbolic tangent; derivative 1 − tanh² x.", onnx="Tanh")
arcsin = _unary("arcsin", "unit", ex.arcsin, "The inverse sine.", onnx="Asin")
arccos = _unary("arccos", "unit", ex.arccos, "The inverse cosine.", onnx="Acos")
arctan = _unary("arctan", "real", ex.arctan, "The inverse tangent; derivative 1/(1 + x²).", onnx="Atan")
sqrt = _unary("sqrt", "positive", ex.sqrt, "The square root; derivative 1/(2√x).", onnx="Sqrt")
square = _unary("square", "real", lambda x: x**2, "x²; derivative 2x.")
reciprocal = _unary("reciprocal", "positive", lambda x: 1 / x, "1/x; derivative −1/x².", onnx="Reciprocal")
abs = _unary("abs", "distinct", ex.abs_, "|x|; the subgradient at 0 is 0.", onnx="Abs")
sign = _unary("sign", "distinct", ex.sign, "−1, 0 or 1; derivative 0.", onnx="Sign")
floor = _unary("floor", "distinct", ex.floor, "The largest integer not above x; derivative 0.", onnx="Floor")
ceil = _unary("ceil", "distinct", ex.ceil, "The smallest integer not below x; derivative 0.", onnx="Ceil")
rint = _unary("rint", "distinct", ex.rint, "The nearest integer, halves to even; derivative 0.", onnx="Round")
erf = _unary("erf", "real", ex.erf, "The error function 2/√π ∫₀ˣ exp(−t²) dt; derivative 2/√π exp(−x²).", onnx="Erf")
isfinite = _unary("isfinite", "real", ex.isfinite, "Whether x is neither NaN nor infinite.")


@named
def stop_gradient(x: Value) -> Value:
    """x, through which no cotangent flows back."""
    return elementwise(ex.stop, x=x)


@named
def clip(x: Value, low: Value | None = None, high: Value | None = None) -> Value:
    """x kept between low and high. Ties: x gets the cotangent."""
    y = x if low is None else maximum(x, low)
    return y if high is None else minimum(y, high)


def lp_power(x: Value, p: float) -> Value:
    """|x| to the power p."""
    return elementwise(lambda x: x**2 if p == 2 else ex.abs_(x) ** p, x=x)


def lp_root(s: Value, p: float) -> Value:
    """s to the power 1/p, and 0 with derivative 0 where s is 0."""

    def root(s: ex.Expr) -> ex.Expr:
        zero = ex.equal(s, 0.0)
        return ex.where(zero, 0.0, ex.where(zero, 1.0, s) ** (1 / p))

    return elementwise(root, s=s)


COMPARISONS: dict[str, Callable[..., ex.Expr]] = {
    "greater": ex.greater,
    "greater_equal": ex.greater_equal,
    "less": ex.less,
    "less_equal": ex.less_equal,
    "equal": ex.equal,
    "not_equal": ex.not_equal,
    "logical_and": ex.logical_and,
    "logical_or": ex.logical_or,
}


def compare(name: str, x: Value, y: Value) -> Value:
    """Compare, or combine truth values, by the name of the NumPy function."""
    with calling(name):
        return elementwise(COMPARISONS[name], x=x, y=y)


@named
def logical_not(x: Value) -> Value:
    """Whether x is false."""
    return elementwise(ex.logical_not, x=x)
