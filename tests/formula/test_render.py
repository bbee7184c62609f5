"""Formulas in text, LaTeX and MathML, as a textbook writes them; and that what is written is what is computed."""

import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import product
from math import prod

import numpy as np
import pytest

from pullback.autodiff import trace, vjp
from pullback.errors import MissingExtraError
from pullback.formula import Affine, Argmax, Lookup, Ref, Sum, Table, Uniform, latex, letters, mathml, text
from pullback.formula.notation import (
    array_latex,
    array_text,
    index_latex,
    index_text,
    number_latex,
    number_text,
)
from pullback.formula.render import equation
from pullback.graph import Constant, Input
from pullback.ops.bias import add_bias
from pullback.ops.convs import conv1d, conv2d, conv3d, conv_transpose2d
from pullback.ops.indexing import take, take_along_axis
from pullback.ops.locally import locally_connected2d
from pullback.ops.matrix import linear, matmul
from pullback.ops.padding import pad
from pullback.ops.pools import avg_pool2d, max_pool2d

n, o, i, p, q, r, s, h = letters("n o i p q r s h")
X, W = np.zeros((2, 3, 7, 6)), np.zeros((4, 3, 3, 2))


def formulas(function, *args):
    """The formulas of a function and of its gradients, by the name of the node."""

    def program(*values):
        y, pullback = vjp(function, *values[:-1])
        return (y, *pullback(values[-1]))

    graph = trace(program, *args, np.zeros(np.shape(function(*args)))).graph
    return {node.name: node.formula for node in graph.nodes if not isinstance(node.formula, Input | Constant)}


def conv(**options):
    return formulas(lambda x, w: conv2d(x, w, **options), X, W)


