"""What docs/choices.md says of PyTorch, and every other known difference: shown on PyTorch itself."""

import numpy as np
import pytest
import torch

import pullback as pb
from parity import compare
from pullback.errors import PullbackError
from pullback.ops import elementwise, norms, pools

pytestmark = pytest.mark.parity
F = torch.nn.functional

EPS = np.finfo(np.float64).eps


def with_gradient(function, x, y_bar=None):
    """Our value and gradient."""
    y, pullback = pb.vjp(function, np.asarray(x, np.float64))
    return np.asarray(y), pullback(np.ones_like(y) if y_bar is None else y_bar)[0]


def with_gradient_of_pytorch(function, x):
    """PyTorch's value and gradient."""
    x = torch.tensor(np.asarray(x, np.float64), requires_grad=True)
    y = function(x)
    y.sum().backward()
    return y.detach().numpy(), x.grad.numpy()


# The same


KINKS = {
    "relu": [0.0],
    "leaky_relu": [0.0],
    "elu": [0.0],
    "selu": [0.0],
    "relu6": [0.0, 6.0],
    "hardtanh": [-1.0, 1.0],
    "hardsigmoid": [-3.0, 3.0],
    "hardswish": [-3.0, 3.0],
    "softsign": [0.0],
    "gelu": [0.0],
}


@pytest.mark.parametrize(("name", "points"), KINKS.items())
def test_activations_have_the_derivative_of_pytorch_at_their_kinks(name, points):
    ours, theirs = with_gradient(getattr(pb, name), points), with_gradient_of_pytorch(getattr(F, name), points)
    np.testing.assert_array_equal(ours[0], theirs[0])
    np.testing.assert_allclose(ours[1], theirs[1], rtol=4 * EPS, atol=0)


def test_the_derivatives_of_abs_and_clip_at_their_kinks_are_those_of_pytorch():
    assert with_gradient(pb.abs, [0.0])[1] == with_gradient_of_pytorch(torch.abs, [0.0])[1]
    ours = with_gradient(lambda x: pb.clip(x, -1.0, 1.0), [-1.0, 1.0])[1]
    np.testing.assert_array_equal(ours, with_gradient_of_pytorch(lambda x: torch.clamp(x, -1.0, 1.0), [-1.0, 1.0])[1])


@pytest.mark.parametrize("name", ["l1_loss", "huber_loss", "smooth_l1_loss"])
def test_losses_have_the_derivative_of_pytorch_where_their_pieces_meet(name):
    points = [0.0, 1.0, -1.0]
    ours = with_gradient(lambda x: getattr(pb.ops.losses, name)(x, np.zeros(3), reduction="sum"), points)[1]
    theirs = with_gradient_of_pytorch(lambda x: getattr(F, name)(x, torch.zeros_like(x), reduction="sum"), points)[1]
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("x", [np.zeros((5, 6)), np.random.default_rng(0).integers(0, 2, (5, 6)).astype(float)])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"), [(2, 2, 0, 1), (3, 1, 1, 1), (2, 1, 0, 2), (3, 2, 1, 2)]
)
def test_the_winner_among_equals_in_max_pooling_is_that_of_pytorch(x, kernel, stride, padding, dilation):
    options = (kernel, stride, padding, dilation)
    pair = compare.Pair(
        lambda x: pools.max_pool2d(x, *options, return_indices=True),
        lambda x: F.max_pool2d(x, *options, return_indices=True),
        {"x": x[None, None]},
        ("x",),
    )
    compare.values(pair)
    compare.gradients(pair)


def test_nan_wins_a_maximum_as_in_pytorch():
    x = np.array([[[1.0, np.nan, 3.0, 2.0]]])
    y, switches = pools.max_pool1d(x, 2, return_indices=True)
    theirs = F.max_pool1d(torch.from_numpy(x), 2, return_indices=True)
    np.testing.assert_array_equal(y, theirs[0].numpy())
    np.testing.assert_array_equal(switches, theirs[1].numpy())
    for ours, expected in ((pb.max, torch.amax), (pb.relu, F.relu)):
        np.testing.assert_array_equal(ours(x), expected(torch.from_numpy(x)).numpy())


@pytest.mark.parametrize(("stride", "dilation", "more"), [(2, 1, 2), (1, 3, 3), (2, 2, 2)])
def test_output_padding_ends_where_that_of_pytorch_ends(stride, dilation, more):
    x, w = np.ones((1, 1, 3)), np.ones((1, 1, 2))
    for extra, legal in ((more - 1, True), (more, False)):
        options = {"stride": stride, "dilation": dilation, "output_padding": extra}
        if legal:
            assert pb.conv_transpose1d(x, w, **options).shape == tuple(
                F.conv_transpose1d(torch.from_numpy(x), torch.from_numpy(w), **options).shape
            )
            continue
        with pytest.raises(PullbackError, match="output_padding"):
            pb.conv_transpose1d(x, w, **options)
        with pytest.raises(RuntimeError, match="output padding must be smaller"):
            F.conv_transpose1d(torch.from_numpy(x), torch.from_numpy(w), **options)


