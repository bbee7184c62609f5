import json
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import pullback
from pullback.data import Dataset
from pullback.errors import ArgumentError, StateError
from pullback.ops.losses import cross_entropy
from pullback.optim import SGD, Adam, CosineLR, StepLR
from pullback.train import fit, read_checkpoint, write_checkpoint

ARRAYS = {
    "a/w": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    "step": np.array(3.0),
    "empty": np.zeros((0, 2), np.int64),
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the runs are forks of one process")
def test_killed_runs_that_go_on_end_bit_for_bit_as_one_that_was_never_killed(tmp_path):
    script = Path(__file__).with_name("killed_runs.py")
    source = os.path.dirname(os.path.dirname(pullback.__file__))
    environment = os.environ | {"PYTHONPATH": source, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), "7"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    results = found["results"]
    assert found["killed"] >= 1
    assert found["staged"] == [True] * 5
    assert found["left"] == ["result.json", "run.ckpt"]
    assert len(results["whole"]["history"]) == 5
    assert results["random"] == results["whole"]
    assert results["staged"] == results["whole"]
    # Negative control: another seed gives other numbers everywhere.
    for part in ("history", "arrays", "net"):
        assert results["other"][part] != results["whole"][part]


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "run.ckpt"
    write_checkpoint(path, ARRAYS, {"loss": 0.1, "nested": [1, None, "ü"]})
    arrays, record = read_checkpoint(path)
    assert record == {"loss": 0.1, "nested": [1, None, "ü"]}
    assert arrays.keys() == ARRAYS.keys()
    assert all(np.array_equal(arrays[k], v) and arrays[k].dtype == v.dtype for k, v in ARRAYS.items())
    assert [p.name for p in tmp_path.iterdir()] == ["run.ckpt"]


def test_a_checkpoint_is_a_plain_safetensors_file(tmp_path):
    write_checkpoint(tmp_path / "run.ckpt", ARRAYS, {})
    assert np.array_equal(load_file(tmp_path / "run.ckpt")["a/w"], ARRAYS["a/w"])


def damaged_file(tmp_path, damage):
    path = tmp_path / "run.ckpt"
    write_checkpoint(path, ARRAYS, {"epoch": 3})
    data = bytearray(path.read_bytes())
    if damage == "truncated":
        del data[-5:]
    elif damage == "one bit of an array":
        data[-7] ^= 1
    elif damage == "one digit of the record":
        data[data.index(b'\\"epoch\\": 3') + 11] = ord("4")
    elif damage == "empty":
        data = bytearray()
    elif damage == "something else":
        data = bytearray(b"PK\x03\x04" * 100)
    path.write_bytes(data)
    if damage == "a network's file":
        save_file({"w": np.ones(2)}, path)
    elif damage == "missing":
        path.unlink()
    return path


DAMAGES = {
    "truncated": "cannot be read",
    "empty": "cannot be read",
    "something else": "cannot be read",
    "one bit of an array": "damaged",
    "one digit of the record": "damaged",
    "a network's file": "not a checkpoint of a training run",
    "missing": "no such checkpoint",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_or_foreign_file_is_refused_by_its_name(tmp_path, points, line, damage):
    path = damaged_file(tmp_path, damage)
    with pytest.raises(StateError, match=DAMAGES[damage]) as caught:
        fit(line(), points, resume=path)
    assert str(path) in str(caught.value)


def test_a_checkpoint_that_cannot_be_written_is_told(tmp_path, points, line):
    (tmp_path / "run.ckpt").mkdir()
    with pytest.raises(StateError, match=r"cannot be written\n  got:  .*run\.ckpt"):
        fit(line(), points, checkpoint=tmp_path / "run.ckpt")


def test_the_checkpoint_is_rewritten_every_so_many_steps_or_every_epoch(points, line, tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(
        "pullback.train.loop.write_checkpoint", lambda path, arrays, record: written.append(record["cursor"]["step"])
    )
    path = tmp_path / "run.ckpt"
    fit(line(), points, epochs=2, batch_size=20, checkpoint=path)
    assert written == [4, 8]
    written.clear()
    fit(line(), points, epochs=2, batch_size=20, checkpoint=path, checkpoint_every=3)
    assert written == [3, 6, 8]


def test_a_finished_run_can_be_made_longer(points, line, tmp_path):
    path = tmp_path / "run.ckpt"
    fit(line(), points, epochs=2, checkpoint=path, optimizer=Adam())
    longer, whole = line(), line()
    history = fit(longer, points, epochs=4, checkpoint=path, optimizer=Adam(), resume=True)
    expected = fit(whole, points, epochs=4, optimizer=Adam())
    assert np.array_equal(longer.weight, whole.weight)
    assert [r.loss for r in history.epochs] == [r.loss for r in expected.epochs]
    again = fit(line(), points, epochs=4, optimizer=Adam(), resume=path)
    assert again == history


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"seed": 1}, "seed: 0 in the checkpoint, 1 now"),
        ({"batch_size": 32}, "batch_size: 64 in the checkpoint, 32 now"),
        ({"optimizer": SGD(0.1)}, r"optimizer: SGD\(lr=0.05.*SGD\(lr=0.1"),
        ({"schedule": StepLR(1)}, "schedule: "),
        ({"dtype": "float64"}, "dtype: float32 in the checkpoint, float64 now"),
        ({"clip_norm": 1.0}, "clip_norm: None in the checkpoint, 1.0 now"),
        ({"loss": partial(cross_entropy, label_smoothing=0.1)}, r"loss: .*cross_entropy\(label_smoothing=0.1\) now"),
        ({"metrics": ()}, "accuracy: True in the checkpoint, False now"),
    ],
)
def test_a_run_with_other_settings_is_refused(points, line, tmp_path, options, name):
    path = tmp_path / "run.ckpt"
    fit(line(), points, checkpoint=path)
    with pytest.raises(StateError, match=f"comes from another run\n  got:  {name}"):
        fit(line(), points, epochs=2, resume=path, **options)
    fit(line(), points, epochs=2, resume=path)


