"""Settings in words that are the same in every process, so that a checkpoint can tell whether a run is still the same.

What is compared, and how far:

    plain data             numbers, strings, None, and tuples, lists, sets and dictionaries of them: their values
    arrays                 type, shape and a digest of the entries
    functools.partial      the function and its arguments
    dataclasses, objects   the class and the attributes; of a class outside Pullback the bytecode of `forward`,
                           `__call__`, `init`, `update` and `for_run` too
    nn.Module              Pullback's own: the options; others like an object; the layers inside
    functions              the qualified name; outside Pullback the bytecode, defaults, enclosed values, and the globals
                           that it reads, where these are one of the above or a function of the same module

Not compared: other functions than these that are called, and code that is not Python's. Bytecode differs between
Python's versions, and counts only where both runs use the same one.
"""

from __future__ import annotations

import dis
import hashlib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.nn import Module
from pullback.nn.saving import is_built_in

_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_METHODS = ("forward", "__call__", "init", "update", "for_run")
_REGISTERS = ("_parameters", "_buffers", "_modules", "_training", "info")
_CODE = re.compile(r"code (\d+\.\d+) [0-9a-f]+")


def described(value: Any) -> str:
    """A setting in words without addresses.

    >>> from pullback.optim import SGD
    >>> described(SGD(0.1)), described(partial(round, ndigits=2))
    ('SGD(lr=0.1, momentum=0.0, dampening=0.0, nesterov=False, weight_decay=0.0)', 'builtins.round(ndigits=2)')
    """
    return _Describer().text(value)


def described_network(net: Module) -> str:
    """A network in words: its layers and their settings, and the shapes of its arrays, which are its state."""
    return _Describer(arrays_are_state=True).text(net)


