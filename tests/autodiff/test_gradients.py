"""Values, pullbacks and gradients: against numbers worked by hand; what is refused."""

from typing import NamedTuple

import numpy as np
import pytest

from pullback.autodiff import grad, value_and_grad, vjp
from pullback.errors import ArgumentError, ShapeError, TracingError

RNG = np.random.default_rng(0)
Q = RNG.standard_normal((4, 4))
X4 = RNG.uniform(0.2, 0.9, 4)


def test_vjp_gives_the_value_and_the_pullback():
    y, pullback = vjp(lambda x, w: x @ w, np.array([1.0, 2.0]), np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]]))
    np.testing.assert_array_equal(y, [1.0, 6.0, 4.0])
    x_bar, w_bar = pullback(np.array([1.0, 10.0, 100.0]))
    np.testing.assert_array_equal(x_bar, [201.0, 130.0])
    np.testing.assert_array_equal(w_bar, [[1.0, 10.0, 100.0], [2.0, 20.0, 200.0]])


def test_a_pullback_is_linear_and_may_be_called_again():
    _, pullback = vjp(np.sin, X4)
    u, v = RNG.standard_normal((2, 4))
    np.testing.assert_allclose(pullback(u)[0] + 2 * pullback(v)[0], pullback(u + 2 * v)[0], rtol=1e-14)
    np.testing.assert_array_equal(pullback(u)[0], pullback(u)[0])


def test_a_value_that_is_used_twice_gets_both_cotangents():
    assert grad(lambda x: x * x + np.sin(x))(0.5) == pytest.approx(1.0 + np.cos(0.5), rel=1e-15)


def test_an_argument_that_is_not_used_has_gradient_zero():
    x_bar, w_bar = grad(lambda x, w: np.sum(x), (0, 1))(X4, Q)
    np.testing.assert_array_equal(x_bar, np.ones(4))
    np.testing.assert_array_equal(w_bar, np.zeros((4, 4)))


def test_a_constant_function_has_gradient_zero():
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.ones(3)))(X4), np.zeros(4))
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.sign(x)))(X4), np.zeros(4))


def test_argnums_choose_the_arguments():
    def f(x, y, z):
        return np.sum(x * y * z)

    x, y, z = (RNG.standard_normal(3) for _ in range(3))
    np.testing.assert_allclose(grad(f, 1)(x, y, z), x * z)
    first, last = grad(f, (0, -1))(x, y, z)
    np.testing.assert_allclose(first, y * z)
    np.testing.assert_allclose(last, x * y)


def test_keyword_arguments_are_handed_on():
    np.testing.assert_allclose(grad(lambda x, *, power: np.sum(x**power))(X4, power=3), 3 * X4**2)


class Layer(NamedTuple):
    w: np.ndarray
    b: np.ndarray


def test_gradients_are_nested_like_their_argument():
    parameters = {"first": Layer(Q[:2], np.zeros(2)), "rest": [np.ones(2), (2.0,)], "none": None}

    def f(p, x):
        y = p["first"].w @ x + p["first"].b
        return np.sum(y * p["rest"][0]) * p["rest"][1][0]

    value, g = value_and_grad(f)(parameters, X4)
    assert value == pytest.approx(2 * np.sum(Q[:2] @ X4))
    assert isinstance(g["first"], Layer)
    np.testing.assert_allclose(g["first"].w, 2 * np.outer(np.ones(2), X4))
    np.testing.assert_allclose(g["first"].b, [2.0, 2.0])
    np.testing.assert_allclose(g["rest"][0], 2 * Q[:2] @ X4)
    assert g["rest"][1][0] == pytest.approx(np.sum(Q[:2] @ X4))
    assert g["none"] is None


def test_results_may_be_nested_too():
    y, pullback = vjp(lambda x: {"twice": 2 * x, "parts": (np.sum(x), x[0])}, X4)
    assert set(y) == {"twice", "parts"}
    (x_bar,) = pullback({"twice": np.ones(4), "parts": (10.0, 100.0)})
    np.testing.assert_array_equal(x_bar, [112.0, 12.0, 12.0, 12.0])


def test_python_integers_count_as_numbers():
    assert grad(lambda x: x**3)(2) == 12.0
    y, pullback = vjp(lambda x, y: x * y, 2, 5)
    assert y == 10.0
    assert pullback(1.0) == (5.0, 2.0)


