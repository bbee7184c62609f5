"""The package as a whole: what it exports, what its import loads, what its documents promise."""

import doctest
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pullback as pb

ROOT = Path(__file__).parent.parent
SNAPSHOT = ROOT / "tests" / "public_api.txt"


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_import_loads_no_heavy_dependency() -> None:
    loaded = loaded_by("import pullback")
    assert not loaded & {"llvmlite", "rich", "typer", "matplotlib", "safetensors", "onnx", "PIL", "torch", "scipy"}


def test_the_import_check_sees_what_is_loaded() -> None:
    assert "rich" in loaded_by("import pullback, rich")


def test_operators_and_derivatives_load_no_heavy_dependency_either() -> None:
    loaded = loaded_by("import pullback as pb; pb.conv2d, pb.vjp, pb.nn, pb.data, pb.SGD, pb.fit")
    assert not loaded & {"llvmlite", "rich", "typer", "matplotlib", "onnx", "PIL", "torch", "scipy"}


def test_public_names_are_those_of_the_snapshot() -> None:
    """A changed line here is a change of the public API: it belongs into CHANGELOG.md."""
    names = sorted({*pb.__all__, *(f"nn.{n}" for n in pb.nn.__all__), *(f"data.{n}" for n in pb.data.__all__)})
    assert names == SNAPSHOT.read_text().split()


@pytest.mark.parametrize("name", sorted(pb.__all__))
def test_every_public_name_exists_and_says_what_it_is(name: str) -> None:
    value = getattr(pb, name)
    if callable(value) or inspect.ismodule(value):
        assert inspect.getdoc(value)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'conv4d'"):
        pb.conv4d  # noqa: B018


DOCUMENTS = [p.relative_to(ROOT).as_posix() for p in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_examples_in_the_documents_give_what_they_show(document: str) -> None:
    """Blocks fenced as ```pycon are run in order, one namespace per document."""
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = re.findall(r"```pycon\n(.*?)```", text, flags=re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, document, document, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert runner.run(test).failed == 0


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_between_documents_lead_somewhere(document: str) -> None:
    text = re.sub(r"```.*?```", "", (ROOT / document).read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [t for t in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in t]
    assert all(((ROOT / document).parent / t).exists() for t in targets)
