"""Every operator against PyTorch: at the samples of its record in both precisions, and on wider grids in double."""

import numpy as np
import pytest

from laws.cases import Case, registered
from parity import compare, grids
from parity.counterparts import COUNTERPARTS
from parity.unregistered import UNREGISTERED

pytestmark = pytest.mark.parity

OPERATORS = registered()
RECORDED = [Case(OPERATORS[name], s) for name in COUNTERPARTS for s in OPERATORS[name].samples]
WIDER = [Case(OPERATORS[name], s) for name, samples in grids.WIDER.items() for s in samples]
MADE = [Case(op, s) for op, _ in UNREGISTERED.values() for s in op.samples]

every_case = pytest.mark.parametrize("case", [*RECORDED, *WIDER, *MADE], ids=str)
every_smaller_case = pytest.mark.parametrize("case", [*RECORDED, *MADE], ids=str)


def pair_of(case, *, again=False):
    name = case.operator.name
    counterpart = COUNTERPARTS[name] if name in COUNTERPARTS else UNREGISTERED[name][1]
    function = counterpart.again if again and counterpart.again else counterpart.function
    options = case.sample.options
    return compare.Pair(
        lambda **arrays: case.operator.function(**arrays, **options),
        lambda **tensors: function(**tensors, **options),
        case.draw(),
        tuple(k for k in case.real if k not in counterpart.fixed),
    )


@every_case
def test_values_and_gradients_are_those_of_pytorch(case):
    pair = pair_of(case)
    compare.values(pair)
    compare.gradients(pair)


@every_case
def test_second_gradients_are_those_of_pytorch(case):
    compare.second_gradients(pair_of(case, again=True))


@every_smaller_case
def test_single_precision_gives_the_values_and_gradients_of_pytorch(case):
    pair = pair_of(case)
    compare.values(pair, np.float32)
    compare.gradients(pair, np.float32)
