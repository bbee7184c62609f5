"""`pb.compile`: the same function, in native code."""

import threading
from collections import OrderedDict
from typing import NamedTuple

import numpy as np
import pytest

import pullback as pb
from pullback.compile import function as compiling
from pullback.compile.function import compile as compiled
from pullback.errors import ArgumentError, ShapeError, TracingError

RNG = np.random.default_rng(0)


def f(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def test_the_worked_example_comes_out_as_by_hand():
    """ln 2 + 2·5 − sin 5, and its derivatives 1/2 + 5 and 2 − cos 5."""
    assert compiled(f)(2.0, 5.0) == pytest.approx(11.652071455223084, rel=1e-14)
    slopes = compiled(pb.grad(f, argnums=(0, 1)))(2.0, 5.0)
    assert slopes == pytest.approx((5.5, 2 - 0.28366218546322625), rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_convolution_and_its_gradients_are_numpy_s_up_to_rounding(dtype):
    x, w = RNG.normal(size=(2, 3, 7, 6)).astype(dtype), RNG.normal(size=(4, 3, 3, 2)).astype(dtype)

    def loss(x, w):
        return np.sum(np.tanh(pb.conv2d(x, w, stride=2, padding=1)))

    found = compiled(pb.value_and_grad(loss, argnums=(0, 1)))(x, w)
    value, gradients = pb.value_and_grad(loss, argnums=(0, 1))(x, w)
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(found[0], value, rtol=200 * eps)
    for mine, theirs in zip(found[1], gradients, strict=True):
        assert mine.dtype == dtype
        np.testing.assert_allclose(mine, theirs, atol=200 * eps * np.abs(theirs).max())


class Pair(NamedTuple):
    first: object
    second: object


def test_arguments_and_results_are_nested_as_the_function_s():
    def g(weights, pair):
        return Pair({"sum": weights["a"] + weights["b"][0]}, [pair.first * 2, None])

    found = compiled(g)({"a": np.ones(2), "b": (np.arange(2.0),)}, Pair(np.ones(()), np.ones(3)))
    assert isinstance(found, Pair)
    assert found.first["sum"].tolist() == [1, 2]
    assert isinstance(found.second[0], np.float64)
    assert found.second[1] is None


def test_whole_numbers_and_truth_values_stay_what_they_are():
    found = compiled(lambda n, x: (n + 1, x > 0, np.where(x > 0, n, 0)))(np.arange(3), np.array([-1.0, 0.0, 2.0]))
    assert [a.tolist() for a in found] == [[1, 2, 3], [False, False, True], [0, 0, 2]]
    assert [a.dtype.kind for a in found] == ["i", "b", "i"]


def test_results_belong_to_the_caller():
    g = compiled(lambda x: (x, x * 2))
    x = np.arange(3.0)
    same, twice = g(x)
    again = g(x + 1)
    same[0] = twice[0] = 99
    assert x.tolist() == [0, 1, 2]
    assert [a.tolist() for a in again] == [[1, 2, 3], [2, 4, 6]]


def count_traces(function):
    calls = []

    def counted(*args, **options):
        calls.append(1)
        return function(*args, **options)

    return compiled(counted), calls


def test_code_is_made_once_for_each_structure_of_the_arguments():
    g, calls = count_traces(lambda x, scale=1.0: x * scale)
    for _ in range(3):
        g(np.ones(3))
    assert len(calls) == 1
    for other in (np.ones(4), np.ones(3, np.float32), np.ones(3, int), np.ones((3, 1))):
        g(other)
    assert len(calls) == 5
    assert g(np.ones(3), scale=2.0).tolist() == [2, 2, 2]
    assert g(np.ones(3), scale=3.0).tolist() == [3, 3, 3]
    assert len(calls) == 7
    g(np.zeros(3), scale=3.0)
    assert len(calls) == 7


def test_the_precision_is_the_widest_argument_s_or_what_is_asked_for():
    third = compiled(lambda x: x / 3)
    assert third(np.float32(1)).dtype == third(np.float16(1)).dtype == np.float32
    assert third(1.0) == 1 / 3
    single = compiled(lambda x: x / 3, dtype="float32")(1.0)
    assert single == np.float32(1) / np.float32(3)
    assert float(single) != 1 / 3
    assert compiled(lambda x: x / 3, dtype=np.float64)(np.float32(1)) == 1 / 3


def test_inside_a_derivative_the_function_is_traced_as_it_is():
    g = compiled(lambda x: np.sum(x**3))
    np.testing.assert_allclose(pb.grad(g)(np.array([1.0, 2.0])), [3, 12])

    def outer(x):
        return compiled(lambda y: np.sum(x * y))(np.ones(2))  # reads a traced value from outside

    np.testing.assert_allclose(pb.grad(outer)(np.array([1.0, 2.0])), [1, 1])


def test_arrays_from_outside_are_as_they_were_at_the_first_call():
    outside = np.ones(2)
    g = compiled(lambda x: x + outside)
    g(np.zeros(2))
    outside[:] = 7
    assert g(np.zeros(2)).tolist() == [1, 1]


def test_several_threads_call_at_once():
    g = compiled(lambda x: np.sum(np.exp(x), axis=1))
    images = RNG.normal(size=(8, 50, 40))
    expected = [g(x).tobytes() for x in images]
    wrong = []

    def work(k):
        wrong.extend(k for _ in range(20) if g(images[k]).tobytes() != expected[k])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []


def test_equal_graphs_are_compiled_once_in_a_process(monkeypatch):
    from pullback.compile import program

    compiled_graphs, original = [], program.compile_graph
    monkeypatch.setattr(program, "compile_graph", lambda *a, **k: compiled_graphs.append(1) or original(*a, **k))
    monkeypatch.setattr(compiling, "KEPT", 2)
    monkeypatch.setattr(compiling, "_programs", OrderedDict())
    for k in (2.5, 2.5, 3.5, 2.5):
        assert compiled(lambda x, k=k: x * k + 0.125)(1.0) == k + 0.125
    assert len(compiled_graphs) == 2
    for k in (4.5, 2.5, 3.5):  # two are kept: 3.5, which was used longest ago, was forgotten
        compiled(lambda x, k=k: x * k + 0.125)(1.0)
    assert len(compiled_graphs) == 4


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: compiled(7), ArgumentError, "not a function"),
        (lambda: compiled(f, dtype="float16"), ArgumentError, "dtype='float16'"),
        (lambda: compiled(f, dtype="wide"), ArgumentError, "dtype='wide'"),
        (lambda: compiled(lambda x: x * 2)(1j), ArgumentError, "complex numbers are not compiled"),
        (lambda: compiled(lambda x: x * 2, dtype="float64")(np.ones(2, complex)), ArgumentError, "complex"),
        (lambda: compiled(lambda x: x * 2)(np.ones(2, np.longdouble)), ArgumentError, "dtype='float64'"),
        (lambda: compiled(lambda x: x)("seven"), TracingError, "not an array of numbers"),
        (lambda: compiled(lambda x: 1 if x > 0 else 2)(1.0), TracingError, "a truth value is needed"),
        (lambda: compiled(lambda x: float(x))(1.0), TracingError, "a number is needed"),
        (lambda: compiled(lambda x, by: x + by)(1.0, by=np.ones(2)), TracingError, "keyword argument is fixed"),
        (lambda: compiled(np.matmul)(np.ones((2, 3)), np.ones((2, 3))), ShapeError, "inner sizes differ"),
    ],
)
def test_what_cannot_be_compiled_is_refused_with_its_reason(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_the_package_is_the_function():
    import pullback.compile

    assert pullback.compile(np.sin)(0.0) == 0.0
