"""Mistakes in elementwise rules: derivatives left out, taken at another array, or mistaken for the function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from pullback.diagnose.steps import Site, Source, Step, scaled, with_formula
from pullback.diagnose.written import Chained
from pullback.formula import Affine, Map, Ref, Reshape, Sum
from pullback.formula import expr as ex
from pullback.graph import Node

Found = Iterator[tuple[str, Step, int]]
WRONG_TENSORS = 12


def derivatives(site: Site, step: Step) -> Found:
    """x̄ = ȳ · f′(x) with f′ left out, taken elsewhere, or replaced by f."""
    f, forward = step.formula, site.forward
    if not isinstance(f, Map) or forward is None or not isinstance(forward.formula, Map):
        return
    if site.cotangent not in f.operands:
        return
    bar, x = ex.Var(site.cotangent), ex.Var(site.operand)
    if f.expression == bar:
        return
    factor = _constant(f.expression, site.cotangent)
    if factor is not None:
        if factor not in (0.0, -1.0):
            yield "output-scale-left-out", scaled(step, 1 / factor), 0
        return
    divided = (
        isinstance(f.expression, ex.Apply) and f.expression.function == "divide" and f.expression.arguments[0] == bar
    )
    if site.family == "loss" and divided:
        yield "batch-mean-missing", _expression(step, f, bar), 0
    yield "derivative-left-out", _expression(step, f, bar), 0 if site.family == "activation" else 1
    yield from _without_signs(step, f)
    yield from _without_factors(step, f, forward.formula.expression)
    yield from _without_denominators(step, f, bar)
    if site.family == "loss":
        yield from _one_term(site, step, f)
        return
    value = forward.formula.expression
    yield "function-for-derivative", _expression(step, f, bar * value, site), 0
    if site.operand in f.operands and forward.shape == _ref(f, site.operand).shape:
        yield "derivative-at-output", _reading(step, f, site.operand, forward), 0
    at_input = replace_part(f.expression, value, x)
    if at_input != f.expression:
        yield "derivative-at-input", _expression(step, f, at_input, site), 0
    yield from _of_squares(step, f)
    yield from _at_other_arrays(site, step, f)


def _at_other_arrays(site: Site, step: Step, f: Map) -> Found:
    """The derivative taken at the cotangent, or at other values of the same shape."""
    if site.operand in f.operands:
        cotangent = step.sources[site.cotangent]
        mask = "mask-of-cotangent" if _is_mask(f.expression) else "mask-of-wrong-tensor"
        if _ref(f, site.operand).shape == f.shape:
            yield mask, _reading(step, f, site.operand, cotangent), 0
            if _is_mask(f.expression):
                yield "mask-of-cotangent", _both(step, f, site), 1
        yield from _elsewhere(site, step, f)


def _without_signs(step: Step, f: Map) -> Found:
    """sign(e), the derivative of |e|, left out: e itself stands in its place."""
    for node in ex.postorder(f.expression):
        if isinstance(node, ex.Apply) and node.function == "sign":
            yield "derivative-left-out", _expression(step, f, replace_part(f.expression, node, node.arguments[0])), 1


def _without_factors(step: Step, f: Map, value: ex.Expr) -> Found:
    """A factor of the function left out of its derivative: the 2 of 2·tanh(x), the 1/(1 − p) of dropout."""
    for number in sorted(_factors_in(value) & _factors_in(f.expression)):
        yield "output-scale-left-out", _expression(step, f, _without(f.expression, number)), 0


def _without(expression: ex.Expr, number: float) -> ex.Expr:
    """The expression without the factors that are this number."""
    return rewritten(expression, lambda node: _rest(node) if _factor(node) == number else node)


def _factors_in(expression: ex.Expr) -> set[float]:
    """The numbers that parts of an expression are multiplied by, ±1 and 0 aside."""
    found = (_factor(node) for node in ex.postorder(expression))
    return {n for n in found if n is not None and n not in (0.0, 1.0, -1.0)}


def _factor(node: ex.Expr) -> float | None:
    """The number in a product of a number and something else."""
    if not isinstance(node, ex.Apply) or node.function != "multiply":
        return None
    numbers = [float(a.value) for a in node.arguments if isinstance(a, ex.Const)]
    return numbers[0] if len(numbers) == 1 else None


def _rest(node: ex.Expr) -> ex.Expr:
    """The something else."""
    assert isinstance(node, ex.Apply)  # noqa: S101  (only products have a factor)
    return next(a for a in node.arguments if not isinstance(a, ex.Const))


def _without_denominators(step: Step, f: Map, bar: ex.Expr) -> Found:
    """A fraction of which only the numerator is there: (p − t) for (p − t)/(p·(1 − p))."""
    below = dict.fromkeys(
        node.arguments[1]
        for node in ex.postorder(f.expression)
        if isinstance(node, ex.Apply) and node.function == "divide" and ex.variables(node.arguments[1])
    )
    e = f.expression
    # Of ȳ/x only ȳ would be left: that is the derivative left out.
    if below and not (isinstance(e, ex.Apply) and e.function == "divide" and e.arguments[0] == bar):
        for denominator in below:
            e = e * denominator
        yield "denominator-left-out", _expression(step, f, e), 0


def _one_term(site: Site, step: Step, f: Map) -> Found:
    """y − t with one of the two left out."""
    for name in f.operands:
        if name != site.cotangent:
            rest = ex.substitute(f.expression, {name: 0.0})
            if site.cotangent in ex.variables(ex.simplify(rest)):
                yield "softmax-not-subtracted", _expression(step, f, rest), 0


def _constant(expression: ex.Expr, bar: str) -> float | None:
    """The factor, where the expression is a constant times the cotangent."""
    if ex.variables(expression) != (bar,) and set(ex.variables(expression)) != {bar}:
        return None
    slope = ex.derivative(expression, bar)
    return float(slope.value) if isinstance(slope, ex.Const) else None


def _ref(f: Map, operand: str) -> Ref:
    return next(r for r in f.reads if r.array == operand)


def _expression(step: Step, f: Map, expression: ex.Expr, site: Site | None = None) -> Step:
    """The step with another expression, whose operands are those of the rule or of the forward pass."""
    known = {r.array: r for r in f.reads}
    sources: dict[str, Source] = {}
    if site is not None and site.forward is not None and isinstance(site.forward.formula, Map):
        for ref, node in zip(site.forward.formula.reads, site.forward.inputs, strict=True):
            known.setdefault(ref.array, ref)
            sources[ref.array] = node
    simple = ex.simplify(expression)
    used = set(ex.variables(simple))
    reads = tuple(r for name, r in known.items() if name in used)
    return with_formula(
        step, replace(f, reads=reads, expression=simple), **{k: v for k, v in sources.items() if k in used}
    )


def _reading(step: Step, f: Map, operand: str, source: Source) -> Step:
    """The step with an operand read from another array of the result's shape."""
    at = replace(_ref(f, operand), at=f.out.at, shape=f.out.shape)
    reads = tuple(at if r.array == operand else r for r in f.reads)
    return with_formula(step, replace(f, reads=reads), **{operand: source})


