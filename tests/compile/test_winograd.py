"""Convolutions by Winograd's algorithm: exact algebra, exact small integers, bounds on rounding, every thread count."""

from fractions import Fraction

import numpy as np
import pytest

import pullback as pb
from compile.test_threads import outputs
from pullback.autodiff import trace
from pullback.compile import winograd
from pullback.compile.executable import Executable
from pullback.compile.guards import GuardedExecutable
from pullback.compile.kernels import winograd_transforms as wt
from pullback.compile.native.target import Target
from pullback.compile.program import compile_graph
from pullback.interpret import run

SIZES = [2, 4]
PASSES = ["forward", "backward-data", "backward-filter"]
DTYPES = ["float32", "float64"]

every_size = pytest.mark.parametrize("m", SIZES)
every_pass = pytest.mark.parametrize("which", PASSES)


class Exact:
    """Arithmetic on fractions."""

    def add(self, x, y):
        return x + y

    def subtract(self, x, y):
        return x - y

    def scale(self, c, x):
        return Fraction(c) * x

    def fma(self, c, x, y):
        return Fraction(c) * x + y


def matrix(transform, width):
    """The matrix of a transform of columns."""
    units = [[Fraction(int(i == j)) for i in range(width)] for j in range(width)]
    return np.array([transform(Exact(), u) for u in units], object).T


# --- the transforms -------------------------------------------------------------------------------------------------


@every_size
def test_interpolation_gives_the_convolution_of_polynomials_exactly(m):
    rng = np.random.default_rng(m)
    d, g = ([Fraction(int(v), 7) for v in rng.integers(-50, 51, n)] for n in (m + 2, 3))
    products = np.array(wt.data(m)(Exact(), d)) * np.array(wt.filters(m)(Exact(), g))
    y = wt.output(m)(Exact(), list(products))
    assert y == [sum(d[i + r] * g[r] for r in range(3)) for i in range(m)]


@every_size
def test_the_steps_of_every_transform_are_its_matrix(m):
    assert (matrix(wt.data(m), m + 2) == np.array(wt.data_matrix(m))).all()
    assert (matrix(wt.filters(m), 3) == np.array(wt.filter_matrix(m))).all()
    assert (matrix(wt.output(m), m + 2) == np.array(wt.output_matrix(m))).all()


@every_size
def test_filter_gradients_use_the_adjoint_transforms(m):
    assert (matrix(wt.gradient(m), m) == np.array(wt.output_matrix(m)).T).all()
    assert (matrix(wt.filter_gradient(m), m + 2) == np.array(wt.filter_matrix(m)).T).all()


def test_the_matrices_of_the_smaller_size_are_the_published_ones():
    """Lavin & Gray 2016, equation 7, up to the sign that B and G may share in a row."""
    data = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
    half = Fraction(1, 2)
    filters = np.array([[1, 0, 0], [half, half, half], [half, -half, half], [0, 0, 1]], object)
    assert (np.array(wt.data_matrix(2)) == data * np.array([-1, 1, 1, -1])[:, None]).all()
    assert (np.array(wt.filter_matrix(2)) == filters * np.array([-1, 1, 1, 1])[:, None]).all()


def test_rounding_is_amplified_by_what_the_transforms_add_up():
    # F(2×2): products of variance 1·2, 3/4·2, 3/4·2, 1·2; an output adds three of them, one of the first or last kind,
    # where a plain sum adds three of variance 1: (2 + 3/2 + 3/2)/3 each way, and the root of both ways is that again.
    assert wt.amplification(2) == pytest.approx(5 / 3)


@pytest.mark.parametrize("m", wt.SIZES)
def test_the_amplification_is_that_of_rounded_products(m):
    rng = np.random.default_rng(0)
    a, g, b = (np.array(f(m), float) for f in (wt.output_matrix, wt.filter_matrix, wt.data_matrix))
    filters, data = rng.standard_normal((4000, 3, 3)), rng.standard_normal((4000, m + 2, m + 2))
    products = (g @ filters @ g.T) * (b @ data @ b.T)
    noise = products * rng.uniform(-1, 1, products.shape)
    worst = np.sqrt(np.mean((a @ noise @ a.T) ** 2, axis=0).max())
    plain = np.sqrt(np.mean(rng.uniform(-1, 1, (4000, 9)) ** 2) * 9)
    assert worst / plain == pytest.approx(wt.amplification(m), rel=0.15)


# --- compiled convolutions ------------------------------------------------------------------------------------------


THREADS = 3


