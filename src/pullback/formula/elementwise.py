"""What each elementwise function computes, on NumPy arrays of float, int, bool or complex dtype.

Complex numbers are for complex steps: with a step of 1e-30, f(x + ih).imag / h is f′(x) to rounding. Whatever decides
(comparisons, maximum, abs, sign, floor) therefore looks at the real part alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]


def _decided(x: Array, value: Any) -> Array:
    """Bring a value computed from the real part to the dtype of x."""
    return value.astype(x.dtype) if np.iscomplexobj(x) else value  # type: ignore[no-any-return]


def log1p(x: Array) -> Array:
    """Compute log(1 + x), accurate near 0 in both parts (NumPy's complex one is not)."""
    if not np.iscomplexobj(x):
        return np.log1p(x)
    a, b = x.real, x.imag
    return np.log1p(a) + 0.5 * np.log1p((b / (1 + a)) ** 2) + 1j * np.arctan2(b, 1 + a)  # type: ignore[no-any-return]


def sigmoid(x: Array) -> Array:
    """Compute 1 / (1 + exp(−x)) by exp of −|x| alone, which cannot overflow."""
    decay = np.exp(-absolute(x))
    value: Array = np.where(np.real(x) >= 0, np.ones_like(decay), decay) / (1 + decay)
    return value


def softplus(x: Array) -> Array:
    """Compute log(1 + exp(x)) = max(x, 0) + log(1 + exp(−|x|)), which cannot overflow."""
    return maximum(x, np.zeros_like(x)) + log1p(np.exp(-absolute(x)))


def power(x: Array, y: Array) -> Array:
    """Raise x to the power y; squares and cubes by multiplication."""
    if np.ndim(y) == 0 and y in (2, 3):
        return x * x if y == 2 else x * x * x
    if np.iscomplexobj(x) or np.iscomplexobj(y):
        return _complex_power(x, y)
    return np.power(x, y)


def _complex_power(x: Array, y: Array) -> Array:
    # In polar form the angle π of a negative base would swallow a tiny imaginary part, and 0 has no angle at all.
    exponent = np.real(y)
    turned = (np.real(x) < 0) & (np.imag(y) == 0) & (exponent == np.rint(exponent))
    vanishing = (x == 0) & (exponent > 0)
    z = np.power(np.where(turned, -x, np.where(vanishing, 1, x)), y)
    z = np.where(turned & (exponent % 2 == 1), -z, z)
    return np.where(vanishing, 0, z)


def cbrt(x: Array) -> Array:
    """Take the real cube root."""
    if not np.iscomplexobj(x):
        return np.cbrt(x)
    root = np.cbrt(np.real(x))
    # One Newton step carries the imaginary part along: z = r + (x − r³)/(3r²).
    value: Array = np.where(x == 0, 0, root + (x - root**3) / (3 * np.where(root == 0, 1, root) ** 2))
    return value


def arctan2(y: Array, x: Array) -> Array:
    """Give the angle of the point (x, y); of complex parts the imaginary one to first order."""
    if not (np.iscomplexobj(x) or np.iscomplexobj(y)):
        return np.arctan2(y, x)
    a, b = np.real(x), np.real(y)
    return np.arctan2(b, a) + 1j * ((a * np.imag(y) - b * np.imag(x)) / (a**2 + b**2))  # type: ignore[no-any-return]


def floor_divide(x: Array, y: Array) -> Array:
    """Divide and round down."""
    return _decided(y, _decided(x, np.floor_divide(np.real(x), np.real(y))))


def remainder(x: Array, y: Array) -> Array:
    """Give what floor_divide leaves, with the sign of y."""
    rest: Array = np.remainder(np.real(x), np.real(y))
    if np.iscomplexobj(x) or np.iscomplexobj(y):
        rest = rest + 1j * (np.imag(x) - np.floor_divide(np.real(x), np.real(y)) * np.imag(y))
    return rest


def absolute(x: Array) -> Array:
    """Give x or −x."""
    return np.where(np.real(x) < 0, -x, x) if np.iscomplexobj(x) else np.abs(x)


def sign(x: Array) -> Array:
    """Give −1, 0 or 1."""
    return _decided(x, np.sign(np.real(x)))


def floor(x: Array) -> Array:
    """Round down."""
    return _decided(x, np.floor(np.real(x)))


def ceil(x: Array) -> Array:
    """Round up."""
    return _decided(x, np.ceil(np.real(x)))


def rint(x: Array) -> Array:
    """Round to the nearest integer, ties to even."""
    return _decided(x, np.rint(np.real(x)))


def stop(x: Array) -> Array:
    """Drop the imaginary part: a complex step through here gives the derivative 0 that stop declares."""
    return _decided(x, np.real(x))


def maximum(a: Array, b: Array) -> Array:
    """Give the larger one, a in a tie; NaN where either is NaN."""
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        return np.where((np.real(a) >= np.real(b)) | np.isnan(a), a, b)
    return np.maximum(a, b)


def minimum(a: Array, b: Array) -> Array:
    """Give the smaller one, a in a tie; NaN where either is NaN."""
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        return np.where((np.real(a) <= np.real(b)) | np.isnan(a), a, b)
    return np.minimum(a, b)


def where(condition: Array, a: Array, b: Array) -> Array:
    """Give a where the condition is not 0, b elsewhere."""
    return np.where(np.real(condition), a, b)


def _of_real_parts(function: Callable[..., Array]) -> Callable[..., Array]:
    return lambda *arrays: function(*map(np.real, arrays))


greater, greater_equal = _of_real_parts(np.greater), _of_real_parts(np.greater_equal)
less, less_equal = _of_real_parts(np.less), _of_real_parts(np.less_equal)
equal, not_equal = _of_real_parts(np.equal), _of_real_parts(np.not_equal)
logical_and, logical_or = _of_real_parts(np.logical_and), _of_real_parts(np.logical_or)
logical_not, isfinite = _of_real_parts(np.logical_not), _of_real_parts(np.isfinite)
