"""Declared sums: against einsum, against loops written here, and over random index maps."""

from dataclasses import dataclass, replace
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullback.formula import Affine, Lookup, Ref, Sum, Table, bar, letters

n, o, i, p, q, r = letters("n o i p q r")


# Against einsum


EINSUMS = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,kj->ki", (2, 3), (4, 3)),
    ("ii,i->i", (3, 3), (3,)),
    ("ij,ij->", (2, 3), (2, 3)),
    ("i,j->ji", (2,), (3,)),
    ("abc,bd->acd", (2, 3, 4), (3, 5)),
    ("iij,jk->ik", (2, 2, 3), (3, 3)),
    ("ij,k->j", (2, 3), (4,)),
]


def einsum_sum(subscripts, *shapes):
    terms, out = subscripts.split("->")
    sizes = {
        k: size for its, shape in zip(terms.split(","), shapes, strict=True) for k, size in zip(its, shape, strict=True)
    }
    factors = [
        Ref(f"x{j}", letters(" ".join(its)), shape)
        for j, (its, shape) in enumerate(zip(terms.split(","), shapes, strict=True))
    ]
    return Sum(Ref("y", letters(" ".join(out)), tuple(sizes[k] for k in out)), tuple(factors), tuple(sizes.items()))


@pytest.mark.parametrize(("subscripts", "a", "b"), EINSUMS)
def test_sums_over_letters_are_einsum(subscripts, a, b):
    rng = np.random.default_rng(0)
    x, w = rng.integers(-4, 5, a).astype(float), rng.integers(-4, 5, b).astype(float)
    f = einsum_sum(subscripts, a, b)
    np.testing.assert_array_equal(f.evaluate(x, w), np.einsum(subscripts, x, w))
    np.testing.assert_array_equal(f.loops(x, w), np.einsum(subscripts, x, w))


@pytest.mark.parametrize(("subscripts", "a", "b"), EINSUMS[:2] + EINSUMS[4:6])
def test_the_gradient_of_an_einsum_swaps_the_subscripts(subscripts, a, b):
    rng = np.random.default_rng(0)
    f = einsum_sum(subscripts, a, b)
    x, w, y_bar = (rng.integers(-4, 5, k).astype(float) for k in (a, b, f.shape))
    terms, out = subscripts.split("->")
    first, second = terms.split(",")
    (by_x,), (by_w,) = f.gradient("x0"), f.gradient("x1")
    np.testing.assert_array_equal(by_x.evaluate(y_bar, w), np.einsum(f"{out},{second}->{first}", y_bar, w))
    np.testing.assert_array_equal(by_w.evaluate(y_bar, x), np.einsum(f"{out},{first}->{second}", y_bar, x))


def test_three_factors_are_multiplied():
    rng = np.random.default_rng(0)
    x, w, c = (rng.integers(-4, 5, k).astype(float) for k in ((2, 3), (3, 4), (2, 4)))
    f = Sum(
        Ref("y", (n,), (2,)),
        (Ref("x", (n, i), (2, 3)), Ref("w", (i, o), (3, 4)), Ref("c", (n, o), (2, 4))),
        (("n", 2), ("i", 3), ("o", 4)),
    )
    np.testing.assert_array_equal(f.evaluate(x, w, c), np.einsum("ni,io,no->n", x, w, c))


# Worked by hand


CONV = Sum(Ref("y", (p,), (3,)), (Ref("w", (r,), (2,)), Ref("x", (2 * p + r - 1,), (4,))), (("p", 3), ("r", 2)))
W, X = np.array([10.0, 1.0]), np.array([2.0, 3.0, 5.0, 7.0])


def test_a_strided_padded_sum_by_hand():
    # y[0] = 10·0 + 1·2; y[1] = 10·3 + 1·5; y[2] = 10·7 + 1·0
    np.testing.assert_array_equal(CONV.evaluate(W, X), [2.0, 35.0, 70.0])


def test_its_gradients_by_hand():
    y_bar = np.array([1.0, 100.0, 10000.0])
    # w̄[0] = 1·0 + 100·3 + 10000·7; w̄[1] = 1·2 + 100·5 + 10000·0
    np.testing.assert_array_equal(CONV.gradient("w")[0].evaluate(y_bar, X), [70300.0, 502.0])
    # x̄[0] = 1·w[1]; x̄[1] = 100·w[0]; x̄[2] = 100·w[1]; x̄[3] = 10000·w[0]
    np.testing.assert_array_equal(CONV.gradient("x")[0].evaluate(y_bar, W), [1.0, 1000.0, 100.0, 100000.0])