def test_integer_arrays_beside_the_parameters_are_no_obstacle():
    labels = np.array([1, 0])
    g = grad(lambda x, k: np.sum(x[np.arange(2), k]))(Q[:2], labels)
    np.testing.assert_array_equal(g, [[0, 1, 0, 0], [1, 0, 0, 0]])


def test_a_numpy_function_that_ignores_the_argument_is_left_alone():
    np.testing.assert_allclose(grad(lambda x: np.sum(np.linalg.inv(np.eye(4) * 2) @ x))(X4), np.full(4, 0.5))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_gradients_have_the_precision_of_the_argument(dtype):
    x = X4.astype(dtype)
    value, g = value_and_grad(lambda x: np.sum(np.exp(x) * x))(x)
    assert g.dtype == dtype
    assert value.dtype == dtype
    np.testing.assert_allclose(g, np.exp(X4) * (1 + X4), rtol=4 * np.finfo(dtype).eps)


def test_one_number_is_a_numpy_scalar_as_from_numpys_own_functions():
    value, g = value_and_grad(lambda p: np.sum(p["w"]) * p["b"])({"w": np.ones(2), "b": np.array(3.0)})
    assert [type(v) for v in (value, g["b"])] == [np.float64, np.float64]
    assert type(vjp(np.sum, np.ones(2, np.float32))[0]) is np.float32


def test_argnums_may_be_numpy_integers():
    assert grad(lambda x, y: x * y**2, np.int64(1))(3.0, 5.0) == 30.0
    assert grad(lambda x, y: x * y**2, np.array([0, 1]))(3.0, 5.0) == (25.0, 30.0)


def test_gradients_are_fresh_arrays():
    g = grad(lambda x: np.sum(x * x))(X4)
    g += 1
    np.testing.assert_array_equal(grad(lambda x: np.sum(x * x))(X4), 2 * X4)


# Errors


def test_a_gradient_needs_one_number():
    with pytest.raises(ShapeError, match=r"must give one number\n  got:  shape \(4,\)\n  fix:  np.sum"):
        grad(np.exp)(X4)
    with pytest.raises(ShapeError, match="must give one number"):
        grad(lambda x: (np.sum(x), np.sum(x)))(X4)


def test_there_is_no_gradient_by_integers():
    with pytest.raises(TracingError, match=r"integers has no gradient.*\n.*\n  fix:  x.astype"):
        grad(np.sum)(np.arange(3))


def test_there_is_no_gradient_by_a_truth_value():
    with pytest.raises(TracingError, match="has no gradient\n  got:  bool"):
        grad(lambda x: x * 1.0)(True)


@pytest.mark.parametrize("argnums", ["a", (), (0.5,), True, None, 0.0])
def test_argnums_are_positions(argnums):
    with pytest.raises(ArgumentError, match="argnums are positions"):
        grad(np.sum, argnums)(X4)


def test_a_function_without_a_result_is_explained():
    with pytest.raises(ShapeError, match="must give one number\n  got:  0 values"):
        grad(lambda x: None)(1.0)


def test_a_pullback_remembers_the_point_it_was_made_at():
    x = X4.copy()
    _, pullback = vjp(lambda x: np.sum(x**2), x)
    x += 100
    np.testing.assert_array_equal(pullback(1.0)[0], 2 * X4)


def test_there_is_no_gradient_by_an_argument_that_was_not_given():
    with pytest.raises(ArgumentError, match="no such argument"):
        grad(lambda x: np.sum(x), 1)(X4)


def test_a_cotangent_has_the_shape_of_its_output():
    _, pullback = vjp(np.exp, X4)
    with pytest.raises(ShapeError, match=r"got:  \[\(3,\)\]\n  need: \[\(4,\)\]"):
        pullback(np.ones(3))


# Cotangents are matched by key


def test_cotangents_of_a_dictionary_are_matched_by_key():
    """d/dx (1·x + 10·2x) = 21, in whichever order the keys come."""
    _, pullback = vjp(lambda x: {"u": x, "v": 2 * x}, np.ones(1))
    assert pullback({"v": np.array([10.0]), "u": np.array([1.0])})[0] == 21.0
    assert pullback({"u": np.array([1.0]), "v": np.array([10.0])})[0] == 21.0


