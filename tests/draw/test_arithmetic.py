"""Convolution arithmetic: every window and term against plain loops, the film, its files."""

from itertools import pairwise, product

import numpy as np
import pytest
from PIL import Image

from draw.pictures import SVG, parsed, texts_of
from pullback import ArgumentError, ShapeError
from pullback.draw import arithmetic
from pullback.draw.convolutions import CURRENT, OUTPUT, sum_text
from pullback.draw.geometry import convolution_geometry, transposed_geometry
from pullback.draw.scene import Box, Label

CASES = [
    ({"size": 4, "kernel": 3}, (2, 2)),
    ({"size": 5, "kernel": 4, "padding": 2}, (6, 6)),
    ({"size": 5, "kernel": 3, "stride": 2, "padding": 1}, (3, 3)),
    ({"size": 6, "kernel": 3, "stride": 2, "padding": 1}, (3, 3)),
    ({"size": 7, "kernel": 3, "dilation": 2}, (3, 3)),
    ({"size": (5, 6), "kernel": (3, 2), "stride": (2, 1), "padding": ((1, 0), (0, 2)), "dilation": (1, 2)}, (2, 6)),
]
TRANSPOSED = [
    ({"size": 2, "kernel": 3}, (4, 4)),
    ({"size": 3, "kernel": 3, "stride": 2, "padding": 1}, (5, 5)),
    ({"size": 3, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}, (6, 6)),
    ({"size": 6, "kernel": 4, "padding": 2}, (5, 5)),
    ({"size": (2, 3), "kernel": 2, "stride": (3, 1), "dilation": (1, 2)}, (5, 5)),
]


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def low_padding(options):
    return tuple(p[0] if isinstance(p, tuple) else p for p in pair(options.get("padding", 0)))


