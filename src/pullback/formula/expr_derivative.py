"""Symbolic derivatives of elementwise expressions, and the simplifications that keep them readable and finite."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import TypeAlias

import numpy as np

from pullback.formula.expr_tree import Apply, Const, Expr, Var, postorder
from pullback.formula.functions import call, function_named

# Parts already simplified, by id; the part itself is kept so that its id stays its own.
Done: TypeAlias = dict[int, tuple[Expr, Expr]]

_LARGEST_INT = 2**31


def derivative(expr: Expr, name: str) -> Expr:
    """Differentiate an expression by one of its variables, and simplify.

    The branches of where, maximum, minimum and abs are chosen, never multiplied by 0 or 1: an infinite derivative in
    the branch that is not taken does no harm. A tie of maximum or minimum belongs to the first argument; abs has
    derivative 0 at 0; floor, sign, comparisons and stop have derivative 0. Const(0.0) where the variable plays no part.

    >>> from pullback.formula.expr_print import text
    >>> text(derivative(Apply("sin", (2 * Var("x"),)), "x"))
    '2 · cos(2 · x)'
    """
    done: Done = {}
    expr = _simplified(expr, done)
    slopes: dict[int, Expr] = {}
    for node in postorder(expr):
        done[id(node)] = node, node
        slopes[id(node)] = _slope(node, slopes, done) if isinstance(node, Apply) else Const(float(node == Var(name)))
    slope = slopes[id(expr)]
    return Const(0.0) if _is(slope, 0) else slope


def _slope(node: Apply, slopes: dict[int, Expr], done: Done) -> Expr:
    """Apply the chain rule to one node: Σ over its arguments of the partial derivative times the argument's own."""
    function = function_named(node.function, len(node.arguments))
    total: Expr = Const(0.0)
    for argument, partial in zip(node.arguments, function.derivatives, strict=True):
        slope = slopes[id(argument)]
        if not _is(slope, 0):
            rule = _simplified(partial(*node.arguments), done)
            factors = (slope, rule) if isinstance(slope, Const) else (rule, slope)
            total = build("add", total, build("multiply", *factors))
    return total


def simplify(expr: Expr) -> Expr:
    """Fold constants, drop neutral terms and factors, and move factors into the branches of where that are not 0.

    For float variables the value stays the same but for rounding, the sign of zero and 0·∞, which becomes 0.

    >>> x = Var("x")
    >>> simplify((x * 1.0 + 0.0) ** (3.0 - 1.0)) == x**2.0
    True
    """
    return _simplified(expr, {})


def _simplified(expr: Expr, done: Done) -> Expr:
    for node in postorder(expr, done):
        result = node
        if isinstance(node, Apply):
            function_named(node.function, len(node.arguments))
            result = build(node.function, *(done[id(a)][1] for a in node.arguments))
            result = node if result == node else result
        done[id(node)] = node, result
    return done[id(expr)][1]


def build(function: str, *arguments: Expr) -> Expr:
    """Apply a function to simplified arguments and give the simplest form known."""
    folded = _folded(function, arguments)
    if folded is not None:
        return folded
    rule = _RULES.get(function)
    result = rule(*arguments) if rule else None
    return Apply(function, arguments) if result is None else result


def _folded(function: str, arguments: tuple[Expr, ...]) -> Expr | None:
    values = [a.value for a in arguments if isinstance(a, Const)]
    if len(values) < len(arguments) or any(isinstance(v, int) and abs(v) > _LARGEST_INT for v in values):
        return None
    with np.errstate(all="ignore"):
        value = np.asarray(call(function_named(function), values, np.dtype(np.float64))).item()
    return Const(value) if isfinite(value) else None


def _is(expr: Expr, value: float) -> bool:
    return isinstance(expr, Const) and not isinstance(expr.value, bool) and expr.value == value


def _argument(expr: Expr, function: str, position: int = 0) -> Expr | None:
    """Give an argument of an application of the function, None for anything else."""
    return expr.arguments[position] if isinstance(expr, Apply) and expr.function == function else None


