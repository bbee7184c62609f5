from dataclasses import asdict
from functools import partial

import numpy as np
import pytest

from pullback import nn
from pullback.data import Dataset
from pullback.engines import ReferenceEngine
from pullback.errors import ArgumentError, DataError, ShapeError, StateError
from pullback.nn import init
from pullback.ops.losses import cross_entropy, mse_loss
from pullback.optim import SGD, Adam, CosineLR, StepLR
from pullback.train import ENGINES, EarlyStopping, fit
from pullback.train.sources import shuffled


def numbers(history):
    """The history without the time it took."""
    return [{k: v for k, v in asdict(r).items() if k != "seconds"} for r in history.epochs]


def same(first, second):
    return all(np.array_equal(first[k], second[k]) for k in first)


def test_a_separable_problem_is_learnt_completely(points, line):
    history = fit(line(), points, epochs=5, batch_size=16)
    assert history.epochs[-1].accuracy == 1.0
    assert history.epochs[-1].loss < 0.1 < history.epochs[0].loss


def softmax_regression(x, t, orders, batch_size, lr):
    """Plain loops over p = softmax(W·x + b), W ← W − lr·mean((p − onehot)·xᵀ); the epochs' losses and accuracies."""
    w, b, epochs = np.zeros((2, 2)), np.zeros(2), []
    for order in orders:
        losses, hits = [], []
        for first in range(0, len(order), batch_size):
            rows = order[first : first + batch_size]
            z = x[rows] @ w.T + b
            p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
            losses += (-np.log(p[np.arange(len(rows)), t[rows]])).tolist()
            hits += (z.argmax(axis=1) == t[rows]).tolist()
            d = (p - np.eye(2)[t[rows]]) / len(rows)
            w, b = w - lr * d.T @ x[rows], b - lr * d.sum(axis=0)
        epochs.append((np.mean(losses), np.mean(hits)))
    return w, b, epochs


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_agrees_with_plain_loops_over_the_same_batches(points, line, dtype):
    net = line()
    history = fit(net, points, optimizer=SGD(0.1), epochs=3, batch_size=16, seed=5, dtype=dtype)
    orders = [shuffled(5, epoch, 70) for epoch in range(3)]
    w, b, epochs = softmax_regression(*points, orders, 16, 0.1)
    np.testing.assert_allclose(net.weight, w, rtol=1e-5)
    np.testing.assert_allclose(net.bias, b, rtol=1e-4)
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    for record, (loss, accuracy) in zip(history.epochs, epochs, strict=True):
        assert record.loss == pytest.approx(loss, rel=tolerance)
        assert record.accuracy == pytest.approx(accuracy, abs=1e-15)
    # Negative control: the loops over other batches, or without the last small batch, come out elsewhere.
    others = [[shuffled(6, epoch, 70) for epoch in range(3)], [order[:64] for order in orders]]
    for other in others:
        assert not np.allclose(net.weight, softmax_regression(*points, other, 16, 0.1)[0], rtol=1e-3)


