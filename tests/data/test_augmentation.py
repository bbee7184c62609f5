from __future__ import annotations

import numpy as np
import pytest

from pullback.data import Augmentation, Dataset
from pullback.data.transforms import AUGMENT_STREAM, DRAWS_PER_IMAGE, draws, offset
from pullback.errors import ArgumentError, DataError
from pullback.formula import random

# The uniform number whose offset in -k..k is 0, and the one that does not flip.
STILL, UNFLIPPED = 0.5, 0.9


def draws_for(**chosen: float) -> np.ndarray:
    row = {"down": STILL, "right": STILL, "crop_down": STILL, "crop_right": STILL, "flip": UNFLIPPED} | chosen
    return np.array([[*row.values(), 0, 0, 0]])


def uniform_of(wanted: int, reach: int) -> float:
    """The middle of the interval of uniform numbers that gives this offset."""
    return (wanted + reach + 0.5) / (2 * reach + 1)


def picture(channels: int = 2, height: int = 5, width: int = 6) -> np.ndarray:
    return np.random.default_rng(1).integers(1, 255, (1, channels, height, width), dtype=np.uint8)


@pytest.mark.parametrize("down", [-2, 0, 1, 2])
@pytest.mark.parametrize("right", [-2, -1, 0, 2])
def test_a_shift_pads_with_zeros_and_cuts_the_old_size_out(down, right):
    x = picture()
    padded = np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)))
    expected = padded[:, :, 2 - down : 7 - down, 2 - right : 8 - right]
    given = draws_for(down=uniform_of(down, 2), right=uniform_of(right, 2))
    np.testing.assert_array_equal(Augmentation(shift=2).apply(x, given), expected)


@pytest.mark.parametrize("down", [-3, 0, 2])
@pytest.mark.parametrize("right", [-1, 0, 3])
def test_a_crop_pads_by_reflection_and_cuts_the_old_size_out(down, right):
    x = picture()
    padded = np.pad(x, ((0, 0), (0, 0), (3, 3), (3, 3)), mode="reflect")
    expected = padded[:, :, 3 - down : 8 - down, 3 - right : 9 - right]
    given = draws_for(crop_down=uniform_of(down, 3), crop_right=uniform_of(right, 3))
    np.testing.assert_array_equal(Augmentation(crop=3).apply(x, given), expected)


def test_a_flip_mirrors_left_and_right():
    x = picture()
    augmentation = Augmentation(flip=True)
    np.testing.assert_array_equal(augmentation.apply(x, draws_for(flip=0.49)), x[..., ::-1])
    np.testing.assert_array_equal(augmentation.apply(x, draws_for(flip=0.5)), x)


def test_crop_comes_first_then_shift_then_flip():
    x = picture()
    cropped = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="reflect")[:, :, 0:5, 2:8]  # 1 down, 1 left
    shifted = np.pad(cropped, ((0, 0), (0, 0), (1, 1), (1, 1)))[:, :, 1:6, 0:6]  # 1 right
    given = draws_for(crop_down=0.9, crop_right=0.1, right=0.9, flip=0.0)
    result = Augmentation(shift=1, crop=1, flip=True).apply(x, given)
    np.testing.assert_array_equal(result, shifted[..., ::-1])


def test_an_augmentation_of_nothing_changes_nothing():
    np.testing.assert_array_equal(Augmentation().apply(picture(), np.full((1, 8), 0.99)), picture())


def test_every_offset_is_equally_likely():
    counts = np.bincount(offset(random.uniform((5, 0), 1, (70_000,)), 3) + 3, minlength=7)
    # chi-squared with 6 degrees of freedom exceeds 22.46 once in a thousand
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 22.46
    rounded = np.bincount(np.rint(random.uniform((5, 0), 1, (70_000,)) * 6).astype(int), minlength=7)
    assert ((rounded - 10_000) ** 2 / 10_000).sum() > 22.46, "rounding instead of flooring is noticed"


def test_the_numbers_of_an_image_are_those_of_its_place_in_the_whole_stream():
    whole = random.uniform((2**40 + 7, 12), AUGMENT_STREAM, (100, DRAWS_PER_IMAGE))
    some = np.array([99, 0, 41, 41])
    np.testing.assert_array_equal(draws((2**40 + 7, 12), some), whole[some])
    assert not np.array_equal(draws((2**40 + 7, 13), some), whole[some])
    assert not np.array_equal(draws((7, 12), some), whole[some])


def test_a_seed_or_step_out_of_range_is_refused():
    with pytest.raises(ArgumentError, match="step"):
        draws((0, 2**32), np.array([0]))


def augmented() -> Dataset:
    raw = np.random.default_rng(2).integers(0, 256, (30, 3, 8, 8), dtype=np.uint8)
    return Dataset.of(raw, np.zeros(30, int)).augment(shift=2, flip=True, crop=1)


def test_how_an_image_is_varied_does_not_depend_on_the_rest_of_the_batch():
    data = augmented()
    together, _ = data.batch([5, 17, 29], key=(1, 9))
    for position, index in enumerate([5, 17, 29]):
        np.testing.assert_array_equal(data.batch([index], key=(1, 9))[0][0], together[position])


def test_a_negative_index_is_varied_like_the_image_it_means():
    data = augmented()
    np.testing.assert_array_equal(data.batch([-1], key=(1, 9))[0], data.batch([29], key=(1, 9))[0])


def test_every_step_and_every_seed_varies_anew():
    data = augmented()
    first, _ = data.batch(range(30), key=(1, 9))
    np.testing.assert_array_equal(data.batch(range(30), key=(1, 9))[0], first)
    assert not np.array_equal(data.batch(range(30), key=(1, 10))[0], first)
    assert not np.array_equal(data.batch(range(30), key=(2, 9))[0], first)


def test_without_a_key_nothing_is_varied():
    data = augmented()
    np.testing.assert_array_equal(data.batch(range(30))[0], data.images)


def test_augment_gives_a_new_data_set_and_leaves_the_old_one():
    data = Dataset.of(np.zeros((1, 8, 8)), [0])
    assert data.augment(shift=1).augmentation == Augmentation(shift=1)
    assert data.augmentation is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shift": -1}, "shift is a number of pixels\n  got:  shift=-1"),
        ({"shift": 1.5}, "shift is a number of pixels\n  got:  shift=1.5"),
        ({"crop": "2"}, "crop is a number of pixels\n  got:  crop='2'"),
        ({"shift": True}, "shift is a number of pixels"),
        ({"flip": "yes"}, "flip or not.\n  got:  flip='yes'\n  need: True or False"),
        ({"flip": 1}, "flip or not"),
    ],
)
def test_options_of_the_wrong_kind_are_refused_where_they_are_given(options, said):
    with pytest.raises(DataError, match=said):
        Dataset.of(np.zeros((1, 8, 8)), [0]).augment(**options)


def test_numbers_of_numpy_are_as_good_as_pythons():
    found = Augmentation(shift=np.int64(1), flip=np.True_)
    assert repr(found) == repr(Augmentation(shift=1, flip=True))


def test_sizes_that_push_the_image_out_of_sight_are_refused():
    data = Dataset.of(np.zeros((1, 8, 9)), [0])
    with pytest.raises(DataError, match=r"(?s)too small.*8x9.*shift < 8"):
        data.augment(shift=8)
    with pytest.raises(DataError, match="crop=8"):
        data.augment(crop=8)
    assert data.augment(shift=7, crop=7).batch([0], key=(0, 0))[0].shape == (1, 1, 8, 9)
