"""Stages: what a program computes, one loop nest after another.

    for every assignment of the free letters:
        acc = combine of term over the other letters
        each write: value[at] = expression of acc and of what is read

A formula becomes one stage (`lower`), or several where a sum's output is addressed in strides. Fusion (`fuse`) moves
elementwise stages into the term or into the writes of others.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import TypeAlias

from pullback.formula import expr as ex
from pullback.formula.affine import Affine

Letters: TypeAlias = tuple[tuple[str, int], ...]
ACC, SWITCH = "acc", "switch"


@dataclass(frozen=True, eq=False)
class Value:
    """An array of the program.

    kind  float (in the program's precision), int (64 bits), bool or byte
    """

    shape: tuple[int, ...]
    kind: str
    name: str = ""

    @property
    def size(self) -> int:
        """The number of entries."""
        return prod(self.shape)


@dataclass(frozen=True)
class Digit:
    """A position along an axis, read from a number: (of // stride) % size; without a size no remainder is taken."""

    of: Affine | Access
    stride: int = 1
    size: int | None = None

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters that the position depends on."""
        return self.of.letters


Index: TypeAlias = Affine | Digit


@dataclass(frozen=True)
class Access:
    """An entry of a value; outside the value it is 0."""

    value: Value
    at: tuple[Index, ...]

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters that address the entry."""
        return tuple(dict.fromkeys(k for a in self.at for k in a.letters))

    @property
    def is_affine(self) -> bool:
        """Whether no index is read from a number."""
        return all(isinstance(a, Affine) for a in self.at)

    @property
    def affine(self) -> tuple[Affine, ...]:
        """The indices, all affine."""
        return tuple(a for a in self.at if isinstance(a, Affine))

    def inside(self, sizes: Mapping[str, int]) -> bool:
        """Whether every assignment of the letters lies inside the value."""
        return all(_within(a, n, sizes) for a, n in zip(self.at, self.value.shape, strict=True))

    @property
    def read(self) -> tuple[Value, ...]:
        """The values that are read: the entry's own, and those that its indices are read from."""
        tables = (v for a in self.at if isinstance(a, Digit) and isinstance(a.of, Access) for v in a.of.read)
        return (self.value, *tables)


def _within(index: Index, size: int, sizes: Mapping[str, int]) -> bool:
    if isinstance(index, Digit):
        if isinstance(index.of, Access):
            return False
        low, high = index.of.bounds(sizes)
        return low >= 0 and (high // index.stride < size or (index.size is not None and index.size <= size))
    low, high = index.bounds(sizes)
    return low >= 0 and high < size


@dataclass(frozen=True)
class Position:
    """Not an entry but a number: where the letters stand."""

    at: Affine

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters that the number depends on."""
        return self.at.letters

    @property
    def read(self) -> tuple[Value, ...]:
        """Nothing."""
        return ()


Leaf: TypeAlias = Access | Position


@dataclass(frozen=True)
class Write:
    """value[at] = expression."""

    value: Value
    at: tuple[Affine, ...]
    expression: ex.Expr


@dataclass(frozen=True, eq=False)
class Tally:
    """Σ term over all entries that a stage writes, in parts: one for each tile of its kernel."""

    term: ex.Expr
    parts: Value


@dataclass(frozen=True, eq=False)
class Pool:
    """Windows over the sums of a stage: acc is the largest entry of a window, switch the number of its tap.

    taps    the letters that count a window's entries, row by row; free letters of the sum, of which no write depends
    entry   what is compared, of a sum (acc) and of what is read
    source  the stage that writes all entries; it has the same value, and no windows
    """

    taps: Letters
    entry: ex.Expr
    source: Stage


@dataclass(frozen=True, eq=False)
class Stage:
    """One loop nest.

    combine  "": no other letters, nothing is combined; "view": so too, and the entries keep their order; "sum";
             "argmax": acc is the largest term, switch its `where`; "scatter": the value is 0, then every term is
             added where its (one) write says; "uniform": acc is random
    where    of "argmax": the number that stands for a candidate
    stream   of "uniform": which numbers; key: the value that holds (seed, step)
    """

    name: str
    free: Letters
    over: Letters
    combine: str
    term: ex.Expr
    reads: dict[str, Leaf]
    writes: tuple[Write, ...]
    scope: str = ""
    where: Affine | None = None
    stream: int = 0
    key: Value | None = None
    tallies: tuple[Tally, ...] = ()
    targets: tuple[Index, ...] = field(default=())
    """Of "scatter": where the one write goes, instead of its `at`."""
    algorithm: Hashable | None = None
    """Of combine "winograd": what its kernel is told."""
    pool: Pool | None = None
    """Of sums of products: the windows that they end in."""

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Letter to size."""
        return dict((*self.free, *self.over))

    @property
    def is_pure(self) -> bool:
        """Whether it computes every entry from others, without combining any."""
        return self.combine == ""

    @cached_property
    def read(self) -> tuple[Value, ...]:
        """The values that are read."""
        leaves = [v for leaf in self.reads.values() for v in leaf.read]
        tables = [v for t in self.targets if isinstance(t, Digit) and isinstance(t.of, Access) for v in t.of.read]
        return tuple(dict.fromkeys((*leaves, *tables, *((self.key,) if self.key else ()))))

    @cached_property
    def written(self) -> tuple[Value, ...]:
        """The values that are written."""
        return tuple(dict.fromkeys((*(w.value for w in self.writes), *(t.parts for t in self.tallies))))

    @property
    def copied(self) -> Access | None:
        """What a stage writes as it is, in another place; None where it writes anything else."""
        if self.combine or len(self.writes) != 1 or len(self.reads) != 1:
            return None
        ((name, leaf),) = self.reads.items()
        return leaf if isinstance(leaf, Access) and self.writes[0].expression == ex.Var(name) else None

    def accesses(self) -> Iterator[tuple[str, Access]]:
        """The entries that are read, by variable."""
        return ((k, leaf) for k, leaf in self.reads.items() if isinstance(leaf, Access))
