"""Explanations of single entries, by hand: the terms, why terms vanish, and the way from one entry to the next."""

import json

import numpy as np
import pytest

import pullback as pb
from pullback import nn
from pullback.explain import Entry, trace
from pullback.explain.vanish import Reasons
from pullback.ops.dropout import dropout
from pullback.ops.pools import max_pool2d

IMAGE = np.array([[1.0, -2.0, 3.0, -4.0], [5.0, 6.0, -7.0, -8.0], [-9.0, -1.0, 2.0, 3.0], [-3.0, -4.0, 5.0, -6.0]])
X = IMAGE[None, None]
ONE = np.ones((1, 1, 1, 1))


def pixels(w, x):
    """A convolution with one 1×1 filter: every pixel times w."""
    return pb.conv2d(x, w)


# Sums, by hand


def test_a_filter_gradient_by_hand():
    # w̄[r,s] = Σ_{p,q} ȳ[p,q]·x[p+r,q+s] of a 2×2 filter on a 3×3 image; w̄[0,1] = 1·2 + 10·3 + 100·5 + 1000·6
    x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    y_bar = np.array([[[[1.0, 10.0], [100.0, 1000.0]]]])
    t = trace(pb.conv2d, (x, np.ones((1, 1, 2, 2))), cotangent=y_bar)
    e = t.explain("w", (0, 0, 0, 1))
    assert [term.product for term in e] == [2.0, 30.0, 500.0, 6000.0]
    assert (e.total, e.entry.value, e.error) == (6532.0, 6532.0, 0.0)
    assert (e.kind, e.operator, e.scale) == ("sum", "conv2d.w_bar", 1.0)
    assert e.formula == "w̄[o,i,r,s] = Σ_{n,p,q} ȳ[n,o,p,q] · x[n,i,p+r,q+s]"
    assert e.entry_formula == "w̄[0,0,0,1] = Σ_{n,p,q} ȳ[n,0,p,q] · x[n,0,p,q+1]"
    assert [(letter, str(named)) for letter, named in e.where] == [
        ("w̄", "cotangent of w"),
        ("ȳ", "cotangent of output"),
        ("x", "x"),
    ]
    assert dict(e[2].letters) == {"n": 0, "o": 0, "i": 0, "p": 1, "q": 0, "r": 0, "s": 1}
    assert e[2].factors == (
        Entry("output", "cotangent", (0, 0, 1, 0), 100.0),
        Entry("x", "value", (0, 0, 1, 1), 5.0),
    )
    assert e[-1] == e[3] == e.terms[3]
    assert len(e) == 4
    assert e.vanished == {}


def test_the_number_before_a_sum_is_part_of_every_term():
    e = trace(np.mean, (np.array([2.0, 4.0, 12.0]),)).explain("output")
    assert e.scale == pytest.approx(1 / 3)
    assert [term.product for term in e] == pytest.approx([2 / 3, 4 / 3, 4.0])
    assert e.total == e.entry.value == pytest.approx(6.0)


def test_there_is_no_term_beyond_the_last():
    e = trace(np.sum, (np.ones(3),)).explain("output")
    with pytest.raises(IndexError, match="term 3 of 3"):
        e[3]
    with pytest.raises(IndexError, match="term -4 of 3"):
        e[-4]


def test_an_expression_shows_its_numbers():
    e = trace(lambda x, y: x * y - np.exp(-x), (2.0, -3.0)).explain("multiply")
    assert (e.kind, e.entry_formula, e.numbers) == ("expression", "z = x · y", "2 · (-3) = -6")
    assert (len(e), e.total) == (1, -6.0)
    assert [str(f) for f in e.factors] == ["x", "y"]


