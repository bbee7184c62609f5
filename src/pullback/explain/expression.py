"""A function written as text: assignments and an expression of Pullback's operators. Nothing else is ever run."""

from __future__ import annotations

import ast
import inspect
import operator
from collections.abc import Callable, Sequence
from math import e, pi
from typing import Any

from pullback.errors import ArgumentError, message
from pullback.explain.names import closest
from pullback.graph import mark
from pullback.ops import load_all
from pullback.ops.apply import Value
from pullback.ops.registry import REGISTRY

_CONSTANTS = {"pi": pi, "e": e}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}


class Expression:
    """A function of named arguments, given as text.

    >>> f = Expression("p = x1 * x2; log(x1) + p - sin(x2)", ("x1", "x2"))
    >>> print(f"{f(2.0, 5.0):.4f}")
    11.6521
    """

    def __init__(self, text: str, arguments: Sequence[str]) -> None:
        self.text = text
        try:
            self._body = ast.parse(text.strip()).body
        except SyntaxError as error:
            raise _error("not an expression", text, error.msg or "") from error
        before = self._body[:-1]
        if not self._body or not isinstance(self._body[-1], ast.Expr) or not all(map(_is_assignment, before)):
            need = "names given to parts (a = …), then an expression"
            raise _error("an expression gives a value", text, need)
        positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
        self.__signature__ = inspect.Signature([inspect.Parameter(name, positional) for name in arguments])
        load_all()

    def __call__(self, *values: Value) -> Value:
        """The value at these arguments; the parts that have a name are marked with it.

        Raises: ArgumentError, and what the operators raise
        """
        known: dict[str, Any] = _CONSTANTS | dict(zip(self.__signature__.parameters, values, strict=True))
        for statement in self._body:
            if isinstance(statement, ast.Assign):
                name = _target(statement)
                known[name] = self._value(statement.value, known)
                mark(name, known[name])
        last = self._body[-1]
        assert isinstance(last, ast.Expr)  # noqa: S101  (checked when it was read)
        result: Value = self._value(last.value, known)
        return result

    def _value(self, node: ast.expr, known: dict[str, Any]) -> Any:
        match node:
            case ast.Constant(value=bool() | int() | float() | str() | None):
                return node.value
            case ast.Name(id=name):
                if name not in known:
                    raise _error("no such name", name, closest(name, [*reversed(known)]))
                return known[name]
            case ast.BinOp(op=op) if type(op) in _BINARY:
                return _BINARY[type(op)](self._value(node.left, known), self._value(node.right, known))
            case ast.UnaryOp(op=sign) if type(sign) in _UNARY:
                return _UNARY[type(sign)](self._value(node.operand, known))
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return tuple(self._value(item, known) for item in items)
            case ast.Subscript():
                return self._value(node.value, known)[self._index(node.slice, known)]
            case ast.Call(func=ast.Name(id=name)):
                return self._called(name, node, known)
        written = ast.unparse(node)
        raise _error("not part of an expression", written, "numbers, names, + − * / ** @, operators, x[0]")

    def _called(self, name: str, node: ast.Call, known: dict[str, Any]) -> Any:
        if name not in REGISTRY:
            raise _error("no such operator", name, closest(name, sorted(REGISTRY)))
        arguments = [self._value(a, known) for a in node.args]
        options = {k.arg: self._value(k.value, known) for k in node.keywords if k.arg is not None}
        try:
            inspect.signature(REGISTRY[name].function).bind(*arguments, **options)
        except TypeError as error:
            raise _error(f"{name} takes other arguments", ast.unparse(node), str(error)) from error
        return REGISTRY[name].function(*arguments, **options)

    def _index(self, node: ast.expr, known: dict[str, Any]) -> Any:
        if isinstance(node, ast.Tuple):
            return tuple(self._index(item, known) for item in node.elts)
        if isinstance(node, ast.Slice):
            ends = (node.lower, node.upper, node.step)
            return slice(*(None if end is None else self._value(end, known) for end in ends))
        return self._value(node, known)


def _is_assignment(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign)


def _target(statement: ast.Assign) -> str:
    if len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    raise _error("a part gets one name", ast.unparse(statement), "name = …")


def _error(what: str, got: str, need: str) -> ArgumentError:
    return ArgumentError(message(f"expression: {what}", got=got, need=need))