CASES = {
    "a convolution": (
        conv(),
        {
            "conv2d": "y[n,o,p,q] = Σ_{i,r,s} w[o,i,r,s] · x[n,i,p+r,q+s]",
            "conv2d.x_bar": "x̄[n,i,h,w] = Σ_{o,r,s} ȳ[n,o,h−r,w−s] · w[o,i,r,s]",
            "conv2d.w_bar": "w̄[o,i,r,s] = Σ_{n,p,q} ȳ[n,o,p,q] · x[n,i,p+r,q+s]",
        },
        {
            "conv2d": r"y_{n,o,p,q} = \sum_{i,r,s} w_{o,i,r,s} \, x_{n,i,p+r,q+s}",
            "conv2d.x_bar": r"\bar{x}_{n,i,h,w} = \sum_{o,r,s} \bar{y}_{n,o,h-r,w-s} \, w_{o,i,r,s}",
            "conv2d.w_bar": r"\bar{w}_{o,i,r,s} = \sum_{n,p,q} \bar{y}_{n,o,p,q} \, x_{n,i,p+r,q+s}",
        },
    ),
    "padding": (
        conv(padding=1),
        {
            "conv2d": "y[n,o,p,q] = Σ_{i,r,s} w[o,i,r,s] · x[n,i,p+r−1,q+s−1]",
            "conv2d.x_bar": "x̄[n,i,h,w] = Σ_{o,r,s} ȳ[n,o,h−r+1,w−s+1] · w[o,i,r,s]",
            "conv2d.w_bar": "w̄[o,i,r,s] = Σ_{n,p,q} ȳ[n,o,p,q] · x[n,i,p+r−1,q+s−1]",
        },
        {"conv2d.x_bar": r"\bar{x}_{n,i,h,w} = \sum_{o,r,s} \bar{y}_{n,o,h-r+1,w-s+1} \, w_{o,i,r,s}"},
    ),
    "stride 2: the input gradient adds where the window reads the entry": (
        conv(stride=2, padding=1),
        {
            "conv2d": "y[n,o,p,q] = Σ_{i,r,s} w[o,i,r,s] · x[n,i,2p+r−1,2q+s−1]",
            "conv2d.x_bar": "x̄[n,i,h,w] = Σ_{o,p,q,r,s : 2p+r−1 = h, 2q+s−1 = w} ȳ[n,o,p,q] · w[o,i,r,s]",
            "conv2d.w_bar": "w̄[o,i,r,s] = Σ_{n,p,q} ȳ[n,o,p,q] · x[n,i,2p+r−1,2q+s−1]",
        },
        {
            "conv2d.x_bar": r"\bar{x}_{n,i,h,w} = \sum_{\substack{o,p,q,r,s \\ 2p+r-1=h \\ 2q+s-1=w}} "
            r"\bar{y}_{n,o,p,q} \, w_{o,i,r,s}",
        },
    ),
    "dilation": (
        conv(dilation=2),
        {
            "conv2d": "y[n,o,p,q] = Σ_{i,r,s} w[o,i,r,s] · x[n,i,p+2r,q+2s]",
            "conv2d.x_bar": "x̄[n,i,h,w] = Σ_{o,r,s} ȳ[n,o,h−2r,w−2s] · w[o,i,r,s]",
        },
        {"conv2d.x_bar": r"\bar{x}_{n,i,h,w} = \sum_{o,r,s} \bar{y}_{n,o,h-2r,w-2s} \, w_{o,i,r,s}"},
    ),
    "another stride per axis": (
        conv(stride=(2, 1)),
        {"conv2d.x_bar": "x̄[n,i,h,w] = Σ_{o,p,r,s : 2p+r = h} ȳ[n,o,p,w−s] · w[o,i,r,s]"},
        {},
    ),
    "groups": (
        formulas(lambda x, w: conv2d(x, w, groups=2), np.zeros((2, 4, 7, 6)), np.zeros((6, 2, 3, 2))),
        {
            "conv2d": "y[n,3g+o,p,q] = Σ_{i,r,s} w[3g+o,i,r,s] · x[n,2g+i,p+r,q+s]",
            "conv2d.x_bar": "x̄[n,2g+i,h,w] = Σ_{o,r,s} ȳ[n,3g+o,h−r,w−s] · w[3g+o,i,r,s]",
            "conv2d.w_bar": "w̄[3g+o,i,r,s] = Σ_{n,p,q} ȳ[n,3g+o,p,q] · x[n,2g+i,p+r,q+s]",
        },
        {"conv2d": r"y_{n,3g+o,p,q} = \sum_{i,r,s} w_{3g+o,i,r,s} \, x_{n,2g+i,p+r,q+s}"},
    ),
    "a depthwise convolution": (
        formulas(lambda x, w: conv2d(x, w, groups=4), np.zeros((2, 4, 7, 6)), np.zeros((4, 1, 3, 2))),
        {"conv2d": "y[n,g,p,q] = Σ_{i,r,s} w[g,i,r,s] · x[n,g+i,p+r,q+s]"},
        {},
    ),
    "one axis": (
        formulas(lambda x, w: conv1d(x, w, stride=2), np.zeros((2, 4, 8)), np.zeros((4, 4, 3))),
        {"conv1d.x_bar": "x̄[n,i,h] = Σ_{o,p,r : 2p+r = h} ȳ[n,o,p] · w[o,i,r]"},
        {},
    ),
    "three axes": (
        formulas(conv3d, np.zeros((2, 2, 5, 4, 4)), np.zeros((2, 2, 3, 2, 2))),
        {"conv3d.x_bar": "x̄[n,i,d,h,w] = Σ_{o,t,r,s} ȳ[n,o,d−t,h−r,w−s] · w[o,i,t,r,s]"},
        {},
    ),
    "a transposed convolution": (
        formulas(conv_transpose2d, np.zeros((2, 3, 4, 3)), np.zeros((3, 2, 3, 2))),
        {
            "conv_transpose2d": "y[n,o,p,q] = Σ_{i,r,s} w[i,o,r,s] · x[n,i,p−r,q−s]",
            "conv_transpose2d.x_bar": "x̄[n,i,h,w] = Σ_{o,r,s} ȳ[n,o,h+r,w+s] · w[i,o,r,s]",
            "conv_transpose2d.w_bar": "w̄[i,o,r,s] = Σ_{n,h,w} ȳ[n,o,h+r,w+s] · x[n,i,h,w]",
        },
        {"conv_transpose2d": r"y_{n,o,p,q} = \sum_{i,r,s} w_{i,o,r,s} \, x_{n,i,p-r,q-s}"},
    ),
    "a transposed convolution of stride 2": (
        formulas(lambda x, w: conv_transpose2d(x, w, stride=2), np.zeros((2, 3, 4, 3)), np.zeros((3, 2, 3, 2))),
        {
            "conv_transpose2d": "y[n,o,p,q] = Σ_{i,h,w,r,s : 2h+r = p, 2w+s = q} w[i,o,r,s] · x[n,i,h,w]",
            "conv_transpose2d.x_bar": "x̄[n,i,h,w] = Σ_{o,r,s} ȳ[n,o,2h+r,2w+s] · w[i,o,r,s]",
        },
        {},
    ),
    "a tied bias": (
        formulas(add_bias, np.zeros((2, 3, 4, 5)), np.zeros(3)),
        {"add_bias": "z[n,o,p,q] = y[n,o,p,q] + b[o]", "add_bias.b_bar": "b̄[o] = Σ_{n,p,q} z̄[n,o,p,q]"},
        {"add_bias.b_bar": r"\bar{b}_{o} = \sum_{n,p,q} \bar{z}_{n,o,p,q}"},
    ),
    "an untied bias": (
        formulas(add_bias, np.zeros((2, 3, 4, 5)), np.zeros((3, 4, 5))),
        {"add_bias": "z[n,o,p,q] = y[n,o,p,q] + b[o,p,q]", "add_bias.b_bar": "b̄[o,p,q] = Σ_{n} z̄[n,o,p,q]"},
        {"add_bias.b_bar": r"\bar{b}_{o,p,q} = \sum_{n} \bar{z}_{n,o,p,q}"},
    ),
    "average pooling": (
        formulas(lambda x: avg_pool2d(x, 2), np.zeros((2, 3, 4, 4))),
        {
            "avg_pool2d": "y[n,o,p,q] = 1/4 · Σ_{r,s} x[n,o,2p+r,2q+s]",
            "avg_pool2d.x_bar": "x̄[n,o,2p+r,2q+s] = 1/4 · ȳ[n,o,p,q]",
        },
        {
            "avg_pool2d": r"y_{n,o,p,q} = \tfrac{1}{4} \, \sum_{r,s} x_{n,o,2p+r,2q+s}",
            "avg_pool2d.x_bar": r"\bar{x}_{n,o,2p+r,2q+s} = \tfrac{1}{4} \, \bar{y}_{n,o,p,q}",
        },
    ),
    "average pooling with overlaps": (
        formulas(lambda x: avg_pool2d(x, 3, 1), np.zeros((2, 3, 5, 4))),
        {"avg_pool2d.x_bar": "x̄[n,o,h,w] = 1/9 · Σ_{r,s} ȳ[n,o,h−r,w−s]"},
        {},
    ),
    "max pooling and its switches": (
        formulas(lambda x: max_pool2d(x, 2), np.zeros((2, 3, 4, 4))),
        {
            "max_pool2d": "y[n,o,p,q] = x[n, o, ⌊switches[n,o,p,q]/4⌋, switches[n,o,p,q] mod 4]",
            "max_pool2d.x_bar": "x̄[n,o,h,w] = "
            "Σ_{p,q : ⌊switches[n,o,p,q]/4⌋ = h, switches[n,o,p,q] mod 4 = w} ȳ[n,o,p,q]",
        },
        {
            "max_pool2d": r"y_{n,o,p,q} = x_{n,o,\left\lfloor \mathrm{switches}_{n,o,p,q} / 4 \right\rfloor,"
            r"\mathrm{switches}_{n,o,p,q} \bmod 4}",
        },
    ),
    "the maximum of rows": (
        formulas(lambda x: np.max(x, axis=1), np.zeros((3, 4))),
        {
            "max": "y[n] = x[n,switches[n]]",
            "max.x_bar": "x̄[n,h] = ȳ[n] if switches[n] = h else 0",
        },
        {
            "max.x_bar": r"\bar{x}_{n,h} = \begin{cases} \bar{y}_{n} & \text{if } \mathrm{switches}_{n}=h \\ "
            r"0 & \text{otherwise} \end{cases}",
        },
    ),
    "reflection": (
        formulas(lambda x: pad(x, ((0, 0), (0, 0), (1, 1), (0, 0)), "reflect"), np.zeros((2, 3, 4, 4))),
        {
            "pad": "y[n,o,p,q] = x[n,o,reflect[p],q]",
            "pad.x_bar": "x̄[n,o,h,q] = Σ_{p : reflect[p] = h} ȳ[n,o,p,q]",
        },
        {"pad.x_bar": r"\bar{x}_{n,o,h,q} = \sum_{\substack{p \\ \mathrm{reflect}_{p}=h}} \bar{y}_{n,o,p,q}"},
    ),
    "a border of zeros": (
        formulas(lambda x: pad(x, ((1, 1), (2, 2))), np.zeros((3, 4))),
        {"pad": "y[n,o] = x[n−1,o−2]", "pad.x_bar": "x̄[h,w] = ȳ[h+1,w+2]"},
        {},
    ),
    "labels": (
        formulas(lambda x: take_along_axis(x, np.array([[1], [2]]), 1), np.zeros((2, 3))),
        {
            "take_along_axis": "y[n,o] = x[n,index[n,o]]",
            "take_along_axis.x_bar": "x̄[n,h] = Σ_{o : index[n,o] = h} ȳ[n,o]",
        },
        {"take_along_axis": r"y_{n,o} = x_{n,\mathrm{index}_{n,o}}"},
    ),
    "rows of a table": (
        formulas(lambda x: take(x, np.array([1, 2, 2])), np.zeros((4, 3))),
        {"take": "y[k₀,a₁] = x[index[k₀],a₁]", "take.x_bar": "x̄[h,a₁] = Σ_{k₀ : index[k₀] = h} ȳ[k₀,a₁]"},
        {"take": r"y_{k_{0},a_{1}} = x_{\mathrm{index}_{k_{0}},a_{1}}"},
    ),
    "a matrix product": (
        formulas(matmul, np.zeros((2, 3)), np.zeros((3, 4))),
        {
            "matmul": "y[n,o] = Σ_{i} a[n,i] · b[i,o]",
            "matmul.a_bar": "ā[n,i] = Σ_{o} ȳ[n,o] · b[i,o]",
            "matmul.b_bar": "b̄[i,o] = Σ_{n} ȳ[n,o] · a[n,i]",
        },
        {"matmul.b_bar": r"\bar{b}_{i,o} = \sum_{n} \bar{y}_{n,o} \, a_{n,i}"},
    ),
    "a linear layer": (
        formulas(linear, np.zeros((2, 3)), np.zeros((4, 3)), np.zeros(4)),
        {"linear": "y[n,o] = Σ_{i} w[o,i] · x[n,i]", "linear.w_bar": "w̄[o,i] = Σ_{n} ȳ[n,o] · x[n,i]"},
        {},
    ),
    "a filter per position": (
        formulas(locally_connected2d, np.zeros((2, 3, 5, 5)), np.zeros((4, 3, 3, 3, 3, 3))),
        {"locally_connected2d.x_bar": "x̄[n,i,h,w] = Σ_{o,r,s} ȳ[n,o,h−r,w−s] · w[o,h−r,w−s,i,r,s]"},
        {},
    ),
    "a flipped slice": (
        formulas(lambda x: x[::-2], np.zeros(7)),
        {"slice_": "y[n] = x[6−2n]", "slice_.x_bar": "x̄[h] = Σ_{n : 6−2n = h} ȳ[n]"},
        {},
    ),
    "a column": (
        formulas(lambda x: x[:, 3], np.zeros((7, 5))),
        {"slice_": "y[n] = x[n,3]", "slice_.x_bar": "x̄[n,h] = ȳ[n] if h = 3 else 0"},
        {},
    ),
    "a mean": (
        formulas(lambda x: np.mean(x, axis=1), np.zeros((3, 4))),
        {"mean": "y[n] = 1/4 · Σ_{o} x[n,o]", "mean.x_bar": "x̄[n,o] = 1/4 · ȳ[n]"},
        {},
    ),
}

