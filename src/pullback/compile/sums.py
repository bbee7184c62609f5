"""Sums over the same entries in one pass: the gradients of a normalisation read ȳ and x once for all of them.

What does not depend on the summed letters leaves a sum: Σ c[o]·ȳ·x = c[o] · Σ ȳ·x. Sums are taken apart into such
coefficients and sums of plain terms, through the elementwise stages that compute what they add up; those that read the
same arrays become one stage, whose letter t counts the distinct terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from pullback.compile.lower import substitute
from pullback.compile.signature import expression
from pullback.compile.stages import ACC, Access, Leaf, Letters, Position, Stage, Value, Write
from pullback.formula import expr as ex
from pullback.formula.affine import Affine
from pullback.formula.expr_tree import postorder

LONG = 1 << 14
"""Shorter sums are left alone."""
MOST_TERMS = 6
LINEAR = {"add", "subtract", "negative", "multiply", "divide"}
TERM, NUMBER = "t", "number"

Parts = tuple[tuple[ex.Expr, tuple[ex.Expr, ...]], ...]
"""Σ coefficient · Π factors: the factors depend on the summed letters, the coefficients do not."""


def in_one_pass(stages: Sequence[Stage], kept: frozenset[Value]) -> list[Stage]:
    """The stages, with sums that read the same arrays joined; those in `kept` are always written."""
    graph = _Graph(stages, kept)
    groups: list[_Group] = []
    for stage in stages:
        summed = graph.summed(stage)
        if summed is not None and not any(g.takes(summed, graph) for g in groups):
            groups.append(_Group([summed]))
    joined = [g for g in groups if len(g.members) > 1]
    if not joined:
        return list(stages)
    new: dict[int, list[Stage]] = {}
    for g in joined:
        whole, *parts = g.stages()
        new |= {id(m.stage): [part] for m, part in zip(g.members, parts, strict=True)}
        new[id(g.members[0].stage)].insert(0, whole)
    found = _alive([x for s in stages for x in new.get(id(s), [s])], kept)
    for g in joined:
        found = _late(found, g, kept)
    return found


@dataclass(frozen=True, eq=False)
class _Summed:
    """A sum taken apart.

    by      the stage's letters as those of the array's axes
    reads   what its coefficients and factors read, in the letters of the axes
    """

    stage: Stage
    shape: tuple[int, ...]
    by: Mapping[str, str]
    parts: Parts
    reads: Mapping[str, Access]

    @property
    def over(self) -> frozenset[str]:
        """The axes that are summed over."""
        return frozenset(self.by[k] for k, _ in self.stage.over)

    @property
    def factors(self) -> set[Access]:
        """What the factors read."""
        return {self.reads[k] for _, fs in self.parts for f in fs for k in ex.variables(f)}

    @property
    def arrays(self) -> set[Value]:
        """The arrays that are read whole."""
        return {a.value for a in self.factors if a.value.shape == self.shape}


@dataclass(eq=False)
class _Group:
    """Sums that are computed in one pass."""

    members: list[_Summed]

    def takes(self, new: _Summed, graph: _Graph) -> bool:
        """Take one more sum, if it reads what the others read and none needs another's result."""
        first = self.members[0]
        if (new.shape, new.over) != (first.shape, first.over) or len(_terms([*self.members, new])) > MOST_TERMS:
            return False
        if not any(new.arrays & m.arrays for m in self.members):
            return False
        mine = {a.value for m in self.members for a in m.factors}
        if graph.depends({a.value for a in new.factors}, [m.stage for m in self.members]):
            return False
        if graph.depends(mine, [new.stage]):
            return False
        self.members.append(new)
        return True

    def stages(self) -> list[Stage]:
        """The stage that adds up all terms, and for each sum the one that computes it from them."""
        whole = self._whole()
        return [whole, *(self._rewritten(m, whole.writes[0].value) for m in self.members)]

    def _whole(self) -> Stage:
        first, terms = self.members[0], _terms(self.members)
        axes = tuple((f"a{k}", n) for k, n in enumerate(first.shape))
        free: Letters = tuple(x for x in axes if x[0] not in first.over)
        if len(terms) > 1:
            free = ((TERM, len(terms)), *free)
        value = Value(tuple(n for _, n in free), "float", f"sums of {first.stage.name}")
        *others, last = [_product(fs) for fs in terms]
        term = last
        for k, other in reversed(list(enumerate(others))):
            term = ex.where(ex.Apply("equal", (ex.Var(NUMBER), ex.Const(k))), other, term)
        leaves = {k: leaf for m in self.members for k, leaf in m.reads.items()}
        reads: dict[str, Leaf] = {k: leaves[k] for k in ex.variables(term) if k != NUMBER}
        if others:
            reads[NUMBER] = Position(_letter(TERM))
        at = tuple(_letter(k) for k, _ in free)
        over = tuple(x for x in axes if x[0] in first.over)
        write = Write(value, at, ex.Var(ACC))
        return Stage(f"{first.stage.name} and others", free, over, "sum", term, reads, (write,), first.stage.scope)

    def _rewritten(self, member: _Summed, sums: Value) -> Stage:
        stage, terms = member.stage, _terms(self.members)
        back = {axis: _letter(k) for k, axis in member.by.items()}
        free = [back[f"a{k}"] for k in range(len(member.shape)) if f"a{k}" not in member.over]
        reads: dict[str, Leaf] = {}
        total: ex.Expr | None = None
        for coefficient, factors in member.parts:
            part: ex.Expr = ex.Const(float(prod(n for _, n in stage.over)))
            if factors:
                number = terms.index(factors)
                part = ex.Var(f"sum {number}")
                place = (Affine((), number), *free) if len(terms) > 1 else tuple(free)
                reads[part.name] = Access(sums, place)
            reads |= {k: substitute(member.reads[k], back) for k in ex.variables(coefficient)}
            part = part if coefficient == ONE else coefficient * part
            total = part if total is None else total + part
        assert total is not None  # noqa: S101  (a sum has a part)
        (w,) = stage.writes
        result = ex.substitute(w.expression, {ACC: total})
        own = {k: leaf for k, leaf in stage.reads.items() if k in ex.variables(w.expression)}
        return Stage(
            stage.name, stage.free, (), "", result, {**own, **reads}, (replace(w, expression=result),), stage.scope
        )


