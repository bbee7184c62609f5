"""Whether Winograd's algorithm costs accuracy: networks trained with it and with precision="strict", seed by seed.

Both runs of a seed have the same first weights, images and batches; what they differ in is rounding. Training carries
the smallest difference further, so that single runs differ by chance, in either direction; what counts is the mean of
the differences, with its 95 % confidence interval. `--control` shows how far chance goes: a third run, by Winograd's
algorithm too, in which each of the first weights is moved by one unit in its last place.

The budgets are short, a part of an epoch; each seed draws its images from the training part. The VGG and ResNet-18 take
CIFAR's shape: Fashion-MNIST with a border of two black pixels, in three equal channels. LeNet-5 has 5×5 filters, which
Winograd's algorithm does not compute: its two runs must agree bit for bit.

Ctrl-C prints what there is. The data are found as by `pullback train`: PULLBACK_DATA, the cache, or a download.

Usage: python benchmarks/strict_accuracy.py [--nets NAME,NAME] [--seeds N] [--budget X] [--control] [--threads N]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import stdev
from time import perf_counter

import numpy as np

import pullback as pb
from pullback.bench.cases import NETS
from pullback.bench.networks import our_net
from pullback.bench.ratios import mean
from pullback.cli.kernels import dispatch_of
from pullback.cli.report import duration, print_table
from pullback.compile.precision import Precision
from pullback.data import Dataset, fashion_mnist, mnist
from pullback.engines import CompiledEngine
from pullback.nn import Module

BATCH, CLASSES = 64, 10
TEST_BATCH = 80
"""Divides the numbers of test images, and the lanes of a vector divide it: one program, no idle lanes."""
WAYS: dict[str, Precision] = {"fast": "fast", "strict": "strict", "nudged": "fast"}


@dataclass(frozen=True)
class Budget:
    """How a network is trained: Adam, one cycle of the learning rate, batches of 64.

    tests  the first so many images of the test part
    """

    data: str
    steps: int
    rate: float
    tests: int = 10_000


BUDGETS = {
    "lenet5": Budget("mnist", 900, 3e-3),
    "cnn": Budget("fashion-mnist", 200, 2e-3),
    "vgg": Budget("fashion-mnist", 60, 1e-3, 2000),
    "resnet18": Budget("fashion-mnist", 30, 2e-3, 1200),
}


@dataclass
class Study:
    """The accuracies of a network: by way, one for each seed that ran in all of them.

    passes  how many passes of convolutions in a training step are computed by Winograd's algorithm
    same    whether the fast and the strict network had the same bits, for every seed
    """

    net: str
    steps: int
    passes: int
    accuracies: dict[str, list[float]] = field(default_factory=dict)
    same: list[bool] = field(default_factory=list)

    def differences(self, way: str) -> list[float]:
        """The accuracies less the fast ones, by seed."""
        return [b - a for a, b in zip(self.accuracies["fast"], self.accuracies[way], strict=True)]


def parts_of(net: str, data: str) -> tuple[Dataset, Dataset]:
    """The training part and the test part, in the network's shape."""
    train, test = {"mnist": mnist, "fashion-mnist": fashion_mnist}[data]()
    return (train, test) if NETS[net] == train.image_shape else (_as_cifar(train), _as_cifar(test))


def _as_cifar(part: Dataset) -> Dataset:
    """Grey images of 28×28 in three channels of 32×32."""
    border = np.pad(part.raw, ((0, 0), (0, 0), (2, 2), (2, 2)))
    raw = np.repeat(border, 3, axis=1)
    return Dataset.of(raw, part.labels, classes=part.classes, name=part.name, normalization=part.normalization)


def winograd_passes(net: str, precision: Precision) -> int:
    """How many passes of convolutions in a training step are computed by the algorithm."""
    dispatch = dispatch_of(our_net(net), NETS[net], CLASSES, CompiledEngine(precision))
    return sum(stage.kernel.startswith(("winograd (", "winograd products")) for stage in dispatch)


def trained(net: str, way: str, budget: Budget, parts: tuple[Dataset, Dataset], seed: int) -> tuple[Module, float]:
    """Train and test in one way: the network, and its accuracy.

    Raises: KeyboardInterrupt
    """
    train, test = parts
    chosen = np.sort(np.random.default_rng(seed).permutation(len(train))[: budget.steps * BATCH])
    pb.seed(seed)
    model = our_net(net)
    if way == "nudged":
        nudge(model)
    history = pb.fit(
        model,
        train.subset(chosen),
        optimizer=pb.Adam(lr=budget.rate),
        schedule=pb.OneCycleLR(budget.rate),
        batch_size=BATCH,
        seed=seed,
        precision=WAYS[way],
    )
    if history.interrupted:
        raise KeyboardInterrupt
    return model, model.evaluate(test[: budget.tests], batch_size=TEST_BATCH, precision=WAYS[way])["accuracy"]


