import numpy as np
import pytest

from pullback.autodiff import trace, vjp
from pullback.errors import ArgumentError, ShapeError
from pullback.interpret import run
from pullback.ops.dropout import dropout, dropout_channels

# Random123's published answer of Philox4x32-10 for key 0 and counter 0; a number is its upper 24 bits.
WORDS = [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
PUBLISHED = [(word >> 8) / 2**24 for word in WORDS]


def test_the_mask_follows_the_published_random_numbers():
    for p in (0.39, 0.41, 0.6, 0.61, 0.7, 0.8, 0.9):
        expected = [1 / (1 - p) if u >= p else 0 for u in PUBLISHED]
        np.testing.assert_allclose(dropout(np.ones(4), p, key=(0, 0)), expected, rtol=1e-15)
    # The four numbers are about 0.40, 0.88, 0.74 and 0.61: the grid of p tells every one of them from the others.
    assert [sum(u < p for u in PUBLISHED) for p in (0.39, 0.41, 0.6, 0.61, 0.7, 0.8, 0.9)] == [0, 1, 1, 2, 2, 3, 4]


def keeps_a_share_of_one_less_p(p, y):
    """The number kept is binomial: within five standard deviations."""
    kept = np.count_nonzero(y)
    assert abs(kept - y.size * (1 - p)) < 5 * np.sqrt(y.size * p * (1 - p))
    np.testing.assert_allclose(y[y != 0], 1 / (1 - p), rtol=1e-14)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.75])
def test_a_share_of_p_is_dropped_and_the_rest_scaled_so_that_the_mean_stays(p):
    y = dropout(np.ones(40_000), p, key=(7, 3))
    keeps_a_share_of_one_less_p(p, y)
    assert y.mean() == pytest.approx(1, abs=0.05)


def test_the_check_of_the_share_notices_another_p_and_a_missing_scale():
    y = dropout(np.ones(40_000), 0.5, key=(7, 3))
    for wrong in (dropout(np.ones(40_000), 0.52, key=(7, 3)) * 0.48 / 0.5, y * 0.5):
        with pytest.raises(AssertionError):
            keeps_a_share_of_one_less_p(0.5, wrong)


def test_the_same_key_and_stream_give_the_same_mask_and_others_do_not():
    x = np.ones(200)
    base = dropout(x, 0.5, key=(1, 2), stream=3)
    np.testing.assert_array_equal(base, dropout(x, 0.5, key=np.array([1, 2]), stream=3))
    for key, stream in (((2, 2), 3), ((1, 3), 3), ((1, 2), 4)):
        assert (base != dropout(x, 0.5, key=key, stream=stream)).any()


def test_the_gradient_passes_through_the_same_mask():
    x = np.random.default_rng(0).standard_normal((5, 6))
    y, pull = vjp(lambda x: dropout(x, 0.3, key=(4, 4)), x)
    mask = dropout(np.ones((5, 6)), 0.3, key=(4, 4))
    np.testing.assert_allclose(y, mask * x, rtol=1e-15)
    np.testing.assert_allclose(pull(np.full((5, 6), 2.0))[0], 2 * mask, rtol=1e-15)
    assert 0 < np.count_nonzero(mask) < 30


def test_p_0_and_evaluation_give_x_and_p_1_gives_zeros_even_of_infinities():
    x = np.array([1.0, -2.0, np.inf])
    np.testing.assert_array_equal(dropout(x, 0.0, key=(0, 0)), x)
    np.testing.assert_array_equal(dropout(x, 0.9, key=(0, 0), training=False), x)
    with np.errstate(all="raise"):
        y, pull = vjp(lambda x: dropout(x, 1.0, key=(0, 0)), x)
    np.testing.assert_array_equal(y, [0, 0, 0])
    np.testing.assert_array_equal(pull(np.ones(3))[0], [0, 0, 0])


def test_the_result_does_not_share_memory_with_the_input():
    x = np.ones(3)
    dropout(x, 0.0, key=(0, 0))[0] = 5
    assert x[0] == 1


def test_the_key_may_be_traced_so_that_every_step_has_a_mask_of_its_own():
    x = np.ones((4, 8))
    graph = trace(lambda x, key: dropout(x, 0.5, key), x, np.array([0, 0])).graph
    for key in ((5, 0), (5, 1)):
        np.testing.assert_array_equal(run(graph, [x, np.array(key)])[0], dropout(x, 0.5, key))
    assert (dropout(x, 0.5, (5, 0)) != dropout(x, 0.5, (5, 1))).any()


def test_float32_and_float64_drop_the_same_entries_also_where_p_is_close_to_a_random_number():
    u = PUBLISHED[0]
    p = u + 2.0**-28
    # Rounded to float32, p would be u itself, and the entry would be kept there alone.
    assert u < p
    assert np.float32(u) >= np.float32(p)
    graph = trace(lambda x, key: dropout(x, p, key), np.ones(1), np.array([0, 0])).graph
    for dtype in (np.float32, np.float64):
        assert run(graph, [np.ones(1), np.array([0, 0])], dtype)[0].tolist() == [0]
    assert dropout(np.ones(1), u, key=(0, 0)).tolist() != [0]


def test_float32_stays_float32():
    assert dropout(np.ones(3, np.float32), 0.5, key=(0, 0)).dtype == np.float32
    assert dropout_channels(np.ones((2, 3, 2), np.float32), 0.5, key=(0, 0)).dtype == np.float32


def channels_live_or_die_as_a_whole(y):
    flat = y.reshape(-1, *y.shape[2:]).reshape(y.shape[0] * y.shape[1], -1)
    assert (flat == flat[:, :1]).all()
    kept = np.count_nonzero(flat[:, 0])
    assert 0 < kept < len(flat)


def test_dropped_channels_are_dropped_as_a_whole_sample_by_sample():
    x = np.ones((8, 6, 3, 2))
    y = dropout_channels(x, 0.5, key=(1, 1))
    channels_live_or_die_as_a_whole(y)
    assert (y[0] != y[1]).any()
    np.testing.assert_array_equal(y[:, :, 0, 0], dropout(np.ones((8, 6)), 0.5, key=(1, 1)))
    with pytest.raises(AssertionError):
        channels_live_or_die_as_a_whole(dropout(x, 0.5, key=(1, 1)))


@pytest.mark.parametrize("p", [-0.01, 1.01, float("nan")])
def test_p_outside_0_to_1_is_refused(p):
    for op in (dropout, dropout_channels):
        with pytest.raises(ArgumentError, match="0 <= p <= 1"):
            op(np.ones((2, 2)), p, key=(0, 0))


def test_another_key_than_two_integers_is_refused():
    with pytest.raises(ArgumentError, match="not integers"):
        dropout(np.ones(2), 0.5, key=(0.5, 1.0))
    with pytest.raises(ShapeError, match=r"shape \(3,\)"):
        dropout(np.ones(2), 0.5, key=(1, 2, 3))
    with pytest.raises(ShapeError, match="batch and a channel"):
        dropout_channels(np.ones(2), 0.5, key=(0, 0))
