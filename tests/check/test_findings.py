"""A user's mistakes are findings of the report, never tracebacks."""

import numpy as np
import pytest

import pullback as pb
from pullback.check import gradcheck

X = np.random.default_rng(5).standard_normal((3, 2))


def right(y_bar, x):
    return 2 * x * y_bar


def finding(function=np.square, args=(X,), **options):
    report = gradcheck(function, args, **options)
    assert not report
    assert len(report.findings) == 1, str(report)
    assert report.findings[0].title in str(report)
    return report.findings[0]


def test_an_exception_in_the_function_names_the_line():
    def broken(x):
        return x @ np.ones((5, 5))

    found = finding(broken, backward=right)
    assert found.title == "the function raised ValueError"
    assert "matmul" in found.got
    assert found.at.startswith("test_findings.py, line ")


def test_an_exception_in_backward_names_the_line():
    found = finding(backward=lambda y_bar, x: y_bar.no_such_method())
    assert found.title == "backward raised AttributeError"
    assert found.at.startswith("test_findings.py, line ")


def test_a_backward_that_takes_other_arguments_is_reported():
    assert finding(backward=lambda y_bar: y_bar).title == "backward raised TypeError"


def test_a_function_that_ends_the_program_is_reported():
    def ends(x):
        raise SystemExit(3)

    assert finding(ends, backward=right).title == "the function raised SystemExit"


def test_a_function_that_cannot_be_traced_asks_for_its_backward():
    def loops(x):
        return sum(float(v) ** 2 for v in x.ravel())

    found = finding(loops)
    assert "Pullback cannot trace the function" in found.title
    assert "backward=" in found.fix


@pytest.mark.parametrize(
    ("result", "got", "fix"),
    [
        (X.T, "(2, 3)", "a transpose is missing"),
        (np.zeros((5, 4)), "(5, 4)", "padding that was not cropped away"),
        (np.zeros((4, 3, 2)), "(4, 3, 2)", "np.sum(x_bar, axis=(0,))"),
        (np.zeros(4), "(4,)", ""),
    ],
)
def test_a_cotangent_of_another_shape_is_reported_with_its_likely_cause(result, got, fix):
    found = finding(backward=lambda y_bar, x: result)
    assert (found.title, found.got, found.need) == ("the cotangent of x has another shape than x", got, "(3, 2)")
    assert fix in found.fix


def test_a_cotangent_with_an_axis_of_length_one_too_many_is_still_compared():
    report = gradcheck(np.square, (X[:, 0],), backward=lambda y, x: (2 * x * y)[:, None])
    assert [f.fix for f in report.findings] == ["x_bar.reshape(3)"]
    assert report.arguments[0].ok
    assert not report


def test_the_wrong_number_of_cotangents_is_reported():
    def function(x, y, z):
        return x * y * z

    found = finding(function, (X, X, X), backward=lambda g, x, y, z: (g, g))
    assert (found.got, found.need) == ("2", "3: one each for x, y, z")
    assert finding(function, (X, X, X), backward=lambda g, x, y, z: g).title.startswith("backward returned one value")


def test_a_missing_cotangent_is_reported():
    assert finding(backward=lambda y_bar, x: None).title == "backward gives no cotangent for x"


@pytest.mark.parametrize("result", ["text", {1, 2}, [[1.0], [1.0, 2.0]], X + 1j])
def test_a_cotangent_that_is_not_numbers_is_reported(result):
    assert finding(backward=lambda y_bar, x: (result,)).title == "the cotangent of x is not an array of real numbers"


def test_a_function_that_changes_its_argument_is_reported():
    def changes(x):
        x *= 2
        return x.copy()

    report = gradcheck(changes, (X,), backward=lambda y, x: 2 * y)
    assert [f.title for f in report.findings] == ["the function changes its argument x"]
    assert report.arguments[0].ok


@pytest.mark.parametrize(("name", "index"), [("y_bar", 0), ("x", 1)])
def test_a_backward_that_changes_its_arguments_is_reported(name, index):
    def changes(*args):
        result = right(*args)
        args[index][0] = 0
        return result

    assert finding(backward=changes).title == f"backward changes its argument {name}"


def test_changes_do_not_reach_the_arrays_of_the_caller():
    def changes(y_bar, x):
        x[...] = 0
        return x

    mine = X.copy()
    gradcheck(np.square, (mine,), backward=changes)
    np.testing.assert_array_equal(mine, X)


def test_a_backward_that_does_not_use_its_cotangent_is_reported():
    found = finding(lambda x: np.sum(x), backward=lambda y_bar, x: np.ones_like(x))
    assert found.title == "backward does not use y_bar for x"


def test_a_backward_that_is_not_linear_is_reported():
    titles = [f.title for f in gradcheck(np.square, (X,), backward=lambda y, x: 2 * x * np.abs(y)).findings]
    assert titles == ["the cotangent of x is not linear in y_bar"]


def test_a_function_that_is_not_deterministic_is_reported():
    rng = np.random.default_rng(0)
    found = finding(lambda x: x * rng.random(x.shape), backward=right)
    assert "not deterministic" in found.title


def test_a_point_without_a_value_is_reported():
    found = finding(np.log, (np.array([1.0, -1.0, 0.0]),), backward=lambda y, x: y / x)
    assert (found.title, found.got) == ("the function is not finite at the point", "2 of 3 outputs are NaN or ∞")


def test_arguments_without_floats_are_reported():
    assert finding(args=(np.arange(3),)).title == "no argument is of floating point"
    assert finding(args=(np.arange(3),), argnums=0).title == "argument x is not floating point: no derivative by it"
    assert finding(args=(X + 1j,)).title == "argument x is complex"


@pytest.mark.parametrize("result", [None, "text", object()])
def test_a_function_that_does_not_return_numbers_is_reported(result):
    assert "the function returns" in finding(lambda x: result, backward=right).title


def test_a_cotangent_given_with_another_shape_is_reported():
    assert "another shape than the output" in finding(cotangent=np.ones(7)).title


def test_a_complex_step_that_was_asked_for_and_is_impossible_is_reported():
    found = finding(np.abs, backward=lambda y, x: y * np.sign(x), method="complex")
    assert found.title == "the function does not allow a complex step"


def test_a_derivative_that_no_step_finds_is_not_called_right():
    def at_the_edge(x):
        return np.sqrt(x)

    report = gradcheck(at_the_edge, np.zeros(2), backward=lambda y, x: y * 7.0, method="central")
    assert not report
    assert report.arguments[0].undecided == 2
    assert "could not be determined" in report.findings[0].title


def test_a_function_that_fails_away_from_the_point_is_checked_nevertheless():
    def only_above(x):
        if np.any(np.real(x) < 0.99):
            raise ValueError("out of range")
        return x**2

    assert gradcheck(only_above, np.array([1.0, 5.0]), backward=lambda y, x: 2 * x * y)


def test_residuals_have_to_be_returned():
    found = finding(np.square, backward=lambda g, r: g, residuals=True)
    assert found.title == "with residuals=True the function returns (y, residuals)"


def test_a_graph_wants_a_value_for_every_input():
    graph = pb.make_graph(lambda x, y: x * y, X, X)
    assert finding(graph, (X,)).title == "a graph takes one value per input"
