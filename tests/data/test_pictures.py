from __future__ import annotations

import builtins
from pathlib import Path

import numpy as np
import pytest

from pullback.data import image_folder, load, read_image
from pullback.errors import DataError, MissingExtraError

Image = pytest.importorskip("PIL.Image")


def save(path: Path, pixels: object, mode: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(np.asarray(pixels, np.uint8))
    (picture if mode is None else picture.convert(mode)).save(path)
    return path


def grey(value: int, height: int = 3, width: int = 4) -> np.ndarray:
    return np.full((height, width), value, np.uint8)


@pytest.fixture
def pets(tmp_path) -> Path:
    save(tmp_path / "pets" / "dog" / "1.png", grey(10))
    save(tmp_path / "pets" / "cat" / "2.PNG", grey(30))
    save(tmp_path / "pets" / "cat" / "1.bmp", grey(20))
    (tmp_path / "pets" / "cat" / "notes.txt").write_text("no picture")
    (tmp_path / "pets" / "cat" / ".hidden.png").write_text("no picture")
    (tmp_path / "pets" / ".cache").mkdir()
    return tmp_path / "pets"


def test_classes_and_pictures_come_in_alphabetical_order(pets):
    train, test = image_folder(pets)
    assert test is None
    assert train.classes == ("cat", "dog")
    assert train.labels.tolist() == [0, 0, 1]
    assert train.raw[:, 0, 0, 0].tolist() == [20, 30, 10]
    assert train.image_shape == (1, 3, 4)
    assert train.name == "pets"
    assert load(pets)[0].classes == train.classes


def test_pixels_are_normalised_with_the_statistics_of_the_training_part(pets):
    train, _ = image_folder(pets)
    np.testing.assert_allclose(train.normalization.mean, 20 / 255)
    np.testing.assert_allclose(train.normalization.std, np.std([10, 20, 30]) / 255)


def test_colours_become_three_channels_in_the_order_red_green_blue(tmp_path):
    colours = np.zeros((2, 3, 3), np.uint8)
    colours[0, 1] = [1, 2, 3]
    save(tmp_path / "a" / "1.png", colours)
    train, _ = image_folder(tmp_path)
    assert train.image_shape == (3, 2, 3)
    assert train.raw[0, :, 0, 1].tolist() == [1, 2, 3]
    assert image_folder(tmp_path, channels=1)[0].image_shape == (1, 2, 3)


def test_train_and_test_folders_make_the_two_parts(tmp_path):
    for part, value in (("train", 10), ("test", 90)):
        for label in ("cat", "dog"):
            save(tmp_path / part / label / "1.png", grey(value))
    save(tmp_path / "train" / "cow" / "1.png", grey(40))
    train, test = image_folder(tmp_path)
    assert test is not None
    assert train.classes == test.classes == ("cat", "cow", "dog")
    assert test.labels.tolist() == [0, 2]
    assert test.normalization == train.normalization
    assert load(tmp_path)[1] is not None


def test_a_class_that_only_the_test_part_has_is_refused(tmp_path):
    save(tmp_path / "train" / "cat" / "1.png", grey(1))
    save(tmp_path / "test" / "cow" / "1.png", grey(1))
    with pytest.raises(DataError, match=r"(?s)class of its own.*cow.*only cat"):
        image_folder(tmp_path)


def test_pictures_of_different_sizes_are_refused_unless_a_size_is_given(pets):
    save(pets / "dog" / "2.png", grey(10, 5, 5))
    with pytest.raises(DataError, match=r"(?s)dog/2\.png: 5x5.*need: 3x4.*size="):
        image_folder(pets)
    train, _ = image_folder(pets, size=(2, 6))
    assert train.image_shape == (1, 2, 6)


def test_an_empty_class_and_a_folder_without_classes_are_refused(pets, tmp_path):
    (pets / "cow").mkdir()
    with pytest.raises(DataError, match=r"no picture in .*cow"):
        image_folder(pets)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no subfolder in"):
        image_folder(tmp_path / "empty")
    with pytest.raises(DataError, match="cannot read the folder"):
        image_folder(tmp_path / "nowhere")


def test_damaged_pictures_are_refused_with_their_names(tmp_path):
    whole = save(tmp_path / "whole.png", np.random.default_rng(0).integers(0, 256, (40, 40))).read_bytes()
    for content in (b"", b"no picture at all", whole[: len(whole) // 2], whole[:20], whole[:40] + b"!!" + whole[42:]):
        path = tmp_path / "damaged.png"
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"(?s)cannot read the picture.*damaged\.png"):
            read_image(path, channels=1, size=(4, 4))
    with pytest.raises(DataError, match=r"nowhere\.png: No such file"):
        read_image(tmp_path / "nowhere.png", channels=1, size=(4, 4))


def test_a_picture_larger_than_pillow_allows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4)
    with pytest.raises(DataError, match="decompression bomb"):
        read_image(save(tmp_path / "x.png", grey(1)), channels=1, size=(3, 4))


def test_a_picture_is_read_between_zero_and_one(tmp_path):
    image = read_image(save(tmp_path / "x.png", [[0, 51, 255]]), channels=1, size=(1, 3))
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, [[[0, 0.2, 1]]], rtol=1e-6)


