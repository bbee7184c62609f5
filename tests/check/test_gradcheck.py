"""The gradient check as a whole: right gradients pass, wrong ones do not, and the report says what is wrong."""

import json

import numpy as np
import pytest

import pullback as pb
from pullback.check import gradcheck

RNG = np.random.default_rng(11)


def log_sum_exp(x):
    m = x.real.max()
    return m + np.log(np.sum(np.exp(x - m)))


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def centred(x):
    return (x + 1e6) - np.mean(x + 1e6)


# Name, function, the derivative worked by hand as backward(y_bar, x), point.
CASES = [
    ("x^9", lambda x: x**9, lambda y, x: 9 * x**8 * y, RNG.standard_normal(6) * 3),
    ("x^9 at 0", lambda x: x**9, lambda y, x: 9 * x**8 * y, np.zeros(2)),
    ("exp(20x)", lambda x: np.exp(20 * x), lambda y, x: 20 * np.exp(20 * x) * y, np.linspace(-5, 5, 7)),
    ("1/x near 0", lambda x: 1 / x, lambda y, x: -y / x**2, np.array([1e-3, 1.0, -1e-6, 1e-9, 1e6])),
    ("offset 1e10", lambda x: np.sum(x * x) + 1e10, lambda y, x: 2 * x * y, np.array([1.0, 2.0, 1e-3])),
    ("offset taken away", lambda x: (x + 1e8) - 1e8, lambda y, x: y * 1.0, RNG.standard_normal(4)),
    ("variance far from 0", lambda x: np.mean(centred(x) ** 2), lambda y, x: 2 * centred(x) / 7 * y, RNG.random(7)),
    ("log-sum-exp of ±1000", log_sum_exp, lambda y, x: y * softmax(x), np.array([1000.0, 999.0, -1000.0])),
    ("sqrt near 0", np.sqrt, lambda y, x: y / 2 / np.sqrt(x), np.array([1e-8, 1e-3, 1.0, 1e-12])),
    ("fast", lambda x: np.sin(1e6 * x), lambda y, x: y * 1e6 * np.cos(1e6 * x), RNG.standard_normal(4)),
    ("|x|^1.5", lambda x: np.abs(x) ** 1.5, lambda y, x: y * 1.5 * np.abs(x) ** 0.5 * np.sign(x), np.arange(-1.0, 3)),
    ("saturated", np.tanh, lambda y, x: y / np.cosh(x) ** 2, np.array([15.0, 20.0, -30.0, 0.1])),
    (
        "norm near 0",
        lambda x: np.sqrt(np.sum(x * x)),
        lambda y, x: y * x / np.sqrt(np.sum(x * x)),
        np.array([1e-8, 2e-8]),
    ),
    ("product", np.prod, lambda y, x: y * np.prod(x) / x, RNG.standard_normal(8) * 5),
    ("steep", lambda x: np.arctan(1e5 * x), lambda y, x: y * 1e5 / (1 + 1e10 * x * x), np.array([0.0, 1e-5, 1.0])),
    ("tiny", lambda x: 1e-200 * x**2, lambda y, x: 2e-200 * x * y, RNG.standard_normal(4)),
    ("huge", lambda x: 1e200 * x**2, lambda y, x: 2e200 * x * y, RNG.standard_normal(4)),
    ("float32 output", lambda x: x.astype(np.float32) ** 2, lambda y, x: 2 * x * y, RNG.standard_normal(5)),
    ("float32 inside", lambda x: np.float64(x.astype(np.float32) ** 2), lambda y, x: 2 * x * y, RNG.standard_normal(5)),
]
NAMES = [c[0] for c in CASES]
METHODS = ["auto", "central"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("name", "function", "backward", "x"), CASES, ids=NAMES)
def test_a_right_gradient_is_no_false_alarm(name, function, backward, x, method):
    report = gradcheck(function, (x,), backward=backward, method=method)
    assert report, str(report)
    assert report.arguments[0].undecided == 0


