"""Elementwise expressions: values against the math module, precision, kinds and structure."""

import dataclasses
import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expr_samples import (
    BINARY,
    EVERYWHERE,
    POINTS,
    REFERENCE,
    UNARY,
    expressions,
    x,
    y,
    z,
)
from pullback.errors import ArgumentError, ShapeError
from pullback.formula import expr as ex
from pullback.formula.expr import Apply, Const, derivative, evaluate, kind, text


@pytest.mark.parametrize("name", UNARY)
def test_unary_functions_agree_with_the_math_module(name):
    points = np.array(POINTS.get(name, EVERYWHERE))
    reference = REFERENCE.get(name) or getattr(math, name)
    got = evaluate(Apply(name, (x,)), {"x": points})
    np.testing.assert_allclose(got, [reference(float(p)) for p in points], rtol=4e-16 * 4)


def test_binary_functions_agree_with_python():
    a, b = np.array([-1.5, 0.0, 2.0, 2.0]), np.array([2.0, 0.0, 2.0, 5.0])
    env = {"x": a, "y": b}
    assert evaluate(ex.maximum(x, y), env).tolist() == [2.0, 0.0, 2.0, 5.0]
    assert evaluate(ex.minimum(x, y), env).tolist() == [-1.5, 0.0, 2.0, 2.0]
    assert evaluate(ex.greater(x, y), env).tolist() == [False, False, False, False]
    assert evaluate(ex.greater_equal(x, y), env).tolist() == [False, True, True, False]
    assert evaluate(ex.less(x, y), env).tolist() == [True, False, False, True]
    assert evaluate(ex.less_equal(x, y), env).tolist() == [True, True, True, True]
    assert evaluate(ex.equal(x, y), env).tolist() == [False, True, True, False]
    assert evaluate(ex.not_equal(x, y), env).tolist() == [True, False, False, True]
    assert evaluate(ex.logical_and(x, y), env).tolist() == [True, False, True, True]
    assert evaluate(ex.logical_or(x, y), env).tolist() == [True, False, True, True]
    assert evaluate(x**y, env).tolist() == [2.25, 1.0, 4.0, 32.0]
    assert evaluate(x - y, env).tolist() == [-3.5, 0.0, 0.0, -3.0]
    assert evaluate(x / (y + 1), env).tolist() == [-0.5, 0.0, 2 / 3, 2 / 6]
    assert evaluate(ex.arctan2(x, y), env).tolist() == [math.atan2(p, q) for p, q in zip(a, b, strict=True)]
    assert evaluate(ex.remainder(x, y + 1), env).tolist() == [1.5, 0.0, 2.0, 2.0]
    assert evaluate(ex.floor_divide(x, y + 1), env).tolist() == [-1.0, 0.0, 0.0, 0.0]


def test_nan_passes_through_maximum_and_minimum_real_and_complex():
    nan, one = np.array([np.nan, 1.0]), np.array([1.0, np.nan])
    for dtype in (float, complex):
        for f in (ex.maximum, ex.minimum):
            assert np.isnan(evaluate(f(x, y), {"x": nan.astype(dtype), "y": one})).all()


def test_operators_lift_python_and_numpy_numbers_on_both_sides():
    env = {"x": np.array([3.0])}
    for expr, value in [(1 + x, 4), (1 - x, -2), (2 * x, 6), (6 / x, 2), (2**x, 8), (np.float64(2) * x, 6), (-x, -3)]:
        assert evaluate(expr, env).tolist() == [value]
    assert (np.float32(2) * x, np.int64(2) * x, np.bool_(True) * x) == (2.0 * x, 2 * x, True * x)


