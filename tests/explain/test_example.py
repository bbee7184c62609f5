"""Worked examples from files: the numbers of every example, and what is said about files that are not right."""

from pathlib import Path

import numpy as np
import pytest

import pullback as pb
from pullback.explain import load_example
from pullback.explain.example import parse_entry
from pullback.explain.expression import Expression

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
SQUARE_BLUR = np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1]) / 9
LAPLACIAN = [[0, 1, 1, 1, 0], [1, -2, -1, -2, 1], [1, -1, 0, -1, 1], [1, -2, -1, -2, 1], [0, 1, 1, 1, 0]]
DELTAS = [
    [0, 0, (0.25 * 1.10 - 0.15 * 0.004) * 0.25, 0],
    [0, 0.0364182, 0, 0],
    [0, (0.25 * 0.80 - 0.15 * 0.088) * 0.25, 0, 0],
    [0, 0, 0, (0.25 * -0.90 - 0.15 * 0.316) * 0.25],
]
TIED = np.zeros((25, 25))
TIED[12, 7] = 11

# example, what, name: the numbers that its description or the literature gives
NUMBERS = [
    ("elementary-function", "values", "output", 11.652071),
    ("elementary-function", "grads", "x1", 5.5),
    ("elementary-function", "grads", "x2", 2 - np.cos(5.0)),
    ("filter-gradient", "grads", "conv1.weight", [[0.044606, 0.094061], [0.011262, 0.068288]]),
    ("filter-gradient", "grads", "conv1.bias", 0.0836),
    ("deltas-before-a-sigmoid", "grads", "input", DELTAS),
    ("untied-bias", "grads", "conv.bias", TIED),
    ("blur", "values", "blur", SQUARE_BLUR),
    ("laplacian", "values", "laplacian", LAPLACIAN),
    ("softmax-jacobian", "grads", "x", [-0.02, 0.16, -0.06, -0.08]),
    ("twice-tanh", "grads", "x", 1.28),
    ("weight-decay", "grads", "w", [-0.9, -2.05]),
]


def trace_of(name):
    return load_example(EXAMPLES / f"{name}.toml").trace()


@pytest.mark.parametrize(("example", "what", "name", "expected"), NUMBERS)
def test_the_numbers_of_the_examples_are_those_on_paper(example, what, name, expected):
    found = getattr(trace_of(example), what)[name]
    np.testing.assert_allclose(np.squeeze(found), np.squeeze(expected), atol=5e-7 if what == "values" else 1e-12)


def test_each_channel_of_the_input_gradient_is_a_full_convolution():
    trace = trace_of("input-gradient-of-three-channels")
    y_bar, w, found = [[1, -2], [3, 4]], trace.values["conv.weight"][0], trace.grads["input"][0]
    for i in range(3):
        expected = np.zeros((3, 3))
        for (p, q), y in np.ndenumerate(y_bar):
            expected[p : p + 2, q : q + 2] += y * w[i]
        np.testing.assert_array_equal(found[i], expected)


def test_with_stride_2_the_filter_sees_the_cotangent_dilated_by_2():
    trace = trace_of("stride-two")
    x, found = trace.values["input"][0], trace.grads["conv.weight"][0]
    dilated = np.zeros((5, 5))
    dilated[::2, ::2] = [[1, 0, -2], [3, -1, 2], [0, 4, -3]]
    for i, r, s in np.ndindex(3, 3, 3):
        assert found[i, r, s] == (dilated * x[i, r : r + 5, s : s + 5]).sum()


def test_the_shifted_image_gives_the_shifted_output_away_from_the_border():
    y = trace_of("shifted-image").values["conv"][:, 0]
    np.testing.assert_array_equal(y[1, 3:6, 2:6], y[0, 1:4, 1:5])
    assert y[0, 2, 2] == y[1, 4, 3] != 0


