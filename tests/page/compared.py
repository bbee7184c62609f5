"""The page's explanations beside Python's."""

import random

import numpy as np

PROBE = """
return arguments[0].map(([id, index]) => {
  const e = pullback.explained(pullback.nodes[id], index);
  return {
    value: String(e.value), total: String(e.total), kind: e.kind, vanished: Object.fromEntries(e.vanished),
    products: e.terms.map((t) => String(t.product)),
    factors: e.terms.map((t) => t.factors.map((f) => [f.node.name, f.node.of, f.index, String(f.value)])),
  };
});
"""


def number(text):
    return float(text.replace("Infinity", "inf").replace("−", "-").replace("∞", "inf"))


def some_entries(trace, count, seed=0):
    """A few entries of every array of the graph."""
    rng = random.Random(seed)
    rows = [(k, node) for k, node in enumerate(trace.graph.nodes) if 0 not in node.shape]
    return [(k, [rng.randrange(n) for n in node.shape]) for k, node in rows for _ in range(count)]


def explanation(trace, node, index):
    named = trace.names.of[node]
    return trace.explain(named.name, tuple(index), named.of if named.of in ("value", "cotangent") else None)


def differences(browser, trace, entries):
    """Where the page and Python disagree, in words."""
    found = []
    for (k, index), there in zip(entries, browser.execute_script(PROBE, entries), strict=True):
        here = explanation(trace, trace.graph.nodes[k], index)
        found += [f"{here.entry}: {what}" for what, same in agreements(here, there).items() if not same]
    return found


def agreements(here, there):
    given = here.kind in ("given", "random")
    total = here.entry.value if here.kind == "position" else here.total
    terms = list(here) if here.kind in ("sum", "maximum", "copy", "expression") else []
    factors = [[[f.name, f.of, list(f.index)] for f in t.factors] for t in terms]
    return {
        "kind": there["kind"] == here.kind,
        "value": number(there["value"]) == here.entry.value,
        "total": given or np.isclose(number(there["total"]), total, rtol=1e-12, atol=1e-15),
        "number of terms": len(there["products"]) == len(terms),
        "products": np.allclose([number(p) for p in there["products"]], [t.product for t in terms], rtol=1e-14, atol=0),
        "factors": [[f[:3] for f in row] for row in there["factors"]] == factors,
        "reasons": here.kind == "expression" or there["vanished"] == here.vanished,
    }