def nudge(net: Module) -> None:
    """Move every parameter up by one unit in its last place."""
    net.load_state_dict(net.state_dict() | {k: np.nextafter(v, np.float32(np.inf)) for k, v in net.parameters.items()})


def run(net: str, ways: Sequence[str], seeds: int, budget: Budget, studies: list[Study]) -> None:
    """Train a network in all ways with all seeds; the study grows in the list.

    Raises: KeyboardInterrupt
    """
    parts = parts_of(net, budget.data)
    count = {way: winograd_passes(net, WAYS[way]) for way in ways}
    studies.append(study := Study(net, budget.steps, count["fast"], {way: [] for way in ways}))
    algorithm = ", ".join(f"{n} {way}" for way, n in count.items())
    print(f"{net}: {budget.steps} steps on {budget.data}; passes by Winograd's algorithm: {algorithm}", flush=True)
    for seed in range(seeds):
        found, seconds = {}, []
        for way in ways:
            started = perf_counter()
            found[way] = trained(net, way, budget, parts, seed)
            seconds.append(perf_counter() - started)
        for way, (_, accuracy) in found.items():
            study.accuracies[way].append(accuracy)
        study.same.append(_bits(found["fast"][0]) == _bits(found["strict"][0]))
        texts = (f"{way} {100 * accuracy:.2f} %" for way, (_, accuracy) in found.items())
        times = " + ".join(f"{s:.1f}" for s in seconds)
        print(f"  seed {seed}: {', '.join(texts)}  ({times} s)", flush=True)


def _bits(net: Module) -> list[bytes]:
    return [v.tobytes() for v in net.state_dict().values()]


def lines(studies: Iterable[Study]) -> Iterator[tuple[str, ...]]:
    """A row for each network and way: accuracy, its spread, the difference from the fast runs, what that says."""
    for study in (s for s in studies if s.same):
        for way, accuracies in study.accuracies.items():
            row = (study.net, str(study.steps), str(study.passes), way, str(len(accuracies)), _points(accuracies))
            spread = f"{100 * stdev(accuracies):.2f}" if len(accuracies) > 1 else "–"
            yield (*row, spread, *(("", "", "") if way == "fast" else _compared(study, way)))


HEADER = ("network", "steps", "Winograd", "way", "seeds", "accuracy %", "std", "less fast", "range", "")


def _points(parts: Sequence[float]) -> str:
    """The mean in per cent with half its confidence interval."""
    found = mean([100 * p for p in parts])
    return f"{found.mean:.2f}" if found.margin is None else f"{found.mean:.2f} ± {found.margin:.2f}"


def _compared(study: Study, way: str) -> tuple[str, str, str]:
    differences = study.differences(way)
    spread = f"{100 * min(differences):+.2f} to {100 * max(differences):+.2f}"
    if way == "strict" and all(study.same):
        return _points(differences), spread, "the same bits"
    return _points(differences), spread, verdict(differences)


def verdict(differences: Sequence[float]) -> str:
    """What the mean difference says, at 95 % confidence.

    >>> verdict([0.01, 0.011, 0.009]), verdict([0.01, -0.011, 0.003])
    ('differs', 'no difference seen')
    """
    found = mean(differences)
    if found.margin is None:
        return "one seed says nothing"
    return "differs" if abs(found.mean) > found.margin else "no difference seen"


def main() -> None:
    """Run the study, and print its table."""
    parser = argparse.ArgumentParser(description="The accuracy of networks with and without Winograd's algorithm.")
    parser.add_argument("--nets", default=",".join(BUDGETS), help="with commas between them")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=1.0, help="the steps are multiplied by this")
    parser.add_argument("--control", action="store_true", help="a third run with nudged first weights")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    nets = options.nets.split(",")
    if not set(nets) <= BUDGETS.keys() or options.seeds < 1 or options.budget <= 0:
        parser.error(f"--nets are some of {', '.join(BUDGETS)}; --seeds 1 or more; --budget above 0")
    if options.threads is not None:
        pb.set_num_threads(options.threads)
    ways = tuple(WAYS) if options.control else ("fast", "strict")
    studies: list[Study] = []
    started = perf_counter()
    try:
        for net in nets:
            given = BUDGETS[net]
            steps = max(1, round(options.budget * given.steps))
            run(net, ways, options.seeds, Budget(given.data, steps, given.rate, given.tests), studies)
    except KeyboardInterrupt:
        print("Stopped: only seeds that ran in all ways count.", file=sys.stderr)
    print()
    print_table(HEADER, lines(studies), "<>><>>>>><")
    print(f"\n± is half the 95 % confidence interval of the mean. {duration(perf_counter() - started)} in all.")


if __name__ == "__main__":
    main()
