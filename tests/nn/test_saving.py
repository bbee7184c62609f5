import json
import os
import stat

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from pullback import nn
from pullback.errors import StateError
from pullback.nn import saving


class Own(nn.Module):
    """A network of the user's own class."""

    def __init__(self):
        self.fc = nn.Linear(4, 2)
        self.act = nn.Tanh()

    def forward(self, x):
        return self.act(self.fc(x))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "net.safetensors"


def randomised(net):
    rng = np.random.default_rng(1)
    for array in (net.parameters | net.buffers).values():
        array[...] = rng.random(array.shape) * 2 if array.dtype.kind == "f" else 3
    return net


def every_layer():
    return nn.Sequential(
        {
            "conv": nn.Conv2d(2, 4, (3, 2), stride=2, padding=((1, 2), (0, 1)), bias="untied", output_size=(6, 7)),
            "bn": nn.BatchNorm2d(4, momentum=None),
            "relu": nn.LeakyReLU(0.2),
            "up": nn.ConvTranspose2d(4, 2, 2, stride=2, groups=2, bias=False),
            "pad": nn.ConstantPad2d((1, 0, 0, 1), 0.5),
            "local": nn.LocallyConnected2d(2, 2, (13, 15), 3, bias="untied"),
            "norm": nn.GroupNorm(1, 2),
            "ln": nn.LayerNorm((11, 13), bias=False),
            "drop": nn.Dropout(0.25),
            "flat": nn.Flatten(),
            "bias": nn.Bias(286),
            "heads": nn.Sequential(nn.Linear(286, 3, bias=False), nn.Softmax(dim=1)),
        }
    )


@pytest.mark.parametrize(
    "made",
    [
        lambda: nn.zoo.lenet5((1, 12, 12), 4),
        every_layer,
        lambda: nn.zoo.ResNet(2, 5, (1, 1)),
        lambda: nn.Linear(3, 2),
    ],
)
def test_a_network_comes_back_with_its_architecture_and_its_arrays(file, made):
    net = randomised(made())
    net.info["classes"] = ["a", "b"]
    net.save(file)
    other = nn.load(file)
    assert repr(other) == repr(net)
    assert other.info == net.info
    before, after = net.state_dict(), other.state_dict()
    assert list(before) == list(after)
    assert all(before[k].dtype == after[k].dtype and (before[k] == after[k]).all() for k in before)


def test_a_loaded_network_predicts_the_same(file):
    net = randomised(every_layer())
    x = np.random.default_rng(0).random((3, 2, 11, 13))
    net.save(file)
    np.testing.assert_array_equal(nn.load(file).predict(x), net.predict(x))


def test_loading_does_not_disturb_the_seed(file):
    nn.Linear(2, 2).save(file)
    nn.init.seed(4)
    nn.load(file)
    after = nn.Linear(2, 2).weight
    nn.init.seed(4)
    assert (nn.Linear(2, 2).weight == after).all()


def test_changed_options_and_replaced_layers_are_saved_as_they_are_now(file):
    net = nn.zoo.ResNet(1, 10, (1,))
    net.fc = nn.Linear(64, 3)
    net.conv1.stride = 2
    net.save(file)
    other = nn.load(file)
    assert other.fc.weight.shape == (3, 64)
    assert other.conv1.stride == 2


def test_shared_layers_and_tied_arrays_are_shared_again(file):
    layer = nn.Linear(3, 3)
    net = nn.Sequential(a=layer, b=nn.Sequential(layer), c=nn.Linear(3, 3, bias=False))
    net.c.weight = layer.weight
    net.save(file)
    other = nn.load(file)
    assert other.a is other.b[0]
    assert other.c.weight is other.a.weight
    assert list(other.parameters) == ["a.weight", "a.bias"]


def test_the_file_is_a_plain_state_dict_for_other_programs(file):
    net = nn.zoo.mlp((1, 2, 2), 3)
    net.save(file)
    found = load_file(file)
    assert set(found) == set(net.state_dict())
    np.testing.assert_array_equal(found["fc1.weight"], net.fc1.weight)


def test_a_class_of_ones_own_is_loaded_by_its_weights(file):
    net = randomised(Own())
    net.info["mean"] = 0.5
    net.save(file)
    with pytest.raises(StateError, match=r"a class that is not Pullback's(.|\n)*Own(.|\n)*net.load_weights\(path\)"):
        nn.load(file)
    other = Own()
    other.load_weights(file)
    np.testing.assert_array_equal(other.fc.weight, net.fc.weight)
    assert other.info == {"mean": 0.5}


def test_a_class_of_ones_own_inside_is_named_by_its_place(file):
    nn.Sequential(body=nn.Sequential(Own())).save(file)
    with pytest.raises(StateError, match=r"Own at 'body.0'"):
        nn.load(file)


def test_weights_load_from_a_file_of_another_program(file):
    save_file({"weight": np.ones((1, 2), np.float64), "bias": np.zeros(1, np.float32)}, file)
    net = nn.Linear(2, 1)
    net.load_weights(file)
    assert (net.weight == 1).all()
    with pytest.raises(StateError, match=r"holds arrays, but no network(.|\n)*load_weights"):
        nn.load(file)


