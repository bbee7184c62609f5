import threading

import numpy as np
import pytest

from pullback import nn
from pullback.autodiff import trace, value_and_grad
from pullback.errors import ArgumentError, ShapeError, StateError
from pullback.interpret import run
from pullback.ops.losses import cross_entropy


def test_a_functional_call_uses_the_given_values_and_leaves_the_network_alone():
    net = nn.Sequential(a=nn.Linear(2, 2), b=nn.Linear(2, 1))
    before = net.state_dict()
    state = {"a.weight": np.eye(2), "a.bias": np.zeros(2), "b.weight": np.array([[1.0, 10.0]]), "b.bias": np.zeros(1)}
    y, buffers = nn.functional_call(net, state, np.array([[2.0, 3.0]]))
    np.testing.assert_array_equal(y, [[32.0]])
    assert buffers == {}
    assert all((before[k] == v).all() for k, v in net.state_dict().items())


def test_missing_names_keep_the_networks_own_arrays():
    net = nn.Linear(2, 1)
    x = np.array([[1.0, 2.0]])
    y, _ = nn.functional_call(net, {"bias": np.array([100.0])}, x)
    np.testing.assert_allclose(y, x @ net.weight.T + 100, rtol=1e-6)


def test_unknown_names_and_wrong_shapes_are_errors():
    net = nn.Linear(2, 1)
    with pytest.raises(
        StateError, match=r"no such parameter or buffer\n  got:  'weigth'\n  need: names such as weight"
    ):
        nn.functional_call(net, {"weigth": np.zeros((1, 2))}, np.zeros((1, 2)))
    with pytest.raises(StateError, match=r"wrong shape\n  got:  weight \(2, 1\)\n  need: \(1, 2\)"):
        nn.functional_call(net, {"weight": np.zeros((2, 1))}, np.zeros((1, 2)))


def test_gradients_of_a_network_match_central_differences():
    nn.init.seed(3)
    net = nn.Sequential(conv=nn.Conv2d(1, 2, 2), tanh=nn.Tanh(), flatten=nn.Flatten(), fc=nn.Linear(8, 3))
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((4, 1, 3, 3)), np.array([0, 2, 1, 1])
    state = {k: v.astype(np.float64) for k, v in net.parameters.items()}

    def loss(s):
        return cross_entropy(nn.functional_call(net, s, x)[0], labels)

    _, grads = value_and_grad(loss)(state)
    for name, value in state.items():
        at = tuple(n // 2 for n in value.shape)
        step = np.zeros_like(value)
        step[at] = 1e-6
        slope = (loss(state | {name: value + step}) - loss(state | {name: value - step})) / 2e-6
        assert grads[name][at] == pytest.approx(slope, rel=1e-6), name


def test_a_shared_layers_gradient_is_the_sum_over_its_uses():
    layer = nn.Linear(1, 1, bias=False)
    net = nn.Sequential(layer, layer)
    # y = w²·x, dy/dw = 2·w·x
    _, grads = value_and_grad(lambda s: np.sum(nn.functional_call(net, s, np.array([[5.0]]))[0]))(
        {"0.weight": np.array([[3.0]])}
    )
    np.testing.assert_allclose(grads["0.weight"], [[30.0]])


def test_two_values_for_one_shared_array_are_an_error():
    layer = nn.Linear(1, 1, bias=False)
    state = {"0.weight": np.ones((1, 1)), "1.weight": np.ones((1, 1))}
    with pytest.raises(StateError, match="two values for one shared array"):
        nn.functional_call(nn.Sequential(layer, layer), state, np.ones((1, 1)))


def test_nodes_are_scoped_and_outputs_marked_by_layer_names():
    net = nn.Sequential(conv1=nn.Conv2d(1, 2, 3), block=nn.Sequential(relu=nn.ReLU(), pool=nn.MaxPool2d(2)))
    state = net.parameters
    graph = trace(lambda s, x: nn.functional_call(net, s, x)[0], state, np.zeros((1, 1, 6, 6), np.float32)).graph
    assert set(graph.marks) == {"conv1", "block.relu", "block.pool", "block"}
    assert graph.marks["block"] is graph.marks["block.pool"] is graph.outputs[0]
    assert graph.marks["conv1"].shape == (1, 2, 4, 4)
    assert {n.scope for n in graph.nodes if n.inputs} == {"conv1", "block.relu", "block.pool"}


def test_errors_name_the_layer_in_which_they_happen():
    net = nn.Sequential(conv1=nn.Conv2d(1, 2, 3), stage=nn.Sequential(conv2=nn.Conv2d(3, 2, 3)))
    with pytest.raises(ShapeError, match=r"channels do not match(.|\n)*at:   layer 'stage.conv2' \(Conv2d\)"):
        net(np.zeros((1, 1, 8, 8)))
    with pytest.raises(ShapeError, match=r"fix:  add a batch axis: x\[None\]\n  at:   layer 'conv1' \(Conv2d\)"):
        net(np.zeros((1, 8, 8)))
    with pytest.raises(ShapeError, match="at:   layer Linear"):
        nn.Linear(3, 1)(np.zeros((1, 2)))


def test_the_mode_of_a_call_does_not_touch_the_networks_own():
    net = nn.Sequential(nn.BatchNorm1d(2))
    x = np.array([[0.0, 1.0], [2.0, 5.0]])
    _, changed = nn.functional_call(net, {}, x, training=True)
    assert net.training
    assert set(changed) == {"0.running_mean", "0.running_var", "0.num_batches_tracked"}
    y, changed = nn.functional_call(net, {}, x, training=False)
    assert changed == {}
    np.testing.assert_allclose(y, x / np.sqrt(1 + 1e-5))
    assert net.buffers["0.num_batches_tracked"] == 0


def test_running_statistics_of_a_traced_call_come_back_by_name():
    net = nn.Sequential(bn=nn.BatchNorm1d(1, momentum=0.25))
    state = net.parameters | net.buffers

    def step(s, x):
        return nn.functional_call(net, s, x, training=True)

    tracing = trace(step, state, np.zeros((4, 1), np.float32))
    _, mean, var, count = run(tracing.graph, [*state.values(), np.array([[1.0], [2.0], [3.0], [6.0]])])
    # batch: mean 3, unbiased variance (4 + 1 + 0 + 9) / 3
    np.testing.assert_allclose(mean, [0.25 * 3])
    np.testing.assert_allclose(var, [0.75 + 0.25 * 14 / 3])
    assert count == 1
    assert count.dtype == np.int64


def test_a_shared_batch_norm_is_updated_by_both_of_its_uses_in_order():
    bn = nn.BatchNorm1d(1, momentum=0.5)
    net = nn.Sequential(bn, nn.Linear(1, 1), bn)
    net[1].weight[...], net[1].bias[...] = 0.0, 8.0
    net(np.array([[2.0], [6.0]]))
    # first use: mean 4 -> 2; second: mean 8 -> 5
    np.testing.assert_allclose(bn.running_mean, [5.0])
    assert bn.num_batches_tracked == 2


def test_running_statistics_of_a_traced_direct_call_are_refused_with_the_cure():
    net = nn.BatchNorm1d(2)
    with pytest.raises(StateError, match=r"cannot be stored(.|\n)*net.eval\(\) first, or nn.functional_call"):
        trace(net, np.zeros((3, 2)))
    trace(net.eval(), np.zeros((3, 2)))


def test_a_layer_that_is_not_registered_is_an_error_not_a_constant():
    class Hidden(nn.Module):
        def __init__(self):
            self.layers = [nn.Linear(2, 2)]

        def forward(self, x):
            return self.layers[0](x)

    with pytest.raises(StateError, match=r"does not belong to the network(.|\n)*nn.ModuleList"):
        Hidden()(np.zeros((1, 2)))


def test_a_layer_without_parameters_may_be_made_in_forward():
    class Inline(nn.Module):
        def forward(self, x):
            return nn.ReLU()(x)

    np.testing.assert_array_equal(Inline()(np.array([-1.0, 2.0])), [0.0, 2.0])


def test_dropout_layers_draw_from_streams_of_their_own():
    net = nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.5))
    x = np.ones((64, 64))
    both, _ = nn.functional_call(net, {}, x, training=True, key=(1, 2))
    first, _ = nn.functional_call(net[0], {}, x, training=True, key=(1, 2))
    # independent masks keep a quarter; the same mask twice would keep a half
    assert np.mean(both != 0) == pytest.approx(0.25, abs=0.02)
    assert np.mean(first != 0) == pytest.approx(0.5, abs=0.03)
    assert set(np.unique(both)) == {0.0, 4.0}
    again, _ = nn.functional_call(net, {}, x, training=True, key=(1, 2))
    np.testing.assert_array_equal(both, again)
    other, _ = nn.functional_call(net, {}, x, training=True, key=(1, 3))
    assert (both != other).any()


