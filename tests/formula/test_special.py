"""The error function against math.erf and SciPy."""

import math

import numpy as np
import pytest
from scipy import special as scipy_special

from pullback.errors import ArgumentError
from pullback.formula import special
from pullback.formula.special import erf

REGIONS = [(0.0, 1e-6), (1e-6, 0.46875), (0.46875, 0.5), (0.5, 1.0), (1.0, 4.0), (4.0, 6.5)]
ULPS = {(0.46875, 0.5): 5, (0.5, 1.0): 2}


def _points(low, high, n=20000):
    return np.random.default_rng(5).uniform(low, high, n)


@pytest.mark.parametrize("region", REGIONS)
def test_float64_is_within_the_stated_ulps_of_the_math_module(region):
    points = _points(*region)
    expected = np.array([math.erf(p) for p in points])
    for sign in (1, -1):
        error = np.abs(erf(sign * points) - sign * expected) / np.spacing(expected)
        assert error.max() <= ULPS.get(region, 1)


@pytest.mark.parametrize("region", REGIONS)
def test_float32_is_rounded_from_float64(region):
    points = _points(*region).astype(np.float32)
    got, expected = erf(points), np.array([math.erf(p) for p in points])
    assert got.dtype == np.float32
    assert (np.abs(got - expected) / np.spacing(expected.astype(np.float32)).astype(float)).max() <= 0.501
    assert erf(np.float16(0.5)).dtype == np.float16


def test_the_comparison_notices_one_wrong_coefficient(monkeypatch):
    numerator, denominator = special._MIDDLE
    monkeypatch.setattr(special, "_MIDDLE", ((*numerator[:4], numerator[4] * (1 + 1e-13), *numerator[5:]), denominator))
    with pytest.raises(AssertionError):
        test_float64_is_within_the_stated_ulps_of_the_math_module((0.5, 1.0))


def test_infinities_zeros_nan_and_shapes():
    got = erf([np.inf, -np.inf, np.nan, 0.0, -0.0])
    np.testing.assert_array_equal(got, [1, -1, np.nan, 0, 0])
    assert np.signbit(got).tolist() == [False, True, False, False, True]
    assert erf(np.zeros((0, 3))).shape == (0, 3)
    assert erf(0.5).shape == ()
    assert erf(np.array([[1, 2]])).dtype == np.float64
    assert erf(np.ones((2, 3, 1))[::2]).shape == (1, 3, 1)


def test_complex_arguments_agree_with_scipy_on_the_strip():
    rng = np.random.default_rng(6)
    z = rng.uniform(-8, 8, 50000) + 1j * rng.uniform(-2, 2, 50000)
    z[:5] = [2j, -2j, 0, 7 + 2j, -0.1 + 1e-12j]
    expected = scipy_special.erf(z)
    assert (np.abs(erf(z) - expected) / np.maximum(1, np.abs(expected))).max() < 5e-15
    assert erf(z.astype(np.complex64)).dtype == np.complex64


def test_a_complex_step_gives_the_derivative_to_rounding():
    a = np.linspace(-9, 9, 1001)
    step = erf(a + 1e-30j)
    exact = np.array([2 / math.sqrt(math.pi) * math.exp(-(v * v)) for v in a])
    np.testing.assert_allclose(step.imag / 1e-30, exact, rtol=5e-14)
    np.testing.assert_array_equal(step.real, erf(a))


def test_exp_of_minus_a_square_keeps_its_digits_where_the_square_is_large():
    v = np.array([20.1, 13.7, 5.3, 0.02])
    with np.errstate(under="ignore"):
        exact = np.exp(-(v.astype(np.longdouble) ** 2)).astype(float)
        careless = np.exp(-(v**2))
    np.testing.assert_allclose(special.exp_minus_square(v), exact, rtol=5e-16)
    assert (np.abs(careless / exact - 1) > 2e-15).any()


def test_what_has_no_approximation_is_refused():
    with pytest.raises(ArgumentError, match="imaginary part too large"):
        erf(np.array([0, 3j]))
    with pytest.raises(ArgumentError, match="no approximation of this precision"):
        erf(np.ones(1, np.longdouble) if np.dtype(np.longdouble).itemsize > 8 else np.array(["a"]))
    assert np.isnan(erf(np.array([complex(np.nan, np.nan)]))).all()
