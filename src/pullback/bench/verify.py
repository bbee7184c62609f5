"""Whether both libraries computed the same numbers: a time counts only then.

How far rounding may move a number is not chosen but derived: for one sum from the number and the magnitudes of its
products, for a whole network from how far it moved PyTorch's own numbers in float32 from those in float64.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pullback.errors import NumericsError, message

Array = NDArray[Any]

# Two computations that round differently: by so much more may one's error be than the other's.
ROOM = 8
# The sum of n products is off by less than LAMBDA·√n·u·Σ|products|, but in one of 10⁹ cases (2·exp(−λ²/2)).
LAMBDA = 6.5
UNIT_ROUNDOFF = 2.0**-24


def check_close(
    what: str,
    found: ArrayLike,
    exact: ArrayLike,
    other: ArrayLike,
    moved_elsewhere: float = 0.0,
    room: float = ROOM,
    unit: float = UNIT_ROUNDOFF,
) -> None:
    """Refuse numbers that are further from float64's than rounding explains.

    exact, other     the same numbers computed by PyTorch in float64 and in float32
    moved_elsewhere  how far rounding moved numbers that these depend on
    room             by so many times more may ours be moved than PyTorch's
    unit             the unit roundoff of what was found

    Raises: NumericsError
    """
    mine, right = np.asarray(found, np.float64), np.asarray(exact, np.float64)
    own = unit * float(np.max(np.abs(right), initial=0.0))
    allowed = room * max(own, farthest(other, right), moved_elsewhere)
    distance = farthest(mine, right) if mine.shape == right.shape else np.inf
    if not distance <= allowed:
        raise NumericsError(
            message(
                f"bench: Pullback and PyTorch computed different {what}",
                got=f"{distance:.3g} from float64's" if mine.shape == right.shape else f"{mine.shape}, {right.shape}",
                need=f"at most {allowed:.3g}, {room} times what rounding moved PyTorch's own",
                fix="no time is reported for different numbers: report this",
            )
        )


def check_all_close(
    what: str,
    found: Mapping[str, Array],
    exact: Mapping[str, Array],
    other: Mapping[str, Array],
    room: float = ROOM,
    unit: float = UNIT_ROUNDOFF,
) -> None:
    """Refuse arrays, by name, that are further from float64's than rounding explains.

    Raises: NumericsError
    """
    if found.keys() != exact.keys():
        raise NumericsError(
            message(f"bench: Pullback and PyTorch have different {what}", got=f"{sorted(found)}, {sorted(exact)}")
        )
    for name, right in exact.items():
        if right.dtype.kind == "f":
            check_close(f"{what}: {name}", found[name], right, other[name], room=room, unit=unit)


def check_finite(what: str, numbers: Iterable[float]) -> None:
    """Refuse NaN and infinity, where there is nothing to compare with.

    Raises: NumericsError
    """
    numbers = list(numbers)
    if not np.all(np.isfinite(numbers)):
        raise NumericsError(message(f"bench: {what} are not finite", got=", ".join(f"{x:.4g}" for x in numbers)))


def in_units_of_rounding(found: Array, exact: Array, magnitudes: Array, terms: int) -> float:
    """The greatest error of sums in units of √n·u·Σ|products|, for sums of n products in float32.

    Source: Higham & Mary 2019, "A new approach to probabilistic rounding error analysis", doi:10.1137/18M1226312
    """
    if found.shape != exact.shape:
        return float("inf")
    unit = np.sqrt(terms) * UNIT_ROUNDOFF * magnitudes
    error = np.abs(found - exact)
    # What is smaller than the smallest normal number is 0 in either library.
    tiny = np.finfo(np.float32).tiny
    return float(np.max(np.where(error <= tiny, 0.0, error / np.maximum(unit, tiny)), initial=0.0))


def check_rounding(what: str, error: float) -> None:
    """Refuse sums whose error, in the units of `in_units_of_rounding`, rounding does not explain.

    Raises: NumericsError
    """
    if not error <= LAMBDA:
        raise NumericsError(
            message(
                f"bench: wrong numbers: {what}",
                got=f"an error of {error:.3g} √n·u·Σ|products|",
                need=f"at most {LAMBDA}",
                fix="no time is reported for wrong numbers: report this",
            )
        )


def farthest(a: ArrayLike, b: ArrayLike) -> float:
    """The greatest difference.

    >>> farthest([1.0, 2.0], [1.5, 2.0])
    0.5
    """
    return float(np.max(np.abs(np.asarray(a, np.float64) - np.asarray(b, np.float64)), initial=0.0))
