"""The assertions for test suites: silent where all is right, and otherwise with the review or the diagnosis."""

from __future__ import annotations

import numpy as np
import pytest

import pullback as pb
from pullback import nn
from pullback.errors import ArgumentError
from pullback.testing import assert_backward, assert_gradient_close


@pytest.fixture(scope="module")
def trace():
    rng = np.random.default_rng(0)
    net = nn.Sequential(conv1=nn.Conv2d(1, 2, 3))
    return pb.trace(net, rng.standard_normal((2, 1, 5, 5)), cotangent=rng.standard_normal((2, 2, 3, 3)))


def test_a_right_backward_passes():
    assert_backward(lambda dout, x: dout * np.cos(x), op="sin")


def test_a_wrong_backward_fails_with_the_review():
    with pytest.raises(AssertionError, match=r"review of <lambda>, backward of sin: WRONG(.|\n)*in every case"):
        assert_backward(lambda dout, x: dout * np.sin(x), op="sin", diagnose_limit=0.01)


def test_a_right_gradient_of_a_trace_passes(trace):
    assert_gradient_close(trace.grads["conv1.bias"], trace=trace, name="conv1.bias")


def test_a_wrong_gradient_of_a_trace_fails_with_the_diagnosis(trace):
    with pytest.raises(AssertionError, match=r"got = 0.111111 · want(.|\n)*the mean over the positions"):
        assert_gradient_close(trace.grads["conv1.bias"] / 9, trace=trace, name="conv1.bias")


def test_the_exact_gradient_may_be_given_beside_the_trace(trace):
    exact = trace.grads["conv1.bias"]
    assert_gradient_close(exact, exact, trace=trace, name="conv1.bias")
    with pytest.raises(AssertionError, match="the sign is reversed"):
        assert_gradient_close(-exact, exact, trace=trace, name="conv1.bias")


def test_a_gradient_of_another_shape_is_told_so(trace):
    with pytest.raises(AssertionError, match="another shape"):
        assert_gradient_close(np.ones((7, 7)), trace=trace, name="conv1.bias")


def test_without_anything_to_compare_with_it_is_refused():
    with pytest.raises(ArgumentError, match="nothing to compare with"):
        assert_gradient_close([1.0])
