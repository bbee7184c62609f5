"""Show the working: a trace of a run, and the sum behind any of its numbers."""

from pullback.explain.explanation import Entry, Explanation, Term
from pullback.explain.tracing import Trace, trace

__all__ = ["Entry", "Explanation", "Term", "Trace", "trace"]
