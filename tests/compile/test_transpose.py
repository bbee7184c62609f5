"""Copies between rows and lanes, against NumPy's own transposition of the same entries."""

from unittest import mock

import numpy as np
import pytest

from compile.agreement import check_equal
from compile.one_stage import guarded, in_memory, machine, run
from pullback.autodiff import trace
from pullback.compile.kernels import transpose
from pullback.compile.kernels.kernel import Declined, Site
from pullback.compile.kernels.transpose import transposition
from pullback.compile.layout import in_lanes, row_major
from pullback.compile.native.target import Target
from pullback.compile.program import compile_graph
from pullback.compile.schedule import copy_stage
from pullback.compile.stages import Value
from pullback.ops.convs import conv2d

PADDED = ((0, 0), (0, 0), (1, 2), (3, 0))
CASES = [
    ((16, 400), 16, ()),
    ((33, 84), 16, ()),
    ((64, 1, 28, 28), 16, ()),
    ((5, 3, 6, 7), 8, PADDED),
    ((19, 2, 1, 9), 8, PADDED),
    ((7, 10), 4, ()),
    ((1, 4), 4, ()),
    ((9, 3), 2, ()),
    ((2, 2, 2, 2), 2, PADDED),
]

every_case = pytest.mark.parametrize(("shape", "lanes", "border"), CASES)
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


def _copied(shape, lanes, border, dtype, *, to_lanes, target=None):
    """The memory that a copy writes, and what NumPy makes of the same entries."""
    x = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    source, target_value = Value(shape, "float", "source"), Value(shape, "float", "target")
    rows, vectors = row_major(shape), in_lanes(shape, lanes, border)
    layouts = {source: rows if to_lanes else vectors, target_value: vectors if to_lanes else rows}
    stage = copy_stage(source, target_value)
    got = run(stage, layouts, transposition, {source: x}, dtype, idle=7.0, target=target)[target_value]
    return got, in_memory(x, layouts[target_value], 0.0), in_memory(np.ones(shape), layouts[target_value], 1.0)


def _check(shape, lanes, border, dtype, *, to_lanes, target=None):
    got, want, is_own = _copied(shape, lanes, border, dtype, to_lanes=to_lanes, target=target)
    # A border is nobody's entry: the copy leaves in it what was there.
    np.testing.assert_array_equal(got, np.where(is_own == 1, want, 99))


@every_case
@every_dtype
def test_rows_become_lanes_and_idle_lanes_hold_zeros(shape, lanes, border, dtype):
    _check(shape, lanes, border, dtype, to_lanes=True)


@every_case
@every_dtype
def test_lanes_become_rows_and_nothing_of_idle_lanes(shape, lanes, border, dtype):
    _check(shape, lanes, border, dtype, to_lanes=False)


@pytest.mark.parametrize("level", ["avx2", "sse2"])
@pytest.mark.parametrize("to_lanes", [True, False])
def test_older_processors_copy_the_same(level, to_lanes):
    target = Target.limited(level)
    if not target.runs_here:
        pytest.skip(f"this machine does not run {level}")
    for dtype in ("float32", "float64"):
        _check((11, 3, 5, 6), machine(dtype, target).lanes, PADDED, dtype, to_lanes=to_lanes, target=target)


@pytest.mark.parametrize("to_lanes", [True, False])
def test_a_square_that_is_not_turned_fails(to_lanes):
    def same(self, vectors):
        return list(vectors)

    with mock.patch.object(transpose._Emission, "_turned", same), pytest.raises(AssertionError, match="Mismatched"):
        _check((16, 400), 16, (), "float32", to_lanes=to_lanes)


@pytest.mark.parametrize("to_lanes", [True, False])
def test_rows_of_idle_lanes_that_are_copied_fail(to_lanes):
    def all_busy(self, env, part, busy, plain=transpose._Emission._loops):
        plain(self, env, part, self.turn.lanes)

    with mock.patch.object(transpose._Emission, "_loops", all_busy), pytest.raises(AssertionError):
        _check((5, 64), 16, (), "float32", to_lanes=to_lanes)


def test_rows_shorter_than_a_square_are_declined():
    source, target = Value((16, 3), "float"), Value((16, 3), "float")
    layouts = {source: row_major((16, 3)), target: in_lanes((16, 3), 16)}
    answer = transposition(Site(copy_stage(source, target), layouts, machine("float32")))
    assert isinstance(answer, Declined)
    assert "no 4 entries" in answer.reason


def test_images_are_copied_to_lanes_in_squares():
    x, w = np.arange(18 * 3 * 36.0).reshape(18, 3, 6, 6), np.ones((2, 3, 3, 3))
    graph = trace(lambda x, w: conv2d(x, w), x, w).graph
    kernels = {d.operator: d.kernel for d in compile_graph(graph, "float32").dispatch}
    assert [k for name, k in kernels.items() if name.startswith("copy of")]
    assert all(k.startswith("transpose") for name, k in kernels.items() if name.startswith("copy of"))
    check_equal(graph, guarded(graph, "float32"), [x % 7, w], "float32")
