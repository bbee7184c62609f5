"""The main job on real input: MNIST from one command, with the reference engine, to published accuracies."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DATA = os.environ.get("PULLBACK_DATA", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(DATA, "mnist").is_dir(), reason="PULLBACK_DATA names no folder with mnist in it"),
]


def train_mnist(folder: Path, *options: str) -> float:
    """The test accuracy after `pullback train mnist` with its default settings."""
    command = [sys.executable, "-m", "pullback", "train", "mnist", "--engine", "reference", "--json", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout)["test"]["accuracy"])


@pytest.mark.parametrize(("net", "least"), [("softmax", 0.92), ("mlp", 0.975), ("lenet5", 0.985)])
def test_a_network_learns_handwritten_digits(tmp_path: Path, net: str, least: float) -> None:
    """Least: LeCun et al. 1998, table of MNIST results: linear 7.6–12 % error, 2 layers 1.6–4.7 %, LeNet-5 0.95 %."""
    assert train_mnist(tmp_path, "--net", net) >= least


def test_a_network_that_hardly_trains_stays_below(tmp_path: Path) -> None:
    assert train_mnist(tmp_path, "--net", "softmax", "--lr", "1e-9", "--epochs", "1") < 0.5
