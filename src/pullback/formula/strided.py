"""Sums on whole arrays: each factor becomes a strided view with one axis per letter.

Reads: a view (`Views.read`), zero outside the array; or a gather where the index goes through a table.
Products: `contract` sorts the letters into batch, kept and summed ones and calls a matrix product.
Writes: `place` adds into strided views of the output, one per assignment of the letters that overlap (the taps of an
input gradient); or a scatter where the index goes through a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from pullback.formula.affine import Affine, Index, Lookup, Ref, mixed_radix

Array: TypeAlias = NDArray[Any]
Labelled: TypeAlias = tuple[Array, tuple[str, ...]]
"""An array and the letters of its axes."""


def split_axes(ref: Ref, ranges: Mapping[str, int]) -> Ref:
    """Give every letter of an axis addressed like g·O + o an axis of its own (a reshape, no data moves)."""
    at: list[Index] = []
    shape: list[int] = []
    for index, size in zip(ref.at, ref.shape, strict=True):
        radix = mixed_radix(index, size, ranges)
        at += [Affine(((k, 1),)) for k in radix] if radix else [index]
        shape += [ranges[k] for k in radix] if radix else [size]
    return Ref(ref.array, tuple(at), tuple(shape))


def widened(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type in which entries are added up: small integers would wrap around, half precision overflow."""
    if dtype.kind in "biu" and dtype.itemsize < 8:
        return np.dtype(np.int64)
    return np.dtype(np.float32) if dtype == np.float16 else dtype


@dataclass(frozen=True)
class Views:
    """The arrays of one evaluation, by name, and the letters' ranges."""

    ranges: Mapping[str, int]
    arrays: Mapping[str, Array]

    def read(self, ref: Ref) -> Labelled:
        """The array at the ref's positions, one axis per letter; zero where a position falls outside."""
        x = self.arrays[ref.array]
        if x.dtype == np.bool_:
            x = x.astype(np.int64)
        if ref.plain and all(self.ranges[k] == n for k, n in zip(ref.letters, ref.shape, strict=True)):
            return x, ref.letters
        if ref.lookups:
            return self.gather(x, ref)
        ref = split_axes(ref, self.ranges)
        return self.view(x.reshape(ref.shape), ref), ref.letters

    def view(self, x: Array, ref: Ref) -> Array:
        """A read-only strided view of x, padded with zeros as far as the index maps reach."""
        bounds = [_affine(a).bounds(self.ranges) for a in ref.at]
        pads = [(max(0, -lo), max(0, hi - n + 1)) for (lo, hi), n in zip(bounds, x.shape, strict=True)]
        if any(map(any, pads)):
            x = np.pad(x, pads)
        start = tuple(slice(_affine(a).const + lo, None) for a, (lo, _) in zip(ref.at, pads, strict=True))
        names = ref.letters
        return as_strided(x[start], [self.ranges[k] for k in names], _strides(ref, x, names), writeable=False)

    def positions(self, index: Index, names: Sequence[str]) -> Array:
        """The positions along an axis, broadcastable over the axes `names`."""
        if isinstance(index, Lookup):
            at = tuple(self.positions(a, names) for a in index.at)
            if isinstance(index.table, str):
                table = self.arrays[index.table]
                own = self._own_axes(index, table, names)
                entries = own if own is not None else table[at]
            else:
                entries = np.asarray(index.table.entries, np.int64)[at[0]]
            quotient = entries // index.stride if index.stride > 1 else entries
            return quotient if index.size is None else quotient % index.size
        total: Array = np.asarray(index.const)
        for letter, c in index.coefs:
            axis = np.arange(self.ranges[letter]) * c
            total = total + axis.reshape([-1 if k == letter else 1 for k in names])
        return total

    def _own_axes(self, index: Lookup, table: Array, names: Sequence[str]) -> Array | None:
        """The table itself, where it has one axis per letter: nothing need be copied."""
        own = [a.letter for a in index.at]
        if (
            None in own
            or len(set(own)) < len(own)
            or any(self.ranges[str(k)] != n for k, n in zip(own, table.shape, strict=True))
        ):
            return None
        order = [own.index(k) for k in names if k in own]
        return table.transpose(order).reshape([self.ranges[k] if k in own else 1 for k in names])

    def flat(self, ref: Ref, names: Sequence[str]) -> tuple[Array, Array | None]:
        """Flat positions in the array over the axes `names`, and which of them lie inside (None: all)."""
        shape = tuple(self.ranges[k] for k in names)
        offset: Array = np.zeros((), np.int64)
        inside: Array | None = None
        weight = prod(ref.shape)
        for index, n in zip(ref.at, ref.shape, strict=True):
            weight //= max(n, 1)
            at = self.positions(index, names)
            offset = offset + at * weight
            if at.size and (at.min() < 0 or at.max() >= n):
                ok = (at >= 0) & (at < n)
                inside = ok if inside is None else inside & ok
        return np.broadcast_to(offset, shape), None if inside is None else np.broadcast_to(inside, shape)

    def gather(self, x: Array, ref: Ref) -> Labelled:
        """x read through tables."""
        names = ref.letters
        at, inside = self.flat(ref, names)
        if inside is None:
            return np.take(x, at), names
        if x.size == 0:
            return np.zeros(at.shape, x.dtype), names
        return np.where(inside, np.take(x, np.where(inside, at, 0)), x.dtype.type(0)), names