def test_every_epoch_sees_every_image_once_in_an_order_of_its_own():
    orders = [shuffled(3, epoch, 50) for epoch in range(3)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3
    assert not np.array_equal(orders[0], shuffled(4, 0, 50))


def test_the_seed_decides_everything(pictures, make_net):
    runs = []
    for seed in (0, 0, 1):
        net = make_net()
        history = fit(net, pictures, epochs=2, batch_size=16, seed=seed)
        runs.append((net.state_dict(), numbers(history)))
    assert same(runs[0][0], runs[1][0])
    assert runs[0][1] == runs[1][1]
    assert not same(runs[0][0], runs[2][0])


def test_hidden_units_with_equal_weights_stay_equal():
    def rows_after_training(equal):
        init.seed(0)
        net = nn.Sequential(hidden=nn.Linear(3, 4), tanh=nn.Tanh(), out=nn.Linear(4, 2))
        if equal:
            shapes = {k: v.shape for k, v in net.parameters.items()}
            net.load_state_dict({k: np.full(shape, 0.1) for k, shape in shapes.items()})
            net.out.bias = np.array([0.3, -0.2])
        rng = np.random.default_rng(0)
        x = rng.normal(size=(40, 3))
        before = net.hidden.weight.copy()
        fit(net, (x, (x[:, 0] > 0).astype(int)), epochs=3, batch_size=8)
        assert not np.allclose(net.hidden.weight, before, atol=1e-2)
        return np.ptp(net.hidden.weight, axis=0)

    np.testing.assert_allclose(rows_after_training(equal=True), 0, atol=1e-6)
    assert (rows_after_training(equal=False) > 0.1).all()


def test_a_step_is_traced_once_for_each_batch_shape(points, line, monkeypatch):
    traced, ran = [], []

    class Counting(ReferenceEngine):
        def step_function(self, graph, dtype):
            function = super().step_function(graph, dtype)
            traced.append(graph.inputs[2].shape)
            return lambda inputs: [ran.append(1), function(inputs)][1]

    monkeypatch.setitem(ENGINES, "counting", Counting())
    fit(line(), points, optimizer=SGD(0.1), epochs=2, batch_size=32, engine="counting")
    assert traced == [(32, 2), (6, 2)]
    assert len(ran) == 6


def test_batch_statistics_move_by_their_momentum(pictures):
    net = nn.Sequential(bn=nn.BatchNorm2d(1), flatten=nn.Flatten(), fc=nn.Linear(36, 3))
    fit(net, pictures, batch_size=40)
    np.testing.assert_allclose(net.bn.running_mean, 0.1 * pictures[0].mean(), rtol=1e-4)


class Listener:
    def __init__(self):
        self.steps, self.epochs = [], []

    def on_step_end(self, record, net):
        self.steps.append((record, net.weight.copy()))

    def on_epoch_end(self, record, net):
        self.epochs.append((record, net.weight.copy()))


def test_callbacks_hear_of_steps_and_epochs_and_see_the_network_as_it_is(points, line):
    listener, net = Listener(), line()
    history = fit(net, points, optimizer=SGD(0.1), epochs=2, batch_size=35, callbacks=[listener])
    assert [(r.epoch, r.step) for r, _ in listener.steps] == [(1, 1), (1, 2), (2, 3), (2, 4)]
    assert [r for r, _ in listener.epochs] == list(history.epochs)
    assert np.array_equal(listener.steps[1][1], listener.epochs[0][1])
    assert not np.array_equal(listener.steps[0][1], listener.steps[1][1])
    assert np.array_equal(listener.epochs[-1][1], net.weight)


def test_clipping_by_norm_limits_the_update_and_reports_the_gradient_as_it_was(points, line):
    plain, clipped = Listener(), Listener()
    for listener, limit in ((plain, None), (clipped, 0.25)):
        fit(line(), points, optimizer=SGD(0.1), batch_size=70, clip_norm=limit, callbacks=[listener])
    assert plain.steps[0][0].grad_norm == clipped.steps[0][0].grad_norm > 0.25
    assert plain.steps[0][0].update_norm == pytest.approx(0.1 * plain.steps[0][0].grad_norm, rel=1e-5)
    assert clipped.steps[0][0].update_norm == pytest.approx(0.1 * 0.25, rel=1e-4)


def test_clipping_by_value_limits_each_entry(points, line):
    net = line()
    fit(net, points, optimizer=SGD(0.1), batch_size=70, clip_value=0.125)
    # Every weight's gradient is about ±1 in the first step, so that all are cut.
    np.testing.assert_allclose(np.abs(net.weight), 0.0125, rtol=1e-6)


def test_the_schedule_sets_the_rate_of_every_step(points, line):
    listener = Listener()
    history = fit(
        line(), points, optimizer=SGD(0.5), schedule=StepLR(1, 0.1), epochs=3, batch_size=35, callbacks=[listener]
    )
    assert [r.lr for r, _ in listener.steps] == pytest.approx([0.5, 0.5, 0.05, 0.05, 0.005, 0.005])
    assert [r.lr for r in history.epochs] == pytest.approx([0.5, 0.05, 0.005])
    cosine = fit(line(), points, optimizer=SGD(1.0), schedule=CosineLR(), epochs=2, batch_size=35)
    # Four steps: the fourth has the rate (1 + cos(3π/4)) / 2
    assert cosine.epochs[-1].lr == pytest.approx(0.1464466)


def test_validation_is_the_evaluation_of_the_finished_epoch(points, line):
    net = line()
    history = fit(net, points, epochs=2, validation=points)
    found = net.evaluate(points)
    assert history.epochs[-1].val_loss == pytest.approx(found["loss"], rel=1e-6)
    assert history.epochs[-1].val_accuracy == found["accuracy"]


def test_early_stopping_ends_the_run_and_restores_the_best_parameters(points, line):
    seen = Listener()
    # Validation with the labels exchanged: every step makes it worse, so that the first epoch is the best.
    exchanged = (points[0], 1 - points[1])
    net = line()
    stopping = EarlyStopping(patience=2)
    history = fit(net, points, epochs=10, validation=exchanged, early_stopping=stopping, callbacks=[seen])
    assert history.stopped_early
    assert not history.interrupted
    assert len(history.epochs) == 3
    assert history.best == history.epochs[0]
    assert np.array_equal(net.weight, seen.epochs[0][1])
    assert not np.array_equal(net.weight, seen.epochs[2][1])


def test_a_number_for_early_stopping_is_the_patience(points, line):
    options = {"epochs": 10, "validation": (points[0], 1 - points[1])}
    short = fit(line(), points, early_stopping=2, **options)
    assert len(short.epochs) == 3
    assert numbers(short) == numbers(fit(line(), points, early_stopping=EarlyStopping(2), **options))
    assert len(fit(line(), points, early_stopping=np.int64(4), **options).epochs) == 5


def test_validation_runs_in_the_precision_of_the_run(points, line):
    """After one step of full-batch descent from zero: p = softmax(W·x + b), worked here in float64."""
    history = fit(
        line(), points, optimizer=SGD(0.1), batch_size=70, validation=points, dtype="float64",
        metrics={"largest": lambda outputs, labels: np.max(outputs)},
    )  # fmt: skip
    w, b, _ = softmax_regression(*points, [shuffled(0, 0, 70)], 70, 0.1)
    z = points[0] @ w.T + b
    expected = np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(70), points[1]])
    assert history.epochs[0].val_loss == pytest.approx(expected, rel=1e-13)
    assert history.epochs[0].metrics["val_largest"] == pytest.approx(z.max(), rel=1e-13)
    # Negative control: rounded to float32, as the network holds them, the parameters give another number.
    z = points[0] @ w.astype(np.float32).astype(float).T + b
    assert abs(z.max() - history.epochs[0].metrics["val_largest"]) > 1e-12


