"""Loops, vectors and addresses in LLVM IR: the one place that knows how llvmlite spells them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

I1, I8, I32, I64 = (ir.IntType(n) for n in (1, 8, 32, 64))
POINTER = ir.PointerType()
VOID = ir.VoidType()
LEAST_VECTOR = 16
"""Bytes of the smallest vector register."""


class Emitter:
    """Emits one function: a builder, the precision of its floating-point numbers, and memory for its thread alone.

    vectors  the letter of inline assembly for a vector register
    """

    def __init__(self, function: Any, real: Any, scratch: Any = None, vectors: str = "x") -> None:
        self.function, self.real, self.scratch, self.vectors = function, real, scratch, vectors
        self.b = ir.IRBuilder(function.append_basic_block("entry"))

    @property
    def module(self) -> Any:
        """The module that the function belongs to."""
        return self.function.module

    def memory_type(self, kind: str) -> Any:
        """How an entry of this kind lies in memory."""
        return {"float": self.real, "int": I64, "bool": I8, "byte": I8}[kind]

    def type_of(self, kind: str, lanes: int = 1) -> Any:
        """The type that an entry of this kind is computed in."""
        scalar = {"float": self.real, "int": I64, "bool": I1, "byte": I64}[kind]
        return scalar if lanes == 1 else ir.VectorType(scalar, lanes)

    def index(self, value: int) -> Any:
        """An integer constant."""
        return I64(value)

    def linear(self, terms: Sequence[tuple[Any, int]], const: int) -> Any:
        """const + Σ value · coefficient; constants are folded."""
        total: Any = None
        for value, c in terms:
            if isinstance(value, ir.Constant):
                const += int(value.constant) * c
                continue
            part = value if c == 1 else self.b.mul(value, I64(c))
            total = part if total is None else self.b.add(total, part)
        if total is None:
            return I64(const)
        return total if const == 0 else self.b.add(total, I64(const))

    def at(self, base: Any, offset: Any, element: Any) -> Any:
        """The address of an element."""
        if isinstance(offset, ir.Constant) and int(offset.constant) == 0:
            return base
        return self.b.gep(base, [offset], source_etype=element)

    def splat(self, scalar: Any, lanes: int) -> Any:
        """The scalar in every lane."""
        if lanes == 1:
            return scalar
        vector = ir.VectorType(scalar.type, lanes)
        if isinstance(scalar, ir.Constant):
            return ir.Constant(vector, [scalar] * lanes)
        one = self.b.insert_element(ir.Constant(vector, ir.Undefined), scalar, I32(0))
        zeros = ir.Constant(ir.VectorType(I32, lanes), [0] * lanes)
        return self.b.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)

    def load(self, pointer: Any, kind: str, lanes: int = 1) -> Any:
        """Read entries that lie side by side, as the type they are computed in."""
        memory = self.memory_type(kind)
        bytes_ = {"float": 4 if memory == ir.FloatType() else 8, "int": 8}.get(kind, 1)
        value = self.b.load(pointer, typ=memory if lanes == 1 else ir.VectorType(memory, lanes), align=bytes_)
        if kind == "bool":
            zero = self.splat(I8(0), lanes)
            return self.b.icmp_unsigned("!=", value, zero)
        return self.b.zext(value, self.type_of("byte", lanes)) if kind == "byte" else value

    def store(self, value: Any, pointer: Any, kind: str, lanes: int = 1) -> None:
        """Write entries side by side."""
        memory = self.memory_type(kind)
        bytes_ = {"float": 4 if memory == ir.FloatType() else 8, "int": 8}.get(kind, 1)
        target = memory if lanes == 1 else ir.VectorType(memory, lanes)
        if kind == "bool":
            value = self.b.zext(value, target)
        elif kind == "byte":
            value = self.b.trunc(value, target)
        self.b.store(value, pointer, align=bytes_)

    def zero(self, kind: str, lanes: int = 1) -> Any:
        """Zero of a kind, in every lane."""
        scalar = {"float": self.real, "int": I64, "bool": I1, "byte": I64}[kind]
        return self.splat(ir.Constant(scalar, 0.0 if kind == "float" else 0), lanes)

    def convert(self, value: Any, to: str, lanes: int = 1) -> Any:
        """A value as another kind: what an assignment of NumPy's does."""
        kind = kind_of(value)
        if kind == to or (to == "byte" and kind == "int"):
            return value
        target = self.type_of(to, lanes)
        if to == "float":
            return self.b.uitofp(value, target) if kind == "bool" else self.b.sitofp(value, target)
        if kind == "bool":
            return self.b.zext(value, target)
        if to == "bool":
            return self.b.icmp_signed("!=", value, self.zero(kind, lanes))
        return self.b.fptosi(value, target)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """a·b + c, rounded once where the target can."""
        kind = a.type
        lanes = kind.count if isinstance(kind, ir.VectorType) else 0
        scalar = kind.element if lanes else kind
        suffix = (f"v{lanes}" if lanes else "") + ("f32" if scalar == ir.FloatType() else "f64")
        return self.b.call(self.intrinsic(f"llvm.fmuladd.{suffix}", kind, [kind] * 3), [a, b, c])

    def intrinsic(self, name: str, result: Any, arguments: Sequence[Any]) -> Any:
        """A declared function of the module."""
        known = self.module.globals.get(name)
        return known if known is not None else ir.Function(self.module, ir.FunctionType(result, arguments), name)

    @contextmanager
    def loop(self, stop: Any, start: Any = 0, step: int = 1, name: str = "i") -> Iterator[Any]:
        """for i in range(start, stop, step), which runs at least once where both are numbers."""
        known = isinstance(start, int) and isinstance(stop, int)
        if known and start < stop <= start + step:
            yield I64(start)
            return
        first, last = (I64(v) if isinstance(v, int) else v for v in (start, stop))
        b, before = self.b, self.b.block
        body, after = (self.function.append_basic_block(name + s) for s in (".body", ".end"))
        if known:
            b.branch(body)
        else:
            b.cbranch(b.icmp_signed("<", first, last), body, after)
        b.position_at_end(body)
        i = b.phi(I64, name)
        i.add_incoming(first, before)
        yield i
        following = b.add(i, I64(step))
        i.add_incoming(following, b.block)
        b.cbranch(b.icmp_signed("<", following, last), body, after)
        b.position_at_end(after)

    def carried(
        self, stop: Any, step: int, values: Sequence[Any], body: Callable[[Any, list[Any]], list[Any]]
    ) -> list[Any]:
        """A loop that carries values in registers, at least once around: body(i, values) gives the next ones."""
        if isinstance(stop, int):
            if step >= stop:
                return body(I64(0), list(values))
            stop = I64(stop)
        block, after = (self.function.append_basic_block("r" + s) for s in (".body", ".end"))
        before = self.b.block
        self.b.branch(block)
        return self._turns(block, after, before, (I64(0), stop, step), values, body)[0]

    def carried_between(
        self, first: Any, stop: Any, values: Sequence[Any], body: Callable[[Any, list[Any]], list[Any]]
    ) -> list[Any]:
        """A loop from first to stop that carries values in registers; it may have nothing to do."""
        block, after = (self.function.append_basic_block("s" + s) for s in (".body", ".end"))
        before = self.b.block
        self.b.cbranch(self.b.icmp_signed("<", first, stop), block, after)
        results, last = self._turns(block, after, before, (first, stop, 1), values, body)
        found = [self.b.phi(v.type) for v in values]
        for phi, v, r in zip(found, values, results, strict=True):
            phi.add_incoming(v, before)
            phi.add_incoming(r, last)
        return found

    def _turns(
        self,
        block: Any,
        after: Any,
        before: Any,
        span: tuple[Any, Any, int],
        values: Sequence[Any],
        body: Callable[[Any, list[Any]], list[Any]],
    ) -> tuple[list[Any], Any]:
        """A loop's block, entered from `before`: the values after its last turn, and where that ends."""
        b, (first, stop, step) = self.b, span
        b.position_at_end(block)
        i = b.phi(I64)
        i.add_incoming(first, before)
        phis = [b.phi(v.type) for v in values]
        for phi, v in zip(phis, values, strict=True):
            phi.add_incoming(v, before)
        results = body(i, list(phis))
        following, last = b.add(i, I64(step)), b.block
        i.add_incoming(following, last)
        for phi, v in zip(phis, results, strict=True):
            phi.add_incoming(v, last)
        b.cbranch(b.icmp_signed("<", following, stop), block, after)
        b.position_at_end(after)
        return results, last

    def across(self, vector: Any) -> Any:
        """The sum of the lanes, halves added to halves."""
        b, lanes = self.b, vector.type.count
        add = b.fadd if kind_of(vector) == "float" else b.add
        while lanes > 1:
            lanes //= 2
            undefined = ir.Constant(vector.type, ir.Undefined)
            places = (ir.Constant(ir.VectorType(I32, lanes), list(range(s, s + lanes))) for s in (0, lanes))
            vector = add(*(b.shuffle_vector(vector, undefined, p) for p in places))
        return b.extract_element(vector, I32(0))

    def laundered(self, pointer: Any, after: Sequence[Any] = ()) -> Any:
        """The same pointer, as one that LLVM knows nothing of, and not before some vectors are computed.

        Else it keeps what neighbouring taps share in registers, or reads ahead as far as its model of the processor
        advises. There are not enough registers: what does not fit is stored and read again inside the loop.
        """
        known = [v for v in after if self._fills_a_register(v)]
        kind = ir.FunctionType(POINTER, [POINTER, *(v.type for v in known)])
        return self.b.asm(kind, "", ",".join(["=r,0", *[self.vectors] * len(known)]), [pointer, *known], False)

    def opaque(self, vector: Any) -> Any:
        """The same vector, as one that LLVM knows nothing of: it is kept, and not computed again where it is used."""
        return self.together([vector])[0]

    def together(self, vectors: Sequence[Any]) -> list[Any]:
        """The same vectors: all of them are computed before one is used."""
        if not all(map(self._fills_a_register, vectors)):
            return list(vectors)
        kinds = [v.type for v in vectors]
        letters = ",".join([f"={self.vectors}"] * len(kinds) + [str(k) for k in range(len(kinds))])
        result = kinds[0] if len(kinds) == 1 else ir.LiteralStructType(kinds)
        found = self.b.asm(ir.FunctionType(result, kinds), "", letters, list(vectors), False)
        return [found] if len(kinds) == 1 else [self.b.extract_value(found, k) for k in range(len(kinds))]

    def added_in_place(self, total: Any, addend: Any) -> Any:
        """The sum of two vectors in the register of the first: LLVM takes either, and moves what came out elsewhere."""
        found = self.b.fadd(total, addend)
        if not self._fills_a_register(found):
            return found
        # What is still needed behind the sum cannot have given its register to it.
        letters = f"={self.vectors},0,{self.vectors}"
        return self.b.asm(ir.FunctionType(found.type, [found.type] * 2), "", letters, [found, addend], False)

    def _fills_a_register(self, vector: Any) -> bool:
        """Whether inline assembly takes the vector: x86 has no register of 8 bytes for it."""
        lanes = vector.type.count if isinstance(vector.type, ir.VectorType) else 1
        return lanes * (4 if self.real == ir.FloatType() else 8) >= LEAST_VECTOR

    def larger(self, a: Any, b: Any) -> Any:
        """The larger of two integers."""
        return self.b.select(self.b.icmp_signed(">", a, b), a, b)

    def smaller(self, a: Any, b: Any) -> Any:
        """The smaller of two integers."""
        return self.b.select(self.b.icmp_signed("<", a, b), a, b)


def kind_of(value: Any) -> str:
    """float, int or bool: what an emitted value is."""
    scalar = value.type.element if isinstance(value.type, ir.VectorType) else value.type
    if isinstance(scalar, ir.IntType):
        return "bool" if scalar.width == 1 else "int"
    return "float"
