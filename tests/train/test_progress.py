import io
import time

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
        progress.step(40, 0.5, 0.75)
        time.sleep(wait)
        text = file.getvalue()
        progress.end_epoch(RECORD)
    return text, file.getvalue()


def test_the_bar_shows_epoch_share_rate_loss_and_accuracy():
    text, whole = shown_during(0.4)
    for part in ("epoch 1/3", "40 %", "images/s", "loss 0.5000", "accuracy 75.00 %", "left"):
        assert part in text
    assert "epoch 1/3  loss 0.2500  accuracy 50.00 %  lr 0.1  1.5 s" in whole


def test_the_bar_is_drawn_at_least_twice_a_second_while_a_step_takes_long():
    count = shown_during(1.2)[0].count("epoch 1/3")
    assert count >= 3
