"""Where the wrong entries are, in words; the masks are drawn by hand."""

import numpy as np
import pytest

from pullback.check.places import where

SHAPE = (4, 6)
INDEX = np.argwhere(np.ones(SHAPE))
ROW, COLUMN = INDEX.T
INSIDE = (ROW > 0) & (ROW < 3) & (COLUMN > 0) & (COLUMN < 5)

PLACES = [
    (ROW >= 0, "every entry"),
    ((ROW == 2) & (COLUMN == 4), "only entry [2, 4]"),
    (ROW == 2, "where the index along axis 0 is 2"),
    (ROW == 3, "where the index along axis 0 is 3 (the last)"),
    (COLUMN == 0, "where the index along axis 1 is 0 (the first)"),
    ((ROW == 0) | (ROW == 3), "where the index along axis 0 is the first or the last"),
    (COLUMN % 2 == 1, "where the index along axis 1 is odd"),
    (COLUMN % 3 == 1, "where the index along axis 1 is a multiple of 3 plus 1"),
    (COLUMN >= 4, "where the index along axis 1 is 4 or more"),
    (COLUMN < 3, "where the index along axis 1 is 2 or less"),
    (np.isin(COLUMN, (2, 3)), "where the index along axis 1 is 2 to 3"),
    (np.isin(COLUMN, (0, 1, 4)), "where the index along axis 1 is one of 0, 1, 4"),
    ((ROW == 1) & (COLUMN % 2 == 0), "where the index along axis 0 is 1 and the index along axis 1 is even"),
    (~INSIDE, "only at the border of axes 0 and 1, 1 wide"),
    ((ROW == 0) | (COLUMN == 0), "only at the border of axes 0 and 1, 1 wide at the start, 0 at the end"),
    (
        ~((ROW % 2 == 0) & (COLUMN % 2 == 0)),
        "everywhere but where the index along axis 0 is even and the index along axis 1 is even",
    ),
    (~((ROW == 1) & (COLUMN == 3)), "everywhere but where the index along axis 0 is 1 and the index along axis 1 is 3"),
    ((ROW == 1) & np.isin(COLUMN, (0, 4, 5)), "where the index along axis 0 is 1 and the index along axis 1 is one of"),
    ((ROW == COLUMN) & (ROW < 2), "only where the index along axis 0 is 1 or less and the index along axis 1 is 1 or"),
]


@pytest.mark.parametrize(("wrong", "text"), PLACES, ids=[p[1] for p in PLACES])
def test_a_pattern_is_named(wrong, text):
    assert where(INDEX, wrong, np.zeros(24, bool), SHAPE).startswith(text)


def test_scattered_entries_are_not_given_a_pattern():
    wrong = np.random.default_rng(0).random(24) < 0.5
    assert (
        where(INDEX, wrong, np.zeros(24, bool), SHAPE)
        == f"{wrong.sum()} of the 24 entries compared; they follow no axis"
    )


def test_entries_that_are_zero_and_have_to_be_do_not_break_a_pattern():
    wrong = (COLUMN % 2 == 1) & (ROW != 2)
    neutral = (COLUMN == 1) & (ROW == 2)
    zeros = (ROW == 2) & (COLUMN % 2 == 1)
    text = "where the index along axis 1 is odd (entries that are 0 left aside)"
    assert where(INDEX, (COLUMN % 2 == 1) & ~neutral, neutral, SHAPE) == text
    assert "odd" in where(INDEX, wrong, zeros, SHAPE)


def test_patterns_are_found_from_a_sample_of_the_entries():
    some = np.random.default_rng(1).permutation(24)[:14]
    assert where(INDEX[some], COLUMN[some] % 2 == 1, np.zeros(14, bool), SHAPE) == "where the index along axis 1 is odd"


def test_nothing_wrong_is_nowhere():
    assert where(INDEX, np.zeros(24, bool), np.zeros(24, bool), SHAPE) == ""
