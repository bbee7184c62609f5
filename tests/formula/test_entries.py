"""One entry of a formula: the terms found all at once, and its equation with the indices put in."""

import re
from dataclasses import replace
from itertools import product
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given

from formula.test_render import CASES, formulas, operands
from formula.test_sums import CONV, Declared, W, X, any_sum
from pullback.formula import Argmax, Lookup, Ref, Sum, Table, Uniform, letters
from pullback.formula.entries import entry_latex, entry_text, source_index, term_table
from pullback.formula.notation import array_text
from pullback.ops.bias import add_bias
from pullback.ops.convs import conv2d, conv_transpose2d
from pullback.ops.padding import pad
from pullback.ops.pools import max_pool2d

n, o, p, q, r = letters("n o p q r")


# The terms


def same_terms(f, arrays):
    """Whether the table of every entry lists the terms of `Sum.terms`, in their order."""
    named = dict(zip(f.operands, arrays, strict=True))
    return all(_rows(term_table(f, named, entry)) == _listed(f.terms(named, entry)) for entry in np.ndindex(*f.shape))


def _rows(table):
    return [
        (
            {letter: int(at[k]) for letter, at in table.letters.items()},
            tuple(tuple(int(axis[k]) for axis in at) for at in table.indices),
            tuple(float(v[k]) for v in table.values),
            tuple(bool(v[k]) for v in table.inside),
            float(table.products[k]),
        )
        for k in range(len(table))
    ]


def _listed(terms):
    return [
        (
            dict(t.letters),
            tuple(f.index for f in t.factors),
            tuple(float(f.value) for f in t.factors),
            tuple(f.inside for f in t.factors),
            float(t.product),
        )
        for t in terms
    ]


@given(any_sum)
def test_the_table_holds_the_terms_of_every_entry(declared):
    assert same_terms(declared.f, declared.arrays)


@given(any_sum)
def test_the_products_of_an_entry_add_up_to_its_value(declared):
    f, named = declared.f, dict(zip(declared.f.operands, declared.arrays, strict=True))
    value = f.evaluate(*declared.arrays)
    for entry in np.ndindex(*f.shape):
        assert term_table(f, named, entry).products.sum() == value[entry]


T23 = np.array([[0, 7, 3], [11, 5, 4]])
SPECIAL = {
    "a diagonal": (Sum(Ref("y", (n, n), (3, 3)), (Ref("x", (n,), (3,)),), (("n", 3),)), [[1.0, 2.0, 3.0]]),
    "a flip": (Sum(Ref("y", (3 - 2 * p,), (4,)), (Ref("x", (p,), (2,)),), (("p", 2),)), [[5.0, 7.0]]),
    "digits of a table": (
        Sum(
            Ref("y", (Lookup("t", (n, p), 4), Lookup("t", (n, p), 1, 4)), (3, 4)),
            (Ref("x", (n, p), (2, 3)),),
            (("n", 2), ("p", 3)),
        ),
        [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], T23],
    ),
    "a table read where a letter is solved for": (
        Sum(
            Ref("y", (p + r, Lookup(Table("take", (1, 0, 1)), (p,))), (5, 2)),
            (Ref("x", (p,), (3,)), Ref("w", (r,), (2,))),
            (("p", 3), ("r", 2)),
        ),
        [[1.0, 2.0, 3.0], [10.0, 100.0]],
    ),
    "a letter in no factor": (
        Sum(Ref("y", (p,), (4,)), (Ref("x", (p,), (4,)),), (("p", 4), ("q", 3))),
        [[1.0, 2.0, 3.0, 4.0]],
    ),
    "one letter twice in an index pair": (
        Sum(Ref("y", (p, 2 * p), (3, 5)), (Ref("x", (p, p), (3, 3)),), (("p", 3),)),
        [np.arange(9.0).reshape(3, 3)],
    ),
    "an empty sum": (Sum(Ref("y", (n,), (2,)), (Ref("x", (n, o), (2, 0)),), (("n", 2), ("o", 0))), [np.zeros((2, 0))]),
    "entries that nothing writes to": (Sum(Ref("y", (2 * p + 1,), (7,)), (Ref("x", (p,), (2,)),), (("p", 2),)), [W]),
    "an empty array read through a table": (
        Sum(Ref("y", (p,), (2,)), (Ref("x", (Lookup(Table("take", (0, 0)), (p,)),), (0,)),), (("p", 2),)),
        [np.zeros(0)],
    ),
    "numbers without axes": (Sum(Ref("y", (), ()), (Ref("x", (), ()), Ref("w", (), ())), (), 0.5), [3.0, 4.0]),
}


@pytest.mark.parametrize("case", SPECIAL)
def test_the_table_holds_the_terms_of(case):
    f, arrays = SPECIAL[case]
    assert same_terms(f, [np.asarray(a) for a in arrays])


