"""The networks of pullback.nn.zoo as PyTorch users write them, and the first weights that both libraries start from.

ReLUs work in place, which is the faster way in PyTorch. PyTorch comes in as an argument: nothing here imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pullback import nn
from pullback.bench.cases import CLASSES, NETS


def our_net(name: str) -> nn.Module:
    """The network of the zoo."""
    net: nn.Module = nn.zoo.NETS[name](NETS[name], CLASSES)
    return net


def write_weights(name: str, path: Path) -> None:
    """Write the first weights of a network, the same in every run."""
    nn.init.seed(0)
    np.savez(path, **our_net(name).state_dict())  # type: ignore[arg-type]  # any name may be an array's


def read_weights(path: str | Path) -> dict[str, Any]:
    """The arrays of a file of weights."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def their_net(torch: Any, name: str) -> Any:
    """The same network in PyTorch, with the same names of parameters."""
    if name == "resnet18":
        return _resnet18(torch)
    layers: dict[str, Any] = _SEQUENTIAL[name](torch.nn)
    net = torch.nn.Sequential()
    for key, layer in layers.items():
        net.add_module(key, layer)
    return net


def _softmax(n: Any) -> dict[str, Any]:
    return {"flatten": n.Flatten(), "fc": n.Linear(784, CLASSES)}


def _mlp(n: Any) -> dict[str, Any]:
    hidden = {"fc1": n.Linear(784, 128), "relu1": n.ReLU(inplace=True)}
    return {"flatten": n.Flatten(), **hidden, "fc2": n.Linear(128, CLASSES)}


def _lenet5(n: Any) -> dict[str, Any]:
    return {
        "conv1": n.Conv2d(1, 6, 5, padding=2),
        "relu1": n.ReLU(inplace=True),
        "pool1": n.MaxPool2d(2),
        "conv2": n.Conv2d(6, 16, 5),
        "relu2": n.ReLU(inplace=True),
        "pool2": n.MaxPool2d(2),
        "flatten": n.Flatten(),
        "fc1": n.Linear(400, 120),
        "relu3": n.ReLU(inplace=True),
        "fc2": n.Linear(120, 84),
        "relu4": n.ReLU(inplace=True),
        "fc3": n.Linear(84, CLASSES),
    }


def _cnn(n: Any) -> dict[str, Any]:
    return {
        "conv1": n.Conv2d(1, 32, 3),
        "relu1": n.ReLU(inplace=True),
        "conv2": n.Conv2d(32, 64, 3),
        "relu2": n.ReLU(inplace=True),
        "pool": n.MaxPool2d(2),
        "flatten": n.Flatten(),
        "fc1": n.Linear(9216, 128),
        "relu3": n.ReLU(inplace=True),
        "fc2": n.Linear(128, CLASSES),
    }


def _vgg(n: Any) -> dict[str, Any]:
    layers: dict[str, Any] = {}
    inputs = 3
    for k, width in enumerate((64, 64, 128, 128, 256, 256), start=1):
        layers |= {f"conv{k}": n.Conv2d(inputs, width, 3, padding=1), f"relu{k}": n.ReLU(inplace=True)}
        if k % 2 == 0:
            layers[f"pool{k // 2}"] = n.MaxPool2d(2)
        inputs = width
    return {**layers, "flatten": n.Flatten(), "fc": n.Linear(4096, CLASSES)}


_SEQUENTIAL: dict[str, Callable[[Any], dict[str, Any]]] = {
    "softmax": _softmax,
    "mlp": _mlp,
    "lenet5": _lenet5,
    "cnn": _cnn,
    "vgg": _vgg,
}


def _resnet18(torch: Any) -> Any:
    """ResNet-18 for small images, after torchvision.models.resnet."""
    n, f = torch.nn, torch.nn.functional

    class BasicBlock(n.Module):  # type: ignore[name-defined,misc]  # the base class comes at run time
        def __init__(self, inplanes: int, planes: int, stride: int) -> None:
            super().__init__()
            self.conv1 = n.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
            self.bn1 = n.BatchNorm2d(planes)
            self.conv2 = n.Conv2d(planes, planes, 3, 1, 1, bias=False)
            self.bn2 = n.BatchNorm2d(planes)
            self.downsample = None
            if stride != 1 or inplanes != planes:
                self.downsample = n.Sequential(n.Conv2d(inplanes, planes, 1, stride, bias=False), n.BatchNorm2d(planes))

        def forward(self, x: Any) -> Any:
            y = f.relu(self.bn1(self.conv1(x)), inplace=True)
            y = self.bn2(self.conv2(y))
            y += x if self.downsample is None else self.downsample(x)
            return f.relu(y, inplace=True)

    class ResNet18(n.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = n.Conv2d(3, 64, 3, 1, 1, bias=False)
            self.bn1 = n.BatchNorm2d(64)
            self.layer1 = n.Sequential(BasicBlock(64, 64, 1), BasicBlock(64, 64, 1))
            self.layer2 = n.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128, 1))
            self.layer3 = n.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256, 1))
            self.layer4 = n.Sequential(BasicBlock(256, 512, 2), BasicBlock(512, 512, 1))
            self.fc = n.Linear(512, CLASSES)

        def forward(self, x: Any) -> Any:
            x = f.relu(self.bn1(self.conv1(x)), inplace=True)
            x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
            return self.fc(f.adaptive_avg_pool2d(x, 1).flatten(1))

    return ResNet18()
