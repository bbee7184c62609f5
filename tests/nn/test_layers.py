import numpy as np
import pytest

from pullback import nn
from pullback.errors import ArgumentError, ShapeError
from pullback.ops.convs import conv2d

RNG = np.random.default_rng(0)


def test_conv2d_is_the_operator_with_the_layers_weight_and_bias():
    layer = nn.Conv2d(4, 6, (3, 2), stride=2, padding=((1, 0), (0, 2)), dilation=2, groups=2, padding_mode="reflect")
    x = RNG.standard_normal((2, 4, 9, 8))
    expected = conv2d(
        x,
        layer.weight,
        layer.bias,
        stride=2,
        padding=((1, 0), (0, 2)),
        dilation=2,
        groups=2,
        padding_mode="reflect",
    )
    np.testing.assert_array_equal(layer(x), expected)
    assert layer.weight.shape == (6, 2, 3, 2)


@pytest.mark.parametrize(
    ("bias", "shape"), [(True, (6,)), ("tied", (6,)), ("untied", (6, 4, 3)), (False, None), (None, None)]
)
def test_a_bias_is_tied_or_untied_or_absent(bias, shape):
    layer = nn.Conv2d(1, 6, 3, bias=bias, output_size=(4, 3) if bias == "untied" else None)
    assert (None if layer.bias is None else layer.bias.shape) == shape
    assert layer(np.zeros((1, 1, 6, 5))).shape == (1, 6, 4, 3)


def test_an_untied_bias_is_added_position_by_position():
    layer = nn.Conv1d(1, 1, 1, bias="untied", output_size=3)
    layer.weight[...], layer.bias[...] = 1.0, [[10.0, 20.0, 30.0]]
    np.testing.assert_array_equal(layer(np.array([[[1.0, 2.0, 3.0]]])), [[[11.0, 22.0, 33.0]]])


def test_an_untied_bias_needs_the_outputs_size():
    with pytest.raises(ArgumentError, match=r"an untied bias needs to know its positions(.|\n)*output_size=\(P, Q\)"):
        nn.Conv2d(1, 6, 3, bias="untied")


def test_an_untied_bias_of_another_size_is_an_error_at_the_layer():
    net = nn.Sequential(conv=nn.Conv2d(1, 2, 3, bias="untied", output_size=(4, 4)))
    with pytest.raises(ShapeError, match=r"bias does not fit(.|\n)*layer 'conv'"):
        net(np.zeros((1, 1, 9, 9)))


def test_same_padding_keeps_the_size_and_valid_pads_nothing():
    x = np.zeros((1, 1, 7, 6))
    assert nn.Conv2d(1, 1, 4, padding="same")(x).shape == (1, 1, 7, 6)
    assert nn.Conv2d(1, 1, 3, stride=2, padding="same")(x).shape == (1, 1, 4, 3)
    assert nn.Conv2d(1, 1, 3, padding="valid")(x).shape == (1, 1, 5, 4)


def test_a_transposed_convolution_undoes_the_shape_of_a_convolution():
    x = np.zeros((1, 2, 9, 7))
    y = nn.Conv2d(2, 3, 3, stride=2, padding=1)(x)
    up = nn.ConvTranspose2d(3, 2, 3, stride=2, padding=1)
    assert up(y).shape == x.shape
    assert up.weight.shape == (3, 2, 3, 3)


def test_a_locally_connected_layer_has_a_filter_per_position():
    layer = nn.LocallyConnected1d(1, 1, input_size=3, kernel_size=2, bias=False)
    layer.weight[...] = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 1, 2)
    # 1·5 + 2·6 and 3·6 + 4·7
    np.testing.assert_array_equal(layer(np.array([[[5.0, 6.0, 7.0]]])), [[[17.0, 46.0]]])
    assert nn.LocallyConnected2d(3, 4, (8, 6), 3, bias="untied").bias.shape == (4, 6, 4)
    assert nn.LocallyConnected3d(1, 2, 4, 2).weight.shape == (2, 3, 3, 3, 1, 2, 2, 2)


