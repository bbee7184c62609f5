"""Which argument a parameter is, and which gradient a result: by the names that people use."""

from __future__ import annotations

import numpy as np
import pytest

from pullback.errors import ArgumentError
from pullback.review import Review, review
from pullback.review.binding import bind
from pullback.review.reading import returned

CONV = ("x", "w", "bias")
WINDOW = ("stride", "padding", "dilation", "groups", "padding_mode")


def meanings(function, op="conv2d", arrays=CONV, options=WINDOW) -> dict[str, str]:
    return {p.name: p.role for p in bind(function, op, arrays, options).parameters}


@pytest.mark.parametrize(
    ("function", "roles"),
    [
        (lambda dout, x, w: 0, ["@y_bar", "x", "w"]),
        (lambda dy, input, weight, bias: 0, ["@y_bar", "x", "w", "bias"]),
        (lambda grad_output, X, W, b, stride, padding: 0, ["@y_bar", "x", "w", "bias", "stride", "padding"]),
        (lambda dZ, A_prev, F, s, p: 0, ["@y_bar", "x", "w", "stride", "padding"]),
        (lambda y_bar, image, filters, dilation, groups: 0, ["@y_bar", "x", "w", "dilation", "groups"]),
        (lambda delta, x_shape, kernels, strides, pad: 0, ["@y_bar", "@shape:x", "w", "stride", "padding"]),
        (lambda grad, inp, kernel_size, pads: 0, ["@y_bar", "x", "@size:w", "padding"]),
        (lambda dout, cache: 0, ["@y_bar", "@cache"]),
        (lambda ctx, grad_output: 0, ["@ctx", "@y_bar"]),
    ],
)
def test_the_parameters_of_a_convolution_are_known_by_common_names(function, roles):
    assert list(meanings(function).values()) == roles


@pytest.mark.parametrize(
    ("op", "arrays", "options", "function", "roles"),
    [
        ("max_pool2d", ("x",), ("kernel_size", "stride"), lambda dA, A_prev, f, s: 0,
         "@y_bar x kernel_size stride"),
        ("max_pool2d", ("x",), ("kernel_size",), lambda dy, x, pool_h, pool_w: 0,
         "@y_bar x @part:kernel_size:0 @part:kernel_size:1"),
        ("max_pool2d", ("x",), ("kernel_size",), lambda dy, switches, k, x_shape: 0,
         "@y_bar @switches kernel_size @shape:x"),
        ("sigmoid", ("x",), (), lambda dA, A: 0, "@y_bar @y"),
        ("sigmoid", ("x",), (), lambda dA, Z: 0, "@y_bar x"),
        ("softmax", ("x",), ("axis",), lambda g, x, dim: 0, "@y_bar x axis"),
        ("cross_entropy", ("logits", "target"), (), lambda scores, y: 0, "logits target"),
        ("cross_entropy", ("logits", "target"), (), lambda probs, labels: 0, "@probabilities target"),
        ("mse_loss", ("prediction", "target"), ("reduction",), lambda y_pred, y_true: 0, "prediction target"),
        ("batch_norm_training", ("x", "weight", "bias"), ("eps",), lambda dout, x, gamma, beta, eps: 0,
         "@y_bar x weight bias eps"),
        ("linear", ("x", "w", "bias"), (), lambda dL_dY, X, theta, b: 0, "@y_bar x w bias"),
        ("leaky_relu", ("x",), ("negative_slope",), lambda dout, x, alpha: 0, "@y_bar x negative_slope"),
    ],
)  # fmt: skip
def test_other_operators_have_spellings_of_their_own(op, arrays, options, function, roles):
    assert list(meanings(function, op, arrays, options).values()) == roles.split()


def test_one_unknown_parameter_is_taken_for_what_is_missing_and_that_is_said():
    found = review(lambda quux, x: quux * np.cos(x), op="sin")
    assert found
    assert "quux is taken for ȳ, the only thing missing" in found.notes


def test_an_unknown_parameter_can_be_named():
    assert review(lambda foo, bar: foo * np.cos(bar), op="sin", names={"foo": "y_bar", "bar": "x"})
    assert not review(lambda foo, bar: foo * np.cos(bar), op="sin", names={"foo": "x", "bar": "y_bar"})


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (lambda dout, foo, quux, fnord: 0, {}, "what is 'foo' and what is 'quux'(.|\n)*names={'foo': 'x'}"),
        (lambda dout, x, w: 0, {"names": {"quux": "x"}}, "a parameter that is not there"),
        (lambda dout, x, w: 0, {"names": {"x": "quux"}}, "no such argument(.|\n)*y_bar, y, cache, x, w, bias"),
        (lambda dout, x, w: 0, {"returns": ("v",)}, "no gradient of that name(.|\n)*x, w, bias"),
        (lambda dout, x, w: 0, {"options": {"strid": 2}}, "no such option(.|\n)*stride"),
        (lambda x, w: 0, {}, "does not take the output's cotangent"),
    ],
)
def test_what_is_not_understood_is_refused_with_a_cure(function, options, message):
    with pytest.raises(ArgumentError, match=message):
        review(function, op="conv2d", **options)


def test_an_operator_that_does_not_exist_is_refused():
    with pytest.raises(ArgumentError, match=r"no such operator(.|\n)*conv2d"):
        review(lambda dout, x: 0, op="conv2")