def test_a_maximum_names_those_that_competed():
    t = trace(lambda x: max_pool2d(x, 2), X, cotangent=np.ones((1, 1, 2, 2)))
    e = t.explain("output", (0, 0, 1, 1))
    assert e.kind == "maximum"
    assert [c.value for c in e.candidates] == [2.0, 3.0, 5.0, -6.0]
    assert e[0].factors == (Entry("x", "value", (0, 0, 3, 2), 5.0),)
    position = t.explain("max_pool2d.switches", (0, 0, 1, 1))
    assert (position.kind, position.entry.value) == ("position", 3 * 4 + 2)
    assert [c.value for c in position.candidates] == [2.0, 3.0, 5.0, -6.0]
    assert (len(position), position.factors, position.total) == (0, (), 14.0)


def test_candidates_in_the_padding_are_marked():
    e = trace(lambda x: max_pool2d(x, 2, 2, 1), X, cotangent={}).explain("output", (0, 0, 0, 0))
    assert [(c.inside, c.value) for c in e.candidates] == [(False, -np.inf)] * 3 + [(True, 1.0)]
    assert json.dumps(e.to_dict(), allow_nan=False).count('"-inf"') == 3


@pytest.mark.parametrize(
    ("function", "index", "source"),
    [
        (lambda x: np.reshape(x, (2, 8)), (1, 3), (0, 0, 2, 3)),
        (lambda x: np.transpose(x), (3, 2, 0, 0), (0, 0, 2, 3)),
        (lambda x: x[0, 0, ::-1], (1, 3), (0, 0, 2, 3)),
        (lambda x: np.pad(x[0, 0], 1), (3, 4), (0, 0, 2, 3)),
    ],
)
def test_what_only_moves_is_a_copy(function, index, source):
    t = trace(function, X, cotangent={})
    e = t.explain("output", index)
    while e.kind == "copy":
        (factor,) = e.factors
        assert (e.total, e.error) == (3.0, 0.0)
        e = e.follow(factor)
    assert e.entry == Entry("x", "value", source, 3.0)
    assert (e.kind, e.numbers, e.terms, e.total) == ("given", "an input of the run", (), 3.0)


def test_a_read_from_the_border_is_no_copy():
    e = trace(lambda x: np.pad(x, 1), IMAGE, cotangent={}).explain("output", (0, 3))
    assert (e.kind, e.entry.value, e.vanished) == ("sum", 0.0, {"padding": 1})


def test_the_product_of_two_numbers_is_a_sum_of_one_term():
    e = trace(lambda x, y: np.einsum(",->", x, y), (3.0, 4.0)).explain("output")
    assert (e.kind, [f.value for f in e[0].factors], e.total) == ("sum", [3.0, 4.0], 12.0)


def test_what_is_given_says_what_it_is():
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout(0.5))
    t = trace(net, np.ones((3, 2)), np.zeros((3, 2)), loss=pb.mse_loss, training=True)
    said = {name: t.explain(name, (0,) * t.values[name].ndim, "value") for name in t.names.leaves}
    assert {name: e.numbers.partition(":")[0] for name, e in said.items()} == {
        "0.weight": "a parameter", "0.bias": "a parameter", "1.weight": "a parameter", "1.bias": "a parameter",
        "1.running_mean": "a buffer", "1.running_var": "a buffer", "1.num_batches_tracked": "a buffer",
        "input": "an input of the run", "targets": "a target of the run", "key": "the random key",
    }  # fmt: skip
    assert {e.kind for e in said.values()} == {"given"}


def test_a_constant_of_the_function_can_be_followed():
    w = np.array([2.0, 3.0])
    t = trace(lambda x: np.sum(x * w), np.array([5.0, 7.0]))
    e = t.explain("multiply", 1)
    constant = e.factors[1]
    assert constant == Entry("constant", "constant", (1,), 3.0)
    assert (e.follow(constant).kind, e.follow(constant).numbers) == ("given", "a constant")


