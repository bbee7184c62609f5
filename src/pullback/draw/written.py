"""Formulas written as text: "ln(x1) + x1*x2 - sin(x2)" as a function that can be traced."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any

import numpy as np

from pullback.errors import ArgumentError, message

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "abs": np.abs,
    "cos": np.cos,
    "exp": np.exp,
    "ln": np.log,
    "log": np.log,
    "sin": np.sin,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
}
SIGNS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


@dataclass(frozen=True)
class Written:
    """A function of numbers that was given as text; `names` are its variables in order of first appearance."""

    text: str
    names: tuple[str, ...]
    body: ast.expr

    @property
    def __signature__(self) -> Signature:
        """The variables as arguments, so that pictures can name them."""
        return Signature([Parameter(k, Parameter.POSITIONAL_ONLY) for k in self.names])

    def __call__(self, *values: Any) -> Any:
        """The value for the variables' values, in the order of `names`."""
        return _value(self.body, dict(zip(self.names, values, strict=True)))


def written(text: str) -> Written:
    """Read a formula of numbers, variables, + − * / **, brackets and the functions abs, cos, exp, ln, sin and so on.

    Raises: ArgumentError

    >>> f = written("ln(x1) + x1*x2 - sin(x2)")
    >>> f.names, round(float(f(2.0, 5.0)), 4)
    (('x1', 'x2'), 11.6521)
    """
    try:
        body = ast.parse(text.replace("^", "**").replace("−", "-").strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        where = f" at character {error.offset}" if isinstance(error, SyntaxError) and error.offset else ""
        need = "numbers, variables, + - * / **, brackets, functions"
        raise ArgumentError(message("formula: cannot be read", got=f"{text!r}{where}", need=need)) from error
    names: dict[str, None] = {}
    _check(body, text, names)
    if not names:
        raise ArgumentError(message("formula: no variable in it", got=repr(text), fix='such as "x1*x2"'))
    return Written(text, tuple(names), body)


def _check(node: ast.expr, text: str, names: dict[str, None]) -> None:
    """Collect the variables from left to right."""
    if isinstance(node, ast.Name):
        names[node.id] = None
    elif isinstance(node, ast.BinOp) and type(node.op) in SIGNS:
        _check(node.left, text, names)
        _check(node.right, text, names)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        _check(node.operand, text, names)
    elif _is_call(node):
        _check(node.args[0], text, names)  # type: ignore[attr-defined]  # a call, as was just asked
    elif not (isinstance(node, ast.Constant) and type(node.value) in (int, float)):
        what = ast.unparse(node)
        need = f"numbers, variables, + - * / **, brackets, and {', '.join(FUNCTIONS)}"
        raise ArgumentError(message("formula: something that is no formula", got=f"{what!r} in {text!r}", need=need))


def _is_call(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in FUNCTIONS
        and len(node.args) == 1
        and not node.keywords
    )


def _value(node: ast.expr, env: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return env[node.id]
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.BinOp):
        return SIGNS[type(node.op)](_value(node.left, env), _value(node.right, env))
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, env)
        return -inner if isinstance(node.op, ast.USub) else inner
    assert isinstance(node, ast.Call)  # noqa: S101  (for the type checker: all else was refused)
    assert isinstance(node.func, ast.Name)  # noqa: S101
    return FUNCTIONS[node.func.id](_value(node.args[0], env))
