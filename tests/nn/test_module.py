import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest

from pullback import nn
from pullback.errors import ArgumentError, StateError


class Residual(nn.Module):
    """y = relu(x + scale · conv(x)), with a counter of its calls."""

    def __init__(self, channels):
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.relu = nn.ReLU()
        self.scale = nn.Parameter(np.full((channels, 1, 1), 0.5))
        self.calls = nn.Buffer(0)

    def forward(self, x):
        self.calls = self.calls + 1
        return self.relu(x + self.scale * self.conv(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.block = Residual(4)
        self.head = nn.Sequential(nn.GlobalAvgPool(), nn.Flatten(), nn.Linear(4, 3))

    def forward(self, x):
        return self.head(self.block(self.stem(x)))


def test_assigned_layers_and_arrays_are_found_under_dotted_names():
    net = Net()
    assert list(net.parameters) == [
        "stem.weight",
        "stem.bias",
        "block.scale",
        "block.conv.weight",
        "block.conv.bias",
        "head.2.weight",
        "head.2.bias",
    ]
    assert list(net.buffers) == ["block.calls"]
    assert [name for name, _ in net.named_modules()] == [
        "",
        "stem",
        "block",
        "block.conv",
        "block.relu",
        "head",
        "head.0",
        "head.1",
        "head.2",
    ]


def test_parameters_read_as_plain_float32_arrays():
    net = Net()
    assert type(net.block.scale) is np.ndarray
    assert net.block.scale.dtype == np.float32
    assert net.block.calls.dtype == np.int64
    assert net.parameters["block.scale"] is net.block.scale


def test_a_residual_network_computes_what_its_formula_says():
    block = Residual(1)
    block.conv.weight[...] = 0
    block.conv.weight[0, 0, 1, 1] = 2.0
    block.conv.bias[...] = -4.0
    x = np.array([[[[1.0, 3.0]]]])
    # relu(x + 0.5 · (2x − 4)) = relu(2x − 2)
    np.testing.assert_array_equal(block(x), [[[[0.0, 4.0]]]])


def test_a_direct_call_stores_the_buffers_that_it_changed():
    block = Residual(1)
    block(np.zeros((1, 1, 2, 2)))
    block(np.zeros((1, 1, 2, 2)))
    assert block.calls == 2


def test_a_call_that_fails_stores_nothing():
    net = nn.Sequential(Residual(2), nn.Linear(99, 1))
    with pytest.raises(ValueError, match="features do not match"):
        net(np.zeros((1, 2, 3, 3)))
    assert net[0].calls == 0


def test_a_subclass_need_not_call_the_base_constructor():
    assert list(Residual(2).parameters) == ["scale", "conv.weight", "conv.bias"]


def test_assigning_an_array_replaces_a_parameter_and_keeps_its_type():
    layer = nn.Linear(2, 1)
    layer.weight = np.array([[3.0, 4.0]])
    assert layer.weight.dtype == np.float32
    np.testing.assert_array_equal(layer.parameters["weight"], [[3.0, 4.0]])


def test_assigning_an_array_of_another_shape_is_an_error():
    with pytest.raises(StateError, match=r"Linear.weight: wrong shape\n  got:  \(3,\)\n  need: \(1, 2\)"):
        nn.Linear(2, 1).weight = np.zeros(3)


def test_assigning_a_parameter_may_change_the_shape():
    layer = nn.Linear(2, 1)
    layer.weight = nn.Parameter(np.ones((1, 5)))
    assert layer(np.ones((1, 5)))[0, 0] == pytest.approx(5 + layer.bias[0])


def test_assigning_none_removes_a_parameter():
    layer = nn.Linear(2, 1)
    layer.bias = None
    assert list(layer.parameters) == ["weight"]
    assert repr(layer) == "Linear(2, 1, bias=False)"


def test_a_tied_array_is_listed_once_and_trained_once():
    net = nn.Sequential(a=nn.Linear(3, 3, bias=False), b=nn.Linear(3, 3, bias=False))
    net.b.weight = net.a.weight
    assert list(net.parameters) == ["a.weight"]
    net.a.weight[...] = 7
    assert (net.b.weight == 7).all()


def test_a_shared_layer_is_listed_once_but_saved_under_both_names():
    layer = nn.Linear(3, 3)
    net = nn.Sequential(a=layer, relu=nn.ReLU(), b=layer)
    assert list(net.parameters) == ["a.weight", "a.bias"]
    assert list(net.state_dict()) == ["a.weight", "a.bias", "b.weight", "b.bias"]
    assert [name for name, _ in net.named_modules()] == ["", "a", "relu"]


def test_train_and_eval_reach_every_layer_and_new_networks_train():
    net = Net()
    assert net.training
    assert all(m.training for m in net.modules())
    net.eval()
    assert not any(m.training for m in net.modules())
    net.block.train()
    assert [m.training for m in (net, net.stem, net.block, net.block.conv)] == [False, False, True, True]


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_is_independent_and_keeps_what_is_shared(clone):
    layer = nn.Linear(2, 2)
    net = nn.Sequential(a=layer, b=layer)
    net.info["classes"] = ["x", "y"]
    other = clone(net)
    other.a.weight[...] = 0
    assert (other.b.weight == 0).all()
    assert not (net.a.weight == 0).all()
    assert other.info == net.info


def test_a_layer_prints_as_the_call_that_makes_it():
    assert repr(nn.Conv2d(1, 6, 5, padding=2)) == "Conv2d(1, 6, 5, padding=2)"
    assert repr(nn.MaxPool2d((2, 3), ceil_mode=True)) == "MaxPool2d((2, 3), ceil_mode=True)"
    assert repr(nn.Conv2d(1, 2, 3, bias=None)) == "Conv2d(1, 2, 3, bias=False)"
    assert repr(nn.CrossEntropyLoss(weight=[1.0, 2.0])) == "CrossEntropyLoss(weight=[1.0, 2.0])"


def test_networks_print_their_layers_nested():
    assert repr(Net()) == (
        "Net(\n  (stem): Conv2d(1, 4, 3, padding=1)\n  (block): Residual(\n    (conv): Conv2d(4, 4, 3, padding=1)\n"
        "    (relu): ReLU()\n  )\n  (head): Sequential(\n    (0): GlobalAvgPool()\n    (1): Flatten()\n"
        "    (2): Linear(4, 3)\n  )\n)"
    )


def test_an_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="ReLU has no attribute 'weight'"):
        _ = nn.ReLU().weight


def test_a_layer_without_forward_says_so():
    class Nothing(nn.Module):
        pass

    with pytest.raises(StateError, match="Nothing: no forward method"):
        Nothing()(1.0)


@pytest.mark.parametrize("name", ["train", "parameters", "info", "a.b", ""])
def test_a_layer_cannot_take_the_name_of_a_method(name):
    with pytest.raises(ArgumentError, match="name"):
        nn.Sequential({name: nn.ReLU()})


def test_a_network_cannot_contain_itself():
    net = nn.Sequential(nn.ReLU())
    with pytest.raises(StateError, match="cannot contain itself"):
        net.append(net)
    with pytest.raises(StateError, match="cannot contain itself"):
        net.append(nn.Sequential(net))


def test_parameters_must_be_numbers():
    with pytest.raises(ArgumentError, match="Parameter: not an array of numbers"):
        nn.Parameter([[1.0], [1.0, 2.0]])


def test_sequential_names_layers_by_position_or_by_keyword_or_by_dictionary():
    a, b = nn.Linear(1, 2), nn.ReLU()
    assert [k for k, _ in nn.Sequential(a, b).named_children()] == ["0", "1"]
    assert [k for k, _ in nn.Sequential(a=a, b=b).named_children()] == ["a", "b"]
    assert [k for k, _ in nn.Sequential(OrderedDict([("a", a), ("b", b)])).named_children()] == ["a", "b"]


def test_sequential_is_indexed_by_position_name_and_slice():
    net = nn.Sequential(a=nn.Linear(1, 2), b=nn.ReLU(), c=nn.Linear(2, 1))
    assert net[0] is net["a"] is net.a
    assert net[-1] is net.c
    assert len(net) == 3
    assert list(net) == [net.a, net.b, net.c]
    assert [k for k, _ in net[1:].named_children()] == ["b", "c"]
    net[1] = nn.Tanh()
    assert [type(m).__name__ for m in net] == ["Linear", "Tanh", "Linear"]
    with pytest.raises(ArgumentError, match="no such layer\n  got:  3\n  need: one of a, b, c"):
        net[3]


def test_a_class_instead_of_a_layer_is_an_error_with_the_cure():
    with pytest.raises(ArgumentError, match=r"'0' is not a layer(.|\n)*nn.ReLU\(\), an object"):
        nn.Sequential(nn.ReLU)


def test_module_list_and_module_dict_register_their_layers():
    class Many(nn.Module):
        def __init__(self):
            self.stages = nn.ModuleList(nn.Linear(2, 2) for _ in range(2))
            self.heads = nn.ModuleDict({"a": nn.Linear(2, 1)})

        def forward(self, x):
            for stage in self.stages:
                x = stage(x)
            return {name: head(x) for name, head in self.heads.items()}

    net = Many()
    assert [k for k in net.parameters if k.endswith("weight")] == [
        "stages.0.weight",
        "stages.1.weight",
        "heads.a.weight",
    ]
    net.stages.append(nn.Linear(2, 2))
    assert len(net.stages) == 3
    del net.heads["a"]
    assert "a" not in net.heads
    assert net(np.zeros((1, 2))) == {}
