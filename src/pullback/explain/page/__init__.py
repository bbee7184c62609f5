"""The page: one HTML file with the network, its numbers and its formulas, which opens any entry's sum offline.

The formulas travel as their index maps, the numbers as they were computed; the page solves the index equations and
evaluates the terms itself.
"""

from pullback.explain.page.assemble import html, write

__all__ = ["html", "write"]
