"""Whole networks from PyTorch's state dict: ten steps of training LeNet-5, the logits and gradients of ResNet-18.

How far rounding may move a number at the end of so long a computation is measured, not chosen: our own run in single
precision shows it. Rounding errors are proportional to the unit roundoff, so that a run in double precision is off by
2⁻²⁹ of that; ours and PyTorch's round differently, and 8 leaves room for how much two such errors can differ.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

import pullback as pb
from parity import networks
from parity.compare import equal
from pullback import nn, optim
from pullback.train.sources import shuffled

pytestmark = pytest.mark.parity

STEPS, BATCH = 10, 16
ROOM = 8
DOUBLE_TO_SINGLE = np.finfo(np.float64).eps / np.finfo(np.float32).eps


@dataclass(frozen=True)
class Training:
    """An optimiser in both libraries."""

    name: str
    options: dict[str, Any]

    def __str__(self):
        return f"{self.name} {' '.join(f'{k}={v}' for k, v in self.options.items())}"

    def ours(self):
        return getattr(optim, self.name)(**self.options)

    def theirs(self, parameters):
        return getattr(torch.optim, self.name)(parameters, **self.options)


TRAININGS = [
    Training("SGD", {"lr": 0.05}),
    Training("SGD", {"lr": 0.05, "momentum": 0.9}),
    Training("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    Training("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.1}),
    Training("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}),
    Training("Adam", {"lr": 1e-3}),
    Training("Adam", {"lr": 2e-3, "betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 1e-2}),
    Training("AdamW", {"lr": 1e-3}),
    Training("AdamW", {"lr": 2e-3, "weight_decay": 0.1}),
]
every_training = pytest.mark.parametrize("training", TRAININGS, ids=str)


@pytest.fixture(scope="module")
def state():
    torch.manual_seed(0)
    return networks.lenet5().state_dict()


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return rng.standard_normal((STEPS * BATCH, 1, 28, 28)), rng.integers(0, 10, STEPS * BATCH)


def batches(data, order):
    images, labels = data
    for k in range(STEPS):
        chosen = order[k * BATCH : (k + 1) * BATCH]
        yield images[chosen], labels[chosen]


def loss_of(net, state=None):
    """The loss as a function of parameters, images and labels, in training mode."""

    def loss(params, images, labels):
        return pb.cross_entropy(nn.functional_call(net, {**(state or {}), **params}, images, training=True)[0], labels)

    return loss


def our_steps(training, state, data, dtype):
    """The parameters after ten steps of our optimiser on our gradients."""
    net = nn.zoo.lenet5()
    net.load_state_dict(state)
    params = {k: v.astype(dtype) for k, v in net.parameters.items()}
    optimizer = training.ours()
    memory = optimizer.init(params)
    for images, labels in batches(data, np.arange(STEPS * BATCH)):
        grads = pb.grad(loss_of(net))(params, images.astype(dtype), labels)
        params, memory = optimizer.update(params, grads, memory, optimizer.lr)
    return params


def their_steps(training, state, data, dtype, order=None):
    """The same by PyTorch."""
    net = networks.lenet5()
    net.load_state_dict(state)
    net = net.to(dtype)
    optimizer = training.theirs(net.parameters())
    for images, labels in batches(data, np.arange(STEPS * BATCH) if order is None else order):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(torch.from_numpy(images).to(dtype)), torch.from_numpy(labels)).backward()
        optimizer.step()
    return {k: v.detach().numpy() for k, v in net.named_parameters()}


def rounding_of(single, double):
    """Per parameter array, how far single precision has moved its worst entry."""
    return {k: np.max(np.abs(single[k].astype(np.float64) - double[k])) for k in double}


def all_equal(ours, theirs, bounds):
    """Reject when a parameter is further apart than rounding explains."""
    assert list(ours) == list(theirs)
    for name, value in ours.items():
        equal(value, theirs[name], bounds[name], name)


@pytest.fixture(scope="module")
def runs(state, data):
    """Our runs in both precisions, by training."""
    found = {}

    def run(training):
        key = str(training)
        if key not in found:
            found[key] = tuple(our_steps(training, state, data, dtype) for dtype in (np.float32, np.float64))
        return found[key]

    return run


@every_training
def test_ten_steps_of_lenet_give_the_parameters_of_pytorch(training, runs, state, data):
    single, double = runs(training)
    theirs = their_steps(training, state, data, torch.float64)
    bounds = {k: ROOM * DOUBLE_TO_SINGLE * v for k, v in rounding_of(single, double).items()}
    all_equal(double, theirs, bounds)


@every_training
def test_ten_steps_of_lenet_in_single_precision_are_as_near_as_ours(training, runs, state, data):
    single, double = runs(training)
    theirs = their_steps(training, state, data, torch.float32)
    all_equal(single, theirs, {k: ROOM * v for k, v in rounding_of(single, double).items()})


@pytest.mark.parametrize("training", [TRAININGS[4], TRAININGS[5], TRAININGS[8]], ids=str)
def test_fit_gives_the_parameters_of_a_training_loop_in_pytorch(training, state, data):
    net = nn.zoo.lenet5()
    net.load_state_dict(state)
    pb.fit(net, data, optimizer=training.ours(), epochs=1, batch_size=BATCH, seed=3, dtype="float64", progress=False)
    theirs = their_steps(training, state, data, torch.float64, order=shuffled(3, 0, STEPS * BATCH))
    # The run is in double precision; the network keeps its parameters in single precision, rounded once.
    for name, value in theirs.items():
        equal(net.parameters[name].astype(np.float64), value, np.finfo(np.float32).eps * np.abs(value) + 1e-12, name)


# ResNet-18


@pytest.fixture(scope="module")
def resnets():
    """PyTorch's ResNet-18 after some steps that move its running statistics, and ours with its state."""
    torch.manual_seed(1)
    theirs = networks.ResNet18()
    for _ in range(3):
        theirs(torch.randn(4, 3, 16, 16) + 0.3)
    ours = nn.zoo.resnet18()
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs.eval()


