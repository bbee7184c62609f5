"""`pullback train`: what it prints, saves, refuses and takes up again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from cli.conftest import QUICK, Run

OWN = """
from pullback import nn

ready = nn.Sequential(flatten=nn.Flatten(), fc=nn.Linear(64, 10))

def small(input_shape, classes):
    return nn.Sequential(flatten=nn.Flatten(), fc=nn.Linear(input_shape[1] * input_shape[2], classes))

def zero():
    return small((1, 8, 8), 10)

class Own(nn.Module):
    def __init__(self, input_shape, classes):
        self.flatten, self.fc = nn.Flatten(), nn.Linear(64, classes)
    def forward(self, x):
        return self.fc(self.flatten(x))

class Late(Own):
    def forward(self, x):
        return undefined(x)

def broken(input_shape, classes):
    return nn.Linear(64, classess)

def seven(input_shape, classes):
    return 7

def many(a, b, c):
    return None
"""


def arrays_equal(one: Path, other: Path) -> bool:
    a, b = load_file(one), load_file(other)
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def test_output_tells_data_network_steps_test_accuracy_and_file(pullback: Run, tmp_path: Path):
    result = pullback("train", *QUICK)
    assert (result.returncode, result.stderr) == (0, "")
    labels = [line.split()[0] for line in result.stdout.splitlines()]
    assert labels == ["Data", "Images", "Network", "Steps", "Update", *["epoch"] * 3, "Trained", "Test", "Saved"]
    assert "1,437 to train, 360 to test" in result.stdout
    assert f"{64 * 128 + 128 + 128 * 10 + 10:,} parameters" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert (tmp_path / "pullback-digits-mlp.safetensors").is_file()


def test_json_is_one_document_and_nothing_else(pullback: Run, tmp_path: Path):
    result = pullback("train", *QUICK, "--json", "--save", "net.safetensors", "--seed", "3")
    document = json.loads(result.stdout)
    assert (result.returncode, result.stderr) == (0, "")
    assert document["settings"]["epochs"] == 3
    assert document["settings"]["seed"] == 3
    assert document["data"]["train"] == 1437
    assert document["history"]["epoch"] == [1, 2, 3]
    assert document["history"]["loss"][2] < document["history"]["loss"][0]
    assert document["test"]["accuracy"] == document["test"]["correct"] / 360
    assert document["test"]["accuracy"] > 0.8  # of ten classes; guessing gives 0.1
    assert document["saved"] == "net.safetensors"
    assert (tmp_path / "net.safetensors").is_file()


def test_quiet_prints_the_result_alone(in_process: Run):
    result = in_process("train", *QUICK, "--epochs", "1", "--quiet", "--no-save")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["Trained", "Test"]


def test_no_save_leaves_the_folder_empty(in_process: Run, tmp_path: Path):
    assert in_process("train", *QUICK, "--epochs", "1", "--no-save").returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_the_same_seed_gives_the_same_network_and_another_seed_another(in_process: Run, tmp_path: Path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        in_process("train", *QUICK, "--epochs", "1", "--seed", seed, "--save", f"{name}.safetensors")
    a, b, c = (tmp_path / f"{name}.safetensors" for name in "abc")
    assert arrays_equal(a, b)
    assert not arrays_equal(a, c)


def test_a_resumed_run_ends_with_the_arrays_of_an_uninterrupted_one(pullback: Run, tmp_path: Path):
    options = (*QUICK, "--schedule", "none", "--shift", "1", "--validation-fraction", "0.1")
    whole = pullback("train", *options, "--save", "whole.safetensors")
    half = pullback("train", *options, "--epochs", "2", "--save", "half.safetensors", "--checkpoint", "run.ckpt")
    rest = pullback("train", *options, "--save", "rest.safetensors", "--checkpoint", "run.ckpt", "--resume")
    assert (whole.returncode, half.returncode, rest.returncode) == (0, 0, 0)
    assert "from run.ckpt" in rest.stdout
    assert "epoch 1/3" not in rest.stdout
    assert "epoch 3/3" in rest.stdout
    assert arrays_equal(tmp_path / "whole.safetensors", tmp_path / "rest.safetensors")
    assert not arrays_equal(tmp_path / "whole.safetensors", tmp_path / "half.safetensors")


def test_a_checkpoint_is_not_overwritten_by_a_new_run(in_process: Run, tmp_path: Path):
    (tmp_path / "run.ckpt").write_bytes(b"weeks of work")
    result = in_process("train", *QUICK, "--checkpoint", "run.ckpt")
    assert result.returncode == 1
    assert "the checkpoint would be overwritten" in result.stderr
    assert (tmp_path / "run.ckpt").read_bytes() == b"weeks of work"


def test_every_optimizer_and_schedule_takes_a_step(in_process: Run):
    table = {
        "sgd": "none",
        "momentum": "step",
        "nesterov": "one-cycle",
        "adam": "cosine",
        "adamw": "one-cycle",
    }
    for optimizer, schedule in table.items():
        options = ("--optimizer", optimizer, "--schedule", schedule, "--clip-norm", "1", "--weight-decay", "0.001")
        result = in_process("train", "digits", "--net", "softmax", "--epochs", "1", "--json", "--no-save", *options)
        document = json.loads(result.stdout)
        assert document["settings"]["optimizer"] == optimizer
        assert document["test"]["accuracy"] > 0.2, optimizer


def test_early_stopping_holds_out_a_tenth_and_stops(in_process: Run):
    # A step so large that the loss cannot fall for long.
    options = ("--early-stopping", "1", "--lr", "5", "--optimizer", "sgd", "--schedule", "none", "--epochs", "40")
    result = in_process("train", "digits", "--net", "softmax", "--json", "--no-save", *options)
    document = json.loads(result.stdout)
    assert document["data"]["validation"] == 144
    assert document["history"]["stopped_early"]
    assert 1 < len(document["history"]["val_loss"]) < 40


@pytest.mark.parametrize("name", ["ready", "small", "zero", "Own"])
def test_a_network_comes_from_the_user_s_file(pullback: Run, tmp_path: Path, name: str):
    (tmp_path / "mine.py").write_text(OWN)
    result = pullback("train", "digits", "--net", f"mine.py:{name}", "--epochs", "1")
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / f"pullback-digits-{name}.safetensors").is_file()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("broken", ["mine.py: NameError", "name 'classess' is not defined", "mine.py, line 23, in broken: return"]),
        ("Late", ["mine.py: NameError", "mine.py, line 20, in forward: return undefined(x)"]),
        ("seven", ["the function makes no network", "got:  7"]),
        ("many", ["the function takes other arguments", "many(a, b, c)", "many(input_shape, classes)"]),
        ("smal", ["no such network in the file", "did you mean 'small'?"]),
    ],
)
def test_an_error_in_the_user_s_file_is_shown_at_its_line(pullback: Run, tmp_path: Path, name: str, words: list[str]):
    (tmp_path / "mine.py").write_text(OWN)
    result = pullback("train", "digits", "--net", f"mine.py:{name}", "--epochs", "1")
    assert (result.returncode, result.stdout) == (1, "")
    assert [word for word in words if word not in result.stderr] == []
    assert "Traceback" not in result.stderr


def test_a_syntax_error_in_the_user_s_file_is_shown_at_its_line(pullback: Run, tmp_path: Path):
    (tmp_path / "mine.py").write_text("\ndef f(:\n")
    result = pullback("train", "digits", "--net", "mine.py:f")
    assert result.returncode == 1
    assert result.stderr == "mine.py: SyntaxError\n  got:  invalid syntax\n  at:   mine.py, line 2: def f(:\n"


def test_an_error_that_pullback_explains_also_names_the_user_s_line(pullback: Run, tmp_path: Path):
    (tmp_path / "mine.py").write_text("from pullback import nn\nnet = nn.Conv2d(3, 8, 0)\n")
    result = pullback("train", "digits", "--net", "mine.py:net")
    assert result.returncode == 1
    assert result.stderr.endswith("  at:   mine.py, line 2: net = nn.Conv2d(3, 8, 0)\n")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["digist"], ["data: no such data set", "did you mean 'digits'?"]),
        (["missing.npz"], ["missing.npz (no such file or folder)"]),
        (["digits", "--net", "lenet5"], ["conv2d: output would be empty", "layer 'conv2'"]),
        (["digits", "--net", "nets.py:small"], ["net: no such file", "nets.py"]),
        (["digits", "--net", "nets.py"], ["no name in the file"]),
        (["digits", "--resume"], ["resume from where?"]),
        (["digits", "--save", "a", "--no-save"], ["save or not?"]),
        (["digits", "--save", "no/such/net.safetensors"], ["there is no folder no/such", "--no-save"]),
        (["digits", "--optimizer", "adam", "--momentum", "0.9"], ["takes no momentum"]),
        (["digits", "--lr", "-1"], ["lr out of range", "lr=-1.0"]),
        (["digits", "--early-stopping", "2", "--validation-fraction", "0"], ["needs validation images"]),
        (["digits", "--validation-fraction", "0.0001"], ["a part of the split would be empty"]),
        (["digits", "--shift", "8"], ["the image is too small"]),
    ],
)
def test_a_mistake_is_explained_before_any_training(
    in_process: Run, tmp_path: Path, options: list[str], words: list[str]
):
    result = in_process("train", *options)
    assert (result.returncode, result.stdout) == (1, "")
    assert [word for word in words if word not in result.stderr] == []
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_data_set_without_a_test_part_is_tested_on_the_images_held_out(in_process: Run, tmp_path: Path):
    # Two classes that one pixel tells apart.
    labels = np.arange(100) % 2
    images = np.zeros((100, 1, 6, 6), np.uint8)
    images[:, 0, 3, 3] = 255 * labels
    np.savez(tmp_path / "dots.npz", images=images, labels=labels, classes=np.array(["off", "on"]))
    result = in_process("train", "dots.npz", "--net", "softmax", "--lr", "0.3", "--epochs", "5")
    assert "90 to train, 10 to test, held out" in result.stdout
    assert "accuracy 100.00 % (10 of 10)" in result.stdout
    model = "pullback-dots-softmax.safetensors"
    assert json.loads(in_process("evaluate", model, "dots.npz", "--json").stdout)["images"] == 10
    assert json.loads(in_process("evaluate", model, "dots.npz", "--json", "--all").stdout)["images"] == 100


@pytest.mark.slow
def test_the_default_network_names_97_of_100_digits_within_a_minute(pullback: Run):
    document = json.loads(pullback("train", "digits", "--json", "--no-save").stdout)
    assert document["test"]["accuracy"] >= 0.97
    assert document["seconds"] < 60
