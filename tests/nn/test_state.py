import numpy as np
import pytest

from pullback import nn
from pullback.errors import StateError


@pytest.fixture
def net():
    return nn.Sequential(fc=nn.Linear(2, 3), bn=nn.BatchNorm1d(3))


def test_the_state_dict_is_named_and_ordered_as_in_pytorch(net):
    assert {name: (a.shape, str(a.dtype)) for name, a in net.state_dict().items()} == {
        "fc.weight": ((3, 2), "float32"),
        "fc.bias": ((3,), "float32"),
        "bn.weight": ((3,), "float32"),
        "bn.bias": ((3,), "float32"),
        "bn.running_mean": ((3,), "float32"),
        "bn.running_var": ((3,), "float32"),
        "bn.num_batches_tracked": ((), "int64"),
    }
    assert list(net.state_dict())[:2] == ["fc.weight", "fc.bias"]


def test_the_state_dict_holds_copies(net):
    net.state_dict()["fc.weight"][...] = 99
    assert (net.fc.weight != 99).all()


def test_a_loaded_state_is_the_state_that_was_saved(net):
    state = {k: np.full_like(v, i) for i, (k, v) in enumerate(net.state_dict().items())}
    loaded = net.load_state_dict(state)
    assert (loaded.missing, loaded.unexpected) == ((), ())
    assert all((net.state_dict()[k] == v).all() for k, v in state.items())


def test_loading_writes_into_the_arrays_that_the_network_has(net):
    weight = net.fc.weight
    net.load_state_dict({k: v * 0 for k, v in net.state_dict().items()})
    assert net.fc.weight is weight
    assert (weight == 0).all()


def test_all_that_does_not_fit_is_listed_and_nothing_is_changed(net):
    before = net.state_dict()
    state = {k: v + 1 for k, v in before.items()}
    del state["fc.bias"]
    state["fc.weight"] = np.zeros((2, 3))
    state["extra"] = np.zeros(1)
    state["bn.num_batches_tracked"] = np.array(1.5)
    with pytest.raises(StateError) as caught:
        net.load_state_dict(state)
    text = str(caught.value)
    assert "missing: fc.bias\n" in text
    assert "unexpected: extra\n" in text
    assert "misfit: fc.weight (2, 3), not (3, 2), bn.num_batches_tracked float64, not int64" in text
    assert all((net.state_dict()[k] == v).all() for k, v in before.items())


def test_without_strict_what_fits_is_loaded_and_the_rest_reported(net):
    loaded = net.load_state_dict({"fc.bias": np.ones(3), "head.weight": np.ones(3)}, strict=False)
    assert (net.fc.bias == 1).all()
    assert loaded.unexpected == ("head.weight",)
    assert "fc.weight" in loaded.missing


def test_without_strict_a_wrong_shape_is_still_an_error(net):
    with pytest.raises(StateError, match="misfit"):
        net.load_state_dict({"fc.bias": np.ones(4)}, strict=False)


def test_long_lists_of_names_are_cut_short():
    net = nn.Sequential(*(nn.Linear(1, 1) for _ in range(10)))
    with pytest.raises(StateError, match="and 12 more"):
        net.load_state_dict({})


def test_one_name_of_a_shared_array_is_enough():
    layer = nn.Linear(1, 1, bias=False)
    net = nn.Sequential(a=layer, b=layer)
    net.load_state_dict({"b.weight": [[4.0]]})
    assert layer.weight == 4


def test_names_of_a_shared_array_must_agree():
    layer = nn.Linear(1, 1, bias=False)
    net = nn.Sequential(a=layer, b=layer)
    with pytest.raises(StateError, match=r"b\.weight differs from the value that another name gives"):
        net.load_state_dict({"a.weight": [[4.0]], "b.weight": [[5.0]]})


class Tensor:
    """What loading needs of a PyTorch tensor, which refuses to be an array while it is tracked or on a device."""

    def __init__(self, values, tracked=True, away=True):
        self.values, self.tracked, self.away = values, tracked, away

    def detach(self):
        return Tensor(self.values, tracked=False, away=self.away)

    def cpu(self):
        return Tensor(self.values, self.tracked, away=False)

    def __array__(self, dtype=None, copy=None):
        if self.tracked or self.away:
            raise TypeError("still tracked")
        return np.asarray(self.values)


def test_tensors_are_detached_and_brought_to_memory():
    net = nn.Linear(1, 1, bias=False)
    net.load_state_dict({"weight": Tensor([[2.5]])})
    assert net.weight == 2.5
    with pytest.raises(TypeError):
        np.asarray(Tensor([[2.5]]))


def test_what_is_no_array_of_numbers_is_an_error():
    net = nn.Linear(1, 1, bias=False)
    with pytest.raises(StateError, match="weight: not an array of real numbers"):
        net.load_state_dict({"weight": "no"})
    with pytest.raises(StateError, match="weight: cannot be read as an array"):
        net.load_state_dict({"weight": [[1], [1, 2]]})
