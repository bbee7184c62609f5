"""NumPy functions that are composed of operators: their values are NumPy's, their gradients those of a complex step."""

import inspect
import re
from dataclasses import replace
from functools import reduce
from pathlib import Path

import numpy as np
import pytest

from pullback.autodiff import grad, trace, vjp
from pullback.formula import Sum, functions
from pullback.interpret import run
from pullback.ops import numpy_table

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4))
Y = RNG.normal(size=(3, 4))
SQUARE = RNG.normal(size=(2, 4, 4))
BIG = np.array([[1e200, -3e-200, 2.0, 0.5]])
MASK = np.array([[True, False, True, True], [False, False, True, False], [True, True, True, True]])
STEP = 1e-30
windows = np.lib.stride_tricks.sliding_window_view


def in_place(x):
    """The accumulation patterns of everyday NumPy code."""
    y = x * 2
    y += x
    y *= 3
    y -= 1
    y /= x**2 + 1
    y **= 2
    z = 0.0
    z += y.sum()
    y -= y.max()
    y @= SQUARE[0]
    return y + z


SMOOTH = {
    "in-place operators": in_place,
    "prod": np.prod,
    "prod of an axis": lambda x: np.prod(x, axis=1, keepdims=True),
    "prod of axes": lambda x: np.prod(SQUARE * x[0], axis=(0, 2)),
    "prod from a value": lambda x: np.prod(x, axis=0, initial=2.0, where=MASK),
    "multiply.reduce": lambda x: np.multiply.reduce(x, axis=None),
    "add.reduce of all": lambda x: np.add.reduce(x, axis=None),
    "add.reduce of all by position": lambda x: np.add.reduce(x, None),
    "add.reduce of the first axis": np.add.reduce,
    "maximum.reduce of all": lambda x: np.maximum.reduce(x, axis=None),
    "minimum.reduce of all": lambda x: np.minimum.reduce(x, axis=None, keepdims=True),
    "add.reduce over a part": lambda x: np.add.reduce(x, axis=0, where=MASK, initial=2.0),
    "multiply.outer": lambda x: np.multiply.outer(x, Y[0]),
    "logaddexp": lambda x: np.logaddexp(x, Y),
    "logaddexp.reduce": lambda x: np.logaddexp.reduce(x, axis=1),
    "logaddexp.reduce of all": lambda x: np.logaddexp.reduce(x, axis=None, keepdims=True),
    "norm": np.linalg.norm,
    "norm of an axis": lambda x: np.linalg.norm(x, axis=1, keepdims=True),
    "norm 1": lambda x: np.linalg.norm(x, 1, axis=0),
    "norm 3": lambda x: np.linalg.norm(x, 3, axis=0),
    "norm inf": lambda x: np.linalg.norm(x, np.inf, axis=0),
    "norm -inf": lambda x: np.linalg.norm(x, -np.inf, axis=1),
    "Frobenius norm": lambda x: np.linalg.norm(x, "fro"),
    "column sums norm": lambda x: np.linalg.norm(x, 1),
    "row sums norm": lambda x: np.linalg.norm(x, np.inf, keepdims=True),
    "norms of matrices": lambda x: np.linalg.norm(SQUARE * x[0], -1, axis=(2, 0)),
    "cumsum": np.cumsum,
    "cumsum of an axis": lambda x: np.cumsum(x, axis=-1),
    "add.accumulate": np.add.accumulate,
    "average": np.average,
    "weighted average": lambda x: np.average(x, axis=0, weights=[1.0, 2.0, 3.0]),
    "average by weights": lambda x: np.average(Y, weights=np.exp(x), keepdims=True),
    "ptp": lambda x: np.ptp(x, axis=1),
    "sum of a type": lambda x: np.sum(x, dtype=np.float64),
    "sum over a part": lambda x: np.sum(x, axis=1, where=MASK, initial=0.5),
    "sum over a traced part": lambda x: np.sum(x, where=x > 0),
    "sum by position": lambda x: np.sum(x, 1, None, None, True),
    "max by position": lambda x: np.max(x, 1, None, True),
    "mean over a part": lambda x: np.mean(x, axis=0, where=MASK),
    "max from a value": lambda x: np.max(x, axis=1, initial=0.1),
    "min over a part": lambda x: np.min(x, axis=0, where=MASK, initial=9.0),
    "tile": lambda x: np.tile(x, (2, 3)),
    "tile to more axes": lambda x: np.tile(x, (2, 1, 2)),
    "tile by a number": lambda x: np.tile(x, 2),
    "repeat": lambda x: np.repeat(x, 3),
    "repeat of an axis": lambda x: np.repeat(x, 2, axis=0),
    "repeat by counts": lambda x: np.repeat(x, [2, 0, 1, 3], axis=1),
    "roll": lambda x: np.roll(x, 5),
    "roll of an axis": lambda x: np.roll(x, -1, axis=1),
    "roll of axes": lambda x: np.roll(x, (1, 2), axis=(0, 1)),
    "diff": np.diff,
    "second differences": lambda x: np.diff(x, 2, axis=0),
    "vstack": lambda x: np.vstack([x, x[0], Y]),
    "hstack": lambda x: np.hstack([x, Y]),
    "hstack of vectors": lambda x: np.hstack([x[0], 2.0, x[1]]),
    "dstack": lambda x: np.dstack([x, Y]),
    "column_stack": lambda x: np.column_stack([x[:, 0], x]),
    "append": lambda x: np.append(x, Y),
    "append to an axis": lambda x: np.append(x, x[:, :1], axis=1),
    "concatenate of all": lambda x: np.concatenate([x, Y[0]], axis=None),
    "array_split": lambda x: np.array_split(x, 3, axis=1)[0] + np.array_split(x, 3, axis=-1)[1].sum(),
    "array_split at": lambda x: np.array_split(x, [1, 2], axis=1)[1],
    "atleast_1d": lambda x: np.atleast_1d(x[0, 0]),
    "atleast_2d": lambda x: np.atleast_2d(x[0]),
    "atleast_3d": lambda x: np.atleast_3d(x) + np.atleast_3d(x[0]) + np.atleast_3d(x[0, 0]),
    "flips": lambda x: np.flipud(x) * np.fliplr(x),
    "windows": lambda x: windows(x, (2, 3)),
    "windows of an axis": lambda x: windows(x, 2, axis=1),
    "windows of an axis twice": lambda x: windows(x, (2, 2), axis=(1, 1)),
    "trace": lambda x: np.trace(SQUARE[0] * x[0]),
    "trace of matrices": lambda x: np.linalg.trace(SQUARE * x[0], offset=1),
    "diagonal": lambda x: np.diagonal(SQUARE * x[0], 1, 2, 0),
    "diagonal below": lambda x: np.diagonal(x, -1),
    "diagonal beyond": lambda x: np.diagonal(x, 9),
    "diagonal of matrices": lambda x: np.linalg.diagonal(SQUARE * x[0], offset=-2),
    "diag": np.diag,
    "diag of a vector": lambda x: np.diag(x[0], -2) + np.diag(x[1], 2),
    "triu": lambda x: np.triu(x, 1),
    "tril": lambda x: np.tril(x),
    "tril of a vector": lambda x: np.tril(x[0]),
    "full_like": lambda x: x * np.full_like(x, 2.5) + np.full_like(x, x[0, 0], shape=(2, 3, 4)),
    "zeros of the type": lambda x: x + np.zeros(4, x.dtype) + np.zeros_like(x, shape=4),
    "empty_like": lambda x: x + 0 * np.empty_like(x),
    "hypot": lambda x: np.hypot(x, Y),
    "arctan2": lambda x: np.arctan2(x, Y),
    "arctan2 by the second": lambda x: np.arctan2(Y, x),
    "arcsinh": np.arcsinh,
    "arccosh": lambda x: np.arccosh(x**2 + 2),
    "arctanh": lambda x: np.arctanh(x / 10),
    "cbrt": np.cbrt,
    "fmax": lambda x: np.fmax(x, Y),
    "fmin": lambda x: np.fmin(x, 0.1),
    "remainder": lambda x: x % 0.7 + np.remainder(Y, x) + np.mod(x, -0.3),
    "floor_divide": lambda x: x * (x // 0.4) + np.floor_divide(1.0, x),
    "divmod": lambda x: divmod(x, 0.3)[0] * divmod(x, 0.3)[1],
    "heaviside": lambda x: x * np.heaviside(x, 0.5),
    "degrees": lambda x: np.deg2rad(x) + np.degrees(x),
    "isclose": lambda x: np.where(np.isclose(x, Y, atol=0.5), 0.0, x),
    "xor": lambda x: x * ((x > 0) ^ (x < 1)) * np.logical_xor(x > 0, Y > 0),
    "any and all": lambda x: x * np.any(x > 0, axis=0) * (x > -9).all(axis=1, keepdims=True),
    "einsum of …": lambda x: np.einsum("...j,...j->...", SQUARE, x[0]),
    "einsum of … that broadcasts": lambda x: np.einsum("...ij,jk...->k...i", SQUARE, x[:1].T[..., None]),
    "einsum of … without an output": lambda x: np.einsum("i...,j", x, Y[0]),
    "mT": lambda x: (SQUARE * x[0]).mT,
    "round": lambda x: x * (np.round(x) if isinstance(x, np.ndarray) else round(x)),
    "methods": lambda x: x.cumsum(1) * x.prod() + x.repeat(2, axis=0).sum() + x.trace() + x.diagonal().sum(),
    "astype": lambda x: x.astype(x.dtype) * (x > 0).astype((x > 0).dtype) * (x > 0).astype(int),
}
CONSTANT = {
    "argmin": lambda x: np.argmin(x, axis=1),
    "argmin of all": np.argmin,
    "argmax, kept": lambda x: np.argmax(x, axis=1, keepdims=True) + x.argmin(keepdims=True),
    "isclose": lambda x: np.isclose(x, [[0.0], [np.inf], [np.nan]], equal_nan=True),
    "isinf": lambda x: np.isinf(np.where(x > 0, np.inf, x)),
    "count_nonzero": lambda x: np.count_nonzero(x > 0, axis=1),
    "all of a part": lambda x: np.logical_and.reduce(x > 0, axis=0),
    "floor_divide of integers": lambda x: np.argmax(x, axis=1) // 2 + np.argmax(x, axis=1) % 2,
    "astype of truth values": lambda x: (x > 0).astype(int) + (x > 0).astype(np.float32).astype(bool),
    "dtype": lambda x: np.zeros(2, (x > 0).dtype),
}


def through_the_graph(function, x, dtype=np.float64):
    (value,) = run(trace(function, x).graph, [x], dtype)
    return value


def assert_slope(function, x, rtol=1e-12):
    """Compare the pullback with the derivative along a direction, which a complex step finds from the value alone."""
    direction = np.random.default_rng(1).normal(size=x.shape)
    slope = through_the_graph(function, x + 1j * STEP * direction, np.complex128).imag / STEP
    weights = np.random.default_rng(2).normal(size=slope.shape)
    claimed = np.sum(vjp(function, x)[1](weights)[0] * direction)
    np.testing.assert_allclose(claimed, np.sum(weights * slope), rtol=rtol, atol=1e-12)


@pytest.mark.parametrize("name", SMOOTH)
def test_the_value_is_numpys(name):
    function = SMOOTH[name]
    value, expected = through_the_graph(function, X), np.asarray(function(X))
    np.testing.assert_allclose(value, expected, rtol=1e-13, atol=1e-15)
    assert value.shape == expected.shape


@pytest.mark.parametrize("name", SMOOTH)
def test_the_gradient_is_the_complex_step(name):
    assert_slope(SMOOTH[name], X)


@pytest.mark.parametrize("name", ["cumsum", "diag", "windows", "einsum of …"])
def test_the_comparison_notices_a_transpose_that_is_wrong_by_a_thousandth(name, monkeypatch):
    right = Sum.gradient
    monkeypatch.setattr(Sum, "gradient", lambda f, array: tuple(replace(g, scale=1.001) for g in right(f, array)))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_slope(SMOOTH[name], X)


@pytest.mark.parametrize("name", ["arctan2", "remainder", "arcsinh"])
def test_the_comparison_notices_a_derivative_that_is_wrong_by_a_thousandth(name, monkeypatch):
    right = functions.FUNCTIONS[name]
    wrong = tuple(lambda *a, d=d: 1.001 * d(*a) for d in right.derivatives)
    monkeypatch.setitem(functions.FUNCTIONS, name, replace(right, derivatives=wrong))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_slope(SMOOTH[name], X)


OPTIONS = {"axis", "dtype", "out", "keepdims", "initial", "where", "ddof", "offset", "decimals"}


def misplaced(ours, numpys):
    """Options that stand at another position than in NumPy."""
    own, theirs = (inspect.signature(f).parameters for f in (ours, numpys))
    by_position = [k for k, p in own.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    return [k for j, k in enumerate(by_position) if k in OPTIONS & set(theirs) and j != list(theirs).index(k)]


def test_options_stand_where_numpy_has_them():
    """np.max(x, 1, None, True) means keepdims, not initial."""
    compared = {
        k: (ours, reduce(getattr, k.split("."), np)) for k, ours in numpy_table.FUNCTIONS.items() if k != "einsum"
    }
    assert {k: misplaced(*pair) for k, pair in compared.items() if misplaced(*pair)} == {}
    assert misplaced(lambda a, axis=None, keepdims=False: a, np.max) == ["keepdims"]


@pytest.mark.parametrize("name", CONSTANT)
def test_what_has_no_slope_has_numpys_value_and_kind(name):
    value, expected = through_the_graph(CONSTANT[name], X), np.asarray(CONSTANT[name](X))
    np.testing.assert_array_equal(value, expected)
    assert value.dtype.kind == expected.dtype.kind


# At the edges


def test_a_product_with_zeros_has_a_gradient():
    """∂Π/∂x_k is the product of the others."""
    np.testing.assert_array_equal(grad(np.prod)(np.array([0.0, 2.0, 3.0])), [6.0, 0.0, 0.0])
    np.testing.assert_array_equal(grad(np.prod)(np.array([0.0, 0.0, 3.0])), [0.0, 0.0, 0.0])
    assert through_the_graph(np.prod, np.zeros(0)) == 1.0


def test_a_norm_at_zero_has_gradient_zero_and_nan_stays_nan():
    np.testing.assert_array_equal(grad(np.linalg.norm)(np.zeros(3)), np.zeros(3))
    assert np.isnan(through_the_graph(np.linalg.norm, np.array([1.0, np.nan])))


def test_hypot_neither_overflows_nor_underflows():
    np.testing.assert_allclose(through_the_graph(lambda x: np.hypot(x, x), BIG), np.hypot(BIG, BIG), rtol=1e-14)
    np.testing.assert_array_equal(through_the_graph(lambda x: np.hypot(x, 0.0), np.array([0.0, np.inf])), [0.0, np.inf])
    assert grad(lambda x: np.hypot(x, 0.0))(0.0) == 0.0


def test_logaddexp_of_equal_values_shares_the_cotangent_and_infinities_are_safe():
    assert grad(np.logaddexp, (0, 1))(1.5, 1.5) == (0.5, 0.5)
    ends = np.array([-np.inf, np.inf, 800.0, -800.0])
    np.testing.assert_array_equal(through_the_graph(lambda x: np.logaddexp(x, -np.inf), ends), ends)
    assert through_the_graph(np.logaddexp.reduce, np.full(3, -np.inf)) == -np.inf
    np.testing.assert_array_equal(grad(np.logaddexp.reduce)(np.array([1000.0, 1000.0, -np.inf])), [0.5, 0.5, 0.0])


def test_fmax_takes_the_number_beside_nan():
    x = np.array([np.nan, 1.0, np.nan])
    np.testing.assert_array_equal(through_the_graph(lambda x: np.fmax(x, [2.0, np.nan, np.nan]), x), [2.0, 1.0, np.nan])
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.fmin(x, [2.0, np.nan, 3.0])))(x), [0.0, 1.0, 0.0])


