"""Receptive fields against the recurrence of Araujo et al. 2019, and against where the derivative is not zero."""

import itertools

import numpy as np
import pytest

from pullback import nn
from pullback.autodiff import grad
from pullback.errors import ArgumentError
from pullback.nn.receptive import receptive_field


def recurrence(layers):
    """Araujo, Norris & Sim 2019: size ← size + d·(k − 1)·jump, start ← start − π·jump, jump ← jump·s."""
    size, jump, start = 1, 1, 0
    for k, s, d, p in layers:
        size += d * (k - 1) * jump
        start -= p * jump
        jump *= s
    return size, jump, start


def chain(layers):
    return nn.Sequential(*(nn.Conv1d(1, 1, k, stride=s, dilation=d, padding=p) for k, s, d, p in layers))


def fields(net, layer, *shape):
    found = receptive_field(net, layer, shape)
    return list(zip(found.size, found.jump, found.start, strict=True))


@pytest.mark.parametrize(("depth", "size"), [(1, 3), (2, 5), (3, 7)])
def test_stacked_3x3_layers_see_3_5_7(depth, size):
    net = nn.Sequential(*(nn.Conv2d(1, 1, 3, padding=1) for _ in range(depth)))
    assert receptive_field(net, str(depth - 1), (1, 16, 16)).size == (size, size)


ONE_LAYER = [(3, 1, 1, 0), (2, 2, 1, 0), (3, 2, 1, 1), (3, 1, 2, 2), (1, 3, 1, 0), (5, 2, 3, 4)]


@pytest.mark.parametrize("layers", list(itertools.product(ONE_LAYER, ONE_LAYER, ONE_LAYER[:4])))
def test_chains_follow_the_published_recurrence(layers):
    assert fields(chain(layers), str(len(layers) - 1), 1, 90) == [recurrence(layers)]


def test_the_recurrence_notices_another_dilation():
    layers = [(3, 1, 2, 2), (3, 2, 1, 1)]
    assert fields(chain(layers), "1", 1, 90) != [recurrence([(3, 1, 1, 2), (3, 2, 1, 1)])]


def test_axes_are_independent():
    net = nn.Sequential(nn.Conv2d(1, 2, (3, 5), stride=(2, 1), padding=((1, 0), (0, 2))), nn.MaxPool2d((2, 3)))
    assert fields(net, "1", 1, 30, 30) == [(5, 4, -1), (7, 3, 0)]


def test_the_size_is_theoretical_where_the_image_is_smaller():
    assert fields(nn.Sequential(nn.Conv1d(1, 1, 9, padding=6)), "0", 1, 5) == [(9, 1, -6)]


@pytest.mark.parametrize("layer", [nn.MaxPool1d, nn.AvgPool1d, lambda k, s: nn.LPPool1d(2, k, s)])
def test_pooling_counts_as_a_window(layer):
    net = nn.Sequential(nn.Conv1d(1, 1, 3), layer(3, 2), nn.Conv1d(1, 1, 2))
    assert fields(net, "2", 1, 40) == [recurrence([(3, 1, 1, 0), (3, 2, 1, 0), (2, 1, 1, 0)])]


def test_average_pooling_with_unequal_counts_counts_as_a_window():
    net = nn.Sequential(nn.AvgPool1d(3, 2, padding=1, count_include_pad=False))
    assert fields(net, "0", 1, 40) == [(3, 2, -1)]


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_a_padding_mode_does_not_change_the_theoretical_field(mode):
    net = nn.Sequential(*(nn.Conv1d(1, 1, 5, padding=2, padding_mode=mode) for _ in range(2)))
    assert fields(net, "1", 1, 20) == [(9, 1, -4)]
    assert fields(net, "1", 1, 6) == [(9, 1, -4)]


def test_groups_do_not_change_the_field():
    net = nn.Sequential(nn.Conv2d(4, 8, 3, groups=4), nn.Conv2d(8, 8, 3, groups=2, stride=2))
    assert fields(net, "1", 4, 20, 20) == [(5, 2, 0)] * 2


class Branches(nn.Module):
    def __init__(self):
        self.wide = nn.Conv1d(1, 1, 7, padding=3)
        self.narrow = nn.Conv1d(1, 1, 3, padding=1)
        self.late = nn.Conv1d(1, 1, 3, padding=(((0, 2)),))
        self.join = nn.Identity()

    def forward(self, x):
        y = x + self.narrow(x)
        return self.join(np.concatenate([self.late(y), self.wide(x)], axis=1))


