"""Normalisation: subtract a mean, divide by a standard deviation, then an optional scale and shift per channel.

All four are the same sum over different letters: y = (x − mean) / √(var + eps) · weight + bias, where mean and var (the
biased one, Σ(x − mean)²/M) run over the batch and the positions (batch norm), over the last axes (layer norm), over a
group of channels (group norm) or over one plane (instance norm).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import Map
from pullback.formula.expr import Expr, Var, sqrt
from pullback.ops import reduce
from pullback.ops.apply import Value, apply, axis_names, elementwise, is_whole, ref, shape_of
from pullback.ops.numbers import check_number, check_share
from pullback.ops.registry import Bad, Draw, Sample, bad, operator, sample
from pullback.ops.shape import reshape
from pullback.ops.windows import per_axis, plain

BATCH_SOURCE = "Ioffe & Szegedy 2015, arXiv:1502.03167; PyTorch nn.functional.batch_norm"
CHANNELS: tuple[int, ...] = (1,)


def map_along(x: Value, expression: Expr, operands: Mapping[str, tuple[Value, Sequence[int]]]) -> Value:
    """Apply an expression to x and operands that have some of its axes: a number per channel is (values, (1,))."""
    shape = shape_of(x)
    names = axis_names(len(shape))
    reads = [ref("x", names, shape)]
    reads += [ref(k, [names[j] for j in axes], shape_of(v)) for k, (v, axes) in operands.items()]
    return apply(Map(ref("y", names, shape), tuple(reads), expression), x, *(v for v, _ in operands.values()))


def _scaled(y: Expr, weight: Value | None, bias: Value | None) -> Expr:
    y = y if weight is None else y * Var("weight")
    return y if bias is None else y + Var("bias")


def _affine(weight: Value | None, bias: Value | None, axes: Sequence[int]) -> dict[str, tuple[Value, Sequence[int]]]:
    return {k: (v, axes) for k, v in (("weight", weight), ("bias", bias)) if v is not None}


def _check_affine(op: str, need: tuple[int, ...], **values: Value | None) -> None:
    for name, value in values.items():
        if value is not None and shape_of(value) != need:
            raise ShapeError(message(f"{op}: {name} does not fit", got=f"{name} {shape_of(value)}", need=f"{need}"))


def check_eps(op: str, eps: float) -> None:
    """What keeps a standard deviation from 0 is not negative.

    Raises: ArgumentError
    """
    if not check_number(op, "eps", eps) >= 0:
        raise ArgumentError(message(f"{op}: eps must not be negative", got=f"eps={eps!r}", need="eps >= 0"))


def _channels(op: str, x: Value, rank: int = 2) -> tuple[int, ...]:
    shape = shape_of(x)
    if len(shape) < rank:
        need = "(N,C)" if rank == 2 else "(N,C,…), at least one axis of positions"
        raise ShapeError(message(f"{op}: x needs {rank} axes or more", got=f"x {shape}", need=need))
    return shape


def _normalised(
    x: Value, axes: Sequence[int], affine: Sequence[int], weight: Value | None, bias: Value | None, eps: float
) -> tuple[Value, Value, Value]:
    """(x − mean)/√(var + eps) · weight + bias with the statistics over `axes`; y, mean and biased variance."""
    kept = [j for j in range(len(shape_of(x))) if j not in axes]
    mean = reduce.mean(x, tuple(axes))
    centred = map_along(x, Var("x") - Var("mean"), {"mean": (mean, kept)})
    var = reduce.mean(elementwise(lambda c: c**2, c=centred), tuple(axes))
    expression = _scaled(Var("x") / sqrt(Var("var") + eps), weight, bias)
    return map_along(centred, expression, {"var": (var, kept), **_affine(weight, bias, affine)}), mean, var


def _batch_samples() -> Iterator[Sample]:
    stats = {"mean": Draw((3,)), "var": Draw((3,), "positive")}
    affine = {"weight": Draw((3,)), "bias": Draw((3,))}
    for shape in ((4, 3), (2, 3, 5), (2, 3, 2, 2), (1, 3, 1, 2, 2), (0, 3, 2)):
        yield sample({"x": shape, **stats, **affine})
    yield sample({"x": (2, 3, 2), **stats})
    yield sample({"x": (2, 3, 2), **stats, "bias": Draw((3,))}, eps=0.1)


def _batch_bad() -> Iterator[Bad]:
    stats = {"mean": Draw((3,)), "var": Draw((3,), "positive")}
    yield bad("x needs 2 axes or more", {"x": (3,), **stats})
    yield bad("mean does not fit", {"x": (2, 4), **stats})
    yield bad("var does not fit", {"x": (2, 3), "mean": (3,), "var": (2,)})
    yield bad("weight does not fit", {"x": (2, 3), **stats, "weight": (3, 1)})
    yield bad("bias does not fit", {"x": (2, 3), **stats, "bias": (2,)})
    yield bad("eps must not be negative", {"x": (2, 3), **stats}, eps=-1e-5)
    yield bad("momentum", {"x": (2, 3), **stats}, training=True, momentum=1.5)


@operator(samples=_batch_samples(), bad=_batch_bad(), source=BATCH_SOURCE, onnx="BatchNormalization")
def batch_norm(
    x: Value,
    mean: Value,
    var: Value,
    weight: Value | None = None,
    bias: Value | None = None,
    *,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Normalise channels by running statistics: y[n,o] = (x[n,o] − mean[o]) / √(var[o] + eps) · weight[o] + bias[o].

    training  normalise by the batch's own mean and variance (`batch_norm_training`), and return y with the running
              statistics that follow, (y, mean, var): nothing is changed in place
    momentum  the batch's share in the running statistics (see `running_statistics`)

    Shapes:  x (N,C,…), mean, var, weight, bias (C,) -> y like x
    Raises:  ShapeError (in training also: one value per channel), ArgumentError
    Source:  Ioffe & Szegedy 2015, arXiv:1502.03167

    >>> import numpy as np
    >>> batch_norm(np.array([[3.0], [7.0]]), np.array([5.0]), np.array([4.0]), eps=0.0)
    array([[-1.],
           [ 1.]])
    """
    shape = _channels("batch_norm", x)
    _check_affine("batch_norm", shape[1:2], mean=mean, var=var, weight=weight, bias=bias)
    check_eps("batch_norm", eps)
    if training:
        y, batch_mean, batch_var = batch_norm_training(x, weight, bias, eps)
        count = prod(shape) // shape[1]
        return y, *running_statistics(mean, var, batch_mean, batch_var, count, momentum)
    expression = _scaled((Var("x") - Var("mean")) / sqrt(Var("var") + eps), weight, bias)
    return map_along(
        x, expression, {"mean": (mean, CHANNELS), "var": (var, CHANNELS), **_affine(weight, bias, CHANNELS)}
    )


