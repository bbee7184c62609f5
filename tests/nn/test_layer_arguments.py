"""Layers refuse wrong arguments when they are made, and take integers of any type."""

import numpy as np
import pytest

from pullback import nn
from pullback.errors import ArgumentError, ShapeError


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda n: nn.Linear(n(6), n(4)), "Linear(6, 4)"),
        (lambda n: nn.Conv2d(n(1), n(2), n(3), n(2), n(1), n(1), n(1)), "Conv2d(1, 2, 3, stride=2, padding=1)"),
        (lambda n: nn.Conv2d(1, 2, (n(3), n(2))), "Conv2d(1, 2, (3, 2))"),
        (
            lambda n: nn.ConvTranspose1d(n(2), n(2), n(3), n(2), n(0), n(1)),
            "ConvTranspose1d(2, 2, 3, stride=2, output_padding=1)",
        ),
        (lambda n: nn.LocallyConnected1d(n(1), n(2), n(5), n(3)), "LocallyConnected1d(1, 2, 5, 3)"),
        (lambda n: nn.MaxPool2d(n(2), n(1)), "MaxPool2d(2, stride=1)"),
        (lambda n: nn.AvgPool2d(n(2), divisor_override=n(3)), "AvgPool2d(2, divisor_override=3)"),
        (lambda n: nn.AdaptiveAvgPool2d(n(2)), "AdaptiveAvgPool2d(2)"),
        (lambda n: nn.BatchNorm2d(n(3)), "BatchNorm2d(3)"),
        (lambda n: nn.GroupNorm(n(2), n(4)), "GroupNorm(2, 4)"),
        (lambda n: nn.LayerNorm(n(3)), "LayerNorm((3,))"),
        (lambda n: nn.Bias(n(3)), "Bias(3)"),
        (lambda n: nn.ZeroPad2d(n(1)), "ZeroPad2d(1)"),
        (lambda n: nn.Upsample(n(2)), "Upsample(2)"),
        (lambda n: nn.Flatten(n(1), n(-1)), "Flatten()"),
        (lambda n: nn.Unflatten(n(1), (n(3), n(-1))), "Unflatten(1, (3, -1))"),
        (lambda n: nn.Softmax(n(1)), "Softmax(dim=1)"),
        (lambda n: nn.PReLU(n(3)), "PReLU(num_parameters=3)"),
    ],
)
@pytest.mark.parametrize("cast", [np.int64, np.int16, np.array])
def test_numbers_are_integers_of_any_type_and_kept_as_python_s(made, expected, cast):
    assert repr(made(cast)) == expected


def test_sizes_may_be_arrays():
    assert repr(nn.Linear(np.prod((2, 3)), 4)) == "Linear(6, 4)"
    layer = nn.Conv2d(1, 1, np.array([3, 2]), padding=np.array([[1, 2], [3, 4]]))
    assert repr(layer) == "Conv2d(1, 1, (3, 2), padding=((1, 2), (3, 4)))"