every_case = pytest.mark.parametrize("case", CASES)


@every_case
def test_formulas_as_text(case):
    found, expected, _ = CASES[case]
    assert {name: text(found[name]) for name in expected} == expected


@every_case
def test_formulas_as_latex(case):
    found, _, expected = CASES[case]
    assert {name: latex(found[name]) for name in expected} == expected


@every_case
def test_mathml_is_well_formed(case):
    pytest.importorskip("latex2mathml")
    for name, formula in CASES[case][0].items():
        root = ET.fromstring(mathml(formula))
        assert root.tag.endswith("math"), name
        assert "".join(root.itertext()).count("=") >= 1
        assert "\\" not in "".join(root.itertext()), name


def test_the_switches_are_written_as_a_position():
    f = Argmax(Ref("switches", (p,), (2,)), Ref("x", (2 * p + r,), (4,)), (("p", 2), ("r", 2)), ("r",))
    assert text(f) == "switches[p] = position of max_{r} x[2p+r]"
    assert latex(f) == r"\mathrm{switches}_{p} = \text{position of } \max_{r} x_{2p+r}"


def test_reshapes_and_random_numbers_have_formulas():
    f = formulas(lambda x: np.reshape(x, (6,)), np.zeros((2, 3)))["reshape.x_bar"]
    assert text(f) == "x̄ = ȳ in shape 2×3"
    assert latex(f) == r"\bar{x} = \operatorname{reshape}(\bar{y}, 2 \times 3)"
    u = Uniform(Ref("u", (n, o), (2, 3)), 7)
    assert text(u) == "u = uniform numbers in [0, 1) from stream 7"
    assert latex(u) == r"u \sim \mathcal{U}[0, 1)"


