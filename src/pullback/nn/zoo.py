"""Ready networks, by name: functions of the input's shape (C,H,W) and the number of classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TypeAlias

from pullback.nn import init
from pullback.nn.activation import ReLU
from pullback.nn.containers import Sequential
from pullback.nn.conv import Conv2d
from pullback.nn.linear import Flatten, Linear
from pullback.nn.module import Module
from pullback.nn.norm import BatchNorm2d
from pullback.nn.pooling import AdaptiveAvgPool2d, MaxPool2d
from pullback.nn.predict import trace_network
from pullback.ops.activations import relu
from pullback.ops.apply import Value

InputShape: TypeAlias = Sequence[int]


def _finished(net: Module, input_shape: InputShape) -> Module:
    net.info["input_shape"] = [int(n) for n in input_shape]
    return net


def _features(layers: dict[str, Module], input_shape: InputShape) -> int:
    """How many numbers the layers make of one input.

    Raises: ShapeError, where the input is too small for them
    """
    (output,) = trace_network(Sequential(layers), (1, *input_shape)).graph.outputs
    return prod(output.shape[1:])


def softmax(input_shape: InputShape = (1, 28, 28), classes: int = 10) -> Module:
    """Softmax regression: one linear layer from pixels to classes."""
    net = Sequential(flatten=Flatten(), fc=Linear(prod(input_shape), classes))
    return _finished(net, input_shape)


def mlp(input_shape: InputShape = (1, 28, 28), classes: int = 10) -> Module:
    """A network with one hidden layer of 128 ReLUs."""
    net = Sequential(flatten=Flatten(), fc1=Linear(prod(input_shape), 128), relu1=ReLU(), fc2=Linear(128, classes))
    return _finished(net, input_shape)


def lenet5(input_shape: InputShape = (1, 28, 28), classes: int = 10) -> Module:
    """LeNet-5 with ReLU and max pooling; 61,706 parameters for 28×28 and ten classes.

    Raises: ShapeError, for images under 12×12
    Source: LeCun, Bottou, Bengio & Haffner 1998, "Gradient-based learning applied to document recognition"
    """
    layers: dict[str, Module] = {
        "conv1": Conv2d(input_shape[0], 6, 5, padding=2),
        "relu1": ReLU(),
        "pool1": MaxPool2d(2),
        "conv2": Conv2d(6, 16, 5),
        "relu2": ReLU(),
        "pool2": MaxPool2d(2),
        "flatten": Flatten(),
    }
    features = _features(layers, input_shape)
    layers |= {"fc1": Linear(features, 120), "relu3": ReLU(), "fc2": Linear(120, 84), "relu4": ReLU()}
    return _finished(Sequential(layers | {"fc3": Linear(84, classes)}), input_shape)


def cnn(input_shape: InputShape = (1, 28, 28), classes: int = 10) -> Module:
    """Two 3×3 convolutions of 32 and 64 filters, pooling, and a hidden layer of 128.

    Raises: ShapeError, for images under 6×6
    """
    layers: dict[str, Module] = {
        "conv1": Conv2d(input_shape[0], 32, 3),
        "relu1": ReLU(),
        "conv2": Conv2d(32, 64, 3),
        "relu2": ReLU(),
        "pool": MaxPool2d(2),
        "flatten": Flatten(),
    }
    features = _features(layers, input_shape)
    layers |= {"fc1": Linear(features, 128), "relu3": ReLU(), "fc2": Linear(128, classes)}
    return _finished(Sequential(layers), input_shape)


def vgg(input_shape: InputShape = (3, 32, 32), classes: int = 10) -> Module:
    """Six 3×3 convolutions of 64, 64, 128, 128, 256, 256 filters, pooling after every second one.

    Raises: ShapeError, for images under 8×8
    Source: after Simonyan & Zisserman 2015, arXiv:1409.1556
    """
    layers: dict[str, Module] = {}
    channels = input_shape[0]
    for k, width in enumerate((64, 64, 128, 128, 256, 256), start=1):
        layers |= {f"conv{k}": Conv2d(channels, width, 3, padding=1), f"relu{k}": ReLU()}
        if k % 2 == 0:
            layers[f"pool{k // 2}"] = MaxPool2d(2)
        channels = width
    layers["flatten"] = Flatten()
    features = _features(layers, input_shape)
    return _finished(Sequential(layers | {"fc": Linear(features, classes)}), input_shape)


def _conv(inputs: int, outputs: int, size: int, stride: int = 1) -> Conv2d:
    """A convolution without bias, started as in torchvision: N(0, 2/fan_out)."""
    with init.blank():
        conv = Conv2d(inputs, outputs, size, stride=stride, padding=size // 2, bias=False)
    conv.weight = init.kaiming_normal(conv.weight.shape, mode="fan_out", nonlinearity="relu")
    return conv


class BasicBlock(Module):
    """Two 3×3 convolutions, and the input added: y = relu(x′ + bn2(conv2(relu(bn1(conv1(x)))))).

    x′ is x, or a 1×1 convolution of it where the shapes differ.

    Source: He, Zhang, Ren & Sun 2016, arXiv:1512.03385
    """

    def __init__(self, inplanes: int, planes: int, stride: int = 1) -> None:
        self.inplanes, self.planes, self.stride = inplanes, planes, stride
        self.conv1 = _conv(inplanes, planes, 3, stride)
        self.bn1 = BatchNorm2d(planes)
        self.conv2 = _conv(planes, planes, 3)
        self.bn2 = BatchNorm2d(planes)
        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = Sequential(_conv(inplanes, planes, 1, stride), BatchNorm2d(planes))

    def forward(self, x: Value) -> Value:
        """Add the input to what the convolutions make of it."""
        y = relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(Module):
    """Residual network for small images: a 3×3 stem, four stages of basic blocks, global average, one linear layer.

    Names are torchvision's: conv1, bn1, layer1.0.conv1, …, layer2.0.downsample.0, fc.

    Source: He, Zhang, Ren & Sun 2016, arXiv:1512.03385; torchvision.models.resnet
    """

    def __init__(self, in_channels: int, classes: int, blocks: Sequence[int] = (2, 2, 2, 2)) -> None:
        self.in_channels, self.classes, self.blocks = in_channels, classes, tuple(blocks)
        self.conv1 = _conv(in_channels, 64, 3)
        self.bn1 = BatchNorm2d(64)
        inplanes = 64
        for stage, count in enumerate(self.blocks):
            planes = 64 << stage
            first = BasicBlock(inplanes, planes, stride=1 if stage == 0 else 2)
            setattr(
                self, f"layer{stage + 1}", Sequential(first, *(BasicBlock(planes, planes) for _ in range(count - 1)))
            )
            inplanes = planes
        self.avgpool = AdaptiveAvgPool2d(1)
        self.flatten = Flatten()
        self.fc = Linear(inplanes, classes)

    def forward(self, x: Value) -> Value:
        """Give the logits."""
        x = relu(self.bn1(self.conv1(x)))
        for stage in range(len(self.blocks)):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(self.flatten(self.avgpool(x)))


def resnet18(input_shape: InputShape = (3, 32, 32), classes: int = 10) -> Module:
    """ResNet-18 with the 3×3 stem for small images; 11,173,962 parameters for three channels and ten classes."""
    return _finished(ResNet(input_shape[0], classes), input_shape)


NETS: dict[str, Callable[[InputShape, int], Module]] = {
    "softmax": softmax,
    "mlp": mlp,
    "lenet5": lenet5,
    "cnn": cnn,
    "vgg": vgg,
    "resnet18": resnet18,
}
"""The networks by name: NETS["lenet5"]((1, 28, 28), 10)."""
