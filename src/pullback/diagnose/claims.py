"""Claimed numbers as people bring them: arrays, nested lists, or text with as many digits as were written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError, message

Array = NDArray[np.float64]

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?:/\d+)?|[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE)
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{_NUMBER.pattern})|(?P<open>[\[(])|(?P<close>[\])])|(?P<row>[;])|(?P<comma>,))", re.IGNORECASE
)
_PRINTED = re.compile(r"^\s*(?:np\.|numpy\.)?array\((.*?)(?:,\s*dtype=\S+)?\)\s*$", re.DOTALL)
LONGEST = 200_000
"""Arrays of more numbers than this are taken as they stand."""
FEWEST_DIGITS = 3
"""Numbers that are not text are taken as rounded only where they keep so many digits of the largest one."""


@dataclass(frozen=True, eq=False)
class Claim:
    """Claimed numbers.

    values  the numbers
    slack   how far each may be from what was meant: half a unit of its last digit
    how     how precise they are, in words
    """

    values: Array
    slack: Array
    how: str

    def reshaped(self, shape: tuple[int, ...]) -> Claim:
        """The same numbers in another shape."""
        return Claim(self.values.reshape(shape), self.slack.reshape(shape), self.how)

    @property
    def may_be_exact(self) -> bool:
        """Whether nothing but their shortness says that the numbers are rounded."""
        return self.how == "as typed" or self.how.startswith("rounded")


def is_short(values: Array) -> bool:
    """Whether all numbers have few digits, as sums and products of made-up numbers do."""
    with np.errstate(all="ignore"):
        scaled = values * 1e6
        return bool(np.all(np.abs(scaled - np.rint(scaled)) <= 1e-3 * np.maximum(np.abs(values), 1e-2)))


def read_claim(claimed: Any, rounding: float | None = None) -> Claim:
    """Read claimed numbers.

    claimed   an array, a number, nested lists of numbers, or text: "0.0364" means ±0.00005, "1/3" is exact
    rounding  how far every number may be off, instead of what its digits say

    Raises: ArgumentError

    >>> claim = read_claim("0.0364 0.5")
    >>> claim.values, claim.slack
    (array([0.0364, 0.5   ]), array([5.e-05, 5.e-02]))
    """
    if rounding is not None and not (isinstance(rounding, int | float) and rounding >= 0):
        raise ArgumentError(message("diagnose: rounding is a number", got=repr(rounding), need="rounding >= 0"))
    if isinstance(claimed, str):
        claim = _from_text(claimed)
    else:
        array = _as_array(claimed)
        claim = _from_strings(array) if array.dtype.kind in "UO" else _from_numbers(array)
    if rounding is not None:
        how = f"±{rounding:g}"
        return Claim(claim.values, np.full(claim.values.shape, float(rounding)), how)
    return claim


def _as_array(claimed: Any) -> NDArray[Any]:
    try:
        array = np.asarray(claimed)
    except (ValueError, TypeError, RuntimeError) as error:
        got = str(error).partition("\n")[0]
        need = "an array of numbers: rows of equal length"
        raise ArgumentError(message("diagnose: the claimed gradient is not an array", got=got, need=need)) from None
    if array.dtype.kind == "O" and not all(isinstance(v, str | int | float) for v in array.ravel()):
        array = np.asarray(array, dtype=object)
        kinds = ", ".join(sorted({type(v).__name__ for v in array.ravel()})[:3])
        raise ArgumentError(message("diagnose: the claimed gradient is not an array of numbers", got=kinds))
    if array.dtype.kind not in "fiubUO":
        got = f"dtype {array.dtype}"
        raise ArgumentError(message("diagnose: the claimed gradient is not an array of real numbers", got=got))
    return array


def _from_strings(array: NDArray[Any]) -> Claim:
    pairs = [_number(str(v)) for v in array.ravel()]
    values, slack = (
        np.array(part, float).reshape(array.shape) for part in (zip(*pairs, strict=True) if pairs else ([], []))
    )
    return Claim(values, slack, "as typed")


def _from_text(text: str) -> Claim:
    """Numbers between brackets, commas, blanks and lines; rows by lines or semicolons."""
    cleaned = _PRINTED.sub(r"\1", text.replace("−", "-").replace("–", "-")).strip()
    if not cleaned:
        raise ArgumentError(
            message("diagnose: no numbers", got=repr(text), need="numbers, such as 0.0364 or [0.1, 0.2]")
        )
    if "[" in cleaned or "(" in cleaned:
        nested = _nested(cleaned, text)
    else:
        rows = [row.replace(",", " ").split() for row in re.split(r"[;\n]", cleaned) if row.strip()]
        nested = rows[0] if len(rows) == 1 else rows
        nested = nested[0] if isinstance(nested, list) and len(nested) == 1 and len(rows) == 1 else nested
    try:
        array = np.array(nested, dtype=str)
    except ValueError:
        need = "rows of equal length"
        raise ArgumentError(message("diagnose: the numbers make no array", got=_short(text), need=need)) from None
    return _from_strings(array)


def _nested(cleaned: str, text: str) -> Any:
    stack: list[list[Any]] = [[]]
    at = 0
    while at < len(cleaned):
        found = _TOKEN.match(cleaned, at)
        if found is None or found.end() == at:
            if not cleaned[at:].strip():
                break
            raise ArgumentError(message("diagnose: not a number", got=_short(cleaned[at:].strip()), need="numbers"))
        at = found.end()
        if found["number"]:
            stack[-1].append(found["number"])
        elif found["open"]:
            stack.append([])
        elif found["close"]:
            if len(stack) < 2:
                raise ArgumentError(message("diagnose: a bracket too many", got=_short(text)))
            done = stack.pop()
            stack[-1].append(done)
    if len(stack) != 1:
        raise ArgumentError(message("diagnose: a bracket is not closed", got=_short(text)))
    return stack[0][0] if len(stack[0]) == 1 else stack[0]


def _number(text: str) -> tuple[float, float]:
    """A number as typed, with half a unit of its last digit."""
    written = text.strip().replace("−", "-")
    if not _NUMBER.fullmatch(written):
        raise ArgumentError(
            message("diagnose: not a number", got=_short(text), need="a number, such as 0.0364 or -1/3")
        )
    if "/" in written:
        top, _, bottom = written.partition("/")
        if not int(bottom):
            raise ArgumentError(message("diagnose: a division by zero", got=_short(text)))
        return float(Fraction(top) / int(bottom)), 0.0
    value = float(written)
    if not np.isfinite(value):
        return value, 0.0
    digits, _, exponent = written.lower().partition("e")
    decimals = len(digits.partition(".")[2])
    return value, 0.5 * 10.0 ** (int(exponent or 0) - decimals)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "…")


def _from_numbers(array: NDArray[Any]) -> Claim:
    values = array.astype(np.float64)
    finite = values[np.isfinite(values) & (values != 0)]
    largest = float(np.abs(finite).max()) if finite.size else 0.0
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        eps = float(np.finfo(array.dtype).eps)
        return Claim(values, 8 * eps * np.abs(values) + 16 * eps * largest, f"in {array.dtype}")
    slack, how = _rounded(values, finite, largest)
    if (
        not how
        and finite.size > 3
        and np.array_equal(values, values.astype(np.float32).astype(np.float64), equal_nan=True)
    ):
        eps = float(np.finfo(np.float32).eps)
        return Claim(values, 8 * eps * np.abs(values) + 16 * eps * largest, "in float32")
    return Claim(values, slack, how or "in full precision")


def _rounded(values: Array, finite: Array, largest: float) -> tuple[Array, str]:
    """Half a unit of the last digit, where all numbers have at most 8 significant digits or decimals."""
    if not finite.size or finite.size > LONGEST or not _few_digits(finite[:: max(finite.size // 50, 1)]):
        return np.zeros(values.shape), ""
    digits = [_digits(float(v)) for v in finite]
    top = int(np.floor(np.log10(largest)))
    # Decimals: all numbers rounded at the same place; never coarser than three digits of the largest.
    places = max(max(place for _, place in digits), FEWEST_DIGITS - 1 - top)
    count = max(max(n for n, _ in digits), FEWEST_DIGITS)
    by_place = places + top + 1 <= 9
    by_count = count <= 9
    if not by_place and not by_count:
        return np.zeros(values.shape), ""
    slack = np.zeros(values.shape)
    if by_place:
        slack = np.maximum(slack, 0.5 * 10.0**-places)
    if by_count:
        with np.errstate(divide="ignore"):
            exponent = np.where(values == 0, -300, np.floor(np.log10(np.abs(values))))
        exponent = np.where(np.isfinite(exponent), exponent, 0)
        slack = np.maximum(slack, 0.5 * 10.0 ** (exponent - count + 1))
    how = f"rounded to {places} decimals" if by_place else f"rounded to {count} digits"
    return slack, how


def _few_digits(values: Array) -> bool:
    """Whether some numbers have at most 9 digits, or as many decimals."""
    return all(count <= 9 or place <= 9 for count, place in (_digits(float(v)) for v in values))


def _digits(value: float) -> tuple[int, int]:
    """How many significant digits a number needs, and after which decimal the last of them stands."""
    shortest = repr(abs(value))
    digits, _, power = shortest.partition("e")
    whole, _, decimals = digits.partition(".")
    significant = (whole + decimals).strip("0") if decimals.strip("0") else whole.strip("0")
    place = len(decimals.rstrip("0")) - int(power or 0)
    if not decimals.strip("0"):
        place = -(len(whole) - len(whole.rstrip("0"))) - int(power or 0)
    return len(significant), place


def fitted(claim: Claim, shape: tuple[int, ...]) -> Claim:
    """The claim in the wanted shape where only axes of length 1 differ, or where text gave a plain list."""
    if claim.values.shape == shape:
        return claim
    if _squeezed(claim.values.shape) == _squeezed(shape):
        return claim.reshaped(shape)
    if claim.how == "as typed" and claim.values.ndim <= 1 and claim.values.size == int(np.prod(shape)):
        return claim.reshaped(shape)
    return claim


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)
