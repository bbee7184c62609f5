"""Every comparison can fail: defects that it must reject, and the same without the defect, which it must accept."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from parity import compare, layers, test_operators
from pullback.ops import convs, elementwise, norms, pools

pytestmark = pytest.mark.parity
F = torch.nn.functional

RNG = np.random.default_rng(0)
IMAGES = {
    "x": RNG.standard_normal((2, 3, 9, 8)),
    "w": RNG.standard_normal((4, 3, 3, 3)),
    "bias": RNG.standard_normal(4),
}


def conv_pair(theirs=None, **options):
    right = {"stride": 2, "padding": 1, "dilation": 2}
    return compare.Pair(
        lambda x, w, bias: convs.conv2d(x, w, bias, **right),
        theirs or (lambda x, w, bias: F.conv2d(x, w, bias, **{**right, **options})),
        IMAGES,
        ("x", "w", "bias"),
    )


def scaled_backwards(factor):
    """The identity whose gradient is multiplied by a factor."""

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, y_bar):
            return factor * y_bar

    return Scaled.apply


def scaled_twice_backwards(factor):
    """The identity whose gradient is right, and the gradient of which is multiplied by a factor."""
    inner = scaled_backwards(factor)

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, y_bar):
            return inner(y_bar)

    return Scaled.apply


class ForgetsStride(torch.autograd.Function):
    """A convolution with stride 2 whose input gradient spreads the cotangent with stride 1."""

    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return F.conv2d(x, w, stride=2)

    @staticmethod
    def backward(ctx, y_bar):
        x, w = ctx.saved_tensors
        narrow = F.conv_transpose2d(y_bar, w)
        x_bar = torch.zeros_like(x)
        x_bar[:, :, : narrow.shape[2], : narrow.shape[3]] = narrow
        return x_bar, torch.nn.grad.conv2d_weight(x, w.shape, y_bar, stride=2)


def rejected(comparison, pair, *args):
    with pytest.raises(AssertionError) as found:
        comparison(pair, *args)
    return str(found.value)


EVERY = [
    (compare.values, ()),
    (compare.gradients, ()),
    (compare.second_gradients, ()),
    (compare.values, (np.float32,)),
    (compare.gradients, (np.float32,)),
]
every_comparison = pytest.mark.parametrize(("comparison", "args"), EVERY)


@every_comparison
def test_the_right_convolution_is_accepted(comparison, args):
    comparison(conv_pair(), *args)


@every_comparison
def test_a_flipped_filter_is_rejected(comparison, args):
    rejected(comparison, conv_pair(lambda x, w, bias: F.conv2d(x, w.flip(2, 3), bias, 2, 1, 2)), *args)


@pytest.mark.parametrize("options", [{"stride": (2, 1)}, {"stride": 1}, {"padding": 2}, {"dilation": 1}])
def test_another_stride_padding_or_dilation_is_rejected(options):
    assert "shape" in rejected(compare.values, conv_pair(**options))


@every_comparison
def test_padding_at_the_wrong_end_is_rejected(comparison, args):
    shifted = conv_pair(lambda x, w, bias: F.conv2d(F.pad(x, (2, 0, 2, 0)), w, bias, 2, 0, 2))
    rejected(comparison, shifted, *args)


@every_comparison
def test_groups_in_another_order_are_rejected(comparison, args):
    arrays = {"x": RNG.standard_normal((2, 4, 5)), "w": RNG.standard_normal((4, 2, 3))}
    pair = compare.Pair(
        lambda x, w: convs.conv1d(x, w, groups=2),
        lambda x, w: F.conv1d(x.roll(1, 1), w, groups=2),
        arrays,
        ("x", "w"),
    )
    rejected(comparison, pair, *args)


def test_an_input_gradient_that_forgets_the_stride_is_rejected():
    arrays = {k: IMAGES[k] for k in ("x", "w")}
    pair = compare.Pair(lambda x, w: convs.conv2d(x, w, stride=2), ForgetsStride.apply, arrays, ("x", "w"))
    compare.values(pair)
    assert "gradient 0" in rejected(compare.gradients, pair)


@pytest.mark.parametrize("which", ["x", "w", "bias"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_gradient_that_is_a_thousandth_off_is_rejected(which, dtype):
    off = scaled_backwards(1.001)

    def theirs(**tensors):
        tensors[which] = off(tensors[which])
        return F.conv2d(tensors["x"], tensors["w"], tensors["bias"], 2, 1, 2)

    pair = conv_pair(theirs)
    compare.values(pair, dtype)
    message = rejected(compare.gradients, pair, dtype)
    assert f"gradient {['x', 'w', 'bias'].index(which)}" in message


def test_a_gradient_that_is_missing_is_rejected():
    pair = conv_pair(lambda x, w, bias: F.conv2d(x, w, bias.detach(), 2, 1, 2))
    assert "gradient 2" in rejected(compare.gradients, pair)


def test_a_second_gradient_that_is_a_thousandth_off_is_rejected():
    off = scaled_twice_backwards(1.001)
    pair = conv_pair(lambda x, w, bias: off(F.conv2d(x, w, bias, 2, 1, 2)))
    compare.values(pair)
    compare.gradients(pair)
    assert "second gradient" in rejected(compare.second_gradients, pair)


@every_comparison
def test_a_forgotten_derivative_of_the_variance_is_rejected_where_derivatives_are_compared(comparison, args):
    def theirs(x):
        var, mean = torch.var_mean(x, 0, correction=0)
        return (x - mean) / torch.sqrt(var.detach() + 1e-5)

    pair = compare.Pair(lambda x: norms.batch_norm_training(x)[0], theirs, {"x": RNG.standard_normal((5, 3))}, ("x",))
    if comparison is compare.values:
        comparison(pair, *args)
    else:
        rejected(comparison, pair, *args)


@pytest.mark.parametrize("eps", [1.001e-5, 1e-6])
def test_another_eps_is_rejected(eps):
    pair = compare.Pair(
        lambda x: norms.layer_norm(x, 4),
        lambda x: F.layer_norm(x, (4,), eps=eps),
        {"x": RNG.standard_normal((5, 4))},
        ("x",),
    )
    rejected(compare.values, pair)


def test_switches_that_count_within_the_window_are_rejected():
    def theirs(x):
        y, switches = F.max_pool2d(x, 2, return_indices=True)
        return y, switches % 2

    pair = compare.Pair(lambda x: pools.max_pool2d(x, 2, return_indices=True), theirs, {"x": IMAGES["x"]}, ("x",))
    assert "value 1" in rejected(compare.values, pair)


def test_a_result_of_lower_precision_is_rejected():
    for dtype, low in ((np.float64, torch.float32), (np.float32, torch.bfloat16)):
        pair = conv_pair(lambda x, w, bias, low=low: F.conv2d(x.to(low), w.to(low), bias.to(low), 2, 1, 2).to(x.dtype))
        rejected(compare.values, pair, dtype)
        rejected(compare.gradients, pair, dtype)


def test_not_a_number_is_equal_to_nothing_else():
    x = {"x": np.array([1.0, 2.0])}
    pair = compare.Pair(lambda x: elementwise.multiply(x, 1.0), lambda x: x * torch.tensor([1.0, torch.nan]), x, ("x",))
    rejected(compare.values, pair)
    rejected(compare.gradients, pair)


SOME = [*test_operators.RECORDED[::11], *test_operators.WIDER[::37], *test_operators.MADE[::11]]


@pytest.mark.parametrize("case", SOME, ids=str)
def test_the_bounds_leave_no_room_for_a_thousandth(case):
    """Wherever an operator has a gradient at all, one that is 0.1 % too large is rejected."""
    pair = test_operators.pair_of(case)
    off = scaled_backwards(1.001)

    def theirs(**tensors):
        moved = {k: off(v) if k in pair.real else v for k, v in tensors.items()}
        return pair.theirs(**moved)

    _, pullback = compare.vjp(pair.function(pair.arrays), *pair.reals())
    if pair.real and any(np.any(np.abs(g) > 0) for g in pullback(tuple(np.ones(v.shape) for v in _results(pair)))):
        assert "gradient" in rejected(compare.gradients, replace(pair, theirs=theirs))


def _results(pair):
    return pair.function(pair.arrays)(*pair.reals())


NORMALISED = [layer for layer in layers.LAYERS if layer.name == "BatchNorm2d"]


@pytest.mark.parametrize("layer", NORMALISED, ids=str)
def test_a_layer_in_the_other_mode_is_rejected(layer):
    if layer.options.get("track_running_stats", True):
        other = replace(layer, training=not layer.training)
        rejected(compare.values, replace(layers.pair_of(layer), theirs=layers.pair_of(other).theirs))


@pytest.mark.parametrize(
    "layer", [layer for layer in layers.LAYERS if layer.name in ("Conv2d", "Linear", "GroupNorm")], ids=str
)
def test_a_layer_with_another_state_is_rejected(layer):
    pair = layers.pair_of(layer)
    for name in pair.arrays:
        if not name.startswith("x"):
            moved = {**pair.arrays, name: pair.arrays[name] * 1.001}
            ours = lambda moved=moved, name=name, **arrays: pair.ours(**{**arrays, name: moved[name]})  # noqa: E731
            rejected(compare.values, replace(pair, ours=ours))
