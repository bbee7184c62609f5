"""Max pooling at the end of the sum whose entries it compares: exact on whole numbers, and nothing more is written."""

from dataclasses import replace
from unittest import mock

import numpy as np
import pytest

import pullback as pb
from compile.agreement import check_equal
from compile.one_stage import guarded
from compile.test_threads import outputs
from compile.test_windows import in_passes
from pullback.autodiff import trace, vjp
from pullback.compile import emission, order, pooled, pools, winograd
from pullback.compile.executable import Executable
from pullback.compile.kernels import contract
from pullback.compile.kernels import pooled as windows
from pullback.compile.native.target import Target
from pullback.compile.program import compile_graph

BATCH = 19
WINDOWS = {"kernel_size": 2}


def layer(x, w, b, **pooling):
    """A convolution with padding, its bias, ReLU, and windows."""
    return pb.max_pool2d(pb.relu(pb.conv2d(x, w, b, padding=1)), **(pooling or WINDOWS))


def whole_numbers(seed, channels=(2, 5), image=(9, 7), batch=BATCH, taps=3):
    """Images, filters and biases whose products are added up exactly, and of which many are equal."""
    rng = np.random.default_rng(seed)
    inputs, filters = channels
    shapes = (batch, inputs, *image), (filters, inputs, taps, taps), (filters,)
    return [rng.integers(-2, 3, s).astype("d") for s in shapes]


def step(function, x, w, b):
    """What a function of images, filters and biases gives, and all three gradients; with a cotangent for it."""

    def program(x, w, b, y_bar):
        y, back = vjp(function, x, w, b)
        return (y, *back(y_bar))

    y_bar = np.random.default_rng(9).integers(-3, 4, np.shape(function(x, w, b))).astype("d")
    return trace(program, x, w, b, y_bar).graph, [x, w, b, y_bar]


def kernels(graph, dtype="float32", **options):
    """The kernel of every stage."""
    return [d.kernel for d in compile_graph(graph, dtype, debug=True, **options).dispatch]


def check_layer(dtype="float32", target=None, function=layer, **numbers):
    """Compare the layer and its gradients with the interpreter's, bit for bit."""
    graph, inputs = step(function, *whole_numbers(3, **numbers))
    assert any("windows of" in k for k in kernels(graph, dtype, target=target))
    check_equal(graph, guarded(graph, dtype, target), inputs, dtype)


@pytest.fixture
def forced(monkeypatch, tmp_path):
    """Compile with Winograd's algorithm of size m wherever a stage is such a convolution, however small."""

    def force(m):
        monkeypatch.setenv("PULLBACK_CACHE", str(tmp_path))
        monkeypatch.setattr(winograd, "chosen", lambda site, layer, _: winograd.blocked(site, layer, m))

    return force


# --- values and gradients -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("image", [(8, 8), (9, 7), (2, 3), (15, 4)], ids=str)
@pytest.mark.parametrize("batch", [3, BATCH, 32])
def test_a_layer_with_windows_is_the_interpreters(batch, image, dtype):
    check_layer(dtype, batch=batch, image=image)


@pytest.mark.parametrize(
    "pooling",
    [{"kernel_size": (3, 1)}, {"kernel_size": 2, "stride": 3}, {"kernel_size": (2, 4)}, {"kernel_size": 3}],
    ids=str,
)
def test_windows_of_other_sizes_are_too(pooling):
    check_layer(function=lambda x, w, b: layer(x, w, b, **pooling), image=(12, 13))


def _into_pooling(x, w, b):
    """The ReLU after the windows."""
    return pb.relu(pb.max_pool2d(pb.conv2d(x, w, b, padding=1), 2))


def _transposed(x, w, b):
    """A transposed convolution, whose filter is read backwards."""
    y = pb.conv_transpose2d(x, np.transpose(w, (1, 0, 2, 3)), b, padding=1)
    return pb.max_pool2d(pb.relu(y), 2)


@pytest.mark.parametrize("function", [_into_pooling, _transposed])
def test_windows_end_other_sums(function):
    check_layer(function=function)


def test_rows_in_the_padding_are_skipped_where_no_entry_of_a_window_reads_inside():
    check_layer(taps=5)


@pytest.mark.parametrize("level", ["avx512", "avx2", "sse2"])
def test_every_generation_of_processors_computes_the_same(level):
    target = Target.limited(level)
    if not target.runs_here:
        pytest.skip(f"this machine does not run {level}")
    check_layer("float32", target)


