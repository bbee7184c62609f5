"""Filters on photographs, and shifts: what is drawn, and what commutes."""

import numpy as np
import pytest

from draw.pictures import drawn
from pullback import ArgumentError, ShapeError
from pullback.draw import equivariance, photo_filters
from pullback.draw.photographs import BINOMIAL, SHARPEN, SOBEL, filtered, grey


def picture():
    return np.random.default_rng(2).random((12, 15))


def test_a_convolution_commutes_with_shifts_inside():
    found = equivariance(picture(), shift=(2, 3))
    inner = found.difference[4:-1, 5:-1]
    np.testing.assert_allclose(inner, 0.0, atol=1e-12)
    assert found.unequal > 0


def test_a_circular_convolution_commutes_everywhere():
    found = equivariance(picture(), shift=(2, -3), padding_mode="circular")
    np.testing.assert_allclose(found.difference, 0.0, atol=1e-12)
    assert found.unequal == 0


def test_a_product_with_the_position_does_not_commute():
    ramp = np.arange(15.0)
    found = equivariance(picture(), shift=(0, 3), padding_mode="circular", operation=lambda x: x * ramp)
    assert found.unequal == found.difference.size


def test_equivariance_draws_its_arrays():
    found = equivariance(picture(), shift=(2, 3))
    plot = found.draw()
    np.testing.assert_array_equal(drawn(plot.axes[1]), found.filtered_then_shifted)
    np.testing.assert_array_equal(drawn(plot.axes[2]), found.shifted_then_filtered)
    np.testing.assert_array_equal(drawn(plot.axes[3]), found.difference)
    assert plot.axes[3].get_xlabel() == f"{found.unequal} of 180 pixels differ"
    with pytest.raises(ArgumentError, match="the shift does not fit"):
        equivariance(picture(), shift=(12, 0))
    with pytest.raises(ArgumentError, match="no such border"):
        equivariance(picture(), shift=(1, 0), padding_mode="reflect")


def test_filters_of_photographs_do_what_they_are_called():
    ramp = np.tile(np.arange(7.0), (5, 1))
    # A ramp of slope 1: Sobel gives 8 inside, blur and sharpening leave it.
    assert (filtered(ramp, SOBEL)[:, 1:-1] == 8).all()
    assert (filtered(ramp, SOBEL.T) == 0).all()
    np.testing.assert_allclose(filtered(ramp, BINOMIAL)[:, 2:-2], ramp[:, 2:-2])
    np.testing.assert_allclose(filtered(ramp, SHARPEN)[:, 1:-1], ramp[:, 1:-1])
    assert BINOMIAL.sum() == SHARPEN.sum() == 1
    with pytest.raises(ShapeError, match="both odd"):
        filtered(ramp, np.ones((2, 2)))


def test_photo_filters_draws_six_pictures():
    colours = np.random.default_rng(0).random((3, 10, 12))
    plot = photo_filters(colours)
    titles = [a.get_title() for a in plot.axes]
    assert titles == ["photograph", "blurred", "sharpened", "slope to the right", "slope downwards", "edges"]
    np.testing.assert_allclose(drawn(plot.axes[0]), grey(colours))
    np.testing.assert_allclose(drawn(plot.axes[5]), np.hypot(drawn(plot.axes[3]), drawn(plot.axes[4])), rtol=1e-6)