def test_a_pooling_needs_its_window_or_a_fixed_one():
    def average_backward(dout, x):
        return np.repeat(np.repeat(dout, 2, axis=2), 2, axis=3)[:, :, : x.shape[2], : x.shape[3]] / 4

    with pytest.raises(ArgumentError, match=r"no case of avg_pool2d fits(.|\n)*kernel_size"):
        review(average_backward, op="avg_pool2d")
    found = review(average_backward, op="avg_pool2d", options={"kernel_size": 2, "stride": 2, "padding": 0})
    assert [p.condition.text for p in found.problems] == ["where there are leftover rows"]


def linear_backward(dy, x, w):
    dw, dx, db = dy.T @ x, dy @ w, dy.sum(axis=0)
    return dw, dx, db


def test_results_are_told_apart_by_the_names_in_the_return_statement():
    assert returned(linear_backward, "linear", CONV) == ["w", "x", "bias"]
    assert review(linear_backward, op="linear")


def test_results_without_names_come_in_the_operator_s_order_or_in_the_one_given():
    assert review(lambda dy, x, w: (dy @ w, dy.T @ x), op="linear")
    assert not review(lambda dy, x, w: (dy.T @ x, dy @ w), op="linear")
    assert review(lambda dy, x, w: (dy.T @ x, dy @ w), op="linear", returns=("w", "x"))


def test_results_may_be_named_in_a_dictionary():
    assert review(lambda dy, x, w: {"grad_weight": dy.T @ x, "grad_input": dy @ w}, op="linear")


def test_one_result_is_named_by_the_function():
    def linear_weight_grad(dy, x):
        return dy.T @ x

    found = review(linear_weight_grad, op="linear")
    assert found
    assert {g.name for o in found.outcomes for g in o.gradients} == {"w"}


def test_one_result_of_which_nothing_tells_what_it_is_is_reported():
    found = review(lambda dy, x, w: dy.T @ x, op="linear")
    assert not found
    assert "the gradient of which of x, w" in next(p.details for p in found.problems if p.kind == "count")


class Scale:
    """In the style of torch.autograd.Function, on arrays."""

    @staticmethod
    def forward(ctx, x, w, bias):
        ctx.save_for_backward(x, w)
        return x @ w.T + bias

    @staticmethod
    def backward(ctx, grad_output):
        x, w = ctx.saved_tensors
        return grad_output @ w, grad_output.T @ x, grad_output.sum(axis=0)


class Unscaled(Scale):
    @staticmethod
    def forward(ctx, x, w, bias):
        ctx.save_for_backward(x, w)
        return 2 * (x @ w.T) + bias


def test_a_class_with_ctx_is_run_forward_and_backward():
    assert review(Scale, op="linear")


def test_a_forward_that_computes_something_else_is_told():
    assert [p.kind for p in review(Unscaled, op="linear").problems] == ["forward"]


def test_a_backward_with_ctx_alone_finds_arrays_and_options_there():
    def backward(ctx, grad_output):
        x, w, _ = ctx.saved_tensors
        assert ctx.stride == 1
        _N, _O, P, Q = grad_output.shape
        R, S = w.shape[2:]
        grad_w = np.zeros_like(w)
        for r in range(R):
            for s in range(S):
                grad_w[:, :, r, s] = np.einsum("nopq,nipq->oi", grad_output, x[:, :, r : r + P, s : s + Q])
        return grad_w

    found = review(backward, op="conv2d", options={"stride": 1})
    assert found
    assert "ctx.saved_tensors = (x, w, bias); options are attributes of ctx" in found.notes


class Affine:
    """A layer with its parameters, as in books that build networks from scratch."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


def of_layer(layer, case):
    own = layer(case.arrays["w"].T, case.arrays["bias"])
    own.forward(case.arrays["x"])
    dx = own.backward(case.y_bar)
    return {"x": dx, "w": own.dW.T, "bias": own.db}


def test_an_adapter_brings_a_layer_into_form():
    assert review(Affine, op="linear", adapter=of_layer)


def channels_last(function, case):
    x, w = case.arrays["x"].transpose(0, 2, 3, 1), case.arrays["w"].transpose(2, 3, 1, 0)
    dx, dw = function(case.y_bar.transpose(0, 2, 3, 1), x, w, case.options["stride"])
    return {"x": dx.transpose(0, 3, 1, 2), "w": dw.transpose(3, 2, 0, 1)}


def conv_of_channels_last(dy, x, w, stride):
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for p in range(dy.shape[1]):
        for q in range(dy.shape[2]):
            at = np.s_[:, p * stride : p * stride + w.shape[0], q * stride : q * stride + w.shape[1]]
            dx[at] += np.einsum("no,rsio->nrsi", dy[:, p, q], w)
            dw += np.einsum("no,nrsi->rsio", dy[:, p, q], x[at])
    return dx, dw


def test_an_adapter_brings_another_layout_into_form_and_says_which_options_it_takes():
    found = review(conv_of_channels_last, op="conv2d", adapter=channels_last)
    assert found
    assert "stride" not in found.left_out
    assert found.left_out["padding"] > 5


def test_labels_are_given_as_one_hot_rows_where_integers_are_refused():
    def backward(logits, y):
        e = np.exp(logits)
        return (e / e.sum(axis=1, keepdims=True) - y) / y.shape[0] + 0 * y.sum(axis=1, keepdims=True)

    found = review(backward, op="cross_entropy")
    assert found
    assert any("one-hot" in note for note in found.notes)


def test_cases_with_options_that_the_function_lacks_are_left_out_and_counted():
    def wrong_for_strides(dout, x, w):
        return np.zeros_like(x)

    found: Review = review(wrong_for_strides, op="conv2d", returns="x")
    assert found.left_out.keys() == {"stride", "padding", "dilation", "groups"}
    assert "left out:  cases with stride (" in str(found)
