"""Under which conditions a function fails is told by the cases alone."""

from __future__ import annotations

import pytest

from pullback.review.cases import Case, draw
from pullback.review.conditions import condition_of, facts
from pullback.review.grids import grid


def cases(op: str = "conv2d") -> list[Case]:
    return [draw(p, op, k, 0, unit=False) for k, p in enumerate(grid(op, {}), 1)]


CASES = cases()


def condition(fails) -> tuple[str, bool]:
    failing = [c for c in CASES if fails(c)]
    found = condition_of(failing, [c for c in CASES if not fails(c)])
    return found.text, found.exact


def option(case: Case, name: str) -> int:
    return case.options.get(name, 0 if name == "padding" else 1)


@pytest.mark.parametrize(
    ("fails", "text"),
    [
        (lambda c: True, "in every case"),
        (lambda c: option(c, "stride") > 1, "where stride > 1"),
        (lambda c: option(c, "stride") == 1, "where stride = 1"),
        (lambda c: option(c, "dilation") > 1, "where dilation > 1"),
        (lambda c: option(c, "groups") > 1, "where groups > 1"),
        (lambda c: c.arrays["x"].shape[0] > 1, "where the batch has N > 1 samples"),
        (lambda c: c.arrays["x"].shape[1] > 1, "where x has I > 1 channels"),
        (lambda c: c.arrays["w"].shape[2] < c.arrays["w"].shape[3], "where R < S"),
        (
            lambda c: option(c, "stride") > 1 and option(c, "dilation") > 1,
            "where stride > 1 and dilation > 1",
        ),
        (
            lambda c: option(c, "stride") > 1 or option(c, "dilation") > 1,
            "where stride > 1 or dilation > 1",
        ),
    ],
)
def test_the_condition_that_separates_the_cases_is_found(fails, text):
    assert condition(fails) == (text, True)


def test_a_condition_that_is_necessary_but_not_sufficient_is_said_to_be_that():
    numbers = [c.number for c in CASES if option(c, "groups") > 1]
    assert condition(lambda c: c.number in numbers[1::2]) == ("only where groups > 1", False)


def test_where_no_condition_fits_none_is_told():
    assert condition(lambda c: c.number % 7 in (0, 3)) == ("", False)


def test_the_cases_grow_from_one_number_to_everything_together():
    assert CASES[0].title == "one number"
    assert CASES[0].size == 3
    assert [c.number for c in CASES] == list(range(1, len(CASES) + 1))
    first = {
        k: next(c.number for c in CASES if option(c, k) != (0 if k == "padding" else 1)) for k in ("stride", "groups")
    }
    assert first["stride"] < first["groups"]


@pytest.mark.parametrize("op", ["conv1d", "conv2d", "conv_transpose2d", "max_pool2d", "avg_pool3d"])
def test_every_property_is_true_in_some_cases_and_false_in_others(op):
    """But for those that this operator cannot have; otherwise no condition could be told from another."""
    found = [facts(c) for c in cases(op)]
    constant = {name for name in found[0] if len({f[name] for f in found}) == 1}
    never = {"output padding > 0", "ceil mode", "the padding is not counted", "the padding mode is not zeros"}
    if op.endswith("1d"):
        never |= {"H ≠ W", "R ≠ S", "H > W", "H < W", "R > S", "R < S"}
    if "pool" in op:
        never |= {"R ≠ S", "R > S", "R < S", "groups > 1"}
    assert constant <= never | ({"there is a tie"} if "max" not in op else set())