def _both(step: Step, f: Map, site: Site) -> Step:
    """The mask of the input and that of the cotangent (guided backpropagation)."""
    bar = ex.Var(site.cotangent)
    return _expression(step, f, ex.where(ex.greater(bar, 0.0), f.expression, 0.0))


def _is_mask(expression: ex.Expr) -> bool:
    return any(isinstance(e, ex.Apply) and e.function == "where" for e in ex.postorder(expression))


def replace_part(expression: ex.Expr, part: ex.Expr, by: ex.Expr) -> ex.Expr:
    """The expression with every occurrence of a part replaced."""
    return rewritten(expression, lambda node: by if node == part else node)


def rewritten(expression: ex.Expr, change: Callable[[ex.Expr], ex.Expr]) -> ex.Expr:
    """The expression with every part changed, the innermost first."""
    new: dict[int, ex.Expr] = {}
    for node in ex.postorder(expression):
        own = node
        if isinstance(node, ex.Apply):
            arguments = tuple(new[id(a)] for a in node.arguments)
            same = all(a is b for a, b in zip(arguments, node.arguments, strict=True))
            own = node if same else ex.Apply(node.function, arguments)
        new[id(node)] = change(own)
    return new[id(expression)]


def _of_squares(step: Step, f: Map) -> Found:
    """1 − tanh(x) for 1 − tanh²(x)."""
    for node in ex.postorder(f.expression):
        square = isinstance(node, ex.Apply) and node.function == "power" and node.arguments[1] == ex.Const(2.0)
        if square and isinstance(node, ex.Apply):
            yield "square-left-out", _expression(step, f, replace_part(f.expression, node, node.arguments[0])), 0
        twice = isinstance(node, ex.Apply) and node.function in ("multiply", "divide")
        if twice and isinstance(node, ex.Apply) and node.function == "divide":
            inner = node.arguments[0]
            if isinstance(inner, ex.Apply) and inner.function == "divide" and inner.arguments[1] == node.arguments[1]:
                yield "square-left-out", _expression(step, f, replace_part(f.expression, node, inner)), 0
        elif twice and isinstance(node, ex.Apply) and node.arguments[0] == node.arguments[1]:
            yield "square-left-out", _expression(step, f, replace_part(f.expression, node, node.arguments[0])), 0


