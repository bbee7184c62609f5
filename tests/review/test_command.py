"""`pullback review` through its real entry point: its codes, its JSON, its text."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HOMEWORK = """
import numpy as np


def sin_backward(dout, x):
    return dout * np.cos(x)


def sin_wrong(dout, x):
    return dout * np.sin(x)


def sin_crash(dout, x):
    return dout @ x.cos()


def pool_bwd(dout, x):
    return np.kron(dout, np.full((2, 2), 0.25)) if dout.ndim == 2 else dout.repeat(2, 2).repeat(2, 3) / 4


def mine(a, b):
    return a * np.cos(b)


def swapped(dout, x, w):
    return dout.T @ x, dout @ w


def through(function, case):
    return {"x": function(case.y_bar, case.arrays["x"])}
"""


@pytest.fixture
def homework(tmp_path: Path) -> Path:
    (tmp_path / "homework.py").write_text(HOMEWORK)
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "COLUMNS")}
    return subprocess.run(
        [sys.executable, "-m", "pullback", "review", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["homework.py:sin_backward", "--op", "sin"], 0),
        (["homework.py:sin_wrong", "--op", "sin"], 1),
        (["homework.py:sin_crash", "--op", "sin"], 2),
        (["homework.py:cos_backward", "--op", "sin"], 2),
        (["homework.py:sin_backward", "--op", "sine"], 2),
        (["nowhere.py:sin_backward", "--op", "sin"], 2),
        (["homework.py", "--op", "sin"], 2),
        (["homework.py:sin_backward"], 2),
        (["homework.py:sin_backward", "--op", "sin", "--time-limit", "0"], 2),
        (["homework.py:mine", "--op", "sin", "--name", "a=y_bar", "--name", "b=x"], 0),
        (["homework.py:mine", "--op", "sin", "--name", "a"], 2),
        (["homework.py:swapped", "--op", "linear"], 1),
        (["homework.py:swapped", "--op", "linear", "--returns", "w,x"], 0),
        (["homework.py:pool_bwd", "--op", "avg_pool2d"], 2),
        (["homework.py:sin_backward", "--op", "sin", "--adapter", "through"], 0),
        (["homework.py:sin_wrong", "--op", "sin", "--adapter", "homework.py:through"], 1),
    ],
)
def test_it_ends_with_0_for_right_1_for_wrong_2_for_what_could_not_be_run(homework, words, code):
    result = run(homework, *words)
    assert result.returncode == code
    assert "Traceback" not in result.stderr
    assert bool(result.stderr) == (code == 2 and "sin_crash" not in words[0])


def test_json_is_one_document_with_the_verdict_and_the_mistakes(homework):
    result = run(homework, "homework.py:sin_wrong", "--op", "sin", "--json")
    document = json.loads(result.stdout)
    assert (document["function"], document["op"], document["verdict"]) == ("sin_wrong", "sin", "wrong")
    assert document["gradients"]["x"]["wrong"] == document["failing"] > 0
    assert document["problems"][0]["smallest"]["case"] == 1
    assert len(document["outcomes"]) == document["cases"]


def test_json_tells_what_could_not_be_run_too(homework):
    result = run(homework, "homework.py:cos_backward", "--op", "sin", "--json")
    document = json.loads(result.stdout)
    assert document["verdict"] == "not run"
    assert "no such function in the file" in document["error"]


def test_an_option_with_one_value_is_read_as_python_writes_it(homework):
    fixed = ["--option", "kernel_size=2", "--option", "stride=(2, 2)"]
    result = run(homework, "homework.py:pool_bwd", "--op", "avg_pool2d", *fixed)
    assert result.returncode == 1
    assert "exactly where there are leftover rows" in re.sub(r"\s+", " ", result.stdout)


def test_the_text_is_at_most_80_columns_wide(homework):
    result = run(homework, "homework.py:sin_wrong", "--op", "sin")
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "review of sin_wrong, backward of sin: WRONG" in result.stdout
