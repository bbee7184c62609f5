"""Random numbers by position: Philox4x32-10, a counter-based generator, so that any entry can be computed on its own.

A number is a function of (seed, step, stream, i) alone: no state, no order of drawing, the same for any number of
threads. The key given to every function is (seed, step): the seed of the run and the number of the training step. The
stream names the use (one per random node of a graph), and i is the entry's row-major position.

The layout, for code that reproduces it bit for bit (all words are unsigned 32-bit, little end first):

    Philox key      k0 = seed mod 2³²         k1 = seed div 2³²
    counter         c0 = block mod 2³²        c1 = block div 2³²        c2 = step        c3 = stream
    ten rounds      (c0, c1, c2, c3) ← (hi(M1·c2) ⊕ c1 ⊕ k0, lo(M1·c2), hi(M0·c0) ⊕ c3 ⊕ k1, lo(M0·c0)),
                    then k0 ← k0 + 0x9E3779B9, k1 ← k1 + 0xBB67AE85 (mod 2³²)
    multipliers     M0 = 0xD2511F53, M1 = 0xCD9E8D57;  hi, lo: the two halves of the 64-bit product
    word[i]         c[i mod 4] after ten rounds of block i div 4

    uniform[i]      (word[i] div 2⁸) · 2⁻²⁴
    normal[i]       √(−2 ln((word[2i] + 1) · 2⁻³²)) · cos(2π · word[2i+1] · 2⁻³²), computed in float64
    integers[i]     ((word[2i] · 2³² + word[2i+1]) · high) div 2⁶⁴
    permutation     the stable order of the 64-bit keys word[2i] · 2³² + word[2i+1], i = 0 .. n−1

Source: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", doi:10.1145/2063384.2063405
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError, message

Key: TypeAlias = tuple[int, int]
Shape: TypeAlias = int | Sequence[int]

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
# Blocks computed at once: the dozen temporaries of a round then stay in the second-level cache.
_CHUNK = 8192


def philox4x32(counter: NDArray[np.uint64], key: tuple[int, int]) -> NDArray[np.uint32]:
    """Encrypt counters: ten Philox rounds.

    Shapes:  counter (4, n), words of 32 bits held in uint64; key two words -> (n, 4)

    >>> [f"{word:08x}" for word in philox4x32(np.zeros((4, 1), np.uint64), (0, 0))[0]]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1 = (p1 >> _HALF) ^ c1 ^ np.uint64(k0), p1 & _LOW
        c2, c3 = (p0 >> _HALF) ^ c3 ^ np.uint64(k1), p0 & _LOW
        k0, k1 = (k0 + _W0) & 0xFFFFFFFF, (k1 + _W1) & 0xFFFFFFFF
    out = np.empty((len(c0), 4), np.uint32)
    for word, c in enumerate((c0, c1, c2, c3)):
        out[:, word] = c
    return out


def bits(key: Key, stream: int, n: int, start: int = 0) -> NDArray[np.uint32]:
    """Give the 32-bit words start .. start+n−1 of a stream.

    Shapes:  (n,)
    Raises:  ArgumentError, for a seed of more than 64 bits, a step or stream of more than 32, a position past 2⁶⁶

    >>> bool((bits((7, 1), 0, 5, start=3) == bits((7, 1), 0, 8)[3:]).all())
    True
    """
    seed, step = key
    _check_range("seed", seed, 64)
    _check_range("step", step, 32)
    _check_range("stream", stream, 32)
    _check_range("start", start, 66)
    _check_range("n", n, 63)
    _check_range("start + n", start + n, 66)
    first, last = start // 4, -(-(start + n) // 4)
    out = np.empty((last - first, 4), np.uint32)
    philox_key = (seed & 0xFFFFFFFF, seed >> 32)
    for block in range(first, last, _CHUNK):
        size = min(_CHUNK, last - block)
        counter = np.empty((4, size), np.uint64)
        position = np.uint64(block) + np.arange(size, dtype=np.uint64)
        counter[0], counter[1], counter[2], counter[3] = position & _LOW, position >> _HALF, step, stream
        out[block - first : block - first + size] = philox4x32(counter, philox_key)
    return out.reshape(-1)[start - 4 * first :][:n]


