"""LLVM's text to machine code: code generation alone for what is tiled by hand, LLVM's own passes on request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from pullback.compile.native.failure import NativeError
from pullback.compile.native.llvm import LOCK, binding
from pullback.compile.native.target import Target
from pullback.errors import message


def object_code(ir_text: str, target: Target, *, optimise: bool = False) -> bytes:
    """Make the relocatable object code of one module.

    With `optimise`, LLVM's passes of level 2 run first (for plain loops); kernels tiled by hand come out the same
    without them, and much sooner.

    Raises: NativeError, when the text is not valid
    """
    with _module(ir_text, target, optimise) as (machine, module):
        return bytes(machine.emit_object(module))


def assembly(ir_text: str, target: Target, *, optimise: bool = False) -> str:
    """Make the assembly text of one module, for people and tests; any of LLVM's targets, wherever it runs.

    >>> code = assembly("define i64 @f(i64 %a) { %b = add i64 %a, 1  ret i64 %b }", Target.aarch64())
    >>> [line.split() for line in code.splitlines() if "add" in line]
    [['add', 'x0,', 'x0,', '#1']]

    Raises: NativeError, when the text is not valid
    """
    with _module(ir_text, target, optimise) as (machine, module):
        return str(machine.emit_assembly(module))


@cache
def _machine(target: Target) -> Any:
    llvm = binding()
    try:
        found = llvm.Target.from_triple(target.triple)
        # Position-independent, near code is what is found again in the cache and loaded at any address.
        return found.create_target_machine(
            cpu=target.cpu, features=target.features, opt=3, reloc="pic", codemodel="default"
        )
    except RuntimeError as error:
        raise NativeError(
            message(
                "compile: LLVM makes no code for this machine",
                got=f"{target.triple}, {error}",
                need="one of the targets that the installed llvmlite was built with",
                fix='engine="reference"',
            )
        ) from error


@contextmanager
def _module(ir_text: str, target: Target, optimise: bool) -> Iterator[tuple[Any, Any]]:
    """The module of a text, set up for the target, and the target's machine."""
    llvm = binding()
    # All is taken down inside the lock, or a fork could come in between, with LLVM's own lock taken.
    with LOCK, llvm.create_context() as context:
        machine = _machine(target)
        try:
            module = llvm.parse_assembly(ir_text, context)
        except RuntimeError as error:
            raise _refused(error) from error
        with module:
            module.triple = target.triple
            module.data_layout = str(machine.target_data)
            try:
                module.verify()
            except RuntimeError as error:
                raise _refused(error) from error
            if optimise:
                _optimise(machine, module)
            yield machine, module


def _refused(error: RuntimeError) -> NativeError:
    return NativeError(message("compile: LLVM refuses the emitted text", got=str(error).strip()))


def _optimise(machine: Any, module: Any) -> None:
    llvm = binding()
    tuning = llvm.create_pipeline_tuning_options(speed_level=2)
    tuning.loop_vectorization = tuning.slp_vectorization = tuning.loop_unrolling = True
    passes = llvm.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(module, passes)
