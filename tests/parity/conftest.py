"""Collect this suite only when it is asked for and can run: importing PyTorch and building the grids take seconds."""

from importlib import import_module
from pathlib import Path
from typing import Any

ALWAYS = ("test_release.py", "conftest.py", "__init__.py")


def _has_torch() -> bool:
    try:
        import_module("torch")
    except ModuleNotFoundError:
        return False
    return True


def pytest_ignore_collect(collection_path: Path, config: Any) -> bool | None:
    """Leave files out where the suite is deselected, and, but for the test that says so, where PyTorch is missing."""
    if collection_path.suffix != ".py" or collection_path.name in ALWAYS:
        return None
    return True if "not parity" in config.option.markexpr or not _has_torch() else None
