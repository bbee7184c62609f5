"""The comparison with PyTorch is collected as the parity suite is: when it is asked for, and PyTorch is installed."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any


def pytest_ignore_collect(collection_path: Path, config: Any) -> bool | None:
    """Leave out the file that imports PyTorch."""
    if collection_path.name != "test_beside_pytorch.py":
        return None
    return True if "not parity" in config.option.markexpr or find_spec("torch") is None else None
