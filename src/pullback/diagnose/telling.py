"""A case that would tell mistakes apart that give the same numbers in this one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pullback.diagnose.diagnosis import keys
from pullback.diagnose.matching import same_numbers
from pullback.diagnose.search import Candidate, Search
from pullback.explain.tracing import Trace
from pullback.formula import Sum
from pullback.graph import Input
from pullback.interpret import Values, run

SMALL = 300_000
"""Runs with more entries than this are not run again with other numbers."""


def telling_case(best: Candidate, others: Sequence[Candidate]) -> str:
    """A case in which mistakes give different numbers: these sizes with other numbers, or other sizes."""
    trace = best.details.changes[0].site.context.trace
    name = best.details.changes[0].site.context.name
    if sum(trace.value_of(n).size for n in trace.graph.nodes) < SMALL and _differ_at_random(trace, name, best, others):
        return "the same sizes with other numbers, such as random ones"
    shows = list(dict.fromkeys(m.shows for c in (best, *others) for m in c.mistakes))
    equal = _equal_sizes(best)
    return "; or ".join(shows[:2]) + (f" (here {equal})" if equal else "")


def _differ_at_random(trace: Trace, name: str, best: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether the mistakes part in a run of the same shapes with random numbers."""
    again = _with_random_numbers(trace)
    found: dict[tuple[tuple[str, ...], str], Candidate] = {}
    for c in Search(again, name).single():
        found.setdefault((keys(c.mistakes), c.details.wrong), c)
    own = [found.get((keys(c.mistakes), c.details.wrong)) for c in (best, *others)]
    first = own[0]
    if first is None or any(c is None for c in own):
        return False
    return all(c is not None and not same_numbers(first.values, c.values) for c in own[1:])


def _with_random_numbers(trace: Trace) -> Trace:
    """The same run with standard normal numbers for everything that was given as floats."""
    rng = np.random.default_rng(0)
    arrays = []
    for node in trace.graph.inputs:
        value = trace.value_of(node)
        drawn = isinstance(node.formula, Input) and node.kind == "float" and node.shape
        arrays.append(rng.standard_normal(value.shape) if drawn else value)
    values = Values(np.float64)
    with np.errstate(all="ignore"):
        run(trace.graph, arrays, keep=values)
    return Trace(trace.graph, trace.names, values)


def _equal_sizes(best: Candidate) -> str:
    """Which sizes are 1 or equal, where letters are summed."""
    f = best.details.changes[0].site.step.formula
    if not isinstance(f, Sum):
        return ""
    ones = [k.upper() for k, n in f.sizes if n == 1]
    groups: dict[int, list[str]] = {}
    for k, n in f.sizes:
        if n > 1:
            groups.setdefault(n, []).append(k.upper())
    equal = [" = ".join(ks) + f" = {n}" for n, ks in groups.items() if len(ks) > 1]
    return ", ".join([*(f"{k} = 1" for k in ones), *equal])
