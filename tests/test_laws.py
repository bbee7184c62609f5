"""The laws that every registered operator keeps at every one of its samples, and mutants that each law rejects."""

import re
from dataclasses import replace

import numpy as np
import pytest

from laws import check, mutants
from laws.cases import Case, registered
from pullback import autodiff, tree
from pullback.errors import PullbackError, ShapeError, message
from pullback.formula import Argmax, Map, Sum
from pullback.formula import expr as ex
from pullback.graph import kind_of
from pullback.ops import pools, reduce
from pullback.ops.apply import apply, axis_names, ref, shape_of
from pullback.ops.registry import Operator, bad, sample

OPERATORS = registered()
CASES = [Case(op, s) for op in OPERATORS.values() for s in op.samples]
BAD = [(op, b) for op in OPERATORS.values() for b in op.bad]

every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_smooth_case = pytest.mark.parametrize("case", [c for c in CASES if c.operator.smooth and c.real], ids=str)
every_linear_case = pytest.mark.parametrize("case", [c for c in CASES if c.operator.linear], ids=str)
every_bad = pytest.mark.parametrize(("op", "wrong"), BAD, ids=[f"{op.name} {b.match}" for op, b in BAD])


@pytest.fixture(scope="module")
def done():
    """The formulas whose loops have been run: many samples share some."""
    return set()


@every_case
def test_the_shape_rule_is_the_shape_of_the_value(case):
    check.shapes(case)


@every_case
def test_every_formula_equals_its_plain_loops(case, done):
    check.loops(case, done)


@every_linear_case
def test_the_gradient_of_a_linear_operator_is_its_adjoint(case):
    check.adjoint(case)


@every_smooth_case
def test_the_gradient_is_the_complex_step_derivative(case):
    check.complex_step(case)


@every_smooth_case
def test_the_gradient_is_the_central_difference(case):
    check.central_differences(case)


@every_smooth_case
def test_the_second_derivative_is_the_complex_step_of_the_gradient(case):
    check.second_derivatives(case)


@every_case
def test_single_and_double_precision_agree_within_the_rounding_of_the_terms(case):
    check.precisions_agree(case)


@every_bad
def test_a_bad_call_is_explained(op, wrong):
    check.rejects(op, wrong)


@every_bad
def test_a_bad_call_is_explained_while_tracing(op, wrong):
    rng = np.random.default_rng(0)
    arrays = {k: d.draw(rng) for k, d in wrong.sample.arrays.items()}
    real = {k: v for k, v in arrays.items() if wrong.sample.arrays[k].is_real}

    def call(*values):
        return op.function(**{**arrays, **dict(zip(real, values, strict=True))}, **wrong.sample.options)

    if not _only_the_numbers_are_wrong(call, real):
        with pytest.raises(PullbackError, match=wrong.match):
            autodiff.trace(call, *real.values())


def _only_the_numbers_are_wrong(call, real):
    """Whether the call is legal for other numbers of the same shapes, so that a trace cannot know."""
    try:
        call(*(np.full(v.shape, 0.5) for v in real.values()))
    except PullbackError:
        return False
    return True


# The grid


CONVOLUTIONS = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]


def _options(name, option, default):
    return [s.options.get(option, default) for s in OPERATORS[name].samples]


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_the_grid_of_a_convolution_is_wide(name):
    samples = OPERATORS[name].samples
    taps = [min(s.arrays["w"].shape[2:]) for s in samples]
    assert {1, 2, 3} <= set(_options(name, "dilation", 1))
    assert {1, 2, 4} <= set(_options(name, "groups", 1))
    assert any(isinstance(p, tuple) and all(lo != hi for lo, hi in p) for p in _options(name, "padding", 0))
    assert any(r > 1 and s > r for r, s in zip(taps, _options(name, "stride", 1), strict=True))
    assert any(n % 2 for s in samples for n in s.arrays["x"].shape[2:])
    assert {"zeros", "reflect", "replicate", "circular"} <= set(_options(name, "padding_mode", "zeros"))
    assert "same" in _options(name, "padding", 0)


