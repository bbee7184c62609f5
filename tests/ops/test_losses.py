from math import exp, log, log1p

import numpy as np
import pytest

from pullback.autodiff import grad, trace, value_and_grad, vjp
from pullback.errors import ArgumentError, ShapeError
from pullback.interpret import run
from pullback.ops import losses
from pullback.ops.activations import log_softmax, softmax

RNG = np.random.default_rng(3)
SCORES = np.log([[1.0, 2.0, 5.0], [4.0, 1.0, 3.0]])
SHARES = np.array([[1, 2, 5], [4, 1, 3]]) / 8


def by_hand(logits, target, weight=None, smoothing=0.0, reduction="mean", ignore=None, mean_weight=True):
    """Cross-entropy from its definition, label by label."""
    rows = np.moveaxis(logits, 1, -1).reshape(-1, logits.shape[1])
    classes = rows.shape[1]
    w = np.ones(classes) if weight is None else weight
    each, divisor = [], 0.0
    for row, t in zip(rows, target.ravel(), strict=True):
        if t == ignore:
            each.append(0.0)
            continue
        logp = [v - log(sum(exp(u) for u in row)) for v in row]
        spread = sum(-w[c] * logp[c] for c in range(classes))
        each.append((1 - smoothing) * -w[t] * logp[t] + smoothing / classes * spread)
        divisor += w[t] if mean_weight else 1
    if reduction == "none":
        return np.array(each).reshape(target.shape)
    return sum(each) / (divisor if reduction == "mean" else 1)


def test_cross_entropy_of_equal_scores_is_the_logarithm_of_the_number_of_classes():
    assert float(losses.cross_entropy(np.zeros((4, 3)), [0, 1, 2, 0])) == pytest.approx(log(3), rel=1e-15)


def test_cross_entropy_reads_minus_the_logarithm_of_the_label_s_share():
    found = losses.cross_entropy(SCORES, [2, 1], reduction="none")
    np.testing.assert_allclose(found, [log(8 / 5), log(8)], rtol=1e-14)
    assert float(losses.cross_entropy(SCORES, [2, 1])) == pytest.approx((log(8 / 5) + log(8)) / 2, rel=1e-14)
    assert float(losses.cross_entropy(SCORES, [2, 1], reduction="sum")) == pytest.approx(log(64 / 5), rel=1e-14)


def gradient_is_softmax_less_one_hot(loss):
    slopes = grad(loss)(SCORES)
    np.testing.assert_allclose(slopes, (SHARES - np.eye(3)[[2, 1]]) / 2, rtol=1e-13, atol=1e-15)


def test_the_gradient_of_cross_entropy_is_softmax_less_one_hot_over_n():
    gradient_is_softmax_less_one_hot(lambda z: losses.cross_entropy(z, [2, 1]))


def test_the_gradient_check_notices_a_missing_1_over_n_and_another_label():
    for reduction, labels in (("sum", [2, 1]), ("mean", [1, 1])):
        with pytest.raises(AssertionError):
            gradient_is_softmax_less_one_hot(lambda z, r=reduction, t=labels: losses.cross_entropy(z, t, reduction=r))


GRID = [
    {"reduction": r, "smoothing": s, "ignore": i, "weight": w}
    for r in ("mean", "sum", "none")
    for s in (0.0, 0.3)
    for i in (None, 1)
    for w in (None, np.array([0.5, 2.0, 1.25]))
]


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5), (2, 3, 2, 3)])
@pytest.mark.parametrize(
    "options", GRID, ids=lambda o: f"{o['reduction']}-{o['smoothing']}-{o['ignore']}-{o['weight'] is None}"
)
def test_cross_entropy_is_its_definition_label_by_label(shape, options):
    logits, target = RNG.standard_normal(shape) * 2, RNG.integers(0, 3, (shape[0], *shape[2:]))
    target.flat[0] = 2
    got = losses.cross_entropy(
        logits,
        target,
        weight=options["weight"],
        label_smoothing=options["smoothing"],
        reduction=options["reduction"],
        ignore_index=options["ignore"],
    )
    np.testing.assert_allclose(got, by_hand(logits, target, **options), rtol=1e-12)