@pytest.mark.parametrize(
    ("made", "pattern"),
    [
        (lambda: nn.Conv2d(1, 1, 3, stride=0), "Conv2d: stride does not fit"),
        (lambda: nn.Conv2d(1, 1, 3, stride=1.5), "Conv2d: stride does not fit"),
        (lambda: nn.Conv2d(1, 1, 3, padding=-1), "Conv2d: padding does not fit"),
        (lambda: nn.Conv2d(1, 1, 3, padding="SAME"), r'Conv2d: padding does not fit(.|\n)*padding="same"'),
        (lambda: nn.Conv2d(1, 1, 3, dilation=0), "Conv2d: dilation does not fit"),
        (lambda: nn.Conv2d(1, 1, 3, padding_mode="refl"), "Conv2d: no such padding mode"),
        (lambda: nn.Conv2d(1, 1, 3, output_size=4), "only an untied bias has an output_size"),
        (lambda: nn.ConvTranspose2d(1, 1, 3, output_padding=1), "output_padding too large"),
        (lambda: nn.ConvTranspose2d(1, 1, 3, stride=(1, -2)), "stride does not fit"),
        (lambda: nn.MaxPool2d(0), "MaxPool2d: kernel_size does not fit"),
        (lambda: nn.MaxPool2d(2, stride=0), "MaxPool2d: stride does not fit"),
        (lambda: nn.MaxPool2d(2, padding="some"), "MaxPool2d: padding does not fit"),
        (lambda: nn.MaxUnpool2d(2, padding=-1), "MaxUnpool2d: padding does not fit"),
        (lambda: nn.AvgPool2d(2, divisor_override=0), "AvgPool2d: divisor_override"),
        (lambda: nn.LPPool2d(0, 2), "LPPool2d: norm_type must be positive"),
        (lambda: nn.AdaptiveAvgPool2d(1.5), "AdaptiveAvgPool2d: output_size does not fit"),
        (lambda: nn.AdaptiveMaxPool1d((1, 2)), "AdaptiveMaxPool1d: output_size does not fit"),
        (lambda: nn.BatchNorm2d(3, eps=-1.0), "BatchNorm2d: eps must not be negative"),
        (lambda: nn.BatchNorm2d(3, momentum=2.0), "BatchNorm2d: momentum out of range"),
        (lambda: nn.LayerNorm(()), "LayerNorm: normalized_shape is empty"),
        (lambda: nn.LayerNorm(3.0), "LayerNorm: normalized_shape does not fit"),
        (lambda: nn.GroupNorm(2, 4, eps="a"), "GroupNorm: eps does not fit"),
        (lambda: nn.InstanceNorm2d(0), "InstanceNorm2d: num_features does not fit"),
        (lambda: nn.ReflectionPad2d(-1), "ReflectionPad2d: padding does not fit"),
        (lambda: nn.ConstantPad2d(1, "a"), "ConstantPad2d: value does not fit"),
        (lambda: nn.Upsample(1.5), "Upsample: scale_factor does not fit"),
        (lambda: nn.Flatten("1"), "Flatten: start_dim does not fit"),
        (lambda: nn.Unflatten(1, (-1, -1)), "Unflatten: sizes do not fit"),
        (lambda: nn.Softmax(0.5), "Softmax: dim does not fit"),
        (lambda: nn.LeakyReLU("a"), "LeakyReLU: negative_slope does not fit"),
        (lambda: nn.GELU("erf"), "GELU: no such approximation"),
        (lambda: nn.Softplus(0), "Softplus: beta does not fit"),
        (lambda: nn.Hardtanh(1, 1), "Hardtanh: empty range"),
        (lambda: nn.PReLU(0), "PReLU: num_parameters does not fit"),
        (lambda: nn.MSELoss(reduction="average"), "MSELoss: no such reduction"),
        (lambda: nn.CrossEntropyLoss(label_smoothing=2), "CrossEntropyLoss: label_smoothing is a probability"),
        (lambda: nn.NLLLoss(ignore_index=0.5), "NLLLoss: ignore_index is a label"),
        (lambda: nn.HuberLoss(delta=0), "HuberLoss: delta does not fit"),
        (lambda: nn.Dropout3d("p"), "Dropout3d: p does not fit"),
    ],
)
def test_wrong_arguments_are_named_before_the_first_call(made, pattern):
    with pytest.raises(ArgumentError, match=pattern):
        made()


def test_batch_norm_says_which_axes_it_takes_and_which_layer_takes_others():
    with pytest.raises(ShapeError) as caught:
        nn.BatchNorm1d(3)(np.zeros((2, 3, 4, 4)))
    text = str(caught.value)
    assert "BatchNorm1d: x needs 2 or 3 axes" in text
    assert "need: (N,C) or (N,C,H)" in text
    assert "fix:  BatchNorm2d for 4 axes" in text


def test_sequential_says_which_layer_returns_two_values():
    net = nn.Sequential(nn.MaxPool2d(2, return_indices=True), nn.ReLU())
    with pytest.raises(
        ArgumentError, match=r"layer '0' returns two values, layer '1' takes one(.|\n)*return_indices=False"
    ):
        net(np.zeros((1, 1, 4, 4)))
    with pytest.raises(ArgumentError, match="a tuple of 2 arrays"):
        nn.Sequential(net[0], nn.Sequential(nn.ReLU()))(np.zeros((1, 1, 4, 4)))


def test_a_layer_of_one_s_own_may_take_two_values():
    class First(nn.Module):
        def forward(self, pair):
            return pair[0]

    net = nn.Sequential(nn.MaxPool2d(2, return_indices=True), nn.Identity(), First(), nn.ReLU())
    assert net(np.ones((1, 1, 4, 4))).shape == (1, 1, 2, 2)


def test_an_untied_bias_that_was_taken_away_leaves_no_size_behind(tmp_path):
    layer = nn.Conv2d(1, 2, 3, bias="untied", output_size=(2, 2))
    layer.bias = None
    layer.save(tmp_path / "net.safetensors")
    assert nn.load(tmp_path / "net.safetensors").bias is None
