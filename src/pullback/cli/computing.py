"""What computes: the engine, its precision and its threads, as the command line names them."""

from __future__ import annotations

from dataclasses import dataclass

from pullback.compile.precision import Precision, checked_precision
from pullback.engines import DEFAULT_ENGINE
from pullback.errors import ArgumentError, message


@dataclass(frozen=True)
class Computing:
    """The name of an engine, and how much rounding its algorithms may add."""

    engine: str = DEFAULT_ENGINE
    precision: Precision = "fast"


def use(engine: str | None, precision: str, threads: int | None) -> Computing:
    """Set the number of threads, where one is given; what computes.

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
    return Computing(name, checked_precision(precision, "precision"))
