"""`pullback draw`: every kind by its name, pictures by their ending, and clear words where something is missing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cli.conftest import Run
from pullback import draw
from pullback.cli.choices import DRAWINGS

PNG, GIF = b"\x89PNG", b"GIF89a"


def test_the_kinds_of_the_help_are_those_that_can_be_drawn() -> None:
    assert set(DRAWINGS) == set(draw.commands)


def test_the_arithmetic_of_a_convolution_moves_in_a_gif(pullback: Run, tmp_path: Path) -> None:
    result = pullback("draw", "arithmetic", "--stride", 2, "--out", "a.gif")
    assert (result.returncode, result.stdout) == (0, "Drawn     a.gif\n")
    assert (tmp_path / "a.gif").read_bytes().startswith(GIF)


def test_a_formula_is_drawn_with_its_values(in_process: Run, tmp_path: Path) -> None:
    words = ("draw", "graph", "--formula", "ln(x1) + x1*x2 - sin(x2)", "--at", "x1=2", "--at", "x2=5", "-o", "g.svg")
    assert in_process(*words).returncode == 0
    assert "11.65" in (tmp_path / "g.svg").read_text(encoding="utf-8")


def test_the_filters_of_a_saved_network_go_to_a_png(in_process: Run, tmp_path: Path) -> None:
    from pullback import nn

    nn.Sequential(nn.Conv2d(1, 4, 3)).save(tmp_path / "net.safetensors")
    assert in_process("draw", "filters", "--model", "net.safetensors").returncode == 0
    assert (tmp_path / "pullback-filters.png").read_bytes().startswith(PNG)


def test_the_curves_of_a_run_come_from_its_json(in_process: Run, tmp_path: Path) -> None:
    history = {"epoch": [1, 2], "loss": [2.0, 1.0], "accuracy": [0.1, 0.5]}
    (tmp_path / "run.json").write_text(json.dumps({"history": history}))
    assert in_process("draw", "curves", "--history", "run.json").returncode == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("grad-cam",), "need: --model FILE, --data DATA"),
        (("graph", "--formula", "x", "--at", "x"), "need: --at NAME=NUMBER"),
        (("equivariance", "--photograph", "none.png"), "none.png"),
        (("boundary", "--points", "bad.npz"), "an .npz file with points"),
        (("curves", "--history", "bad.npz"), "what `pullback train --json` printed"),
        (("arithmetic", "--out", "a.bmp"), ".bmp"),
        (("receptive-field", "--position", "3"), "--position 3,4"),
    ],
)
def test_what_is_missing_is_said_without_a_traceback(
    in_process: Run, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    np.savez(tmp_path / "bad.npz", something=np.zeros(2))
    result = in_process("draw", *words)
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_kind_is_a_usage_error(in_process: Run) -> None:
    assert in_process("draw", "fiters").returncode == 2
