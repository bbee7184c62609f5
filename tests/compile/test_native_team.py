"""The team of threads: every step runs on all of them, a barrier holds, nothing blocks for ever."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest
from llvmlite import ir

from pullback.compile.native import team as team_module
from pullback.compile.native.codegen import assembly, object_code
from pullback.compile.native.crew import crew_text
from pullback.compile.native.jit import load
from pullback.compile.native.system import calls
from pullback.compile.native.target import Target
from pullback.compile.native.team import TEAM, Team, define_barrier
from pullback.errors import ArgumentError

ROUNDS, SECONDS, DENORMAL = 100, 60, 1e-40
STEP = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 2)

STEPS = """
; arena[thread] counts the calls of each thread; the table's first word gets the number of threads
define void @count(ptr %arena, ptr %table, ptr %team, i64 %thread, i64 %threads) {
  %at = getelementptr i64, ptr %arena, i64 %thread
  %old = load i64, ptr %at
  %new = add i64 %old, 1
  store i64 %new, ptr %at
  store i64 %threads, ptr %table
  ret void
}

; a number below the smallest normal one, added to itself
define void @denormal(ptr %arena, ptr %table, ptr %team, i64 %thread, i64 %threads) {
  %from = getelementptr float, ptr %arena, i64 %thread
  %value = load float, ptr %from
  %sum = fadd float %value, %value
  %to = getelementptr float, ptr %table, i64 %thread
  store float %sum, ptr %to
  ret void
}
"""
CHECKED_ROUNDS = """
; In each round every thread writes the round's number to its cell (64 bytes apart), waits, and counts in table[thread]
; the cells in which it does not find that number; then waits again.
define void @NAME(ptr %arena, ptr %table, ptr %team, i64 %thread, i64 %threads) {
enter:
  %line = mul i64 %thread, 8
  %own = getelementptr i64, ptr %arena, i64 %line
  br label %round
round:
  %number = phi i64 [1, %enter], [%next, %checked]
  %missed = phi i64 [0, %enter], [%missed_now, %checked]
  store volatile i64 %number, ptr %own
  WAIT
  br label %check
check:
  %other = phi i64 [0, %round], [%other_next, %check]
  %missed_before = phi i64 [%missed, %round], [%missed_now, %check]
  %other_line = mul i64 %other, 8
  %cell = getelementptr i64, ptr %arena, i64 %other_line
  %found = load volatile i64, ptr %cell
  %wrong = icmp ne i64 %found, %number
  %one = zext i1 %wrong to i64
  %missed_now = add i64 %missed_before, %one
  %other_next = add i64 %other, 1
  %more_cells = icmp ult i64 %other_next, %threads
  br i1 %more_cells, label %check, label %checked
checked:
  WAIT
  %next = add i64 %number, 1
  %more = icmp ule i64 %next, ROUNDS
  br i1 %more, label %round, label %done
done:
  %to = getelementptr i64, ptr %table, i64 %thread
  store i64 %missed_now, ptr %to
  ret void
}
"""


def rounds_text(name, wait):
    return CHECKED_ROUNDS.replace("NAME", name).replace("WAIT", wait).replace("ROUNDS", str(ROUNDS))


@pytest.fixture(scope="module")
def steps():
    module = ir.Module("steps")
    define_barrier(module)
    wait = "call void @pullback_barrier(ptr %team, i64 %thread, i64 %threads)"
    text = str(module) + STEPS + rounds_text("meet", wait) + rounds_text("pass_by", "")
    return load(object_code(text, Target.host()), "steps")


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PULLBACK_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@contextmanager
def time_limit(seconds=SECONDS):
    """End the process, with every thread's traceback, when the block takes longer: a deadlock has no other end."""
    import faulthandler

    faulthandler.dump_traceback_later(seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@contextmanager
def busy_processors(number=3):
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def run(steps, name, threads, team=TEAM):
    """Call a step on zeroed memory; the result: the threads that ran it, and its arena and table."""
    arena, table = np.zeros(1024, np.int64), np.zeros(256, np.int64)
    ran = team.call(steps.address(name), arena.ctypes.data, table.ctypes.data, threads)
    return ran, arena, table


@pytest.mark.parametrize("threads", [1, 2, 3, 4, 8])
def test_each_thread_runs_the_step_once_per_call(steps, threads):
    with time_limit():
        arena, table = np.zeros(16, np.int64), np.zeros(1, np.int64)
        for _ in range(50):
            assert TEAM.call(steps.address("count"), arena.ctypes.data, table.ctypes.data, threads) == threads
    assert arena.tolist() == [50] * threads + [0] * (16 - threads)
    assert table[0] == threads


@pytest.mark.parametrize("threads", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("load_level", [0, 3])
def test_no_thread_passes_a_barrier_before_all_have_come(steps, threads, load_level):
    with time_limit(), busy_processors(load_level):
        _, _, missed = run(steps, "meet", threads)
    assert missed.tolist() == [0] * 256


def test_without_the_barrier_threads_do_pass_each_other(steps):
    with time_limit():
        assert any(run(steps, "pass_by", 4)[2].any() for _ in range(20))


def test_many_more_threads_than_processors_still_finish(steps):
    with time_limit():
        ran, _, missed = run(steps, "meet", 32)
    assert ran == 32
    assert not missed.any()


def test_workers_that_fell_asleep_wake_up(steps):
    with time_limit():
        for pause in (0, 0.0001, 0.001, 0.05):
            time.sleep(pause)
            assert run(steps, "count", 3)[1][:4].tolist() == [1, 1, 1, 0]


def test_python_threads_that_call_at_once_do_not_disturb_each_other(steps):
    failures = []

    def call_often():
        for _ in range(40):
            ran, _, missed = run(steps, "meet", 2)
            if ran not in (1, 2) or missed.any():
                failures.append((ran, missed))

    callers = [threading.Thread(target=call_often) for _ in range(6)]
    with time_limit():
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    assert failures == []
    assert run(steps, "count", 2)[0] == 2  # alone again: as many threads as before


def test_denormal_numbers_are_zero_inside_a_call_and_not_after_it(steps):
    source, result = np.full(4, DENORMAL, np.float32), np.full(4, 7, np.float32)
    TEAM.call(steps.address("denormal"), source.ctypes.data, result.ctypes.data, 4)
    assert result.tolist() == [0, 0, 0, 0]
    assert np.float32(DENORMAL) + np.float32(0) > 0


def test_outside_a_team_the_same_step_keeps_denormal_numbers(steps):
    source, result = np.full(1, DENORMAL, np.float32), np.zeros(1, np.float32)
    STEP(steps.address("denormal"))(source.ctypes.data, result.ctypes.data, None, 0, 1)
    assert result[0] > 0


def test_an_exception_that_arrives_during_a_call_is_raised_after_it(steps):
    def interrupt(number, frame):
        raise KeyboardInterrupt

    def call_for_ever():
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.005)
        while True:
            run(steps, "meet", 3)

    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        with time_limit(), pytest.raises(KeyboardInterrupt):
            call_for_ever()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert run(steps, "meet", 3)[0] == 3


def test_where_no_more_threads_can_be_started_there_is_a_warning_and_the_step_runs(steps, monkeypatch):
    start = threading.Thread.start

    def start_two(thread):
        if thread.name == "pullback-3":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_two)
    with time_limit(), pytest.warns(RuntimeWarning, match="can't start new thread: running on 3 threads"):
        ran, _, missed = run(steps, "meet", 8, Team())
    assert ran == 3
    assert not missed.any()


def test_a_crew_whose_growth_was_interrupted_is_replaced(steps, monkeypatch):
    team = Team()

    def interrupted(thread):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(steps, "count", 2, team)
    with time_limit():
        assert run(steps, "count", 2, team)[0] == 2


@pytest.mark.parametrize("wrong", [0, -1, 257, 1.5, True, "2"])
def test_a_number_of_threads_that_is_none_is_refused(steps, wrong):
    with pytest.raises(ArgumentError, match="threads: not a number of threads"):
        run(steps, "count", wrong)


def in_forked_child(function):
    """Run a function in a forked child that has three seconds; the result is how it ended, 0 for well."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(3)
        os._exit(0 if function() else 1)
    return os.waitpid(child, 0)[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
class TestFork:
    def test_a_forked_child_starts_workers_of_its_own(self, steps):
        assert run(steps, "meet", 3)[0] == 3
        assert in_forked_child(lambda: run(steps, "meet", 3)[0] == 3 and not run(steps, "meet", 3)[2].any()) == 0
        assert run(steps, "meet", 3)[0] == 3

    def test_a_team_that_is_not_restarted_hangs_in_the_child(self, steps):
        team = Team()
        assert run(steps, "meet", 3, team)[0] == 3
        assert os.WTERMSIG(in_forked_child(lambda: run(steps, "meet", 3, team))) == signal.SIGALRM

    def test_a_fork_while_others_call_and_compile_leaves_the_child_whole(self, steps):
        stop = threading.Event()

        def call_and_compile():
            while not stop.is_set():
                run(steps, "count", 2)
                object_code("define void @f() { ret void }", Target.host())

        others = [threading.Thread(target=call_and_compile) for _ in range(2)]
        for other in others:
            other.start()

        def works():
            object_code("define void @f() { ret void }", Target.host())
            return run(steps, "meet", 3)[0] == 3

        try:
            with time_limit():
                assert [in_forked_child(works) for _ in range(8)] == [0] * 8
        finally:
            stop.set()
            for other in others:
                other.join()


EXIT_PROGRAM = """
import threading
import numpy as np
from pullback.compile.native.codegen import object_code
from pullback.compile.native.jit import load
from pullback.compile.native.target import Target
from pullback.compile.native.team import TEAM
text = "define void @step(ptr %a, ptr %t, ptr %team, i64 %i, i64 %n) { ret void }"
code = load(object_code(text, Target.host()), "step")
def call_for_ever():
    while True:
        TEAM.call(code.address("step"), 0, 0, 3)
TEAM.call(code.address("step"), 0, 0, 4)
threading.Thread(target=call_for_ever, daemon=True).start()
"""


def test_a_program_ends_while_workers_sleep_and_a_daemon_thread_calls():
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", EXIT_PROGRAM], capture_output=True, timeout=SECONDS, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


def test_the_barrier_is_defined_once_per_module():
    module = ir.Module("twice")
    assert define_barrier(module) is define_barrier(module)
    assert str(module).count('define internal void @"pullback_barrier"') == 1


@pytest.mark.parametrize(
    ("system", "waits"), [("linux", "syscall"), ("darwin", "__ulock_wait"), ("elsewhere", "usleep")]
)
def test_the_native_side_compiles_for_other_systems_and_machines(system, waits):
    for target in (Target.aarch64(), Target.limited("sse2")):
        assert waits in assembly(crew_text(target, calls(system, "aarch64")), target)


@pytest.mark.parametrize(("seconds", "looks"), [(30e-6, 200), (60e-6, 100), (15e-9, 100_000), (1, 16)])
def test_looks_fill_the_time_of_a_spin_within_bounds(monkeypatch, seconds, looks):
    # 200 looks take so many seconds, and a spin lasts 30 microseconds
    clock = iter(np.arange(6) * seconds)
    monkeypatch.setattr(team_module.time, "perf_counter", lambda: next(clock))
    assert team_module._looks(lambda times, word: None) == looks
