"""Whole training steps of random networks: compiled = reference, between guard zones, on any number of threads.

`make slow` runs many more of them.
"""

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compile.agreement import as_inputs, check_agree, compiled
from compile.networks import predictions, steps, training_step
from pullback import nn, optim
from pullback.compile.guards import GuardedExecutable
from pullback.compile.native.threads import set_num_threads
from pullback.compile.program import compile_graph

DTYPES = st.sampled_from(["float32", "float64"])


def reference_law(example, dtype):
    """Compiled = reference, in the memory plan of every day."""
    check_agree(example.graph, compiled(example.graph, dtype), example.inputs, dtype)


def memory_law(example, dtype):
    """Compiled = reference, in poisoned memory between guard zones."""
    function = GuardedExecutable(compile_graph(example.graph, dtype, debug=True))
    check_agree(example.graph, function, example.inputs, dtype)


def threads_law(example, dtype):
    """The same bits on 1, 2 and 3 threads, and in a second call."""
    function, inputs = compiled(example.graph, dtype), as_inputs(example.inputs, dtype)
    with _threads(1):
        want = function(inputs)
    for count in (2, 3, 3):
        with _threads(count):
            for k, (a, b) in enumerate(zip(function(inputs), want, strict=True)):
                np.testing.assert_array_equal(a, b, err_msg=f"output {k} on {count} threads")


@contextmanager
def _threads(count):
    set_num_threads(count)
    try:
        yield
    finally:
        set_num_threads(None)


@settings(max_examples=12)
@given(steps(), DTYPES)
def test_the_training_step_of_a_random_network_is_the_reference(example, dtype):
    reference_law(example, dtype)


@settings(max_examples=12)
@given(predictions(), DTYPES)
def test_the_output_of_a_random_network_is_the_reference(example, dtype):
    memory_law(example, dtype)


@settings(max_examples=12)
@given(steps(), DTYPES)
def test_a_random_network_reads_and_writes_only_its_own_memory(example, dtype):
    memory_law(example, dtype)


@settings(max_examples=6)
@given(steps(), DTYPES)
def test_a_random_network_gives_the_same_bits_on_any_number_of_threads(example, dtype):
    threads_law(example, dtype)


@pytest.mark.slow
@pytest.mark.parametrize("law", [reference_law, memory_law, threads_law])
@settings(max_examples=300)
@given(example=st.one_of(steps(), steps(), predictions()), dtype=DTYPES)
def test_many_random_networks_keep_the_laws(law, example, dtype):
    law(example, dtype)


# Networks from the zoo


def _of_the_zoo(name, batch):
    rng = np.random.default_rng(0)
    with nn.init.seeded(0):
        net = getattr(nn.zoo, name)()
    x, labels = rng.standard_normal((batch, *SHAPES.get(name, (1, 28, 28)))), rng.integers(0, 10, batch)
    return training_step(net, nn.CrossEntropyLoss(), optim.SGD(lr=0.1, momentum=0.9), x, labels, rng)


SHAPES = {"vgg": (3, 32, 32), "resnet18": (3, 32, 32)}


@pytest.mark.parametrize(("name", "batch"), [("softmax", 33), ("mlp", 64), ("lenet5", 19)])
def test_a_network_of_the_zoo_is_the_reference(name, batch):
    reference_law(_of_the_zoo(name, batch), "float32")


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "batch"), [("lenet5", 64), ("cnn", 18), ("vgg", 3), ("resnet18", 2)])
def test_a_large_network_of_the_zoo_is_the_reference(name, batch, dtype):
    reference_law(_of_the_zoo(name, batch), dtype)
