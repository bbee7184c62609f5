"""Networks as PyTorch users write them, with the names of ours."""

from collections import OrderedDict
from typing import Any

import torch

F = torch.nn.functional
n = torch.nn


def lenet5() -> Any:
    """LeNet-5 with ReLU and max pooling."""
    return n.Sequential(
        OrderedDict(
            conv1=n.Conv2d(1, 6, 5, padding=2),
            relu1=n.ReLU(),
            pool1=n.MaxPool2d(2),
            conv2=n.Conv2d(6, 16, 5),
            relu2=n.ReLU(),
            pool2=n.MaxPool2d(2),
            flatten=n.Flatten(),
            fc1=n.Linear(400, 120),
            relu3=n.ReLU(),
            fc2=n.Linear(120, 84),
            relu4=n.ReLU(),
            fc3=n.Linear(84, 10),
        )
    )


class BasicBlock(n.Module):
    """Two 3×3 convolutions and a shortcut, as in torchvision."""

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
        """relu(shortcut + bn2(conv2(relu(bn1(conv1(x))))))."""
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(n.Module):
    """ResNet-18 for small images: torchvision's names, a 3×3 stem without pooling."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.conv1 = n.Conv2d(3, 64, 3, 1, 1, bias=False)
        self.bn1 = n.BatchNorm2d(64)
        self.layer1 = n.Sequential(BasicBlock(64, 64, 1), BasicBlock(64, 64, 1))
        self.layer2 = n.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128, 1))
        self.layer3 = n.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256, 1))
        self.layer4 = n.Sequential(BasicBlock(256, 512, 2), BasicBlock(512, 512, 1))
        self.fc = n.Linear(512, classes)

    def forward(self, x: Any) -> Any:
        """The logits."""
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))
