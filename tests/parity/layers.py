"""Layers of Pullback and of PyTorch with the same arguments: the grid, and how the two are made into a pair."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from zlib import crc32

import numpy as np
import torch

from parity import compare, grids, pointwise
from pullback import nn
from pullback.ops.registry import Draw

SIZES = {1: (11,), 2: (9, 8), 3: (6, 5, 6)}


@dataclass(frozen=True)
class Layer:
    """A layer of ours with its arguments, and arrays to call it with, in order.

    theirs  makes PyTorch's layer; without it, PyTorch's layer of the same name takes the same arguments
    """

    name: str
    inputs: tuple[Any, ...]
    args: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    training: bool = False
    theirs: Callable[[], Any] | None = None

    def __str__(self) -> str:
        arguments = [repr(v) for v in self.args] + [f"{k}={v!r}" for k, v in self.options.items()]
        shapes = " ".join(str(list(d.shape)) for d in self.inputs)
        return f"{self.name}({', '.join(arguments)}) {shapes}{' training' if self.training else ''}"

    def ours(self) -> Any:
        """Our layer."""
        return getattr(nn, self.name)(*self.args, **self.options)

    def pytorch(self) -> Any:
        """PyTorch's layer, its parameters and statistics moved away from 0 and 1, in single precision."""
        torch.manual_seed(crc32(str(self).encode()))
        layer = self.theirs() if self.theirs else getattr(torch.nn, self.name)(*self.args, **self.options)
        with torch.no_grad():
            for name, array in [*layer.named_parameters(), *layer.named_buffers()]:
                if array.is_floating_point():
                    # Variances and the weights of classes are positive.
                    signed = name == "running_mean" or isinstance(array, torch.nn.Parameter)
                    drawn = torch.randn_like(array) if signed else torch.rand_like(array) + 0.5
                    array.copy_(drawn)
        return layer.train(self.training)

    def draw(self) -> dict[str, Any]:
        """The inputs by name."""
        rng = np.random.default_rng(crc32(f"inputs of {self}".encode()))
        return {f"x{k}": d.draw(rng) for k, d in enumerate(self.inputs)}


def pair_of(layer: Layer) -> compare.Pair:
    """Both layers as functions of inputs, parameters and statistics, from PyTorch's state dict loaded into ours."""
    ours, theirs = layer.ours(), layer.pytorch()
    ours.load_state_dict(theirs.state_dict())
    state = {k: v.astype(np.float64) if v.dtype.kind == "f" else v for k, v in ours.state_dict().items()}
    inputs = layer.draw()
    names = list(inputs)

    def our_function(**arrays: Any) -> Any:
        values = [arrays.pop(k) for k in names]
        return nn.functional_call(ours, _dotted(arrays), *values, training=layer.training)[0]

    def their_function(**tensors: Any) -> Any:
        values = [tensors.pop(k) for k in names]
        return torch.func.functional_call(theirs, _dotted(tensors), tuple(values))

    real = [k for k, d in zip(names, layer.inputs, strict=True) if d.is_real]
    parameters = [k.replace(".", "__") for k in ours.parameters]
    arrays = inputs | {k.replace(".", "__"): v for k, v in state.items()}
    return compare.Pair(our_function, their_function, arrays, (*real, *parameters))


def _dotted(state: Mapping[str, Any]) -> dict[str, Any]:
    return {k.replace("__", "."): v for k, v in state.items()}


def image(rank: int, channels: int = 4, kind: str = "real") -> Draw:
    """A batch of two."""
    return Draw((2, channels, *SIZES[rank]), kind)


def _all(name: str, inputs: Sequence[Any], args: tuple[Any, ...] = (), **choices: Any) -> Iterator[Layer]:
    for values in product(*choices.values()):
        yield Layer(name, tuple(inputs), args, dict(zip(choices, values, strict=True)))


