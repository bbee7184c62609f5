"""How PyTorch trains, predicts and computes layers in the benchmarks. It is imported when one of these is called.

Everything is done the way that is fastest for it: batches are made, normalised and laid out before the clock starts,
ReLUs work in place, the optimisers are the fused ones, numbers too small for full speed become 0.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.bench.cases import LEARNING_RATE, MOMENTUM, Convolution, net_data
from pullback.bench.jobs import AccuracyJob, Mode, NetJob
from pullback.bench.networks import read_weights, their_net
from pullback.bench.ours import ACCURACY_BATCH, BETAS, PEAK_AT, PEAK_RATE, total_steps
from pullback.data import mnist
from pullback.train.sources import shuffled

Array = NDArray[Any]


def ready_torch(threads: int) -> Any:
    """PyTorch, with so many threads."""
    torch = import_module("torch")
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    return torch


class _Net:
    """A network with the first weights, in the job's precision and mode."""

    def __init__(self, torch: Any, job: NetJob) -> None:
        self.torch = torch
        self.dtype = getattr(torch, job.dtype)
        net = their_net(torch, job.net)
        net.load_state_dict({k: torch.from_numpy(v) for k, v in read_weights(job.weights).items()})
        self.net = net.to(self.dtype, memory_format=_format(torch, job.mode))
        self.run = torch.compile(self.net, dynamic=False) if job.mode.compiled else self.net
        images, labels = net_data(job.net, job.batch)
        tensor = torch.from_numpy(images).to(self.dtype).contiguous(memory_format=_format(torch, job.mode))
        self.images, self.labels = tensor.split(job.batch), torch.from_numpy(labels).split(job.batch)


def _format(torch: Any, mode: Mode) -> Any:
    return torch.channels_last if mode.layout == "channels_last" else torch.contiguous_format


class Training(_Net):
    """A network in training: steps over the batches in turn."""

    def __init__(self, torch: Any, job: NetJob) -> None:
        super().__init__(torch, job)
        self.net.train()
        self.taken = 0
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, fused=True)

    def train(self, steps: int) -> list[float]:
        """Take steps; the losses, read after the last one."""
        losses, loss_of = [], self.torch.nn.functional.cross_entropy
        for _ in range(steps):
            k = self.taken % len(self.images)
            self.optimizer.zero_grad()
            loss = loss_of(self.run(self.images[k]), self.labels[k])
            loss.backward()
            self.optimizer.step()
            self.taken += 1
            losses.append(loss.detach())
        found: list[float] = self.torch.stack(losses).tolist()
        return found

    def state(self) -> dict[str, Array]:
        """The parameters and buffers."""
        return {k: v.detach().contiguous().numpy() for k, v in self.net.state_dict().items()}


class Inference(_Net):
    """A network that predicts the first batch, in evaluation mode."""

    def __init__(self, torch: Any, job: NetJob) -> None:
        super().__init__(torch, job)
        self.net.eval()

    def __call__(self) -> Any:
        """The logits."""
        with self.torch.inference_mode():
            return self.run(self.images[0])


def layer_passes(torch: Any, case: Convolution, batch: int, mode: Mode, dtype: str) -> dict[str, Callable[[], Any]]:
    """The three passes of a convolution on arrays that are there already; each gives its output."""
    laid_out = {"dtype": getattr(torch, dtype), "memory_format": _format(torch, mode)}
    return _passes(torch, case, [torch.from_numpy(a).to(**laid_out) for a in case.arrays(batch)], mode)


def layer_magnitudes(torch: Any, case: Convolution, batch: int) -> dict[str, Any]:
    """For each pass, the sums of the magnitudes of the products, in float64: what rounding errors are measured by."""
    tensors = [torch.from_numpy(a).double().abs() for a in case.arrays(batch)]
    return {what: run() for what, run in _passes(torch, case, tensors, Mode()).items()}


