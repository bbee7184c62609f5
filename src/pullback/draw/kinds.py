"""The kinds of pictures that `pullback draw` knows: what each needs, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pullback import nn
from pullback.data import Dataset
from pullback.errors import ArgumentError, message

Array = NDArray[Any]


class Picture(Protocol):
    """What every kind gives: a drawing, a film or a figure."""

    def save(self, path: str) -> None:
        """Write the picture as its ending says."""


@dataclass(frozen=True)
class Request:
    """What a picture is to be made of. Every kind says which of these it needs and which it looks at.

    net, data       a network, and images for it
    history         the columns of a training run: `History.to_dict()`
    photograph      a picture (C,H,W)
    points, labels  points (N,2) of the plane with their classes
    formula, at     such as "ln(x1) + x1*x2 - sin(x2)", and the variables' values
    layer, channel  a layer's name; by default the first or the last one that will do
    image, images   which image of the data; how many of them
    category        the class to explain; by default the one with the highest score
    """

    net: nn.Module | None = None
    data: Dataset | None = None
    history: Mapping[str, Any] | None = None
    photograph: Array | None = None
    points: Array | None = None
    labels: Array | None = None
    formula: str | None = None
    at: Mapping[str, float] = field(default_factory=dict)
    layer: str | None = None
    channel: int = 0
    image: int = 0
    images: int = 4
    category: int | None = None
    position: tuple[int, int] | None = None
    size: int = 5
    kernel: int = 3
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    output_padding: int = 0
    transposed: bool = False
    numbers: bool = False
    patch: int = 4
    shift: tuple[int, int] = (8, 8)


@dataclass(frozen=True)
class Kind:
    """One kind of picture.

    help   what it shows, in a line
    needs  the fields of a request without which it cannot be drawn
    takes  further fields it looks at
    """

    help: str
    needs: tuple[str, ...]
    takes: tuple[str, ...]
    make: Callable[[Request], Picture]


def picture(kind: str, request: Request) -> Picture:
    """Draw a picture of a kind.

    Raises: ArgumentError (an unknown kind, something missing), and what the kind itself raises
    """
    if kind not in commands:
        known = f"one of {', '.join(commands)}"
        raise ArgumentError(message("draw: no such kind of picture", got=repr(kind), need=known))
    missing = [name for name in commands[kind].needs if getattr(request, name) is None]
    if missing:
        got, need = f"no {', no '.join(missing)}", ", ".join(commands[kind].needs)
        raise ArgumentError(message(f"draw {kind}: something is missing", got=got, need=need))
    return commands[kind].make(request)


def _net(r: Request) -> nn.Module:
    assert r.net is not None  # noqa: S101  (for the type checker: `picture` has checked it)
    return r.net


def _data(r: Request) -> Dataset:
    assert r.data is not None  # noqa: S101  (for the type checker: `picture` has checked it)
    return r.data


def _batch(r: Request, count: int = 1) -> tuple[Array, Array]:
    """So many images from the chosen one on, with their labels."""
    data = _data(r)
    if not 0 <= r.image < len(data):
        raise ArgumentError(message("draw: no such image", got=f"image {r.image}", need=f"0 to {len(data) - 1}"))
    return data.batch(np.arange(r.image, min(r.image + max(count, 1), len(data))))


def _layer(r: Request, kind: str) -> str:
    """The chosen layer, or the first with filters ("filters"), with planes ("planes"), or their last ("last")."""
    if r.layer is not None:
        return r.layer
    net = _net(r)
    if kind == "filters":
        found = [k.removesuffix(".weight") for k, w in net.parameters.items() if k.endswith(".weight") and w.ndim == 4]
    else:
        from pullback.nn.predict import trace_network

        marks = trace_network(net, _batch(r)[0].shape).graph.marks
        found = [k for k, node in marks.items() if len(node.shape) == 4]
    if not found:
        raise ArgumentError(message("draw: no layer with planes in this network", got=repr(net)[:200], fix="--layer"))
    return found[-1] if kind == "last" else found[0]


def _graph(r: Request) -> Picture:
    from pullback.draw.graphs import graph
    from pullback.draw.written import written

    if r.formula is not None:
        function = written(r.formula)
        missing = [k for k in function.names if k not in r.at]
        if missing:
            need = " ".join(f"{k}=…" for k in function.names)
            raise ArgumentError(message("draw graph: a variable without a value", got=", ".join(missing), need=need))
        return graph(function, *(float(r.at[k]) for k in function.names))
    if r.net is None or r.data is None:
        need = "a formula with values, or a network with images"
        raise ArgumentError(message("draw graph: something is missing", got="neither", need=need))
    return graph(r.net, _batch(r)[0])


def _filters(r: Request) -> Picture:
    from pullback.draw.maps import filters

    return filters(_net(r), _layer(r, "filters"))


def _feature_maps(r: Request) -> Picture:
    from pullback.draw.maps import feature_maps

    return feature_maps(_net(r), _batch(r)[0][0], _layer(r, "planes"))


def _gradient_maps(r: Request) -> Picture:
    from pullback.draw.maps import gradient_maps

    images, labels = _batch(r)
    return gradient_maps(_net(r), images[0], int(labels[0]), _layer(r, "planes"))


def _filter_gradients(r: Request) -> Picture:
    from pullback.draw.maps import filter_gradients

    return filter_gradients(_net(r), *_batch(r, r.images), _layer(r, "filters"))


def _curves(r: Request) -> Picture:
    from pullback.draw.training import curves

    return curves(r.history or {})


def _confusion(r: Request) -> Picture:
    from pullback.draw.training import confusion

    return confusion(_net(r), _data(r))


def _mistakes(r: Request) -> Picture:
    from pullback.draw.training import mistakes

    return mistakes(_net(r), _data(r))


def _receptive_field(r: Request) -> Picture:
    from pullback.draw.fields import receptive_field

    return receptive_field(_net(r), _layer(r, "last"), _batch(r)[0][0], r.position)


def _arithmetic(r: Request) -> Picture:
    from pullback.draw.convolutions import arithmetic

    options: dict[str, Any] = {"transposed": r.transposed, "output_padding": r.output_padding}
    if r.numbers:
        # Small whole numbers that differ from cell to cell.
        options["x"] = np.arange(r.size * r.size).reshape(r.size, r.size) * 7 % 5
        options["w"] = np.arange(r.kernel * r.kernel).reshape(r.kernel, r.kernel) * 5 % 4 - 1
    return arithmetic(r.size, r.kernel, r.stride, r.padding, r.dilation, **options)


def _deconvnet(r: Request) -> Picture:
    from pullback.draw.deconv import deconvnet

    return deconvnet(_net(r), _batch(r)[0], _layer(r, "last"), r.channel, r.position or "strongest").draw()


def _saliency(r: Request) -> Picture:
    from pullback.draw.attribution import saliency

    return saliency(_net(r), _batch(r, r.images)[0], r.category).draw(_data(r).classes)


def _guided_backprop(r: Request) -> Picture:
    from pullback.draw.attribution import guided_backprop

    return guided_backprop(_net(r), _batch(r, r.images)[0], r.category).draw(_data(r).classes)


def _grad_cam(r: Request) -> Picture:
    from pullback.draw.attribution import grad_cam

    return grad_cam(_net(r), _batch(r, r.images)[0], _layer(r, "last"), r.category).draw(_data(r).classes)


def _occlusion(r: Request) -> Picture:
    from pullback.draw.attribution import occlusion

    images = _batch(r, r.images)[0]
    patch = min(r.patch, *images.shape[2:])
    stride = max(1, patch // 2)
    return occlusion(_net(r), images, r.category, patch, stride).draw(_data(r).classes)


def _boundary(r: Request) -> Picture:
    from pullback.draw.boundaries import boundary

    assert r.points is not None  # noqa: S101  (for the type checker: `picture` has checked it)
    assert r.labels is not None  # noqa: S101
    return boundary(_net(r), r.points, r.labels)


def _equivariance(r: Request) -> Picture:
    from pullback.draw.shifts import equivariance

    assert r.photograph is not None  # noqa: S101  (for the type checker: `picture` has checked it)
    return equivariance(r.photograph, shift=r.shift).draw()


def _photo_filters(r: Request) -> Picture:
    from pullback.draw.photographs import photo_filters

    assert r.photograph is not None  # noqa: S101  (for the type checker: `picture` has checked it)
    return photo_filters(r.photograph)


@dataclass(frozen=True)
class Page:
    """The page in which every entry of one run can be opened."""

    trace: Any
    title: str
    classes: tuple[str, ...]

    def save(self, path: str) -> None:
        """Write the page; its ending is .html.

        Raises: ArgumentError
        """
        if not str(path).endswith((".html", ".htm")):
            raise ArgumentError(
                message("draw page: a page is an HTML file", got=str(path), need=".html", fix="--out x.html")
            )
        self.trace.to_html(path, title=self.title, labels=self.classes or None)


def _page(r: Request) -> Picture:
    from pullback.explain import trace
    from pullback.ops.losses import cross_entropy

    images, labels = _batch(r)
    classes = _data(r).classes
    title = f"Image {r.image}: {classes[int(labels[0])] if classes else int(labels[0])}"
    return Page(trace(_net(r), images, labels, loss=cross_entropy), title, tuple(classes))


_NET, _BOTH, _ONE, _SOME = ("net",), ("net", "data"), ("layer", "image"), ("image", "images", "category")
_GEOMETRY = ("size", "kernel", "stride", "padding", "dilation", "transposed", "output_padding", "numbers")

commands: dict[str, Kind] = {
    "arithmetic": Kind("a convolution's windows, one output position after another", (), _GEOMETRY, _arithmetic),
    "boundary": Kind("the regions of a classifier of the plane", ("net", "points", "labels"), (), _boundary),
    "confusion": Kind("which classes are taken for which", _BOTH, (), _confusion),
    "curves": Kind("loss and accuracy over the epochs", ("history",), (), _curves),
    "deconvnet": Kind("a channel projected back onto the pixels", _BOTH, (*_ONE, "channel", "position"), _deconvnet),
    "equivariance": Kind("shift and convolution in both orders", ("photograph",), ("shift",), _equivariance),
    "feature-maps": Kind("what a layer makes of an image", _BOTH, _ONE, _feature_maps),
    "filter-gradients": Kind("the gradient of a layer's filters", _BOTH, (*_ONE, "images"), _filter_gradients),
    "filters": Kind("a layer's filters", _NET, ("layer",), _filters),
    "grad-cam": Kind("where feature maps speak for the class", _BOTH, ("layer", *_SOME), _grad_cam),
    "gradient-maps": Kind("the loss's cotangent of a layer's output", _BOTH, _ONE, _gradient_maps),
    "graph": Kind(
        "a computation with its values and cotangents", (), ("formula", "at", "net", "data", "image"), _graph
    ),
    "guided-backprop": Kind("saliency with rectified cotangents", _BOTH, _SOME, _guided_backprop),
    "mistakes": Kind("the images that are named most wrongly", _BOTH, (), _mistakes),
    "occlusion": Kind("how far the score falls when a patch is covered", _BOTH, (*_SOME, "patch"), _occlusion),
    "page": Kind("one image's run as a page that opens any number's sum", _BOTH, ("image",), _page),
    "photo-filters": Kind("blur, edges and sharpening on a photograph", ("photograph",), (), _photo_filters),
    "receptive-field": Kind("what a unit sees of the image", _BOTH, (*_ONE, "position"), _receptive_field),
    "saliency": Kind("how much each pixel moves the score", _BOTH, _SOME, _saliency),
}
