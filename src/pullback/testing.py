"""Assertions for test suites: they fail with the text of Pullback's gradient check, diagnosis or review.

from pullback.testing import assert_backward, assert_gradcheck, assert_gradient_close

def test_my_filter_gradient():
    assert_gradcheck(forward, (x, w), backward=my_backward)     # against the function itself
    assert_gradient_close(my_w_bar, pb.grad(loss)(w))           # against known numbers
    assert_gradient_close(my_db, trace=trace, name="conv1.bias")    # against a trace, and which mistake it is
    assert_backward(my_conv_backward, op="conv2d")              # on cases from easy to hard
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pullback.check import gradcheck
from pullback.check.compare import compare
from pullback.diagnose import diagnose
from pullback.errors import ArgumentError, ShapeError, message
from pullback.explain import Trace
from pullback.graph import Graph
from pullback.review import review

# pytest leaves functions of a module with this name out of tracebacks, so that the report is what a failure shows.
__tracebackhide__ = True


def assert_gradcheck(function: Callable[..., Any] | Graph, args: Any, **options: Any) -> None:
    """Fail where `pb.gradcheck` finds something wrong; takes its options.

    Raises: AssertionError with the report, ArgumentError

    >>> assert_gradcheck(np.sin, (np.ones(3),), backward=lambda y_bar, x: y_bar * np.cos(x))
    """
    __tracebackhide__ = True
    report = gradcheck(function, args, **options)
    if not report:
        raise AssertionError(str(report))


def assert_gradient_close(
    claimed: ArrayLike,
    exact: ArrayLike | None = None,
    *,
    trace: Trace | None = None,
    name: str = "x_bar",
    digits: int | None = None,
) -> None:
    """Fail where a claimed gradient differs from the exact one, and say which entries, by how much, in what pattern.

    exact   the exact gradient; without it, that of `name` in the trace
    trace   a run in which the gradient was computed: then the message also names the mistake (see `pb.diagnose`)
    name    what the gradient is called; in a trace the name of a parameter, an input or a layer
    digits  compare to so many significant digits of the largest entry; without it to what rounding allows: 64·√n·eps of
            the largest of n entries, eps that of the less precise of the two arrays

    Raises: AssertionError, ArgumentError

    >>> assert_gradient_close([2.0, 4.0, 6.0], [1.0, 2.0, 3.0])
    Traceback (most recent call last):
        ...
    AssertionError: x_bar [3]: WRONG in 3 entries (3 of 3 entries checked)
      what:  got = 2 · want
      where: every entry
      index  got  want  ± error  distance / allowed
      [2]    6    3     0.0e+00  4.1e+13
      [1]    4    2     0.0e+00  2.7e+13
      [0]    2    1     0.0e+00  1.4e+13
    """
    __tracebackhide__ = True
    text = compare(np.asarray(claimed), _exact(exact, trace, name), name, digits)
    if text and trace is not None:
        text = f"{text}\n\n{_diagnosed(trace, name, claimed)}"
    if text:
        raise AssertionError(text)


def _exact(exact: ArrayLike | None, trace: Trace | None, name: str) -> NDArray[Any]:
    if exact is not None:
        return np.asarray(exact)
    if trace is None:
        need = "the exact gradient, or trace=… and name=…"
        raise ArgumentError(message("assert_gradient_close: nothing to compare with", need=need))
    node = trace.find(name, "cotangent")
    return np.zeros(trace.find(name, "value").shape) if node is None else trace.value_of(node)  # type: ignore[union-attr]


def _diagnosed(trace: Trace, name: str, claimed: ArrayLike) -> str:
    """The mistake; for a shape that no mistake gives, what the diagnosis says of that."""
    try:
        return str(diagnose(trace, name, claimed))
    except ShapeError as error:
        return str(error)


def assert_backward(function: Callable[..., Any] | type | str, op: str, **options: Any) -> None:
    """Fail where `pb.review` finds something wrong with a backward function; takes its options.

    Raises: AssertionError with the review, ArgumentError

    >>> assert_backward(lambda dout, x: dout * (1 - np.tanh(x) ** 2), op="tanh")
    """
    __tracebackhide__ = True
    found = review(function, op, **options)
    if not found:
        raise AssertionError(str(found))
