"""float64 networks, frozen layers, read-only arrays and foreign states."""

import numpy as np
import pytest

import pullback as pb
from pullback import nn
from pullback.errors import ArgumentError, StateError

THIRD = np.float64(1) / 3


@pytest.fixture
def net():
    return nn.Sequential(fc=nn.Linear(2, 3), bn=nn.BatchNorm1d(3))


def test_a_network_changes_its_precision_and_gives_itself_back(net):
    assert net.astype("float64") is net
    kinds = {k: str(v.dtype) for k, v in net.state_dict().items()}
    assert kinds.pop("bn.num_batches_tracked") == "int64"
    assert set(kinds.values()) == {"float64"}
    assert net.astype(np.float32).fc.weight.dtype == np.float32


def test_a_shared_array_stays_shared_in_another_precision():
    net = nn.Sequential(a=nn.Linear(2, 2), b=nn.Linear(2, 2))
    net.b.weight = net.a.weight
    net.astype("float64")
    assert net.a.weight is net.b.weight


@pytest.mark.parametrize("dtype", ["int32", "float16", complex, "nonsense"])
def test_a_network_has_no_other_precision(net, dtype):
    with pytest.raises(ArgumentError, match="astype: not a precision of networks"):
        net.astype(dtype)


def test_a_float64_network_predicts_and_evaluates_in_its_own_precision():
    net = nn.Linear(1, 1, bias=False)
    net.load_state_dict({"weight": [[THIRD]]})
    x = np.array([[THIRD]])
    assert net.predict(x).dtype == np.float32
    net.astype("float64").load_state_dict({"weight": [[THIRD]]})
    assert net.predict(x) == THIRD * THIRD
    assert net.predict(x, dtype="float32").dtype == np.float32
    assert net.evaluate((x, x), loss=lambda y, t: y.sum())["loss"] == THIRD * THIRD
    assert net.evaluate((x, x), loss=lambda y, t: y.sum(), dtype="float32")["loss"] != THIRD * THIRD
    with pytest.raises(ArgumentError, match="not a precision to compute in"):
        net.predict(x, dtype="int8")


def test_what_loading_rounds_is_named():
    net = nn.Linear(2, 1)
    state = {"weight": np.array([[THIRD, 1.0]]), "bias": np.array([0.5])}
    assert net.load_state_dict(state).rounded == ("weight",)
    assert net.astype("float64").load_state_dict(state).rounded == ()
    assert net.weight[0, 0] == THIRD


def test_a_saved_float64_network_is_loaded_in_float64(tmp_path):
    net = nn.Linear(2, 1).astype("float64")
    net.load_state_dict({"weight": [[THIRD, 1.0]], "bias": [0.0]})
    net.save(tmp_path / "net.safetensors")
    assert nn.load(tmp_path / "net.safetensors").weight[0, 0] == THIRD


def test_fit_trains_in_the_networks_precision():
    net = nn.Linear(2, 2).astype("float64")
    pb.fit(net, (np.eye(2), np.array([0, 1])), epochs=1)
    assert not np.array_equal(net.weight, net.weight.astype(np.float32))


@pytest.mark.parametrize("state", [None, [1, 2], "weights"])
def test_what_is_no_state_dict_is_named(net, state):
    with pytest.raises(StateError, match="load_state_dict: not a state dict"):
        net.load_state_dict(state)


def test_read_only_arrays_are_named_and_nothing_is_changed(net):
    before = net.state_dict()
    net.bn.running_var.flags.writeable = False
    with pytest.raises(StateError, match=r"load_state_dict: arrays of the network are read-only(.|\n)*bn\.running_var"):
        net.load_state_dict({k: v + 1 for k, v in before.items()})
    with pytest.raises(StateError, match="running statistics: arrays of the network are read-only"):
        net(np.eye(2))
    with pytest.raises(StateError, match="fit: arrays of the network are read-only"):
        pb.fit(net, (np.eye(2), np.array([0, 1])))
    assert all((net.state_dict()[k] == v).all() for k, v in before.items())
    net.bn.running_var = net.bn.running_var
    net(np.eye(2))


class BFloat16:
    """What loading needs of a PyTorch tensor of bfloat16, which NumPy cannot read."""

    dtype = "torch.bfloat16"

    def __init__(self, values):
        self.values = values

    def detach(self):
        return self

    def cpu(self):
        return self

    def float(self):
        return np.asarray(self.values, np.float32)

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Got unsupported ScalarType BFloat16")


