"""Text and LaTeX: read back by Python, and as the textbook writes them."""

import dataclasses
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings

from expr_samples import (
    ENV,
    REFERENCE,
    expressions,
    x,
    y,
    z,
)
from pullback.formula import expr as ex
from pullback.formula import functions
from pullback.formula.expr import Apply, Const, Var, evaluate, latex, text


def _python(formula):
    formula = formula.replace("−", "-").replace("·", "*").replace("σ(", "sigma(").replace("^", "**")
    formula = re.sub(
        "[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: "**" + m[0].translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")), formula
    )
    return re.sub(r"\|", "", formula)


def _read(formula, env):
    names = {"sin": math.sin, "tanh": math.tanh, "sigma": REFERENCE["sigmoid"], "max": max, **env}
    return eval(_python(formula), {"__builtins__": {}}, names)


@settings(max_examples=300, deadline=None)
@given(expressions.filter(lambda e: "abs" not in repr(e)))
def test_python_reads_the_text_as_the_expression_is_computed(expr):
    for j in range(3):
        point = {name: float(values[j]) for name, values in ENV.items()}
        assert _read(text(expr), point) == pytest.approx(float(evaluate(expr, point)), rel=1e-9, abs=1e-9)


def test_python_notices_a_missing_parenthesis(monkeypatch):
    loose = dataclasses.replace(ex.FUNCTIONS["subtract"], text="{0} − {1}")
    monkeypatch.setitem(functions.FUNCTIONS, "subtract", loose)
    assert _read(text(x - (y - x)), {"x": 1.0, "y": 5.0}) != 1.0 - (5.0 - 1.0)


@pytest.mark.parametrize(
    ("expr", "as_text", "as_latex"),
    [
        (ex.maximum(x, 0), "max(x, 0)", r"\max\left(x, 0\right)"),
        (ex.greater(x, 0), "x > 0", "x > 0"),
        (ex.sigmoid(x), "σ(x)", r"\sigma\left(x\right)"),
        (ex.exp(x), "exp(x)", r"\exp\left(x\right)"),
        (x**2, "x²", "x^{2}"),
        (x**-12, "x⁻¹²", "x^{-12}"),
        ((x**2) ** 3, "(x²)³", r"\left(x^{2}\right)^{3}"),
        ((-x) ** 2, "(−x)²", r"\left(-x\right)^{2}"),
        (-(x**2), "−x²", "-x^{2}"),
        (x ** (y + 1), "x^(y + 1)", "x^{y + 1}"),
        ((x + y) * z, "(x + y) · z", r"\left(x + y\right) \cdot z"),
        (x + y * z, "x + y · z", r"x + y \cdot z"),
        (x - (y - z), "x − (y − z)", r"x - \left(y - z\right)"),
        (x + (-y), "x − y", "x - y"),
        (x - (-y), "x − (−y)", r"x - \left(-y\right)"),
        (x * -2, "x · (−2)", r"x \cdot \left(-2\right)"),
        (x / (y * z), "x / (y · z)", r"\frac{x}{y \cdot z}"),
        (x / y * z, "(x / y) · z", r"\frac{x}{y} \cdot z"),
        (x / y + z, "x / y + z", r"\frac{x}{y} + z"),
        (ex.sqrt(x + 1), "sqrt(x + 1)", r"\sqrt{x + 1}"),
        (ex.abs_(x), "|x|", r"\left|x\right|"),
        (ex.floor(x), "⌊x⌋", r"\left\lfloor x\right\rfloor"),
        (
            ex.where(ex.greater(x, 0), x, 0.1 * x),
            "x if x > 0 else 0.1 · x",
            r"\begin{cases} x & \text{if } x > 0 \\ 0.1 \cdot x & \text{otherwise} \end{cases}",
        ),
        (
            ex.logical_and(ex.greater_equal(x, 0), ex.logical_not(ex.equal(x, y))),
            "x ≥ 0 and not x = y",
            r"x \ge 0 \land \lnot \left(x = y\right)",
        ),
        (x * (1 / 784), "x · 1/784", r"x \cdot \frac{1}{784}"),
        (x + 1e-05, "x + 1e-05", "x + 10^{-5}"),
        (2.5e-08 * x, "2.5e-08 · x", r"2.5 \cdot 10^{-8} \cdot x"),
        (x * math.sqrt(2 / math.pi), "x · √(2/π)", r"x \cdot \sqrt{\frac{2}{\pi}}"),
        (Const(math.nan) + Const(True), "nan + true", r"\text{nan} + \text{true}"),
        (Const(-math.inf), "−∞", r"-\infty"),
        (
            Var("y_bar") * Var("x1") * Var("run_mean"),
            "y_bar · x1 · run_mean",
            r"\bar{y} \cdot x_{1} \cdot \mathrm{run\_mean}",
        ),
    ],
)
def test_formulas_in_text_and_latex(expr, as_text, as_latex):
    assert text(expr) == as_text
    assert latex(expr) == as_latex


def test_names_say_how_variables_are_written():
    expr = ex.maximum(x, 0) * y
    assert text(expr, {"x": "x[n,o,p,q]"}) == "max(x[n,o,p,q], 0) · y"
    assert latex(expr, {"x": "x_{n,o}", "y": r"\bar{y}"}) == r"\max\left(x_{n,o}, 0\right) \cdot \bar{y}"


@pytest.mark.parametrize("name", sorted(ex.FUNCTIONS))
def test_every_function_has_well_formed_notation(name):
    convert = pytest.importorskip("latex2mathml.converter").convert
    arguments = (x + y, y - z, z)[: ex.FUNCTIONS[name].arity]
    expr = Apply(name, arguments)
    assert all(v in text(expr) for v in "xyz"[: len(arguments)])
    assert convert(latex(expr)).startswith("<math")
    depth = np.cumsum([{"{": 1, "}": -1}.get(ch, 0) for ch in latex(expr)])
    assert depth.min() >= 0
    assert depth[-1] == 0