def test_the_terms_behind_an_entry_are_the_products_that_were_added():
    terms = CONV.terms({"w": W, "x": X}, (0,))
    assert [dict(t.letters) for t in terms] == [{"p": 0, "r": 0}, {"p": 0, "r": 1}]
    assert [t.product for t in terms] == [0.0, 2.0]
    outside, inside = (t.factors[1] for t in terms)
    assert (outside.array, outside.index, outside.inside) == ("x", (-1,), False)
    assert (inside.index, inside.value, inside.inside) == ((0,), 2.0, True)


def test_the_assignments_of_an_input_gradient_solve_its_index_equations():
    f = CONV.gradient("x")[0]
    assert [list(f.assignments((k,))) for k in range(4)] == [
        [{"p": 0, "r": 1}],
        [{"p": 1, "r": 0}],
        [{"p": 1, "r": 1}],
        [{"p": 2, "r": 0}],
    ]


def test_an_entry_that_no_assignment_reaches_is_zero():
    f = replace(CONV, sizes=(("p", 2), ("r", 2)), out=Ref("y", (p,), (2,))).gradient("x")[0]
    assert list(f.assignments((3,))) == []
    assert f.evaluate(np.ones(2), W)[3] == 0.0


def test_the_scale_multiplies_every_term():
    f = replace(CONV, scale=0.5)
    np.testing.assert_array_equal(f.evaluate(W, X), [1.0, 17.5, 35.0])
    assert [t.product for t in f.terms({"w": W, "x": X}, (1,))] == [15.0, 2.5]
    assert f.gradient("w")[0].scale == 0.5


def test_what_is_written_outside_the_array_is_dropped():
    f = Sum(Ref("y", (p + 2,), (4,)), (Ref("x", (p,), (4,)),), (("p", 4),))
    np.testing.assert_array_equal(f.evaluate(X), [0.0, 0.0, 2.0, 3.0])


def test_entries_that_meet_are_added():
    f = Sum(Ref("y", (Lookup(Table("take", (1, 1, 0, 1)), (p,)),), (3,)), (Ref("x", (p,), (4,)),), (("p", 4),))
    np.testing.assert_array_equal(f.evaluate(X), [5.0, 12.0, 0.0])


def test_a_letter_in_no_factor_counts_how_often_it_is_repeated():
    f = Sum(Ref("y", (p,), (4,)), (Ref("x", (p,), (4,)),), (("p", 4), ("q", 3)))
    np.testing.assert_array_equal(f.evaluate(X), 3 * X)
    np.testing.assert_array_equal(f.loops(X), 3 * X)


def test_labels_gather_and_their_transpose_scatters():
    f = Sum(Ref("y", (n,), (3,)), (Ref("x", (n, Lookup("label", (n,))), (3, 2)),), (("n", 3),))
    x, label = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([1, 0, 1])
    assert f.operands == ("x", "label")
    np.testing.assert_array_equal(f.evaluate(x, label), [2.0, 3.0, 6.0])
    (back,) = f.gradient("x")
    assert back.operands == ("y_bar", "label")
    np.testing.assert_array_equal(back.evaluate(np.array([7.0, 8.0, 9.0]), label), [[0.0, 7.0], [8.0, 0.0], [0.0, 9.0]])


def test_an_empty_range_gives_zeros_and_no_terms():
    f = Sum(Ref("y", (n,), (2,)), (Ref("x", (n, i), (2, 0)),), (("n", 2), ("i", 0)))
    np.testing.assert_array_equal(f.evaluate(np.zeros((2, 0))), [0.0, 0.0])
    assert f.terms({"x": np.zeros((2, 0))}, (0,)) == []


def test_the_kind_of_a_sum_follows_its_factors():
    f = einsum_sum("i->", (3,))
    assert f.kind({"x0": "int"}) == "int"
    assert f.kind({"x0": "bool"}) == "int"
    assert f.kind({"x0": "float"}) == "float"
    assert replace(f, scale=0.5).kind({"x0": "int"}) == "float"
    np.testing.assert_array_equal(f.evaluate(np.array([True, True, False])), 2)


def test_a_sum_that_only_hands_its_factor_on_is_the_identity():
    f = Sum(Ref("y", (n, p), (2, 3)), (Ref("x", (n, p), (2, 3)),), (("n", 2), ("p", 3)))
    assert f.is_identity
    assert not replace(f, scale=2.0).is_identity
    assert not replace(f, factors=(Ref("x", (p, n), (3, 2)),)).is_identity
    assert not replace(f, factors=(Ref("x", (n, p - 1), (2, 3)),)).is_identity
    assert not CONV.is_identity


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128, np.int64])
def test_the_value_has_the_precision_of_the_factors(dtype):
    assert CONV.evaluate(W.astype(dtype), X.astype(dtype)).dtype == dtype
    assert replace(CONV, scale=0.25).evaluate(W.astype(np.float32), X.astype(np.float32)).dtype == np.float32


