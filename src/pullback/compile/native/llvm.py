"""LLVM itself: loaded at first use, so that whatever compiles nothing also runs where LLVM does not."""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import Any

from pullback.compile.native.failure import NativeError
from pullback.errors import message

LOCK = threading.RLock()
"""Held while LLVM works: a fork waits for it, so that no child starts with LLVM's own lock taken."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=LOCK.release)


@cache
def binding() -> Any:
    """Give llvmlite.binding, with every target that it was built with.

    Raises: NativeError
    """
    try:
        import llvmlite.binding as llvm

        with LOCK:
            llvm.initialize_all_targets()
            llvm.initialize_all_asmprinters()
            llvm.initialize_native_asmparser()
    except (ImportError, OSError, RuntimeError) as error:
        raise NativeError(
            message(
                "compile: LLVM cannot be loaded",
                got=f"{type(error).__name__}: {error}",
                need="the package llvmlite with its library for this machine",
                fix='install llvmlite anew, or use engine="reference"',
            )
        ) from error
    return llvm


@cache
def check_runs() -> None:
    """Ask the system for memory that a program may write code to; some hardened systems give none.

    Raises: NativeError
    """
    llvm = binding()
    try:
        with LOCK:
            llvm.check_jit_execution()
    except OSError as error:
        raise NativeError(
            message(
                "compile: this system does not run code that a program makes",
                got=str(error),
                need="memory that may be made executable",
                fix='use engine="reference", or allow it (SELinux: the boolean deny_execmem)',
            )
        ) from error


def version() -> str:
    """Name the version of LLVM, which decides what code comes of the same text."""
    return ".".join(str(part) for part in binding().llvm_version_info)