@pytest.mark.parametrize(
    ("made", "pattern"),
    [
        (lambda: nn.Conv2d(0, 1, 3), "Conv2d: in_channels does not fit"),
        (lambda: nn.Conv2d(1, 2.0, 3), "Conv2d: out_channels does not fit"),
        (lambda: nn.Conv2d(1, 1, 0), "Conv2d: kernel_size does not fit"),
        (lambda: nn.Conv2d(3, 4, 3, groups=2), "groups must divide"),
        (lambda: nn.Conv2d(1, 1, 3, bias="both"), "no such bias"),
        (lambda: nn.Linear(3, -1), "Linear: out_features does not fit"),
        (lambda: nn.LocallyConnected2d(1, 1, 2, 3), "LocallyConnected2d: output would be empty"),
        (lambda: nn.Bias((2, 0)), "Bias: size does not fit"),
        (lambda: nn.Dropout(1.5), "Dropout: p is a probability"),
        (lambda: nn.GroupNorm(3, 4), "groups must divide the channels"),
        (lambda: nn.ZeroPad2d((1, 2)), "ZeroPad2d: padding does not fit"),
        (lambda: nn.Upsample(0), "Upsample: scale_factor does not fit"),
        (lambda: nn.Unflatten(1, ()), "Unflatten: sizes are missing"),
        (lambda: nn.BatchNorm2d(0), "BatchNorm2d: num_features does not fit"),
    ],
)
def test_wrong_arguments_are_named_when_the_layer_is_made(made, pattern):
    with pytest.raises((ArgumentError, ShapeError), match=pattern):
        made()


def test_linear_multiplies_by_the_transposed_weight():
    layer = nn.Linear(2, 1)
    layer.weight[...], layer.bias[...] = [[2.0, 3.0]], 1.0
    np.testing.assert_array_equal(layer(np.array([[10.0, 100.0]])), [[321.0]])


def test_a_bias_layer_is_tied_or_untied_by_its_size():
    tied, untied = nn.Bias(2), nn.Bias((2, 3))
    tied.bias[...], untied.bias[...] = [1, 2], [[0, 1, 2], [3, 4, 5]]
    x = np.zeros((1, 2, 3))
    np.testing.assert_array_equal(tied(x)[0], [[1, 1, 1], [2, 2, 2]])
    np.testing.assert_array_equal(untied(x)[0], [[0, 1, 2], [3, 4, 5]])


def test_flatten_and_unflatten_undo_each_other():
    x = RNG.standard_normal((2, 3, 4, 5))
    flat = nn.Flatten()(x)
    assert flat.shape == (2, 60)
    np.testing.assert_array_equal(nn.Unflatten(1, (3, -1, 5))(flat), x)


def test_unpooling_puts_the_maxima_back():
    pool, unpool = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)
    x = np.array([[[[1.0, 5.0], [2.0, 3.0]]]])
    y, switches = pool(x)
    assert switches == 1
    np.testing.assert_array_equal(unpool(y, switches), [[[[0.0, 5.0], [0.0, 0.0]]]])


def test_pads_are_given_last_axis_first():
    x = np.ones((1, 1, 1, 1))
    # one on the left, two on the right, three above, four below
    y = nn.ZeroPad2d((1, 2, 3, 4))(x)
    assert y.shape == (1, 1, 8, 4)
    assert y[0, 0, 3, 1] == 1
    assert nn.ConstantPad1d((0, 2), 7.0)(np.array([[[1.0]]])).tolist() == [[[1.0, 7.0, 7.0]]]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (nn.ReflectionPad1d(2), [3, 2, 1, 2, 3, 4, 3, 2]),
        (nn.ReplicationPad1d(2), [1, 1, 1, 2, 3, 4, 4, 4]),
        (nn.CircularPad1d(2), [3, 4, 1, 2, 3, 4, 1, 2]),
    ],
)
def test_padding_modes_are_those_of_the_table(layer, expected):
    np.testing.assert_array_equal(layer(np.array([[[1, 2, 3, 4]]]))[0, 0], expected)


