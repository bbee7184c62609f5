"""One entry explained: the formula, the same with its indices put in, the terms, their total, and where to go next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ShapeError, message
from pullback.explain.card import card
from pullback.explain.names import Named
from pullback.explain.rendering.blocks import Block, number_latex
from pullback.explain.rendering.rendered import LIMIT, Rendered, python_call
from pullback.explain.vanish import Reasons
from pullback.formula import Argmax, Map, Reshape, Sum, Uniform
from pullback.formula import expr as ex
from pullback.formula.entries import TermTable, entry_latex, entry_text, source_index, term_table
from pullback.formula.notation import array_text
from pullback.formula.render import latex, text
from pullback.formula.sums import position
from pullback.graph import Node, reads

if TYPE_CHECKING:
    from pullback.explain.tracing import Trace

Array = NDArray[Any]


@dataclass(frozen=True)
class Entry:
    """One entry of a value or cotangent. `index` may lie outside the array: a read from the padding, 0."""

    name: str
    of: str
    index: tuple[int, ...]
    value: float
    inside: bool = True

    def __str__(self) -> str:
        at = f"[{','.join(map(str, self.index))}]" if self.index else ""
        return f"cotangent of {self.name}{at}" if self.of == "cotangent" else f"{self.name}{at}"


@dataclass(frozen=True)
class Term:
    """One product of the sum: its factors, and why it vanishes if it does."""

    letters: tuple[tuple[str, int], ...]
    factors: tuple[Entry, ...]
    product: float
    vanishes: str = ""


@dataclass(frozen=True, eq=False)
class Explanation(Rendered):
    """What made one entry.

    entry      the entry, with the number that the run computed
    kind       "sum", "expression" (one elementwise formula), "maximum", "position" (of a maximum), "copy" (the same
               number elsewhere), "given" (an input, a parameter, a constant, the start of the backward pass), "random",
               or "nothing" (no cotangent reaches it)
    operator   the operator that computed it: "conv2d", "conv2d.w_bar"
    where      what each letter of the formula stands for: (letter as printed, what it is)
    formula, entry_formula            the general formula, and the same with this entry's indices, as text
    formula_latex, entry_formula_latex  as LaTeX
    scale      the number before the sum
    candidates  for a maximum, the entries that competed
    trace, node  where it was computed
    """

    entry: Entry
    kind: str
    operator: str
    where: tuple[tuple[str, Named], ...]
    formula: str
    entry_formula: str
    formula_latex: str
    entry_formula_latex: str
    numbers: str
    scale: float
    candidates: tuple[Entry, ...]
    trace: Trace
    node: Node | None
    _table: TermTable | None
    _single: tuple[Entry, ...]

    def __len__(self) -> int:
        """How many terms there are."""
        return len(self._table) if self._table is not None else int(bool(self._single))

    def __getitem__(self, k: int) -> Term:
        """Term number k, in row-major order of the letters."""
        if not -len(self) <= k < len(self):
            raise IndexError(f"term {k} of {len(self)}")
        k %= len(self)
        if self._table is None:
            return Term((), self._single, self.entry.value)
        return self._term(self._table, k)

    def __iter__(self) -> Iterator[Term]:
        return (self[k] for k in range(len(self)))

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """All terms."""
        return tuple(self)

    @property
    def products(self) -> Array:
        """The terms' products alone, which long sums are searched by."""
        return self._table.products if self._table is not None else np.full(len(self), self.entry.value)

    @cached_property
    def total(self) -> float:
        """The terms' sum; of an expression its value, of a copy the number that was copied."""
        if self._table is not None:
            return float(self._table.products.sum())
        f = self.node.formula if self.node is not None else None
        values = [entry.value for entry in self._single]
        if isinstance(f, Map):
            return float(ex.evaluate(f.expression, dict(zip(f.operands, map(np.asarray, values), strict=True))))
        return values[0] if values else self.entry.value

    @property
    def error(self) -> float:
        """How far the total is from the number that the run computed: rounding, and nothing else."""
        return abs(self.total - self.entry.value)

    @cached_property
    def vanished(self) -> dict[str, int]:
        """How many terms are 0, by the reason."""
        gone = (self[int(k)].vanishes for k in np.flatnonzero(self.products == 0))
        return dict(Counter(reason for reason in gone if reason))

    @property
    def factors(self) -> tuple[Entry, ...]:
        """The distinct entries that this one was computed from, those that count first named."""
        inside = (f for t in self for f in t.factors if f.inside)
        return tuple(dict.fromkeys(inside))

    def follow(self, factor: Entry) -> Explanation:
        """Explain one of the factors in turn."""
        return self.trace.explain(factor.name, factor.index, factor.of if factor.of in ("value", "cotangent") else None)

    def chain(self, depth: int = 3) -> list[Explanation]:
        """Follow the largest term back: this explanation, that of its most telling factor, and so on to what is given.

        From each entry the walk goes on to the factor that was itself computed (not given), by the largest product.
        """
        steps = [self]
        while len(steps) <= depth:
            following = steps[-1]._most_telling()
            if following is None:
                break
            steps.append(following)
        return steps

    def _most_telling(self) -> Explanation | None:
        best = self[int(np.abs(self.products).argmax())].factors if len(self) else ()
        for factor in best:
            if factor.inside:
                following = self.follow(factor)
                if following.kind not in ("given", "nothing"):
                    return following
        return None

    def _term(self, table: TermTable, k: int) -> Term:
        node = self.node
        assert node is not None and isinstance(node.formula, Sum)  # noqa: S101, PT018  (a table comes from a Sum)
        factors = []
        sources = [node.inputs[node.formula.operands.index(ref.array)] for ref in node.formula.factors]
        for source, at, value, inside in zip(sources, table.indices, table.values, table.inside, strict=True):
            index = tuple(int(axis[k]) for axis in at)
            factors.append(entry_of(self.trace, source, index, float(value[k]), inside=bool(inside[k])))
        product = float(table.products[k])
        letters = tuple((letter, int(v[k])) for letter, v in table.letters.items())
        reason = "" if product else self._reason(factors, sources)
        return Term(letters, tuple(factors), product, reason)

    @cached_property
    def _reasons(self) -> Reasons:
        return Reasons(self.trace)

    def _reason(self, factors: Sequence[Entry], sources: Sequence[Node]) -> str:
        if not all(f.inside for f in factors):
            return "padding"
        zero = next((k for k, f in enumerate(factors) if f.value == 0), None)
        if zero is None:
            return "underflow" if self.scale else "the number before the sum is 0"
        return self._reasons.of(sources[zero], factors[zero].index)

    def blocks(
        self,
        *,
        limit: int | None = LIMIT,
        zeros: bool = False,
        depth: int = 0,
        call: Callable[[Entry], str] | None = python_call,
    ) -> list[Block]:
        """What is said, before it is decided how it looks: see `Rendered`."""
        return card(self, limit=limit, zeros=zeros, depth=depth, call=call)

    def __repr__(self) -> str:
        return f"<Explanation of {self.entry} = {self.entry.value:.6g}: {self.kind}, {len(self)} terms>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.entry_formula_latex} = {number_latex(self.entry.value)}$"

    def to_dict(self, limit: int | None = None) -> dict[str, Any]:
        """The explanation as plain data, with at most `limit` terms."""
        shown = self.terms[:limit]
        return {
            "entry": _entry_dict(self.entry),
            "kind": self.kind,
            "operator": self.operator,
            "formula": {"text": self.formula, "latex": self.formula_latex},
            "entry_formula": {"text": self.entry_formula, "latex": self.entry_formula_latex},
            "where": [{"letter": letter, "name": n.name, "of": n.of} for letter, n in self.where],
            "numbers": self.numbers,
            "scale": self.scale,
            "candidates": [_entry_dict(c) for c in self.candidates],
            "terms": [
                {"factors": [_entry_dict(f) for f in t.factors], "product": t.product, "vanishes": t.vanishes}
                for t in shown
            ],
            "number_of_terms": len(self),
            "vanished": self.vanished,
            "total": self.total,
            "error": self.error,
        }


