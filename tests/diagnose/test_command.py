"""`pullback diagnose`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cli.conftest import Run, environment, in_process, pullback

__all__ = ["environment", "in_process", "pullback"]

FILTER = Path(__file__).parent.parent.parent / "examples" / "filter-gradient.toml"


def test_a_mistake_is_named_and_the_exit_code_is_1(pullback: Run):
    result = pullback("diagnose", FILTER, "conv1.bias", "0.005225")
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.startswith("gradient of conv1.bias: WRONG: the mean over the positions was taken")
    assert "\x1b" not in result.stdout


def test_a_correct_gradient_ends_with_0(in_process: Run):
    result = in_process("diagnose", FILTER, "conv1.bias", "0.0836")
    assert result.returncode == 0
    assert result.stdout.startswith("gradient of conv1.bias: correct")


def test_a_negative_number_follows_two_dashes(in_process: Run):
    result = in_process("diagnose", FILTER, "conv1.bias", "--", "-0.0836")
    assert (result.returncode, "the sign is reversed" in result.stdout) == (1, True)


@pytest.mark.parametrize("suffix", ["npy", "txt", "csv", "json"])
def test_numbers_come_from_files(in_process: Run, tmp_path: Path, suffix: str):
    rows = [["0.068288", "0.011262"], ["0.094061", "0.044606"]]
    path = tmp_path / f"claimed.{suffix}"
    match suffix:
        case "npy":
            np.save(path, np.array(rows, float))
        case "json":
            path.write_text("[" + ", ".join(f"[{', '.join(row)}]" for row in rows) + "]")
        case _:
            path.write_text("\n".join(", ".join(row) for row in rows))
    result = in_process("diagnose", FILTER, "conv1.weight", path.name)
    assert result.returncode == 1
    assert "the filter's gradient was rotated" in result.stdout


def test_the_step_before_tells_a_gradient_that_was_not_set_to_zero(in_process: Run, tmp_path: Path):
    np.save(tmp_path / "before.npy", np.array([0.25]))
    told = in_process("diagnose", FILTER, "conv1.bias", "0.3336", "--previous", "before.npy")
    assert (told.returncode, "not set to zero" in told.stdout) == (1, True)
    untold = in_process("diagnose", FILTER, "conv1.bias", "0.3336")
    assert "not set to zero" not in untold.stdout


def test_json_is_the_diagnosis_as_data(in_process: Run):
    result = in_process("diagnose", FILTER, "conv1.bias", "0.005225", "--json")
    found = json.loads(result.stdout)
    assert (result.returncode, found["verdict"]) == (1, "mistake")
    assert found["findings"][0]["mistakes"][0]["key"] == "mean-over-positions"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("conv1.bais", "0.1"), "one of conv1.bias"),
        (("conv1.bias", "abc"), "not a number"),
        (("conv1.bias", "1 2 3"), "another shape"),
        (("conv1.bias", "nowhere.npy"), "cannot read the file"),
        (("conv1.bias", "broken.npy"), "not a NumPy array file"),
        (("conv1.bias", "broken.json"), "not JSON"),
        (("conv1.bias", "0.1", "--rounding", "-1"), "rounding"),
    ],
)
def test_bad_input_is_told_and_ends_with_2(in_process: Run, tmp_path: Path, words: tuple[str, ...], said: str):
    (tmp_path / "broken.npy").write_text("no array")
    (tmp_path / "broken.json").write_text("[1, ")
    result = in_process("diagnose", FILTER, *words)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr
