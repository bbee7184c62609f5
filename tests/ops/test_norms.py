from math import sqrt

import numpy as np
import pytest

from pullback.autodiff import vjp
from pullback.errors import ArgumentError, ShapeError
from pullback.ops.norms import (
    batch_norm,
    batch_norm_training,
    group_norm,
    instance_norm,
    layer_norm,
    running_statistics,
)

RNG = np.random.default_rng(5)
EPS = 0.25


def by_loops(x, groups, weight, bias, eps=EPS):
    """Normalise within groups of entries, entry by entry; `groups`, `weight` and `bias` are functions of the entry."""
    members = {}
    for entry in np.ndindex(*x.shape):
        members.setdefault(groups(entry), []).append(x[entry])
    out = np.zeros(x.shape)
    for entry in np.ndindex(*x.shape):
        values = members[groups(entry)]
        mean = sum(values) / len(values)
        var = sum((v - mean) ** 2 for v in values) / len(values)
        out[entry] = (x[entry] - mean) / sqrt(var + eps) * weight(entry) + bias(entry)
    return out


X = RNG.standard_normal((3, 4, 2, 5)) * 2 + 1
W, B = RNG.standard_normal((2, 4))
W_LAST, B_LAST = RNG.standard_normal((2, 2, 5))
# What is normalised together, and where weight and bias are read.
NORMS = {
    "batch": (lambda x: batch_norm_training(x, W, B, EPS)[0], lambda e: e[1], lambda e: W[e[1]], lambda e: B[e[1]]),
    "layer": (
        lambda x: layer_norm(x, (2, 5), W_LAST, B_LAST, EPS),
        lambda e: e[:2],
        lambda e: W_LAST[e[2:]],
        lambda e: B_LAST[e[2:]],
    ),
    "group": (
        lambda x: group_norm(x, 2, W, B, EPS),
        lambda e: (e[0], e[1] // 2),
        lambda e: W[e[1]],
        lambda e: B[e[1]],
    ),
    "instance": (lambda x: instance_norm(x, W, B, EPS), lambda e: e[:2], lambda e: W[e[1]], lambda e: B[e[1]]),
}


@pytest.mark.parametrize("name", NORMS)
def test_each_norm_is_its_definition_entry_by_entry(name):
    norm, groups, weight, bias = NORMS[name]
    np.testing.assert_allclose(norm(X), by_loops(X, groups, weight, bias), rtol=1e-12)


@pytest.mark.parametrize("name", NORMS)
@pytest.mark.parametrize("other", NORMS)
def test_the_definitions_tell_the_norms_apart(name, other):
    norm, groups, weight, bias = NORMS[name]
    same = np.allclose(norm(X), by_loops(X, NORMS[other][1], weight, bias))
    assert same == (name == other or {name, other} == {"layer", "instance"})
    assert not np.allclose(norm(X), by_loops(X, groups, weight, bias, eps=0.2501))


def test_evaluation_normalises_by_the_given_statistics():
    x = np.array([[[3.0, 7.0], [1.0, 2.0]]])
    # (3 − 5)/√4 · 10 + 1, (7 − 5)/√4 · 10 + 1; (1 − 0)/√0.25 · 2 + 0, (2 − 0)/√0.25 · 2 + 0
    y = batch_norm(x, np.array([5.0, 0.0]), np.array([4.0, 0.25]), np.array([10.0, 2.0]), np.array([1.0, 0.0]), eps=0.0)
    np.testing.assert_allclose(y, [[[-9, 11], [4, 8]]], rtol=1e-15)


def normal_gradient(x, y_bar, axes):
    """x̄ = (ȳ − mean ȳ − x̂ · mean(ȳ·x̂)) / √(var + eps), derived by hand (Ioffe & Szegedy 2015)."""
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    hat = (x - mean) / np.sqrt(var + EPS)
    return (y_bar - y_bar.mean(axes, keepdims=True) - hat * (y_bar * hat).mean(axes, keepdims=True)) / np.sqrt(
        var + EPS
    )


GRADIENTS = [
    (lambda x: batch_norm_training(x, eps=EPS)[0], (0, 2, 3)),
    (lambda x: layer_norm(x, (4, 2, 5), eps=EPS), (1, 2, 3)),
    (lambda x: group_norm(x, 1, eps=EPS), (1, 2, 3)),
    (lambda x: instance_norm(x, eps=EPS), (2, 3)),
]


@pytest.mark.parametrize(("norm", "axes"), GRADIENTS)
def test_the_gradient_flows_through_mean_and_variance(norm, axes):
    y_bar = RNG.standard_normal(X.shape)
    x_bar = vjp(norm, X)[1](y_bar)[0]
    np.testing.assert_allclose(x_bar, normal_gradient(X, y_bar, axes), rtol=1e-11, atol=1e-13)
    # The mistake of taking mean and variance for constants.
    assert not np.allclose(x_bar, y_bar / np.sqrt(X.var(axes, keepdims=True) + EPS), rtol=0.01)


def test_gradients_of_weight_and_bias_are_sums_over_batch_and_positions():
    y_bar = RNG.standard_normal(X.shape)
    for norm, axes in (
        (lambda w, b: batch_norm_training(X, w, b, EPS)[0], (0, 2, 3)),
        (lambda w, b: instance_norm(X, w, b, EPS), (2, 3)),
    ):
        w_bar, b_bar = vjp(norm, W, B)[1](y_bar)
        hat = (X - X.mean(axes, keepdims=True)) / np.sqrt(X.var(axes, keepdims=True) + EPS)
        np.testing.assert_allclose(w_bar, (y_bar * hat).sum((0, 2, 3)), rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(b_bar, y_bar.sum((0, 2, 3)), rtol=1e-12, atol=1e-13)
        assert not np.allclose(b_bar, y_bar.mean((0, 2, 3)))


def test_batch_statistics_are_the_mean_and_the_biased_variance():
    # 1, 2, 3, 6: mean 3, squares 4 + 1 + 0 + 9 = 14
    _, mean, var = batch_norm_training(np.array([[[1.0, 2.0]], [[3.0, 6.0]]]))
    assert (mean.tolist(), var.tolist()) == ([3.0], [14 / 4])


def test_running_statistics_take_the_unbiased_variance():
    mean, var = running_statistics(np.array([1.0]), np.array([2.0]), np.array([3.0]), np.array([14 / 4]), 4, 0.25)
    np.testing.assert_allclose(mean, [0.75 * 1 + 0.25 * 3], rtol=1e-15)
    np.testing.assert_allclose(var, [0.75 * 2 + 0.25 * 14 / 3], rtol=1e-15)
    assert not np.allclose(var, 0.75 * 2 + 0.25 * 14 / 4)


def test_training_returns_the_new_running_statistics_and_changes_nothing_in_place():
    x, mean, var = np.array([[1.0], [2.0], [3.0], [6.0]]), np.array([1.0]), np.array([2.0])
    y, new_mean, new_var = batch_norm(x, mean, var, training=True, momentum=0.25, eps=0.0)
    np.testing.assert_allclose(y, (x - 3) / sqrt(3.5), rtol=1e-14)
    np.testing.assert_allclose([new_mean, new_var], [[1.5], [1.5 + 14 / 12]], rtol=1e-15)
    assert (mean.tolist(), var.tolist()) == ([1.0], [2.0])
    assert not np.allclose(y, batch_norm(x, mean, var, eps=0.0))


def test_one_group_is_a_layer_norm_and_a_group_per_channel_an_instance_norm():
    np.testing.assert_allclose(group_norm(X, 1), layer_norm(X, X.shape[1:]), rtol=1e-12)
    np.testing.assert_allclose(group_norm(X, 4), instance_norm(X), rtol=1e-12)
    assert not np.allclose(group_norm(X, 2), instance_norm(X))


def test_a_large_mean_does_not_swallow_the_variance():
    x = np.array([[1e8 - 1], [1e8 + 1]])
    np.testing.assert_array_equal(batch_norm_training(x, eps=0.0)[0], [[-1], [1]])
    # The variance as mean of squares less square of the mean would be 0 here.
    assert np.mean(x**2) - np.mean(x) ** 2 != 1


def test_too_few_values_are_an_error():
    with pytest.raises(ShapeError, match="one value per channel"):
        batch_norm_training(np.ones((1, 3)))
    with pytest.raises(ShapeError, match="one value per channel"):
        batch_norm(np.ones((1, 3, 1)), np.zeros(3), np.ones(3), training=True)
    with pytest.raises(ShapeError, match="one value per plane"):
        instance_norm(np.ones((2, 3, 1)))
    with pytest.raises(ShapeError, match="one value per group"):
        group_norm(np.ones((1, 3)), 3)
    with pytest.raises(ArgumentError, match="no unbiased variance"):
        running_statistics(0.0, 1.0, 0.0, 0.0, 1)
    np.testing.assert_array_equal(group_norm(np.ones((2, 3)), 3, bias=np.arange(3.0)), [[0, 1, 2]] * 2)


def test_evaluation_works_on_one_value_and_on_an_empty_batch():
    assert batch_norm(np.ones((1, 3)), np.zeros(3), np.ones(3)).shape == (1, 3)
    assert batch_norm(np.ones((0, 3, 2)), np.zeros(3), np.ones(3)).shape == (0, 3, 2)
    assert layer_norm(np.ones((0, 3)), 3).shape == (0, 3)


def test_parameters_of_another_size_are_refused_by_name():
    with pytest.raises(ShapeError, match=r"weight does not fit\n  got:  weight \(3,\)\n  need: \(4,\)"):
        batch_norm_training(X, np.ones(3))
    with pytest.raises(ShapeError, match=r"normalized_shape=\(4,\)"):
        layer_norm(X, 4)


@pytest.mark.parametrize(
    "norm", [batch_norm_training, instance_norm, lambda x: layer_norm(x, 5), lambda x: group_norm(x, 2)]
)
def test_float32_stays_float32(norm):
    y = norm(X.astype(np.float32))
    assert (y[0] if isinstance(y, tuple) else y).dtype == np.float32