def _entry_dict(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "of": entry.of,
        "index": list(entry.index),
        "value": entry.value if np.isfinite(entry.value) else str(entry.value),
        "inside": entry.inside,
    }


def entry_of(trace: Trace, node: Node, index: tuple[int, ...], value: float, *, inside: bool = True) -> Entry:
    """An entry under the name of its node."""
    named = trace.names.of.get(node, Named("constant", "constant"))
    return Entry(named.name, named.of, index, value, inside)


def explain(trace: Trace, name: str, index: tuple[int, ...], of: str | None) -> Explanation:
    """Explain an entry: see `Trace.explain`."""
    node = trace.find(name, of)
    shape = trace.names.values[name].shape if node is None else node.shape
    at = _checked_index(name, index, shape)
    kind_of_name = _of(trace, name, of)
    if node is None:
        entry = Entry(name, "cotangent", at, 0.0)
        return _plain(trace, entry, "nothing", None, "no cotangent flows back to it: the result does not depend on it")
    entry = Entry(name, kind_of_name, at, float(trace.value_of(node)[at]))
    f = node.formula
    if isinstance(f, Sum):
        return _of_sum(trace, entry, node, f)
    if isinstance(f, Map):
        return _of_map(trace, entry, node, f)
    if isinstance(f, (Reshape, Argmax)):
        return _of_single(trace, entry, node, f)
    if isinstance(f, Uniform):
        numbers = "a random number in [0, 1): a function of (seed, step), the layer and the position"
        return _explanation(trace, entry, "random", node, numbers=numbers)
    return _plain(trace, entry, "given", node, _given_text(trace, entry))


def _of(trace: Trace, name: str, of: str | None) -> str:
    if name not in trace.names.values:
        return "step" if name in trace.names.steps else "constant"
    return of or ("cotangent" if trace.names.has_gradient(name) else "value")


