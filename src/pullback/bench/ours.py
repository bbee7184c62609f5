"""How Pullback trains, predicts and computes layers in the benchmarks: the only part that touches its engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback import nn
from pullback.autodiff import trace
from pullback.bench.cases import LEARNING_RATE, MOMENTUM, Convolution, net_data
from pullback.bench.jobs import AccuracyJob, LayerJob, NetJob
from pullback.bench.networks import our_net, read_weights
from pullback.data import mnist
from pullback.data.dataset import Dataset
from pullback.engines import Engine, engine_named
from pullback.errors import NumericsError, message
from pullback.nn.predict import Predictor, trace_network
from pullback.nn.summary import multiply_adds
from pullback.ops.conv_gradients import conv2d_filter_gradient, conv2d_input_gradient
from pullback.ops.convs import conv2d
from pullback.ops.losses import cross_entropy
from pullback.ops.shape import transpose
from pullback.optim import SGD, Adam, OneCycleLR
from pullback.train import StepRecord, fit
from pullback.train.many import ManySteps
from pullback.train.sources import Arrays
from pullback.train.step import Batch, Recipe, State, Stepper

Array = NDArray[Any]


class Training:
    """A network in training: steps over the batches in turn, as `fit` takes them.

    With the compiled engine, a native call takes as many steps as are asked for.
    """

    def __init__(self, job: NetJob) -> None:
        self.batch, self.taken = job.batch, 0
        net = our_net(job.net).astype(job.dtype)
        net.load_state_dict(read_weights(job.weights))
        images, self.labels = net_data(job.net, job.batch)
        self.images = images.astype(job.dtype)
        optimizer, engine = SGD(LEARNING_RATE, MOMENTUM), engine_named(job.engine, "bench", job.precision)
        self.stepper = Stepper(Recipe(net, cross_entropy, optimizer), engine, job.dtype)
        self._state = State(net.parameters, net.buffers, optimizer.init(net.parameters))
        source = Arrays(self.images, self.labels)
        compiled = job.engine == "compiled"
        self.many = ManySteps.of(self.stepper, self._state, source, job.batch) if compiled else None

    def train(self, steps: int) -> list[float]:
        """Take steps; the losses.

        Raises: NumericsError, where one of them is not finite
        """
        losses = self._one_by_one(steps) if self.many is None else self._together(self.many, steps)
        self.taken += steps
        if len(losses) < steps:
            raise NumericsError(message(f"bench: step {self.taken - steps + len(losses) + 1} is not finite"))
        return losses

    def _together(self, many: ManySteps, steps: int) -> list[float]:
        batches = np.arange(len(self.images)).reshape(-1, self.batch)
        indices = batches[np.arange(self.taken, self.taken + steps) % len(batches)]
        losses: list[float] = many.run(indices, np.full(steps, LEARNING_RATE), self.taken).loss.tolist()
        self._state = many.state
        return losses

    def _one_by_one(self, steps: int) -> list[float]:
        losses = []
        for k in range(self.taken, self.taken + steps):
            result = self.stepper(self._state, self._batch(k))
            self._state = result.state
            losses.append(result.loss)
        return losses

    def _batch(self, step: int) -> Batch:
        first = step * self.batch % len(self.images)
        chosen = slice(first, first + self.batch)
        return Batch(self.images[chosen], self.labels[chosen], LEARNING_RATE, (0, step))

    def state(self) -> dict[str, Array]:
        """The parameters and buffers."""
        return {k: np.asarray(v) for k, v in (self._state.parameters | self._state.buffers).items()}

    def multiply_adds(self) -> int:
        """The products of a step."""
        return sum(multiply_adds(self.stepper.traced(self._state, self._batch(0)).tracing.graph).values())


class Inference:
    """A network that predicts the first batch, in evaluation mode."""

    def __init__(self, job: NetJob) -> None:
        net = our_net(job.net).astype(job.dtype)
        net.load_state_dict(read_weights(job.weights))
        self.images = net_data(job.net, job.batch)[0][: job.batch].astype(job.dtype)
        self.predictor = Predictor(net, job.dtype, engine=job.engine, precision=job.precision)

    def __call__(self) -> Array:
        """The logits."""
        logits: Array = self.predictor(self.images)
        return logits

    def multiply_adds(self) -> int:
        """The products of a prediction."""
        return sum(multiply_adds(trace_network(self.predictor.net, self.images.shape).graph).values())


def layer_passes(case: Convolution, job: LayerJob) -> dict[str, Callable[[], Array]]:
    """The three passes of a convolution, compiled for arrays that are there already; each gives its output.

    In the layout channels_last, images go in and come out as (N,H,W,C).
    """
    x, w, y_bar = case.arrays(job.batch)
    size = (case.size, case.size)
    options: dict[str, Any] = {"stride": case.stride, "padding": case.padding}
    kernel = (case.kernel, case.kernel)
    last = job.mode.layout == "channels_last"

    def first(image: Any) -> Any:
        return transpose(image, (0, 3, 1, 2)) if last else image

    def given(image: Any) -> Any:
        return transpose(image, (0, 2, 3, 1)) if last else image

    def forward(x: Any, w: Any) -> Any:
        return given(conv2d(first(x), w, **options))

    def backward_data(y_bar: Any, w: Any) -> Any:
        return given(conv2d_input_gradient(first(y_bar), w, input_size=size, **options))

    def backward_filter(x: Any, y_bar: Any) -> Any:
        return conv2d_filter_gradient(first(x), first(y_bar), kernel_size=kernel, **options)

    x, y_bar = (np.ascontiguousarray(given(a)) for a in (x, y_bar))
    engine = engine_named(job.engine, "bench", job.precision)
    return {
        "forward": _compiled(forward, engine, x, w),
        "backward-data": _compiled(backward_data, engine, y_bar, w),
        "backward-filter": _compiled(backward_filter, engine, x, y_bar),
    }


def _compiled(function: Callable[..., Any], engine: Engine, *arguments: Array) -> Callable[[], Array]:
    run = engine.step_function(trace(function, *arguments).graph, "float32")
    return lambda: run(arguments)[0]


def as_nchw(image: Array, what: str, layout: str) -> Array:
    """The output of a pass in PyTorch's order of axes."""
    return image.transpose(0, 3, 1, 2) if layout == "channels_last" and what != "backward-filter" else image


