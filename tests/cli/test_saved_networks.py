"""`pullback evaluate`, `predict` and `info`: what they say of a saved network, from its file alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from cli.conftest import Run
from pullback import data


def mlp_probabilities(path: Path, raw: np.ndarray) -> np.ndarray:
    """The network of the fixture written out: two linear layers, a ReLU, softmax, on normalised pixels."""
    state = {k: v.astype(np.float64) for k, v in load_file(path).items()}
    x = ((raw / 16 - 0.3054) / 0.3755).reshape(len(raw), -1)
    hidden = np.maximum(x @ state["fc1.weight"].T + state["fc1.bias"], 0)
    scores = np.exp(hidden @ state["fc2.weight"].T + state["fc2.bias"])
    return scores / scores.sum(axis=1, keepdims=True)


def test_evaluate_counts_what_the_written_out_network_gets_right(pullback: Run, trained: Path):
    result = pullback("evaluate", trained, "digits", "--json")
    document = json.loads(result.stdout)
    _, test = data.digits()
    p = mlp_probabilities(trained, test.raw)
    right = p.argmax(axis=1) == test.labels
    assert document["correct"] == right.sum()
    assert document["loss"] == pytest.approx(-np.log(p[np.arange(360), test.labels]).mean(), rel=1e-5)
    for k, name in enumerate("0123456789"):
        of_class = test.labels == k
        assert document["classes"][name]["images"] == of_class.sum()
        assert document["classes"][name]["correct"] == (right & of_class).sum()


def test_evaluate_prints_a_row_for_each_class(pullback: Run, trained: Path):
    result = pullback("evaluate", trained, "digits")
    assert (result.returncode, result.stderr) == (0, "")
    assert "digits: 360 images, the test part" in result.stdout
    rows = [line.split() for line in result.stdout.splitlines() if line[:1].isdigit()]
    assert [row[0] for row in rows] == list("0123456789")
    assert sum(int(row[-1]) for row in rows) == 360


def test_predict_gives_the_probabilities_of_the_written_out_network(pullback: Run, trained: Path, tmp_path: Path):
    _, test = data.digits()
    np.save(tmp_path / "raw.npy", test.raw[:6])
    np.save(tmp_path / "unit.npy", test.raw[6, 0] / 16)
    result = pullback("predict", "raw.npy", "unit.npy", "--model", trained, "--json")
    found = json.loads(result.stdout)["predictions"]
    p = mlp_probabilities(trained, test.raw[:7])
    assert [f["image"] for f in found] == [*(f"raw.npy[{k}]" for k in range(6)), "unit.npy"]
    assert [f["class"] for f in found] == [str(k) for k in p.argmax(axis=1)]
    assert [f["probability"] for f in found] == pytest.approx(np.sort(p, axis=1)[:, -1], rel=1e-4)
    assert [f["runner_up"]["probability"] for f in found] == pytest.approx(np.sort(p, axis=1)[:, -2], rel=1e-3)


def test_invert_swaps_black_and_white(in_process: Run, trained: Path, tmp_path: Path):
    _, test = data.digits()
    np.save(tmp_path / "paper.npy", 1 - test.raw[:6] / 16)
    inverted = in_process("predict", "paper.npy", "--model", trained, "--invert", "--json")
    plain = in_process("predict", "paper.npy", "--model", trained, "--json")
    right = [str(k) for k in mlp_probabilities(trained, test.raw[:6]).argmax(axis=1)]
    assert [f["class"] for f in json.loads(inverted.stdout)["predictions"]] == right
    assert [f["class"] for f in json.loads(plain.stdout)["predictions"]] != right


def test_light_paper_gets_a_hint_and_dark_pictures_none(in_process: Run, trained: Path, tmp_path: Path):
    _, test = data.digits()
    np.save(tmp_path / "paper.npy", 1 - test.raw[0] / 16)
    np.save(tmp_path / "dark.npy", test.raw[0])
    assert "--invert swaps black and white" in in_process("predict", "paper.npy", "-m", trained).stderr
    assert in_process("predict", "dark.npy", "-m", trained).stderr == ""


def test_a_picture_in_colours_is_read_as_the_training_images_were(pullback: Run, trained: Path, tmp_path: Path):
    images = pytest.importorskip("PIL.Image")
    _, test = data.digits()
    grey = np.round(test.raw[4, 0] * (255 / 16)).astype(np.uint8)
    images.fromarray(np.stack([grey] * 3, axis=-1)).save(tmp_path / "four.png")
    result = pullback("predict", "four.png", "--model", trained)
    assert (result.returncode, result.stderr) == (0, "")
    header, row = (re.split("  +", line) for line in result.stdout.splitlines())
    assert header == ["image", "class", "probability", "runner-up", "probability"]
    (p,) = mlp_probabilities(trained, grey[None] * (16 / 255))
    assert row == ["four.png", str(p.argmax()), f"{p.max():.2%}".replace("%", " %"), *row[3:]]
    large = images.fromarray(grey).resize((80, 80), images.Resampling.BICUBIC)
    large.save(tmp_path / "large.png")
    assert pullback("predict", "large.png", "--model", trained).stdout.splitlines()[1].split()[1] == row[1]


def test_info_of_a_network_counts_parameters_by_layer(in_process: Run, trained: Path):
    document = json.loads(in_process("info", trained, "--json").stdout)
    assert document["parameters"] == 64 * 128 + 128 + 128 * 10 + 10
    assert document["multiply_adds"] == 64 * 128 + 128 * 10
    assert document["info"]["classes"] == list("0123456789")
    text = in_process("info", trained).stdout
    assert "9,610" in text
    assert "mean 0.3054; std 0.3755; scale 16.0" in text


def test_info_tells_versions_engines_and_folders(pullback: Run, tmp_path: Path):
    document = json.loads(pullback("info", "--json", PULLBACK_CACHE=str(tmp_path)).stdout)
    assert document["packages"]["numpy"] == np.__version__
    assert "reference" in document["engines"]
    assert document["data"]["cache"] == str(tmp_path / "data")
    assert pullback("info").stdout.startswith("Pullback ")


def test_a_network_with_layers_of_one_s_own_is_read_with_its_file(pullback: Run, tmp_path: Path):
    (tmp_path / "mine.py").write_text(
        "from pullback import nn\n"
        "class Own(nn.Module):\n"
        "    def __init__(self, input_shape, classes):\n"
        "        self.flatten, self.fc = nn.Flatten(), nn.Linear(64, classes)\n"
        "    def forward(self, x):\n"
        "        return self.fc(self.flatten(x))\n"
    )
    trained = pullback(
        "train", "digits", "--net", "mine.py:Own", "--epochs", "1", "--save", "own.safetensors", "--json"
    )
    alone = pullback("evaluate", "own.safetensors", "digits")
    helped = pullback("evaluate", "own.safetensors", "digits", "--net", "mine.py:Own", "--json")
    assert alone.returncode == 1
    assert "--net file.py:name" in alone.stderr
    assert json.loads(helped.stdout)["loss"] == pytest.approx(json.loads(trained.stdout)["test"]["loss"], rel=1e-6)


def test_predict_without_a_network_says_how_to_name_one(pullback: Run):
    result = pullback("predict", "seven.png")
    assert result.returncode == 2
    assert "pullback predict seven.png --model FILE" in result.stderr


def write_other_data(folder: Path) -> None:
    np.savez(folder / "large.npz", images=np.zeros((20, 9, 9)), labels=np.arange(20) % 10)
    names = np.array([f"class {k}" for k in range(10)])
    np.savez(folder / "named.npz", images=np.zeros((20, 8, 8)), labels=np.arange(20) % 10, classes=names)
    np.save(folder / "large.npy", np.zeros((3, 9, 9)))
    np.save(folder / "words.npy", np.array(["seven"]))
    (folder / "broken.npy").write_bytes(b"\x93NUMPY")
    (folder / "broken.safetensors").write_bytes(b"not a network")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["evaluate", "nett.safetensors", "digits"], ["model: no such file", "nett.safetensors"]),
        (["evaluate", "broken.safetensors", "digits"], ["broken.safetensors: cannot be read"]),
        (["evaluate", "MODEL", "large.npz"], ["other images", "1x9x9", "1x8x8"]),
        (["evaluate", "MODEL", "named.npz"], ["other classes", "class 0", "(10 in all)"]),
        (["evaluate", "MODEL", "digits", "--all"], ["has a test part"]),
        (["predict", "none.npy", "--model", "MODEL"], ["cannot read the array", "No such file"]),
        (["predict", "none.png", "--model", "MODEL"], ["cannot read the picture", "none.png"]),
        (["predict", "large.npy", "--model", "MODEL"], ["(3, 9, 9)", "(8,8), (1,8,8) or (N,1,8,8)"]),
        (["predict", "words.npy", "--model", "MODEL"], ["an array of finite numbers"]),
        (["predict", "broken.npy", "--model", "MODEL"], ["cannot read the array"]),
        (["info", "broken.safetensors"], ["cannot be read"]),
    ],
)
def test_a_mistake_is_explained(in_process: Run, trained: Path, tmp_path: Path, words: list[str], message: list[str]):
    write_other_data(tmp_path)
    result = in_process(*(str(trained) if word == "MODEL" else word for word in words))
    assert (result.returncode, result.stdout) == (1, "")
    assert [word for word in message if word not in result.stderr] == []
    assert "Traceback" not in result.stderr


def test_a_missing_network_is_guessed_from_those_in_the_folder(in_process: Run, tmp_path: Path):
    (tmp_path / "pullback-digits-cnn.safetensors").touch()
    result = in_process("info", "pullback-digit-cnn.safetensors")
    assert "did you mean 'pullback-digits-cnn.safetensors'?" in result.stderr
