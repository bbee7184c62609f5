"""What a diagnosis says of right numbers, rounded ones, two mistakes, garbage, and mistakes that look alike."""

from __future__ import annotations

import json

import numpy as np
import pytest

import pullback as pb
from diagnose.wrong import conv, filter_gradient, input_gradient, numbers
from pullback.diagnose import candidates, diagnose, search
from pullback.errors import ArgumentError, ShapeError

X, W, Y_BAR = numbers(2, 3, 7, 6), numbers(4, 3, 3, 2), numbers(2, 4, 5, 5)


@pytest.fixture(scope="module")
def run():
    """Two images of 3 channels, 4 filters of 3×2, a bias."""
    return conv(X, W, Y_BAR, numbers(4))


def keys(found):
    return [m.key for m in found.mistakes]


def test_the_exact_gradient_is_correct(run):
    found = diagnose(run, "x1", filter_gradient(X, Y_BAR, (3, 2)))
    assert (found.verdict, found.is_correct, found.findings) == ("correct", True, ())
    assert str(found) == "gradient of x1: correct"


@pytest.mark.parametrize("digits", range(3, 9))
def test_a_rounded_gradient_is_no_mistake(run, digits):
    right = filter_gradient(X, Y_BAR, (3, 2))
    decimals = np.round(right, digits)
    significant = np.array([float(f"{v:.{digits - 1}e}") for v in right.ravel()]).reshape(right.shape)
    typed = np.array([f"{v:.{digits - 1}e}" for v in right.ravel()], dtype=object).reshape(right.shape)
    for claimed in (decimals, significant, typed.tolist(), str(decimals.tolist())):
        assert diagnose(run, "x1", claimed).verdict == "correct up to rounding"
    assert diagnose(run, "x1", right.astype(np.float32)).verdict == "correct up to rounding"


def test_what_is_off_by_more_than_its_rounding_is_not_correct(run):
    right = filter_gradient(X, Y_BAR, (3, 2))
    off = np.round(right, 4)
    off[0, 0, 0, 0] += 2e-4
    assert not diagnose(run, "x1", off).is_correct


def test_rounding_can_be_given(run):
    right = Y_BAR.sum((0, 2, 3))
    assert diagnose(run, "x2", right + 0.01, rounding=0.02).verdict == "correct up to rounding"
    assert diagnose(run, "x2", right + 0.01, rounding=0.001).verdict == "unknown"


def test_a_number_typed_with_four_decimals_names_the_mean():
    found = diagnose(_sixteen(), "b", "0.0052")
    assert keys(found) == ["mean-over-positions"]
    first = found.findings[0]
    assert (first.got, first.want) == (0.0052, pytest.approx(0.0836))
    assert first.predicted == pytest.approx(0.0836 / 16)
    assert "b̄[0] = 1/16 · Σ_{n,p,q} z̄[n,0,p,q] = 0.0052" in str(found)
    assert "b̄[0] = Σ_{n,p,q} z̄[n,0,p,q] = 0.0836" in str(found)


def _sixteen():
    """The bias of a 4×4 map with the cotangents of the worked example, whose sum is 0.0836."""
    y_bar = np.zeros((1, 1, 4, 4))
    y_bar[0, 0, 0, 0], y_bar[0, 0, 1, 2], y_bar[0, 0, 2, 1], y_bar[0, 0, 3, 3] = 0.0686, 0.0364, 0.0467, -0.0681
    return pb.trace(lambda y, b: pb.add_bias(y, b), (numbers(1, 1, 4, 4), numbers(1)), cotangent=y_bar)


def test_few_digits_are_no_certainty():
    """One digit fits by accident: what fits is told, and that it says little."""
    found = diagnose(_sixteen(), "b", "0.04")
    assert found.verdict == "unknown"
    assert any(c.fits for c in found.closest)
    assert "so few digits" in str(found)


def test_mistakes_that_give_another_shape_make_no_accident_likelier():
    """Three digits of one number: 700 choices, of which 10 mistakes that give one number could hit one."""
    y_bar = numbers(3, 1, 2, 2)
    y_bar *= 0.350143 / y_bar.sum()
    run = pb.trace(lambda y, b: pb.add_bias(y, b), (numbers(3, 1, 2, 2), numbers(1)), cotangent=y_bar)
    assert keys(diagnose(run, "b", "-0.350")) == ["sign"]
    assert diagnose(run, "b", "-0.35").verdict == "unknown"


