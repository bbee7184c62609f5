import numpy as np
import pytest

from pullback import nn
from pullback.errors import ArgumentError, ShapeError
from pullback.nn import init

SHAPE = (64, 32, 5, 5)
FAN_IN, FAN_OUT = 32 * 25, 64 * 25


def test_the_same_seed_gives_the_same_network_and_another_one_another():
    def made(seed):
        init.seed(seed)
        np.random.seed(seed + 1)
        return nn.zoo.lenet5().state_dict()

    first, again, other = made(7), made(7), made(8)
    assert all((first[k] == again[k]).all() for k in first)
    assert (first["conv1.weight"] != other["conv1.weight"]).any()


def test_two_layers_made_in_a_row_differ():
    init.seed(0)
    assert (nn.Linear(3, 3).weight != nn.Linear(3, 3).weight).any()


@pytest.mark.parametrize(
    ("made", "fan_in"),
    [
        (lambda: nn.Linear(100, 50), 100),
        (lambda: nn.Conv2d(16, 32, 3, groups=2), 16 // 2 * 9),
        (lambda: nn.Conv1d(16, 32, 7), 16 * 7),
        # PyTorch counts size(1) of the weight (I, O/groups, R, S)
        (lambda: nn.ConvTranspose2d(16, 32, 3), 32 * 9),
        (lambda: nn.LocallyConnected2d(4, 8, 6, 3), 4 * 9),
    ],
)
def test_weights_and_biases_start_uniform_within_one_over_root_fan_in(made, fan_in):
    init.seed(1)
    layer = made()
    bound = 1 / fan_in**0.5
    for values in (layer.weight, layer.bias):
        assert np.abs(values).max() <= bound
    assert np.abs(layer.weight).max() > 0.95 * bound
    assert layer.weight.std() == pytest.approx(bound / 3**0.5, rel=0.06)


def test_kaiming_and_xavier_have_their_published_variances():
    init.seed(2)
    cases = {
        "kaiming_normal": (init.kaiming_normal(SHAPE, nonlinearity="relu"), 2 / FAN_IN),
        "kaiming_normal fan_out": (init.kaiming_normal(SHAPE, mode="fan_out"), 2 / FAN_OUT),
        "kaiming_uniform": (init.kaiming_uniform(SHAPE, a=5**0.5), 1 / (3 * FAN_IN)),
        "xavier_uniform": (init.xavier_uniform(SHAPE), 2 / (FAN_IN + FAN_OUT)),
        "xavier_normal": (init.xavier_normal(SHAPE, gain=3.0), 9 * 2 / (FAN_IN + FAN_OUT)),
        "normal": (init.normal(SHAPE, std=0.1), 0.01),
        "uniform": (init.uniform(SHAPE, -2, 4), 3.0),
    }
    for name, (values, variance) in cases.items():
        assert values.shape == SHAPE
        assert values.dtype == np.float32
        assert values.var() == pytest.approx(variance, rel=0.03), name


def test_uniform_initialisers_keep_their_bounds():
    assert np.abs(init.kaiming_uniform(SHAPE)).max() <= (6 / FAN_IN) ** 0.5
    assert np.abs(init.xavier_uniform(SHAPE)).max() <= (6 / (FAN_IN + FAN_OUT)) ** 0.5


def test_zeros_and_ones():
    assert (init.zeros((2, 3)) == 0).all()
    assert (init.ones((2,)) == 1).all()


def test_blank_layers_draw_nothing():
    init.seed(3)
    with init.blank():
        assert (nn.Linear(2, 2).weight == 0).all()
    first = nn.Linear(2, 2).weight
    init.seed(3)
    assert (nn.Linear(2, 2).weight == first).all()


@pytest.mark.parametrize("value", [-1, 2**64, 1.5, True, "1"])
def test_a_seed_is_a_whole_number_of_64_bits(value):
    with pytest.raises(ArgumentError, match="not a seed"):
        init.seed(value)


def test_wrong_options_are_named():
    with pytest.raises(ArgumentError, match="no such nonlinearity"):
        init.kaiming_normal((2, 2), nonlinearity="swish")
    with pytest.raises(ArgumentError, match="no such mode"):
        init.kaiming_normal((2, 2), mode="fan")
    with pytest.raises(ShapeError, match="need a weight"):
        init.xavier_normal((3,))