def test_an_array_cannot_be_mixed_into_an_expression():
    for mixed in (lambda: x + np.ones(3), lambda: np.ones(3) + x, lambda: ex.maximum(x, np.ones(3))):
        with pytest.raises(ArgumentError, match="operand is not a number"):
            mixed()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_and_softplus_are_safe_far_out_whatever_the_error_state(dtype):
    far = np.array([-1e30, -1e4, -800, 0, 800, 1e4, 1e30], dtype)
    with np.errstate(all="raise"):
        sigma, plus = evaluate(ex.sigmoid(x), {"x": far}), evaluate(ex.softplus(x), {"x": far})
        slopes = evaluate(derivative(ex.softplus(ex.sigmoid(x)), "x"), {"x": far})
    assert sigma.tolist() == [0, 0, 0, 0.5, 1, 1, 1]
    assert np.isfinite(slopes).all()
    np.testing.assert_array_equal(plus, [0, 0, 0, dtype(math.log(2)), 800, 1e4, dtype(1e30)])


def test_a_branch_not_taken_raises_no_warning_but_a_taken_one_does():
    f = ex.where(ex.greater(x, 0), ex.log(x) / x, 0.0)
    assert evaluate(f, {"x": np.array([-1.0, 0.0, 1.0])}).tolist() == [0, 0, 0]
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        evaluate(ex.log(x), {"x": np.array([0.0])})
    with pytest.warns(RuntimeWarning, match="divide by zero"):  # needed outside the branch as well: not guarded
        evaluate(f + ex.log(x), {"x": np.array([0.0])})


def test_equal_parts_are_computed_once(monkeypatch):
    calls = []
    counted = dataclasses.replace(ex.FUNCTIONS["exp"], evaluate=lambda v: calls.append(1) or np.exp(v))
    monkeypatch.setitem(ex.FUNCTIONS, "exp", counted)
    evaluate(ex.exp(x + 1) * ex.exp(x + 1) + ex.exp(x), {"x": np.ones(2)})
    assert len(calls) == 2


@pytest.mark.parametrize("name", [*UNARY, *BINARY])
def test_float32_stays_float32_and_complex_stays_complex(name):
    function = ex.FUNCTIONS[name]
    expr = Apply(name, (x, 0.25 * x)[: function.arity])
    for dtype in (np.float32, np.float64, np.complex64, np.complex128):
        got = evaluate(expr, {"x": np.array([1.5, 1.25] if name == "arccosh" else [0.5, 0.25], dtype)})
        assert got.dtype == (bool if function.result == "bool" else dtype)


def test_constants_are_weak_and_chosen_constants_take_the_precision_of_the_variables():
    f = ex.where(ex.greater(x, 0), 1.0, 0.5)
    assert evaluate(f, {"x": np.ones(2, np.float32)}).dtype == np.float32
    assert evaluate(f, {"x": np.ones(2, np.int64)}).dtype == np.float64
    assert evaluate(f, {"x": np.ones(2, np.int64)}, dtype=np.float32).dtype == np.float32
    assert evaluate(x * y, {"x": np.ones(2, np.float32), "y": 0.1}).dtype == np.float32
    assert evaluate(x * y, {"x": np.ones(2, np.float32), "y": np.ones(2, np.int64)}).dtype == np.float32
    assert evaluate(x * y, {"x": np.ones(2, np.float32), "y": np.ones(2)}).dtype == np.float64
    assert evaluate(Const(2.0), {}).dtype == np.float64


def test_integers_stay_integers_under_ring_operations_and_become_float_otherwise():
    n = np.array([-3, 0, 4], np.int32)
    for expr in (x + 1, x - x, 2 * x, -x, ex.maximum(x, 0), ex.minimum(x, 0), ex.abs_(x), ex.where(x, x, 7)):
        assert evaluate(expr, {"x": n}).dtype == np.int64
        assert kind(expr, {"x": "int"}) == "int"
    for expr in (x / 2, x**2, ex.exp(x), x * 1.0, ex.sign(x), ex.floor(x), ex.where(x, x, 0.5)):
        assert evaluate(expr, {"x": n}).dtype == np.float64
        assert kind(expr, {"x": "int"}) == "float"
    assert evaluate(x - 300, {"x": np.array([7], np.uint8)}).tolist() == [-293]


def test_bools_count_as_zero_and_one_in_arithmetic():
    b = np.array([True, False])
    assert evaluate(x + x, {"x": b}).tolist() == [2, 0]
    assert evaluate(-x, {"x": b}).tolist() == [-1, 0]
    assert evaluate(0.5 * x, {"x": b}).tolist() == [0.5, 0]
    assert evaluate(ex.where(x, x, ex.logical_not(x)), {"x": b}).dtype == bool


