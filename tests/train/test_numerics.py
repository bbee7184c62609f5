import math
from dataclasses import replace

import numpy as np
import pytest

from pullback import nn
from pullback.errors import NumericsError
from pullback.ops.losses import cross_entropy
from pullback.optim import SGD, Adam
from pullback.train import ENGINES, fit
from pullback.train.numerics import Moment, failure
from pullback.train.step import Batch, Recipe, State, Stepper


class Log(nn.Module):
    def forward(self, x):
        return np.log(x)


class Root(nn.Module):
    """The norm of each row, whose derivative at the origin is 0/0."""

    def forward(self, x):
        return x * np.sqrt(np.sum(x * x, axis=1, keepdims=True))


class Exp(nn.Module):
    def forward(self, x):
        return np.exp(x * 1000.0)


def trained(net, data, **options):
    before = net.state_dict()
    with pytest.raises(NumericsError) as caught:
        fit(net, data, **options)
    after = net.state_dict()
    unchanged = all(np.array_equal(before[k], after[k], equal_nan=True) for k in before)
    return str(caught.value), unchanged


def test_the_layer_that_makes_the_first_nan_is_named(points):
    net = nn.Sequential(first=nn.Linear(2, 4), wrong=Log(), last=nn.Linear(4, 2))
    text, unchanged = trained(net, points, optimizer=SGD(0.01))
    assert "the loss is NaN" in text
    assert "layer 'wrong' (log) makes" in text
    assert "from finite inputs" in text
    assert "keep the argument of log above 0" in text
    assert "epoch 1, step 1, learning rate 0.01" in text
    assert unchanged


def test_an_overflow_is_followed_back_to_the_layer_that_overflows(points):
    net = nn.Sequential(first=nn.Linear(2, 4), steep=Exp(), middle=nn.Linear(4, 4), last=nn.Linear(4, 2))
    text, unchanged = trained(net, points)
    assert "layer 'steep' (exp) makes 0 NaN and" in text
    assert unchanged


def test_a_nan_that_arises_only_in_the_backward_pass_is_found_there(points):
    images = points[0].copy()
    images[3] = 0.0
    net = nn.Sequential(root=Root(), last=nn.Linear(2, 2))
    # The gradient with respect to the images is not needed, so that a layer with parameters must stand before.
    assert fit(net, (images, points[1])).epochs[0].accuracy is not None
    net = nn.Sequential(first=nn.Linear(2, 2, bias=False), root=Root(), last=nn.Linear(2, 2))
    text, unchanged = trained(net, (images, points[1]))
    assert "the gradient is NaN" in text
    assert "layer 'root'" in text
    assert "backward" in text
    assert unchanged


def test_nan_in_the_images_is_told_with_the_samples_numbers(points):
    images = points[0].copy()
    images[[17, 40], 1] = np.nan
    text, unchanged = trained(nn.Linear(2, 2), (images, points[1]), batch_size=70)
    first, second = (text.index(number) for number in ("17", "40"))
    assert "the input batch holds NaN: samples " in text[: min(first, second)]
    assert "np.nan_to_num" in text
    assert unchanged


def test_a_parameter_that_is_not_finite_from_the_start_is_named(points, line):
    net = line()
    net.load_state_dict({"weight": np.array([[1.0, np.inf], [0.0, 0.0]]), "bias": np.zeros(2)})
    text, _ = trained(net, points)
    assert "weight holds infinity before the step" in text
    assert "start from finite parameters" in text


def test_a_schedule_that_gives_nan_is_named(points):
    text, unchanged = trained(nn.Linear(2, 2), points, schedule=lambda step, lr: lr * float("nan"))
    assert "lr holds NaN before the step" in text
    assert "a schedule that gives a finite rate" in text
    assert unchanged