@operator(
    samples=[
        sample({"x": (4, 3), "weight": (3,), "bias": (3,)}),
        sample({"x": (2, 3, 2, 2), "weight": (3,), "bias": (3,)}),
        sample({"x": (1, 3, 4)}),
        sample({"x": (2, 1, 2, 1, 2), "weight": (1,)}, eps=0.1),
    ],
    bad=[
        bad("one value per channel", {"x": (1, 3)}),
        bad("one value per channel", {"x": (1, 3, 1, 1)}),
        bad("no value per channel", {"x": (0, 3, 2)}),
        bad("x needs 2 axes or more", {"x": (3,)}),
        bad("weight does not fit", {"x": (2, 3), "weight": (2,)}),
        bad("eps must not be negative", {"x": (2, 3)}, eps=-1.0),
    ],
    source=BATCH_SOURCE,
)
def batch_norm_training(
    x: Value, weight: Value | None = None, bias: Value | None = None, eps: float = 1e-5
) -> tuple[Value, Value, Value]:
    """Normalise channels by the batch's own statistics: y = (x − μ[o]) / √(v[o] + eps) · weight[o] + bias[o].

    μ[o] = 1/M · Σ_{n,p} x[n,o,p],  v[o] = 1/M · Σ_{n,p} (x[n,o,p] − μ[o])²,  M values per channel; gradients flow
    through both

    Shapes:  x (N,C,…), weight, bias (C,) -> y like x, μ (C,), v (C,), the biased variance
    Raises:  ShapeError (one value per channel, whose variance is 0; or none), ArgumentError
    Source:  Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1
    """
    op = "batch_norm_training"
    shape = _channels(op, x)
    _check_affine(op, shape[1:2], weight=weight, bias=bias)
    check_eps(op, eps)
    axes = [j for j in range(len(shape)) if j != 1]
    _check_count(op, shape, axes, "channel", 2, "a larger batch, or evaluation mode")
    return _normalised(x, axes, CHANNELS, weight, bias, eps)


def _check_count(op: str, shape: tuple[int, ...], axes: Sequence[int], per: str, least: int, fix: str = "") -> None:
    count = prod(shape[j] for j in axes)
    if count < least:
        title = f"{op}: {'one' if count else 'no'} value per {per}"
        raise ShapeError(message(title, got=f"x {shape}", need=f"{least} or more", fix=fix))


