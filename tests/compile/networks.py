"""Random networks with their training step: what compiled code is compared with the interpreter on."""

import numpy as np
from hypothesis import strategies as st

from pullback import nn, optim
from pullback.autodiff import trace
from pullback.errors import PullbackError
from pullback.train.step import Recipe, State, step_outputs

SMOOTH = [nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, nn.Softplus]
BENT = [nn.ReLU, nn.LeakyReLU, nn.ELU, nn.Hardswish]
MAX_ENTRIES = 6000
KINDS = ["conv", "conv", "conv", "pool", "norm", "activation", "activation", "transposed", "residual", "volume"]


class Example:
    """A training step: its graph and the inputs."""

    def __init__(self, graph, inputs, text):
        self.graph, self.inputs, self.text = graph, inputs, text

    def __repr__(self):
        return self.text


class Residual(nn.Module):
    """x + layers(x), or both side by side as channels."""

    def __init__(self, layers, joined=False):
        self.layers, self.joined = layers, joined

    def forward(self, x):
        y = self.layers(x)
        return np.concatenate([x, y], axis=1) if self.joined else x + y


@st.composite
def predictions(draw):
    """A random network at work: its output for one batch."""
    seed = draw(st.integers(0, 2**16))
    with nn.init.seeded(seed):
        x, layers = draw_layers(draw, np.random.default_rng(seed), (*SMOOTH, *BENT))
    net = nn.Sequential(*layers)
    return Example(trace(net.eval(), x).graph, [x], f"{net!r}\nat work on x{x.shape}")


@st.composite
def steps(draw, activations=(*SMOOTH, *BENT), optimizers=("sgd", "momentum", "adam")):
    """The training step of a random network."""
    seed = draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    with nn.init.seeded(seed):
        x, layers = draw_layers(draw, rng, activations)
    net = nn.Sequential(*layers)
    optimizer = {
        "sgd": optim.SGD(lr=0.1),
        "momentum": optim.SGD(lr=0.1, momentum=0.9, weight_decay=0.01),
        "adam": optim.Adam(lr=0.01),
    }[draw(st.sampled_from(optimizers))]
    classes = layers[-1].out_features
    targets = draw(st.sampled_from(["classes", "numbers"]))
    loss = nn.CrossEntropyLoss() if targets == "classes" else nn.MSELoss()
    labels = rng.integers(0, classes, len(x)) if targets == "classes" else rng.uniform(-1, 1, (len(x), classes))
    return training_step(net, loss, optimizer, x, labels, rng)


def training_step(net, loss, optimizer, x, labels, rng):
    """One step from a state in the middle of training: what the optimiser remembers is not zero."""
    recipe = Recipe(net, loss, optimizer, accuracy=labels.dtype.kind == "i")
    state = State(dict(net.parameters), dict(net.buffers), {})
    memory = optimizer.init(state.parameters)
    memory = {k: v + rng.uniform(0.5, 1, np.shape(v)) if k != "step" else v + 7 for k, v in memory.items()}
    parts = (state.parameters, state.buffers, memory)

    def step(parameters, buffers, moments, *rest):
        return step_outputs(recipe, State(parameters, buffers, moments), *rest)

    arrays = (x, labels, np.asarray(0.1), np.array([3, 7]))
    graph = trace(step, *parts, *arrays).graph
    inputs = [np.asarray(v, np.float64 if np.asarray(v).dtype.kind == "f" else None) for p in parts for v in p.values()]
    return Example(graph, [*inputs, *arrays], f"{net!r}\n{optimizer} on x{x.shape}, {loss}")


def draw_layers(draw, rng, activations):
    """Images and layers that fit them; what does not fit is left out."""
    batch = draw(st.one_of(st.integers(1, 40), st.sampled_from([1, 8, 16, 17, 32])))
    shape = (batch, draw(st.integers(1, 4)), draw(st.integers(1, 12)), draw(st.integers(1, 12)))
    x = rng.standard_normal(shape)
    y, layers = x, []
    for _ in range(draw(st.integers(0, 4))):
        layer = draw(spatial_layers(y.shape[1], activations))
        y = _grown(layer, y, layers)
    if draw(st.booleans()):
        y = _grown(nn.GlobalAvgPool(), y, layers)
    y = _grown(nn.Flatten(), y, layers)
    for _ in range(draw(st.integers(0, 1))):
        y = _grown(nn.Linear(y.shape[1], draw(st.integers(1, 20))), y, layers)
        y = _grown(draw(st.sampled_from([*activations, lambda: nn.Dropout(0.4)]))(), y, layers)
    _grown(nn.Linear(y.shape[1], draw(st.integers(2, 11))), y, layers)
    return x, layers


def _grown(layer, y, layers):
    try:
        grown = np.asarray(layer(y))
    except PullbackError:
        return y
    if not 0 < grown.size <= MAX_ENTRIES * len(y) // 8 or not np.isfinite(grown).all():
        return y
    layers.append(layer)
    return grown


TWO = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def spatial_layers(draw, channels, activations):
    """A layer for images with so many channels, over a wide range of its arguments; it need not fit."""
    kind = draw(st.sampled_from(KINDS))
    if kind == "conv":
        return draw(convolutions(channels))
    if kind == "transposed":
        groups = draw(st.sampled_from([1, channels]))
        out = groups * draw(st.integers(1, 4))
        return nn.ConvTranspose2d(channels, out, draw(TWO), draw(TWO), draw(st.integers(0, 1)), 0, groups)
    if kind == "pool":
        kernel, stride, padding = draw(TWO), draw(TWO), draw(st.integers(0, 1))
        if draw(st.booleans()):
            return nn.MaxPool2d(2) if draw(st.booleans()) else nn.MaxPool2d(kernel, stride, padding)
        return nn.AvgPool2d(kernel, stride, padding)
    if kind == "residual":
        return draw(residuals(channels, activations))
    if kind == "volume":
        filters = nn.Conv3d(1, draw(st.integers(1, 3)), (*draw(TWO), 2), padding=1)
        return nn.Sequential(nn.Unflatten(1, (1, channels)), filters, nn.Flatten(1, 2))
    if kind == "norm":
        return draw(st.sampled_from([nn.BatchNorm2d(channels), nn.GroupNorm(1, channels, eps=0.1)]))
    return draw(st.sampled_from(activations))()


@st.composite
def convolutions(draw, channels):
    """A convolution: plain, padded, strided, dilated, grouped, with and without a bias."""
    groups = draw(st.sampled_from([g for g in (1, 1, 2, channels) if channels % g == 0]))
    out = groups * draw(st.integers(1, 5)) if groups > 1 else draw(st.sampled_from([1, 2, 3, 5, 8, 16, 19]))
    pair = st.tuples(st.integers(0, 2), st.integers(0, 2))
    padding = draw(st.one_of(st.just(0), st.integers(0, 2), st.tuples(pair, pair)))
    stride, dilation = draw(st.one_of(st.just(1), TWO)), draw(st.one_of(st.just(1), st.integers(1, 2)))
    return nn.Conv2d(channels, out, draw(TWO), stride, padding, dilation, groups, draw(st.booleans()))


@st.composite
def residuals(draw, channels, activations):
    """A block whose input goes on beside it."""
    inner = nn.Conv2d(channels, channels, 3, padding=1, groups=draw(st.sampled_from([1, channels])))
    layers = [inner, draw(st.sampled_from(activations))()]
    if draw(st.booleans()):
        layers += [nn.BatchNorm2d(channels), nn.Conv2d(channels, channels, 1)]
    return Residual(nn.Sequential(*layers), draw(st.booleans()))
