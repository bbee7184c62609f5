"""A network at a glance: per layer its output's shape, parameters, multiply-adds and receptive field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pullback.errors import ShapeError, message
from pullback.formula import Sum
from pullback.formula.affine import count_assignments
from pullback.graph import Constant, Graph
from pullback.nn.predict import trace_network
from pullback.nn.receptive import field_between

if TYPE_CHECKING:
    from pullback.nn.module import Module

HEADINGS = ("layer", "type", "output", "parameters", "multiply-adds", "receptive field")
NUMBERS = (3, 4)


@dataclass(frozen=True)
class LayerSummary:
    """One layer: what is not known without an input's shape is None.

    parameters     numbers in its own parameters; those of a shared array count where it occurs first
    multiply_adds  products with parameters or other values, for one input
    """

    path: str
    type: str
    parameters: int
    output_shape: tuple[int, ...] | None = None
    multiply_adds: int | None = None
    receptive_field: tuple[int, ...] | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        shape, macs, field = self.output_shape, self.multiply_adds, self.receptive_field
        return (
            self.path or "(network)",
            self.type,
            "–" if shape is None else "×".join(map(str, shape)) or "()",
            f"{self.parameters:,}",
            "–" if macs is None else f"{macs:,}",
            "–" if field is None else "×".join(map(str, field)),
        )


@dataclass(frozen=True)
class Summary:
    """A network's layers and totals; `str()` gives a table."""

    layers: tuple[LayerSummary, ...]
    parameters: int
    multiply_adds: int | None
    input_shape: tuple[int, ...] | None

    def to_dict(self) -> dict[str, Any]:
        """The same as dictionaries and lists."""
        return asdict(self)

    def __str__(self) -> str:
        rows = [HEADINGS, *(layer.cells for layer in self.layers)]
        total = "–" if self.multiply_adds is None else f"{self.multiply_adds:,}"
        rows.append(("total", "", "", f"{self.parameters:,}", total, ""))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(_aligned(k, cell, widths[k]) for k, cell in enumerate(row)).rstrip() for row in rows]
        rule = "─" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def _aligned(column: int, cell: str, width: int) -> str:
    return cell.rjust(width) if column in NUMBERS else cell.ljust(width)


def summarize(net: Module, input_shape: Any) -> Summary:
    """See `Module.summary`."""
    if input_shape is None:
        input_shape = net.info.get("input_shape")
    shape = None if input_shape is None else _one_input(input_shape)
    graph = None if shape is None else trace_network(net, (1, *shape)).graph
    products = multiply_adds(graph) if graph is not None else {}
    seen: set[int] = set()
    layers = []
    for path, module in net.named_modules():
        own = {id(a): a.size for a in module._parameters.values() if id(a) not in seen}
        seen |= set(own)
        if not module.has_children or own or path in products:
            layers.append(_layer(path, module, sum(own.values()), graph, products))
    total = None if graph is None else sum(products.values())
    return Summary(tuple(layers), sum(layer.parameters for layer in layers), total, shape)


def _layer(path: str, module: Module, count: int, graph: Graph | None, products: Mapping[str, int]) -> LayerSummary:
    name = type(module).__name__
    if graph is None:
        return LayerSummary(path, name, count)
    output = graph.marks.get(path) if path else graph.outputs[0]
    if output is None:
        return LayerSummary(path, name, count)
    field = field_between(graph, graph.inputs[-1], output).size or None
    return LayerSummary(path, name, count, output.shape[1:], products.get(path, 0), field)


def _one_input(given: Any) -> tuple[int, ...]:
    """The shape of one input, from itself or from an example batch.

    Raises: ShapeError
    """
    shape = tuple(given.shape)[1:] if hasattr(given, "shape") else tuple(given)
    if any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in shape):
        got = f"input_shape={given!r}"
        raise ShapeError(message("summary: not the shape of an input", got=got, need="(C,H,W), or an example batch"))
    return shape


def multiply_adds(graph: Graph) -> dict[str, int]:
    """The products that a graph's sums add up, by layer: the ranges of a sum's letters multiplied.

    Sums of a single array (averages, paddings) multiply nothing; neither do those whose other arrays are constants.
    """
    found: dict[str, int] = {}
    for node in graph.nodes:
        if isinstance(node.formula, Sum):
            operands = dict(zip(node.formula.operands, node.inputs, strict=True))
            values = [f for f in node.formula.factors if not isinstance(operands[f.array].formula, Constant)]
            if len(values) > 1:
                found[node.scope] = found.get(node.scope, 0) + count_assignments(node.formula.sizes)
    return found
