"""The picture of a computation."""

from dataclasses import replace

import numpy as np
import pytest

import pullback as pb
from draw.pictures import overlaps, parsed, texts_of, texts_on_discs
from pullback import ArgumentError, ShapeError, nn
from pullback.draw import graph
from pullback.draw.network import network_of, number_text
from pullback.draw.scene import BACKWARD, FORWARD, Box, Disc, Label


def textbook(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def coloured(picture, colour):
    return [s.text for s in picture.shapes if isinstance(s, Label) and s.fill == colour]


def tiny():
    return nn.Sequential(conv=nn.Conv2d(1, 2, 3), relu=nn.ReLU(), flatten=nn.Flatten(), fc=nn.Linear(8, 3))


def test_the_textbook_function_has_its_operators_as_discs():
    picture = graph(textbook, 2.0, 5.0)
    assert sum(isinstance(s, Disc) for s in picture.shapes) == 7
    assert {"x₁", "x₂", "ln", "×", "sin", "+", "−", "y"} <= set(picture.texts)


def test_values_stand_above_the_lines():
    # ln 2 = 0.69315, 2·5 = 10, sin 5 = −0.95892, 10.69315, 11.65207; x₁ and x₂ are used twice each.
    values = [t for t in coloured(graph(textbook, 2.0, 5.0), FORWARD) if "value" not in t]
    assert sorted(values) == sorted(["2", "2", "5", "5", "0.6931", "10", "10.69", "−0.9589", "11.65"])


def test_cotangents_stand_below_the_lines():
    # Baydin et al. 2018, table 3: x̄₁ = 5.5, x̄₂ = 1.716; along the lines 1/2, 5, 2 and −cos 5 = −0.28366.
    found = [t for t in coloured(graph(textbook, 2.0, 5.0), BACKWARD) if "cotangent" not in t]
    expected = ["0.5", "5", "2", "−0.2837", "1", "1", "1", "−1", "1", "x̄₁ = 5.5", "x̄₂ = 1.716"]
    assert sorted(found) == sorted(expected)


def test_another_point_gives_other_numbers():
    picture = graph(textbook, 3.0, 5.0)
    assert "11.65" not in picture.texts
    assert "x̄₁ = 5.333" in picture.texts


def test_inputs_stand_left_of_the_result():
    at = {s.text: s.x for s in graph(textbook, 2.0, 5.0).shapes if isinstance(s, Label)}
    assert at["x₁"] == at["x₂"] < at["ln"] < at["+"] < at["y"]
    assert at["ln"] == at["×"] == at["sin"]


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (textbook, (2.0, 5.0)),
        (lambda x: 1 / (1 + np.exp(-x)), (0.3,)),
        (lambda w, x, b: np.tanh(w * x + b) ** 2, (2.0, -1.0, 0.5)),
    ],
)
def test_no_text_lies_on_another(function, args):
    picture = graph(function, *args)
    assert overlaps(picture.shapes) == 0
    assert texts_on_discs(picture.shapes) == 0


def test_the_overlap_check_can_fail():
    picture = graph(textbook, 2.0, 5.0)
    moved = [replace(s, x=100.0, y=100.0) if isinstance(s, Label) else s for s in picture.shapes]
    assert overlaps(moved) > 10


def test_everything_lies_on_the_paper():
    picture = graph(textbook, 2.0, 5.0)
    for s in picture.shapes:
        if isinstance(s, Label | Disc):
            assert 0 < s.x < picture.width
            assert 0 < s.y < picture.height


def test_the_svg_is_xml_with_every_text():
    picture = graph(textbook, 2.0, 5.0)
    assert texts_of(picture.svg) == picture.texts
    root = parsed(picture.svg)
    assert float(root.get("width")) == pytest.approx(picture.width, abs=0.01)


def test_markup_in_names_is_escaped():
    picture = replace(graph(textbook, 2.0, 5.0), title="a < b & c")
    assert parsed(picture.svg)[0].text == "a < b & c"


def test_a_value_used_twice_by_one_operator_has_one_line():
    found = coloured(graph(lambda x: x * x, 3.0), BACKWARD)
    assert "6" in found
    assert "x̄ = 6" in found


def test_arrays_show_shapes_and_norms():
    x = np.array([[3.0, 0.0], [0.0, 2.0]])
    picture = graph(lambda x: np.sum(x * x), x)
    # x̄ = 2x, whose norm is √(36 + 16).
    assert "2×2" in picture.texts
    assert f"‖x̄‖ = {number_text(np.sqrt(52.0))}" in picture.texts


