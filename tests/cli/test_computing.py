"""What computes: the engine, its threads, and the kernels that it chose."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from cli.conftest import QUICK, Run
from pullback import engines
from pullback.nn import predict as predicting


def test_info_dispatch_names_a_kernel_for_every_operator(in_process: Run):
    result = in_process("info", "--dispatch", "softmax", "--json")
    document = json.loads(result.stdout)
    assert (document["net"], document["batch_size"], document["input_shape"]) == ("softmax", 64, [1, 28, 28])
    found = {(o["scope"], o["operator"].split("/")[0]) for o in document["operators"]}
    assert {("fc", "linear"), ("fc", "linear.w_bar")} <= found
    assert all(o["kernel"] for o in document["operators"])
    declined = [d for o in document["operators"] for d in o["declined"]]
    assert declined
    assert all(d["kernel"] and d["reason"] for d in declined)
    text = in_process("info", "--dispatch", "softmax").stdout
    assert text.startswith("Network   softmax, a training step on 64 images 1x28x28 in float32\n")
    assert all(o["kernel"] in text for o in document["operators"])
    assert all(f"not {d['kernel']}: {d['reason']}" in text for d in declined)


def test_info_dispatch_reads_a_saved_network(in_process: Run):
    in_process("train", *QUICK, "--epochs", "1", "--save", "net.safetensors")
    document = json.loads(in_process("info", "--dispatch", "net.safetensors", "--json").stdout)
    assert document["input_shape"] == [1, 8, 8]
    both = in_process("info", "net.safetensors", "--dispatch", "softmax")
    assert both.returncode == 1
    assert "one question at a time" in both.stderr


def test_info_dispatch_tells_which_kernels_a_strict_precision_leaves(in_process: Run):
    found = {
        precision: json.loads(in_process("info", "--dispatch", "cnn", "--json", "--precision", precision).stdout)
        for precision in ("fast", "strict")
    }
    assert [document["precision"] for document in found.values()] == ["fast", "strict"]
    chosen = {k: {o["kernel"].partition(" ")[0] for o in document["operators"]} for k, document in found.items()}
    assert chosen["fast"] - chosen["strict"] == {"winograd"}
    text = in_process("info", "--dispatch", "cnn", "--precision", "strict").stdout
    assert text.splitlines()[0].endswith("in float32, precision strict")
    assert "not winograd: the precision is strict" in text


def test_precision_reaches_training_evaluation_and_prediction(
    in_process: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The network has layers for Winograd's algorithm: its bits differ, its numbers but for rounding do not."""
    np.save(tmp_path / "images.npy", np.random.default_rng(0).integers(0, 17, (64, 1, 8, 8)))
    trained, tested, named, asked = {}, {}, {}, []
    found = engines.engine_named

    def noted(name, owner="fit", precision="fast"):
        asked.append(precision)
        return found(name, owner, precision)

    monkeypatch.setattr(predicting, "engine_named", noted)
    for current in ("fast", "strict"):
        words = ("--json", "--precision", current)
        train = ("train", "digits", "--net", "cnn", "--epochs", "1", *words)
        trained[current] = json.loads(in_process(*train, "--save", f"{current}.safetensors").stdout)
        asked.clear()
        tested[current] = json.loads(in_process("evaluate", "fast.safetensors", "digits", *words).stdout)
        assert asked == [current]
        seen = json.loads(in_process("predict", "images.npy", "--model", "fast.safetensors", *words).stdout)
        named[current] = [p["probability"] for p in seen["predictions"]]
    assert [document["settings"]["precision"] for document in trained.values()] == ["fast", "strict"]
    one, two = (load_file(tmp_path / f"{name}.safetensors") for name in ("fast", "strict"))
    assert any(v.tobytes() != two[k].tobytes() for k, v in one.items())
    # The mean of the losses may round to the same number either way.
    assert tested["strict"]["loss"] == pytest.approx(tested["fast"]["loss"], rel=1e-4)
    assert named["fast"] != named["strict"] == pytest.approx(named["fast"], rel=1e-4)
    again = json.loads(in_process("evaluate", "fast.safetensors", "digits", "--json").stdout)
    assert again["loss"] == tested["fast"]["loss"]


def test_threads_and_runs_give_the_same_network(pullback: Run, tmp_path: Path):
    for name, threads in (("one", 1), ("two", 2), ("three", 3)):
        result = pullback(
            "train", *QUICK, "--engine", "compiled", "--threads", threads, "--save", f"{name}.safetensors"
        )
        assert (result.returncode, result.stderr) == (0, "")
    one, two, three = (load_file(tmp_path / f"{name}.safetensors") for name in ("one", "two", "three"))
    assert all(v.tobytes() == two[k].tobytes() == three[k].tobytes() for k, v in one.items())


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_engines_agree_on_a_saved_network(in_process: Run, engine: str):
    in_process("train", *QUICK, "--epochs", "1", "--save", "net.safetensors")
    first = json.loads(in_process("evaluate", "net.safetensors", "digits", "--json", "--engine", engine).stdout)
    second = json.loads(in_process("evaluate", "net.safetensors", "digits", "--json").stdout)
    assert first["loss"] == pytest.approx(second["loss"], rel=1e-5)
    assert first["correct"] == second["correct"]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["train", *QUICK, "--threads", "0"], 2, "0 is out of range: 1 or more"),
        (["train", *QUICK, "--engine", "reference", "--threads", "2"], 1, "threads: those of another engine"),
        (
            ["train", *QUICK, "--precision", "strickt"],
            2,
            "'strickt' is not one of fast, strict; did you mean 'strict'?",
        ),
        (["info", "--precision", "strict"], 1, "info: precision of what?"),
        (["info", "--dispatch", "lenet"], 2, "did you mean 'lenet5'?"),
        (["info", "--dispatch", "none.safetensors"], 1, "model: no such file"),
    ],
)
def test_what_makes_no_sense_is_refused(in_process: Run, words: list[str], code: int, text: str):
    result = in_process(*words)
    assert result.returncode == code
    assert text in " ".join(result.stderr.split())