def _half_zero(expr: Expr) -> tuple[Expr, Expr, Expr] | None:
    """Give condition and branches of a where of which one branch is 0."""
    if isinstance(expr, Apply) and expr.function == "where":
        condition, a, b = expr.arguments
        if _is(a, 0) or _is(b, 0):
            return condition, a, b
    return None


def _into_branches(expr: Expr, wrap: Callable[[Expr], Expr]) -> Expr | None:
    parts = _half_zero(expr)
    return build("where", parts[0], wrap(parts[1]), wrap(parts[2])) if parts else None


def _add(a: Expr, b: Expr) -> Expr | None:
    if _is(a, 0):
        return b
    if _is(b, 0):
        return a
    if a == b:
        return build("multiply", Const(2), a)
    negated = _argument(b, "negative")
    if negated is not None:
        return build("subtract", a, negated)
    left, right = _half_zero(a), _half_zero(b)
    if not left or not right or left[0] != right[0]:
        return None
    if all(_is(y, 0) or _is(z, 0) for y, z in zip(left[1:], right[1:], strict=True)):
        return build("where", left[0], build("add", left[1], right[1]), build("add", left[2], right[2]))
    return None


def _subtract(a: Expr, b: Expr) -> Expr | None:
    if _is(b, 0):
        return a
    if _is(a, 0):
        return build("negative", b)
    negated = _argument(b, "negative")
    return build("add", a, negated) if negated is not None else None


def _negative(x: Expr) -> Expr | None:
    inner = _argument(x, "negative")
    if inner is not None:
        return inner
    for function in ("multiply", "divide"):
        first, second = _argument(x, function, 0), _argument(x, function, 1)
        if isinstance(first, Const) and second is not None:
            return build(function, Const(-first.value), second)
    return _into_branches(x, lambda branch: build("negative", branch))


def _multiply(a: Expr, b: Expr) -> Expr | None:
    for one, other in ((a, b), (b, a)):
        if _is(one, 0):
            return one
        if _is(one, 1):
            return other
        if _is(one, -1):
            return build("negative", other)
    branches = _into_branches(b, lambda z: build("multiply", a, z)) or _into_branches(
        a, lambda z: build("multiply", z, b)
    )
    return branches or _product_of_signs(a, b) or _product_of_fractions(a, b)


def _product_of_signs(a: Expr, b: Expr) -> Expr | None:
    minus_a, minus_b = _argument(a, "negative"), _argument(b, "negative")
    if minus_a is not None:
        return build("negative", build("multiply", minus_a, b))
    if minus_b is not None:
        return build("negative", build("multiply", a, minus_b))
    return None


def _product_of_fractions(a: Expr, b: Expr) -> Expr | None:
    """k·(c·x) = (kc)·x, k·(c/x) = (kc)/x, y·(1/x) = y/x."""
    for one, other in ((a, b), (b, a)):
        for function in ("multiply", "divide"):
            first, second = _argument(other, function, 0), _argument(other, function, 1)
            if not isinstance(first, Const) or second is None:
                continue
            if function == "divide" and _is(first, 1):
                return build("divide", one, second)
            product = _folded("multiply", (one, first))
            if product is not None and not _is(product, 0):
                return build(function, product, second)
    return None


def _divide(a: Expr, b: Expr) -> Expr | None:
    if _is(b, 1) or _is(a, 0):
        return a
    return _into_branches(a, lambda branch: build("divide", branch, b))


def _power(x: Expr, y: Expr) -> Expr | None:
    if _is(y, 1):
        return x
    return Const(1.0) if _is(y, 0) else None


def _where(condition: Expr, a: Expr, b: Expr) -> Expr | None:
    if isinstance(condition, Const):
        return a if condition.value else b
    if a == b:
        return a
    if _argument(a, "where") == condition:
        return build("where", condition, a.arguments[1], b) if isinstance(a, Apply) else None
    if _argument(b, "where") == condition:
        return build("where", condition, a, b.arguments[2]) if isinstance(b, Apply) else None
    return None


_RULES: dict[str, Callable[..., Expr | None]] = {
    "add": _add,
    "subtract": _subtract,
    "negative": _negative,
    "multiply": _multiply,
    "divide": _divide,
    "power": _power,
    "where": _where,
}