def mnist_net() -> nn.Module:
    """The network that comes to about 99 % on MNIST in one epoch.

    Source: Oliveira, "train_mnist_fast": Conv 24 5×5, pool, ReLU, Conv 32 3×3, pool, ReLU, FC 256, ReLU, FC 10
    """
    return nn.Sequential(
        conv1=nn.Conv2d(1, 24, 5),
        pool1=nn.MaxPool2d(2),
        relu1=nn.ReLU(),
        conv2=nn.Conv2d(24, 32, 3),
        pool2=nn.MaxPool2d(2),
        relu2=nn.ReLU(),
        flatten=nn.Flatten(),
        fc1=nn.Linear(800, 256),
        relu3=nn.ReLU(),
        fc2=nn.Linear(256, 10),
    )


PEAK_RATE, PEAK_AT, BETAS, ACCURACY_BATCH = 0.0075, 0.1, (0.7, 0.9), 256
"""The cycle's peak, after which part of the steps it comes, and Adam's betas. Of what was tried in Pullback (peaks from
0.003 to 0.02 after a tenth to three tenths, a few seeds each) these came to 99 % most often. PyTorch takes the same."""


def train_mnist(job: AccuracyJob) -> dict[str, float]:
    """Train for the epochs of the job: the accuracy on the test images, and seconds to get ready and to train."""
    train, test = mnist()
    train = train[: job.images] if job.images else train
    last = len(train) % ACCURACY_BATCH
    started = perf_counter()
    _fit(mnist_net(), train[: ACCURACY_BATCH + last], job, epochs=1)  # compiles for both sizes of a batch
    ready = perf_counter() - started
    nn.init.seed(job.seed)
    net = mnist_net()
    started = perf_counter()
    _fit(net, train, job, job.epochs)
    seconds = perf_counter() - started
    return {"ready": ready, "seconds": seconds, "accuracy": net.evaluate(test)["accuracy"]}


def total_steps(job: AccuracyJob, images: int) -> int:
    """How many steps the epochs of the job have."""
    return job.epochs * -(-(job.images or images) // ACCURACY_BATCH)


def first_steps(job: AccuracyJob) -> dict[str, list[float]]:
    """Take the first steps of the training, from the job's weights: their losses, and the rates of all steps."""
    train, _ = mnist()
    net = mnist_net().astype(job.dtype)
    net.load_state_dict(read_weights(job.weights))
    losses = _Losses()
    steps = total_steps(job, len(train))
    _fit(net, train[: job.steps * ACCURACY_BATCH], job, 1, steps, [losses])
    np.savez(job.state, **net.state_dict())  # type: ignore[arg-type]  # any name may be an array's
    schedule = OneCycleLR(PEAK_RATE, total_steps=steps, pct_start=PEAK_AT)
    return {"losses": losses.found, "rates": [float(schedule(k, PEAK_RATE)) for k in range(steps)]}


class _Losses:
    """Keeps the losses of the steps."""

    def __init__(self) -> None:
        self.found: list[float] = []

    def on_step_end(self, record: StepRecord, net: nn.Module) -> None:  # noqa: ARG002  # as fit calls it
        """Keep one more."""
        self.found.append(record.loss)


def _fit(
    net: nn.Module,
    train: Dataset,
    job: AccuracyJob,
    epochs: int,
    steps: int | None = None,
    callbacks: Sequence[Any] = (),
) -> None:
    """Train for some epochs; the cycle of the learning rate has these steps, or theirs."""
    fit(
        net,
        train,
        optimizer=Adam(lr=PEAK_RATE, betas=BETAS),
        schedule=OneCycleLR(PEAK_RATE, total_steps=steps, pct_start=PEAK_AT),
        epochs=epochs,
        batch_size=ACCURACY_BATCH,
        seed=job.seed,
        progress=False,
        engine=job.engine,
        precision=job.precision,
        dtype=job.dtype,
        callbacks=callbacks,
    )
