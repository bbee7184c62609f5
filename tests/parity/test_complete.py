"""Nothing is left out: every operator, public function, layer and argument is compared, or listed with the reason."""

import inspect
import re
from pathlib import Path

import pytest
import torch

import pullback as pb
from laws.cases import registered
from parity import counterparts, grids, layers, test_operators
from parity.unregistered import UNREGISTERED
from pullback import nn, optim

pytestmark = pytest.mark.parity

COMPARED = {*counterparts.COUNTERPARTS, *UNREGISTERED}
LAYERS = {layer.name for layer in layers.LAYERS}


def test_every_operator_of_the_registry_is_compared_or_listed():
    names = set(registered())
    assert names - {*counterparts.COUNTERPARTS} == {*counterparts.WITHOUT}
    assert {*counterparts.COUNTERPARTS} <= names
    assert {*grids.WIDER} <= names


def test_every_public_function_of_arrays_is_compared_or_listed():
    functions = [getattr(pb, name) for name in pb.__all__]
    public = {f.__name__ for f in functions if inspect.isroutine(f) and f.__module__.startswith("pullback.ops")}
    assert public - COMPARED == {*counterparts.WITHOUT}


def test_every_public_layer_is_compared_or_listed():
    public = {name for name in nn.__all__ if isinstance(getattr(nn, name), type)}
    assert public - LAYERS == {*layers.WITHOUT}
    assert public >= LAYERS


@pytest.mark.parametrize("reasons", [counterparts.WITHOUT, layers.WITHOUT, layers.NOT_VARIED])
def test_whatever_is_listed_has_a_reason(reasons):
    assert all(len(reason.split()) >= 2 for reason in reasons.values())


def varied(name):
    """The arguments of a layer that take more than one value in the grid."""
    signature = inspect.signature(getattr(nn, name))
    values = {}
    for layer in layers.LAYERS:
        if layer.name == name:
            bound = signature.bind(*layer.args, **layer.options)
            bound.apply_defaults()
            for argument, value in bound.arguments.items():
                values.setdefault(argument, set()).add(repr(value))
    return {argument for argument, seen in values.items() if len(seen) > 1}


def shared_arguments(name):
    """The arguments that PyTorch's layer has too."""
    both = (inspect.signature(getattr(module, name)).parameters for module in (nn, torch.nn))
    ours, theirs = ({k for k, p in some.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)} for some in both)
    return ours & theirs


@pytest.mark.parametrize("name", sorted(name for name in LAYERS if hasattr(torch.nn, name)))
def test_every_argument_that_pytorch_has_too_takes_several_values(name):
    missing = shared_arguments(name) - varied(name)
    assert {f"{name}.{argument}" for argument in missing} == {k for k in layers.NOT_VARIED if k.startswith(f"{name}.")}


def test_every_optimiser_and_schedule_is_compared():
    from parity.test_networks import TRAININGS
    from parity.test_schedules import CASES, CLIPPED

    compared = {training.name for training in TRAININGS}
    compared |= {type(ours).__name__ for ours, _, _ in CASES.values()} | set(CLIPPED)
    assert {*optim.__all__} - {"Optimizer", "Schedule"} == compared


def test_the_page_on_parity_does_not_promise_more_cases_than_there_are():
    page = (Path(__file__).parents[2] / "docs" / "parity.md").read_text(encoding="utf-8")
    counts = {
        "operators, at the samples": len(test_operators.RECORDED),
        "operators, on wider grids": len(test_operators.WIDER),
        "functions made of operators": len(test_operators.MADE),
        "layers, from PyTorch's state dict": len(layers.LAYERS),
    }
    for row, count in counts.items():
        (promised,) = re.findall(rf"^\| {re.escape(row)}[^|]*\| (\d+) \|", page, flags=re.MULTILINE)
        assert int(promised) <= count
