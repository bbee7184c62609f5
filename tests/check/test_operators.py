"""The operators' own gradients pass the check, by both methods, and a changed one does not."""

import numpy as np
import pytest

import pullback as pb
from pullback.check import gradcheck
from pullback.ops.registry import REGISTRY


def cases():
    for name, operator in sorted(REGISTRY.items()):
        sample = min(operator.samples, key=lambda s: sum(np.prod(d.shape) for d in s.arrays.values()) or 1e9)
        rng = np.random.default_rng(len(name))
        arrays = {k: d.draw(rng) for k, d in sample.arrays.items()}
        real = [k for k, d in sample.arrays.items() if d.is_real]
        if real and all(arrays[k].size for k in real):
            yield pytest.param(operator, sample, arrays, id=name)


def call_of(operator, sample, arrays):
    return lambda *values: operator.function(**dict(zip(arrays, values, strict=True)), **sample.options)


@pytest.mark.parametrize(("operator", "sample", "arrays"), list(cases()))
def test_an_operators_gradient_is_right_by_complex_step(operator, sample, arrays):
    report = gradcheck(call_of(operator, sample, arrays), tuple(arrays.values()), max_evaluations=100)
    assert report, str(report)
    assert report.method == "complex"


@pytest.mark.parametrize(("operator", "sample", "arrays"), list(cases())[::4])
def test_an_operators_gradient_is_right_by_differences(operator, sample, arrays):
    call = call_of(operator, sample, arrays)
    report = gradcheck(call, tuple(arrays.values()), max_evaluations=300, method="central")
    assert report, str(report)


@pytest.mark.parametrize("method", ["auto", "central"])
@pytest.mark.parametrize("name", ["conv2d", "max_pool2d", "softmax", "layer_norm", "linear", "cross_entropy"])
def test_an_operators_gradient_times_1_001_is_wrong(name, method):
    operator = REGISTRY[name]
    sample = operator.samples[0]
    arrays = {k: d.draw(np.random.default_rng(1)) for k, d in sample.arrays.items()}
    call = call_of(operator, sample, arrays)
    floats = [k for k, v in enumerate(arrays.values()) if v.dtype.kind == "f"]

    def backward(y_bar, *args):
        def of_floats(*values):
            full = list(args)
            for k, v in zip(floats, values, strict=True):
                full[k] = v
            return call(*full)

        found = pb.vjp(of_floats, *(args[k] for k in floats))[1](y_bar)
        return (1.001 * np.asarray(found[0]), *found[1:])

    report = gradcheck(call, tuple(arrays.values()), backward=backward, max_evaluations=200, method=method)
    assert not report.arguments[0].ok
    assert all(a.ok for a in report.arguments[1:])