def test_two_mistakes_together_are_named(run):
    right = filter_gradient(X, Y_BAR, (3, 2))
    found = diagnose(run, "x1", -right[..., ::-1, ::-1])
    assert {"gradient-rotated", "sign"} == set(keys(found))
    swapped = np.broadcast_to(right.sum(1, keepdims=True), right.shape)[..., ::-1, ::-1]
    assert {"gradient-rotated", "summed-over-channels"} == set(keys(diagnose(run, "x1", swapped)))
    mean = Y_BAR.mean((0, 2, 3)) * 18
    assert diagnose(run, "x2", mean).verdict == "mistake"


def test_two_mistakes_at_two_steps_are_named():
    x, w = numbers(3, 4), numbers(5, 4)
    y_bar = numbers(3, 5)
    run = pb.trace(lambda x, w: pb.sigmoid(pb.linear(x, w)), (x, w), cotangent=y_bar)
    claimed = (y_bar.T @ x) / 3
    assert set(keys(diagnose(run, "w", claimed))) == {"derivative-left-out", "mean-over-batch"}
    first = y_bar[-1:].T @ x[-1:]
    assert set(keys(diagnose(run, "w", first))) == {"derivative-left-out", "overwritten"}


@pytest.mark.parametrize("seed", range(20))
def test_random_numbers_are_never_diagnosed(run, seed):
    rng = np.random.default_rng(seed)
    name = ("x0", "x1", "x2")[seed % 3]
    shape = run.grads[name].shape
    found = diagnose(run, name, rng.standard_normal(shape))
    assert (found.verdict, found.findings) == ("unknown", ())


def test_one_wrong_entry_is_located_and_not_explained(run):
    claimed = filter_gradient(X, Y_BAR, (3, 2))
    claimed[2, 1, 0, 1] += 0.37
    found = diagnose(run, "x1", claimed)
    assert found.verdict == "unknown"
    assert "only entry [2, 1, 0, 1]" in str(found)


def test_what_comes_near_is_labelled_as_such(run):
    claimed = filter_gradient(X, Y_BAR, (3, 2))[..., ::-1, ::-1].copy()
    claimed[0, 0, 0, 0] += 0.01
    found = diagnose(run, "x1", claimed)
    assert found.verdict == "unknown"
    assert found.closest[0].mistakes[0].key == "gradient-rotated"
    assert 0.9 < found.closest[0].share < 1
    assert "does not reproduce your numbers" in str(found)
    assert "(99 % of the wrong entries fit; less than 1 % of the error remains)" in " ".join(str(found).split())


def test_nothing_is_called_near_for_the_entries_that_are_right_anyway():
    """One of four entries is wrong: what gives the other three, as the exact gradient does, explains nothing."""
    run = pb.load_example("examples/filter-gradient.toml").trace()
    found = diagnose(run, "conv1.weight", "0.0446 0.0941; 0.0113 0.0638")
    assert (found.verdict, found.closest) == ("unknown", ())
    assert found.differs == ("wrong: only entry [0, 0, 1, 1]",)


@pytest.mark.parametrize("claimed", [np.zeros((4, 3, 3, 2)), np.full((4, 3, 3, 2), "0.00").tolist()])
def test_zeros_are_no_mistake_in_particular(run, claimed):
    """A small enough learning rate would round to them, and so would the last term of a sum that is 0."""
    found = diagnose(run, "x1", claimed)
    assert (found.verdict, found.findings, found.closest) == ("unknown", (), ())
    assert "got is 0 where it should not be" in str(found)


def test_entries_that_are_only_rounded_to_zero_are_no_evidence():
    """Five of six entries of 0.001·w̄ are 0.00: the sixth alone, with one digit, proves nothing."""
    y_bar = np.array([[0.5, 0.4, 0.3, -0.2, 0.6, 9.0]])
    run = pb.trace(lambda y, b: pb.add_bias(y, b), (numbers(1, 6), numbers(6)), cotangent=y_bar)
    found = diagnose(run, "b", "0.00 0.00 0.00 0.00 0.00 0.01")
    assert found.verdict == "unknown"
    assert any(c.fits for c in found.closest)


def test_a_right_answer_of_too_few_digits_is_told_to_be_one():
    run = pb.load_example("examples/filter-gradient.toml").trace()
    found = diagnose(run, "conv1.weight", "0 0; 0 0")
    assert found.verdict == "correct up to rounding"
    assert "zeros would agree" in str(found)
    assert "zeros" not in str(diagnose(run, "conv1.weight", "0.04 0.09; 0.01 0.07"))


def test_mistakes_with_the_same_numbers_are_both_named_with_a_case_that_tells_them_apart():
    """A batch of 4 and 4 positions: dividing by the one or the other is the same."""
    y_bar = numbers(4, 3, 2, 2)
    run = pb.trace(lambda y, b: pb.add_bias(y, b), (numbers(4, 3, 2, 2), numbers(3)), cotangent=y_bar)
    first = diagnose(run, "b", y_bar.sum((0, 2, 3)) / 4).findings[0]
    assert {"mean-over-positions", "mean-over-batch"} <= {m.key for m in (*first.mistakes, *first.indistinguishable)}
    assert "image of 7×9" in first.telling_case
    assert "P = Q = 2" in first.telling_case


