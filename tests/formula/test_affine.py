"""Index maps: affine combinations of letters, tables, and axes counted in mixed radix."""

import numpy as np
import pytest

from pullback.formula import Affine, Lookup, Ref, Table, digits, letters
from pullback.formula.affine import count_assignments, mixed_radix

n, p, q, r, h = letters("n p q r h")


def test_an_index_is_an_affine_combination_of_letters():
    index = 2 * p + 3 * r - 1
    assert index.coefs == (("p", 2), ("r", 3))
    assert index.const == -1
    assert index.at({"p": 4, "r": 2}) == 13
    assert index.letters == ("p", "r")
    assert (index.coef("r"), index.coef("q")) == (3, 0)


def test_terms_of_the_same_letter_are_collected_and_zeros_dropped():
    assert (p + r) - p == r
    assert p * 0 + 3 == Affine((), 3)
    assert p + p == 2 * p
    assert 5 - p == Affine((("p", -1),), 5)
    assert -(p - 2) == 2 - p


@pytest.mark.parametrize(
    ("index", "written"),
    [(2 * p + r - 1, "2p+r-1"), (-p, "-p"), (Affine(), "0"), (Affine((), -2), "-2"), (-2 * p - r + 3, "-2p-r+3")],
)
def test_an_index_is_written_as_people_write_it(index, written):
    assert str(index) == written


def test_a_letter_alone_is_recognised():
    assert p.letter == "p"
    assert all(index.letter is None for index in (2 * p, p + 1, p + q, Affine(), -p))


def test_bounds_are_the_extremes_over_all_assignments():
    index, sizes = 2 * p - 3 * r + 1, {"p": 4, "r": 3}
    values = [index.at({"p": a, "r": b}) for a in range(4) for b in range(3)]
    assert index.bounds(sizes) == (min(values), max(values))


def test_substitution_replaces_a_letter():
    substituted = (2 * p + r - 1).substitute("p", 3 * q + 1)
    assert sorted(substituted.coefs) == [("q", 6), ("r", 1)]
    assert substituted.const == 1
    assert (2 * p).substitute("q", r) == 2 * p


def test_a_lookup_reads_a_table_or_a_digit_of_it():
    assert str(Lookup(Table("reflect", (1, 0)), (h,))) == "reflect[h]"
    assert str(Lookup("t", (n, p), 5, 3)) == "(t[n,p]//5)%3"
    assert str(Lookup("t", (n,), 1, 3)) == "t[n]%3"
    assert Lookup("t", (), 5, 3).digit(14) == 2
    assert Lookup("t", (n, p + n)).letters == ("n", "p")
    assert Lookup("label", (n,)).digit(7) == 7


def test_digits_split_a_row_major_position_into_its_axes():
    axes = digits("t", (), (2, 3, 5))
    for flat, position in enumerate(np.ndindex(2, 3, 5)):
        assert tuple(axis.digit(flat) for axis in axes) == position


@pytest.mark.parametrize(
    ("index", "size", "sizes", "expected"),
    [
        (4 * p + q, 12, {"p": 3, "q": 4}, ("p", "q")),
        (q + 4 * p, 12, {"p": 3, "q": 4}, ("p", "q")),
        (20 * n + 5 * p + q, 60, {"n": 3, "p": 4, "q": 5}, ("n", "p", "q")),
        (4 * p + q, 13, {"p": 3, "q": 4}, None),  # an entry is never reached
        (3 * p + q, 12, {"p": 3, "q": 4}, None),  # entries are reached twice
        (4 * p + q + 1, 12, {"p": 3, "q": 4}, None),
        (p, 3, {"p": 3}, None),
        (Lookup("t", (p,)), 3, {"p": 3}, None),
    ],
)
def test_mixed_radix_is_an_axis_counted_exactly_once(index, size, sizes, expected):
    assert mixed_radix(index, size, sizes) == expected


def test_mixed_radix_with_a_letter_of_size_one():
    assert mixed_radix(4 * p + q, 4, {"p": 1, "q": 4}) == ("p", "q")
    found = mixed_radix(p + q, 4, {"p": 4, "q": 1})
    assert found is not None
    assert set(found) == {"p", "q"}


def test_assignments_are_counted():
    assert count_assignments((("p", 3), ("q", 4))) == 12


def test_a_ref_is_plain_when_every_axis_has_a_letter_of_its_own():
    assert Ref("x", (n, p), (2, 3)).plain
    assert not Ref("x", (n, n), (2, 2)).plain
    assert not Ref("x", (n, p + 1), (2, 3)).plain
    assert not Ref("x", (n, Lookup("t", (n,))), (2, 3)).plain