# What is written is what is computed


def read_as_written(f, arrays):
    """Evaluate the printed equation: every entry on the left from the terms on the right whose conditions hold."""
    e, named = equation(f), dict(zip(f.operands, arrays, strict=True))
    sizes = dict(f.ranges)
    for index, size in zip(e.left.at, e.left.shape, strict=True):
        if index.letter:
            sizes[index.letter] = size
    out = np.zeros(f.shape)
    names = [*dict.fromkeys((*e.left.letters, *e.over))]

    def at(index, env):
        if isinstance(index, Affine):
            return index.at(env)
        address = tuple(a.at(env) for a in index.at)
        return index.digit(
            int(named[index.table][address] if isinstance(index.table, str) else index.table.entries[address[0]])
        )

    def read(ref, env):
        position = tuple(at(a, env) for a in ref.at)
        inside = all(0 <= k < size for k, size in zip(position, ref.shape, strict=True))
        return named[ref.array][position] if inside else 0.0

    for values in product(*(range(sizes[k]) for k in names)):
        env = dict(zip(names, values, strict=True))
        if all(at(index, env) == env[name] for index, name in e.conditions):
            out[tuple(a.at(env) for a in e.left.at)] += e.scale * prod(read(ref, env) for ref in e.factors)
    return out


def operands(f):
    """Whole numbers for the factors; tables are cut down to positions inside the array that is read through them."""
    rng = np.random.default_rng(0)
    tables = {a.table: ref for ref in (*f.factors, f.out) for a in ref.lookups if isinstance(a.table, str)}
    shapes = {ref.array: ref.shape for ref in f.factors}
    for k in f.operands:
        if k in shapes:
            yield rng.integers(-3, 4, shapes[k]).astype(float)
        else:
            lookup = next(a for a in tables[k].lookups if a.table == k)
            limit = min(size for a, size in zip(tables[k].at, tables[k].shape, strict=True) if isinstance(a, Lookup))
            yield rng.integers(0, limit, [f.ranges[a.letter] for a in lookup.at])