ONE = ex.Const(1.0)


def _letter(name: str) -> Affine:
    return Affine(((name, 1),))


def _terms(members: Iterable[_Summed]) -> list[tuple[ex.Expr, ...]]:
    """The distinct products of factors."""
    return list(dict.fromkeys(fs for m in members for _, fs in m.parts if fs))


def _product(factors: Sequence[ex.Expr]) -> ex.Expr:
    total, *others = factors
    for f in others:
        total = total * f
    return total


class _Graph:
    """Who reads and writes every value."""

    def __init__(self, stages: Sequence[Stage], kept: frozenset[Value]) -> None:
        self.kept = kept
        self.readers: dict[Value, list[Stage]] = {}
        self.writers: dict[Value, list[Stage]] = {}
        for stage in stages:
            for v in stage.read:
                self.readers.setdefault(v, []).append(stage)
            for v in stage.written:
                self.writers.setdefault(v, []).append(stage)
        self.names: dict[Access, str] = {}

    def depends(self, values: Iterable[Value], on: Iterable[Stage]) -> bool:
        """Whether any of the values is computed from what the stages write."""
        targets, pending, seen = {id(s) for s in on}, list(values), set[int]()
        while pending:
            for writer in self.writers.get(pending.pop(), ()):
                if id(writer) in targets:
                    return True
                if id(writer) not in seen:
                    seen.add(id(writer))
                    pending += writer.read
        return False

    def summed(self, stage: Stage) -> _Summed | None:
        """A long sum taken apart, if it reads arrays entry by entry."""
        if stage.combine != "sum" or len(stage.writes) != 1 or stage.writes[0].value.kind != "float":
            return None
        if not stage.free:
            return None  # norms: they are added up where their terms are computed (`tallies`)
        if prod(stage.sizes.values()) < LONG or not all(a.letter for a in stage.writes[0].at):
            return None
        whole = {a.at for _, a in stage.accesses() if _is_whole(a, stage)}
        if len(whole) != 1 or len(dict(stage.accesses())) != len(stage.reads):
            return None
        (at,) = whole
        by = {a.letter: f"a{k}" for k, a in enumerate(at) if isinstance(a, Affine) and a.letter}
        leaves = {k: substitute(a, {n: _letter(m) for n, m in by.items()}) for k, a in stage.reads.items()}
        found: dict[str, Access] = {}
        term = ex.substitute(
            stage.term, {k: self._computed(a, found) for k, a in leaves.items() if isinstance(a, Access)}
        )
        shape = tuple(stage.sizes[k] for k in by)
        over = frozenset(by[k] for k, _ in stage.over)
        if not all(_fits(a, len(shape)) for a in found.values()):
            return None
        parts = _taken_apart(term, {k for k, a in found.items() if set(a.letters) & over})
        return None if parts is None else _Summed(stage, shape, by, parts, found)

    def _computed(self, access: Access, found: dict[str, Access]) -> ex.Expr:
        """An entry by what it is computed from, as far as it is a sum or a multiple of others."""
        stage = self._multiple(access.value)
        if stage is None or not access.is_affine:
            name = self.names.setdefault(access, f"x{len(self.names)}")
            found[name] = access
            return ex.Var(name)
        (write,) = stage.writes
        by = {a.letter: at for a, at in zip(write.at, access.affine, strict=True) if a.letter}
        operands = {k: substitute(leaf, by) for k, leaf in stage.reads.items()}
        return ex.substitute(
            write.expression, {k: self._computed(a, found) for k, a in operands.items() if isinstance(a, Access)}
        )

    def _multiple(self, value: Value) -> Stage | None:
        """The elementwise stage that computes a value from numbers that are written anyway."""
        writers = self.writers.get(value, [])
        if len(writers) != 1:
            return None
        (stage,) = writers
        write = stage.writes[0]
        if not stage.is_pure or len(stage.writes) != 1 or not all(a.letter for a in write.at):
            return None
        if not isinstance(write.expression, ex.Apply) or write.expression.function not in LINEAR:
            return None
        accesses = list(dict(stage.accesses()).values())
        if len(accesses) != len(stage.reads) or any(a.value.kind != "float" for a in accesses):
            return None
        alone = [a.value for a in accesses if self.readers[a.value] == [stage] and a.value not in self.kept]
        # What one stage alone makes of a sum of products is written in the place of that sum.
        whole = [w for v in alone if v.shape == value.shape for w in self.writers.get(v, ())]
        return None if any(w.combine == "sum" for w in whole) else stage


