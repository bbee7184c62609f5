"""The gradients of convolutions as operators of their own: the same sums, with the input or the filter left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pullback.ops import conv as body
from pullback.ops.apply import Value
from pullback.ops.convs import SOURCE
from pullback.ops.registry import Bad, Sample, bad, operator, sample
from pullback.ops.windows import Padding, Sizes

SIZE, KERNEL = (6, 5, 4), (3, 2, 2)
# Options, and the output's size for inputs of SIZE and filters of KERNEL.
GRID: tuple[tuple[dict[str, Any], tuple[int, int, int]], ...] = (
    ({}, (4, 4, 3)),
    ({"stride": 2, "padding": 1}, (3, 3, 3)),
    ({"dilation": 2, "padding": 2}, (6, 7, 6)),
    ({"groups": 2, "stride": 2}, (2, 2, 2)),
    ({"groups": 4, "stride": 3, "padding": "same"}, (2, 2, 2)),
    ({"padding": 2, "padding_mode": "reflect"}, (8, 8, 7)),
    ({"padding": "same", "padding_mode": "replicate", "stride": 2, "groups": 2}, (3, 3, 2)),
    ({"padding": 3, "padding_mode": "circular", "dilation": 2}, (8, 9, 8)),
)


def _input_samples(rank: int) -> Iterator[Sample]:
    for options, y in GRID:
        w = (4, 4 // options.get("groups", 1), *KERNEL[:rank])
        yield sample({"y_bar": (2, 4, *y[:rank]), "w": w}, input_size=SIZE[:rank], **options)
    yield sample({"y_bar": (2, 4) + (4,) * rank, "w": (4, 2) + (3,) * rank}, input_size=6)
    yield sample({"y_bar": (0, 4) + (4,) * rank, "w": (4, 2) + (3,) * rank}, input_size=6)


def _filter_samples(rank: int) -> Iterator[Sample]:
    for options, y in GRID:
        arrays = {"x": (2, 4, *SIZE[:rank]), "y_bar": (2, 4, *y[:rank])}
        yield sample(arrays, kernel_size=KERNEL[:rank], **options)
    yield sample({"x": (2, 3) + (6,) * rank, "y_bar": (2, 4) + (4,) * rank}, kernel_size=3)
    yield sample({"x": (0, 3) + (6,) * rank, "y_bar": (0, 4) + (4,) * rank}, kernel_size=3)


def _input_bad(rank: int) -> Iterator[Bad]:
    y, w = (2, 4) + (4,) * rank, (4, 2) + (3,) * rank
    yield bad("output's shape", {"y_bar": (2, 4) + (3,) * rank, "w": w}, input_size=6)
    yield bad("input_size does not fit", {"y_bar": y, "w": w}, input_size=(6,) * (rank + 1))
    yield bad("input_size does not fit", {"y_bar": y, "w": w}, input_size=6.0)
    yield bad("no such padding mode", {"y_bar": y, "w": w}, input_size=6, padding_mode="mirror")
    yield bad("y_bar needs .* axes", {"y_bar": y[1:], "w": w}, input_size=6)


def _filter_bad(rank: int) -> Iterator[Bad]:
    x, y = (2, 4) + (6,) * rank, (2, 4) + (4,) * rank
    yield bad("output's shape", {"x": x, "y_bar": (2, 4) + (3,) * rank}, kernel_size=3)
    yield bad("kernel_size does not fit", {"x": x, "y_bar": y}, kernel_size=(3,) * (rank + 1))
    yield bad("kernel_size does not fit", {"x": x, "y_bar": y}, kernel_size=0)
    yield bad("groups must divide", {"x": x, "y_bar": y}, kernel_size=3, groups=3)
    yield bad("y_bar needs .* axes", {"x": x, "y_bar": y[1:]}, kernel_size=3)


def _input_gradient(rank: int) -> Callable[..., Any]:
    name = f"conv{rank}d_input_gradient"

    def gradient(
        y_bar: Value,
        w: Value,
        input_size: Sizes,
        *,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        padding_mode: str = "zeros",
    ) -> Value:
        return body.conv_input_gradient(
            name, rank, y_bar, w, input_size, stride, padding, dilation, groups, padding_mode
        )

    gradient.__name__ = gradient.__qualname__ = name
    gradient.__doc__ = INPUT_DOC
    return operator(samples=_input_samples(rank), bad=_input_bad(rank), linear=("y_bar", "w"), source=SOURCE)(gradient)


INPUT_DOC = """x̄ of a convolution: its sum with the input left out.

    x̄[n,i,h,w] = Σ ȳ[n,o,p,q] · w[o,i,r,s]   over o,p,q,r,s with p·σ + r·δ − top = h and q·σ + s·δ − left = w

    input_size    (H,W), or one number for every axis: strided windows do not tell it
    padding_mode  what belongs to an entry of the border beyond x is added to the entry of x that it was read from

    Shapes:  y_bar (N,O,P,Q), w (O,I/groups,R,S) -> (N,I,H,W); likewise for 1 and 3 axes
    Raises:  ShapeError, ArgumentError
    Source:  Dumoulin & Visin 2016, arXiv:1603.07285
    """


def _filter_gradient(rank: int) -> Callable[..., Any]:
    name = f"conv{rank}d_filter_gradient"

    def gradient(
        x: Value,
        y_bar: Value,
        kernel_size: Sizes,
        *,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        padding_mode: str = "zeros",
    ) -> Value:
        return body.conv_filter_gradient(
            name, rank, x, y_bar, kernel_size, stride, padding, dilation, groups, padding_mode
        )

    gradient.__name__ = gradient.__qualname__ = name
    gradient.__doc__ = FILTER_DOC
    return operator(samples=_filter_samples(rank), bad=_filter_bad(rank), linear=("y_bar", "x"), source=SOURCE)(
        gradient
    )


FILTER_DOC = """w̄ of a convolution: its sum with the filter left out.

    w̄[o,i,r,s] = Σ_{n,p,q} ȳ[n,o,p,q] · x[n, i, p·σ + r·δ − top, q·σ + s·δ − left]

    kernel_size   (R,S), or one number for every axis: strided windows do not tell it
    padding_mode  what reads outside x give, as in the convolution

    Shapes:  x (N,I,H,W), y_bar (N,O,P,Q) -> (O,I/groups,R,S); likewise for 1 and 3 axes
    Raises:  ShapeError, ArgumentError
    Source:  Dumoulin & Visin 2016, arXiv:1603.07285
    """

conv1d_input_gradient, conv2d_input_gradient, conv3d_input_gradient = map(_input_gradient, (1, 2, 3))
conv1d_filter_gradient, conv2d_filter_gradient, conv3d_filter_gradient = map(_filter_gradient, (1, 2, 3))