@every_case
def test_what_is_written_is_what_is_computed(case):
    for name, f in CASES[case][0].items():
        if isinstance(f, Sum):
            arrays = list(operands(f))
            np.testing.assert_allclose(read_as_written(f, arrays), f.evaluate(*arrays), atol=1e-12, err_msg=name)


def test_the_reading_notices_a_forgotten_condition(monkeypatch):
    f = conv(stride=2)["conv2d.x_bar"]
    arrays = list(operands(f))
    forgetful = replace(equation(f), conditions=())
    monkeypatch.setattr(sys.modules[__name__], "equation", lambda _: forgetful)
    assert not np.array_equal(read_as_written(f, arrays), f.evaluate(*arrays))


# Names, indices, numbers


@pytest.mark.parametrize(
    ("name", "as_text", "as_latex"),
    [
        ("x", "x", "x"),
        ("x_bar", "x̄", r"\bar{x}"),
        ("y_bar", "ȳ", r"\bar{y}"),
        ("x_bar_bar", "x̄̄", r"\bar{\bar{x}}"),
        ("x0_bar", "x̄0", r"\overline{\mathrm{x0}}"),
        ("running_mean", "running_mean", r"\mathrm{running\_mean}"),
        ("b_bar_spread", "b̄", r"\bar{b}"),
    ],
)
def test_cotangents_carry_a_bar(name, as_text, as_latex):
    assert array_text(name) == as_text
    assert array_latex(name) == as_latex


