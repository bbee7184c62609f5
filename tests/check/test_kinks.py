"""Points where one-sided derivatives differ: ReLU at 0, ties of a maximum."""

import numpy as np
import pytest

import pullback as pb
from pullback.check import gradcheck

RNG = np.random.default_rng(12)
METHODS = ["auto", "central"]


def test_relu_at_zero_may_have_any_value_between_0_and_1():
    x = np.array([-1.0, 0.0, 0.0, 2.0])
    for slope in (0.0, 0.3, 1.0):
        report = gradcheck(
            lambda x: np.maximum(x, 0),
            x,
            backward=lambda y, x, s=slope: y * ((x > 0) + s * (x == 0)),
            cotangent=np.ones(4),
        )
        assert report, str(report)
        assert report.arguments[0].kinks == 2
        assert [e.index for e in report.arguments[0].at_kinks] == [(1,), (2,)]
        np.testing.assert_allclose([e.interval for e in report.arguments[0].at_kinks], [(0, 1), (0, 1)], atol=1e-6)
        assert "at 2 entries the one-sided derivatives differ" in str(report)


@pytest.mark.parametrize("slope", [-0.01, 1.01, 2.0])
def test_relu_at_zero_may_not_have_a_value_outside(slope):
    x = np.array([-1.0, 0.0, 2.0])
    report = gradcheck(lambda x: np.maximum(x, 0), x, backward=lambda y, x: y * ((x > 0) + slope * (x == 0)))
    assert not report
    assert report.arguments[0].worst[0].index == (1,)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "share", [np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([0.5, 0.5]), np.array([0.25, 0.75])]
)
def test_a_tied_maximum_may_share_its_cotangent_out_as_it_likes(share, method):
    x = np.array([1.0, 2.0, 2.0])
    report = gradcheck(np.max, x, backward=lambda y, x: y * np.array([0.0, *share]), method=method)
    assert report, str(report)


@pytest.mark.parametrize("method", METHODS)
def test_a_tied_maximum_that_gives_its_cotangent_twice_is_caught(method):
    report = gradcheck(np.max, np.array([1.0, 2.0, 2.0]), backward=lambda y, x: y * (x == x.max()), method=method)
    assert not report
    assert "got 2 along all of them, want 1" in report.arguments[0].what[0]


@pytest.mark.parametrize("method", METHODS)
def test_pooling_with_ties_agrees_with_its_own_choice(method):
    x = np.round(RNG.standard_normal((1, 2, 6, 6)))
    report = gradcheck(lambda x: pb.max_pool2d(x, 3, stride=2), x, method=method)
    assert report, str(report)
    assert report.arguments[0].kinks > 0


def test_kinks_that_meet_in_one_number_are_right_as_the_chain_rule_has_them_and_as_they_are():
    """relu(x) − relu(−x) = x; with relu'(0) = 0 the chain rule gives 0 at 0."""

    def function(x):
        return pb.relu(x) - pb.relu(-x)

    x = np.array([0.0, 1.0, -2.0])
    for slope in (0.0, 1.0):
        assert gradcheck(function, x, backward=lambda y, x, s=slope: y * np.where(x == 0, s, 1))
    assert not gradcheck(function, x, backward=lambda y, x: y * np.where(x == 0, 2, 1))


def test_a_network_is_right_on_an_image_with_black_borders():
    """Windows of zeros without bias: many ReLUs at 0, whose sides a later convolution mixes with both signs."""
    rng = np.random.default_rng(8)
    x = np.zeros((1, 1, 7, 7))
    x[..., 3:5, 3:5] = rng.standard_normal((2, 2))
    u, v = rng.standard_normal((2, 1, 3, 3)), rng.standard_normal((1, 2, 3, 3))
    report = gradcheck(lambda x, u, v: pb.conv2d(pb.relu(pb.conv2d(x, u)), v), (x, u, v))
    assert report, str(report)
    assert report.arguments[0].kinks > 0