@pytest.mark.parametrize("image", [(8, 8), (9, 7), (11, 13), (4, 5)], ids=str)
def test_windows_of_winograds_smaller_tiles_are_the_interpreters(forced, image):
    forced(2)
    check_layer(channels=(3, 7), image=image)


@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.parametrize("image", [(8, 8), (9, 7), (11, 14)], ids=str)
def test_winograds_larger_tiles_give_the_bits_of_a_pass_over_all_outputs(forced, image, size):
    forced(4)
    graph, inputs = step(lambda x, w, b: layer(x, w, b, kernel_size=size), *whole_numbers(5, (3, 7), image))
    inputs = [a.astype("f") for a in inputs]
    found = guarded(graph, "float32")(inputs)
    assert any("F(4×4, 3×3)" in k and "windows" in k for k in kernels(graph))
    with in_a_pass():
        wanted = guarded(graph, "float32")(inputs)
    for a, b in zip(found, wanted, strict=True):
        assert a.tobytes() == b.tobytes()


def in_a_pass():
    """No stage ends in windows."""
    return mock.patch.object(emission, "with_pools", in_passes)


@pytest.mark.parametrize("m", [0, 2])
def test_results_are_the_same_for_every_number_of_threads(forced, m):
    if m:
        forced(m)
    rng = np.random.default_rng(1)
    x, w, b = (rng.standard_normal(s) for s in ((50, 3, 14, 13), (6, 3, 3, 3), (6,)))
    graph, inputs = step(layer, x, w, b)
    executable = Executable(compile_graph(graph, "float32"))
    inputs = [a.astype("f") for a in inputs]
    one, *others = (outputs(executable.program, executable, inputs, threads) for threads in (1, 2, 3))
    for other in others:
        for a, b in zip(one, other, strict=True):
            assert a.tobytes() == b.tobytes()


# --- what is written ----------------------------------------------------------------------------------------------


def test_the_outputs_of_the_convolution_are_never_written():
    x, w, b = whole_numbers(1, image=(12, 12))
    graph = trace(layer, x, w, b).graph
    full = (BATCH, 5, 12, 12)
    assert full not in [buffer.layout.shape for buffer in compile_graph(graph, "float32", debug=True).buffers]
    with in_a_pass():
        assert full in [buffer.layout.shape for buffer in compile_graph(graph, "float32", debug=True).buffers]


def test_the_arena_is_smaller(tmp_path, monkeypatch):
    monkeypatch.setenv("PULLBACK_CACHE", str(tmp_path))
    x, w, b = np.zeros((64, 1, 28, 28)), np.zeros((8, 1, 3, 3)), np.zeros(8)
    graph = trace(layer, x, w, b).graph
    saved = 64 * 8 * 28 * 28 * 4
    arena = compile_graph(graph, "float32").arena_bytes
    monkeypatch.setenv("PULLBACK_CACHE", str(tmp_path / "other"))
    with in_a_pass():
        assert compile_graph(graph, "float32").arena_bytes >= arena + saved


def test_a_gradient_of_a_bias_is_the_sum_over_the_windows():
    """Its cotangent is 0 but in one entry of each window: a quarter of the numbers is read."""
    graph, _ = step(layer, *whole_numbers(2, image=(8, 8)))
    (total,) = (s for s in emission.schedule(graph).stages if s.name.endswith("b_bar"))
    assert [n for k, n in total.over if k.startswith("window")] == [4, 4]


def test_a_sum_that_reads_something_last_comes_directly_after_who_read_it_before():
    graph, _ = step(layer, *whole_numbers(2, image=(8, 8)))
    names = [d.operator for d in compile_graph(graph, "float32", debug=True).dispatch]
    at = next(k for k, name in enumerate(names) if name.endswith("relu.x_bar"))
    assert names[at + 1].endswith("b_bar")


# --- why not ----------------------------------------------------------------------------------------------


def _kept(x, w, b):
    y = pb.relu(pb.conv2d(x, w, b, padding=1))
    return pb.max_pool2d(y, 2), np.sum(y, axis=(2, 3))


def _bent(x, w, b):
    return pb.max_pool2d(pb.relu(x), 2)


REASONS = {
    "what it compares is written group by group, or in strides": lambda x, w, b: pb.max_pool2d(
        pb.conv2d(x, w[:4, :1], b[:4], padding=1, groups=2), 2
    ),
    "what it compares is no sum of products": _bent,
    "what it compares is read elsewhere too": _kept,
    "its windows overlap: their entries would be computed more than once": lambda x, w, b: layer(
        x, w, b, kernel_size=3, stride=2
    ),
    "its windows reach into the padding": lambda x, w, b: layer(x, w, b, kernel_size=2, padding=1),
    "its windows have more than 16 taps": lambda x, w, b: layer(x, w, b, kernel_size=5),
}


