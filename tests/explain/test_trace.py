"""Traces: every value, cotangent, switch and gradient by name, for functions and for networks."""

import numpy as np
import pytest

import pullback as pb
from explain.networks import LABELS, Recurrent, Small, X, normalised, squares
from pullback import nn
from pullback.explain import trace
from pullback.ops.dropout import dropout

rng = np.random.default_rng(1)


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


# Functions


def test_the_textbook_example_has_the_published_values_and_derivatives():
    # Baydin et al. 2018, arXiv:1502.05767, table 3: y = 11.652, ∂y/∂x1 = 5.5, ∂y/∂x2 = 1.716.
    t = trace(lambda x1, x2: np.log(x1) + x1 * x2 - np.sin(x2), (2.0, 5.0))
    assert {k: round(float(v), 3) for k, v in t.values.items()} == {
        "x1": 2.0,
        "x2": 5.0,
        "log": 0.693,
        "multiply": 10.0,
        "add": 10.693,
        "sin": -0.959,
        "output": 11.652,
    }
    assert {k: round(float(v), 3) for k, v in t.cotangents.items()} == {
        "x1": 5.5,
        "x2": 1.716,
        "log": 1.0,
        "multiply": 1.0,
        "add": 1.0,
        "sin": -1.0,
        "output": 1.0,
    }
    assert list(t.grads) == ["x1", "x2"]
    assert t.switches == {}


def test_nested_arguments_are_named_after_their_place():
    params = {"w": [rng.standard_normal((3, 4)), rng.standard_normal((4, 2))], "b": rng.standard_normal(4)}
    x = rng.standard_normal((5, 3))

    def loss(params, x):
        return np.sum((np.tanh(x @ params["w"][0] + params["b"]) @ params["w"][1]) ** 2)

    t = trace(loss, (params, x))
    assert list(t.grads) == ["params.w.0", "params.w.1", "params.b", "x"]
    expected = pb.grad(loss)(params, x)
    close(t.grads["params.w.0"], expected["w"][0])
    close(t.grads["params.w.1"], expected["w"][1])
    close(t.grads["params.b"], expected["b"])


class Unsigned:
    """What Python knows no signature of, as of some functions written in C."""

    __signature__ = "unknown"

    def __call__(self, *values):
        return values[0] * values[1]


def test_arguments_without_names_are_numbered():
    assert list(trace(lambda *values: values[0] * values[1], (2.0, 3.0)).grads) == ["x0", "x1"]
    assert list(trace(Unsigned(), (2.0, 3.0)).grads) == ["x0", "x1"]
    assert list(trace(lambda a, *rest: a * rest[0], (2.0, 3.0)).grads) == ["a", "x1"]


def test_arguments_that_would_share_a_name_are_told_apart():
    t = trace(lambda p: p["a.b"] * p["a"]["b"], {"a.b": 2.0, "a": {"b": 3.0}})
    assert {k: float(v) for k, v in t.grads.items()} == {"p.a.b": 3.0, "p.a.b#2": 2.0}
    t = trace(lambda x, *rest: x * rest[0] * rest[1], (2.0, 3.0, 5.0))
    assert list(t.grads) == ["x", "x1", "x2"]
    assert list(trace(lambda x1, *rest: x1 * rest[0], (2.0, 3.0)).grads) == ["x1", "x1#2"]


def test_integers_take_part_without_a_gradient():
    t = trace(lambda x, k: np.sum(np.take(x, k)), (np.array([1.0, 2.0, 3.0]), np.array([2, 2, 0])))
    assert list(t.grads) == ["x"]
    assert t.grads["x"].tolist() == [1.0, 0.0, 2.0]
    assert t.values["k"].dtype.kind == "i"
    assert t.explain("k", 1).entry.value == 2.0
    assert t.explain("k", 1).kind == "given"


def test_a_python_integer_is_a_number_with_a_gradient():
    assert float(trace(lambda x: x * x, 3).grads["x"]) == 6.0


