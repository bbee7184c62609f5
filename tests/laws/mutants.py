"""Operators with a defect each, that the laws must reject."""

from dataclasses import replace

import numpy as np

from laws.cases import Case
from pullback.formula import Affine, Argmax, Map, Ref, Sum
from pullback.formula import expr as ex
from pullback.ops.apply import apply, axis_names, ref, shape_of
from pullback.ops.conv import ConvShapes, conv_sum
from pullback.ops.registry import Draw, Operator, sample
from pullback.ops.windows import sliding_windows

IMAGE = sample({"x": (2, 3, 7, 6), "w": (4, 3, 3, 2)}, stride=2, padding=1)


class DeclaresOneRowMore(Sum):
    """The shape rule says one more than is computed."""

    @property
    def shape(self):
        n, *rest = super().shape
        return (n + 1, *rest)


class ReadsOneFurther(Sum):
    """Values are read one position further than declared."""

    def evaluate(self, *arrays):
        w, x = self.factors
        return Sum(self.out, (w, _moved(x)), self.sizes, self.scale).evaluate(*arrays)


class ForgetsStride(Sum):
    """The transpose writes as if the stride were 1."""

    def gradient(self, array):
        return _with_out(super().gradient(array), lambda a: Affine(tuple((k, 1) for k, _ in a.coefs), a.const))


class ShiftsByOne(Sum):
    """The transpose writes one position further."""

    def gradient(self, array):
        return tuple(replace(f, out=_moved(f.out)) for f in super().gradient(array))


class ScalesTranspose(Sum):
    """The transpose is 0.1 % too large."""

    def gradient(self, array):
        return tuple(replace(f, scale=1.001) for f in _plain(super().gradient(array)))


def _plain(sums):
    return tuple(Sum(f.out, f.factors, f.sizes, f.scale) for f in sums)


def _with_out(sums, change):
    return tuple(replace(f, out=replace(f.out, at=tuple(map(change, f.out.at)))) for f in _plain(sums))


def _moved(r):
    return replace(r, at=(*r.at[:-1], r.at[-1] + 1))


class SlopeOff(Map):
    """The derivative is 0.1 % too large."""

    def gradient(self, array):
        first, *rest = super().gradient(array)
        return (Map(first.out, first.reads, first.expression * 1.001), *rest)


class SecondSlopeOff(Map):
    """The derivative is right, the derivative of the derivative 0.1 % too large."""

    def gradient(self, array):
        first, *rest = super().gradient(array)
        return (SlopeOff(first.out, first.reads, first.expression), *rest)


class HalfPrecision(Map):
    """float32 is computed in float16."""

    def evaluate(self, *arrays):
        value = super().evaluate(*arrays)
        return value.astype(np.float16).astype(np.float32) if value.dtype == np.float32 else value


class LastOfEquals(Argmax):
    """Among equals along a row the last one wins."""

    def evaluate(self, x):
        return x.shape[-1] - 1 - super().evaluate(x[..., ::-1])


def convolution(kind):
    """conv2d on a mutated sum."""

    def conv2d(x, w, stride=1, padding=0):
        windows = sliding_windows("conv2d", shape_of(x)[2:], shape_of(w)[2:], stride, padding, 1)
        f = conv_sum(ConvShapes(shape_of(x)[0], 1, shape_of(x)[1], shape_of(w)[0], windows))
        return apply(kind(f.out, f.factors, f.sizes), w, x)

    return Case(Operator("conv2d", conv2d, (IMAGE,), (), linear=("x", "w")), IMAGE)


def elementwise(kind, expression=ex.tanh):
    """An elementwise function on a mutated map."""
    one = sample({"x": Draw((2, 3), "unit")})

    def function(x):
        names = axis_names(len(shape_of(x)))
        f = kind(ref("y", names, shape_of(x)), (ref("x", names, shape_of(x)),), expression(ex.Var("x")))
        return apply(f, x)

    return Case(Operator("function", function, (one,), (), linear=("x",)), one)


def maximum_of_rows(kind):
    """max along the last axis on mutated switches, with its gradient."""

    def pool(x):
        n, m = x.shape
        row, column = Affine((("n", 1),)), Affine((("o", 1),))
        f = kind(Ref("t", (row,), (n,)), Ref("x", (row, column), (n, m)), (("n", n), ("o", m)), ("o",))
        switches = f.evaluate(x)
        x_bar = np.zeros_like(x)
        x_bar[np.arange(n), switches] = 1.0
        return x[np.arange(n), switches], x_bar

    return pool