@pytest.mark.parametrize("reason", REASONS)
def test_a_pool_that_is_a_pass_of_its_own_says_why(reason):
    x, w, b = whole_numbers(4)
    program = compile_graph(trace(REASONS[reason], x, w, b).graph, "float32")
    assert ("end of a sum", reason) in [why for d in program.dispatch for why in d.declined]
    assert not any("windows of" in d.kernel for d in program.dispatch)


def test_one_image_says_why():
    x, w, b = whole_numbers(4, batch=1)
    program = compile_graph(trace(layer, x, w, b).graph, "float32")
    assert any(name == "end of a sum" for d in program.dispatch for name, _ in d.declined)


def test_windows_too_large_for_registers_are_taken_in_a_pass():
    x, w, b = whole_numbers(4, image=(12, 12))
    graph = trace(lambda x, w, b: layer(x, w, b, kernel_size=4), x, w, b).graph
    declined = [why for d in compile_graph(graph, "float32", Target.limited("sse2")).dispatch for why in d.declined]
    assert "end of a sum" in [name for name, _ in declined]


def test_winograds_tiles_must_hold_whole_windows(forced):
    forced(4)
    x, w, b = whole_numbers(4, image=(12, 12))
    graph = trace(lambda x, w, b: layer(x, w, b, kernel_size=3), x, w, b).graph
    declined = [why for d in compile_graph(graph, "float32").dispatch for why in d.declined]
    assert ("end of a sum", "Winograd's tiles do not hold whole windows") in declined


# --- negative controls: compilers with a defect ---------------------------------------------------------------------


def fails(**numbers):
    with pytest.raises(AssertionError):
        check_layer(**numbers)


def test_a_switch_of_another_tap_fails(monkeypatch):
    plain = windows._number
    monkeypatch.setattr(windows, "_number", lambda places, pool: -plain(places, pool))
    fails()


def test_entries_compared_before_their_bias_and_relu_fail(monkeypatch):
    plain = pooled._join

    def bare(pool, access, source):
        joined, by = plain(pool, access, source)
        return replace(joined, pool=replace(joined.pool, entry=pooled.ex.Var("acc"))), by

    monkeypatch.setattr(pooled, "_join", bare)
    fails()


def test_rows_skipped_for_the_first_entry_of_a_window_alone_fail(monkeypatch):
    """The steps of a tile are those that any entry of its windows reads inside the image."""
    plain = contract._Emission._span

    def narrow(self, letter):
        self.product = replace(self.product, taps=tuple((k, 1) for k, _ in self.product.taps))
        return plain(self, letter)

    monkeypatch.setattr(contract._Emission, "_span", narrow)
    fails(taps=5)


def test_a_value_that_is_read_elsewhere_too_must_be_written(monkeypatch):
    x, w, b = whole_numbers(4)
    graph = trace(_kept, x, w, b).graph
    check_equal(graph, guarded(graph, "float32"), [x, w, b], "float32")
    plain = pooled._joined

    def careless(pool, stages, *rest):
        readers = [s for s in stages if s is pool or pool.reads["x"].value not in s.read]
        return plain(pool, readers, *rest)

    monkeypatch.setattr(pooled, "_joined", careless)
    with pytest.raises((AssertionError, KeyError)):
        check_equal(graph, guarded(graph, "float32"), [x, w, b], "float32")


def test_a_last_row_of_windows_that_winograds_tiles_leave_out_fails(forced, monkeypatch):
    forced(2)
    plain = pooled._in_windows

    def shorter(axis, index, taps, m, joined):
        found = plain(axis, index, taps, m, joined)
        return None if found is None else replace(found, size=found.size - 2)

    monkeypatch.setattr(pooled, "_in_windows", shorter)
    fails(channels=(3, 7))


def test_a_sum_over_all_windows_but_one_fails(monkeypatch):
    plain = pools._over_windows

    def short(total, scatter):
        for stage in plain(total, scatter):
            *over, (letter, size) = stage.over
            yield replace(stage, over=(*over, (letter, size - 1)))

    monkeypatch.setattr(pools, "_over_windows", short)
    fails()


def test_a_sum_moved_before_what_it_reads_fails(monkeypatch):
    def too_soon(stages, roots):
        sums = [s for s in stages if s.name.endswith("b_bar")]
        return [*sums, *(s for s in stages if s not in sums)]

    monkeypatch.setattr(emission, "sooner", too_soon)
    fails()
    assert order.sooner([], {}) == []