def test_a_run_with_other_data_or_another_network_is_refused(pictures, make_net, tmp_path):
    path = tmp_path / "run.ckpt"
    data = Dataset.of(*pictures)
    fit(make_net(), data, checkpoint=path)
    with pytest.raises(StateError, match="training data: "):
        fit(make_net(), data.augment(shift=1), resume=path)
    with pytest.raises(StateError, match="training data: "):
        fit(make_net(), data[:-1], resume=path)
    with pytest.raises(StateError, match="validation data: None"):
        fit(make_net(), data, validation=data, resume=path)
    other = make_net()
    other.drop.p = 0.3
    with pytest.raises(StateError, match="network: "):
        fit(other, data, resume=path)
    fit(make_net(), Dataset.of(*pictures), epochs=2, resume=path)


def test_without_a_file_resume_starts_anew(points, line, tmp_path):
    first, second = line(), line()
    fit(first, points, checkpoint=tmp_path / "run.ckpt", resume=True)
    fit(second, points)
    assert np.array_equal(first.weight, second.weight)


def test_a_schedule_over_the_whole_run_is_not_stretched_and_the_cure_is_told(points, line, tmp_path):
    path = tmp_path / "run.ckpt"
    fit(line(), points, epochs=2, checkpoint=path, schedule=CosineLR())
    with pytest.raises(StateError, match=r"(?s)schedule: .*cannot be stretched afterwards.*total_steps=\.\.\. from"):
        fit(line(), points, epochs=3, resume=path, schedule=CosineLR())
    # The cure: the number of steps given from the start (70 points make 2 steps of 64).
    fit(line(), points, epochs=2, checkpoint=path, schedule=CosineLR(total_steps=6))
    longer, whole = line(), line()
    fit(longer, points, epochs=3, resume=path, schedule=CosineLR(total_steps=6))
    fit(whole, points, epochs=3, schedule=CosineLR())
    assert np.array_equal(longer.weight, whole.weight)
    # Another schedule is another run, and no stretched one.
    with pytest.raises(StateError, match="comes from another run") as caught:
        fit(line(), points, epochs=2, resume=path, schedule=StepLR(1))
    assert "stretched" not in str(caught.value)


@pytest.mark.parametrize("kind", ["folder", "unwritable folder", "no such device"])
def test_a_path_that_cannot_be_written_is_found_before_the_first_step(tmp_path, points, line, kind, monkeypatch):
    path = tmp_path / "run.ckpt"
    if kind == "folder":
        path.mkdir()
    elif kind == "unwritable folder":
        # The superuser may write everywhere, so that the refusal is imitated.
        monkeypatch.setattr(Path, "open", lambda *args: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    else:
        path = Path("/proc/run.ckpt") if Path("/proc").is_dir() else path / "missing" / "run.ckpt"
    net, heard = line(), []
    with pytest.raises((StateError, ArgumentError), match=r"(?s)run\.ckpt"):
        fit(net, points, checkpoint=path, callbacks=[lambda record, net: heard.append(record)])
    assert not net.weight.any()
    assert not heard


def test_a_full_disk_is_told_and_leaves_the_old_checkpoint_and_no_litter(tmp_path, points, line, monkeypatch):
    path = tmp_path / "run.ckpt"
    fit(line(), points, checkpoint=path)
    before = path.read_bytes()

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match=r"cannot be written(.*\n)*.*No space left on device"):
        fit(line(), points, epochs=2, checkpoint=path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["run.ckpt"]


def test_two_runs_with_one_checkpoint_do_not_disturb_each_other(tmp_path, points, line):
    path, failures = tmp_path / "run.ckpt", []

    def work():
        try:
            fit(line(), points, epochs=20, batch_size=35, checkpoint=path, checkpoint_every=1)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [p.name for p in tmp_path.iterdir()] == ["run.ckpt"]
    read_checkpoint(path)


class Squares:
    """A source of one's own: points on a line, labelled by their sign."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def batch(self, indices, key=None, dtype=np.float32):
        x = np.asarray(indices)[:, None] - self.count / 2 + 0.5
        return np.hstack([x, -x]).astype(dtype) / self.count, (x[:, 0] > 0).astype(np.int64)


def test_a_source_of_ones_own_is_known_by_its_samples(line, tmp_path):
    path = tmp_path / "run.ckpt"
    assert fit(line(), Squares(100), epochs=9, validation=Squares(10), checkpoint=path).epochs[-1].accuracy > 0.9
    fit(line(), Squares(100), epochs=10, validation=Squares(10), resume=path)
    with pytest.raises(StateError, match="training data: "):
        fit(line(), Squares(102), epochs=10, validation=Squares(10), resume=path)
