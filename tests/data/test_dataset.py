from __future__ import annotations

import json

import numpy as np
import pytest

from pullback.data import Dataset, Normalization
from pullback.errors import DataError


def ramp(count: int = 6, channels: int = 1, height: int = 4, width: int = 5) -> Dataset:
    raw = np.arange(count * channels * height * width, dtype=np.uint8).reshape(count, channels, height, width)
    return Dataset.of(raw, np.arange(count) % 3, name="ramp")


def test_normalisation_subtracts_the_mean_and_divides_by_the_standard_deviation_of_each_channel():
    raw = np.array([[[[0, 51]], [[102, 255]]]], np.uint8)
    normalization = Normalization(mean=(0.0, 0.4), std=(0.1, 0.3), scale=255)
    # (51/255 - 0)/0.1 = 2; (102/255 - 0.4)/0.3 = 0; (1 - 0.4)/0.3 = 2
    np.testing.assert_allclose(normalization.apply(raw, np.float64), [[[[0, 2]], [[0, 2]]]], atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bytes_and_floats_of_the_same_value_are_normalised_alike(dtype):
    raw = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    normalization = Normalization(mean=(0.1307,), std=(0.3081,), scale=255)
    by_table = normalization.apply(raw, dtype)
    assert by_table.dtype == dtype
    by_arithmetic = (raw.astype(np.float64) / 255 - 0.1307) / 0.3081
    np.testing.assert_array_equal(by_table, by_arithmetic.astype(dtype))
    np.testing.assert_allclose(normalization.apply(raw.astype(dtype), dtype), by_table, rtol=0, atol=1e-6)


def test_a_picture_scaled_to_one_is_standardised_like_the_raw_pixels_it_came_from():
    normalization = Normalization(mean=(0.25,), std=(0.5,), scale=16)
    raw = np.arange(17, dtype=np.uint8).reshape(1, 1, 17)
    np.testing.assert_allclose(normalization.standardize(raw / 16), normalization.apply(raw))


def test_measured_statistics_give_mean_zero_and_standard_deviation_one():
    raw = np.random.default_rng(0).integers(0, 256, (50, 3, 4, 4), dtype=np.uint8)
    images = Normalization.of(raw).apply(raw, np.float64)
    np.testing.assert_allclose(images.mean(axis=(0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(images.std(axis=(0, 2, 3)), 1, atol=1e-12)
    unmeasured = Normalization(scale=255).apply(raw, np.float64)
    assert abs(unmeasured.mean()) > 0.1, "the check above can fail"


def test_a_constant_channel_becomes_zero():
    raw = np.full((3, 1, 2, 2), 7, np.uint8)
    np.testing.assert_array_equal(Normalization.of(raw).apply(raw), 0)


def test_normalisation_survives_a_trip_through_json():
    normalization = Normalization((0.1, 0.2, 0.3), (1.0, 2.0, 3.0), 255.0)
    assert Normalization.from_dict(json.loads(json.dumps(normalization.to_dict()))) == normalization


@pytest.mark.parametrize(
    "wrong",
    [
        {"std": (0.0,)},
        {"mean": (np.nan,)},
        {"scale": 0.0},
        {"mean": (0.0, 0.0)},
        {"mean": (), "std": ()},
    ],
)
def test_unusable_statistics_are_refused(wrong):
    with pytest.raises(DataError, match="unusable statistics"):
        Normalization(**wrong)


def test_statistics_of_three_channels_refuse_images_of_one():
    with pytest.raises(DataError, match=r"(?s)belong together.*\(2, 1, 4, 4\), statistics of 3"):
        Normalization((0.0,) * 3, (1.0,) * 3).apply(np.zeros((2, 1, 4, 4)))


def test_images_are_float32_in_nchw():
    data = ramp()
    assert data.images.shape == (6, 1, 4, 5)
    assert data.images.dtype == np.float32
    np.testing.assert_allclose(data.images[0, 0, 0], np.arange(5) / 255)


def test_images_without_a_channel_axis_get_one_channel():
    assert Dataset.of(np.zeros((3, 4, 5)), [0, 1, 2]).image_shape == (1, 4, 5)


def test_whole_number_images_become_bytes_and_boolean_ones_black_and_white():
    assert Dataset.of(np.full((1, 2, 2), 255), [0]).raw.dtype == np.uint8
    np.testing.assert_array_equal(Dataset.of(np.eye(2, dtype=bool)[None], [0]).images[0, 0], np.eye(2))


def test_float_images_stay_as_they_are():
    values = np.random.default_rng(0).normal(size=(2, 1, 3, 3))
    images, _ = Dataset.of(values, [0, 0]).batch([0, 1], dtype=np.float64)
    np.testing.assert_array_equal(images, values)


def test_the_users_array_is_neither_copied_nor_changed_nor_frozen():
    raw = np.zeros((2, 1, 3, 3), np.uint8)
    data = Dataset.of(raw, [0, 1])
    assert np.shares_memory(data.raw, raw)
    assert raw.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        data.raw[0] = 1


def test_a_batch_gathers_images_and_labels_in_the_order_of_the_indices():
    data = ramp()
    images, labels = data.batch([4, 0, 4])
    np.testing.assert_array_equal(images, data.images[[4, 0, 4]])
    np.testing.assert_array_equal(labels, data.labels[[4, 0, 4]])


def test_an_empty_batch_is_allowed():
    images, labels = ramp().batch([])
    assert images.shape == (0, 1, 4, 5)
    assert labels.shape == (0,)


def test_indexing_gives_an_image_for_a_number_and_a_data_set_for_anything_else():
    data = ramp()
    image, label = data[-1]
    np.testing.assert_array_equal(image, data.images[5])
    assert label == 2
    np.testing.assert_array_equal(data[1:3].raw, data.raw[1:3])
    np.testing.assert_array_equal(data[[3, 1]].labels, data.labels[[3, 1]])
    np.testing.assert_array_equal(data[data.labels == 2].raw, data.raw[[2, 5]])
    assert len(list(data)) == len(data) == 6


@pytest.mark.parametrize("indices", [[6], [-7], [[0]], [0.5], [True, False]])
def test_unusable_indices_are_refused(indices):
    with pytest.raises(DataError, match=r"ramp: (index outside|unusable indices)"):
        ramp().batch(indices)


def test_a_split_divides_the_images_without_loss_or_repetition():
    data = Dataset.of(np.arange(100, dtype=np.uint8).reshape(100, 1, 1), np.zeros(100, int))
    first, second = data.split(0.29, seed=3)
    assert (len(first), len(second)) == (29, 71)
    both = np.concatenate([first.raw, second.raw]).reshape(-1)
    assert sorted(both) == list(range(100))
    assert list(both) != list(range(100)), "it is shuffled"


def test_a_split_depends_on_the_seed_alone():
    data = ramp(20)
    np.testing.assert_array_equal(data.split(0.5, seed=1)[0].raw, data.split(0.5, seed=1)[0].raw)
    assert not np.array_equal(data.split(0.5, seed=1)[0].raw, data.split(0.5, seed=2)[0].raw)


@pytest.mark.parametrize("fraction", [0, 1, 0.05, 0.95, -1, 2, np.nan])
def test_a_split_with_an_empty_part_is_refused(fraction):
    with pytest.raises(DataError, match="a part of the split would be empty"):
        ramp().split(fraction)


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (np.zeros((4, 2, 2)), [0, 1, 2], "4 images, 3 labels"),
        (np.zeros((4, 4)), [0] * 4, "wrong shape"),
        (np.zeros((0, 1, 2, 2)), [], "(wrong shape|no whole numbers)"),
        (np.zeros((2, 0, 2, 2)), [0, 0], "wrong shape"),
        (np.zeros((2, 2, 2)), [0, -1], "label -1 of image 1"),
        (np.zeros((2, 2, 2)), [0.0, 1.0], "labels are no whole numbers"),
        (np.zeros((2, 2, 2)), ["cat", "dog"], "labels are no whole numbers"),
        (np.zeros((2, 2, 2)), [[1, 0], [0, 1]], "one-hot"),
        (np.full((2, 2, 2), 300), [0, 0], "int64 from 300 to 300"),
        (np.full((2, 2, 2), 1j), [0, 0], "complex128"),
        ([np.zeros((2, 2)), np.zeros((3, 3))], [0, 0], "images make no array"),
    ],
)
def test_arrays_that_make_no_data_set_are_refused(images, labels, said):
    with pytest.raises(DataError, match=said):
        Dataset.of(images, labels)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_the_first_image_with_nan_or_infinity_is_named(value):
    images = np.zeros((5, 1, 2, 2))
    images[3, 0, 1, 1] = value
    with pytest.raises(DataError, match="image 3"):
        Dataset.of(images, [0] * 5)


def test_labels_beyond_the_named_classes_and_repeated_names_are_refused():
    with pytest.raises(DataError, match=r"(?s)label 2 of image 1.*0 <= label < 2"):
        Dataset.of(np.zeros((2, 2, 2)), [0, 2], classes=("cat", "dog"))
    with pytest.raises(DataError, match="'cat'"):
        Dataset.of(np.zeros((2, 2, 2)), [0, 1], classes=("cat", "cat"))
