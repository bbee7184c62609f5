"""Samples beyond those of the operators' records: products of options, larger arguments, functions without a record."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from pullback.ops.registry import Draw, Sample, sample

STRIDES = DILATIONS = (1, 2, 3)


@dataclass(frozen=True)
class Between:
    """An array of numbers spread evenly over a range."""

    shape: tuple[int, ...]
    low: float
    high: float
    is_real: bool = True

    def draw(self, rng: np.random.Generator) -> Any:
        return rng.uniform(self.low, self.high, self.shape)


def between(shape: tuple[int, ...], low: float, high: float, name: str = "x", **options: Any) -> Sample:
    """A sample of one array."""
    return Sample({name: Between(shape, low, high)}, options)


def _options(**choices: Any) -> Iterator[dict[str, Any]]:
    """Every combination of the choices."""
    for values in product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def conv(rank: int) -> Iterator[Sample]:
    """Strides and dilations 1–3, per axis too, with groups up to one channel each, and padding that differs per end."""
    size, taps = (11, 10, 9)[:rank], (3, 2, 2)[:rank]
    uneven: tuple[tuple[int, int], ...] = ((1, 2), (0, 3), (2, 0))[:rank]
    per_axis: dict[str, tuple[Any, ...]] = {
        "stride": (*STRIDES, (2, 3)) if rank == 2 else STRIDES,
        "dilation": (*DILATIONS, (3, 1)) if rank == 2 else DILATIONS,
        "groups": (1, 2, 4) if rank < 3 else (1, 4),
        "padding": (0, 1, uneven) if rank < 3 else (uneven,),
    }
    for options in _options(**per_axis):
        arrays = {"x": (2, 4, *size), "w": (4, 4 // options["groups"], *taps), "bias": (4,)}
        yield sample(arrays, **options)
    for stride, dilation, kernel in product(STRIDES, DILATIONS, (1, 2, 3, 4)):
        yield sample(
            {"x": (1, 2, *size), "w": (2, 2) + (kernel,) * rank}, stride=stride, dilation=dilation, padding="same"
        )


def conv_transpose(rank: int) -> Iterator[Sample]:
    """Strides and dilations 1–3, with the largest output padding that is legal, groups and padding."""
    size, taps = (4, 3, 3)[:rank], (3, 2, 2)[:rank]
    groups = (1, 2, 4) if rank < 3 else (1, 4)
    for options in _options(stride=STRIDES, dilation=DILATIONS, groups=groups, padding=(0, 1), more=(False, True)):
        if options.pop("more"):
            options["output_padding"] = max(options["stride"], options["dilation"]) - 1
        yield sample({"x": (2, 4, *size), "w": (4, 3, *taps), "bias": (3 * options["groups"],)}, **options)
    if rank == 2:
        x, w = (2, 4, 3, 5), (4, 2, 2, 3)
        yield sample({"x": x, "w": w}, stride=(3, 2), dilation=(1, 4), output_padding=(2, 3))


def max_pool(rank: int) -> Iterator[Sample]:
    """Kernels, strides, padding, dilation and ceil_mode; values and switches."""
    x = Draw((2, 2, *(9, 8, 9)[:rank]), "distinct")
    choices = _options(kernel_size=(2, 3), stride=STRIDES, padding=(0, 1), dilation=DILATIONS, ceil_mode=(False, True))
    for k, options in enumerate(choices):
        if rank < 3 or k % 2:
            yield sample({"x": x}, return_indices=True, **options)


def avg_pool(rank: int) -> Iterator[Sample]:
    """Kernels, strides, padding, ceil_mode, count_include_pad and divisor_override."""
    choices = _options(
        kernel_size=(2, 3),
        stride=STRIDES,
        padding=(0, 1),
        ceil_mode=(False, True),
        count_include_pad=(False, True),
        divisor_override=(None, 5) if rank > 1 else (None,),
    )
    for k, options in enumerate(choices):
        if rank < 3 or k % 3 == 0:
            yield sample({"x": (2, 2, *(8, 9, 8)[:rank])}, **options)


def lp_pool(rank: int) -> Iterator[Sample]:
    """Norms over windows of numbers that are not negative."""
    x = Draw((2, 2, *(7, 6, 5)[:rank]), "positive")
    for options in _options(norm_type=(1.0, 2.0, 3.0, 1.5), kernel_size=(2, 3), stride=(None, 1, 2)):
        yield sample({"x": x}, **options)


def adaptive_pool(rank: int, kind: str) -> Iterator[Sample]:
    """Windows that divide sizes evenly and unevenly, and that overlap."""
    for size, out in product((5, 6, 7), (1, 2, 3, 4, 7)):
        yield sample({"x": Draw((2, 2, *(size, 5, 4)[:rank]), kind)}, output_size=(out, 3, 2)[:rank])


def linear() -> Iterator[Sample]:
    """Batches of any number of axes."""
    for lead, bias in product(((), (1,), (7,), (2, 3), (2, 1, 3)), (False, True)):
        arrays: dict[str, Any] = {"x": (*lead, 5), "w": (4, 5)}
        yield sample(arrays | ({"bias": (4,)} if bias else {}))


def activation(**options: Any) -> Iterator[Sample]:
    """Arguments from −8 to 8: past the bends of relu6, and where sigmoids and exponentials saturate."""
    yield between((5, 40), -8.0, 8.0, **options)


def scores() -> Iterator[Sample]:
    """Scores along every axis, small and large."""
    for axis, reach in product((0, 1, 2, -1), (1.0, 30.0)):
        yield between((3, 4, 2), -reach, reach, axis=axis)


def _labels(shape: tuple[int, ...], classes: int) -> tuple[int, ...]:
    return (shape[0], *shape[2:]) if len(shape) > 1 else ()


SHAPES = ((6, 4), (3, 4, 3), (2, 4, 3, 2), (1, 4, 2, 2, 2))
REDUCTIONS = ("mean", "sum", "none")


def nll_loss(name: str = "log_probs", **choices: Any) -> Iterator[Sample]:
    """Labels with positions, class weights, a label to ignore, and each reduction."""
    for shape, weighted, options in product(
        SHAPES, (False, True), _options(ignore_index=(None, 2), reduction=REDUCTIONS, **choices)
    ):
        arrays: dict[str, Any] = {name: shape, "target": Draw(_labels(shape, 4), "labels", 4)}
        yield sample(arrays | ({"weight": Draw((4,), "positive")} if weighted else {}), **options)


def cross_entropy() -> Iterator[Sample]:
    """As nll_loss, with label smoothing; and probabilities as targets."""
    yield from nll_loss("logits", label_smoothing=(0.0, 0.1))
    for shape, weighted, options in product(
        SHAPES, (False, True), _options(label_smoothing=(0.0, 0.3), reduction=REDUCTIONS)
    ):
        arrays: dict[str, Any] = {"logits": shape, "target": Draw(shape, "probability")}
        yield sample(arrays | ({"weight": Draw((4,), "positive")} if weighted else {}), **options)


def with_logits() -> Iterator[Sample]:
    """Weights per entry and per column, weights of the positive part, and scores up to ±30."""
    for weight, positive, reduction in product((None, (3,), (4, 3), (4, 1)), (None, (3,)), REDUCTIONS):
        arrays: dict[str, Any] = {"logits": Between((4, 3), -30.0, 30.0), "target": Draw((4, 3), "probability")}
        if weight is not None:
            arrays["weight"] = Draw(weight, "positive")
        if positive is not None:
            arrays["pos_weight"] = Draw(positive, "positive")
        yield Sample(arrays, {"reduction": reduction})


def paired(**choices: Any) -> Iterator[Sample]:
    """Errors on both sides of every bend."""
    for options in _options(reduction=REDUCTIONS, **choices):
        arrays: dict[str, Any] = {k: Between((4, 5, 2), -3.0, 3.0) for k in ("prediction", "target")}
        yield Sample(arrays, options)


def _affine(shapes: Any, size: Callable[[tuple[int, ...]], tuple[int, ...]], **choices: Any) -> Iterator[Sample]:
    """x with weight and bias, with one of them, and without."""
    for shape, weight, bias, options in product(shapes, (False, True), (False, True), _options(**choices)):
        arrays: dict[str, Any] = {"x": shape}
        if weight:
            arrays["weight"] = size(shape)
        if bias:
            arrays["bias"] = size(shape)
        yield sample(arrays, **options)


def _channels(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[1:2]


PLANES = ((5, 6), (3, 6, 4), (2, 6, 3, 2), (2, 6, 2, 3, 2))


def batch_norm() -> Iterator[Sample]:
    """Given statistics, with weight and bias, one of them, or neither."""
    for s in _affine(PLANES, _channels, eps=(1e-5, 0.1)):
        yield Sample({**s.arrays, "mean": Draw((6,)), "var": Draw((6,), "positive")}, s.options)


def layer_norm() -> Iterator[Sample]:
    """One to three last axes."""
    for shape in PLANES:
        for count in range(1, min(len(shape), 3) + 1):
            yield from _affine((shape,), lambda s, n=count: s[-n:], normalized_shape=(shape[-count:],))


def running_statistics() -> Iterator[Sample]:
    """Batches whose statistics move the running ones a little, wholly, or not at all."""
    for shape, momentum in product(PLANES, (0.0, 0.1, 1.0)):
        yield sample({"x": shape, "mean": Draw((6,)), "var": Draw((6,), "positive")}, momentum=momentum)


def pooled_and_put_back(rank: int) -> Iterator[Sample]:
    """Max pooling in windows that do not meet, and its inverse by the switches."""
    x = Draw((2, 2, *(9, 8, 6)[:rank]), "distinct")
    for kernel, further, padding, whole in product((2, 3), (0, 1), (0, 1), (False, True)):
        size = (9, 8, 6)[:rank] if whole else None
        yield sample({"x": x}, kernel_size=kernel, stride=kernel + further, padding=padding, output_size=size)


def reductions(kind: str = "real", **choices: Any) -> Iterator[Sample]:
    """Every choice of axes of an array with three."""
    for axis, keepdims, options in product(
        (None, 0, -1, (0, 2), (1, 2), (0, 1, 2)), (False, True), _options(**choices)
    ):
        yield sample({"x": Draw((3, 4, 2), kind)}, axis=axis, keepdims=keepdims, **options)


def softplus() -> Iterator[Sample]:
    """beta·x below 20, where PyTorch's softplus becomes a straight line."""
    for beta in (0.5, 1.0, 2.4):
        yield between((5, 40), -8.0, 8.0, beta=beta)


