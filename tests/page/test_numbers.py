"""The page's numbers are Python's: read back from the browser, for entries of every array."""

import base64
import re

import numpy as np
import pytest

from page.compared import differences, explanation, number, some_entries
from page.opened import load, wait_a_frame


@pytest.mark.parametrize("name", ["toy", "lenet"])
def test_every_array_has_pythons_values_terms_and_reasons(name, browser, request):
    trace = request.getfixturevalue(name)
    load(browser, request.getfixturevalue(f"{name}_page"))
    assert differences(browser, trace, some_entries(trace, 3)) == []


def test_a_corrupted_byte_is_found(browser, toy, toy_page, tmp_path):
    text = toy_page.read_text(encoding="utf-8")
    block = re.search(r'id="page-numbers">(.*?)</script>', text, re.DOTALL)[1]
    data = bytearray(base64.b64decode(block))
    image = next(k for k, node in enumerate(toy.graph.nodes) if toy.names.of[node].name == "input")
    data[offset_of(text, image) + 2] ^= 0x40
    broken = tmp_path / "broken.html"
    broken.write_text(text.replace(block, base64.b64encode(data).decode()), encoding="utf-8")
    load(browser, broken)
    found = differences(browser, toy, [(image, [0, 0, 0, 0]), *some_entries(toy, 10)])
    assert any("input[0,0,0,0]: value" in line for line in found)
    assert any("products" in line for line in found)


def offset_of(text, node):
    return int(re.findall(r'"format":"\w+","offset":(\d+)', text)[node])


OPEN_EACH = """
const done = arguments[1];
const text = (id) => document.getElementById(id)?.textContent ?? "";
(async () => {
  const seen = [];
  for (const [node, flat] of arguments[0]) {
    pullback.openEntry(pullback.nodes[node], flat);
    await new Promise((go) => addEventListener("hashchange", () => setTimeout(go, 0), { once: true }));
    seen.push([document.querySelector("#panel h2").textContent, text("entry-value"), text("entry-total")]);
  }
  done(seen);
})();
"""


def test_the_panel_shows_six_digits_as_python_writes_them(browser, lenet, lenet_page):
    load(browser, lenet_page)
    entries = [(k, index, lenet.graph.nodes[k].shape) for k, index in some_entries(lenet, 1, seed=1)]
    places = [(k, int(np.ravel_multi_index(index, shape)) if shape else 0) for k, index, shape in entries]
    for (k, index, _), row in zip(entries, browser.execute_async_script(OPEN_EACH, places), strict=True):
        here = explanation(lenet, lenet.graph.nodes[k], index)
        title, value, total = (text.replace("−", "-") for text in row)
        assert title.endswith(str(here.entry).removeprefix("cotangent of "))
        assert value == six_digits(here.entry.value), here.entry
        if here.kind in ("sum", "expression"):
            assert total == six_digits(here.total), here.entry


def six_digits(x):
    return f"{x + 0.0:.6g}"  # −0 is written 0


def test_terms_in_the_table_are_pythons(browser, lenet, lenet_page):
    load(browser, lenet_page)
    browser.find_element("id", "find-entry").send_keys("conv2.weight:3,1,2,2\n")
    wait_a_frame(browser)
    rows = browser.find_elements("css selector", "#panel tbody tr .number")
    products = [abs(number(row.text)) for row in rows]
    here = lenet.explain("conv2.weight", (3, 1, 2, 2))
    expected = sorted((abs(t.product) for t in here if t.product), reverse=True)
    np.testing.assert_allclose(products, expected[: len(products)], rtol=1e-5)
    assert len(products) == min(60, len(expected))


def test_sources_and_feeds_are_two_views_of_one_relation(browser, toy_page):
    """An entry feeds exactly those entries that name it as a source: found by two different equations."""
    load(browser, toy_page)
    missing = browser.execute_script(
        """
        const pairs = new Set();
        const wrong = [];
        for (const node of pullback.nodes) for (let k = 0; k < node.size; k++) {
          for (const s of pullback.sourcesOf(node, k)) pairs.add(`${s.node.id}:${s.flat}>${node.id}:${k}`);
        }
        for (const node of pullback.nodes) for (let k = 0; k < node.size; k++) {
          for (const f of pullback.feedsOf(node, k)) {
            const pair = `${node.id}:${k}>${f.node.id}:${f.flat}`;
            if (!pairs.delete(pair)) wrong.push(pair);
          }
        }
        return [...wrong, ...pairs];
        """
    )
    assert missing == []
