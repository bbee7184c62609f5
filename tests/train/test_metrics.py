import numpy as np
import pytest

from pullback import nn
from pullback.engines import ReferenceEngine
from pullback.errors import ArgumentError, StateError
from pullback.ops.losses import cross_entropy, mse_loss
from pullback.optim import SGD
from pullback.train import ENGINES, fit
from pullback.train.metrics import Metric, settled
from pullback.train.sources import shuffled


def error_rate(outputs, labels):
    return np.mean(np.where(np.argmax(outputs, axis=1) == labels, 0.0, 1.0))


def confident(outputs, labels):
    """Through a list, which no tracing can follow."""
    return sum(max(row) > 0.5 for row in np.asarray(outputs).tolist()) / len(labels)


def test_the_error_rate_is_what_accuracy_leaves(points, line):
    history = fit(
        line(), points, optimizer=SGD(0.01), epochs=2, batch_size=16, validation=points,
        metrics=["accuracy", error_rate],
    )  # fmt: skip
    for record in history.epochs:
        assert record.metrics["error_rate"] == pytest.approx(1 - record.accuracy, abs=1e-7)
        assert record.metrics["val_error_rate"] == pytest.approx(1 - record.val_accuracy, abs=1e-7)
    assert history.to_dict()["val_error_rate"] == [r.metrics["val_error_rate"] for r in history.epochs]
    assert "metrics" not in history.to_dict()


def test_a_metric_is_the_mean_over_batches_weighted_by_their_size(points):
    """The mean of the squared inputs does not depend on the training: all samples count alike, the last 6 too."""
    net = nn.Linear(2, 2)
    net.load_state_dict({"weight": np.eye(2), "bias": np.zeros(2)})
    metrics = {"traced": lambda y, t: np.mean(y * y), "called": lambda y, t: float((np.asarray(y) ** 2).mean())}
    history = fit(net, points, optimizer=SGD(0.0), batch_size=16, dtype="float64", metrics=metrics)
    expected = np.mean(points[0] ** 2)
    assert history.epochs[0].metrics == pytest.approx({"traced": expected, "called": expected}, rel=1e-12)
    # Negative control: the plain mean over the batches' means is another number.
    order = shuffled(0, 0, 70)
    plain = np.mean([np.mean(points[0][order[k : k + 16]] ** 2) for k in range(0, 70, 16)])
    assert abs(plain - expected) > 1e-3


def test_a_metric_is_traced_into_the_step_where_it_can_be(points, line, monkeypatch):
    graphs = []

    class Watching(ReferenceEngine):
        def step_function(self, graph, dtype):
            graphs.append(graph)
            return super().step_function(graph, dtype)

    monkeypatch.setitem(ENGINES, "watching", Watching())
    history = fit(line(), points, batch_size=70, metrics=[error_rate, confident], engine="watching")
    assert any(node.scope == "metrics" for node in graphs[0].nodes)
    assert set(history.epochs[0].metrics) == {"error_rate", "confident"}


@pytest.mark.parametrize(
    ("function", "is_traced"),
    [
        (error_rate, True),
        (cross_entropy, True),
        (confident, False),
        (lambda y, t: 1.0, False),
        (lambda y, t: float(np.mean(y)), False),
        (lambda y, t: np.mean(y) * np.random.default_rng().random(), False),
        (lambda y, t: np.mean(y) if isinstance(y, np.ndarray) else np.sum(y) * 100, False),
    ],
)
def test_a_metric_is_traced_only_where_its_graph_gives_what_it_gives(function, is_traced):
    outputs, labels = np.random.default_rng(0).normal(size=(8, 3)), np.arange(8) % 3
    assert settled(Metric("m", function), outputs, labels).is_traced == is_traced


def test_traced_and_called_metrics_give_the_same_history(points, line):
    def called(outputs, labels):
        return float(error_rate(np.asarray(outputs), labels))

    first, second = (
        fit(line(), points, epochs=3, batch_size=16, validation=points, metrics={"m": m}) for m in (error_rate, called)
    )
    for one, other in zip(first.epochs, second.epochs, strict=True):
        assert one.metrics == pytest.approx(other.metrics, abs=1e-7)


