"""Many steps in one call: the batch that a step sees, the state that it leaves, and where the steps end."""

import numpy as np
import pytest

from pullback.autodiff import trace
from pullback.compile.driver import Driver, Step
from pullback.compile.executable import Executable
from pullback.compile.native.threads import set_num_threads
from pullback.compile.program import compile_graph
from pullback.compile.rows import Column, can_gather, looked_up
from pullback.data import Dataset, Normalization
from pullback.train.many import columns_of
from pullback.train.sources import Arrays

RNG = np.random.default_rng(0)
INDICES = np.array([[3, 0, 6], [6, 6, 1], [2, 5, 4], [0, 1, 2]])


def driver_of(step, state, images, labels, dtype="float32", watched=()):
    """The driver of step(*state, images, labels, lr, key) -> (*new state, *numbers), whose batch is three rows."""
    rows = [np.zeros((3, *c.data.shape[1:]), c.target) for c in (images, labels)]
    graph = trace(step, *state, *rows, np.zeros(()), np.zeros(2, np.int64)).graph
    executable = Executable(compile_graph(graph, dtype))
    made = Driver(Step(executable, watched), images, labels, 3)
    made.start_from(state)
    return made


def keys_of(steps, seed=5, first=0):
    return np.stack([np.full(steps, seed), np.arange(first, first + steps)], axis=1)


def batches_seen(source, dtype):
    """What each step sees: a step whose new state is its batch, its rate and its key."""
    images, labels = columns_of(source, np.dtype(dtype))
    state = [np.zeros((3, *c.data.shape[1:]), c.target) for c in (images, labels)]
    state += [np.zeros(()), np.zeros(2, np.int64)]
    made = driver_of(lambda *v: v[4:], state, images, labels, dtype)
    rates = np.linspace(0.1, 0.4, 4).astype(dtype)
    for k in range(4):
        made.run(INDICES[k : k + 1].copy(), rates[k : k + 1], keys_of(1, 5, k))
        yield [a.copy() for a in made.state], (rates[k], (5, k))


def dataset(raw, channels=1):
    mean, std = ((0.1307, 0.42, 0.9)[:channels], (0.3081, 0.11, 0.7)[:channels])
    scale = 255.0 if raw.dtype == np.uint8 else 3.0
    return Dataset(raw, np.arange(7) % 4, tuple("abcd"), normalization=Normalization(mean, std, scale))


