"""Receptive fields, read off the formulas' own index maps.

Going back from an output entry, every formula says which entries of its operands the entry is computed from: the
letters of its output index are solved for, the others run over their whole range, and the operand's index maps give an
interval per axis. Where paths meet, the union counts; so residual branches, dilation, strides and transposed
convolutions need no rules of their own.

    size   how many input positions along an axis take part, padding included (the theoretical size)
    jump   how far the field moves when the output position moves by one; 0 where it does not (after flatten)
    start  the first input position that output position 0 reads; −3 means three into the padding

For a chain of layers with kernels kᵢ, strides sᵢ, dilations dᵢ: size = 1 + Σᵢ dᵢ·(kᵢ − 1) · Π_{j<i} sⱼ, jump = Π sᵢ.

Source: Araujo, Norris & Sim 2019, "Computing receptive fields of convolutional neural networks",
doi:10.23915/distill.00021
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from pullback.errors import ArgumentError, message
from pullback.formula import Affine, Argmax, Index, Lookup, Map, Ref, Reshape, Sum
from pullback.graph import Graph, Node, reads
from pullback.nn.predict import trace_network
from pullback.ops.padding import MODES

if TYPE_CHECKING:
    from pullback.nn.module import Module

Interval: TypeAlias = tuple[int, int]
Box: TypeAlias = tuple[Interval, ...]

# A step over which transposed strides (2, 4, … 64, 3, 5, 7, …) move the field by a whole number of positions.
FAR = 2**6 * 3**2 * 5 * 7


@dataclass(frozen=True)
class ReceptiveField:
    """The input positions behind one output entry, per spatial axis of the input."""

    size: tuple[int, ...]
    jump: tuple[float, ...]
    start: tuple[int, ...]

    def __str__(self) -> str:
        return "×".join(map(str, self.size))


def receptive_field(net: Module, layer: str, input_shape: Sequence[int]) -> ReceptiveField:
    """The receptive field of a layer's output in the network's input.

    layer        a layer's name: "conv2", "layer1.0.conv1"
    input_shape  the shape of one input, (C,H,W)

    Edges:   a layer that reads whole planes (flatten, global pooling, layer normalisation) has a field that does not
             move: jump 0, cut to the input. After an upsampling by two the jump is 0.5
    Raises:  ArgumentError, where the network's output is not computed from such a layer

    >>> from pullback import nn
    >>> receptive_field(nn.Sequential(nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 3)), "1", (1, 9, 9))
    ReceptiveField(size=(5, 5), jump=(1, 1), start=(0, 0))
    """
    graph = trace_network(net, (1, *input_shape)).graph
    if layer not in graph.marks:
        got, need = f"{layer!r}", f"one of {', '.join(graph.marks)}"
        raise ArgumentError(message("receptive_field: no such layer behind the output", got=got, need=need))
    return field_between(graph, graph.inputs[-1], graph.marks[layer])


def field_between(graph: Graph, source: Node, target: Node) -> ReceptiveField:
    """The receptive field of one node in an earlier node, both (N,C,…)."""
    middle = [n // 2 for n in target.shape[2:]]
    here = _reach_back(graph, source, target, middle)
    first = _reach_back(graph, source, target, [0] * len(middle))
    there, step = None, 1
    for step in (FAR, 1, -1):
        there = _reach_back(graph, source, target, [p + step for p in middle])
        if there is not None:
            break
    fields = []
    for axis in range(2, len(source.shape)):
        at_middle, far_off, at_first = (None if box is None else box[axis] for box in (here, there, first))
        fields.append(_along_axis(source.shape[axis], at_middle, far_off, at_first, step))
    size, jump, start = zip(*fields, strict=True) if fields else ((), (), ())
    return ReceptiveField(size, jump, start)


def _along_axis(
    n: int, here: Interval | None, there: Interval | None, first: Interval | None, step: int
) -> tuple[int, float, int]:
    """Size, jump and start along one axis, from the intervals behind three output positions."""
    low, high = here or (0, -1)
    begins = first[0] if first else low
    jump = Fraction(there[0] - low, step) if there else Fraction(0)
    if jump == 0:
        low, high, begins = max(low, 0), min(high, n - 1), max(begins, 0)
    return high - low + 1, int(jump) if jump.denominator == 1 else float(jump), begins


def _reach_back(graph: Graph, source: Node, target: Node, position: Sequence[int]) -> Box | None:
    """The entries of the source behind the target's entries at a spatial position; None where there are none."""
    boxes: dict[int, Box] = {id(target): (*((0, n - 1) for n in target.shape[:2]), *((p, p) for p in position))}
    for node in reversed(graph.nodes):
        if id(node) in boxes and node is not source and isinstance(node.formula, (Sum, Map, Argmax, Reshape)):
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
    sizes = dict(formula.sizes) | _switch_letters(node.inputs)
    letters = _solve(_through_switches(formula.out, operands), box, sizes)
    if letters is None:
        return
    for ref in reads(formula):
        at = _through_switches(ref, operands).at
        intervals = [_interval(index, size, letters) for index, size in zip(at, ref.shape, strict=True)]
        if None not in intervals:
            yield operands[ref.array], tuple(i for i in intervals if i is not None)


