"""Dropout layers: their numbers are a function of (seed, step), the layer's place in the call, and the entry."""

from __future__ import annotations

from pullback.nn.calls import random_numbers
from pullback.nn.module import Module
from pullback.ops import dropout as ops
from pullback.ops.apply import Value
from pullback.ops.numbers import check_share


class Dropout(Module):
    """Drop every entry with probability p in training mode, and scale the others by 1/(1 − p).

    Raises:  ArgumentError
    Source:  Srivastava et al. 2014, JMLR 15:1929
    """

    def __init__(self, p: float = 0.5) -> None:
        self.p = check_share(type(self).__name__, "p", p)

    def forward(self, x: Value) -> Value:
        """Drop entries in training mode, give x in evaluation mode."""
        if not self.training or self.p == 0:
            return x
        key, stream = random_numbers()
        return ops.dropout(x, self.p, key, stream, True)


class Dropout1d(Dropout):
    """Drop whole channels of sequences with probability p in training mode; see Dropout2d."""

    def forward(self, x: Value) -> Value:
        """Drop channels in training mode, give x in evaluation mode."""
        return _drop_channels(self, x)


class Dropout2d(Dropout):
    """Drop whole channels with probability p in training mode, and scale the others by 1/(1 − p).

    Shapes:  x (N,C,…) -> like x
    Source:  Tompson et al. 2015, arXiv:1411.4280
    """

    def forward(self, x: Value) -> Value:
        """Drop channels in training mode, give x in evaluation mode."""
        return _drop_channels(self, x)


class Dropout3d(Dropout):
    """Drop whole channels of volumes with probability p in training mode; see Dropout2d."""

    def forward(self, x: Value) -> Value:
        """Drop channels in training mode, give x in evaluation mode."""
        return _drop_channels(self, x)


def _drop_channels(layer: Dropout, x: Value) -> Value:
    if not layer.training or layer.p == 0:
        return x
    key, stream = random_numbers()
    return ops.dropout_channels(x, layer.p, key, stream, True)
