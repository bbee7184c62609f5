import numpy as np
import pytest

from pullback.bench.verify import (
    LAMBDA,
    ROOM,
    check_all_close,
    check_close,
    check_finite,
    check_rounding,
    in_units_of_rounding,
)
from pullback.errors import NumericsError

EXACT = [1.0, -2.0, 0.5]
OTHER = [1.0, -2.0, 0.5 + 1e-6]


def test_numbers_as_far_off_as_rounding_moved_the_other_ones_are_accepted():
    check_close("losses", [1.0 + (ROOM - 1) * 1e-6, -2.0, 0.5], EXACT, OTHER)


@pytest.mark.parametrize(
    "wrong", [[1.0 + (ROOM + 1) * 1e-6, -2.0, 0.5], [1.0, np.nan, 0.5], [1.0, np.inf, 0.5], [1.0, -2.0]], ids=str
)
def test_other_numbers_are_refused(wrong):
    with pytest.raises(NumericsError, match="different losses"):
        check_close("losses", wrong, EXACT, OTHER)


def test_a_lucky_other_result_does_not_refuse_the_rounding_of_one_number():
    check_close("losses", np.float32([0.1, 2.0]), [0.1, 2.0], [0.1, 2.0])
    with pytest.raises(NumericsError):
        check_close("losses", [0.1, 2.00001], [0.1, 2.0], [0.1, 2.0])


def test_numbers_may_move_with_those_that_they_depend_on():
    check_close("losses", [1.0, -2.0, 0.50001], EXACT, EXACT, moved_elsewhere=1e-5)


def test_one_wrong_parameter_is_refused_by_name():
    right = {"w": np.ones(3), "steps": np.array(2)}
    check_all_close("parameters", {"w": np.float32([1, 1, 1]), "steps": np.array(2)}, right, right)
    with pytest.raises(NumericsError, match="parameters: w"):
        check_all_close("parameters", {"w": np.array([1, 1, 1.001]), "steps": np.array(2)}, right, right)
    with pytest.raises(NumericsError, match="different parameters"):
        check_all_close("parameters", {"v": np.ones(3)}, right, right)


@pytest.mark.parametrize("terms", [1, 9, 576, 4608])
def test_sums_in_single_precision_in_any_order_are_within_the_bound(terms):
    rng = np.random.default_rng(terms)
    x, w = rng.standard_normal((2, 200, terms)).astype(np.float32)
    exact = np.sum(x.astype(np.float64) * w, axis=1)
    magnitudes = np.sum(np.abs(x.astype(np.float64) * w), axis=1)
    in_turn = np.cumsum(x * w, axis=1, dtype=np.float32)[:, -1]
    backwards = np.cumsum((x * w)[:, ::-1], axis=1, dtype=np.float32)[:, -1]
    for found in (in_turn, backwards):
        check_rounding("sums", in_units_of_rounding(found, exact, magnitudes, terms))


def test_sums_that_lack_one_product_are_refused():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 200, 576))
    exact, magnitudes = np.sum(x * w, axis=1), np.sum(np.abs(x * w), axis=1)
    error = in_units_of_rounding(exact - x[:, 0] * w[:, 0], exact, magnitudes, 576)
    assert error > LAMBDA
    with pytest.raises(NumericsError, match="wrong numbers: conv1 forward"):
        check_rounding("conv1 forward", error)


@pytest.mark.parametrize("wrong", [np.array([np.nan]), np.ones(2)], ids=["nan", "shape"])
def test_sums_that_cannot_be_compared_are_refused(wrong):
    with pytest.raises(NumericsError):
        check_rounding("sums", in_units_of_rounding(wrong, np.ones(1), np.ones(1), 4))


def test_where_nothing_was_added_up_only_zero_is_right():
    zero = np.zeros(1)
    assert in_units_of_rounding(zero, zero, zero, 9) == 0
    assert in_units_of_rounding(np.array([1e-30]), zero, zero, 9) > LAMBDA


def test_losses_without_anything_to_compare_must_be_finite():
    check_finite("the losses", [2.0, 1.0])
    with pytest.raises(NumericsError, match="not finite"):
        check_finite("the losses", [2.0, np.nan])
