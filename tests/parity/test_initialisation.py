"""New layers draw from the distributions of PyTorch's."""

import numpy as np
import pytest
import torch

from pullback import nn
from pullback.nn import init

pytestmark = pytest.mark.parity

# Smirnov's two-sample test: samples of one distribution are further apart once in 10,000 pairs. The seeds are fixed.
ONCE_IN_10_000 = np.sqrt(-np.log(1e-4 / 2) / 2)

DRAWN = [
    ("Conv1d", (32, 48, 5), {}),
    ("Conv2d", (16, 24, 3), {}),
    ("Conv2d", (16, 32, 3), {"groups": 4}),
    ("Conv3d", (8, 24, 2), {}),
    ("ConvTranspose1d", (48, 32, 5), {}),
    ("ConvTranspose2d", (24, 16, 3), {}),
    ("ConvTranspose2d", (32, 16, 3), {"groups": 4}),
    ("ConvTranspose3d", (24, 8, 2), {}),
    ("Linear", (100, 60), {}),
]
FIXED = [
    *((f"BatchNorm{rank}d", (5,), {}) for rank in (1, 2, 3)),
    ("BatchNorm2d", (5,), {"affine": False}),
    ("BatchNorm2d", (5,), {"track_running_stats": False}),
    ("LayerNorm", ((4, 3),), {}),
    ("GroupNorm", (2, 4), {}),
]


def distance(a, b):
    """The largest difference between two empirical distribution functions."""
    a, b = np.sort(np.ravel(a)), np.sort(np.ravel(b))
    at = np.concatenate([a, b])
    return np.max(np.abs(np.searchsorted(a, at, "right") / a.size - np.searchsorted(b, at, "right") / b.size))


def same_distribution(a, b):
    """Reject when the samples are further apart than those of one distribution are."""
    a, b = np.ravel(a), np.ravel(b)
    limit = ONCE_IN_10_000 * np.sqrt((a.size + b.size) / (a.size * b.size))
    found = distance(a, b)
    assert found <= limit, f"distributions differ by {found:.4f}, chance explains {limit:.4f}"


def same_range(a, b):
    """Reject when the extremes of two samples of a thousand uniform numbers differ by more than a hundredth."""
    for x, y in ((np.min(a), np.min(b)), (np.max(a), np.max(b))):
        assert abs(x - y) <= 0.01 * abs(y), (
            f"from {np.min(a):.4f} to {np.max(a):.4f}, PyTorch {np.min(b):.4f} to {np.max(b):.4f}"
        )


def drawn(name, args, options, count=40):
    """The parameters of many new layers, ours and PyTorch's, by name."""
    nn.init.seed(7)
    torch.manual_seed(7)
    ours = [getattr(nn, name)(*args, **options).state_dict() for _ in range(count)]
    theirs = [getattr(torch.nn, name)(*args, **options).state_dict() for _ in range(count)]
    assert list(ours[0]) == list(theirs[0])
    return {k: (np.array([s[k] for s in ours]), np.array([s[k].numpy() for s in theirs])) for k in ours[0]}


@pytest.mark.parametrize(("name", "args", "options"), DRAWN)
def test_weights_and_biases_are_drawn_as_in_pytorch(name, args, options):
    for ours, theirs in drawn(name, args, options).values():
        same_distribution(ours, theirs)
        same_range(ours, theirs)


@pytest.mark.parametrize(("name", "args", "options"), FIXED)
def test_normalisation_starts_as_in_pytorch(name, args, options):
    for ours, theirs in drawn(name, args, options, count=1).values():
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


FUNCTIONS = [
    ("uniform", {"low": -0.3, "high": 0.5}, "uniform_", {"a": -0.3, "b": 0.5}),
    ("normal", {"mean": 0.1, "std": 0.5}, "normal_", {"mean": 0.1, "std": 0.5}),
    *(
        (f"kaiming_{kind}", options, f"kaiming_{kind}_", options)
        for kind in ("uniform", "normal")
        for options in (
            {},
            {"mode": "fan_out"},
            {"nonlinearity": "relu"},
            {"a": 0.3},
            {"nonlinearity": "tanh", "mode": "fan_out"},
        )
    ),
    *((f"xavier_{kind}", o, f"xavier_{kind}_", o) for kind in ("uniform", "normal") for o in ({}, {"gain": 0.4})),
]


@pytest.mark.parametrize(("name", "options", "theirs", "their_options"), FUNCTIONS)
@pytest.mark.parametrize("shape", [(64, 32, 3, 3), (40, 300)])
def test_an_initialiser_draws_as_in_pytorch(name, options, theirs, their_options, shape):
    nn.init.seed(3)
    torch.manual_seed(3)
    ours = getattr(init, name)(shape, **options)
    expected = getattr(torch.nn.init, theirs)(torch.empty(shape), **their_options).numpy()
    same_distribution(ours, expected)
    if "uniform" in name:
        same_range(ours, expected)


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
def test_gains_are_those_of_pytorch(name):
    assert init.gain(name) == pytest.approx(
        torch.nn.init.calculate_gain(name, 0.0 if name == "leaky_relu" else None), rel=1e-15
    )


# Negative controls


@pytest.mark.parametrize(
    "wrong", [lambda b: 0.97 * b, lambda b: np.abs(b), lambda b: b + 0.05 * b.max(), lambda b: np.sign(b) * b.max()]
)
def test_another_distribution_is_rejected(wrong):
    ours, theirs = drawn("Conv2d", (16, 24, 3), {})["weight"]
    with pytest.raises(AssertionError, match="distributions differ"):
        same_distribution(wrong(ours), theirs)


def test_a_bound_that_counts_one_tap_too_many_is_rejected():
    ours, theirs = drawn("Conv2d", (2, 24, 3), {}, count=200)["weight"]
    with pytest.raises(AssertionError, match="PyTorch"):
        same_range(ours * np.sqrt(18 / 19), theirs)


def test_a_normal_distribution_of_the_same_variance_is_rejected():
    _, theirs = drawn("Linear", (100, 60), {})["weight"]
    normal = np.random.default_rng(0).normal(0, theirs.std(), theirs.shape)
    with pytest.raises(AssertionError, match="distributions differ"):
        same_distribution(normal, theirs)
