"""`pb.compile`: a function of arrays as native code, made anew for arguments of other shapes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pullback import tree
from pullback.autodiff import tracing
from pullback.compile.precision import Precision, checked_precision
from pullback.errors import ArgumentError, TracingError, message
from pullback.graph import Constant, Graph, kind_of
from pullback.ops.apply import shape_of

if TYPE_CHECKING:
    from pullback.compile.executable import Executable
    from pullback.compile.program import Program

Array = NDArray[Any]

KEPT = 64
"""How many programs a process remembers."""
_programs: OrderedDict[Any, Program] = OrderedDict()


def native(graph: Graph, dtype: str, precision: Precision = "fast") -> Executable:
    """The graph as native code; equal graphs are compiled once in a process.

    Raises: NativeError, where LLVM makes no code for this machine
    """
    from pullback.compile.native.llvm import check_runs

    check_runs()  # before the compiler imports LLVM, whose own errors name no cure
    from pullback.compile.executable import Executable
    from pullback.compile.program import compile_graph

    key = (dtype, precision, _fingerprint(graph))
    with np.errstate(all="ignore"):  # constants that this precision cannot hold are infinite, as in the interpreter
        program = _programs.pop(key, None) or compile_graph(graph, dtype, precision=precision)
    _programs[key] = program
    if len(_programs) > KEPT:
        _programs.popitem(last=False)
    return Executable(program)


def _fingerprint(graph: Graph) -> Any:
    """What equal graphs have in common."""
    at = {id(n): k for k, n in enumerate(graph.nodes)}
    nodes = tuple(
        (
            n.formula.fingerprint if isinstance(n.formula, Constant) else n.formula,
            tuple(at[id(i)] for i in n.inputs),
            n.name,
            n.scope,
        )
        for n in graph.nodes
    )
    return nodes, tuple(at[id(n)] for n in graph.inputs), tuple(at[id(n)] for n in graph.outputs)


def compile(
    function: Callable[..., Any], *, dtype: DTypeLike | None = None, precision: Precision = "fast"
) -> Callable[..., Any]:
    """Make a function that gives what this one gives, computed by native code for this machine.

    It is traced and compiled at the first call, and again for arguments of other shapes, kinds (float, int, bool) or
    nesting. Arrays that it reads from outside, and keyword arguments, are as they were at that moment; keyword
    arguments with other values compile anew. Called with traced values, such as inside `grad`, it is traced with them.

    dtype      "float32" or "float64": the type of every floating-point number; None: the widest type among the
               arguments, float64 where all of them are plain numbers
    precision  "fast", or "strict" without Winograd's algorithm: 3×3 convolutions of 16 and more channels then take
               1.5 to 3 times as long, and have a third of the rounding errors or less (docs/compiler.md has them)

    Results are fresh arrays, nested as the function's own; one number comes as a NumPy scalar. Several Python threads
    may call it at once.

    Raises: TracingError, where the function cannot be traced, as `vjp`; ArgumentError, for complex arguments;
            NativeError, where LLVM makes no code for this machine

    >>> fast = compile(lambda x: {"norm": np.sqrt(np.sum(x * x)), "twice": 2 * x})
    >>> fast(np.array([3.0, 4.0]))
    {'norm': np.float64(5.0), 'twice': array([6., 8.])}
    """
    if not callable(function):
        raise ArgumentError(
            message("compile: not a function", got=repr(function), need="compile(f), then f's arguments")
        )
    made = _Made(function, _real(dtype), checked_precision(precision, "compile"))

    @wraps(function)
    def compiled(*args: Any, **options: Any) -> Any:
        flat = list(tree.leaves(list(args)))
        if tracing.is_traced(flat):
            return function(*args, **options)
        native = made.of(args, flat, options)
        return function(*args, **options) if native is None else native(flat)

    return compiled


@dataclass(frozen=True)
class _Native:
    """A function for arguments of one structure."""

    run: Callable[[Sequence[Any]], Sequence[Array]]
    result: tree.Tree

    def __call__(self, flat: list[Any]) -> Any:
        found = self.run([np.asarray(v) for v in flat])
        return tree.fill(self.result, (a if a.shape else a[()] for a in found))


class _Made:
    """The native code of a function by what it was made for."""

    def __init__(self, function: Callable[..., Any], dtype: np.dtype[Any] | None, precision: Precision) -> None:
        self.function, self.dtype, self.precision = function, dtype, precision
        self._known: dict[Any, _Native] = {}

    def of(self, args: tuple[Any, ...], flat: list[Any], options: dict[str, Any]) -> _Native | None:
        """The code for such arguments; None where the function reads values of an enclosing trace."""
        real = tracing.precision(flat) if self.dtype is None else self.dtype
        _check_real(flat, real)
        key = (str(real), _structure(list(args)), _fixed(options))
        if key not in self._known:
            made = self._make(args, options, real)
            if made is None:
                return None
            self._known[key] = made
        return self._known[key]

    def _make(self, args: tuple[Any, ...], options: dict[str, Any], real: np.dtype[Any]) -> _Native | None:
        def of_positional(*values: Any) -> Any:
            return self.function(*values, **options)

        found = tracing.record(of_positional, args)
        if found.outer:
            return None
        graph = Graph.of(found.inputs, found.outputs)
        return _Native(native(graph, str(real), self.precision), found.result)


def _real(dtype: DTypeLike | None) -> np.dtype[Any] | None:
    """Check the option.

    Raises: ArgumentError
    """
    if dtype is None:
        return None
    try:
        wanted = np.dtype(dtype)
    except TypeError:
        wanted = np.dtype(object)
    if wanted not in (np.float32, np.float64):
        raise ArgumentError(message("compile: dtype", got=f"dtype={dtype!r}", need="'float32', 'float64' or None"))
    return wanted


def _check_real(flat: list[Any], real: np.dtype[Any]) -> None:
    """Refuse complex numbers, which native code has none of.

    Raises: ArgumentError
    """
    if real.kind == "c" or any(np.iscomplexobj(v) for v in flat):
        raise ArgumentError(
            message(
                "compile: complex numbers are not compiled",
                got=", ".join(str(np.asarray(v).dtype) for v in flat),
                need="floats, integers or booleans",
                fix="call the function itself",
            )
        )
    if real.itemsize > np.dtype(np.float64).itemsize:
        need = "float32 or float64"
        raise ArgumentError(message("compile: floats of another kind", got=str(real), need=need, fix="dtype='float64'"))


def _structure(nest: tree.Tree) -> Any:
    """What code depends on: nesting, shapes and kinds."""
    if isinstance(nest, Mapping):
        return ("mapping", *((k, _structure(v)) for k, v in nest.items()))
    if isinstance(nest, (tuple, list)):
        return (type(nest), *map(_structure, nest))
    return None if nest is None else (shape_of(nest), kind_of(nest))


def _fixed(options: dict[str, Any]) -> Any:
    """Keyword arguments as a key.

    Raises: TracingError
    """
    key = tuple((name, type(options[name]), options[name]) for name in sorted(options))
    try:
        hash(key)
    except TypeError as error:
        raise TracingError(
            message(
                "compile: a keyword argument is fixed when the function is compiled",
                got=str(error),
                need="numbers, words, tuples of them: what can be compared",
                fix="give arrays as positional arguments",
            )
        ) from error
    return key
