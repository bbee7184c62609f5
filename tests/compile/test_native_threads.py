"""The number of threads: the user's choice, or what affinity and control groups leave."""

import os

import pytest

from pullback.compile.native import threads
from pullback.compile.native.threads import MAX_THREADS, available_threads, get_num_threads, set_num_threads
from pullback.errors import ArgumentError


@pytest.fixture(autouse=True)
def default(monkeypatch):
    monkeypatch.delenv("PULLBACK_NUM_THREADS", raising=False)
    set_num_threads(None)
    yield
    monkeypatch.undo()
    set_num_threads(None)


@pytest.fixture
def sixteen_processors(monkeypatch):
    monkeypatch.setattr(threads, "_affinity", lambda: 16)


def system(root, files):
    """A file tree as Linux shows it."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


V2, V1 = "0::/jobs/mine\n", "5:memory:/jobs\n4:cpu,cpuacct:/jobs/mine\n0::/\n"
GROUP2, GROUP1 = "sys/fs/cgroup/jobs/mine", "sys/fs/cgroup/cpu,cpuacct/jobs/mine"


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("max 100000", 16),
        ("400000 100000", 4),
        ("250000 100000", 2),  # two and a half processors: two whole ones
        ("50000 100000", 1),  # half a processor is still one thread
        ("6400000 100000", 16),
        ("nonsense", 16),
        ("", 16),
        ("100000 0", 16),
    ],
)
@pytest.mark.usefixtures("sixteen_processors")
def test_a_quota_of_version_2_counts_in_whole_processors(tmp_path, quota, expected):
    root = system(tmp_path, {"proc/self/cgroup": V2, f"{GROUP2}/cpu.max": quota + "\n"})
    assert available_threads(root) == expected


@pytest.mark.parametrize(
    ("quota", "period", "expected"),
    [(-1, 100000, 16), (300000, 100000, 3), (150000, 50000, 3), (10000, 100000, 1), (0, 100000, 16)],
)
@pytest.mark.parametrize("folder", [GROUP1, "sys/fs/cgroup/cpu/jobs/mine"])
@pytest.mark.usefixtures("sixteen_processors")
def test_a_quota_of_version_1_counts_in_whole_processors(tmp_path, quota, period, expected, folder):
    files = {
        "proc/self/cgroup": V1,
        f"{folder}/cpu.cfs_quota_us": f"{quota}\n",
        f"{folder}/cpu.cfs_period_us": f"{period}\n",
    }
    assert available_threads(system(tmp_path, files)) == expected


@pytest.mark.usefixtures("sixteen_processors")
def test_a_group_above_may_be_the_tighter_one(tmp_path):
    files = {
        "proc/self/cgroup": V2,
        f"{GROUP2}/cpu.max": "800000 100000",
        "sys/fs/cgroup/jobs/cpu.max": "300000 100000",
    }
    assert available_threads(system(tmp_path, files)) == 3


@pytest.mark.usefixtures("sixteen_processors")
def test_the_group_of_another_job_does_not_count(tmp_path):
    files = {"proc/self/cgroup": V2, "sys/fs/cgroup/jobs/other/cpu.max": "100000 100000"}
    assert available_threads(system(tmp_path, files)) == 16


@pytest.mark.parametrize("group", ["/../..", "/", "/docker/4d2"])
@pytest.mark.usefixtures("sixteen_processors")
def test_inside_a_container_the_mount_itself_holds_the_quota(tmp_path, group):
    files = {"proc/self/cgroup": f"0::{group}\n", "sys/fs/cgroup/cpu.max": "200000 100000"}
    assert available_threads(system(tmp_path, files)) == 2


@pytest.mark.usefixtures("sixteen_processors")
def test_without_control_groups_affinity_decides(tmp_path):
    assert available_threads(tmp_path) == 16


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_a_process_bound_to_one_processor_gets_one_thread():
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert available_threads() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_the_default_is_what_is_available():
    assert get_num_threads() == available_threads()


def test_the_variable_goes_before_what_is_available(monkeypatch):
    monkeypatch.setenv("PULLBACK_NUM_THREADS", "7")
    assert get_num_threads() == 7


def test_what_was_set_goes_before_the_variable(monkeypatch):
    monkeypatch.setenv("PULLBACK_NUM_THREADS", "7")
    set_num_threads(3)
    assert get_num_threads() == 3
    set_num_threads(None)
    assert get_num_threads() == 7


@pytest.mark.parametrize("wrong", [0, -2, MAX_THREADS + 1, 2.0, True, "2", [2]])
def test_what_is_no_number_of_threads_is_refused(wrong):
    with pytest.raises(ArgumentError, match=r"set_num_threads: not a number of threads\n.*\n.*from 1 to 256"):
        set_num_threads(wrong)


@pytest.mark.parametrize("wrong", ["0", "-1", "all", "2.5", "1000"])
def test_a_variable_that_holds_no_number_of_threads_is_refused(monkeypatch, wrong):
    monkeypatch.setenv("PULLBACK_NUM_THREADS", wrong)
    with pytest.raises(ArgumentError, match=f"PULLBACK_NUM_THREADS: not a number of threads\n.*{wrong}"):
        get_num_threads()


@pytest.mark.usefixtures("sixteen_processors")
def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setenv("PULLBACK_NUM_THREADS", "")
    assert get_num_threads() == available_threads()