def contract(factors: Sequence[Labelled], keep: Iterable[str], ranges: Mapping[str, int]) -> Labelled:
    """Multiply the factors and sum over every letter that is not kept."""
    keep = set(keep)
    (value, names), *rest = factors
    present = {k for _, other in factors for k in other}
    for j, (factor, its) in enumerate(rest):
        later = keep | {k for _, other in rest[j + 1 :] for k in other}
        value, names = _product((value, names), (factor, its), later)
    value, names = _sum_out((value, names), keep)
    repeated = prod(n for k, n in ranges.items() if k not in present and k not in keep)
    return (value * repeated if repeated != 1 else value), names


def _sum_out(a: Labelled, keep: Iterable[str]) -> Labelled:
    gone = tuple(j for j, k in enumerate(a[1]) if k not in keep)
    return (a[0].sum(axis=gone) if gone else a[0]), tuple(k for k in a[1] if k in keep)


def _product(a: Labelled, b: Labelled, keep: set[str]) -> Labelled:
    """One pairwise product as a stack of matrix products: batch · (left, summed) · (summed, right)."""
    a, b = _sum_out(a, keep | set(b[1])), _sum_out(b, keep | set(a[1]))
    shared = [k for k in a[1] if k in b[1]]
    batch, summed = [k for k in shared if k in keep], [k for k in shared if k not in keep]
    left, right = [k for k in a[1] if k not in shared], [k for k in b[1] if k not in shared]
    size = dict(zip(a[1], a[0].shape, strict=True)) | dict(zip(b[1], b[0].shape, strict=True))

    names = (*batch, *left, *right)
    if not summed:
        return _aligned(a, names) * _aligned(b, names), names

    def matrix(x: Labelled, *groups: list[str]) -> Array:
        order = [x[1].index(k) for g in groups for k in g]
        return x[0].transpose(order).reshape([prod(size[k] for k in g) for g in groups])

    value = np.matmul(matrix(a, batch, left, summed), matrix(b, batch, summed, right))
    return value.reshape([size[k] for k in names]), names


def _aligned(a: Labelled, names: Sequence[str]) -> Array:
    """The array with its axes in the order of `names`, length 1 for letters it has not."""
    x = a[0].transpose([a[1].index(k) for k in names if k in a[1]])
    return x[tuple(slice(None) if k in a[1] else None for k in names)]


def place(product: Labelled, out: Ref, views: Views) -> Array:
    """Put the product, one axis per letter, where the output's index maps say; what falls outside is dropped."""
    ranges = views.ranges
    value, names = product
    wanted = out.letters
    if missing := [k for k in wanted if k not in names]:
        value = np.broadcast_to(value, [*(ranges[k] for k in missing), *value.shape])
        names = (*missing, *names)
    value = value.transpose([names.index(k) for k in wanted])
    if out.lookups:
        return _scatter(value, out, views)
    split = split_axes(out, ranges)
    if split.plain and all(ranges[k] == n for k, n in zip(split.letters, split.shape, strict=True)):
        return value.transpose([wanted.index(k) for k in split.letters]).reshape(out.shape)
    return _add_slices(value, wanted, split, ranges).reshape(out.shape)


def _scatter(value: Array, out: Ref, views: Views) -> Array:
    at, inside = views.flat(out, out.letters)
    result = np.zeros(prod(out.shape), value.dtype)
    if inside is None:
        np.add.at(result, at.ravel(), value.ravel())
    else:
        np.add.at(result, at[inside], value[inside])
    return result.reshape(out.shape)


def _add_slices(value: Array, names: tuple[str, ...], out: Ref, ranges: Mapping[str, int]) -> Array:
    """Add one strided view per assignment of the overlapping letters into a buffer with room for every write."""
    at = [_affine(a) for a in out.at]
    bounds = [a.bounds(ranges) for a in at]
    low = [min(0, lo) for lo, _ in bounds]
    high = [max(n - 1, hi) for (_, hi), n in zip(bounds, out.shape, strict=True)]
    buffer = np.zeros([h - lo + 1 for lo, h in zip(low, high, strict=True)], value.dtype)
    heads = _injective_letters(at, ranges)
    taps = [k for k in names if k not in heads]
    value = value.transpose([names.index(k) for k in (*taps, *heads)])
    strides = _strides(out, buffer, heads)
    for tap in np.ndindex(*(ranges[k] for k in taps)):
        env = dict(zip(taps, tap, strict=True))
        start = tuple(
            slice(a.const + sum(c * env.get(k, 0) for k, c in a.coefs) - lo, None)
            for a, lo in zip(at, low, strict=True)
        )
        target = as_strided(buffer[start], [ranges[k] for k in heads], strides)
        target += value[tap]
    return buffer[tuple(slice(-lo, -lo + n) for lo, n in zip(low, out.shape, strict=True))]


def _injective_letters(at: Sequence[Affine], ranges: Mapping[str, int]) -> list[str]:
    """At most one letter per axis, the longest: with the others fixed, no two assignments write the same entry."""
    heads: list[str] = []
    for index in at:
        free = [k for k in index.letters if k not in heads]
        if free:
            heads.append(max(free, key=lambda k: ranges[k]))
    return heads


def _strides(ref: Ref, x: Array, names: Sequence[str]) -> list[int]:
    return [sum(_affine(a).coef(k) * s for a, s in zip(ref.at, x.strides, strict=True)) for k in names]


def _affine(index: Index) -> Affine:
    if isinstance(index, Affine):
        return index
    raise TypeError(f"{index} goes through a table")
