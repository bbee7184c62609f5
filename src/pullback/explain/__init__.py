"""Show the working: a trace of a run, and the sum behind any of its numbers."""

from pullback.explain.example import Example, load_example
from pullback.explain.explanation import Entry, Explanation, Term
from pullback.explain.solution import Solution
from pullback.explain.tracing import Trace, trace

__all__ = ["Entry", "Example", "Explanation", "Solution", "Term", "Trace", "load_example", "trace"]