def numbers(options, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(-3, 4, pair(options["size"])), rng.integers(-2, 3, pair(options["kernel"]))


def convolved(x, w, options, output):
    """Plain loops over y[p,q] += w[r,s] · x[p·σ + r·δ − top, q·σ + s·δ − left]."""
    stride, dilation, low = pair(options.get("stride", 1)), pair(options.get("dilation", 1)), low_padding(options)
    y = np.zeros(output, int)
    for p, q in np.ndindex(*output):
        for r, s in np.ndindex(*w.shape):
            h, k = p * stride[0] + r * dilation[0] - low[0], q * stride[1] + s * dilation[1] - low[1]
            if 0 <= h < x.shape[0] and 0 <= k < x.shape[1]:
                y[p, q] += w[r, s] * x[h, k]
    return y


def spread(x, w, options, output):
    """Plain loops over y[h·σ + r·δ − top, …] += w[r,s] · x[h,w]."""
    stride, dilation, low = pair(options.get("stride", 1)), pair(options.get("dilation", 1)), low_padding(options)
    y = np.zeros(output, int)
    for (h, k), (r, s) in product(np.ndindex(*x.shape), np.ndindex(*w.shape)):
        p, q = h * stride[0] + r * dilation[0] - low[0], k * stride[1] + s * dilation[1] - low[1]
        if 0 <= p < output[0] and 0 <= q < output[1]:
            y[p, q] += w[r, s] * x[h, k]
    return y


def total(geometry, x, w):
    y = np.zeros(geometry.output, int)
    for step in geometry.steps:
        y[step.output] = sum(w[r] * x[h] for r, h in step.terms)
    return y


@pytest.mark.parametrize(("options", "output"), CASES)
def test_terms_are_those_of_the_plain_loops(options, output):
    geometry, (x, w) = convolution_geometry(**options), numbers(options)
    assert geometry.output == output
    np.testing.assert_array_equal(total(geometry, x, w), convolved(x, w, options, output))


@pytest.mark.parametrize(("options", "output"), TRANSPOSED)
def test_transposed_terms_are_those_of_the_plain_loops(options, output):
    geometry, (x, w) = transposed_geometry(**options), numbers(options)
    assert geometry.output == output
    np.testing.assert_array_equal(total(geometry, x, w), spread(x, w, options, output))


def test_the_comparison_with_loops_can_fail():
    options, output = CASES[2]
    geometry, (x, w) = convolution_geometry(**options), numbers(options)
    assert (total(geometry, x, w) != convolved(x, w, options | {"padding": 0}, output)).any()


@pytest.mark.parametrize("options", [o for o, _ in TRANSPOSED])
def test_every_term_of_a_transposed_window_lies_on_its_tap(options):
    geometry = transposed_geometry(**options)
    for step in geometry.steps:
        window = dict(step.window)
        assert all(window[r] == geometry.places[h] for r, h in step.terms)
        met = set(geometry.places.values())
        assert len(step.terms) == sum(cell in met for cell in window.values())


@pytest.mark.parametrize("options", [o for o, _ in CASES])
def test_every_window_lies_on_the_grid(options):
    geometry = convolution_geometry(**options)
    for step in geometry.steps:
        for _, cell in step.window:
            assert all(low <= k <= high for k, (low, high) in zip(cell, geometry.grid, strict=True))


def test_one_output_position_a_frame():
    film = arithmetic(5, 3, 2, 1)
    assert len(film) == 9
    for k in range(9):
        cells = [s.pen.fill for s in film.frames[k] if isinstance(s, Box)]
        assert cells.count(CURRENT) == 1
        assert cells.count(OUTPUT) == k


def test_numbers_in_the_cells_are_the_convolution():
    options, output = CASES[0]
    x, w = numbers(options)
    film = arithmetic(x=x, w=w)
    y = convolved(x, w, options, output)
    last = [s.text for s in film.frames[-1] if isinstance(s, Label)]
    assert [t.replace("−", "-") for t in last if " " not in t][: y.size] == [str(v) for v in y.ravel()]
    assert last[-1].endswith(f"= {y[1, 1]}".replace("-", "−"))
    assert last[-1].startswith("y[1,1] = ")


def test_the_sum_is_written_as_products():
    assert sum_text([(2, 3), (-1, 4)], 2) == "2·3 + (−1)·4 = 2"
    assert sum_text([(1, 1)] * 10, 10) == "10 products = 10"
    assert sum_text([], 0) == "0 products = 0"


def test_the_caption_computes_the_size():
    # Dumoulin & Visin 2016, relationship 6: ⌊(5 + 2·1 − 3)/2⌋ + 1 = 3.
    texts = arithmetic(5, 3, 2, 1).still().texts
    assert texts[0] == "input 5×5, filter 3×3, padding 1, stride 2 → output 3×3"
    assert texts[1].endswith("⌊(5 + 1 + 1 − 1·(3−1) − 1) / 2⌋ + 1 = 3")


def test_the_transposed_caption_computes_the_size():
    texts = arithmetic(3, 3, 2, 1, transposed=True, output_padding=1).still().texts
    assert texts[0].endswith("output padding 1 → output 6×6")
    assert texts[1].endswith("(3−1)·2 − 1 − 1 + 1·(3−1) + 1 + 1 = 6")


def test_the_gif_has_one_frame_a_position(tmp_path):
    film = arithmetic(4, 3)
    film.save(tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.n_frames == len(film) == 4
        assert gif.info["duration"] == 700
        assert gif.info["loop"] == 0
        frames = []
        for k in range(gif.n_frames):
            gif.seek(k)
            frames.append(np.asarray(gif.convert("RGB")))
    assert all((a != b).any() for a, b in pairwise(frames))


def test_the_svg_shows_every_frame_in_its_time():
    film = arithmetic(4, 3)
    root = parsed(film.svg)
    animations = list(root.iter(f"{SVG}animate"))
    assert len(animations) == 4
    for k, a in enumerate(animations):
        times = [float(t) for t in a.get("keyTimes").split(";")]
        shown = a.get("values").split(";")
        assert times[0] == 0.0
        assert times[shown.index("inline")] == pytest.approx(k / 4)
        assert shown.count("inline") == 1
        assert a.get("dur") == "2.8s"


def test_viewers_that_do_not_animate_show_the_last_frame():
    groups = list(parsed(arithmetic(4, 3).svg).iter(f"{SVG}g"))
    assert [g.get("display") for g in groups] == ["none", "none", "none", None]


def test_one_position_needs_no_animation():
    film = arithmetic(3, 3)
    assert not list(parsed(film.svg).iter(f"{SVG}animate"))


def test_a_still_is_one_frame():
    film = arithmetic(4, 3)
    assert texts_of(film.still(0).svg) == film.still(0).texts
    with pytest.raises(ArgumentError, match="no such frame"):
        film.still(4)


def test_wrong_arguments_are_told(tmp_path):
    with pytest.raises(ArgumentError, match="output_padding belongs to transposed"):
        arithmetic(4, 3, output_padding=1)
    with pytest.raises(ArgumentError, match="too many frames"):
        arithmetic(40, 3)
    with pytest.raises(ShapeError, match="output would be empty"):
        arithmetic(2, 3)
    with pytest.raises(ArgumentError, match="numbers for both or for none"):
        arithmetic(x=np.ones((3, 3)))
    with pytest.raises(ShapeError, match="one plane and one filter"):
        arithmetic(x=np.ones(3), w=np.ones(2))
    with pytest.raises(ArgumentError, match=r"\.gif, \.svg, \.png, \.pdf"):
        arithmetic(4, 3).save(tmp_path / "a.mp4")
