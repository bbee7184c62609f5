"""The picture of a computation: values on the way forward, cotangents on the way back."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pullback import tree
from pullback.autodiff import trace
from pullback.draw.layout import Layout, layered
from pullback.draw.network import Detail, Link, Network, Vertex, barred, network_of, number_text, shape_text
from pullback.draw.pull import Pulled, pull
from pullback.draw.scene import (
    BACKWARD,
    FAINT,
    FORWARD,
    INK,
    Box,
    Disc,
    Drawing,
    Label,
    Line,
    Pen,
    Point,
    Shape,
    arrow,
    text_width,
)
from pullback.errors import ArgumentError, ShapeError, message
from pullback.graph import Graph, Input, Node
from pullback.interpret import Values, run
from pullback.nn import Module
from pullback.nn.predict import trace_network
from pullback.ops.apply import shape_of

Direction: TypeAlias = Literal["right", "down"]
Array: TypeAlias = NDArray[Any]
SMALL = 3
"""Values of up to so many entries are written out; larger ones show their shape."""
MARGIN = 24.0
LETTER = 13.0
NOTE = 9.0
FLAT = 6.0
"""Lines that rise by less count as level."""


def graph(
    function: Callable[..., Any] | Module,
    *args: Any,
    backward: bool | None = None,
    cotangent: Any = None,
    detail: Detail | None = None,
    direction: Direction | None = None,
) -> Drawing:
    """Draw what a function or a network computes, with its values, and the cotangents that flow back.

    Values stand above the lines, in blue; below them, in vermilion, what ȳ sends back along each line: ȳ · ∂y/∂x. Where
    a value is used twice its cotangent is the sum of two, and stands under the input. Values of up to three numbers
    are written out; for larger ones the shape and the cotangent's Euclidean norm.

    backward   whether cotangents are drawn; by default, where the function gives one number, or a cotangent is given
    cotangent  that of the output; 1 by default
    detail     "operators" draws every operator, "layers" every layer of a network (the default where there are any)
    direction  "right" as a formula is read, or "down" (the default where layers are drawn)

    Raises:  ArgumentError, ShapeError, and what the function itself raises
    Source:  the layout of Baydin, Pearlmutter, Radul & Siskind 2018, arXiv:1502.05767, figure 4

    >>> picture = graph(lambda x1, x2: np.log(x1) + x1 * x2 - np.sin(x2), 2.0, 5.0)
    >>> [t for t in picture.texts if t[0] in "x×"]
    ['x₁', 'x̄₁ = 5.5', 'x₂', 'x̄₂ = 1.716', '×']
    """
    traced, inputs, hidden = _traced(function, args)
    by_layer = detail == "layers" if detail else any(n.scope for n in traced.nodes)
    _check_choices(detail, direction)
    values = Values(np.float64)
    run(traced, inputs, keep=values)
    pulled = _pulled(traced, values, backward, cotangent)
    network = network_of(traced, "layers" if by_layer else "operators", hidden)
    way: Direction = direction or ("down" if by_layer else "right")
    return _Picture(network, values, pulled, way).drawing()


def _traced(function: Any, args: tuple[Any, ...]) -> tuple[Graph, list[Any], frozenset[str]]:
    """The graph, the values of its inputs, and the names of the parameters among them."""
    if isinstance(function, Module):
        if len(args) != 1:
            title = "draw.graph: a network is drawn with a batch of images"
            raise ArgumentError(message(title, got=f"{len(args)} arguments", need="graph(net, images)"))
        state = function.parameters | function.buffers
        return trace_network(function, shape_of(args[0])).graph, [*state.values(), args[0]], frozenset(state)
    try:
        names = [p.name for p in inspect.signature(function).parameters.values()]
    except (TypeError, ValueError):
        names = []
    whole = all(not isinstance(a, (tuple, list, dict)) for a in args)
    floats = tuple(float(a) if isinstance(a, int) and not isinstance(a, bool) else a for a in args)
    traced = trace(function, *floats, names=names if whole else ()).graph
    return traced, list(tree.leaves(list(floats))), frozenset()


def _check_choices(detail: str | None, direction: str | None) -> None:
    for name, value, known in (
        ("detail", detail, ("operators", "layers")),
        ("direction", direction, ("right", "down")),
    ):
        if value is not None and value not in known:
            raise ArgumentError(
                message(f"draw.graph: no such {name}", got=f"{value!r}", need=f"{known[0]!r} or {known[1]!r}")
            )


def _pulled(graph: Graph, values: Values, backward: bool | None, cotangent: Any) -> Pulled | None:
    output = graph.outputs[0]
    one_number = len(graph.outputs) == 1 and prod(output.shape) == 1
    wanted = one_number or cotangent is not None if backward is None else backward
    if not wanted:
        return None
    if cotangent is None and not one_number:
        got = f"shapes {', '.join(str(n.shape) for n in graph.outputs)}"
        title = "draw.graph: a backward pass starts at one number, or with a cotangent"
        raise ShapeError(message(title, got=got, fix="cotangent=…, or backward=False"))
    seed = np.ones(output.shape) if cotangent is None else np.asarray(cotangent, float)
    if seed.shape != output.shape:
        raise ShapeError(
            message("draw.graph: the cotangent has another shape", got=f"{seed.shape}", need=f"{output.shape}")
        )
    return pull(graph, values, [(output, seed)], graph.inputs)


@dataclass(frozen=True)
class _Picture:
    """A network on its way to a drawing: sizes, places, shapes."""

    network: Network
    values: Values
    pulled: Pulled | None
    direction: Direction

    def drawing(self) -> Drawing:
        right = self.direction == "right"
        sizes = [self._size(v) for v in self.network.vertices]
        edges = [(k.source, k.target) for k in self.network.links]
        placed = layered([s[right] for s in sizes], edges, 34.0 if right else 46.0, 30.0)
        ranks = max(placed.rank, default=0) + 1
        depth = [max(s[not right] for s, r in zip(sizes, placed.rank, strict=True) if r == k) for k in range(ranks)]
        starts = [0.0]
        for k in range(ranks - 1):
            starts.append(starts[-1] + depth[k] + self._gap(placed, k))
        along = [starts[k] + depth[k] / 2 for k in range(ranks)]
        side = MARGIN + self._side_room()
        centres = [self._at(along[r], a, side) for r, a in zip(placed.rank, placed.across, strict=True)]
        shapes: list[Shape] = []
        for link, bends in zip(self.network.links, placed.bends, strict=True):
            first = placed.rank[link.source] + 1
            through = [self._at(along[first + j], b, side) for j, b in enumerate(bends)]
            shapes += self._link(link, centres, through, sizes)
        for vertex, centre, size in zip(self.network.vertices, centres, sizes, strict=True):
            shapes += self._vertex(vertex, centre, size)
        across = max(a + s[right] / 2 for a, s in zip(placed.across, sizes, strict=True))
        across = max([across, *(b + 15 for bends in placed.bends for b in bends)])
        width, height = self._at(starts[-1] + depth[-1], across, side)
        return self._finish(shapes, width + side, height + MARGIN)

    def _at(self, along: float, across: float, side: float) -> Point:
        return (side + along, MARGIN + across) if self.direction == "right" else (side + across, MARGIN + along)

    def _finish(self, shapes: list[Shape], width: float, height: float) -> Drawing:
        """Add the legend."""
        above, below = ("above", "below") if self.direction == "right" else ("right", "left")
        parts = [(f"value ({above})", FORWARD)]
        if self.pulled is not None:
            norms = any("‖" in t for k in self.network.links for t in self._texts(k))
            parts.append((f"cotangent ({below}){', ‖·‖ its norm' if norms else ''}", BACKWARD))
        width = max(width, MARGIN * 2 + sum(text_width(t, 11) + 36 for t, _ in parts))
        x = MARGIN
        for name, colour in parts:
            shapes += [Line(((x, height + 8), (x + 16, height + 8)), Pen(colour, width=2.5))]
            shapes += [Label(x + 22, height + 12, name, 11, colour, "start")]
            x += text_width(name, 11) + 36
        # Texts last: their halos then lie over every line.
        shapes.sort(key=lambda s: isinstance(s, Label))
        return Drawing(width, height + 26, tuple(shapes), "computational graph")

    def _side_room(self) -> float:
        """What cotangents written under inputs, and labels beside lines, need beyond the boxes."""
        notes = [text_width(t, 12) for v in self.network.vertices for t in [self._total(v)] if t]
        if self.direction == "right":
            return max([0.0, *(n - 40 for n in notes)])
        return max([*notes, *(text_width(t, 12) for k in self.network.links for t in self._texts(k))], default=0.0)

    def _gap(self, placed: Layout, k: int) -> float:
        """The space between two ranks: enough for what is written there, beside a slanting line twice that."""
        if self.direction == "down":
            return 52.0
        needed = [72.0]
        for link, bends in zip(self.network.links, placed.bends, strict=True):
            if placed.rank[link.source] <= k < placed.rank[link.target] and not bends:
                rise = placed.across[link.target] - placed.across[link.source]
                slants = abs(rise - self._lift(link.target) + self._lift(link.source)) > FLAT
                wide = max(text_width(t, 12) for t in self._texts(link))
                needed.append(2 * wide + 22 if slants else wide + 26)
        return max(needed)

    def _size(self, vertex: Vertex) -> tuple[float, float]:
        wide = max(text_width(t, LETTER) for t in vertex.lines)
        note = 2 * NOTE if self.direction == "right" and self._total(vertex) else 0.0
        if vertex.kind == "layer":
            return max(wide + 24, 84.0), 20.0 + 17.0 * len(vertex.lines)
        if vertex.kind in ("input", "operator") and wide <= 30:
            return 40.0, 40.0 + note
        return wide + 20, 34.0 + note

    def _lift(self, vertex: int) -> float:
        """How far a thing's middle lies above that of its place, which includes what is written under it."""
        return NOTE if self.direction == "right" and self._total(self.network.vertices[vertex]) else 0.0

    def _total(self, vertex: Vertex) -> str:
        """An input's cotangent: the sum over the lines that leave it."""
        if self.pulled is None or vertex.kind != "input" or vertex.node.kind != "float":
            return ""
        assert isinstance(vertex.node.formula, Input)  # noqa: S101  (for the type checker: the kind says so)
        found = self.pulled.of(vertex.node)
        name = barred(vertex.lines[0])
        return f"{name} = {_short(found)}" if found.size <= SMALL else f"‖{name}‖ = {number_text(_norm(found))}"

    def _vertex(self, vertex: Vertex, centre: Point, size: tuple[float, float]) -> list[Shape]:
        (x, y), (wide, high) = centre, size
        total = self._total(vertex)
        if total and self.direction == "right":
            y, high = y - NOTE, high - 2 * NOTE
        shapes: list[Shape] = []
        if vertex.kind == "layer":
            shapes.append(Box(x - wide / 2, y - high / 2, wide, high, Pen(fill="#eef3f8"), 6))
        elif vertex.kind in ("input", "operator") and wide == high:
            shapes.append(Disc(x, y, wide / 2, high / 2, Pen(fill="#fff7e6" if vertex.kind == "input" else "white")))
        elif vertex.kind != "output":
            pen = Pen(FAINT if vertex.kind == "constant" else INK, "#fff7e6" if vertex.kind == "input" else "white")
            shapes.append(Box(x - wide / 2, y - high / 2, wide, high, pen, 0 if vertex.kind == "constant" else 8))
        for k, line in enumerate(vertex.lines):
            baseline = y + 5 + 17 * (k - (len(vertex.lines) - 1) / 2)
            first = k == 0 and len(vertex.lines) > 1
            glyph = vertex.kind == "operator" and len(line) == 1
            shapes.append(Label(x, baseline + glyph, line, 18 if glyph else LETTER, INK, bold=first))
        if total and self.direction == "right":
            shapes.append(Label(x + wide / 2, y + high / 2 + 15, total, 12, BACKWARD, "end", halo=True))
        elif total:
            shapes.append(Label(x + wide / 2 + 8, y + 5, total, 12, BACKWARD, "start", halo=True))
        return shapes

    def _texts(self, link: Link) -> list[str]:
        texts = [_text(self.values[link.value])]
        if self.pulled is not None and link.value.kind == "float":
            sent = self._sent(link)
            texts.append(_short(sent) if sent.size <= SMALL else f"‖·‖ {number_text(_norm(sent))}")
        return texts

    def _sent(self, link: Link) -> Array:
        """What came back along a link; along that to the output, what it was seeded with."""
        assert self.pulled is not None  # noqa: S101  (for the type checker: asked where there is a backward pass)
        if not link.uses:
            return self.pulled.of(link.value)
        found = [self.pulled.edges[u] for u in link.uses if u in self.pulled.edges]
        return np.sum(found, axis=0) if found else np.zeros(link.value.shape)

    def _link(self, link: Link, centres: list[Point], through: list[Point], sizes: list[Any]) -> list[Shape]:
        start, end = centres[link.source], centres[link.target]
        right = self.direction == "right"
        if right:
            start = (start[0] + sizes[link.source][0] / 2, start[1] - self._lift(link.source))
            end = (end[0] - sizes[link.target][0] / 2 - 1, end[1] - self._lift(link.target))
        else:
            start = (start[0], start[1] + sizes[link.source][1] / 2)
            end = (end[0], end[1] - sizes[link.target][1] / 2 - 1)
        stops = [start, *through, end]
        points: list[Point] = [start]
        for a, b in itertools.pairwise(stops):
            middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
            points += [(middle[0], a[1]), (middle[0], b[1]), b] if right else [(a[0], middle[1]), (b[0], middle[1]), b]
        at = through[len(through) // 2] if through else ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        rise = 0.0 if through else end[1] - start[1]
        return [*arrow(points, Pen(INK, width=1.1), curved=True), *self._notes(link, at, rise)]

    def _notes(self, link: Link, at: Point, rise: float) -> list[Shape]:
        """The value above the line and the cotangent below; beside it, where the line slants."""
        x, y = at
        if self.direction == "down":
            spots: Any = [(x + 7, y + 4, "start"), (x - 7, y + 4, "end")]
        elif abs(rise) <= FLAT:
            spots = [(x, y - 6, "middle"), (x, y + 16, "middle")]
        elif rise > 0:
            spots = [(x + 5, y - 2, "start"), (x - 5, y + 12, "end")]
        else:
            spots = [(x - 5, y - 2, "end"), (x + 5, y + 12, "start")]
        return [
            Label(px, py, text, 12, colour, anchor, halo=True)
            for text, colour, (px, py, anchor) in zip(self._texts(link), (FORWARD, BACKWARD), spots, strict=False)
        ]


def _text(value: Array) -> str:
    return _short(value) if value.size <= SMALL else shape_text(value.shape)


def _short(value: Array) -> str:
    if not value.shape:
        return number_text(value.item())
    digits = 4 if value.size == 1 else 3
    return f"[{', '.join(number_text(v, digits) for v in value.ravel().tolist())}]"


def _norm(value: Array) -> float:
    return float(np.sqrt(np.sum(np.abs(value) ** 2)))


__all__ = ["Node", "graph"]
