"""Derivatives against complex steps and against numbers worked by hand; simplification."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings

from expr_samples import (
    ENV,
    EVERYWHERE,
    POINTS,
    SMOOTH_BINARY,
    STEP,
    UNARY,
    c,
    complex_step,
    expressions,
    x,
    y,
    z,
)
from pullback.formula import expr as ex
from pullback.formula import expr_derivative, functions
from pullback.formula.expr import Apply, Const, Var, derivative, evaluate, simplify, text


def assert_slope(expr, env, name, rtol=4e-14):
    claimed = evaluate(derivative(expr, name), env)
    np.testing.assert_allclose(claimed, complex_step(expr, env, name), rtol=rtol, atol=1e-300)


@pytest.mark.parametrize("name", UNARY)
def test_derivatives_of_unary_functions_agree_with_complex_steps(name):
    points = np.array(POINTS.get(name, EVERYWHERE))
    if ex.FUNCTIONS[name].result == "bool":
        assert derivative(Apply(name, (x,)), "x") == Const(0.0)
        return
    tolerance = {"arcsin": 1e-13, "arccos": 1e-13, "erf": 2e-13}.get(name, 4e-14)
    for inner in (x, 2.0 * x):
        assert_slope(Apply(name, (inner,)), {"x": points if inner is x else points / 2}, "x", tolerance)


@pytest.mark.parametrize("name", SMOOTH_BINARY)
@pytest.mark.parametrize("wrt", ["x", "y"])
def test_derivatives_of_binary_functions_agree_with_complex_steps(name, wrt):
    a, b = np.meshgrid([0.3, 1.0, 2.5, 7.0], [-2.2, -1.0, 0.4, 1.5, 3.0])
    assert_slope(Apply(name, (x, y)), {"x": a, "y": b}, wrt)


@pytest.mark.parametrize("exponent", [-3, -1, -0.5, 0, 0.5, 1, 2, 3, 4, 5, 150])
def test_constant_powers_of_positive_and_negative_bases(exponent):
    base = np.array([0.4, 1.0, 3.0] + ([-0.4, -1.0, -3.0] if exponent == int(exponent) else []))
    assert_slope(x**exponent, {"x": base}, "x")
    assert_slope(x**y, {"x": base, "y": np.full_like(base, exponent)}, "x")
    assert evaluate(x**exponent, {"x": base + 1j * STEP}).real == pytest.approx(base**exponent, rel=1e-13)


COMPOSED = [
    ex.exp(-(x**2) / 2) * ex.cos(3 * x),
    x * ex.sigmoid(x),
    0.5 * x * (1 + ex.erf(x / math.sqrt(2))),
    0.5 * x * (1 + ex.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    ex.where(ex.greater(x, 0), x, 0.1 * ex.expm1(x)),
    ex.minimum(ex.maximum(x, -1.0), 1.0) * x,
    ex.abs_(x) ** 1.5 + ex.log1p(x * x),
    x * ex.tanh(ex.softplus(x)),
    ex.stop(x) * x + ex.floor(x) * x,
    ex.arctan(ex.sinh(x)) / (1 + ex.cosh(x)),
    ex.sqrt(ex.maximum(x, 0.0) + 1.0) ** (x / 3),
]


@pytest.mark.parametrize("expr", COMPOSED, ids=text)
def test_derivatives_of_compositions_agree_with_complex_steps(expr):
    env = {"x": np.array([-2.7, -1.3, -0.4, 0.3, 0.9, 2.2])}
    assert_slope(expr, env, "x", 2e-13)
    assert_slope(derivative(expr, "x"), env, "x", 2e-12)


def test_complex_step_notices_a_derivative_that_is_wrong_by_a_thousandth(monkeypatch):
    right = ex.FUNCTIONS["tanh"]
    wrong = dataclasses.replace(right, derivatives=(lambda a: 1.001 * right.derivatives[0](a),))
    monkeypatch.setitem(functions.FUNCTIONS, "tanh", wrong)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        test_derivatives_of_unary_functions_agree_with_complex_steps("tanh")


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (x * x * 3.0, "6 · x"),
        (x**2, "2 · x"),
        (x**0.5, "0.5 · x^(−0.5)"),
        (ex.log(x), "1 / x"),
        (ex.log(1 + x**2), "2 · x / (1 + x²)"),
        (ex.sigmoid(x), "σ(x) · (1 − σ(x))"),
        (ex.cos(2 * x), "−2 · sin(2 · x)"),
        (ex.maximum(x, 0), "1 if x ≥ 0 else 0"),
        (ex.where(c, x * y, y), "y if c else 0"),
        (y / x, "−(y / x) / x"),
        (ex.exp(y), "0"),
        (3.0 - x, "−1"),
    ],
)
def test_derivatives_read_as_in_the_textbook(expr, expected):
    assert text(derivative(expr, "x")) == expected


def test_an_independent_expression_has_derivative_const_zero():
    for expr in (y, Const(3), ex.floor(x), ex.greater(x, y), ex.stop(x), x * 0, x - x * 1.0, ex.logical_and(x, x)):
        assert derivative(expr, "x") == Const(0.0)


def test_a_tie_gives_the_whole_cotangent_to_the_first_argument():
    env = {"x": np.array([2.0]), "y": np.array([2.0])}
    for f in (ex.maximum, ex.minimum):
        assert evaluate(derivative(f(x, y), "x"), env) == 1
        assert evaluate(derivative(f(x, y), "y"), env) == 0
        assert evaluate(f(x, y), {"x": env["x"] + 1j, "y": env["y"] + 2j}) == 2 + 1j
    assert evaluate(derivative(ex.abs_(x), "x"), {"x": np.array([-1.0, 0.0, 1.0])}).tolist() == [-1, 0, 1]


def test_an_infinite_derivative_in_the_branch_not_taken_does_no_harm():
    zero = {"x": np.array([0.0]), "g": np.array([1.0])}
    for expr in (
        ex.maximum(1.0, ex.sqrt(x)),
        ex.minimum(ex.sqrt(x) + 1.0, 0.5),
        ex.where(ex.greater(x, 0), ex.log(x), 0.0),
        ex.sqrt(ex.where(ex.greater(x, 0), x, 0.0)),
        ex.where(ex.greater(x, 0), ex.sqrt(x), 1.0) + ex.where(ex.greater(x, 0), 0.0, y),
    ):
        slope = simplify(Var("g") * derivative(expr, "x"))
        assert evaluate(slope, {**zero, "y": 1.0}).tolist() == [0.0]


def test_powers_have_finite_derivatives_at_zero_where_they_are_regular():
    zero = {"x": np.zeros(3), "y": np.array([0.0, 1.0, 2.0])}
    assert evaluate(derivative(x**y, "x"), zero).tolist() == [0, 1, 0]
    assert evaluate(derivative(x**y, "y"), zero).tolist() == [0, 0, 0]
    assert evaluate(derivative(x**2, "x"), zero).tolist() == [0, 0, 0]
    assert complex_step(x**y, {"x": zero["x"], "y": zero["y"] + 1}, "y").tolist() == [0, 0, 0]


def test_a_small_divisor_does_not_underflow_in_the_derivative():
    env = {"x": np.array([0.0], np.float32), "y": np.array([1e-25], np.float32)}
    assert evaluate(derivative(x / y, "y"), env).tolist() == [0.0]


def test_derivatives_of_shared_and_of_deep_expressions_take_linear_time():
    shared = deep = x
    for _ in range(100):
        shared = ex.sin(shared) * shared
    for _ in range(2000):
        deep = deep + 1.0
    assert ex.count(derivative(shared, "x")) < 1000
    assert derivative(shared, "x") == derivative(shared, "x")
    assert derivative(deep, "x") == Const(1.0)
    assert evaluate(deep, {"x": np.array([0.5])}).tolist() == [2000.5]


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (0 * x, Const(0)),
        (x * 0.0, Const(0.0)),
        (1.0 * x, x),
        (x + 0, x),
        (0 + x, x),
        (x - 0, x),
        (0 - x, -x),
        (x / 1, x),
        (0 / x, Const(0)),
        (x**1, x),
        (x**0, Const(1.0)),
        (Apply("negative", (-x,)), x),
        (x - (-y), x + y),
        (x + (-y), x - y),
        (2.0 * (3.0 * x), 6.0 * x),
        (-(2.0 * x), -2.0 * x),
        (y * (1.0 / x), y / x),
        ((-x) * y, -(x * y)),
        (x + x, 2 * x),
        (Const(2) + Const(3), Const(5)),
        (ex.exp(Const(0.0)) * x, x),
        (ex.where(True, x, y), x),
        (ex.where(c, x, x), x),
        (y * ex.where(c, x, 0.0), ex.where(c, y * x, 0.0)),
        (ex.where(c, x, 0.0) + ex.where(c, 0.0, y), ex.where(c, x, y)),
        (ex.where(c, ex.where(c, x, y), z), ex.where(c, x, z)),
        (ex.where(c, x, ex.where(c, y, z)), ex.where(c, x, z)),
        (ex.where(c, x, 0.0) + ex.where(c, y, 0.0), ex.where(c, x, 0.0) + ex.where(c, y, 0.0)),
        (ex.where(c, x, 0.0) / y, ex.where(c, x / y, 0.0)),
        (ex.log(Const(0.0)), ex.log(Const(0.0))),
        (Const(2**40) * Const(2**40), Const(2**40) * Const(2**40)),
    ],
)
def test_simplifications(expr, expected):
    assert simplify(expr) == expected


def test_constants_of_different_kind_or_sign_differ():
    assert len({Const(0.0), Const(-0.0), Const(0), Const(False)}) == 4
    assert Const(math.nan) == Const(math.nan)


@settings(max_examples=200, deadline=None)
@given(expressions)
def test_simplification_keeps_the_value(expr):
    got, expected = evaluate(simplify(expr), ENV), evaluate(expr, ENV)
    np.testing.assert_allclose(np.broadcast_to(got, (3,)), np.broadcast_to(expected, (3,)), rtol=1e-10, atol=1e-10)


@settings(max_examples=200, deadline=None)
@given(expressions)
def test_random_derivatives_agree_with_complex_steps(expr):
    claimed = np.broadcast_to(evaluate(derivative(expr, "x"), ENV), (3,))
    expected = np.broadcast_to(complex_step(expr, ENV, "x"), (3,))
    # Kinks: where two equal expressions meet, the two differ by their choice of branch; jumps of the branch stay out.
    values = [evaluate(p, ENV) for p in _kinks(expr)]
    if all(np.min(np.abs(v)) > 1e-9 for v in values):
        np.testing.assert_allclose(claimed, expected, rtol=1e-9, atol=1e-9)


def _kinks(expr):
    for node in ex.postorder(expr):
        if isinstance(node, Apply) and node.function in ("maximum", "greater"):
            yield node.arguments[0] - node.arguments[1]
        elif isinstance(node, Apply) and node.function == "abs":
            yield node.arguments[0]


def test_every_rule_of_simplification_belongs_to_a_function():
    assert set(expr_derivative._RULES) <= set(ex.FUNCTIONS)
    assert all(len(f.derivatives) == f.arity for f in ex.FUNCTIONS.values())
