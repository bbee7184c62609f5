"""The release of PyTorch that is compared; this test is skipped, and alone, where there is none."""

import pytest

pytestmark = pytest.mark.parity


def test_the_release_of_pytorch_is_the_one_that_the_suite_is_written_for():
    torch = pytest.importorskip("torch")
    assert torch.__version__.split("+")[0] == "2.13.0"
