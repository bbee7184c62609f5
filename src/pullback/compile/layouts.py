"""Which layout every value has: batches in lanes, borders of zeros, copies where a reader wants another layout.

A batch is an axis 0 along which factors of products are read side by side: images, and all that is computed of them
image by image. Its values lie in lanes, so that every operator works on vectors of images.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pullback.compile.kernels.kernel import Machine
from pullback.compile.layout import Border, Layout, in_lanes
from pullback.compile.lower import view_stage
from pullback.compile.schedule import Schedule, copy_stage
from pullback.compile.stages import Access, Stage, Value, Write
from pullback.formula import expr as ex
from pullback.formula.affine import Affine

WIDEST_BORDER = 64


def lay_out(plan: Schedule, machine: Machine) -> tuple[Schedule, dict[Value, Layout]]:
    """The plan with copies where they are needed, and the layout of every value."""
    batches = batch_values(plan, machine)
    plan = _with_copies(plan, batches)
    batches = batch_values(plan, machine)
    borders = _borders(plan)
    layouts: dict[Value, Layout] = {}
    given = set(plan.given)
    for value in dict.fromkeys((*plan.given, *(v for s in plan.stages for v in (*s.read, *s.written)))):
        lanes = 1 if value in given else batches.get(value, 1)
        border = () if value in given else borders.get(value, ())
        layouts[value] = in_lanes(value.shape, lanes, border)
    return plan, layouts


def lanes_for(count: int, machine: Machine) -> int:
    """The lanes for a batch of so many: those of a vector, or as many as it takes."""
    lanes = machine.lanes
    while lanes > 1 and lanes // 2 >= count:
        lanes //= 2
    return lanes if count > 1 else 1


def batch_values(plan: Schedule, machine: Machine) -> dict[Value, int]:
    """The values whose first axis is a batch, with the number of lanes."""
    found: dict[Value, int] = {}
    fixed = plan.rows
    fresh = [v for s in plan.stages for v in _seeds(s)]
    readers: dict[Value, list[Stage]] = {}
    for stage in plan.stages:
        for v in (*stage.read, *stage.written):
            readers.setdefault(v, []).append(stage)
    while fresh:
        value = fresh.pop()
        if value in found or value in fixed or not value.shape or value.shape[0] < 2:
            continue
        found[value] = lanes_for(value.shape[0], machine)
        for stage in readers.get(value, ()):
            fresh += _linked(stage, value)
    return found


def _firsts(stage: Stage) -> Iterator[tuple[Value, str]]:
    """Values with the letter that alone addresses their whole first axis."""
    places = [(a.value, a.at) for _, a in stage.accesses()] + [(w.value, w.at) for w in stage.writes]
    if stage.targets:
        places.append((stage.writes[0].value, stage.targets))
    for value, at in places:
        letter = at[0].letter if at and isinstance(at[0], Affine) else None
        if letter is not None and stage.sizes[letter] == value.shape[0]:
            yield value, letter


def _seeds(stage: Stage) -> Iterator[Value]:
    """Values of a sum of products whose first axis is a batch: one factor and the result have it, or both factors."""
    factors = is_product(stage)
    if not factors:
        return
    first = dict(_firsts(stage))
    letters = [first.get(f.value) for f in factors]
    for value, letter in first.items():
        written = [first.get(w.value) for w in stage.writes]
        if letter in written and any(letter not in f.letters for f in factors) and letter in letters:
            yield value
    if len(set(letters)) == 1 and letters[0] in dict(stage.over) and len(stage.over) > 1:
        yield from (f.value for f in factors)


def _linked(stage: Stage, value: Value) -> Iterator[Value]:
    letters = {k for v, k in _firsts(stage) if v is value}
    if stage.combine == "view" and letters:
        yield from (v for v in (*stage.read, *stage.written) if v.shape and v.shape[0] == value.shape[0])
        return
    yield from (v for v, k in _firsts(stage) if k in letters)


def is_product(stage: Stage) -> tuple[Access, ...]:
    """The two factors of a sum of products; () where a stage is none."""
    if stage.combine != "sum" or not isinstance(stage.term, ex.Apply) or stage.term.function != "multiply":
        return ()
    names = [a.name for a in stage.term.arguments if isinstance(a, ex.Var)]
    factors = [stage.reads[k] for k in names]
    if len(set(names)) != 2:
        return ()
    return tuple(f for f in factors if isinstance(f, Access) and f.is_affine and f.value.kind == "float")[:2]


def _borders(plan: Schedule) -> dict[Value, Border]:
    """How far products read outside of values."""
    found: dict[Value, Border] = {}
    for stage in plan.stages:
        factors = is_product(stage)
        for access in factors if len(factors) == 2 else ():
            if not access.inside(stage.sizes):
                mine = _reach(access, stage)
                known = found.get(access.value, ((0, 0),) * len(mine))
                joined = tuple((max(a, c), max(b, d)) for (a, b), (c, d) in zip(mine, known, strict=True))
                if max(max(pair) for pair in joined) <= WIDEST_BORDER and joined[0] == (0, 0):
                    found[access.value] = joined
    return found


def _reach(access: Access, stage: Stage) -> Border:
    pairs = []
    for index, n in zip(access.affine, access.value.shape, strict=True):
        low, high = index.bounds(stage.sizes)
        pairs.append((max(0, -low), max(0, high - n + 1)))
    return tuple(pairs)


def _with_copies(plan: Schedule, batches: Mapping[Value, int]) -> Schedule:
    """Copies of what lies outside the arena and is read, or written, in lanes or beyond a border; row-major copies."""
    given, outputs = set(plan.given), set(plan.outputs)
    needy = {v for v in _borders(plan) if v in given} | {v for v in batches if v in given and len(v.shape) > 1}
    readers = {v: [s for s in plan.stages if v in s.read] for v in needy}
    # A copy turns its numbers into lanes itself.
    needy -= {v for v, stages in readers.items() if stages and all(s.copied for s in stages)}
    inner: dict[Value, Value] = {v: Value(v.shape, v.kind, v.name) for v in needy}
    stages: list[Stage] = [copy_stage(v, inner[v]) for v in plan.given if v in needy and v not in outputs]
    stages += [_renamed(stage, inner) for stage in plan.stages]
    stages += [copy_stage(inner[v], v) for v in plan.outputs if v in inner]
    rows: dict[Value, Value] = {}
    origins = {new: v for v, new in inner.items() if v not in outputs}
    inner_batches = dict(batches) | {v: batches[g] for g, v in inner.items() if g in batches}
    with_rows = tuple(_with_rows(stages, inner_batches, rows, origins))
    return replace(plan, stages=with_rows, rows=frozenset(rows.values()))


def _with_rows(
    stages: Iterable[Stage], batches: Mapping[Value, int], rows: dict[Value, Value], origins: dict[Value, Value]
) -> Iterator[Stage]:
    """Gradients of linear layers read one factor row by row: Σ over the batch alone leaves no lane for it.

    rows     filled with the values in rows, by those that they are copies of
    origins  what a value is a copy of, or the same numbers under another shape, where that lies in rows already
    """
    for stage in stages:
        if stage.combine == "view" and stage.read[0] in origins:
            origins[stage.written[0]] = origins[stage.read[0]]
        factors = is_product(stage)
        letters = [f.at[0].letters for f in factors if f.at]
        alone = len(stage.over) == 1 and len(factors) == 2 and all(k == (stage.over[0][0],) for k in letters)
        if not (alone and any(f.value in batches for f in factors)):
            yield stage
            continue
        last = stage.writes[0].at[-1].letter
        wide = next((f for f in factors if last in f.letters), None)
        if wide is None or len(wide.at) != 2:
            yield stage
            continue
        if wide.value not in rows:
            rows[wide.value] = Value(wide.value.shape, wide.value.kind, f"rows of {wide.value.name}")
            origin = origins.get(wide.value)
            row = rows[wide.value]
            yield copy_stage(wide.value, row) if origin is None else view_stage(origin, row, f"rows of {origin.name}")
        yield _renamed(stage, {wide.value: rows[wide.value]})


def _renamed(stage: Stage, by: Mapping[Value, Value]) -> Stage:
    """The stage with other values read and written."""
    if not any(v in by for v in (*stage.read, *stage.written)):
        return stage

    def access(a: Access) -> Access:
        at = tuple(
            replace(k, of=access(k.of)) if not isinstance(k, Affine) and isinstance(k.of, Access) else k for k in a.at
        )
        return Access(by.get(a.value, a.value), at)

    reads = {k: access(leaf) if isinstance(leaf, Access) else leaf for k, leaf in stage.reads.items()}
    writes = tuple(Write(by.get(w.value, w.value), w.at, w.expression) for w in stage.writes)
    targets = access(Access(stage.writes[0].value, stage.targets)).at if stage.targets else ()
    key = None if stage.key is None else by.get(stage.key, stage.key)
    return replace(stage, reads=reads, writes=writes, targets=targets, key=key)