def convolutions(rank: int) -> Iterator[Layer]:
    """Every argument of the convolution layers."""
    x = [image(rank)]
    name = f"Conv{rank}d"
    yield from _all(name, x, (4, 8, 3), stride=(1, 2, 3), padding=(0, 1), dilation=(1, 2), groups=(1, 2, 4))
    yield from _all(
        name, x, (4, 6, 2), padding=(1,), bias=(True, False), padding_mode=("zeros", "reflect", "replicate", "circular")
    )
    yield from _all(name, x, (4, 6, 3), padding=("same", "valid"), dilation=(1, 2))
    yield Layer(name, tuple(x), (4, 6, (3, 2, 1)[:rank], (1, 2, 1)[:rank], (1, 0, 2)[:rank], (2, 1, 1)[:rank]))
    one = Draw((2, 1, *SIZES[rank]))
    yield from (Layer(f"{kind}{rank}d", (one,), (1, 2, 1)) for kind in ("Conv", "ConvTranspose"))
    name, x = f"ConvTranspose{rank}d", [Draw((2, 4, *(4, 3, 3)[:rank]))]
    yield from _all(name, x, (4, 8, 3), stride=(2, 3), padding=(0, 1), output_padding=(0, 1), groups=(1, 2))
    yield from _all(name, x, (4, 6, 2), dilation=(1, 2, 3), bias=(True, False))
    yield Layer(
        name,
        tuple(x),
        (4, 6, (3, 2, 1)[:rank], (3, 2, 1)[:rank], (1, 0, 0)[:rank], (2, 1, 0)[:rank], 2, True, (1, 1, 2)[:rank]),
    )


def poolings(rank: int) -> Iterator[Layer]:
    """Every argument of the pooling layers."""
    distinct, real, positive = ([image(rank, 2, kind)] for kind in ("distinct", "real", "positive"))
    yield from _all(
        f"MaxPool{rank}d", distinct, (3,), stride=(None, 2), padding=(0, 1), dilation=(1, 2), ceil_mode=(False, True)
    )
    yield from _all(f"MaxPool{rank}d", distinct, (2,), return_indices=(True,), stride=(None, 1, 3))
    divisor = {} if rank == 1 else {"divisor_override": (None, 3)}
    yield from _all(
        f"AvgPool{rank}d",
        real,
        (3,),
        stride=(None, 2),
        padding=(0, 1),
        ceil_mode=(False, True),
        count_include_pad=(True, False),
        **divisor,
    )
    yield Layer(f"AvgPool{rank}d", tuple(real), (2,))
    yield from _all(f"LPPool{rank}d", positive, kernel_size=(2, 3), norm_type=(1, 2.0, 3), stride=(None, 1))
    for size in (1, 3, (4, 2, 3)[:rank]) if rank > 1 else (1, 3, 4):
        yield Layer(f"AdaptiveAvgPool{rank}d", tuple(real), (size,))
        yield from _all(f"AdaptiveMaxPool{rank}d", distinct, (size,), return_indices=(False, True))
    if rank > 1:
        yield Layer(f"AdaptiveAvgPool{rank}d", tuple(real), ((None, 2, None)[:rank],))
        yield Layer(f"AdaptiveMaxPool{rank}d", tuple(distinct), ((None, 2, None)[:rank],))
    small = (3, 2, 2)[:rank]
    yield Layer(f"MaxUnpool{rank}d", (Draw((2, 3, *small)), Switches((2, 3, *small), 2)), (2,))
    yield Layer(f"MaxUnpool{rank}d", (Draw((2, 3, *small)), Switches((2, 3, *small), 3)), (3,), {"stride": 3})
    yield Layer(f"MaxUnpool{rank}d", (Draw((2, 3, *small)), Switches((2, 3, *small), 3, 1)), (3,), {"padding": 1})


@dataclass(frozen=True)
class Switches:
    """Switches of windows side by side: one random place in every window, padding left out."""

    shape: tuple[int, ...]
    kernel: int
    padding: int = 0
    is_real: bool = False

    def draw(self, rng: np.random.Generator) -> Any:
        """Row-major positions in the plane before pooling."""
        flat = np.zeros(self.shape, np.int64)
        for grid, n in zip(np.indices(self.shape)[2:], self.shape[2:], strict=True):
            size = n * self.kernel - 2 * self.padding
            at = grid * self.kernel - self.padding + rng.integers(0, self.kernel, self.shape)
            flat = flat * size + np.clip(at, 0, size - 1)
        return flat


def paddings(rank: int) -> Iterator[Layer]:
    """The same width all round, and another at every end."""
    x = (image(rank, 2),)
    for width in (1, tuple(range(1, 2 * rank + 1)) if rank < 3 else (1, 2, 0, 3, 2, 1)):
        for mode in ("ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad"):
            yield Layer(f"{mode}{rank}d", x, (width,))
        yield from (Layer(f"ConstantPad{rank}d", x, (width, value)) for value in (1.5, -2.0))