def test_floor_division_is_pythons_where_the_quotient_rounds_up():
    """1 / 0.1 rounds to 10, but 0.1 is more than a tenth: the quotient rounded down is 9."""
    assert through_the_graph(lambda x: x // 0.1, 1.0) == 1.0 // 0.1 == 9.0
    assert through_the_graph(lambda x: x % 0.1, 1.0) == 1.0 % 0.1


def test_an_array_is_not_changed_by_the_operators_in_place():
    def f(x):
        before = x
        x += 1
        return before * x

    np.testing.assert_array_equal(through_the_graph(f, X), X * (X + 1))


def test_an_einsum_adds_up_into_a_number():
    def f(x):
        out = 0
        for k in range(3):
            out += np.einsum("i,i", x[k], Y[k])
        return out

    np.testing.assert_allclose(grad(f)(X), Y)


# The document


def test_the_document_lists_what_is_traced():
    text = (Path(__file__).parent.parent / "docs" / "numpy.md").read_text(encoding="utf-8")
    sections = [re.findall(r"`([\w.]+)`", part.partition("\n\n")[2]) for part in text.split("\n## ")]
    tables = numpy_table.UFUNCS, numpy_table.FUNCTIONS, numpy_table.METHODS
    for listed, table in zip(sections[1:], tables, strict=False):
        assert set(table) <= set(listed)
    assert set(sections[2]) - {"np."} == set(numpy_table.FUNCTIONS)
