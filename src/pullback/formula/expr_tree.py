"""Elementwise expressions as immutable trees: constants, variables, functions applied to expressions.

Trees share their parts (a derivative repeats its function's parts many times over), so whatever walks one goes over
`postorder` or `numbered`, which visit each part once; a recursive walk would take exponential time.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import ClassVar, TypeAlias

import numpy as np

from pullback.errors import ArgumentError, message


class Expr:
    """An elementwise expression; the arithmetic operators build larger ones.

    >>> Var("x") * 2 + 1 == Apply("add", (Apply("multiply", (Var("x"), Const(2))), Const(1)))
    True
    """

    __slots__ = ()
    # NumPy then leaves `scalar * expr` to __rmul__, and `array * expr` too: an error, not an array of objects.
    __array_ufunc__: ClassVar[None] = None

    def __add__(self, other: Operand) -> Expr:
        return Apply("add", (self, lift(other)))

    def __radd__(self, other: Operand) -> Expr:
        return Apply("add", (lift(other), self))

    def __sub__(self, other: Operand) -> Expr:
        return Apply("subtract", (self, lift(other)))

    def __rsub__(self, other: Operand) -> Expr:
        return Apply("subtract", (lift(other), self))

    def __mul__(self, other: Operand) -> Expr:
        return Apply("multiply", (self, lift(other)))

    def __rmul__(self, other: Operand) -> Expr:
        return Apply("multiply", (lift(other), self))

    def __truediv__(self, other: Operand) -> Expr:
        return Apply("divide", (self, lift(other)))

    def __rtruediv__(self, other: Operand) -> Expr:
        return Apply("divide", (lift(other), self))

    def __pow__(self, other: Operand) -> Expr:
        return Apply("power", (self, lift(other)))

    def __rpow__(self, other: Operand) -> Expr:
        return Apply("power", (lift(other), self))

    def __neg__(self) -> Expr:
        return Apply("negative", (self,))


Operand: TypeAlias = Expr | float


@dataclass(frozen=True, slots=True, eq=False)
class Const(Expr):
    """A number: float, int or bool, weak as a Python number is among NumPy arrays.

    Const(1), Const(1.0) and Const(True) differ, as do 0.0 and −0.0: they give different values.
    """

    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _python_number(self.value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and repr(self.value) == repr(other.value)

    def __hash__(self) -> int:
        return hash(repr(self.value))


@dataclass(frozen=True, slots=True)
class Var(Expr):
    """A variable, whose value the environment gives."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Apply(Expr):
    """A function of `functions.FUNCTIONS` applied to expressions."""

    function: str
    arguments: tuple[Expr, ...]
    # Kept, because hashing anew would walk the whole tree below.
    hashed: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hashed", hash((self.function, self.arguments)))

    def __hash__(self) -> int:
        return self.hashed

    def __reduce__(self) -> tuple[type[Apply], tuple[str, tuple[Expr, ...]]]:
        # Hashes of strings differ from process to process: the kept one must not travel.
        return Apply, (self.function, self.arguments)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expr):
            return NotImplemented
        pending: list[tuple[Expr, Expr]] = [(self, other)]
        seen: set[tuple[int, int]] = set()
        while pending:
            a, b = pending.pop()
            if a is b or (id(a), id(b)) in seen:
                continue
            if not (isinstance(a, Apply) and isinstance(b, Apply)):
                if isinstance(a, Apply) or isinstance(b, Apply) or a != b:
                    return False
                continue
            if (a.hashed, a.function, len(a.arguments)) != (b.hashed, b.function, len(b.arguments)):
                return False
            seen.add((id(a), id(b)))
            pending.extend(zip(a.arguments, b.arguments, strict=True))
        return True


def lift(value: Operand) -> Expr:
    """Turn a number into a Const; an expression stays what it is.

    Raises:  ArgumentError
    """
    return value if isinstance(value, Expr) else Const(value)


def _python_number(value: object) -> float:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    raise ArgumentError(
        message(
            "expression: operand is not a number",
            got=f"{type(value).__name__}",
            need="an Expr, or a real number of Python or NumPy",
            fix="name an array with Var and pass its values to evaluate",
        )
    )


