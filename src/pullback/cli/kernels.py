"""`pullback info --dispatch`: which kernels compute a training step, and why each better one declined."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pullback import nn
from pullback.cli import models, networks, report
from pullback.cli.networks import Shape
from pullback.compile.precision import checked_precision
from pullback.engines import CompiledEngine
from pullback.ops.losses import cross_entropy
from pullback.optim import SGD
from pullback.train.step import Batch, Recipe, State, Stepper

if TYPE_CHECKING:
    from pullback.compile.program import Dispatch

BATCH, CLASSES = 64, 10
# What each network is usually trained on: MNIST and CIFAR-10.
GREY, COLOURED = (1, 28, 28), (3, 32, 32)


def run(name: str, own: str | None, precision: str, *, as_json: bool) -> None:
    """Print the kernels of a network's training step: SGD with momentum on 64 images, in float32.

    Raises:  StateError, for a file that is no network's
    """
    engine = CompiledEngine(checked_precision(precision, "info"))
    net, shape, classes = _network(name, own)
    found = dispatch_of(net, shape, classes, engine)
    if as_json:
        report.print_json(
            {
                "net": name,
                "input_shape": list(shape),
                "batch_size": BATCH,
                "precision": precision,
                "operators": [
                    {
                        "operator": d.operator,
                        "scope": d.scope,
                        "kernel": d.kernel,
                        "declined": [{"kernel": kernel, "reason": reason} for kernel, reason in d.declined],
                    }
                    for d in found
                ],
            }
        )
        return
    strict = ", precision strict" if precision == "strict" else ""
    size = "x".join(map(str, shape))
    report.print_fields({"Network": f"{name}, a training step on {BATCH} images {size} in float32{strict}"})
    report.say("")
    for line in lines(found):
        report.say(line)


def lines(found: Iterable[Dispatch]) -> Iterable[str]:
    """Each operator with its kernel, and under it what declined."""
    rows = [(d.scope or "-", d) for d in found]
    first = max((len(scope) for scope, _ in rows), default=0)
    second = max((len(d.operator) for _, d in rows), default=0)
    for scope, d in rows:
        yield f"{scope:<{first}}  {d.operator:<{second}}  {d.kernel}"
        yield from (f"{'':<{first + 4}}not {kernel}: {reason}" for kernel, reason in d.declined)


def dispatch_of(net: nn.Module, shape: Shape, classes: int, engine: CompiledEngine) -> tuple[Dispatch, ...]:
    """How the compiler computes a network's training step."""
    recipe = Recipe(net, cross_entropy, SGD(lr=0.1, momentum=0.9), accuracy=True)
    parameters, buffers = dict(net.parameters), dict(net.buffers)
    state = State(parameters, buffers, recipe.optimizer.init(parameters))
    labels = np.arange(BATCH) % classes
    batch = Batch(np.zeros((BATCH, *shape), np.float32), labels, 0.1, (0, 0))
    step: Any = Stepper(recipe, engine, "float32").traced(state, batch).function
    found: tuple[Dispatch, ...] = step.program.dispatch
    return found


def _network(name: str, own: str | None) -> tuple[nn.Module, Shape, int]:
    """A network by name, or a saved one."""
    if name.endswith(models.SUFFIX):
        model = models.load(Path(name), own)
        return model.net, model.input_shape, len(model.classes)
    shape = COLOURED if name in ("vgg", "resnet18") else GREY
    return networks.make(name, shape, CLASSES), shape, CLASSES
