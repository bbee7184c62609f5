"""What a run shows on the terminal: a bar for the epoch under way, a line for every finished one."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from pullback.errors import ArgumentError, message
from pullback.train.history import EpochRecord

# Drawn this often by a thread of its own, however long a step takes.
REDRAWS_PER_SECOND = 4
# A terminal with fewer columns has room for the numbers, but not for a bar beside them.
WIDE = 110


class Progress(Protocol):
    """Hears how a run goes on."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""

    def start_epoch(self, epoch: int, seen: int) -> None:
        """An epoch begins, or goes on after the first `seen` images."""

    def step(self, seen: int, loss: float, accuracy: float | None) -> None:
        """`seen` images of the epoch are done, with these means so far."""

    def end_epoch(self, record: EpochRecord) -> None:
        """An epoch is finished and validated."""


class Silent:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to put back."""

    def start_epoch(self, epoch: int, seen: int) -> None:
        """Show nothing."""

    def step(self, seen: int, loss: float, accuracy: float | None) -> None:
        """Show nothing."""

    def end_epoch(self, record: EpochRecord) -> None:
        """Show nothing."""


class Terminal:
    """Shows a bar with the rate, the time left, the loss and the accuracy. Where the output is a file: lines alone."""

    def __init__(self, epochs: int, images: int, console: Any = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self.epochs, self.images = epochs, images
        self.console = Console() if console is None else console
        wide = self.console.width >= WIDE
        columns = [
            TextColumn("{task.description}"),
            *([BarColumn(bar_width=24)] if wide else []),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[numbers]}"),
            *([TimeElapsedColumn()] if wide else []),
            TextColumn("left"),
            TimeRemainingColumn(compact=True),
        ]
        self.bars = Progress(
            *columns, console=self.console, refresh_per_second=REDRAWS_PER_SECOND, transient=True,
            disable=not self.console.is_terminal,
        )  # fmt: skip
        self._task: Any = None
        self._started = 0.0
        self._seen_before = 0

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def start_epoch(self, epoch: int, seen: int) -> None:
        """Show a new bar."""
        width = len(str(self.epochs))
        self._started, self._seen_before = time.perf_counter(), seen
        title = f"epoch {epoch:>{width}}/{self.epochs}"
        self._task = self.bars.add_task(title, total=self.images, completed=seen, numbers="")

    def step(self, seen: int, loss: float, accuracy: float | None) -> None:
        """Move the bar."""
        rate = (seen - self._seen_before) / max(time.perf_counter() - self._started, 1e-9)
        numbers = f"{rate:,.0f} images/s  {_numbers({'loss': loss, 'accuracy': accuracy})}"
        self.bars.update(self._task, completed=seen, numbers=numbers)

    def end_epoch(self, record: EpochRecord) -> None:
        """Replace the bar by a line."""
        self.bars.remove_task(self._task)
        line = epoch_line(record, self.epochs)
        if self.console.is_terminal and len(line) > self.console.width:
            start = line.index("loss")
            line = line.replace("  val_loss", f"\n{' ' * start}val_loss")
        self.console.print(line, soft_wrap=True, markup=False, highlight=False)


def progress_shown(wish: bool | Literal["auto"], epochs: int, images: int) -> Progress:
    """The progress to show: "auto" is silent when standard output is no terminal.

    Raises: ArgumentError
    """
    if wish not in (True, False, "auto"):
        raise ArgumentError(message("fit: progress", got=f"progress={wish!r}", need="True, False or 'auto'"))
    shown = wish is True or (wish == "auto" and sys.stdout is not None and sys.stdout.isatty())
    return Terminal(epochs, images) if shown else Silent()


def epoch_line(record: EpochRecord, epochs: int) -> str:
    """A finished epoch in one line.

    >>> epoch_line(EpochRecord(3, 0.25, 0.925, 0.5, 0.9, 0.1, 12.34), 10)
    'epoch  3/10  loss 0.2500  accuracy 92.50 %  val_loss 0.5000  val_accuracy 90.00 %  lr 0.1  12.3 s'
    """
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    numbers = _numbers({k: getattr(record, k) for k in names})
    return f"epoch {record.epoch:>{len(str(epochs))}}/{epochs}  {numbers}  lr {record.lr:.3g}  {record.seconds:.1f} s"


def _numbers(values: dict[str, float | None]) -> str:
    shown = {k: v for k, v in values.items() if v is not None}
    return "  ".join(f"{k} {v:.2%}".replace("%", " %") if "accuracy" in k else f"{k} {v:.4f}" for k, v in shown.items())