def clipped() -> Iterator[Sample]:
    """Limits on both sides, or on one."""
    for low, high in ((-1.0, 0.5), (None, 0.5), (-1.0, None)):
        yield Sample({"x": Between((40,), -2.0, 2.0)}, {"low": low, "high": high})


def _widths() -> Iterator[Sample]:
    for mode in ("constant", "reflect", "replicate", "circular"):
        for width in (
            ((0, 0), (0, 0), (1, 2)),
            ((0, 0), (2, 1), (0, 3)),
            ((2, 0), (1, 1), (2, 2)),
            ((5, 7), (9, 1), (0, 11)),
        ):
            yield sample({"x": (3, 4, 5)}, width=width, mode=mode)
    yield sample({"x": (3, 4, 5)}, width=((-1, 2), (1, -2), (0, -1)), value=0.5)


def _broadcast(second: str = "real", first: str = "real") -> Iterator[Sample]:
    """Shapes that stretch on one side, on the other, and on both."""
    for a, b in (((), ()), ((4, 1), (1, 3)), ((2, 1, 3), (5, 1)), ((1,), (2, 3)), ((2, 3, 1, 2), (4, 1)), ((), (2, 2))):
        yield sample({"x": Draw(a, first), "y": Draw(b, second)})


def _matrices() -> Iterator[Sample]:
    for a, b in (
        ((4, 5), (5, 3)),
        ((2, 4, 5), (5, 3)),
        ((4, 5), (2, 5, 3)),
        ((2, 1, 4, 5), (3, 5, 2)),
        ((5,), (2, 5, 3)),
        ((2, 4, 5), (5,)),
    ):
        yield sample({"a": a, "b": b})