@pytest.fixture
def forced(monkeypatch, tmp_path):
    """Compile with the size m wherever a stage is such a convolution, however small."""

    def force(m):
        monkeypatch.setenv("PULLBACK_CACHE", str(tmp_path))
        monkeypatch.setattr(winograd, "chosen", lambda site, layer, _: winograd.blocked(site, layer, m))

    before = pb.get_num_threads()
    pb.set_num_threads(min(before, THREADS))
    yield force
    pb.set_num_threads(before)


def problem(which, dims, padding, draw):
    """A function and its arguments."""
    n, c, h, w, k = dims
    x, f = draw((n, c, h, w)).astype("d"), draw((k, c, 3, 3)).astype("d")
    y_bar = draw(pb.conv2d(x, f, padding=padding).shape).astype("d")

    def by_data(f, y_bar):
        return pb.vjp(lambda x: pb.conv2d(x, f, padding=padding), np.zeros(x.shape))[1](y_bar)

    def by_filter(x, y_bar):
        return pb.vjp(lambda f: pb.conv2d(x, f, padding=padding), np.zeros(f.shape))[1](y_bar)

    return {
        "forward": (lambda x, f: pb.conv2d(x, f, padding=padding), (x, f)),
        "backward-data": (by_data, (f, y_bar)),
        "backward-filter": (by_filter, (x, y_bar)),
    }[which]


def computed(function, arguments, dtype, target=None):
    """What compiled code gives between guard zones, what float64 gives, and the kernels."""
    graph = trace(function, *arguments).graph
    program = compile_graph(graph, dtype, target, debug=True)
    got = GuardedExecutable(program)([a.astype(dtype) for a in arguments])[0]
    (want,) = run(graph, [a.astype("d") for a in arguments])
    return got, want, " ".join(d.kernel for d in program.dispatch)


def whole_numbers(seed):
    rng = np.random.default_rng(seed)
    return lambda shape: rng.integers(-4, 5, shape)


DIMS = [
    ((16, 16, 8, 8, 16), 1),
    ((20, 5, 7, 9, 17), 1),
    ((33, 4, 13, 5, 3), 0),
    ((16, 2, 6, 6, 18), 2),
    ((17, 6, 4, 3, 40), 2),
    ((18, 7, 5, 12, 5), (0, 2)),
]


@every_pass
@pytest.mark.parametrize(("dims", "padding"), DIMS, ids=str)
def test_the_smaller_size_is_exact_on_small_integers(forced, which, dims, padding):
    forced(2)
    got, want, kernels = computed(*problem(which, dims, padding, whole_numbers(0)), "float32")
    assert "F(2×2, 3×3)" in kernels
    np.testing.assert_array_equal(got, want)


def magnitude(m, which, function, arguments):
    """How large the numbers are that are added up to each entry: the transforms' absolute values, one after another.

    Rounding of each of them by eps moves an entry by at most eps times this; every step on the way counts once.
    """
    a, g, b = (np.abs(np.array(x, float)) for x in (wt.output_matrix(m), wt.filter_matrix(m), wt.data_matrix(m)))
    norms = [np.abs(x).sum(axis=1).max() for x in (a, b, g)]
    if which == "backward-filter":
        norms = [np.abs(g).T.sum(axis=1).max(), norms[1], np.abs(a).T.sum(axis=1).max()]
    (total,) = run(trace(function, *arguments).graph, [np.full(x.shape, np.abs(x).max()) for x in arguments])
    return np.prod(norms) ** 2 / 9 * np.abs(total).max()


@every_pass
@pytest.mark.parametrize(("dims", "padding"), DIMS, ids=str)
def test_the_larger_size_differs_by_no_more_than_rounding(forced, which, dims, padding):
    forced(4)
    dtype = DTYPES[dims[0] % 2]
    function, arguments = problem(which, dims, padding, np.random.default_rng(1).standard_normal)
    got, _, kernels = computed(function, arguments, dtype)
    assert "F(4×4, 3×3)" in kernels
    inexact = [x.astype(dtype).astype("d") for x in arguments]
    (want,) = run(trace(function, *arguments).graph, inexact)
    assert np.abs(got - want).max() <= np.finfo(dtype).eps * magnitude(4, which, function, inexact)


FEW = 5e-6
"""Lavin & Gray's table 4 has F(4×4, 3×3) at about this; direct convolutions at a few times 1e-7."""


def error(function, arguments):
    """The root mean square of the differences from float64, relative to that of the values."""
    got, _, _ = computed(function, arguments, "float32")
    (want,) = run(trace(function, *arguments).graph, [x.astype("f").astype("d") for x in arguments])
    return np.sqrt(np.mean((got - want) ** 2) / np.mean(want**2))


