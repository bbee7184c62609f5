"""Receptive fields, read off the formulas' own index maps.

Going back from an output entry, every formula says which entries of its operands the entry is computed from: the letters
of its output index are solved for, the others run over their whole range, and the operand's index maps give an interval
per axis. Where paths meet, the union counts; so residual branches, dilation, strides and transposed convolutions need no
rules of their own.

    size   how many input positions along an axis take part, padding included (the theoretical size)
    jump   how far the field moves when the output position moves by one; 0 where it does not (after flatten)
    start  the first input position that output position 0 reads; −3 means three into the padding

For a chain of layers with kernels kᵢ, strides sᵢ, dilations dᵢ: size = 1 + Σᵢ dᵢ·(kᵢ − 1) · Π_{j<i} sⱼ, jump = Π sᵢ.
Source: Araujo, Norris & Sim 2019, "Computing receptive fields of convolutional neural networks", doi:10.23915/distill.00021
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from pullback.errors import ArgumentError, message
from pullback.formula import Affine, Argmax, Index, Lookup, Ref, Reshape
from pullback.graph import Graph, Node, reads
from pullback.nn.predict import trace_network
from pullback.ops.padding import MODES

if TYPE_CHECKING:
    from pullback.nn.module import Module

Interval: TypeAlias = tuple[int, int]
Box: TypeAlias = tuple[Interval, ...]


@dataclass(frozen=True)
class ReceptiveField:
    """The input positions behind one output entry, per spatial axis of the input."""

    size: tuple[int, ...]
    jump: tuple[int, ...]
    start: tuple[int, ...]

    def __str__(self) -> str:
        return "×".join(map(str, self.size))


def receptive_field(net: Module, layer: str, input_shape: Sequence[int]) -> ReceptiveField:
    """The receptive field of a layer's output in the network's input.

    layer        a layer's name: "conv2", "layer1.0.conv1"
    input_shape  the shape of one input, (C,H,W)

    Edges:   a layer that reads whole planes (flatten, global pooling, layer normalisation) has a field that does not move:
             jump 0, cut to the input
    Raises:  ArgumentError, where the network calls no such layer

    >>> from pullback import nn
    >>> receptive_field(nn.Sequential(nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 3)), "1", (1, 9, 9))
    ReceptiveField(size=(5, 5), jump=(1, 1), start=(0, 0))
    """
    graph = trace_network(net, (1, *input_shape)).graph
    if layer not in graph.marks:
        got, need = f"{layer!r}", f"one of {', '.join(graph.marks)}"
        raise ArgumentError(
            message("receptive_field: the output is not computed from such a layer", got=got, need=need)
        )
    return field_between(graph, graph.inputs[-1], graph.marks[layer])


def field_between(graph: Graph, source: Node, target: Node) -> ReceptiveField:
    """The receptive field of one node in an earlier node, both (N,C,…)."""
    middle = tuple(n // 2 for n in target.shape[2:])
    here, there, first = (
        _spatial(_reach_back(graph, source, target, [p + step for p in at]))
        for at, step in ((middle, 0), (middle, 1), (tuple(0 for _ in middle), 0))
    )
    size, jump, start = [], [], []
    for axis, n in enumerate(source.shape[2:]):
        low, high = here[axis] if here else (0, -1)
        moved = there[axis][0] - low if there and here else 0
        begins = first[axis][0] if first else 0
        if moved == 0:
            low, high, begins = max(low, 0), min(high, n - 1), max(begins, 0)
        size.append(high - low + 1)
        jump.append(moved)
        start.append(begins)
    return ReceptiveField(tuple(size), tuple(jump), tuple(start))


def _spatial(box: Box | None) -> Box:
    return box[2:] if box else ()


def _reach_back(graph: Graph, source: Node, target: Node, position: Sequence[int]) -> Box | None:
    """The entries of the source behind the target's entries at a spatial position; None where there are none."""
    boxes: dict[int, Box] = {id(target): (*((0, n - 1) for n in target.shape[:2]), *((p, p) for p in position))}
    for node in reversed(graph.nodes):
        if id(node) in boxes and node is not source and hasattr(node.formula, "out"):
            for operand, box in _operand_boxes(node, boxes[id(node)]):
                before = boxes.get(id(operand))
                boxes[id(operand)] = box if before is None else _union(before, box)
    return boxes.get(id(source))


def _union(a: Box, b: Box) -> Box:
    return tuple((min(p[0], q[0]), max(p[1], q[1])) for p, q in zip(a, b, strict=True))


