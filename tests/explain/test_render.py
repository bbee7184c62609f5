"""Renderings: golden files, what a reader must find, and that every format is well-formed for every operator."""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import pullback as pb
from explain.golden_entries import ENTRIES, EXAMPLES, HERE, GoldenEntry
from pullback.explain import load_example
from pullback.explain.rendering.latex import escape
from pullback.explain.rendering.text import cells, rich_text
from pullback.ops import load_all
from pullback.ops.registry import REGISTRY

load_all()
OPERATORS = sorted(name for name in REGISTRY if not name.startswith("_"))


def explained(example, name, index=(), of=None):
    return load_example(EXAMPLES / f"{example}.toml").trace().explain(name, index, of)


@pytest.mark.parametrize("golden", ENTRIES, ids=lambda g: g.name)
def test_five_entries_are_rendered_as_the_golden_files_say(golden: GoldenEntry):
    for suffix, content in golden.rendered().items():
        assert content == (HERE / "golden" / f"{golden.name}.{suffix}").read_text(encoding="utf-8")


def test_another_entry_is_not_rendered_as_a_golden_file_says():
    golden = ENTRIES[0]
    other = GoldenEntry(golden.name, golden.example, ("conv1.weight", (0, 0, 1, 1), None))
    for suffix, content in other.rendered().items():
        assert content != (HERE / "golden" / f"{golden.name}.{suffix}").read_text(encoding="utf-8")


# Text


def test_the_products_of_a_filter_gradient_are_listed_and_add_up():
    text = explained("filter-gradient", "conv1.weight", (0, 0, 1, 0)).text()
    for factors in ("0.0686 .* 0.22", "0.0364 .* 0.2", "0.0467 .* 0.01", "−0.0681 .* 0.17"):
        assert re.search(factors, text)
    assert re.search(r"total +0\.011262", text)
    assert "w̄[0,0,1,0] = Σ_{n,p,q} ȳ[n,0,p,q] · x[n,0,p+1,q]" in text


def test_decimal_points_stand_below_each_other():
    rows = [
        row for row in explained("filter-gradient", "conv1.weight", (0, 0, 1, 0)).text().splitlines() if "=  " in row
    ]
    assert len(rows) == 4
    assert len({cells(row[: row.rindex(".")]) for row in rows}) == 1
    assert len({row.index(".") for row in rows}) == 1


def test_long_sums_are_cut_and_the_rest_is_added_up():
    e = explained("untied-bias", "conv/conv2d", (0, 0, 12, 7))
    products = [t.product for t in e if t.product]
    text = e.text(limit=3)
    rest = re.search(r"and (\d+) more terms, together +(\S+)", text)
    assert rest is not None
    assert int(rest[1]) == len(products) - 3
    assert float(rest[2].replace("−", "-")) == pytest.approx(sum(products[3:]), rel=1e-5)
    assert len(e.text(limit=None).splitlines()) > len(products)


def test_terms_that_vanish_are_counted_by_reason_or_listed():
    e = explained("blur", "blur", (0, 0, 0, 1))
    assert re.search("3  read from the padding", e.text())
    assert "x[0,0,−1,0]" not in e.text()
    assert re.search(r"x\[0,0,−1,0\] .* padding", e.text(zeros=True))


def test_an_empty_sum_says_why():
    text = explained("deltas-before-a-sigmoid", "sigmoid", (0, 0, 0, 0), "cotangent").text()
    assert "The sum is empty: no window has its maximum here." in text


def test_a_sum_of_zeros_has_no_table():
    text = explained("laplacian", "laplacian.weight", (0, 0, 1, 1)).text(limit=5)
    assert "total" in text
    dead = pb.trace(lambda w, x: pb.sum(w * x), (np.zeros(2), np.ones(2))).explain("output").text()
    assert "total" not in dead
    assert "All 2 terms are 0" in dead


def test_a_chain_goes_back_to_where_the_backward_pass_starts():
    text = explained("equal-hidden-units", "hidden.weight", (0, 0)).text(depth=9)
    assert "1. cotangent of hidden" in text
    assert "cotangent of out[0,0]" in text


def test_what_is_given_has_no_formula():
    assert explained("blur", "input", (0, 0, 1, 1), "value").text().splitlines()[-1] == "  An input of the run."


def test_a_scale_stands_over_the_products():
    net = pb.nn.Sequential(fc=pb.nn.Linear(3, 2))
    trace = pb.trace(net, np.ones((2, 3)), np.array([0, 1]), loss=pb.cross_entropy)
    assert "−1/2 · logp" in trace.explain("loss").text()


@pytest.mark.parametrize("example", sorted(p.stem for p in EXAMPLES.glob("*.toml")))
def test_lines_fit_on_80_columns(example: str):
    text = load_example(EXAMPLES / f"{example}.toml").solution().text()
    wide = [line for line in text.splitlines() if cells(line) > 80]
    assert [line for line in wide if "trace.explain" not in line] == []


