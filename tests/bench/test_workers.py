"""Real processes, with the smallest network and the engine that compiles nothing."""

import json
import subprocess
import sys

import numpy as np
import pytest

from pullback.bench.jobs import AccuracyJob, LayerJob, Mode, NetJob, PeakJob, read, written
from pullback.bench.networks import write_weights
from pullback.bench.processes import WorkerError, Workers
from pullback.bench.timing import peak_memory, timed

JOBS = [
    NetJob("cnn", 64, 2, "compiled", "w.npz", 5, 1.0, mode=Mode("channels_last", compiled=True)),
    LayerJob(("vgg16:3x3 64-64 @224",), 8, 1, "compiled", 0.5),
    AccuracyJob(3, 1, 2, "compiled", precision="strict"),
    PeakJob(1, 0.25),
]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: type(job).__name__)
def test_a_job_arrives_as_it_was_sent(job):
    assert read(*written(job)) == job


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "softmax.npz"
    write_weights("softmax", path)
    return path


def test_a_worker_trains_times_itself_and_predicts(weights, tmp_path):
    state = tmp_path / "state.npz"
    answer = Workers(tmp_path)("pullback", NetJob("softmax", 8, 1, "reference", str(weights), 3, 0.01, str(state)))
    assert len(answer["losses"]) == 3
    assert answer["losses"][0] == pytest.approx(np.log(10), abs=1)
    assert min(answer["training"]) > 0
    assert min(answer["inference"]) > 0
    assert np.shape(answer["outputs"]) == (8, 10)
    with np.load(weights) as first, np.load(state) as last:
        assert sorted(first) == sorted(last)
        assert not np.array_equal(first["fc.weight"], last["fc.weight"])


def test_without_timing_a_worker_counts_the_products(weights, tmp_path):
    answer = Workers(tmp_path)("pullback", NetJob("softmax", 8, 1, "reference", str(weights), 1, 0.0))
    assert "training" not in answer
    # 8 images, 784 pixels, 10 classes; the training step makes as many again for the filter's gradient.
    assert answer["multiply_adds"]["inference"] == 8 * 784 * 10
    assert answer["multiply_adds"]["training"] >= 2 * 8 * 784 * 10


def test_a_worker_that_fails_is_an_error_with_its_last_words(weights, tmp_path):
    with pytest.raises(WorkerError, match="no such engine"):
        Workers(tmp_path)("pullback", NetJob("softmax", 8, 1, "steam", str(weights), 1, 0.0))


def test_a_worker_is_told_its_threads_and_where_compiled_code_goes(tmp_path):
    told = Workers(tmp_path).environment(2)
    assert {told[k] for k in ("PULLBACK_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")} == {"2"}
    assert told["PULLBACK_CACHE"].startswith(str(tmp_path))


def test_what_else_a_worker_prints_does_not_reach_the_answer():
    code = (
        "from pullback.bench.jobs import serve\n"
        "serve({'peak': lambda job: print('chatter') or {'threads': job.threads}})"
    )
    command = [sys.executable, "-c", code, *written(PeakJob(3, 0.1))]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout) == {"threads": 3}
    assert "chatter" in ended.stderr


def test_pytorch_is_not_imported_with_the_package():
    names = "pullback.bench.theirs, pullback.bench.worker_pytorch, pullback.bench.nets, pullback.cli.bench_speed"
    code = f"import sys, {names}; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_times_are_per_call_and_come_after_the_warm_up(monkeypatch):
    now, calls = [0.0], []

    def run(count):
        calls.append(count)
        # The first call of all is slow, as one that compiles.
        now[0] += 5.0 if len(calls) == 1 else 0.125 * count

    monkeypatch.setattr("pullback.bench.timing.perf_counter", lambda: now[0])
    monkeypatch.setattr("pullback.bench.timing.CHUNK_SECONDS", 10.0)
    times = timed(run, seconds=40.0)
    assert set(times) == {0.125}
    assert sum(times) * calls[-1] >= 40.0


def peak_of(statement):
    """The peak of a new process that runs a statement, in bytes."""
    code = f"import numpy as np; {statement}; from pullback.bench.timing import peak_memory; print(peak_memory())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    return None if found == "None" else int(found)


def test_the_peak_of_memory_has_what_was_given_back_since():
    without, with_block = peak_of("pass"), peak_of("np.ones(100 << 20, np.uint8)")
    if without is None:
        pytest.skip("this system does not say")
    assert with_block - without == pytest.approx(100 << 20, rel=0.1)


def test_a_new_process_does_not_begin_with_its_parents_memory():
    if not sys.platform.startswith("linux"):
        pytest.skip("where /proc tells")
    block = np.ones(300 << 20, np.uint8)
    assert peak_of("pass") < 200 << 20 < peak_memory()
    del block