def _is_whole(access: Access, stage: Stage) -> bool:
    """Whether an array is read entry by entry, by all letters of a stage."""
    letters = [a.letter if isinstance(a, Affine) else None for a in access.at]
    return None not in letters and set(letters) == set(stage.sizes) and len(letters) == len(stage.sizes)


def _fits(access: Access, axes: int) -> bool:
    """Whether an array is read whole, by the letters of the axes in order, or by some of them."""
    letters = [a.letter if isinstance(a, Affine) else None for a in access.at]
    in_order = len(letters) < axes or letters == [f"a{k}" for k in range(axes)]
    return None not in letters and in_order and access.value.kind == "float"


def _taken_apart(term: ex.Expr, summed: set[str]) -> Parts | None:
    """Coefficients and factors of a term; `summed` are the variables that depend on the summed letters."""
    forms: dict[ex.Expr, Parts] = {}
    for node in postorder(term):
        arguments = [forms[a] for a in node.arguments] if isinstance(node, ex.Apply) else []
        if isinstance(node, ex.Var) and node.name in summed:
            forms[node] = ((ONE, (node,)),)
        elif isinstance(node, ex.Apply) and any(fs for parts in arguments for _, fs in parts):
            forms[node] = _combined(node, arguments)
        else:
            forms[node] = ((node, ()),)
        if len(forms[node]) > MOST_TERMS:
            return None
    return _collected(forms[term])


