"""How much rounding compiled code may add: `precision`, as `fit`, `predict`, `evaluate` and `compile` take it."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

from pullback.errors import ArgumentError, message

Precision: TypeAlias = Literal["fast", "strict"]
"""
fast    algorithms with fewer products are chosen where they take less time; their rounding errors are up to ten times
        as large as those of the plain sums
strict  nothing but the plain sums
"""
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


def checked_precision(precision: Any, owner: str) -> Precision:
    """The precision of this name.

    Raises: ArgumentError
    """
    if not isinstance(precision, str) or precision not in PRECISIONS:
        raise ArgumentError(
            message(
                f"{owner}: no such precision",
                got=f"precision={precision!r}",
                need=f"one of {', '.join(map(repr, PRECISIONS))}",
                fix=f"dtype={precision!r}, for the type of the numbers" if _is_dtype(precision) else "",
            )
        )
    return precision


def _is_dtype(name: Any) -> bool:
    """Whether what was meant is the type of the numbers."""
    return isinstance(name, str) and name in ("float32", "float64")
