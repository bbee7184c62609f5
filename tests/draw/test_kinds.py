"""The table of `pullback draw`: every kind draws, and says what it needs."""

import numpy as np
import pytest
from PIL import Image

import pullback as pb
from pullback import ArgumentError, DataError, nn
from pullback.data import Dataset
from pullback.draw import Request, commands, picture, read_photograph
from pullback.draw.written import written


@pytest.fixture(scope="module")
def full():
    rng = np.random.default_rng(0)
    nn.init.seed(0)
    net = nn.Sequential(
        conv=nn.Conv2d(1, 2, 3), relu=nn.ReLU(), pool=nn.MaxPool2d(2), flatten=nn.Flatten(), fc=nn.Linear(8, 2)
    )
    data = Dataset.of(rng.normal(size=(6, 1, 6, 6)), [0, 1, 0, 1, 0, 1])
    record = pb.EpochRecord(1, 0.5, 0.8, None, None, 0.1, 1.0)
    return Request(
        net=net,
        data=data,
        history=pb.History((record,)).to_dict(),
        photograph=rng.random((3, 12, 12)),
        images=2,
        size=4,
        shift=(2, 2),
    )


@pytest.mark.parametrize("kind", sorted(set(commands) - {"boundary", "page"}))
def test_every_kind_draws_and_writes(kind, full, tmp_path):
    path = tmp_path / "out.png"
    picture(kind, full).save(path)
    with Image.open(path) as image:
        assert image.size > (100, 50)
        assert len(image.convert("L").getcolors()) > 2


def test_a_page_is_an_html_file_and_nothing_else(full, tmp_path):
    page = picture("page", full)
    page.save(tmp_path / "out.html")
    assert (tmp_path / "out.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    with pytest.raises(ArgumentError, match="a page is an HTML file"):
        page.save(tmp_path / "out.png")


def test_boundary_draws(tmp_path):
    points = np.array([[0.0, 0.0], [1.0, 1.0]])
    made = picture("boundary", Request(net=nn.Sequential(fc=nn.Linear(2, 2)), points=points, labels=np.array([0, 1])))
    made.save(tmp_path / "b.png")


@pytest.mark.parametrize("kind", [k for k, v in commands.items() if v.needs])
def test_what_is_missing_is_told(kind):
    with pytest.raises(ArgumentError, match=f"draw {kind}: something is missing"):
        picture(kind, Request())


def test_an_unknown_kind_lists_the_known():
    with pytest.raises(ArgumentError, match="one of arithmetic, boundary"):
        picture("graf", Request())


def test_every_kind_names_fields_of_a_request():
    fields = set(Request.__dataclass_fields__)
    for kind in commands.values():
        assert {*kind.needs, *kind.takes} <= fields
        assert kind.help[0].islower()


def test_a_written_formula_is_drawn():
    made = picture("graph", Request(formula="ln(x1) + x1*x2 - sin(x2)", at={"x2": 5, "x1": 2}))
    assert "x̄₁ = 5.5" in made.texts


def test_graph_without_anything_tells_what_it_takes():
    with pytest.raises(ArgumentError, match="a formula with values, or a network with images"):
        picture("graph", Request())
    with pytest.raises(ArgumentError, match="a variable without a value"):
        picture("graph", Request(formula="x*y", at={"x": 1.0}))


def test_an_image_that_is_not_there_is_told(full):
    with pytest.raises(ArgumentError, match="need: 0 to 5"):
        picture("feature-maps", Request(net=full.net, data=full.data, image=6))


def test_numbers_of_arithmetic_are_written():
    assert any(" = " in t and t.startswith("y[") for t in picture("arithmetic", Request(numbers=True)).still().texts)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("x**2 - 3", (4.0,), 13.0),
        ("x^2", (3.0,), 9.0),
        ("-x + +y / 2", (1.0, 4.0), 1.0),
        ("exp(sqrt(abs(x))) * cos(0)", (0.0,), 1.0),
    ],
)
def test_formulas_are_read(text, values, expected):
    assert written(text)(*values) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("x +", "cannot be read"),
        ("__import__('os')", "no formula"),
        ("x.real", "no formula"),
        ("open(x)", "'open\\(x\\)'"),
        ("sin(x, y)", "no formula"),
        ("[x]", "no formula"),
        ("'x'", "no formula"),
        ("1 + 2", "no variable"),
    ],
)
def test_other_texts_are_refused(text, match):
    with pytest.raises(ArgumentError, match=match):
        written(text)


def test_photographs_are_read_and_made_smaller(tmp_path):
    Image.fromarray(np.full((20, 40, 3), 255, np.uint8)).save(tmp_path / "p.png")
    assert read_photograph(tmp_path / "p.png", widest=10).shape == (3, 5, 10)
    assert read_photograph(tmp_path / "p.png").shape == (3, 20, 40)
    (tmp_path / "no.png").write_text("no picture")
    with pytest.raises(DataError, match="cannot read the picture"):
        read_photograph(tmp_path / "no.png")