def test_the_comparison_of_terms_notices_a_wrong_stride():
    wrong = replace(CONV, factors=(CONV.factors[0], Ref("x", (p + r - 1,), (4,))))
    named = {"w": W, "x": X}
    assert same_terms(CONV, (W, X))
    assert _rows(term_table(wrong, named, (1,))) != _listed(CONV.terms(named, (1,)))


def test_the_terms_of_a_padded_entry_by_hand():
    # y[0] = w[0]·x[−1] + w[1]·x[0]: the first read falls into the padding.
    table = term_table(CONV, {"w": W, "x": X}, (0,))
    assert [int(k) for k in table.indices[1][0]] == [-1, 0]
    assert table.inside[1].tolist() == [False, True]
    assert table.values[1].tolist() == [0.0, 2.0]
    assert table.products.tolist() == [0.0, 2.0]


def test_a_term_outside_is_zero_beside_an_infinite_factor():
    table = term_table(CONV, {"w": np.array([np.inf, 1.0]), "x": X}, (0,))
    assert table.products.tolist() == [0.0, 2.0]


# The equation, as a mathematician writes it


def conv(x=(1, 2, 5, 5), w=(3, 2, 3, 3), **options):
    return formulas(lambda x, w: conv2d(x, w, **options), np.zeros(x), np.zeros(w))


STRIDED, GROUPED = conv(stride=2, padding=1), conv((2, 4, 7, 6), (6, 2, 3, 2), groups=2)
TRANSPOSED = formulas(
    lambda x, w: conv_transpose2d(x, w, stride=2, padding=1), np.zeros((1, 2, 3, 3)), np.zeros((2, 4, 3, 3))
)
TIED = formulas(add_bias, np.zeros((2, 3, 4, 5)), np.zeros(3))
UNTIED = formulas(add_bias, np.zeros((2, 3, 4, 5)), np.zeros((3, 4, 5)))
POOLED = formulas(lambda x: max_pool2d(x, 2), np.zeros((2, 3, 4, 4)))
REFLECTED = formulas(lambda x: pad(x, ((1, 1), (0, 0)), "reflect"), np.zeros((4, 3)))
AVERAGED = formulas(lambda x: np.mean(x, axis=1), np.zeros((3, 4)))
COLUMN = formulas(lambda x: x[:, 3], np.zeros((7, 5)))
ROWS = formulas(lambda x: np.max(x, axis=1), np.zeros((3, 4)))

GOLDEN = [
    (STRIDED["conv2d"], (0, 2, 1, 0), "y[0,2,1,0] = Σ_{i,r,s} w[2,i,r,s] · x[0,i,r+1,s−1]"),
    (
        STRIDED["conv2d.x_bar"],
        (0, 1, 2, 3),
        "x̄[0,1,2,3] = Σ_{o,p,q,r,s : 2p+r−1 = 2, 2q+s−1 = 3} ȳ[0,o,p,q] · w[o,1,r,s]",
    ),
    (STRIDED["conv2d.w_bar"], (2, 1, 0, 2), "w̄[2,1,0,2] = Σ_{n,p,q} ȳ[n,2,p,q] · x[n,1,2p−1,2q+1]"),
    (GROUPED["conv2d"], (1, 4, 2, 3), "y[1,4,2,3] = Σ_{i,r,s} w[4,i,r,s] · x[1,i+2,r+2,s+3]"),
    (GROUPED["conv2d.x_bar"], (0, 3, 4, 2), "x̄[0,3,4,2] = Σ_{o,r,s} ȳ[0,o+3,4−r,2−s] · w[o+3,1,r,s]"),
    (GROUPED["conv2d.w_bar"], (5, 1, 2, 0), "w̄[5,1,2,0] = Σ_{n,p,q} ȳ[n,5,p,q] · x[n,3,p+2,q]"),
    (
        TRANSPOSED["conv_transpose2d"],
        (0, 3, 2, 4),
        "y[0,3,2,4] = Σ_{i,h,w,r,s : 2h+r−1 = 2, 2w+s−1 = 4} w[i,3,r,s] · x[0,i,h,w]",
    ),
    (
        TRANSPOSED["conv_transpose2d.x_bar"],
        (0, 1, 2, 0),
        "x̄[0,1,2,0] = Σ_{o,r,s} ȳ[0,o,r+3,s−1] · w[1,o,r,s]",
    ),
    (TIED["add_bias"], (1, 2, 3, 4), "z[1,2,3,4] = y[1,2,3,4] + b[2]"),
    (TIED["add_bias.b_bar"], (2,), "b̄[2] = Σ_{n,p,q} z̄[n,2,p,q]"),
    (UNTIED["add_bias"], (1, 2, 3, 4), "z[1,2,3,4] = y[1,2,3,4] + b[2,3,4]"),
    (UNTIED["add_bias.b_bar"], (2, 3, 4), "b̄[2,3,4] = Σ_{n} z̄[n,2,3,4]"),
    (POOLED["max_pool2d"], (1, 2, 0, 1), "y[1,2,0,1] = x[1, 2, ⌊switches[1,2,0,1]/4⌋, switches[1,2,0,1] mod 4]"),
    (
        POOLED["max_pool2d.x_bar"],
        (1, 2, 0, 3),
        "x̄[1,2,0,3] = Σ_{p,q : ⌊switches[1,2,p,q]/4⌋ = 0, switches[1,2,p,q] mod 4 = 3} ȳ[1,2,p,q]",
    ),
    (ROWS["max.x_bar"], (1, 2), "x̄[1,2] = ȳ[1] if switches[1] = 2 else 0"),
    (REFLECTED["pad"], (5, 2), "y[5,2] = x[reflect[5],2]"),
    (REFLECTED["pad.x_bar"], (2, 1), "x̄[2,1] = Σ_{n : reflect[n] = 2} ȳ[n,1]"),
    (AVERAGED["mean"], (2,), "y[2] = 1/4 · Σ_{o} x[2,o]"),
    (AVERAGED["mean.x_bar"], (2, 3), "x̄[2,3] = 1/4 · ȳ[2]"),
    (COLUMN["slice_.x_bar"], (6, 3), "x̄[6,3] = ȳ[6]"),
    (COLUMN["slice_.x_bar"], (6, 2), "x̄[6,2] = 0"),
    (SPECIAL["a diagonal"][0], (1, 1), "y[1,1] = x[1]"),
    (SPECIAL["a diagonal"][0], (0, 1), "y[0,1] = 0"),
]


