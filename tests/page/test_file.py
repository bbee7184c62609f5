"""The page as a file: self-contained, small, whole or not there at all."""

import base64
import json
import math
import re

import numpy as np
import pytest

import pullback as pb
from pullback.errors import ArgumentError
from pullback.explain.page.tensors import pack


def data_of(text):
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text, re.DOTALL)
    return json.loads(found[1])


def numbers_of(text):
    found = re.search(r'<script type="text/plain" id="page-numbers">(.*?)</script>', text, re.DOTALL)
    return base64.b64decode(found[1])


def small_trace():
    return pb.trace(lambda w, x: np.sum(w * x), (np.array([1.0, 0.1]), np.array([3.0, 4.0])))


def test_the_page_of_lenet_is_at_most_three_megabytes(lenet):
    assert len(lenet.to_html().encode()) <= 3_000_000


def test_the_page_fetches_nothing(lenet):
    text = lenet.to_html()
    assert re.findall(r"https?://", text) == []
    assert re.findall(r"<(?:link|img|iframe)\b|\bsrc=|@import|url\(", text) == []
    assert "default-src 'none'" in text


def test_a_written_page_is_the_text_of_the_page(tmp_path):
    t = small_trace()
    path = t.to_html(tmp_path / "page.html", title="One sum")
    assert path == tmp_path / "page.html"
    assert path.read_text(encoding="utf-8") == t.to_html(title="One sum")
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ArgumentError, match="cannot write the file"):
        small_trace().to_html(tmp_path / "nowhere" / "page.html")


def test_a_title_cannot_break_the_page():
    text = small_trace().to_html(title="</script><b>{{DATA}} & co")
    assert "<title>&lt;/script&gt;&lt;b&gt;{{DATA}} &amp; co</title>" in text
    assert data_of(text)["title"] == "</script><b>{{DATA}} & co"
    assert text.count("</script>") == 3


def test_numbers_are_kept_to_the_last_bit():
    t = small_trace()
    text = t.to_html()
    rows, block = data_of(text)["nodes"], numbers_of(text)
    types = {"f8": "<f8", "f4": "<f4", "u1": "u1", "i4": "<i4"}
    for row, node in zip(rows, t.graph.nodes, strict=True):
        kept = np.frombuffer(block, types[row["format"]], math.prod(node.shape), row["offset"])
        np.testing.assert_array_equal(kept.reshape(node.shape), t.value_of(node))
    assert {row["format"] for row in rows} >= {"f4", "f8"}  # 3.0 fits into float32, 0.1 does not


def test_a_file_that_would_be_too_large_rounds_its_largest_arrays_and_says_which(lenet):
    exact = len(lenet.to_html())
    text = lenet.to_html(max_bytes=exact * 3 // 4)
    rounded = [row for row in data_of(text)["nodes"] if row["format"] == "rounded"]
    assert len(text.encode()) <= exact * 3 // 4
    assert "fc1.weight" in {row["name"] for row in rounded}
    assert not any(row["shape"] == [] for row in rounded)


def test_numbers_that_do_not_fit_at_all_are_refused(lenet):
    with pytest.raises(ArgumentError, match="do not fit"):
        lenet.to_html(max_bytes=200_000)


def test_there_is_a_label_for_every_entry_of_the_output(lenet):
    with pytest.raises(ArgumentError, match="one label per entry"):
        lenet.to_html(labels=["zero", "one"])


def test_equal_arrays_are_kept_once():
    a = np.linspace(0, 1, 7)
    packed = pack([a, a.copy(), a[:3]], 1000)
    assert packed.places[0] == packed.places[1] != packed.places[2]
    assert len(packed.data) == 56 + 24


def test_arrays_of_one_content_and_two_types_stay_apart():
    zeros = pack([np.zeros(4, np.int64), np.zeros(4), np.zeros(4, bool)], 1000)
    assert [name for name, _ in zeros.places] == ["u1", "f4", "u1"]


def test_special_numbers_survive():
    packed = pack([np.array([np.nan, np.inf, -np.inf, -0.0, 1e-310])], 1000)
    assert packed.places == (("f8", 0),)
    assert str(np.frombuffer(packed.data, "<f8").tolist()) == "[nan, inf, -inf, -0.0, 1e-310]"
