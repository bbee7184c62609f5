"""Emitted elementwise functions against NumPy in a higher precision, the reference's kinds, and published values."""

import functools
import itertools
import math
import operator

import numpy as np
import pytest
from hypothesis import given, settings
from llvmlite import ir
from scipy import special

from compile.emitted import calls, compiled, emitter, module_text, run
from expr_samples import expressions
from pullback.compile.emit import exponential, functions
from pullback.compile.native.codegen import assembly
from pullback.compile.native.target import LEVELS, Target
from pullback.errors import ArgumentError
from pullback.formula import expr as ex
from pullback.formula.expr import FUNCTIONS, Apply, Const, Var

x, y = Var("x"), Var("y")
HOST = Target.host()
TARGETS = [pytest.param(Target.limited(level), id=level) for level in LEVELS if Target.limited(level).runs_here]
# NumPy's long double has more bits than float64 on some machines only.
EXTENDED = np.finfo(np.longdouble).nmant > 60


def _sigmoid(v):
    decay = np.exp(-np.abs(v))
    return np.where(v >= 0, 1, decay) / (1 + decay)


REFERENCE = {
    **{
        name: getattr(np, name)
        for name in ("exp", "log", "log1p", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh")
    },
    **{name: getattr(np, name) for name in ("arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "cbrt")},
    "sqrt": np.sqrt,
    "sigmoid": _sigmoid,
    "softplus": lambda v: np.maximum(v, 0) + np.log1p(np.exp(-np.abs(v))),
}
# In units in the last place; float32, float64.
BOUNDS = {
    "exp": (1.1, 1.1),
    "log": (1.0, 1.0),
    "log1p": (1.5, 1.5),
    "expm1": (1.5, 2.0),
    "tanh": (2.5, 2.6),
    "sigmoid": (2.5, 2.5),
    "softplus": (1.8, 1.8),
    "erf": (1.2, 1.0),
    "sqrt": (0.5, 0.51),
    "sinh": (0.51, 2.6),
    "cosh": (0.51, 1.5),
    "tan": (0.51, 2.3),
    "arcsinh": (0.51, 2.0),
    "arccosh": (0.51, 2.0),
    "arctanh": (0.51, 1.8),
    **dict.fromkeys(("sin", "cos", "arcsin", "arccos", "arctan", "cbrt"), (0.51, 1.0)),
}
PRECISIONS = [pytest.param("float32", 0, id="float32"), pytest.param("float64", 1, id="float64")]


def _samples(precision, n=40_000):
    """Numbers of every exponent, and more of those between e^-20 and e^7."""
    rng = np.random.default_rng(0)
    word = {"float32": np.uint32, "float64": np.uint64}[precision]
    anything = rng.integers(0, np.iinfo(word).max, n, dtype=word, endpoint=True).view(precision)
    usual = rng.standard_normal(n) * np.exp(rng.uniform(-20, 7, n))
    values = np.concatenate([anything, usual.astype(precision), rng.uniform(-3, 3, n).astype(precision)])
    return values[np.abs(values) >= np.finfo(precision).tiny]


def _ulps(got, exact):
    """The largest error in units in the last place; inf where one is not a number, or infinite, and the other is."""
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = exact.astype(got.dtype)
        error = np.abs(got.astype(np.longdouble) - exact) / np.spacing(np.abs(rounded))
    flushed = (np.abs(exact) < np.finfo(got.dtype).tiny) & (np.abs(got) <= np.finfo(got.dtype).tiny)
    same = (got == rounded) & ~np.isfinite(rounded) | np.isnan(got) & np.isnan(rounded) | flushed
    return float(np.nan_to_num(np.where(same, 0, error), nan=np.inf).max())


def _error_of(name, precision, target=HOST):
    values = _samples(precision)
    lanes = target.float_lanes(32 if precision == "float32" else 64)
    wider = np.float64 if precision == "float32" else np.longdouble
    with np.errstate(all="ignore"):
        exact = REFERENCE[name](values.astype(wider))
    return _ulps(compiled(Apply(name, (x,)), {"x": values}, precision, lanes, target), exact)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("precision", "column"), PRECISIONS)
@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_error_is_a_few_units_in_the_last_place(name, precision, column, target):
    slack = 0 if precision == "float32" or EXTENDED else 1
    assert _error_of(name, precision, target) <= BOUNDS[name][column] + slack


def test_a_wrong_coefficient_breaks_the_bound(monkeypatch):
    good = exponential.EXP_SINGLE
    monkeypatch.setattr(exponential, "EXP_SINGLE", (*good[:2], good[2] * 1.0001, *good[3:]))
    assert _error_of("exp", "float32") > BOUNDS["exp"][0]


def test_erf_in_single_precision_is_that_of_scipy():
    values = _samples("float32")
    got = compiled(ex.erf(x), {"x": values})
    assert _ulps(got, special.erf(values.astype(np.float64))) <= BOUNDS["erf"][0]


def test_erf_in_double_precision_is_that_of_the_standard_library():
    values = _samples("float64")
    exact = np.array([math.erf(v) for v in values], np.longdouble)
    assert _ulps(compiled(ex.erf(x), {"x": values}, "float64"), exact) <= BOUNDS["erf"][1] + 1


@pytest.mark.parametrize(("precision", "bound"), [("float32", 0.51), ("float64", 1.6)])
def test_power_is_exact_to_rounding_for_large_exponents_too(precision, bound):
    rng = np.random.default_rng(1)
    far, near, n = np.exp(rng.uniform(-80, 80, 20_000)), np.exp(rng.uniform(-0.5, 0.5, 20_000)), 20_000
    base = np.concatenate([far, near, rng.uniform(-3, 3, n)]).astype(precision)
    exponent = np.concatenate([rng.uniform(-1, 1, n), rng.uniform(-150, 150, n), rng.integers(-40, 40, n)])
    exponent = exponent.astype(precision)
    wider = np.float64 if precision == "float32" else np.longdouble
    exact = np.power(base.astype(wider), exponent.astype(wider))
    got = compiled(x**y, {"x": base, "y": exponent}, precision)
    assert _ulps(got, exact) <= bound + (0 if precision == "float32" or EXTENDED else 1)


@pytest.mark.parametrize("exponent", [-3, -1, -0.5, 0, 0.5, 0.75, 1, 2, 3, 4])
def test_power_of_a_constant_exponent_is_the_reference_everywhere(exponent):
    values = np.array([-2.5, -1.0, 0.0, 0.3, 1.0, 7.0, np.inf, np.nan])
    if exponent != 0.5:  # where NumPy's versions differ: a root in some, a power in others
        values = np.concatenate([values, [-np.inf, -0.0]])
    with np.errstate(all="ignore"):
        want = ex.evaluate(x**exponent, {"x": values})
    _assert_same(compiled(x**exponent, {"x": values}, "float64"), want)


@pytest.mark.parametrize(("precision", "bound"), [("float32", 0.51), ("float64", 1.5)])
def test_arctan2_is_the_angle_in_all_quadrants(precision, bound):
    rng = np.random.default_rng(2)
    a, b = (rng.standard_normal((2, 40_000)) * np.exp(rng.uniform(-30, 30, (2, 40_000)))).astype(precision)
    wider = np.float64 if precision == "float32" else np.longdouble
    got = compiled(ex.arctan2(x, y), {"x": a, "y": b}, precision)
    exact = np.arctan2(a.astype(wider), b.astype(wider))
    assert _ulps(got, exact) <= bound + (0 if precision == "float32" or EXTENDED else 1)


def test_sine_of_huge_angles_is_the_published_one():
    # sin(10^22): Ng 1992, "Argument reduction for huge arguments". 6381956970095103·2^797 is the double nearest to a
    # multiple of π/2: Muller et al. 2018, Handbook of Floating-Point Arithmetic, with the cosine.
    values = np.array([1e22, 6381956970095103.0 * 2.0**797])
    assert compiled(ex.sin(x), {"x": values}, "float64")[0] == -0.8522008497671888
    assert compiled(ex.cos(x), {"x": values}, "float64")[1] == -4.68716592425462761112e-19


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_remainder_is_that_of_python_for_any_size_of_the_quotient(precision):
    rng = np.random.default_rng(3)
    a, b = (rng.standard_normal((2, 5000)) * np.exp(rng.uniform(-30, 30, (2, 5000)))).astype(precision)
    exact = np.array([p % q for p, q in zip(a.tolist(), b.tolist(), strict=True)])
    # Python's double of a single-precision remainder is exact but where a negative one is lifted by the divisor.
    assert (compiled(ex.remainder(x, y), {"x": a, "y": b}, precision) == exact.astype(precision)).all()
    want = np.floor_divide(a, b)
    assert (compiled(ex.floor_divide(x, y), {"x": a, "y": b}, precision) == want).all()


SPECIAL = np.array(
    [0.0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 3, -7, np.inf, -np.inf, np.nan, 1e30, -1e30, 88, 700, 1.5, 2.5, -2.5]
)
WHOLE = np.array([0, 1, -1, 2, -2, 3, -7, 88, 700, 2**40])


def _assert_same(got, want):
    """Equal, floats to 1e-6 or 1e-14; the same sign of zero, and NaN in the same places."""
    assert got.dtype == want.dtype
    if want.dtype.kind != "f":
        np.testing.assert_array_equal(got, want)
        return
    # What is no normal number may be 0.
    want = np.where(np.abs(want) < np.finfo(want.dtype).tiny, np.copysign(0, want), want).astype(want.dtype)
    np.testing.assert_allclose(got, want, rtol=1e-6 if want.dtype == np.float32 else 1e-14, atol=0)
    zero = want == 0
    np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(want[zero]))


def _grid(name, dtypes):
    """Every pair of special values, as far as they fit the dtypes, in three arguments."""
    floats = all(np.dtype(d).kind == "f" for d in dtypes)
    values = SPECIAL if floats else WHOLE
    first, second = (a.ravel() for a in np.meshgrid(values, values))
    if name in ("maximum", "minimum"):  # whose ties of zeros have a test of their own
        unequal = (first != 0) | (second != 0) | (np.signbit(first) == np.signbit(second))
        first, second = first[unequal], second[unequal]
    arguments = (first, second, first[::-1])[: len(dtypes)]
    return {key: a.astype(d) for key, a, d in zip("xyz", arguments, dtypes, strict=False)}


def _check_kinds(name, dtypes, precision, lanes, *, flush=False):
    env = _grid(name, dtypes)
    expr = Apply(name, tuple(map(Var, env)))
    with np.errstate(all="ignore"):
        want = ex.evaluate(expr, env, dtype=precision)
    _assert_same(compiled(expr, env, precision, lanes, result=str(want.dtype), flush=flush), want)


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_kind_of_argument_gives_the_reference_at_special_values(name, precision):
    arity = FUNCTIONS[name].arity
    for dtypes in itertools.product([precision, "int64", "bool"], repeat=arity):
        _check_kinds(name, dtypes, precision, 8)
    _check_kinds(name, [precision] * arity, precision, 1)


@pytest.mark.skipif(not HOST.is_x86, reason="sets the mode of an x86")
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_flushing_small_numbers_to_zero_changes_no_special_value(name):
    _check_kinds(name, ["float32"] * FUNCTIONS[name].arity, "float32", 8, flush=True)


def test_a_function_that_drops_nan_is_seen(monkeypatch):
    monkeypatch.setitem(functions.FLOAT, "maximum", lambda f, a, b: f.where(b > a, b, a))
    with pytest.raises(AssertionError):
        _check_kinds("maximum", ["float32"] * 2, "float32", 8)


def test_a_wrong_sign_of_zero_is_seen(monkeypatch):
    monkeypatch.setitem(functions.FLOAT, "ceil", lambda f, v: -functions.FLOAT["floor"](f, -v) + 0.0)
    with pytest.raises(AssertionError):
        _check_kinds("ceil", ["float32"], "float32", 8)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_a_tie_gives_the_first_argument(name):
    env = {"x": np.array([0.0, -0.0]), "y": np.array([-0.0, 0.0])}
    got = compiled(Apply(name, (x, y)), env, "float64")
    np.testing.assert_array_equal(np.signbit(got), [False, True])


def test_maximum_with_a_constant_keeps_nan_and_the_first_zero():
    got = compiled(ex.maximum(x, 0.0), {"x": np.array([np.nan, -1.0, 2.0, -0.0])}, "float64")
    np.testing.assert_array_equal(got, [np.nan, 0, 2, 0])
    assert np.isnan(compiled(ex.maximum(x, math.nan), {"x": np.array([1.0])}, "float64")).all()


def test_integer_division_wraps_around_and_never_traps():
    smallest = np.iinfo(np.int64).min
    a, b = np.array([smallest, smallest, 5, -5, 7]), np.array([-1, 0, 0, 3, -2])
    quotient = compiled(ex.floor_divide(x, y), {"x": a, "y": b}, "float64", result="int64")
    rest = compiled(ex.remainder(x, y), {"x": a, "y": b}, "float64", result="int64")
    assert quotient.tolist() == [smallest, 0, 0, -2, -4]
    assert rest.tolist() == [0, 0, 0, 1, -1]


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_result_does_not_depend_on_the_number_of_lanes(name, precision):
    values = np.concatenate([SPECIAL.astype(precision), _samples(precision, 300)])
    results = [compiled(Apply(name, (x,)), {"x": values}, precision, lanes) for lanes in (1, 2, 4, 8, 16)]
    for other in results[1:]:
        np.testing.assert_array_equal(other, results[0])


@given(expressions)
@settings(max_examples=40, deadline=None)
def test_random_expressions_are_the_reference(expr):
    rng = np.random.default_rng(4)
    env = {"x": rng.uniform(-2, 2, 16), "y": rng.uniform(-2, 2, 16)}
    want = np.broadcast_to(np.float64(ex.evaluate(expr, env)), 16)
    kind = ex.evaluate(expr, env).dtype
    got = compiled(expr, env, "float64", 4, result=str(kind))
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


def test_equal_parts_are_emitted_once():
    root = ex.sqrt(x + 1)
    text = module_text(emitter(root * ex.sqrt(x + 1) + root, ["x"], "float32", 4), ["float32"], "float32", 4)
    assert text.count('call <4 x float> @"llvm.sqrt.v4f32"') == 1
    two = ex.sqrt(x + 1) + ex.sqrt(x + 2)
    text = module_text(emitter(two, ["x"], "float32", 4), ["float32"], "float32", 4)
    assert text.count('call <4 x float> @"llvm.sqrt.v4f32"') == 2


def test_what_only_numbers_give_is_computed_before():
    text = module_text(emitter(x * ex.exp(Const(1.0)), ["x"], "float64", 2), ["float64"], "float64", 2)
    assert "fmuladd" not in text
    assert compiled(x * ex.exp(Const(1.0)), {"x": np.ones(1)}, "float64")[0] == math.e


@pytest.mark.parametrize(("expr", "want"), [(Const(2.5), 2.5), (Const(2), 2), (Const(True), True)])
def test_an_expression_of_a_number_alone_keeps_its_kind(expr, want):
    got = compiled(expr, {"x": np.zeros(3)}, "float64", result=str(np.asarray(want).dtype))
    assert got.tolist() == [want] * 3


ALL_TARGETS = [Target.limited("avx512"), Target.limited("avx2"), Target.limited("sse2"), Target.aarch64()]


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("target", ALL_TARGETS, ids=["avx512", "avx2", "sse2", "aarch64"])
def test_no_function_calls_a_library(target, precision):
    every = [Apply(f.name, (x, y, x)[: f.arity]) for f in FUNCTIONS.values()]
    total = functools.reduce(operator.add, every)
    for lanes in (1, target.float_lanes(32)):
        text = module_text(emitter(total, ["x", "y"], precision, lanes), [precision] * 2, precision, lanes)
        assert calls(assembly(text, target)) == set()


@pytest.mark.parametrize("target", ALL_TARGETS, ids=["avx512", "avx2", "sse2", "aarch64"])
def test_a_call_of_a_library_would_be_seen(target):
    def emit(b, values):
        kind = ir.FunctionType(values[0].type, [values[0].type])
        return b.call(ir.Function(b.module, kind, "llvm.exp.v4f32"), values)

    assert calls(assembly(module_text(emit, ["float32"], "float32", 4), target)) == {"expf"}


def test_relu_is_one_instruction_on_a_vector():
    text = module_text(emitter(ex.maximum(x, 0.0), ["x"], "float32", 16), ["float32"], "float32", 16)
    code = assembly(text, Target.limited("avx512"))
    assert code.count("vmaxps") == 1
    assert "vcmp" not in code


def test_a_variable_without_a_value_is_named():
    with pytest.raises(ArgumentError, match="variable 'y' has no value"):
        compiled(x + y, {"x": np.ones(1)}, "float64")


def test_a_value_of_another_precision_is_refused():
    with pytest.raises(ArgumentError, match="variable 'x' has another type"):
        run(emitter(x + 1, ["x"], "float64", 4), [np.ones(4, np.float32)], "float64", 4)


def test_an_integer_beyond_64_bits_is_refused():
    with pytest.raises(ArgumentError, match="integer too large"):
        compiled(x + 2**70, {"x": np.ones(1, np.int64)}, "float64", result="int64")
