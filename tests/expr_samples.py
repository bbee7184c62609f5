"""Points, reference functions and random expressions that the tests of expressions share."""

import math

import numpy as np
from hypothesis import strategies as st

from pullback.formula import expr as ex
from pullback.formula.expr import Apply, Const, Var, evaluate

x, y, z, c = Var("x"), Var("y"), Var("z"), Var("c")
STEP = 1e-30

EVERYWHERE = [-30.0, -2.5, -0.7, -1e-3, 1e-3, 0.3, 1.1, 4.6, 40.0]
POSITIVE = [1e-12, 1e-3, 0.3, 1.0, 2.7, 1e6]
INSIDE_ONE = [-0.98, -0.5, -1e-8, 0.2, 0.7, 0.99]
POINTS = {
    "log": POSITIVE,
    "sqrt": POSITIVE,
    "log1p": [-0.9, -1e-9, 1e-20, 0.5, 1e6],
    "arcsin": INSIDE_ONE,
    "arccos": INSIDE_ONE,
    "arctanh": INSIDE_ONE,
    "arccosh": [2.2, 3.5, 7.0, 1e6],
    "sigmoid": [-700.0, -30.0, -0.7, 0.0, 0.4, 5.0],
    "softplus": [-700.0, -30.0, -0.7, 0.0, 0.4, 30.0, 700.0],
    "tanh": [-3.0, -0.5, 0.0, 1e-5, 2.0],
    "tan": [-1.2, -0.5, 0.0, 0.3, 1.4],
}
REFERENCE = {
    "negative": lambda a: -a,
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
    "softplus": lambda a: a + math.log1p(math.exp(-a)) if a > 0 else math.log1p(math.exp(a)),
    "abs": abs,
    "sign": lambda a: math.copysign(1, a),
    "rint": round,
    "stop": lambda a: a,
    "isfinite": math.isfinite,
    "logical_not": lambda a: not a,
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "arcsinh": math.asinh,
    "arccosh": math.acosh,
    "arctanh": math.atanh,
}
UNARY = sorted(name for name, f in ex.FUNCTIONS.items() if f.arity == 1)
BINARY = sorted(name for name, f in ex.FUNCTIONS.items() if f.arity == 2)
SMOOTH_BINARY = ["add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "arctan2", "remainder"]


def complex_step(expr, env, name):
    """The derivative along one variable, from the value alone."""
    return evaluate(expr, {**env, name: env[name] + 1j * STEP}).imag / STEP


numbers = st.sampled_from([0.0, 1.0, -1.0, 2.0, 0.5, -3.0])


def _grown(children):
    unary = st.builds(
        lambda f, a: Apply(f, (a,)), st.sampled_from(["negative", "abs", "sin", "tanh", "sigmoid"]), children
    )
    binary = st.builds(
        lambda f, a, b: Apply(f, (a, b)),
        st.sampled_from(["add", "subtract", "multiply", "maximum"]),
        children,
        children,
    )
    quotient = st.builds(lambda a, b: a / (b**2 + 1.5), children, children)
    choice = st.builds(lambda a, b: ex.where(ex.greater(a, b), a, b), children, children)
    return unary | binary | quotient | choice | st.builds(lambda a: a**2, children)


expressions = st.recursive(st.sampled_from([x, y]) | numbers.map(Const), _grown, max_leaves=12)
ENV = {"x": np.array([-1.37, 0.61, 2.3]), "y": np.array([0.77, -0.29, 1.9])}
