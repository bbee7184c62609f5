"""Assertions for test suites: they fail with the text of Pullback's gradient check.

from pullback.testing import assert_gradcheck, assert_gradient_close

def test_my_filter_gradient():
    assert_gradcheck(forward, (x, w), backward=my_backward)     # against the function itself
    assert_gradient_close(my_w_bar, pb.grad(loss)(w))           # against known numbers
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pullback.check import gradcheck
from pullback.check.compare import compare
from pullback.graph import Graph

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
    claimed: ArrayLike, exact: ArrayLike, *, name: str = "x_bar", digits: int | None = None
) -> None:
    """Fail where a claimed gradient differs from the exact one, and say which entries, by how much, in what pattern.

    digits  compare to so many significant digits of the largest entry; without it to what rounding allows: 64·√n·eps of
            the largest of n entries, eps that of the less precise of the two arrays

    Raises: AssertionError

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
    text = compare(np.asarray(claimed), np.asarray(exact), name, digits)
    if text:
        raise AssertionError(text)
