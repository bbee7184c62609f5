"""`pullback bench nets`, `layers` and `accuracy`: speed beside PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pullback.cli.choices import NETS, at_least, closest
from pullback.cli.options import Engine, Json, Precision

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pullback.bench.records import Report
    from pullback.bench.settings import Bench


def _numbers(value: str | None) -> str | None:
    """Check an option that takes whole numbers from 1 on with commas between them."""
    if value is not None and not all(part.isdecimal() and int(part) > 0 for part in value.split(",")):
        raise typer.BadParameter(f"{value!r} is not a list of numbers such as 1,2")
    return value


def _nets(value: str) -> str:
    """Check an option that takes names of networks with commas between them."""
    for name in value.split(","):
        if name not in NETS:
            suggestion = closest(name, NETS)
            raise typer.BadParameter(f"{name!r} is not one of {', '.join(NETS)}{suggestion and f'; {suggestion}'}")
    return value


Threads = Annotated[
    str | None,
    typer.Option(
        metavar="N,N", callback=_numbers, help="Numbers of threads. Default: 1,2 where there are two processors."
    ),
]
Nets = Annotated[str, typer.Option(metavar="NAME,NAME", callback=_nets, help=f"Which: {', '.join(NETS)}.")]
Layers = Annotated[
    str, typer.Option(metavar="TEXT", help="Only those with this text in their names, such as vgg16 or 3x3.")
]
Batch = Annotated[int, typer.Option(metavar="N", callback=at_least(1), help="Images in one step.")]
Repeat = Annotated[
    int | None,
    typer.Option(metavar="N", callback=at_least(1), help="Rounds in which the two alternate. Default: 5, quick 2."),
]
Seeds = Annotated[
    int | None, typer.Option(metavar="N", callback=at_least(1), help="Runs in each. Default: 10, quick 2.")
]
Epochs = Annotated[int, typer.Option(metavar="N", callback=at_least(1), help="Passes through the training images.")]
Quick = Annotated[
    bool,
    typer.Option("--quick", help="Few and short rounds, PyTorch without its compiler: to see that it runs."),
]
Out = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the JSON document, with all measurements, to this file too.")
]

_ALL_NETS = ",".join(NETS)


def nets(
    nets: Nets = _ALL_NETS,
    threads: Threads = None,
    batch: Batch = 64,
    repeat: Repeat = None,
    quick: Quick = False,
    engine: Engine = "compiled",
    precision: Precision = "fast",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Time training steps and predictions of whole networks, beside PyTorch's where it is installed.

    The two run in separate processes that take turns, with equal threads, batches and first weights; PyTorch in
    four ways, of which the fastest counts. No time is told unless both computed the same numbers.

    Examples:
      pullback bench nets --quick
      pullback bench nets --nets lenet5,cnn --threads 1 --out nets.json
    """
    from pullback.bench.nets import run_nets

    chosen = nets.split(",")
    title = f"A step of training (SGD with momentum) and a prediction, batch {batch}, float32"
    with _bench(title, threads, repeat, out, quick=quick, by=(engine, precision), nets=chosen, batch=batch) as bench:
        run_nets(bench, chosen, batch)
        _print(bench.report, out, as_json=as_json)