def running_statistics(
    running_mean: Value, running_var: Value, mean: Value, var: Value, count: int, momentum: float = 0.1
) -> tuple[Value, Value]:
    """Carry a batch's statistics over into the running ones: r ← (1 − momentum) · r + momentum · batch.

    var    the batch's biased variance, Σ(x − μ)²/M; the running one takes the unbiased, var · M/(M − 1)
    count  M, the number of values per channel

    Raises:  ArgumentError

    >>> import numpy as np
    >>> running_statistics(np.array([0.0]), np.array([1.0]), np.array([5.0]), np.array([4.0]), count=2)
    (array([0.5]), array([1.7]))
    """
    check_share("batch_norm", "momentum", momentum)
    if count < 2:
        raise ArgumentError(
            message("batch_norm: one value has no unbiased variance", got=f"count={count}", need=">= 2")
        )
    unbiased = momentum * count / (count - 1)
    return (
        elementwise(lambda r, b: (1 - momentum) * r + momentum * b, r=running_mean, b=mean),
        elementwise(lambda r, b: (1 - momentum) * r + unbiased * b, r=running_var, b=var),
    )


@operator(
    samples=[
        sample({"x": (4, 3), "weight": (3,), "bias": (3,)}, normalized_shape=3),
        sample({"x": (2, 3, 4), "weight": (3, 4), "bias": (3, 4)}, normalized_shape=(3, 4)),
        sample({"x": (2, 3, 4)}, normalized_shape=(2, 3, 4)),
        sample({"x": (2, 3, 2, 2), "weight": (2,)}, normalized_shape=[2], eps=0.1),
        sample({"x": (0, 3)}, normalized_shape=3),
    ],
    bad=[
        bad("does not end in normalized_shape", {"x": (2, 3)}, normalized_shape=2),
        bad("does not end in normalized_shape", {"x": (3,)}, normalized_shape=(2, 3)),
        bad("normalized_shape does not fit", {"x": (2, 3)}, normalized_shape=3.0),
        bad("normalized_shape is empty", {"x": (2, 3)}, normalized_shape=()),
        bad("no value per sample", {"x": (2, 0)}, normalized_shape=0),
        bad("weight does not fit", {"x": (2, 3), "weight": (2,)}, normalized_shape=3),
        bad("bias does not fit", {"x": (2, 3), "bias": (2, 3)}, normalized_shape=3),
        bad("eps must not be negative", {"x": (2, 3)}, normalized_shape=3, eps=-1.0),
    ],
    source="arXiv:1607.06450; PyTorch nn.functional.layer_norm",
    onnx="LayerNormalization",
)
def layer_norm(
    x: Value,
    normalized_shape: int | Sequence[int],
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-5,
) -> Value:
    """Normalise every sample over its last axes: y[n,i] = (x[n,i] − μ[n]) / √(v[n] + eps) · weight[i] + bias[i].

    μ[n] = 1/I · Σ_i x[n,i],  v[n] = 1/I · Σ_i (x[n,i] − μ[n])²

    Shapes:  x (…,*normalized_shape), weight, bias (*normalized_shape,) -> y like x
    Raises:  ShapeError, ArgumentError
    Source:  Ba, Kiros & Hinton 2016, arXiv:1607.06450

    >>> import numpy as np
    >>> layer_norm(np.array([[1.0, 3.0], [5.0, 5.0]]), 2, eps=1e-12).round(3)
    array([[-1.,  1.],
           [ 0.,  0.]])
    """
    last = last_sizes("layer_norm", normalized_shape)
    shape = shape_of(x)
    if shape[-len(last) :] != last:
        got = f"x {shape}, normalized_shape={last}"
        raise ShapeError(message("layer_norm: x does not end in normalized_shape", got=got, need=f"x (…,{last})"))
    _check_affine("layer_norm", last, weight=weight, bias=bias)
    check_eps("layer_norm", eps)
    axes = range(len(shape) - len(last), len(shape))
    _check_count("layer_norm", shape, axes, "sample", 1)
    return _normalised(x, axes, axes, weight, bias, eps)[0]


def last_sizes(op: str, normalized_shape: int | Sequence[int], least: int = 0) -> tuple[int, ...]:
    """The sizes of the last axes, from one or several.

    Raises: ArgumentError
    """
    given = plain(normalized_shape)
    sizes = given if isinstance(given, tuple) else (given,)
    if not sizes:
        raise ArgumentError(message(f"{op}: normalized_shape is empty", need="the sizes of the last axes"))
    return per_axis(op, "normalized_shape", sizes, len(sizes), least)