def test_upsampling_repeats_entries():
    y = nn.Upsample((2, 3))(np.array([[[[1.0, 2.0]]]]))
    np.testing.assert_array_equal(y[0, 0], [[1, 1, 1, 2, 2, 2]] * 2)
    with pytest.raises(ShapeError, match="upsample_nearest: x needs spatial axes"):
        nn.Upsample(2)(np.zeros((2, 3)))


def test_batch_norm_normalises_by_the_batch_and_remembers():
    layer = nn.BatchNorm2d(1, eps=0.0)
    x = np.array([1.0, 3.0, 5.0, 7.0]).reshape(2, 1, 2, 1)
    # mean 4, biased variance 5, unbiased 20/3
    np.testing.assert_allclose(layer(x).ravel(), (x.ravel() - 4) / 5**0.5, rtol=1e-6)
    np.testing.assert_allclose(layer.running_mean, [0.4], rtol=1e-6)
    np.testing.assert_allclose(layer.running_var, [0.9 + 0.1 * 20 / 3], rtol=1e-6)
    layer.eval()
    np.testing.assert_allclose(layer(x).ravel(), (x.ravel() - 0.4) / (0.9 + 2 / 3) ** 0.5, rtol=1e-6)


def test_batch_norm_without_momentum_averages_all_batches():
    layer = nn.BatchNorm1d(1, momentum=None)
    for values in ([0.0, 2.0], [4.0, 8.0], [9.0, 15.0]):
        layer(np.array(values)[:, None])
    # means 1, 6, 12; unbiased variances 2, 8, 18
    np.testing.assert_allclose(layer.running_mean, [19 / 3], rtol=1e-6)
    np.testing.assert_allclose(layer.running_var, [28 / 3], rtol=1e-6)
    assert layer.num_batches_tracked == 3


def test_batch_norm_checks_the_number_of_axes():
    with pytest.raises(ShapeError, match="BatchNorm2d: x needs 4 axes"):
        nn.BatchNorm2d(3)(np.zeros((2, 3)))


def test_a_batch_norm_that_tracks_nothing_uses_the_batch_in_both_modes():
    layer = nn.BatchNorm1d(2, affine=False, track_running_stats=False)
    x = RNG.standard_normal((5, 2))
    assert layer.state_dict() == {}
    np.testing.assert_array_equal(layer(x), layer.eval()(x))


@pytest.mark.parametrize("layer", [nn.LayerNorm((3, 4)), nn.GroupNorm(1, 3), nn.InstanceNorm(3)])
def test_other_normalisations_give_each_sample_mean_0_and_variance_1(layer):
    y = layer(RNG.standard_normal((2, 3, 4)) * 5 + 7)
    axes = (2,) if isinstance(layer, nn.InstanceNorm) else (1, 2)
    np.testing.assert_allclose(y.mean(axis=axes), 0, atol=1e-6)
    np.testing.assert_allclose(y.var(axis=axes), 1, atol=1e-4)


def test_losses_are_called_with_predictions_and_targets():
    logits = np.log(np.array([[0.25, 0.75], [0.5, 0.5]]))
    labels = np.array([1, 0])
    expected = -(np.log(0.75) + np.log(0.5)) / 2
    assert nn.CrossEntropyLoss()(logits, labels) == pytest.approx(expected)
    assert nn.NLLLoss()(nn.LogSoftmax()(logits), labels) == pytest.approx(expected)
    # weights 1 and 3: (3·log 0.75 + 1·log 0.5) / 4
    weighted = -(3 * np.log(0.75) + np.log(0.5)) / 4
    assert nn.CrossEntropyLoss(weight=[1.0, 3.0])(logits, labels) == pytest.approx(weighted)
    assert nn.MSELoss(reduction="sum")(np.array([1.0, 2.0]), np.array([0.0, 4.0])) == 5
    assert nn.BCEWithLogitsLoss()(np.zeros(2), np.array([0.0, 1.0])) == pytest.approx(np.log(2))
