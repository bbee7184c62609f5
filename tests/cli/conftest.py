"""Run the command line as a person does: another process, through its real entry point."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from pullback.cli.app import app

Run = Callable[..., subprocess.CompletedProcess[str]]

# A small network that learns the digits in seconds.
QUICK = ("digits", "--net", "mlp", "--epochs", "3")


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """The environment of the commands: no terminal's width, no colours, no data sets of this machine's."""
    mine = {k: v for k, v in os.environ.items() if k not in ("PULLBACK_DATA", "FORCE_COLOR", "COLUMNS", "TERM")}
    return {**mine, "OPENBLAS_NUM_THREADS": "1"}


@pytest.fixture
def pullback(tmp_path: Path, environment: dict[str, str]) -> Run:
    """Run `pullback ...` in an empty folder."""

    def run(*words: object, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pullback", *map(str, words)],
            cwd=tmp_path,
            env={**environment, **more},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def in_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `pullback ...` in an empty folder and in this process: for long lists of quick commands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PULLBACK_DATA", raising=False)

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        output, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(output), redirect_stderr(errors), pytest.raises(SystemExit) as ended:
            app(list(map(str, words)), prog_name="pullback")
        code = ended.value.code or 0
        return subprocess.CompletedProcess(words, int(code), output.getvalue(), errors.getvalue())

    return run


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """A network that `pullback train` saved."""
    folder = tmp_path_factory.mktemp("trained")
    command = [sys.executable, "-m", "pullback", "train", *QUICK, "--save", "net.safetensors", "--quiet"]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, timeout=120)
    return folder / "net.safetensors"