def test_accuracy_of_validation_is_counted_for_labels_at_every_position():
    labels = np.random.default_rng(0).integers(0, 2, (20, 3))
    images = np.where(labels == 1, 1.0, -1.0)[:, None]
    history = fit(nn.Conv1d(1, 2, 1), (images, labels), epochs=5, batch_size=4, validation=(images, labels))
    assert history.epochs[-1].accuracy == history.epochs[-1].val_accuracy == 1.0


def test_a_loss_module_may_leave_labels_out(points, line):
    labels = np.where(np.arange(70) < 20, -1, points[1])
    fit(line(), (points[0], labels), loss=nn.CrossEntropyLoss(ignore_index=-1), metrics=())


def test_accuracy_is_counted_only_where_labels_number_classes(points, line):
    targets = np.eye(2)[points[1]]
    history = fit(line(), (points[0], targets), loss=mse_loss, validation=(points[0], targets))
    assert history.epochs[0].accuracy is None
    assert history.epochs[0].val_accuracy is None
    assert fit(line(), points, metrics=()).epochs[0].accuracy is None


def test_a_network_remembers_the_data_it_was_trained_on(make_net):
    images = np.random.default_rng(0).integers(0, 256, (20, 6, 6)).astype(np.uint8)
    data = Dataset.of(images, np.arange(20) % 3, classes=("a", "b", "c"))
    net = make_net()
    fit(net, data)
    assert net.info["classes"] == ["a", "b", "c"]
    assert net.info["input_shape"] == [1, 6, 6]
    assert net.info["normalization"]["scale"] == 255


