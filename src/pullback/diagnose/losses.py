"""Mistakes in softmax, losses and where cotangents are added up: paths left out, diagonals, factors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from pullback.diagnose.steps import Site, Step, scaled, with_formula
from pullback.formula import Map, Ref, Reshape, Sum
from pullback.formula import expr as ex
from pullback.graph import Constant, Input, Node, order
from pullback.ops.apply import axis_names, ref

Found = Iterator[tuple[str, Step, int]]


@dataclass(frozen=True)
class Softmax:
    """A softmax of the forward pass: exp(z) / Σ exp(z), or its logarithm z − log Σ exp(z).

    scores  the node of z
    result  the node of the result
    """

    scores: Node
    result: Node
    logarithm: bool


def softmax_of(result: Node) -> Softmax | None:
    """The softmax that a node is the result of."""
    f = result.formula
    if not isinstance(f, Map) or len(f.reads) != 2 or not isinstance(f.expression, ex.Apply):
        return None
    (a, total), e = result.inputs, f.expression
    first, second = ex.Var(f.reads[0].array), ex.Var(f.reads[1].array)
    summed = total.inputs[0] if isinstance(total.formula, Reshape) else total
    if not isinstance(summed.formula, Sum) or len(summed.formula.factors) != 1:
        return None
    terms = summed.inputs[0]
    if not isinstance(terms.formula, Map) or terms.formula.expression != ex.exp(ex.Var(terms.formula.operands[0])):
        return None
    if e == first / second and a is terms:
        return Softmax(terms.inputs[0], result, logarithm=False)
    if e == first - ex.log(second) and a is terms.inputs[0]:
        return Softmax(a, result, logarithm=True)
    return None


def diagonals(site: Site, step: Step) -> Found:
    """Only the diagonal of the softmax's Jacobian."""
    found: Softmax | None = site.context.softmax_at(site.node)
    if found is None:
        return
    bar = site.context.cotangent_of(found.result)
    if bar is None:
        return
    names, shape = axis_names(len(site.node.shape)), site.node.shape
    y_bar, y = ex.Var("y_bar"), ex.Var("y")
    slope = 1.0 - ex.exp(y) if found.logarithm else y * (1.0 - y)
    f = Map(ref("x_bar", names, shape), (ref("y_bar", names, shape), ref("y", names, shape)), y_bar * slope)
    yield "jacobian-diagonal", with_formula(step, f, y_bar=bar, y=found.result), 0
    passed = Map(ref("x_bar", names, shape), (ref("y_bar", names, shape),), y_bar)
    yield "derivative-left-out", with_formula(step, passed, y_bar=bar), 1
    if not found.logarithm:
        times = Map(ref("x_bar", names, shape), (ref("y_bar", names, shape), ref("y", names, shape)), y_bar * y)
        yield "softmax-not-subtracted", with_formula(step, times, y_bar=bar, y=found.result), 0


def paths(site: Site, step: Step) -> Found:
    """Where two cotangents are added up, one is missing or has another factor."""
    f = step.formula
    if not isinstance(f, Map) or len(f.reads) != 2 or not _is_addition(f):
        return
    a, b = f.reads
    parts = [step.sources[r.array] for r in (a, b)]
    penalties = [isinstance(p, Node) and site.context.is_penalty(p) for p in parts]
    if all(penalties):
        penalties = [False, False]
    softmax = site.context.softmax_at(site.node) is not None
    for kept, left in ((a, 1), (b, 0)):
        key = "softmax-not-subtracted" if softmax else "path-left-out"
        if any(penalties):
            key = "regularisation-missing" if penalties[left] else "data-term-missing"
        yield key, _combined(step, f, {kept.array: 1.0}), 0 if not any(penalties) or penalties[left] else 1
    for which, penalty in enumerate(penalties):
        if penalty and not all(penalties):
            node = parts[which]
            assert isinstance(node, Node)  # noqa: S101  (only nodes are penalties)
            for factor, far in _factors(node, site):
                weights = {r.array: factor if k == which else 1.0 for k, r in enumerate((a, b))}
                yield "regularisation-factor", _combined(step, f, weights), far
    yield "sign-of-one-term", _combined(step, f, {a.array: 1.0, b.array: -1.0}), 0
    yield "sign-of-one-term", _combined(step, f, {a.array: -1.0, b.array: 1.0}), 0


