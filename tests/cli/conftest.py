"""Run the command line as a person does: another process, through its real entry point."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """A network that `pullback train` saved."""
    folder = tmp_path_factory.mktemp("trained")
    command = [sys.executable, "-m", "pullback", "train", *QUICK, "--save", "net.safetensors", "--quiet"]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, timeout=120)
    return folder / "net.safetensors"
