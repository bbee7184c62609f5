import functools

import numpy as np
import pytest

from pullback import nn
from pullback.errors import ArgumentError, StateError
from pullback.optim import SGD
from pullback.train import fit


def test_a_plain_function_hears_of_every_epoch(points, line):
    heard = []
    net = line()
    history = fit(net, points, epochs=3, callbacks=[lambda record, net: heard.append((record, net))])
    assert [record for record, _ in heard] == list(history.epochs)
    assert all(heard_of is net for _, heard_of in heard)


class Steps:
    def __init__(self):
        self.count = self.called = 0

    def on_step_end(self, record, net):
        self.count += 1

    def __call__(self, record, net):
        self.called += 1


def test_an_object_with_one_of_the_methods_hears_of_that_alone(points, line):
    steps = Steps()
    fit(line(), points, batch_size=35, callbacks=iter([steps]))
    assert (steps.count, steps.called) == (2, 0)


class NotAMethod:
    on_step_end = 3


@pytest.mark.parametrize(
    ("callbacks", "text"),
    [
        ([object()], r"would never be called(.|\n)*on_epoch_end\(record, net\), on_step_end\(record, net\)"),
        ([3], "would never be called"),
        ([Steps], r"would never be called(.|\n)*fix:  an object: Steps\(\.\.\.\)"),
        (print, r"callbacks are a list(.|\n)*fix:  callbacks=\[print\]"),
        (Steps(), r"callbacks are a list(.|\n)*fix:  callbacks=\[Steps\]"),
        (3, "callbacks are a list"),
        (None, "callbacks are a list"),
        ("print", "callbacks are a list"),
        ([lambda record: None], r"does not take \(record, net\)"),
        ([functools.partial(max, 1, key=None), lambda a, b, c: None], r"does not take \(record, net\)"),
        ([NotAMethod()], "on_step_end of a callback is no method"),
    ],
)
def test_what_would_never_be_called_is_refused_before_the_first_step(points, line, callbacks, text):
    net = line()
    with pytest.raises(ArgumentError, match=text):
        fit(net, points, callbacks=callbacks)
    assert not net.weight.any()


class Mask:
    """Keep one weight at zero, as in pruning."""

    def on_step_end(self, record, net):
        net.weight[0, 1] = 0.0


def masked_descent(x, t, steps, lr):
    """Gradient descent on all points with softmax regression in float64, w[0,1] set to 0 after every step."""
    w, b = np.zeros((2, 2)), np.zeros(2)
    for _ in range(steps):
        z = x @ w.T + b
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        d = (p - np.eye(2)[t]) / len(t)
        w, b = w - lr * d.T @ x, b - lr * d.sum(axis=0)
        w[0, 1] = 0.0
    return w


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_change_to_the_network_after_a_step_counts(points, line, dtype):
    net = line()
    fit(net, points, optimizer=SGD(0.1), epochs=4, batch_size=70, dtype=dtype, callbacks=[Mask()])
    expected = masked_descent(*points, 4, 0.1)
    np.testing.assert_allclose(net.weight, expected, rtol=1e-5)
    plain = line()
    fit(plain, points, optimizer=SGD(0.1), epochs=4, batch_size=70, dtype=dtype)
    assert not np.allclose(plain.weight[1], expected[1], rtol=1e-2)


def test_looking_at_the_network_changes_nothing_in_float64(points, line):
    """The network holds float32; the run's own numbers must not be rounded to it."""
    first = fit(line(), points, epochs=3, dtype="float64", callbacks=[Steps()])
    second = fit(line(), points, epochs=3, dtype="float64")
    assert [r.loss for r in first.epochs] == [r.loss for r in second.epochs]


def test_a_run_with_changes_resumes_bit_for_bit(points, line, tmp_path):
    def halve(record, net):
        net.weight *= 0.5

    path, options = tmp_path / "run.ckpt", {"batch_size": 35, "callbacks": [Mask(), halve]}
    fit(line(), points, epochs=2, checkpoint=path, **options)
    resumed, whole = line(), line()
    fit(resumed, points, epochs=4, resume=path, **options)
    fit(whole, points, epochs=4, **options)
    assert np.array_equal(resumed.weight, whole.weight)
    assert resumed.weight[0, 1] == 0


def test_every_callback_sees_what_the_one_before_it_changed(points, line):
    seen = []

    def fill(record, net):
        net.weight = np.full((2, 2), 7.0)

    net = line()
    fit(net, points, callbacks=[fill, lambda record, net: seen.append(net.weight.copy())])
    assert (seen[0] == 7).all()
    assert (net.weight == 7).all()


def test_a_callback_that_changes_the_layers_is_refused(points):
    def grow(record, net):
        net.extra = nn.Linear(2, 2)

    with pytest.raises(StateError, match=r"changed the layers of the network\n  got:  extra.bias, extra.weight"):
        fit(nn.Sequential(fc=nn.Linear(2, 2)), points, callbacks=[grow])


def test_a_callback_that_fails_does_not_cost_the_epoch(points, line, tmp_path):
    def fail(record, net):
        raise ZeroDivisionError

    net, path = line(), tmp_path / "run.ckpt"
    with pytest.raises(ZeroDivisionError):
        fit(net, points, epochs=2, checkpoint=path, callbacks=[fail])
    resumed, whole = line(), line()
    fit(resumed, points, epochs=2, resume=path)
    fit(whole, points, epochs=2)
    assert np.array_equal(resumed.weight, whole.weight)