@pytest.mark.parametrize(
    "name", [*CONVOLUTIONS, "max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d"]
)
def test_the_grid_has_an_empty_batch_and_an_image_of_one_pixel(name):
    shapes = [s.arrays["x"].shape for s in OPERATORS[name].samples]
    assert any(shape[0] == 0 for shape in shapes)
    assert any(set(shape[2:]) == {1} for shape in shapes)


def test_adjoints_of_convolutions_are_compared_without_any_rounding():
    cases = [c for c in CASES if c.operator.name in (*CONVOLUTIONS, "linear", "matmul", "max_unpool2d", "take")]
    assert all(check.adjoint(c) > 0 for c in cases)


# Ties


def _image_windows(size, kernel, stride, padding, dilation):
    """The flat positions of every window's entries, row-major."""
    height, width = size
    out = [(n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1 for n in size]
    taps = [k * dilation - padding for k in range(kernel)]
    return [
        [
            h * width + w
            for h in (p * stride + r for r in taps)
            for w in (q * stride + s for s in taps)
            if 0 <= h < height and 0 <= w < width
        ]
        for p in range(out[0])
        for q in range(out[1])
    ]


def _with_gradient(function):
    def pool(x):
        y, pullback = autodiff.vjp(lambda x: function(x[None, None]), x)
        return y, pullback(np.ones(y.shape))[0]

    return pool


TIES = [np.zeros((5, 6)), np.random.default_rng(0).integers(0, 2, (5, 6)).astype(float), -np.ones((5, 6))]


@pytest.mark.parametrize("x", TIES)
@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"), [(2, 2, 0, 1), (3, 1, 1, 1), (2, 1, 0, 2), (3, 2, 1, 2)]
)
def test_the_first_of_equals_wins_in_max_pooling(x, kernel, stride, padding, dilation):
    pool = _with_gradient(lambda x: pools.max_pool2d(x, kernel, stride, padding, dilation))
    check.first_of_equals_wins(pool, x, _image_windows(x.shape, kernel, stride, padding, dilation))


@pytest.mark.parametrize("x", TIES)
def test_the_first_of_equals_wins_in_adaptive_and_global_pooling(x):
    halves = [
        [h * 6 + w for h in rows for w in columns]
        for rows in ((0, 1, 2), (2, 3, 4))
        for columns in ((0, 1, 2), (3, 4, 5))
    ]
    check.first_of_equals_wins(_with_gradient(lambda x: pools.adaptive_max_pool2d(x, 2)), x, halves)
    check.first_of_equals_wins(_with_gradient(pools.global_max_pool), x, [list(range(30))])


@pytest.mark.parametrize("x", TIES)
def test_the_first_of_equals_wins_in_the_maximum_over_axes(x):
    rows = [[h * 6 + w for w in range(6)] for h in range(5)]
    check.first_of_equals_wins(_with_gradient(lambda x: reduce.max(x, axis=-1)), x, rows)
    check.first_of_equals_wins(_with_gradient(reduce.max), x, [list(range(30))])


# Negative controls: every law rejects operators with a defect


CONVOLUTION_MUTANTS = [mutants.ForgetsStride, mutants.ShiftsByOne, mutants.ScalesTranspose]


def _rejected(law, case):
    with pytest.raises(AssertionError) as found:
        law(case)
    return str(found.value)


def test_the_stand_ins_of_the_mutants_keep_the_laws():
    for law in (
        check.shapes,
        check.loops,
        check.adjoint,
        check.complex_step,
        check.central_differences,
        check.second_derivatives,
    ):
        law(mutants.convolution(Sum))
        if law is not check.adjoint:
            law(mutants.elementwise(Map))
    check.precisions_agree(mutants.elementwise(Map))


def test_law_1_rejects_a_wrong_shape_rule():
    assert "declared (3, 4, 4, 4)" in _rejected(check.shapes, mutants.convolution(mutants.DeclaresOneRowMore))


