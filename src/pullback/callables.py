"""Packages that bear the name of their function, and are called as it: `pb.compile`, `pb.diagnose`, `pb.review`.

Importing a subpackage sets it as an attribute of `pullback`, where users expect the function of that name.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


def make_callable(package: str, home: str) -> None:
    """Let a package be called as the function of its own name, which lives in the module `home` and is loaded then."""
    name = package.rpartition(".")[2]

    class Package(ModuleType):
        """A package that is called as its function."""

        def __call__(self, *args: Any, **options: Any) -> Any:
            return getattr(import_module(home), name)(*args, **options)

    sys.modules[package].__class__ = Package