def test_without_one_number_no_cotangent_is_drawn():
    assert coloured(graph(lambda x: 2 * x, np.ones(4)), BACKWARD) == []


def test_a_given_cotangent_is_pulled_back():
    picture = graph(lambda x: 2 * x, np.ones(2), cotangent=[1.0, 10.0])
    assert "x̄ = [2, 20]" in picture.texts


def test_backward_can_be_left_out():
    assert coloured(graph(textbook, 2.0, 5.0, backward=False), BACKWARD) == []


def test_a_network_is_drawn_by_layers():
    picture = graph(tiny(), np.ones((1, 1, 4, 4)))
    assert {"conv", "relu", "flatten", "fc", "1×2×2×2", "1×8", "images"} <= set(picture.texts)
    assert not any("weight" in t for t in picture.texts)
    assert sum(isinstance(s, Box) for s in picture.shapes) == 5
    assert overlaps(picture.shapes) == 0


def test_operators_of_a_network_show_its_parameters():
    picture = graph(tiny(), np.ones((1, 1, 4, 4)), detail="operators")
    assert {"conv.weight", "fc.bias", "add_bias"} <= set(picture.texts)


def test_a_loss_is_one_box_behind_the_layers():
    net = tiny()
    net.eval()
    picture = graph(lambda x: pb.cross_entropy(net(x), np.array([1])), np.ones((1, 1, 4, 4)))
    assert picture.texts.count("cross_entropy") == 1
    assert any(t.startswith("‖·‖") for t in picture.texts)


def test_two_equal_operators_in_a_row_stay_two():
    graph_ = pb.make_graph(lambda x, y: x * y * y, 2.0, 3.0)
    assert len([v for v in network_of(graph_, "layers").vertices if v.kind == "layer"]) == 2


def test_a_layer_around_others_makes_no_circle():
    class Block(nn.Module):
        def __init__(self):
            self.conv = nn.Conv2d(1, 1, 3, padding=1)

        def forward(self, x):
            h = pb.relu(x)
            return pb.relu(self.conv(h)) + h

    net = nn.Sequential(block=Block(), out=nn.ReLU())
    traced = pb.make_graph(lambda x: net(x), np.ones((1, 1, 4, 4)))
    network = network_of(traced, "layers")
    assert all(k.source < k.target for k in network.links)
    assert [v.lines[0] for v in network.vertices if v.kind == "layer"] == ["block", "block.conv", "block", "out"]


def test_pixels_and_pdf_are_written(tmp_path):
    picture = graph(textbook, 2.0, 5.0)
    for name, magic in (("g.png", b"\x89PNG"), ("g.pdf", b"%PDF"), ("g.svg", b"<svg")):
        picture.save(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(magic)
    assert picture._repr_svg_() == (tmp_path / "g.svg").read_text(encoding="utf-8")


def test_a_png_has_the_size_of_the_drawing(tmp_path):
    from PIL import Image

    picture = graph(textbook, 2.0, 5.0)
    picture.save(tmp_path / "g.png", dpi=96)
    with Image.open(tmp_path / "g.png") as image:
        assert abs(image.width - picture.width) <= 1
        assert abs(image.height - picture.height) <= 1


@pytest.mark.parametrize(
    ("name", "match"),
    [("g.gif", r"a still picture has no frames; g\.svg"), ("g.jpeg", r"\.svg, \.png, \.pdf"), ("g", "ends in")],
)
def test_other_endings_are_refused(tmp_path, name, match):
    with pytest.raises(ArgumentError, match=match):
        graph(textbook, 2.0, 5.0).save(tmp_path / name)


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(ArgumentError, match="cannot write the file"):
        graph(textbook, 2.0, 5.0).save(tmp_path / "none" / "g.svg")


def test_wrong_arguments_are_told():
    with pytest.raises(ShapeError, match="a backward pass starts at one number"):
        graph(lambda x: 2 * x, np.ones(3), backward=True)
    with pytest.raises(ShapeError, match="the cotangent has another shape"):
        graph(lambda x: 2 * x, np.ones(3), cotangent=np.ones(2))
    with pytest.raises(ArgumentError, match="no such detail"):
        graph(textbook, 2.0, 5.0, detail="all")
    with pytest.raises(ArgumentError, match="no such direction"):
        graph(textbook, 2.0, 5.0, direction="left")
    with pytest.raises(ArgumentError, match="drawn with a batch of images"):
        graph(tiny())
