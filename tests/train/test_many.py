"""Many steps in one native call give the numbers of one call for each, and stop where those would."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict

import numpy as np
import pytest

import pullback
from pullback.data import Dataset, Normalization
from pullback.engines import CompiledEngine
from pullback.errors import ArgumentError, DataError, NumericsError, PullbackError, ShapeError
from pullback.ops.losses import cross_entropy
from pullback.optim import SGD, Adam, CosineLR, WarmupLR
from pullback.train import fit, many, read_checkpoint
from pullback.train.many import ManySteps, Pace
from pullback.train.step import Batch, Recipe, State, Stepper


class Listen:
    """Hears of every step, so that each is a call of its own."""

    def __init__(self):
        self.steps = []

    def on_step_end(self, record, net):
        self.steps.append(record)


@pytest.fixture
def calls(monkeypatch):
    """How many steps each native call was asked for."""
    counts, original = [], ManySteps.run

    def run(self, indices, *rest):
        counts.append(len(indices))
        return original(self, indices, *rest)

    monkeypatch.setattr(ManySteps, "run", run)
    return counts


def outcome(net, history):
    rows = [{k: v for k, v in asdict(r).items() if k != "seconds"} for r in history.epochs]
    return rows, {k: v.tobytes() for k, v in net.state_dict().items()}


def mean_margin(outputs, labels):
    return np.mean(np.max(outputs, axis=1) - np.mean(outputs, axis=1))


def trained(net, data, **options):
    history = fit(net, data, **({"engine": "compiled", "epochs": 3, "batch_size": 8} | options))
    return outcome(net, history)


def bytes_of(pictures):
    raw = np.round(pictures[0] * 40 + 128).clip(0, 255).astype(np.uint8)
    return Dataset.of(raw, pictures[1], normalization=Normalization.of(raw))


RUNS = {
    "plain": {},
    "adam, warm-up, clipping, a metric": {
        "optimizer": Adam(0.01), "schedule": WarmupLR(5), "clip_norm": 1.0, "metrics": ["accuracy", mean_margin],
    },
    "momentum, cosine, float64": {"optimizer": SGD(0.05, 0.9), "schedule": CosineLR(), "dtype": "float64"},
    "a last batch of another size": {"batch_size": 12},
    "no accuracy": {"metrics": ()},
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_many_steps_in_a_call_give_the_numbers_of_one_per_call_bit_for_bit(
    make_net, pictures, calls, monkeypatch, name
):
    """Batch normalisation, dropout, the optimiser's memory: everything that goes from step to step."""
    monkeypatch.setattr(many, "SECONDS_PER_CALL", 1e9)
    data = bytes_of(pictures)
    options = {"validation": data, **RUNS[name]}
    found = trained(make_net(), data, **options)
    assert max(calls) > 1
    calls.clear()
    assert found == trained(make_net(), data, **options, callbacks=[Listen()])
    assert calls == []
    # Negative control: another seed gives other numbers.
    assert found != trained(make_net(), data, **options, seed=1)


def test_the_length_of_the_calls_changes_nothing(make_net, pictures, calls, monkeypatch):
    results = []
    for seconds, longest in ((0.0, 1), (1e9, 5)):
        monkeypatch.setattr(many, "SECONDS_PER_CALL", seconds)
        calls.clear()
        results.append(trained(make_net(), pictures, epochs=2))
        assert max(calls) == longest
        assert sum(calls) == 10
    assert results[0] == results[1]


def test_training_agrees_with_the_reference(make_net, pictures):
    (rows, arrays), (expected, reference) = (
        trained(make_net(), pictures, engine=engine, dtype="float64", clip_norm=0.5)
        for engine in ("compiled", "reference")
    )
    for row, other in zip(rows, expected, strict=True):
        assert row["loss"] == pytest.approx(other["loss"], rel=1e-11)
        assert row["accuracy"] == other["accuracy"]
    for name, value in arrays.items():
        np.testing.assert_allclose(
            np.frombuffer(value, "f4"), np.frombuffer(reference[name], "f4"), rtol=1e-5, atol=1e-7
        )


def test_what_needs_python_after_each_step_takes_one_at_a_time(make_net, pictures, calls):
    data = bytes_of(pictures)

    class Own(Dataset):
        def batch(self, indices, key=None, dtype=np.float32):
            images, labels = super().batch(indices, key, dtype)
            return images * 2, labels

    class Samples:
        def __len__(self):
            return 40

        def batch(self, indices, key=None, dtype=np.float32):
            return pictures[0][indices].astype(dtype), pictures[1][indices]

    def untraceable(outputs, labels):
        return float(np.asarray(outputs).max())

    own = Own(data.raw, data.labels, data.classes)
    for source, options in (
        (data.augment(shift=1), {}),
        (own, {}),
        (Samples(), {}),
        ((pictures[0].astype(np.float16), pictures[1]), {}),
        (data, {"metrics": [untraceable]}),
        (data, {"batch_size": 41}),
        (data, {"engine": "reference"}),
    ):
        trained(make_net(), source, epochs=1, **options)
        assert calls == []
    trained(make_net(), data, epochs=1)
    assert sum(calls) == 5


