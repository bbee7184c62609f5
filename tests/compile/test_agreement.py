"""The comparison itself: what it lets through, and what not."""

import numpy as np
import pytest

from compile.agreement import check_agree, check_equal, jumps, reference
from pullback.autodiff import trace, value_and_grad
from pullback.interpret import run
from pullback.ops.elementwise import maximum

X = np.random.default_rng(0).uniform(0.5, 2, (3, 4))
GRAPH = trace(lambda x: (np.exp(x) * x, np.argmax(x, axis=1), x > 1), X).graph

every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


def _changed(output, change):
    """The interpreter with one output changed."""

    def function(inputs):
        outputs = list(run(GRAPH, inputs, inputs[0].dtype))
        outputs[output] = change(outputs[output])
        return outputs

    return function


@every_dtype
def test_the_interpreter_agrees_with_itself(dtype):
    check_agree(GRAPH, _changed(0, lambda y: y), [X], dtype)
    check_equal(GRAPH, _changed(0, lambda y: y), [X], dtype)


@every_dtype
def test_an_error_below_the_bound_is_let_through_and_one_above_is_not(dtype):
    bound = reference(GRAPH, [X.astype(dtype)], dtype)[1][id(GRAPH.outputs[0])]
    check_agree(GRAPH, _changed(0, lambda y: y.astype(np.float64) + bound / 2), [X], dtype)
    with pytest.raises(AssertionError, match="output 0: 12 of 12"):
        check_agree(GRAPH, _changed(0, lambda y: y.astype(np.float64) + 3 * bound), [X], dtype)


@every_dtype
@pytest.mark.parametrize(
    ("output", "change", "says"),
    [
        (0, lambda y: np.where(y > 2, np.nan, y), "output 0"),
        (0, lambda y: y[:2], "output 0: .*instead of"),
        (0, lambda y: y.astype(np.int64), "output 0: .*instead of"),
        (1, lambda y: y + (y == y[0]), "output 1: . of 3 differ"),
        (2, lambda y: ~y, "output 2: 12 of 12 differ"),
    ],
)
def test_other_numbers_shapes_and_kinds_are_told(output, change, says, dtype):
    with pytest.raises(AssertionError, match=says):
        check_agree(GRAPH, _changed(output, change), [X], dtype)


def test_bit_for_bit_means_the_last_bit():
    with pytest.raises(AssertionError, match="output 0"):
        check_equal(GRAPH, _changed(0, lambda y: np.nextafter(y, 9)), [X], "float64")


def test_the_reference_jumps_at_a_kink_and_nowhere_else():
    graph = trace(value_and_grad(lambda x: np.sum(maximum(x - 1.0, 0.0))), X).graph
    at_kink = X.copy()
    at_kink[0, 0] = 1 + 1e-7
    assert jumps(graph, [at_kink], "float32")
    assert not jumps(graph, [at_kink], "float64")
    assert not jumps(graph, [X], "float32")
