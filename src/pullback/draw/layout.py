"""Layered layout of a directed acyclic graph: ranks by longest paths, order by barycentres, straight positions.

1. A node's rank is the longest path to it; a source moves up to just before its first use.
2. An edge over several ranks gets a bend in each of them.
3. Sweeps to and fro order every rank by the mean position of the neighbours; the order with fewest crossings stays.
4. Each rank's positions are the closest to the neighbours' means that keep order and distances (isotonic regression).

Source: Sugiyama, Tagawa & Toda 1981, "Methods for visual understanding of hierarchical system structures"
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Edge: TypeAlias = tuple[int, int]
SWEEPS = 12


@dataclass(frozen=True)
class Layout:
    """Where things are: `rank` along the flow, `across` at right angles to it.

    bends  for every edge the positions across it passes in the ranks between its ends
    """

    rank: tuple[int, ...]
    across: tuple[float, ...]
    bends: tuple[tuple[float, ...], ...]
    crossings: int


@dataclass
class _Layers:
    """Nodes and bends by rank, in order."""

    ranks: list[list[int]]
    before: dict[int, list[int]]
    after: dict[int, list[int]]
    size: dict[int, float]
    chains: list[list[int]] = field(default_factory=list)


def layered(sizes: Sequence[float], edges: Sequence[Edge], gap: float = 30.0, bend: float = 16.0) -> Layout:
    """Lay a graph out; nodes are numbered so that every edge leads from a lower number to a higher one.

    sizes  the extent of every node across the flow
    gap    the free space between neighbours of a rank
    bend   the extent of an edge that passes through a rank

    >>> layered([10.0, 10.0, 10.0], [(0, 1), (1, 2)]).rank
    (0, 1, 2)
    """
    rank = _ranks(len(sizes), edges)
    layers = _with_bends(rank, sizes, edges, bend)
    crossings = _order(layers)
    place = _straighten(layers, gap)
    lowest = min((place[k] - layers.size[k] / 2 for k in place), default=0.0)
    across = tuple(place[k] - lowest for k in range(len(sizes)))
    return Layout(tuple(rank), across, tuple(tuple(place[k] - lowest for k in c) for c in layers.chains), crossings)


def _ranks(count: int, edges: Sequence[Edge]) -> list[int]:
    rank = [0] * count
    for source, target in sorted(edges, key=lambda e: e[1]):
        rank[target] = max(rank[target], rank[source] + 1)
    fed = {target for _, target in edges}
    for k in range(count):
        uses = [rank[target] for source, target in edges if source == k]
        if k not in fed and uses:
            rank[k] = min(uses) - 1
    return rank


def _with_bends(rank: Sequence[int], sizes: Sequence[float], edges: Sequence[Edge], bend: float) -> _Layers:
    layers = _Layers([[] for _ in range(max(rank, default=-1) + 1)], {}, {}, dict(enumerate(map(float, sizes))))
    for k, r in enumerate(rank):
        layers.ranks[r].append(k)
    new = len(rank)
    for source, target in edges:
        chain = []
        for r in range(rank[source] + 1, rank[target]):
            layers.ranks[r].append(new)
            layers.size[new] = bend
            chain.append(new)
            new += 1
        layers.chains.append(chain)
        path = [source, *chain, target]
        for a, b in itertools.pairwise(path):
            layers.after.setdefault(a, []).append(b)
            layers.before.setdefault(b, []).append(a)
    return layers


def _order(layers: _Layers) -> int:
    """Order the ranks; give the number of crossings that remain."""
    best, fewest = [list(r) for r in layers.ranks], _crossings(layers)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        _sweep(layers.ranks if down else layers.ranks[::-1], layers.before if down else layers.after)
        crossings = _crossings(layers)
        if crossings < fewest:
            best, fewest = [list(r) for r in layers.ranks], crossings
    layers.ranks = best
    return fewest


def _sweep(ranks: Sequence[list[int]], neighbours: Mapping[int, list[int]]) -> None:
    for fixed, moving in itertools.pairwise(ranks):
        at = {k: float(j) for j, k in enumerate(fixed)}
        own = {k: float(j) for j, k in enumerate(moving)}
        moving.sort(key=lambda k: _mean([at[n] for n in neighbours.get(k, ())], own[k]))


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _weighted_mean(values: Sequence[tuple[float, float]], otherwise: float) -> float:
    total = sum(w for _, w in values)
    return sum(v * w for v, w in values) / total if total else otherwise


def _crossings(layers: _Layers) -> int:
    total = 0
    for upper, lower in zip(layers.ranks, layers.ranks[1:], strict=False):
        at = {k: j for j, k in enumerate(lower)}
        ends = [sorted(at[n] for n in layers.after.get(k, ())) for k in upper]
        flat = [(j, end) for j, group in enumerate(ends) for end in group]
        total += sum(a < c and b > d for a, b in flat for c, d in flat)
    return total


def _straighten(layers: _Layers, gap: float) -> dict[int, float]:
    place: dict[int, float] = {}
    for rank in layers.ranks:
        at = 0.0
        for k in rank:
            place[k] = at + layers.size[k] / 2
            at += layers.size[k] + gap
    both = {k: layers.before.get(k, []) + layers.after.get(k, []) for k in place}
    # What hangs on one line only follows its neighbour; else every bias would bend the main line.
    weight = {k: 0.02 if len(near) == 1 else 1.0 for k, near in both.items()}
    sweeps = [(near, down) for near in (None, both) for _ in range(SWEEPS) for down in (True, False)]
    # The last sweep goes with the flow, so that chains end up straight.
    for near, down in [*sweeps, (both, False), (layers.before, True)]:
        along = near if near is not None else layers.before if down else layers.after
        for rank in layers.ranks if down else layers.ranks[::-1]:
            wanted = [_weighted_mean([(place[n], weight[n]) for n in along.get(k, ())], place[k]) for k in rank]
            for k, value in zip(rank, _apart(wanted, [layers.size[k] for k in rank], gap), strict=True):
                place[k] = value
    return place


def _apart(wanted: Sequence[float], sizes: Sequence[float], gap: float) -> list[float]:
    """The positions nearest to the wanted ones, in this order and at least half the sizes and a gap apart."""
    offsets, at = [], 0.0
    for k, size in enumerate(sizes):
        at += size / 2 + (gap + sizes[k - 1] / 2 if k else 0.0)
        offsets.append(at)
    blocks: list[tuple[float, int]] = []
    for value in (w - o for w, o in zip(wanted, offsets, strict=True)):
        mean, count = value, 1
        while blocks and blocks[-1][0] > mean:
            other, n = blocks.pop()
            mean, count = (mean * count + other * n) / (count + n), count + n
        blocks.append((mean, count))
    flat = [mean for mean, count in blocks for _ in range(count)]
    return [f + o for f, o in zip(flat, offsets, strict=True)]
