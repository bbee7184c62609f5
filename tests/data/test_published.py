from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from pullback.data import cifar, digits, fashion_mnist, load, mnist, published, write_idx
from pullback.data.download import Remote
from pullback.errors import DataError

REAL = os.environ.get("PULLBACK_DATA", "")


def real(name: str) -> pytest.MarkDecorator:
    there = bool(REAL) and (Path(REAL) / name).is_dir()
    return pytest.mark.skipif(not there, reason=f"PULLBACK_DATA names no folder with {name}")


@pytest.fixture
def own(monkeypatch, tmp_path) -> Path:
    """The folder that PULLBACK_DATA names."""
    monkeypatch.setenv("PULLBACK_DATA", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


# digits


def test_the_bundled_digits_have_the_class_counts_that_uci_states():
    train, test = digits()
    labels = np.concatenate([train.labels, test.labels])
    # optdigits.names, "class distribution", test set
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert (len(train), len(test)) == (1437, 360)


def test_the_first_digit_is_the_first_line_of_the_published_file():
    train, _ = digits()
    # optdigits.tes, first line
    first = "0,0,5,13,9,1,0,0,0,0,13,15,10,15,5,0,0,3,15,2,0,11,8,0,0,4,12,0,0,8,8,0,0,5,8,0,0,9,8,0,0,4,11,0,1,12,7,0"
    assert train.raw[0].reshape(-1)[:48].tolist() == [int(pixel) for pixel in first.split(",")]
    assert train.labels[0] == 0


def test_the_digits_are_those_of_scikit_learn():
    reference = pytest.importorskip("sklearn.datasets").load_digits()
    train, test = digits()
    np.testing.assert_array_equal(np.concatenate([train.raw, test.raw])[:, 0], reference.images)
    np.testing.assert_array_equal(np.concatenate([train.labels, test.labels]), reference.target)


def test_the_training_digits_have_mean_zero_and_standard_deviation_one():
    train, test = digits()
    assert abs(train.images.mean()) < 1e-3
    assert abs(train.images.std() - 1) < 1e-3
    assert test.normalization == train.normalization


def test_the_bundled_file_is_small_and_comes_with_its_attribution():
    folder = Path(published.__file__).parent
    assert (folder / "digits.npz").stat().st_size < 100_000
    text = (folder / "digits.txt").read_text()
    assert "doi.org/10.24432/C50P49" in text
    assert "CC BY 4.0" in text


def test_loading_the_digits_asks_for_neither_pillow_nor_the_network():
    code = (
        "import sys; from pullback.data import digits; digits();"
        "print([m for m in ('PIL', 'urllib.request', 'http.client') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# the real files, where they are at hand


@real("mnist")
def test_mnist_has_the_published_sizes_labels_and_counts(monkeypatch):
    monkeypatch.setenv("PULLBACK_DATA", REAL)
    train, test = mnist()
    assert train.raw.shape == (60_000, 1, 28, 28)
    assert test.raw.shape == (10_000, 1, 28, 28)
    assert train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.mark.parametrize(
    ("name", "loader"),
    [
        pytest.param("mnist", mnist, marks=real("mnist")),
        pytest.param("fashion", fashion_mnist, marks=real("fashion-mnist")),
    ],
)
def test_the_published_statistics_are_those_of_the_training_images(monkeypatch, name, loader):
    monkeypatch.setenv("PULLBACK_DATA", REAL)
    train, _ = loader()
    assert abs(train.raw.mean() / 255 - train.normalization.mean[0]) < 1e-4
    assert abs(train.raw.std() / 255 - train.normalization.std[0]) < 1e-4


@real("fashion-mnist")
def test_fashion_mnist_has_a_thousand_test_images_of_every_class(monkeypatch):
    monkeypatch.setenv("PULLBACK_DATA", REAL)
    train, test = fashion_mnist()
    assert np.bincount(test.labels).tolist() == [1000] * 10
    assert np.bincount(train.labels).tolist() == [6000] * 10
    assert test.classes[2] == "Pullover"


# small files in the published form

SMALL = dataclasses.replace(published.MNIST, counts=(7, 3), size=(4, 5), contents=None)


def small_arrays() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [
        array
        for count in SMALL.counts
        for array in (rng.integers(0, 256, (count, 4, 5), dtype=np.uint8), rng.integers(0, 10, count, dtype=np.uint8))
    ]


def write_small(folder: Path, names: tuple[str, ...] = published.IDX_NAMES) -> list[np.ndarray]:
    folder.mkdir(parents=True, exist_ok=True)
    arrays = small_arrays()
    for name, array in zip(names, arrays, strict=True):
        write_idx(folder / name, array)
    return arrays


@pytest.mark.parametrize(
    "spell",
    [str, lambda name: name.removesuffix(".gz"), lambda name: name.removesuffix(".gz").replace("-idx", ".idx")],
    ids=["gzipped", "plain", "dotted"],
)
def test_files_in_the_users_folder_are_used(own, spell):
    arrays = write_small(own / "mnist", tuple(map(spell, published.IDX_NAMES)))
    train, test = published.load_idx_source(SMALL)
    for found, expected in zip((train.raw[:, 0], train.labels, test.raw[:, 0], test.labels), arrays, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_users_folder_comes_before_the_cache(own, tmp_path):
    write_small(own / "mnist")
    (tmp_path / "cache" / "data" / "mnist").mkdir(parents=True)
    for name in published.IDX_NAMES:
        (tmp_path / "cache" / "data" / "mnist" / name).write_bytes(b"damaged")
    published.load_idx_source(SMALL)
    for name in published.IDX_NAMES:
        (own / "mnist" / name).unlink()
    with pytest.raises(DataError, match="not an IDX file"):
        published.load_idx_source(SMALL)


def test_a_folder_that_lacks_a_file_is_refused_with_its_name(own):
    write_small(own / "mnist")
    (own / "mnist" / published.IDX_NAMES[3]).unlink()
    with pytest.raises(DataError, match=r"lacks t10k-labels-idx1-ubyte\.gz"):
        published.load_idx_source(SMALL)


def test_a_folder_variable_that_names_nothing_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PULLBACK_DATA", str(tmp_path / "mistyped"))
    with pytest.raises(DataError, match=r"PULLBACK_DATA=.*mistyped"):
        mnist()


def test_exchanged_files_are_noticed(own):
    write_small(own / "mnist")
    images, labels = (own / "mnist" / name for name in published.IDX_NAMES[:2])
    labels.write_bytes(images.read_bytes())
    with pytest.raises(DataError, match=r"(?s)train-labels.*uint8 \(7, 4, 5\).*need: uint8 \(7,\)"):
        published.load_idx_source(SMALL)


def test_files_of_another_size_are_noticed(own):
    write_small(own / "mnist")
    with pytest.raises(DataError, match=r"(?s)train-images.*\(7, 4, 5\).*need: uint8 \(60000, 28, 28\)"):
        mnist()


def test_a_label_out_of_range_is_named_with_its_file(own):
    write_small(own / "mnist")
    write_idx(own / "mnist" / published.IDX_NAMES[1], np.array([0, 1, 10, 3, 4, 5, 6], np.uint8))
    with pytest.raises(DataError, match=r"(?s)label 10 of image 2.*at: .*train-labels"):
        published.load_idx_source(SMALL)


# files of other data in the place of the published ones

COUNTS = ((3, 2, 2), (1, 1, 1))
PAIRS = [
    (
        np.full((len(labels), 4, 5), value, np.uint8),
        np.array(labels, np.uint8),
    )
    for value, labels in ((51, (0, 0, 0, 1, 1, 2, 2)), (50, (0, 1, 2)))
]  # fmt: skip


def sha256(array: np.ndarray) -> str:
    header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return hashlib.sha256(header + array.tobytes()).hexdigest()


def known_source(name: str, *, with_digests: bool, mean: float = 0.2) -> published.IdxSource:
    """A data set of three classes, whose pixels are all 51, a fifth of 255, in training."""
    contents = tuple(
        published.Contents(counts, mean, *(map(sha256, pair) if with_digests else (None, None)))
        for counts, pair in zip(COUNTS, PAIRS, strict=True)
    )
    return dataclasses.replace(SMALL, name=name, classes=("a", "b", "c"), contents=contents)


@pytest.fixture
def one(own, monkeypatch):
    """A source with known digests, beside another without, and its files."""
    sources = known_source("one", with_digests=True), known_source("two", with_digests=False)
    monkeypatch.setattr(published, "MNIST", sources[0])
    monkeypatch.setattr(published, "FASHION_MNIST", sources[1])
    for name in ("one", "two"):
        (own / name).mkdir()
        for file, array in zip(published.IDX_NAMES, (a for pair in PAIRS for a in pair), strict=True):
            write_idx(own / name / file, array)
    return sources


def test_published_files_and_the_same_data_in_another_order_are_accepted(one, own):
    assert [len(part) for part in published.load_idx_source(one[0])] == [7, 3]
    for file, array in zip(published.IDX_NAMES, (a for pair in PAIRS for a in pair), strict=True):
        write_idx(
            own / "two" / file,
            array[::-1] if array.ndim == 1 else array - (np.arange(array.size) == 0).reshape(array.shape),
        )
    assert [len(part) for part in published.load_idx_source(one[1])] == [7, 3]


def test_a_file_of_another_published_data_set_is_known_by_its_digest(one):
    with pytest.raises(
        DataError, match=r"(?s)two: a file of another kind.*two/train-images.*content of one's train-images"
    ):
        published.load_idx_source(one[1])


def test_labels_with_other_numbers_of_classes_are_refused(one, own):
    write_idx(own / "one" / published.IDX_NAMES[1], np.array([0, 0, 1, 1, 1, 2, 2], np.uint8))
    with pytest.raises(
        DataError, match=r"(?s)labels are not those of this data set.*train-labels.*2 3 2 per.*3 2 2.*idx_folder"
    ):
        published.load_idx_source(one[0])


def test_images_of_another_brightness_are_refused(one, own):
    write_idx(own / "one" / published.IDX_NAMES[2], np.full((3, 4, 5), 60, np.uint8))
    with pytest.raises(DataError, match=r"(?s)images are not those.*t10k-images.*mean 0\.2353.*mean 0\.2000"):
        published.load_idx_source(one[0])


def test_published_images_with_labels_in_another_order_are_refused(one, own):
    write_idx(own / "one" / published.IDX_NAMES[1], np.array([1, 0, 0, 0, 1, 2, 2], np.uint8))
    with pytest.raises(DataError, match=r"(?s)labels do not belong to the images.*train-labels"):
        published.load_idx_source(one[0])


@real("mnist")
@real("fashion-mnist")
@pytest.mark.parametrize("file", range(4))
@pytest.mark.parametrize(("host", "guest"), [("mnist", "fashion-mnist"), ("fashion-mnist", "mnist")])
def test_a_real_file_of_one_data_set_in_the_folder_of_another_is_refused(own, file, host, guest):
    (own / host).mkdir()
    for k, name in enumerate(published.IDX_NAMES):
        (own / host / name).symlink_to(Path(REAL) / (guest if k == file else host) / name)
    with pytest.raises(DataError, match=rf"{host}/{published.IDX_NAMES[file]}"):
        load(host)


# downloads


def serve_small(server) -> published.IdxSource:
    bodies = []
    for name, array in zip(published.IDX_NAMES, small_arrays(), strict=True):
        header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
        bodies.append(gzip.compress(header + array.tobytes()))
        server.bodies[f"/{name}"] = bodies[-1]
    md5 = tuple(hashlib.md5(body).hexdigest() for body in bodies)
    return dataclasses.replace(SMALL, mirror=server.url, md5=md5)


def test_missing_files_are_downloaded_once(server, tmp_path):
    source = serve_small(server)
    train, _ = published.load_idx_source(source)
    np.testing.assert_array_equal(train.raw[:, 0], small_arrays()[0])
    assert len(server.requests) == 4
    published.load_idx_source(source)
    assert len(server.requests) == 4
    folder = tmp_path / "cache" / "data" / "mnist"
    assert sorted(path.name for path in folder.iterdir()) == sorted(published.IDX_NAMES)


def test_a_users_folder_without_this_data_set_leads_to_a_download(server, own):
    published.load_idx_source(serve_small(server))
    assert len(server.requests) == 4


# CIFAR-10


def cifar_bodies(records: int = 4) -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    content = rng.integers(0, 256, (6, records, 3073), dtype=np.uint8)
    content[:, :, 0] %= 10
    return {name: content[k].tobytes() for k, name in enumerate(cifar.CIFAR_FILES)}


def cifar_archive(bodies: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, body in {"readme.html": b"<html>", **bodies}.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


SMALL_CIFAR = dataclasses.replace(cifar.CIFAR10, records=4)


def check_cifar(train, test) -> None:
    bodies = cifar_bodies()
    assert train.raw.shape == (20, 3, 32, 32)
    assert test.raw.shape == (4, 3, 32, 32)
    # The published layout: a label, 1024 bytes of red, of green, of blue, each row by row.
    record = bodies["data_batch_2.bin"][3073 * 1 : 3073 * 2]
    assert train.labels[5] == record[0]
    assert train.raw[5, 1, 2, 3] == record[1 + 1024 + 2 * 32 + 3]
    assert test.raw[0, 2, 31, 31] == bodies["test_batch.bin"][3072]
    assert train.classes[3] == "cat"


@pytest.mark.parametrize("inside", ["", "cifar-10-batches-bin"])
def test_cifar_is_read_from_unpacked_files(own, inside):
    (own / "cifar-10" / inside).mkdir(parents=True)
    for name, body in cifar_bodies().items():
        (own / "cifar-10" / inside / name).write_bytes(body)
    check_cifar(*cifar.load_source(SMALL_CIFAR))


def test_a_file_that_cannot_be_read_is_told(own, monkeypatch):
    (own / "cifar-10").mkdir()
    for name, body in cifar_bodies().items():
        (own / "cifar-10" / name).write_bytes(body)

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(DataError, match=r"data_batch_1\.bin: Permission denied"):
        cifar.load_source(SMALL_CIFAR)


def test_cifar_is_read_from_the_published_archive(own):
    (own / "cifar-10").mkdir()
    (own / "cifar-10" / "cifar-10-binary.tar.gz").write_bytes(cifar_archive(cifar_bodies()))
    check_cifar(*cifar.load_source(SMALL_CIFAR))


def test_cifar_is_downloaded(server):
    body = cifar_archive(cifar_bodies())
    server.bodies["/cifar-10-binary.tar.gz"] = body
    remote = Remote(server.url + "cifar-10-binary.tar.gz", hashlib.md5(body).hexdigest())
    check_cifar(*cifar.load_source(dataclasses.replace(SMALL_CIFAR, remote=remote)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda body: body[:-1], "wrong length"),
        (lambda body: body + b"\0", "wrong length"),
        (lambda body: b"\x0a" + body[1:], r"(?s)label 10 of image 0.*test_batch"),
    ],
)
def test_damaged_cifar_records_are_noticed(own, change, said):
    bodies = cifar_bodies()
    bodies["test_batch.bin"] = change(bodies["test_batch.bin"])
    (own / "cifar-10").mkdir()
    (own / "cifar-10" / "cifar-10-binary.tar.gz").write_bytes(cifar_archive(bodies))
    with pytest.raises(DataError, match=said):
        cifar.load_source(SMALL_CIFAR)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda body: b"nothing like it", "damaged archive"),
        (lambda body: body[: len(body) // 2], "damaged archive"),
        (lambda body: cifar_archive({"data_batch_1.bin": b""}), "lacks data_batch_2.bin"),
    ],
)
def test_a_damaged_cifar_archive_is_noticed(own, change, said):
    (own / "cifar-10").mkdir()
    (own / "cifar-10" / "cifar-10-binary.tar.gz").write_bytes(change(cifar_archive(cifar_bodies())))
    with pytest.raises(DataError, match=said):
        cifar.load_source(SMALL_CIFAR)


def test_a_published_name_loads_the_data_set():
    train, test = load("digits")
    assert (train.name, len(test)) == ("digits", 360)


@real("fashion-mnist")
@pytest.mark.parametrize("name", ["fashion-mnist", "fashion_mnist"])
def test_a_name_may_be_written_with_a_hyphen_or_an_underscore(monkeypatch, name):
    monkeypatch.setenv("PULLBACK_DATA", REAL)
    assert load(name)[0].name == "fashion-mnist"
