"""Max pooling and its gradient with the windows written out: for every window all taps, on vectors of images.

The taps of a window are compared in registers, and the winner's number is kept in one byte. In the gradient a window's
value and switch are read once, and every tap is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product as cartesian
from math import prod
from typing import Any

from llvmlite import ir

from pullback.compile.emit.functions import evaluate
from pullback.compile.emit.lanes import splat
from pullback.compile.emit.loops import I8, I64, Emitter
from pullback.compile.kernels.kernel import Declined, Kernel, Site
from pullback.compile.kernels.nest import Vector, nest_of
from pullback.compile.kernels.reading import Reader
from pullback.compile.kernels.walk import walk_of
from pullback.compile.layout import split_letters
from pullback.compile.stages import ACC, SWITCH, Access, Position, Stage, Value
from pullback.formula import expr as ex
from pullback.formula.expr_tree import postorder

MOST_TAPS = 16
"""Windows of more taps are not written out."""

Env = Mapping[str, Any]


def pooling(site: Site) -> Kernel | Declined:
    """Windows written out, for the largest entry of each and its switch."""
    stage = site.stage
    if stage.combine != "argmax":
        return Declined("it looks for no largest entry")
    access = stage.reads["x"]
    if not isinstance(access, Access) or access.value.kind != "float" or site.address(access) is None:
        return Declined("its windows are not addressed in strides")
    if not access.inside(stage.sizes):
        return Declined("its windows reach into the padding")
    if prod(n for _, n in stage.over) > MOST_TAPS:
        return Declined(f"its windows have more than {MOST_TAPS} taps")
    switches = [w for w in stage.writes if SWITCH in ex.variables(w.expression)]
    if not all(w.value.kind == "byte" and w.expression == ex.Var(SWITCH) for w in switches):
        return Declined("it keeps positions instead of switches of a byte")
    return _kernel("pool", site, (), lambda e, p, v: _Pooling(site, e, p, v).windows)


def unpooling(site: Site) -> Kernel | Declined:
    """Windows written out, for what every tap receives of its window."""
    stage = site.stage
    taps = taps_of(stage)
    if stage.combine or not taps:
        return Declined("it writes no windows")
    if prod(n for _, n in taps) > MOST_TAPS:
        return Declined(f"its windows have more than {MOST_TAPS} taps")
    if not all(_lies_in_lanes(site, a) for k, a in stage.accesses() if k in {s for s, _ in _comparisons(stage)}):
        return Declined("its switches do not lie in lanes")
    return _kernel("unpool", site, tuple(k for k, _ in taps), lambda e, p, v: _Unpooling(site, e, p, v).windows)


def _lies_in_lanes(site: Site, access: Access) -> bool:
    address = site.address(access)
    lanes = [split_letters(k)[1] for k in site.split]
    return address is not None and any(address.coef(k) == 1 for k in lanes) and access.inside(site.stage.sizes)


def taps_of(stage: Stage) -> tuple[tuple[str, int], ...]:
    """The letters that count the taps of a window: switches are compared with the positions that they name."""
    names = {k for pair in _comparisons(stage) for k in pair}
    letters = {k for n in names for leaf in (stage.reads[n],) if isinstance(leaf, Position) for k in leaf.letters}
    return tuple((k, n) for k, n in stage.free if k in letters)


def _comparisons(stage: Stage) -> Iterator[tuple[str, str]]:
    """Pairs of variables: switches, and positions that they are compared with."""
    for node in (n for w in stage.writes for n in postorder(w.expression)):
        if not isinstance(node, ex.Apply) or node.function != "equal":
            continue
        names = [a.name for a in node.arguments if isinstance(a, ex.Var)]
        leaves = [stage.reads.get(n) for n in names]
        if len(names) != 2 or not isinstance(leaves[0], Access) or not isinstance(leaves[1], Position):
            continue
        if leaves[0].value.kind == "byte":
            yield names[0], names[1]


def _kernel(
    name: str,
    site: Site,
    taps: tuple[str, ...],
    emission: Callable[[Emitter, Mapping[Value, Any], Vector], Callable[[Env], None]],
) -> Kernel | Declined:
    nest = nest_of(site)
    vector = nest.vector
    if vector is None or not vector.is_split or vector.is_combined:
        return Declined("its images do not lie in lanes")
    walk = walk_of(nest, taps)
    if any(loop.limit is not None for loop in walk.loops):
        return Declined("its images do not lie in lanes alone")
    return Kernel(
        name,
        walk.chunks,
        walk.blocks,
        lambda e, p, lo, hi: walk.run(e, lo, hi, emission(e, p, vector)),
        f"{vector.lanes} images at a time",
    )


class _Windows:
    """The code of one stage."""

    def __init__(self, site: Site, e: Emitter, pointers: Mapping[Value, Any], vector: Vector) -> None:
        self.site, self.stage, self.e, self.pointers, self.lanes = site, site.stage, e, pointers, vector.lanes
        self.reader = Reader(site, e, pointers, vector.letter, vector.lanes)

    def taps(self, letters: tuple[tuple[str, int], ...]) -> Iterator[dict[str, int]]:
        """Every tap of a window."""
        for places in cartesian(*(range(n) for _, n in letters)):
            yield dict(zip((k for k, _ in letters), places, strict=True))

    def value(self, expression: ex.Expr, found: Mapping[str, Any]) -> Any:
        """The value of an expression."""
        return evaluate(self.e.b, expression, found, lanes=self.lanes, real=self.e.real)


class _Pooling(_Windows):
    def windows(self, env: Env) -> None:
        """The largest entries of a window in all lanes; the first among equals, NaN above all numbers."""
        stage = self.stage
        access, where = stage.reads["x"], stage.where
        assert where is not None  # noqa: S101  (an argmax has positions)
        entries, numbers = [], []
        for tap in self.taps(stage.over):
            entries.append(self.reader.leaf(access, {**env, **{k: I64(v) for k, v in tap.items()}}))
            numbers.append(sum(where.coef(k) * v for k, v in tap.items()) + where.const)
        write_winners(self.reader, env, *largest_of(self.e, entries, numbers))


def write_winners(reader: Reader, env: Env, largest: Any, switch: Any) -> None:
    """What a stage makes of the largest entries of windows in all lanes, and the numbers of their taps in bytes."""
    b, found = reader.e.b, {ACC: largest}
    for w in reader.site.stage.writes:
        if w.expression == ex.Var(SWITCH):
            offset, _ = reader.place(Access(w.value, w.at), env)
            byte = b.trunc(switch, ir.VectorType(I8, reader.lanes))
            b.store(byte, reader.e.at(reader.pointers[w.value], offset, I8), align=1)
            continue
        reader.store(w.value, w.at, env, reader.evaluate(w.expression, env, found))


def largest_of(e: Emitter, entries: Sequence[Any], numbers: Sequence[int]) -> tuple[Any, Any]:
    """The largest of vectors in every lane, and its number: the first among equals, NaN above all numbers."""
    lanes = entries[0].type.count
    # As wide as the entries: one mask chooses both.
    whole = ir.IntType(32 if e.real == ir.FloatType() else 64)
    largest, switch = entries[0], splat(whole, lanes, numbers[0])
    for x, number in zip(entries[1:], numbers[1:], strict=True):
        wins = e.b.and_(e.b.fcmp_unordered(">", x, largest), e.b.fcmp_ordered("ord", largest, largest))
        largest, switch = e.b.select(wins, x, largest), e.b.select(wins, splat(whole, lanes, number), switch)
    return largest, switch


class _Unpooling(_Windows):
    def windows(self, env: Env) -> None:
        """What all taps of a window receive, in all lanes."""
        stage, taps = self.stage, taps_of(self.stage)
        pairs = dict.fromkeys(_comparisons(stage))
        won = {_equal(*pair): ex.Var(f"won {k}") for k, pair in enumerate(pairs)}
        expressions = [_replaced(w.expression, won) for w in stage.writes]
        letters = {k for k, _ in taps}
        shared: dict[str, Any] = {}
        switches = {a: self._switches(a, env) for a, _ in pairs}
        for tap in self.taps(taps):
            here = {**env, **{k: I64(v) for k, v in tap.items()}}
            own = {f"won {k}": self._won(switches[a], b, tap) for k, (a, b) in enumerate(pairs)}
            for w, expression in zip(stage.writes, expressions, strict=True):
                for name in ex.variables(expression):
                    if name in own or name in shared:
                        continue
                    leaf = stage.reads[name]
                    kept = own if letters & set(leaf.letters) else shared
                    kept[name] = self.reader.leaf(leaf, here)
                self.reader.store(w.value, w.at, here, self.value(expression, {**shared, **own}))

    def _switches(self, name: str, env: Env) -> Any:
        """The switches of a window as bytes."""
        access = self.stage.reads[name]
        assert isinstance(access, Access)  # noqa: S101
        offset, _ = self.reader.place(access, env)
        pointer = self.e.at(self.pointers[access.value], offset, I8)
        return self.e.b.load(pointer, typ=ir.VectorType(I8, self.lanes), align=1)

    def _won(self, switches: Any, name: str, tap: Mapping[str, int]) -> Any:
        position = self.stage.reads[name]
        assert isinstance(position, Position)  # noqa: S101
        number = sum(position.at.coef(k) * v for k, v in tap.items()) + position.at.const
        return self.e.b.icmp_unsigned("==", switches, splat(I8, self.lanes, number))


def _equal(switch: str, position: str) -> ex.Expr:
    return ex.Apply("equal", (ex.Var(switch), ex.Var(position)))


def _replaced(expression: ex.Expr, by: Mapping[ex.Expr, ex.Expr]) -> ex.Expr:
    """An expression with parts replaced."""
    found: dict[ex.Expr, ex.Expr] = {}
    for node in postorder(expression):
        same = ex.Apply(node.function, tuple(found[a] for a in node.arguments)) if isinstance(node, ex.Apply) else node
        found[node] = by.get(node, same)
    return found[expression]