def test_the_receptive_field_of_three_3x3_layers_is_7x7():
    trace = trace_of("receptive-field")
    sides = {name: 3 + 2 * k for k, name in enumerate(("conv2", "conv1", "input"))}
    for name, side in sides.items():
        expected = np.zeros((11, 11), bool)
        expected[5 - side // 2 : 6 + side // 2, 5 - side // 2 : 6 + side // 2] = True
        np.testing.assert_array_equal(trace.cotangents[name][0, 0] != 0, expected)


def test_equal_hidden_units_get_equal_gradients():
    gradient = trace_of("equal-hidden-units").grads["hidden.weight"]
    np.testing.assert_array_equal(gradient[0], gradient[1])
    assert np.abs(gradient).min() > 0


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda p: p.stem)
def test_every_example_asks_a_question_and_answers_it(path):
    example = load_example(path)
    assert example.title.endswith("?")
    assert example.answers
    solution = example.solution()
    for e in solution.explanations():
        assert e.error <= 1e-12
    assert str(solution).count("The run computed") + str(solution).count("= ") > 0
    assert set(solution.to_dict()) >= {"title", "shapes", "values", "gradients", "answers"}


# Reading


NET = """
title = "t"
[input]
values = [[1.0, 2.0]]
[[layer]]
name = "fc"
type = "Linear"
in_features = 2
out_features = 1
weight = [0.1, 0.2]
bias = [0.5]
"""


def written(folder, text):
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return folder / "mine.toml"


def test_given_weights_are_kept_in_float64(tmp_path):
    trace = load_example(written(tmp_path, NET + "[cotangent]\nfc = [1]")).trace()
    assert trace.values["fc"][0, 0] == 0.1 * 1.0 + 0.2 * 2.0 + 0.5
    np.testing.assert_array_equal(trace.grads["fc.weight"], [[1.0, 2.0]])