def norms(rank: int) -> Iterator[Layer]:
    """Batch normalisation in both modes, with its arguments; instance normalisation."""
    x = (image(rank),)
    options = ({}, {"eps": 0.1}, {"affine": False}, {"track_running_stats": False}, {"momentum": None}, {"bias": False})
    for option, training in product(options, (False, True)):
        yield Layer(f"BatchNorm{rank}d", x, (4,), option, training)
    one = (Draw((5, 1) if rank == 1 else (3, 1, *SIZES[rank])),)
    yield from (Layer(f"BatchNorm{rank}d", one, (1,), {}, training) for training in (False, True))
    for affine in (False, True):
        theirs = getattr(torch.nn, f"InstanceNorm{rank}d")
        yield Layer("InstanceNorm", x, (4,), {"affine": affine}, theirs=lambda t=theirs, a=affine: t(4, affine=a))
    more = ({"affine": True, "bias": False}, {"track_running_stats": True}, {"affine": True, "momentum": None})
    for option, training in product((*options[:2], *more), (False, True)):
        yield Layer(f"InstanceNorm{rank}d", x, (4,), option, training)
    yield Layer(f"InstanceNorm{rank}d", (Draw((3, 2, *SIZES[rank])),), (2,))


DROPOUTS = {
    "Dropout": (2, 3, 4, 2),
    "Dropout1d": (2, 3, 4),
    "Dropout2d": (2, 3, 4, 2),
    "Dropout3d": (2, 3, 4, 2, 3),
}


def others() -> Iterator[Layer]:
    """Linear and shape layers, and normalisation over features."""
    yield from _all("Linear", [Draw((5, 6))], (6, 3), bias=(True, False))
    yield Layer("Linear", (Draw((4, 1)),), (1, 2))
    yield Layer("Linear", (Draw((2, 3, 6)),), (6, 3))
    for shape, size in (((5, 6), 6), ((2, 3, 4), (3, 4)), ((2, 3, 4, 2), (2,))):
        yield from _all("LayerNorm", [Draw(shape)], (size,), eps=(1e-5, 0.1), bias=(True, False))
        yield Layer("LayerNorm", (Draw(shape),), (size,), {"elementwise_affine": False})
    for shape in ((3, 6), (2, 6, 5), (2, 6, 3, 4)):
        yield from _all(
            "GroupNorm", [Draw(shape)], num_groups=(1, 2, 3), num_channels=(6,), affine=(True, False), eps=(1e-5, 0.1)
        )
    yield Layer("GroupNorm", (Draw((2, 4, 3)),), (2, 4))
    yield Layer("GroupNorm", (Draw((2, 4, 3)),), (2, 4), {"bias": False})
    for args in ((), (0,), (1, 2), (2,)):
        yield Layer("Flatten", (Draw((2, 3, 4, 2)),), args)
    yield Layer("Unflatten", (Draw((2, 12)),), (1, (3, 4)))
    yield Layer("Unflatten", (Draw((2, 12, 3)),), (-2, (2, -1, 2)))
    yield Layer("Identity", (Draw((2, 3)),))
    for scale, shape in ((2, (2, 3, 4)), (3, (2, 3, 4, 3)), ((2, 3), (1, 2, 3, 4)), (2, (1, 2, 2, 3, 2))):
        yield Layer("Upsample", (Draw(shape),), (scale,), theirs=lambda s=scale: torch.nn.Upsample(scale_factor=s))
    yield Layer("GlobalAvgPool", (Draw((2, 3, 4, 5)),), theirs=lambda: torch.nn.AdaptiveAvgPool2d(1))
    yield Layer("GlobalMaxPool", (Draw((2, 3, 4, 5), "distinct"),), theirs=lambda: torch.nn.AdaptiveMaxPool2d(1))
    for (name, shape), p in product(DROPOUTS.items(), (0.0, 0.3, 1.0)):
        yield Layer(name, (Draw(shape),), (p,))


class Hardsigmoid(torch.nn.Module):
    """PyTorch's own has no second derivative, and a slope of 1/6 in single precision (see test_choices)."""

    def forward(self, x: Any) -> Any:
        """Cut the line off at both ends."""
        return pointwise.hardsigmoid(x)