def test_a_random_number_says_where_it_comes_from():
    t = trace(lambda x, key: np.sum(dropout(x, 0.5, key)), (np.ones(4), np.array([7, 0])))
    e = t.explain("dropout.u", 2)
    assert (e.kind, len(e), e.total) == ("random", 0, float(t.values["dropout.u"][2]))
    assert e.entry_formula == "u[2] = uniform number in [0, 1) from stream 0"
    assert e.numbers.startswith("a random number in [0, 1)")


def test_entries_are_written_as_people_do():
    assert str(Entry("conv1.weight", "cotangent", (0, 1), 2.0)) == "cotangent of conv1.weight[0,1]"
    assert str(Entry("loss", "value", (), 2.0)) == "loss"


# Why terms vanish, counted by hand


def test_padding():
    # w̄[0,0] = Σ ȳ[p,q]·x[p−1,q−1] over 4×4 positions: the first row and the first column, 7 of them, read outside.
    t = trace(lambda w: pb.conv2d(X, w, padding=1), np.ones((1, 1, 3, 3)), cotangent=np.ones((1, 1, 4, 4)))
    assert t.explain("w", (0, 0, 0, 0)).vanished == {"padding": 7}
    assert t.explain("w", (0, 0, 1, 0)).vanished == {"padding": 4}
    assert t.explain("w", (0, 0, 1, 1)).vanished == {}


def test_padding_of_its_own_layer():
    t = trace(lambda w: pb.conv2d(np.pad(X, ((0, 0), (0, 0), (1, 1), (1, 1))), w), np.ones((1, 1, 3, 3)), loss=np.sum)
    assert t.explain("w", (0, 0, 0, 0)).vanished == {"a given 0": 7}  # the border was computed before the trace
    t = trace(
        lambda w, x: pb.conv2d(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), w), (np.ones((1, 1, 3, 3)), X), loss=np.sum
    )
    assert t.explain("w", (0, 0, 0, 0)).vanished == {"padding": 7}


def test_a_dead_relu():
    # 9 of the 16 pixels are negative.
    t = trace(lambda w: np.sum(pb.relu(pixels(w, X))), ONE)
    e = t.explain("w", (0, 0, 0, 0))
    assert e.vanished == {"the ReLU is off": 9}
    assert e.total == IMAGE[IMAGE > 0].sum()


@pytest.mark.parametrize(
    "rectify", [lambda x: np.maximum(x, 0), lambda x: np.maximum(0.0, x), nn.ReLU(), lambda x: pb.relu(x)]
)
def test_a_relu_is_one_however_it_is_written(rectify):
    t = trace(lambda w: np.sum(rectify(pixels(w, X))), ONE)
    assert t.explain("w", (0, 0, 0, 0)).vanished == {"the ReLU is off": 9}


def test_a_window_that_has_another_maximum():
    # Four windows of four pixels: three of each lose.
    t = trace(lambda w: np.sum(max_pool2d(pixels(w, X), 2)), ONE)
    assert t.explain("w", (0, 0, 0, 0)).vanished == {"its window has another maximum": 12}


def test_a_relu_behind_the_pooling():
    # The maxima are 6, 3, −1 and 5: of the four winners one falls to the ReLU behind, and is named after it.
    t = trace(lambda w: np.sum(pb.relu(max_pool2d(pixels(w, X), 2))), ONE)
    expected = {"its window has another maximum": 12, "the ReLU is off": 1}
    assert t.explain("w", (0, 0, 0, 0)).vanished == expected


def test_a_relu_before_the_pooling():
    # A window of negative pixels gives 0, 0, 0, 0 behind the ReLU: the first of them wins, and its ReLU is off.
    t = trace(lambda w: np.sum(max_pool2d(pb.relu(pixels(w, X)), 2)), ONE)
    expected = {"its window has another maximum": 12, "the ReLU is off": 1}
    assert t.explain("w", (0, 0, 0, 0)).vanished == expected