def test_grey_is_the_weighted_sum_of_the_colours_and_serves_all_three(tmp_path):
    colours = save(tmp_path / "colours.png", [[[255, 0, 0], [0, 255, 0], [0, 0, 255]]])
    # ITU-R BT.601 luma
    np.testing.assert_allclose(read_image(colours, channels=1, size=(1, 3))[0, 0], [0.299, 0.587, 0.114], atol=1 / 255)
    one = save(tmp_path / "grey.png", [[7, 9]])
    np.testing.assert_allclose(read_image(one, channels=3, size=(1, 2))[:, 0] * 255, [[7, 9]] * 3, rtol=1e-6)


def test_a_picture_is_resized_to_height_and_width_by_averaging(tmp_path):
    columns = np.tile(np.repeat([0, 255], 50).astype(np.uint8), (30, 1))
    image = read_image(save(tmp_path / "x.png", columns), channels=1, size=(3, 10))
    assert image.shape == (1, 3, 10)
    np.testing.assert_allclose(image[0, :, :4], 0)
    np.testing.assert_allclose(image[0, :, 6:], 1)
    noise = save(tmp_path / "noise.png", np.random.default_rng(0).integers(0, 256, (280, 280)))
    # The mean over about 10x10 pixels or more spreads less than 1/8 as far as single pixels do.
    assert read_image(noise, channels=1, size=(28, 28)).std() < read_image(noise, channels=1, size=(280, 280)).std() / 8


@pytest.mark.parametrize("colour", [(0, 0, 0, 0), (200, 10, 10, 0)])
def test_transparent_pixels_are_laid_on_white(tmp_path, colour):
    pixels = np.array([[colour, (0, 0, 0, 255)]], np.uint8)
    np.testing.assert_array_equal(read_image(save(tmp_path / "x.png", pixels), channels=1, size=(1, 2))[0], [[1, 0]])


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_every_common_mode_is_read(tmp_path, mode):
    path = save(tmp_path / ("x.tif" if mode == "CMYK" else "x.png"), [[0, 255]], mode)
    np.testing.assert_array_equal(read_image(path, channels=1, size=(1, 2)), [[[0, 1]]])


def test_pictures_of_sixteen_bits_are_refused(tmp_path):
    Image.fromarray(np.zeros((2, 2), np.uint16)).save(tmp_path / "x.png")
    with pytest.raises(DataError, match=r"(?s)too many bits.*I;16.*8 bits"):
        read_image(tmp_path / "x.png", channels=1, size=(2, 2))


def test_a_photograph_is_turned_upright(tmp_path):
    picture = Image.fromarray(np.array([[0, 50, 100]], np.uint8))
    exif = picture.getexif()
    exif[0x0112] = 3  # orientation: turned by 180 degrees
    picture.save(tmp_path / "x.png", exif=exif)
    np.testing.assert_allclose(read_image(tmp_path / "x.png", channels=1, size=(1, 3))[0, 0] * 255, [100, 50, 0])


@pytest.mark.parametrize(
    "form", [{"channels": 2, "size": (4, 4)}, {"channels": 1, "size": (0, 4)}, {"channels": 1, "size": 4}]
)
def test_an_unusable_form_is_refused(tmp_path, form):
    with pytest.raises(DataError, match="unusable form"):
        read_image(tmp_path / "x.png", **form)


def test_without_pillow_the_cure_is_told(pets, monkeypatch):
    whole = builtins.__import__

    def without_pillow(name, *rest):
        if name == "PIL":
            raise ImportError(name)
        return whole(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_pillow)
    with pytest.raises(MissingExtraError, match=r"pip install 'pullback\[images\]'"):
        image_folder(pets)
