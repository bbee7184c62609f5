from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from pullback.data import idx_folder, load, npz, write_idx
from pullback.errors import DataError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 5, 4), dtype=np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def saved(tmp_path: Path, **arrays: object) -> Path:
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays)
    return path


def test_an_archive_of_images_and_labels_has_no_test_part(tmp_path):
    train, test = npz(saved(tmp_path, images=IMAGES, labels=LABELS, classes=["a", "b", "c"]))
    assert test is None
    assert train.classes == ("a", "b", "c")
    assert train.name == "mine"
    np.testing.assert_array_equal(train.raw[:, 0], IMAGES)


def test_the_test_part_is_normalised_with_the_statistics_of_the_training_part(tmp_path):
    path = saved(tmp_path, x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:2] // 2, y_test=[2, 0])
    train, test = npz(path)
    assert test is not None
    np.testing.assert_allclose(train.normalization.mean[0], IMAGES.mean() / 255)
    np.testing.assert_allclose(test.images[:, 0], (IMAGES[:2] // 2 - IMAGES.mean()) / IMAGES.std(), rtol=1e-5)
    assert test.classes == train.classes == ("0", "1", "2")


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": IMAGES}, "holds x"),
        ({"images": IMAGES}, "holds images"),
        ({"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES}, "both x_test and y_test"),
        ({"images": IMAGES, "labels": LABELS[:5]}, "6 images, 5 labels"),
        ({"images": np.zeros((2, 8, 8, 3)), "labels": [0, 1]}, r"transpose\(0, 3, 1, 2\)"),
        ({"images": IMAGES, "labels": LABELS, "classes": ["a", "b"]}, "label 2 of image 2"),
        ({"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES, "y_test": LABELS + 1}, "label 3 of image 2"),
        ({"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:, 1:], "y_test": LABELS}, "differ in kind"),
        ({"images": np.array([object()]), "labels": [0]}, "'images' holds Python objects"),
        ({"images": np.full((1, 2, 2), np.nan), "labels": [0]}, "NaN"),
    ],
)
def test_an_unusable_archive_is_refused_with_its_name(tmp_path, arrays, said):
    path = saved(tmp_path, **arrays)
    with pytest.raises(DataError, match=said) as caught:
        npz(path)
    assert str(path) in str(caught.value)
    assert "pickle" not in str(caught.value)


def test_a_damaged_archive_is_refused_with_its_name(tmp_path):
    whole = saved(tmp_path, images=IMAGES, labels=LABELS).read_bytes()
    middle = len(whole) // 4
    np.save(tmp_path / "single.npy", IMAGES)
    single = (tmp_path / "single.npy").read_bytes()
    damaged = [b"", b"PK", whole[:100], whole[:-30], whole[:middle] + b"!!!" + whole[middle + 3 :], single]
    for content in damaged:
        path = tmp_path / "damaged.npz"
        path.write_bytes(content)
        with pytest.raises(DataError, match=re.escape(str(path))) as caught:
            npz(path)
        assert "pickle" not in str(caught.value)


def test_a_file_that_is_no_archive_is_told_with_its_first_bytes(tmp_path):
    path = tmp_path / "garbage.npz"
    path.write_bytes(b"\x01\x02garbage")
    with pytest.raises(DataError, match=r"garbage\.npz: begins with 01 02 67 61, which is no archive"):
        npz(path)


def test_a_missing_archive_is_told(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.npz: No such file"):
        npz(tmp_path / "nowhere.npz")


def write_parts(folder: Path, *parts: str) -> Path:
    folder.mkdir()
    for part in parts:
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", IMAGES)
        write_idx(folder / f"{part}-labels-idx1-ubyte", LABELS.astype(np.uint8))
    return folder


@pytest.mark.parametrize("part", ["t10k", "test"])
def test_a_folder_of_idx_files_has_a_training_and_a_test_part(tmp_path, part):
    train, test = idx_folder(write_parts(tmp_path / "letters", "train", part))
    assert train.name == "letters"
    assert test is not None
    np.testing.assert_array_equal(test.raw[:, 0], IMAGES)
    np.testing.assert_array_equal(test.labels, LABELS)


def test_a_folder_of_idx_files_may_lack_a_test_part(tmp_path):
    assert idx_folder(write_parts(tmp_path / "letters", "train"))[1] is None


def test_a_folder_without_labels_is_refused(tmp_path):
    folder = write_parts(tmp_path / "letters", "train")
    (folder / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="one file of the train labels is needed"):
        idx_folder(folder)


def test_two_files_for_one_part_are_refused(tmp_path):
    folder = write_parts(tmp_path / "letters", "train", "emnist-train")
    with pytest.raises(DataError, match=r"emnist-train-images-idx3-ubyte\.gz, train-images-idx3-ubyte\.gz"):
        idx_folder(folder)


def test_labels_of_another_part_are_noticed(tmp_path):
    folder = write_parts(tmp_path / "letters", "train")
    write_idx(folder / "train-labels-idx1-ubyte", LABELS[:4].astype(np.uint8))
    with pytest.raises(DataError, match=r"(?s)6 images, 4 labels.*at: .*letters"):
        idx_folder(folder)


def test_load_tells_the_kinds_apart(tmp_path):
    assert load(saved(tmp_path, images=IMAGES, labels=LABELS))[0].name == "mine"
    assert load(str(write_parts(tmp_path / "letters", "train")))[0].name == "letters"


@pytest.mark.parametrize("name", ["mnits", "some.txt", "."])
def test_load_says_what_it_could_have_loaded(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.txt").write_text("")
    with pytest.raises(DataError, match=r"(?s)no such data set.*digits, mnist, fashion-mnist, cifar-10"):
        load(name)
