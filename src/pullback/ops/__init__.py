"""The named operators, one file per family. On arrays they compute; on traced values they record a node.

`registry.REGISTRY` holds every operator's record once `load_all` has imported the families. Users reach the functions
as `pullback.conv2d` and so on.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def load_all() -> None:
    """Import every family, so that the registry is complete."""
    for family in iter_modules(__path__, __name__ + "."):
        import_module(family.name)