@every_size
@every_pass
def test_errors_are_a_few_millionths_of_the_values(forced, m, which):
    forced(m)
    assert error(*problem(which, (32, 32, 8, 8, 32), 1, np.random.default_rng(2).standard_normal)) < FEW


@every_size
@every_pass
def test_a_coefficient_that_is_slightly_wrong_is_noticed(forced, monkeypatch, m, which):
    """Negative control: one row of one transform is off by 0.1 %."""
    right = wt.data(m)

    def wrong(a, d):
        found = right(a, d)
        return [a.scale(1.001, found[0]), *found[1:]]

    for module in ("winograd", "winograd_gradient"):
        monkeypatch.setattr(f"pullback.compile.kernels.{module}.data", lambda _: wrong)
    forced(m)
    assert error(*problem(which, (16, 4, 8, 8, 16), 1, np.random.default_rng(3).standard_normal)) > FEW


@every_size
@every_pass
def test_results_are_the_same_for_every_number_of_threads(forced, m, which):
    forced(m)
    function, arguments = problem(which, (50, 9, 10, 9, 40), 1, np.random.default_rng(5).standard_normal)
    compiled = Executable(compile_graph(trace(function, *arguments).graph, "float32"))
    arguments = [a.astype("f") for a in arguments]
    found = [outputs(compiled.program, compiled, arguments, threads)[0] for threads in range(1, THREADS + 1)]
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


@every_pass
def test_shorter_vectors_compute_the_same(forced, which):
    forced(2)
    function, arguments = problem(which, (20, 5, 7, 9, 17), 1, whole_numbers(6))
    got, want, kernels = computed(function, arguments, "float32", Target.limited("avx2"))
    assert "F(2×2, 3×3)" in kernels
    np.testing.assert_array_equal(got, want)


def test_what_follows_a_convolution_is_computed_in_its_kernel(forced):
    """Bias and ReLU: the outputs are read from registers, at the edges too."""
    forced(2)
    rng = np.random.default_rng(7)
    x, f, bias = (rng.integers(-4, 5, s).astype("d") for s in ((20, 6, 7, 7), (10, 6, 3, 3), (10,)))

    def layer(x, f, bias):
        return pb.relu(pb.conv2d(x, f, bias, padding=1))

    got, want, kernels = computed(layer, (x, f, bias), "float32")
    assert "winograd" in kernels
    np.testing.assert_array_equal(got, want)


def test_an_update_reads_the_gradient(forced):
    forced(2)
    function, (x, y_bar) = problem("backward-filter", (20, 6, 7, 7, 10), 1, whole_numbers(8))
    f = whole_numbers(9)((10, 6, 3, 3)).astype("d")

    def updated(f, x, y_bar):
        return f - 0.5 * function(x, y_bar)[0]

    got, want, kernels = computed(updated, (f, x, y_bar), "float32")
    assert "winograd products" in kernels
    np.testing.assert_array_equal(got, want)


# --- the choice -----------------------------------------------------------------------------------------------------


def kernels_of(dims, which="forward", padding=1, **options):
    function, arguments = problem(which, dims, padding, np.random.default_rng(0).standard_normal)
    program = compile_graph(trace(function, *arguments).graph, "float32", **options)
    return " ".join(d.kernel for d in program.dispatch)


@every_pass
def test_wide_layers_are_computed_by_the_larger_size(which):
    assert "F(4×4, 3×3)" in kernels_of((32, 64, 16, 16, 64), which)


def test_tiny_images_are_computed_by_the_smaller_size():
    assert "F(2×2, 3×3)" in kernels_of((64, 64, 2, 2, 64))


def test_few_channels_are_computed_directly():
    assert "winograd" not in kernels_of((32, 3, 16, 16, 64))


def test_strict_precision_forbids_it():
    assert "winograd" not in kernels_of((32, 64, 16, 16, 64), precision="strict")


@pytest.mark.parametrize("options", [{"stride": 2}, {"dilation": 2}, {"groups": 2}], ids=str)
def test_other_convolutions_are_computed_directly(forced, options):
    forced(4)
    x, f = np.zeros((16, 4, 9, 9)), np.zeros((4, 4 // options.get("groups", 1), 3, 3))
    graph = trace(lambda x, f: pb.conv2d(x, f, padding=1, **options), x, f).graph
    program = compile_graph(graph, "float32")
    assert not any("winograd" in d.kernel for d in program.dispatch)
