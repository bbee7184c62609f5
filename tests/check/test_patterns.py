"""How wrong numbers are made from the right ones: each rule is applied by hand and has to be named."""

import numpy as np
import pytest

from pullback.check.patterns import Comparison, lengths, what

WANT = np.random.default_rng(3).standard_normal((3, 3, 5))


def rules(got, want=WANT, sizes=None):
    index = np.argwhere(np.ones(want.shape))
    allowed = np.full(want.size, 1e-12)
    g, w = got.ravel(), want.ravel()
    return what(Comparison(index, g, w, allowed, ~(np.abs(g - w) <= allowed), want.shape), sizes or {})[0]


def changed(index, value):
    got = WANT.copy()
    got[index] = value(WANT[index])
    return got


RULES = [
    (2 * WANT, "got = 2 · want"),
    (WANT / 2, "got = 0.5 · want (1/2)"),
    (-WANT, "the sign is reversed: got = −want"),
    (-3 * WANT, "got = -3 · want"),
    (1.2345 * WANT, "got = 1.2345 · want"),
    (0 * WANT, "got is 0 where it should not be"),
    (WANT + 0.25, "got = want + 0.25"),
    (WANT - 0.25, "got = want − 0.25"),
    (WANT.transpose(1, 0, 2), "got is want with axes in the order (1, 0, 2)"),
    (WANT[:, :, ::-1], "got is want reversed along axis 2"),
    (WANT[::-1, ::-1], "got is want reversed along axes 0 and 1"),
    (-WANT[:, :, ::-1], "got is want reversed along axis 2, with the sign reversed"),
    (np.roll(WANT, 1, 2), "got is want shifted along axis 2, one later, round the end"),
    (np.pad(WANT, ((0, 0), (0, 0), (0, 1)))[:, :, 1:], "got is want shifted along axis 2, one earlier"),
    (WANT.sum(0, keepdims=True) + 0 * WANT, "got is the sum over axis 0, the same for every index along it"),
    (WANT.mean(1, keepdims=True) + 0 * WANT, "got is the mean over axis 1, the same for every index along it"),
    (WANT[:, :1] + 0 * WANT, "got is the same for every index along axis 1; it should differ"),
    (changed(np.s_[1], lambda v: -v), "the sign is reversed: got = −want, in the wrong entries"),
    (changed(np.s_[:, 2], lambda v: 0 * v), "got is 0 where it should not be, in the wrong entries"),
    (changed(np.s_[0, 1, 1], lambda v: 2 * v), "got = 2 · want, in the wrong entries"),
    (changed(np.s_[0], lambda v: v * np.nan), "15 of 45 entries compared are NaN"),
    (changed(np.s_[0], lambda v: v * np.inf), "15 of 45 entries compared are NaN or infinite"),
]


@pytest.mark.parametrize(("got", "text"), RULES, ids=[r[1] for r in RULES])
def test_a_rule_is_named(got, text):
    assert rules(got) == [text]


def test_a_factor_says_where_it_may_come_from():
    sizes = lengths(["x", "y"], [(8, 3), (8, 5, 7)])
    assert rules(WANT / 8, sizes=sizes) == [
        "got = 0.125 · want (1/8; 8 is the length of axis 0 of x: a mean for a sum?)"
    ]
    assert rules(WANT * 35, sizes=sizes) == [
        "got = 35 · want (35 is the product of axes 1 to 2 of y: a sum for a mean?)"
    ]


def test_nan_and_another_mistake_are_both_named():
    got = -WANT
    got[0, 0, 0] = np.nan
    assert rules(got) == ["1 of 45 entries compared are NaN", "the sign is reversed: got = −want"]


def test_a_transpose_of_a_matrix_is_called_so():
    want = WANT[0, :, :3]
    assert rules(want.T, want) == ["got is the transpose of want"]


@pytest.mark.parametrize("seed", range(20))
def test_random_numbers_are_not_given_a_rule(seed):
    assert rules(np.random.default_rng(seed + 100).standard_normal(WANT.shape)) == []


def test_one_wrong_number_is_not_called_a_multiple():
    assert rules(changed(np.s_[1, 1, 1], lambda v: 1.2345 * v)) == []


def test_nonzero_where_zero_belongs_is_named():
    assert rules(WANT, 0 * WANT) == ["got should be 0"]
