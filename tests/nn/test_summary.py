import numpy as np
import pytest

from pullback import nn
from pullback.errors import ShapeError


def test_lenets_numbers_are_those_worked_by_hand():
    summary = nn.zoo.lenet5().summary((1, 28, 28))
    found = {r.path: (r.output_shape, r.parameters, r.multiply_adds) for r in summary.layers if r.parameters}
    assert found == {
        "conv1": ((6, 28, 28), 6 * 25 + 6, 6 * 28 * 28 * 25),
        "conv2": ((16, 10, 10), 16 * 6 * 25 + 16, 16 * 10 * 10 * 6 * 25),
        "fc1": ((120,), 400 * 120 + 120, 400 * 120),
        "fc2": ((84,), 120 * 84 + 84, 120 * 84),
        "fc3": ((10,), 84 * 10 + 10, 84 * 10),
    }
    assert summary.parameters == 61_706
    assert summary.multiply_adds == 117_600 + 240_000 + 48_000 + 10_080 + 840


def test_lenets_receptive_fields_are_those_worked_by_hand():
    found = {r.path: r.receptive_field for r in nn.zoo.lenet5().summary().layers}
    # 5; pooling 5 + 1; conv2 6 + 4·2; pooling 14 + 2; then everything
    assert [found[k] for k in ("conv1", "pool1", "conv2", "pool2", "fc3")] == [
        (5, 5),
        (6, 6),
        (14, 14),
        (16, 16),
        (28, 28),
    ]


def test_groups_and_strides_divide_the_multiply_adds():
    net = nn.Sequential(nn.Conv2d(4, 8, 3, groups=4, stride=2, padding=1))
    # 8 channels, 8×8 positions, one input channel per group, 9 taps
    assert net.summary((4, 16, 16)).multiply_adds == 8 * 8 * 8 * 1 * 9


def test_pooling_padding_and_normalisation_multiply_nothing():
    layers = (nn.AvgPool2d(3, 2, 1, count_include_pad=False), nn.MaxPool2d(2), nn.ReflectionPad2d(1), nn.BatchNorm2d(2))
    assert nn.Sequential(*layers).summary((2, 16, 16)).multiply_adds == 0


def test_products_outside_of_layers_belong_to_the_network():
    class Bilinear(nn.Module):
        def __init__(self):
            self.a, self.w = nn.Linear(3, 4, bias=False), nn.Parameter(np.ones((4, 5)))

        def forward(self, x):
            return self.a(x) @ self.w

    rows = {r.path: (r.parameters, r.multiply_adds, r.output_shape) for r in Bilinear().summary((3,)).layers}
    assert rows == {"": (20, 20, (5,)), "a": (12, 12, (4,))}


def test_a_shared_layer_counts_its_parameters_once_and_its_work_twice():
    layer = nn.Linear(4, 4, bias=False)
    summary = nn.Sequential(layer, nn.Tanh(), layer).summary((4,))
    assert (summary.parameters, summary.multiply_adds) == (16, 32)


def test_the_shape_may_be_an_example_batch_or_what_the_network_remembers():
    net = nn.zoo.mlp((1, 8, 8), 10)
    by_shape = net.summary((1, 8, 8))
    assert net.summary(np.zeros((5, 1, 8, 8))) == by_shape
    assert net.summary() == by_shape


def test_without_a_shape_there_are_parameters_alone():
    summary = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).summary()
    assert summary.parameters == 9
    assert summary.multiply_adds is None
    assert summary.layers[1].output_shape is None
    assert "–" in str(summary)


def test_a_layer_that_is_not_called_has_no_output():
    class Unused(nn.Module):
        def __init__(self):
            self.used, self.unused = nn.Linear(2, 2), nn.Linear(2, 7)

        def forward(self, x):
            return self.used(x)

    row = Unused().summary((2,)).layers[1]
    assert (row.path, row.parameters, row.output_shape) == ("unused", 21, None)


def test_the_table_is_aligned_and_ends_with_the_totals():
    net = nn.Sequential(conv=nn.Conv2d(1, 2, 3, bias=False), relu=nn.ReLU())
    assert str(net.summary((1, 4, 5))) == (
        "layer  type    output  parameters  multiply-adds  receptive field\n"
        "─────────────────────────────────────────────────────────────────\n"
        "conv   Conv2d  2×2×3           18            108  3×3\n"
        "relu   ReLU    2×2×3            0              0  3×3\n"
        "─────────────────────────────────────────────────────────────────\n"
        "total                          18            108"
    )


def test_the_summary_is_also_a_dictionary():
    found = nn.Sequential(nn.Linear(2, 1)).summary((2,)).to_dict()
    assert found["parameters"] == 3
    assert found["layers"][0]["path"] == "0"
    assert found["input_shape"] == (2,)


@pytest.mark.parametrize("shape", [(0, 3), (1.5,), ("a",)])
def test_a_wrong_shape_is_an_error(shape):
    with pytest.raises(ShapeError, match="not the shape of an input"):
        nn.Sequential(nn.ReLU()).summary(shape)


def test_an_input_that_does_not_fit_gives_the_layers_error():
    with pytest.raises(ShapeError, match=r"channels do not match(.|\n)*layer 'conv1'"):
        nn.zoo.lenet5().summary((3, 28, 28))
