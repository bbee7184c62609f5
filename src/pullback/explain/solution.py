"""The full solution of a trace: shapes, forward values, every step of the backward pass; small arrays in numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pullback.explain import rendering
from pullback.explain.card import GIVEN, entry_phrase, formula_blocks
from pullback.explain.rendering.blocks import (
    Block,
    Equations,
    Heading,
    Math,
    Matrix,
    Name,
    Number,
    Paragraph,
    Phrase,
    Table,
    number_text,
    shape_text,
)
from pullback.explain.rendering.rendered import LIMIT, Rendered, python_call
from pullback.explain.worked import symbol, worked

if TYPE_CHECKING:
    from pullback.explain.explanation import Entry, Explanation
    from pullback.explain.names import Named
    from pullback.explain.tracing import Trace
    from pullback.graph import Node

PRINTED, WORKED = 128, 25
"""The largest array that is printed; the largest whose every entry is worked out."""

WIDE = 76


@dataclass(frozen=True, eq=False)
class Solution(Rendered):
    """Everything that a trace computed, in the order in which it was computed.

    title, description  the question
    answers             the entries that answer it, explained at the end: (name, index, of)
    """

    trace: Trace
    title: str = ""
    description: str = ""
    answers: tuple[tuple[str, tuple[int, ...], str | None], ...] = ()

    def blocks(
        self,
        *,
        limit: int | None = LIMIT,
        zeros: bool = False,
        depth: int = 0,
        call: Callable[[Entry], str] | None = python_call,
    ) -> list[Block]:
        """What is said, before it is decided how it looks: see `Rendered`. The options are for the answers."""
        blocks: list[Block] = [Heading((self.title or "The full solution",), 1)]
        blocks += [Paragraph((" ".join(part.split()),)) for part in self.description.split("\n\n") if part.strip()]
        blocks += [Heading(("Shapes",)), _shapes(self.trace)]
        blocks.append(Heading(("Forward",)))
        blocks += [block for node, named in _forward(self.trace) for block in _step(self.trace, node, named)]
        blocks.append(Heading(("Backward",)))
        blocks += [block for node, named in _backward(self.trace) for block in _step(self.trace, node, named)]
        if self.answers:
            blocks.append(Heading(("The answer" if len(self.answers) == 1 else "The answers",)))
        for explanation in self.explanations():
            first, *rest = explanation.blocks(limit=limit, zeros=zeros, depth=depth, call=call)
            blocks += [Heading(first.phrase, 3) if isinstance(first, Heading) else first, *rest]
        return blocks

    def explanations(self) -> list[Explanation]:
        """The entries that answer the question, explained."""
        return [self.trace.explain(*answer) for answer in self.answers]

    def to_dict(self) -> dict[str, Any]:
        """The solution as plain data: every array by name, and the answers."""
        trace = self.trace
        return {
            "title": self.title,
            "description": self.description,
            "shapes": {name: list(node.shape) for name, node in trace.names.values.items()},
            "values": _lists(trace.values),
            "cotangents": _lists(trace.cotangents),
            "gradients": _lists(trace.grads),
            "switches": _lists(trace.switches),
            "answers": [e.to_dict() for e in self.explanations()],
        }

    def __repr__(self) -> str:
        return f"<Solution of {self.title or 'a trace'}>"


def _lists(arrays: dict[str, Any]) -> dict[str, Any]:
    return {name: array.tolist() for name, array in arrays.items()}


def _shapes(trace: Trace) -> Table:
    header: tuple[Phrase, ...] = (("name",), ("shape",), ("computed by",))
    rows = []
    for name, node in trace.names.values.items():
        first = trace.names.of[node].name
        by = "given" if name in trace.names.leaves or not node.inputs else node.name
        rows.append(
            ((Name(name),), (shape_text(node.shape),), (by,) if first == name else ("the same as ", Name(first)))
        )
    return Table(header, "lll", tuple(rows))


def _forward(trace: Trace) -> Iterator[tuple[Node, Named]]:
    """Inputs and parameters, then the forward values in order, each once."""
    yield from dict.fromkeys((node, trace.names.of[node]) for node in trace.names.values.values())


def _backward(trace: Trace) -> Iterator[tuple[Node, Named]]:
    """The cotangents and what is between them, in the order in which they are computed."""
    forward = set(trace.names.values.values())
    named = ((node, trace.names.of.get(node)) for node in trace.graph.nodes)
    yield from ((node, name) for node, name in named if name is not None and node not in forward)


def _step(trace: Trace, node: Node, named: Named) -> Iterator[Block]:
    """One value or cotangent: what it is, its formula, its numbers."""
    array = trace.value_of(node)
    of = None if named.of == "step" else named.of
    entries = list(np.ndindex(*array.shape))
    if not entries:
        yield Heading((Name(named.name), f": {shape_text(node.shape)}, empty"), 3)
        return
    first = trace.explain(named.name, entries[0], of)
    whole = replace(first.entry, index=())
    yield Heading((*entry_phrase(first, whole), f", {shape_text(node.shape)}" if node.shape else ""), 3)
    if named.of == "cotangent":
        yield from _also(trace, node, named)
    if first.kind in GIVEN:
        yield Paragraph((f"{first.numbers[:1].upper()}{first.numbers[1:]}.",))
        yield _printed(Math(named.name, rf"\texttt{{{rendering.escape(named.name)}}}"), array)
        return
    yield from formula_blocks(first)
    if len(entries) <= WORKED:
        every = (trace.explain(named.name, index, of) for index in entries)
        yield Equations(tuple(row for e in every for row in worked(e)))
    if node.shape:
        out: Any = node.formula
        yield _printed(symbol(out.out.array), array)


def _also(trace: Trace, node: Node, named: Named) -> Iterator[Block]:
    """Whose cotangent it is, too: that of both parts of a sum is the sum's own."""
    others = [name for name, other in trace.names.cotangents.items() if other is node and name != named.name]
    if others:
        names = [run for name in others for run in (", ", Name(name))][1:]
        yield Paragraph(("It is the cotangent of ", *names, ", too."))


def _printed(name: Math, array: Any) -> Block:
    """The array, or what can be said about a large one."""
    if array.size <= PRINTED and _width(array) <= WIDE:
        return Matrix(name, array)
    zeros = int(array.size - np.count_nonzero(array))
    low, high = number_text(float(array.min())), number_text(float(array.max()))
    zero = f", {zeros} of them 0" if zeros else ""
    return Paragraph((f"{array.size} numbers from {low} to {high}, mean ", Number(float(array.mean())), f"{zero}."))


def _width(array: Any) -> int:
    rows: Sequence[Any] = array.reshape(-1, array.shape[-1]) if array.ndim else [[array]]
    return max((sum(len(number_text(float(v))) + 2 for v in row) for row in rows), default=0)