def test_a_value_that_a_relu_made_zero_is_traced_through_pooling_and_flattening():
    # The pooled maxima behind the ReLU: 6, 3, 0, 5.
    t = trace(lambda x, w: w @ np.reshape(max_pool2d(pb.relu(x), 2), (4,)), (X, np.ones(4)))
    e = t.explain("output")
    assert [term.product for term in e] == [6.0, 3.0, 0.0, 5.0]
    assert e.vanished == {"the ReLU is off": 1}


def test_a_cotangent_that_is_zero_where_the_backward_pass_starts():
    t = trace(lambda w, x: w @ x, (np.ones((4, 2)), np.ones((2, 3))), cotangent=np.eye(4, 3))
    e = t.explain("x", (0, 1))  # x̄[0,1] = Σₖ w[k,0]·ȳ[k,1], and ȳ[k,1] is 0 but for k = 1
    assert e.vanished == {"a zero cotangent": 3}


def test_a_number_that_is_given_as_zero():
    t = trace(lambda w, x: w @ x, (np.ones(4), np.array([0.0, 2.0, 0.0, 3.0])))
    assert t.explain("output").vanished == {"a given 0": 2}


def test_a_value_that_comes_out_as_zero():
    t = trace(lambda x, y: np.ones(3) @ (x - y), (np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 3.0])))
    assert t.explain("output").vanished == {"a value that is 0": 2}


def test_products_too_small_for_the_format():
    t = trace(lambda x, y: x @ y, (np.array([1e-200, 1.0]), np.array([1e-200, 2.0])))
    assert t.explain("output").vanished == {"underflow": 1}


def test_a_number_before_the_sum_that_is_zero():
    t = trace(lambda x: pb.avg_pool2d(x, 2) * 1.0, X, cotangent=np.ones((1, 1, 2, 2)))
    assert t.explain("x", (0, 0, 0, 0)).vanished == {}
    t = trace(lambda x: pb.l2_penalty(x, 0.0), np.array([3.0, 4.0]))
    assert t.explain("output").vanished == {"the number before the sum is 0": 2}


def test_entries_that_no_window_reads():
    # A 1×1 filter with stride 2 reads 4 of the 16 pixels.
    t = trace(lambda w: np.sum(pb.conv2d(pixels(w, X), ONE, stride=2)), ONE)
    assert t.explain("w", (0, 0, 0, 0)).vanished == {"nothing reads it": 12}


def test_entries_that_nothing_is_written_to():
    # A transposed 1×1 filter with stride 2 spreads 16 pixels over 7×7 entries.
    t = trace(lambda x, w: np.sum(pb.conv2d(pb.conv_transpose2d(x, ONE, stride=2), w)), (X, ONE))
    assert t.explain("w", (0, 0, 0, 0)).vanished == {"nothing is written to it": 49 - 16}


def test_what_dropout_drops():
    t = trace(lambda x, w, key: dropout(x, 0.5, key) @ w, (np.ones(20), np.ones(20), np.array([3, 0])))
    dropped = int((~t.values["dropout.keep"]).sum())
    assert 0 < dropped < 20
    assert t.explain("output").vanished == {"dropped": dropped}
    back = trace(lambda w, key: np.sum(dropout(w * X, 0.5, key)), (ONE, np.array([3, 0])))
    kept = back.values["dropout.keep"]
    spread = back.explain("w", (0, 0, 0, 0))
    assert spread.vanished == {"dropped": int((~kept).sum())}


def test_dropout_of_a_zero_passes_the_reason_on():
    t = trace(lambda x, w, key: dropout(pb.relu(x), 0.5, key) @ w, (-np.ones(8), np.ones(8), np.array([3, 0])))
    assert t.explain("output").vanished == {"the ReLU is off": 8}


def test_where_a_derivative_is_zero():
    t = trace(lambda w: np.sum(pb.hardtanh(w * np.array([0.5, 2.0, -3.0]))), 1.0)
    assert t.explain("w").vanished == {"the derivative of hardtanh is 0": 2}


