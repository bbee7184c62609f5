"""The laws. Each check raises AssertionError where a case breaks it."""

import re
from dataclasses import replace
from math import frexp, prod

import numpy as np

from laws.cases import forward_graph, gradient_graph, second_gradient_graph
from laws.rounding import magnitudes, roundings
from pullback import tree
from pullback.errors import PullbackError
from pullback.formula import Argmax, Lookup, Map, Reshape, Sum
from pullback.formula import expr as ex
from pullback.graph import Constant, kind_of
from pullback.interpret import Values, run

EPS = np.finfo(np.float64).eps
COMPLEX_STEP = 1e-30
# Rounding moves the points at which the partial derivatives are taken as well; at the samples' points, of order 1 with
# derivatives of order 1, that at most doubles the first-order bound, and two computations are compared.
TWICE_MOVED = 4
MANY_PRODUCTS, MANY_LOOKED_AT, SOME_ENTRIES = 4000, 100_000, 25
EXACT_FUNCTIONS = {"add", "subtract", "negative", "multiply", "where", "abs", "sign", "maximum", "minimum", "stop"}


def shapes(case):
    """Law 1: every node has the shape and the kind that its formula declares, and the outputs are the operator's."""
    arrays = case.draw()
    graph = forward_graph(case, arrays)
    values = _values(graph, list(arrays.values()))
    for node in graph.nodes:
        assert values[node].shape == node.shape, f"{node.name}: {values[node].shape}, declared {node.shape}"
        assert kind_of(values[node]) == node.kind, f"{node.name}: {values[node].dtype}, declared {node.kind}"
    for node, direct in zip(graph.outputs, case.call(arrays), strict=True):
        np.testing.assert_array_equal(values[node], direct, strict=False)


def loops(case, done=None):
    """Law 2: each formula of the operator and of its gradients equals its plain loops, exactly, on whole numbers.

    A sum of many products is compared at some entries. `done` remembers formulas that another case has brought up.
    """
    arrays = case.draw()
    cotangents = _cotangents(case, arrays)
    rng = case.rng("operands")
    graph = gradient_graph(case, arrays, cotangents)
    values = _values(graph, [*arrays.values(), *cotangents])
    for node in graph.nodes:
        if isinstance(node.formula, Sum | Map | Argmax | Reshape) and (done is None or node.formula not in done):
            inputs = [_whole(rng, i, values) for i in node.inputs]
            _equals_loops(_with_exact_arithmetic(node.formula), inputs, rng, node.name)
            if done is not None:
                done.add(node.formula)


def _equals_loops(f, inputs, rng, name):
    value = f.evaluate(*inputs)
    if not isinstance(f, Sum) or not _has_many_products(f):
        np.testing.assert_array_equal(value, f.loops(*inputs), err_msg=name, strict=True)
        return
    named = dict(zip(f.operands, inputs, strict=True))
    for flat in rng.permutation(value.size)[:SOME_ENTRIES]:
        entry = tuple(map(int, np.unravel_index(flat, value.shape)))
        assert value[entry] == sum(t.product for t in f.terms(named, entry)), f"{name} at {entry}"


def _has_many_products(f):
    """Whether the plain loops take long: where a table tells whose a product is, they look at all for every entry."""
    count = prod(f.ranges.values())
    told_by_table = any(isinstance(index, Lookup) for index in f.out.at)
    return count > MANY_PRODUCTS or (told_by_table and count * prod(f.shape) > MANY_LOOKED_AT)


def _whole(rng, node, values):
    return rng.integers(-3, 4, node.shape).astype(np.float64) if node.kind == "float" else values[node]


def _with_exact_arithmetic(f):
    """The same formula with a scale of 1/2, or with an expression that tells the operands apart exactly."""
    if isinstance(f, Sum) and f.scale != 1.0:
        return replace(f, scale=0.5)
    if isinstance(f, Map):
        terms = [ex.Var(r.array) * float(64**k) for k, r in enumerate(f.reads)]
        return replace(f, expression=sum(terms[1:], start=terms[0])) if terms else f
    return f


def adjoint(case):
    """Law 3: A(2u + 3v) = 2·A(u) + 3·A(v) and <ȳ, A x> = <Aᵀȳ, x> in every group of arguments.

    Returns how many of these equations were checked without any rounding.
    """
    exact = 0
    for group in case.operator.linear:
        names = [k for k in group.split("+") if k in case.sample.arrays]
        exact += _linear(case, names) + _transposed(case, names) if names else 0
    return exact


def _linear(case, names):
    u = case.draw(integers=True)
    rng = case.rng("another argument")
    v = {**u, **{k: rng.integers(-3, 4, u[k].shape).astype(np.float64) for k in names}}
    both = {**u, **{k: 2 * u[k] + 3 * v[k] for k in names}}
    graph = forward_graph(case, u)
    at = {**u, **{k: 2 * np.abs(u[k]) + 3 * np.abs(v[k]) for k in names}}
    values = _values(graph, list(at.values()))
    bound = _bounds(graph, values, [at[k] if k in names else None for k in at])
    for yu, yv, yw, node in zip(case.floats(u), case.floats(v), case.floats(both), graph.outputs, strict=True):
        _equal(yw, 2 * yu + 3 * yv, 0.0 if _is_exact(graph) else bound[id(node)])
    return _is_exact(graph)


