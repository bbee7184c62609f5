"""Every mistake that a diagnosis can name is recognised on numbers that were made wrong by hand."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import pullback as pb
from diagnose.wrong import conv, filter_gradient, input_gradient, numbers
from pullback import nn
from pullback.diagnose import MISTAKES, diagnose


def recognised(trace, name, claimed, key, **options):
    """The mistake is named first, alone or among those that give the same numbers."""
    found = diagnose(trace, name, claimed, **options)
    assert found.verdict == "mistake", str(found)
    first = found.findings[0]
    named = {*(m.key for m in first.mistakes), *(m.key for m in first.indistinguishable)}
    assert key in named, f"{key} not in {named}\n{found}"
    assert len(first.mistakes) == 1
    return found


X, W, B = numbers(2, 3, 7, 6), numbers(4, 3, 3, 2), numbers(4)
Y_BAR = numbers(2, 4, 5, 5)


@pytest.fixture(scope="module")
def plain():
    """Two images of 3 channels, 4 filters of 3×2."""
    return conv(X, W, Y_BAR, B)


@pytest.mark.parametrize(
    ("claimed", "key"),
    [
        (Y_BAR.sum((0, 2, 3)) / 25, "mean-over-positions"),
        (Y_BAR.sum((0, 2, 3)) / 2, "mean-over-batch"),
        (Y_BAR.mean((0, 2, 3)), "mean-instead-of-sum"),
        (Y_BAR.sum((2, 3)), "batch-not-summed"),
        (Y_BAR.sum(0), "positions-not-summed"),
        (Y_BAR, "nothing-summed"),
        (Y_BAR.sum((0, 2, 3)) * 6, "bias-per-tap"),
        (Y_BAR.sum((0, 2, 3)) * 18, "bias-per-tap"),
        (Y_BAR[-1].sum((1, 2)), "overwritten"),
        (Y_BAR[0].sum((1, 2)), "only-first"),
        (Y_BAR[:, :, :-1].sum((0, 2, 3)), "one-left-out"),
        (np.full(4, Y_BAR.sum()), "summed-over-channels"),
        (-Y_BAR.sum((0, 2, 3)), "sign"),
        (2 * Y_BAR.sum((0, 2, 3)), "factor-2"),
        (Y_BAR.sum((0, 2, 3)) / 2, "factor-half"),
        (0.01 * Y_BAR.sum((0, 2, 3)), "learning-rate-included"),
        (-0.01 * Y_BAR.sum((0, 2, 3)), "update-given"),
        (B - 0.1 * Y_BAR.sum((0, 2, 3)), "parameter-after-update"),
        (B + 0.1 * Y_BAR.sum((0, 2, 3)), "update-with-plus"),
    ],
)
def test_wrong_gradients_of_a_bias(plain, claimed, key):
    recognised(plain, "x2", claimed, key)


def test_an_untied_bias_is_not_summed_over_the_positions():
    bias = numbers(4, 5, 5)
    run = conv(X, W, Y_BAR, bias)
    recognised(run, "x2", Y_BAR.sum((0, 2, 3)), "summed-over-positions")


def test_wrong_gradients_of_a_filter(plain):
    right = filter_gradient(X, Y_BAR, (3, 2))
    np.testing.assert_allclose(plain.grads["x1"], right)
    recognised(plain, "x1", right[..., ::-1, ::-1], "gradient-rotated")
    recognised(plain, "x1", right.swapaxes(2, 3), "gradient-transposed")
    recognised(plain, "x1", right.swapaxes(0, 1), "channels-swapped")
    recognised(plain, "x1", right.swapaxes(0, 1)[..., ::-1, ::-1], "arguments-swapped")
    recognised(plain, "x1", np.broadcast_to(right.sum(1, keepdims=True), right.shape), "summed-over-channels")
    recognised(plain, "x1", np.broadcast_to(right[:, :1], right.shape), "identical-over-channels")
    padded = np.pad(X, ((0, 0), (0, 0), (4, 4), (4, 4)))
    full = filter_gradient(padded, Y_BAR, (11, 10))
    recognised(plain, "x1", full, "full-instead-of-valid")
    same = filter_gradient(np.pad(X, ((0, 0), (0, 0), (2, 2), (2, 2))), Y_BAR, (7, 6))
    recognised(plain, "x1", same, "same-padding-used")


def test_wrong_gradients_of_an_image(plain):
    right = input_gradient(Y_BAR, W, (7, 6))
    np.testing.assert_allclose(plain.grads["x0"], right)
    recognised(plain, "x0", input_gradient(Y_BAR, W[..., ::-1, ::-1], (7, 6)), "filter-flipped")
    recognised(plain, "x0", _assigned(), "overlaps-assigned")
    recognised(plain, "x0", input_gradient(Y_BAR[:, :1], W[:1], (7, 6)), "only-one-channel")
    recognised(plain, "x0", right[:, :, 2:-2, 1:-1], "valid-instead-of-full")
    recognised(plain, "x0", input_gradient(Y_BAR, W, (7, 6), padding=1), "shifted-by-one")


def _assigned():
    """Window by window, each the sum over the filters, written over what was there."""
    x_bar = np.zeros(X.shape)
    for p, q in np.ndindex(5, 5):
        x_bar[:, :, p : p + 3, q : q + 2] = np.einsum("no,oirs->nirs", Y_BAR[:, :, p, q], W)
    return x_bar


def test_the_filter_transposed():
    w = numbers(2, 2, 3, 3)
    y_bar = numbers(1, 2, 4, 4)
    run = conv(numbers(1, 2, 6, 6), w, y_bar)
    recognised(run, "x0", input_gradient(y_bar, w.swapaxes(2, 3), (6, 6)), "filter-transposed")
    recognised(run, "x0", input_gradient(y_bar, w.swapaxes(0, 1), (6, 6)), "channels-swapped")


def test_a_stride_that_was_not_dilated():
    x, w, y_bar = numbers(2, 2, 7, 9), numbers(3, 2, 3, 3), numbers(2, 3, 3, 4)
    run = conv(x, w, y_bar, stride=2)
    recognised(run, "x1", filter_gradient(x, y_bar, (3, 3)), "stride-not-dilated")
    recognised(run, "x0", input_gradient(y_bar, w, (7, 9)), "stride-not-dilated")
    exchanged = np.zeros((3, 2, 3, 3))
    for p, q in np.ndindex(3, 4):
        for r, s in np.ndindex(3, 3):
            if p + 2 * r < 7 and q + 2 * s < 9:
                exchanged[:, :, r, s] += np.einsum("no,ni->oi", y_bar[:, :, p, q], x[:, :, p + 2 * r, q + 2 * s])
    recognised(run, "x1", exchanged, "stride-and-dilation-not-exchanged")


def test_a_dilation_that_was_ignored():
    x, w, y_bar = numbers(1, 2, 8, 9), numbers(2, 2, 3, 3), numbers(1, 2, 4, 5)
    run = conv(x, w, y_bar, dilation=2)
    recognised(run, "x1", filter_gradient(x, y_bar, (3, 3)), "dilation-ignored")


def test_a_padding_that_was_ignored_not_cropped_or_cropped_at_the_wrong_end():
    x, w, y_bar = numbers(1, 2, 6, 7), numbers(2, 2, 3, 3), numbers(1, 2, 8, 9)
    run = conv(x, w, y_bar, padding=2)
    recognised(run, "x1", filter_gradient(x, y_bar, (3, 3)), "padding-ignored")
    whole = input_gradient(y_bar, w, (10, 11))
    recognised(run, "x0", whole, "padding-not-cropped")
    recognised(run, "x0", whole[:, :, 4:, 4:], "padding-wrong-side")


def test_leftover_rows():
    x, w, y_bar = numbers(2, 2, 8, 8), numbers(3, 2, 3, 3), numbers(2, 3, 3, 3)
    run = conv(x, w, y_bar, stride=2)
    right = input_gradient(y_bar, w, (8, 8), stride=2)
    recognised(run, "x0", right[:, :, :7, :7], "leftover-rows")
    recognised(run, "x0", np.pad(right[:, :, :7, :7], ((0, 0), (0, 0), (0, 1), (0, 1)), mode="edge"), "leftover-rows")
    recognised(run, "x1", filter_gradient(x, y_bar, (4, 4), stride=2), "leftover-rows")


def test_groups_that_were_ignored():
    x, w, y_bar = numbers(2, 4, 5, 5), numbers(4, 2, 3, 3), numbers(2, 4, 3, 3)
    run = conv(x, w, y_bar, groups=2)
    first = np.concatenate([x[:, :2], x[:, :2]], axis=1)
    halves = [filter_gradient(first[:, 2 * g : 2 * g + 2], y_bar[:, 2 * g : 2 * g + 2], (3, 3)) for g in (0, 1)]
    recognised(run, "x1", np.concatenate(halves), "groups-ignored")
    recognised(run, "x1", filter_gradient(x, y_bar, (3, 3)), "groups-ignored")


def test_a_border_that_was_not_folded_back():
    x, y_bar = numbers(1, 1, 4, 5), numbers(1, 1, 8, 9)
    run = pb.trace(lambda x: pb.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)), "reflect"), (x,), cotangent=y_bar)
    recognised(run, "x", y_bar[:, :, 2:-2, 2:-2], "border-not-folded-back")


POOLED = np.array([[1.0, 5, 2, 0], [3, 4, 8, 8], [7, 1, 3, 2], [0, 6, 9, 4]])[None, None]
POOL_BAR = np.array([[0.7, -1.3], [2.1, 0.4]])[None, None]


def _put(*places, share=1.0):
    """ȳ at the places given for each of the four windows."""
    x_bar = np.zeros((1, 1, 4, 4))
    for window, rows in zip(np.ndindex(2, 2), places, strict=True):
        for h, v in rows:
            x_bar[0, 0, h, v] += share * POOL_BAR[(0, 0, *window)]
    return x_bar


ALL = [[(2 * p + r, 2 * q + s) for r, s in np.ndindex(2, 2)] for p, q in np.ndindex(2, 2)]


@pytest.mark.parametrize(
    ("claimed", "key"),
    [
        (_put(*ALL), "to-every-position"),
        (_put(*ALL, share=0.25), "split-evenly"),
        (_put([(0, 1)], [(1, 2), (1, 3)], [(2, 0)], [(3, 2)]), "to-all-ties"),
        (_put([(0, 0)], [(0, 3)], [(3, 0)], [(2, 3)]), "wrong-switch"),
        (_put([(0, 1)], [(1, 3)], [(2, 0)], [(3, 2)]), "wrong-switch"),
        (
            _put([(0, 1)], [(1, 2), (1, 3)], [(2, 0)], [(3, 2)]) - 0.5 * _put([], [(1, 2), (1, 3)], [], []),
            "split-among-ties",
        ),
    ],
)
def test_wrong_gradients_of_max_pooling(claimed, key):
    run = pb.trace(lambda x: pb.max_pool2d(x, 2), (POOLED,), cotangent=POOL_BAR)
    recognised(run, "x", claimed, key)


def test_overlapping_pools_that_assign():
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 1, 1] = 1
    x[0, 0, 0, 0] = 0.5
    y_bar = np.array([[1.1, 2.3], [3.7, 4.9]])[None, None]
    run = pb.trace(lambda x: pb.max_pool2d(x, 2, stride=1), (x,), cotangent=y_bar)
    claimed = np.zeros((1, 1, 3, 3))
    claimed[0, 0, 1, 1] = 4.9
    recognised(run, "x", claimed, "overlaps-assigned")


def test_wrong_gradients_of_average_pooling():
    run = pb.trace(lambda x: pb.avg_pool2d(x, 2), (POOLED,), cotangent=POOL_BAR)
    recognised(run, "x", _put(*ALL), "average-not-divided")
    recognised(run, "x", _put(*ALL, share=1 / 16), "divided-twice")
    recognised(run, "x", _put(*([places[0]] for places in ALL)), "average-as-maximum")
    padded = pb.trace(lambda x: pb.avg_pool2d(x, 2, padding=1), (POOLED,), cotangent=np.ones((1, 1, 3, 3)))
    claimed = np.full((1, 1, 4, 4), 0.25)
    claimed[0, 0, 0, 0] = claimed[0, 0, 0, 3] = claimed[0, 0, 3, 0] = claimed[0, 0, 3, 3] = 1.0
    claimed[0, 0, 0, 1:3] = claimed[0, 0, 3, 1:3] = claimed[0, 0, 1:3, 0] = claimed[0, 0, 1:3, 3] = 0.5
    recognised(padded, "x", claimed, "padding-not-counted")
    # Every window of 3×3 at a corner of a 3×3 image holds 4 entries of it: 1/4 for 1/9 everywhere.
    corners = numbers(1, 1, 2, 2)
    alike = pb.trace(lambda x: pb.avg_pool2d(x, 3, stride=2, padding=1), (numbers(1, 1, 3, 3),), cotangent=corners)
    (a, b), (c, d) = corners[0, 0]
    nine = [[a, a + b, b], [a + c, a + b + c + d, b + d], [c, c + d, d]]
    np.testing.assert_allclose(alike.grads["x"][0, 0], np.array(nine) / 9)
    recognised(alike, "x", np.array(nine)[None, None] / 4, "padding-not-counted")


V, V_BAR = numbers(3, 4), numbers(3, 4, seed=1)


def _sigma(x):
    return 1 / (1 + np.exp(-x))


def test_wrong_derivatives_of_a_sigmoid():
    run = pb.trace(lambda x: pb.sigmoid(x), (V,), cotangent=V_BAR)
    recognised(run, "x", V_BAR, "derivative-left-out")
    s = _sigma(V)
    recognised(run, "x", V_BAR * s, "function-for-derivative")
    recognised(run, "x", V_BAR * V * (1 - V), "derivative-at-input")
    recognised(run, "x", V_BAR * _sigma(s) * (1 - _sigma(s)), "derivative-at-output")


def test_wrong_derivatives_of_tanh_and_relu():
    scaled = pb.trace(lambda x: 2 * pb.tanh(x), (V,), cotangent=V_BAR)
    recognised(scaled, "x", V_BAR * (1 - np.tanh(V) ** 2), "output-scale-left-out")
    recognised(scaled, "x", 2 * V_BAR * (1 - np.tanh(V)), "square-left-out")
    rectified = pb.trace(lambda x: pb.relu(x), (V,), cotangent=V_BAR)
    recognised(rectified, "x", V_BAR * (V_BAR > 0), "mask-of-cotangent")
    u = numbers(3, 4, seed=2)
    two = pb.trace(lambda x, u: pb.relu(x) + u, (V, u), cotangent=V_BAR)
    recognised(two, "x", V_BAR * (u > 0), "mask-of-wrong-tensor")


def _softmax(x):
    e = np.exp(x)
    return e / e.sum(-1, keepdims=True)


def test_wrong_gradients_of_softmax_and_cross_entropy():
    y = _softmax(V)
    run = pb.trace(lambda x: pb.softmax(x), (V,), cotangent=V_BAR)
    recognised(run, "x", V_BAR * y * (1 - y), "jacobian-diagonal")
    recognised(run, "x", V_BAR * y, "softmax-not-subtracted")
    labels = np.array([2, 0, 3])
    hot = np.eye(4)[labels]
    loss = pb.trace(lambda x: pb.cross_entropy(x, labels), (V,))
    right = (y - hot) / 3
    np.testing.assert_allclose(loss.grads["x"], right)
    recognised(loss, "x", -hot / 3, "softmax-not-subtracted")
    recognised(loss, "x", y / 3, "softmax-not-subtracted")
    recognised(loss, "x", right * 3, "batch-mean-missing")
    recognised(loss, "x", right / 3, "batch-mean-doubled")
    recognised(loss, "x", right / 4, "mean-over-classes")


def test_as_many_classes_as_samples_make_two_means_indistinguishable():
    """Divided by 4 once more: for the 4 samples again, or for the 4 classes."""
    scores, labels = numbers(4, 4), np.array([2, 0, 3, 1])
    difference = _softmax(scores) - np.eye(4)[labels]
    mean = pb.trace(lambda x: pb.cross_entropy(x, labels), (scores,))
    recognised(mean, "x", difference / 16, "mean-over-classes")
    recognised(mean, "x", difference / 16, "batch-mean-doubled")
    total = pb.trace(lambda x: pb.cross_entropy(x, labels, reduction="sum"), (scores,))
    recognised(total, "x", difference / 4, "mean-over-classes")
    recognised(total, "x", difference / 4, "mean-over-batch")
    one = pb.trace(lambda x: pb.cross_entropy(x, labels[:1]), (scores[:1],))
    recognised(one, "x", difference[:1] / 4, "mean-over-classes")


def test_a_denominator_left_out_of_the_binary_cross_entropy_of_probabilities():
    p, t = 1 / (1 + np.exp(-V)), (V_BAR > 0) * 1.0
    run = pb.trace(lambda p: pb.binary_cross_entropy(p, t), (p,))
    np.testing.assert_allclose(run.grads["p"], (p - t) / (p * (1 - p)) / p.size)
    recognised(run, "p", (p - t) / p.size, "denominator-left-out")


def test_the_scale_of_dropout_left_out():
    run = pb.trace(lambda x: pb.dropout(x, 0.3, (1, 0)), (V,), cotangent=V_BAR)
    kept = run.grads["x"] != 0
    assert 0 < kept.sum() < kept.size
    np.testing.assert_allclose(run.grads["x"], V_BAR * kept / 0.7)
    recognised(run, "x", V_BAR * kept, "output-scale-left-out")
    half = pb.trace(lambda x: pb.dropout(x, 0.5, (1, 0)), (V,), cotangent=V_BAR)
    recognised(half, "x", half.grads["x"] / 2, "output-scale-left-out")
    recognised(half, "x", half.grads["x"] / 2, "factor-half")


def test_wrong_gradients_of_a_penalty():
    w, x = numbers(4), numbers(4, seed=3)
    run = pb.trace(lambda w, x: np.sum(w * x) ** 2 + 0.3 * np.sum(w**2), (w, x))
    data = 2 * np.sum(w * x) * x
    np.testing.assert_allclose(run.grads["w"], data + 0.6 * w)
    recognised(run, "w", data, "regularisation-missing")
    recognised(run, "w", 0.6 * w, "data-term-missing")
    recognised(run, "w", data + 0.3 * w, "regularisation-factor")
    recognised(run, "w", data + 2 * w, "regularisation-factor")


def test_mistakes_of_whole_passes():
    net = nn.Sequential(a=nn.Linear(3, 3), act=nn.Tanh(), b=nn.Linear(3, 3))
    run = pb.trace(net, numbers(5, 3), numbers(5, 3, seed=4), loss=pb.mse_loss)
    recognised(run, "a.weight", run.grads["b.weight"], "another-layer")
    before = numbers(3, 3, seed=5)
    recognised(run, "a.weight", run.grads["a.weight"] + before, "not-zeroed", previous=before)
    recognised(run, "a.weight", before, "previous-step", previous=before)


def test_one_tensor_for_another_and_a_path_left_out():
    x, w = numbers(3, 3), numbers(3, 3, seed=1)
    y_bar = numbers(3, 3, seed=2)
    run = pb.trace(lambda x, w: pb.relu(x) @ w, (x, w), cotangent=y_bar)
    recognised(run, "w", x.T @ y_bar, "wrong-tensor")
    twice = pb.trace(lambda x: np.sin(x) + x * x, (x,), cotangent=y_bar)
    recognised(twice, "x", y_bar * np.cos(x), "path-left-out")
    recognised(twice, "x", y_bar * (np.cos(x) - 2 * x), "sign-of-one-term")


def test_a_derivative_taken_at_the_first_of_many_layers_of_one_size():
    x, bars = numbers(4, 4), numbers(4, 4, seed=1)
    w = [numbers(4, 4, seed=k) for k in range(2, 9)]

    def layers(x, *w):
        for each in w:
            x = np.tanh(x @ each)
        return x

    run = pb.trace(layers, (x, *w), cotangent=bars)
    inner, values = [], [x]
    for each in w:
        inner.append(values[-1] @ each)
        values.append(np.tanh(inner[-1]))
    wrong = bars
    for each, read in zip(w[::-1], (inner[0], *inner[-2::-1]), strict=True):
        wrong = (wrong * (1 - np.tanh(read) ** 2)) @ each.T
    recognised(run, "x", wrong, "mask-of-wrong-tensor")


def test_entries_reshaped_in_another_order():
    y_bar = numbers(2, 12)
    run = pb.trace(lambda x: pb.flatten(x), (numbers(2, 3, 2, 2),), cotangent=y_bar)
    recognised(run, "x", np.stack([row.reshape((3, 2, 2), order="F") for row in y_bar]), "reshaped-in-another-order")


def test_float32_loses_what_cancels():
    """Σ ȳ·x with x near 10⁴ and Σ ȳ near 0: float32 keeps 3 digits of each term's part that counts."""
    rng = np.random.default_rng(0)
    x = 1e4 + rng.standard_normal((2000, 1))
    y_bar = rng.standard_normal((2000, 3))
    y_bar -= y_bar.mean(0)
    run = pb.trace(lambda x, w: x @ w, (x, numbers(1, 3)), cotangent=y_bar)
    claimed = np.zeros((1, 3), np.float32)
    for row, bar in zip(x.astype(np.float32), y_bar.astype(np.float32), strict=True):
        claimed += row[:, None] * bar
    assert np.abs(claimed / run.grads["w"] - 1).max() > 1e-5
    recognised(run, "w", claimed.astype(np.float64), "float32-cancellation")


def unnamed(keys):
    """The keys that no test of this file names."""
    constants = (node for node in ast.walk(ast.parse(Path(__file__).read_text())) if isinstance(node, ast.Constant))
    return set(keys) - {node.value for node in constants}


def test_every_mistake_has_a_test_above():
    """Tests may run in several processes: so it is asked what they say, not what they did."""
    assert unnamed(MISTAKES) == set()
    unknown = "-".join(["filter", "eaten"])
    assert unnamed([*MISTAKES, unknown]) == {unknown}