def test_a_weighted_mean_divides_by_the_weights_of_the_labels_and_not_by_their_number():
    weight = np.array([1.0, 2.0, 3.0])
    # −log of the shares 5/8 and 1/8, times the weights 3 and 2
    expected = (3 * log(8 / 5) + 2 * log(8)) / 5
    assert float(losses.cross_entropy(SCORES, [2, 1], weight=weight)) == pytest.approx(expected, rel=1e-14)
    logits, target = RNG.standard_normal((6, 3)), np.array([0, 1, 2, 2, 1, 2])
    wrong = by_hand(logits, target, weight, mean_weight=False)
    assert float(losses.cross_entropy(logits, target, weight=weight)) != pytest.approx(wrong, rel=1e-3)


def test_smoothed_labels_are_a_mixture_of_the_label_and_all_classes():
    # 0.7 of the label's loss and 0.1 of each of the three
    expected = 0.7 * log(8 / 5) + 0.1 * (log(8) + log(4) + log(8 / 5))
    assert float(losses.cross_entropy(SCORES[:1], [2], label_smoothing=0.3)) == pytest.approx(expected, rel=1e-14)


def test_probabilities_as_target_mix_the_losses_of_the_classes():
    q = np.array([[0.5, 0.25, 0.25]])
    expected = 0.5 * log(8) + 0.25 * log(4) + 0.25 * log(8 / 5)
    assert float(losses.cross_entropy(SCORES[:1], q)) == pytest.approx(expected, rel=1e-14)
    weighted = 2 * 0.5 * log(8) + 3 * 0.25 * log(4) + 4 * 0.25 * log(8 / 5)
    assert float(losses.cross_entropy(SCORES[:1], q, weight=np.array([2.0, 3.0, 4.0]))) == pytest.approx(
        weighted, rel=1e-14
    )
    smoothed = losses.cross_entropy(SCORES[:1], q, label_smoothing=0.3)
    assert float(smoothed) == pytest.approx(float(losses.cross_entropy(SCORES[:1], 0.7 * q + 0.1)), rel=1e-14)
    assert float(smoothed) != pytest.approx(expected, rel=1e-3)


def test_one_hot_probabilities_give_the_loss_and_the_gradient_of_the_labels():
    one_hot = np.eye(3)[[2, 1]]
    for smoothing in (0.0, 0.2):
        soft = value_and_grad(lambda z, s=smoothing: losses.cross_entropy(z, one_hot, label_smoothing=s))(SCORES)
        hard = value_and_grad(lambda z, s=smoothing: losses.cross_entropy(z, [2, 1], label_smoothing=s))(SCORES)
        other = value_and_grad(lambda z, s=smoothing: losses.cross_entropy(z, [2, 0], label_smoothing=s))(SCORES)
        np.testing.assert_allclose(soft[0], hard[0], rtol=1e-14)
        np.testing.assert_allclose(soft[1], hard[1], rtol=1e-13, atol=1e-15)
        assert not np.allclose(soft[1], other[1])


def test_probability_0_of_an_impossible_class_costs_nothing_and_has_a_finite_gradient():
    logits = np.array([[0.0, -np.inf, 0.0]])
    with np.errstate(invalid="raise"):
        y, pull = vjp(losses.cross_entropy, logits, np.array([[1.0, 0.0, 0.0]]))
        logits_bar, _ = pull(np.ones(()))
    assert float(y) == pytest.approx(log(2), rel=1e-15)
    np.testing.assert_allclose(logits_bar, [[-0.5, 0, 0.5]], rtol=1e-14)
    assert float(losses.cross_entropy(logits, np.array([[0.5, 0.5, 0.0]]))) == np.inf


