"""What computes: the engine, its threads, and the kernels that it chose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from cli.conftest import QUICK, Run


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
        (["info", "--dispatch", "lenet"], 2, "did you mean 'lenet5'?"),
        (["info", "--dispatch", "none.safetensors"], 1, "model: no such file"),
    ],
)
def test_what_makes_no_sense_is_refused(in_process: Run, words: list[str], code: int, text: str):
    result = in_process(*words)
    assert result.returncode == code
    assert text in " ".join(result.stderr.split())
