"""Numbers of one precision while code is emitted: their arithmetic written as formulas, one or many lanes at a time.

Only instructions that every target has in vector form are used. `fma` is llvm.fmuladd: one fused operation where the
target has one, a product and a sum elsewhere; formulas here hold their bounds either way. Rounding to integers goes by
adding 2^23 or 2^52, because LLVM's own would call the C library on targets without an instruction for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from llvmlite import ir

Operand: TypeAlias = "Number | float"
I1, I32, I64 = ir.IntType(1), ir.IntType(32), ir.IntType(64)
F32, F64 = ir.FloatType(), ir.DoubleType()


@dataclass(frozen=True)
class Format:
    """A floating-point format: widths in bits, the bounds of its normal numbers."""

    bits: int
    mantissa: int
    bias: int
    smallest: float
    largest: float
    epsilon: float
    dtype: np.dtype[Any]


def _format(dtype: type[np.floating[Any]], bits: int) -> Format:
    info = np.finfo(dtype)
    bounds = float(info.tiny), float(info.max), float(info.eps)
    return Format(bits, int(info.nmant), int(info.maxexp) - 1, *bounds, np.dtype(dtype))


SINGLE, DOUBLE = _format(np.float32, 32), _format(np.float64, 64)


def widened(element: Any, lanes: int) -> Any:
    """Give the type of one value, or of a vector of them."""
    return element if lanes == 1 else ir.VectorType(element, lanes)


def element_of(kind: Any) -> Any:
    """Give the type of one lane."""
    return kind.element if isinstance(kind, ir.VectorType) else kind


def splat(element: Any, lanes: int, value: Any) -> Any:
    """Give the constant that has this value in every lane."""
    one = ir.Constant(element, value)
    return one if lanes == 1 else _Splat(one, lanes)


class _Splat(ir.Constant):  # type: ignore[misc]  # llvmlite has no types
    """One constant in every lane; llvmlite would write out each of them."""

    def __init__(self, one: Any, lanes: int) -> None:
        self.type, self.constant = ir.VectorType(one.type, lanes), one

    def _get_reference(self) -> str:
        return f"splat ({self.constant})"


@dataclass(frozen=True)
class Lanes:
    """Where code goes (the builder) and what its numbers are: `lanes` of type `real` at a time, or one."""

    b: Any
    real: Any
    lanes: int

    @property
    def format(self) -> Format:
        """The format of the numbers."""
        return SINGLE if self.real == F32 else DOUBLE

    @property
    def type(self) -> Any:
        """The LLVM type of a number."""
        return widened(self.real, self.lanes)

    @property
    def word_type(self) -> Any:
        """The LLVM type of integers of the numbers' width."""
        return widened(ir.IntType(self.format.bits), self.lanes)

    def number(self, value: Any) -> Number:
        """Take an LLVM value as a number."""
        return Number(self, value)

    def constant(self, value: float) -> Number:
        """Give a constant, rounded to the precision."""
        with np.errstate(over="ignore"):
            rounded = float(self.format.dtype.type(value))
        return Number(self, splat(self.real, self.lanes, rounded), rounded)

    def lift(self, value: Operand) -> Number:
        """Give a constant for a Python number; a number stays what it is."""
        return value if isinstance(value, Number) else self.constant(value)

    def word(self, value: int) -> Any:
        """Give an integer constant of the numbers' width."""
        return splat(ir.IntType(self.format.bits), self.lanes, value)

    def intrinsic(self, name: str, *arguments: Operand) -> Number:
        """Call an LLVM intrinsic whose arguments and result are numbers."""
        values = [self.lift(a).value for a in arguments]
        suffix = f"f{self.format.bits}" if self.lanes == 1 else f"v{self.lanes}f{self.format.bits}"
        kind = ir.FunctionType(self.type, [self.type] * len(values))
        module = self.b.module
        function = module.globals.get(f"{name}.{suffix}") or ir.Function(module, kind, f"{name}.{suffix}")
        return Number(self, self.b.call(function, values))

    def fma(self, a: Operand, b: Operand, c: Operand) -> Number:
        """Emit a·b + c, rounded once where the target has such an instruction."""
        return self.intrinsic("llvm.fmuladd", a, b, c)

    def polynomial(self, x: Number, coefficients: Sequence[float]) -> Number:
        """Emit c0 + c1·x + c2·x² + … by Horner's rule."""
        total = self.constant(coefficients[-1])
        for c in reversed(coefficients[:-1]):
            total = self.fma(total, x, c)
        return total

    def where(self, condition: Any, yes: Operand, no: Operand) -> Number:
        """Emit the choice between two numbers, lane by lane."""
        return Number(self, self.b.select(condition, self.lift(yes).value, self.lift(no).value))

    def from_bits(self, word: Any) -> Number:
        """Take an integer's bits as a number."""
        return Number(self, self.b.bitcast(word, self.type))

    def sqrt(self, x: Operand) -> Number:
        """Emit the correctly rounded square root."""
        return self.intrinsic("llvm.sqrt", x)

    def abs(self, x: Operand) -> Number:
        """Emit |x|."""
        return self.intrinsic("llvm.fabs", x)

    def copysign(self, size: Operand, sign: Operand) -> Number:
        """Emit |size| with the sign of `sign`."""
        return self.intrinsic("llvm.copysign", size, sign)

    def rint(self, x: Number) -> Number:
        """Emit the nearest integer, ties to even: |x| + 2^m has no room for a fraction."""
        size, shift = self.abs(x), 2.0**self.format.mantissa
        return self.where(size < shift, self.copysign((size + shift) - shift, x), x)


