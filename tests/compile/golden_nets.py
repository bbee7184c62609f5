"""Five tiny networks whose emitted code is kept in `golden/`, each for another target.

`PYTHONPATH=src:tests python tests/compile/golden_nets.py` writes it anew. A refactoring must not change it; where the
code is meant to change, read the difference before it is committed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compile.networks import training_step
from pullback import nn, optim
from pullback.autodiff import trace, value_and_grad
from pullback.compile.emission import emit
from pullback.compile.native.target import Target
from pullback.nn import functional_call

FOLDER = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Golden:
    """One network: a graph in one precision for one target."""

    name: str
    graph: Any
    dtype: str
    target: Any

    @property
    def path(self):
        """Where the code is kept."""
        return FOLDER / f"{self.name}.ll"

    def text(self):
        """The code as it is emitted now."""
        return emit(self.graph(), self.dtype, self.target()).module + "\n"


def _softmax_regression():
    """A whole training step."""
    net, rng = nn.Sequential(nn.Linear(3, 2)), np.random.default_rng(0)
    x, labels = np.zeros((4, 3)), np.zeros(4, np.int64)
    return training_step(net, nn.CrossEntropyLoss(), optim.SGD(lr=0.1), x, labels, rng).graph


def _gradients(net, shape, classes):
    """The mean squared error of a network and its gradients."""

    def loss(parameters, x, y):
        return nn.MSELoss()(functional_call(net, parameters | net.buffers, x, training=True)[0], y)

    x, y = np.zeros(shape), np.zeros((shape[0], classes))
    return trace(value_and_grad(loss), dict(net.parameters), x, y).graph


def _perceptron():
    return _gradients(nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(), nn.Linear(3, 1)), (5, 2), 1)


def _convolution():
    net = nn.Sequential(nn.Conv2d(1, 2, 2, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    return _gradients(net, (8, 1, 3, 3), 2)


def _normalised():
    return _gradients(nn.Sequential(nn.BatchNorm2d(2), nn.GlobalAvgPool(), nn.Flatten()), (4, 2, 2, 2), 2)


def _prediction():
    net = nn.Sequential(nn.Conv2d(2, 2, 3, stride=2, padding=1), nn.ReLU(), nn.GlobalAvgPool())
    return trace(net, np.zeros((5, 2, 5, 3))).graph


GOLDEN = (
    Golden("softmax-regression", _softmax_regression, "float32", lambda: Target.limited("sse2")),
    Golden("perceptron", _perceptron, "float64", lambda: Target.limited("avx2")),
    Golden("convolution", _convolution, "float32", lambda: Target.limited("avx2")),
    Golden("prediction", _prediction, "float32", lambda: Target.limited("avx512")),
    Golden("normalised", _normalised, "float64", Target.aarch64),
)


def write():
    """Write the code of all five networks."""
    FOLDER.mkdir(exist_ok=True)
    for golden in GOLDEN:
        golden.path.write_text(golden.text(), encoding="utf-8")


if __name__ == "__main__":
    write()
