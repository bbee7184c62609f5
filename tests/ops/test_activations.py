import math
from math import erf, erfc, exp, pi, sqrt, tanh

import numpy as np
import pytest

from pullback.autodiff import jacobian, trace, vjp
from pullback.errors import ArgumentError
from pullback.interpret import run
from pullback.ops import activations as act
from pullback.ops.elementwise import tanh as pb_tanh

POINTS = [-30.0, -7.5, -3.5, -2.0, -1.25, -0.5, -1e-3, 1e-3, 0.3, 0.75, 2.0, 2.9, 5.5, 6.5, 30.0]
LAMBDA, ALPHA = 1.0507009873554805, 1.6732632423543772


def sigma(x):
    return 1 / (1 + exp(-x))


def phi(x):
    """The density of the normal distribution."""
    return exp(-x * x / 2) / sqrt(2 * pi)


def step(x, low=0.0, high=math.inf):
    return float(low < x < high)


# Value and slope, differentiated by hand.
BY_HAND = {
    "relu": (lambda x: max(0.0, x), step),
    "leaky_relu": (lambda x: x if x > 0 else x / 100, lambda x: 1 if x > 0 else 0.01),
    "elu": (lambda x: x if x > 0 else exp(x) - 1, lambda x: 1 if x > 0 else exp(x)),
    "selu": (
        lambda x: LAMBDA * (x if x > 0 else ALPHA * (exp(x) - 1)),
        lambda x: LAMBDA * (1 if x > 0 else ALPHA * exp(x)),
    ),
    "gelu": (lambda x: x * (1 + erf(x / sqrt(2))) / 2, lambda x: (1 + erf(x / sqrt(2))) / 2 + x * phi(x)),
    "silu": (lambda x: x * sigma(x), lambda x: sigma(x) * (1 + x * sigma(-x))),
    "sigmoid": (sigma, lambda x: sigma(x) * sigma(-x)),
    "softplus": (lambda x: max(x, 0) + math.log1p(exp(-abs(x))), sigma),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "hardtanh": (lambda x: min(1.0, max(-1.0, x)), lambda x: step(x, -1, 1)),
    "relu6": (lambda x: min(6.0, max(0.0, x)), lambda x: step(x, 0, 6)),
    "hardsigmoid": (lambda x: min(6, max(0, x + 3)) / 6, lambda x: step(x, -3, 3) / 6),
    "hardswish": (lambda x: x * min(6, max(0, x + 3)) / 6, lambda x: step(x, 3) or step(x, -3, 3) * (2 * x + 3) / 6),
    "mish": (
        lambda x: x * tanh(math.log1p(exp(x))),
        lambda x: tanh(math.log1p(exp(x))) + x * sigma(x) / math.cosh(math.log1p(exp(x))) ** 2,
    ),
}


def value_and_slope(function, x):
    y, pull = vjp(function, np.asarray(x))
    return y, pull(np.ones(np.shape(x)))[0]


