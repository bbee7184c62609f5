"""Every layer from PyTorch's state dict: values, gradients of the input and all parameters, second gradients."""

import numpy as np
import pytest
import torch

from parity import compare
from parity.layers import DROPOUTS, LAYERS, Layer, image, pair_of
from pullback import nn

pytestmark = pytest.mark.parity

every_layer = pytest.mark.parametrize("layer", LAYERS, ids=str)


@every_layer
def test_a_layer_loads_the_state_of_pytorch_as_it_is(layer):
    ours, theirs = layer.ours(), layer.pytorch()
    state = {k: v.numpy() for k, v in theirs.state_dict().items()}
    assert {k: v.shape for k, v in ours.state_dict().items()} == {k: v.shape for k, v in state.items()}
    ours.load_state_dict(theirs.state_dict())
    for name, value in ours.state_dict().items():
        np.testing.assert_array_equal(value, state[name])
        assert value.dtype == state[name].dtype
    assert list(ours.parameters) == [name for name, _ in theirs.named_parameters()]


@every_layer
def test_values_and_gradients_of_a_layer_are_those_of_pytorch(layer):
    pair = pair_of(layer)
    compare.values(pair)
    compare.gradients(pair)


# PyTorch's binary_cross_entropy adds 1e-12 to the denominators of its second derivative; the operator is compared with
# the same function from logarithms.
@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer.name != "BCELoss"], ids=str)
def test_second_gradients_of_a_layer_are_those_of_pytorch(layer):
    compare.second_gradients(pair_of(layer))


@pytest.mark.parametrize("layer", LAYERS[::7], ids=str)
def test_a_layer_in_single_precision_gives_the_values_and_gradients_of_pytorch(layer):
    pair = pair_of(layer)
    compare.values(pair, np.float32)
    compare.gradients(pair, np.float32)


STATISTICS = [
    Layer(f"{kind}{rank}d", (image(rank),), (4,), {"momentum": momentum, "track_running_stats": True}, training=True)
    for kind in ("BatchNorm", "InstanceNorm")
    for rank in (1, 2, 3)
    for momentum in (0.1, 0.7, None)
    if kind == "BatchNorm" or momentum is not None
]


def statistics(layer, theirs):
    """PyTorch's buffers, but for the count of InstanceNorm, which it has and never raises."""
    counted = layer.name.startswith("BatchNorm")
    return [(k, v) for k, v in theirs.named_buffers() if counted or k != "num_batches_tracked"]


@pytest.mark.parametrize("layer", STATISTICS, ids=str)
def test_running_statistics_after_three_training_steps_are_those_of_pytorch(layer):
    ours, theirs = layer.ours(), layer.pytorch()
    ours.load_state_dict(theirs.state_dict())
    theirs.double()
    state = {k: v.astype(np.float64) if v.dtype.kind == "f" else v for k, v in ours.buffers.items()}
    rng = np.random.default_rng(0)
    for _ in range(3):
        x = rng.standard_normal(layer.inputs[0].shape) * 2 + 1
        theirs(torch.from_numpy(x))
        state |= nn.functional_call(ours, state, x, training=True)[1]
        for name, value in statistics(layer, theirs):
            # Sums of k terms of size 10 at most, three times; every update rounds a few times more.
            bound = 3 * (x[:, 0].size + 8) * np.finfo(np.float64).eps * 10
            compare.equal(state[name], value.numpy(), bound if value.is_floating_point() else 0, name)


@pytest.mark.parametrize("layer", STATISTICS, ids=str)
def test_a_layer_called_directly_keeps_the_statistics_of_pytorch(layer):
    ours, theirs = layer.ours(), layer.pytorch()
    ours.load_state_dict(theirs.state_dict())
    rng = np.random.default_rng(0)
    for _ in range(3):
        x = rng.standard_normal(layer.inputs[0].shape).astype(np.float32)
        theirs(torch.from_numpy(x))
        ours(x)
    for name, value in statistics(layer, theirs):
        bound = 3 * (x[:, 0].size + 8) * np.finfo(np.float32).eps * 10
        compare.equal(ours.state_dict()[name], value.numpy(), bound if value.is_floating_point() else 0, name)
    x = rng.standard_normal(layer.inputs[0].shape).astype(np.float32)
    bound = 100 * (x[:, 0].size + 8) * np.finfo(np.float32).eps
    compare.equal(
        ours.eval()(x), theirs.eval()(torch.from_numpy(x)).detach().numpy(), bound, "value in evaluation mode"
    )


@pytest.mark.parametrize("name", [*DROPOUTS])
@pytest.mark.parametrize("p", [0.0, 1.0])
def test_dropout_of_nothing_and_of_everything_is_that_of_pytorch(name, p):
    x = np.random.default_rng(0).standard_normal(DROPOUTS[name])
    ours, _ = nn.functional_call(getattr(nn, name)(p), {}, x, training=True, key=(0, 0))
    np.testing.assert_array_equal(ours, getattr(torch.nn, name)(p)(torch.from_numpy(x)).numpy())
