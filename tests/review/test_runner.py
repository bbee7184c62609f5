"""What a backward function may do to its process is told, and never happens to the caller's."""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from pullback.errors import ArgumentError
from pullback.review import Review, review
from review import misbehaving

FILE = str(Path(misbehaving.__file__))
FAST = {"time_limit": 5.0, "memory_limit": 200.0, "diagnose_limit": 0.1}


def kinds(found: Review) -> list[str]:
    return [p.kind for p in found.problems]


def details(found: Review) -> str:
    return found.problems[0].details


def by_file(name: str, **options) -> Review:
    return review(f"{FILE}:{name}", op="relu", **{**FAST, **options})


def by_object(name: str, **options) -> Review:
    return review(getattr(misbehaving, name), op="relu", **{**FAST, **options})


@pytest.mark.parametrize("reviewed", [by_file, by_object])
def test_a_right_function_has_no_problem(reviewed):
    found = reviewed("right")
    assert found
    assert (found.verdict, found.problems, found.failing) == ("right", (), 0)


@pytest.mark.parametrize("reviewed", [by_file, by_object])
@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("exits", "raised", "SystemExit: done"),
        ("exits_at_once", "died", "exit code 7"),
        ("crashes", "died", "SIGSEGV"),
        ("raises", "raised", "ValueError: matmul"),
        ("interrupts", "raised", "KeyboardInterrupt"),
        ("takes_all_memory", "memory", ""),
        ("takes_memory_bit_by_bit", "memory", ""),
        ("recurses", "raised", "RecursionError"),
    ],
)
def test_a_function_that_never_returns_anything_could_not_be_run(reviewed, name, kind, text):
    found = reviewed(name)
    assert found.verdict == "not run"
    assert kinds(found) == [kind]
    assert text in details(found)


def test_an_exception_is_told_with_its_line():
    line = misbehaving.raises.__code__.co_firstlineno + 1
    assert f"misbehaving.py, line {line}: return dout @ np.ones((17, 19))" in details(by_file("raises"))


@pytest.mark.parametrize("reviewed", [by_file, by_object])
def test_an_endless_loop_is_ended_and_the_review_gives_up_after_three(reviewed):
    start = time.monotonic()
    found = reviewed("loops_for_ever", time_limit=0.3)
    assert kinds(found) == ["timeout"]
    assert found.problems[0].cases == (1, 2, 3)
    assert any("were not run, since three went over a limit" in note for note in found.notes)
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(("name", "kind"), [("exits_in_large_cases", "died"), ("sleeps_in_large_cases", "timeout")])
def test_the_worker_is_started_again_and_the_other_cases_count(name, kind):
    found = by_file(name, time_limit=0.5)
    assert found.verdict == "wrong"
    assert kinds(found) == [kind]
    right = [o for o in found.outcomes if o.is_right]
    assert right
    assert all(o.case.size <= 20 for o in right)
    assert all(o.case.size > 20 for o in found.outcomes if not o.is_right)


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("changes_cotangent", "changed", "ȳ"),
        ("changes_input", "changed", "x"),
        ("transposes", "shape", "should be"),
        ("drops_an_axis", "shape", "should be"),
        ("returns_two", "count", "2, for x"),
        ("returns_nothing", "missing", "None"),
        ("returns_text", "kind", "str"),
        ("returns_objects", "kind", "object"),
        ("returns_complex", "kind", "complex128"),
        ("returns_nan", "nan", "in 1 of 1 entries"),
        ("returns_nan_at_zero", "nan", "in 1 of 1 entries"),
        ("returns_a_flood", "shape", "[8000000], should be"),
        ("truncates", "wrong", ""),
        ("is_random", "repeat", ""),
        ("accumulates", "repeat", ""),
    ],
)
def test_what_is_amiss_with_a_result_is_told(name, kind, text):
    found = by_file(name)
    assert found.verdict in ("wrong", "not run")
    assert kind in kinds(found)
    assert text in next(p.details for p in found.problems if p.kind == kind)


@pytest.mark.parametrize("name", ["prints_a_lot", "reads_input", "is_single_precision", "forks"])
def test_what_does_no_harm_is_right(name):
    assert by_file(name)


def test_nothing_that_a_function_prints_is_seen(capfd):
    by_file("prints_a_lot")
    by_object("prints_a_lot")
    assert capfd.readouterr() == ("", "")


def test_single_precision_is_remarked():
    assert any(
        "only 7 digits agree" in note or "only 8 digits agree" in note for note in by_file("is_single_precision").notes
    )


def test_a_function_that_writes_into_the_connection_is_not_believed():
    found = by_file("writes_to_every_stream")
    assert found.verdict == "not run"
    assert kinds(found) == ["died"]
    assert "it wrote into the review's connection" in details(found)


def test_no_process_is_left_behind():
    before = set(_children())
    by_file("loops_for_ever", time_limit=0.3)
    by_object("loops_for_ever", time_limit=0.3)
    by_file("exits_at_once")
    assert set(_children()) == before


def _children() -> list[str]:
    mine = str(os.getpid())
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == mine:
            found.append(status.parent.name)
    return found


def test_the_caller_s_arrays_and_warnings_are_untouched():
    before = np.geterr()
    by_object("right")
    assert np.geterr() == before
    with pytest.warns(UserWarning, match="mine"):
        warnings.warn("mine", UserWarning, stacklevel=1)


def test_a_closure_a_lambda_and_a_method_can_be_reviewed():
    slope = 0.0

    class Relu:
        def backward(self, dout, x):
            return dout * np.where(x > 0, 1.0, slope)

    assert review(lambda dout, x: dout * np.where(x > 0, 1.0, slope), op="relu")
    assert review(Relu().backward, op="relu")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nowhere.py:f", "no such file"),
        ("homework", "no function in a file"),
        (f"{FILE}:rihgt", "no such function in the file(.|\n)*right, exits"),
        (3, "not a function"),
    ],
)
def test_what_is_no_function_is_refused(target, message):
    with pytest.raises(ArgumentError, match=message):
        review(target, op="relu")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("def f(dout, x)\n    return x", "SyntaxError(.|\n)*homework.py, line 1"),
        ("import no_such_module_of_mine", "ModuleNotFoundError(.|\n)*homework.py, line 1"),
        ("import os\nos._exit(3)", "could not be run(.|\n)*exit code 3"),
        ("import sys\nsys.exit(1)", "SystemExit"),
    ],
)
def test_a_file_that_cannot_be_run_is_told_with_its_line(tmp_path, content, message):
    file = tmp_path / "homework.py"
    file.write_text(content)
    with pytest.raises(ArgumentError, match=message):
        review(f"{file}:f", op="relu")


def test_a_file_may_import_its_neighbours(tmp_path):
    (tmp_path / "helper_of_mine.py").write_text("def mask(x):\n    return x > 0\n")
    (tmp_path / "homework.py").write_text(
        "from helper_of_mine import mask\ndef f(dout, x):\n    return dout * mask(x)\n"
    )
    assert review(f"{tmp_path / 'homework.py'}:f", op="relu")


@pytest.mark.parametrize(
    "limit", [{"time_limit": 0}, {"memory_limit": -1}, {"time_limit": float("nan")}, {"time_limit": "1"}]
)
def test_limits_are_positive_numbers(limit):
    with pytest.raises(ArgumentError, match="does not fit"):
        review(misbehaving.right, op="relu", **limit)
