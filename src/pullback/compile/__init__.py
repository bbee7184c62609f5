"""The compiler: a graph becomes one native function for this machine. `pullback.compile(f)` compiles a function.

The package bears the name of the function; so it is one that can be called.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    def __call__(self, function: Callable[..., Any], *, dtype: Any = None) -> Callable[..., Any]:
        """Make a function that computes the same in native code; see `pullback.compile.function.compile`."""
        from pullback.compile.function import compile

        return compile(function, dtype=dtype)


sys.modules[__name__].__class__ = _Callable
