"""Every operator that can be reviewed has cases, on which its exact gradient is right and a spoilt one is wrong."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import pullback as pb
from pullback.ops import load_all
from pullback.ops.registry import REGISTRY
from pullback.review import review
from pullback.review.cases import bound, is_reviewable, operator_of

load_all()
OPERATORS = sorted(name for name, operator in REGISTRY.items() if is_reviewable(operator))
MUST = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "lp_pool2d",
    "global_avg_pool",
    "global_max_pool",
    "linear",
    "matmul",
    "add_bias",
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "sigmoid",
    "tanh",
    "softplus",
    "prelu",
    "softmax",
    "log_softmax",
    "cross_entropy",
    "nll_loss",
    "mse_loss",
    "binary_cross_entropy",
    "batch_norm_training",
    "batch_norm",
    "layer_norm",
    "group_norm",
    "instance_norm",
    "max_unpool2d",
]
QUICK = {
    "batch_norm_training",
    "max_pool2d",
    "linear",
    "relu",
    "cross_entropy",
    "conv2d",
    "softmax",
    "conv_transpose1d",
    "layer_norm",
    "avg_pool1d",
}


def exactly(op, case):
    parameters = inspect.signature(operator_of(op).function).parameters
    options = {k: v for k, v in case.options.items() if k in parameters}
    real = [k for k, a in case.arrays.items() if a.dtype.kind == "f"]

    def function(*values):
        given = {**case.arrays, **dict(zip(real, values, strict=True))}
        return bound(op, list(given), options)(*given.values())

    _, pullback = pb.vjp(function, *(case.arrays[k] for k in real))
    return dict(zip(real, pullback(case.y_bar), strict=True))


def spoilt(op, case):
    return {k: v + 0.001 * (1 + np.abs(v).max()) for k, v in exactly(op, case).items()}


def test_the_operators_that_people_write_are_among_them():
    assert set(MUST) <= set(OPERATORS)


@pytest.mark.parametrize("op", [op if op in QUICK else pytest.param(op, marks=pytest.mark.slow) for op in MUST])
def test_the_exact_gradient_is_right_and_one_that_is_off_by_a_thousandth_is_wrong(op):
    found = review(exactly, op=op, adapter=lambda function, case: function(op, case), time_limit=60)
    assert found
    assert len(found.outcomes) >= 4
    assert found.left_out == {}
    wrong = review(spoilt, op=op, adapter=lambda function, case: function(op, case), diagnose_limit=0.01)
    assert wrong.verdict == "wrong"
    assert wrong.failing >= len(found.outcomes) / 2


@pytest.mark.slow
@pytest.mark.parametrize("op", [name for name in OPERATORS if name not in MUST])
def test_the_exact_gradient_of_every_operator_is_right(op):
    assert review(exactly, op=op, adapter=lambda function, case: function(op, case))
