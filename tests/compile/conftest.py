"""Code that the tests compile is kept in a folder of their own, and not beyond their end."""

import os

import pytest


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory):
    before = os.environ.get("PULLBACK_CACHE")
    os.environ["PULLBACK_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["PULLBACK_CACHE"]
    else:
        os.environ["PULLBACK_CACHE"] = before
