"""Compilers with a defect each, that law 5 must reject: a context within which graphs are compiled wrongly."""

from contextlib import contextmanager
from dataclasses import replace
from unittest import mock

from pullback.compile import schedule
from pullback.compile.stages import Access, Write
from pullback.formula import expr as ex
from pullback.formula.affine import Affine


@contextmanager
def lowering(change):
    """Every stage is lowered, then changed."""
    plain = schedule.lower

    def lower(node, values, tables):
        return [change(stage) for stage in plain(node, values, tables)]

    with mock.patch.object(schedule, "lower", lower):
        yield


def one_term_short(stage):
    """The last term of every sum is left out."""
    if stage.combine != "sum":
        return stage
    (letter, size), *rest = stage.over
    return replace(stage, over=((letter, max(1, size - 1)), *rest))


def one_entry_short(stage):
    """The last entry along the first axis is not written."""
    if not stage.free or stage.free[0][1] < 2:
        return stage
    (letter, size), *rest = stage.free
    return replace(stage, free=((letter, size - 1), *rest))


def reads_one_further(stage):
    """The first array is read one position further along its last axis."""
    for name, access in stage.accesses():
        if access.at and isinstance(access.at[-1], Affine) and access.at[-1].coefs:
            at = (*access.at[:-1], access.at[-1] + 1)
            return replace(stage, reads={**stage.reads, name: Access(access.value, at)})
    return stage


def last_of_equals(stage):
    """Maxima run over their candidates backwards, so that the last of equals wins."""
    if stage.combine != "argmax":
        return stage
    reads, where, sizes = stage.reads["x"], stage.where, dict(stage.over)

    def backwards(index):
        for letter, size in sizes.items():
            index = index.substitute(letter, Affine(((letter, -1),), size - 1))
        return index

    at = tuple(backwards(index) for index in reads.at)
    return replace(stage, reads={"x": Access(reads.value, at)}, where=backwards(where))


def forgets_scale(stage):
    """What stands outside a sum is left out."""
    if stage.combine != "sum":
        return stage
    return replace(stage, writes=tuple(Write(w.value, w.at, ex.Var("acc")) for w in stage.writes))


def slightly_wrong(stage):
    """Every entry of an elementwise stage is one part in 10⁵ too large."""
    return _scaled(stage, 1 + 1e-5)


def plainly_wrong(stage):
    """Every entry of an elementwise stage is one part in 10³ too large."""
    return _scaled(stage, 1 + 1e-3)


def _scaled(stage, factor):
    if stage.combine or not stage.reads or stage.writes[0].value.kind != "float":
        return stage
    (w,) = stage.writes
    return replace(stage, writes=(Write(w.value, w.at, w.expression * factor),))
