"""Where the cycles of a training step go: stage by stage, with the kernel of each and why better ones declined.

The step is that of `pullback bench nets`: SGD with momentum, cross entropy, random images. The cycles are those that
the processor's time-stamp counter counts on the first thread, waiting for other threads included; each number is the
median over the steps. Where every thread has as many blocks of the batch as the others, waiting is left out, so that a
stage may pay for the one before it: take the profile of one thread first.

Usage: python benchmarks/profile_step.py NET [--threads N] [--rows N] [--steps N] [--batch N] [--dtype float64]
"""

from __future__ import annotations

import argparse
import ctypes
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pullback as pb
from pullback.bench.cases import LEARNING_RATE, MOMENTUM, NETS, net_data
from pullback.bench.networks import our_net
from pullback.compile.executable import Executable, fitted, pointers
from pullback.compile.native.target import Target
from pullback.compile.native.team import TEAM
from pullback.compile.program import Dispatch, Program, compile_graph
from pullback.engines import ReferenceEngine
from pullback.graph import Graph
from pullback.train.step import Batch, Recipe, State, Stepper, inputs_of

Array = NDArray[Any]

WARM_UP = 3


@dataclass(frozen=True)
class Profile:
    """The cycles of each stage, the median over the steps, and the milliseconds of a whole step."""

    stages: tuple[Dispatch, ...]
    cycles: Array
    milliseconds: float


def step_graph(name: str, batch: int, dtype: str) -> tuple[Graph, list[Array]]:
    """A training step of a network of the zoo, and its inputs."""
    pb.seed(0)
    net, optimizer = our_net(name).astype(dtype), pb.SGD(LEARNING_RATE, MOMENTUM)
    state = State(net.parameters, net.buffers, optimizer.init(net.parameters))
    images, labels = net_data(name, batch)
    one = Batch(images[:batch].astype(dtype), labels[:batch], LEARNING_RATE, (0, 0))
    taken = Stepper(Recipe(net, pb.cross_entropy, optimizer), ReferenceEngine(), dtype).traced(state, one)
    return taken.tracing.graph, inputs_of(state, one)


def profile(program: Program, inputs: Sequence[Array], steps: int) -> Profile:
    """Run a program that was compiled with `profile=True`."""
    executable = Executable(program)
    given = [fitted(v, s) for v, s in zip(inputs, program.inputs, strict=True)]
    outputs = [np.zeros(s.shape, s.dtype) for s in program.outputs]
    table = pointers((*given, *outputs, *program.constants))
    cycles, seconds = [], []
    with executable.arena() as arena:
        assert program.clock is not None  # noqa: S101  (it was compiled with one)
        place = (ctypes.c_int64 * len(program.dispatch)).from_address(arena.address + program.clock)
        clock = np.ctypeslib.as_array(place)
        for _ in range(WARM_UP + steps):
            clock[:] = 0
            start = perf_counter()
            TEAM.call(executable.step_address, arena.address, ctypes.addressof(table))
            seconds.append(perf_counter() - start)
            cycles.append(clock.copy())
    return Profile(program.dispatch, np.median(cycles[WARM_UP:], axis=0), 1e3 * float(np.median(seconds[WARM_UP:])))


def lines(found: Profile, rows: int) -> Iterator[str]:
    """The slowest stages, the slowest first, and what each kind of kernel takes together."""
    total = found.cycles.sum()
    yield f"{found.milliseconds:.3f} ms, {total / 1e6:.3f} million cycles, {len(found.stages)} stages"
    yield ""
    kinds: dict[str, float] = {}
    for stage, cycles in zip(found.stages, found.cycles, strict=True):
        kind = stage.kernel.partition(" ")[0]
        kinds[kind] = kinds.get(kind, 0.0) + cycles
    for kind, cycles in sorted(kinds.items(), key=lambda item: -item[1]):
        yield f"{cycles / total:6.1%}  {kind}"
    yield ""
    for k in np.argsort(-found.cycles, kind="stable")[:rows]:
        stage, cycles = found.stages[k], found.cycles[k]
        yield f"{cycles / total:6.1%} {cycles / 1e3:9.1f}k  {stage.scope:<14} {stage.operator:<34} {stage.kernel}"
        yield from (f"{'':>20}not {kernel}: {reason}" for kernel, reason in stage.declined)


def main() -> None:
    """Print the profile of a network's step."""
    parser = argparse.ArgumentParser(description="Where the cycles of a training step go.")
    parser.add_argument("net", choices=NETS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rows", type=int, default=25, help="how many stages are printed")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    options = parser.parse_args()
    if not Target.host().is_x86:
        sys.exit("profile_step: only x86 lets every program read the cycle counter")
    pb.set_num_threads(options.threads)
    graph, inputs = step_graph(options.net, options.batch, options.dtype)
    start = perf_counter()
    program = compile_graph(graph, options.dtype, profile=True)
    seconds = perf_counter() - start
    print(f"{options.net}, threads: {options.threads}; compiled, or found in the cache, in {seconds:.2f} s")
    for line in lines(profile(program, inputs, options.steps), options.rows):
        print(line)


if __name__ == "__main__":
    main()