def _transposed(case, names):
    arrays = case.draw(integers=True)
    rng = case.rng("cotangents")
    y_bars = [rng.integers(-3, 4, np.shape(v)).astype(np.float64) for v in case.floats(arrays)]
    graph = gradient_graph(case, arrays, y_bars)
    inputs = [*arrays.values(), *y_bars]
    values = _values(graph, inputs)
    n = len(y_bars)
    y, x_bars = (
        [values[v] for v in graph.outputs[:n]],
        dict(zip(case.real, (values[v] for v in graph.outputs[n:]), strict=True)),
    )
    if _is_exact(graph):
        bound = 0.0
    else:
        seeds = [x if k in names else None for k, x in arrays.items()] + [None] * n
        bound = _bounds_of_slope(graph, values, seeds, y_bars)
    _equal(_inner(y_bars, y), _inner([x_bars[k] for k in names], [arrays[k] for k in names]), bound)
    return _is_exact(graph)


def _is_exact(graph):
    """Whether whole numbers stay multiples of a power of two all through the graph, so that nothing is rounded."""
    for node in graph.nodes:
        f = node.formula
        if isinstance(f, Sum) and frexp(f.scale)[0] not in (0.5, -0.5):
            return False
        if isinstance(f, Constant) and node.kind == "float" and np.any(f.value != np.rint(f.value)):
            return False
        if isinstance(f, Map) and not all(_exact_part(part) for part in ex.postorder(f.expression)):
            return False
    return True


def _exact_part(part):
    if isinstance(part, ex.Const):
        return isinstance(part.value, bool) or float(part.value).is_integer()
    return (
        not isinstance(part, ex.Apply)
        or part.function in EXACT_FUNCTIONS
        or ex.FUNCTIONS[part.function].result == "bool"
    )


def complex_step(case):
    """Law 4: <x̄, v> is the derivative along v by complex step, to rounding."""
    probe = _Probe(case)
    stepped = run(probe.graph, probe.shifted(1j * COMPLEX_STEP), np.complex128)[: len(probe.y_bars)]
    _equal(_inner(probe.y_bars, [y.imag / COMPLEX_STEP for y in stepped]), probe.slope(), probe.slope_bound())


def slope(case):
    """The size of the slope that complex_step compares."""
    return abs(_Probe(case).slope())


def central_differences(case):
    """Law 4: <x̄, v> is the derivative along v by central differences, within their own two errors.

    The five-point formula has an error of O(h⁴), which halving the step shows, and one from rounding, below 1.5·δ/h for
    values that rounding moves by δ.
    """
    probe = _Probe(case)
    h = 1e-3
    wide, narrow = (_five_points(probe, step) for step in (h, h / 2))
    from_rounding = 1.5 * probe.value_bound() / (h / 2) + probe.slope_bound()
    _equal(narrow, probe.slope(), abs(wide - narrow) + from_rounding)


def _five_points(probe, h):
    def value(k):
        return _inner(probe.y_bars, run(probe.graph, probe.shifted(k * h))[: len(probe.y_bars)])

    return (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12 * h)


class _Probe:
    """A gradient graph with its values at a point, cotangents ȳ, and a direction v for every real argument."""

    def __init__(self, case):
        self.arrays = case.draw()
        rng = case.rng("directions")
        self.y_bars = [rng.uniform(-1, 1, np.shape(v)) for v in case.floats(self.arrays)]
        self.directions = {k: rng.uniform(-1, 1, self.arrays[k].shape) for k in case.real}
        self.graph = gradient_graph(case, self.arrays, self.y_bars)
        self.values = _values(self.graph, [*self.arrays.values(), *self.y_bars])

    def shifted(self, step):
        """The inputs with the real arguments moved along the direction."""
        moved = (x + step * self.directions[k] if k in self.directions else x for k, x in self.arrays.items())
        return [*moved, *self.y_bars]

    def slope(self):
        """Σ <x̄, v>."""
        x_bars = [self.values[node] for node in self.graph.outputs[len(self.y_bars) :]]
        return _inner(x_bars, self.directions.values())

    def slope_bound(self):
        """How far rounding moves the slope."""
        return _bounds_of_slope(self.graph, self.values, self._seeds(self.directions), self.y_bars)

    def value_bound(self):
        """How far rounding moves Σ ȳ·y within the reach of the differences."""
        y_bars = [np.abs(b) for b in self.y_bars]
        own = _inner(y_bars, [np.abs(self.values[node]) for node in self.graph.outputs[: len(y_bars)]])
        steps = max(roundings(self.graph, self.values).values(), default=1)
        reach = {k: np.abs(self.arrays[k]) + 0.01 for k in self.directions}
        return _bounds_of_slope(self.graph, self.values, self._seeds(reach), y_bars) + steps * EPS * own

    def _seeds(self, by_name):
        return [by_name.get(k) for k in self.arrays] + [None] * len(self.y_bars)


