"""Formulas to stages: every node of a graph becomes one loop nest, or one for each phase of a strided output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import gcd, prod

from pullback.compile.stages import ACC, SWITCH, Access, Digit, Index, Leaf, Letters, Position, Stage, Value, Write
from pullback.formula import Argmax, Map, Reshape, Sum, Uniform
from pullback.formula import expr as ex
from pullback.formula.affine import Affine, Lookup, Ref, mixed_radix
from pullback.graph import Node


def lower(node: Node, values: Mapping[Node, Value], tables: Tables) -> list[Stage]:
    """The stages that compute a node's value: none where it has no entry."""
    formula, out = node.formula, values[node]
    if out.size == 0:
        return []
    operands = {k: values[i] for k, i in zip(formula.operands, node.inputs, strict=True)}
    if isinstance(formula, Map):
        return [_map(node, formula, out, operands)]
    if isinstance(formula, Sum):
        return _sum(node, formula, out, operands, tables)
    if isinstance(formula, Argmax):
        return [_argmax(node, formula, out, operands)]
    if isinstance(formula, Reshape):
        return [view_stage(operands[formula.source.array], out, node.name, node.scope)]
    assert isinstance(formula, Uniform)  # noqa: S101  (the kinds of formula there are)
    free, at = _plain(formula.shape)
    write = Write(out, at, ex.Var(ACC))
    return [
        Stage(
            node.name,
            free,
            (),
            "uniform",
            ex.Var(ACC),
            {},
            (write,),
            node.scope,
            stream=formula.stream,
            key=operands["key"],
        )
    ]


class Tables:
    """The fixed tables of integers that indices are read from: constants of the program."""

    def __init__(self) -> None:
        self.values: dict[tuple[int, ...], Value] = {}

    def of(self, entries: tuple[int, ...]) -> Value:
        """The value that holds the entries."""
        if entries not in self.values:
            self.values[entries] = Value((len(entries),), "int", "table")
        return self.values[entries]


def _plain(shape: Sequence[int]) -> tuple[Letters, tuple[Affine, ...]]:
    """A letter for each axis."""
    names = [f"a{k}" for k in range(len(shape))]
    return tuple(zip(names, shape, strict=True)), tuple(Affine(((k, 1),)) for k in names)


def _map(node: Node, formula: Map, out: Value, operands: Mapping[str, Value]) -> Stage:
    reads: dict[str, Leaf] = {r.array: Access(operands[r.array], _affine(r)) for r in formula.reads}
    free = formula.sizes
    at = tuple(Affine(((k, 1),)) for k, _ in free)
    return Stage(node.name, free, (), "", formula.expression, reads, (Write(out, at, formula.expression),), node.scope)


def _affine(ref: Ref) -> tuple[Affine, ...]:
    return tuple(a for a in ref.at if isinstance(a, Affine))


def view_stage(source: Value, out: Value, name: str, scope: str = "") -> Stage:
    """The same entries in row-major order under another shape."""
    free, at = _plain(out.shape)
    flat = Affine()
    for k, letter in enumerate(at):
        flat = flat + letter * prod(out.shape[k + 1 :])
    digits = [Digit(flat, prod(source.shape[k + 1 :]), n) for k, n in enumerate(source.shape)]
    read = Access(source, tuple(_without_digit(d, dict(free)) for d in digits))
    return Stage(name, free, (), "view", ex.Var("x"), {"x": read}, (Write(out, at, ex.Var("x")),), scope)