@operator(
    samples=[
        sample({"x": (2, 4), "weight": (4,), "bias": (4,)}, num_groups=2),
        sample({"x": (2, 6, 2, 2), "weight": (6,), "bias": (6,)}, num_groups=3),
        sample({"x": (2, 4, 3)}, num_groups=1),
        sample({"x": (1, 2, 2, 1, 2), "bias": (2,)}, num_groups=2, eps=0.1),
        sample({"x": (0, 4, 2)}, num_groups=2),
    ],
    bad=[
        bad("do not divide into groups", {"x": (2, 4)}, num_groups=3),
        bad("do not divide into groups", {"x": (2, 4)}, num_groups=0),
        bad("x needs 2 axes or more", {"x": (4,)}, num_groups=2),
        bad("one value per group", {"x": (1, 4)}, num_groups=4),
        bad("no value per group", {"x": (2, 4, 0)}, num_groups=2),
        bad("weight does not fit", {"x": (2, 4), "weight": (2,)}, num_groups=2),
        bad("eps must not be negative", {"x": (2, 4)}, num_groups=2, eps=-1.0),
    ],
    source="arXiv:1803.08494; PyTorch nn.functional.group_norm",
    onnx="GroupNormalization",
)
def group_norm(
    x: Value, num_groups: int, weight: Value | None = None, bias: Value | None = None, eps: float = 1e-5
) -> Value:
    """Normalise every sample over groups of neighbouring channels, then scale and shift per channel.

    y[n,o,p] = (x[n,o,p] − μ[n,g]) / √(v[n,g] + eps) · weight[o] + bias[o],  g = ⌊o · num_groups / C⌋, with mean and
    biased variance over the group's channels and all positions

    Shapes:  x (N,C,…), weight, bias (C,) -> y like x
    Edges:   a group of one value gives bias[o]; in a batch of one that is an error, as in PyTorch
    Raises:  ShapeError, ArgumentError
    Source:  Wu & He 2018, arXiv:1803.08494
    """
    shape = _channels("group_norm", x)
    if not is_whole(num_groups, 1) or shape[1] % num_groups:
        got = f"{shape[1]} channels, num_groups={num_groups}"
        raise ArgumentError(
            message("group_norm: channels do not divide into groups", got=got, need="C % num_groups == 0")
        )
    _check_affine("group_norm", shape[1:2], weight=weight, bias=bias)
    check_eps("group_norm", eps)
    grouped = (shape[0], int(num_groups), shape[1] // int(num_groups), *shape[2:])
    axes = range(2, len(grouped))
    _check_count("group_norm", grouped, axes, "group", 2 if shape[0] == 1 else 1)
    weight, bias = (None if v is None else reshape(v, grouped[1:3]) for v in (weight, bias))
    y, _, _ = _normalised(reshape(x, grouped), axes, (1, 2), weight, bias, eps)
    return reshape(y, shape)


@operator(
    samples=[
        sample({"x": (2, 3, 4), "weight": (3,), "bias": (3,)}),
        sample({"x": (2, 3, 2, 3), "weight": (3,), "bias": (3,)}),
        sample({"x": (1, 2, 2, 1, 2)}, eps=0.1),
        sample({"x": (0, 3, 2, 2)}),
    ],
    bad=[
        bad("one value per plane", {"x": (2, 3, 1, 1)}),
        bad("no value per plane", {"x": (2, 3, 0)}),
        bad("x needs 3 axes or more", {"x": (2, 3)}),
        bad("weight does not fit", {"x": (2, 3, 4), "weight": (4,)}),
        bad("eps must not be negative", {"x": (2, 3, 4)}, eps=-1.0),
    ],
    source="arXiv:1607.08022; PyTorch nn.functional.instance_norm",
    onnx="InstanceNormalization",
)
def instance_norm(x: Value, weight: Value | None = None, bias: Value | None = None, eps: float = 1e-5) -> Value:
    """Normalise every plane by its own statistics: y[n,o,p] = (x − μ[n,o]) / √(v[n,o] + eps) · weight[o] + bias[o].

    Shapes:  x (N,C,…), weight, bias (C,) -> y like x
    Raises:  ShapeError (also: planes of one value), ArgumentError
    Source:  Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022
    """
    shape = _channels("instance_norm", x, 3)
    _check_affine("instance_norm", shape[1:2], weight=weight, bias=bias)
    check_eps("instance_norm", eps)
    axes = range(2, len(shape))
    _check_count("instance_norm", shape, axes, "plane", 2)
    return _normalised(x, axes, CHANNELS, weight, bias, eps)[0]
