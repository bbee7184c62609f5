"""Nested arguments: tuples, lists and dictionaries of arrays, flattened and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from pullback.errors import ShapeError, message

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


def leaves_like(reference: Tree, tree: Tree, title: str, *, at: str = "") -> Iterator[Any]:
    """The leaves of a nest in the order of another nest's: dictionaries are matched by key, sequences by position.

    title  the rule that the error tells: "hvp: the vector is nested like the point"

    Where the reference has a leaf, a list is one leaf too: the entries of an array.

    Raises: ShapeError, where the nest has other keys, another length or another depth

    >>> list(leaves_like({"a": 1, "b": (2, 3)}, {"b": [20, 30], "a": 10}, "scales are nested like weights"))
    [10, 20, 30]
    """
    got, need = _outline(reference, tree), _outline(reference, reference)
    if got != need:
        raise ShapeError(message(title, got=got + at, need=need + at))
    if isinstance(reference, Mapping):
        for key, part in reference.items():
            yield from leaves_like(part, tree[key], title, at=f"{at or ' at '}[{key!r}]")
    elif isinstance(reference, (tuple, list)):
        for j, (part, own) in enumerate(zip(reference, tree, strict=True)):
            yield from leaves_like(part, own, title, at=f"{at or ' at '}[{j}]")
    elif reference is not None:
        yield tree


def _outline(reference: Tree, tree: Tree) -> str:
    """One level of a nest in words; where the reference has a leaf, a list is one."""
    if isinstance(tree, Mapping):
        return f"a dictionary with the keys {sorted(map(repr, tree))}".replace('"', "")
    if tree is None:
        return "None"
    if isinstance(tree, tuple) or (isinstance(tree, list) and isinstance(reference, (tuple, list, Mapping))):
        return f"a sequence of {len(tree)}"
    return "an array"
