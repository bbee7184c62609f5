"""`pullback explain`."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from cli.conftest import Run
from cli.test_endings import on_terminal

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
FILTER = EXAMPLES / "filter-gradient.toml"
ENTRY = ("--entry", "conv1.weight:0,0,1,0")


def test_an_entry_is_explained_by_the_sum_that_made_it(pullback: Run):
    result = pullback("explain", FILTER, *ENTRY)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("gradient of conv1.weight[0,0,1,0] = 0.011262\n")
    assert "ȳ[0,0,3,3]  −0.0681  ·  x[0,0,4,3]  0.17  =  −0.011577" in result.stdout
    assert "--entry conv1:0,0,0,2 --of cotangent" in result.stdout
    assert "\x1b" not in result.stdout


def test_what_is_proposed_next_can_be_asked(in_process: Run):
    lines = in_process("explain", FILTER, *ENTRY).stdout.splitlines()
    proposed = [line.split("  = ")[0].split() for line in lines if line.strip().startswith("--entry")]
    assert proposed
    for words in proposed:
        assert in_process("explain", FILTER, *words).returncode == 0


def test_without_an_entry_the_full_solution_is_written(in_process: Run):
    text = in_process("explain", FILTER).stdout
    for part in ("Shapes", "Forward", "Backward", "The answers", "gradient of conv1.bias"):
        assert part in text
    assert "w̄[0,0,0,0] = 0.0686 · 0.88 + 0.0364 · 0.62 + 0.0467 · 0.2 − 0.0681 · 0.7" in text


def test_json_is_the_explanation_as_data(in_process: Run):
    found = json.loads(in_process("explain", FILTER, *ENTRY, "--format", "json", "--depth", "1").stdout)
    assert found["entry"]["index"] == [0, 0, 1, 0]
    assert found["total"] == pytest.approx(0.011262, abs=1e-15)
    assert sum(t["product"] for t in found["terms"]) == pytest.approx(found["total"])
    assert "chain" in found
    solution = json.loads(in_process("explain", FILTER, "--format", "json").stdout)
    assert solution["gradients"]["conv1.bias"] == [pytest.approx(0.0836)]


@pytest.mark.parametrize(
    ("suffix", "begins"), [("tex", r"\documentclass"), ("md", "## gradient of"), ("html", "<!DOCTYPE"), ("txt", "grad")]
)
def test_the_name_of_the_file_decides_the_format(in_process: Run, tmp_path: Path, suffix: str, begins: str):
    result = in_process("explain", FILTER, *ENTRY, "--out", f"entry.{suffix}")
    assert (result.returncode, result.stdout) == (0, f"Wrote entry.{suffix}\n")
    text = (tmp_path / f"entry.{suffix}").read_text(encoding="utf-8")
    assert text.startswith(begins)
    if suffix == "html":
        ET.fromstring(text[text.index("<section") : text.index("</body>")])


def test_all_lists_the_terms_that_are_0(in_process: Run):
    assert "a zero cotangent" in in_process("explain", FILTER, *ENTRY, "--all").stdout
    assert in_process("explain", FILTER, *ENTRY, "--all").stdout.count("ȳ[0,0,") == 16


def test_depth_follows_the_largest_term(in_process: Run):
    example = EXAMPLES / "equal-hidden-units.toml"
    text = in_process("explain", example, "--entry", "hidden.weight:0,0", "--depth", "3").stdout
    assert "3. cotangent of" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--entry", "conv1.wieght:0,0,1,0"), "one of conv1.weight"),
        (("--entry", "conv1.weight:0,0,1,4"), "each below (1, 1, 2, 2)"),
        (("--entry", "conv1.weight:0,0,1"), "4 indices"),
        (("--entry", "conv1.weight:a"), "NAME:INDEX"),
        (("--all",), "--entry NAME:INDEX"),
        (("--out", "nowhere/solution.txt"), "cannot write the file"),
    ],
)
def test_wrong_names_indices_and_paths_are_told(in_process: Run, words: tuple[str, ...], said: str):
    result = in_process("explain", FILTER, *words)
    assert (result.returncode, result.stdout) == (1, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_another_format_or_kind_is_not_understood(in_process: Run):
    assert "did you mean 'latex'?" in in_process("explain", FILTER, "--format", "latx").stderr
    assert in_process("explain", FILTER, "--of", "gradient").returncode == 2


def test_a_file_that_is_no_example_is_told(in_process: Run, tmp_path: Path):
    (tmp_path / "mine.toml").write_text("title = ")
    result = in_process("explain", "mine.toml")
    assert result.returncode == 1
    assert "not TOML" in result.stderr


def test_on_a_terminal_titles_are_bold_and_lines_fit(tmp_path: Path, environment: dict[str, str]):
    code, text = on_terminal(tmp_path, environment, "explain", str(FILTER), *ENTRY)
    assert code == 0
    assert "\x1b[1mgradient of conv1.weight[0,0,1,0]" in text