def layers(
    layers: Layers = "",
    threads: Threads = None,
    batch: Batch = 8,
    repeat: Repeat = None,
    quick: Quick = False,
    engine: Engine = "compiled",
    precision: Precision = "fast",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Time the convolutions of ResNet-50 and VGG-16, forward and backward, beside PyTorch's where it is installed.

    Each pass by itself: forward, backward-data (the gradient of the images), backward-filter. Images come and go
    in either layout, of which the faster one counts, for both.

    Examples:
      pullback bench layers --quick
      pullback bench layers --layers vgg16 --threads 1
    """
    from pullback.bench.cases import LAYERS
    from pullback.bench.layers import run_layers
    from pullback.errors import ArgumentError, message

    chosen = [name for name in LAYERS if layers in name]
    if not chosen:
        got = f"--layers {layers!r}"
        raise ArgumentError(message("bench: no such layer", got=got, need=f"a part of one of {', '.join(LAYERS)}"))
    chosen = chosen[:: max(1, len(chosen) // _QUICK_LAYERS)] if quick else chosen
    title = f"The convolutions of ResNet-50 and VGG-16, batch {batch}, float32"
    with _bench(title, threads, repeat, out, quick=quick, by=(engine, precision), layers=chosen, batch=batch) as bench:
        run_layers(bench, chosen, batch)
        _print(bench.report, out, as_json=as_json)


def accuracy(
    seeds: Seeds = None,
    epochs: Epochs = 1,
    threads: Threads = None,
    quick: Quick = False,
    engine: Engine = "compiled",
    precision: Precision = "fast",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Time how long training on MNIST takes to 99 % on the test images, beside PyTorch where it is installed.

    One recipe for both: two convolutions, Adam, one cycle of the learning rate. One epoch comes to about 99 %, a
    little more or less with each seed. The time begins with the images in memory; compiling is told apart, and
    counted once in the seconds of all runs. No time is told unless the first steps gave the same numbers.

    Examples:
      pullback bench accuracy --seeds 3 --threads 2
    """
    from pullback.bench.accuracy import run_accuracy

    title = f"MNIST: conv 24 5×5, conv 32 3×3, fc 256, fc 10; Adam, one cycle, batch 256, epochs: {epochs}"
    with _bench(title, threads, seeds, out, quick=quick, by=(engine, precision), epochs=epochs) as bench:
        run_accuracy(bench, seeds or (_QUICK_ROUNDS if quick else _SEEDS), epochs)
        _print(bench.report, out, as_json=as_json)


COMMANDS: tuple[Callable[..., None], ...] = (nets, layers, accuracy)
"""The sub-commands, for `bench.COMMANDS`."""

_ROUNDS, _SEEDS, _QUICK_ROUNDS, _QUICK_LAYERS = 5, 10, 2, 4
_SECONDS, _QUICK_SECONDS = 1.0, 0.2
# Beyond this, other work on the machine will be seen in the times.
_BUSY = 0.5


@contextmanager
def _bench(
    title: str,
    threads: str | None,
    repeat: int | None,
    out: Path | None,
    *,
    quick: bool,
    by: tuple[str, str],
    **more: Any,
) -> Iterator[Bench]:
    """A benchmark ready to run, with a folder that is gone afterwards; `out` is tried before it takes its time.

    by  the names of Pullback's engine and of its precision
    """
    from pullback.atomic import check_writable
    from pullback.bench.jobs import MODES
    from pullback.bench.machine import available, this_machine
    from pullback.bench.processes import Workers, has_pytorch
    from pullback.bench.records import Report
    from pullback.bench.settings import Bench, Settings
    from pullback.cli.computing import use
    from pullback.cli.report import hint

    if out is not None:
        with _writing(out):
            check_writable(out)
    counts = tuple(map(int, threads.split(","))) if threads else tuple(range(1, min(2, available()) + 1))
    rounds, seconds = (_QUICK_ROUNDS, _QUICK_SECONDS) if quick else (_ROUNDS, _SECONDS)
    modes = tuple(mode for mode in MODES if not (quick and mode.compiled))
    chosen = use(*by, threads=None)
    settings = Settings(counts, repeat or rounds, seconds, chosen.engine, modes, chosen.precision)
    machine = this_machine()
    more |= {"threads": counts, "rounds": settings.repeat, "seconds": seconds}
    more |= {"engine": chosen.engine, "precision": chosen.precision}
    report = Report(
        title if chosen.precision == "fast" else f"{title}; Pullback without Winograd's algorithm",
        more | {"modes": [str(mode) for mode in modes]},
        machine.to_dict(),
    )
    report.note(str(machine))
    if not has_pytorch():
        report.note("PyTorch is not installed, so there is nothing to compare with: pip install torch")
    if machine.load is not None and machine.load > _BUSY:
        report.note(f"Other work was running at the start (load {machine.load:.1f}): the times are not to be trusted.")
    with TemporaryDirectory(prefix="pullback-bench-") as folder:
        yield Bench(settings, Workers(Path(folder)), Path(folder), has_pytorch(), report, hint)


def _print(report: Report, out: Path | None, *, as_json: bool) -> None:
    from pullback.bench.tables import headings, tables, to_dict
    from pullback.cli import report as printing

    document = to_dict(report)
    if out is not None:
        _write(out, printing.json_text(document))
    if as_json:
        printing.print_json(document)
        return
    for line in headings(report):
        printing.say(line)
    for table in tables(report):
        printing.say("")
        printing.print_table(table.header, table.rows, table.align)
    printing.say("")
    for note in report.notes:
        printing.say(note)


def _write(path: Path, text: str) -> None:
    from pullback.atomic import replacing

    with _writing(path), replacing(path) as file:
        file.write(f"{text}\n".encode())


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Tell the user why a file cannot be written.

    Raises: ArgumentError
    """
    from pullback.errors import ArgumentError, message

    try:
        yield
    except OSError as error:
        got = f"{path}: {error.strerror or error}"
        raise ArgumentError(message("bench: cannot write the file", got=got, fix="an existing folder")) from error