def test_checkpoints_are_written_at_the_steps_that_were_asked_for(make_net, pictures, calls, monkeypatch, tmp_path):
    from pullback.train import loop

    steps, original = [], loop.write_checkpoint

    def write(path, arrays, record):
        steps.append(record["cursor"]["step"])
        original(path, arrays, record)

    monkeypatch.setattr(loop, "write_checkpoint", write)
    monkeypatch.setattr(many, "SECONDS_PER_CALL", 1e9)
    path = tmp_path / "run.ckpt"
    whole = trained(make_net(), pictures, epochs=2, batch_size=4, checkpoint=path, checkpoint_every=3)
    assert steps == [3, 6, 9, 12, 15, 18, 20]
    assert max(calls) == 3
    path.unlink()
    steps.clear()
    trained(make_net(), pictures, epochs=1, batch_size=4, checkpoint=path, checkpoint_every=3)
    assert read_checkpoint(path)[1]["cursor"]["step"] == 10
    assert whole == trained(make_net(1), pictures, epochs=2, batch_size=4, checkpoint=path, resume=True)


def test_what_a_callback_changes_after_an_epoch_counts(make_net, pictures):
    class Halve:
        def on_epoch_end(self, record, net):
            net.fc.weight[...] *= 0.5

    plain, changed, stepwise = (
        trained(make_net(), pictures, callbacks=callbacks) for callbacks in ([], [Halve()], [Halve(), Listen()])
    )
    assert changed == stepwise
    assert changed != plain


@pytest.mark.parametrize("at", [1, 4, 5])
def test_a_step_that_is_not_finite_is_told_as_with_one_step_per_call(points, line, monkeypatch, at):
    """A sample of the at-th batch is NaN: the error and the parameters are those of a run step by step."""
    from pullback.train.sources import shuffled

    monkeypatch.setattr(many, "SECONDS_PER_CALL", 1e9)
    images = points[0].copy()
    images[shuffled(0, 0, 70)[10 * at]] = np.nan
    told = []
    for callbacks in ([], [Listen()]):
        net = line()
        with pytest.raises(NumericsError, match=f"step {at + 1}, learning rate") as caught:
            fit(net, (images, points[1]), batch_size=10, engine="compiled", callbacks=callbacks)
        told.append((str(caught.value), {k: v.tobytes() for k, v in net.state_dict().items()}))
    assert told[0] == told[1]
    assert "the input batch holds NaN" in told[0][0]


def test_a_gradient_whose_squares_overflow_is_taken_with_care_between_many_steps(points, line, calls, monkeypatch):
    """Entries of 10²⁰ are numbers of float32; their squares are not."""
    monkeypatch.setattr(many, "SECONDS_PER_CALL", 1e9)

    def steep(output, labels):
        return cross_entropy(output, labels) * 1e20

    nets = line(), line()
    for net, callbacks in zip(nets, ([], [Listen()]), strict=True):
        fit(net, points, loss=steep, optimizer=SGD(1e-21), batch_size=10, engine="compiled", callbacks=callbacks)
    assert calls
    assert nets[0].weight.any()
    assert nets[0].weight.tobytes() == nets[1].weight.tobytes()


def state_of(net, optimizer, dtype="float32"):
    parameters = {k: v.astype(dtype) for k, v in net.parameters.items()}
    return State(parameters, {k: np.array(v) for k, v in net.buffers.items()}, optimizer.init(parameters))


