"""Philox4x32-10 against Random123's known answers and a plain reading of the paper; statistics of what is drawn."""

import hashlib
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pullback.errors import ArgumentError
from pullback.formula import random
from pullback.formula.random import bits, integers, normal, permutation, philox4x32, uniform

# Random123, tests/kat_vectors: counter, key, output.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
N = 200_000


def _words(text):
    return [int(word, 16) for word in text.split()]


def _plain_philox(counter, key):
    """The generator on Python's integers, one block at a time, straight from section 4.3 of the paper."""
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 % 2**32, (p0 >> 32) ^ c3 ^ k1, p0 % 2**32
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return [c0, c1, c2, c3]


def _plain_word(seed, step, stream, i):
    block = i // 4
    return _plain_philox((block % 2**32, block >> 32, step, stream), (seed % 2**32, seed >> 32))[i % 4]


@pytest.mark.parametrize(("counter", "key", "output"), KNOWN_ANSWERS)
def test_philox_gives_the_published_answers(counter, key, output):
    got = philox4x32(np.array(_words(counter), np.uint64).reshape(4, 1), tuple(_words(key)))
    assert got.tolist() == [_words(output)]
    assert _plain_philox(_words(counter), _words(key)) == _words(output)


def test_the_known_answers_notice_a_wrong_round_constant(monkeypatch):
    monkeypatch.setattr(random, "_W1", 0xBB67AE84)
    with pytest.raises(AssertionError):
        test_philox_gives_the_published_answers(*KNOWN_ANSWERS[0])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**66 - 10) | st.integers(0, 100),
    st.integers(0, 9),
)
def test_every_word_follows_from_seed_step_stream_and_position_alone(seed, step, stream, start, n):
    expected = [_plain_word(seed, step, stream, start + j) for j in range(n)]
    assert bits((seed, step), stream, n, start).tolist() == expected


def test_any_slice_can_be_computed_on_its_own_across_chunks():
    whole = bits((9, 4), 2, 80_000)
    for start, stop in [(0, 1), (3, 9), (32_766, 32_771), (65_535, 80_000), (79_999, 80_000), (5, 5)]:
        np.testing.assert_array_equal(bits((9, 4), 2, stop - start, start), whole[start:stop])


def test_seed_step_and_stream_each_change_all_numbers():
    base = bits((1, 2), 3, 64)
    for other in (
        bits((0, 2), 3, 64),
        bits((1 + 2**32, 2), 3, 64),
        bits((1, 3), 3, 64),
        bits((1, 2), 4, 64),
        bits((1, 3), 2, 64),
        bits((1, 2), 3, 64, start=2**34),
    ):
        assert not (other == base).any()


def test_uniform_numbers_are_words_cut_to_24_bits_and_float32_holds_them():
    u = uniform((5, 6), 7, (40, 25))
    assert u.dtype == np.float64
    assert u.ravel().tolist() == [(_plain_word(5, 6, 7, i) >> 8) / 2**24 for i in range(1000)]
    np.testing.assert_array_equal(u.astype(np.float32).astype(np.float64), u)


def test_uniform_numbers_stay_below_one(monkeypatch):
    monkeypatch.setattr(random, "bits", lambda *_: np.array([0, 2**32 - 1], np.uint32))
    assert uniform((0, 0), 0, 2).tolist() == [0.0, 1 - 2**-24]
    assert normal((0, 0), 0, 1).tolist() == [pytest.approx(math.sqrt(64 * math.log(2)))]