def test_the_arguments_are_left_as_they_are():
    w, x = W.copy(), X.copy()
    CONV.evaluate(w, x)
    CONV.gradient("x")[0].evaluate(np.ones(3), w)
    np.testing.assert_array_equal(w, W)
    np.testing.assert_array_equal(x, X)


def test_arrays_may_lie_in_memory_in_any_order():
    rng = np.random.default_rng(0)
    f = einsum_sum("ij,jk->ik", (2, 3), (3, 4))
    x, w = rng.integers(-4, 5, (3, 2)).astype(float).T, rng.integers(-4, 5, (6, 8)).astype(float)[::2, ::-2]
    np.testing.assert_array_equal(f.evaluate(x, w), x @ w)


# Random index maps


@dataclass(frozen=True)
class Declared:
    """A random sum with the arrays it reads."""

    f: Sum
    arrays: tuple


NAMES = ("a", "b", "c", "d", "e")


@st.composite
def affine_indices(draw, names):
    """Strides, dilations, flips, offsets, repeated letters, and indices without a letter."""
    chosen = draw(st.lists(st.sampled_from(names), max_size=3, unique=True))
    coefs = [draw(st.sampled_from([1, 1, 2, 3, -1, -2])) for _ in chosen]
    return Affine(tuple(zip(chosen, coefs, strict=True)), draw(st.integers(-3, 3)))


@st.composite
def lookups(draw, names, sizes, tables):
    """A fixed table, an integer operand, or a digit of it; entries may point outside the axis."""
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    if draw(st.booleans()):
        entries = draw(st.lists(st.integers(0, 4), min_size=sizes[chosen[0]], max_size=sizes[chosen[0]]))
        return Lookup(Table("fixed", tuple(entries)), (Affine(((chosen[0], 1),)),))
    name = f"t{len(tables)}"
    at = tuple(Affine(((k, draw(st.integers(1, 2))),), draw(st.integers(0, 1))) for k in chosen)
    shape = tuple(a.bounds(sizes)[1] + 1 for a in at)
    entries = draw(st.lists(st.integers(0, 11), min_size=prod(shape), max_size=prod(shape)))
    tables[name] = np.array(entries, np.int64).reshape(shape)
    stride, size = draw(st.sampled_from([(1, None), (1, 3), (3, 2), (4, 3)]))
    return Lookup(name, at, stride, size)


@st.composite
def sums(draw, *, with_tables):
    names = NAMES[: draw(st.integers(1, 5))]
    sizes = {k: draw(st.integers(1, 3)) for k in names}
    tables = {}

    def index():
        if with_tables and draw(st.integers(0, 2)) == 0:
            return draw(lookups(names, sizes, tables))
        return draw(affine_indices(names) | st.sampled_from(letters(" ".join(names))))

    def ref(array):
        rank = draw(st.integers(0, 3))
        at = tuple(index() for _ in range(rank))
        own = [
            sizes[a.letter] if isinstance(a, Affine) and a.letter and draw(st.booleans()) else draw(st.integers(1, 5))
            for a in at
        ]
        return Ref(array, at, tuple(own))

    factors = tuple(ref(f"x{k}") for k in range(draw(st.integers(1, 3))))
    f = Sum(ref("y"), factors, tuple(sizes.items()), draw(st.sampled_from([1.0, 1.0, 0.5, -2.0])))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shapes = {r.array: r.shape for r in factors}
    arrays = tuple(tables[k] if k in tables else rng.integers(-3, 4, shapes[k]).astype(float) for k in f.operands)
    return Declared(f, arrays)


def naive(f, arrays):
    """The sum by the definition: over every assignment of the letters, with nothing solved and nothing left out."""
    named = dict(zip(f.operands, arrays, strict=True))
    out = np.zeros(f.shape)

    def at(index, env):
        if isinstance(index, Affine):
            return index.const + sum(c * env[k] for k, c in index.coefs)
        address = tuple(a.const + sum(c * env[k] for k, c in a.coefs) for a in index.at)
        entry = named[index.table][address] if isinstance(index.table, str) else index.table.entries[address[0]]
        return int(entry) if index.size is None else int(entry) // index.stride % index.size

    def inside(position, shape):
        return all(0 <= k < m for k, m in zip(position, shape, strict=True))

    for values in product(*(range(m) for _, m in f.sizes)):
        env = dict(zip((k for k, _ in f.sizes), values, strict=True))
        target = tuple(at(a, env) for a in f.out.at)
        reads = [(ref, tuple(at(a, env) for a in ref.at)) for ref in f.factors]
        if inside(target, f.out.shape) and all(inside(k, ref.shape) for ref, k in reads):
            out[target] += f.scale * prod(named[ref.array][k] for ref, k in reads)
    return out