def test_arguments_that_the_result_does_not_use_have_a_zero_gradient():
    t = trace(lambda x, y: x * 2.0, (1.0, np.ones(3)))
    assert t.grads["y"].tolist() == [0.0, 0.0, 0.0]
    e = t.explain("y", 1)
    assert (e.kind, e.entry.value, len(e)) == ("nothing", 0.0, 0)


def test_a_value_used_three_times_gets_the_sum_of_three_cotangents():
    # x³: each of the three uses contributes x².
    t = trace(lambda x: x * x * x, 2.0)
    assert float(t.grads["x"]) == 12.0
    assert "accumulate" in t.names.steps


def test_steps_of_one_kind_are_numbered_in_the_order_of_the_call():
    t = trace(lambda x: np.tanh(np.tanh(np.tanh(x))), 0.5)
    assert list(t.values) == ["x", "tanh", "tanh#2", "output"]
    assert float(t.values["tanh#2"]) == np.tanh(np.tanh(0.5))


def test_what_an_operator_computes_on_the_way_is_named_after_its_part():
    t = trace(pb.cross_entropy, (X[:, :, 0, 0], np.array([0, 1])))
    operator = "cross_entropy/log_softmax"
    inside = [name.removeprefix(operator) for name in t.values if name.startswith(operator)]
    assert inside == ["/max.switches", "/max", "/max/reshape", ".z", ".exp", "/sum", "/sum/reshape", ""]
    scores = X[:, :, 0, 0]
    close(t.values[f"{operator}.exp"], np.exp(scores - scores.max(axis=1, keepdims=True)))


def test_dropout_shows_its_random_numbers_and_its_mask():
    t = trace(lambda x, key: np.sum(dropout(x, 0.5, key)), (np.ones((3, 4)), np.array([7, 0])))
    assert [*t.values] == ["x", "key", "dropout.u", "dropout.keep", "dropout", "output"]
    np.testing.assert_array_equal(t.values["dropout.keep"], t.values["dropout.u"] >= 0.5)


# Where the backward pass starts


def test_a_cotangent_of_the_output_starts_the_backward_pass():
    w, c = rng.standard_normal((3, 4)), rng.standard_normal(4)
    t = trace(lambda x: x @ w, np.ones(3), cotangent=c)
    close(t.grads["x"], w @ c)
    assert t.cotangents["output"].tolist() == c.tolist()
    assert t.explain("output", 1, "cotangent").numbers == "where the backward pass starts"


def test_several_outputs_take_one_cotangent_each():
    t = trace(lambda x: (2.0 * x, x**2), np.array([3.0, 5.0]), cotangent=([1.0, 10.0], [100.0, 0.0]))
    assert t.grads["x"].tolist() == [2.0 + 600.0, 20.0]
    assert list(t.values) == ["x", "output.0", "output.1"]
    one = trace(lambda x: {"double": 2.0 * x, "square": x**2}, 3.0, cotangent={"output.square": 1.0})
    assert float(one.grads["x"]) == 6.0


def test_a_cotangent_at_a_middle_layer_leaves_what_follows_alone():
    net, c = Small(), rng.standard_normal((2, 2, 6, 6))
    t = trace(net, X, cotangent={"conv2": c})
    parameters = {k: v.astype(np.float64) for k, v in net.parameters.items()}

    def inner(parameters):
        y = pb.relu(pb.conv2d(X, parameters["conv1.weight"], parameters["conv1.bias"], padding=1))
        return np.sum(c * pb.conv2d(y, parameters["conv2.weight"], parameters["conv2.bias"], padding=1))

    expected = pb.grad(inner)(parameters)
    for name in ("conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"):
        close(t.grads[name], expected[name])
    assert not t.grads["fc.weight"].any()
    assert not t.cotangents["output"].any()
    np.testing.assert_array_equal(t.cotangents["conv2"], c)


def test_cotangents_at_several_names_add_up():
    c1, c2 = rng.standard_normal((2, 2, 6, 6)), rng.standard_normal((2, 4))
    both = trace(Small(), X, cotangent={"conv1": c1, "output": c2})
    one, other = (trace(Small(), X, cotangent=c) for c in ({"conv1": c1}, {"output": c2}))
    for name, found in both.grads.items():
        close(found, one.grads[name] + other.grads[name])