def test_normal_numbers_follow_the_formula():
    words = [_plain_word(5, 6, 7, i) for i in range(20)]
    expected = [
        math.sqrt(-2 * math.log((words[2 * j] + 1) / 2**32)) * math.cos(2 * math.pi * words[2 * j + 1] / 2**32)
        for j in range(10)
    ]
    np.testing.assert_allclose(normal((5, 6), 7, (2, 5)).ravel(), expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("high", [1, 2, 10, 2**31 + 1, 2**32])
def test_integers_are_the_top_of_the_exact_product(high):
    words = [_plain_word(5, 6, 7, i) for i in range(200)]
    expected = [((words[2 * j] << 32 | words[2 * j + 1]) * high) >> 64 for j in range(100)]
    got = integers((5, 6), 7, (10, 10), high)
    assert got.dtype == np.int64
    assert got.ravel().tolist() == expected


def test_permutation_sorts_positions_by_their_64_bit_keys():
    words = [_plain_word(5, 6, 7, i) for i in range(2000)]
    keys = [words[2 * j] << 32 | words[2 * j + 1] for j in range(1000)]
    got = permutation((5, 6), 7, 1000)
    assert got.tolist() == sorted(range(1000), key=keys.__getitem__)
    assert got.dtype == np.int64
    assert permutation((5, 6), 7, 0).shape == (0,)


def uniformity(u):
    """The p-value of a chi-square test over 256 equal cells."""
    return stats.chisquare(np.bincount((u * 256).astype(int), minlength=256)).pvalue


def test_uniform_numbers_are_uniform_and_uncorrelated():
    u = uniform((1, 2), 3, N)
    assert abs(u.mean() - 0.5) < 4 / math.sqrt(12 * N)
    assert abs(u.var() - 1 / 12) < 4 * math.sqrt(1 / 180 / N)
    assert uniformity(u) > 1e-3
    for other in (u[1:], uniform((1, 3), 3, N), uniform((1, 2), 4, N), uniform((2, 2), 3, N)):
        assert abs(np.corrcoef(u[: len(other)], other)[0, 1]) < 4 / math.sqrt(N)


def test_the_chi_square_test_notices_a_slight_slope():
    u = uniform((1, 2), 3, N)
    assert uniformity(u**1.05) < 1e-6


def test_normal_numbers_are_normal():
    z = normal((1, 2), 3, N)
    assert abs(z.mean()) < 4 / math.sqrt(N)
    assert abs(z.var() - 1) < 4 * math.sqrt(2 / N)
    assert stats.kstest(z, "norm").pvalue > 1e-3
    assert stats.kstest(z * 1.02, "norm").pvalue < 1e-3  # the control


def test_integers_are_equally_frequent():
    counts = np.bincount(integers((1, 2), 3, N, 37), minlength=37)
    assert len(counts) == 37
    assert stats.chisquare(counts).pvalue > 1e-3


def test_all_orders_of_four_are_equally_frequent():
    orders = [tuple(permutation((1, step), 3, 4)) for step in range(2400)]
    counts = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 1e-3


def test_the_stream_is_frozen():
    """The layout is a promise to native code and to saved seeds: the digest of the plain generator's words."""
    plain = np.array([_plain_word(123456789012345, 42, 7, i) for i in range(256)], "<u4")
    got = bits((123456789012345, 42), 7, 256).astype("<u4")
    assert hashlib.sha256(got.tobytes()).hexdigest() == hashlib.sha256(plain.tobytes()).hexdigest()


@pytest.mark.parametrize(
    ("call", "pattern"),
    [
        (lambda: bits((-1, 0), 0, 1), "seed out of range"),
        (lambda: bits((2**64, 0), 0, 1), "seed out of range"),
        (lambda: bits((0, 2**32), 0, 1), "step out of range"),
        (lambda: bits((0, 0), 2**32, 1), "stream out of range"),
        (lambda: bits((0, 0), 0, -1), "n out of range"),
        (lambda: bits((0, 0), 0, 1, -1), "start out of range"),
        (lambda: uniform((0, 0), 0, (2, -1)), "negative size"),
        (lambda: integers((0, 0), 0, 1, 0), "high out of range"),
        (lambda: integers((0, 0), 0, 1, 2**32 + 1), "high out of range"),
    ],
)
def test_mistakes_are_named(call, pattern):
    with pytest.raises(ArgumentError, match=pattern):
        call()


@pytest.mark.slow
def test_a_million_uniform_numbers_take_less_than_a_tenth_of_a_second():
    def seconds():
        start = time.perf_counter()
        uniform((1, 2), 3, 10**6)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.1