def _solve(out: Ref, box: Box, sizes: Mapping[str, int]) -> dict[str, Interval] | None:
    """The letters' intervals for which the output index falls into the box: None where no letter does."""
    letters = {k: (0, n - 1) for k, n in sizes.items()}
    for index, size, interval in zip(out.at, out.shape, box, strict=True):
        if not isinstance(index, Affine):
            continue
        if index.letter is not None and sizes[index.letter] == size:
            # A position may lie outside the array: padding further down reads beyond its input.
            letters[index.letter] = interval
            continue
        for letter in index.letters:
            first, last = _solve_for(letter, index, interval, sizes)
            if len(index.coefs) == 1:
                # A part of a concatenation: outside of it nothing is read.
                first, last = max(first, 0), min(last, sizes[letter] - 1)
                if first > last:
                    return None
            letters[letter] = (first, last)
    return letters


def _solve_for(letter: str, index: Affine, interval: Interval, sizes: Mapping[str, int]) -> Interval:
    """The integers that a letter can be when the index lies in the interval and the other letters in their ranges."""
    rest = Affine(tuple((k, c) for k, c in index.coefs if k != letter), index.const)
    (smallest, largest), c = rest.bounds(sizes), index.coef(letter)
    low, high = interval[0] - largest, interval[1] - smallest
    if c < 0:
        low, high, c = -high, -low, -c
    return -(-low // c), high // c


def _interval(index: Index, size: int, letters: Mapping[str, Interval]) -> Interval | None:
    """The positions that an index takes while its letters run over their intervals."""
    if isinstance(index, Lookup):
        return _table_interval(index, size, letters)
    return _affine_interval(index, letters)


def _affine_interval(index: Affine, letters: Mapping[str, Interval]) -> Interval:
    ends = [sorted((c * letters[k][0], c * letters[k][1])) for k, c in index.coefs]
    return index.const + sum(e[0] for e in ends), index.const + sum(e[1] for e in ends)


def _table_interval(index: Lookup, size: int, letters: Mapping[str, Interval]) -> Interval | None:
    if isinstance(index.table, str):
        return 0, size - 1
    entries = index.table.entries
    low, high = _affine_interval(index.at[0], letters)
    if index.table.name in MODES:
        # A padding table is the identity but for its borders, which are extended as if there were more input.
        shift = next(k for k in range(len(entries)) if entries[k : k + size] == tuple(range(size)))
        return low - shift, high - shift
    chosen = entries[max(low, 0) : max(high + 1, 0)]
    return (min(chosen), max(chosen)) if chosen else None


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
    renamed = {k: Affine(((_tap(k), 1),)) for k in formula.over}
    for out, own in zip(formula.out.at, index.at, strict=True):
        if isinstance(out, Affine) and out.letter is not None:
            renamed[out.letter] = own
    return sum((renamed[k] * c for k, c in source.coefs), start=Affine((), source.const))


def _switch_letters(inputs: Sequence[Node]) -> dict[str, int]:
    """The ranges of the letters that `_window` brings in."""
    maxima = [n.formula for n in inputs if isinstance(n.formula, Argmax)]
    return {_tap(k): f.ranges[k] for f in maxima for k in f.over}


def _tap(letter: str) -> str:
    return f"{letter} of the switch"


def _reshaped(box: Box, new: tuple[int, ...], old: tuple[int, ...]) -> Box:
    """The box under the shape before a reshape: axes that stay keep their interval, the others are taken whole."""
    shorter = min(len(new), len(old))
    front = 0
    while front < shorter and new[front] == old[front]:
        front += 1
    back = 0
    while back < shorter - front and new[-1 - back] == old[-1 - back]:
        back += 1
    middle = tuple((0, n - 1) for n in old[front : len(old) - back])
    return (*box[:front], *middle, *box[len(box) - back :])