def _elsewhere(site: Site, step: Step, f: Map) -> Found:
    """The derivative taken at other values of the same shape."""
    own = step.sources[site.operand]
    count = 0
    for node in site.context.values_like(_ref(f, site.operand).shape):
        if node is own or node is site.forward or count >= WRONG_TENSORS:
            continue
        count += 1
        changed = with_formula(step, f, **{site.operand: node})
        yield "mask-of-wrong-tensor", changed, 1


def wrong_factors(site: Site, step: Step) -> Found:
    """A factor of a sum read from another array of the same shape: the input of the layer before or behind."""
    f = step.sum
    if f is None or len(f.factors) < 2:
        return
    for ref in f.factors:
        own = step.sources.get(ref.array)
        if not isinstance(own, Node):
            continue
        is_bar = ref.array == site.cotangent
        others = site.context.cotangents_like(ref.shape) if is_bar else site.context.values_like(ref.shape)
        for node in [n for n in others if n is not own][:WRONG_TENSORS]:
            yield "wrong-tensor", with_formula(step, f, **{ref.array: node}), 0 if node in site.context.near(own) else 1


def reshapes(_: Site, step: Step) -> Found:
    """Entries brought to their shape in another order: the first axis fastest, or channels last."""
    f = step.formula
    if not isinstance(f, Reshape) or len(f.shape) < 2 or 1 in (sum(n > 1 for n in f.shape),):
        return
    for axes in _orders(len(f.shape)):
        shape = tuple(f.shape[a] for a in axes)
        names = [f"h{j}" for j in range(len(axes))]
        moved = Ref("x", tuple(Affine(((names[a], 1),)) for a in axes), shape)
        out = Ref(f.out.array, tuple(Affine(((k, 1),)) for k in names), f.shape)
        first = Reshape(f.source, Ref("x", tuple(Affine(((names[a], 1),)) for a in axes), shape))
        gather = Sum(out, (moved,), tuple(zip(names, f.shape, strict=True)))
        yield "reshaped-in-another-order", with_formula(step, Chained(first, (gather,))), 0


def _orders(rank: int) -> Iterator[tuple[int, ...]]:
    """All axes reversed; all but the first; the channels last."""
    yield tuple(reversed(range(rank)))
    if rank > 2:
        yield (0, *reversed(range(1, rank)))
        if rank > 3:
            yield (0, *range(2, rank), 1)


EDITS = (derivatives, wrong_factors, reshapes)