def _passes(torch: Any, case: Convolution, tensors: list[Any], mode: Mode) -> dict[str, Callable[[], Any]]:
    x, w, y_bar = tensors
    stride, padding = [case.stride] * 2, [case.padding] * 2

    def forward(x: Any, w: Any) -> Any:
        return torch.nn.functional.conv2d(x, w, None, stride, padding)

    def backward(x: Any, w: Any, y_bar: Any, wanted: list[bool]) -> Any:
        rest = (None, stride, padding, [1, 1], False, [0, 0], 1, wanted)
        return torch.ops.aten.convolution_backward(y_bar, x, w, *rest)

    def data(x: Any, w: Any, y_bar: Any) -> Any:
        return backward(x, w, y_bar, [True, False, False])[0]

    def filters(x: Any, w: Any, y_bar: Any) -> Any:
        return backward(x, w, y_bar, [False, True, False])[1]

    if mode.compiled:
        forward, data, filters = (torch.compile(f, dynamic=False) for f in (forward, data, filters))

    def inference(function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        def call() -> Any:
            with torch.inference_mode():
                return function(*arguments)

        return call

    return {
        "forward": inference(forward, x, w),
        "backward-data": inference(data, x, w, y_bar),
        "backward-filter": inference(filters, x, w, y_bar),
    }


def mnist_net(torch: Any) -> Any:
    """The network of `ours.mnist_net`."""
    n = torch.nn
    layers = {
        "conv1": n.Conv2d(1, 24, 5),
        "pool1": n.MaxPool2d(2),
        "relu1": n.ReLU(inplace=True),
        "conv2": n.Conv2d(24, 32, 3),
        "pool2": n.MaxPool2d(2),
        "relu2": n.ReLU(inplace=True),
        "flatten": n.Flatten(),
        "fc1": n.Linear(800, 256),
        "relu3": n.ReLU(inplace=True),
        "fc2": n.Linear(256, 10),
    }
    return n.Sequential(OrderedDict(layers))


def train_mnist(torch: Any, job: AccuracyJob) -> dict[str, float]:
    """Train for the epochs of the job: the accuracy on the test images, and seconds to get ready and to train."""
    (images, labels), tested = (_tensors(torch, part, job.mode) for part in mnist())
    if job.images:
        images, labels = images[: job.images], labels[: job.images]
    last = len(images) % ACCURACY_BATCH
    few = slice(0, ACCURACY_BATCH + last)
    torch.manual_seed(job.seed)
    net = mnist_net(torch).to(memory_format=_format(torch, job.mode))
    run = torch.compile(net, dynamic=False) if job.mode.compiled else net
    first = {k: v.clone() for k, v in net.state_dict().items()}
    started = perf_counter()
    _train(torch, net, run, images[few], labels[few], epochs=1)  # compiles for both sizes of a batch
    ready = perf_counter() - started
    net.load_state_dict(first)
    started = perf_counter()
    _train(torch, net, run, images, labels, job.epochs)
    seconds = perf_counter() - started
    return {"ready": ready, "seconds": seconds, "accuracy": _accuracy(torch, net.eval(), *tested)}


def first_steps(torch: Any, job: AccuracyJob) -> dict[str, list[float]]:
    """Take the first steps of the training, from the job's weights: their losses, and the rates of all steps."""
    train, _ = mnist()
    steps = total_steps(job, len(train))
    images, labels = _tensors(torch, train[: job.steps * ACCURACY_BATCH], job.mode, job.dtype)
    net = mnist_net(torch).to(getattr(torch, job.dtype), memory_format=_format(torch, job.mode))
    net.load_state_dict({k: torch.from_numpy(v) for k, v in read_weights(job.weights).items()})
    optimizer, schedule = _update(torch, net, steps)
    order = torch.from_numpy(shuffled(job.seed, 0, len(images)))
    losses = _epoch(torch, net, images, labels, order, optimizer, schedule)
    np.savez(job.state, **{k: v.contiguous().numpy() for k, v in net.state_dict().items()})
    optimizer, schedule = _update(torch, net, steps)
    rates = []
    for _ in range(steps):
        rates += schedule.get_last_lr()
        optimizer.step()
        schedule.step()
    return {"losses": torch.stack(losses).tolist(), "rates": rates}


def _tensors(torch: Any, part: Any, mode: Mode, dtype: str = "float32") -> tuple[Any, Any]:
    images, labels = part.batch(np.arange(len(part)), dtype=dtype)
    return torch.from_numpy(images).contiguous(memory_format=_format(torch, mode)), torch.from_numpy(labels)


def _train(torch: Any, net: Any, run: Any, images: Any, labels: Any, epochs: int) -> None:
    optimizer, schedule = _update(torch, net, epochs * -(-len(images) // ACCURACY_BATCH))
    for _ in range(epochs):
        _epoch(torch, run, images, labels, torch.randperm(len(images)), optimizer, schedule)


def _update(torch: Any, net: Any, steps: int) -> tuple[Any, Any]:
    """The optimiser, and the learning rate's cycle over so many steps."""
    optimizer = torch.optim.Adam(net.parameters(), lr=PEAK_RATE, betas=BETAS, fused=True)
    cycle = torch.optim.lr_scheduler.OneCycleLR
    return optimizer, cycle(optimizer, PEAK_RATE, total_steps=steps, pct_start=PEAK_AT, cycle_momentum=False)


def _epoch(torch: Any, run: Any, images: Any, labels: Any, order: Any, optimizer: Any, schedule: Any) -> list[Any]:
    """Go through the images in this order; the losses."""
    losses = []
    for chosen in order.split(ACCURACY_BATCH):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(run(images[chosen]), labels[chosen])
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.detach())
    return losses


def _accuracy(torch: Any, net: Any, images: Any, labels: Any) -> float:
    with torch.inference_mode():
        found = torch.cat([net(part).argmax(1) for part in images.split(1000)])
    return float((found == labels).double().mean())