def test_the_steps_of_a_benchmark_are_those_of_the_stepper(make_net, pictures):
    net = make_net()
    recipe = Recipe(net, cross_entropy, SGD(0.05, 0.9), accuracy=True)
    images, labels = pictures
    state = state_of(net, recipe.optimizer)
    steps = ManySteps(recipe, state, images, labels, 8, "float32")
    indices = np.random.default_rng(2).integers(0, 40, (6, 8))
    lrs = np.linspace(0.1, 0.01, 6)
    records = [steps.run(indices[:4], lrs[:4], 3, seed=7), steps.run(indices[4:], lrs[4:], 7, seed=7)]
    stepper = Stepper(recipe, CompiledEngine(), "float32")
    for k in range(6):
        x, t = images[indices[k]].astype("f4"), labels[indices[k]]
        result = stepper(state, Batch(x, t, lrs[k], (7, 3 + k)))
        state = result.state
        record, j = records[k // 4], k % 4
        assert (record.loss[j], record.correct[j], record.grad_norm[j], record.update_norm[j]) == (
            result.loss, result.correct, result.grad_norm, result.update_norm,
        )  # fmt: skip
    for part, own in vars(steps.state).items():
        for name, value in own.items():
            assert value.tobytes() == np.asarray(vars(state)[part][name]).tobytes()


def test_a_step_that_needs_python_and_arrays_that_cannot_be_read_are_refused(make_net, pictures):
    net = make_net()
    metric = many_metric()
    for recipe, images, text in (
        (Recipe(net, cross_entropy, SGD(0.1), metrics=(metric,)), pictures[0], "a step that needs Python"),
        (Recipe(net, cross_entropy, SGD(0.1)), pictures[0].astype(np.float16), "cannot read"),
    ):
        with pytest.raises(ArgumentError, match=text):
            ManySteps(recipe, state_of(net, recipe.optimizer), images, pictures[1], 8)


@pytest.mark.parametrize(
    ("indices", "lrs", "error"),
    [
        (np.zeros((2, 7), int), [0.1, 0.1], ShapeError),
        (np.zeros((2, 8), int), [0.1], ShapeError),
        (np.full((1, 8), 40), [0.1], DataError),
        (np.full((1, 8), -1), [0.1], DataError),
    ],
)
def test_rows_outside_the_data_are_refused(make_net, pictures, indices, lrs, error):
    net = make_net()
    recipe = Recipe(net, cross_entropy, SGD(0.1))
    steps = ManySteps(recipe, state_of(net, recipe.optimizer), *pictures, 8)
    with pytest.raises(error, match="ManySteps"):
        steps.run(indices, np.array(lrs))
    assert steps.run(np.full((1, 8), 39), np.array([0.1])).taken == 1
    assert steps.run(np.zeros((0, 8), int), np.zeros(0)).taken == 0


def test_where_llvm_cannot_run_the_error_names_the_reference_engine(points, line, monkeypatch):
    from pullback.compile.native import llvm

    caches = llvm.binding, llvm.check_runs
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    for cached in caches:
        cached.cache_clear()
    try:
        with pytest.raises(PullbackError, match=r'(?s)LLVM cannot be loaded.*engine="reference"'):
            fit(line(), points, engine="compiled")
        fit(line(), points, engine="reference")
    finally:
        monkeypatch.undo()
        for cached in caches:
            cached.cache_clear()


def many_metric():
    from pullback.train.metrics import Metric

    return Metric("largest", lambda outputs, labels: np.max(outputs))


@pytest.mark.parametrize("seconds", [1e-6, 3e-4, 0.02, 0.099, 0.5, 20.0])
def test_a_call_takes_a_tenth_of_a_second_or_one_step(seconds):
    """So that progress is shown more than twice a second, and Ctrl-C is heard."""
    pace = Pace()
    assert pace.steps == 1
    pace.note(1, seconds)
    assert pace.steps >= 1
    assert pace.steps * seconds <= 0.1 or pace.steps == 1
    assert (pace.steps + 1) * seconds > 0.1 * (1 - 1e-9)


SCRIPT = """
import json, sys, time
import numpy as np
from pullback import nn
from pullback.train import fit

class Say:
    def on_epoch_end(self, record, net):
        if record.epoch == 1:
            print("running", flush=True)

x = np.random.default_rng(0).normal(size=(200_000, 20))
net = nn.Linear(20, 2)
history = fit(net, (x, (x[:, 0] > 0).astype(int)), epochs=10**6, batch_size=50, engine="compiled",
              callbacks=[Say()], checkpoint=sys.argv[1])
json.dump({"interrupted": history.interrupted, "at": time.time()}, sys.stdout)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_is_heard_between_calls(tmp_path):
    source = os.path.dirname(os.path.dirname(pullback.__file__))
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "run.ckpt")],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": source, "OPENBLAS_NUM_THREADS": "1"},
    )
    with process:
        assert process.stdout.readline() == "running\n"
        time.sleep(0.2)
        sent = time.time()
        process.send_signal(signal.SIGINT)
        found = json.loads(process.stdout.read())
    assert process.returncode == 0
    assert found["interrupted"]
    assert found["at"] - sent < 1
    cursor = read_checkpoint(tmp_path / "run.ckpt")[1]["cursor"]
    assert cursor["step"] == 4000 * cursor["epoch"] + cursor["position"]
