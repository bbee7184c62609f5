"""Steps of a backward pass, as they are and as a mistake changes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pullback.diagnose.mistake import Mistake
from pullback.diagnose.mistakes import MISTAKES
from pullback.formula import Affine, Ref, Sum, bar, text
from pullback.formula.entries import term_table
from pullback.formula.notation import number_text
from pullback.formula.render import substitute
from pullback.graph import Node

Array: TypeAlias = NDArray[Any]
Read: TypeAlias = Callable[[Node], Array]
"""A node's value: the run's own, or one that another mistake has changed."""


@dataclass(frozen=True, eq=False)
class Computed:
    """An operand that the graph does not have: switches by another rule, a mask."""

    what: str
    compute: Callable[[Read], Array]


Source: TypeAlias = Node | Computed


@dataclass(frozen=True, eq=False)
class Step:
    """A formula and what its operands are read from; the value is `factor` times the formula's.

    written  how the formula is written, where it has no text of its own
    """

    formula: Any
    sources: Mapping[str, Source]
    factor: float = 1.0
    written: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """The value's shape."""
        return tuple(self.formula.shape)

    @property
    def sum(self) -> Sum | None:
        """The formula, where it is a sum."""
        return self.formula if isinstance(self.formula, Sum) else None

    @property
    def work(self) -> int:
        """How many products are added up, or entries computed."""
        count = 1
        for _, n in getattr(self.formula, "sizes", ()) or [("", int(np.prod(self.shape)))]:
            count *= max(n, 1)
        return count

    def operands(self, read: Read) -> dict[str, Array]:
        """The operands' values."""
        return {k: _read(self.sources[k], read) for k in self.formula.operands}

    def value(self, read: Read) -> Array:
        """The value on whole arrays."""
        value = np.asarray(self.formula.evaluate(*self.operands(read).values()))
        return value if self.factor == 1.0 else value * self.factor

    def entries(self, read: Read, index: NDArray[np.intp]) -> Array:
        """Some entries of the value, one per row of indices: of a large sum without computing the rest."""
        if self.sum is None or self.work < WHOLE:
            return picked(self.value(read), index)
        arrays = self.operands(read)
        return np.array([self._entry(arrays, at) for at in index])

    def _entry(self, arrays: Mapping[str, Array], at: NDArray[np.intp]) -> float:
        assert self.sum is not None  # noqa: S101  (only sums are computed entry by entry)
        f, entry = self.sum, tuple(at.tolist())
        letters = _addressed(f, entry)
        if letters is None:
            return float(term_table(f, arrays, entry).products.sum()) * self.factor
        if any(not 0 <= k < f.ranges[letter] for letter, k in letters.items()):
            return 0.0
        alone = replace(fixed(f, letters), out=Ref(f.out.array, (), ()))
        return float(alone.evaluate(*(arrays[k] for k in f.operands))) * self.factor

    def text(self) -> str:
        """The formula as one line."""
        own = getattr(self.formula, "text", None)
        line = self.written or (own() if own is not None else text(self.formula))
        if self.factor == 1.0:
            return line
        left, _, right = line.partition(" = ")
        return f"{left} = {number_text(self.factor)} · ({right})"


def fixed(f: Sum, letters: dict[str, int]) -> Sum:
    """The sum with letters set to numbers."""
    out, factors = f.out, f.factors
    for k, value in letters.items():
        out, *rest = (substitute(r, k, Affine((), value)) for r in (out, *factors))
        factors = tuple(rest)
    return replace(f, out=out, factors=factors, sizes=tuple(row for row in f.sizes if row[0] not in letters))


def _addressed(f: Sum, entry: tuple[int, ...]) -> dict[str, int] | None:
    """The letters that address an entry, where each axis has one of its own: p = 2 of w̄[2−p] at 0."""
    found: dict[str, int] = {}
    for index, k in zip(f.out.at, entry, strict=True):
        if not isinstance(index, Affine) or len(index.coefs) != 1 or index.coefs[0][1] not in (1, -1):
            return None
        letter, sign = index.coefs[0]
        if letter in found:
            return None
        found[letter] = (k - index.const) * sign
    return found


