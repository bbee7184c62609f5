"""`precision="strict"` through everything that computes: no Winograd's algorithm, and smaller errors."""

from collections import OrderedDict

import numpy as np
import pytest

import pullback as pb
from pullback import nn
from pullback.autodiff import trace
from pullback.compile import function, program
from pullback.compile.program import compile_graph
from pullback.engines import engine_named
from pullback.errors import ArgumentError, StateError
from pullback.train.step import Batch, Recipe, State, Stepper

BATCH, CHANNELS, SIZE = 32, 16, 8
# Errors of F(4×4, 3×3) are three times those of plain sums or more (docs/compiler.md); twice leaves room for chance.
CLEARLY = 2


@pytest.fixture
def net():
    """The second convolution is wide enough for Winograd's algorithm, in both of its gradients too."""
    pb.seed(1)
    return nn.Sequential(
        conv1=nn.Conv2d(1, CHANNELS, 3, padding=1),
        relu1=nn.ReLU(),
        conv2=nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1),
        flatten=nn.Flatten(),
        fc=nn.Linear(CHANNELS * SIZE * SIZE, 4),
    )


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.standard_normal((BATCH, 1, SIZE, SIZE)).astype("f"), rng.integers(0, 4, BATCH)


# --- what is compiled -----------------------------------------------------------------------------------------------


def step_of(net, data, precision):
    """The dispatch of a training step."""
    recipe = Recipe(net, pb.cross_entropy, pb.SGD(lr=0.1))
    state = State(net.parameters, net.buffers, recipe.optimizer.init(net.parameters))
    stepper = Stepper(recipe, engine_named("compiled", precision=precision), "float32")
    return stepper.traced(state, Batch(*data, 0.1, (0, 0))).function.program.dispatch


def reasons(dispatch):
    return [why for stage in dispatch for name, why in stage.declined if name == "winograd"]


def test_a_strict_training_step_has_no_winograd_and_says_why(net, data):
    dispatch = step_of(net, data, "strict")
    assert not any("winograd" in stage.kernel for stage in dispatch)
    # Forward, the gradient of the layer's input, and that of its filters.
    assert reasons(dispatch).count("the precision is strict") == 3


def test_a_fast_training_step_has_it_in_all_three_passes(net, data):
    """Negative control: it is the precision that forbids it."""
    dispatch = step_of(net, data, "fast")
    chosen = [stage.kernel.partition(" (")[0] for stage in dispatch if "winograd" in stage.kernel]
    assert sorted(chosen) == sorted(
        ["winograd filters"] * 2 + ["winograd"] * 2 + ["winograd products", "winograd filter gradient"]
    )
    assert "the precision is strict" not in reasons(dispatch)


def test_convolutions_with_other_filters_are_the_same_program_in_both():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((BATCH, CHANNELS, SIZE, SIZE)), rng.standard_normal((CHANNELS, CHANNELS, 5, 5))
    graph = trace(lambda x, w: pb.conv2d(x, w), x, w).graph
    kernels = [
        [stage.kernel for stage in compile_graph(graph, "float32", precision=precision).dispatch]
        for precision in ("fast", "strict")
    ]
    assert kernels[0] == kernels[1]


def fitted(net, data, **options):
    pb.fit(net, data, validation=data, batch_size=BATCH, progress=False, **options)


def predicted(net, data, **options):
    net.predict(data[0], **options)


def evaluated(net, data, **options):
    net.evaluate(data, **options)


def compiled(net, data, **options):
    pb.compile(lambda x: net(x), **options)(data[0])


@pytest.fixture
def made(monkeypatch):
    """The programs that are made, none of which the process knows yet."""
    found = []

    def watched(*args, **options):
        found.append(compile_graph(*args, **options))
        return found[-1]

    monkeypatch.setattr(program, "compile_graph", watched)
    monkeypatch.setattr(function, "_programs", OrderedDict())
    return found


def with_winograd(programs):
    return [any("winograd" in stage.kernel for stage in p.dispatch) for p in programs]


@pytest.mark.parametrize(("use", "count"), [(fitted, 2), (predicted, 1), (evaluated, 1), (compiled, 1)])
def test_everything_that_computes_takes_the_precision(net, data, made, use, count):
    """Fit has a step and, for validation, a network. After the fast programs the strict ones are made anew."""
    use(net, data, precision="fast")
    assert with_winograd(made) == [True] * count
    use(net, data, precision="strict")
    assert with_winograd(made[count:]) == [False] * count
    use(net, data, precision="fast")
    assert len(made) == 2 * count


@pytest.mark.parametrize("use", [fitted, predicted, evaluated, compiled])
def test_without_a_word_it_is_fast(net, data, made, use):
    use(net, data)
    assert all(with_winograd(made))


# --- what it gives --------------------------------------------------------------------------------------------------


def test_strict_outputs_are_nearer_to_those_of_float64(net, data):
    exact = nn.Sequential(net.conv1, net.relu1, net.conv2).predict(data[0], dtype="float64")
    wide = nn.Sequential(net.conv1, net.relu1, net.conv2)
    fast, strict = (
        float(np.sqrt(np.mean((wide.predict(data[0], precision=precision) - exact) ** 2)))
        for precision in ("fast", "strict")
    )
    assert CLEARLY * strict < fast


def test_fit_gives_other_bits_in_either_precision_and_the_same_ones_again(net, data):
    first, found = net.state_dict(), {}
    for name in ("fast", "strict", "fast again", "strict again"):
        net.load_state_dict(first)
        fitted(net, data, precision=name.partition(" ")[0])
        found[name] = net.conv1.weight.tobytes()
    assert found["fast"] == found["fast again"] != found["strict"] == found["strict again"]


def test_the_reference_is_strict_already(net, data):
    options = {"dtype": "float64", "engine": "reference"}
    np.testing.assert_array_equal(
        net.predict(data[0], precision="strict", **options), net.predict(data[0], precision="fast", **options)
    )


def test_a_run_does_not_go_on_in_another_precision(net, data, tmp_path):
    path = tmp_path / "run.ckpt"
    options = {"batch_size": BATCH, "progress": False}
    pb.fit(net, data, checkpoint=path, precision="strict", **options)
    with pytest.raises(StateError, match="precision: strict in the checkpoint, fast now"):
        pb.fit(net, data, epochs=2, resume=path, **options)
    pb.fit(net, data, epochs=2, resume=path, precision="strict", **options)


# --- other values ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["Strict", "default", "", None, True, 32, ["strict"]], ids=repr)
@pytest.mark.parametrize(
    ("use", "owner"), [(fitted, "fit"), (predicted, "predict"), (evaluated, "evaluate"), (compiled, "compile")]
)
def test_other_values_are_refused_by_whoever_was_asked(net, data, use, owner, precision):
    with pytest.raises(ArgumentError) as caught:
        use(net, data, precision=precision)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{owner}: no such precision"
    assert f"precision={precision!r}" in lines[1]
    assert "one of 'fast', 'strict'" in lines[2]


def test_the_type_of_the_numbers_is_another_argument(net, data):
    with pytest.raises(ArgumentError, match=r"fix: +dtype='float64', for the type of the numbers"):
        net.predict(data[0], precision="float64")


def test_a_graph_is_not_compiled_in_a_misspelt_precision(data):
    graph = trace(lambda x: x + 1, data[0]).graph
    with pytest.raises(ArgumentError, match="compile_graph: no such precision"):
        compile_graph(graph, "float32", precision="strickt")
