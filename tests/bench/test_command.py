import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from bench.fakes import Fake
from pullback.bench import processes
from pullback.cli.app import app


@pytest.fixture
def run(monkeypatch):
    """Run `pullback bench ...` in this process, with workers that compute nothing."""
    fake = Fake()
    monkeypatch.setattr(processes, "Workers", lambda folder: fake)
    monkeypatch.setattr(processes, "has_pytorch", lambda: True)

    def run(*words):
        output, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(output), redirect_stderr(errors), pytest.raises(SystemExit) as ended:
            app(["bench", *map(str, words), "--engine", "reference"], prog_name="pullback")
        return ended.value.code or 0, output.getvalue(), errors.getvalue(), fake

    return run


def test_the_table_names_what_ran_and_the_machine(run):
    code, output, errors, _ = run("nets", "--nets", "softmax,mlp", "--threads", "1,2", "--repeat", "3")
    assert code == 0
    assert "2.00×" in output
    assert "2.00–2.00" in output
    assert "Python 3." in output
    assert "round 3 of 3" in errors


def test_json_is_all_that_is_printed(run, tmp_path):
    file = tmp_path / "nets.json"
    code, output, _, _ = run("nets", "--nets", "softmax", "--json", "--out", file)
    assert code == 0
    assert json.loads(output) == json.loads(file.read_text(encoding="utf-8"))
    assert json.loads(output)["machine"]["processors"] >= 1


def test_quick_means_few_rounds_and_no_compiler(run):
    _, _, _, fake = run("nets", "--nets", "softmax", "--threads", "1", "--quick")
    timed = [job for side, job in fake.jobs if side == "pytorch" and job.seconds]
    assert not any(job.mode.compiled for job in timed)
    assert len(timed) == 2 * 2


def test_layers_are_chosen_by_a_part_of_their_names(run):
    code, output, _, _ = run("layers", "--layers", "@14", "--threads", "1", "--repeat", "1")
    assert code == 0
    assert "vgg16:3x3 512-512 @14" in output
    assert "@224" not in output


def test_accuracy_tells_how_many_runs_reached_it(run):
    code, output, _, fake = run("accuracy", "--seeds", "3", "--threads", "2")
    assert code == 0
    assert "2 of 3" in output
    assert {job.threads for _, job in fake.jobs} == {2}


@pytest.mark.parametrize(
    "words", [("nets", "--nets", "softmax"), ("layers", "--layers", "@14"), ("accuracy", "--seeds", "1")]
)
def test_the_precision_reaches_every_process_and_the_title(run, words):
    _, output, _, fake = run(*words, "--threads", "1", "--quick")
    assert {job.precision for _, job in fake.jobs if hasattr(job, "precision")} == {"fast"}
    assert "Winograd" not in output
    fake.jobs.clear()
    _, output, _, fake = run(*words, "--threads", "1", "--quick", "--precision", "strict")
    assert {job.precision for _, job in fake.jobs if hasattr(job, "precision")} == {"strict"}
    assert "Pullback without Winograd's algorithm" in output.splitlines()[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nets", "--nets", "ltnet5"), "did you mean 'lenet5'"),
        (("nets", "--threads", "one"), "not a list of numbers"),
        (("nets", "--threads", "0"), "not a list of numbers"),
        (("layers", "--layers", "9x9"), "no such layer"),
        (("accuracy", "--precision", "stric"), "did you mean 'strict'"),
        (("nets", "--out", Path("no", "such", "folder.json")), "cannot write the file"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_runs(run, words, said):
    code, _, errors, fake = run(*words)
    assert code != 0
    assert said in " ".join(errors.split())
    assert not fake.jobs
