"""Wrong calls of a trace, wrong names and wrong indices: what is wrong, and what there is instead."""

import numpy as np
import pytest

import pullback as pb
from explain.networks import LABELS, Small, X, normalised, squares
from pullback.errors import ArgumentError, ShapeError, TracingError
from pullback.explain import trace


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: trace(3.0, X), ArgumentError, r"not a network or function\n  got:  float"),
        (lambda: trace(X, Small()), ArgumentError, r"got:  ndarray\n  fix:  pb.trace\(net, x\)"),
        (lambda: trace(lambda x, y: x, 1.0), ArgumentError, r"cannot be called so\n  got:  1 input; missing .*'y'"),
        (lambda: trace(lambda x: x, (1.0, 2.0)), ArgumentError, r"2 inputs; too many positional"),
        (lambda: trace(lambda x, *, k: x * k, 1.0), ArgumentError, r"missing .*'k'(.|\n)*fix: .*lambda x: f\(x"),
        (lambda: trace(lambda x: x, "digit"), ArgumentError, r"x is no array of real numbers\n  got:  str"),
        (lambda: trace(lambda x: x, 1j), ArgumentError, r"x is no array of real numbers\n  got:  complex"),
        (lambda: trace(lambda x: x, {"a": object()}), ArgumentError, r"x\.a is no array of real numbers"),
        (lambda: trace(lambda x: None, 1.0), ArgumentError, r"returns nothing(.|\n)*fix:  return the result"),
        (lambda: trace(lambda x: "text", 1.0), TracingError, r"not an array of numbers"),
        (lambda: trace(Small(), X), ShapeError, r"where should the backward pass start\?\n  got:  output of shape \(2"),
        (
            lambda: trace(lambda x: (x, x), 1.0),
            ShapeError,
            r"where should .* start\?\n  got:  output of shape \(\), \(\)",
        ),
        (lambda: trace(Small(), X, LABELS), ArgumentError, r"targets without a loss"),
        (lambda: trace(Small(), X, LABELS, loss="mse"), ArgumentError, r"not a loss\n  got:  str"),
        (lambda: trace(Small(), X, loss=squares, cotangent=1.0), ArgumentError, r"a loss and a cotangent"),
        (lambda: trace(Small(), X, loss=lambda y: y), ShapeError, r"the loss is one number\n  got:  shape \(2, 4\)"),
        (
            lambda: trace(Small(), X, cotangent=np.ones((2, 5))),
            ShapeError,
            r"a cotangent has the shape of the output\n  got:  \(2, 5\)\n  need: \(2, 4\)",
        ),
        (
            lambda: trace(Small(), X, cotangent={"conv1": np.ones(3)}),
            ShapeError,
            r"a cotangent has the shape of conv1\n  got:  \(3,\)\n  need: \(2, 2, 6, 6\)",
        ),
        (
            lambda: trace(Small(), X, cotangent={"conv": np.ones(3)}),
            ArgumentError,
            r"no such name\n  got:  'conv'\n  need: one of (conv1, conv2|conv2, conv1), ",
        ),
        (lambda: trace(Small(), X, cotangent={3: np.ones(3)}), ArgumentError, r"no such name\n  got:  3\n"),
        (lambda: trace(lambda x: x, 1.0, cotangent="a"), ArgumentError, r"the cotangent of the output is no array"),
        (lambda: trace(lambda x: x, 1.0, cotangent=1j), ArgumentError, r"the cotangent of the output is no array"),
        (
            lambda: trace(lambda x: (x, x), 1.0, cotangent=(1.0, 2.0, 3.0)),
            ArgumentError,
            r"one cotangent per output\n  got:  3 for 2 outputs",
        ),
        (lambda: trace(lambda x: x > 0, 1.0), ArgumentError, r"the output has no cotangent\n  got:  booleans"),
        (
            lambda: trace(lambda x: np.argmax(x), np.ones(3), cotangent=1.0),
            ArgumentError,
            r"the output has no cotangent\n  got:  integers",
        ),
        (
            lambda: trace(normalised(), X, training=True, key=(1, 2, 3)),
            ArgumentError,
            r"not a random key\n  got:  key=",
        ),
        (lambda: trace(normalised(), X, training=True, key=0.5), ArgumentError, r"not a random key"),
    ],
)
def test_a_wrong_call_is_explained(call, error, match):
    with pytest.raises(error, match=match):
        call()


@pytest.mark.parametrize(
    ("name", "of", "match"),
    [
        ("conv1.weigth", None, r"no such name\n  got:  'conv1.weigth'\n  need: one of conv1.weight, "),
        ("Relu", None, r"need: one of relu, relu#2, "),
        (("conv1",), None, r"no such name\n  got:  \('conv1',\)"),
        ("conv1", "gradient", r"a name has a value and a cotangent\n  got:  of='gradient'"),
        ("targets", "cotangent", r"no cotangent\n  got:  integers or booleans: targets"),
        ("pool/max_pool2d.switches", "cotangent", r"no cotangent\n  got:  integers"),
        ("cross_entropy/log_softmax.z_bar", "cotangent", r"no cotangent\n  got:  cross_entropy/log_softmax.z_bar"),
    ],
)
def test_a_wrong_name_is_answered_with_those_there_are(name, of, match):
    t = trace(Small(), X, LABELS, loss=pb.cross_entropy)
    with pytest.raises(ArgumentError, match=match):
        t.find(name, of)


@pytest.mark.parametrize(
    ("name", "index", "match"),
    [
        (
            "conv1.weight",
            (0, 0, 3, 0),
            r"no such entry of conv1.weight\n  got:  index \(0, 0, 3, 0\)\n.*\(2, 2, 3, 3\)",
        ),
        ("conv1.weight", (0, 0), r"need: 4 indices"),
        ("conv1.weight", 0, r"need: 4 indices"),
        ("fc.bias", (-5,), r"no such entry of fc.bias"),
        ("fc.bias", (True,), r"no such entry of fc.bias"),
        ("fc.bias", (1.0,), r"no such entry of fc.bias"),
        ("fc.bias", 1.5, r"no such entry of fc.bias"),
        ("fc.bias", "first", r"no such entry of fc.bias"),
        ("fc.bias", None, r"no such entry of fc.bias"),
        ("loss", 0, r"need: no index: it is one number"),
    ],
)
def test_a_wrong_index_is_answered_with_the_shape(name, index, match):
    t = trace(Small(), X, LABELS, loss=pb.cross_entropy)
    with pytest.raises(ShapeError, match=match):
        t.explain(name, index)


def test_indices_may_count_from_the_end_and_be_of_any_integer_type():
    t = trace(Small(), X, LABELS, loss=pb.cross_entropy)
    assert len({t.explain("fc.bias", index).entry for index in (-1, 3, (np.int64(3),))}) == 1
    assert t.explain("fc.bias", [3]).entry == t.explain("fc.bias", 3).entry