@pytest.mark.parametrize(
    ("ours", "theirs", "shape"),
    [
        (lambda x: norms.batch_norm_training(x), lambda x: F.batch_norm(x, None, None, training=True), (1, 3)),
        (norms.instance_norm, F.instance_norm, (2, 3, 1, 1)),
        (lambda x: norms.group_norm(x, 3), lambda x: F.group_norm(x, 3), (1, 3)),
    ],
)
def test_normalising_one_value_is_refused_as_in_pytorch(ours, theirs, shape):
    with pytest.raises(PullbackError, match="one value"):
        ours(np.ones(shape))
    with pytest.raises(ValueError, match="more than 1"):
        theirs(torch.ones(shape))


# Different


def test_pytorch_splits_the_gradient_among_the_equals_of_amax_and_maximum():
    np.testing.assert_array_equal(with_gradient(pb.max, [2.0, 2.0, 1.0, 2.0])[1], [1, 0, 0, 0])
    thirds = with_gradient_of_pytorch(torch.amax, [2.0, 2.0, 1.0, 2.0])[1]
    np.testing.assert_allclose(thirds, [1 / 3, 1 / 3, 0, 1 / 3], rtol=EPS)
    assert with_gradient(lambda x: pb.maximum(x, np.zeros(1)), [0.0])[1] == 1.0
    assert with_gradient_of_pytorch(lambda x: torch.maximum(x, torch.zeros(1)), [0.0])[1] == 0.5


def test_pytorch_gives_minus_infinity_for_a_window_of_padding():
    x = np.ones((1, 1, 1))
    assert F.max_pool1d(torch.from_numpy(x), 2, 1, 1, 2).item() == -np.inf
    with pytest.raises(PullbackError, match="a window holds no entry"):
        pools.max_pool1d(x, 2, 1, 1, 2)


def test_pytorch_refuses_max_pooling_with_padding_of_more_than_half_a_kernel_even_a_dilated_one():
    x = np.arange(9.0).reshape(1, 1, 9)
    with pytest.raises(RuntimeError, match="half of"):
        F.max_pool1d(torch.from_numpy(x), 3, 2, 2, 2)
    np.testing.assert_array_equal(pools.max_pool1d(x, 3, 2, 2, 2), [[[2, 4, 6, 8, 8]]])


def test_pytorch_keeps_one_value_where_unpooled_windows_overlap_with_a_gradient_that_is_not_its_own():
    y, switches = np.array([[[1.0, 2.0]]]), np.array([[[1, 1]]])
    value, slope = with_gradient(lambda y: pools.max_unpool1d(y, switches, 3, 1, output_size=[4]), y)
    np.testing.assert_array_equal(value, [[[0, 3, 0, 0]]])
    np.testing.assert_array_equal(slope, [[[1, 1]]])
    theirs = with_gradient_of_pytorch(lambda y: F.max_unpool1d(y, torch.from_numpy(switches), 3, 1, output_size=[4]), y)
    assert theirs[0][0, 0, 1] in (1.0, 2.0)
    np.testing.assert_array_equal(theirs[1], [[[1, 1]]])


X1, W1 = torch.ones(1, 1, 4), torch.ones(1, 1, 3)
REFUSED = {
    "same with a stride": (
        lambda: F.conv1d(X1, W1, stride=2, padding="same"),
        lambda x, w: pb.conv1d(x, w, stride=2, padding="same"),
        (1, 1, 2),
    ),
    "padding that differs between the ends": (
        lambda: F.conv1d(X1, W1, padding=((1, 2),)),
        lambda x, w: pb.conv1d(x, w, padding=((1, 2),)),
        (1, 1, 5),
    ),
    "reflecting as much as there is": (
        lambda: F.pad(X1, (4, 0), "reflect"),
        lambda x, w: pb.pad(x, ((0, 0), (0, 0), (4, 0)), "reflect"),
        (1, 1, 8),
    ),
    "wrapping more than once round": (
        lambda: F.pad(X1, (5, 0), "circular"),
        lambda x, w: pb.pad(x, ((0, 0), (0, 0), (5, 0)), "circular"),
        (1, 1, 9),
    ),
    "another padding of a transposed convolution": (
        lambda: torch.nn.ConvTranspose1d(1, 1, 3, padding=1, padding_mode="reflect"),
        lambda x, w: pb.conv_transpose1d(x, w, padding=1, padding_mode="reflect"),
        (1, 1, 4),
    ),
    "a bias per position": (
        lambda: F.conv1d(X1, W1, torch.ones(1, 2)),
        lambda x, w: pb.conv1d(x, w, np.ones((1, 2))),
        (1, 1, 2),
    ),
}


