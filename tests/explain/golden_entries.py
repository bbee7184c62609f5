"""Five entries whose rendering is kept in `golden/` as text, LaTeX and HTML.

`python tests/explain/golden_entries.py` writes them anew: read every changed line before it is committed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pullback.explain import load_example

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"


@dataclass(frozen=True)
class GoldenEntry:
    name: str
    example: str
    entry: tuple[str, tuple[int, ...], str | None]
    options: dict[str, Any] = field(default_factory=dict)

    def rendered(self) -> dict[str, str]:
        explanation = load_example(EXAMPLES / f"{self.example}.toml").trace().explain(*self.entry)
        return {
            "txt": explanation.text(**self.options) + "\n",
            "tex": explanation.latex(**self.options),
            "html": explanation.html(**self.options),
        }


ENTRIES = (
    GoldenEntry("weight", "filter-gradient", ("conv1.weight", (0, 0, 1, 0), None)),
    GoldenEntry("expression", "elementary-function", ("x2", (), None), {"depth": 2}),
    GoldenEntry("maximum", "deltas-before-a-sigmoid", ("pool", (0, 0, 0, 0), "value")),
    GoldenEntry("padding", "blur", ("blur", (0, 0, 0, 1), None), {"zeros": True}),
    GoldenEntry("long-sum", "stride-two", ("input", (0, 0, 2, 2), None), {"limit": 2}),
)

if __name__ == "__main__":
    for golden in ENTRIES:
        for suffix, content in golden.rendered().items():
            (HERE / "golden" / f"{golden.name}.{suffix}").write_text(content, encoding="utf-8")
