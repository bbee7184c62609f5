"""Stages in their order: which are no work at all, and where threads must wait for one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pullback.compile.assemble import Call
from pullback.compile.layout import Layout
from pullback.compile.schedule import Schedule
from pullback.compile.stages import Stage, Value


def views(plan: Schedule, layouts: Mapping[Value, Layout]) -> tuple[list[Stage], dict[Value, Value]]:
    """The stages that are left when a value under another shape shares the memory of the first, and whose it shares."""
    roots: dict[Value, Value] = {}
    stages: list[Stage] = []
    outside = set(plan.given)
    for stage in plan.stages:
        if stage.combine != "view":
            stages.append(stage)
            continue
        (source,), (target,) = stage.read, stage.written
        if target not in outside and _lie_alike(layouts[source], layouts[target]):
            roots[target] = roots.get(source, source)
        else:
            stages.append(replace(stage, combine=""))
    return stages, roots


def _lie_alike(a: Layout, b: Layout) -> bool:
    if any(map(any, (*a.border, *b.border))) or a.lanes != b.lanes:
        return False
    return a.lanes == 1 or a.shape[0] == b.shape[0]


def sooner(stages: Sequence[Stage], roots: Mapping[Value, Value]) -> list[Stage]:
    """The stages, with a sum that is the last to read something directly after who read it before, if it can be there.

    So a gradient of a bias does not keep the cotangent of the layer's output alive for longer than others need it.
    """
    found = list(stages)

    def touched(values: Iterable[Value]) -> set[Value]:
        return {roots.get(v, v) for v in values}

    for stage in stages:
        place, read = found.index(stage), touched(stage.read)
        later = touched(v for s in found[place + 1 :] for v in s.read)
        last = {v for v in read - later if v.size > MANY * sum(w.size for w in stage.written)}
        before = [s for s in found[:place] if touched(s.written) & read or touched(s.read) & last]
        if stage.combine == "sum" and last and before:
            found.remove(stage)
            found.insert(found.index(before[-1]) + 1, stage)
    return found


MANY = 64
"""A sum is moved for the sake of values that have so many times the entries of what it writes."""


def waiting(calls: Sequence[Call], roots: Mapping[Value, Value]) -> list[Call]:
    """Where threads must wait: unless a stage touches only what its own thread wrote, block by block of the batch."""
    found: list[Call] = []
    since: list[Call] = []
    for call in calls:
        waits = bool(since) and not all(_are_apart(call, other, roots) for other in since)
        since = [call] if waits else [*since, call]
        found.append(Call(call.site, call.kernel, waits))
    return found


def _are_apart(call: Call, other: Call, roots: Mapping[Value, Value]) -> bool:
    """Whether two stages share nothing that is written, or only blocks that belong to the same thread."""
    mine, theirs = call.site.stage, other.site.stage
    touched = [{roots.get(v, v) for v in (*s.read, *s.written)} for s in (mine, theirs)]
    written = {roots.get(v, v) for s in (mine, theirs) for v in s.written}
    shared = touched[0] & touched[1] & written
    if not shared or call.kernel.chunks == other.kernel.chunks == 1:
        return True  # what is in one part is the first thread's
    if call.kernel.blocks != other.kernel.blocks or not call.kernel.blocks:
        return False
    return _by_blocks(call, shared, roots) and _by_blocks(other, shared, roots)


def _by_blocks(call: Call, shared: set[Value], roots: Mapping[Value, Value]) -> bool:
    """Whether each part of a stage touches one block of these values only."""
    site = call.site
    batch = {k for k in site.split if k in dict(site.stage.free)}
    places = [(a.value, a.at) for a in site.deep_accesses]
    places += [(w.value, site.stage.targets or w.at) for w in site.stage.writes]
    return all(
        bool(at) and getattr(at[0], "letter", None) in batch
        for value, at in places
        if roots.get(value, value) in shared
    )
