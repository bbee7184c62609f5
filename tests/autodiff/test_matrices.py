"""Jacobians, Hessians times vectors, gradients per sample: against formulas worked out by hand."""

import numpy as np
import pytest

from pullback.autodiff import grad, hvp, jacobian, per_sample_grad
from pullback.errors import ArgumentError, ShapeError, TracingError
from pullback.ops.matrix import linear

RNG = np.random.default_rng(0)
Q = RNG.standard_normal((4, 4))
X4 = RNG.uniform(0.2, 0.9, 4)


def test_the_jacobian_of_a_linear_map_is_its_matrix():
    np.testing.assert_array_equal(jacobian(lambda x: Q @ x)(X4), Q)


def test_the_jacobian_of_an_elementwise_map_is_diagonal():
    np.testing.assert_allclose(jacobian(np.sin)(X4), np.diag(np.cos(X4)))


def test_a_jacobian_has_the_axes_of_the_output_then_of_the_input():
    j = jacobian(lambda x: np.sum(x, axis=1) * 2)(np.ones((2, 3)))
    assert j.shape == (2, 2, 3)
    np.testing.assert_array_equal(j, 2 * np.eye(2)[:, :, None] * np.ones(3))


def test_the_jacobian_of_a_number():
    np.testing.assert_allclose(jacobian(lambda x: np.sum(x**2))(X4), 2 * X4)
    np.testing.assert_allclose(jacobian(np.sin)(0.5), np.cos(0.5))


def test_the_jacobian_of_nothing_is_empty():
    assert jacobian(lambda x: x[:0])(X4).shape == (0, 4)


def test_a_jacobian_can_be_traced_and_differentiated():
    def trace_of_hessian(x):
        return np.einsum("ii", jacobian(grad(lambda z: np.sum(z**4)))(x))

    np.testing.assert_allclose(grad(trace_of_hessian)(X4), 24 * X4, rtol=1e-13)


def test_hvp_of_a_quadratic_form_is_the_symmetric_matrix():
    v = RNG.standard_normal(4)
    np.testing.assert_allclose(hvp(lambda x: x @ Q @ x, X4, v), (Q + Q.T) @ v, rtol=1e-13)


def test_hvp_of_the_log_sum_exp():
    """∂²/∂x² log Σ exp x = diag(p) − p pᵀ."""
    p = np.exp(X4) / np.sum(np.exp(X4))
    v = RNG.standard_normal(4)
    expected = (np.diag(p) - np.outer(p, p)) @ v
    np.testing.assert_allclose(hvp(lambda x: np.log(np.sum(np.exp(x))), X4, v), expected, rtol=1e-13, atol=1e-16)


def test_hvp_of_the_rosenbrock_function():
    def rosenbrock(x):
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    a, b = 0.3, -0.7
    hessian = np.array([[1200 * a**2 - 400 * b + 2, -400 * a], [-400 * a, 200]])
    found = np.stack([hvp(rosenbrock, np.array([a, b]), v) for v in np.eye(2)])
    np.testing.assert_allclose(found, hessian, rtol=1e-13)


def test_hvp_by_nested_arguments():
    def f(p):
        return np.sum(p["a"] ** 3) + np.sum(p["a"] * p["b"])

    out = hvp(f, {"a": X4, "b": np.ones(4)}, {"a": np.ones(4), "b": 2 * np.ones(4)})
    np.testing.assert_allclose(out["a"], 6 * X4 + 2)
    np.testing.assert_allclose(out["b"], np.ones(4))


def test_the_jacobian_of_a_gradient_is_the_symmetric_hessian():
    hessian = jacobian(grad(lambda x: np.sum(np.tanh(Q @ x) ** 2)))(X4)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(hessian[:, 1], hvp(lambda x: np.sum(np.tanh(Q @ x) ** 2), X4, np.eye(4)[1]), rtol=1e-12)


@pytest.mark.parametrize("argnums", [1, np.int64(1), -1])
def test_a_jacobian_by_one_argument_of_several(argnums):
    """∂(A x)_i/∂x_j = A_ij."""
    np.testing.assert_array_equal(jacobian(lambda a, x: a @ x, argnums)(Q, X4), Q)


def test_a_jacobian_by_several_arguments_is_a_tuple():
    """∂(A x)_i/∂A_jk = δ_ij x_k."""
    by_a, by_x = jacobian(lambda a, x: a @ x, (0, 1))(Q, X4)
    np.testing.assert_array_equal(by_a, np.einsum("ij,k->ijk", np.eye(4), X4))
    np.testing.assert_array_equal(by_x, Q)


def test_the_jacobian_of_nested_results_by_nested_parameters():
    p = {"w": Q, "b": np.zeros(4)}
    j = jacobian(lambda p, x: {"y": p["w"] @ x + 2 * p["b"], "parts": (np.sum(p["b"]), None)})(p, X4)
    np.testing.assert_array_equal(j["y"]["w"], np.einsum("ij,k->ijk", np.eye(4), X4))
    np.testing.assert_array_equal(j["y"]["b"], 2 * np.eye(4))
    np.testing.assert_array_equal(j["parts"][0]["b"], np.ones(4))
    np.testing.assert_array_equal(j["parts"][0]["w"], np.zeros((4, 4)))
    assert j["parts"][1] is None


def test_a_list_of_numbers_is_an_array_to_a_jacobian():
    np.testing.assert_array_equal(jacobian(lambda x: Q @ x)([0.0, 0.0, 0.0, 0.0]), Q)
    np.testing.assert_array_equal(jacobian(lambda x: Q @ x)([0, 1, 2, 3]), Q)
    np.testing.assert_array_equal(jacobian(lambda x: Q[:2, :2] @ x[0])([[0.5, 1.5]])[:, 0], Q[:2, :2])