def test_numbers_that_hide_a_mistake_are_told_to_be_replaced():
    """A filter of equal entries hides a flip and a transposition alike."""
    w, y_bar = np.ones((1, 1, 3, 3)), np.ones((1, 1, 4, 4))
    w[0, 0, 0, 0] = 5.0
    w[0, 0, 2, 2] = 2.0
    run = conv(numbers(1, 1, 6, 6), w, y_bar)
    claimed = input_gradient(y_bar, w[..., ::-1, ::-1], (6, 6))
    first = diagnose(run, "x0", claimed).findings[0]
    assert first.mistakes[0].key == "filter-flipped"


def test_a_wrong_shape_is_diagnosed_where_a_mistake_gives_it(run):
    assert keys(diagnose(run, "x2", Y_BAR.sum((2, 3)))) == ["batch-not-summed"]
    with pytest.raises(ShapeError, match="another shape"):
        diagnose(run, "x2", numbers(7))


def test_axes_of_length_1_may_be_left_out():
    run = _sixteen()
    assert diagnose(run, "b", 0.0836).is_correct
    assert diagnose(run, "y", run.grads["y"][0, 0]).is_correct


def test_numbers_that_are_not_finite_are_told(run):
    claimed = filter_gradient(X, Y_BAR, (3, 2))
    claimed[0, 0, 0, 0] = np.nan
    found = diagnose(run, "x1", claimed)
    assert found.verdict == "unknown"
    assert "NaN" in str(found)


@pytest.mark.parametrize(
    ("name", "claimed", "said"),
    [
        ("x9", 1.0, "no such name"),
        ("x2", "abc", "not a number"),
        ("x2", "", "no numbers"),
        ("x2", "[1, 2", "not closed"),
        ("x2", [[1, 2], [3]], "not an array"),
        ("x2", [1j, 2, 3, 4], "real numbers"),
        ("x2", [{}, 2, 3, 4], "not an array of numbers"),
    ],
)
def test_bad_input_is_told(run, name, claimed, said):
    with pytest.raises(ArgumentError, match=said):
        diagnose(run, name, claimed)


def test_a_previous_gradient_of_another_shape_is_refused(run):
    """It was left aside without a word, so that a gradient that was not zeroed stayed unknown."""
    with pytest.raises(ShapeError, match="previous gradient of x2"):
        diagnose(run, "x2", np.ones(4), previous=np.ones(5))
    with pytest.raises(ArgumentError, match="not a number"):
        diagnose(run, "x2", np.ones(4), previous="abc")


def test_what_does_not_reach_the_result_has_a_gradient_of_zeros():
    run = pb.trace(lambda x, u: np.sum(x) + 0 * np.sum(x), (numbers(3), numbers(2)))
    name = "u"
    assert diagnose(run, name, np.zeros(2)).is_correct
    assert diagnose(run, name, np.ones(2)).verdict == "unknown"


def test_the_answer_is_plain_data(run):
    found = diagnose(run, "x1", filter_gradient(X, Y_BAR, (3, 2))[..., ::-1, ::-1])
    data = json.loads(json.dumps(found.to_dict()))
    assert data["verdict"] == "mistake"
    assert data["findings"][0]["mistakes"][0]["key"] == "gradient-rotated"
    assert data["findings"][0]["entry"]["got"] == pytest.approx(data["findings"][0]["entry"]["predicted"])
    assert found.findings[0].place.total == pytest.approx(data["findings"][0]["entry"]["want"])


def test_candidates_are_the_wrong_gradients_most_plausible_first(run):
    found = list(candidates(run, "x2"))
    assert all(c.values.shape == c.shape for c in found)
    assert found[0].mistakes[0].key == "mean-over-positions"
    np.testing.assert_allclose(found[0].values, Y_BAR.sum((0, 2, 3)) / 25)
    assert [c.rank for c in found] == sorted(c.rank for c in found)
    assert "1/25" in found[0].details.wrong
    assert any(len(c.mistakes) == 2 for c in candidates(run, "x2", pairs=True))


def test_a_catalogue_without_the_mistake_does_not_name_it(run, monkeypatch):
    """The negative control of every recognition: without the edit that makes it, a mistake is unknown."""
    claimed = filter_gradient(X, Y_BAR, (3, 2))[..., ::-1, ::-1]
    monkeypatch.setattr(search, "RULES", ())
    assert diagnose(run, "x1", claimed).verdict == "unknown"
