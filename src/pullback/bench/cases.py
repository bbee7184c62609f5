"""What is timed: networks with their data, and the convolutions of ResNet-50 and VGG-16."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

MNIST_SHAPE, CIFAR_SHAPE = (1, 28, 28), (3, 32, 32)

NETS: dict[str, tuple[int, int, int]] = {
    "softmax": MNIST_SHAPE,
    "mlp": MNIST_SHAPE,
    "lenet5": MNIST_SHAPE,
    "cnn": MNIST_SHAPE,
    "vgg": CIFAR_SHAPE,
    "resnet18": CIFAR_SHAPE,
}
"""The networks of pullback.nn.zoo, with the shape of one image."""

CLASSES = 10
LEARNING_RATE, MOMENTUM = 0.01, 0.9

PASSES = ("forward", "backward-data", "backward-filter")

# So many batches are gone through in turn.
BATCHES = 8


def net_data(net: str, batch: int) -> tuple[Array, Array]:
    """Random images and labels for a network, the same in every process."""
    rng = np.random.default_rng(0)
    count = BATCHES * batch
    images = rng.standard_normal((count, *NETS[net]), np.float32)
    return images, rng.integers(0, CLASSES, count)


@dataclass(frozen=True)
class Convolution:
    """A convolution of square images with square filters, without bias; padding k//2."""

    network: str
    inputs: int
    outputs: int
    size: int
    kernel: int
    stride: int = 1

    @property
    def name(self) -> str:
        """What it is called in tables and on the command line."""
        stride = f"/{self.stride}" if self.stride > 1 else ""
        return f"{self.network}:{self.kernel}x{self.kernel}{stride} {self.inputs}-{self.outputs} @{self.size}"

    @property
    def padding(self) -> int:
        """Zeros on each side."""
        return self.kernel // 2

    @property
    def output_size(self) -> int:
        """Height and width of the output."""
        return (self.size + 2 * self.padding - self.kernel) // self.stride + 1

    def terms(self, what: str, batch: int) -> int:
        """How many products one entry of a pass adds up, at most."""
        window = self.kernel**2
        counts = (self.inputs * window, self.outputs * window, batch * self.output_size**2)
        return dict(zip(PASSES, counts, strict=True))[what]

    def multiply_adds(self, batch: int) -> int:
        """The products of one pass, all three alike; those with the zeros of the padding count too."""
        return batch * self.outputs * self.output_size**2 * self.terms("forward", batch)

    def arrays(self, batch: int) -> tuple[Array, Array, Array]:
        """Random images, filters and cotangents, the same in every process: x (N,I,H,W), w (O,I,R,S), y_bar."""
        rng = np.random.default_rng(0)
        x = rng.standard_normal((batch, self.inputs, self.size, self.size), np.float32)
        w = rng.standard_normal((self.outputs, self.inputs, self.kernel, self.kernel), np.float32)
        return x, w, rng.standard_normal((batch, self.outputs, self.output_size, self.output_size), np.float32)


def _resnet50() -> Iterator[Convolution]:
    """The distinct convolutions of ResNet-50 with the stride in the 3×3 convolution, as in torchvision."""
    yield Convolution("resnet50", 3, 64, 224, 7, 2)
    inputs, size = 64, 56
    for planes in (64, 128, 256, 512):
        stride, wide = (1 if planes == 64 else 2), 4 * planes
        small = size // stride
        shapes = [
            (inputs, planes, size, 1, 1),
            (planes, planes, size, 3, stride),
            (planes, wide, small, 1, 1),
            (inputs, wide, size, 1, stride),  # the shortcut
            (wide, planes, small, 1, 1),
            (planes, planes, small, 3, 1),
        ]
        yield from (Convolution("resnet50", *shape) for shape in shapes)
        inputs, size = wide, small


def _vgg16() -> Iterator[Convolution]:
    """The distinct convolutions of VGG-16."""
    shapes = [(3, 64, 224), (64, 64, 224), (64, 128, 112), (128, 128, 112), (128, 256, 56), (256, 256, 56)]
    for inputs, outputs, size in (*shapes, (256, 512, 28), (512, 512, 28), (512, 512, 14)):
        yield Convolution("vgg16", inputs, outputs, size, 3)


LAYERS: dict[str, Convolution] = {c.name: c for c in (*_resnet50(), *_vgg16())}
"""The convolutions by name: ResNet-50's 23 and VGG-16's 9 distinct ones.

Source: He, Zhang, Ren & Sun 2016, arXiv:1512.03385, and torchvision.models.resnet50; Simonyan & Zisserman 2015,
        arXiv:1409.1556, configuration D

>>> len(LAYERS), list(LAYERS)[0]
(32, 'resnet50:7x7/2 3-64 @224')
"""
