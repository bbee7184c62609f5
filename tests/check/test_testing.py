"""The assertions for test suites."""

import numpy as np
import pytest

import pullback as pb
from pullback.testing import assert_gradcheck, assert_gradient_close

WANT = np.random.default_rng(1).standard_normal((3, 4))


def test_equal_gradients_pass():
    assert_gradient_close(WANT, WANT)
    assert_gradient_close(WANT.astype(np.float32), WANT)
    assert_gradient_close(WANT + 1e-15, WANT)
    assert_gradient_close(np.zeros(3), np.zeros(3))
    assert_gradient_close(np.zeros((0, 3)), np.zeros((0, 3)))
    assert_gradient_close(2.0, 2.0)
    assert_gradient_close(np.array([np.nan, np.inf]), np.array([np.nan, np.inf]))


@pytest.mark.parametrize(
    ("got", "text"),
    [
        (WANT * 1.001, "got = 1.001 · want"),
        (WANT[::-1], "got is want reversed along axis 0"),
        (WANT * (np.arange(4) != 2), "where the index along axis 1 is 2"),
        (WANT.T, "another shape"),
        (WANT * np.nan, "12 of 12 entries compared are NaN"),
        (WANT + 1j, "not an array of real numbers"),
        (WANT.astype(np.float32) * np.float32(1.001), "got = 1.001 · want"),
    ],
)
def test_wrong_gradients_fail_with_the_pattern(got, text):
    with pytest.raises(AssertionError, match="w_bar") as failure:
        assert_gradient_close(got, WANT, name="w_bar")
    assert text in str(failure.value)


def test_an_infinite_entry_of_the_wrong_sign_fails():
    with pytest.raises(AssertionError):
        assert_gradient_close(np.array([-np.inf, 1.0]), np.array([np.inf, 1.0]))


def test_rounded_numbers_pass_to_their_digits_and_not_beyond():
    """0.0364 for 0.03637 is right to 3 digits; 0.0365 is not."""
    assert_gradient_close([0.0364], [0.03637], digits=3)
    with pytest.raises(AssertionError):
        assert_gradient_close([0.0365], [0.03637], digits=3)
    with pytest.raises(AssertionError):
        assert_gradient_close([0.0364], [0.03637], digits=4)


def test_the_gradient_check_as_an_assertion():
    assert_gradcheck(np.sin, (WANT,), backward=lambda y, x: y * np.cos(x))
    with pytest.raises(AssertionError, match="gradcheck: WRONG") as failure:
        assert_gradcheck(np.sin, (WANT,), backward=lambda y, x: -y * np.cos(x))
    assert "the sign is reversed" in str(failure.value)
    with pytest.raises(pb.ArgumentError):
        assert_gradcheck(np.sin, (WANT,), method="exact")