@pytest.mark.parametrize(("f", "entry", "expected"), GOLDEN, ids=[row[2] for row in GOLDEN])
def test_the_equation_of_an_entry_as_text(f, entry, expected):
    assert entry_text(f, entry) == expected


@pytest.mark.parametrize(
    ("f", "entry", "expected"),
    [
        (
            STRIDED["conv2d"],
            (0, 2, 1, 0),
            r"y_{0,2,1,0} = \sum_{i,r,s} w_{2,i,r,s} \, x_{0,i,r+1,s-1}",
        ),
        (
            STRIDED["conv2d.x_bar"],
            (0, 1, 2, 3),
            r"\bar{x}_{0,1,2,3} = \sum_{\substack{o,p,q,r,s \\ 2p+r-1=2 \\ 2q+s-1=3}} "
            r"\bar{y}_{0,o,p,q} \, w_{o,1,r,s}",
        ),
        (TIED["add_bias.b_bar"], (2,), r"\bar{b}_{2} = \sum_{n,p,q} \bar{z}_{n,2,p,q}"),
        (
            ROWS["max.x_bar"],
            (1, 2),
            r"\bar{x}_{1,2} = \begin{cases} \bar{y}_{1} & \text{if } \mathrm{switches}_{1}=2 \\ "
            r"0 & \text{otherwise} \end{cases}",
        ),
        (COLUMN["slice_.x_bar"], (6, 2), r"\bar{x}_{6,2} = 0"),
        (AVERAGED["mean"], (2,), r"y_{2} = \tfrac{1}{4} \, \sum_{o} x_{2,o}"),
    ],
)
def test_the_equation_of_an_entry_as_latex(f, entry, expected):
    assert entry_latex(f, entry) == expected


def test_the_other_formulas_of_an_entry():
    reshaped = formulas(lambda x: np.reshape(x, (6,)), np.zeros((2, 3)))
    assert entry_text(reshaped["reshape"], (4,)) == "y[4] = x[1,1]"
    assert entry_latex(reshaped["reshape.x_bar"], (1, 1)) == r"\bar{x}_{1,1} = \bar{y}_{4}"
    switches = Argmax(Ref("t", (p,), (2,)), Ref("x", (2 * p + r,), (4,)), (("p", 2), ("r", 2)), ("r",))
    assert entry_text(switches, (1,)) == "t[1] = position of max_{r} x[r+2]"
    u = Uniform(Ref("u", (n, o), (2, 3)), 7)
    assert entry_text(u, (1, 2)) == "u[1,2] = uniform number in [0, 1) from stream 7"
    assert entry_latex(u, (1, 2)) == r"u_{1,2} \sim \mathcal{U}[0, 1)"


def test_a_reshape_takes_an_entry_from_the_same_place_in_row_major_order():
    f = formulas(lambda x: np.reshape(x, (4, 3)), np.zeros((2, 6)))["reshape"]
    x = np.arange(12).reshape(2, 6)
    assert all(x[source_index(f, entry)] == x.reshape(4, 3)[entry] for entry in np.ndindex(4, 3))
    assert source_index(formulas(lambda x: np.reshape(x, (1, 1)), np.zeros(()))["reshape"], (0, 0)) == ()