def _checked_index(name: str, index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    whole = all(isinstance(k, (int, np.integer)) and not isinstance(k, bool) for k in index)
    if not whole or len(index) != len(shape) or any(not -n <= k < n for k, n in zip(index, shape, strict=False)):
        need = f"{len(shape)} indices, each below {shape}" if shape else "no index: it is one number"
        raise ShapeError(message(f"explain: no such entry of {name}", got=f"index {index}", need=need))
    return tuple(int(k) % n for k, n in zip(index, shape, strict=True))


GIVEN = {
    "input": "an input of the run",
    "parameter": "a parameter",
    "buffer": "a buffer: a number that the layer keeps, such as a running mean",
    "target": "a target of the run",
    "key": "the random key: (seed, step)",
}


def _given_text(trace: Trace, entry: Entry) -> str:
    if entry.of == "cotangent":
        return "where the backward pass starts"
    return GIVEN.get(trace.names.given.get(entry.name, ""), "a constant")


def _operands(trace: Trace, node: Node, f: Any) -> dict[str, Array]:
    return {k: trace.value_of(i) for k, i in zip(f.operands, node.inputs, strict=True)}


def _where(trace: Trace, node: Node, f: Any) -> tuple[tuple[str, Named], ...]:
    own = [(f.out.array, node), *((ref.array, node.inputs[f.operands.index(ref.array)]) for ref in reads(f))]
    return tuple((array_text(a), trace.names.of.get(n, Named("constant", "constant"))) for a, n in dict(own).items())


def _of_sum(trace: Trace, entry: Entry, node: Node, f: Sum) -> Explanation:
    arrays = _operands(trace, node, f)
    candidates = _candidates(trace, node, f, entry.index)
    table = term_table(f, arrays, entry.index)
    copied = f.scale == 1 and len(f.factors) == len(table) == 1 and bool(table.inside[0][0])
    kind = "maximum" if candidates else "copy" if copied else "sum"
    return _explanation(trace, entry, kind, node, table=table, candidates=candidates, scale=f.scale)


def _candidates(trace: Trace, node: Node, f: Sum, index: tuple[int, ...]) -> tuple[Entry, ...]:
    """What a gather by switches chose from."""
    switched = f.factors[0].lookups if len(f.factors) == 1 else ()
    if not switched or not isinstance(switched[0].table, str):
        return ()
    chooser = node.inputs[f.operands.index(switched[0].table)]
    if not isinstance(chooser.formula, Argmax):
        return ()
    source = chooser.inputs[0]
    found = chooser.formula.candidates(trace.value_of(source), index)
    return tuple(entry_of(trace, source, c.index, float(np.real(c.value)), inside=c.inside) for c in found)


def _of_map(trace: Trace, entry: Entry, node: Node, f: Map) -> Explanation:
    letters = dict(zip(f.out.letters, entry.index, strict=True))
    factors, printed = [], {}
    for ref, source in zip(f.reads, node.inputs, strict=True):
        index = tuple(position(a, letters, {}) for a in ref.at)
        value = float(trace.value_of(source)[index])
        factors.append(entry_of(trace, source, index, value))
        printed[ref.array] = f"({value:.6g})" if value < 0 else f"{value:.6g}"
    numbers = f"{ex.text(f.expression, printed)} = {entry.value:.6g}"
    return _explanation(trace, entry, "expression", node, single=tuple(factors), numbers=numbers)


def _of_single(trace: Trace, entry: Entry, node: Node, f: Reshape | Argmax) -> Explanation:
    source = node.inputs[0]
    if isinstance(f, Argmax):
        found = f.candidates(trace.value_of(source), entry.index)
        rivals = tuple(entry_of(trace, source, c.index, float(np.real(c.value)), inside=c.inside) for c in found)
        return _explanation(trace, entry, "position", node, candidates=rivals)
    index = source_index(f, entry.index)
    same = entry_of(trace, source, index, float(trace.value_of(source)[index]))
    return _explanation(trace, entry, "copy", node, single=(same,))


def _explanation(
    trace: Trace,
    entry: Entry,
    kind: str,
    node: Node,
    *,
    table: TermTable | None = None,
    single: tuple[Entry, ...] = (),
    candidates: tuple[Entry, ...] = (),
    numbers: str = "",
    scale: float = 1.0,
) -> Explanation:
    f: Any = node.formula
    return Explanation(
        entry=entry,
        kind=kind,
        operator=node.name,
        where=_where(trace, node, f),
        formula=text(f),
        entry_formula=entry_text(f, entry.index),
        formula_latex=latex(f),
        entry_formula_latex=entry_latex(f, entry.index),
        numbers=numbers,
        scale=scale,
        candidates=candidates,
        trace=trace,
        node=node,
        _table=table,
        _single=single,
    )


def _plain(trace: Trace, entry: Entry, kind: str, node: Node | None, what: str) -> Explanation:
    name = node.name if node is not None else ""
    return Explanation(entry, kind, name, (), "", "", "", "", what, 1.0, (), trace, node, None, ())