def test_a_metric_changes_nothing_in_the_training(pictures, make_net):
    plain, measured = make_net(), make_net()
    fit(plain, pictures, epochs=2, batch_size=16)
    fit(measured, pictures, epochs=2, batch_size=16, metrics=["accuracy", error_rate, confident])
    before, after = plain.state_dict(), measured.state_dict()
    assert all(np.array_equal(before[k], after[k]) for k in before)


def test_a_metric_that_is_nan_is_no_error(points, line):
    history = fit(line(), points, metrics={"nothing": lambda y, t: np.mean(y) * np.nan})
    assert np.isnan(history.epochs[0].metrics["nothing"])


class StopError(Exception):
    pass


@pytest.mark.parametrize("stop", range(1, 6))
def test_an_interrupted_run_goes_on_with_the_same_metrics(points, line, tmp_path, stop):
    class Die:
        def on_step_end(self, record, net):
            if record.step == stop:
                raise StopError

    path = tmp_path / "run.ckpt"
    options = {
        "epochs": 2, "batch_size": 25, "validation": points, "metrics": ["accuracy", error_rate, confident],
        "checkpoint": path, "checkpoint_every": 1, "resume": True,
    }  # fmt: skip
    with pytest.raises(StopError):
        fit(line(), points, callbacks=[Die()], **options)
    resumed = fit(line(), points, **options)
    whole = fit(line(), points, **(options | {"checkpoint": tmp_path / "whole.ckpt"}))
    for first, second in zip(resumed.epochs, whole.epochs, strict=True):
        assert first.numbers == second.numbers


def test_a_run_with_other_metrics_is_refused(points, line, tmp_path):
    path = tmp_path / "run.ckpt"
    fit(line(), points, metrics={"rate": error_rate}, checkpoint=path)
    with pytest.raises(StateError, match="metrics: "):
        fit(line(), points, metrics={"rate": confident}, epochs=2, resume=path)
    with pytest.raises(StateError, match="metrics: "):
        fit(line(), points, metrics=(), epochs=2, resume=path)


@pytest.mark.parametrize(
    ("metrics", "text"),
    [
        (error_rate, r"metrics are a list(.|\n)*metrics=\['accuracy', top5\]"),
        (3, "metrics are a list"),
        (["f1"], "no such metric"),
        ({"f1": "f1"}, "no such metric"),
        ([lambda y, t: 1.0], r"has no name(.|\n)*metrics=\{'name': function\}"),
        ({1: error_rate}, "has no name"),
        ([error_rate, error_rate], "two metrics of one name\n  got:  'error_rate'"),
        ({"loss": error_rate}, "the name of a metric is taken"),
        ({"accuracy": error_rate}, "the name of a metric is taken"),
        ({"val_x": error_rate}, "the name of a metric is taken"),
        ({"m": lambda y: 1.0}, r"'m' does not take \(outputs, labels\)"),
        ({"m": lambda y, t: y}, r"'m' is not one number\n  got:  shape \(64, 2\)"),
        ({"m": lambda y, t: "high"}, "'m' is not one number\n  got:  str"),
        ({"m": lambda y, t: 1 / 0}, r"'m' fails on a batch\n  got:  ZeroDivisionError: (.|\n)*outputs \(64, 2\)"),
        ({"m": nn.CrossEntropyLoss}, "no such metric"),
    ],
)  # fmt: skip
def test_unusable_metrics_are_refused_before_the_first_step(points, line, metrics, text):
    net = line()
    with pytest.raises(ArgumentError, match=text):
        fit(net, points, metrics=metrics)
    assert not net.weight.any()


def test_targets_that_number_no_classes_have_metrics_too(points, line):
    targets = np.eye(2)[points[1]]
    history = fit(
        line(), (points[0], targets), loss=mse_loss, validation=(points[0], targets),
        metrics={"largest": lambda y, t: np.max(np.abs(y - t))},
    )  # fmt: skip
    assert history.epochs[0].accuracy is None
    assert 0 < history.epochs[0].metrics["val_largest"] < 2
