"""ONNX's own cases: models with inputs and expected outputs, and how to run and compare them."""

import warnings
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from pullback import interpret, io
from pullback.autodiff import trace

DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"
FOLDERS = ("pytorch-converted", "pytorch-operator", "simple")
SUPPORTED = frozenset(io.supported_operators())


@dataclass(frozen=True, eq=False)
class OnnxCase:
    """A model, and outputs that are expected for inputs within rtol and atol."""

    name: str
    model: onnx.ModelProto
    data_sets: tuple
    rtol: float
    atol: float

    def __str__(self):
        return self.name

    @cached_property
    def operators(self):
        """The operators of the model, those of other domains with the domain's name."""
        own = ("", "ai.onnx", "ai.onnx.preview.training")
        return frozenset(n.op_type if n.domain in own else f"{n.domain}.{n.op_type}" for n in self.model.graph.node)

    @property
    def is_supported(self):
        """Whether every operator is imported."""
        return self.operators <= SUPPORTED


@cache
def all_cases():
    """The generated node cases, and the cases whose files the package ships."""
    found = [*_node_cases(), *_file_cases()]
    assert len({c.name for c in found}) == len(found)
    return tuple(found)


def _node_cases():
    with warnings.catch_warnings():
        # ONNX computes some expected outputs with overflow and division by zero on purpose.
        warnings.simplefilter("ignore")
        from onnx.backend.test.loader import load_model_tests

        found = load_model_tests(kind="node")
    for c in found:
        sets = tuple((tuple(map(_array, inputs)), tuple(map(_array, outputs))) for inputs, outputs in c.data_sets)
        yield OnnxCase(c.name, c.model, sets, c.rtol, c.atol)


def _file_cases():
    for folder in FOLDERS:
        for path in sorted((DATA / folder).iterdir()):
            model = onnx.load(path / "model.onnx")
            sets = tuple((_files(d, "input"), _files(d, "output")) for d in sorted(path.glob("test_data_set_*")))
            yield OnnxCase(path.name, model, sets, 1e-3, 1e-7)


def _files(folder, kind):
    paths = sorted(folder.glob(f"{kind}_*.pb"), key=lambda p: int(p.stem.rpartition("_")[2]))
    return tuple(_array(_tensor(p)) for p in paths)


def _tensor(path):
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return tensor


def _array(value):
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value) if value.data_type else value
    return np.asarray(value) if isinstance(value, (np.ndarray, np.generic)) else value


def computed(function, inputs):
    """The outputs on arrays."""
    # A logarithm of 0 and a square root of −1 are part of some cases.
    with np.errstate(all="ignore"):
        return as_tuple(function(*inputs))


def interpreted(function, inputs):
    """The outputs of the traced function, run by the interpreter in the precision of the inputs."""
    named = dict(zip((v.name for v in function.inputs), inputs, strict=True))
    fixed = {k: v for k, v in named.items() if k in function.concrete_inputs}
    moving = {k: v for k, v in named.items() if k not in fixed}
    with np.errstate(all="ignore"):
        graph = trace(lambda values: function(**values, **fixed), moving).graph
        return interpret.run(graph, list(moving.values()), precision(inputs))


def precision(inputs):
    """float64 where an input has it, float32 otherwise."""
    return np.float64 if any(v.dtype == np.float64 for v in inputs) else np.float32


def as_tuple(result):
    """Several outputs, or the one."""
    return result if isinstance(result, tuple) else (result,)


def compare(case, outputs, expected):
    """Compare shapes and numbers within the case's own tolerance."""
    assert len(outputs) == len(expected)
    for got, want in zip(outputs, expected, strict=True):
        assert got.shape == want.shape
        np.testing.assert_allclose(got.astype(want.dtype), want, rtol=case.rtol, atol=case.atol)
