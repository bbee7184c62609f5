"""Extrapolated differences against derivatives known from calculus."""

import numpy as np
import pytest

from pullback.check.differences import EPS, Rounding, derivative, noise_of


def at(function, x, reach=0.1, noise=None):
    def line(t):
        return np.atleast_1d(function(x + t)).astype(float)

    start = line(0.0)
    with np.errstate(all="ignore"):
        noise = noise_of(lambda t: line(t * x), start) if noise is None else noise
        return derivative(line, start, Rounding(noise), reach, 0.1 * abs(x))


SMOOTH = [
    ("x^9", lambda x: x**9, 2.0, 9 * 2.0**8),
    ("x^9 at 0", lambda x: x**9, 0.0, 0.0),
    ("exp(20x)", lambda x: np.exp(20 * x), 5.0, 20 * np.exp(100.0)),
    ("1/x near 0", lambda x: 1 / x, 1e-9, -1e18),
    ("sqrt near 0", np.sqrt, 1e-12, 5e5),
    ("fast oscillation", lambda x: np.sin(1e6 * x), 0.3, 1e6 * np.cos(3e5)),
    ("steep arctan", lambda x: np.arctan(1e5 * x), 0.0, 1e5),
    ("large offset", lambda x: 1e10 + x * x, 3.0, 6.0),
    ("offset taken away again", lambda x: (x + 1e8) - 1e8, 0.7, 1.0),
    ("float32 inside", lambda x: np.float64(np.float32(x) ** 2), 0.3, 0.6),
]


@pytest.mark.parametrize(("name", "function", "x", "want"), SMOOTH, ids=[c[0] for c in SMOOTH])
def test_the_error_estimate_covers_the_error(name, function, x, want):
    found = at(function, x)
    assert abs(found.value[0] - want) <= 4 * found.error[0] + 1e-13 * abs(want)


@pytest.mark.parametrize(("name", "function", "x", "want"), SMOOTH, ids=[c[0] for c in SMOOTH])
def test_the_error_estimate_is_small_enough_to_see_a_tenth_of_a_percent(name, function, x, want):
    assert 4 * at(function, x).error[0] < (5e-4 * abs(want) if want else 1e-20)


@pytest.mark.parametrize(("name", "function", "x", "want"), SMOOTH, ids=[c[0] for c in SMOOTH])
def test_a_smooth_function_has_no_kink(name, function, x, want):
    assert not at(function, x).kinked.any()


@pytest.mark.parametrize(
    ("function", "left", "right"),
    [
        (lambda x: np.maximum(x, 0), 0, 1),
        (abs, -1, 1),
        (lambda x: np.where(x > 0, 3 * x + x**2, -2 * x), -2, 3),
        (lambda x: np.maximum(x, 0) + 5 * x, 5, 6),
    ],
)
def test_at_a_kink_both_one_sided_derivatives_are_found(function, left, right):
    found = at(function, 0.0, noise=np.zeros(1))
    assert found.kinked.all()
    np.testing.assert_allclose((found.low[0], found.high[0]), sorted((left, right)), atol=1e-6)


def test_a_kink_nearby_is_stepped_over():
    for x in (0.07, 1e-3, 1e-5):
        found = at(lambda v: np.maximum(v, 0), x)
        assert found.value[0] == pytest.approx(1.0, abs=1e-9)
        assert not found.kinked.any()


def test_a_derivative_hidden_by_rounding_has_a_large_error_estimate():
    """1e16 + x does not move for |x| < 1."""
    assert at(lambda x: 1e16 + x, 0.5).error[0] > 1


def test_a_function_without_values_on_one_side_has_no_derivative_there():
    assert not np.isfinite(at(np.sqrt, 0.0).error[0])


def test_noise_is_that_of_the_last_digit():
    """x + 1e8 rounds to multiples of 2^-26 = 1.5e-8, uniformly: standard deviation 2^-26/√12 = 4.3e-9."""
    found = noise_of(lambda t: np.array([(0.7 + 0.7 * t + 1e8) - 1e8]), np.array([0.7]))
    assert 1e-9 < found[0] < 2e-8


def test_noise_of_a_function_that_works_in_float32_is_seen():
    found = noise_of(lambda t: np.array([np.float64(np.float32(0.3 * (1 + t)))]), np.array([0.3]))
    assert found[0] > 1e-9


def test_a_smooth_function_has_the_noise_of_its_own_rounding():
    found = noise_of(lambda t: np.exp([1 + t]), np.exp([1.0]))
    assert found[0] < 8 * EPS * np.e
