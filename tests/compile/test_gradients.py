"""The gradients of whole compiled networks in float64 are the central differences of their compiled losses."""

import numpy as np
import pytest

from compile import mutants
from compile.agreement import reference
from pullback import nn
from pullback.autodiff import trace, value_and_grad
from pullback.compile.executable import Executable
from pullback.compile.guards import GuardedExecutable
from pullback.compile.program import compile_graph
from pullback.nn import functional_call

# Steps long enough that rounding is small against the differences; where there are kinks, so short, and so few images,
# that none is crossed.
STEP, BATCH = 1e-2, 19
SHORT_STEP, FEW = 1e-5, 3

NETS = {
    "smooth": lambda: nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(4, 6, 3, stride=2, padding=((0, 1), (1, 0))),
        nn.GELU(),
        nn.Flatten(),
        nn.Linear(24, 5),
    ),
    "with kinks": lambda: nn.Sequential(
        nn.Conv2d(2, 8, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 4, 2, dilation=2),
        nn.LeakyReLU(),
        nn.Flatten(),
        nn.Linear(4, 16),
        nn.ReLU(),
        nn.Linear(16, 5),
    ),
    "normalised": lambda: nn.Sequential(
        nn.Conv2d(2, 6, 3, groups=2, bias=False),
        nn.BatchNorm2d(6),
        nn.SiLU(),
        nn.Conv2d(6, 6, 3, groups=6),
        nn.GroupNorm(2, 6),
        nn.GlobalAvgPool(),
        nn.Flatten(),
        nn.Linear(6, 5),
    ),
    "transposed": lambda: nn.Sequential(
        nn.ConvTranspose2d(2, 3, 3, stride=2),
        nn.Sigmoid(),
        nn.Conv2d(3, 2, 1),
        nn.AvgPool2d(3, 2, 1),
        nn.Flatten(),
        nn.Linear(162, 5),
    ),
}


def _slope(name, compiler):
    """Σ gradient · v by the compiled gradients and by the five-point formula, and by how much they may differ."""
    step, batch = (SHORT_STEP, FEW) if name == "with kinks" else (STEP, BATCH)
    rng = np.random.default_rng(0)
    with nn.init.seeded(0):
        net = NETS[name]()
    x, labels = rng.standard_normal((batch, 2, 8, 8)), rng.integers(0, 5, batch)

    def loss(parameters, x):
        output, _ = functional_call(net, parameters | net.buffers, x, training=True)
        return nn.CrossEntropyLoss()(output, labels)

    parameters = {k: v.astype(np.float64) for k, v in net.parameters.items()}
    graph = trace(lambda p, x: value_and_grad(loss)(p, x), parameters, x).graph
    function, at = compiler(graph), [*parameters.values(), x]
    direction = [rng.uniform(-1, 1, p.shape) for p in parameters.values()]

    def value(k):
        moved = [p + k * step * v for p, v in zip(at, direction, strict=False)]
        return float(function([*moved, x])[0])

    def five_points(k):
        return (8 * (value(k) - value(-k)) - (value(2 * k) - value(-2 * k))) / (12 * k * step)

    gradients = function(at)[1:]
    slope = sum(float(np.sum(g * v)) for g, v in zip(gradients, direction, strict=True))
    wide, narrow = five_points(1), five_points(0.5)
    rounding = reference(graph, at, np.float64)[1][id(graph.outputs[0])]
    return slope, narrow, abs(wide - narrow) + 3 * float(rounding) / step


def check_gradients(name, compiler):
    slope, differences, allowed = _slope(name, compiler)
    assert allowed < 1e-4 * abs(slope), "the differences tell nothing"
    assert abs(slope - differences) <= allowed, f"gradient {slope!r}, differences {differences!r} within {allowed:.2g}"


@pytest.mark.parametrize("name", NETS)
def test_the_gradients_of_a_compiled_network_are_central_differences_of_its_loss(name):
    check_gradients(name, lambda graph: Executable(compile_graph(graph, "float64")))


@pytest.mark.parametrize("name", NETS)
def test_a_compiler_that_scales_elementwise_stages_is_rejected(name):
    with mutants.lowering(mutants.plainly_wrong), pytest.raises(AssertionError, match=r"gradient .*, differences"):
        check_gradients(name, lambda graph: GuardedExecutable(compile_graph(graph, "float64", debug=True)))
