"""Law 5: what compiled code computes is what the interpreter computes.

Integers and truth values are equal. Floating-point numbers differ by no more than c·eps·Σ|terms|, the rounding that
`laws.rounding` counts in the graph: a bound, not a tolerance. Where nothing is rounded they are equal too.
"""

from dataclasses import replace

import numpy as np

from laws.check import TWICE_MOVED
from laws.rounding import magnitudes, roundings
from pullback.compile.executable import Executable
from pullback.compile.program import compile_graph
from pullback.graph import Constant, kind_of
from pullback.interpret import Values, run

FEW_ULPS = 64
NUDGES = 8


def compiled(graph, dtype, target=None):
    """Compile a graph: a function of its inputs."""
    return Executable(compile_graph(graph, dtype, target))


def as_inputs(arrays, dtype):
    """The same numbers in the precision of the run, which both sides then start from."""
    return [np.asarray(a, dtype if kind_of(a) == "float" else None) for a in arrays]


def check_equal(graph, function, inputs, dtype):
    """Raise AssertionError where an output is not, bit for bit, what the interpreter gives."""
    inputs = as_inputs(inputs, dtype)
    for k, (got, want) in enumerate(zip(function(inputs), run(graph, inputs, dtype), strict=True)):
        np.testing.assert_array_equal(got, want, err_msg=f"output {k}", strict=True)


def check_agree(graph, function, inputs, dtype):
    """Raise AssertionError where an output differs by more than rounding."""
    inputs = as_inputs(inputs, dtype)
    values, bounds = reference(graph, inputs, dtype)
    differing = differences(graph, function(inputs), values, bounds)
    assert not differing or jumps(graph, inputs, dtype), "\n".join(differing)


def reference(graph, inputs, dtype):
    """The values of all nodes in float64, and how far rounding in `dtype` may move them, by node id."""
    values = Values(np.float64)
    with np.errstate(all="ignore"):
        run(graph, inputs, keep=values)
        # Constants are rounded to the precision too, and what is computed of them alone is rounded on its way.
        constants = [n for n in graph.nodes if isinstance(n.formula, Constant)]
        given = replace(graph, inputs=(*graph.inputs, *constants))
        seeds = [values[n] if n.kind == "float" else None for n in given.inputs]
        m, c = magnitudes(given, values, seeds), roundings(graph, values)
    eps, tiny = np.finfo(dtype).eps, np.finfo(dtype).tiny
    bounds = {
        id(n): TWICE_MOVED * (c[id(n)] + 1) * (eps * (m[id(n)] + np.abs(values[n])) + tiny)
        for n in graph.nodes
        if n.kind == "float"
    }
    return values, bounds


def differences(graph, outputs, values, bounds):
    """What is wrong with the outputs, a line for each."""
    found = []
    for k, (node, got) in enumerate(zip(graph.outputs, outputs, strict=True)):
        want = values[node]
        if got.shape != want.shape or kind_of(got) != kind_of(want):
            found.append(f"output {k}: {got.dtype}{got.shape} instead of {want.dtype}{want.shape}")
        elif node.kind != "float":
            wrong = np.count_nonzero(got != want)
            found += [f"output {k}: {wrong} of {want.size} differ"] if wrong else []
        else:
            found += _beyond(k, got, want, bounds[id(node)])
    return found


def _beyond(k, got, want, bound):
    with np.errstate(invalid="ignore"):
        got = got.astype(np.float64)
        same = (got == want) | (np.isnan(got) & np.isnan(want))
        wrong = ~(same | (np.abs(got - want) <= bound))
    if not wrong.any():
        return []
    at = tuple(map(int, np.argwhere(wrong)[0]))
    allowed = np.broadcast_to(bound, want.shape)[at]
    return [f"output {k}: {wrong.sum()} of {want.size}, at {at} {got[at]!r}, not {want[at]!r} within {allowed:.3g}"]


def jumps(graph, inputs, dtype):
    """Whether the interpreter's own outputs jump when the inputs move by a few units in the last place.

    There, two legal roundings may lie on different sides of a kink: a ReLU at 0, two equal entries of a window.
    """
    values, bounds = reference(graph, inputs, dtype)
    step = FEW_ULPS * np.finfo(dtype).eps
    wide = {key: 2 * FEW_ULPS * bound for key, bound in bounds.items()}
    rng = np.random.default_rng(0)
    for _ in range(NUDGES):
        nudged = [x * (1 + step * rng.uniform(-1, 1, x.shape)) if x.dtype.kind == "f" else x for x in inputs]
        with np.errstate(all="ignore"):
            if differences(graph, run(graph, nudged), values, wide):
                return True
    return False
