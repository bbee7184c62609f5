"""Rows of a data set become the rows of a batch: which arrays native code can read, and the code that reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite import ir
from numpy.typing import DTypeLike, NDArray

from pullback.compile.emit.loops import I64, POINTER, VOID, Emitter

Array = NDArray[Any]


@dataclass(frozen=True)
class Form:
    """How entries of an array become entries of a batch.

    how  "convert": as they are; "table": bytes looked up; "affine": bytes by one multiplication and one addition in
         float64; "standardize": (x / scale − mean) / std, in the target's precision
    """

    how: str
    source: str
    target: str


@dataclass(frozen=True, eq=False)
class Column:
    """Rows of an array, from which a batch takes some.

    constants  of "table" (channels,256) in the target's type; of "affine" (channels,2): factor and summand, float64;
               of "standardize" (1 + 2·channels,): scale, then mean and std of each channel, in the target's type
    """

    data: Array
    target: np.dtype[Any]
    how: str = "convert"
    constants: Array | None = None

    @property
    def form(self) -> Form:
        """What the code depends on."""
        return Form(self.how, self.data.dtype.str[1:], self.target.str[1:])

    @property
    def channels(self) -> int:
        """How many parts of a row have constants of their own."""
        if self.constants is None:
            return 1
        return len(self.constants) // 2 if self.how == "standardize" else len(self.constants)

    @property
    def fields(self) -> dict[str, int]:
        """The context's fields, but for the place where the rows go."""
        plane = int(np.prod(self.data.shape[1:], dtype=np.int64)) // self.channels
        constants = 0 if self.constants is None else self.constants.ctypes.data
        sizes = {"channels": self.channels, "plane": plane, "constants": constants}
        return {"data": self.data.ctypes.data, "stride": self.data.strides[0]} | sizes


def can_gather(data: Array) -> bool:
    """Whether native code can read the rows: plain numbers of up to eight bytes, each row in one piece."""
    kind, size = data.dtype.kind, data.dtype.itemsize
    is_plain = kind in "biu" or (kind == "f" and size in (4, 8))
    is_regular = data.dtype.isnative and data.flags.aligned and data.strides[0] % max(size, 1) == 0
    return is_plain and is_regular and (data[:1].flags.c_contiguous or data.size == 0)


def looked_up(data: Array, table: Array, line: Array) -> Column:
    """A column of bytes, each of which becomes an entry of the table (channels,256).

    line  (channels,2) the factor and the summand that give the table's numbers, but for rounding. Where they give
          exactly these in float64, they are used: that is several times as fast as looking up
    """
    byte = np.arange(256, dtype=np.float64)
    if np.array_equal((byte * line[:, :1] + line[:, 1:]).astype(table.dtype), table) and table.dtype == np.float32:
        return Column(data, table.dtype, "affine", np.ascontiguousarray(line, np.float64))
    return Column(data, table.dtype, "table", np.ascontiguousarray(table))


def standardized(data: Array, target: DTypeLike, scale: float, mean: Array, std: Array) -> Column:
    """A column of numbers that become (x / scale − mean) / std, with a mean and a std for each channel."""
    constants = np.concatenate([[scale], np.stack([mean, std], axis=1).reshape(-1)])
    return Column(data, np.dtype(target), "standardize", constants.astype(target))


@dataclass(frozen=True)
class Row:
    """The function that brings one row in place, and the type of the row's entries."""

    row: Any
    target: Any


def row_function(module: Any, name: str, form: Form) -> Row:
    """void row(source, target, constants, channels, plane)."""
    function = ir.Function(module, ir.FunctionType(VOID, [POINTER] * 3 + [I64] * 2), f"{name}_row")
    function.linkage = "internal"
    function.attributes.add("noinline")
    for argument in function.args[:3]:
        argument.add_attribute("noalias")
    e = Emitter(function, type_named(form.target))
    source, target, constants, channels, plane = function.args
    with e.loop(channels, name="c") as c, e.loop(plane, name="x") as x:
        position = e.b.add(e.b.mul(c, plane), x)
        raw = e.b.load(e.b.gep(source, [position], source_etype=type_named(form.source)), typ=type_named(form.source))
        value = _entry(e.b, form, raw, constants, c)
        e.b.store(value, e.b.gep(target, [position], source_etype=e.real))
    e.b.ret_void()
    return Row(function, e.real)


def _entry(b: Any, form: Form, raw: Any, constants: Any, channel: Any) -> Any:
    """What an entry becomes."""
    real = type_named(form.target)

    def constant(index: Any, element: Any) -> Any:
        return b.load(b.gep(constants, [index], source_etype=element), typ=element)

    if form.how == "table":
        return constant(b.add(b.mul(channel, I64(256)), b.zext(raw, I64)), real)
    twice = b.mul(channel, I64(2))
    if form.how == "affine":
        double = ir.DoubleType()
        factor, summand = constant(twice, double), constant(b.add(twice, I64(1)), double)
        return b.fptrunc(b.fadd(b.fmul(b.uitofp(raw, double), factor), summand), real)
    value = _converted(b, raw, form)
    if form.how == "convert":
        return value
    scale, mean, std = (
        constant(I64(0), real),
        constant(b.add(twice, I64(1)), real),
        constant(b.add(twice, I64(2)), real),
    )
    return b.fdiv(b.fsub(b.fdiv(value, scale), mean), std)


def _converted(b: Any, raw: Any, form: Form) -> Any:
    """What NumPy's astype does."""
    to, kind = type_named(form.target), form.source[0]
    if raw.type == to:
        return raw
    if kind == "f":
        return b.fptrunc(raw, to) if form.source == "f8" else b.fpext(raw, to)
    if form.target[0] == "f":
        return b.sitofp(raw, to) if kind == "i" else b.uitofp(raw, to)
    return b.sext(raw, to) if kind == "i" else b.zext(raw, to)


def type_named(name: str) -> Any:
    """The type of NumPy's short name: f4, f8, i8 (eight bytes), u1, b1."""
    if name[0] == "f":
        return ir.FloatType() if name == "f4" else ir.DoubleType()
    return ir.IntType(8 * int(name[1:]))
