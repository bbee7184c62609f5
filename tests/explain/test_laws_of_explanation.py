"""The law of explanations over the registry: what is shown of an entry makes up the number that the run computed.

Every operator is traced at its samples with random cotangents. At entries of every value, cotangent and step the terms
add up to the engine's number, every factor is the entry that it says it is, and the way back ends at what was given.
"""

from dataclasses import replace

import numpy as np
import pytest

from laws import mutants
from laws.cases import Case, registered
from pullback.explain import explanation, trace
from pullback.formula import Affine, Map, Sum, entries

CASES = [Case(op, s) for op in registered().values() for s in op.samples]
NAMES, ENTRIES, TERMS, CANDIDATES = 30, 2, 4, 3
SUMS = ("sum", "maximum", "copy")
ENDS = ("given", "nothing", "random", "position")

every_case = pytest.mark.parametrize("case", CASES, ids=str)


def traced(case):
    """A trace of the operator with random cotangents of its results."""
    arrays, rng = case.draw(), case.rng("cotangents of the explanation")
    results = case.floats(arrays)

    def function(*values):
        named = dict(zip(arrays, values, strict=True))
        return case.floats(named) if results else case.call(named)

    cotangents = [rng.uniform(-1, 1, np.shape(y)) for y in results] if results else {}
    return trace(function, tuple(arrays.values()), cotangent=cotangents)


def law(t, rng):
    """Check some entries of everything that has a name; returns how many."""
    everything = [*_everything(t)]
    if len(everything) > NAMES:
        everything = [everything[k] for k in rng.choice(len(everything), NAMES, replace=False)]
    count = 0
    for name, of, array in everything:
        for _ in range(min(ENTRIES, array.size)):
            index = tuple(int(rng.integers(n)) for n in array.shape)
            _check(t, t.explain(name, index, of), array[index], rng)
            count += 1
    return count


def _everything(t):
    values, cotangents = t.values, t.cotangents
    yield from ((name, "value", array) for name, array in values.items())
    yield from ((name, "cotangent", array) for name, array in cotangents.items())
    yield from ((name, None, t.value_of(node)) for name, node in (t.names.steps | t.names.constants).items())


def _check(t, e, value, rng):
    assert e.entry.value == value
    _adds_up(e)
    for factor in (*_factors(e), *e.candidates[:CANDIDATES]):
        _is_what_it_says(t, factor)
        if factor.inside:
            following = e.follow(factor)
            assert following.entry == factor
    _leads_back(t, e, rng)


def _adds_up(e):
    if e.kind in SUMS:
        products = [term.product for term in e]
        assert abs(sum(products) - e.entry.value) <= 1e-12 * sum(map(abs, products)), f"{e.entry}: {e.entry_formula}"
    elif e.kind == "expression":
        size = max([1.0, *(abs(f.value) for f in e.factors if np.isfinite(f.value))])
        np.testing.assert_allclose(e.total, e.entry.value, rtol=1e-12, atol=1e-12 * size, err_msg=str(e.entry))
    elif e.kind == "position":
        assert e.entry.value == _position_of_the_first_largest(e)
    else:
        assert e.kind in ENDS
    for term in (e[k] for k in range(min(len(e), TERMS))):
        zero = term.product == 0 and isinstance(e.node.formula, Sum)
        assert bool(term.vanishes) == zero, f"{e.entry}: {term}"


def _position_of_the_first_largest(e):
    inside = [c for c in e.candidates if c.inside]
    best = next(c for c in inside if c.value == max(c.value for c in inside))
    f = e.node.formula
    return np.ravel_multi_index([best.index[j] for j in f.window_axes], [f.source.shape[j] for j in f.window_axes])


def _factors(e):
    return [f for k in range(min(len(e), TERMS)) for f in e[k].factors]


def _is_what_it_says(t, factor):
    known = {
        "value": t.names.values,
        "cotangent": t.names.cotangents,
        "step": t.names.steps,
        "constant": t.names.constants,
    }
    array = t.value_of(known[factor.of][factor.name])
    assert len(factor.index) == array.ndim
    inside = all(0 <= k < n for k, n in zip(factor.index, array.shape, strict=True))
    assert inside == factor.inside
    if inside:
        assert factor.value == array[factor.index], f"{factor} is {array[factor.index]}"


