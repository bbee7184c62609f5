from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pullback.data import read_idx, write_idx
from pullback.errors import DataError

# A file of 2 x 3 bytes, written out after the published description of the format.
SIX_BYTES = b"\x00\x00\x08\x02" + b"\x00\x00\x00\x02" + b"\x00\x00\x00\x03" + b"\x01\x02\x03\x04\x05\xff"


def test_the_header_gives_type_and_sizes(tmp_path):
    path = tmp_path / "six"
    path.write_bytes(SIX_BYTES)
    array = read_idx(path)
    assert array.dtype == np.uint8
    np.testing.assert_array_equal(array, [[1, 2, 3], [4, 5, 255]])


def test_a_gzipped_file_is_recognised_by_its_content_not_its_name(tmp_path):
    path = tmp_path / "six.idx"
    path.write_bytes(gzip.compress(SIX_BYTES))
    assert read_idx(path).shape == (2, 3)


@pytest.mark.parametrize(
    ("code", "form", "values"),
    [
        (0x08, "B", [0, 255]),
        (0x09, "b", [-128, 127]),
        (0x0B, "h", [-2, 258]),
        (0x0C, "i", [-2, 16909060]),
        (0x0D, "f", [0.5, -3.0]),
        (0x0E, "d", [0.1, -1e300]),
    ],
)
def test_elements_are_big_endian_in_the_file_and_native_in_memory(tmp_path, code, form, values):
    path = tmp_path / "values"
    content = struct.pack(f">2xBBI2{form}", code, 1, 2, *values)
    path.write_bytes(content)
    array = read_idx(path)
    assert array.tolist() == values
    assert array.dtype.isnative
    write_idx(path, array)
    assert path.read_bytes() == content


types = st.sampled_from([np.uint8, np.int8, np.int16, np.int32, np.float32, np.float64])


@given(
    hnp.arrays(types, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)), st.sampled_from(["", ".gz"])
)
def test_what_is_written_is_read_back(tmp_path_factory, array, suffix):
    path = tmp_path_factory.mktemp("idx") / f"array{suffix}"
    write_idx(path, array)
    again = read_idx(path)
    assert again.dtype == array.dtype
    np.testing.assert_array_equal(again, array)


def test_a_gzipped_file_holds_no_time_so_that_the_same_array_gives_the_same_file(tmp_path):
    write_idx(tmp_path / "a.gz", np.arange(5, dtype=np.uint8))
    # RFC 1952: bytes 4 to 7 are the modification time, bit 3 of byte 3 announces a file name
    assert (tmp_path / "a.gz").read_bytes()[3:8] == bytes(5)


def test_a_type_that_idx_lacks_is_refused(tmp_path):
    with pytest.raises(DataError, match="int64"):
        write_idx(tmp_path / "x", np.arange(3))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "begins with nothing"),
        (b"\x00\x00\x08", "begins with 00 00 08"),
        (b"\x89PNG....", "begins with 89 50 4e 47"),
        (b"\x00\x00\x07\x01\x00\x00\x00\x00", "begins with 00 00 07 01"),
        (SIX_BYTES[:10], "the header ends after 10 bytes"),
        (SIX_BYTES[:-1], "5 bytes of elements"),
        (SIX_BYTES + b"\0", "7 bytes of elements"),
        (b"\x00\x00\x08\x03" + b"\xff" * 12, "0 bytes of elements"),
        (gzip.compress(SIX_BYTES, mtime=0)[:-9], "damaged gzip"),
        (gzip.compress(SIX_BYTES, mtime=0)[:5], "damaged gzip"),
        (b"\x1f\x8b\x07" + gzip.compress(SIX_BYTES, mtime=0)[3:], "damaged gzip"),
        (gzip.compress(SIX_BYTES[:-1], mtime=0), "5 bytes of elements"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(tmp_path, content, said):
    path = tmp_path / "train-images"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


def test_every_damaged_byte_of_a_gzipped_file_is_noticed_or_harmless(tmp_path):
    path, whole = tmp_path / "x.gz", gzip.compress(SIX_BYTES, mtime=0)
    noticed = 0
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        try:
            np.testing.assert_array_equal(read_idx(path), [[1, 2, 3], [4, 5, 255]])
        except DataError:
            noticed += 1
    assert noticed > len(whole) / 2


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(DataError, match=r"(?s)cannot read.*nowhere: No such file"):
        read_idx(tmp_path / "nowhere")
    with pytest.raises(DataError, match="cannot read"):
        read_idx(tmp_path)
