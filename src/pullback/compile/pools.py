"""Max pooling: the value beside its switches, and its gradient as a choice within each window.

A switch is kept as the number of the winning tap, in one byte, where nobody asks for its position.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod

from pullback.compile.lower import normal, substitute
from pullback.compile.stages import ACC, Access, Digit, Index, Leaf, Position, Stage, Value, Write
from pullback.formula import expr as ex
from pullback.formula.affine import Affine

MOST_TAPS = 64


def pool_stages(stages: Sequence[Stage], kept: frozenset[Value]) -> list[Stage]:
    """The stages, with gathers and scatters by switches rewritten."""
    found = list(stages)
    for stage in stages:
        if stage.combine == "argmax" and len(stage.writes) == 1:
            found = _rewritten(found, stage, kept)
    return found


def _rewritten(stages: list[Stage], pool: Stage, kept: frozenset[Value]) -> list[Stage]:
    switches = pool.writes[0].value
    readers = [s for s in stages if switches in s.read]
    if not readers or prod(n for _, n in pool.over) > MOST_TAPS:
        return stages
    gathers = [s for s in readers if _is_gather(s, pool, switches)]
    scatters = [s for s in readers if _is_scatter(s, pool, switches)]
    if len(gathers) + len(scatters) != len(readers):
        return stages
    values = tuple(Write(g.writes[0].value, pool.writes[0].at, ex.Var(ACC)) for g in gathers)
    own: tuple[Write, ...] = ()
    if scatters or switches in kept:
        taps = Value(switches.shape, "int" if switches in kept else "byte", switches.name)
        where = pool.where if switches in kept else _tap(pool)
        own = (replace(pool.writes[0], value=switches if switches in kept else taps),)
    else:
        taps, where = switches, pool.where
    new = replace(pool, writes=(*values, *own), where=where)
    by_id: dict[int, list[Stage]] = {id(pool): [new], **{id(g): [] for g in gathers}}
    for s in scatters:
        mask = _mask(s, pool, stages) if values and s.writes[0].value not in kept else None
        masked = s if mask is None else _masked(s, mask, values[0])
        if _source(pool).inside(pool.sizes):
            by_id |= {id(x): [y] for x in stages for y in _over_windows(x, masked)}
        by_id[id(s)] = _windows(masked, pool, switches if switches in kept else taps, where)
        if mask is not None:
            by_id[id(mask)] = []
    return [x for s in stages for x in by_id.get(id(s), [s])]


def _tap(pool: Stage) -> Affine:
    """The number of a tap in its window."""
    flat = Affine()
    for letter, size in pool.over:
        flat = flat * size + Affine(((letter, 1),))
    return flat


def _letters(at: Sequence[Index], pool: Stage) -> dict[str, Affine] | None:
    """The pool's letters as those of a stage that reads its switches; None where it reads them otherwise."""
    own = [a.letter for a in pool.writes[0].at]
    if not all(isinstance(a, Affine) and a.letter for a in at) or not all(own):
        return None
    return {str(k): a for k, a in zip(own, at, strict=True) if isinstance(a, Affine)}


def _source(pool: Stage) -> Access:
    access = pool.reads["x"]
    assert isinstance(access, Access)  # noqa: S101
    return access


def _matches(at: Sequence[Index], pool: Stage, switches: Value) -> dict[str, Affine] | None:
    """Whether indices are the place that the switches name, in the source of the pool; the letters if so."""
    source, taps = _source(pool), {k for k, _ in pool.over}
    if len(at) != len(source.at):
        return None
    digits = [k for k in at if isinstance(k, Digit)]
    if not digits or not all(isinstance(d.of, Access) and d.of.value is switches for d in digits):
        return None
    tables = {d.of for d in digits}
    of = digits[0].of
    by = _letters(of.at, pool) if len(tables) == 1 and isinstance(of, Access) else None
    if by is None:
        return None
    sizes = [n for a, n in zip(source.at, source.value.shape, strict=True) if set(a.letters) & taps]
    strides = [prod(sizes[k + 1 :]) for k in range(len(sizes))]
    position = 0
    for index, mine in zip(at, source.at, strict=True):
        if set(mine.letters) & taps:
            if not isinstance(index, Digit) or index.stride != strides[position]:
                return None
            position += 1
        elif not isinstance(mine, Affine) or index != by.get(mine.letter or ""):
            return None
    return by


def _is_gather(stage: Stage, pool: Stage, switches: Value) -> bool:
    """Whether a stage reads the winners: the values of the pool."""
    if not stage.is_pure or len(stage.reads) != 1 or not isinstance(stage.writes[0].expression, ex.Var):
        return False
    (leaf,) = stage.reads.values()
    if not isinstance(leaf, Access) or leaf.value is not _source(pool).value:
        return False
    by = _matches(leaf.at, pool, switches)
    return by is not None and tuple(by[a.letter or ""] for a in pool.writes[0].at) == stage.writes[0].at


def _is_scatter(stage: Stage, pool: Stage, switches: Value) -> bool:
    """Whether a stage adds to the winners what belongs to their windows."""
    if stage.combine != "scatter" or stage.writes[0].value.shape != _source(pool).value.shape:
        return False
    by = _matches(stage.targets, pool, switches)
    read = [v for leaf in stage.reads.values() for v in leaf.read]
    return by is not None and switches not in read and {a.letter for a in by.values()} == set(stage.sizes)


