"""Initialisers: arrays of random numbers, a function of the seed and of how many were drawn before.

`seed(n)` starts again; the same seed then gives the same network, whatever NumPy's own generator does.

    kaiming_uniform   U(−b, b), b = gain · √(3 / fan)         kaiming_normal   N(0, s²), s = gain / √fan
    xavier_uniform    U(−b, b), b = gain · √(6 / (in + out))  xavier_normal    N(0, s²), s = gain · √(2 / (in + out))

For a weight (O, I, R, S): fan_in = I·R·S, fan_out = O·R·S.

Source: He et al. 2015, arXiv:1502.01852; Glorot & Bengio 2010; PyTorch's torch.nn.init
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import prod, sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import random

Float32: TypeAlias = NDArray[np.float32]
Shape: TypeAlias = Sequence[int]

# Far from the small numbers with which a network counts its random nodes.
INIT_STREAM = 0x1A17_0000


@dataclass
class _Generator:
    """The seed, and how many keys were given out."""

    seed: int = 0
    drawn: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_key(self) -> random.Key:
        with self.lock:
            key = (self.seed, self.drawn)
            self.drawn += 1
        return key


_generator = _Generator()
_blank: ContextVar[bool] = ContextVar("blank", default=False)


def seed(n: int) -> None:
    """Start the generator of initial values, and of dropout in direct calls, at a seed.

    Raises: ArgumentError

    >>> seed(1)
    >>> a = normal((3,))
    >>> seed(1)
    >>> bool((a == normal((3,))).all())
    True
    """
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or not 0 <= n < 1 << 64:
        raise ArgumentError(message("seed: not a seed", got=f"{n!r}", need="an integer, 0 <= seed < 2^64"))
    with _generator.lock:
        _generator.seed, _generator.drawn = int(n), 0


@contextmanager
def seeded(n: int) -> Iterator[None]:
    """Draw from a seed inside the block; outside, the generator goes on as if nothing had been drawn.

    Raises: ArgumentError
    """
    before = _generator.seed, _generator.drawn
    seed(n)
    try:
        yield
    finally:
        with _generator.lock:
            _generator.seed, _generator.drawn = before


def next_key() -> random.Key:
    """Give the next (seed, count) key, never the same twice after one call of `seed`."""
    return _generator.next_key()


@contextmanager
def blank() -> Iterator[None]:
    """Build layers of zeros inside the block, because their values are about to be loaded: draws nothing."""
    token = _blank.set(True)
    try:
        yield
    finally:
        _blank.reset(token)


def zeros(shape: Shape) -> Float32:
    """Give zeros."""
    return np.zeros(tuple(shape), np.float32)


def ones(shape: Shape) -> Float32:
    """Give ones."""
    return np.ones(tuple(shape), np.float32)


def uniform(shape: Shape, low: float = 0.0, high: float = 1.0) -> Float32:
    """Draw from U(low, high)."""
    if _blank.get():
        return zeros(shape)
    return (low + (high - low) * random.uniform(next_key(), INIT_STREAM, shape)).astype(np.float32)


def normal(shape: Shape, mean: float = 0.0, std: float = 1.0) -> Float32:
    """Draw from N(mean, std²)."""
    if _blank.get():
        return zeros(shape)
    return (mean + std * random.normal(next_key(), INIT_STREAM, shape)).astype(np.float32)


def fans(shape: Shape) -> tuple[int, int]:
    """The inputs behind one output and the outputs of one input: (I·R·S, O·R·S) for a weight (O,I,R,S).

    Raises: ShapeError

    >>> fans((16, 6, 5, 5))
    (150, 400)
    """
    if len(shape) < 2:
        got = f"shape {tuple(shape)}"
        raise ShapeError(
            message("init: fan_in and fan_out need a weight", got=got, need="(O, I, …)", fix="init.uniform")
        )
    taps = prod(shape[2:])
    return shape[1] * taps, shape[0] * taps


def gain(nonlinearity: str, a: float = 0.0) -> float:
    """The factor that keeps the variance through a nonlinearity; `a` is the slope of leaky_relu.

    Raises: ArgumentError

    >>> gain("relu") == 2**0.5
    True
    """
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5 / 3,
        "relu": sqrt(2),
        "leaky_relu": sqrt(2 / (1 + a * a)),
        "selu": 0.75,
    }
    if nonlinearity not in gains:
        got, need = f"nonlinearity={nonlinearity!r}", f"one of {', '.join(gains)}"
        raise ArgumentError(message("init: no such nonlinearity", got=got, need=need))
    return gains[nonlinearity]


def _fan(shape: Shape, mode: str) -> int:
    if mode not in ("fan_in", "fan_out"):
        raise ArgumentError(message("init: no such mode", got=f"mode={mode!r}", need="fan_in or fan_out"))
    return max(fans(shape)[mode == "fan_out"], 1)


def kaiming_uniform(shape: Shape, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Float32:
    """Draw from U(−b, b), b = gain · √(3 / fan)."""
    bound = gain(nonlinearity, a) * sqrt(3 / _fan(shape, mode))
    return uniform(shape, -bound, bound)


def kaiming_normal(shape: Shape, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Float32:
    """Draw from N(0, s²), s = gain / √fan."""
    return normal(shape, 0.0, gain(nonlinearity, a) / sqrt(_fan(shape, mode)))


def xavier_uniform(shape: Shape, gain: float = 1.0) -> Float32:
    """Draw from U(−b, b), b = gain · √(6 / (fan_in + fan_out))."""
    bound = gain * sqrt(6 / max(sum(fans(shape)), 1))
    return uniform(shape, -bound, bound)


def xavier_normal(shape: Shape, gain: float = 1.0) -> Float32:
    """Draw from N(0, s²), s = gain · √(2 / (fan_in + fan_out))."""
    return normal(shape, 0.0, gain * sqrt(2 / max(sum(fans(shape)), 1)))


def fan_in_uniform(shape: Shape, fan_in: int) -> Float32:
    """Draw from U(−1/√fan_in, 1/√fan_in): PyTorch's default for weights (kaiming_uniform with a = √5) and biases."""
    bound = 1 / sqrt(max(fan_in, 1))
    return uniform(shape, -bound, bound)