def are_same(first: Any, second: Any) -> bool:
    """Whether two settings are the same, where descriptions from two versions of Python are compared without code."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(are_same(first[k], second[k]) for k in first)
    if not isinstance(first, str) or not isinstance(second, str):
        return bool(first == second)
    if set(_CODE.findall(first)).isdisjoint(_CODE.findall(second)):
        first, second = _CODE.sub("code", first), _CODE.sub("code", second)
    return bool(first == second)


class _Describer:
    """One description. An object that is met again, such as a function that calls itself, is named only."""

    def __init__(self, *, arrays_are_state: bool = False) -> None:
        self.arrays_are_state = arrays_are_state
        self._seen: dict[int, Any] = {}

    def text(self, value: Any) -> str:
        """The description."""
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, _PLAIN):
            return repr(value)
        if isinstance(value, np.ndarray):
            return f"array {value.dtype.str}{value.shape} {digest_of(value)}"
        if isinstance(value, (ModuleType, type, BuiltinFunctionType)):
            return _name(value)
        if id(value) in self._seen:
            return _name(value)
        self._seen[id(value)] = value
        found = self._compound(value)
        # Whether two settings are one object or two equal ones matters for layers alone; functions are long.
        if not isinstance(value, (FunctionType, Module)):
            del self._seen[id(value)]
        return found

    def _compound(self, value: Any) -> str:
        if isinstance(value, (tuple, list)):
            return f"({', '.join(map(self.text, value))})"
        if isinstance(value, (set, frozenset)):
            return f"{{{', '.join(sorted(map(self.text, value)))}}}"
        if isinstance(value, Mapping):
            return f"{{{', '.join(f'{self.text(k)}: {self.text(v)}' for k, v in value.items())}}}"
        if isinstance(value, partial):
            return self.text(value.func) + self._listed(
                map(self.text, value.args), dict(sorted(value.keywords.items()))
            )
        if isinstance(value, MethodType):
            return f"{self.text(value.__func__)} of {self.text(value.__self__)}"
        if isinstance(value, FunctionType):
            return self._function(value)
        if isinstance(value, Module):
            return self._module(value)
        if is_dataclass(value):
            return type(value).__name__ + self._listed(
                self._code_of_class(value), {f.name: getattr(value, f.name) for f in fields(value)}
            )
        if hasattr(value, "__wrapped__"):  # such as functools.cache
            return f"{_name(value)} of {self.text(value.__wrapped__)}"
        if hasattr(value, "__name__"):  # such as a universal function of NumPy
            return _name(value)
        return _name(type(value)) + self._listed(self._code_of_class(value), getattr(value, "__dict__", {}))

    def _listed(self, first: Any, named: Mapping[str, Any]) -> str:
        return f"({', '.join([*first, *(f'{k}={self.text(v)}' for k, v in named.items())])})"

    def _module(self, module: Module) -> str:
        children = (f"{k}: {self.text(child)}" for k, child in module.named_children())
        if is_built_in(type(module)):
            own = repr(module) if not module.has_children else type(module).__name__
        else:
            attributes = {k: v for k, v in vars(module).items() if k not in _REGISTERS}
            own = _name(type(module)) + self._listed(self._code_of_class(module), attributes | self._arrays(module))
        inside = ", ".join(children)
        return f"{own}[{inside}]" if inside else own

    def _arrays(self, module: Module) -> dict[str, Any]:
        found: dict[str, NDArray[Any]] = {**module._parameters, **module._buffers}
        return {k: v.shape if self.arrays_are_state else v for k, v in found.items()}

    def _code_of_class(self, value: Any) -> Iterator[str]:
        cls = type(value)
        for name in _METHODS:
            function = getattr(cls, name, None)
            if isinstance(function, FunctionType) and not _is_ours(function):
                yield f"{name}: {_code(function)}"

    def _function(self, function: FunctionType) -> str:
        if _is_ours(function):
            return _name(function)
        defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        enclosed = {k: _content(cell) for k, cell in cells}
        reads = {k: function.__globals__[k] for k in sorted(_globals(function.__code__)) if k in function.__globals__}
        reads = {k: v for k, v in reads.items() if self._is_compared(v, function)}
        parts = [_code(function), *map(self.text, defaults)]
        return _name(function) + self._listed(parts, enclosed | reads)

    def _is_compared(self, value: Any, reader: FunctionType) -> bool:
        """Whether a global that a function reads belongs to the function's settings."""
        if isinstance(value, (FunctionType, type)):
            return isinstance(value, FunctionType) and value.__module__ == reader.__module__
        kinds = (*_PLAIN, np.generic, np.ndarray, tuple, list, set, frozenset, dict, partial, Module)
        return isinstance(value, kinds) or is_dataclass(value)


def digest_of(array: NDArray[Any]) -> str:
    """A short digest of an array's entries."""
    content = repr(array.tolist()).encode() if array.dtype.hasobject else np.ascontiguousarray(array).tobytes()
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def _name(value: Any) -> str:
    owner = value if hasattr(value, "__name__") else type(value)
    if isinstance(owner, ModuleType):
        return owner.__name__
    return f"{getattr(owner, '__module__', None) or 'builtins'}.{getattr(owner, '__qualname__', owner.__name__)}"


def _is_ours(function: FunctionType) -> bool:
    return (function.__module__ or "").partition(".")[0] == "pullback"


def _content(cell: Any) -> Any:
    """What a cell holds; a cell may still be empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _code(function: FunctionType) -> str:
    """A digest of the bytecode, with Python's version."""
    digest = hashlib.blake2b(digest_size=6)
    for part in _code_parts(function.__code__, function.__doc__):
        digest.update(part)
    return f"code {sys.version_info.major}.{sys.version_info.minor} {digest.hexdigest()}"


def _code_parts(code: CodeType, doc: str | None = None) -> Iterator[bytes]:
    """The bytecode, the names and constants that it uses, and those of the functions inside: no places in a file."""
    yield code.co_code
    yield repr(code.co_names).encode()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_parts(constant)
        elif isinstance(constant, frozenset):
            yield repr(sorted(map(repr, constant))).encode()
        elif constant is not doc:
            yield repr(constant).encode()


def _globals(code: CodeType) -> set[str]:
    """The names of globals that a function, or one inside it, reads."""
    names = {i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return names.union(*(_globals(c) for c in code.co_consts if isinstance(c, CodeType)))