def _without_digit(digit: Digit, sizes: Mapping[str, int]) -> Index:
    """A digit of a position that can be read off the letters: (W·h + w) // W is h where w < W."""
    flat = digit.of
    assert isinstance(flat, Affine)  # noqa: S101  (a position in the source, along an axis)
    assert digit.size is not None  # noqa: S101
    high = Affine(tuple((k, c) for k, c in flat.coefs if c % digit.stride == 0))
    low = flat - high
    if low.bounds(sizes)[1] >= digit.stride:
        return digit
    quotient = Affine(tuple((k, c // digit.stride) for k, c in high.coefs))
    kept = Affine(tuple((k, c) for k, c in quotient.coefs if c % digit.size))
    return kept if kept.bounds(sizes)[1] < digit.size else digit


def _argmax(node: Node, formula: Argmax, out: Value, operands: Mapping[str, Value]) -> Stage:
    source = operands[formula.source.array]
    index = _affine(formula.source)
    flat = Affine()
    for axis in formula.window_axes:
        flat = flat * source.shape[axis] + index[axis]
    free = tuple((k, formula.ranges[k]) for k in formula.out.letters)
    over = tuple((k, formula.ranges[k]) for k in formula.over)
    at = tuple(Affine(((k, 1),)) for k in formula.out.letters)
    reads: dict[str, Leaf] = {"x": Access(source, index)}
    write = Write(out, at, ex.Var(SWITCH))
    return Stage(node.name, free, over, "argmax", ex.Var("x"), reads, (write,), node.scope, where=flat)


def _sum(node: Node, formula: Sum, out: Value, operands: Mapping[str, Value], tables: Tables) -> list[Stage]:
    reads: dict[str, Leaf] = {}
    term: ex.Expr | None = None
    for k, factor in enumerate(formula.factors):
        name = f"f{k}"
        reads[name] = Access(operands[factor.array], tuple(_index(a, operands, tables) for a in factor.at))
        term = ex.Var(name) if term is None else term * ex.Var(name)
    assert term is not None  # noqa: S101  (a sum has a factor)
    target = tuple(_index(a, operands, tables) for a in formula.out.at)
    # The scale stands outside the sum: it multiplies once, in the kind of the value.
    scaled: ex.Expr = ex.Var(ACC) if formula.scale == 1.0 else ex.Var(ACC) * ex.Const(formula.scale)
    whole = Stage(node.name, formula.sizes, (), "sum", term, reads, (), node.scope)
    return list(normal(whole, out, target, scaled))


def _index(index: Affine | Lookup, operands: Mapping[str, Value], tables: Tables) -> Index:
    if isinstance(index, Affine):
        return index
    table = operands[index.table] if isinstance(index.table, str) else tables.of(index.table.entries)
    return Digit(Access(table, index.at), index.stride, index.size)


def normal(whole: Stage, out: Value, target: tuple[Index, ...], result: ex.Expr) -> Iterator[Stage]:
    """The sum with an output that is addressed by letters of its own; in phases where it is addressed in strides."""
    if all(isinstance(t, Affine) for t in target):
        axes = enumerate(zip(_all_affine(target), out.shape, strict=True))
        solved = [_solutions(t, n, k, whole) for k, (t, n) in axes]
        if all(solved) and _are_apart(target) and _vanish_outside(whole, solved):
            for choice in product(*solved):
                yield _phase(whole, out, choice, result)
            return
    write = Write(out, (), result)
    yield Stage(whole.name, whole.free, (), "scatter", whole.term, whole.reads, (write,), whole.scope, targets=target)


def _all_affine(target: tuple[Index, ...]) -> tuple[Affine, ...]:
    return tuple(t for t in target if isinstance(t, Affine))


@dataclass(frozen=True)
class _Solution:
    """One phase of one axis.

    at        where it writes, in the letters `free`
    head, by  the letter that the index was solved for; letters replaced by others
    over      the other letters of the index, with the ranges that are left of them
    is_empty  nothing is added up here: the value is 0
    """

    at: Affine
    free: Letters
    head: str | None
    by: Mapping[str, Affine]
    over: Letters
    is_empty: bool = False


def _solutions(index: Affine, size: int, axis: int, stage: Stage) -> list[_Solution]:
    """Solve index = position for one letter, phase by phase; [] where that is not possible."""
    sizes = stage.sizes
    if index.letter is not None and sizes[index.letter] == size:
        return [_Solution(index, ((index.letter, size),), index.letter, {}, ())]
    if not index.coefs:
        return _fixed(index.const, size, axis)
    counting = mixed_radix(index, size, sizes)
    if counting is not None:
        return [_Solution(index, tuple((k, sizes[k]) for k in counting), None, {}, ())]
    head = max(index.letters, key=lambda k: (sizes[k], abs(index.coef(k))))
    return _phases(index, size, axis, head, sizes)


def _fixed(const: int, size: int, axis: int) -> list[_Solution]:
    """An axis at which only one place is written."""
    if not 0 <= const < size:
        return []
    found = [_Solution(Affine((), const), (), None, {}, ())]
    for start, stop in ((0, const), (const + 1, size)):
        if stop > start:
            letter = f"h{axis}"
            at = Affine(((letter, 1),), start)
            found.append(_Solution(at, ((letter, stop - start),), None, {}, (), is_empty=True))
    return found


def _phases(index: Affine, size: int, axis: int, head: str, sizes: Mapping[str, int]) -> list[_Solution]:
    stride, sign = abs(index.coef(head)), 1 if index.coef(head) > 0 else -1
    others = [(k, c) for k, c in index.coefs if k != head]
    letter, found = f"h{axis}", []
    for phase in range(min(stride, size)):
        count = -(-(size - phase) // stride)
        at = Affine(((letter, stride),), phase)
        free = ((letter, count),)
        by: dict[str, Affine] = {}
        over: list[tuple[str, int]] = []
        need, solvable = phase - index.const, True
        if stride > 1 and others:
            if len(others) > 1:
                return []
            ((tap, c),) = others
            first = next((r for r in range(sizes[tap]) if (need - c * r) % stride == 0), None)
            if first is None:
                solvable = False
            else:
                step = stride // gcd(stride, c)
                taps = -(-(sizes[tap] - first) // step)
                by[tap] = Affine(((tap, step),), first)
                over.append((tap, taps))
        elif stride > 1 and need % stride:
            solvable = False
        if not solvable:
            found.append(_Solution(at, free, head, {}, (), is_empty=True))
            continue
        position = Affine(((letter, stride),), phase - index.const)
        for k, c in others:
            position = position - by.get(k, Affine(((k, 1),))) * c
        quotient = Affine(tuple((k, sign * c // stride) for k, c in position.coefs), sign * position.const // stride)
        by[head] = quotient
        found.append(_Solution(at, free, head, by, tuple(over)))
    return found


def _are_apart(target: tuple[Index, ...]) -> bool:
    """Whether the letters of each axis occur in no other axis."""
    seen: set[str] = set()
    for t in target:
        mine = set(t.letters)
        if mine & seen:
            return False
        seen |= mine
    return True


def _vanish_outside(stage: Stage, solved: Sequence[Sequence[_Solution]]) -> bool:
    """Whether a letter that leaves its range makes a factor read outside its array, where it is 0."""
    for solutions in solved:
        for s in solutions:
            for head, by in s.by.items():
                if head != s.head:
                    continue
                low, high = by.bounds({**stage.sizes, **dict(s.free), **dict(s.over)})
                n = stage.sizes[head]
                if (low < 0 or high >= n) and not _guarded(stage, head, n):
                    return False
    return True


def _guarded(stage: Stage, letter: str, n: int) -> bool:
    return any(
        isinstance(a, Affine) and a.letter == letter and size == n
        for _, access in stage.accesses()
        for a, size in zip(access.at, access.value.shape, strict=True)
    )


def _phase(whole: Stage, out: Value, choice: Sequence[_Solution], result: ex.Expr) -> Stage:
    """The stage of one phase."""
    free = tuple(f for s in choice for f in s.free)
    at = tuple(s.at for s in choice)
    if any(s.is_empty for s in choice):
        zero = ex.Const(0.0 if out.kind == "float" else 0)
        return Stage(whole.name, free, (), "", zero, {}, (Write(out, at, zero),), whole.scope)
    by = {k: a for s in choice for k, a in s.by.items()}
    taken = {k for k, _ in free} | {s.head for s in choice if s.head}
    ranges = {k: n for s in choice for k, n in s.over}
    over = tuple((k, ranges.get(k, n)) for k, n in whole.free if k not in taken)
    reads = {name: substitute(leaf, by) for name, leaf in whole.reads.items()}
    write = Write(out, at, result)
    if over:
        return Stage(whole.name, free, over, "sum", whole.term, reads, (write,), whole.scope)
    expression = ex.substitute(result, {ACC: whole.term})
    return Stage(whole.name, free, (), "", expression, reads, (Write(out, at, expression),), whole.scope)


def substitute(leaf: Leaf, by: Mapping[str, Affine]) -> Leaf:
    """A leaf with letters replaced, all at once."""
    if isinstance(leaf, Position):
        return Position(at_once(leaf.at, by))
    return Access(leaf.value, tuple(_substituted(a, by) for a in leaf.at))


def _substituted(index: Index, by: Mapping[str, Affine]) -> Index:
    if isinstance(index, Affine):
        return at_once(index, by)
    of = at_once(index.of, by) if isinstance(index.of, Affine) else substitute(index.of, by)
    assert not isinstance(of, Position)  # noqa: S101
    return Digit(of, index.stride, index.size)


def at_once(index: Affine, by: Mapping[str, Affine]) -> Affine:
    """An index with letters replaced, all at once."""
    total = Affine((), index.const)
    for k, c in index.coefs:
        total = total + by.get(k, Affine(((k, 1),))) * c
    return total
