import pytest

from pullback.bench.alternate import OUTCLASSED, alternate
from pullback.bench.jobs import Mode
from pullback.bench.processes import WorkerError

OURS = ("pullback", Mode())
EAGER, LAST, COMPILED = (("pytorch", mode) for mode in (Mode(), Mode("channels_last"), Mode(compiled=True)))


def run(times, repeat, entries=None):
    """The order of the work, and the rounds; `times` by entry, an exception for one that fails."""
    order = []

    def work(entry, number):
        order.append((number, entry))
        if isinstance(times[entry], Exception):
            raise times[entry]
        return {"times": [times[entry]]}

    rounds = alternate(entries or list(times), repeat, work, lambda answer: answer, lambda line: None)
    return order, rounds


def test_rounds_go_forwards_and_backwards_in_turn():
    order, _ = run({OURS: 1.0, EAGER: 2.0}, 3)
    assert [entry for _, entry in order] == [OURS, EAGER, EAGER, OURS, OURS, EAGER]


def test_a_mode_far_behind_pytorchs_best_sits_out_the_other_rounds():
    order, rounds = run({OURS: 9.0, EAGER: 1.0, LAST: OUTCLASSED - 0.01, COMPILED: OUTCLASSED + 0.01}, 2)
    assert [entry for number, entry in order if number == 1] == [LAST, EAGER, OURS]
    assert {mode: len(found) for mode, found in rounds.of("pytorch").items()} == {
        "contiguous eager": 2,
        "channels_last eager": 2,
        "contiguous compile": 1,
    }


def test_a_mode_that_is_best_at_one_thing_stays():
    answers = {EAGER: {"a": [1.0], "b": [9.0]}, LAST: {"a": [9.0], "b": [1.0]}}
    rounds = alternate(list(answers), 2, lambda e, number: answers[e], lambda answer: answer, lambda line: None)
    assert all(len(found) == 2 for found in rounds.of("pytorch").values())


def test_a_mode_of_pytorch_that_does_not_work_is_told_and_left_out():
    order, rounds = run({OURS: 1.0, EAGER: 2.0, COMPILED: WorkerError("no C++ compiler")}, 2)
    assert rounds.failed == {"contiguous compile": "no C++ compiler"}
    assert [entry for number, entry in order if number == 1] == [EAGER, OURS]


def test_pullback_must_work():
    with pytest.raises(WorkerError, match="broken"):
        run({OURS: WorkerError("broken"), EAGER: 2.0}, 2)


def test_the_median_of_each_process_counts():
    rounds = alternate([OURS], 1, lambda e, n: {"t": [5.0, 1.0, 2.0]}, lambda answer: answer, lambda line: None)
    assert rounds.times("pullback", lambda answer: answer["t"]) == {"contiguous eager": {0: 2.0}}
