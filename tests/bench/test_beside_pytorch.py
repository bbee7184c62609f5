"""The networks and layers in PyTorch are those of Pullback: real workers of both, and one that computes wrongly."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bench.fakes import EAGER, bench
from pullback.bench import accuracy, cases, ours, theirs, worker_pullback, worker_pytorch
from pullback.bench.jobs import LayerJob, NetJob
from pullback.bench.layers import run_layers
from pullback.bench.nets import run_nets
from pullback.bench.networks import our_net, read_weights, their_net, write_weights
from pullback.bench.processes import Workers
from pullback.data import Dataset, Normalization
from pullback.errors import NumericsError

pytestmark = pytest.mark.parity


@pytest.mark.parametrize("name", cases.NETS)
def test_both_have_the_same_parameters_and_outputs(name, tmp_path):
    write_weights(name, tmp_path / "weights.npz")
    weights = read_weights(tmp_path / "weights.npz")
    net, ours = their_net(torch, name), our_net(name)
    assert list(net.state_dict()) == list(ours.state_dict())
    net.load_state_dict({k: torch.from_numpy(v) for k, v in weights.items()})
    ours.load_state_dict(weights)
    images = cases.net_data(name, 2)[0][:2].astype(np.float64)
    with torch.inference_mode():
        expected = net.double().eval()(torch.from_numpy(images)).numpy()
    assert np.allclose(ours.predict(images, dtype=np.float64), expected, rtol=1e-10, atol=1e-12)


def test_a_network_is_timed_in_both(tmp_path):
    running = bench(Workers(tmp_path), tmp_path, repeat=1, modes=EAGER[:1])
    run_nets(running, ["softmax"], 16)
    assert all(t.ratio.median > 0 for t in running.report.timings)


def test_training_with_another_momentum_is_refused(tmp_path, monkeypatch):
    class Wrong(Workers):
        def __call__(self, side, job):
            if side == "pytorch" and isinstance(job, NetJob):
                monkeypatch.setattr(theirs, "MOMENTUM", 0.91)
                return in_this_process(job)
            return super().__call__(side, job)

    running = bench(Wrong(tmp_path), tmp_path, repeat=1, modes=EAGER[:1])
    with pytest.raises(NumericsError, match="different losses"):
        run_nets(running, ["softmax"], 16)


def in_this_process(job):
    from pullback.bench.worker_pytorch import nets

    return nets(job)


@pytest.fixture
def on_random_images(tmp_path, monkeypatch):
    """`pullback bench accuracy` in this process, on random images in the place of MNIST; who ran."""
    rng = np.random.default_rng(0)
    raw, labels = rng.integers(0, 256, (600, 1, 28, 28), np.uint8), rng.integers(0, 10, 600)
    data = Dataset.of(raw, labels, normalization=Normalization((0.13,), (0.31,), 255))
    parts = data, data[:100]
    monkeypatch.setattr(ours, "mnist", lambda: parts)
    monkeypatch.setattr(theirs, "mnist", lambda: parts)
    monkeypatch.setattr(accuracy, "STEPS", 2)  # which is all that there is

    def start(side, job):
        worker = worker_pullback if side == "pullback" else worker_pytorch
        return worker.accuracy(job)

    def run(**options):
        running = bench(start, tmp_path, modes=EAGER[:1])
        running = replace(running, settings=replace(running.settings, engine="compiled", **options))
        accuracy.run_accuracy(running, seeds=1)
        return running.report.accuracies

    return run


@pytest.mark.parametrize("precision", ["fast", "strict"])
def test_both_train_alike_on_mnist(on_random_images, precision):
    found = on_random_images(precision=precision)
    assert [(a.library, len(a.runs)) for a in found] == [("pullback", 1), ("pytorch", 1)]


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [("BETAS", (0.7, 0.91), "losses|parameters"), ("PEAK_AT", 0.3, "losses|learning rates")],
)
def test_another_recipe_in_one_of_them_is_refused(on_random_images, monkeypatch, name, value, what):
    monkeypatch.setattr(theirs, name, value)
    with pytest.raises(NumericsError, match=f"different ({what})"):
        on_random_images()


def test_convolutions_are_timed_in_both(tmp_path, monkeypatch):
    running = bench(Workers(tmp_path), tmp_path, repeat=1, modes=EAGER[:1])
    run_layers(running, ["resnet50:1x1 64-64 @56"], 1)
    assert len(running.report.timings) == len(running.report.errors) == 3


def test_a_convolution_with_one_wrong_output_is_refused(tmp_path):
    class Wrong(Workers):
        def __call__(self, side, job):
            answer = super().__call__(side, job)
            if side == "pullback" and isinstance(job, LayerJob):
                (path,) = tmp_path.glob("outputs/0 backward-filter.npy")
                output = np.load(path)
                output[3, 5] *= 1.01
                np.save(path, output)
            return answer

    running = bench(Wrong(tmp_path), tmp_path, repeat=1, modes=EAGER[:1])
    with pytest.raises(NumericsError, match="backward-filter, Pullback contiguous"):
        run_layers(running, ["resnet50:1x1 64-64 @56"], 1)
