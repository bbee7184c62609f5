"""A diagnosis computes its many small sums on one thread of NumPy's BLAS, whatever the number outside."""

from __future__ import annotations

from threading import Barrier, Thread

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import pullback as pb
from pullback.diagnose import diagnose, engine
from pullback.diagnose.blas import one_thread
from pullback.diagnose.search import Search


def threads() -> set[int]:
    """How many threads the BLAS libraries that are loaded compute on."""
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.fixture
def two():
    """NumPy's BLAS on two threads; skipped where its number cannot be set."""
    with threadpool_limits(2, user_api="blas"):
        if threads() != {2}:
            pytest.skip("the number of threads of this BLAS cannot be set to 2")
        yield


@pytest.mark.usefixtures("two")
def test_a_diagnosis_computes_on_one_thread_and_sets_the_number_back(monkeypatch):
    seen = []

    class Recorded(Search):
        def __init__(self, *args):
            seen.append(threads())
            super().__init__(*args)

    monkeypatch.setattr(engine, "Search", Recorded)
    run = pb.trace(lambda w, x: np.sum(w * x), (np.array([1.0, 2.0]), np.array([3.0, 4.0])))
    diagnose(run, "w", [-3.0, -4.0])
    assert seen == [{1}]
    assert threads() == {2}


@pytest.mark.usefixtures("two")
def test_the_number_is_set_back_after_an_error():
    run = pb.trace(lambda w: np.sum(w), (np.ones(2),))
    with pytest.raises(pb.errors.ArgumentError):
        diagnose(run, "no such name", [1.0])
    assert threads() == {2}


@pytest.mark.usefixtures("two")
def test_of_two_diagnoses_at_once_the_last_one_sets_the_number_back():
    first, last = Barrier(2, timeout=10), Barrier(2, timeout=10)
    seen = []

    def other():
        with one_thread:
            first.wait()
        seen.append(threads())
        last.wait()

    thread = Thread(target=other)
    with one_thread:
        thread.start()
        first.wait()
        last.wait()
    thread.join()
    assert seen == [{1}]
    assert threads() == {2}
