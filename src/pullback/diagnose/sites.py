"""Where mistakes can be made: the steps of the backward pass that lead to a gradient, each with its forward rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from pullback.diagnose.losses import Softmax, constants_behind, given_behind, same, softmax_of
from pullback.diagnose.steps import Site, Step, cotangent_name
from pullback.explain.tracing import Trace
from pullback.formula import Map, Reshape, Sum
from pullback.formula import expr as ex
from pullback.graph import Constant, Input, Node, order

Array = NDArray[Any]
LOSSES = ("cross_entropy", "nll_loss", "mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss", "softmax", "l2_penalty")


@dataclass(frozen=True, eq=False)
class Context:
    """What edits may ask of the run: other arrays, the forward pass, and what the gradient is computed from.

    name      whose gradient is asked for, and `target` its node
    previous  the same gradient of the step before, if it is known
    """

    trace: Trace
    name: str
    target: Node
    previous: Array | None = None

    @cached_property
    def ancestors(self) -> frozenset[Node]:
        """Everything that the gradient is computed from, and itself."""
        return frozenset(order([self.target]))

    @cached_property
    def seeds(self) -> tuple[Node, ...]:
        """Where the backward pass starts."""
        given = set(self.trace.names.values.values())
        return tuple(n for n in self.trace.graph.inputs if n not in given)

    @cached_property
    def backward(self) -> tuple[Node, ...]:
        """The steps of the backward pass on the way to the gradient, in order."""
        reached: set[Node] = set(self.seeds)
        found = []
        for node in self.trace.graph.nodes:
            if any(i in reached for i in node.inputs):
                reached.add(node)
            if node in reached and node in self.ancestors:
                found.append(node)
        return tuple(found)

    @cached_property
    def forward(self) -> tuple[Node, ...]:
        """The nodes of the forward pass."""
        known = dict.fromkeys(self.trace.names.values.values())
        return tuple(n for n in self.trace.graph.nodes if n in known)

    @cached_property
    def _cotangents(self) -> dict[Node, Node]:
        names = self.trace.names
        return {names.values[k]: node for k, node in names.cotangents.items()}

    def cotangent_of(self, node: Node) -> Node | None:
        """The cotangent of a forward value."""
        return self._cotangents.get(node)

    @cached_property
    def rules(self) -> dict[Node, tuple[Node, str, Node]]:
        """For each step of the backward pass: the forward node, by which operand, and its cotangent."""
        steps = {n for n in self.backward if not isinstance(n.formula, Input)}
        readers: dict[Node, list[Node]] = {}
        for n in steps:
            for i in n.inputs:
                readers.setdefault(i, []).append(n)
        found: dict[Node, tuple[Node, str, Node]] = {}
        for forward in self.forward:
            bar = self.cotangent_of(forward)
            if bar is None or isinstance(forward.formula, Input | Constant):
                continue
            for operand in _differentiable(forward):
                chain = forward.formula.gradient(operand)  # type: ignore[union-attr]
                pending = [(bar, 0)]
                while pending:
                    source, k = pending.pop()
                    if k < len(chain):
                        for n in readers.get(source, []):
                            if n.formula == chain[k]:
                                found.setdefault(n, (forward, operand, bar))
                                pending.append((n, k + 1))
        return found

    @cached_property
    def softmaxes(self) -> dict[Node, Softmax]:
        """Softmaxes by the cotangent of their scores."""
        found = {}
        for node in self.forward:
            its = softmax_of(node)
            bar = self.cotangent_of(its.scores) if its is not None else None
            if its is not None and bar is not None:
                found[bar] = its
        return found

    def softmax_at(self, node: Node) -> Softmax | None:
        """The softmax whose scores' cotangent a node is."""
        return self.softmaxes.get(node)

    def values_like(self, shape: tuple[int, ...]) -> tuple[Node, ...]:
        """Forward values of a shape."""
        return tuple(n for n in self.forward if n.kind == "float" and n.shape == shape)

    def cotangents_like(self, shape: tuple[int, ...]) -> tuple[Node, ...]:
        """Cotangents of a shape."""
        return tuple(dict.fromkeys(n for n in self._cotangents.values() if n.shape == shape))

    def near(self, node: Node) -> set[Node]:
        """The nodes that a node was computed from, and those computed from it."""
        return {*node.inputs, *(n for n in self.trace.graph.nodes if node in n.inputs)}

    def other_gradients(self) -> Iterator[tuple[str, Node]]:
        """The gradients of other parameters and inputs, then the cotangents of layers."""
        names = self.trace.names
        for name, node in sorted(names.cotangents.items(), key=lambda item: not names.has_gradient(item[0])):
            if node is not self.target and "/" not in name:
                yield name, node

    @cached_property
    def parameter(self) -> Node | None:
        """The parameter whose gradient is asked for."""
        return self.trace.names.values[self.name] if self.trace.names.has_gradient(self.name) else None

    @cached_property
    def means(self) -> tuple[Node, ...]:
        """The steps that multiply by the 1/N of a mean in the loss."""
        found = []
        for node in self.backward:
            f = node.formula
            rule = self.rules.get(node)
            if isinstance(f, Sum) and rule is not None and 0 < abs(f.scale) < 1 and not rule[0].shape:
                found.append(node)
        return tuple(found)

    @cached_property
    def totals(self) -> tuple[Node, ...]:
        """The steps that send the cotangent of a plain sum, such as a loss's, to what was summed."""
        sums = [n for n in self.backward if n in self.rules and isinstance(n.formula, Sum)]
        return tuple(n for n in sums if not self.rules[n][0].shape and abs(_scale(n)) == 1 and n.shape)

    def averaged_shape(self, node: Node) -> tuple[int, ...]:
        """The shape of what a mean was taken of."""
        return node.shape

    @cached_property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of what the backward pass starts at, where that is an array."""
        return next((n.shape for n in self.seeds if n.shape), ())

    def is_penalty(self, node: Node) -> bool:
        """Whether a cotangent depends on the parameter alone: a penalty's."""
        value = self.parameter
        if value is None or not isinstance(value.formula, Input) or self.output_shape:
            return False
        seeds = {n.formula.name for n in self.seeds if isinstance(n.formula, Input)}
        return given_behind(node) - seeds == {value.formula.name} and self._is_linear(node)

    def _is_linear(self, node: Node) -> bool:
        """Whether a cotangent is a multiple of the parameter or of its signs, as a penalty's is."""
        f, rule = node.formula, self.rules.get(node)
        if not isinstance(f, Map) or rule is None:
            return False
        slope = ex.derivative(f.expression, rule[1])
        signs = any(isinstance(e, ex.Apply) and e.function == "sign" for e in ex.postorder(f.expression))
        return signs or (slope != ex.Const(0.0) and rule[1] not in ex.variables(slope))

    def constants_of(self, node: Node) -> tuple[float, ...]:
        """Numbers that a cotangent was multiplied by."""
        return constants_behind(node)

    def sites(self) -> list[Site]:
        """Every step, the gradient that is asked for first, then step by step further from it."""
        distances = self._distances()
        nodes = sorted(self.backward, key=lambda n: distances[n])
        return [s for s in (self._site(n, distances[n]) for n in nodes) if s is not None]

    def _distances(self) -> Mapping[Node, int]:
        found = {self.target: 0}
        for node in reversed(self.backward):
            own = found.get(node, 0)
            step = 0 if isinstance(node.formula, Reshape) or node not in self.rules else 1
            for i in node.inputs:
                found[i] = min(found.get(i, own + step), own + step)
        return found

    def _site(self, node: Node, distance: int) -> Site | None:
        forward, operand, bar = self.rules.get(node, (None, "", None))
        cotangent = ""
        if isinstance(node.formula, Input):
            if node is not self.target:
                return None
            y = same("y", node.shape)
            step = Step(Map(y, (same("x", node.shape),), ex.Var("x")), {"x": node})
        else:
            step = Step(node.formula, dict(zip(node.formula.operands, node.inputs, strict=True)))
        if forward is not None:
            wanted = cotangent_name(forward)
            cotangent = wanted if wanted in step.sources else next((k for k, s in step.sources.items() if s is bar), "")
        named = self.trace.names.of.get(node)
        return Site(
            *(node, step, forward, operand, cotangent, distance, _family(forward, node)),
            name=str(named) if named else node.name,
            is_last=node is self.target,
            context=self,
        )


def _differentiable(forward: Node) -> list[str]:
    pairs = zip(forward.formula.operands, forward.inputs, strict=True)
    return [k for k, source in pairs if source.kind == "float"]


def _scale(node: Node) -> float:
    return node.formula.scale if isinstance(node.formula, Sum) else 0.0


def _family(forward: Node | None, node: Node) -> str:
    if forward is None:
        return "loss" if any(k in node.name for k in LOSSES) else "sum"
    name = forward.name
    last = name.rpartition("/")[2]
    if last == "add_bias":
        return "bias"
    if any(k in name for k in LOSSES):
        return "loss"
    if "pool" in name:
        return "pooling"
    if "conv" in name:
        return "convolution"
    return "activation" if isinstance(forward.formula, Map) else "sum"