def test_the_larger_of_two_is_no_relu():
    t = trace(lambda w, y: np.sum(np.maximum(w * np.array([1.0, 5.0]), y)), (1.0, np.array([3.0, 3.0])))
    assert t.explain("w").vanished == {"the derivative of maximum is 0": 1}


def test_a_cotangent_of_two_ways_that_are_both_closed():
    def both_ways(w):
        y = pixels(w, X)
        return np.sum(pb.relu(y) + pb.relu(2.0 * y))

    t = trace(both_ways, ONE)
    assert t.explain("w", (0, 0, 0, 0)).vanished == {"the ReLU is off": 9}


def test_a_switched_off_relu_with_nothing_coming_in_is_named_after_what_comes_in():
    t = trace(lambda x: np.sum(max_pool2d(pb.relu(x), 2)), X)
    reasons = Reasons(t)
    x_bar = t.names.cotangents["x"]
    assert reasons.of(x_bar, (0, 0, 0, 1)) == "its window has another maximum"
    assert reasons.of(x_bar, (0, 0, 2, 0)) == "the ReLU is off"


def test_the_reason_of_a_cancelled_sum():
    t = trace(lambda x: np.sum(np.array([1.0, -1.0]) * x) * np.ones(2), 3.0, cotangent=np.ones(2))
    e = t.explain("output", 0)
    assert e.entry.value == 0.0
    assert Reasons(t).of(t.names.values["sum"], ()) == "a value that is 0"


# From one entry to the next


def test_every_factor_of_a_network_can_be_followed():
    pb.seed(0)
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2, 3))
    t = trace(net, X, np.array([1]), loss=pb.cross_entropy)
    for factor in t.explain("0.weight", (1, 0, 2, 2)).factors:
        assert t.explain("0.weight", (1, 0, 2, 2)).follow(factor).entry == factor


def test_the_chain_follows_the_largest_term_back_to_what_was_given():
    # loss = Σ relu(w·x) with w·x = (3, −8, 10): the way from w̄ over ȳ to where the backward pass starts.
    t = trace(
        lambda w, x: w * x, (np.array([1.0, 4.0, 5.0]), np.array([3.0, -2.0, 2.0])), loss=lambda y: np.sum(pb.relu(y))
    )
    chain = t.explain("w", 2).chain(10)
    assert [(str(e.entry), e.kind, e.entry.value) for e in chain] == [
        ("cotangent of w[2]", "expression", 2.0),
        ("cotangent of output[2]", "expression", 1.0),
        ("cotangent of relu[2]", "copy", 1.0),
    ]
    assert len(t.explain("w", 2).chain(1)) == 2
    assert len(t.explain("w", 2).chain(0)) == 1
    assert len(t.explain("x", 0, "value").chain(5)) == 1


def test_the_chain_goes_on_with_the_factor_that_was_computed():
    # y = w·h with h = tanh(x): w is given, h is not.
    t = trace(lambda w, x: w @ np.tanh(x), (np.array([1.0, 9.0]), np.array([2.0, 0.5])))
    chain = t.explain("output").chain()
    assert [str(e.entry) for e in chain] == ["output", "tanh[1]"]


def test_an_explanation_is_plain_data_too():
    t = trace(lambda w: np.sum(pb.relu(pixels(w, X))), ONE)
    e = t.explain("w", (0, 0, 0, 0))
    data = e.to_dict(limit=2)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert (data["number_of_terms"], len(data["terms"])) == (16, 2)
    assert data["terms"][1]["vanishes"] == "the ReLU is off"
    assert data["vanished"] == {"the ReLU is off": 9}
    assert data["entry"] == {"name": "w", "of": "cotangent", "index": [0, 0, 0, 0], "value": 25.0, "inside": True}
    assert len(e.to_dict()["terms"]) == 16