@pytest.mark.parametrize(("theirs", "ours", "shape"), REFUSED.values(), ids=REFUSED)
def test_pytorch_refuses_what_we_define(theirs, ours, shape):
    with pytest.raises((RuntimeError, ValueError, TypeError)):
        theirs()
    assert ours(X1.numpy(), W1.numpy()).shape == shape


def test_pytorch_takes_no_absolute_value_in_lp_pooling():
    x = np.array([[[-1.0, 2.0]]])
    assert pools.lp_pool1d(x, 1.0, 2).item() == 3.0
    assert F.lp_pool1d(torch.from_numpy(x), 1.0, 2).item() == 1.0


def test_pytorch_scales_an_lp_window_that_is_cut_off_at_the_border():
    x = np.ones((1, 1, 3))
    np.testing.assert_array_equal(pools.lp_pool1d(x, 1.0, 2, ceil_mode=True), [[[2, 1]]])
    np.testing.assert_array_equal(F.lp_pool1d(torch.from_numpy(x), 1.0, 2, ceil_mode=True).numpy(), [[[2, 2]]])


def test_pytorch_has_the_slope_of_hardsigmoid_in_single_precision():
    (value, slope), (their_value, their_slope) = (
        with_gradient(pb.hardsigmoid, [1.0]),
        with_gradient_of_pytorch(F.hardsigmoid, [1.0]),
    )
    assert value == pytest.approx(their_value, rel=2 * EPS)
    assert slope[0] == 1 / 6
    assert their_slope[0] == np.float64(np.float32(1 / 6))


def test_pytorch_draws_a_straight_line_where_softplus_is_almost_one():
    assert pb.softplus(np.array([20.5])) - 20.5 == pytest.approx(np.exp(-20.5), rel=1e-5)
    assert F.softplus(torch.tensor([20.5], dtype=torch.float64)).item() == 20.5


def test_pytorch_has_a_steep_gradient_where_a_logarithm_is_cut_off():
    value, slope = with_gradient(lambda p: pb.binary_cross_entropy(p, np.ones(1)), [0.0])
    theirs = with_gradient_of_pytorch(lambda p: F.binary_cross_entropy(p, torch.ones(1, dtype=torch.float64)), [0.0])
    assert value == theirs[0] == 100.0
    assert slope[0] == 0.0
    assert theirs[1][0] == pytest.approx(-1e12, rel=1e-8)


def test_pytorch_gives_nan_for_a_mean_of_nothing():
    logits = np.ones((2, 3))
    for labels, options in ((np.zeros(2, np.int64), {"ignore_index": 0}), (np.zeros(0, np.int64), {})):
        scores = logits[: len(labels)]
        assert np.isnan(F.cross_entropy(torch.from_numpy(scores), torch.from_numpy(labels), **options).item())
        with pytest.raises(PullbackError, match="mean over"):
            pb.cross_entropy(scores, labels, **options)


def test_pytorch_refuses_complex_numbers_where_we_decide_on_the_real_part():
    x = np.array([[[1 + 1e-30j, 2 - 1e-30j]]])
    assert pb.relu(x).tolist() == x.tolist()
    assert pools.max_pool1d(x, 2).item() == 2 - 1e-30j
    for theirs in (F.relu, lambda x: F.max_pool1d(x, 2)):
        with pytest.raises((RuntimeError, NotImplementedError)):
            theirs(torch.from_numpy(x))


def test_the_sums_of_squares_of_a_penalty_are_not_halved():
    w = np.array([3.0])
    slope = with_gradient(lambda w: pb.l2_penalty(w, 0.5), w)[1]
    weight = torch.zeros(1, dtype=torch.float64).fill_(3.0).requires_grad_()
    optimizer = torch.optim.SGD([weight], lr=1.0, weight_decay=1.0)
    (0 * weight).sum().backward()
    optimizer.step()
    assert slope[0] == 3.0 - weight.item()


def test_the_gradient_stops_where_it_is_told_to():
    assert with_gradient(lambda x: x * elementwise.stop_gradient(x), [3.0])[1] == [3.0]
    assert with_gradient_of_pytorch(lambda x: x * x.detach(), [3.0])[1] == [3.0]
