"""Layers against PyTorch in float64: names, values in both modes, running statistics, gradients of a network."""

import numpy as np
import pytest

from pullback import nn
from pullback.autodiff import value_and_grad
from pullback.ops.losses import cross_entropy

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
SIZES = {1: (11,), 2: (11, 9), 3: (7, 6, 5)}

CONVOLUTIONS = [
    ("Conv", (4, 6, 3), {}),
    ("Conv", (4, 6, 3), {"stride": 2, "padding": 1}),
    ("Conv", (4, 8, 3, 2, 2, 2, 2), {}),
    ("Conv", (4, 6, 3, 1, "same"), {}),
    ("Conv", (4, 6, 2, 1, 1, 1, 1, False, "replicate"), {}),
    ("Conv", (4, 6, 3, 1, 1), {"padding_mode": "reflect"}),
    ("Conv", (4, 6, 3, 1, 1), {"padding_mode": "circular", "bias": False}),
    ("ConvTranspose", (4, 6, 3), {}),
    ("ConvTranspose", (4, 6, 3, 2, 1, 1), {}),
    ("ConvTranspose", (4, 6, 3, 2, 1, 1, 2, False, 2), {}),
]
POOLS = [
    ("MaxPool", (2,), {}),
    ("MaxPool", (3, 2, 1), {}),
    ("MaxPool", (3, 2, 1, 1, False, True), {}),
    ("MaxPool", (2, 1, 0, 2), {}),
    ("AvgPool", (2,), {}),
    ("AvgPool", (3, 2, 1, True, False), {}),
    ("AvgPool", (3, 2, 1), {}),
    ("LPPool", (2, 2), {}),
    ("AdaptiveAvgPool", (3,), {}),
    ("AdaptiveMaxPool", (3,), {}),
]
NORMS = [
    ("BatchNorm", (4,), {}),
    ("BatchNorm", (4, 1e-3, None), {}),
    ("BatchNorm", (4,), {"affine": False, "track_running_stats": False}),
]


def pads(rank):
    sides = tuple(min(k, 4) for k in range(1, 2 * rank + 1))
    yield "ConstantPad", (sides, 1.5), {}
    for name in ("ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad"):
        yield name, (sides,), {}


CASES = [
    (f"{name}{rank}d", rank, args, options)
    for rank in SIZES
    for name, args, options in (*CONVOLUTIONS, *POOLS, *NORMS, *pads(rank))
]
CASES += [
    ("GroupNorm", 2, (2, 4), {}),
    ("LayerNorm", 2, ((11, 9),), {}),
    ("LayerNorm", 2, (9,), {"bias": False}),
    ("Linear", 2, (9, 5), {}),
    ("Linear", 2, (9, 5, False), {}),
    ("Flatten", 3, (1, 2), {}),
    ("Unflatten", 2, (1, (2, 2)), {}),
    ("GELU", 2, ("tanh",), {}),
    ("Softmax", 2, (1,), {}),
    ("LogSoftmax", 2, (-1,), {}),
    ("Hardtanh", 2, (-0.5, 0.25), {}),
]
ACTIVATIONS = (
    "Identity ReLU ReLU6 SELU SiLU Sigmoid Tanh Softsign Hardsigmoid Hardswish Mish LeakyReLU ELU GELU Softplus"
)
CASES += [(name, 2, (), {}) for name in ACTIVATIONS.split()]


def assert_equal(ours, theirs):
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("name", "rank", "args", "options"), CASES)
def test_a_layer_is_pytorchs(name, rank, args, options):
    ours, theirs = getattr(nn, name)(*args, **options), getattr(torch.nn, name)(*args, **options).double()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    state = {k: v.numpy().copy() for k, v in theirs.state_dict().items()}
    x = RNG.standard_normal((3, 4, *SIZES[rank]))
    for training in (True, False, True):
        theirs.train(training)
        y, changed = nn.functional_call(ours, state, x, training=training)
        assert_equal(y, theirs(torch.tensor(x)))
        state |= changed
        for key, value in theirs.state_dict().items():
            assert_equal(state[key], value)


def made(source):
    return source.Sequential(
        source.Conv2d(1, 4, 3, padding=1),
        source.BatchNorm2d(4),
        source.ReLU(),
        source.MaxPool2d(2),
        source.Conv2d(4, 6, 3, groups=2, padding=1, padding_mode="reflect"),
        source.GELU(),
        source.ConvTranspose2d(6, 2, 2, stride=2),
        source.AdaptiveAvgPool2d((3, 2)),
        source.Flatten(),
        source.Linear(12, 5),
    )


def test_the_gradients_of_a_network_are_pytorchs():
    ours, theirs = made(nn), made(torch.nn).double()
    ours.load_state_dict(theirs.state_dict())
    params = {k: v.detach().numpy().copy() for k, v in theirs.named_parameters()}
    x, labels = RNG.standard_normal((6, 1, 8, 8)), RNG.integers(0, 5, 6)
    loss, grads = value_and_grad(lambda p: cross_entropy(nn.functional_call(ours, p, x, training=True)[0], labels))(
        params
    )
    expected = torch.nn.functional.cross_entropy(theirs(torch.tensor(x)), torch.tensor(labels))
    expected.backward()
    assert_equal(loss, expected)
    for name, value in theirs.named_parameters():
        assert_equal(grads[name], value.grad)


def test_a_wrong_weight_is_noticed():
    ours, theirs = nn.Linear(3, 2), torch.nn.Linear(3, 2).double()
    x = RNG.standard_normal((4, 3))
    with pytest.raises(AssertionError):
        assert_equal(ours(x), theirs(torch.tensor(x)))


@pytest.mark.parametrize("rank", SIZES)
def test_switches_and_unpooling_are_pytorchs(rank):
    x = RNG.standard_normal((2, 4, *SIZES[rank]))
    y, switches = getattr(nn, f"MaxPool{rank}d")(2, return_indices=True)(x)
    expected, indices = getattr(torch.nn, f"MaxPool{rank}d")(2, return_indices=True)(torch.tensor(x))
    assert_equal(y, expected)
    np.testing.assert_array_equal(switches, indices.numpy())
    back = getattr(nn, f"MaxUnpool{rank}d")(2)(y, switches, x.shape[2:])
    assert_equal(back, getattr(torch.nn, f"MaxUnpool{rank}d")(2)(expected, indices, x.shape))


def test_nearest_upsampling_is_pytorchs():
    x = RNG.standard_normal((2, 3, 4, 5))
    assert_equal(nn.Upsample(3)(x), torch.nn.Upsample(scale_factor=3)(torch.tensor(x)))