def postorder(expr: Expr, done: Container[int] = ()) -> list[Expr]:
    """List the parts, each object once, arguments before what uses them; parts whose id is in `done` are left out."""
    order: list[Expr] = []
    seen: set[int] = set()
    stack = [(expr, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif id(node) not in seen and id(node) not in done:
            seen.add(id(node))
            stack.append((node, True))
            if isinstance(node, Apply):
                stack.extend((a, False) for a in reversed(node.arguments))
    return order


Numbered: TypeAlias = tuple[tuple[Expr, tuple[int, ...]], ...]


def numbered(expr: Expr) -> Numbered:
    """List the distinct parts (equal ones once) with the positions of their arguments in the list."""
    number: dict[int, int] = {}
    known: dict[object, int] = {}
    rows: list[tuple[Expr, tuple[int, ...]]] = []
    for node in postorder(expr):
        arguments = tuple(number[id(a)] for a in node.arguments) if isinstance(node, Apply) else ()
        key = (node.function, arguments) if isinstance(node, Apply) else node
        if key not in known:
            known[key] = len(rows)
            rows.append((node, arguments))
        number[id(node)] = known[key]
    return tuple(rows)


def variables(expr: Expr) -> tuple[str, ...]:
    """Name the variables in the order of their first appearance.

    >>> variables(Var("b") * Var("a") + Var("b"))
    ('b', 'a')
    """
    return tuple(dict.fromkeys(node.name for node in postorder(expr) if isinstance(node, Var)))


def substitute(expr: Expr, replacements: Mapping[str, Operand]) -> Expr:
    """Replace variables by expressions, all at once.

    >>> x, y = Var("x"), Var("y")
    >>> substitute(x - y, {"x": y, "y": x}) == y - x
    True
    """
    result: dict[int, Expr] = {}
    for node in postorder(expr):
        if isinstance(node, Apply):
            arguments = tuple(result[id(a)] for a in node.arguments)
            same = all(a is b for a, b in zip(arguments, node.arguments, strict=True))
            result[id(node)] = node if same else Apply(node.function, arguments)
        elif isinstance(node, Var) and node.name in replacements:
            result[id(node)] = lift(replacements[node.name])
        else:
            result[id(node)] = node
    return result[id(expr)]


def _unary(function: str) -> Callable[[Operand], Expr]:
    return lambda x: Apply(function, (lift(x),))


def _binary(function: str) -> Callable[[Operand, Operand], Expr]:
    return lambda a, b: Apply(function, (lift(a), lift(b)))


def where(condition: Operand, a: Operand, b: Operand) -> Expr:
    """Choose a where the condition holds, b elsewhere."""
    return Apply("where", (lift(condition), lift(a), lift(b)))


# What each one computes, and its derivative, stands in functions.FUNCTIONS under the same name (abs_ under "abs").
exp, log, log1p, expm1 = _unary("exp"), _unary("log"), _unary("log1p"), _unary("expm1")
sin, cos, tan = _unary("sin"), _unary("cos"), _unary("tan")
sinh, cosh, tanh = _unary("sinh"), _unary("cosh"), _unary("tanh")
arcsin, arccos, arctan = _unary("arcsin"), _unary("arccos"), _unary("arctan")
arcsinh, arccosh, arctanh = _unary("arcsinh"), _unary("arccosh"), _unary("arctanh")
arctan2, cbrt = _binary("arctan2"), _unary("cbrt")
floor_divide, remainder = _binary("floor_divide"), _binary("remainder")
sqrt, abs_, sign = _unary("sqrt"), _unary("abs"), _unary("sign")
floor, ceil, rint = _unary("floor"), _unary("ceil"), _unary("rint")
sigmoid, softplus, erf = _unary("sigmoid"), _unary("softplus"), _unary("erf")
stop, isfinite, logical_not = _unary("stop"), _unary("isfinite"), _unary("logical_not")
maximum, minimum = _binary("maximum"), _binary("minimum")
greater, greater_equal = _binary("greater"), _binary("greater_equal")
less, less_equal = _binary("less"), _binary("less_equal")
equal, not_equal = _binary("equal"), _binary("not_equal")
logical_and, logical_or = _binary("logical_and"), _binary("logical_or")
