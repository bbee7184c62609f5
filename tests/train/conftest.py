import numpy as np
import pytest

from pullback import nn
from pullback.nn import init


@pytest.fixture
def points():
    """Two classes in the plane that a line separates, 70 points: a last batch of 6 at batch size 16 or 32."""
    rng = np.random.default_rng(0)
    labels = np.arange(70) % 2
    return rng.normal(size=(70, 2)) * 0.5 + np.where(labels == 1, 2.0, -2.0)[:, None], labels


@pytest.fixture
def pictures():
    """Random pictures and labels, 40 of them: nothing to learn, but everything must come out alike."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(40, 1, 6, 6)), rng.integers(0, 3, 40)


@pytest.fixture
def make_net():
    """A small network with everything that has state: batch normalisation, dropout, a convolution."""

    def make(seed=0):
        init.seed(seed)
        return nn.Sequential(
            conv=nn.Conv2d(1, 2, 3), bn=nn.BatchNorm2d(2), relu=nn.ReLU(), flatten=nn.Flatten(),
            drop=nn.Dropout(0.2), fc=nn.Linear(32, 3),
        )  # fmt: skip

    return make


@pytest.fixture
def line():
    """A linear layer that starts at zero."""

    def make(inputs=2, outputs=2):
        net = nn.Linear(inputs, outputs)
        net.load_state_dict({"weight": np.zeros((outputs, inputs)), "bias": np.zeros(outputs)})
        return net

    return make
