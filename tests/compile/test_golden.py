"""The emitted code of five tiny networks stays as it is kept in `golden/`, on every machine."""

import difflib

import pytest

from compile import mutants
from compile.golden_nets import FOLDER, GOLDEN
from pullback.compile.native.codegen import assembly

every_net = pytest.mark.parametrize("golden", GOLDEN, ids=lambda g: g.name)

COMMAND = "PYTHONPATH=src:tests python tests/compile/golden_nets.py"


def difference(golden):
    """The first lines in which the emitted code differs from what is kept."""
    assert golden.path.exists(), f"no {golden.path.name}: {COMMAND}"
    kept, now = golden.path.read_text(encoding="utf-8"), golden.text()
    if kept == now:
        return ""
    return "\n".join(list(difflib.unified_diff(kept.splitlines(), now.splitlines(), "kept", "now", lineterm=""))[:40])


@every_net
def test_the_emitted_code_is_what_is_kept(golden):
    found = difference(golden)
    assert not found, f"{found}\nIf this is meant: {COMMAND}"


@every_net
def test_what_is_kept_is_code_for_its_target(golden):
    assert "step" in assembly(golden.path.read_text(encoding="utf-8"), golden.target())


def test_nothing_else_is_kept():
    assert {p.name for p in FOLDER.iterdir()} == {golden.path.name for golden in GOLDEN}


def test_another_compiler_gives_other_code():
    with mutants.lowering(mutants.one_term_short):
        assert difference(GOLDEN[0])