def test_augmentation_is_drawn_for_every_step_from_the_seed(make_net):
    images = np.random.default_rng(0).integers(0, 256, (20, 6, 6)).astype(np.uint8)
    data = Dataset.of(images, np.arange(20) % 3)

    def trained(source, seed):
        net = make_net()
        fit(net, source, epochs=2, seed=seed)
        return net.state_dict()

    assert same(trained(data.augment(shift=1), 0), trained(data.augment(shift=1), 0))
    assert not same(trained(data.augment(shift=1), 0), trained(data, 0))


def test_an_optimizer_of_ones_own_in_plain_numpy_is_traced(points, line):
    class SignDescent:
        lr = 0.25

        def init(self, params):
            return {"count": np.zeros(())}

        def update(self, params, grads, state, lr):
            return {k: p - lr * np.sign(grads[k]) for k, p in params.items()}, {"count": state["count"] + 1}

    net = line()
    fit(net, points, optimizer=SignDescent(), batch_size=70)
    assert set(np.abs(net.weight).ravel()) == {0.25}


def test_an_optimizer_that_loses_state_is_refused(points, line):
    class Forgetful(Adam):
        def update(self, params, grads, state, lr):
            params, state = super().update(params, grads, state, lr)
            return params, {k: v for k, v in state.items() if k != "step"}

    with pytest.raises(StateError, match="changes the names of the optimizer"):
        fit(line(), points, optimizer=Forgetful())


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"engine": "cuda"}, ArgumentError, "no such engine\n  got:  engine='cuda'\n  need: one of 'compiled', 'ref"),
        ({"epochs": 0}, ArgumentError, "epochs is a positive whole number"),
        ({"batch_size": 2.5}, ArgumentError, "batch_size is a positive whole number"),
        ({"seed": -1}, ArgumentError, "seed out of range"),
        ({"dtype": "float16"}, ArgumentError, "dtype"),
        ({"metrics": ("f1",)}, ArgumentError, "no such metric"),
        ({"clip_norm": 1.0, "clip_value": 1.0}, ArgumentError, "by norm or by value"),
        ({"clip_norm": 0.0}, ArgumentError, "clip_norm out of range"),
        ({"optimizer": 0.1}, ArgumentError, "not an optimiser"),
        ({"schedule": 0.1}, ArgumentError, "schedule: not callable"),
        ({"early_stopping": EarlyStopping(1)}, ArgumentError, "needs validation data"),
        ({"checkpoint_every": 5}, ArgumentError, "without a file"),
        ({"checkpoint": "no/such/folder/run.ckpt"}, ArgumentError, "folder does not exist"),
        ({"resume": True}, ArgumentError, "without a checkpoint"),
        (
            {
                "early_stopping": EarlyStopping(1, "accuracy"),
                "validation": (np.ones((4, 2)), [0, 1, 0, 1]),
                "metrics": (),
            },
            ArgumentError,
            "accuracy, which is not counted",
        ),
        ({"validation": (np.ones((4, 2)), [0, 1, 2, 0])}, DataError, "label 2 of image 2(.*\n)*.*the validation data"),
        ({"validation": (np.ones((4, 3)), [0, 1, 1, 0])}, ShapeError, "features do not match"),
        ({"progress": "loud"}, ArgumentError, "progress"),
        ({"loss": "cross_entropy"}, ArgumentError, r"loss is no function(.*\n)*.*fix:  loss=pullback\.cross_entropy"),
        (
            {"loss": nn.CrossEntropyLoss},
            ArgumentError,
            r"(?s)the class CrossEntropyLoss.*fix:  loss=CrossEntropyLoss\(\)",
        ),
        ({"loss": lambda output: output}, ArgumentError, r"does not take \(output, labels\)"),
        ({"optimizer": Adam}, ArgumentError, r"(?s)not an optimiser.*fix:  optimizer=Adam\(lr=...\)"),
        ({"schedule": CosineLR}, ArgumentError, r"(?s)schedule: a class.*fix:  schedule=CosineLR\(...\)"),
        ({"early_stopping": 0, "validation": (np.ones((4, 2)), [0, 1, 0, 1])}, ArgumentError, "patience"),
        ({"early_stopping": True}, ArgumentError, "early_stopping=True"),
        ({"early_stopping": "loss"}, ArgumentError, r"(?s)early_stopping='loss'.*EarlyStopping\(...\)"),
        ({"early_stopping": 3}, ArgumentError, "needs validation data"),
        ({"checkpoint": 3}, ArgumentError, "checkpoint is no path\n  got:  checkpoint=3"),
        ({"checkpoint": b"run.ckpt"}, ArgumentError, "checkpoint is no path"),
        ({"resume": 3}, ArgumentError, "resume is no path"),
        ({"clip_norm": "1"}, ArgumentError, "clip_norm out of range"),
        ({"metrics": "accuracy"}, ArgumentError, r"metrics=\['accuracy', top5\]"),
        ({"loss": lambda output, labels: output}, ShapeError, "the loss is one number"),
        ({"loss": lambda output, labels: 1.0}, ArgumentError, "does not depend on the network"),
        ({"loss": mse_loss, "metrics": ("accuracy",), "target": "float"}, ArgumentError, "accuracy needs labels"),
    ],
)
def test_unusable_options_are_refused_before_the_first_step(points, line, options, error, text):
    images, labels = points
    if options.pop("target", None):
        labels = np.eye(2)[labels]
    net = line()
    with pytest.raises(error, match=text):
        fit(net, (images, labels), **options)
    assert not net.weight.any()


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        (lambda x, t: (x, t + 1), DataError, "label 2 of image 1, 35 such label.*\n.*\n.*3 outputs"),
        (lambda x, t: (x, t - 1), DataError, "labels that count from 0"),
        (lambda x, t: (x, t[:7]), DataError, "as many labels as images"),
        (lambda x, t: (x[:0], t[:0]), DataError, "hold no image"),
        (lambda x, t: (x, t, t), DataError, "are a pair"),
        (lambda x, t: {x.size: t}, DataError, "of an unknown kind"),
        (lambda x, t: (x.astype(str), t), DataError, "unusable images"),
        (lambda x, t: (x[:, :1], t), ShapeError, "features do not match"),
        (lambda x, t: (x[:, None].repeat(3, axis=1), t), ArgumentError, "label"),
    ],
)
def test_data_that_do_not_fit_are_refused_before_the_first_step(points, line, change, error, text):
    with pytest.raises((error, ShapeError), match=text):
        fit(line(), change(*points))


def test_ignored_labels_may_name_no_output(points, line):
    labels = np.where(np.arange(70) < 20, -1, points[1])
    history = fit(line(), (points[0], labels), loss=partial(cross_entropy, ignore_index=-1), metrics=())
    assert history.epochs[0].loss < 1


def test_what_cannot_be_trained_is_refused(points):
    with pytest.raises(ArgumentError, match="no parameters"):
        fit(nn.ReLU(), points)
    with pytest.raises(ArgumentError, match="not a network"):
        fit(lambda x: x, points)


def test_a_last_batch_too_small_for_the_network_is_refused_before_the_first_step(points):
    net = nn.Sequential(bn=nn.BatchNorm1d(2), fc=nn.Linear(2, 2))
    with pytest.raises(ShapeError):
        fit(net, points, batch_size=69)
    assert net.bn.running_mean.tolist() == [0, 0]
    fit(net, points, batch_size=68)
