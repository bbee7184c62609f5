"""Object code to addresses that can be called."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Mapping
from functools import cache
from typing import Any

from pullback.compile.native.failure import NativeError
from pullback.compile.native.llvm import LOCK, binding, check_runs
from pullback.errors import message

_numbers = itertools.count()


class Loaded:
    """Machine code in memory; it stays there as long as this object does."""

    def __init__(self, name: str, library: str, tracker: Any) -> None:
        self.name = name
        self._library = library
        self._trackers = [tracker]
        self._addresses: dict[str, int] = {}
        weakref.finalize(self, _unload, self._trackers).atexit = False

    def address(self, symbol: str) -> int:
        """Give the address of a function or variable that the code defines.

        Raises: NativeError, when there is none of that name
        """
        if symbol not in self._addresses:
            try:
                with LOCK:
                    tracker = _engine().lookup(self._library, symbol)
                    self._trackers.append(tracker)
                    self._addresses[symbol] = int(tracker[symbol])
            except RuntimeError as error:
                title = f"compile: the object code of {self.name!r} has no {symbol!r} that can be called"
                raise NativeError(message(title, got=str(error).strip())) from error
        return self._addresses[symbol]

    def __repr__(self) -> str:
        return f"<Loaded {self.name}>"


def load(object_code: bytes, name: str, symbols: Mapping[str, int] | None = None) -> Loaded:
    """Bring object code into memory, ready to be called.

    What it calls is looked for in `symbols` (name: address) and then in the process.

    The caller answers for the bytes: damaged ones, or another machine's, can end the process (see ObjectCache).

    Raises: NativeError, when LLVM sees that the bytes are no object code, or nothing may run here
    """
    check_runs()
    llvm = binding()
    library = f"{name}.{next(_numbers)}"
    builder = llvm.JITLibraryBuilder().add_object_img(object_code).add_current_process()
    for symbol, address in (symbols or {}).items():
        builder.import_symbol(symbol, address)
    try:
        with LOCK:
            tracker = builder.link(_engine(), library)
    except RuntimeError as error:
        title = f"compile: the object code of {name!r} cannot be loaded"
        raise NativeError(message(title, got=f"{len(object_code)} bytes; {str(error).strip()}")) from error
    return Loaded(name, library, tracker)


@cache
def _engine() -> Any:
    """The process's one linker; never taken down, since sleeping workers may still be inside code of its."""
    llvm = binding()
    return llvm.create_lljit_compiler(suppress_errors=True)


def _unload(trackers: list[Any]) -> None:
    with LOCK:
        while trackers:
            trackers.pop().close()
