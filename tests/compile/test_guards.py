"""The debug mode catches code that leaves its memory, or reads what was never written."""

from contextlib import contextmanager
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest

from compile.agreement import check_agree
from pullback.autodiff import trace
from pullback.compile import emission
from pullback.compile.emit.loops import I64
from pullback.compile.guards import GuardedExecutable, MemoryFaultError
from pullback.compile.program import compile_graph
from pullback.ops.convs import conv2d

RNG = np.random.default_rng(0)
X, W, V = RNG.standard_normal((5, 3, 6, 7)), RNG.standard_normal((4, 3, 3, 3)), RNG.standard_normal((2, 4, 3, 3))
INPUTS = [X, W, V]
# Two convolutions with padding: the value between them lies in the arena, with a border of zeros.
GRAPH = trace(lambda x, w, v: conv2d(np.tanh(conv2d(x, w, padding=1)), v, padding=1), *INPUTS).graph

every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


@contextmanager
def stray(place):
    """The first kernel for which `place` gives a value and an offset also stores a 1 there."""
    plain, done = emission.choose, []

    def choose(site):
        choice = plain(site)
        found = None if done else place(site)
        if found is None:
            return choice
        done.append(site)

        def emit(e, pointers, lo, hi):
            value, offset = found
            choice.kernel.emit(e, pointers, lo, hi)
            memory = e.memory_type(value.kind)
            e.b.store(memory(1), e.at(pointers[value], I64(offset), memory))

        return replace(choice, kernel=replace(choice.kernel, emit=emit))

    with mock.patch.object(emission, "choose", choose):
        yield


def _run(dtype):
    function = GuardedExecutable(compile_graph(GRAPH, dtype, debug=True))
    check_agree(GRAPH, function, INPUTS, dtype)


def _written(site, wanted):
    for value in site.stage.written:
        if wanted(value, site.layouts[value]):
            return value, site.layouts[value]
    return None


def _is_inner(value, layout):
    return value.shape == (5, 4, 6, 7) and any(map(any, layout.border))


def _behind_the_inner_value(site):
    found = _written(site, _is_inner)
    return found and (found[0], found[1].size)


def _before_the_inner_value(site):
    found = _written(site, _is_inner)
    return found and (found[0], -1)


def _in_the_border(site):
    found = _written(site, _is_inner)
    return found and (found[0], 0)


def _behind_the_output(site):
    found = _written(site, lambda value, layout: value.shape == (5, 2, 6, 7) and layout.is_row_major)
    return found and (found[0], found[1].size)


def _in_a_filter(site):
    return next(((v, 0) for v in site.stage.read if v.name == "x1"), None)


@every_dtype
def test_sound_code_passes(dtype):
    _run(dtype)


@every_dtype
@pytest.mark.parametrize(
    ("place", "says"),
    [
        (_behind_the_inner_value, "before|behind the last value"),
        (_before_the_inner_value, "before "),
        (_in_the_border, "the border of"),
        (_behind_the_output, "behind output 0"),
        (_in_a_filter, "in input 1"),
    ],
)
def test_a_stray_store_is_caught(place, says, dtype):
    with stray(place), pytest.raises(MemoryFaultError, match=says):
        _run(dtype)


@every_dtype
def test_what_is_read_before_it_is_written_shows(dtype):
    plain, done = emission.choose, []

    def choose(site):
        choice = plain(site)
        done.append(site)
        idle = replace(choice.kernel, emit=lambda e, pointers, lo, hi: None)
        return choice if len(done) > 1 else replace(choice, kernel=idle)

    with mock.patch.object(emission, "choose", choose), pytest.raises(AssertionError, match=r"output 0: .*nan"):
        _run(dtype)
