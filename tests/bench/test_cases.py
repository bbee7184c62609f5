"""The networks are the published ones: their multiply-adds are compared with published counts."""

import pytest

from pullback.bench.cases import LAYERS, NETS, PASSES, Convolution
from pullback.cli import choices


def multiply_adds(network, times):
    """Those of a network, given how often each of its distinct convolutions occurs."""
    layers = [c for c in LAYERS.values() if c.network == network]
    assert len(layers) == len(times)
    return sum(k * c.multiply_adds(batch=1) for k, c in zip(times, layers, strict=True))


def test_the_convolutions_of_vgg16_have_its_multiply_adds():
    # Torchvision publishes 15.47·10⁹ for all of it; the three linear layers have 123.6·10⁶ of them.
    linear = 25088 * 4096 + 4096 * 4096 + 4096 * 1000
    found = multiply_adds("vgg16", [1, 1, 1, 1, 1, 2, 1, 2, 3])
    assert found + linear == pytest.approx(15.47e9, rel=1e-3)


def test_the_convolutions_of_resnet50_have_its_multiply_adds():
    # Torchvision publishes 4.09·10⁹. Of a stage's n blocks, n − 1 have the plain shapes; the widening convolution of
    # the first stage's blocks has the shape of its shortcut, and so has its first convolution but for the width.
    stages = []
    for n in (3, 4, 6, 3):
        stages += [[1, 1, n, 1, n - 1, n - 1]]
    stages[0] = [1, 3, 3 + 1, 2]
    found = multiply_adds("resnet50", [1, *(k for stage in stages for k in stage)])
    assert found + 2048 * 1000 == pytest.approx(4.09e9, rel=1e-3)


def test_the_output_of_a_strided_convolution_is_what_the_formula_says():
    first = LAYERS["resnet50:7x7/2 3-64 @224"]
    assert first.output_size == 112  # (224 + 2·3 − 7) // 2 + 1
    x, w, y_bar = first.arrays(2)
    assert (x.shape, w.shape, y_bar.shape) == ((2, 3, 224, 224), (64, 3, 7, 7), (2, 64, 112, 112))


def test_an_entry_of_each_pass_adds_up_its_own_letters():
    layer = Convolution("some", 4, 8, 10, 3)
    # forward i, r, s; backward-data o, r, s; backward-filter n, p, q.
    assert [layer.terms(what, 2) for what in PASSES] == [4 * 9, 8 * 9, 2 * 100]


def test_every_network_of_the_zoo_is_timed():
    assert tuple(NETS) == choices.NETS