def test_a_list_is_an_array_where_the_output_is_one():
    _, pullback = vjp(lambda x: {"u": x, "v": 2 * x}, np.ones(2))
    np.testing.assert_array_equal(pullback({"v": [10.0, 20.0], "u": [1.0, 2.0]})[0], [21.0, 42.0])


@pytest.mark.parametrize(
    ("y_bar", "got", "need"),
    [
        ({"a": 1.0}, "a dictionary with the keys ['a']", "a dictionary with the keys ['a', 'b']"),
        ({"a": 1.0, "c": 1.0}, "keys ['a', 'c']", "keys ['a', 'b']"),
        ([1.0, (1.0, 1.0)], "a sequence of 2", "a dictionary with the keys ['a', 'b']"),
        ({"a": 1.0, "b": (1.0,)}, "a sequence of 1 at ['b']", "a sequence of 2 at ['b']"),
        ({"a": 1.0, "b": {"c": 1.0, "d": 1.0}}, "the keys ['c', 'd'] at ['b']", "a sequence of 2 at ['b']"),
        ({"a": None, "b": (1.0, 1.0)}, "None at ['a']", "an array at ['a']"),
        ({"a": 1.0, "b": (1.0, {"x": 1.0})}, "the keys ['x'] at ['b'][1]", "an array at ['b'][1]"),
        (1.0, "an array", "a dictionary with the keys ['a', 'b']"),
    ],
)
def test_a_cotangent_nested_otherwise_is_refused(y_bar, got, need):
    _, pullback = vjp(lambda x: {"a": x, "b": (x, x)}, 1.0)
    with pytest.raises(ShapeError, match="pullback: the cotangent is nested like the output") as raised:
        pullback(y_bar)
    assert got in str(raised.value)
    assert need in str(raised.value)


# Arrays that the function reads from outside


def test_a_buffer_that_is_used_again_counts_as_it_was_when_it_was_read():
    """Σ_i i·Σx for i = 0, 1, 2 is 3·Σx = 9."""

    def f(x):
        total, buffer = 0.0, np.zeros(3)
        for i in range(3):
            buffer[:] = i
            total = total + np.sum(x * buffer)
        return total

    value, g = value_and_grad(f)(np.ones(3))
    assert value == 9.0
    np.testing.assert_array_equal(g, [3.0, 3.0, 3.0])


@pytest.mark.parametrize("view", [lambda a: a, lambda a: a[:], lambda a: np.broadcast_to(a, (2, 3))])
def test_a_pullback_does_not_see_later_changes_of_the_arrays_it_read(view):
    c = np.full(3, 2.0)
    _, pullback = vjp(lambda x: np.sum(x * view(c)), np.ones(3))
    expected = pullback(1.0)[0].copy()
    _, pullback = vjp(lambda x: np.sum(x * view(c)), np.ones(3))
    c[:] = 100
    np.testing.assert_array_equal(pullback(1.0)[0], expected)


# Values that are kept


def test_a_value_that_was_kept_after_its_trace_is_refused():
    kept = []
    grad(lambda x: (kept.append(np.exp(x)), x**2)[1])(2.0)
    for use in (lambda: grad(lambda y: y * kept[0])(3.0), lambda: grad(lambda y: y**2)(kept[0]), lambda: kept[0] + 1):
        with pytest.raises(TracingError, match=r"a trace that has ended\n  got:  the result of exp, shape \(\)"):
            use()
    with pytest.raises(TracingError, match="a trace that has ended"):
        float(kept[0])


def test_a_trace_that_fails_has_ended_too():
    kept = []
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: kept.append(x) or 1 / 0)(1.0)
    with pytest.raises(TracingError, match="a trace that has ended\n  got:  an argument"):
        kept[0] * 2


def test_a_value_of_an_outer_trace_may_be_kept_inside_an_inner_one():
    def f(x):
        kept = []
        inner = grad(lambda y: kept.append(np.exp(x)) or x * y**2)(2.0)  # 4x
        return inner * kept[0]

    assert grad(f)(0.5) == pytest.approx(4 * np.exp(0.5) * 1.5)  # (4x eˣ)′ = 4eˣ(1 + x)


def test_a_value_of_an_inner_trace_is_refused_in_the_outer_one():
    def f(x):
        kept = []
        inner = grad(lambda y: kept.append(x * y) or y**2)(x)
        return inner * kept[0]

    with pytest.raises(TracingError, match="a trace that has ended\n  got:  the result of multiply"):
        grad(f)(0.5)
