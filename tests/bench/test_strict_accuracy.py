"""benchmarks/strict_accuracy.py: what it compares, and what it says of accuracies that differ."""

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from pullback.data import Dataset, Normalization

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "strict_accuracy.py"


@pytest.fixture(scope="module")
def study():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("strict_accuracy", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def grey():
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 256, (160, 1, 28, 28), np.uint8)
    return Dataset.of(raw, np.arange(160) % 10, normalization=Normalization((0.5,), (0.25,), 255))


def small(study, **more):
    return study.Budget("mnist", steps=2, rate=1e-3, tests=80, **more)


def test_grey_images_keep_their_pixels_in_cifars_shape(study, grey, monkeypatch):
    monkeypatch.setattr(study, "mnist", lambda: (grey, grey[:3]))
    train, test = study.parts_of("vgg", "mnist")
    assert (train.image_shape, test.image_shape) == ((3, 32, 32), (3, 32, 32))
    for channel in range(3):
        np.testing.assert_array_equal(train.images[:, channel, 2:-2, 2:-2], grey.images[:, 0])
    border = train.images.copy()
    border[:, :, 2:-2, 2:-2] = -2
    assert (border == -2).all()  # black: (0 − 0.5) / 0.25


@pytest.mark.parametrize(("net", "same"), [("lenet5", True), ("cnn", False)])
def test_only_a_network_with_suitable_layers_gets_other_bits(study, grey, monkeypatch, net, same):
    monkeypatch.setattr(study, "mnist", lambda: (grey, grey))
    found = []
    study.run(net, ("fast", "strict", "nudged"), 1, small(study), found)
    assert found[0].same == [same]
    assert (found[0].passes == 0) == same
    assert [len(v) for v in found[0].accuracies.values()] == [1, 1, 1]


def test_a_nudge_moves_every_parameter_by_one_unit_in_its_last_place(study):
    net = study.our_net("lenet5")
    before = net.state_dict()
    study.nudge(net)
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value.view(np.int32) - before[name].view(np.int32), np.sign(before[name]))


def table(study, fast, other):
    found = study.Study("vgg", 60, 15, {"fast": fast, "strict": other}, [False] * len(fast))
    return list(study.lines([found]))


def test_the_difference_is_paired_by_seed(study):
    """Accuracies of five seeds lie 10 points apart; strict gains a point with each: Student's t of a constant is 0."""
    fast = [0.5, 0.6, 0.7, 0.8, 0.9]
    first, second = table(study, fast, [a + 0.01 for a in fast])
    assert first[5:7] == ("70.00 ± 19.63", "15.81")  # 2.776 · 15.81 / √5
    assert second[7:] == ("1.00 ± 0.00", "+1.00 to +1.00", "differs")


def test_differences_in_both_directions_are_none(study):
    _, second = table(study, [0.5, 0.6, 0.7], [0.51, 0.59, 0.705])
    assert second[8:] == ("-1.00 to +1.00", "no difference seen")


def test_one_seed_says_nothing(study):
    _, second = table(study, [0.5], [0.6])
    assert second[7:] == ("10.00", "+10.00 to +10.00", "one seed says nothing")


def test_a_network_without_a_whole_seed_has_no_row(study):
    assert table(study, [], []) == []


def test_ctrl_c_prints_what_there_is(study, monkeypatch, capsys):
    net = study.our_net("softmax")

    def trained(name, way, budget, parts, seed):
        if (name, way, seed) == ("cnn", "strict", 1):
            raise KeyboardInterrupt
        return net, 0.5

    monkeypatch.setattr(study, "trained", trained)
    monkeypatch.setattr(study, "parts_of", lambda *_: None)
    monkeypatch.setattr(study, "winograd_passes", lambda *_: 3)
    monkeypatch.setattr("sys.argv", ["strict_accuracy", "--nets", "lenet5,cnn,vgg", "--seeds", "3"])
    study.main()
    output, errors = capsys.readouterr()
    rows = [row for row in map(str.split, output.splitlines()) if row[3:4] == ["fast"]]
    assert [(row[0], row[4]) for row in rows] == [("lenet5", "3"), ("cnn", "1")]
    assert "Stopped" in errors


def test_a_training_that_was_interrupted_does_not_count(study, grey, monkeypatch):
    history = SimpleNamespace(interrupted=True)
    monkeypatch.setattr(study.pb, "fit", lambda *_, **__: history)
    with pytest.raises(KeyboardInterrupt):
        study.trained("lenet5", "fast", small(study), (grey, grey), 0)


@pytest.mark.parametrize("words", [["--nets", "lenet"], ["--seeds", "0"], ["--budget", "0"]], ids=" ".join)
def test_what_does_not_fit_is_refused(study, monkeypatch, capsys, words):
    monkeypatch.setattr("sys.argv", ["strict_accuracy", *words])
    with pytest.raises(SystemExit):
        study.main()
    assert "--nets are some of lenet5, cnn, vgg, resnet18" in capsys.readouterr().err