def test_bfloat16_tensors_are_loaded_by_way_of_float32():
    net = nn.Linear(2, 1, bias=False)
    net.load_state_dict({"weight": BFloat16([[1.5, -2.0]])})
    np.testing.assert_array_equal(net.weight, [[1.5, -2.0]])


# Frozen layers


def test_fit_leaves_layers_in_evaluation_mode_frozen(net):
    net.bn.eval()
    pb.fit(net, (np.eye(2), np.array([0, 1])), epochs=2)
    assert (net.bn.running_mean == 0).all()
    assert net.bn.num_batches_tracked == 0
    assert not net.bn.training
    net.train()
    pb.fit(net, (np.eye(2), np.array([0, 1])), epochs=2)
    assert net.bn.num_batches_tracked == 2


def test_fit_trains_a_network_that_was_left_in_evaluation_mode(net):
    net.eval()
    pb.fit(net, (np.eye(2), np.array([0, 1])), epochs=1)
    assert net.bn.num_batches_tracked == 1


def test_a_functional_call_without_a_mode_keeps_each_layers_own():
    net = nn.Sequential(drop=nn.Dropout(1.0), frozen=nn.Dropout(1.0))
    x = np.ones((2, 2))
    net.drop.eval()
    assert (nn.functional_call(net, {}, x, training=None, key=(0, 0))[0] == 0).all()
    net.frozen.eval()
    assert (nn.functional_call(net, {}, x, training=None)[0] == 1).all()
    net.train()
    with pytest.raises(ArgumentError, match="needs a key"):
        nn.functional_call(net, {}, x, training=None)


def test_a_checkpoint_of_a_run_with_other_frozen_layers_is_refused(net, tmp_path):
    data, file = (np.eye(2), np.array([0, 1])), tmp_path / "run.ckpt"
    pb.fit(net, data, epochs=1, checkpoint=file)
    net.bn.eval()
    with pytest.raises(StateError, match="frozen layers"):
        pb.fit(net, data, epochs=2, checkpoint=file, resume=True)


# Layers that are new


def test_prelu_has_a_slope_per_channel():
    layer = nn.PReLU(2)
    layer.weight[...] = [0.5, 2.0]
    np.testing.assert_array_equal(layer(np.array([[-4.0, -4.0], [3.0, 3.0]])), [[-2.0, -8.0], [3.0, 3.0]])


def test_instance_norm_keeps_statistics_when_asked():
    layer = nn.InstanceNorm1d(1, momentum=1.0, track_running_stats=True, eps=0.0)
    # means 1 and 5, unbiased variances 2 and 8
    x = np.array([[[0.0, 2.0]], [[3.0, 7.0]]])
    np.testing.assert_allclose(layer(x), [[[-1, 1]], [[-1, 1]]])
    assert (layer.running_mean, layer.running_var) == (3, 5)
    np.testing.assert_allclose(layer.eval()(np.array([[[3.0, 3.0 + 5**0.5]]])), [[[0, 1]]], rtol=1e-6)


@pytest.mark.parametrize("kind", [nn.Dropout1d, nn.Dropout2d, nn.Dropout3d])
def test_channel_dropouts_drop_whole_channels(kind):
    y = kind(0.5)(np.ones((4, 5, 6)))
    assert set(np.unique(y)) == {0.0, 2.0}
    assert (y == y[:, :, :1]).all()


def test_softplus_becomes_a_line_where_it_is_told_to():
    x = np.array([19.0, 21.0])
    np.testing.assert_array_equal(nn.Softplus(threshold=20)(x) == x, [False, True])
    np.testing.assert_array_equal(nn.Softplus()(x) > x, [True, True])


def test_the_new_losses_are_the_operators():
    y, t = np.array([0.25, 0.5]), np.array([0.0, 1.0])
    assert nn.L1Loss()(y, t) == 0.375
    # ½·0.25² and ½·0.5²
    assert nn.HuberLoss(reduction="sum")(y, t) == 0.15625
    assert nn.SmoothL1Loss(beta=0.25, reduction="none")(y, t).tolist() == [0.125, 0.375]
    assert nn.BCELoss(weight=[2.0, 1.0])(y, t) == pytest.approx((-2 * np.log(0.75) - np.log(0.5)) / 2)


@pytest.mark.parametrize(
    "layer",
    [nn.BatchNorm2d(3, bias=False), nn.GroupNorm(1, 3, bias=False), nn.InstanceNorm2d(3, affine=True, bias=False)],
)
def test_a_normalisation_without_bias_is_saved_as_such(layer, tmp_path):
    assert layer.bias is None
    layer.save(tmp_path / "net.safetensors")
    assert nn.load(tmp_path / "net.safetensors").bias is None
