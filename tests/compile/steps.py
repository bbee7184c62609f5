"""Training steps of the ready networks, as graphs with arguments."""

import numpy as np

import pullback as pb
from pullback.nn import init
from pullback.nn.zoo import NETS
from pullback.train.step import Batch, Recipe, State, Stepper, inputs_of


class Graphs:
    """An engine that keeps the graph."""

    def step_function(self, graph, dtype):
        del dtype
        self.graph = graph


def training_step(name, shape, batch, optimizer=None):
    """The graph of a training step, and its inputs."""
    init.seed(0)
    net, optimizer = NETS[name](shape, 10), optimizer or pb.SGD(lr=0.1, momentum=0.9)
    state = State(net.parameters, net.buffers, optimizer.init(net.parameters))
    rng = np.random.default_rng(1)
    images = rng.standard_normal((batch, *shape)).astype(np.float32)
    one = Batch(images, rng.integers(0, 10, batch), 0.01, (0, 0))
    engine = Graphs()
    Stepper(Recipe(net, pb.cross_entropy, optimizer, accuracy=True), engine, "float32").traced(state, one)
    return engine.graph, inputs_of(state, one)