BYTES = RNG.integers(0, 256, (7, 3, 5, 6)).astype(np.uint8)
REALS = RNG.normal(size=(7, 3, 5, 6)) * 100
WHOLE = RNG.integers(0, 120, (7, 3, 5, 6))
SOURCES = {
    "bytes": dataset(BYTES),
    "bytes, by channel": dataset(BYTES, 3),
    "float32": dataset(REALS.astype(np.float32), 3),
    "float64": dataset(REALS),
    "every second": dataset(RNG.integers(0, 256, (14, 3, 5, 6)).astype(np.uint8)[::2]),
    "backwards": dataset(BYTES[::-1], 3),
    **{
        f"arrays of {kind}": Arrays(
            WHOLE.astype(kind) - int(kind[0] == "i") * 60, np.arange(14).reshape(7, 2).astype(kind)
        )
        for kind in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8")
    },
    "arrays of bool": Arrays(WHOLE % 2 == 1, np.arange(7) % 2 == 1),
    "arrays of one number a row": Arrays(REALS[:, 0, 0, 0], REALS[:, 0, 0, 1]),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", SOURCES)
def test_the_batch_of_a_step_is_the_source_s_batch_bit_for_bit(name, dtype):
    source = SOURCES[name]
    for k, (seen, (rate, key)) in enumerate(batches_seen(source, dtype)):
        images, labels = source.batch(INDICES[k], None, np.dtype(dtype))
        assert seen[0].dtype == images.dtype
        assert seen[1].dtype == labels.dtype
        assert seen[0].tobytes() == images.tobytes()
        assert seen[1].tobytes() == labels.tobytes()
        assert (seen[2], tuple(seen[3])) == (rate, key)
        # Negative control: another batch is told apart.
        assert seen[0].tobytes() != source.batch(INDICES[k][::-1], None, np.dtype(dtype))[0].tobytes()


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_threads_share_the_rows(threads):
    set_num_threads(threads)
    try:
        test_the_batch_of_a_step_is_the_source_s_batch_bit_for_bit("bytes, by channel", "float32")
        test_the_batch_of_a_step_is_the_source_s_batch_bit_for_bit("arrays of f8", "float32")
    finally:
        set_num_threads(None)


def test_a_line_is_computed_only_where_it_gives_the_table_exactly():
    byte = np.arange(256) / 255
    mean, std = np.array([0.1307]), np.array([0.3081])
    table = ((byte - mean[:, None]) / std[:, None]).astype(np.float32)
    line = np.stack([1 / (255 * std), -mean / std], axis=1)
    assert looked_up(BYTES, table, line).how == "affine"
    other = table.copy()
    other[0, 77] = np.nextafter(other[0, 77], np.float32(9))
    assert looked_up(BYTES, other, line).how == "table"
    # float64 has no wider type to compute the line in.
    assert looked_up(BYTES, (byte - mean[:, None]) / std[:, None], line).how == "table"


def test_rows_that_native_code_cannot_read_are_told():
    unaligned = np.frombuffer(bytes(41), np.uint8)[1:].view("f4").reshape(2, 5)
    for array in (
        REALS.astype(np.float16), REALS.astype(np.longdouble), REALS.astype(">f8"), REALS.transpose(0, 2, 3, 1),
        REALS[..., ::2], unaligned,
    ):  # fmt: skip
        assert not can_gather(array)
    for array in (REALS, BYTES[::2], BYTES[::-1], REALS[:, 0, 0, 0], REALS[:0]):
        assert can_gather(array)


PLAIN = Column(np.zeros((7, 2), np.float32), np.dtype(np.float32)), Column(np.zeros(7, np.int64), np.dtype(np.int64))


def doubling(state, images, labels, lr, key):
    """state ← 2·state + lr; the numbers: 1/lr, and the old state's first entry."""
    return state * 2 + lr, 1 / lr, state[0]


@pytest.mark.parametrize("calls", [(4,), (1, 3), (2, 2), (1, 1, 1, 1)])
def test_steps_follow_one_another_in_any_number_of_calls(calls):
    made = driver_of(doubling, [np.array([1.0, 10.0])], *PLAIN, watched=(1,))
    rates, firsts, first = np.array([1, 2, 4, 8], np.float32), [], 0
    for count in calls:
        taken, (inverse, before) = made.run(
            np.zeros((count, 3), np.int64), rates[first : first + count], keys_of(count, first=first)
        )
        assert taken == count
        assert inverse.tolist() == (1 / rates[first : first + count]).tolist()
        firsts += before.tolist()
        first += count
    # 1 → 3 → 8 → 20 → 48 by hand
    assert firsts == [1, 3, 8, 20]
    assert made.state[0].tolist() == [48, 192]


@pytest.mark.parametrize("rate", [0.0, -0.0, np.nan])
@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_steps_end_before_the_first_number_that_is_not_finite(rate, at):
    states = [1, 3, 8, 20, 48]
    rates = np.array([1, 2, 4, 8], np.float32)
    rates[at] = rate
    made = driver_of(doubling, [np.array([1.0, 10.0])], *PLAIN, watched=(1,))
    taken, (inverse, _) = made.run(np.zeros((4, 3), np.int64), rates, keys_of(4))
    assert taken == at
    assert not np.isfinite(inverse[at])
    assert made.state[0][0] == states[at]
    # The steps go on from there.
    assert made.run(np.zeros((1, 3), np.int64), np.array([1], np.float32), keys_of(1))[0] == 1
    assert made.state[0][0] == 2 * states[at] + 1


def test_a_number_that_is_not_watched_stops_nothing():
    made = driver_of(doubling, [np.array([1.0, 10.0])], *PLAIN, watched=(2,))
    assert made.run(np.zeros((2, 3), np.int64), np.zeros(2, np.float32), keys_of(2))[0] == 2


def test_a_state_that_changes_its_kind_is_not_steady():
    def step(kept, images, labels, lr, key):
        return kept * 1.5, np.sum(images)

    executables = [
        Executable(compile_graph(trace(step, s, np.zeros((3, 2)), np.zeros(3), 0.1, np.zeros(2, int)).graph, "float32"))
        for s in (np.zeros(4), np.zeros(4, int))
    ]
    assert [Step(e, (1,)).is_steady for e in executables] == [True, False]
