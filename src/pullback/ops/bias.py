"""The bias: tied (one number per channel) or untied (one per channel and position)."""

from __future__ import annotations

from pullback.errors import ShapeError, message
from pullback.formula import Map
from pullback.formula.expr import Var
from pullback.ops.apply import Value, apply, axis_names, call_name, ref, shape_of
from pullback.ops.registry import bad, operator, sample


@operator(
    samples=[
        sample({"y": (2, 3), "b": (3,)}),
        sample({"y": (2, 3, 4, 5), "b": (3,)}),
        sample({"y": (2, 3, 4, 5), "b": (3, 4, 5)}),
        sample({"y": (2, 3, 4), "b": (3, 4)}),
        sample({"y": (0, 3, 4), "b": (3,)}),
    ],
    bad=[
        bad("bias does not fit", {"y": (2, 3, 4, 5), "b": (4,)}),
        bad("bias does not fit", {"y": (2, 3, 4, 5), "b": (3, 4)}),
    ],
)
def add_bias(y: Value, b: Value | None) -> Value:
    """Add a bias to the channels: y[n,o,p,q] + b[o] (tied), or + b[o,p,q] (untied).

    Shapes:  y (N,O,…), b (O,) or (O,…) -> like y
    Raises:  ShapeError

    The gradient is the sum of the cotangent over every letter that b has not: b̄[o] = Σ_{n,p,q} ȳ[n,o,p,q] when tied,
    b̄[o,p,q] = Σ_n ȳ[n,o,p,q] when untied.
    """
    if b is None:
        return y
    shape, its = shape_of(y), shape_of(b)
    if its != shape[1:2] and its != shape[1:]:
        need = f"{shape[1:2]} (tied)" + (f" or {shape[1:]} (untied)" if len(shape) > 2 else "")
        op = call_name().removesuffix("add_bias").strip("/").split("/")[-1] or "add_bias"
        raise ShapeError(message(f"{op}: bias does not fit", got=f"b {its} for an output {shape}", need=need))
    names = axis_names(len(shape))
    reads = (ref("y", names, shape), ref("b", names[1 : 1 + len(its)], its))
    return apply(Map(ref("z", names, shape), reads, Var("y") + Var("b")), y, b)