def test_the_gradient_by_the_target_probabilities_is_minus_log_p_also_at_probability_0():
    q_bar = grad(lambda q: losses.cross_entropy(SCORES, q, reduction="sum"))(np.eye(3)[[2, 1]])
    np.testing.assert_allclose(q_bar, -np.log(SHARES), rtol=1e-14)


def test_large_scores_do_not_overflow():
    logits = np.array([[1e4, 0.0, -1e4]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y, slope = value_and_grad(lambda z: losses.cross_entropy(z, [2]))(logits)
    assert float(y) == 2e4
    np.testing.assert_array_equal(slope, [[1, 0, -1]])


def test_an_unbatched_vector_of_scores_has_one_label():
    assert float(losses.cross_entropy(SCORES[0], 2)) == pytest.approx(log(8 / 5), rel=1e-14)


def test_nll_loss_of_log_softmax_is_cross_entropy():
    logits, target, weight = RNG.standard_normal((4, 3, 2)), RNG.integers(0, 3, (4, 2)), np.array([1.0, 2.0, 0.5])
    for reduction in ("mean", "sum", "none"):
        got = losses.nll_loss(log_softmax(logits, 1), target, weight, reduction)
        np.testing.assert_allclose(got, by_hand(logits, target, weight, reduction=reduction), rtol=1e-12)
        # A softmax over the positions instead of the classes.
        wrong = losses.nll_loss(log_softmax(logits, 2), target, weight, reduction)
        assert not np.allclose(wrong, by_hand(logits, target, weight, reduction=reduction))


def test_ignored_labels_have_neither_value_nor_gradient_even_at_infinite_scores():
    logits = np.array([[0.0, -np.inf, 0.0], *SCORES])
    target = np.array([-100, 2, 1])
    options = {"ignore_index": -100, "label_smoothing": 0.1}
    y, slope = value_and_grad(lambda z: losses.cross_entropy(z, target, **options))(logits)
    rest = value_and_grad(lambda z: losses.cross_entropy(z, target[1:], label_smoothing=0.1))(SCORES)
    np.testing.assert_allclose(y, rest[0], rtol=1e-14)
    np.testing.assert_allclose(slope, [[0, 0, 0], *rest[1]], rtol=1e-13, atol=1e-16)


def test_traced_labels_give_the_same_loss_and_one_outside_reads_0():
    graph = trace(lambda z, t: losses.cross_entropy(z, t, reduction="none"), SCORES, np.array([2, 1])).graph
    np.testing.assert_allclose(run(graph, [SCORES, np.array([2, 1])])[0], [log(8 / 5), log(8)], rtol=1e-14)
    np.testing.assert_allclose(run(graph, [SCORES, np.array([3, 1])])[0], [0, log(8)], rtol=1e-14)


def test_wrong_labels_are_named_with_their_place():
    with pytest.raises(ArgumentError, match=r"label out of range\n  got:  label 3 at \[1\]\n  need: 0 <= label < 3"):
        losses.cross_entropy(SCORES, [0, 3])
    with pytest.raises(ArgumentError, match=r"label -1 at \[1, 0\](.|\n)*fix:  ignore_index=-1"):
        losses.nll_loss(np.zeros((2, 3, 1)), [[0], [-1]])
    with pytest.raises(ArgumentError, match="need: 0 <= label < 3, or -100"):
        losses.cross_entropy(SCORES, [0, -1], ignore_index=-100)
    with pytest.raises(ArgumentError, match=r"labels must be integers\n  got:  float64, the first is 0.0"):
        losses.cross_entropy(SCORES, np.array([0.0, 1.0]))
    with pytest.raises(ArgumentError, match="got:  bool, the first is True"):
        losses.cross_entropy(SCORES, np.array([True, False]))
    with pytest.raises(ArgumentError, match=r"one-hot labels of integers(.|\n)*fix:  target.argmax\(axis=1\)"):
        losses.cross_entropy(SCORES, np.eye(3, dtype=int)[:2])
    with pytest.raises(ShapeError, match=r"labels \(2, 1\) for scores \(2, 3\)\n  need: labels \(2,\)"):
        losses.cross_entropy(SCORES, [[0], [1]])
    losses.cross_entropy(SCORES, np.array([0, 2], np.uint8))


def test_float_labels_are_refused_while_tracing_too():
    with pytest.raises(ArgumentError, match="labels must be integers"):
        trace(losses.cross_entropy, SCORES, np.zeros(2))


def test_a_mean_over_nothing_is_an_error_and_a_sum_is_0():
    for loss, args in (
        (losses.cross_entropy, (np.zeros((0, 3)), np.zeros(0, int))),
        (losses.mse_loss, (np.zeros((0, 2)), np.zeros((0, 2)))),
        (losses.binary_cross_entropy_with_logits, (np.zeros(0), np.zeros(0))),
    ):
        with pytest.raises(ShapeError, match="mean over an empty batch"):
            loss(*args)
        assert float(loss(*args, reduction="sum")) == 0
    with pytest.raises(ArgumentError, match="all ignored"):
        losses.cross_entropy(SCORES, [1, 1], ignore_index=1)
    with pytest.raises(ArgumentError, match="one of 'mean', 'sum', 'none'"):
        losses.cross_entropy(SCORES, [1, 1], reduction="half")


def test_half_the_squared_error_with_a_penalty_has_the_textbook_gradient():
    x, t, w, factor = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([1.0, 0.5]), np.array([0.5, 0.25]), 0.1

    def loss(w):
        return losses.mse_loss(x @ w, t, reduction="half") + losses.l2_penalty(w, factor)

    # y = (1, 1.25), y − t = (0, 0.75): ½·0.5625 + 0.1·(0.25 + 0.0625); gradient Σ (y − t)·x + 2·0.1·w
    y, w_bar = value_and_grad(loss)(w)
    assert float(y) == pytest.approx(0.28125 + 0.03125, rel=1e-15)
    np.testing.assert_allclose(w_bar, [0.75 * 3 + 0.1, -0.75 + 0.05], rtol=1e-15)
    # The mistakes: ½ on the penalty too, or none on the error.
    assert not np.allclose(w_bar, [0.75 * 3 + 0.05, -0.75 + 0.025])
    assert not np.allclose(w_bar, [1.5 * 3 + 0.1, -1.5 + 0.05])


def test_the_reductions_of_the_squared_error():
    y, t = np.array([1.0, 3.0]), np.array([0.0, 1.0])
    got = {r: losses.mse_loss(y, t, r) for r in ("mean", "sum", "half", "none")}
    assert {r: v.tolist() for r, v in got.items()} == {"mean": 2.5, "sum": 5.0, "half": 2.5, "none": [1.0, 4.0]}
    np.testing.assert_array_equal(grad(lambda y: losses.mse_loss(y, t, "half"))(y), [1, 2])
    np.testing.assert_array_equal(grad(lambda y: losses.mse_loss(y, t, "sum"))(y), [2, 4])


@pytest.mark.parametrize(
    "loss", [losses.mse_loss, losses.l1_loss, losses.huber_loss, losses.smooth_l1_loss, losses.binary_cross_entropy]
)
def test_prediction_and_target_are_not_broadcast(loss):
    with pytest.raises(ShapeError, match=r"\(2, 1\) and \(2,\)(.|\n)*reshape one of them"):
        loss(np.full((2, 1), 0.5), np.full(2, 0.5))


def test_linear_losses_by_hand():
    y, t = np.array([0.0, 0.5, 3.0, -3.0]), np.array([0.0, 0.0, 1.0, 1.0])
    np.testing.assert_array_equal(losses.l1_loss(y, t, "none"), [0, 0.5, 2, 4])
    np.testing.assert_array_equal(grad(lambda y: losses.l1_loss(y, t, "sum"))(y), [0, 1, 1, -1])
    # delta 2: ½d² up to 2, then 2·(|d| − 1)
    np.testing.assert_array_equal(losses.huber_loss(y, t, "none", delta=2.0), [0, 0.125, 2, 6])
    np.testing.assert_array_equal(grad(lambda y: losses.huber_loss(y, t, "sum", 2.0))(y), [0, 0.5, 2, -2])
    # beta 2: the same over 2
    np.testing.assert_array_equal(losses.smooth_l1_loss(y, t, "none", beta=2.0), [0, 0.0625, 1, 3])
    np.testing.assert_array_equal(grad(lambda y: losses.smooth_l1_loss(y, t, "sum", 2.0))(y), [0, 0.25, 1, -1])
    assert losses.huber_loss(y, t, "none", delta=1.0).tolist() != [0, 0.125, 2, 6]


def test_binary_cross_entropy_of_scores_is_exact_in_both_tails():
    x, t = np.array([40.0, -40.0, 800.0, -800.0, 0.0]), np.array([1.0, 0.0, 0.0, 1.0, 1.0])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = losses.binary_cross_entropy_with_logits(x, t, reduction="none")
        slopes = grad(lambda x: losses.binary_cross_entropy_with_logits(x, t, reduction="sum"))(x)
    tiny = log1p(exp(-40))
    np.testing.assert_allclose(found, [tiny, tiny, 800, 800, log(2)], rtol=1e-14)
    np.testing.assert_allclose(slopes, [-tiny, tiny, 1, -1, -0.5], rtol=1e-14)
    # What the form log(1 − σ(x)) gives in the tail.
    assert -log(1 / (1 + exp(-40))) == 0


def test_binary_cross_entropy_of_scores_by_hand_with_weights():
    # softplus(log 3) = log 4, softplus(−log 3) = log(4/3)
    x, t = np.array([[log(3), log(3)]]), np.array([[1.0, 0.25]])
    plain = [log(4 / 3), 0.25 * log(4 / 3) + 0.75 * log(4)]
    np.testing.assert_allclose(losses.binary_cross_entropy_with_logits(x, t, reduction="none"), [plain], rtol=1e-14)
    weight, pos = np.array([2.0, 3.0]), np.array([5.0, 7.0])
    weighted = [2 * 5 * log(4 / 3), 3 * (7 * 0.25 * log(4 / 3) + 0.75 * log(4))]
    got = losses.binary_cross_entropy_with_logits(x, t, weight, pos)
    assert float(got) == pytest.approx(sum(weighted) / 2, rel=1e-14)
    assert float(losses.binary_cross_entropy_with_logits(x, t, pos, weight)) != pytest.approx(
        sum(weighted) / 2, rel=1e-3
    )


def test_the_gradient_of_binary_cross_entropy_of_scores_is_sigmoid_less_target():
    x, t = np.array([0.0, log(3), -log(3)]), np.array([0.0, 1.0, 0.5])
    slopes = grad(lambda x: losses.binary_cross_entropy_with_logits(x, t, reduction="sum"))(x)
    np.testing.assert_allclose(slopes, [0.5, -0.25, -0.25], rtol=1e-14)


def test_binary_cross_entropy_cuts_the_logarithm_at_minus_100():
    p, t = np.array([0.0, 1.0, 1e-60, 0.25, 1.0, 0.0]), np.array([1.0, 0.0, 1.0, 1.0, 1.0, 0.0])
    with np.errstate(divide="raise", invalid="raise"):
        found = losses.binary_cross_entropy(p, t, reduction="none")
        slopes = grad(lambda p: losses.binary_cross_entropy(p, t, reduction="sum"))(p)
    np.testing.assert_allclose(found, [100, 100, 100, log(4), 0, 0], rtol=1e-14)
    # −t/p + (1 − t)/(1 − p) where nothing is cut off, 0 where it is
    np.testing.assert_allclose(slopes, [0, 0, 0, -4, -1, 1], rtol=1e-14)


def test_binary_cross_entropy_agrees_with_the_form_on_scores():
    x, t, w = RNG.standard_normal((3, 4)), RNG.uniform(0, 1, (3, 4)), RNG.uniform(0.5, 2, 4)
    p = 1 / (1 + np.exp(-x))
    for reduction in ("mean", "sum", "none"):
        a = losses.binary_cross_entropy(p, t, w, reduction)
        np.testing.assert_allclose(a, losses.binary_cross_entropy_with_logits(x, t, w, reduction=reduction), rtol=1e-12)
        assert not np.allclose(a, losses.binary_cross_entropy(1 - p, t, w, reduction))


def test_a_probability_outside_0_to_1_is_named_with_its_place():
    with pytest.raises(ArgumentError, match=r"got:  1.5 at \[1\](.|\n)*with_logits for scores"):
        losses.binary_cross_entropy(np.array([0.5, 1.5]), np.array([0.0, 1.0]))
    with pytest.raises(ShapeError, match="pos_weight does not broadcast"):
        losses.binary_cross_entropy_with_logits(np.zeros((2, 3)), np.zeros((2, 3)), pos_weight=np.ones((2, 2, 3)))


def test_the_penalty_adds_over_nested_parameters_and_its_gradient_is_2_factor_w():
    params = {"w": np.array([[1.0, -2.0]]), "layers": [np.array(3.0), None]}
    y, slopes = value_and_grad(lambda p: losses.l2_penalty(p, 0.5))(params)
    assert float(y) == 0.5 * (1 + 4 + 9)
    assert slopes["w"].tolist() == [[1.0, -2.0]]
    assert float(slopes["layers"][0]) == 3.0
    assert float(losses.l2_penalty([], 1.0)) == 0
    with pytest.raises(ArgumentError, match="factor must not be negative"):
        losses.l2_penalty(params, -1.0)


def test_the_hessian_of_cross_entropy_is_that_of_the_softmax():
    from pullback.autodiff import hvp

    v = np.array([[1.0, 0.0, -2.0], [0.0, 0.5, 0.0]])
    by_hand = [np.diag(p) @ d - p * (p @ d) for p, d in zip(SHARES, v, strict=True)]
    got = hvp(lambda z: losses.cross_entropy(z, [2, 1], reduction="sum"), SCORES, v)
    np.testing.assert_allclose(got, by_hand, rtol=1e-13, atol=1e-15)
    assert not np.allclose(got, [np.diag(p) @ d for p, d in zip(SHARES, v, strict=True)])


@pytest.mark.parametrize(
    "options", [{}, {"ignore_index": 1}, {"label_smoothing": 0.1, "weight": np.ones(3, np.float32)}]
)
def test_float32_stays_float32(options):
    logits = SCORES.astype(np.float32)
    assert losses.cross_entropy(logits, [2, 0], **options).dtype == np.float32
    assert losses.mse_loss(logits, logits, "half").dtype == np.float32
    assert losses.binary_cross_entropy(softmax(logits), softmax(logits)).dtype == np.float32


def test_the_mean_cross_entropy_is_one_sum_that_reads_log_probabilities_at_the_labels():
    graph = trace(lambda lp, t: losses.nll_loss(lp, t), SCORES, np.array([2, 1])).graph
    assert [n.name for n in graph.nodes] == ["input", "input", "nll_loss"]
    formula = graph.outputs[0].formula
    terms = formula.terms({"logp": SCORES, "label": np.array([2, 1])}, ())
    assert [(t.factors[0].index, t.product) for t in terms] == [((0, 2), -log(5) / 2), ((1, 1), 0.0)]
