"""Claimed numbers are read with as many digits as they were given."""

from __future__ import annotations

import numpy as np
import pytest

from pullback.diagnose.claims import read_claim
from pullback.errors import ArgumentError


@pytest.mark.parametrize(
    ("text", "value", "slack"),
    [
        ("0.0364", 0.0364, 0.00005),
        ("0.0360", 0.036, 0.00005),
        ("−1.5", -1.5, 0.05),
        ("3.64e-2", 0.0364, 0.00005),
        ("2", 2.0, 0.5),
        (".5", 0.5, 0.05),
        ("1/3", 1 / 3, 0.0),
        ("-2/4", -0.5, 0.0),
    ],
)
def test_a_typed_number_means_half_a_unit_of_its_last_digit(text, value, slack):
    claim = read_claim(text)
    assert claim.values == pytest.approx(value)
    assert claim.slack == pytest.approx(slack)


@pytest.mark.parametrize(
    "text", ["1.5 2.5; 3.5 4.5", "1.5, 2.5\n3.5, 4.5", "[[1.5, 2.5], [3.5, 4.5]]", "array([[1.5, 2.5],\n [3.5, 4.5]])"]
)
def test_rows_and_brackets_make_an_array(text):
    np.testing.assert_array_equal(read_claim(text).values, [[1.5, 2.5], [3.5, 4.5]])


def test_numbers_keep_the_precision_of_their_type():
    assert not read_claim(np.array([1 / 3, 2 / 7])).slack.any()
    assert read_claim(np.array([1 / 3, 2 / 7], np.float32)).slack.max() < 1e-5
    assert read_claim(np.array([1 / 3, 2 / 7, 0.3, 5 / 9]).astype(np.float32).astype(float)).how == "in float32"


def test_short_numbers_may_be_rounded_but_never_to_fewer_than_three_digits():
    claim = read_claim(np.array([0.123, 4.5, 10.0]))
    assert claim.how == "rounded to 3 decimals"
    assert read_claim(np.array([3.0, -2.0])).slack.max() <= 0.005


@pytest.mark.parametrize(
    "claimed", ["abc", "1.2.3", "1/0", "[1, 2]]", "[1, x]", "1 2\n3", [[1.0], [1.0, 2.0]], np.array([1j]), object()]
)
def test_what_is_no_number_is_told(claimed):
    with pytest.raises(ArgumentError, match="diagnose: "):
        read_claim(claimed)


def test_a_rounding_is_not_negative():
    with pytest.raises(ArgumentError, match="rounding"):
        read_claim(1.0, -1.0)