RANKS = (1, 2, 3)
WIDER: Mapping[str, list[Sample]] = {
    **{f"conv{rank}d": list(conv(rank)) for rank in RANKS},
    **{f"conv_transpose{rank}d": list(conv_transpose(rank)) for rank in RANKS},
    **{f"max_pool{rank}d": list(max_pool(rank)) for rank in RANKS},
    **{f"avg_pool{rank}d": list(avg_pool(rank)) for rank in RANKS},
    **{f"lp_pool{rank}d": list(lp_pool(rank)) for rank in RANKS},
    **{f"adaptive_avg_pool{rank}d": list(adaptive_pool(rank, "real")) for rank in RANKS},
    **{f"adaptive_max_pool{rank}d": list(adaptive_pool(rank, "distinct")) for rank in RANKS},
    "pad": list(_widths()),
    "linear": list(linear()),
    "matmul": list(_matrices()),
    **{name: list(_broadcast()) for name in ("add", "subtract", "multiply", "maximum", "minimum")},
    "divide": list(_broadcast("positive")),
    "power": list(_broadcast("real", "positive")),
    **{
        name: [between((200,), -4.0, 4.0)]
        for name in ("exp", "expm1", "sin", "cos", "sinh", "cosh", "tanh", "arctan", "erf")
    },
    **{name: [between((200,), 1e-3, 50.0)] for name in ("log", "log1p", "sqrt", "reciprocal")},
    **{
        name: list(activation())
        for name in ("relu", "selu", "silu", "sigmoid", "softsign", "relu6", "hardsigmoid", "hardswish", "mish")
    },
    "leaky_relu": [*activation(negative_slope=0.3), *activation(negative_slope=0.0)],
    "elu": [*activation(alpha=0.7), *activation()],
    "hardtanh": list(activation(min_val=-2.0, max_val=3.0)),
    "gelu": [between((5, 40), -3.0, 8.0), between((5, 40), -3.0, 8.0, approximate="tanh")],
    "softplus": list(softplus()),
    "softmax": list(scores()),
    "log_softmax": list(scores()),
    **{name: list(reductions()) for name in ("sum", "mean")},
    "max": list(reductions("distinct")),
    "nll_loss": list(nll_loss()),
    "cross_entropy": list(cross_entropy()),
    "binary_cross_entropy_with_logits": list(with_logits()),
    "mse_loss": list(paired()),
    "l1_loss": list(paired()),
    "huber_loss": list(paired(delta=(0.5, 2.0))),
    "smooth_l1_loss": list(paired(beta=(0.5, 2.0))),
    "batch_norm": list(batch_norm()),
    "batch_norm_training": list(_affine(PLANES, _channels, eps=(1e-5, 0.1))),
    "layer_norm": list(layer_norm()),
    "group_norm": list(_affine(PLANES, _channels, num_groups=(1, 2, 3), eps=(1e-5, 0.1))),
    "instance_norm": list(_affine(PLANES[1:], _channels, eps=(1e-5, 0.1))),
}
"""More samples of operators that have a record, by name."""
