"""Indexing a traced value is NumPy's indexing: integers, slices, masks, tables, in any mixture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullback.autodiff import grad, trace
from pullback.interpret import run

RNG = np.random.default_rng(0)
A = RNG.uniform(0.2, 0.9, (2, 3, 4))
M = RNG.uniform(0.2, 0.9, (3, 4))
MASK = A[0] > 0.5

KEYS = {
    "an integer": np.s_[1],
    "a negative integer": np.s_[-1],
    "integers": np.s_[1, 2, 0],
    "a NumPy integer": np.s_[np.int64(1)],
    "a slice": np.s_[:, 1:],
    "steps": np.s_[:, ::2, 1::2],
    "a negative step": np.s_[::-1, :, 2::-1],
    "negative ends": np.s_[:, -2:-1],
    "an empty slice": np.s_[:, 2:2],
    "beyond the end": np.s_[:, 1:99],
    "ellipsis": np.s_[..., 0],
    "ellipsis in the middle": np.s_[0, ..., 1:3],
    "new axes": np.s_[None, :, None, 0],
    "ellipsis and a new axis": np.s_[..., None],
    "an array": np.s_[np.array([1, 0, 1])],
    "a list": np.s_[[1, 0]],
    "an array on the second axis": np.s_[:, np.array([2, 2, 0])],
    "negative entries": np.s_[:, np.array([-1, 0])],
    "a matrix of indices": np.s_[np.array([[1, 0], [0, 0]])],
    "points": np.s_[np.array([0, 1, 1]), np.array([2, 0, 0])],
    "points of all axes": np.s_[np.array([0, 1]), np.array([2, 0]), np.array([3, 3])],
    "an integer beside points": np.s_[1, np.array([2, 0])],
    "nothing": np.s_[()],
    "a mask": np.s_[A > 0.5],
    "a mask of the first axis": np.s_[np.array([False, True])],
    "a mask of the last axis": np.s_[..., np.array([True, False, True, True])],
    "a mask of two axes": np.s_[:, MASK],
    "a mask beside an integer": np.s_[1, MASK],
    "a list of truth values": np.s_[:, [True, False, True]],
    "a mask that holds nowhere": np.s_[A > 2],
    "a mask beside a table": np.s_[[0, 1], [True, False, True]],
    "an empty list": np.s_[[]],
    "two tables behind a slice": np.s_[:, [0, 1], [1, 0]],
    "two tables apart": np.s_[[0, 1], :, [1, 0]],
    "a table and an integer apart": np.s_[0, :, [1, 2]],
    "a table, a slice and a new axis": np.s_[[1, 0], None, 1:, ::-2],
    "tables that broadcast": np.s_[[[0], [1]], [0, 2]],
    "tables around …": np.s_[[0, 1], ..., [1, 0]],
    "an array of one integer": np.s_[np.array(1), :, np.array(2)],
}


def through_the_graph(function, *args):
    graph = trace(function, *args).graph
    (value,) = run(graph, args)
    return value


@pytest.mark.parametrize("name", KEYS)
def test_indexing_is_numpys(name):
    key = KEYS[name]
    np.testing.assert_array_equal(through_the_graph(lambda x: x[key], A), A[key])


def test_an_index_may_be_traced():
    index = np.array([2, 0])
    np.testing.assert_array_equal(through_the_graph(lambda x, k: x[k], M, index), M[index])
    np.testing.assert_array_equal(through_the_graph(lambda x, k: x[:, k], M, index), M[:, index])
    np.testing.assert_array_equal(through_the_graph(lambda x, k: x[np.arange(2), k], M, index), M[np.arange(2), index])


def test_traced_indices_count_from_the_end_as_known_ones_do():
    index = np.array([-1, 0])
    np.testing.assert_array_equal(through_the_graph(lambda x, k: x[k], M, index), M[index])
    np.testing.assert_array_equal(through_the_graph(lambda x, k: x[np.arange(2), k], M, index), M[np.arange(2), index])


@pytest.mark.parametrize("name", KEYS)
def test_the_gradient_counts_how_often_an_entry_was_read(name):
    key = KEYS[name]
    weights = RNG.standard_normal(A[key].shape)
    expected = np.zeros(A.shape)
    np.add.at(expected, key, weights)
    np.testing.assert_allclose(grad(lambda x: np.sum(x[key] * weights))(A), expected, rtol=1e-15, atol=1e-15)


def _part(size):
    whole = st.integers(-size, size - 1)
    table = st.lists(whole, min_size=2, max_size=2)
    ends = st.none() | st.integers(-size - 1, size + 1)
    slices = st.builds(slice, ends, ends, st.sampled_from([None, 1, 2, -1, -2]))
    return whole | table | table.map(lambda t: np.array([t])) | slices


@st.composite
def _keys(draw):
    parts = [draw(_part(n)) for n in A.shape[: draw(st.integers(0, 3))]]
    for _ in range(draw(st.integers(0, 2))):
        parts.insert(draw(st.integers(0, len(parts))), None)
    return tuple(parts)


@settings(max_examples=200, deadline=None)
@given(_keys())
def test_any_mixture_of_integers_slices_tables_and_new_axes_is_numpys(key):
    np.testing.assert_array_equal(through_the_graph(lambda x: x[key], A), A[key])