def activations() -> Iterator[Layer]:
    """Every activation, with its arguments."""
    x = (grids.Between((4, 30), -7.0, 7.0),)
    for name in ("ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Tanh", "Softsign", "Hardswish", "Mish"):
        yield Layer(name, x)
    yield Layer("LogSigmoid", x)
    for args, shape in (((), (4, 3)), ((1,), (5,)), ((3, 0.1), (2, 3, 4)), ((2,), (1, 2, 2, 3))):
        yield Layer("PReLU", (grids.Between(shape, -3.0, 3.0),), args)
    yield Layer("Hardsigmoid", x, theirs=Hardsigmoid)
    yield from _all("LeakyReLU", x, negative_slope=(0.01, 0.3))
    yield from _all("ELU", x, alpha=(1.0, 0.4))
    yield from _all("GELU", (grids.Between((4, 30), -3.0, 7.0),), approximate=("none", "tanh"))
    yield from _all("Softplus", x, beta=(1.0, 2.5), threshold=(20.0, 2.3))
    yield from (Layer("Hardtanh", x, args) for args in ((), (-0.5, 2.0)))
    yield from _all("Softmax", (Draw((2, 3, 4)),), dim=(0, 1, -1))
    yield from _all("LogSoftmax", (Draw((2, 3, 4)),), dim=(0, 1, -1))


def losses() -> Iterator[Layer]:
    """Losses as layers; their class weights are buffers of the same name."""
    labels = Draw((2, 4), "labels", 3)
    for weight, reduction, more in product((None, [0.5, 1.0, 2.0]), grids.REDUCTIONS, ({}, {"ignore_index": 1})):
        options = {"weight": weight, "reduction": reduction, **more}
        theirs = options | {"weight": None if weight is None else torch.tensor(weight)}
        yield Layer("NLLLoss", (Draw((2, 3, 4)), labels), (), options, theirs=lambda o=theirs: torch.nn.NLLLoss(**o))
        smoothing = {"label_smoothing": 0.0 if more else 0.1}
        smooth, theirs = options | smoothing, theirs | smoothing
        yield Layer(
            "CrossEntropyLoss",
            (Draw((2, 3, 4)), labels),
            (),
            smooth,
            theirs=lambda o=theirs: torch.nn.CrossEntropyLoss(**o),
        )
    pair = (Draw((4, 3)), Draw((4, 3), "probability"))
    for reduction in grids.REDUCTIONS:
        for name in ("MSELoss", "L1Loss", "BCEWithLogitsLoss", "BCELoss"):
            both = (pair[1], pair[1]) if name == "BCELoss" else pair
            yield Layer(name, both, (), {"reduction": reduction})
        yield from _all("HuberLoss", pair, reduction=(reduction,), delta=(1.0, 0.4))
        yield from _all("SmoothL1Loss", pair, reduction=(reduction,), beta=(1.0, 0.4))
        yield Layer(
            "BCELoss",
            (pair[1], pair[1]),
            (),
            {"reduction": reduction, "weight": [1.0, 2.0, 0.5]},
            theirs=lambda r=reduction: torch.nn.BCELoss(torch.tensor([1.0, 2.0, 0.5]), reduction=r),
        )
        yield Layer(
            "BCEWithLogitsLoss",
            pair,
            (),
            {"reduction": reduction, "weight": [1.0, 2.0, 0.5], "pos_weight": [3.0, 0.2, 1.0]},
            theirs=lambda r=reduction: torch.nn.BCEWithLogitsLoss(
                torch.tensor([1.0, 2.0, 0.5]), pos_weight=torch.tensor([3.0, 0.2, 1.0]), reduction=r
            ),
        )


LAYERS = [layer for make in (convolutions, poolings, paddings, norms) for rank in (1, 2, 3) for layer in make(rank)] + [
    layer for make in (others, activations, losses) for layer in make()
]

WITHOUT: Mapping[str, str] = {
    **{f"LocallyConnected{rank}d": "PyTorch has no such layer; the operator is compared" for rank in (1, 2, 3)},
    "Bias": "PyTorch has no such layer; the operator add_bias is compared",
    "Sequential": "has no numbers of its own; the networks are compared under its names",
    "ModuleList": "has no numbers of its own; the networks are compared under its names",
    "ModuleDict": "has no numbers of its own; the networks are compared under its names",
    "Module": "the base of all layers",
    "Parameter": "marks an array",
    "Buffer": "marks an array",
    **dict.fromkeys(("Loaded", "LayerSummary", "Summary", "ReceptiveField"), "a description"),
}

NOT_VARIED: Mapping[str, str] = {
    **{
        f"LPPool{rank}d.ceil_mode": "PyTorch scales a window that is cut off at the border; the operator is compared"
        for rank in (1, 2, 3)
    },
    **{f"ConvTranspose{rank}d.padding_mode": "PyTorch has zeros only; the operator is compared" for rank in (1, 2, 3)},
}
"""Arguments of layers that PyTorch has too, and the reason why the grid keeps them at one value."""