def _leads_back(t, e, rng):
    """Whether a walk from factor to factor comes to what was given."""
    for _ in range(len(t.graph.nodes) + 1):
        inside = [f for f in _factors(e) if f.inside]
        if not inside:
            break
        e = e.follow(inside[rng.integers(len(inside))])
    assert e.kind in ENDS or len(e) == 0 or not any(f.inside for f in _factors(e)), f"{e.entry} goes round in circles"


@every_case
def test_the_terms_of_every_entry_make_up_the_number_of_the_run(case):
    law(traced(case), case.rng("entries"))


def test_the_law_looks_at_many_entries():
    case = next(c for c in CASES if c.operator.name == "conv2d")
    assert law(traced(case), case.rng("entries")) >= 10


# Negative controls: the law rejects runs that compute something else than what is shown, and what is shown wrongly


class ScaledUp(Sum):
    """The run's numbers are 0.1 % too large."""

    def evaluate(self, *arrays):
        return 1.001 * super().evaluate(*arrays)


class WithoutStride(Sum):
    """The run reads and writes as if every stride were 1."""

    def evaluate(self, *arrays):
        out, *factors = (_unit_steps(r) for r in (self.out, *self.factors))
        return Sum(out, tuple(factors), self.sizes, self.scale).evaluate(*arrays)


def _unit_steps(r):
    return replace(r, at=tuple(Affine(tuple((k, 1) for k, _ in a.coefs), a.const) for a in r.at))


class WithoutLastRow(Sum):
    """The run leaves out the last row of taps."""

    def evaluate(self, *arrays):
        sizes = tuple((k, n - 1 if k == "r" else n) for k, n in self.sizes)
        return Sum(self.out, self.factors, sizes, self.scale).evaluate(*arrays)


class ScaledUpMap(Map):
    """The run's numbers are 0.1 % too large."""

    def evaluate(self, *arrays):
        return 1.001 * super().evaluate(*arrays)


def _rejected(case):
    with pytest.raises(AssertionError):
        law(traced(case), case.rng("entries"))


def test_the_stand_ins_of_the_mutants_keep_the_law():
    for case in (mutants.convolution(Sum), mutants.elementwise(Map)):
        assert law(traced(case), case.rng("entries"))


@pytest.mark.parametrize("mutant", [ScaledUp, WithoutStride, WithoutLastRow, mutants.ReadsOneFurther])
def test_the_law_rejects_a_sum_that_is_not_what_was_computed(mutant):
    _rejected(mutants.convolution(mutant))


def test_the_law_rejects_an_expression_that_is_not_what_was_computed():
    _rejected(mutants.elementwise(ScaledUpMap))


def _drops_the_last_term(table):
    cut = {k: v[:-1] for k, v in table.letters.items()}
    return replace(table, letters=cut, products=table.products[:-1])


def _moves_the_first_factor(table):
    first, *rest = table.indices
    return replace(table, indices=((*first[:-1], first[-1] + 1), *rest))


def _doubles_one_factor_and_halves_another(table):
    a, b, *rest = table.values
    return replace(table, values=(2 * a, b / 2, *rest))


@pytest.mark.parametrize(
    "defect", [_drops_the_last_term, _moves_the_first_factor, _doubles_one_factor_and_halves_another]
)
def test_the_law_rejects_terms_that_are_shown_wrongly(defect, monkeypatch):
    case = mutants.convolution(Sum)
    t = traced(case)
    monkeypatch.setattr(explanation, "term_table", lambda *args: defect(entries.term_table(*args)))
    with pytest.raises(AssertionError):
        law(t, case.rng("entries"))


def test_the_law_rejects_a_factor_under_another_name(monkeypatch):
    case = mutants.convolution(Sum)
    t = traced(case)
    named = explanation.entry_of

    def entry_of(trace, node, index, value, *, inside=True):
        entry = named(trace, node, index, value, inside=inside)
        return replace(entry, name="x1") if entry.name == "x0" else entry

    monkeypatch.setattr(explanation, "entry_of", entry_of)
    with pytest.raises(AssertionError):
        law(t, case.rng("entries"))