def _combined(node: ex.Apply, arguments: Sequence[Parts]) -> Parts:
    """The parts of a function, of which at least one argument depends on the summed letters."""
    whole: Parts = ((ONE, (node,)),)
    are_fixed = [not any(fs for _, fs in parts) for parts in arguments]
    if node.function == "negative":
        return tuple((-c, fs) for c, fs in arguments[0])
    if node.function in ("add", "subtract") and not any(are_fixed):
        sign = -1 if node.function == "subtract" else 1
        return (*arguments[0], *((c if sign > 0 else -c, fs) for c, fs in arguments[1]))
    if node.function == "divide" and are_fixed[1]:
        return tuple((c / node.arguments[1], fs) for c, fs in arguments[0])
    if node.function != "multiply":
        return whole  # x − μ stays one factor: Σx − N·μ would lose what Σ(x − μ) keeps
    for fixed, other in ((0, 1), (1, 0)):
        if are_fixed[fixed]:
            scale = node.arguments[fixed]
            return tuple((scale if c == ONE else c * scale, fs) for c, fs in arguments[other])
    if len(arguments[0]) == len(arguments[1]) == 1:
        ((a, fs),), ((b, gs),) = arguments
        both = tuple(sorted((*fs, *gs), key=lambda f: repr(expression(f))))
        return ((b if a == ONE else a if b == ONE else a * b, both),)
    return whole


def _collected(parts: Parts) -> Parts:
    """Parts with equal factors added up."""
    found: dict[tuple[ex.Expr, ...], ex.Expr] = {}
    for c, fs in parts:
        found[fs] = found[fs] + c if fs in found else c
    return tuple((c, fs) for fs, c in found.items())


def _alive(stages: Sequence[Stage], kept: frozenset[Value]) -> list[Stage]:
    """The stages whose values somebody reads, in any order."""
    writers = _Graph(stages, kept).writers
    pending, needed = list(kept), set[int]()
    while pending:
        for writer in writers.get(pending.pop(), ()):
            if id(writer) not in needed:
                needed.add(id(writer))
                pending += writer.read
    return [s for s in stages if id(s) in needed]


def _late(stages: list[Stage], group: _Group, kept: frozenset[Value]) -> list[Stage]:
    """The stages; what is made of the arrays entry by entry is computed where the sums are used, if only there.

    Else it would be written beside the arrays, and read again.
    """
    graph = _Graph(stages, kept)
    sums = [w for m in group.members for w in graph.writers.get(m.stage.writes[0].value, ())]
    for array in {v: None for m in group.members for v in m.arrays}:
        for stage in graph.readers.get(array, ()):
            value = stage.writes[0].value
            readers = graph.readers.get(value, [])
            if len(readers) != 1 or value in kept or not _is_entrywise(stage) or not _is_entrywise(readers[0]):
                continue
            (reader,) = readers
            if graph.depends(reader.read, sums) and not graph.depends(stage.read, sums):
                into = _inlined(stage, reader)
                return _late([into if s is reader else s for s in stages if s is not stage], group, kept)
    return stages


def _is_entrywise(stage: Stage) -> bool:
    return stage.is_pure and len(stage.writes) == 1 and all(a.letter for a in stage.writes[0].at)


def _inlined(stage: Stage, reader: Stage) -> Stage:
    """The reader, with an elementwise stage's value computed in it."""
    (write,), reads, by_name = stage.writes, dict(reader.reads), dict[str, ex.Expr]()
    for k, access in reader.accesses():
        if access.value is not write.value:
            continue
        by = {a.letter: at for a, at in zip(write.at, access.affine, strict=True) if a.letter}
        del reads[k]
        names = {n: f"{k}.{n}" for n in stage.reads}
        reads |= {names[n]: substitute(leaf, by) for n, leaf in stage.reads.items()}
        by_name[k] = ex.substitute(write.expression, {n: ex.Var(m) for n, m in names.items()})
    (w,) = reader.writes
    result = ex.substitute(w.expression, by_name)
    return replace(reader, term=result, reads=reads, writes=(replace(w, expression=result),))
