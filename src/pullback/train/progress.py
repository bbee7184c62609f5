"""What a run shows on the terminal: a bar for the epoch under way, a line for every finished one."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from pullback.errors import ArgumentError, message
from pullback.train.history import EpochRecord

# Drawn this often by a thread of its own, however long a step takes.
REDRAWS_PER_SECOND = 4
# A terminal with fewer columns has room for the numbers, but not for a bar beside them.
WIDE = 110
# Between numbers, and in the place of those for which a bar has no room.
_GAP, _MORE = "  ", "..."
# What stands around the title and the numbers: share, bar, times, and the blanks between them.
_NARROW, _BAR = len(" 100 %  left 0:00:00 "), len(" 0:00:00") + 25


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

    def step(self, seen: int, numbers: Mapping[str, float]) -> None:
        """`seen` images of the epoch are done, with these means so far, by name."""

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

    def step(self, seen: int, numbers: Mapping[str, float]) -> None:
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
        self._is_wide = wide = self.console.width >= WIDE
        columns = [
            TextColumn("{task.description}"),
            *([BarColumn(bar_width=24)] if wide else []),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[numbers]}", markup=False),
            *([TimeElapsedColumn()] if wide else []),
            TextColumn("left"),
            TimeRemainingColumn(compact=True),
        ]
        self.bars = Progress(
            *columns, console=self.console, refresh_per_second=REDRAWS_PER_SECOND, transient=True,
            disable=not self.console.is_terminal,
        )  # fmt: skip
        self._task: Any = None
        self._room = 0
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
        self._room = self.console.width - len(title) - _NARROW - (_BAR if self._is_wide else 0)
        self._task = self.bars.add_task(title, total=self.images, completed=seen, numbers="")

    def step(self, seen: int, numbers: Mapping[str, float]) -> None:
        """Move the bar."""
        rate = (seen - self._seen_before) / max(time.perf_counter() - self._started, 1e-9)
        shown = _fitting([f"{rate:,.0f} images/s", *map(_number, numbers, numbers.values())], self._room)
        self.bars.update(self._task, completed=seen, numbers=shown)

    def end_epoch(self, record: EpochRecord) -> None:
        """Replace the bar by a line."""
        self.bars.remove_task(self._task)
        width = self.console.width if self.console.is_terminal else None
        self.console.print(epoch_line(record, self.epochs, width), soft_wrap=True, markup=False, highlight=False)


def progress_shown(wish: bool | Literal["auto"], epochs: int, images: int) -> Progress:
    """The progress to show: "auto" is silent when standard output is no terminal.

    Raises: ArgumentError
    """
    if wish not in (True, False, "auto"):
        raise ArgumentError(message("fit: progress", got=f"progress={wish!r}", need="True, False or 'auto'"))
    shown = wish is True or (wish == "auto" and sys.stdout is not None and sys.stdout.isatty())
    return Terminal(epochs, images) if shown else Silent()


def epoch_line(record: EpochRecord, epochs: int, width: int | None = None) -> str:
    """A finished epoch in one line; in several of `width` columns where one is too short.

    >>> print(epoch_line(EpochRecord(3, 0.25, 0.925, 0.5, 0.9, 0.1, 12.34), 10))
    epoch  3/10  loss 0.2500  accuracy 92.50 %  val_loss 0.5000  val_accuracy 90.00 %  lr 0.1  12.3 s
    >>> print(epoch_line(EpochRecord(3, 0.25, 0.925, 0.5, 0.9, 0.1, 12.34), 10, 50))
    epoch  3/10  loss 0.2500  accuracy 92.50 %
                 val_loss 0.5000
                 val_accuracy 90.00 %  lr 0.1  12.3 s
    """
    title = f"epoch {record.epoch:>{len(str(epochs))}}/{epochs}"
    trained, validated = (
        [_number(k, v) for k, v in record.numbers.items() if k.startswith("val_") is part] for part in (False, True)
    )
    end = [f"lr {record.lr:.3g}", f"{record.seconds:.1f} s"]
    line = _GAP.join([title, *trained, *validated, *end])
    if width is None or len(line) <= width:
        return line
    margin = len(title) + len(_GAP)
    groups = [trained, validated + end] if validated else [trained + end]
    lines = [line for group in groups for line in _wrapped(group, width - margin)]
    return title + _GAP + f"\n{' ' * margin}".join(lines)


def _number(name: str, value: float) -> str:
    return f"{name} {value:.2%}".replace("%", " %") if name in ("accuracy", "val_accuracy") else f"{name} {value:.4f}"


def _wrapped(parts: Iterable[str], width: int) -> list[str]:
    """Lines of up to so many columns; a part is not broken."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(_GAP) + len(part) <= width:
            lines[-1] += _GAP + part
        else:
            lines.append(part)
    return lines


def _fitting(parts: Sequence[str], width: int) -> str:
    """As many of the parts as one line holds, with a sign where some are left out."""
    whole = _GAP.join(parts)
    if len(whole) <= width:
        return whole
    return _wrapped(parts, width - len(_GAP) - len(_MORE))[0] + _GAP + _MORE