def test_a_rate_that_is_too_large_leaves_the_last_good_parameters(points):
    class Watch:
        last = None

        def on_step_end(self, record, net):
            self.last = net.state_dict()

    watch, net = Watch(), nn.Sequential(first=nn.Linear(2, 3), middle=nn.Linear(3, 3), last=nn.Linear(3, 2))
    # Labels that no network can tell apart, so that the loss never comes to rest at 0.
    data = (points[0], np.arange(70) // 2 % 2)
    text, unchanged = trained(net, data, optimizer=SGD(1e4), epochs=20, batch_size=16, callbacks=[watch])
    assert "a smaller learning rate, such as 1e+03" in text
    assert not unchanged
    assert all(np.isfinite(v).all() and np.array_equal(v, watch.last[k]) for k, v in net.state_dict().items())


def test_an_update_that_overflows_is_not_taken(points, line):
    text, unchanged = trained(line(), points, optimizer=SGD(1e39), dtype="float32")
    assert "the update is" in text
    assert unchanged


def test_a_gradient_whose_squares_overflow_is_no_error(points, line):
    """Entries of 10²⁰ are numbers of float32; their squares, 10⁴⁰, are not."""
    heard = []

    class Hear:
        def on_step_end(self, record, net):
            heard.append(record)

    def steep(output, labels):
        return cross_entropy(output, labels) * 1e20

    net, plain = line(), line()
    fit(net, points, loss=steep, optimizer=SGD(1e-21), batch_size=70, callbacks=[Hear()])
    fit(plain, points, optimizer=SGD(0.1), batch_size=70, callbacks=[Hear()])
    np.testing.assert_allclose(net.weight, plain.weight, rtol=1e-5)
    assert heard[0].grad_norm == pytest.approx(heard[1].grad_norm * 1e20, rel=1e-5)
    clipped, expected = line(), line()
    fit(clipped, points, loss=steep, optimizer=SGD(0.1), batch_size=70, clip_norm=1.0)
    fit(expected, points, optimizer=SGD(0.1), batch_size=70, clip_norm=1.0)
    np.testing.assert_allclose(clipped.weight, expected.weight, rtol=1e-5)
    # Negative control: entries that float32 cannot hold are an error.
    with pytest.raises(NumericsError, match="infinite"):
        fit(line(), points, loss=lambda y, t: cross_entropy(y, t) * 1e39, optimizer=SGD(1e-40))


def test_a_moment_that_overflows_stops_the_run(points, line):
    """The gradient is a number, but Adam keeps its square, 10⁴⁰: from then on it would take no step."""
    text, unchanged = trained(line(), points, loss=lambda y, t: cross_entropy(y, t) * 1e22, optimizer=Adam())
    assert "what the optimiser remembers is infinite" in text
    assert "the optimiser (adam" in text
    assert unchanged


def test_an_infinity_that_the_optimiser_starts_with_is_meant(points, line):
    class Best(SGD):
        def init(self, params):
            return {**super().init(params), "best": np.array(np.inf)}

        def update(self, params, grads, state, lr):
            new, _ = super().update(params, grads, {}, lr)
            return new, {"best": state["best"]}

    fit(line(), points, optimizer=Best(0.1))


def test_an_overflow_of_compiled_code_alone_is_told_as_such(points, line):
    """Where sums come near the largest number, another order of adding may overflow; here that is made up."""
    recipe = Recipe(line(), cross_entropy, SGD(0.1))
    parameters = dict(recipe.net.parameters)
    state = State(parameters, {}, recipe.optimizer.init(parameters))
    batch = Batch(points[0], points[1], 0.1, (0, 0))
    stepper = Stepper(recipe, ENGINES["reference"], "float64")
    result = stepper(state, batch)
    moment = Moment(1, 1, 0.1, np.arange(70))
    text = str(failure(stepper, state, batch, replace(result, loss=math.inf), moment))
    assert "the loss is infinite" in text
    assert "in compiled code; the reference engine, which adds in another order, stays finite" in text
    assert "0 NaN" not in text


def test_an_infinity_that_is_meant_stops_nothing(points):
    class Masked(nn.Module):
        def forward(self, x):
            return np.where(x > 0, np.log(np.where(x > 0, x, 1.0)), np.maximum(x, -np.inf))

    fit(nn.Sequential(masked=Masked(), last=nn.Linear(2, 2)), points)
