"""How long explanations take after the trace: one entry of VGG-16's conv5, and one entry of everything in LeNet-5.

An explanation is timed with its formulas, its total, and the reasons for the terms that are 0; the second time is that
of listing every term with its factors.

Usage: python benchmarks/explain.py [rounds]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np

import pullback as pb
from pullback import nn
from pullback.explain import Trace, trace

TARGET = 0.2
"""Seconds for one entry of conv5."""

ENTRIES = {
    "conv5_3/conv2d": ((0, 100, 7, 7), "value"),
    "conv5_2.weight": ((100, 50, 1, 1), "cotangent"),
    "conv5_2.bias": ((100,), "cotangent"),
    "relu5_1": ((0, 100, 7, 7), "cotangent"),
    "input": ((0, 100, 7, 7), "cotangent"),
}


def conv5() -> nn.Module:
    """The fifth stage of VGG-16: three convolutions of 512 filters over 14×14, each with a ReLU, then pooling."""
    layers: dict[str, nn.Module] = {}
    for k in (1, 2, 3):
        layers |= {f"conv5_{k}": nn.Conv2d(512, 512, 3, padding=1), f"relu5_{k}": nn.ReLU()}
    return nn.Sequential(layers | {"pool5": nn.MaxPool2d(2)})


def seconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def explained(t: Trace, name: str, index: tuple[int, ...], of: str) -> tuple[float, dict[str, int]]:
    """Explain an entry to the last reason."""
    e = t.explain(name, index, of)
    return e.total, e.vanished


def vgg(rounds: int) -> None:
    """Print the time per entry of conv5."""
    x = np.maximum(np.random.default_rng(0).standard_normal((1, 512, 14, 14)), 0.0)
    net = conv5()
    print(f"VGG-16, conv5 (512×512×3×3, 14×14): trace {seconds(lambda: trace(net, x, loss=np.sum)):.2f} s")
    t = trace(net, x, loss=np.sum)
    for name, (index, of) in ENTRIES.items():
        times = [seconds(partial(explained, t, name, index, of)) for _ in range(rounds)]
        verdict = "" if median(times) <= TARGET else f"   over {TARGET} s"
        e = t.explain(name, index, of)
        every = seconds(partial(list, e))
        spent = f"{median(times) * 1e3:7.1f} ms, every term {every * 1e3:7.1f} ms"
        print(f"  {e.entry!s:<42} {len(e):5} terms {spent}{verdict}")


def lenet() -> None:
    """Print the time for one entry of every value and every cotangent of LeNet-5."""
    net = nn.zoo.lenet5((1, 28, 28), 10)
    x = np.random.default_rng(0).standard_normal((4, 1, 28, 28))
    t = trace(net, x, np.array([3, 7, 1, 0]), loss=pb.cross_entropy)
    rng = np.random.default_rng(0)
    times = []
    for of, arrays in (("value", t.values), ("cotangent", t.cotangents)):
        for name, array in arrays.items():
            index = tuple(int(rng.integers(n)) for n in array.shape)
            times.append((seconds(partial(explained, t, name, index, of)), f"{of} of {name}"))
    slowest = max(times)
    total = sum(s for s, _ in times)
    print(f"LeNet-5, 4 digits: {len(times)} entries, one of everything, in {total * 1e3:.0f} ms;")
    print(f"  the slowest, a {slowest[1]}, {slowest[0] * 1e3:.1f} ms")


def main() -> None:
    """Print both."""
    pb.seed(0)
    vgg(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    lenet()


if __name__ == "__main__":
    main()
