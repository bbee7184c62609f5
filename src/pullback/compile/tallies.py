"""Sums over all entries that a stage writes, added up where they are computed: the norms of gradients and of updates.

Each tile of a contraction gives one part, and a short stage adds up the parts. What only such a sum reads is never
written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pullback.compile.fuse import merged_leaves
from pullback.compile.layout import Layout, row_major
from pullback.compile.lower import substitute
from pullback.compile.partial import is_whole_sum
from pullback.compile.stages import Access, Leaf, Stage, Tally, Value, Write
from pullback.formula import expr as ex
from pullback.formula.affine import Affine


def with_tallies(
    stages: Sequence[Stage], layouts: dict[Value, Layout], kept: frozenset[Value], tiles: Callable[[Stage], int]
) -> list[Stage]:
    """The stages, with sums added up where their terms are computed.

    layouts  to which those of the parts are added
    kept     values that are written in any case
    tiles    how many parts a stage's kernel gives; 0: it adds nothing up
    """
    found = list(stages)
    for position, stage in enumerate(stages):
        sums = [s for s in stages[position + 1 :] if s in found and _is_sum_over(s, stage, stages[position + 1 :])]
        count = tiles(stage) if sums else 0
        if not count:
            continue
        rest = [s for s in found if s is not stage and s not in sums]
        spent = frozenset(stage.written) - kept - {v for s in rest for v in s.read}
        new, short = _tallied(stage, sums, spent, count)
        layouts |= {t.parts: row_major(t.parts.shape) for t in new.tallies}
        by_id = {id(stage): new, **dict(zip(map(id, sums), short, strict=True))}
        found = [by_id.get(id(s), s) for s in found]
    return found


def _is_sum_over(total: Stage, stage: Stage, after: Sequence[Stage]) -> bool:
    """Whether a sum reads what a stage writes entry by entry, and else only what is there before it."""
    own = {w.value for w in stage.writes if all(a.letter for a in w.at)}
    if not is_whole_sum(total) or stage.combine != "sum" or not own:
        return False
    later = {v for s in after for v in s.written}
    read = {a.value for k, a in total.accesses() if k in ex.variables(total.term)}
    return bool(read & own) and not (read - own) & later and not read & (set(stage.written) - own)


def _tallied(stage: Stage, sums: Sequence[Stage], spent: frozenset[Value], count: int) -> tuple[Stage, list[Stage]]:
    """The stage with its tallies, and the stages that add up their parts."""
    reads = dict(stage.reads)
    tallies: list[Tally] = []
    short: list[Stage] = []
    for total in sums:
        term, more = _term(stage, total, reads)
        reads |= more
        parts = Value((count,), "float", f"parts of {total.name}")
        tallies.append(Tally(term, parts))
        left = {k: v for k, v in total.reads.items() if k not in ex.variables(total.term)}
        part = Access(parts, (Affine((("part", 1),)),))
        short.append(replace(total, over=(("part", count),), term=ex.Var("part"), reads={**left, "part": part}))
    writes = tuple(w for w in stage.writes if w.value not in spent)
    return replace(stage, reads=reads, writes=writes, tallies=tuple(tallies)), short


def _term(stage: Stage, total: Stage, reads: Mapping[str, Leaf]) -> tuple[ex.Expr, dict[str, Leaf]]:
    """What a sum adds up, in what the stage knows, and what is read for it."""
    written: dict[Value, Write] = {w.value: w for w in stage.writes}
    used: dict[str, Access] = {k: a for k, a in total.accesses() if k in ex.variables(total.term)}
    anchor = next(a for a in used.values() if a.value in written)
    by = {str(a.letter): at for a, at in zip(anchor.affine, written[anchor.value].at, strict=True)}
    known = {k: written[a.value].expression for k, a in used.items() if a.value in written}
    others = {k: substitute(a, by) for k, a in used.items() if a.value not in written}
    names, more = merged_leaves(reads, others)
    term = ex.substitute(total.term, known | {k: ex.Var(n) for k, n in names.items()})
    return term, more