def _operand_boxes(node: Node, box: Box) -> Iterator[tuple[Node, Box]]:
    """The boxes of a node's operands that a box of its output is computed from."""
    formula: Any = node.formula
    operands = dict(zip(formula.operands, node.inputs, strict=True))
    if isinstance(formula, Reshape):
        yield node.inputs[0], _reshaped(box, formula.out.shape, formula.source.shape)
        return
    out = _through_switches(formula.out, operands)
    letters = _solve(out, box, dict(formula.sizes))
    if letters is None:
        return
    for ref in reads(formula):
        read = _through_switches(ref, operands)
        ranges = {**{k: (0, n - 1) for k, n in _switch_letters(read, operands)}, **letters}
        yield operands[ref.array], tuple(_interval(a, n, ranges) for a, n in zip(read.at, ref.shape, strict=True))


def _solve(out: Ref, box: Box, sizes: Mapping[str, int]) -> dict[str, Interval] | None:
    """The letters' intervals for which the output index falls into the box: None where no letter does."""
    letters = {k: (0, n - 1) for k, n in sizes.items()}
    for index, size, (low, high) in zip(out.at, out.shape, box, strict=True):
        if not isinstance(index, Affine):
            continue
        if index.letter is not None and sizes[index.letter] == size:
            # A position may lie outside the array: padding further down reads beyond its input.
            letters[index.letter] = (low, high)
            continue
        for k, c in index.coefs:
            rest = Affine(tuple((m, d) for m, d in index.coefs if m != k), index.const)
            smallest, largest = rest.bounds({m: sizes.get(m, 1) for m in rest.letters})
            ends = sorted(((low - largest) / c, (high - smallest) / c))
            first, last = int(-(-ends[0] // 1)), int(ends[1] // 1)
            if len(index.coefs) == 1:
                # A part of a concatenation: outside of it nothing is read.
                first, last = max(first, 0), min(last, sizes[k] - 1)
                if first > last:
                    return None
            letters[k] = (first, last)
    return letters


def _interval(index: Index, size: int, letters: Mapping[str, Interval]) -> Interval:
    """The positions that an index takes while its letters run over their intervals."""
    if isinstance(index, Lookup):
        return _table_interval(index, size, letters)
    ends = [sorted((c * letters[k][0], c * letters[k][1])) for k, c in index.coefs]
    return index.const + sum(e[0] for e in ends), index.const + sum(e[1] for e in ends)


def _table_interval(index: Lookup, size: int, letters: Mapping[str, Interval]) -> Interval:
    if isinstance(index.table, str) or index.size is not None:
        return 0, size - 1
    low, high = _interval(index.at[0], len(index.table.entries), letters)
    entries = index.table.entries
    if index.table.name in MODES:
        # A padding table is the identity but for its borders, which are extended as if there were more input.
        shift = next(k for k in range(len(entries)) if entries[k : k + size] == tuple(range(size)))
        return low - shift, high - shift
    chosen = entries[max(low, 0) : high + 1] or entries
    return min(chosen), max(chosen)


def _through_switches(ref: Ref, operands: Mapping[str, Node]) -> Ref:
    """Indices by switches replaced by the windows in which the switches lie."""
    if not ref.lookups:
        return ref
    seen: dict[str, int] = {}
    at: list[Index] = []
    for index in ref.at:
        if isinstance(index, Lookup) and isinstance(index.table, str):
            digit = seen[index.table] = seen.get(index.table, -1) + 1
            formula = operands[index.table].formula
            at.append(_window(formula, index, digit) if isinstance(formula, Argmax) else index)
        else:
            at.append(index)
    return Ref(ref.array, tuple(at), ref.shape)


def _window(formula: Argmax, index: Lookup, digit: int) -> Index:
    """The affine index through which a maximum reads its source, in the letters of the index by switches."""
    source = formula.source.at[formula.window_axes[digit]]
    if not isinstance(source, Affine) or len(index.at) != len(formula.out.at):
        return index
    renamed = {k: Affine(((f"{k} of the switch", 1),)) for k in formula.over}
    for out, own in zip(formula.out.at, index.at, strict=True):
        if isinstance(out, Affine) and out.letter is not None:
            renamed[out.letter] = own
    total = Affine((), source.const)
    for k, c in source.coefs:
        total = total + renamed[k] * c
    return total


def _switch_letters(ref: Ref, operands: Mapping[str, Node]) -> Iterator[tuple[str, int]]:
    """The ranges of the letters that `_window` brought in."""
    for node in operands.values():
        if isinstance(node.formula, Argmax):
            yield from ((f"{k} of the switch", node.formula.ranges[k]) for k in node.formula.over)
    del ref


def _reshaped(box: Box, new: tuple[int, ...], old: tuple[int, ...]) -> Box:
    """The box under the shape before a reshape: axes that stay keep their interval, the others are taken whole."""
    front = 0
    while front < min(len(new), len(old)) and new[front] == old[front]:
        front += 1
    back = 0
    while back < min(len(new), len(old)) - front and new[-1 - back] == old[-1 - back]:
        back += 1
    middle = tuple((0, n - 1) for n in old[front : len(old) - back])
    return (*box[:front], *middle, *box[len(box) - back :])
