"""The benchmark of `diagnose`: its gradients are right, its wrong ones are wrong, and its figures can be bad."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from pullback.cli.app import app
from pullback.diagnose import MISTAKES, bench
from pullback.diagnose.bench import FAMILIES, drawn, measure
from pullback.diagnose.bench_claims import exact, garbage, rounded
from pullback.diagnose.bench_names import ANSWERS

FOLDER = Path(bench.__file__).parent
RNG = np.random.default_rng(0)


def cases(turns, seed=3):
    """Some turns of the grid."""
    found = []
    for family, case, _ in drawn(seed):
        found.append((family, case))
        if Counter(f.draw for f, _ in found)[FAMILIES[-1].draw] >= turns:
            return found
    return found


# What it measures with


@pytest.mark.parametrize("seed", range(3))
def test_the_right_gradients_in_plain_numpy_are_those_of_the_library(seed):
    for _, case in cases(3, seed):
        np.testing.assert_allclose(
            case.trace.cotangents[case.name], case.right, rtol=1e-9, atol=1e-11, err_msg=str(case)
        )


def test_wrong_gradients_are_made_without_the_library_s_rules_and_its_catalogue():
    """The modules that make them import operators to trace, and nothing that computes a derivative or a mistake."""
    makers = [p for p in FOLDER.glob("bench_*.py") if p.stem not in ("bench_times", "bench_report")]
    assert len(makers) >= 10
    for path in makers:
        names = [n.module or "" for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom)]
        own = [n for n in names if n.startswith("pullback.diagnose")]
        assert all(n.startswith("pullback.diagnose.bench_") for n in own), path
        assert not [n for n in names if n.startswith(("pullback.formula", "pullback.autodiff", "pullback.graph"))], path


def test_every_answer_is_a_mistake_of_the_catalogue_and_every_mistake_of_it_is_tried():
    keys = {key for answers in ANSWERS.values() for key in answers}
    assert keys <= set(MISTAKES)
    missing = set(ANSWERS)
    for _, case, _ in islice(drawn(3), 2000):
        missing -= set(case.wrong)
        if not missing:
            break
    assert missing == set()


def test_a_rounded_claim_is_consistent_with_what_it_was_rounded_from_and_not_with_its_neighbour():
    values = np.array([0.03642, -0.0012, 1.5])
    for form in ("array", "decimals", "scientific"):
        claim = rounded(values, 3, form)
        assert claim.is_consistent_with(values)
        assert not claim.is_consistent_with(values + np.array([0.0, 0.0, 0.02]))
    assert rounded(values, 3, "decimals").given == ["0.04", "-0.00", "1.50"]
    assert rounded(values, 3, "scientific").given == ["3.64e-02", "-1.20e-03", "1.50e+00"]


def test_axes_of_size_1_do_not_make_a_claim_another_one():
    assert exact(np.ones((1, 3))).is_consistent_with(np.ones(3))
    assert not exact(np.ones((3, 3))).is_consistent_with(np.ones(3))


def test_garbage_is_not_the_gradient():
    right = RNG.standard_normal((3, 4))
    found = list(garbage(np.random.default_rng(1), right))
    assert len(found) == 6
    assert not any(claim.is_consistent_with(right) for _, claim in found)


# What it finds


@pytest.fixture(scope="module")
def report():
    return measure(25, seed=5, timed=False)


def test_the_right_mistake_is_named_first_in_a_small_run(report):
    figures = report.to_dict()
    assert figures["wrong"] == figures["correct"] == figures["garbage"] == 25
    assert figures["first"] >= 0.9
    assert figures["first_three"] >= 0.95
    assert figures["false_alarms"] == 0
    assert figures["confident_garbage"] == 0
    assert figures["without_telling_case"] == 0


def test_the_same_seed_gives_the_same_claims(report):
    again = measure(25, seed=5, timed=False, diagnose=says("unknown"))
    first, second = ([(o.case, o.label, o.form) for o in r.outcomes] for r in (report, again))
    assert first == second


def says(verdict, *keys):
    """A diagnose that always gives the same answer."""
    mistakes = tuple(MISTAKES[key] for key in keys)
    findings = tuple(SimpleNamespace(mistakes=(m,), indistinguishable=(), telling_case="") for m in mistakes)
    return lambda trace, name, claimed, **given: SimpleNamespace(verdict=verdict, findings=findings)


def test_progress_is_told_with_the_time_that_is_left(monkeypatch):
    monkeypatch.setattr(bench, "EVERY", 0.0)
    lines: list[str] = []
    measure(2, timed=False, tell=lines.append)
    assert any(re.fullmatch(r"3 of 6 diagnosed in \d+\.\d min, about \d+\.\d min left", line) for line in lines)
    monkeypatch.setattr(bench, "EVERY", 1e9)
    quiet: list[str] = []
    measure(2, timed=False, tell=quiet.append)
    assert quiet == []


def test_an_array_of_zeros_is_no_wrong_gradient_to_be_recognised():
    """A sum's last term that is 0, a factor small enough: any mistake could have made it."""
    case = next(case for _, case, _ in bench.drawn(0))
    zeros = replace(case, wrong={"positions-assigned": np.zeros(case.right.shape), "sign": -case.right})
    tried = bench._wrong(zeros, np.random.default_rng(0), Counter())
    assert [label for label, _ in tried] == ["sign"]


def test_who_knows_nothing_has_no_hits_and_alarms_at_every_correct_gradient():
    figures = measure(20, timed=False, diagnose=says("unknown")).to_dict()
    assert (figures["first"], figures["first_three"], figures["false_alarms"]) == (0, 0, 20)
    assert figures["confident_garbage"] == 0


def test_who_always_says_correct_is_caught_by_garbage():
    figures = measure(20, timed=False, diagnose=says("correct")).to_dict()
    assert (figures["first"], figures["false_alarms"], figures["confident_garbage"]) == (0, 0, 20)


def test_who_always_names_the_same_mistake_is_right_for_that_one_alone():
    found = measure(60, timed=False, diagnose=says("mistake", "filter-flipped", "sign"))
    figures = found.to_dict()
    assert figures["false_alarms"] == figures["confident_garbage"] == 60
    assert {o.rank for o in found.of("wrong") if o.label == "sign"} <= {2}
    assert {o.rank for o in found.of("wrong") if "sign" not in ANSWERS[o.label]} <= {0, 1}
    assert figures["first"] < 0.2


def test_a_mistake_that_stands_among_indistinguishable_ones_counts_as_named():
    def guess(trace, name, claimed, **given):
        finding = SimpleNamespace(
            mistakes=(MISTAKES["path-left-out"],), indistinguishable=tuple(MISTAKES.values()), telling_case=""
        )
        return SimpleNamespace(verdict="mistake", findings=(finding,))

    figures = measure(20, timed=False, diagnose=guess).to_dict()
    assert figures["first"] == 1
    assert figures["first_and_alone"] == 0
    assert figures["indistinguishable_named"] == figures["indistinguishable"]
    assert figures["without_telling_case"] >= 60


# The command


def test_the_command_prints_its_figures_as_json(monkeypatch):
    monkeypatch.setattr(bench, "timings", lambda diagnose, seed: ())
    result = CliRunner().invoke(app, ["bench", "diagnose", "--count", "3", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["wrong"] == 3


def test_the_command_prints_its_figures_for_people(monkeypatch):
    monkeypatch.setattr(bench, "timings", lambda diagnose, seed: ())
    result = CliRunner().invoke(app, ["bench", "diagnose", "--count", "3"])
    assert result.exit_code == 0
    assert "named first" in result.stdout
    assert "false alarms 0" in result.stdout