def test_substitution_is_simultaneous_and_lifts_numbers():
    assert ex.substitute(x - y, {"x": y, "y": x}) == y - x
    assert ex.substitute(x * z, {"x": 2.0}) == 2.0 * z
    assert ex.substitute(x * z, {}) == x * z


def test_variables_stand_in_the_order_of_first_appearance():
    assert ex.variables(y * x + ex.exp(y) / z) == ("y", "x", "z")
    assert ex.variables(Const(1.0)) == ()


def test_count_counts_distinct_operations():
    assert ex.count((x + 1) * (x + 1)) == 2
    assert ex.count(ex.stop(x)) == 0
    assert ex.count(ex.sigmoid(x) * (1 - ex.sigmoid(x))) == 3


def test_expressions_are_frozen_hashable_and_survive_pickling_into_another_process():
    expr = ex.exp(x + 1) * y
    with pytest.raises(dataclasses.FrozenInstanceError):
        expr.function = "add"
    assert {expr: 1}[ex.exp(x + 1) * y] == 1
    assert pickle.loads(pickle.dumps(expr)) == expr
    reader = "import pickle, sys; from pullback.formula.expr import Var, exp;" + (
        "e = pickle.load(sys.stdin.buffer); sys.exit(0 if e in {exp(Var('x') + 1) * Var('y')} else 1)"
    )
    done = subprocess.run([sys.executable, "-c", reader], input=pickle.dumps(expr), check=False)
    assert done.returncode == 0


def test_kind_of_comparisons_is_bool_and_of_constants_their_own():
    assert kind(ex.less(x, 1), {"x": "int"}) == "bool"
    assert kind(ex.where(ex.less(x, 1), Const(1), Const(0)), {"x": "float"}) == "int"
    assert kind(ex.where(ex.less(x, 1), 1.0, 0), {"x": "int"}) == "float"
    assert [kind(Const(v), {}) for v in (True, 1, 1.0)] == ["bool", "int", "float"]


@settings(max_examples=100, deadline=None)
@given(expressions, st.sampled_from(["float", "int", "bool"]), st.sampled_from(["float", "int", "bool"]))
def test_kind_foretells_the_dtype(expr, kind_x, kind_y):
    dtypes = {"float": np.float32, "int": np.int64, "bool": np.bool_}
    env = {"x": np.array([1, 0]).astype(dtypes[kind_x]), "y": np.array([1, 1]).astype(dtypes[kind_y])}
    got = {"f": "float", "i": "int", "b": "bool"}[evaluate(expr, env).dtype.kind]
    assert got == kind(expr, {"x": kind_x, "y": kind_y})


@pytest.mark.parametrize(
    ("call", "error", "pattern"),
    [
        (lambda: evaluate(x + y, {"x": np.ones(2)}), ArgumentError, "variable 'y' has no value"),
        (lambda: evaluate(x, {"x": np.array(["a"])}), ArgumentError, "'x' is not numeric"),
        (lambda: evaluate(x + y, {"x": np.ones(2), "y": np.ones(3)}), ShapeError, r"got: +x \(2,\), y \(3,\)"),
        (lambda: evaluate(Apply("bessel", (x,)), {"x": np.ones(2)}), ArgumentError, "unknown function"),
        (lambda: derivative(Apply("exp", (x, y)), "x"), ArgumentError, "exp: wrong number of arguments"),
        (lambda: text(Apply("exp", (x, y))), ArgumentError, "exp: wrong number of arguments"),
        (lambda: kind(x, {"x": "real"}), ArgumentError, "no such kind"),
        (lambda: kind(x, {}), ArgumentError, "variable 'x' has no value"),
        (lambda: Const("1"), ArgumentError, "operand is not a number"),
        (lambda: x + 1j, ArgumentError, "operand is not a number"),
    ],
)
def test_mistakes_are_named(call, error, pattern):
    with pytest.raises(error, match=pattern):
        call()