def test_a_cotangent_at_an_input_adds_to_what_flows_there():
    t = trace(lambda x: 3.0 * x, 2.0, cotangent={"output": 1.0, "x": 10.0})
    assert float(t.grads["x"]) == 13.0


def test_no_cotangent_at_all_gives_zeros():
    t = trace(lambda x: x * 2.0, np.ones(2), cotangent={})
    assert t.grads["x"].tolist() == [0.0, 0.0]


def test_injected_zeros_are_cotangents_like_others():
    t = trace(lambda x: x * 2.0, np.ones(2), cotangent=np.zeros(2))
    assert t.explain("x", 0).kind == "expression"
    assert t.explain("x", 0).entry.value == 0.0


def test_the_loss_may_do_without_targets():
    t = trace(lambda x: 3.0 * x, np.array([1.0, 2.0]), loss=squares)
    assert t.grads["x"].tolist() == [18.0, 36.0]
    assert float(t.values["loss"]) == 45.0


def test_the_loss_may_be_a_layer():
    t = trace(Small(), X, LABELS, loss=nn.CrossEntropyLoss())
    close(t.values["loss"], trace(Small(), X, LABELS, loss=pb.cross_entropy).values["loss"])


def test_targets_of_real_numbers_have_a_cotangent_but_no_gradient():
    t = trace(lambda x: x, np.array([1.0, 2.0]), np.array([0.0, 5.0]), loss=pb.mse_loss)
    assert list(t.grads) == ["x"]
    # d/dt (x − t)²/2 = t − x
    assert t.cotangents["targets"].tolist() == [-1.0, 3.0]


# Networks


def test_every_layer_has_a_value_a_cotangent_and_a_gradient_by_name():
    t = trace(Small(), X, LABELS, loss=pb.cross_entropy)
    assert list(t.grads) == [
        "conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc.weight", "fc.bias", "input",
    ]  # fmt: skip
    layers = ["conv1", "relu", "conv2", "add", "relu#2", "pool", "flatten", "fc", "output", "loss"]
    assert [k for k in t.values if "/" not in k and k not in t.grads] == ["targets", *layers]
    assert {k: v.shape for k, v in t.switches.items() if k == "pool"} == {"pool": (2, 2, 3, 3)}
    assert all(t.cotangents[k].shape == t.values[k].shape for k in t.cotangents)


def test_names_are_the_same_in_every_trace():
    one, other = (trace(Small(), X, LABELS, loss=pb.cross_entropy) for _ in range(2))
    assert list(one.values) == list(other.values)
    assert list(one.names.steps) == list(other.names.steps)


def test_lenet_has_names_that_a_person_understands():
    pb.seed(0)
    t = trace(nn.zoo.lenet5((1, 28, 28), 10), np.zeros((1, 1, 28, 28)), np.array([3]), loss=pb.cross_entropy)
    assert [k for k in t.values if "." not in k.split("/")[0]] == [
        "input", "targets",
        "conv1/conv2d", "conv1", "relu1", "pool1/max_pool2d.switches", "pool1",
        "conv2/conv2d", "conv2", "relu2", "pool2/max_pool2d.switches", "pool2", "flatten",
        "fc1/linear", "fc1", "relu3", "fc2/linear", "fc2", "relu4", "fc3/linear", "fc3", "output",
        "cross_entropy/log_softmax/max.switches", "cross_entropy/log_softmax/max",
        "cross_entropy/log_softmax/max/reshape", "cross_entropy/log_softmax.z", "cross_entropy/log_softmax.exp",
        "cross_entropy/log_softmax/sum", "cross_entropy/log_softmax/sum/reshape", "cross_entropy/log_softmax", "loss",
    ]  # fmt: skip
    assert list(t.names.steps) == ["cross_entropy/log_softmax.s_bar", "cross_entropy/log_softmax.z_bar"]
    assert t.names.constants == {}
    assert list(t.switches)[:2] == ["pool1", "pool2"]


