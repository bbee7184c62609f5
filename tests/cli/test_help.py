"""What `--help` says, and what a wrong command line leads to."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cli.conftest import Run
from pullback.cli import choices, commands

COMMANDS = ("train", "evaluate", "predict", "explain", "draw", "info")


def examples(text: str) -> Iterator[str]:
    return (line.strip() for line in text.split("Examples:")[1].split("\n\n")[0].splitlines() if line.strip())


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help_shows_examples_line_by_line(pullback: Run, command: tuple[str, ...]):
    result = pullback(*command, "--help")
    assert result.returncode == 0
    assert result.stderr == ""
    found = list(examples(result.stdout))
    assert len(found) >= 2
    assert all(line.startswith(" ".join(("pullback", *command))) for line in found)
    assert max(map(len, result.stdout.splitlines())) <= 80


def is_understood(run: Run, line: str) -> bool:
    """Whether every option of a command line exists: those are read before `--help` is obeyed."""
    return run(*shlex.split(line)[1:], "--help").returncode == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_use_options_that_exist(in_process: Run, name: str):
    lines = list(examples(getattr(commands, name).__doc__))
    assert [line for line in lines if not is_understood(in_process, line)] == []


def test_an_example_with_an_option_that_does_not_exist_is_found(in_process: Run):
    assert not is_understood(in_process, "pullback train digits --epohcs 3")


def modules_after(arguments: list[str]) -> set[str]:
    code = (
        "import sys\nfrom pullback.cli import main\nsys.argv = ['pullback', *sys.argv[1:]]\n"
        "try:\n    main()\nexcept SystemExit:\n    print('MODULES', *sys.modules)"
    )
    output = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True).stdout
    return set(output.rpartition("MODULES ")[2].split())


def test_help_loads_nothing_heavy():
    heavy = {"llvmlite", "matplotlib", "numpy", "rich", "safetensors"}
    assert heavy & modules_after(["train", "--help"]) == set()
    assert "numpy" in modules_after(["info"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trian"], "No such command 'trian'"),
        (["train"], "Missing argument 'DATA'"),
        (["train", "digits", "--net", "lenet"], "'lenet' is not one of .*; did you mean 'lenet5'?"),
        (["train", "digits", "--optimizer", "adma"], "did you mean 'adam'?"),
        (["train", "digits", "--schedule", "cosin"], "did you mean 'cosine'?"),
        (["train", "digits", "--engine", "warp"], "'warp' is not one of compiled, reference"),
        (["train", "digits", "--dtype", "float16"], "did you mean 'float64'?|did you mean 'float32'?"),
        (["train", "digits", "--epochs", "0"], "0 is out of range: 1 or more"),
        (["train", "digits", "--batch-size", "0"], "0 is out of range: 1 or more"),
        (["train", "digits", "--validation-fraction", "1"], "1.0 is out of range"),
        (["train", "digits", "--lr", "fast"], "Invalid value for '--lr'"),
    ],
)
def test_a_command_that_is_not_understood_ends_with_2(in_process: Run, words: list[str], message: str):
    result = in_process(*words)
    assert (result.returncode, result.stdout) == (2, "")
    assert re.search(message, " ".join(result.stderr.split()))


def test_version_is_the_package_s(pullback: Run):
    from pullback import __version__

    assert pullback("--version").stdout == f"pullback {__version__}\n"


def test_names_on_the_command_line_are_those_of_the_library():
    from pullback.cli import recipes
    from pullback.compile.precision import PRECISIONS
    from pullback.data.files import PUBLISHED
    from pullback.engines import ENGINES
    from pullback.nn.zoo import NETS

    assert set(choices.NETS) == set(NETS) == set(recipes.LARGE) == set(recipes.SMALL)
    assert set(choices.ENGINES) == set(ENGINES)
    assert choices.PRECISIONS == PRECISIONS
    assert {name.replace("cifar10", "cifar-10") for name in choices.DATA_SETS} == set(PUBLISHED)
    assert set(choices.OPTIMIZERS) == set(recipes.LEARNING_RATES)
