"""Sums in registers, against whole numbers that NumPy adds up exactly, in any order."""

from unittest import mock

import numpy as np
import pytest

from compile.one_stage import machine, run
from pullback.compile.kernels import reduce
from pullback.compile.kernels.idle import BusyLanes
from pullback.compile.kernels.kernel import Declined, Site
from pullback.compile.kernels.reduce import reduction
from pullback.compile.layout import in_lanes, row_major
from pullback.compile.native.target import Target
from pullback.compile.stages import ACC, Access, Position, Stage, Value, Write
from pullback.formula import expr as ex
from pullback.formula.affine import Affine

N, O, P, Q, T = (Affine(((k, 1),)) for k in "nopqt")
X, Y, M = ex.Var("x"), ex.Var("y"), ex.Var("m")
BORDER = ((0, 0), (0, 0), (1, 1), (2, 0))

every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
every_batch = pytest.mark.parametrize("batch", [2, 5, 16, 35])


def _lanes(batch, dtype, target=None):
    lanes = machine(dtype, target).lanes
    while lanes > 1 and lanes // 2 >= batch:
        lanes //= 2
    return lanes


def _numbers(*shape):
    return np.random.default_rng(sum(shape)).integers(-4, 5, shape).astype(np.float64)


def check_channel_sums(batch, dtype, target=None):
    """Σ over images and pixels of x·(y − m[o]), of x, and of y − m[o], in one stage."""
    shape = (batch, 3, 4, 5)
    x, y, m, sums = Value(shape, "float"), Value(shape, "float"), Value((3,), "float"), Value((3, 3), "float")
    number = ex.Var("number")
    second = ex.where(ex.Apply("equal", (number, ex.Const(1))), X, Y - M)
    term = ex.where(ex.Apply("equal", (number, ex.Const(0))), X * (Y - M), second)
    at = (N, O, P, Q)
    reads = {"x": Access(x, at), "y": Access(y, at), "m": Access(m, (O,)), "number": Position(T)}
    sizes = {"n": batch, "o": 3, "p": 4, "q": 5}
    over = tuple((k, sizes[k]) for k in "npq")
    stage = Stage("sums", (("t", 3), ("o", 3)), over, "sum", term, reads, (Write(sums, (T, O), ex.Var(ACC)),))
    lanes = _lanes(batch, dtype, target)
    layouts = {x: in_lanes(shape, lanes), y: in_lanes(shape, lanes, BORDER), m: row_major((3,))}
    a, b, c = _numbers(*shape), _numbers(*shape) + 1, _numbers(3)
    got = run(stage, layouts | {sums: row_major((3, 3))}, reduction, {x: a, y: b, m: c}, dtype, target=target)[sums]
    d = b - c[:, None, None]
    want = np.array([(e.sum((0, 2, 3))) for e in (a * d, a, d)])
    np.testing.assert_array_equal(got.reshape(3, 3), want)


@every_batch
@every_dtype
def test_several_sums_over_images_and_pixels_come_from_one_pass_and_idle_lanes_stay_out(batch, dtype):
    check_channel_sums(batch, dtype)  # idle lanes hold NaN


@pytest.mark.parametrize("level", ["avx2", "sse2"])
def test_older_processors_add_up_the_same(level):
    target = Target.limited(level)
    if not target.runs_here:
        pytest.skip(f"this machine does not run {level}")
    for dtype in ("float32", "float64"):
        check_channel_sums(7, dtype, target)


def check_sum(shape, over, layout, dtype, written=None):
    """Σ of squares over some axes, with 1 added in the end."""
    names = "nopq"[: len(shape)]
    free = [k for k in range(len(shape)) if k not in over]
    kept = tuple(shape[k] for k in free)
    x, y = Value(shape, "float"), Value(kept, "float")
    at = tuple(Affine(((k, 1),)) for k in names)
    write = Write(y, tuple(at[k] for k in free), ex.Var(ACC) + 1.0)
    letters = [(k, n) for k, n in zip(names, shape, strict=True)]
    parts = tuple(letters[k] for k in free), tuple(letters[k] for k in over)
    stage = Stage("sum", *parts, "sum", X * X, {"x": Access(x, at)}, (write,))
    a, layouts = _numbers(*shape), {x: layout, y: written or row_major(kept)}
    got = run(stage, layouts, reduction, {x: a}, dtype)[y]
    want = (a * a).sum(tuple(over)) + 1
    if written is None:
        np.testing.assert_array_equal(got, np.ravel(want))
    else:
        n, *rest = kept
        lanes = np.moveaxis(got.reshape(written.blocks, *rest, written.lanes), -1, 1)
        np.testing.assert_array_equal(lanes.reshape(-1, *rest)[:n], want)


@every_dtype
def test_rows_are_added_up_along_their_length(dtype):
    check_sum((5, 96), (1,), row_major((5, 96)), dtype)


@every_dtype
def test_all_of_an_array_is_added_up(dtype):
    check_sum((6, 3, 4, 16), (0, 1, 2, 3), row_major((6, 3, 4, 16)), dtype)


@every_dtype
@pytest.mark.parametrize("batch", [16, 19])
def test_every_image_is_added_up_in_its_lane(batch, dtype):
    shape, lanes = (batch, 3, 5), _lanes(batch, dtype)
    check_sum(shape, (1, 2), in_lanes(shape, lanes), dtype, in_lanes((batch,), lanes))


@every_dtype
def test_columns_are_added_up_side_by_side(dtype):
    check_sum((7, 32), (0,), row_major((7, 32)), dtype)


def test_a_row_that_fills_no_vectors_is_declined():
    x, y = Value((40,), "float"), Value((), "float")
    stage = Stage("sum", (), (("n", 37),), "sum", X, {"x": Access(x, (N,))}, (Write(y, (), ex.Var(ACC)),))
    answer = reduction(Site(stage, {x: row_major((40,)), y: row_major(())}, machine("float32")))
    assert isinstance(answer, Declined)
    assert "not full" in answer.reason


def test_idle_lanes_that_are_added_fail():
    with mock.patch.object(BusyLanes, "only", lambda self, vector: vector), pytest.raises(AssertionError, match="nan"):
        check_channel_sums(5, "float32")


def test_an_accumulator_that_is_left_out_fails():
    def together(self, parts, plain=reduce._Emission._together):
        return plain(self, parts[:-1])

    with mock.patch.object(reduce._Emission, "_together", together), pytest.raises(AssertionError, match="Mismatched"):
        check_channel_sums(16, "float32")
