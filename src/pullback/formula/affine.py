"""Index maps: which entry of an array a letter assignment reads or writes.

An index is affine in the letters (`2*p + r - 1`), or goes through a table of integers (`reflect[h]`, `label[n]`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import TypeAlias


@dataclass(frozen=True)
class Affine:
    """An affine combination of index letters: Σ coefficient · letter + const.

    >>> p, r = letters("p r")
    >>> print(2 * p + r - 1)
    2p+r-1
    """

    coefs: tuple[tuple[str, int], ...] = ()
    const: int = 0

    @staticmethod
    def of(value: Affine | int) -> Affine:
        """Lift an integer."""
        return value if isinstance(value, Affine) else Affine((), value)

    def __add__(self, other: Affine | int) -> Affine:
        other, total = Affine.of(other), dict(self.coefs)
        for letter, c in other.coefs:
            total[letter] = total.get(letter, 0) + c
        return Affine(tuple((k, c) for k, c in total.items() if c), self.const + other.const)

    __radd__ = __add__

    def __mul__(self, k: int) -> Affine:
        return Affine(tuple((letter, c * k) for letter, c in self.coefs if c * k), self.const * k)

    __rmul__ = __mul__

    def __neg__(self) -> Affine:
        return self * -1

    def __sub__(self, other: Affine | int) -> Affine:
        return self + -Affine.of(other)

    def __rsub__(self, other: Affine | int) -> Affine:
        return Affine.of(other) - self

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters with a coefficient other than 0."""
        return tuple(letter for letter, _ in self.coefs)

    @property
    def letter(self) -> str | None:
        """The letter when the index is just that letter."""
        return self.coefs[0][0] if len(self.coefs) == 1 and self.coefs[0][1] == 1 and not self.const else None

    def coef(self, letter: str) -> int:
        """The coefficient of a letter, 0 when it does not occur."""
        return dict(self.coefs).get(letter, 0)

    def at(self, env: Mapping[str, int]) -> int:
        """The position for an assignment of the letters."""
        return self.const + sum(c * env[k] for k, c in self.coefs)

    def substitute(self, letter: str, by: Affine) -> Affine:
        """Replace a letter by an affine combination of others."""
        c = self.coef(letter)
        return self + (by - Affine(((letter, 1),))) * c if c else self

    def bounds(self, sizes: Mapping[str, int]) -> tuple[int, int]:
        """Smallest and largest position while every letter runs over 0 .. size-1."""
        ends = [sorted((0, c * (sizes[k] - 1))) for k, c in self.coefs]
        return self.const + sum(e[0] for e in ends), self.const + sum(e[1] for e in ends)

    def __str__(self) -> str:
        signs = {1: "", -1: "-"}
        parts = [signs.get(c, str(c)) + letter for letter, c in self.coefs]
        if self.const or not parts:
            parts.append(str(self.const))
        return "+".join(parts).replace("+-", "-")


@dataclass(frozen=True)
class Table:
    """A fixed table of integers with a name for people: `reflect`, `replicate`, `circular`, `take`."""

    name: str
    entries: tuple[int, ...]


@dataclass(frozen=True)
class Lookup:
    """An index read from a table: `table[at]`, or one digit of it, `(table[at] // stride) % size` (no size: no %).

    `table` is a fixed `Table`, or the name of an integer operand (labels, switches). The digit splits the flat
    position that switches hold into the position along one axis.
    """

    table: Table | str
    at: tuple[Affine, ...]
    stride: int = 1
    size: int | None = None

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters that address the table."""
        return tuple(dict.fromkeys(k for a in self.at for k in a.letters))

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table if isinstance(self.table, str) else self.table.name

    def digit(self, entry: int) -> int:
        """The position along the axis that a table entry stands for."""
        quotient = entry // self.stride
        return quotient if self.size is None else quotient % self.size

    def __str__(self) -> str:
        text = f"{self.name}[{','.join(map(str, self.at))}]"
        quotient = f"{text}//{self.stride}" if self.stride > 1 else text
        if self.size is None:
            return quotient
        return f"({quotient})%{self.size}" if self.stride > 1 else f"{quotient}%{self.size}"


Index: TypeAlias = Affine | Lookup


@dataclass(frozen=True)
class Ref:
    """An array addressed at index maps. Reads outside the array give 0, writes outside are dropped.

    >>> n, h = letters("n h")
    >>> print(Ref("x", (n, h - 1), (2, 5)))
    x[n,h-1]
    """

    array: str
    at: tuple[Index, ...]
    shape: tuple[int, ...]

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters that occur, in order of first appearance."""
        return tuple(dict.fromkeys(k for a in self.at for k in a.letters))

    @property
    def plain(self) -> bool:
        """Whether every axis is addressed by a letter of its own."""
        names = [a.letter if isinstance(a, Affine) else None for a in self.at]
        return None not in names and len(set(names)) == len(names)

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        """The indices that go through a table."""
        return tuple(a for a in self.at if isinstance(a, Lookup))

    def __str__(self) -> str:
        return f"{self.array}[{','.join(map(str, self.at))}]" if self.at else self.array


def letters(names: str) -> tuple[Affine, ...]:
    """Make index letters from a blank-separated list of names."""
    return tuple(Affine(((name, 1),)) for name in names.split())


def mixed_radix(index: Index, size: int, sizes: Mapping[str, int]) -> tuple[str, ...] | None:
    """The letters, slowest first, when the index counts an axis of `size` entries exactly once, like g·O + o.

    >>> g, o = letters("g o")
    >>> mixed_radix(4 * g + o, 12, {"g": 3, "o": 4})
    ('g', 'o')
    >>> mixed_radix(2 * g + o, 12, {"g": 3, "o": 4}) is None
    True
    """
    if not isinstance(index, Affine) or index.const or len(index.coefs) < 2:
        return None
    ordered = sorted(index.coefs, key=lambda kc: (-kc[1], -sizes[kc[0]]))
    weight = 1
    for letter, c in reversed(ordered):
        if c != weight:
            return None
        weight *= sizes[letter]
    return tuple(letter for letter, _ in ordered) if weight == size else None


def count_assignments(sizes: Iterable[tuple[str, int]]) -> int:
    """The number of assignments of the letters."""
    return prod(n for _, n in sizes)