def test_the_calls_of_a_shared_layer_are_numbered():
    t = trace(Recurrent(), X, loss=squares)
    layers = [k for k in t.values if "/" not in k and k not in t.grads]
    assert layers == ["conv", "relu", "pool", "conv#2", "relu#2", "pool#2", "output", "power", "loss"]
    assert {k: v.shape for k, v in t.switches.items()} == {"pool": (2, 2, 3, 3), "pool#2": (2, 2, 1, 1)}
    np.testing.assert_array_equal(t.values["pool#2"], t.values["output"])


def test_a_layer_may_be_called_output_or_loss_or_targets():
    class Named(nn.Module):
        def __init__(self):
            self.output = nn.Linear(2, 3)
            self.loss = nn.Linear(3, 4)

        def forward(self, x):
            return self.loss(np.tanh(self.output(x)))

    t = trace(Named(), np.ones((1, 2)), loss=squares)
    assert t.values["output"].shape == (1, 3)
    assert t.values["loss"].shape == (1, 4)
    assert t.values["output#2"].shape == (1, 4)
    assert t.values["loss#2"].shape == ()


def test_an_argument_may_be_called_targets():
    t = trace(lambda x, targets: x * targets, (2.0, 3.0), 5.0, loss=lambda y, t: (y - t) ** 2)
    assert float(t.values["targets"]) == 3.0
    assert float(t.values["targets#2"]) == 5.0
    assert float(t.grads["targets"]) == 2 * (6 - 5) * 2


def test_gradients_of_networks_are_those_of_grad():
    for net in (Small(), Recurrent(), normalised()):
        x, loss = (X, squares) if isinstance(net, Recurrent) else (X, lambda y: pb.cross_entropy(y, LABELS))
        t = trace(net, x, loss=loss)
        state = {k: v.astype(np.float64) for k, v in (net.parameters | net.buffers).items()}

        def of_parameters(parameters, net=net, x=x, loss=loss, state=state):
            return loss(nn.functional_call(net, state | parameters, x)[0])

        parameters = {k: state[k] for k in net.parameters}
        for name, expected in pb.grad(of_parameters)(parameters).items():
            close(t.grads[name], expected)


def test_cotangents_of_layers_are_the_effect_of_a_small_change():
    """c̄[k] = (loss(c + h·eₖ) − loss(c − h·eₖ)) / 2h, the layer's output being replaced."""
    net = Small()
    t = trace(net, X, LABELS, loss=pb.cross_entropy)
    p = {k: v.astype(np.float64) for k, v in net.parameters.items()}

    def after_conv2(y):
        pooled = pb.max_pool2d(pb.relu(y + X), 2).reshape(2, 18)
        return float(pb.cross_entropy(pooled @ p["fc.weight"].T + p["fc.bias"], LABELS))

    h = 1e-6
    for index in [(0, 0, 0, 0), (0, 1, 3, 2), (1, 0, 5, 5), (1, 1, 2, 4)]:
        step = np.zeros(X.shape)
        step[index] = h
        y = t.values["conv2"]
        slope = (after_conv2(y + step) - after_conv2(y - step)) / (2 * h)
        assert t.cotangents["conv2"][index] == pytest.approx(slope, abs=1e-8)


def test_the_cotangent_of_a_skip_connection_is_the_sum_of_both_ways():
    t = trace(Small(), X, LABELS, loss=pb.cross_entropy)
    w = t.values["conv1.weight"]
    way = pb.grad(lambda x: np.sum(t.cotangents["conv1"] * pb.conv2d(x, w, padding=1)))(X)
    close(t.grads["input"], t.cotangents["add"] + way)


