"""What computes: the engine and its threads, as the command line names them."""

from __future__ import annotations

from pullback.engines import DEFAULT_ENGINE
from pullback.errors import ArgumentError, message


def use(engine: str | None, threads: int | None) -> str:
    """Set the number of threads, where one is given; the name of the engine.

    Raises:  ArgumentError
    """
    name = DEFAULT_ENGINE if engine is None else engine
    if threads is not None:
        if name != "compiled":
            raise ArgumentError(
                message(
                    "threads: those of another engine",
                    got=f"--threads {threads} --engine {name}",
                    need="the compiled engine",
                    fix="OPENBLAS_NUM_THREADS, for NumPy's matrix products",
                )
            )
        from pullback.compile.native.threads import set_num_threads

        set_num_threads(threads)
    return name