def _check_range(name: str, value: int, width: int) -> None:
    if not 0 <= value < 1 << width:
        raise ArgumentError(
            message(f"random: {name} out of range", got=f"{name}={value}", need=f"0 <= {name} < 2^{width}")
        )


def uniform(key: Key, stream: int, shape: Shape) -> NDArray[np.float64]:
    """Draw uniform numbers from [0, 1), with 24 bits each: float32 holds them exactly too.

    >>> float(uniform((0, 0), 0, (1,))[0]) == (0x6627E8D5 >> 8) / 2**24
    True
    """
    words = bits(key, stream, prod(_shape(shape)))
    words >>= np.uint32(8)
    numbers: NDArray[np.float64] = words.astype(np.float64) * 2.0**-24
    return numbers.reshape(_shape(shape))


def normal(key: Key, stream: int, shape: Shape) -> NDArray[np.float64]:
    """Draw standard normal numbers by the Box–Muller transform: √(−2 ln u) cos 2πv, from one pair of words each.

    u = (word + 1)/2³² in (0, 1] and v = word/2³² have 32 bits, so that |z| <= √(64 ln 2) = 6.66, which a normal number
    exceeds once in 4·10¹⁰ draws. The words are exact everywhere; ln and cos are the platform's, correct to rounding.

    Source: Box & Muller 1958, Ann. Math. Statist. 29:610, doi:10.1214/aoms/1177706645

    >>> normal((0, 0), 0, 2).round(3)
    array([ 0.991, -0.618])
    """
    words = bits(key, stream, 2 * prod(_shape(shape))).reshape(-1, 2)
    radius = np.sqrt(-2 * np.log((words[:, 0] + 1.0) * 2.0**-32))
    z: NDArray[np.float64] = radius * np.cos((2 * pi * 2.0**-32) * words[:, 1])
    return z.reshape(_shape(shape))


def integers(key: Key, stream: int, shape: Shape, high: int) -> NDArray[np.int64]:
    """Draw integers from 0 .. high−1, for high up to 2³².

    ⌊word₆₄ · high / 2⁶⁴⌋: each value's probability is within 2⁻⁶⁴ of 1/high (nothing is rejected, so that an entry
    depends on its position alone).

    Raises:  ArgumentError

    >>> integers((0, 0), 0, 4, 10)
    array([3, 7, 9, 6])
    """
    if not 1 <= high <= 1 << 32:
        raise ArgumentError(message("integers: high out of range", got=f"high={high}", need="1 <= high <= 2^32"))
    words = bits(key, stream, 2 * prod(_shape(shape))).astype(np.uint64).reshape(-1, 2)
    carry = (words[:, 1] * np.uint64(high)) >> _HALF
    return ((words[:, 0] * np.uint64(high) + carry) >> _HALF).astype(np.int64).reshape(_shape(shape))


def permutation(key: Key, stream: int, n: int) -> NDArray[np.int64]:
    """Shuffle 0 .. n−1: the stable order of n random 64-bit keys.

    Two keys are equal with probability below n²/2⁶⁵; their positions then keep their order.

    >>> permutation((0, 0), 0, 5)
    array([4, 0, 3, 1, 2])
    """
    words = bits(key, stream, 2 * n).astype(np.uint64).reshape(-1, 2)
    return np.argsort((words[:, 0] << _HALF) | words[:, 1], kind="stable").astype(np.int64)


def _shape(shape: Shape) -> tuple[int, ...]:
    sizes: tuple[Any, ...] = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(size < 0 for size in sizes):
        raise ArgumentError(message("random: negative size", got=f"shape={sizes}", need="every size >= 0"))
    return sizes