def _is_addition(f: Map) -> bool:
    a, b = (ex.Var(r.array) for r in f.reads)
    return f.expression == a + b and all(r.at == f.out.at for r in f.reads)


def _combined(step: Step, f: Map, weights: dict[str, float]) -> Step:
    total: ex.Expr = ex.Const(0.0)
    for name, weight in weights.items():
        total = total + weight * ex.Var(name)
    simple = ex.simplify(total)
    reads = tuple(r for r in f.reads if r.array in ex.variables(simple))
    return with_formula(step, Map(f.out, reads, simple))


def _factors(node: Node, site: Site) -> Iterator[tuple[float, int]]:
    """Factors that a penalty's gradient may have got: ½ and 2, its λ left out, its sign."""
    yield 0.5, 0
    yield 2.0, 0
    yield -1.0, 1
    for constant in site.context.constants_of(node):
        yield 1 / constant, 1
        yield 0.5 / constant, 1


def counts(site: Site) -> tuple[dict[str, tuple[float, ...]], ...]:
    """Factors by which a mean in the loss may be wrong, by mistake: one dictionary per mean."""
    found = []
    for node in site.context.means:
        f = node.formula
        assert isinstance(f, Sum)  # noqa: S101  (means are sums)
        count = 1 / abs(f.scale)
        shape = site.context.averaged_shape(node)
        by: dict[str, tuple[float, ...]] = {"batch-mean-missing": (count,), "batch-mean-doubled": (1 / count,)}
        if sum(n > 1 for n in shape) > 1:
            whole = abs(count - shape[0]) > 1e-9
            # A mean of everything may lack the size of any axis; one over the samples had a class axis divided, too.
            by["mean-over-classes"] = tuple(float(n) if whole else 1 / n for n in shape[not whole :] if n > 1)
        found.append(by)
    return tuple(found)


def loss_factors(site: Site, step: Step) -> Found:
    """Factors 2, ½, −1; the loss's 1/N missing or doubled; a mean over the classes."""
    if not site.is_last:
        return
    yield "sign", scaled(step, -1.0), 0
    yield "factor-2", scaled(step, 2.0), 0
    yield "factor-half", scaled(step, 0.5), 0
    for by in counts(site):
        for key, factors in by.items():
            for k, factor in enumerate(factors):
                yield key, scaled(step, factor), k
    for node in site.context.totals:
        by = {"mean-over-batch": node.shape[:1], "mean-instead-of-sum": (prod(node.shape),)}
        by["mean-over-classes"] = node.shape[1:]
        for key, sizes in by.items():
            yield from ((key, scaled(step, 1 / size), 2) for size in sizes if size > 1)
    if not site.context.means:
        for k, size in enumerate(site.context.output_shape[:2]):
            if size > 1:
                yield ("mean-over-batch", "mean-over-classes")[k], scaled(step, 1 / size), 1 + k


def constants_behind(node: Node) -> tuple[float, ...]:
    """Numbers other than 1 and 2 that a cotangent was multiplied by on its way."""
    found: list[float] = []
    for n in order([node]):
        f = n.formula
        if isinstance(f, Sum) and f.scale not in (1.0, -1.0):
            found.append(abs(f.scale))
        elif isinstance(f, Map):
            parts = ex.postorder(f.expression)
            found += [abs(float(e.value)) for e in parts if isinstance(e, ex.Const) and abs(e.value) not in (0, 1, 2)]
        elif isinstance(f, Constant) and f.value.size == 1 and f.value.dtype.kind == "f":
            found.append(abs(float(f.value)))
    return tuple(dict.fromkeys(c for c in found if c not in (0.0, 1.0, 2.0)))


def given_behind(node: Node) -> set[str]:
    """The names of the inputs that a node depends on."""
    return {n.formula.name for n in order([node]) if isinstance(n.formula, Input)}


def same(name: str, shape: tuple[int, ...]) -> Ref:
    """An array of a shape, each axis by a letter of its own."""
    return ref(name, axis_names(len(shape)), shape)


EDITS = (diagonals, paths, loss_factors)
