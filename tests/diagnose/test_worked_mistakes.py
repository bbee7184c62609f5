"""The worked examples, each with an attempt that went wrong, and the answer to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pullback.diagnose import diagnose
from pullback.explain import load_example

EXAMPLES = Path(__file__).parent.parent.parent / "examples"

ANSWERS = {
    "blur.input": "padding-not-cropped",
    "deltas-before-a-sigmoid.input": "function-for-derivative",
    "elementary-function.x1": "path-left-out",
    "equal-hidden-units.hidden.weight": "derivative-left-out",
    "filter-gradient.conv1.bias": "mean-over-positions",
    "filter-gradient.conv1.weight": "gradient-rotated",
    "input-gradient-of-three-channels.input": "filter-flipped",
    "laplacian.input": "padding-ignored",
    "receptive-field.input": "another-layer",
    "shifted-image.input": "filter-flipped",
    "softmax-jacobian.x": "jacobian-diagonal",
    "stride-two.conv.weight": "stride-not-dilated",
    "stride-two.input": "stride-not-dilated",
    "twice-tanh.x": "output-scale-left-out",
    "untied-bias.conv.bias": "summed-over-positions",
    "weight-decay.w": "regularisation-factor",
}
ATTEMPTS = sorted((EXAMPLES / "wrong").glob("*.txt"))


def test_every_example_has_a_wrong_attempt_and_every_attempt_an_answer():
    assert {p.stem for p in EXAMPLES.glob("*.toml")} == {p.name.partition(".")[0] for p in ATTEMPTS}
    assert {p.stem for p in ATTEMPTS} == set(ANSWERS)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda p: p.stem)
def test_the_mistake_of_every_wrong_attempt_is_named_first(attempt):
    example, _, name = attempt.stem.partition(".")
    trace = load_example(EXAMPLES / f"{example}.toml").trace()
    answer = diagnose(trace, name, attempt.read_text())
    assert answer.verdict == "mistake"
    assert [m.key for m in answer.findings[0].mistakes] == [ANSWERS[attempt.stem]]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda p: p.stem)
def test_the_right_numbers_are_not_a_mistake(attempt):
    example, _, name = attempt.stem.partition(".")
    trace = load_example(EXAMPLES / f"{example}.toml").trace()
    right = np.array([f"{v:.4f}" for v in trace.grads[name].ravel()], dtype=object).reshape(trace.grads[name].shape)
    assert diagnose(trace, name, right.tolist()).is_correct


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        ("filter-gradient.conv1.bias", [0.0836 / 16]),
        ("filter-gradient.conv1.weight", [0.068288, 0.011262, 0.094061, 0.044606]),
        ("twice-tanh.x", [1 - 0.6**2]),
        ("elementary-function.x1", [5]),
        ("softmax-jacobian.x", [0, 0.2 * (1 - 0.2), 0, 0]),
        ("weight-decay.w", [-1 + 0.1 * 0.5, -2 + 0.1 * -0.25]),
        ("untied-bias.conv.bias", [1 + 10]),
    ],
)
def test_the_wrong_numbers_are_those_of_the_mistake_worked_by_hand(attempt, expected):
    text = (EXAMPLES / "wrong" / f"{attempt}.txt").read_text()
    numbers = [float(word) for word in text.replace("[", " ").replace("]", " ").replace(",", " ").split()]
    np.testing.assert_allclose(numbers, expected, atol=6e-7)
