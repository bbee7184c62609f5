"""Emitted Philox numbers: bit for bit those of formula.random, and Random123's known answers."""

import numpy as np
import pytest
from llvmlite import ir

from compile.emitted import REALS, calls, module_text, run
from pullback.compile.emit import random as emitted_random
from pullback.compile.native.codegen import assembly
from pullback.compile.native.target import LEVELS, Target
from pullback.formula import random as reference

I64 = ir.IntType(64)
KEYS = [(0, 0, 0), (7, 3, 1), (12345678901234567890, 77, 5), (2**64 - 1, 2**32 - 1, 2**32 - 1)]


def _uniform(seed, step, stream, positions, lanes, precision="float32", target=None):
    """Emit with constant keys, and run."""
    signed = seed - 2**64 if seed >= 2**63 else seed
    return run(
        lambda b, values: emitted_random.uniform(
            b, I64(signed), I64(step), stream, values[0], lanes=lanes, real=REALS[precision]
        ),
        [positions],
        precision,
        lanes,
        target,
    )


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("lanes", [1, 2, 8, 16])
@pytest.mark.parametrize("key", KEYS)
def test_numbers_are_those_of_the_reference_bit_for_bit(key, lanes, precision):
    seed, step, stream = key
    got = _uniform(seed, step, stream, np.arange(333), lanes, precision)
    want = reference.uniform((seed, step), stream, 333)
    assert got.dtype == precision
    np.testing.assert_array_equal(got, want)


def test_first_numbers_are_the_known_answers_of_random123():
    # Random123, tests/kat_vectors, philox4x32 with 10 rounds: the counter and key of zeros, then that of ones.
    zeros = [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert _uniform(0, 0, 0, np.arange(4), 4).tolist() == [(word >> 8) / 2**24 for word in zeros]


@pytest.mark.parametrize("start", [2**34 - 2, 2**40 + 3, 2**62 + 5])
def test_positions_past_32_bits_reach_the_counters_second_word(start):
    want = (reference.bits((7, 3), 1, 8, start) >> np.uint32(8)) / 2**24
    np.testing.assert_array_equal(_uniform(7, 3, 1, start + np.arange(8), 8), want)


def test_positions_in_any_order_give_their_own_numbers():
    order = np.random.default_rng(0).permutation(256)
    np.testing.assert_array_equal(_uniform(7, 3, 1, order, 8), reference.uniform((7, 3), 1, 256)[order])


def test_keys_may_be_values_that_the_code_reads():
    seeds, steps = np.full(16, 12345678901234567), np.full(16, 9)

    def emit(b, values):
        first = [b.extract_element(v, I64(0)) for v in values[:2]]
        return emitted_random.uniform(b, *first, 2, values[2], lanes=8, real=REALS["float32"])

    got = run(emit, [seeds, steps, np.arange(16)], "float32", 8)
    np.testing.assert_array_equal(got, reference.uniform((12345678901234567, 9), 2, 16))


@pytest.mark.parametrize("level", [level for level in LEVELS if Target.limited(level).runs_here])
def test_every_generation_gives_the_same_numbers(level):
    got = _uniform(7, 3, 1, np.arange(64), 8, target=Target.limited(level))
    np.testing.assert_array_equal(got, reference.uniform((7, 3), 1, 64))


@pytest.mark.parametrize("target", [Target.limited("avx512"), Target.limited("sse2"), Target.aarch64()])
def test_one_product_gives_both_halves_and_no_library_is_called(target):
    text = module_text(
        lambda b, values: emitted_random.uniform(b, I64(1), I64(2), 3, values[0], lanes=4, real=REALS["float32"]),
        ["int64"],
        "float32",
        4,
    )
    code = assembly(text, target)
    assert calls(code) == set()
    # A whole 64-bit product takes three times as long.
    assert "vpmullq" not in code


@pytest.mark.parametrize(("name", "value"), [("ROUNDS", 9), ("MULTIPLIERS", (0xD2511F53, 0xCD9E8D59))])
def test_another_generator_is_seen(name, value, monkeypatch):
    monkeypatch.setattr(emitted_random, name, value)
    assert (_uniform(7, 3, 1, np.arange(64), 8) != reference.uniform((7, 3), 1, 64)).mean() > 0.9


def test_stream_step_and_seed_each_change_the_numbers():
    base = _uniform(7, 3, 1, np.arange(64), 8)
    for other in [(8, 3, 1), (7, 4, 1), (7, 3, 2), (7 + 2**32, 3, 1)]:
        assert (_uniform(*other, np.arange(64), 8) != base).mean() > 0.9
