"""The cases of the laws: every sample of every registered operator, with the arrays drawn for it."""

import importlib
import pkgutil
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

import pullback.ops
from pullback import tree
from pullback.autodiff import trace, vjp
from pullback.graph import kind_of
from pullback.ops.registry import REGISTRY, Operator, Sample


def registered() -> dict[str, Operator]:
    """The registry once every module of operators has been imported."""
    for module in pkgutil.iter_modules(pullback.ops.__path__):
        importlib.import_module(f"pullback.ops.{module.name}")
    return REGISTRY


@dataclass(frozen=True)
class Case:
    """One operator at one of its samples."""

    operator: Operator
    sample: Sample

    def __str__(self):
        return f"{self.operator.name} {self.sample}"

    def rng(self, purpose):
        """A generator for one purpose, the same in every run."""
        return np.random.default_rng(zlib.crc32(f"{purpose} of {self}".encode()))

    def draw(self, *, integers=False):
        """The arrays by argument name: from the sample's domain, or small whole numbers."""
        rng = self.rng("arrays")
        return {k: d.draw_integers(rng) if integers else d.draw(rng) for k, d in self.sample.arrays.items()}

    @cached_property
    def real(self) -> tuple[str, ...]:
        """The arguments to which gradients flow."""
        return tuple(k for k, d in self.sample.arrays.items() if d.is_real)

    def call(self, arrays):
        """The leaves of the operator's result, for arrays by name."""
        return tuple(tree.leaves(self.operator.function(**arrays, **self.sample.options)))

    def floats(self, arrays):
        """The leaves of the result that carry gradients."""
        return tuple(v for v in self.call(arrays) if kind_of(v) == "float")


def forward_graph(case, arrays):
    """The operator's graph."""
    return trace(lambda *values: case.call(dict(zip(arrays, values, strict=True))), *arrays.values()).graph


def gradient_graph(case, arrays, cotangents):
    """The graph of the values and of the cotangents x̄ of all real arguments; its inputs: the arrays, then ȳ."""

    def program(*values):
        y, x_bars = gradients(case, arrays, values)
        return (*y, *x_bars)

    return trace(program, *arrays.values(), *cotangents).graph


def second_gradient_graph(case, arrays, cotangents, directions):
    """The graph of s = Σ <x̄, v> for fixed directions v, and of its gradients by the real arguments and by ȳ."""

    def slope(*values):
        return (_inner(gradients(case, arrays, values)[1], directions),)

    def program(*values):
        names = [*arrays, *range(len(cotangents))]
        moving = [j for j, k in enumerate(names) if k not in arrays or k in case.real]

        def of_moving(*some):
            full = list(values)
            for j, v in zip(moving, some, strict=True):
                full[j] = v
            return slope(*full)

        (s,), pull = vjp(of_moving, *(values[j] for j in moving))
        return (s, *pull((np.ones(()),)))

    return trace(program, *arrays.values(), *cotangents).graph


def gradients(case, arrays, values):
    """The values y and the cotangents x̄ for the traced values of the arrays and of ȳ."""
    named, y_bars = dict(zip(arrays, values, strict=False)), values[len(arrays) :]

    def function(*reals):
        return case.floats({**named, **dict(zip(case.real, reals, strict=True))})

    y, pull = vjp(function, *(named[k] for k in case.real))
    return y, pull(tuple(y_bars))


def _inner(values, directions):
    return sum((np.sum(a * b) for a, b in zip(values, directions, strict=True)), start=np.zeros(()))