def picked(values: Array, index: NDArray[np.intp]) -> Array:
    """Some entries, one per row of indices."""
    if not len(index):
        return np.zeros(0)
    return np.reshape(values[tuple(index.T)], len(index))


WHOLE = 50_000
"""Sums of fewer products than this are computed whole: that takes no longer than three of their entries."""


def _read(source: Source, read: Read) -> Array:
    return source.compute(read) if isinstance(source, Computed) else read(source)


@dataclass(frozen=True, eq=False)
class Site:
    """One step of the backward pass, where a mistake can be made.

    node      the step
    step      as it is
    forward   the node of the forward pass whose rule this is, and by which of its operands it is differentiated
    cotangent the operand that is the cotangent of the forward node
    distance  how many rules lie between the step and the gradient that is asked for: 0 is the gradient itself
    family    bias, convolution, pooling, activation, loss, or sum
    is_last   whether the step gives the gradient that is asked for: only then may its shape be wrong
    """

    node: Node
    step: Step
    forward: Node | None
    operand: str
    cotangent: str
    distance: int
    family: str
    name: str
    is_last: bool
    context: Any = field(repr=False, default=None)

    @property
    def operator(self) -> str:
        """The operator and the layer that the step belongs to."""
        name = self.forward.name if self.forward is not None else self.node.name
        return f"{self.node.scope}/{name.partition('/')[0].partition('.')[0]}"


@dataclass(frozen=True, eq=False)
class Change:
    """A step as one or two mistakes make it."""

    mistakes: tuple[Mistake, ...]
    site: Site
    step: Step
    edit: Edit
    extra: int = 0

    @property
    def factor(self) -> float | None:
        """The number that the step is multiplied by, where the change is no more than that."""
        right, wrong = self.site.step, self.step
        if wrong.formula is right.formula:
            return wrong.factor / right.factor if wrong.sources == right.sources else None
        if right.sum is None or wrong.sum is None or wrong.sources != right.sources or not right.sum.scale:
            return None
        if replace(wrong.sum, scale=right.sum.scale) != right.sum:
            return None
        return wrong.sum.scale * wrong.factor / (right.sum.scale * right.factor)

    @property
    def rank(self) -> int:
        """How implausible it is."""
        return sum(m.rank for m in self.mistakes) + self.extra + 2 * min(self.site.distance, 3)


Edit: TypeAlias = Callable[[Site, Step], Iterator[tuple[str, Step, int]]]
"""What gives the ways in which a kind of mistake can change a step: the mistake's key, the step, how far-fetched."""


def changes(site: Site, edits: Iterable[Edit]) -> Iterator[Change]:
    """Every change that the edits make to a step; equal ones once."""
    seen: set[Any] = set()
    for change in again(site, edits, site.step):
        same = _identity(change.mistakes[0].key, change.step)
        if same not in seen:
            seen.add(same)
            yield change


def again(site: Site, edits: Iterable[Edit], step: Step) -> Iterator[Change]:
    """Every change that the edits make to a step that may be changed already."""
    for edit in edits:
        for key, changed, extra in edit(site, step):
            if site.is_last or changed.shape == site.node.shape:
                yield Change((MISTAKES[key],), site, changed, edit, extra)


def _identity(key: str, step: Step) -> Any:
    return key, step.formula, step.factor, tuple((k, id(s)) for k, s in step.sources.items())


def with_formula(step: Step, formula: Any, **sources: Source) -> Step:
    """The step with another formula, whose new operands are given."""
    known = {**step.sources, **sources}
    return replace(step, formula=formula, sources={k: known[k] for k in formula.operands}, written="")


def scaled(step: Step, factor: float) -> Step:
    """The step times a number."""
    if step.sum is not None and step.factor == 1.0:
        return with_formula(step, replace(step.sum, scale=step.sum.scale * factor))
    return replace(step, factor=step.factor * factor)


def cotangent_name(forward: Node) -> str:
    """What a rule calls the cotangent of the node it belongs to."""
    return bar(forward.formula.out.array)  # type: ignore[union-attr]