def test_law_2_rejects_values_that_are_read_one_position_further():
    _rejected(check.loops, mutants.convolution(mutants.ReadsOneFurther))


@pytest.mark.parametrize("mutant", CONVOLUTION_MUTANTS)
def test_law_3_rejects_a_wrong_transpose(mutant):
    _rejected(check.adjoint, mutants.convolution(mutant))


def test_law_3_rejects_what_is_not_linear():
    _rejected(check.adjoint, mutants.elementwise(Map, lambda x: x + 1.0))
    _rejected(check.adjoint, mutants.elementwise(Map, ex.abs_))


@pytest.mark.parametrize("mutant", CONVOLUTION_MUTANTS)
@pytest.mark.parametrize("law", [check.complex_step, check.central_differences])
def test_law_4_rejects_a_wrong_transpose(law, mutant):
    _rejected(law, mutants.convolution(mutant))


@pytest.mark.parametrize("expression", [ex.tanh, ex.exp, lambda x: x**3, lambda x: 1e-6 * x, lambda x: ex.sin(x) + 1e3])
@pytest.mark.parametrize("law", [check.complex_step, check.central_differences])
def test_law_4_rejects_a_derivative_that_is_a_thousandth_off(law, expression):
    law(mutants.elementwise(Map, expression))
    _rejected(law, mutants.elementwise(mutants.SlopeOff, expression))


def test_law_4_rejects_a_second_derivative_that_is_a_thousandth_off():
    mutant = mutants.elementwise(mutants.SecondSlopeOff)
    check.complex_step(mutant)
    _rejected(check.second_derivatives, mutant)


@pytest.mark.parametrize(
    ("raised", "complaint"),
    [
        (None, "was accepted"),
        (ValueError("operands could not be broadcast together"), "ValueError instead of"),
        (AssertionError(), "AssertionError instead of"),
        (ShapeError(message("f: sizes differ", got="2 and 3")), "does not match"),
        (ShapeError("f: output would be empty"), "no numbers and no cure"),
    ],
)
def test_law_6_rejects_silence_foreign_errors_and_wrong_messages(raised, complaint):
    def function(x):
        if raised is not None:
            raise raised

    wrong = bad("would be empty", {"x": (2,)})
    with pytest.raises(AssertionError, match=complaint):
        check.rejects(Operator("f", function, (sample({"x": (2,)}),), (wrong,)), wrong)


def test_law_7_rejects_that_the_last_of_equals_wins():
    rows = [[3 * n + o for o in range(3)] for n in range(2)]
    x = np.array([[1.0, 2.0, 2.0], [5.0, 5.0, 4.0]])
    check.first_of_equals_wins(mutants.maximum_of_rows(Argmax), x, rows)
    with pytest.raises(AssertionError):
        check.first_of_equals_wins(mutants.maximum_of_rows(mutants.LastOfEquals), x, rows)


def test_the_law_of_precisions_rejects_half_precision():
    _rejected(check.precisions_agree, mutants.elementwise(mutants.HalfPrecision))


SENSITIVE = [
    c for c in CASES if c.operator.name in ("conv2d", "softmax", "batch_norm", "layer_norm", "lp_pool2d", "gelu")
]


@pytest.mark.parametrize("case", SENSITIVE, ids=str)
def test_the_bounds_leave_no_room_for_a_thousandth(case):
    """The operator followed by a map whose slope is 0.1 % off is rejected wherever it has a slope at all."""

    def function(**arguments):
        return tuple(_slope_off(v) for v in tree.leaves(case.operator.function(**arguments)) if kind_of(v) == "float")

    if check.slope(case) > 1e-6:
        _rejected(check.complex_step, Case(replace(case.operator, function=function), case.sample))


def _slope_off(value):
    names = axis_names(len(shape_of(value)))
    x, y = ref("x", names, shape_of(value)), ref("y", names, shape_of(value))
    return apply(mutants.SlopeOff(y, (x,), ex.Var("x") * 1.0), value)


def test_the_names_of_bad_samples_are_regular_expressions():
    assert all(re.compile(b.match) for _, b in BAD)