def test_long_formulas_are_wrapped_between_their_parts():
    x = np.linspace(-1, 1, 3)
    text = pb.trace(lambda x: pb.sum(pb.gelu(x, approximate="tanh")), (x,)).explain("x", (1,)).text(width=60)
    assert max(map(cells, text.splitlines())) <= 70


def test_rich_has_the_same_text_in_colours():
    e = explained("filter-gradient", "conv1.weight", (0, 0, 1, 0))
    assert [line.rstrip() for line in e.__rich__().plain.splitlines()] == e.text().splitlines()
    assert any(span.style == "bold" for span in rich_text(e.blocks()).spans)


def test_repr_is_one_line():
    assert "\n" not in repr(explained("filter-gradient", "conv1.weight", (0, 0, 1, 0)))


# LaTeX


def is_balanced(latex: str) -> bool:
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    begun, ended = re.findall(r"\\begin\{(.*?)\}", latex), re.findall(r"\\end\{(.*?)\}", latex)
    dollars = len(re.findall(r"(?<!\\)\$", latex))
    left, right = len(re.findall(r"\\left\b", latex)), len(re.findall(r"\\right\b", latex))
    return depth == 0 and sorted(begun) == sorted(ended) and dollars % 2 == 0 and left == right


@pytest.mark.parametrize("broken", [r"\frac{1}{2", r"\begin{array}{r}", "$x", r"\left( 2", "}{"])
def test_the_check_of_balance_sees_what_is_not_closed(broken: str):
    assert not is_balanced(broken)


def test_names_are_escaped():
    assert escape("a_b#2 50 % −3 ȳ w\u0304 2×2") == r"a\_b\#2 50 \% $-$3 $\bar{y}$ $\bar{w}$ 2$\times$2"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
@pytest.mark.parametrize("example", sorted(p.stem for p in EXAMPLES.glob("*.toml")))
def test_the_latex_of_every_example_compiles(example: str, tmp_path):
    document = load_example(EXAMPLES / f"{example}.toml").solution().latex(document=True, zeros=True, depth=3)
    assert compiles(document, tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_a_document_with_an_unknown_command_does_not_compile(tmp_path):
    assert not compiles(explained("twice-tanh", "x").latex(document=True).replace(r"\tanh", r"\tahn"), tmp_path)


def compiles(document: str, folder) -> bool:
    (folder / "solution.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "solution.tex"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


# HTML and notebooks


def test_html_needs_the_extra(monkeypatch: pytest.MonkeyPatch):
    from pullback.explain.rendering import html

    e = explained("twice-tanh", "x")
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    html_module = sys.modules[html.__module__]
    html_module._mathml.cache_clear()
    with pytest.raises(pb.MissingExtraError, match="pullback\\[draw\\]"):
        e.html()
    assert e._repr_html_() is None


def test_a_notebook_shows_html_and_latex():
    e = explained("filter-gradient", "conv1.weight", (0, 0, 1, 0))
    assert "<math" in e._repr_html_()
    assert e._repr_latex_() == (
        r"$\displaystyle \bar{w}_{0,0,1,0} = \sum_{n,p,q} \bar{y}_{n,0,p,q} \, x_{n,0,p+1,q} = 0.011262$"
    )


def test_names_from_a_file_cannot_become_markup():
    f = pb.trace(lambda x: pb.sum(x), (np.ones(2),))
    html = f.solution(title="<script>alert(1)</script>", description="a & b").html(document=True)
    assert "<script" not in html
    assert "a &amp; b" in html


# Every operator


@pytest.mark.parametrize("name", OPERATORS)
def test_entries_of_every_operator_are_well_formed_in_every_format(name: str):
    record = REGISTRY[name]
    rng = np.random.default_rng(0)
    sample = record.samples[0]
    arrays = {k: d.draw(rng) for k, d in sample.arrays.items()}

    def call(*values):
        result = record.function(**dict(zip(arrays, values, strict=True)), **sample.options)
        first = result[0] if isinstance(result, tuple) else result
        return pb.where(first, 1.0, 0.0) if name == "isfinite" else first

    shape = np.shape(call(*arrays.values()))
    trace = pb.trace(call, tuple(arrays.values()), cotangent=np.ones(shape))
    for node_name, node in trace.names.values.items():
        if 0 in node.shape:
            continue
        ofs = ("value", "cotangent") if node.kind == "float" else ("value",)
        for of in ofs:
            e = trace.explain(node_name, tuple(k // 2 for k in node.shape), of)
            assert str(e)
            assert is_balanced(e.latex())
            ET.fromstring(e.html())
            assert "$$" in e.markdown() or e.kind in ("given", "nothing", "random")
