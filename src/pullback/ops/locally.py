"""The named locally connected operators of 1, 2 and 3 axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pullback.ops.apply import Value
from pullback.ops.matrix import locally_connected
from pullback.ops.registry import Sample, bad, operator, sample
from pullback.ops.windows import Padding, Sizes

DOC = """Apply a filter of its own at every output position.

    y[n,o,p,q] = Σ_{i,r,s} w[o,p,q,i,r,s] · x[n, i, p·σ + r·δ − π, q·σ + s·δ − π] + b

    Shapes:  x (N,I,H,W), w (O,P,Q,I,R,S), bias (O,) or (O,P,Q) -> y (N,O,P,Q); likewise for 1 and 3 axes
    Raises:  ShapeError, ArgumentError
    Source:  LeCun 1989, "Generalization and network design strategies"; Flax ConvLocal
    """


def _samples(rank: int) -> Iterator[Sample]:
    def one(out: int, **options: Any) -> Sample:
        w = (4, *(out,) * rank, 3, *(3,) * rank)
        return sample({"x": (2, 3, *(5,) * rank), "w": w, "bias": (4,)}, **options)

    yield one(3)
    yield one(2, stride=2)
    yield one(5, padding=1)
    yield one(1, dilation=2)
    yield sample(
        {"x": (2, 3, *(5,) * rank), "w": (4, *(5,) * rank, 3, *(3,) * rank), "bias": (4, *(5,) * rank)}, padding="same"
    )


def _locally_connected(name: str, rank: int) -> Callable[..., Any]:
    def layer(
        x: Value, w: Value, bias: Value | None = None, *, stride: Sizes = 1, padding: Padding = 0, dilation: Sizes = 1
    ) -> Value:
        return locally_connected(name, rank, x, w, bias, stride, padding, dilation)

    layer.__name__ = layer.__qualname__ = name
    layer.__doc__ = DOC
    x = (2, 3, *(5,) * rank)
    wrong = [
        bad("one filter per output position", {"x": x, "w": (4, *(2,) * rank, 3, *(3,) * rank)}),
        bad("channels do not match", {"x": x, "w": (4, *(3,) * rank, 2, *(3,) * rank)}),
    ]
    return operator(samples=_samples(rank), bad=wrong, linear=("x+bias", "w+bias"), source="Flax linen ConvLocal")(
        layer
    )


locally_connected1d = _locally_connected("locally_connected1d", 1)
locally_connected2d = _locally_connected("locally_connected2d", 2)
locally_connected3d = _locally_connected("locally_connected3d", 3)
