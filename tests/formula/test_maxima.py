"""Declared maxima: switches by hand, ties, NaN, padding, every dtype, and random windows against a naive loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullback.formula import Argmax, Ref, letters

n, p, q, r, s = letters("n p q r s")


def window(size, kernel, stride=1, dilation=1, low=0, high=0):
    """Switches of a maximum over windows of one axis."""
    out = (size + low + high - dilation * (kernel - 1) - 1) // stride + 1
    source = Ref("x", (stride * p + dilation * r - low,), (size,))
    return Argmax(Ref("t", (p,), (out,)), source, (("p", out), ("r", kernel)), ("r",))


def plane(size, kernel, stride=1, dilation=1, low=0):
    """Switches of a maximum over windows of a batch of planes."""
    height, width = size
    out = [(k + 2 * low - dilation * (kernel - 1) - 1) // stride + 1 for k in size]
    source = Ref("x", (n, stride * p + dilation * r - low, stride * q + dilation * s - low), (2, height, width))
    sizes = (("n", 2), ("p", out[0]), ("q", out[1]), ("r", kernel), ("s", kernel))
    return Argmax(Ref("t", (n, p, q), (2, *out)), source, sizes, ("r", "s"))


def both(f, x):
    """The switches on whole arrays, which must be those of the plain loops."""
    found = f.evaluate(np.asarray(x))
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, f.loops(np.asarray(x)))
    return found.tolist()


def test_a_switch_is_the_position_of_the_largest_entry():
    assert both(window(4, 2, stride=2), [3.0, 1.0, 2.0, 7.0]) == [0, 3]


def test_the_switch_of_a_plane_is_its_row_major_position():
    x = np.zeros((2, 3, 4))
    x[0, 2, 1], x[1, 1, 3] = 5.0, 6.0
    assert both(plane((3, 4), 3), x) == [[[2 * 4 + 1, 2 * 4 + 1]], [[0, 1 * 4 + 3]]]


def test_the_first_of_equals_wins():
    assert both(window(4, 2, stride=2), [3.0, 3.0, 1.0, 1.0]) == [0, 2]
    assert both(window(4, 3), [5.0, 5.0, 5.0, 5.0]) == [0, 1]


def test_padding_never_wins():
    assert both(window(3, 3, low=1, high=1), [-5.0, -4.0, -6.0]) == [1, 1, 1]


def test_padding_does_not_win_over_minus_infinity():
    assert both(window(3, 3, low=1, high=1), [-np.inf, -np.inf, -np.inf]) == [0, 0, 1]
    lowest = np.full(3, np.iinfo(np.int64).min)
    assert both(window(3, 3, low=1, high=1), lowest) == [0, 0, 1]


def test_nan_wins_over_every_number_and_the_first_nan_over_the_others():
    assert both(window(4, 2, stride=2), [9.0, np.nan, np.inf, 0.0]) == [1, 2]
    assert both(window(3, 3), [1.0, np.nan, np.nan]) == [1]
    assert both(window(3, 3, low=1, high=1), [np.nan, np.inf, 0.0]) == [0, 0, 1]


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float32, np.float64, np.bool_])
def test_every_kind_of_number_is_compared(dtype):
    assert both(window(4, 2, stride=2, low=0), np.array([0, 1, 1, 0], dtype)) == [1, 2]


def test_bools_are_compared_beside_padding():
    assert both(window(3, 3, low=1, high=1), np.array([False, False, False])) == [0, 0, 1]


def test_complex_numbers_are_compared_by_their_real_part():
    assert both(window(2, 2), np.array([1 + 9j, 2 - 9j])) == [1]
    assert both(window(2, 2), np.array([1 + 1j, 1 + 5j])) == [0]
    assert both(window(2, 3, low=1, high=1), np.array([-1 + 1j, -2 + 5j])) == [0, 0]


def test_dilated_windows_skip_entries():
    assert both(window(5, 3, dilation=2), [0.0, 9.0, 1.0, 9.0, 2.0]) == [4]


def test_the_candidates_of_an_entry_are_its_window():
    f = window(3, 3, low=1, high=1)
    found = list(f.candidates(np.array([4.0, 5.0, 6.0]), (0,)))
    assert [(c.index, c.inside) for c in found] == [((-1,), False), ((0,), True), ((1,), True)]
    assert [c.value for c in found] == [-np.inf, 4.0, 5.0]


def test_an_empty_batch_has_no_switches():
    f = Argmax(Ref("t", (n,), (0,)), Ref("x", (n, p), (0, 3)), (("n", 0), ("p", 3)), ("p",))
    assert f.evaluate(np.zeros((0, 3))).shape == (0,)
    assert f.loops(np.zeros((0, 3))).shape == (0,)


def test_switches_are_integers_along_the_axes_of_the_window():
    f = plane((3, 4), 2)
    assert f.kind({"x": "float"}) == "int"
    assert f.window_axes == (1, 2)
    assert f.shape == (2, 2, 3)
    assert f.operands == ("x",)


numbers = st.sampled_from([-np.inf, -2.0, -1.0, 0.0, 1.0, 2.0, np.inf, np.nan])


def naive(x, kernel, stride, dilation, low):
    """The switches by the definition, candidate by candidate."""
    out = [(k + 2 * low - dilation * (kernel - 1) - 1) // stride + 1 for k in x.shape[1:]]
    found = np.zeros((x.shape[0], *out), np.int64)
    for entry in np.ndindex(*found.shape):
        image, row, column = entry
        seen = []
        for tap in np.ndindex(kernel, kernel):
            h, w = row * stride + tap[0] * dilation - low, column * stride + tap[1] * dilation - low
            if 0 <= h < x.shape[1] and 0 <= w < x.shape[2]:
                value = x[image, h, w]
                seen.append((np.isnan(value), 0.0 if np.isnan(value) else value, h * x.shape[2] + w))
        best = max((is_nan, value) for is_nan, value, _ in seen)
        found[entry] = next(at for is_nan, value, at in seen if (is_nan, value) == best)
    return found


@given(st.data())
def test_random_windows_give_the_switches_of_the_naive_loop(data):
    height, width = data.draw(st.integers(3, 6)), data.draw(st.integers(3, 6))
    kernel, dilation = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
    reach = dilation * (kernel - 1) + 1
    low = data.draw(st.integers(0, min(kernel // 2, dilation)))
    stride = data.draw(st.integers(1, 3))
    if reach > min(height, width) + 2 * low:
        return
    x = np.array(data.draw(st.lists(numbers, min_size=2 * height * width, max_size=2 * height * width)))
    x = x.reshape(2, height, width)
    f = plane((height, width), kernel, stride, dilation, low)
    np.testing.assert_array_equal(f.evaluate(x), naive(x, kernel, stride, dilation, low))
    np.testing.assert_array_equal(f.loops(x), naive(x, kernel, stride, dilation, low))


def test_the_naive_loop_notices_the_last_of_equals():
    x = np.zeros((2, 3, 4))
    backwards = plane((3, 4), 2).evaluate(x[:, ::-1, ::-1])
    assert not np.array_equal(backwards, 11 - naive(x, 2, 1, 1, 0))
