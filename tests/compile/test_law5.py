"""Law 5 over the whole registry, and mutated compilers that it rejects.

By default three samples of every operator run, values and gradients together, in float32 or float64 by turns, and one
runs its second gradient. `make slow` runs all of them in both precisions.
"""

import zlib
from collections import defaultdict

import numpy as np
import pytest

from compile import mutants
from compile.agreement import check_agree, check_equal, compiled
from laws.cases import Case, gradients, registered, second_gradient_graph
from laws.check import _is_exact
from pullback.autodiff import trace
from pullback.compile.guards import GuardedExecutable, MemoryFaultError
from pullback.compile.program import compile_graph

OPERATORS = registered()
CASES = [Case(op, s) for op in OPERATORS.values() for s in op.samples]
SMOOTH = [c for c in CASES if c.operator.smooth and c.real]
DTYPES = ["float32", "float64"]

every_dtype = pytest.mark.parametrize("dtype", DTYPES)


def _turn(case):
    """The precision whose turn it is, the same in every run."""
    return DTYPES[zlib.crc32(str(case).encode()) % 2]


def _some(cases, count):
    """So many cases of every operator: those that a hash puts first."""
    found = defaultdict(list)
    for case in sorted(cases, key=lambda c: zlib.crc32(str(c).encode())):
        found[case.operator.name].append(case)
    return [case for group in found.values() for case in group[:count]]


def _graph(case):
    """All values of the operator, then the cotangents x̄ of its real arguments; with the graph's inputs."""
    arrays = case.draw()
    rng = case.rng("cotangents")
    y_bars = [rng.uniform(-1, 1, np.shape(v)) for v in case.floats(arrays)]

    def program(*values):
        named = dict(zip(arrays, values, strict=False))
        return (*case.call(named), *(gradients(case, arrays, values)[1] if case.real and y_bars else ()))

    return trace(program, *arrays.values(), *y_bars).graph, [*arrays.values(), *y_bars]


def _whole_numbers(case):
    rng = case.rng("whole cotangents")
    arrays = case.draw(integers=True)
    y_bars = [rng.integers(-3, 4, np.shape(v)).astype(np.float64) for v in case.floats(arrays)]
    return [*arrays.values(), *y_bars]


def law(case, dtype, compiler=compiled):
    """Compiled = reference: values and gradients."""
    graph, inputs = _graph(case)
    function = compiler(graph, dtype)
    check_agree(graph, function, inputs, dtype)
    if case.operator.linear:
        check = check_equal if _is_exact(graph) else check_agree
        check(graph, function, _whole_numbers(case), dtype)


def law_of_second_gradients(case, dtype):
    """Compiled = reference: the gradient of a slope along fixed directions."""
    arrays = case.draw()
    rng = case.rng("directions")
    y_bars = [rng.uniform(-1, 1, np.shape(v)) for v in case.floats(arrays)]
    directions = [rng.uniform(-1, 1, arrays[k].shape) for k in case.real]
    graph = second_gradient_graph(case, arrays, y_bars, directions)
    check_agree(graph, compiled(graph, dtype), [*arrays.values(), *y_bars], dtype)


@pytest.mark.parametrize("case", _some(CASES, 3), ids=str)
def test_compiled_values_and_gradients_are_the_reference(case):
    law(case, _turn(case))


@pytest.mark.slow
@every_dtype
@pytest.mark.parametrize("case", CASES, ids=str)
def test_compiled_values_and_gradients_are_the_reference_in_both_precisions(case, dtype):
    law(case, dtype)


@pytest.mark.parametrize("case", _some(SMOOTH, 1), ids=str)
def test_compiled_second_gradients_are_the_reference(case):
    law_of_second_gradients(case, _turn(case))


@pytest.mark.slow
@every_dtype
@pytest.mark.parametrize("case", SMOOTH, ids=str)
def test_all_compiled_second_gradients_are_the_reference(case, dtype):
    law_of_second_gradients(case, dtype)


# Negative controls: the law rejects compilers with a defect


def _first(name, **options):
    return next(c for c in CASES if c.operator.name == name and options.items() <= c.sample.options.items())


CONVOLUTION = _first("conv2d", stride=2)
DEFECTS = [
    (mutants.one_term_short, CONVOLUTION),
    (mutants.one_term_short, _first("matmul")),
    (mutants.one_entry_short, CONVOLUTION),
    (mutants.one_entry_short, _first("tanh")),
    (mutants.reads_one_further, CONVOLUTION),
    (mutants.forgets_scale, _first("mean")),
    (mutants.slightly_wrong, _first("tanh")),
    (mutants.slightly_wrong, _first("log_softmax")),
    (mutants.last_of_equals, _first("max_pool2d")),
]


def _debug_compiler(graph, dtype, target=None):
    """Nothing of it is kept in the cache, where the next run would find it."""
    return GuardedExecutable(compile_graph(graph, dtype, target, debug=True))


def _with_ties(case, dtype, compiler):
    graph, inputs = _graph(case)
    image, *rest = inputs
    check_agree(graph, compiler(graph, dtype), [np.zeros_like(image), *rest], dtype)


@every_dtype
@pytest.mark.parametrize(("defect", "case"), DEFECTS, ids=lambda x: getattr(x, "__name__", str(x)))
def test_the_law_rejects_a_compiler_with_a_defect(defect, case, dtype):
    with mutants.lowering(defect), pytest.raises((AssertionError, MemoryFaultError), match=r"output|wrote outside"):
        (_with_ties if defect is mutants.last_of_equals else law)(case, dtype, _debug_compiler)


@every_dtype
@pytest.mark.parametrize("case", {str(case): case for _, case in DEFECTS}.values(), ids=str)
def test_the_same_cases_pass_without_the_defect(case, dtype):
    with mutants.lowering(lambda stage: stage):
        law(case, dtype, _debug_compiler)
        if case.operator.name == "max_pool2d":
            _with_ties(case, dtype, _debug_compiler)
