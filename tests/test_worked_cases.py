"""Cases worked with numbers on paper: each test is a sentence, and the numbers are in it."""

import numpy as np
import pytest
from scipy.signal import convolve2d, correlate2d

import pullback as pb
from pullback.autodiff import backward, trace
from pullback.graph import Graph, Traced, as_node
from pullback.interpret import Values, run

RNG = np.random.default_rng(0)


# ln x₁ + x₁·x₂ − sin x₂ (Baydin, Pearlmutter, Radul & Siskind 2018, arXiv:1502.05767, tables 2 and 3)


def f(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def test_every_intermediate_value_and_cotangent_of_ln_x1_plus_x1_x2_minus_sin_x2_at_2_and_5():
    graph = trace(f, 2.0, 5.0).graph
    x1, x2 = graph.inputs
    by_name = {node.name: node for node in graph.nodes}
    log, product, total, sine, y = (by_name[k] for k in ("log", "multiply", "add", "sin", "subtract"))

    # Forwards: v₁ = ln 2, v₂ = 2·5, v₃ = sin 5, v₄ = v₁ + v₂, v₅ = v₄ − v₃
    values = Values()
    run(graph, [2.0, 5.0], keep=values)
    assert values[log] == pytest.approx(0.693147, abs=5e-7)
    assert values[product] == 10.0
    assert values[sine] == pytest.approx(-0.958924, abs=5e-7)
    assert values[total] == pytest.approx(10.693147, abs=5e-7)
    assert values[y] == pytest.approx(11.652071, abs=5e-7)

    # Backwards, one node at a time: what one unit of change in it changes the result by
    def cotangent(node):
        (bar,) = backward([y], [Traced(as_node(np.ones(())))], [node])
        return run(Graph.of(graph.inputs, [bar.node]), [2.0, 5.0])[0]

    assert cotangent(y) == 1.0
    assert cotangent(total) == 1.0
    assert cotangent(sine) == -1.0
    assert cotangent(log) == 1.0
    assert cotangent(product) == 1.0
    assert cotangent(x1) == 1 / 2 + 5  # v̄₁/x₁ + v̄₂·x₂ = 5.5
    assert cotangent(x2) == pytest.approx(2 - np.cos(5.0), rel=1e-15)  # v̄₂·x₁ + v̄₃·cos x₂ = 1.716338


def test_the_same_by_vjp_and_by_grad():
    y, pullback = pb.vjp(f, 2.0, 5.0)
    assert y == pytest.approx(11.652071, abs=5e-7)
    assert pullback(1.0) == (pytest.approx(5.5), pytest.approx(1.716338, abs=5e-7))
    assert pb.grad(f, argnums=(0, 1))(2.0, 5.0) == (pytest.approx(5.5), pytest.approx(1.716338, abs=5e-7))


# One filter over a 5×5 image, its output through a sigmoid and max pooling


IMAGE = np.array(
    [
        [0.51, 0.90, 0.88, 0.84, 0.05],
        [0.40, 0.62, 0.22, 0.59, 0.10],
        [0.11, 0.20, 0.74, 0.33, 0.14],
        [0.47, 0.01, 0.85, 0.70, 0.09],
        [0.76, 0.19, 0.72, 0.17, 0.57],
    ]
)
DELTAS = {(0, 2): 0.0686, (1, 1): 0.0364, (2, 1): 0.0467, (3, 3): -0.0681}


def cotangent_of_four_entries():
    y_bar = np.zeros((1, 1, 4, 4))
    for entry, delta in DELTAS.items():
        y_bar[0, 0][entry] = delta
    return y_bar


def test_the_filter_gradient_is_the_sum_of_the_patches_under_the_four_cotangents():
    """w̄[0,0] = .0686·.88 + .0364·.62 + .0467·.20 − .0681·.70 = .044606, and so on."""
    _, pullback = pb.vjp(lambda w, b: pb.conv2d(IMAGE[None, None], w, b), np.zeros((1, 1, 2, 2)), np.zeros(1))
    w_bar, b_bar = pullback(cotangent_of_four_entries())
    np.testing.assert_allclose(w_bar[0, 0], [[0.044606, 0.094061], [0.011262, 0.068288]], atol=1e-12)
    np.testing.assert_allclose(b_bar, [0.0836], atol=1e-12)  # .0686 + .0364 + .0467 − .0681


def test_deltas_pass_through_weights_pooling_and_sigmoid():
    """z (4×4) → sigmoid → max pool 2×2 → two outputs, whose cotangents are 0.25 and −0.15.

    A pooled unit of value a with weights u, v to the two outputs sends (0.25·u − 0.15·v)·a·(1−a) to its winner.
    """
    winners = [(1, 1), (0, 2), (2, 1), (3, 3)]  # in the order of the windows
    a = np.array([0.58, 0.50, 0.50, 0.50])
    u, v = np.array([0.61, 1.10, 0.80, -0.90]), np.array([0.02, 0.004, 0.088, 0.316])
    z = np.full((4, 4), -3.0)
    for entry, value in zip(winners, a, strict=True):
        z[entry] = np.log(value / (1 - value))

    def outputs(z):
        activated = 1 / (1 + np.exp(-z))
        return pb.linear(pb.max_pool2d(activated[None, None], 2).reshape(1, 4), np.stack([u, v]))

    _, pullback = pb.vjp(outputs, z)
    (z_bar,) = pullback(np.array([[0.25, -0.15]]))
    expected = np.zeros((4, 4))
    expected[1, 1] = (0.25 * 0.61 - 0.15 * 0.02) * 0.58 * 0.42
    expected[0, 2] = (0.25 * 1.10 - 0.15 * 0.004) * 0.50 * 0.50
    expected[2, 1] = (0.25 * 0.80 - 0.15 * 0.088) * 0.50 * 0.50
    expected[3, 3] = (0.25 * -0.90 - 0.15 * 0.316) * 0.50 * 0.50
    np.testing.assert_allclose(z_bar, expected, atol=1e-15)
    assert z_bar[1, 1] == pytest.approx(0.0364182, abs=1e-12)
    assert {k: round(float(z_bar[k]), 4) for k in DELTAS} == DELTAS


# Channels, strides, borders


def test_the_input_gradient_of_a_3x3x3_image_is_a_full_convolution_channel_by_channel():
    """One 2×2×3 filter gives 2×2 outputs; channel i of x̄ is ȳ convolved with channel i of the filter."""
    x, w = RNG.integers(-4, 5, (1, 3, 3, 3)).astype(float), RNG.integers(-4, 5, (1, 3, 2, 2)).astype(float)
    y_bar = np.array([[[[1.0, -2.0], [3.0, 4.0]]]])
    y, pullback = pb.vjp(pb.conv2d, x, w)
    x_bar, w_bar = pullback(y_bar)
    assert y.shape == (1, 1, 2, 2)
    assert x_bar.shape == (1, 3, 3, 3)
    for i in range(3):
        np.testing.assert_array_equal(x_bar[0, i], convolve2d(y_bar[0, 0], w[0, i], mode="full"))
        np.testing.assert_array_equal(w_bar[0, i], correlate2d(x[0, i], y_bar[0, 0], mode="valid"))
    # The corners see one product each: x̄[i,0,0] = ȳ[0,0]·w[i,0,0], x̄[i,2,2] = ȳ[1,1]·w[i,1,1]
    np.testing.assert_array_equal(x_bar[0, :, 0, 0], 1.0 * w[0, :, 0, 0])
    np.testing.assert_array_equal(x_bar[0, :, 2, 2], 4.0 * w[0, :, 1, 1])


def test_with_stride_2_both_gradients_see_the_cotangent_dilated_by_2():
    """3×7×7 under 3×3×3 with stride 2 gives 3×3; ȳ with zeros between its entries is 5×5."""
    x, w = RNG.integers(-4, 5, (1, 3, 7, 7)).astype(float), RNG.integers(-4, 5, (1, 3, 3, 3)).astype(float)
    y, pullback = pb.vjp(lambda x, w: pb.conv2d(x, w, stride=2), x, w)
    y_bar = RNG.integers(-4, 5, (1, 1, 3, 3)).astype(float)
    x_bar, w_bar = pullback(y_bar)
    dilated = np.zeros((5, 5))
    dilated[::2, ::2] = y_bar[0, 0]
    assert y.shape == (1, 1, 3, 3)
    for i in range(3):
        np.testing.assert_array_equal(y[0, 0], sum(correlate2d(x[0, k], w[0, k], "valid") for k in range(3))[::2, ::2])
        np.testing.assert_array_equal(w_bar[0, i], correlate2d(x[0, i], dilated, mode="valid"))
        np.testing.assert_array_equal(x_bar[0, i], convolve2d(dilated, w[0, i], mode="full"))


def test_an_untied_bias_of_25x25_gets_one_gradient_per_position():
    """25×25×48 → 25×25×1 with padding "same": b̄[o,p,q] is the sum over the batch alone."""
    x, w = RNG.standard_normal((2, 48, 25, 25)), RNG.standard_normal((1, 48, 5, 5))
    y, pullback = pb.vjp(lambda b: pb.conv2d(x, w, b, padding="same"), np.zeros((1, 25, 25)))
    y_bar = RNG.integers(-4, 5, (2, 1, 25, 25)).astype(float)
    assert y.shape == (2, 1, 25, 25)
    np.testing.assert_array_equal(pullback(y_bar)[0], y_bar[0] + y_bar[1])
    # The tied bias b[o] adds all of them up.
    _, tied = pb.vjp(lambda b: pb.conv2d(x, w, b, padding="same"), np.zeros(1))
    np.testing.assert_array_equal(tied(y_bar)[0], [y_bar.sum()])


SQUARE = np.array(
    [
        [0, 0, 0, 0, 0],
        [0, 1, 1, 1, 0],
        [0, 1, 1, 1, 0],
        [0, 1, 1, 1, 0],
        [0, 0, 0, 0, 0],
    ]
)


def filtered(weights):
    return pb.conv2d(SQUARE[None, None].astype(float), np.array(weights, float)[None, None], padding=1)[0, 0]


def test_a_blur_of_a_square_fades_over_its_border():
    ninths = [[1, 2, 3, 2, 1], [2, 4, 6, 4, 2], [3, 6, 9, 6, 3], [2, 4, 6, 4, 2], [1, 2, 3, 2, 1]]
    np.testing.assert_allclose(filtered([[1 / 9] * 3] * 3), np.array(ninths) / 9, rtol=1e-15)


def test_the_laplacian_of_a_square_sees_its_border_alone():
    expected = [[0, 1, 1, 1, 0], [1, -2, -1, -2, 1], [1, -1, 0, -1, 1], [1, -2, -1, -2, 1], [0, 1, 1, 1, 0]]
    np.testing.assert_array_equal(filtered([[0, 1, 0], [1, -4, 1], [0, 1, 0]]), expected)


# Functions of the textbook


def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


@pytest.mark.parametrize("function", [softmax, pb.softmax], ids=["NumPy", "pb.softmax"])
def test_the_jacobian_of_softmax_is_p_times_delta_minus_p(function):
    x = np.log([1.0, 2.0, 3.0, 4.0])  # p = (0.1, 0.2, 0.3, 0.4)
    p = np.array([0.1, 0.2, 0.3, 0.4])
    expected = [[p[i] * ((i == j) - p[j]) for j in range(4)] for i in range(4)]
    np.testing.assert_allclose(function(x), p, rtol=1e-14)
    np.testing.assert_allclose(pb.jacobian(function)(x), expected, atol=1e-15)
    assert expected[0][0] == pytest.approx(0.09)
    assert expected[1][2] == pytest.approx(-0.06)


def test_the_derivative_of_twice_tanh_is_two_times_one_minus_tanh_squared():
    """tanh 0 = 0 gives 2; tanh ln 2 = (4−1)/(4+1) = 0.6 gives 2·(1 − 0.36) = 1.28."""
    g = pb.grad(lambda x: np.tanh(x) * 2)
    assert g(0.0) == 2.0
    assert g(np.log(2.0)) == pytest.approx(1.28, rel=1e-15)


def test_the_gradient_of_a_squared_error_with_weight_decay():
    """½|t−y|² + λ|w|² with y = w·x: w̄ = −(t−y)·x + 2λw. Here y = 0, so w̄ = −(1, 2) + 0.2·(0.5, −0.25)."""
    x, t, decay = np.array([1.0, 2.0]), 1.0, 0.1

    def loss(w):
        return 0.5 * (t - w @ x) ** 2 + decay * np.sum(w**2)

    value, w_bar = pb.value_and_grad(loss)(np.array([0.5, -0.25]))
    assert value == pytest.approx(0.5 + 0.1 * 0.3125)
    np.testing.assert_allclose(w_bar, [-0.9, -2.05], rtol=1e-15)


# What convolutional layers are made for


def test_a_shifted_image_gives_the_shifted_output_away_from_the_borders():
    x, w = RNG.standard_normal((1, 2, 9, 9)), RNG.standard_normal((3, 2, 3, 3))
    shifted = np.roll(x, (2, 1), axis=(2, 3))
    y, z = pb.conv2d(x, w, padding=1), pb.conv2d(shifted, w, padding=1)
    # Rows 3..7 and columns 2..7 of the shifted output read nothing that wrapped around and no padding.
    np.testing.assert_allclose(z[:, :, 3:8, 2:8], y[:, :, 1:6, 1:7], rtol=1e-13)
    assert not np.allclose(z[:, :, :2], np.roll(y, (2, 1), axis=(2, 3))[:, :, :2])


@pytest.mark.parametrize(("layers", "field"), [(1, 3), (2, 5), (3, 7)])
def test_the_receptive_field_of_stacked_3x3_layers_is_3_5_7(layers, field):
    """The entries of the image that the middle of the output depends on: those where its gradient is not 0."""
    weights = [RNG.uniform(0.1, 1.0, (1, 1, 3, 3)) for _ in range(layers)]

    def middle(x):
        for w in weights:
            x = pb.conv2d(x, w, padding=1)
        return x[0, 0, 5, 5]

    reached = pb.grad(middle)(np.zeros((1, 1, 11, 11)))[0, 0] != 0
    expected = np.zeros((11, 11), bool)
    low, high = 5 - field // 2, 5 + field // 2 + 1
    expected[low:high, low:high] = True
    np.testing.assert_array_equal(reached, expected)


# Why weights begin at random


def train(w1, steps=5):
    x, t = RNG.standard_normal((8, 3)), RNG.standard_normal((8, 1))
    p = {"w1": w1, "b1": np.zeros(2), "w2": np.full((1, 2), 0.3)}

    def loss(p):
        hidden = np.tanh(pb.linear(x, p["w1"], p["b1"]))
        return np.mean((pb.linear(hidden, p["w2"]) - t) ** 2)

    for _ in range(steps):
        g = pb.grad(loss)(p)
        p = {k: p[k] - 0.5 * g[k] for k in p}
    return p


def test_hidden_units_that_begin_equal_stay_equal():
    begun = np.tile([0.2, -0.1, 0.4], (2, 1))
    p = train(begun)
    assert not np.allclose(p["w1"], begun)
    np.testing.assert_allclose(p["w1"][0], p["w1"][1], rtol=1e-12)
    np.testing.assert_allclose(p["b1"][0], p["b1"][1], rtol=1e-12)
    np.testing.assert_allclose(p["w2"][0, 0], p["w2"][0, 1], rtol=1e-12)


def test_hidden_units_that_begin_apart_stay_apart():
    p = train(np.array([[0.2, -0.1, 0.4], [0.21, -0.1, 0.4]]))
    assert np.abs(p["w1"][0] - p["w1"][1]).max() > 1e-3
