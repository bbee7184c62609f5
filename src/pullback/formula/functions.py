"""The elementwise functions: one record each, with its value, its derivative, its result's kind and its notation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any, Literal, TypeAlias

import numpy as np

from pullback.errors import ArgumentError, message
from pullback.formula import elementwise, special
from pullback.formula import expr_tree as t
from pullback.formula.expr_tree import Const, Expr

Kind: TypeAlias = Literal["float", "int", "bool"]
Derivative: TypeAlias = Callable[..., Expr]

# How tightly a notation holds its arguments together; a looser one inside a tighter one is put in parentheses.
CHOICE, OR, AND, NOT, COMPARISON, SUM, MINUS, PRODUCT, POWER, ATOM = 1, 2, 3, 4, 5, 10, 20, 21, 30, 40


@dataclass(frozen=True)
class Function:
    """An elementwise function.

    `text` and `latex` are templates: {0:21} is the first argument, in parentheses if its notation binds less than 21.
    `result` is "float", "bool", or "same": the widest kind among the arguments, not counting the first `conditions`
    ones, which are truth values.
    """

    name: str
    arity: int
    evaluate: Callable[..., Any]
    derivatives: tuple[Derivative, ...]
    text: str
    latex: str
    precedence: int = ATOM
    result: Literal["float", "bool", "same"] = "float"
    conditions: int = 0


def function_named(name: str, arity: int | None = None) -> Function:
    """Look a function up, and check the number of its arguments.

    Raises: ArgumentError
    """
    if name not in FUNCTIONS:
        raise ArgumentError(message("expression: unknown function", got=repr(name), need=", ".join(sorted(FUNCTIONS))))
    function = FUNCTIONS[name]
    if arity is not None and arity != function.arity:
        raise ArgumentError(
            message(f"{name}: wrong number of arguments", got=str(arity), need=str(function.arity), fix=function.text)
        )
    return function


def result_kind(function: Function, kinds: Sequence[Kind]) -> Kind:
    """Say whether a function of arguments of these kinds gives float, int or bool (bools add up as 0 and 1)."""
    if function.result != "same":
        return function.result
    numeric = kinds[function.conditions :]
    if "float" in numeric:
        return "float"
    return "bool" if function.name in ("where", "stop") and set(numeric) == {"bool"} else "int"


def kind_of(value: Any) -> Kind:
    """Say whether an array or a Python number is float (complex too), int or bool."""
    if isinstance(value, bool | int | float):
        return "bool" if isinstance(value, bool) else "int" if isinstance(value, int) else "float"
    return {"b": "bool", "i": "int", "u": "int"}.get(value.dtype.kind, "float")  # type: ignore[return-value]


def call(function: Function, values: Sequence[Any], precision: np.dtype[Any]) -> Any:
    """Evaluate one function on arrays and Python numbers; ints and bools among floats become the given precision."""
    kinds = [kind_of(v) for v in values]
    result = result_kind(function, kinds)
    numeric = kinds[function.conditions :]
    if result == "float" or "float" in numeric:
        wanted, dtype = "float", precision
    elif result == "int":
        wanted, dtype = "int", np.dtype(np.int64)
    else:
        return function.evaluate(*values)
    fitted = [
        value if position < function.conditions or kind == wanted else np.asarray(value, dtype)
        for position, (value, kind) in enumerate(zip(values, kinds, strict=True))
    ]
    return function.evaluate(*fitted)


def _constant(value: float) -> Derivative:
    return lambda *_: Const(value)


ZERO, ONE, MINUS_ONE = _constant(0.0), _constant(1.0), _constant(-1.0)


def _if(condition: Callable[[Expr, Expr], Expr], yes: float, no: float) -> Derivative:
    return lambda a, b: t.where(condition(a, b), yes, no)


def _power_by_base(x: Expr, y: Expr) -> Expr:
    if isinstance(y, Const):
        return float(y.value) * x ** Const(float(y.value) - 1)
    # For y = 0 at x = 0, where y·x^(y−1) would be 0·∞.
    return t.where(t.equal(y, 0.0), 0.0, y * x ** t.where(t.equal(y, 0.0), 1.0, y - 1.0))


def _power_by_exponent(x: Expr, y: Expr) -> Expr:
    # x^y log x tends to 0 as x does (y > 0), where it would be 0·∞.
    return t.where(t.equal(x, 0.0), 0.0, x**y * t.log(t.where(t.equal(x, 0.0), 1.0, x)))


def _named(
    name: str, evaluate: Callable[..., Any], derivative: Derivative, latex: str = "", text: str = ""
) -> Function:
    latex = latex or rf"\operatorname{{{{{name}}}}}\left({{0}}\right)"
    return Function(name, 1, evaluate, (derivative,), text or f"{name}({{0}})", latex)


def _standard(name: str, evaluate: Callable[..., Any], derivative: Derivative) -> Function:
    return _named(name, evaluate, derivative, rf"\{name}\left({{0}}\right)")


def _comparison(name: str, evaluate: Callable[..., Any], text: str, latex: str) -> Function:
    texts = f"{{0:{SUM}}} {text} {{1:{SUM}}}", f"{{0:{SUM}}} {latex} {{1:{SUM}}}"
    return Function(name, 2, evaluate, (ZERO, ZERO), *texts, COMPARISON, "bool")


_WHERE_LATEX = r"\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} \end{{cases}}"

_ARITHMETIC = (
    Function("add", 2, np.add, (ONE, ONE), "{0:10} + {1:10}", "{0:10} + {1:10}", SUM, "same"),
    Function("subtract", 2, np.subtract, (ONE, MINUS_ONE), "{0:10} − {1:21}", "{0:10} - {1:21}", SUM, "same"),
    Function("negative", 1, np.negative, (MINUS_ONE,), "−{0:21}", "-{0:21}", MINUS, "same"),
    Function(
        "multiply",
        2,
        np.multiply,
        (lambda _, b: b, lambda a, _: a),
        "{0:20} · {1:21}",
        r"{0:20} \cdot {1:21}",
        PRODUCT,
        "same",
    ),
    Function(
        "divide",
        2,
        np.divide,
        # (a/b)/b and not a/b²: the square of a small b would be 0.
        (lambda _, b: 1.0 / b, lambda a, b: -(a / b / b)),
        "{0:20} / {1:30}",
        r"\frac{{{0}}}{{{1}}}",
        PRODUCT,
    ),
    Function(
        "power",
        2,
        elementwise.power,
        (_power_by_base, _power_by_exponent),
        "{0:40}^{1:40}",
        "{0:40}^{{{1}}}",
        POWER,
    ),
)

_TRANSCENDENTAL = (
    _standard("exp", np.exp, t.exp),
    _standard("log", np.log, lambda x: 1.0 / x),
    _named("log1p", elementwise.log1p, lambda x: 1.0 / (1.0 + x)),
    _named("expm1", np.expm1, t.exp),
    _standard("sin", np.sin, t.cos),
    _standard("cos", np.cos, lambda x: -t.sin(x)),
    _standard("tan", np.tan, lambda x: 1.0 + t.tan(x) ** 2.0),
    _standard("sinh", np.sinh, t.cosh),
    _standard("cosh", np.cosh, t.sinh),
    _standard("tanh", np.tanh, lambda x: 1.0 - t.tanh(x) ** 2.0),
    _standard("arcsin", np.arcsin, lambda x: 1.0 / t.sqrt(1.0 - x**2.0)),
    _standard("arccos", np.arccos, lambda x: -(1.0 / t.sqrt(1.0 - x**2.0))),
    _standard("arctan", np.arctan, lambda x: 1.0 / (1.0 + x**2.0)),
    _named("arcsinh", np.arcsinh, lambda x: 1.0 / t.sqrt(1.0 + x**2.0)),
    _named("arccosh", np.arccosh, lambda x: 1.0 / t.sqrt((x - 1.0) * (x + 1.0))),
    _named("arctanh", np.arctanh, lambda x: 1.0 / ((1.0 - x) * (1.0 + x))),
    Function(
        "arctan2",
        2,
        elementwise.arctan2,
        (lambda y, x: x / (x**2.0 + y**2.0), lambda y, x: -(y / (x**2.0 + y**2.0))),
        "arctan2({0}, {1})",
        r"\operatorname{{arctan2}}\left({0}, {1}\right)",
    ),
    _named("cbrt", elementwise.cbrt, lambda x: 1.0 / (3.0 * t.cbrt(x) ** 2.0), r"\sqrt[3]{{{0}}}"),
    _named("sqrt", np.sqrt, lambda x: 0.5 / t.sqrt(x), r"\sqrt{{{0}}}"),
    _named(
        "sigmoid",
        elementwise.sigmoid,
        lambda x: t.sigmoid(x) * (1.0 - t.sigmoid(x)),
        r"\sigma\left({0}\right)",
        "σ({0})",
    ),
    _named("softplus", elementwise.softplus, t.sigmoid),
    _named("erf", special.erf, lambda x: 2 / sqrt(pi) * t.exp(-(x**2.0))),
)

_CHOOSING = (
    Function("abs", 1, elementwise.absolute, (t.sign,), "|{0}|", r"\left|{0}\right|", ATOM, "same"),
    _named("sign", elementwise.sign, ZERO),
    _named("floor", elementwise.floor, ZERO, r"\left\lfloor {0}\right\rfloor", "⌊{0}⌋"),
    _named("ceil", elementwise.ceil, ZERO, r"\left\lceil {0}\right\rceil", "⌈{0}⌉"),
    _named("rint", elementwise.rint, ZERO, r"\operatorname{{round}}\left({0}\right)", "round({0})"),
    Function(
        "floor_divide",
        2,
        elementwise.floor_divide,
        (ZERO, ZERO),
        "⌊{0:20} / {1:30}⌋",
        r"\left\lfloor \frac{{{0}}}{{{1}}}\right\rfloor",
        ATOM,
        "same",
    ),
    Function(
        "remainder",
        2,
        elementwise.remainder,
        (ONE, lambda x, y: -t.floor_divide(x, y)),
        "{0:21} mod {1:21}",
        r"{0:21} \bmod {1:21}",
        PRODUCT,
        "same",
    ),
    Function(
        "maximum",
        2,
        elementwise.maximum,
        (_if(t.greater_equal, 1.0, 0.0), _if(t.greater_equal, 0.0, 1.0)),
        "max({0}, {1})",
        r"\max\left({0}, {1}\right)",
        ATOM,
        "same",
    ),
    Function(
        "minimum",
        2,
        elementwise.minimum,
        (_if(t.less_equal, 1.0, 0.0), _if(t.less_equal, 0.0, 1.0)),
        "min({0}, {1})",
        r"\min\left({0}, {1}\right)",
        ATOM,
        "same",
    ),
    Function(
        "where",
        3,
        elementwise.where,
        (ZERO, lambda c, *_: t.where(c, 1.0, 0.0), lambda c, *_: t.where(c, 0.0, 1.0)),
        "{1:2} if {0:2} else {2}",
        _WHERE_LATEX,
        CHOICE,
        "same",
        conditions=1,
    ),
    Function("stop", 1, elementwise.stop, (ZERO,), "stop({0})", r"\operatorname{{stop}}\left({0}\right)", ATOM, "same"),
)

_DECIDING = (
    _comparison("greater", elementwise.greater, ">", ">"),
    _comparison("greater_equal", elementwise.greater_equal, "≥", r"\ge"),
    _comparison("less", elementwise.less, "<", "<"),
    _comparison("less_equal", elementwise.less_equal, "≤", r"\le"),
    _comparison("equal", elementwise.equal, "=", "="),
    _comparison("not_equal", elementwise.not_equal, "≠", r"\ne"),
    Function(
        "logical_and",
        2,
        elementwise.logical_and,
        (ZERO, ZERO),
        "{0:3} and {1:3}",
        r"{0:3} \land {1:3}",
        AND,
        "bool",
        conditions=2,
    ),
    Function(
        "logical_or",
        2,
        elementwise.logical_or,
        (ZERO, ZERO),
        "{0:2} or {1:2}",
        r"{0:2} \lor {1:2}",
        OR,
        "bool",
        conditions=2,
    ),
    Function(
        "logical_not", 1, elementwise.logical_not, (ZERO,), "not {0:4}", r"\lnot {0:40}", NOT, "bool", conditions=1
    ),
    Function(
        "isfinite",
        1,
        elementwise.isfinite,
        (ZERO,),
        "isfinite({0})",
        r"\operatorname{{isfinite}}\left({0}\right)",
        ATOM,
        "bool",
    ),
)

FUNCTIONS: dict[str, Function] = {
    function.name: function for function in (*_ARITHMETIC, *_TRANSCENDENTAL, *_CHOOSING, *_DECIDING)
}
