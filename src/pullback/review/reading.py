"""What a function's source tells: the words it uses, and what its results are called."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

from pullback.review.spellings import gradient_of, normal


def words(function: Any) -> set[str]:
    """The names and texts that a function uses, and those of the functions of its module that it calls.

    >>> sorted(words(lambda p: p["stride"] + p.pad))
    ['pad', 'stride']
    """
    seen: set[int] = set()
    return {normal(w) for w in _words(function, seen)}


def _words(function: Any, seen: set[int]) -> Iterator[str]:
    for own in _functions(function):
        if id(own) in seen:
            continue
        seen.add(id(own))
        for word in _of_code(own.__code__):
            yield word
            helper = own.__globals__.get(word)
            if isinstance(helper, FunctionType) and helper.__module__ == own.__module__:
                yield from _words(helper, seen)


def _functions(target: Any) -> list[FunctionType]:
    if isinstance(target, type):
        found = [inspect.unwrap(getattr(v, "__func__", v)) for v in vars(target).values()]
    else:
        plain = inspect.unwrap(getattr(target, "__func__", target))
        found = [plain if isinstance(plain, FunctionType) else vars(type(plain)).get("__call__")]
    return [f for f in found if isinstance(f, FunctionType)]


def _of_code(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, tuple):
            yield from (c for c in constant if isinstance(c, str))
        elif isinstance(constant, CodeType):
            yield from _of_code(constant)


def returned(function: Callable[..., Any], op: str, arrays: tuple[str, ...]) -> list[str]:
    """Which gradients a function returns, as far as the names in its last `return` tell; "" for the others."""
    names = _returned_names(function)
    found: list[str] = []
    for name in names:
        meaning = gradient_of(name, op, arrays) if name else ""
        found.append("" if meaning in found else meaning)
    return found


def by_own_name(function: Callable[..., Any]) -> str:
    """Whether a function's own name says which gradient it gives: "input", "filter" or "bias"."""
    parts = {p.lower() for p in getattr(function, "__name__", "").split("_")}
    kinds = (
        ("input", {"input", "inputs", "x", "dx", "data", "image", "images"}),
        ("filter", {"filter", "filters", "weight", "weights", "w", "dw", "kernel", "kernels"}),
        ("bias", {"bias", "biases", "b", "db"}),
    )
    told = [kind for kind, spellings in kinds if parts & spellings]
    return told[0] if len(told) == 1 else ""


def _returned_names(function: Callable[..., Any]) -> list[str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, TypeError, SyntaxError):
        return []
    body = next((n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)), None)
    returns = list(_returns(body.body)) if body else []
    if not returns:
        return []
    value = returns[-1].value
    elements = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]
    return [_name_of(e) for e in elements]


def _returns(statements: list[ast.stmt]) -> Iterator[ast.Return]:
    """The returns of a function's body, not those of functions inside it."""
    for statement in statements:
        if isinstance(statement, ast.Return):
            yield statement
        elif not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            for part in ("body", "orelse", "finalbody"):
                yield from _returns(getattr(statement, part, []))


def _name_of(node: ast.expr | None) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return _name_of(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("reshape", "astype"):
        return _name_of(node.func.value)
    return ""
