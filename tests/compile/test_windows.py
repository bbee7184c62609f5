"""Max pooling with its windows written out: hand-made windows, and the interpreter on whole numbers."""

from dataclasses import replace
from unittest import mock

import numpy as np
import pytest

from compile.agreement import check_equal
from compile.mutants import last_of_equals, lowering
from compile.one_stage import guarded
from pullback.autodiff import trace, vjp
from pullback.compile import emission, pools
from pullback.compile.kernels import windows
from pullback.compile.native.target import Target
from pullback.compile.program import compile_graph
from pullback.compile.schedule import schedule
from pullback.ops.activations import relu
from pullback.ops.convs import conv2d
from pullback.ops.pools import max_pool2d

RNG = np.random.default_rng(0)
EIGHT = 8.0
IDENTITY = np.ones((1, 1, 1, 1))


@pytest.fixture(params=["at the end of the sum", "in a pass of their own"])
def both_places(request, monkeypatch):
    """Windows are taken where their entries are computed; or not."""
    if request.param == "in a pass of their own":
        monkeypatch.setattr(emission, "with_pools", in_passes)


def in_passes(stages, *_):
    """No stage ends in windows."""
    return list(stages), {}


every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


def _graph(x, w, y_bar, **pooling):
    """The pooled images, and the gradients of images and filters, through a ReLU."""
    pooling = pooling or {"kernel_size": 2}

    def program(x, w, y_bar):
        y, back = vjp(lambda x, w: max_pool2d(relu(conv2d(x, w)), **pooling), x, w)
        return (y, *back(y_bar))

    return trace(program, x, w, y_bar).graph


def _kernels(graph, dtype="float32"):
    return [d.kernel.split(" ")[0] for d in compile_graph(graph, dtype, debug=True).dispatch]


def _one_window(window, dtype):
    """y and x̄ of one window, in the last of 18 images: a batch that leaves lanes idle. ȳ is 8."""
    x = RNG.integers(-5, 6, (18, 1, 2, 2)).astype(np.float64)
    x[-1, 0] = window
    y_bar = np.full((18, 1, 1, 1), EIGHT)
    graph = _graph(x, IDENTITY, y_bar)
    y, x_bar, _ = guarded(graph, dtype)([a.astype(dtype) for a in (x, IDENTITY, y_bar)])
    return y[-1, 0, 0, 0], x_bar[-1, 0].tolist()


@pytest.mark.usefixtures("both_places")
@every_dtype
@pytest.mark.parametrize(
    ("window", "largest", "gradient"),
    [
        ([[1, 5], [3, 2]], 5, [[0, EIGHT], [0, 0]]),
        # The first among equals, row by row.
        ([[1, 5], [5, 5]], 5, [[0, EIGHT], [0, 0]]),
        ([[4, 4], [4, 4]], 4, [[EIGHT, 0], [0, 0]]),
        # The ReLU passes nothing at 0 or below.
        ([[-1, -2], [-3, -4]], 0, [[0, 0], [0, 0]]),
        ([[0, -2], [-3, 0]], 0, [[0, 0], [0, 0]]),
        ([[-7, -2], [3, -4]], 3, [[0, 0], [EIGHT, 0]]),
        ([[np.inf, 1], [1, 1]], np.inf, [[EIGHT, 0], [0, 0]]),
    ],
)
def test_a_window_gives_its_largest_entry_and_takes_the_gradient_there(window, largest, gradient, dtype):
    assert _one_window(window, dtype) == (largest, gradient)


@pytest.mark.usefixtures("both_places")
@every_dtype
def test_the_first_nan_of_a_window_wins(dtype):
    largest, gradient = _one_window([[9, np.nan], [1, np.nan]], dtype)
    assert np.isnan(largest)
    assert gradient == [[0, EIGHT], [0, 0]]


@pytest.mark.usefixtures("both_places")
@every_dtype
@pytest.mark.parametrize("batch", [5, 16, 35])
@pytest.mark.parametrize(
    "pooling",
    [{"kernel_size": 2}, {"kernel_size": (3, 1)}, {"kernel_size": 2, "stride": 3}, {"kernel_size": 3, "stride": 2}],
    ids=str,
)
def test_pooling_and_its_gradient_are_the_interpreters(pooling, batch, dtype):
    check_whole_numbers(pooling, batch, dtype)


def check_whole_numbers(pooling, batch, dtype, target=None):
    """Compare all outputs with the interpreter's, bit for bit."""
    rng = np.random.default_rng(batch)
    x, w = rng.integers(-3, 4, (batch, 2, 9, 7)), rng.integers(-2, 3, (3, 2, 2, 2))
    shape = np.shape(max_pool2d(conv2d(x.astype(float), w.astype(float)), **pooling))
    inputs = [x.astype(float), w.astype(float), rng.integers(-4, 5, shape).astype(float)]
    graph = _graph(*inputs, **pooling)
    check_equal(graph, guarded(graph, dtype, target), inputs, dtype)


@pytest.mark.usefixtures("both_places")
@pytest.mark.parametrize("level", ["avx2", "sse2"])
def test_older_processors_pool_the_same(level):
    target = Target.limited(level)
    if not target.runs_here:
        pytest.skip(f"this machine does not run {level}")
    for dtype in ("float32", "float64"):
        check_whole_numbers({"kernel_size": 2}, 11, dtype, target)


def test_windows_are_written_out_forward_and_backward(monkeypatch):
    x, y_bar = np.zeros((18, 3, 8, 8)), np.zeros((18, 4, 3, 3))
    graph = _graph(x, np.zeros((4, 3, 3, 3)), y_bar)
    assert {"contraction", "unpool"} <= set(_kernels(graph))
    monkeypatch.setattr(emission, "with_pools", in_passes)
    assert {"pool", "unpool"} <= set(_kernels(graph))


def test_the_mask_is_read_from_the_pooled_value_so_that_nothing_else_reads_the_activation():
    x, y_bar = np.zeros((18, 3, 8, 8)), np.zeros((18, 4, 3, 3))
    stages = schedule(_graph(x, np.zeros((4, 3, 3, 3)), y_bar)).stages
    (pool,) = (s for s in stages if s.combine == "argmax")
    (activation,) = pool.read
    assert [s for s in stages if activation in s.read] == [pool]


def _fails(pooling=None, batch=18):
    with pytest.raises(AssertionError):
        check_whole_numbers(pooling or {"kernel_size": 2}, batch, "float32")


def test_switches_of_the_next_tap_fail():
    def won(self, switches, name, tap, plain=windows._Unpooling._won):
        return plain(self, switches, name, {k: v ^ 1 for k, v in tap.items()})

    with mock.patch.object(windows._Unpooling, "_won", won):
        _fails()


def test_the_last_of_equals_fails():
    with lowering(last_of_equals), pytest.raises(AssertionError):
        assert _one_window([[1, 5], [5, 5]], "float32") == (5, [[0, EIGHT], [0, 0]])


def test_a_gradient_without_its_mask_fails():
    def masked(scatter, mask, pooled):
        return replace(scatter, writes=(replace(scatter.writes[0], value=mask.writes[0].value),))

    with mock.patch.object(pools, "_masked", masked):
        _fails()
