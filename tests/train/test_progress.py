import io
import re
import time

import pytest
from rich.console import Console

from pullback.train import EpochRecord, fit
from pullback.train.progress import Silent, Terminal, progress_shown

RECORD = EpochRecord(1, 0.25, 0.5, None, None, 0.1, 1.5)


def test_progress_is_silent_where_standard_output_is_no_terminal(capsys, points, line):
    fit(line(), points)
    assert capsys.readouterr().out == ""
    assert isinstance(progress_shown("auto", 1, 10), Silent)


def test_progress_asked_for_writes_a_line_per_epoch_into_a_file(capsys, points, line):
    fit(line(), points, epochs=2, validation=points, progress=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("epoch 1/2  loss 0.")
    assert "val_accuracy 1" in lines[1]
    assert "\x1b" not in "".join(lines)


def shown_during(wait):
    """What a terminal receives while one step of an epoch is done and then, for `wait` seconds, nothing happens."""
    file = io.StringIO()
    with Terminal(3, 100, Console(file=file, force_terminal=True, width=120)) as progress:
        progress.start_epoch(1, 0)
        progress.step(40, {"loss": 0.5, "accuracy": 0.75})
        time.sleep(wait)
        text = file.getvalue()
        progress.end_epoch(RECORD)
    return text, file.getvalue()


def test_the_bar_shows_epoch_share_rate_loss_and_accuracy():
    text, whole = shown_during(0.4)
    for part in ("epoch 1/3", "40 %", "images/s", "loss 0.5000", "accuracy 75.00 %", "left"):
        assert part in text
    assert "epoch 1/3  loss 0.2500  accuracy 50.00 %  lr 0.1  1.5 s" in whole


LONG = {"balanced_accuracy": 0.123, "top_5_accuracy": 0.5, "expected_calibration_error": 12345.6}


def screen(width):
    """The lines that a terminal of so many columns holds while an epoch runs, and after it."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, height=20, color_system=None)
    with Terminal(10, 60_000, console) as progress:
        progress.start_epoch(3, 0)
        time.sleep(0.1)  # for a rate of a million images per second at most
        progress.step(60_000, {"loss": 2.3456, "accuracy": 0.9876, **LONG})
        time.sleep(0.3)
        drawn = file.getvalue()
        metrics = LONG | {f"val_{k}": v for k, v in LONG.items()}
        progress.end_epoch(EpochRecord(3, 2.3456, 0.9876, 2.5, 0.9, 0.1, 12.34, metrics))
    control = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
    after = control.sub("\n", file.getvalue()[len(drawn) :])
    return control.sub("\n", drawn).splitlines(), [line for line in after.splitlines() if line.strip()]


@pytest.mark.parametrize("width", [72, 80, 109, 110, 140])
def test_long_names_neither_break_the_bar_nor_leave_the_terminal(width):
    drawn, after = screen(width)
    assert all(len(line) <= width for line in drawn + after)
    bars = [line for line in drawn if "loss" in line]
    assert bars
    for bar in bars:
        assert "epoch  3/10" in bar
        assert "loss 2.3456" in bar
        assert "..." in bar
        assert "left" in bar
        assert "…" not in bar  # what rich puts where it cuts
    shown = "\n".join(after)
    assert all(f"{prefix}{name} {value:.4f}" in shown for name, value in LONG.items() for prefix in ("", "val_"))


def test_a_file_has_one_line_per_epoch_however_long():
    file = io.StringIO()
    with Terminal(10, 100, Console(file=file, width=80)) as progress:
        progress.start_epoch(1, 0)
        progress.end_epoch(EpochRecord(1, 2.3456, 0.9876, 2.5, 0.9, 0.1, 12.34, LONG))
    assert len(file.getvalue().splitlines()) == 1


def test_the_bar_is_drawn_at_least_twice_a_second_while_a_step_takes_long():
    count = shown_during(1.2)[0].count("epoch 1/3")
    assert count >= 3
