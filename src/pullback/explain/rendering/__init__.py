"""Rendering: one list of blocks (headings, equations, tables, arrays), written as text, Markdown, LaTeX or HTML.

What there is to say is decided once, in `explain/card.py` and `explain/solution.py`; the writers here decide how it
looks, and nothing else.
"""

from pullback.explain.rendering.blocks import Block
from pullback.explain.rendering.html import html
from pullback.explain.rendering.latex import escape, latex
from pullback.explain.rendering.markdown import markdown
from pullback.explain.rendering.text import plain

__all__ = ["Block", "escape", "html", "latex", "markdown", "plain"]
