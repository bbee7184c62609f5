"""Backward functions of relu that do what a review must report, not suffer. Every one is right but for that."""

import ctypes
import os
import random
import sys
import time

import numpy as np

calls = []


def right(dout, x):
    return dout * (x > 0)


def loops_for_ever(dout, x):
    while True:
        pass


def sleeps_in_large_cases(dout, x):
    if x.size > 20:
        time.sleep(60)
    return right(dout, x)


def exits(dout, x):
    sys.exit("done")


def exits_at_once(dout, x):
    os._exit(7)


def exits_in_large_cases(dout, x):
    if x.size > 20:
        os._exit(7)
    return right(dout, x)


def crashes(dout, x):
    ctypes.string_at(0)


def raises(dout, x):
    return dout @ np.ones((17, 19))


def interrupts(dout, x):
    raise KeyboardInterrupt


def takes_all_memory(dout, x):
    return np.ones(2**38)[: x.size].reshape(x.shape)


def takes_memory_bit_by_bit(dout, x):
    kept = []
    while True:
        kept.append(np.ones(2**22))


def recurses(dout, x):
    return recurses(dout, x)


def changes_cotangent(dout, x):
    dout[x <= 0] = 0
    return dout


def changes_input(dout, x):
    x[...] = x > 0
    return dout * x


def transposes(dout, x):
    return right(dout, x).T


def drops_an_axis(dout, x):
    return right(dout, x).sum(axis=0)


def returns_two(dout, x):
    return right(dout, x), dout


def returns_nothing(dout, x):
    right(dout, x)


def returns_text(dout, x):
    return "dx"


def returns_objects(dout, x):
    return right(dout, x).astype(object)


def returns_complex(dout, x):
    return right(dout, x) + 0j


def returns_nan(dout, x):
    return right(dout, x) / (x.ndim - x.ndim)


def returns_nan_at_zero(dout, x):
    with np.errstate(all="raise"):
        return dout * np.where(x > 0, 1.0, 0.0) if np.all(x) else np.full(x.shape, np.nan)


def returns_a_flood(dout, x):
    return np.ones(8_000_000)


def truncates(dout, x):
    return right(dout, x).astype(int)


def is_single_precision(dout, x):
    return right(dout.astype(np.float32), x)


def is_random(dout, x):
    return right(dout, x) * random.random()


def accumulates(dout, x):
    calls.append(right(dout, x))
    return sum(c for c in calls if c.shape == x.shape)


def prints_a_lot(dout, x):
    print("x" * 1_000_000)  # noqa: T201  (what is tested)
    sys.stderr.write("y" * 1_000_000)
    os.write(1, b"z" * 100_000)
    return right(dout, x)


def reads_input(dout, x):
    assert sys.stdin.read() == ""
    return right(dout, x)


def forks(dout, x):
    if os.fork() == 0:
        time.sleep(600)
    return right(dout, x)


def writes_to_every_stream(dout, x):
    for number in range(3, 20):
        try:
            os.write(number, b"\0" * 64)
        except OSError:
            continue
    return right(dout, x)
