"""Options that are one number: checked alike by the operators and by the layers that hold them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.errors import ArgumentError, message
from pullback.ops.apply import recorder


def check_number(op: str, name: str, value: Any) -> float:
    """The value as a float, when it is one real number.

    Raises: ArgumentError
    """
    if recorder([value]) is None and not isinstance(value, (tuple, list)):
        array = np.asarray(value)
        if array.ndim == 0 and array.dtype.kind in "biuf":
            return float(value)
    raise ArgumentError(message(f"{op}: {name} does not fit", got=f"{name}={value!r}", need="a real number"))


def check_positive(op: str, name: str, value: Any) -> float:
    """The value as a float, when it is a number above 0.

    Raises: ArgumentError
    """
    number = check_number(op, name, value)
    if not number > 0:
        raise ArgumentError(message(f"{op}: {name} does not fit", got=f"{name}={value!r}", need=f"{name} > 0"))
    return number


def check_share(op: str, name: str, value: Any) -> float:
    """The value as a float, when it is a number from 0 to 1.

    Raises: ArgumentError
    """
    number = check_number(op, name, value)
    if isinstance(value, bool) or not 0 <= number <= 1:
        title = f"{op}: {name} is a probability" if name != "momentum" else f"{op}: momentum out of range"
        raise ArgumentError(message(title, got=f"{name}={value!r}", need=f"0 <= {name} <= 1"))
    return number
