"""Resizing: repeat entries along the spatial axes."""

from __future__ import annotations

from pullback.errors import ShapeError, message
from pullback.formula import Affine, Ref, Sum
from pullback.ops.apply import Value, apply, axis_names, ref, shape_of
from pullback.ops.registry import bad, operator, sample
from pullback.ops.windows import Sizes, per_axis


@operator(
    samples=[
        sample({"x": (2, 3, 4)}, scale_factor=2),
        sample({"x": (2, 1, 2, 3)}, scale_factor=(3, 2)),
        sample({"x": (1, 2, 2, 1, 3)}, scale_factor=(1, 2, 3)),
        sample({"x": (0, 3, 4)}, scale_factor=2),
    ],
    bad=[
        bad("needs spatial axes", {"x": (2, 3)}, scale_factor=2),
        bad("scale_factor does not fit", {"x": (1, 1, 2, 2)}, scale_factor=(2, 2, 2)),
        bad("scale_factor does not fit", {"x": (1, 1, 2)}, scale_factor=0),
    ],
    linear=("x",),
    source="PyTorch interpolate(mode='nearest') with whole factors",
    onnx="Upsample",
)
def upsample_nearest(x: Value, scale_factor: Sizes) -> Value:
    """Repeat every entry: y[n, o, p·k + r, …] = x[n, o, p, …] for every r < k.

    scale_factor  k: a whole number, or one per spatial axis

    Shapes:  x (N,C,H,…) -> (N,C,H·k,…)
    Raises:  ShapeError, ArgumentError
    """
    shape = shape_of(x)
    if len(shape) < 3:
        raise ShapeError(message("upsample_nearest: x needs spatial axes", got=f"x {shape}", need="(N,C,H,…)"))
    scales = per_axis("upsample_nearest", "scale_factor", scale_factor, len(shape) - 2, 1)
    names, taps = axis_names(len(shape)), tuple(f"r{k}" for k in range(len(scales)))
    source = ref("x", names, shape)
    at = [Affine(((p, k), (r, 1))) for p, r, k in zip(names[2:], taps, scales, strict=True)]
    size = (*shape[:2], *(n * k for n, k in zip(shape[2:], scales, strict=True)))
    letters = (*zip(names, shape, strict=True), *zip(taps, scales, strict=True))
    return apply(Sum(Ref("y", (*source.at[:2], *at), size), (source,), letters), x)