WRONG = {
    "a tenth of a percent": lambda g, k: g * 1.001,
    "one entry, a tenth of a percent": lambda g, k: g + 1e-3 * g * k,
    "the sign of one entry": lambda g, k: g - 2 * g * k,
    "one entry left out": lambda g, k: g - g * k,
    "one entry NaN": lambda g, k: np.where(k, np.nan, g),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
@pytest.mark.parametrize(("name", "function", "backward", "x"), CASES, ids=NAMES)
def test_a_wrong_gradient_is_caught(name, function, backward, x, wrong, method):
    ones = np.ones(np.shape(function(x)))
    if not np.any(backward(ones, x)):
        pytest.skip("the gradient is 0 at this point, and so is a multiple of it")
    worst = int(np.argmax(np.abs(backward(ones, x))))
    report = gradcheck(
        function, (x,), backward=lambda y, x: wrong(backward(y, x), np.arange(x.size) == worst), method=method
    )
    assert not report


def test_a_wrong_entry_is_named_with_its_numbers():
    """d/dx x² = 2x: at x = 3 the derivative is 6; 7 is claimed."""
    report = gradcheck(
        np.square, np.array([1.0, 3.0]), backward=lambda y, x: y * np.array([2.0, 7.0]), cotangent=[1, 1]
    )
    entry = report.arguments[0].worst[0]
    assert (entry.index, entry.got, entry.want) == ((1,), 7.0, 6.0)
    assert entry.ratio == pytest.approx(1 / entry.allowed)
    assert report.arguments[0].wrong == 1
    assert report.arguments[0].where == ("only entry [1]",)


X, W = RNG.standard_normal((2, 3, 7, 7)), RNG.standard_normal((4, 3, 3, 3))


def conv(x, w):
    return pb.conv2d(x, w, stride=2, padding=1)


def conv_backward(y_bar, x, w):
    return pb.vjp(conv, x, w)[1](y_bar)


@pytest.mark.parametrize("method", METHODS)
def test_a_traced_convolution_is_right(method):
    report = gradcheck(conv, (X, W), method=method, max_evaluations=6000)
    assert report
    assert [a.checked for a in report.arguments] == [X.size, W.size]
    assert report.method == ("complex" if method == "auto" else "central")


PATTERNS = [
    (lambda g: g[:, :, ::-1, ::-1], "reversed along axes 2 and 3", ()),
    (lambda g: g.swapaxes(2, 3), "axes in the order (0, 1, 3, 2)", ()),
    (lambda g: g / 2, "1/2; 2 is the length of axis 0 of x: a mean for a sum?", ("every entry",)),
    (lambda g: -g, "the sign is reversed", ("every entry",)),
    (lambda g: 0 * g, "got is 0 where it should not be", ("every entry",)),
    (lambda g: g * (np.arange(3) != 1)[:, None, None], "got is 0", ("where the index along axis 1 is 1",)),
    (lambda g: g * (np.arange(3) == 1), "got is 0", ("where the index along axis 3 is the first or the last",)),
    (
        lambda g: g.mean(1, keepdims=True) + 0 * g,
        "the mean over axis 1, the same for every index along it",
        (),
    ),
]


@pytest.mark.parametrize(("mistake", "what", "where"), PATTERNS, ids=[p[1] for p in PATTERNS])
def test_the_pattern_of_a_wrong_filter_gradient_is_named(mistake, what, where):
    def backward(y_bar, x, w):
        x_bar, w_bar = conv_backward(y_bar, x, w)
        return x_bar, mistake(w_bar)

    x, w = gradcheck(conv, (X, W), backward=backward).arguments
    assert x.ok
    assert not w.ok
    assert what in w.what[0]
    assert w.where == where


def test_a_cotangent_repeated_where_the_stride_skips_is_wrong_at_odd_entries():
    """y[p] = x[2p]: x̄[2p] = ȳ[p] and 0 between; the mistake repeats ȳ[p] there."""
    report = gradcheck(lambda x: x[::2], np.arange(1.0, 9.0), backward=lambda y_bar, x: np.repeat(y_bar, 2))
    assert report.arguments[0].what == ("got should be 0, in the wrong entries",)
    assert report.arguments[0].where[0] == "where the index along axis 0 is odd"


def test_a_border_that_was_forgotten_is_named():
    def backward(y_bar, x):
        x_bar = np.zeros_like(x)
        x_bar[:, 1:-1, 1:-1] = (3 * x**2 * y_bar)[:, 1:-1, 1:-1]
        return x_bar

    report = gradcheck(lambda x: x**3, RNG.standard_normal((2, 5, 6)), backward=backward)
    assert report.arguments[0].where[0] == "only at the border of axes 1 and 2, 1 wide"


def test_the_outputs_that_go_wrong_are_named():
    """The cotangent of the second row of y = A·x is left out."""
    matrix = RNG.standard_normal((3, 4))
    report = gradcheck(
        lambda x: matrix @ x, np.ones(4), backward=lambda y, x: matrix.T @ (y * np.array([1.0, 0.0, 1.0]))
    )
    assert "of the output: only entry [1]" in report.arguments[0].where


def test_a_backward_that_is_right_for_the_drawn_cotangent_alone_is_caught_by_the_jacobian():
    matrix = RNG.standard_normal((3, 3))

    def backward(y_bar, x):
        is_single = np.count_nonzero(y_bar) == 1
        return matrix.T @ (0 * y_bar if is_single else y_bar)

    report = gradcheck(lambda x: matrix @ x, np.ones(3), backward=backward)
    assert not report
    assert report.arguments[0].what == ("right for the cotangent drawn, but wrong for a cotangent of a single output",)


def test_a_function_that_is_not_complex_safe_is_checked_by_differences_and_the_report_says_so():
    report = gradcheck(np.abs, RNG.standard_normal(3), backward=lambda y, x: y * np.sign(x))
    assert report
    assert report.method == "central"
    assert "the imaginary part vanishes" in report.why


def test_a_cast_to_real_numbers_is_seen():
    def function(x):
        y = np.zeros(3)
        y[:] = x**2
        return y

    report = gradcheck(function, RNG.standard_normal(3), backward=lambda y, x: 2 * y * x)
    assert report
    assert (report.method, "ComplexWarning" in report.why) == ("central", True)


def test_half_a_complex_function_is_not_trusted():
    """|x₀| loses the imaginary part, x₁² keeps it."""
    report = gradcheck(
        lambda x: np.stack([np.abs(x[0]), x[1] ** 2]),
        np.array([-1.5, 2.0]),
        backward=lambda y, x: y * np.array([-1, 2 * x[1]]),
    )
    assert report, str(report)
    assert report.method == "central"


def test_a_traced_function_with_abs_takes_its_complex_step_on_the_graph():
    report = gradcheck(lambda x: np.abs(x) * x, RNG.standard_normal(3))
    assert report
    assert report.method == "complex"
    assert "on Pullback's graph" in report.why


def test_complex_step_and_differences_agree_on_a_network():
    net = pb.nn.Sequential(
        conv=pb.nn.Conv2d(1, 2, 3),
        relu=pb.nn.ReLU(),
        pool=pb.nn.MaxPool2d(2),
        flat=pb.nn.Flatten(),
        fc=pb.nn.Linear(8, 3),
    )
    x = RNG.standard_normal((2, 1, 6, 6))
    one, two = gradcheck(net, (x,)), gradcheck(net, (x,), method="central")
    assert (one.ok, two.ok, one.method, two.method) == (True, True, "complex", "central")
    assert [a.name for a in one.arguments] == ["conv.weight", "conv.bias", "fc.weight", "fc.bias", "x"]


def test_a_network_in_training_is_checked_with_its_batch_statistics_and_a_fixed_mask():
    net = pb.nn.Sequential(conv=pb.nn.Conv2d(1, 2, 3), bn=pb.nn.BatchNorm2d(2), drop=pb.nn.Dropout(0.5))
    report = gradcheck(net, (RNG.standard_normal((2, 1, 5, 5)),))
    assert report, str(report)


def test_a_graph_is_checked():
    graph = pb.make_graph(lambda x, y: np.tanh(x @ y), np.ones((2, 3)), np.ones((3, 2)))
    report = gradcheck(graph, (RNG.standard_normal((2, 3)), RNG.standard_normal((3, 2))))
    assert report
    assert [a.name for a in report.arguments] == ["x0", "x1"]


@pytest.mark.parametrize("method", METHODS)
def test_one_wrong_entry_of_ten_thousand_is_found_by_halving(method):
    x = RNG.standard_normal(10_000)

    def backward(y_bar, x):
        x_bar = y_bar * np.cos(x)
        x_bar[7321] *= 1.001
        return x_bar

    right = gradcheck(
        lambda x: np.sum(np.sin(x)), x, backward=lambda y, x: y * np.cos(x), max_evaluations=300, method=method
    )
    assert right, str(right)
    assert right.arguments[0].projected
    assert right.evaluations < 1000
    report = gradcheck(lambda x: np.sum(np.sin(x)), x, backward=backward, max_evaluations=300, method=method)
    assert report.arguments[0].worst[0].index == (7321,)
    assert report.evaluations < 2000


def test_small_arguments_are_compared_whole_beside_large_ones():
    report = gradcheck(lambda x, b: np.sum(x * x) + np.sum(b), (np.ones(5000), np.ones(3)), max_evaluations=100)
    assert [(a.checked, a.projected) for a in report.arguments] == [(97, True), (3, False)]


def test_the_same_seed_gives_the_same_report():
    one, two = (gradcheck(conv, (X, W), max_evaluations=50, seed=4) for _ in range(2))
    assert one == two


def test_functions_that_give_their_own_pullback_are_checked():
    assert gradcheck(lambda x: (np.sin(x), lambda y_bar: (y_bar * np.cos(x),)), RNG.standard_normal(4))
    assert not gradcheck(lambda x: (np.sin(x), lambda y_bar: (y_bar * np.sin(x),)), RNG.standard_normal(4))
    assert gradcheck(lambda x: pb.vjp(np.tanh, x), RNG.standard_normal(4), method="central")


def test_forward_and_backward_may_share_residuals():
    def forward(x, w):
        y = np.tanh(x @ w)
        return y, (x, w, y)

    def backward(y_bar, cache):
        x, w, y = cache
        z_bar = y_bar * (1 - y * y)
        return {"x": z_bar @ w.T, "w": x.T @ z_bar}

    args = RNG.standard_normal((2, 3)), RNG.standard_normal((3, 4))
    assert gradcheck(forward, args, backward=backward, residuals=True)
    assert not gradcheck(forward, args, backward=lambda g, c: {**backward(g, c), "w": 0 * c[1]}, residuals=True)


def test_cotangents_may_be_named_like_their_arguments_with_a_d():
    args = RNG.standard_normal((2, 3)), RNG.standard_normal((3, 4))
    assert gradcheck(np.matmul, args, backward=lambda g, x, w: (g @ w.T, x.T @ g))

    def product(x, w):
        return x @ w

    assert gradcheck(product, args, backward=lambda g, x, w: {"dw": x.T @ g, "dx": g @ w.T})


def test_nested_arguments_and_outputs_are_checked_by_path():
    def function(parameters, x):
        y = x @ parameters["w"] + parameters["b"]
        return {"y": y, "total": np.sum(y)}

    parameters = {"w": RNG.standard_normal((3, 2)), "b": RNG.standard_normal(2)}
    report = gradcheck(function, (parameters, RNG.standard_normal((4, 3))))
    assert report, str(report)
    assert [a.name for a in report.arguments] == ["parameters['w']", "parameters['b']", "x"]


def test_integers_are_left_alone_and_the_report_says_so():
    labels = np.array([0, 2])
    report = gradcheck(lambda x, t: pb.cross_entropy(x, t), (RNG.standard_normal((2, 3)), labels))
    assert report
    assert report.notes == ("t holds integers and is not differentiated; to check it, pass floats",)


def test_argnums_chooses_what_is_checked():
    wrong = gradcheck(conv, (X, W), backward=lambda g, x, w: (conv_backward(g, x, w)[0], 0 * w), argnums=0)
    assert wrong
    assert [a.name for a in wrong.arguments] == ["x"]
    assert not gradcheck(conv, (X, W), backward=lambda g, x, w: (conv_backward(g, x, w)[0], 0 * w), argnums=(1,))


def test_the_report_is_json():
    report = gradcheck(np.square, np.ones(2), backward=lambda y, x: y * np.nan)
    found = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert found["ok"] is False
    assert found["arguments"][0]["worst"][0]["got"] == "nan"


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"method": "exact"}, "no such method"),
        ({"framework": "tensorflow"}, "no such framework"),
        ({"argnums": 1}, "no such argument"),
        ({"argnums": ()}, "no such argument"),
        ({"max_evaluations": 0}, "positive whole number"),
        ({"residuals": True}, "needs backward"),
    ],
)
def test_options_that_do_not_exist_are_errors(options, match):
    with pytest.raises(pb.ArgumentError, match=match):
        gradcheck(np.sin, np.ones(2), **options)
