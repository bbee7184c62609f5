"""Review of a backward function that somebody wrote: run on many cases, compared with the exact gradients, diagnosed.

    print(pb.review(conv_backward, op="conv2d"))

The way of a review: `binding` and `subject` find out how the function is called; `cases` and `grids` make the cases;
`process` runs them in `worker`; `judging` compares what came back; `conditions` says where it fails, `causes` why.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pullback.callables import make_callable

if TYPE_CHECKING:
    from pullback.review.binding import Values
    from pullback.review.report import Problem, Review
    from pullback.review.reviewing import review

_HOME = {"Problem": "report", "Review": "report", "Values": "binding", "review": "reviewing"}

__all__ = ["Problem", "Review", "Values", "review"]


make_callable(__name__, "pullback.review.reviewing")


def __getattr__(name: str) -> Any:
    """Load a name on first use: the worker process does without most of this."""
    if name not in _HOME:
        raise AttributeError(f"module 'pullback.review' has no attribute {name!r}")
    value = getattr(import_module(f"pullback.review.{_HOME[name]}"), name)
    globals()[name] = value
    return value
