"""Small networks that the tests of traces share, and an image for them."""

import numpy as np

import pullback as pb
from pullback import nn

rng = np.random.default_rng(0)
X = rng.standard_normal((2, 2, 6, 6))
LABELS = np.array([1, 3])


class Small(nn.Module):
    """Two convolutions with one ReLU between and behind them, a skip connection, pooling and a linear layer."""

    def __init__(self):
        pb.seed(1)
        self.conv1 = nn.Conv2d(2, 2, 3, padding=1)
        self.conv2 = nn.Conv2d(2, 2, 3, padding=1)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(18, 4)

    def forward(self, x):
        y = self.relu(self.conv1(x))
        y = self.relu(self.conv2(y) + x)
        return self.fc(self.flatten(self.pool(y)))


class Recurrent(nn.Module):
    """One convolution, ReLU and pooling layer, each called twice."""

    def __init__(self):
        pb.seed(2)
        self.conv = nn.Conv2d(2, 2, 3, padding=1)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        for _ in range(2):
            x = self.pool(self.relu(self.conv(x)))
        return x


def normalised():
    pb.seed(3)
    return nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(108, 4)
    )


def squares(y):
    return np.sum(y**2)
