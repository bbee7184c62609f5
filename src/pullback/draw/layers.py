"""What a network's layers hold: filters, feature maps, and the gradients that come back to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pullback.autodiff import trace
from pullback.draw.pull import Rule, pull
from pullback.errors import ArgumentError, ShapeError, message
from pullback.graph import Graph, Node
from pullback.interpret import Values, run
from pullback.nn import Module, functional_call
from pullback.nn.predict import trace_network
from pullback.ops.losses import cross_entropy

Array: TypeAlias = NDArray[Any]


def as_batch(images: ArrayLike, what: str) -> Array:
    """Images (N,C,H,W) in float64.

    Raises: ShapeError
    """
    x = np.asarray(images)
    if x.ndim != 4 or x.dtype.kind not in "biuf" or not len(x):
        fix = "images[None] for one image" if x.ndim == 3 else "a batch of at least one image"
        raise ShapeError(
            message(f"{what}: not a batch of images", got=f"shape {x.shape}, {x.dtype}", need="(N,C,H,W)", fix=fix)
        )
    return x.astype(np.float64)


@dataclass(frozen=True)
class Pass:
    """A network run on images in evaluation mode, every value kept, in float64."""

    graph: Graph
    values: Values
    images: Array

    @staticmethod
    def of(net: Module, images: ArrayLike, what: str) -> Pass:
        """Run the network.

        Raises: ShapeError
        """
        x = as_batch(images, what)
        graph = trace_network(net, x.shape).graph
        values = Values(np.float64)
        run(graph, [*(net.parameters | net.buffers).values(), x], keep=values)
        return Pass(graph, values, x)

    @property
    def input(self) -> Node:
        """The images' node."""
        return self.graph.inputs[-1]

    def layer(self, name: str, what: str) -> Node:
        """The output of a layer.

        Raises: ArgumentError, which lists the layers
        """
        return marked(self.graph, name, what)

    def scores(self, what: str) -> Array:
        """The network's one output (N,K).

        Raises: ShapeError
        """
        shapes = [n.shape for n in self.graph.outputs]
        if len(shapes) != 1 or len(shapes[0]) != 2:
            raise ShapeError(
                message(f"{what}: a network that gives one score per class", got=f"{shapes}", need="(N,K)")
            )
        return self.values[self.graph.outputs[0]]

    def pull_scores(self, classes: Array, wrt: Node, rule: Rule | None = None) -> Array:
        """What Σ_n score[n, class[n]] sends back to a node."""
        output = self.graph.outputs[0]
        seed = np.zeros(output.shape)
        seed[np.arange(len(seed)), classes] = 1.0
        return pull(self.graph, self.values, [(output, seed)], [wrt], rule).of(wrt)


def marked(graph: Graph, name: str, what: str) -> Node:
    """The node that a layer marked as its output.

    Raises: ArgumentError, which lists the layers
    """
    if name not in graph.marks:
        known = f"one of {', '.join(graph.marks)}"
        raise ArgumentError(message(f"{what}: no such layer behind the output", got=f"{name!r}", need=known))
    return graph.marks[name]


def as_classes(classes: ArrayLike | None, scores: Array, what: str) -> NDArray[np.intp]:
    """One class per image: one for all, one for each, or by default the one with the highest score.

    Raises: ArgumentError
    """
    if classes is None:
        return np.asarray(scores.argmax(axis=1))
    array = np.asarray(classes)
    count, outputs = scores.shape
    whole = array.dtype.kind in "iu" and array.shape in ((), (count,))
    if not whole or array.min(initial=0) < 0 or array.max(initial=0) >= outputs:
        need = f"one class for all images or {count} of them, from 0 to {outputs - 1}"
        raise ArgumentError(message(f"{what}: classes do not fit", got=f"{classes!r}", need=need))
    return np.broadcast_to(array, (count,)).astype(np.intp)


def filters_of(net: Module, layer: str) -> Array:
    """A convolution's filters (O,I,R,S).

    Raises: ArgumentError, which lists the layers that have some
    """
    weights = {k.removesuffix(".weight"): w for k, w in net.parameters.items() if k.endswith(".weight") and w.ndim == 4}
    if isinstance(net.parameters.get("weight"), np.ndarray) and net.parameters["weight"].ndim == 4:
        weights[""] = net.parameters["weight"]
    if layer not in weights:
        known = ", ".join(repr(k) for k in weights) if weights else "none in this network"
        title = "filters: no such layer with filters"
        raise ArgumentError(message(title, got=f"{layer!r}", need=f"a layer with filters of two axes: {known}"))
    return weights[layer]


def feature_maps_of(net: Module, images: ArrayLike, layer: str) -> Array:
    """A layer's output for a batch of images.

    Raises: ArgumentError, ShapeError
    """
    done = Pass.of(net, images, "feature_maps")
    return done.values[done.layer(layer, "feature_maps")]


@dataclass(frozen=True)
class Gradients:
    """What a loss sends back to one layer: to its output, and to each of its parameters by name."""

    output: Array
    parameters: dict[str, Array]


def gradients_of(
    net: Module, images: ArrayLike, labels: ArrayLike, layer: str, loss: Callable[..., Any] = cross_entropy
) -> Gradients:
    """The cotangent of a layer's output and the gradients of its parameters, in evaluation mode.

    Raises: ArgumentError, ShapeError
    """
    x, t = as_batch(images, "gradient_maps"), np.asarray(labels)
    state = net.parameters | net.buffers
    graph = trace(lambda s, a, b: loss(functional_call(net, s, a)[0], b), state, x, t).graph
    node = marked(graph, layer, "gradient_maps")
    if graph.outputs[0].shape != ():
        raise ShapeError(message("gradient_maps: the loss must give one number", got=f"{graph.outputs[0].shape}"))
    values = Values(np.float64)
    run(graph, [*state.values(), x, t], keep=values)
    own = {k: n for k, n in zip(state, graph.inputs, strict=False) if k.rpartition(".")[0] == layer}
    pulled = pull(graph, values, [(graph.outputs[0], np.ones(()))], list(own.values()))
    here = pull(graph, values, [(graph.outputs[0], np.ones(()))], [node])
    return Gradients(here.of(node), {k: pulled.of(n) for k, n in own.items() if k in net.parameters})
