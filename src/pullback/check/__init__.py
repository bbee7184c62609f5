"""Checks of gradients against the functions they belong to.

    report = pb.gradcheck(function, (x, w), backward=my_backward)
    print(report)                       # which entries are wrong, by how much, and in which pattern
    assert report                       # true where everything is right

`differences` and `measure` compute the derivative, `subject` and its neighbours bring the many kinds of functions into
one form, `claims` asks the claimed pullback, `argument` compares, `patterns` and `places` put what is wrong into words.
"""

from pullback.check.gradcheck import gradcheck
from pullback.check.report import ArgumentReport, Entry, Finding, GradientReport

__all__ = ["ArgumentReport", "Entry", "Finding", "GradientReport", "gradcheck"]
