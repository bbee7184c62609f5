"""Dropout layers: their numbers are a function of (seed, step), the layer's place in the call, and the entry."""

from __future__ import annotations

from pullback.errors import ArgumentError, message
from pullback.nn.calls import random_numbers
from pullback.nn.module import Module
from pullback.ops import dropout as ops
from pullback.ops.apply import Value


class Dropout(Module):
    """Drop every entry with probability p in training mode, and scale the others by 1/(1 − p).

    Raises:  ArgumentError
    Source:  Srivastava et al. 2014, JMLR 15:1929
    """

    def __init__(self, p: float = 0.5) -> None:
        if isinstance(p, bool) or not isinstance(p, (int, float)) or not 0 <= p <= 1:
            title = f"{type(self).__name__}: p is a probability"
            raise ArgumentError(message(title, got=f"p={p!r}", need="0 <= p <= 1"))
        self.p = p

    def forward(self, x: Value) -> Value:
        """Drop entries in training mode, give x in evaluation mode."""
        if not self.training or self.p == 0:
            return x
        key, stream = random_numbers()
        return ops.dropout(x, self.p, key, stream, True)


class Dropout2d(Dropout):
    """Drop whole channels with probability p in training mode, and scale the others by 1/(1 − p).

    Shapes:  x (N,C,…) -> like x
    Source:  Tompson et al. 2015, arXiv:1411.4280
    """

    def forward(self, x: Value) -> Value:
        """Drop channels in training mode, give x in evaluation mode."""
        if not self.training or self.p == 0:
            return x
        key, stream = random_numbers()
        return ops.dropout_channels(x, self.p, key, stream, True)