def _mask(scatter: Stage, pool: Stage, stages: Sequence[Stage]) -> Stage | None:
    """The only reader of a scatter, where it is 0 ≥ x ? 0 : the scatter, and x the pool's source, entry by entry."""
    source, value = _source(pool).value, scatter.writes[0].value
    readers = [s for s in stages if value in s.read]
    if len(readers) != 1 or not readers[0].is_pure or len(readers[0].writes) != 1:
        return None
    (mask,) = readers
    (write,), names = mask.writes, {leaf.value: k for k, leaf in mask.accesses()}
    if set(names) != {source, value} or len(mask.reads) != 2 or write.value.shape != value.shape:
        return None
    by = ex.Apply("greater_equal", (ex.Const(0.0), ex.Var(names[source])))
    if write.expression != ex.where(by, 0.0, ex.Var(names[value])) or not all(a.letter for a in write.at):
        return None
    return mask if all(leaf.at == write.at for _, leaf in mask.accesses()) else None


def _masked(scatter: Stage, mask: Stage, pooled: Write) -> Stage:
    """The scatter with the mask in its term: the largest entry of a window is positive where the pooled value is."""
    own, letters = scatter.writes[0], [t for t in scatter.targets if isinstance(t, Digit)]
    table = letters[0].of
    assert isinstance(table, Access)  # noqa: S101  (a switch is read)
    reads = {**scatter.reads, "pooled": Access(pooled.value, table.at)}
    term = ex.where(ex.Apply("greater_equal", (ex.Const(0.0), ex.Var("pooled"))), 0.0, scatter.term)
    write = replace(own, value=mask.writes[0].value)
    return replace(scatter, name=mask.name, scope=mask.scope, reads=reads, term=term, writes=(write,))


def _over_windows(total: Stage, scatter: Stage) -> Iterator[Stage]:
    """A sum over all positions of a scatter, if a stage is one: the sum of what belongs to the windows."""
    leaf = next(iter(total.reads.values())) if len(total.reads) == 1 else None
    if total.combine != "sum" or not isinstance(total.term, ex.Var) or not isinstance(leaf, Access):
        return
    letters = [a.letter or "" for a in leaf.at if isinstance(a, Affine)]
    sizes = tuple(total.sizes.get(k, 0) for k in letters)
    if leaf.value is not scatter.writes[0].value or sizes != leaf.value.shape or len(set(letters)) < len(letters):
        return
    over, by = dict(total.over), dict[str, Affine]()
    for index, letter in zip(scatter.targets, letters, strict=True):
        if isinstance(index, Affine):
            by[str(index.letter)] = Affine(((letter, 1),))
        elif over.pop(letter, None) is None:
            return
    for k in [k for k in scatter.sizes if k not in by]:
        over[f"window {k}"] = scatter.sizes[k]
        by[k] = Affine(((f"window {k}", 1),))
    reads = {k: substitute(x, by) for k, x in scatter.reads.items()}
    yield replace(total, over=tuple(over.items()), term=scatter.term, reads=reads)


def _windows(stage: Stage, pool: Stage, switches: Value, where: Affine | None) -> list[Stage]:
    """Σ over the windows of an entry: what belongs to the window if the entry has won it."""
    by = _matches(stage.targets, pool, _table(stage))
    assert by is not None  # noqa: S101
    assert where is not None  # noqa: S101
    fresh = {k: f"tap{j}" for j, (k, _) in enumerate(pool.over)}
    renamed = by | {k: Affine(((n, 1),)) for k, n in fresh.items()}
    reads: dict[str, Leaf] = dict(stage.reads)
    reads["switch"] = Access(switches, tuple(by[a.letter or ""] for a in pool.writes[0].at))
    reads["here"] = Position(_renamed(where, renamed))
    term = ex.where(ex.Apply("equal", (ex.Var("switch"), ex.Var("here"))), stage.term, 0.0)
    letters = (*stage.free, *((fresh[k], n) for k, n in pool.over))
    (write,) = stage.writes
    whole = Stage(stage.name, letters, (), "sum", term, reads, (), stage.scope)
    target = tuple(_renamed(a, renamed) for a in _source(pool).affine)
    return merged(list(normal(whole, write.value, target, write.expression)))


def _table(stage: Stage) -> Value:
    of = next(t.of for t in stage.targets if isinstance(t, Digit))
    assert isinstance(of, Access)  # noqa: S101
    return of.value


def _renamed(index: Affine, by: dict[str, Affine]) -> Affine:
    total = Affine((), index.const)
    for k, c in index.coefs:
        total = total + by[k] * c
    return total


def merged(stages: list[Stage]) -> list[Stage]:
    """Phases over the same letters as one stage with several writes."""
    found: list[Stage] = []
    for stage in stages:
        same = next((k for k, s in enumerate(found) if s.is_pure and stage.is_pure and s.free == stage.free), None)
        if same is None:
            found.append(stage)
            continue
        first = found[same]
        reads, names = dict(first.reads), {}
        for k, leaf in stage.reads.items():
            known = next((n for n, other in reads.items() if other == leaf), None)
            if known is None:
                known = f"{k}{len(reads)}"
                reads[known] = leaf
            names[k] = ex.Var(known)
        (w,) = stage.writes
        expression = ex.substitute(w.expression, names)
        found[same] = replace(first, reads=reads, writes=(*first.writes, replace(w, expression=expression)))
    return found