def test_the_state_of_resnet_18_loads_as_it_is(resnets):
    ours, theirs = resnets
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    for name, value in ours.state_dict().items():
        np.testing.assert_array_equal(value, state[name].numpy())


@pytest.mark.parametrize("size", [32, 20])
def test_resnet_18_gives_the_logits_of_pytorch(resnets, size):
    ours, theirs = resnets
    images = np.random.default_rng(2).standard_normal((2, 3, size, size))
    single, double = (ours.predict(images.astype(dtype), dtype=dtype) for dtype in (np.float32, np.float64))
    rounding = np.max(np.abs(single - double))
    with torch.no_grad():
        in_single = theirs(torch.from_numpy(images).float()).numpy()
        in_double = theirs.double()(torch.from_numpy(images)).numpy()
        theirs.float()
    equal(double, in_double, ROOM * DOUBLE_TO_SINGLE * rounding, "logits")
    equal(single, in_single, ROOM * rounding, "logits in single precision")


def our_gradients(net, images, labels, dtype):
    """The gradients of all parameters in training mode, and the new statistics."""
    state = {k: v.astype(dtype) if v.dtype.kind == "f" else v for k, v in net.state_dict().items()}
    params = {k: state[k] for k in net.parameters}

    statistics = nn.functional_call(net, state, images.astype(dtype), training=True)[1]
    return pb.grad(loss_of(net, state))(params, images.astype(dtype), labels), statistics


def test_resnet_18_gives_the_gradients_and_statistics_of_pytorch(resnets):
    ours, theirs = resnets
    rng = np.random.default_rng(3)
    images, labels = rng.standard_normal((4, 3, 16, 16)), rng.integers(0, 10, 4)
    single, double = (our_gradients(ours, images, labels, dtype) for dtype in (np.float32, np.float64))
    copy = networks.ResNet18().double()
    copy.load_state_dict(theirs.state_dict())
    torch.nn.functional.cross_entropy(copy(torch.from_numpy(images)), torch.from_numpy(labels)).backward()
    gradients = {k: v.grad.numpy() for k, v in copy.named_parameters()}
    statistics = {k: v.numpy() for k, v in copy.named_buffers()}
    for ours_single, ours_double, expected in ((single[0], double[0], gradients), (single[1], double[1], statistics)):
        bounds = {k: ROOM * DOUBLE_TO_SINGLE * v for k, v in rounding_of(ours_single, ours_double).items()}
        all_equal(dict(ours_double), {k: expected[k] for k in ours_double}, bounds)


# Negative controls


WRONG = [
    Training("SGD", {"lr": 0.05 * 1.001, "momentum": 0.9}),
    Training("SGD", {"lr": 0.05, "momentum": 0.9 * 1.001}),
    Training("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    Training("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.001}),
    Training("SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 1e-5}),
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_steps_of_another_optimiser_are_rejected(wrong, runs, state, data):
    single, double = runs(TRAININGS[1])
    theirs = their_steps(wrong, state, data, torch.float64)
    with pytest.raises(AssertionError, match="rounding explains"):
        all_equal(double, theirs, {k: ROOM * DOUBLE_TO_SINGLE * v for k, v in rounding_of(single, double).items()})


@pytest.mark.parametrize(
    "options", [{"lr": 1e-3 * 1.001}, {"betas": (0.9, 0.9991)}, {"eps": 2e-8}, {"weight_decay": 1e-4}], ids=str
)
@pytest.mark.parametrize("name", ["Adam", "AdamW"])
def test_steps_of_another_adam_are_rejected(name, options, runs, state, data):
    right = Training(name, {"lr": 1e-3})
    single, double = runs(right)
    theirs = their_steps(Training(name, right.options | options), state, data, torch.float64)
    with pytest.raises(AssertionError, match="rounding explains"):
        all_equal(double, theirs, {k: ROOM * DOUBLE_TO_SINGLE * v for k, v in rounding_of(single, double).items()})


def test_logits_with_another_eps_of_batch_normalisation_are_rejected(resnets):
    ours, theirs = resnets
    images = np.random.default_rng(2).standard_normal((1, 3, 16, 16))
    single, double = (ours.predict(images.astype(dtype), dtype=dtype) for dtype in (np.float32, np.float64))
    copy = networks.ResNet18().double().eval()
    copy.load_state_dict(theirs.state_dict())
    for layer in copy.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.eps = 1.001e-5
    with torch.no_grad():
        wrong = copy(torch.from_numpy(images)).numpy()
    with pytest.raises(AssertionError, match="rounding explains"):
        equal(double, wrong, ROOM * DOUBLE_TO_SINGLE * np.max(np.abs(single - double)), "logits")
