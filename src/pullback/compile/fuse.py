"""Fusion: elementwise stages go into the writes of what they read, or into the terms of what reads them.

A bias and an activation become the end of a convolution's stage, a mask the end of a gradient's, an optimiser's update
the end of a filter gradient's; what nobody else reads is never written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import TypeAlias

from pullback.compile.lower import at_once, substitute
from pullback.compile.masks import read_activations
from pullback.compile.partial import in_parts
from pullback.compile.pools import pool_stages
from pullback.compile.stages import Access, Leaf, Stage, Value, Write
from pullback.formula import expr as ex
from pullback.formula.affine import Affine
from pullback.formula.expr_tree import postorder

CHEAP = {"add", "subtract", "multiply", "negative", "maximum", "minimum", "where", "stop", "abs", "sign"} | {
    *("greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "logical_and", "logical_or"),
    *("logical_not",),
}
FEW = 4
Change: TypeAlias = tuple[Sequence[Stage], Sequence[Stage]]
"""Stages, and those that replace them."""


def fuse(stages: Sequence[Stage], kept: frozenset[Value]) -> list[Stage]:
    """Fewer stages that compute the same values; those in `kept` are always written."""
    found = pool_stages(read_activations(stages), kept)
    found = _until_done(found, kept)
    products = {v for s in found if s.combine == "sum" and _is_product(s) for v in s.written}
    return in_parts(ordered(found), products)


def _until_done(stages: list[Stage], kept: frozenset[Value]) -> list[Stage]:
    uses = Uses(stages, kept)
    pending = list(reversed(stages))
    while pending:
        stage = pending.pop()
        if not uses.holds(stage):
            continue
        fused = _into_writes(stage, uses) or _into_readers(stage, uses)
        if fused is not None:
            old, new = fused
            near = uses.neighbours(new)
            uses.replace(old, new)
            pending += [s for s in (*near, *new) if uses.holds(s)]
    return list(uses.stages.values())


class Uses:
    """The stages, with who reads and who writes every value."""

    def __init__(self, stages: Sequence[Stage], kept: frozenset[Value]) -> None:
        self.kept = kept
        self.stages: dict[int, Stage] = {}
        self.readers: dict[Value, list[Stage]] = {}
        self.writers: dict[Value, list[Stage]] = {}
        for stage in stages:
            self._add(stage)

    def _add(self, stage: Stage) -> None:
        self.stages[id(stage)] = stage
        for values, users in ((stage.read, self.readers), (stage.written, self.writers)):
            for v in values:
                users.setdefault(v, []).append(stage)

    def holds(self, stage: Stage) -> bool:
        """Whether a stage is still one of them."""
        return id(stage) in self.stages

    def replace(self, old: Sequence[Stage], new: Sequence[Stage]) -> None:
        """Put stages in the place of others."""
        for stage in old:
            del self.stages[id(stage)]
            for values, users in ((stage.read, self.readers), (stage.written, self.writers)):
                for v in values:
                    users[v] = [s for s in users[v] if s is not stage]
        for stage in new:
            self._add(stage)

    def neighbours(self, stages: Sequence[Stage]) -> list[Stage]:
        """Those that read what the stages write, or write what they read."""
        found = [r for s in stages for v in s.written for r in self.readers.get(v, ())]
        return found + [w for s in stages for v in s.read for w in self.writers.get(v, ())]

    def depends(self, values: Iterable[Value], on: Iterable[Stage]) -> bool:
        """Whether any of the values is computed from what the stages write."""
        targets, pending, seen = {id(s) for s in on}, list(values), set()
        while pending:
            value = pending.pop()
            for writer in self.writers.get(value, ()):
                if id(writer) in targets:
                    return True
                if id(writer) not in seen:
                    seen.add(id(writer))
                    pending += writer.read
        return False


def is_elementwise(stage: Stage) -> bool:
    """Whether every entry of one value is computed from others, at letters of their own."""
    return stage.is_pure and len(stage.writes) == 1 and all(a.letter for a in stage.writes[0].at)


def _into_writes(stage: Stage, uses: Uses) -> Change | None:
    """Compute an elementwise stage where one of its operands is written."""
    if not is_elementwise(stage):
        return None
    for name, access in stage.accesses():
        writers = uses.writers.get(access.value, [])
        if not writers or not _reads_whole(stage, access) or not all(map(_takes_more, writers)):
            continue
        others = [v for k, a in stage.reads.items() if k != name for v in a.read]
        if uses.depends(others, writers) or access.value in others:
            continue
        is_spent = access.value not in uses.kept and len(uses.readers[access.value]) == 1
        if len(writers) > 1 and not is_spent:
            continue
        new = [_extended(w, stage, name, access.value, is_spent) for w in writers]
        return [*writers, stage], new
    return None


def _reads_whole(stage: Stage, access: Access) -> bool:
    """Whether an operand is read entry by entry, each once."""
    letters = [a.letter if isinstance(a, Affine) else None for a in access.at]
    sizes = tuple(stage.sizes[k] if k else -1 for k in letters)
    return len(set(letters)) == len(stage.free) == len(letters) and sizes == access.value.shape


def _takes_more(stage: Stage) -> bool:
    return stage.combine in ("", "sum", "argmax", "uniform") and not (stage.combine == "argmax" and len(stage.free) < 2)


def _extended(writer: Stage, stage: Stage, name: str, value: Value, is_spent: bool) -> Stage:
    """A stage that also computes what an elementwise stage makes of its value."""
    writes: list[Write] = []
    reads = dict(writer.reads)
    for w in writer.writes:
        if w.value is not value:
            writes.append(w)
            continue
        if not is_spent:
            writes.append(w)
        access = stage.reads[name]
        assert isinstance(access, Access)  # noqa: S101
        by = {a.letter: at for a, at in zip(access.affine, w.at, strict=True) if a.letter}
        names, more = merged_leaves(reads, {k: substitute(a, by) for k, a in stage.reads.items() if k != name})
        reads |= more
        (own,) = stage.writes
        expression = ex.substitute(own.expression, {name: w.expression, **{k: ex.Var(n) for k, n in names.items()}})
        writes.append(Write(own.value, tuple(at_once(a, by) for a in own.at), expression))
    title = writer.name if writer.combine else stage.name
    return replace(writer, name=title, writes=tuple(writes), reads=_read_by(reads, writes, writer.term, writer.combine))


def _read_by(reads: Mapping[str, Leaf], writes: Sequence[Write], term: ex.Expr, combine: str) -> dict[str, Leaf]:
    """The reads that still occur."""
    used = {k for w in writes for k in ex.variables(w.expression)}
    if combine:
        used |= set(ex.variables(term))
    return {k: leaf for k, leaf in reads.items() if k in used}


def merged_leaves(known: Mapping[str, Leaf], new: Mapping[str, Leaf]) -> tuple[dict[str, str], dict[str, Leaf]]:
    """Names under which more leaves are read: those of equal ones, or fresh ones."""
    names: dict[str, str] = {}
    added: dict[str, Leaf] = {}
    for k, leaf in new.items():
        same = next((n for n, other in {**known, **added}.items() if _equal(other, leaf)), None)
        if same is None:
            same = f"v{len(known) + len(added)}"
            while same in known or same in added:
                same += "'"
            added[same] = leaf
        names[k] = same
    return names, added


def _equal(a: Leaf, b: Leaf) -> bool:
    return type(a) is type(b) and a == b


def _into_readers(stage: Stage, uses: Uses) -> Change | None:
    """Compute an elementwise stage where its value is read, instead of writing it."""
    if not is_elementwise(stage):
        return None
    (write,) = stage.writes
    readers = uses.readers.get(write.value, [])
    if write.value in uses.kept or not readers or not all(_can_inline(stage, write, r) for r in readers):
        return None
    if len(readers) > 1 and not (is_move(stage) or _is_cheap(write.expression, len(stage.reads))):
        return None
    return [stage, *readers], [_inlined(stage, write, r) for r in readers]


def is_move(stage: Stage) -> bool:
    """Whether entries are only moved."""
    return isinstance(stage.writes[0].expression, ex.Var) and len(stage.reads) == 1


def _is_cheap(expression: ex.Expr, reads: int) -> bool:
    applied = [n for n in postorder(expression) if isinstance(n, ex.Apply)]
    return len(applied) <= FEW and reads <= 2 and all(n.function in CHEAP for n in applied)


def _can_inline(stage: Stage, write: Write, reader: Stage) -> bool:
    if reader.combine in ("view", "uniform") or reader.targets or reader.key is write.value:
        return False
    mine = [a for _, a in reader.accesses() if a.value is write.value]
    if len([v for leaf in reader.reads.values() for v in leaf.read if v is write.value]) != len(mine):
        return False  # read as a table too
    if not all(a.is_affine and a.inside(reader.sizes) for a in mine):
        return False
    if is_move(stage):
        (leaf,) = stage.reads.values()
        return isinstance(leaf, Access) and (leaf.is_affine or reader.combine == "")
    if reader.combine == "argmax" or _is_product(reader):
        return False
    return len(mine) == 1 and prod(reader.sizes.values()) <= prod(stage.sizes.values())


def _is_product(stage: Stage) -> bool:
    return stage.combine == "sum" and sum(isinstance(n, ex.Var) for n in postorder(stage.term)) > 1


def _inlined(stage: Stage, write: Write, reader: Stage) -> Stage:
    """The reader, with the value computed in it."""
    reads: dict[str, Leaf] = {}
    by_name: dict[str, ex.Expr] = {}
    for k, leaf in reader.reads.items():
        if not (isinstance(leaf, Access) and leaf.value is write.value):
            reads[k] = leaf
    for k, leaf in reader.reads.items():
        if isinstance(leaf, Access) and leaf.value is write.value:
            by = {a.letter: at for a, at in zip(write.at, leaf.affine, strict=True) if a.letter}
            if reader.combine == "argmax":
                (moved,) = stage.reads.values()
                reads[k] = substitute(moved, by)
                continue
            names, more = merged_leaves(reads, {n: substitute(x, by) for n, x in stage.reads.items()})
            reads |= more
            by_name[k] = ex.substitute(write.expression, {n: ex.Var(m) for n, m in names.items()})
    writes = tuple(Write(w.value, w.at, ex.substitute(w.expression, by_name)) for w in reader.writes)
    return replace(reader, term=ex.substitute(reader.term, by_name), reads=reads, writes=writes)


def ordered(stages: Sequence[Stage]) -> list[Stage]:
    """The stages, every one after those whose values it reads; else in the order given."""
    writers: dict[Value, list[Stage]] = {}
    for s in stages:
        for v in s.written:
            writers.setdefault(v, []).append(s)
    done: set[int] = set()
    found: list[Stage] = []

    for first in stages:
        stack = [(first, False)]
        while stack:
            stage, ready = stack.pop()
            if id(stage) in done:
                continue
            if ready:
                done.add(id(stage))
                found.append(stage)
                continue
            stack.append((stage, True))
            before = [w for v in stage.read for w in writers.get(v, ()) if id(w) not in done and w is not stage]
            stack += [(w, False) for w in reversed(before)]
    return found