@pytest.mark.parametrize(
    ("index", "as_text", "as_latex"),
    [
        (2 * p + r - 1, "2p+r−1", "2p+r-1"),
        (h - r + 1, "h−r+1", "h-r+1"),
        (5 - 2 * p, "5−2p", "5-2p"),
        (-2 * p + r, "r−2p", "r-2p"),
        (-p - 1, "−p−1", "-p-1"),
        (Affine(), "0", "0"),
        (Affine((("k0", 2),)), "2k₀", "2k_{0}"),
        (Lookup(Table("reflect", (1, 0)), (h,)), "reflect[h]", r"\mathrm{reflect}_{h}"),
        (Lookup("t", (n,), 20), "⌊t[n]/20⌋", r"\left\lfloor \mathrm{t}_{n} / 20 \right\rfloor"),
        (Lookup("t", (n,), 5, 4), "⌊t[n]/5⌋ mod 4", r"\left\lfloor \mathrm{t}_{n} / 5 \right\rfloor \bmod 4"),
        (Lookup("t", (), 1, 5), "t mod 5", r"\mathrm{t} \bmod 5"),
    ],
)
def test_indices(index, as_text, as_latex):
    assert index_text(index) == as_text
    assert index_latex(index) == as_latex


@pytest.mark.parametrize(
    ("value", "as_text", "as_latex"),
    [
        (0.25, "1/4", r"\tfrac{1}{4}"),
        (1 / 784, "1/784", r"\tfrac{1}{784}"),
        (-1 / 3, "−1/3", r"-\tfrac{1}{3}"),
        (2.0, "2", "2"),
        (-1.5, "−1.5", "-1.5"),
        (0.3, "0.3", "0.3"),
    ],
)
def test_scales(value, as_text, as_latex):
    assert number_text(value) == as_text
    assert number_latex(value) == as_latex


def test_positions_take_letters_that_are_free():
    f = Sum(Ref("y", (2 * p + h,), (7,)), (Ref("x", (p,), (3,)), Ref("w", (h,), (2,))), (("p", 3), ("h", 2)))
    assert text(f) == "y[a] = Σ_{p} x[p] · w[a−2p]"


def test_four_awkward_axes_take_letters_that_are_free():
    at = tuple(2 * k for k in (n, o, p, q))
    f = Sum(Ref("y", at, (3, 3, 3, 3)), (Ref("x", (n, o, p, q), (2, 2, 2, 2)),), tuple((k, 2) for k in "nopq"))
    assert text(f) == "y[a,b,c,e] = Σ_{n,o,p,q : 2n = a, 2o = b, 2p = c, 2q = e} x[n,o,p,q]"


def test_mathml_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    with pytest.raises(MissingExtraError, match="pip install 'pullback\\[draw\\]'"):
        mathml(conv()["conv2d"])


def test_what_is_not_a_formula_has_no_text():
    with pytest.raises(TypeError, match="no text for int"):
        text(3)
    with pytest.raises(TypeError, match="no LaTeX for int"):
        latex(3)