def test_residual_branches_and_concatenations_take_the_union():
    # narrow reads −1..1 beside x, late 0..2 of that: −1..3; wide −3..3
    assert fields(Branches(), "join", 1, 20) == [(7, 1, -3)]
    assert fields(Branches(), "late", 1, 20) == [(5, 1, -1)]


def test_a_transposed_convolution_moves_the_field_by_a_fraction():
    net = nn.Sequential(nn.ConvTranspose1d(1, 1, 4, stride=2, padding=1))
    # output p reads inputs h with 2h + r − 1 = p, r = 0..3: two of them
    assert fields(net, "0", 1, 10) == [(2, 0.5, -1)]
    assert fields(nn.Sequential(nn.Upsample(2), nn.Conv1d(1, 1, 2)), "1", 1, 10) == [(2, 0.5, 0)]


def test_unpooling_reads_the_window_that_its_switch_came_from():
    class Back(nn.Module):
        def __init__(self):
            self.pool, self.unpool = nn.MaxPool1d(2, return_indices=True), nn.MaxUnpool1d(2)

        def forward(self, x):
            return self.unpool(*self.pool(x))

    # positions 2p and 2p + 1 both come from window p, which reads 2p and 2p + 1
    assert receptive_field(Back(), "unpool", (1, 8)).size == (2,)


def test_flatten_and_global_pooling_see_the_whole_input_and_do_not_move():
    net = nn.Sequential(conv=nn.Conv2d(1, 2, 3, padding=1), flat=nn.Flatten(), fc=nn.Linear(2 * 6 * 8, 3))
    assert fields(net, "fc", 1, 6, 8) == [(6, 0, 0), (8, 0, 0)]
    net = nn.Sequential(conv=nn.Conv2d(1, 2, 3, padding=1), pool=nn.GlobalMaxPool(), flat=nn.Flatten())
    assert fields(net, "flat", 1, 6, 8) == [(6, 0, 0), (8, 0, 0)]


def test_rows_that_no_window_reaches_are_not_in_the_field():
    net = nn.Sequential(pool=nn.MaxPool2d(2), flat=nn.Flatten())
    assert fields(net, "flat", 1, 7, 5) == [(6, 0, 0), (4, 0, 0)]


def test_adaptive_pooling_reads_its_windows():
    assert fields(nn.Sequential(nn.AdaptiveAvgPool1d(4)), "0", 1, 12) == [(3, 3, 0)]


def ones(net):
    for name, a in net.parameters.items():
        a[...] = 1.0 if name.endswith("weight") else 0.0
    return net


@pytest.mark.parametrize(
    ("net", "size"),
    [
        (nn.Sequential(nn.Conv1d(1, 2, 3, padding=1, stride=2), nn.Conv1d(2, 1, 3, dilation=2, padding=1)), 31),
        (nn.Sequential(nn.Conv1d(1, 1, 3, stride=2), nn.ConvTranspose1d(1, 1, 3, stride=2), nn.Conv1d(1, 1, 2)), 31),
        (nn.Sequential(nn.AvgPool1d(3, 2, 1), nn.Upsample(3), nn.Conv1d(1, 1, 3)), 31),
        (Branches(), 31),
    ],
)
def test_the_field_is_where_the_derivative_is_not_zero(net, size):
    net = ones(net).eval()
    layer = "join" if isinstance(net, Branches) else str(len(net) - 1)
    found = receptive_field(net, layer, (1, size))
    outputs = net(np.zeros((1, 1, size))).shape[-1]
    widths = []
    for p in range(outputs):
        slope = grad(lambda x, p=p: np.sum(net(x)[..., p]))(np.ones((1, 1, size)))
        at = np.flatnonzero(slope)
        inside = at[0] > 0 and at[-1] < size - 1
        widths.append((int(at[-1] - at[0] + 1), int(at[0])) if inside else None)
    middle = widths[outputs // 2]
    assert middle is not None
    assert found.size == (middle[0],)
    steps = [b[1] - a[1] for a, b in itertools.pairwise(widths) if a and b]
    assert np.mean(steps) == pytest.approx(found.jump[0], abs=0.15)


def test_an_unknown_layer_is_an_error_that_lists_the_layers():
    with pytest.raises(ArgumentError, match=r"no such layer behind the output\n  got:  'conv9'\n  need: one of 0"):
        receptive_field(nn.Sequential(nn.ReLU()), "conv9", (1, 4, 4))