def test_seeded_weights_are_the_same_each_time_and_leave_the_generator_alone(tmp_path):
    path = written(tmp_path, NET.replace("weight = [0.1, 0.2]", "seed = 3") + "[cotangent]\nfc = [1]")
    pb.seed(1)
    before = pb.nn.Linear(2, 1).weight
    pb.seed(1)
    first, second = (load_example(path).trace().values["fc.weight"] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(pb.nn.Linear(2, 1).weight, before)


def test_a_cotangent_starts_at_any_value(tmp_path):
    text = NET.replace("[[layer]]", '[[layer]]\nname = "relu"\ntype = "ReLU"\n[[layer]]', 1)
    trace = load_example(written(tmp_path, text + "[cotangent]\nrelu = [{ index = [1], value = 3 }]")).trace()
    np.testing.assert_array_equal(trace.grads["input"], [[0.0, 3.0]])


def test_a_loss_takes_its_options_and_targets(tmp_path):
    text = NET + '[loss]\nname = "mse_loss"\ntarget = [[2.0]]\nreduction = "half"'
    trace = load_example(written(tmp_path, text)).trace()
    assert float(trace.values["loss"]) == pytest.approx(0.5 * (1.0 - 2.0) ** 2)
    assert trace.cotangents["fc"][0, 0] == pytest.approx(1.0 - 2.0)


def test_labels_are_whole_numbers(tmp_path):
    text = NET.replace("out_features = 1", "out_features = 2").replace("[0.1, 0.2]", "[[1, 0], [0, 1]]")
    text = text.replace("bias = [0.5]", "bias = false") + '[loss]\nname = "cross_entropy"\ntarget = [1]'
    assert float(load_example(written(tmp_path, text)).trace().values["loss"]) == pytest.approx(np.log(1 + np.exp(-1)))


WRONG = [
    ("title = 3", "title has another type.*a text", pb.DataError),
    ("title = 't'\nx = ]", "not TOML.*line 2", pb.DataError),
    ("description = 'no question'\n[function]\nexpression = 'x'", "title is missing", pb.ArgumentError),
    ('title = "t"', "what is computed", pb.ArgumentError),
    (NET + "[cotangent]\nfc = [1, 2]", "another shape.*got: +\\(2,\\).*\\(1, 1\\).*fc", pb.ShapeError),
    (NET + "[cotangent]\nfd = [1]", "no such name.*fd.*one of fc", pb.ArgumentError),
    (NET + "[cotangent]\nfc = [{ index = [4], value = 1 }]", "no such entry.*4", pb.ShapeError),
    (NET + "[loss]\nname = 'mse'\ntarget = 1", "no such loss.*mse_loss", pb.ArgumentError),
    (NET + "[loss]\nname = 'mse_loss'\ntarget = [[1]]\nweights = 2", "unknown key.*weights", pb.ArgumentError),
    (NET + "[loss]\nname = 'mse_loss'", "target is missing", pb.ArgumentError),
    (NET + "[loss]\nname='mse_loss'\ntarget=[[1]]\n[cotangent]\nfc=[1]", "a loss and a cotangent", pb.ArgumentError),
    (NET.replace("Linear", "Linaer"), "no such layer.*one of Linear", pb.ArgumentError),
    (NET.replace("weight =", "weihgt ="), "unknown key.*weihgt.*weight.*layer\\]\\] 1 'fc'", pb.ArgumentError),
    (NET.replace("in_features = 2", ""), "in_features.*layer\\]\\] 1 'fc'", pb.ArgumentError),
    (NET.replace("in_features = 2", "in_features = -2"), "in_features.*layer\\]\\] 1 'fc'", pb.ArgumentError),
    (NET.replace("[0.1, 0.2]", "[0.1, 0.2, 0.3]"), "another shape.*fc', weight", pb.ShapeError),
    (NET.replace("[0.1, 0.2]", "[[0.1], [0.2, 0.3]]"), "not an array of numbers.*fc', weight", pb.DataError),
    (NET.replace("[[1.0, 2.0]]", "[['a']]"), "not an array of numbers.*\\[input\\]", pb.DataError),
    (NET.replace("values = [[1.0, 2.0]]", "seed = 1"), "shape is missing", pb.ArgumentError),
    (NET.replace("values =", "value ="), "values is missing", pb.ArgumentError),
    (NET.replace('title = "t"', 'title = "t"\nexplian = []'), "unknown key.*explian.*one of explain", pb.ArgumentError),
    (NET.replace('title = "t"', 'title = "t"\nexplain = ["fc:a"]'), "not a name and an index", pb.ArgumentError),
    ("title='t'\n[function]\nexpression='open(x)'\narguments={x=1.0}", "no such operator", pb.ArgumentError),
    ("title='t'\n[function]\nexpression='x.shape'\narguments={x=1.0}", "not part of an expression", pb.ArgumentError),
    ("title='t'\n[function]\nexpression='x +'\narguments={x=1.0}", "not an expression", pb.ArgumentError),
    ("title='t'\n[function]\nexpression='y'\narguments={x=1.0}", "no such name.*one of x", pb.ArgumentError),
    ("title='t'\n[function]\nexpression='sin(x, 2)'\narguments={x=1.0}", "sin takes other arguments", pb.ArgumentError),
    (NET, "where should the backward pass start", pb.ShapeError),
]


@pytest.mark.parametrize(("text", "said", "kind"), WRONG)
def test_a_file_that_is_not_right_is_told_what_and_where(tmp_path, text, said, kind):
    path = written(tmp_path, text)
    if text is NET:
        text = NET.replace("out_features = 1", "out_features = 2").replace("[0.1, 0.2]", "[[1, 0], [0, 1]]")
        path = written(tmp_path, text.replace("[0.5]", "[0, 0]"))
    with pytest.raises(kind, match="(?s)" + said) as error:
        load_example(path).trace()
    assert "mine.toml" in str(error.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(pb.DataError, match="cannot read the file"):
        load_example(tmp_path / "nothing.toml")


# Expressions and entries


def test_an_expression_names_its_parts():
    trace = pb.trace(Expression("p = x1 * x2; log(x1) + p", ("x1", "x2")), (2.0, 5.0))
    assert float(trace.values["p"]) == 10.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [("-x[1] + x[0:2][0] ** 2", -1.0), ("sum(x, axis=0) / 3", 2.0), ("x @ x", 14.0), ("sin(pi) * x[0]", 0.0)],
)
def test_expressions_have_arithmetic_indices_and_operators(text, expected):
    assert float(Expression(text, ("x",))(np.array([1.0, 2.0, 3.0]))) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "x.__class__", "[k for k in x]", "lambda: x", "x if x else x", "import os; x", "f'{x}'"],
)
def test_nothing_but_operators_is_ever_run(text):
    with pytest.raises(pb.ArgumentError):
        Expression(text, ("x",))(np.array([1.0]))


def test_entries_are_a_name_and_an_index():
    assert parse_entry("conv1/conv2d#2:0, 1,2") == ("conv1/conv2d#2", (0, 1, 2))
    with pytest.raises(pb.ArgumentError, match="NAME:INDEX"):
        parse_entry("fc:0,x")