any_sum = sums(with_tables=False) | sums(with_tables=True)


@given(any_sum)
def test_the_value_on_whole_arrays_is_the_naive_loop(declared):
    np.testing.assert_array_equal(declared.f.evaluate(*declared.arrays), naive(declared.f, declared.arrays))


@given(any_sum)
def test_the_oracle_is_the_naive_loop(declared):
    np.testing.assert_array_equal(declared.f.loops(*declared.arrays), naive(declared.f, declared.arrays))


@given(any_sum)
def test_the_terms_of_every_entry_add_up_to_it(declared):
    f, named = declared.f, dict(zip(declared.f.operands, declared.arrays, strict=True))
    value = f.evaluate(*declared.arrays)
    for entry in np.ndindex(*f.shape):
        terms = f.terms(named, entry)
        assert sum(t.product for t in terms) == value[entry]
        assert len({t.letters for t in terms}) == len(terms)


@given(any_sum, st.data())
def test_transposing_twice_gives_the_sum_back(declared, data):
    f = declared.f
    array = data.draw(st.sampled_from([r.array for r in f.factors]))
    (once,) = f.gradient(array)
    (twice,) = once.gradient(bar(f.out.array))
    named = dict(zip(f.operands, declared.arrays, strict=True))
    named[bar(bar(array))] = named[array]
    again = twice.evaluate(*(named[k] for k in twice.operands))
    np.testing.assert_array_equal(again, f.evaluate(*declared.arrays))


@given(any_sum, st.data())
def test_the_gradient_is_the_adjoint(declared, data):
    """<ȳ, f(x)> = <x̄, x> for the factor x, exactly: all numbers are small integers."""
    f = declared.f
    array = data.draw(st.sampled_from([r.array for r in f.factors]))
    named = dict(zip(f.operands, declared.arrays, strict=True))
    y_bar = np.random.default_rng(0).integers(-3, 4, f.shape).astype(float)
    (back,) = f.gradient(array)
    x_bar = back.evaluate(*({**named, bar("y"): y_bar}[k] for k in back.operands))
    assert np.sum(y_bar * f.evaluate(*declared.arrays)) == np.sum(x_bar * named[array])


@given(any_sum)
def test_every_assignment_of_an_entry_is_found_once(declared):
    f, named = declared.f, {**dict(zip(declared.f.operands, declared.arrays, strict=True)), "one": np.ones(())}
    counting = Sum(f.out, (Ref("one", (), ()),), f.sizes)
    counts = naive(counting, [named[k] for k in counting.operands])
    for entry in np.ndindex(*f.shape):
        found = [tuple(sorted(env.items())) for env in f.assignments(entry, named)]
        assert len(set(found)) == len(found) == counts[entry]


def test_the_naive_loop_notices_a_wrong_stride():
    wrong = replace(CONV, factors=(CONV.factors[0], Ref("x", (p + r - 1,), (4,))))
    assert not np.array_equal(wrong.evaluate(W, X), naive(CONV, (W, X)))


def test_reading_an_empty_array_through_a_table_gives_zeros():
    f = Sum(Ref("y", (p,), (2,)), (Ref("x", (Lookup(Table("take", (0, 0)), (p,)),), (0,)),), (("p", 2),))
    np.testing.assert_array_equal(f.evaluate(np.zeros(0)), [0.0, 0.0])


@pytest.mark.parametrize(("dtype", "wide"), [(np.uint8, np.int64), (np.int32, np.int64), (np.float16, np.float32)])
def test_entries_too_small_for_their_sum_are_added_up_in_a_wider_type(dtype, wide):
    o, i = letters("o i")
    f = Sum(Ref("y", (o,), (1,)), (Ref("w", (o, i), (1, 2)), Ref("x", (i,), (2,))), (("o", 1), ("i", 2)))
    w, x = np.full((1, 2), 120, dtype), np.full(2, 120, dtype)
    for value in (f.evaluate(w, x), f.loops(w, x)):
        assert value == 28_800
        assert value.dtype == wide
    moved = Sum(Ref("y", (i,), (2,)), (Ref("x", (i + 1,), (2,)),), (("i", 2),))
    assert moved.evaluate(x).dtype == moved.loops(x).dtype == dtype