def second_derivatives(case):
    """Law 4: the gradient of s = <x̄, v> along u is the derivative of s along u by complex step."""
    arrays = case.draw()
    rng = case.rng("directions")
    y_bars = [rng.uniform(-1, 1, np.shape(v)) for v in case.floats(arrays)]
    directions = [rng.uniform(-1, 1, arrays[k].shape) for k in case.real]
    graph = second_gradient_graph(case, arrays, y_bars, directions)
    inputs = [*arrays.values(), *y_bars]
    moving = [j for j, k in enumerate([*arrays, *range(len(y_bars))]) if k not in arrays or k in case.real]
    u = {j: rng.uniform(-1, 1, np.shape(inputs[j])) for j in moving}
    values = _values(graph, inputs)
    slope = _inner([values[n] for n in graph.outputs[1:]], u.values())
    stepped = run(graph, [x + 1j * COMPLEX_STEP * u[j] if j in u else x for j, x in enumerate(inputs)], np.complex128)
    bound = _bounds_of_slope(graph, values, [u.get(j) for j in range(len(inputs))], [np.ones(())], outputs=1)
    _equal(stepped[0].imag / COMPLEX_STEP, slope, bound)


def precisions_agree(case):
    """float32 and float64 differ by no more than c·eps·Σ|terms| (see laws.rounding), forward and backward."""
    arrays = {k: _single(v) for k, v in case.draw().items()}
    y_bars = [_single(v) for v in _cotangents(case, arrays)]
    graph = gradient_graph(case, arrays, y_bars)
    inputs = [*arrays.values(), *y_bars]
    values = _values(graph, inputs)
    seeds = [x if kind_of(x) == "float" else None for x in inputs]
    bounds = _bounds(graph, values, seeds, eps=np.finfo(np.float32).eps)
    for node, low in zip(graph.outputs, run(graph, inputs, np.float32), strict=True):
        _equal(low.astype(np.float64), values[node], bounds[id(node)] + np.finfo(np.float32).tiny)


def _single(x):
    return x.astype(np.float32).astype(np.float64) if x.dtype.kind == "f" else x


def rejects(operator, bad):
    """Law 6: the bad call raises an error of ours whose message matches and tells more than the rule."""
    rng = np.random.default_rng(0)
    arrays = {k: d.draw(rng) for k, d in bad.sample.arrays.items()}
    try:
        operator.function(**arrays, **bad.sample.options)
    except PullbackError as error:
        text = str(error)
        assert re.search(bad.match, text), f"{text!r} does not match {bad.match!r}"
        assert re.search(r"\n  (got|need|fix): ", text), f"no numbers and no cure in {text!r}"
    except Exception as error:
        raise AssertionError(f"{type(error).__name__} instead of an error of ours: {error}") from error
    else:
        raise AssertionError("the call was accepted")


def first_of_equals_wins(pool, x, windows):
    """Law 7: where entries of a window are equal, the first in row-major order gives the value and gets the cotangent.

    `pool` maps an image to maxima with their gradient; `windows` lists, per output, the flat positions of its window.
    """
    y, x_bar = pool(x)
    expected = np.zeros(x.size)
    for positions in windows:
        expected[positions[int(np.argmax(x.ravel()[positions]))]] += 1.0
    np.testing.assert_array_equal(y.ravel(), [x.ravel()[p].max() for p in windows])
    np.testing.assert_array_equal(x_bar.ravel(), expected)


def _values(graph, inputs):
    values = Values(np.float64)
    run(graph, inputs, keep=values)
    return values


def _cotangents(case, arrays):
    rng = case.rng("cotangents")
    return [rng.integers(-3, 4, np.shape(v)).astype(np.float64) for v in case.floats(arrays)]


def _bounds(graph, values, seeds, eps=EPS):
    m, c = magnitudes(graph, values, seeds), roundings(graph, values)
    return {
        id(n): TWICE_MOVED * (c[id(n)] + 1) * eps * (m[id(n)] + np.abs(values[n]))
        for n in graph.nodes
        if n.kind == "float"
    }


def _bounds_of_slope(graph, values, seeds, y_bars, outputs=None):
    """The bound for Σ ȳ·(slope of y along the seeds), computed forwards or backwards."""
    m, c = magnitudes(graph, values, seeds), roundings(graph, values)
    terms = sum(int(np.size(b)) for b in y_bars) + sum(np.size(s) for s in seeds if s is not None)
    steps = max((c[id(n)] for n in graph.outputs), default=0) + terms
    reached = graph.outputs[: len(y_bars) if outputs is None else outputs]
    return TWICE_MOVED * steps * EPS * _inner([np.abs(b) for b in y_bars], [m[id(n)] for n in reached])


def _inner(a, b):
    return sum((np.sum(x * y) for x, y in zip(tree.leaves(list(a)), tree.leaves(list(b)), strict=True)), start=0.0)


def _equal(a, b, bound):
    error = np.abs(np.asarray(a) - np.asarray(b))
    assert np.all(error <= bound), (
        f"differ by {np.max(error):.3g}, allowed {np.max(bound):.3g}: {np.ravel(a)[:3]} and {np.ravel(b)[:3]}"
    )