def test_dropout_does_nothing_in_evaluation_mode_and_needs_a_key_in_training():
    x = np.ones((2, 3))
    y, _ = nn.functional_call(nn.Dropout(0.9), {}, x)
    np.testing.assert_array_equal(y, x)
    with pytest.raises(ArgumentError, match=r"needs a key(.|\n)*key=\(seed, step\)"):
        nn.functional_call(nn.Dropout(0.9), {}, x, training=True)
    with pytest.raises(ArgumentError, match="not a random key"):
        nn.functional_call(nn.Dropout(0.9), {}, x, training=True, key=(1.5, 2.0))


def test_direct_calls_of_dropout_draw_new_numbers_that_the_seed_repeats():
    net, x = nn.Dropout(0.5), np.ones(256)
    nn.init.seed(5)
    first, second = net(x), net(x)
    assert (first != second).any()
    nn.init.seed(5)
    np.testing.assert_array_equal(net(x), first)


def test_dropout2d_drops_whole_channels():
    y = nn.Dropout2d(0.5)(np.ones((8, 8, 3, 3)))
    assert set(np.unique(y.mean(axis=(2, 3)))) == {0.0, 2.0}


def test_two_threads_can_run_one_network_in_two_modes():
    net = nn.Sequential(nn.BatchNorm1d(1), nn.Identity())
    x = np.array([[1.0], [3.0]])
    barrier, found = threading.Barrier(2), {}

    class Wait(nn.Module):
        def forward(self, x):
            barrier.wait(10)
            return x

    net[1] = Wait()

    def work(training):
        found[training] = nn.functional_call(nn.Sequential(net[1], net[0]), {}, x, training=training)[0]

    threads = [threading.Thread(target=work, args=(mode,)) for mode in (True, False)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    np.testing.assert_allclose(found[True], [[-1.0], [1.0]], rtol=1e-4)
    np.testing.assert_allclose(found[False], x, rtol=1e-4)


def test_a_parameter_cannot_be_replaced_during_a_call():
    class Grows(nn.Module):
        def __init__(self):
            self.w = nn.Parameter([1.0])

        def forward(self, x):
            self.w = self.w + 1
            return x

    with pytest.raises(StateError, match=r"a parameter cannot change during a call(.|\n)*nn.Buffer"):
        Grows()(np.zeros(1))
