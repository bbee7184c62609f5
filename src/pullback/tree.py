"""Nested arguments: tuples, lists and dictionaries of arrays, flattened and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

Tree: TypeAlias = Any


def leaves(tree: Tree) -> Iterator[Any]:
    """The leaves, in order; None holds none.

    >>> list(leaves({"w": 1, "layers": (2, [3])}))
    [1, 2, 3]
    """
    if isinstance(tree, Mapping):
        for value in tree.values():
            yield from leaves(value)
    elif isinstance(tree, (tuple, list)):
        for value in tree:
            yield from leaves(value)
    elif tree is not None:
        yield tree


def map_leaves(function: Callable[[Any], Any], tree: Tree) -> Tree:
    """The same nest with every leaf replaced.

    >>> map_leaves(lambda k: -k, {"w": 1, "layers": (2, [3])})
    {'w': -1, 'layers': (-2, [-3])}
    """
    if isinstance(tree, Mapping):
        return {k: map_leaves(function, v) for k, v in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(map_leaves(function, v) for v in tree))
    if isinstance(tree, (tuple, list)):
        return type(tree)(map_leaves(function, v) for v in tree)
    return None if tree is None else function(tree)


def fill(tree: Tree, values: Iterator[Any]) -> Tree:
    """The same nest with its leaves taken from an iterator."""
    return map_leaves(lambda _: next(values), tree)
