"""DeConvNet: what in the input excites one channel of a layer, projected back stage by stage.

From the layer's output, in which all but one entry are set to 0, back to the pixels: unpooling by the switches,
rectification, and convolution with the transposed filters. Each stage is the transpose of the layer's own sum, but for
the ReLU, which rectifies what comes back (x̄ = max(0, ȳ)) whatever its input was; biases play no part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pullback.draw.layers import Pass
from pullback.draw.pull import Pulled, is_relu, pull
from pullback.errors import ArgumentError, message
from pullback.formula import Lookup, Map, Sum
from pullback.graph import Node
from pullback.nn import Module

if TYPE_CHECKING:
    from pullback.draw.plot import Plot

Array: TypeAlias = NDArray[Any]
Position: TypeAlias = Literal["strongest", "all"] | tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Stage:
    """What one step back gives.

    layer      the layer that was gone back through: "pool1"
    operation  "start", "unpool by switches", "rectify", "transposed filters", or the transpose of another operator
    values     (N,C,H,W), of the layer's input; at the start, of its output
    """

    layer: str
    operation: str
    values: Array


@dataclass(frozen=True, eq=False)
class DeconvNet:
    """A reconstruction: the activations it starts from, and every stage on the way to the pixels.

    Shapes:  images (N,C,H,W), activations (N,): the strongest of each image's start, stages from the layer to the input
    """

    layer: str
    channel: int
    images: Array
    activations: Array
    stages: tuple[Stage, ...]

    @property
    def reconstruction(self) -> Array:
        """The projection onto the pixels (N,C,H,W)."""
        return self.stages[-1].values

    def draw(self, image: int = 0) -> Plot:
        """Show every stage for one image.

        Raises: ArgumentError, MissingExtraError
        """
        from pullback.draw.explanations import deconvnet_figure

        return deconvnet_figure(self, image)


def deconvnet(net: Module, images: ArrayLike, layer: str, channel: int, position: Position = "strongest") -> DeconvNet:
    """Project one channel of a layer back onto the pixels.

    position  "strongest": the channel's largest activation in each image; "all" of the channel; or a position (p,q)

    Raises:  ArgumentError, ShapeError
    Source:  Zeiler & Fergus 2014, arXiv:1311.2901, section 2.1
    """
    done = Pass.of(net, images, "deconvnet")
    node = done.layer(layer, "deconvnet")
    start = _start(done.values[node], layer, channel, position)
    pulled = pull(done.graph, done.values, [(node, start)], [done.input], _rectify)
    stages = [Stage(layer, "start", start), *_stages(pulled)]
    pixels = pulled.of(done.input)
    if stages[-1].values is not pixels:
        # Where several paths meet in the input, no single step gave their sum.
        stages.append(Stage("input", "sum of the paths", pixels))
    activations = start.reshape(len(start), -1)
    strongest = activations[np.arange(len(start)), np.abs(activations).argmax(axis=1)]
    return DeconvNet(layer, channel, done.images, strongest, tuple(stages))


def _start(activations: Array, layer: str, channel: int, position: Position) -> Array:
    """The activations with all but the chosen ones set to 0."""
    count, *size = activations.shape[1:]
    if not isinstance(channel, (int, np.integer)) or not 0 <= channel < count:
        got = f"channel={channel!r}"
        raise ArgumentError(message("deconvnet: no such channel", got=got, need=f"0 to {count - 1} in {layer}"))
    start = np.zeros_like(activations)
    planes = activations[:, channel]
    if isinstance(position, str) and position == "all":
        start[:, channel] = planes
        return start
    flat = planes.reshape(len(planes), -1)
    if isinstance(position, str) and position == "strongest":
        where = flat.argmax(axis=1)
    elif (
        isinstance(position, tuple)
        and len(position) == len(size)
        and all(isinstance(k, (int, np.integer)) and 0 <= k < n for k, n in zip(position, size, strict=True))
    ):
        where = np.full(len(flat), np.ravel_multi_index(position, size)) if size else np.zeros(len(flat), int)
    else:
        need = f'"strongest", "all", or a position in {"×".join(map(str, size)) or "no axes"}'
        raise ArgumentError(message("deconvnet: no such position", got=f"position={position!r}", need=need))
    rows = np.arange(len(flat))
    chosen = np.zeros_like(flat)
    chosen[rows, where] = flat[rows, where]
    start[:, channel] = chosen.reshape(planes.shape)
    return start


def _rectify(x: Array, y_bar: Array) -> Array:
    """What a ReLU sends back here: not a word of its own input."""
    del x
    return np.maximum(0.0, y_bar)


def _stages(pulled: Pulled) -> list[Stage]:
    found = []
    for node in pulled.order:
        for number, _ in enumerate(node.inputs):
            values = pulled.edges.get((id(node), number))
            operation = _operation(node)
            if values is not None and operation:
                found.append(Stage(node.scope or node.name, operation, values))
    return found


def _operation(node: Node) -> str:
    """What going back through a node does; "" where it changes nothing, as at a bias."""
    name = node.name.split("/")[-1]
    if is_relu(node):
        return "rectify"
    if isinstance(node.formula, Map):
        return "" if name in ("add_bias", "add") else f"transpose of {name}"
    if isinstance(node.formula, Sum):
        switched = any(
            isinstance(k.table, str) for f in node.formula.factors for k in f.lookups if isinstance(k, Lookup)
        )
        if switched:
            return "unpool by switches"
        if len(node.formula.factors) == 2 and name.startswith(("conv", "linear", "locally")):
            return "transposed filters"
    return f"transpose of {name}"
