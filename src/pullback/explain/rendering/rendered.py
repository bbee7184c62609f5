"""What can be read in every format."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pullback.errors import MissingExtraError
from pullback.explain.rendering.blocks import Block
from pullback.explain.rendering.html import html
from pullback.explain.rendering.latex import latex
from pullback.explain.rendering.markdown import markdown
from pullback.explain.rendering.text import WIDTH, plain, rich_text

if TYPE_CHECKING:
    from pullback.explain.explanation import Entry

LIMIT = 20
"""Rows of a table, unless the reader asks for more."""


def python_call(entry: Entry) -> str:
    """What to type at a Python prompt to have an entry explained."""
    of = "" if entry.of == "step" else f', "{entry.of}"'
    index = f", {entry.index}" if entry.index or of else ""
    return f'trace.explain("{entry.name}"{index}{of})'


class Rendered:
    """A base for what consists of blocks.

    limit  the most terms of a sum that are listed; None for all
    zeros  list the terms that are 0, too, each with its reason
    depth  how many steps to follow the largest term back
    """

    def blocks(
        self,
        *,
        limit: int | None = LIMIT,
        zeros: bool = False,
        depth: int = 0,
        call: Callable[[Entry], str] | None = python_call,
    ) -> list[Block]:
        """What is said, before it is decided how it looks.

        call  how the reader asks for another entry; None for one who cannot
        """
        raise NotImplementedError

    def text(self, *, limit: int | None = LIMIT, zeros: bool = False, depth: int = 0, width: int = WIDTH) -> str:
        """It as text for a terminal of that width."""
        return plain(self.blocks(limit=limit, zeros=zeros, depth=depth), width)

    def markdown(self, *, limit: int | None = LIMIT, zeros: bool = False, depth: int = 0) -> str:
        """It as Markdown, with the formulas as LaTeX between dollar signs."""
        return markdown(self.blocks(limit=limit, zeros=zeros, depth=depth, call=None))

    def latex(self, *, limit: int | None = LIMIT, zeros: bool = False, depth: int = 0, document: bool = False) -> str:
        """It as LaTeX: a fragment for a document with amsmath and longtable, or a document of its own."""
        return latex(self.blocks(limit=limit, zeros=zeros, depth=depth, call=None), document=document)

    def html(self, *, limit: int | None = LIMIT, zeros: bool = False, depth: int = 0, document: bool = False) -> str:
        """It as an HTML fragment, or as a page of its own, with the formulas as MathML.

        Raises: MissingExtraError (without the extra `draw`)
        """
        return html(self.blocks(limit=limit, zeros=zeros, depth=depth, call=None), document=document)

    def __str__(self) -> str:
        return self.text()

    def __rich__(self) -> Any:
        return rich_text(self.blocks())

    def _repr_html_(self) -> str | None:
        try:
            return self.html()
        except MissingExtraError:
            return None  # a notebook then shows the LaTeX or the text