# What is written is what is computed: the printed line is read and evaluated


class Padded:
    """An array that reads 0 outside."""

    def __init__(self, array):
        self.array = array

    def __getitem__(self, at):
        at = at if isinstance(at, tuple) else (at,)
        inside = all(0 <= k < size for k, size in zip(at, self.array.shape, strict=True))
        return self.array[at] if inside else 0


SYMBOLS = {"\u0304": "_bar", "−": "-", " mod ": "%", " = ": " == ", " · ": " * "}
SYMBOLS |= {low: str(k) for k, low in enumerate("₀₁₂₃₄₅₆₇₈₉")}


def python(written):
    """A printed index, condition or product as a Python expression; arrays are named with an A before them."""
    written = normalize("NFD", written)
    for symbol, by in SYMBOLS.items():
        written = written.replace(symbol, by)
    written = re.sub(r"⌊([^⌋]*)/(\d+)⌋", r"((\1)//\2)", written)
    written = re.sub(r"(?<!\w)(\d+)(?=[A-Za-z])", r"\1*", written)
    return re.sub(r"([A-Za-z]\w*)(?=\[)", r"A_\1", written)


def read_line(line, f, arrays):
    """The number that a printed equation of one entry stands for."""
    names = {}
    for name, value in zip(f.operands, arrays, strict=True):
        shown = python(array_text(name))
        names |= {shown: value, f"A_{shown}": Padded(value)}
    tables = {a.name: a.table.entries for ref in (f.out, *f.factors) for a in ref.lookups if isinstance(a.table, Table)}
    names |= {f"A_{name}": Padded(np.array(entries)) for name, entries in tables.items()}
    right = line.split(" = ", 1)[1]
    over, conditions = "", ""
    if found := re.search(r"Σ_\{([^}]*)\} ", right):
        over, _, conditions = found[1].partition(" : ")
        right = right.replace(found[0], "")
    elif found := re.fullmatch(r"(.*) if (.*) else 0", right):
        right, conditions = found[1], found[2].replace(" and ", ", ")
    tests = [compile(python(c), c, "eval") for c in conditions.split(", ") if c]
    term = compile(python(right), right, "eval")
    letters = [k for k in python(over).split(",") if k]
    total = 0.0
    for values in product(*(range(f.ranges[k]) for k in letters)):
        space = names | dict(zip(letters, values, strict=True))
        if all(eval(test, space) for test in tests):
            total += eval(term, space)
    return total


def some_entries(shape, count=6):
    rng = np.random.default_rng(0)
    corners = {tuple(0 for _ in shape), tuple(n - 1 for n in shape)}
    return corners | {tuple(int(rng.integers(n)) for n in shape) for _ in range(count)}


@pytest.mark.parametrize("case", CASES)
def test_what_is_printed_of_an_entry_is_what_is_computed(case):
    for name, f in CASES[case][0].items():
        if isinstance(f, Sum):
            arrays = list(operands(f))
            value = f.evaluate(*arrays)
            for entry in some_entries(f.shape):
                line = entry_text(f, entry)
                assert read_line(line, f, arrays) == pytest.approx(value[entry], abs=1e-12), f"{name}: {line}"


def with_own_tables(declared):
    """The same sum, its fixed tables named apart."""
    count = iter(range(100))

    def renamed(ref):
        at = (
            replace(a, table=replace(a.table, name=f"fixed{next(count)}"))
            if isinstance(a, Lookup) and isinstance(a.table, Table)
            else a
            for a in ref.at
        )
        return replace(ref, at=tuple(at))

    f = declared.f
    return Declared(replace(f, out=renamed(f.out), factors=tuple(map(renamed, f.factors))), declared.arrays)


@given(any_sum.map(with_own_tables))
def test_what_is_printed_of_any_entry_is_what_is_computed(declared):
    f = declared.f
    value = f.evaluate(*declared.arrays)
    for entry in some_entries(f.shape, 2) if 0 not in f.shape else ():
        line = entry_text(f, entry)
        assert read_line(line, f, declared.arrays) == pytest.approx(value[entry], abs=1e-9), line


@pytest.mark.parametrize(
    ("wrong", "by"), [(", 2q+s−1 = 3", ""), ("2p+r−1", "p+r−1"), ("2p+r−1 = 2", "2p+r−1 = 3"), ("w[o,1", "w[o,0")]
)
def test_the_reading_notices_a_wrong_line(wrong, by):
    f, entry, line = GOLDEN[1]
    arrays = list(operands(f))
    assert read_line(line, f, arrays) == f.evaluate(*arrays)[entry]
    assert read_line(line.replace(wrong, by), f, arrays) != f.evaluate(*arrays)[entry]