def test_networks_in_single_precision_are_traced_in_double_precision():
    net = Small()
    assert net.conv1.weight.dtype == np.float32
    t = trace(net, X.astype(np.float32), LABELS, loss=pb.cross_entropy)
    assert {v.dtype for v in (*t.values.values(), *t.grads.values()) if v.dtype.kind == "f"} == {np.dtype(np.float64)}
    np.testing.assert_array_equal(t.values["conv1.weight"], net.conv1.weight.astype(np.float64))


def test_tracing_changes_nothing_in_the_network_or_the_inputs():
    net, x, labels = normalised(), X.copy(), LABELS.copy()
    before = {k: v.copy() for k, v in (net.parameters | net.buffers).items()}
    t = trace(net, x, labels, loss=pb.cross_entropy, training=True)
    x[...], labels[...] = 0.0, 0
    for name, value in (net.parameters | net.buffers).items():
        np.testing.assert_array_equal(value, before[name])
    np.testing.assert_array_equal(t.values["input"], X)
    np.testing.assert_array_equal(t.values["targets"], LABELS)


def test_batch_norm_in_training_shows_the_statistics_of_the_batch():
    t = trace(normalised(), X, LABELS, loss=pb.cross_entropy, training=True)
    y = t.values["0"]
    close(t.values["1/batch_norm_training/mean"], y.mean(axis=(0, 2, 3)))
    close(t.values["1/batch_norm_training/mean#2"], y.var(axis=(0, 2, 3)))
    close(t.values["1/batch_norm_training.c"], y - y.mean(axis=(0, 2, 3), keepdims=True))
    assert "1.running_mean" not in t.grads


def test_batch_norm_in_evaluation_uses_the_running_statistics():
    net = normalised()
    net[1].running_mean[...] = [0.5, -1.0, 2.0]
    net[1].running_var[...] = [1.0, 4.0, 0.25]
    t = trace(net, X, LABELS, loss=pb.cross_entropy)
    mean, var = (np.array(v).reshape(1, 3, 1, 1) for v in ([0.5, -1.0, 2.0], [1.0, 4.0, 0.25]))
    close(t.values["1"], (t.values["0"] - mean) / np.sqrt(var + 1e-5))
    assert t.explain("1.running_mean", 2).numbers.startswith("a buffer")
    assert [k for k in t.grads if k.startswith("1.")] == ["1.weight", "1.bias"]


def test_the_key_chooses_what_dropout_drops():
    def dropped(key, training=True):
        return trace(normalised(), X, LABELS, loss=pb.cross_entropy, training=training, key=key)

    one, same, other = (dropped(key) for key in ((1, 0), (1, 0), (1, 1)))
    np.testing.assert_array_equal(one.values["3"], same.values["3"])
    assert (one.values["3"] != other.values["3"]).any()
    assert one.values["key"].tolist() == [1, 0]
    keep = one.values["3/dropout.keep"]
    np.testing.assert_array_equal(one.values["3"], np.where(keep, 2.0 * one.values["2"], 0.0))
    np.testing.assert_array_equal(one.cotangents["2"], np.where(keep, 2.0 * one.cotangents["3"], 0.0))
    assert "key" not in dropped((1, 0), training=False).values


def test_switches_are_the_positions_of_the_maxima():
    t = trace(nn.Sequential(nn.MaxPool2d(2)), X[:1, :1], loss=squares)
    windows = X[0, 0].reshape(3, 2, 3, 2).transpose(0, 2, 1, 3).reshape(3, 3, 4)
    taps = windows.argmax(axis=-1)
    expected = (2 * np.arange(3)[:, None] + taps // 2) * 6 + 2 * np.arange(3) + taps % 2
    np.testing.assert_array_equal(t.switches["0"][0, 0], expected)


def test_a_network_may_take_several_inputs():
    class Two(nn.Module):
        def __init__(self):
            pb.seed(0)
            self.fc = nn.Linear(3, 2)

        def forward(self, left, right):
            return self.fc(left * right)

    left, right = rng.standard_normal((2, 4, 3))
    t = trace(Two(), (left, right), loss=squares)
    assert list(t.grads) == ["fc.weight", "fc.bias", "left", "right"]
    close(t.cotangents["multiply"] * right, t.grads["left"])