def test_weights_of_another_network_change_nothing(file):
    nn.Linear(3, 1).save(file)
    net = nn.Linear(2, 1)
    net.info["kept"] = True
    before = net.state_dict()
    with pytest.raises(StateError, match=r"net.safetensors: load_state_dict(.|\n)*weight \(1, 3\), not \(1, 2\)"):
        net.load_weights(file)
    assert (net.weight == before["weight"]).all()
    assert net.info == {"kept": True}


@pytest.mark.parametrize("keep", [0, 4, 8, 40, 0.5, 0.999])
def test_a_truncated_file_is_an_error_that_names_it(file, keep):
    net = nn.zoo.mlp((1, 4, 4), 3)
    net.save(file)
    data = file.read_bytes()
    file.write_bytes(data[: keep if keep >= 4 else int(keep * len(data))])
    before = net.state_dict()
    for load in (nn.load, net.load_weights):
        with pytest.raises(StateError, match=r"net\.safetensors: cannot be read"):
            load(file)
    assert all((net.state_dict()[k] == v).all() for k, v in before.items())


def test_a_foreign_file_is_an_error_that_names_it(file):
    for data in (b"hello world, this is not a network", bytes(100), b"\xff" * 100):
        file.write_bytes(data)
        with pytest.raises(StateError, match=r"net\.safetensors: cannot be read"):
            nn.load(file)


def test_a_missing_file_or_folder_is_an_error(tmp_path):
    with pytest.raises(StateError, match="no such file"):
        nn.load(tmp_path / "none")
    with pytest.raises(StateError, match=r"cannot be written(.|\n)*an existing folder"):
        nn.Linear(1, 1).save(tmp_path / "none" / "net")
    with pytest.raises(StateError, match="cannot be written"):
        nn.Linear(1, 1).save(tmp_path)


def rewritten(file, change):
    """Save a small network with another header."""
    net = nn.Sequential(fc=nn.Linear(2, 1))
    arrays = net.state_dict()
    net.save(file)
    header = json.loads(saving.read(file)[1]["pullback"])
    header = change(header) or header
    save_file(arrays, file, {"pullback": header if isinstance(header, str) else json.dumps(header)})


@pytest.mark.parametrize(
    ("change", "pattern"),
    [
        (lambda h: "{not json", "the header is damaged"),
        (lambda h: "[]", "the header is damaged"),
        (lambda h: h.pop("info") and None, None),
        (lambda h: h.update(version=99), "written by another version"),
        (lambda h: h["architecture"].pop("class") and None, "the architecture is damaged"),
        (
            lambda h: h["architecture"]["layers"]["fc"]["arguments"].update(in_features=-1),
            "the architecture is damaged",
        ),
        (lambda h: h["architecture"]["layers"]["fc"]["arguments"].update(nonsense=1), "the architecture is damaged"),
        (lambda h: h["architecture"]["layers"]["fc"].update({"class": "os.system"}), "not Pullback's"),
        (lambda h: h["architecture"]["layers"].update(x={"same_as": "y"}), "the architecture is damaged"),
        (lambda h: h.update(shared=[["fc.weight", "gone.weight"]]), "the header is damaged"),
        (lambda h: h["architecture"]["layers"]["fc"]["arguments"].update(in_features=5), "does not belong"),
    ],
)
def test_a_damaged_header_is_an_error_that_names_the_file(file, change, pattern):
    rewritten(file, change)
    with pytest.raises(StateError, match=f"net.safetensors: (.|\n)*{pattern or 'the header is damaged'}"):
        nn.load(file)


def test_an_unharmed_header_loads(file):
    rewritten(file, lambda h: None)
    assert repr(nn.load(file)) == repr(nn.Sequential(fc=nn.Linear(2, 1)))


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_crash_while_saving_leaves_the_old_file_and_no_litter(file, monkeypatch, broken):
    old = randomised(nn.Linear(2, 1))
    old.save(file)

    def crash(*args):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(os, broken, crash)
        with pytest.raises(StateError, match="cannot be written\n  got:  disk full"):
            nn.Linear(2, 1).save(file)
    assert [p.name for p in file.parent.iterdir()] == ["net.safetensors"]
    np.testing.assert_array_equal(nn.load(file).weight, old.weight)


def test_the_file_appears_whole_under_its_name(file, monkeypatch):
    sizes = []
    replace = os.replace

    def watched(source, target):
        sizes.append((os.path.getsize(source), os.path.exists(target)))
        replace(source, target)

    monkeypatch.setattr(os, "replace", watched)
    nn.Linear(2, 1).save(file)
    assert sizes == [(file.stat().st_size, False)]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_the_file_is_readable_as_the_umask_allows(file):
    mask = os.umask(0o022)
    try:
        nn.Linear(1, 1).save(file)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_info_must_be_plain_data(file):
    net = nn.Linear(1, 1)
    net.info["mean"] = np.float32(0.5)
    net.info["std"] = np.array([1.0, 2.0])
    net.save(file)
    assert nn.load(file).info == {"mean": 0.5, "std": [1.0, 2.0]}
    net.info["fn"] = print
    with pytest.raises(StateError, match="cannot be saved"):
        net.save(file)
