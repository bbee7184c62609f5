"""Every operator of the registry on the page: values, terms and reasons as in Python."""

import numpy as np
import pytest

import pullback as pb
from laws.cases import Case, registered
from page.compared import differences, some_entries
from page.opened import load
from pullback.graph import kind_of

OPERATORS = registered()


def traced(case):
    """A trace of the sample's first result that carries a gradient, None where none does."""
    arrays = case.draw()
    results = case.call(arrays)
    k = next((k for k, y in enumerate(results) if kind_of(y) == "float"), None)
    if k is None:
        return None
    cotangent = case.rng("cotangent").standard_normal(np.shape(results[k]))
    names = list(arrays)
    return pb.trace(
        lambda *values: case.call(dict(zip(names, values, strict=True)))[k], tuple(arrays.values()), cotangent=cotangent
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_the_page_explains_every_operator_as_python_does(browser, name, tmp_path):
    for number, sample in enumerate(OPERATORS[name].samples[:2]):
        trace = traced(Case(OPERATORS[name], sample))
        if trace is None:
            continue
        load(browser, trace.to_html(tmp_path / f"{number}.html", title=name))
        assert differences(browser, trace, some_entries(trace, 3)) == [], str(sample)