@dataclass(frozen=True, eq=False)
class Number:
    """A float of the emitted code; comparisons give i1 and are false for NaN. `known` is the value of a constant."""

    scope: Lanes
    value: Any
    known: float | None = None

    def _binary(self, emit: Callable[..., Any], other: Operand, *, reverse: bool = False) -> Number:
        a, b = self.value, self.scope.lift(other).value
        return Number(self.scope, emit(b, a) if reverse else emit(a, b))

    def __add__(self, other: Operand) -> Number:
        return self._binary(self.scope.b.fadd, other)

    def __radd__(self, other: Operand) -> Number:
        return self._binary(self.scope.b.fadd, other, reverse=True)

    def __sub__(self, other: Operand) -> Number:
        return self._binary(self.scope.b.fsub, other)

    def __rsub__(self, other: Operand) -> Number:
        return self._binary(self.scope.b.fsub, other, reverse=True)

    def __mul__(self, other: Operand) -> Number:
        return self._binary(self.scope.b.fmul, other)

    def __rmul__(self, other: Operand) -> Number:
        return self._binary(self.scope.b.fmul, other, reverse=True)

    def __truediv__(self, other: Operand) -> Number:
        return self._binary(self.scope.b.fdiv, other)

    def __rtruediv__(self, other: Operand) -> Number:
        return self._binary(self.scope.b.fdiv, other, reverse=True)

    def __neg__(self) -> Number:
        return Number(self.scope, self.scope.b.fneg(self.value))

    def compare(self, operator: str, other: Operand, *, unordered: bool = False) -> Any:
        """Emit a comparison; an unordered one is true where either is NaN."""
        emit = self.scope.b.fcmp_unordered if unordered else self.scope.b.fcmp_ordered
        return emit(operator, self.value, self.scope.lift(other).value)

    def __lt__(self, other: Operand) -> Any:
        return self.compare("<", other)

    def __le__(self, other: Operand) -> Any:
        return self.compare("<=", other)

    def __gt__(self, other: Operand) -> Any:
        return self.compare(">", other)

    def __ge__(self, other: Operand) -> Any:
        return self.compare(">=", other)

    def equals(self, other: Operand) -> Any:
        """Emit self = other; 0 equals −0."""
        return self.compare("==", other)

    @property
    def is_nan(self) -> Any:
        """Emit the test for NaN."""
        return self.scope.b.fcmp_unordered("uno", self.value, self.value)

    @property
    def bits(self) -> Any:
        """Emit the number's bits as an integer of its width."""
        return self.scope.b.bitcast(self.value, self.scope.word_type)
