"""The gradients of convolutions as operators: those that differentiation finds."""

import numpy as np
import pytest

import pullback as pb
from pullback.errors import ShapeError
from pullback.ops.padding import fold_back

SIZES, KERNEL = (6, 5, 7), (3, 2, 2)
OPTIONS = [
    {},
    {"stride": 2, "padding": "same"},
    {"padding": ((1, 2), (3, 0), (0, 1)), "dilation": 2, "groups": 2},
    {"padding": 2, "padding_mode": "reflect", "stride": 3},
    {"padding": 2, "padding_mode": "replicate", "groups": 4},
    {"padding": "same", "padding_mode": "circular", "dilation": 2},
]


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("options", OPTIONS)
def test_the_gradient_operators_are_the_gradients_of_the_convolution(rank, options):
    options = {k: v[:rank] if isinstance(v, tuple) else v for k, v in options.items()}
    rng = np.random.default_rng(rank)
    x = rng.integers(-3, 4, (2, 4, *SIZES[:rank])).astype(float)
    w = rng.integers(-3, 4, (4, 4 // options.get("groups", 1), *KERNEL[:rank])).astype(float)
    y, pullback = pb.vjp(lambda x, w: getattr(pb, f"conv{rank}d")(x, w, **options), x, w)
    y_bar = rng.integers(-3, 4, y.shape).astype(float)
    x_bar, w_bar = pullback(y_bar)
    size, kernel = SIZES[:rank], KERNEL[:rank]
    np.testing.assert_array_equal(getattr(pb, f"conv{rank}d_input_gradient")(y_bar, w, size, **options), x_bar)
    np.testing.assert_array_equal(getattr(pb, f"conv{rank}d_filter_gradient")(x, y_bar, kernel, **options), w_bar)


def test_one_number_stands_for_every_axis():
    x, y_bar = np.ones((1, 1, 5, 5)), np.ones((1, 1, 3, 3))
    np.testing.assert_array_equal(pb.conv2d_filter_gradient(x, y_bar, 3), np.full((1, 1, 3, 3), 9.0))
    np.testing.assert_array_equal(pb.conv2d_input_gradient(y_bar, np.ones((1, 1, 3, 3)), 5).sum(), 81)
    with pytest.raises(ShapeError, match="output's shape"):
        pb.conv2d_filter_gradient(x, y_bar, 2)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_folding_back_is_the_adjoint_of_padding_however_wide(mode):
    rng = np.random.default_rng(0)
    x, widths = rng.integers(-3, 4, (2, 3, 4)).astype(float), ((0, 0), (7, 1), (0, 9))
    y_bar = rng.integers(-3, 4, pb.pad(x, widths, mode).shape).astype(float)
    x_bar = fold_back(y_bar, x.shape, widths, mode)
    assert (pb.pad(x, widths, mode) * y_bar).sum() == (x * x_bar).sum()
    np.testing.assert_array_equal(x_bar, pb.vjp(lambda x: pb.pad(x, widths, mode), x)[1](y_bar)[0])