def test_the_jacobian_of_a_number_by_a_number_is_a_numpy_scalar():
    assert type(jacobian(np.sin)(0.5)) is np.float64


def test_there_is_no_jacobian_by_integers_or_by_an_argument_that_was_not_given():
    with pytest.raises(TracingError, match="jacobian: an argument of integers has no gradient"):
        jacobian(np.sin)(np.arange(3))
    with pytest.raises(ArgumentError, match="jacobian: no such argument"):
        jacobian(np.sin, 1)(X4)
    with pytest.raises(ArgumentError, match="argnums are positions"):
        jacobian(np.sin, "x")


def test_the_vector_of_hvp_has_the_shape_of_the_point():
    with pytest.raises(ShapeError, match="hvp: the vector has the shape of the point"):
        hvp(lambda x: np.sum(x**3), X4, np.ones(3))
    with pytest.raises(ShapeError, match="hvp: the vector is nested like the point"):
        hvp(lambda x: np.sum(x**3), X4, (np.ones(4), np.ones(4)))


def test_the_vector_of_hvp_is_matched_by_key():
    """f = Σa³ + Σb² has H = diag(6a, 2): v_a = 1 gives 6, v_b = 5 gives 10."""
    p = {"a": np.ones(2), "b": np.ones(2)}
    found = hvp(lambda p: np.sum(p["a"] ** 3) + np.sum(p["b"] ** 2), p, {"b": np.full(2, 5.0), "a": np.ones(2)})
    np.testing.assert_array_equal(found["a"], [6.0, 6.0])
    np.testing.assert_array_equal(found["b"], [10.0, 10.0])


@pytest.mark.parametrize("v", [{"a": np.ones(2), "c": np.ones(2)}, [np.ones(2), np.ones(2)], {"a": np.ones(2)}])
def test_a_vector_of_hvp_nested_otherwise_is_refused(v):
    with pytest.raises(ShapeError, match=r"hvp: the vector is nested like the point\n.*\n  need: .*\['a', 'b'\]"):
        hvp(lambda p: np.sum(p["a"] ** 3 * p["b"]), {"a": np.ones(2), "b": np.ones(2)}, v)


def test_hvp_by_several_arguments_is_by_their_tuple():
    """f = x²y has H = [[2y, 2x], [2x, 0]]."""
    assert hvp(lambda p: p[0] ** 2 * p[1], (3.0, 5.0), (1.0, 10.0)) == (70.0, 6.0)


# Gradients per sample


BATCH = RNG.standard_normal((5, 4))
TARGET = RNG.standard_normal((5, 3))


def squared_error(w, x, t):
    return 0.5 * np.sum((linear(x, w) - t) ** 2)


def test_gradients_per_sample_are_those_of_batches_of_one():
    w = RNG.standard_normal((3, 4))
    found = per_sample_grad(squared_error)(w, BATCH, TARGET)
    one_by_one = [grad(squared_error)(w, BATCH[k : k + 1], TARGET[k : k + 1]) for k in range(5)]
    np.testing.assert_array_equal(found, np.stack(one_by_one))
    np.testing.assert_allclose(found.sum(axis=0), grad(squared_error)(w, BATCH, TARGET), rtol=1e-12)


def test_gradients_per_sample_of_a_linear_layer_are_outer_products():
    w = RNG.standard_normal((3, 4))
    expected = np.einsum("no,ni->noi", BATCH @ w.T - TARGET, BATCH)
    np.testing.assert_allclose(per_sample_grad(squared_error)(w, BATCH, TARGET), expected, rtol=1e-12)


def test_gradients_per_sample_by_nested_parameters():
    def f(p, x):
        return np.sum(np.tanh(linear(x, p["w"], p["b"])))

    p = {"w": RNG.standard_normal((3, 4)), "b": RNG.standard_normal(3)}
    found = per_sample_grad(f)(p, BATCH)
    slope = 1 - np.tanh(BATCH @ p["w"].T + p["b"]) ** 2
    np.testing.assert_allclose(found["b"], slope, rtol=1e-12)
    np.testing.assert_allclose(found["w"], np.einsum("no,ni->noi", slope, BATCH), rtol=1e-12)


def test_gradients_per_sample_by_two_arguments():
    w, b = RNG.standard_normal((3, 4)), RNG.standard_normal(3)
    by_w, by_b = per_sample_grad(lambda w, b, x: np.sum(linear(x, w, b) ** 2), (0, 1))(w, b, BATCH)
    assert by_w.shape == (5, 3, 4)
    np.testing.assert_allclose(by_b, 2 * (BATCH @ w.T + b), rtol=1e-12)


def test_no_samples_give_no_gradients():
    found = per_sample_grad(squared_error)(np.ones((3, 4)), np.zeros((0, 4)), np.zeros((0, 3)))
    assert found.shape == (0, 3, 4)


def test_batches_of_different_lengths_are_refused():
    with pytest.raises(ShapeError, match=r"batches differ in length\n  got:  lengths \[4, 5\]"):
        per_sample_grad(squared_error)(np.ones((3, 4)), BATCH, TARGET[:4])


def test_gradients_per_sample_by_an_argument_counted_from_the_end():
    found = per_sample_grad(lambda x, w: np.sum(w * x), -1)(np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones(2))
    np.testing.assert_array_equal(found, [[1.0, 2.0], [3.0, 4.0]])


def test_a_number_beside_the_batches_is_every_samples():
    found = per_sample_grad(lambda w, x, c: c * np.sum(w * x))(np.ones(2), np.array([[1.0, 2.0], [3.0, 4.0]]), 10.0)
    np.testing.assert_array_equal(found, [[10.0, 20.0], [30.0, 40.0]])
