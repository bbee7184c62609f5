"""How a command ends when a person or a pipe ends it."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.conftest import Run
from pullback import nn

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and terminals as POSIX has them")

LONG = ("train", "digits", "--net", "mlp", "--epochs", "100000", "--schedule", "none")


def start(folder: Path, environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pullback", *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, f"{path} does not come"
        time.sleep(0.02)


def test_ctrl_c_keeps_checkpoint_and_network_and_ends_with_130(
    pullback: Run, tmp_path: Path, environment: dict[str, str]
):
    options = ("--checkpoint", "run.ckpt", "--save", "net.safetensors", "--validation-fraction", "0.1")
    process = start(tmp_path, environment, *LONG, *options)
    wait_for(tmp_path / "run.ckpt", process)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Trained" in output
    assert "Test" not in output
    assert "Interrupted. The saved network is that of epoch" in errors
    assert "the best on the validation images" in errors
    assert "--checkpoint run.ckpt" in errors.splitlines()[-1]
    assert errors.splitlines()[-1].endswith("--resume")
    assert "Traceback" not in errors
    assert len(nn.load(tmp_path / "net.safetensors").parameters) == 4
    done = int(output.rpartition("Trained")[2].split()[0])
    resumed = pullback(*LONG, *options, "--resume", "--epochs", str(done + 1))
    assert resumed.returncode == 0
    assert f"epoch {done + 1}/{done + 1}" in resumed.stdout
    assert "epoch 1/" not in resumed.stdout or done == 0


def test_ctrl_c_outside_of_training_is_quiet(tmp_path: Path, environment: dict[str, str]):
    # The file of the network never stops loading.
    (tmp_path / "slow.py").write_text("import pathlib, time\npathlib.Path('started').touch()\ntime.sleep(60)\n")
    process = start(tmp_path, environment, "train", "digits", "--net", "slow.py:net")
    wait_for(tmp_path / "started", process)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (130, "", "Interrupted.\n")


def test_a_reader_that_goes_away_ends_the_command_without_a_word(tmp_path: Path, environment: dict[str, str]):
    process = start(tmp_path, environment, *LONG, "--no-save")
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith("Data")
    process.stdout.close()
    assert process.wait(timeout=60) == 141
    assert process.stderr.read() == ""
    process.stderr.close()


def on_terminal(folder: Path, environment: dict[str, str], *words: str) -> tuple[int, str]:
    """Run a command on a terminal of 80 columns; give its exit code and what the terminal received."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "pullback", *words]
    there = {**environment, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    process = subprocess.Popen(command, cwd=folder, env=there, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    received = b""
    while select.select([leader], [], [], 60)[0]:
        try:
            part = os.read(leader, 4096)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not part:
            break
        received += part
    os.close(leader)
    return process.wait(timeout=60), received.decode()


def test_on_a_terminal_an_error_has_a_red_title_and_wrapped_lines(tmp_path: Path, environment: dict[str, str]):
    code, text = on_terminal(tmp_path, environment, "train", "digist")
    assert code == 1
    title, *lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    assert title == "\x1b[31m\x1b[1mdata: no such data set\x1b[0m"
    assert max(map(len, lines)) <= 80
    assert "        IDX files or of pictures by class" in lines


def test_on_a_terminal_a_bar_shows_the_progress(tmp_path: Path, environment: dict[str, str]):
    code, text = on_terminal(tmp_path, environment, *LONG, "--epochs", "1", "--no-save")
    assert code == 0
    assert " left " in text


def test_into_a_file_nothing_is_coloured_and_no_bar_is_drawn(pullback: Run):
    result = pullback(*LONG, "--epochs", "1", "--no-save")
    assert "\x1b" not in result.stdout + result.stderr
    assert " left " not in result.stdout