def agrees_with_the_formula_by_hand(function, value, slope):
    y, x_bar = value_and_slope(function, POINTS)
    np.testing.assert_allclose(y, [value(x) for x in POINTS], rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(x_bar, [slope(x) for x in POINTS], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", BY_HAND)
def test_value_and_slope_are_those_of_the_formula_by_hand(name):
    agrees_with_the_formula_by_hand(getattr(act, name), *BY_HAND[name])


@pytest.mark.parametrize("name", BY_HAND)
def test_the_check_against_the_formula_notices_a_tenth_of_a_percent_and_a_shift(name):
    function, (value, slope) = getattr(act, name), BY_HAND[name]
    for wrong in (lambda x: 1.001 * function(x), lambda x: function(x + 0.001)):
        with pytest.raises(AssertionError):
            agrees_with_the_formula_by_hand(wrong, value, slope)
    with pytest.raises(AssertionError):
        agrees_with_the_formula_by_hand(function, value, lambda x: 1.001 * slope(x))


@pytest.mark.parametrize("name", BY_HAND)
def test_each_activation_is_one_node(name):
    graph = trace(getattr(act, name), np.ones(3)).graph
    assert [n.name for n in graph.nodes] == ["input", name]


def test_two_times_tanh_has_slope_two_minus_two_tanh_squared():
    y, x_bar = value_and_slope(lambda x: pb_tanh(x) * 2, np.array([0.0, math.log(2)]))
    # tanh(log 2) = (2 − 1/2)/(2 + 1/2) = 3/5
    np.testing.assert_allclose(y, [0, 1.2], rtol=1e-15)
    np.testing.assert_allclose(x_bar, [2, 2 * (1 - 9 / 25)], rtol=1e-15)


def test_the_tanh_form_of_gelu_is_its_own_function_close_to_the_exact_one():
    x = np.linspace(-5, 5, 201)
    by_hand = [v / 2 * (1 + tanh(sqrt(2 / pi) * (v + 0.044715 * v**3))) for v in x]
    near = act.gelu(x, approximate="tanh")
    np.testing.assert_allclose(near, by_hand, rtol=1e-13, atol=1e-15)
    assert 1e-4 < np.abs(near - act.gelu(x)).max() < 5e-4


def test_selu_constants_are_the_solution_of_the_fixed_point_in_the_paper():
    # Klambauer et al. 2017, equation 14: mean 0 and variance 1 map to mean 0 and variance 1.
    e1, e2 = erfc(1 / sqrt(2)) * exp(0.5), erfc(sqrt(2)) * exp(2)
    alpha = -sqrt(2 / pi) / (e1 - 1)
    scale = (1 - e1) * sqrt(2 * pi) / sqrt(2 * e2 + pi * e1**2 - 2 * (2 + pi) * e1 + pi + 2)
    np.testing.assert_allclose([act.SELU_ALPHA, act.SELU_SCALE], [alpha, scale], rtol=1e-14)


def normal_moments(function):
    """Mean and variance of the function of a standard normal number, by the trapezoidal rule."""
    x, h = np.linspace(-12, 12, 200_001, retstep=True)
    weights = np.exp(-(x**2) / 2) / sqrt(2 * pi) * h
    y = function(x)
    return np.sum(weights * y), np.sum(weights * y**2)


def test_selu_keeps_mean_0_and_variance_1_and_elu_does_not():
    np.testing.assert_allclose(normal_moments(act.selu), [0, 1], atol=1e-8)
    assert abs(normal_moments(act.elu)[0]) > 0.1


KINKS = [
    ("relu", {}, 0.0, 0.0),
    ("leaky_relu", {"negative_slope": 0.2}, 0.0, 0.2),
    ("elu", {"alpha": 0.5}, 0.0, 0.5),
    ("selu", {}, 0.0, LAMBDA * ALPHA),
    ("softsign", {}, 0.0, 1.0),
    ("hardtanh", {}, -1.0, 0.0),
    ("hardtanh", {}, 1.0, 0.0),
    ("relu6", {}, 6.0, 0.0),
    ("hardsigmoid", {}, -3.0, 0.0),
    ("hardsigmoid", {}, 3.0, 0.0),
    ("hardswish", {}, -3.0, 0.0),
    ("hardswish", {}, 3.0, 1.0),
]


@pytest.mark.parametrize(("name", "options", "kink", "slope"), KINKS)
def test_the_slope_at_a_kink_is_the_documented_one(name, options, kink, slope):
    def f(x):
        return getattr(act, name)(x, **options)

    assert value_and_slope(f, kink)[1] == pytest.approx(slope, rel=1e-15)
    # The rule is seen only at the kink itself: the neighbours on both sides do not both have this slope.
    beside = [value_and_slope(f, kink + d)[1] for d in (-1e-9, 1e-9)]
    assert name == "softsign" or beside != pytest.approx([slope, slope], abs=1e-6)


FAR = dict.fromkeys(("relu", "elu", "selu", "gelu", "silu", "softplus", "hardswish", "mish"), (1.0, 0.0))
FAR |= {"leaky_relu": (1.0, 0.01)} | dict.fromkeys(("sigmoid", "hardtanh", "relu6", "hardsigmoid"), (0.0, 0.0))


@pytest.mark.parametrize("name", FAR)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_out_values_are_finite_and_slopes_reach_their_limits(name, dtype):
    far = np.array([-1e8, -1e4, -800, 800, 1e4, 1e8], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y, x_bar = value_and_slope(getattr(act, name), far)
    right, left = FAR[name]
    if name == "selu":
        right = LAMBDA
    assert np.isfinite(y).all()
    np.testing.assert_allclose(x_bar, [left] * 3 + [right] * 3, rtol=1e-6, atol=1e-12)


def test_the_check_far_out_notices_an_unsafe_sigmoid():
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        value_and_slope(lambda x: 1 / (1 + np.exp(-x)), np.array([-800.0]))


def test_nan_stays_nan():
    for name in BY_HAND:
        assert np.isnan(getattr(act, name)(np.array([np.nan]))).all(), name


@pytest.mark.parametrize("name", [*BY_HAND, "softmax", "log_softmax"])
def test_float32_stays_float32(name):
    assert getattr(act, name)(np.array([0.5, -0.5], np.float32)).dtype == np.float32


def test_options_outside_their_range_are_refused():
    with pytest.raises(ArgumentError, match="no such approximation"):
        act.gelu(np.ones(2), approximate="fast")
    with pytest.raises(ArgumentError, match="beta > 0"):
        act.softplus(np.ones(2), beta=-1.0)
    with pytest.raises(ArgumentError, match="min_val < max_val"):
        act.hardtanh(np.ones(2), 1.0, -1.0)


def test_softplus_with_beta_is_exact_where_pytorch_goes_over_to_the_identity():
    # log(1 + exp(2·15))/2 = 15 + exp(−30)/2, which PyTorch's threshold of 20 rounds to 15
    excess = float(act.softplus(np.array(15.0), beta=2.0)) - 15
    assert excess == pytest.approx(exp(-30) / 2, rel=0.05, abs=0)


def test_deltas_before_a_sigmoid_are_the_weighted_deltas_times_the_slope():
    # A unit of activation 0.58 feeds two units with weights 0.25 and 0.15, whose deltas are 0.61 and −0.02.
    z = math.log(0.58 / 0.42)
    y, pull = vjp(lambda z: np.array([0.25, 0.15]) * act.sigmoid(z), z)
    np.testing.assert_allclose(y, [0.25 * 0.58, 0.15 * 0.58], rtol=1e-14)
    assert pull(np.array([0.61, -0.02]))[0] == pytest.approx(0.0364182, rel=1e-12)
    assert pull(np.array([0.61, 0.02]))[0] != pytest.approx(0.0364182, rel=1e-3)


SCORES = np.log([1.0, 2.0, 5.0])
PROBABILITIES = np.array([1, 2, 5]) / 8


def test_softmax_of_logarithms_is_their_share():
    np.testing.assert_allclose(act.softmax(SCORES), PROBABILITIES, rtol=1e-15)
    np.testing.assert_allclose(act.log_softmax(SCORES), np.log(PROBABILITIES), rtol=1e-15)


def softmax_jacobian_is_diagonal_less_outer_product(softmax):
    p = PROBABILITIES
    by_hand = [[p[i] * ((i == j) - p[j]) for j in range(3)] for i in range(3)]
    np.testing.assert_allclose(jacobian(softmax)(SCORES), by_hand, rtol=1e-14, atol=1e-16)


def test_softmax_jacobian_is_p_i_times_delta_less_p_j():
    softmax_jacobian_is_diagonal_less_outer_product(act.softmax)


def test_the_jacobian_check_notices_a_softmax_whose_sum_has_no_gradient():
    from pullback.ops.elementwise import stop_gradient

    def reduced_to_its_diagonal(x):
        e = np.exp(x)
        return e / stop_gradient(np.sum(e))

    with pytest.raises(AssertionError):
        softmax_jacobian_is_diagonal_less_outer_product(reduced_to_its_diagonal)


def test_log_softmax_jacobian_is_delta_less_p_j():
    by_hand = np.eye(3) - PROBABILITIES
    np.testing.assert_allclose(jacobian(act.log_softmax)(SCORES), by_hand, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_softmax_runs_along_the_axis_alone(axis):
    x = np.random.default_rng(1).standard_normal((2, 3, 4))
    rows = np.moveaxis(x, axis, -1)
    by_hand = [[[exp(v - k) / sum(exp(u - k) for u in r) for v in r] for r in m] for k, m in enumerate(rows)]
    np.testing.assert_allclose(act.softmax(x, axis), np.moveaxis(np.array(by_hand), -1, axis), rtol=1e-13)
    assert not np.allclose(act.softmax(x, axis), act.softmax(x, (axis + 1) % 3))


def test_large_scores_neither_overflow_nor_lose_the_tail():
    x = np.array([1000.0, 0.0, -1000.0])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        p, logp = act.softmax(x), act.log_softmax(x)
        slopes = jacobian(act.log_softmax)(x)
    np.testing.assert_array_equal(p, [1, 0, 0])
    np.testing.assert_array_equal(logp, [0, -1000, -2000])
    np.testing.assert_array_equal(slopes, np.eye(3) - [1, 0, 0])


def test_a_score_of_minus_infinity_has_probability_0_and_gradient_0():
    x = np.array([0.0, -np.inf, math.log(3)])
    with np.errstate(invalid="raise", divide="raise"):
        p, pull = vjp(act.softmax, x)
        (x_bar,) = pull(np.array([1.0, 5.0, 0.0]))
        logp, pull_log = vjp(act.log_softmax, x)
        (x_bar_log,) = pull_log(np.array([1.0, 0.0, 0.0]))
    np.testing.assert_allclose(p, [0.25, 0, 0.75], rtol=1e-15)
    np.testing.assert_allclose(x_bar, [0.1875, 0, -0.1875], rtol=1e-15)
    np.testing.assert_allclose(logp, [-math.log(4), -np.inf, math.log(0.75)], rtol=1e-15)
    np.testing.assert_allclose(x_bar_log, [0.75, 0, -0.75], rtol=1e-15)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_complex_step_through_the_shift_by_the_maximum_is_exact(name):
    function, h = getattr(act, name), 1e-30
    j = jacobian(function)(SCORES)
    graph = trace(function, SCORES).graph
    for k in range(3):
        (stepped,) = run(graph, [SCORES + 1j * h * np.eye(3)[k]], np.complex128)
        np.testing.assert_allclose(stepped.imag / h, j[:, k], rtol=1e-14, atol=1e-16)
        assert not np.allclose(stepped.imag / h, j[:, k - 1])


def test_softmax_of_no_classes_is_an_error_and_of_no_rows_is_not():
    with pytest.raises(ValueError, match="no classes"):
        act.softmax(np.ones((2, 0)))
    assert act.softmax(np.ones((0, 3))).shape == (0, 3)
